/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The attempts of one log that is followed: matched lines in, attempts out as soon as they are over, by the very rules
 * by which whole logs are read (segment.h).
 *
 * It keeps the lines of what is still open, and nothing else: given those again after a restart, in their order, it is
 * where it was. So whoever stores them together with how far the log was read loses nothing and tells nothing twice.
 * An attempt's id is made from where its first line stands: the same attempt has the same id however often it is read.
 *
 * An attempt is told as soon as nothing can change what came of it: with its side's last line, or, while the log is
 * read as it is written, once one that has failed has been quiet for a second. What still comes of it is passed over:
 * its lines are kept until it is over, with the word that it was told, so that a restart knows it as well.
 * Silence ends an attempt by the log's own clock while old lines are read; while the log is read as it is written, a
 * step of that clock counts for no more time than has really passed, and time that passes without a line counts, too.
 * Pure: it is told what time it is.
 */
#ifndef AGENT_DIAGNOSIS_ATTEMPTS_H
#define AGENT_DIAGNOSIS_ATTEMPTS_H

#include "agent/diagnosis/attempt.h"
#include "agent/diagnosis/claims.h"
#include "agent/diagnosis/matched.h"
#include "agent/diagnosis/tell.h"

struct attempts;

enum end_kind { END_ATTEMPT, END_SIGN, END_DISCONNECT };

/* Everything is borrowed during the call. */
struct attempt_end {
    enum end_kind kind;
    char id[TELL_ID_BYTES];
    struct slice observer, address, issuer, subject; /* empty: not said */
    struct outcome outcome;                          /* ATTEMPT */
    civil first, last;                               /* with a year that is as good as the clock when it was read */
    bool catching_up;
    const struct slice *records; /* its lines (matched.h), in their order; of ATTEMPT all, of the others the one */
    size_t record_count;
};

struct attempts_sink {
    void *arg;
    void (*closing)(void *arg, const struct attempt_end *c);
    void (*keep)(void *arg, uint64_t number, struct slice record);  /* of an attempt that is open from now on */
    void (*again)(void *arg, uint64_t number, struct slice record); /* it is kept: this record instead */
    void (*drop)(void *arg, uint64_t number);                       /* it is over */
};

struct attempts_options {
    const char *epoch; /* of the store: part of every id */
    const char *log;   /* path: likewise */
    int64_t now;       /* Unix seconds, for the years of stamps without one */
    struct attempts_sink sink;
};

struct attempts *attempts_new(const struct attempts_options *o);
void attempts_free(struct attempts *l); /* takes NULL; what is open stays open */

/* Before the first line: what keep() was told and drop() was not, in the order of the numbers. Nothing is told. */
enum err_code attempts_restore(struct attempts *l, uint64_t number, struct slice record)
    __attribute__((warn_unused_result));
/*
 * The next line. number: what to keep it under, larger than any before. now_ms: monotonic. bytes: m as bytes.
 */
void attempts_add(struct attempts *l, const struct matched *m, struct slice bytes, uint64_t number, int64_t now_ms);
/* No line has come since attempts_add() (or came that matters); only while the log is read as it is written. */
void attempts_tick(struct attempts *l, int64_t now_ms);
size_t attempts_open(const struct attempts *l); /* attempts */

#endif
