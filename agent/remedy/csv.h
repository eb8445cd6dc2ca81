/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Comma-separated values as RFC 4180 has them, with what people's files have besides: a byte order mark, CR LF, blank
 * lines, comments (# before anything else in a line), blanks around a field. Strict where a guess could cut a password:
 * a quote inside a field, text behind a closing quote, a quote that is never closed and a control character are
 * refused with their line. Fields may be secrets: what is taken apart stays in the room that the caller gives.
 */
#ifndef AGENT_REMEDY_CSV_H
#define AGENT_REMEDY_CSV_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>

#define CSV_FIELDS 32 /* of one row */

struct csv {
    const char *name; /* the file, in messages */
    struct slice rest;
    unsigned line; /* of the first byte of rest */
    char *room;    /* where quoted fields go */
};

struct csv_row {
    unsigned line; /* where it begins */
    bool comment;  /* field[0] is all that stands behind the # and the others are what it is when taken apart */
    struct slice field[CSV_FIELDS];
    bool quoted[CSV_FIELDS];
    size_t n;
};

/* room: of text.n bytes, the caller's to wipe; it and text outlive all rows. */
void csv_begin(struct csv *c, const char *name, struct slice text, char *room);
/* The next row that is not blank. ERR_OK with n 0: there is none. A comment's fields are split at commas and trimmed.
 */
enum err_code csv_next(struct csv *c, struct csv_row *row, struct err *e) __attribute__((warn_unused_result));

#endif
