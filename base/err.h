/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors: a code for the program, a sentence for the person.
 *
 * A function that can fail returns an enum err_code (ERR_OK is 0) and fills a caller-owned struct err when
 * a person will read it. Context is prefixed on the way up ("path: place: what"); it is printed once, at
 * the top. No allocation, no locale, no output here.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_code {
    ERR_OK = 0,
    ERR_USAGE,       /* wrong arguments                        -> exit 64 */
    ERR_DATA,        /* the input is not what it should be     -> exit 65 */
    ERR_NOINPUT,     /* missing or unreadable                  -> exit 66 */
    ERR_BUG,         /* our own fault                          -> exit 70 */
    ERR_CANTCREATE,  /* an output can't be made                -> exit 73 */
    ERR_IO,          /* reading or writing failed              -> exit 74 */
    ERR_PERMISSION,  /* not allowed                            -> exit 77 */
    ERR_CONFIG,      /* configuration or rule pack refused     -> exit 78 */
    ERR_LIMIT,       /* a named cap was reached                -> exit 65 */
    ERR_INTERRUPTED, /* the user asked us to stop              -> exit 130 */
};

#define ERR_TEXT_MAX 1024

struct err {
    enum err_code code;
    int os; /* errno, or a library's code; 0 when there is none */
    char text[ERR_TEXT_MAX];
};

/* Sets e (may be NULL) and returns code, so that `return err_set(...)` reads well. Never sets ERR_OK. */
enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set, with ": strerror(os)" appended and os kept. */
enum err_code err_os(struct err *e, enum err_code code, int os, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts "prefix: " before what is there. */
void err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* sysexits.h number for a code; 0 for ERR_OK. */
int err_exit(enum err_code code);

/* Fixed lower-case name of a code, for logs and tests. */
const char *err_name(enum err_code code);

#endif
