/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one place that calls SQLite: a database file, its statements, and what went wrong. It knows no table of ours.
 *
 * Statements are prepared once, by their place in a table of texts. An ask binds what it wants in order, then runs or
 * yields rows whose columns are taken in order. What fails sticks to it and is told at its end.
 */
#ifndef AGENT_STORE_SQL_H
#define AGENT_STORE_SQL_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct sql;

enum sql_result {
    SQL_DONE,
    SQL_DAMAGED, /* the file is no database, or contradicts itself */
    SQL_FAILED,  /* the world: no room, no right, held by another; the same may succeed later */
};

struct sql_options {
    const char *path; /* must be there; an empty file is an empty database */
    bool read_only;
    bool unchanging; /* read_only, and nobody else has it: no journal is looked for, and nothing is made beside it */
};

/* The error's text begins with the path. On failure *out is NULL. */
enum sql_result sql_open(const struct sql_options *o, struct sql **out, struct err *e)
    __attribute__((warn_unused_result));
/* Takes NULL. as_it_is: the journal is not written back into the file (for what is damaged or somebody else's). */
void sql_close(struct sql *d, bool as_it_is);

/* Whether it can be written to, once something was read; if not it was opened all the same, and each change would fail.
 */
enum sql_result sql_may_write(struct sql *d, struct err *e) __attribute__((warn_unused_result));
/* One or several statements without parameters. */
enum sql_result sql_run(struct sql *d, const char *text, struct err *e) __attribute__((warn_unused_result));
/* The first column of the first row; SQL_DAMAGED where there is none. */
enum sql_result sql_integer(struct sql *d, const char *text, int64_t *value, struct err *e)
    __attribute__((warn_unused_result));
enum sql_result sql_text(struct sql *d, const char *text, char *out, size_t size, struct err *e)
    __attribute__((warn_unused_result));
/*
 * How many pages are in the journal, as the last commit of this connection has seen it. From `most` on each commit
 * writes back itself. What can't be written back then is tried again by the next one.
 */
void sql_journal(struct sql *d, unsigned most);
unsigned sql_journal_pages(const struct sql *d);
/* What is in the journal into the file, as far as nobody is in the way; no other connection has to wait. */
enum sql_result sql_write_back(struct sql *d, struct err *e) __attribute__((warn_unused_result));

/* Without an error to tell; nothing happens outside of a transaction. */
void sql_rollback(struct sql *d);

/* The texts must live as long as d. A text that does not fit the tables is SQL_DAMAGED. */
enum sql_result sql_prepare(struct sql *d, const char *const *texts, size_t n, struct err *e)
    __attribute__((warn_unused_result));

struct ask {
    struct sql *d;
    size_t which;
    int at, rc;          /* the next parameter or column; SQLite's last word */
    const char *too_big; /* what does not fit */
};

struct ask ask_start(struct sql *d, size_t which);
void ask_text(struct ask *a, struct slice s); /* borrowed until the end of the ask */
void ask_bytes(struct ask *a, struct slice s);
void ask_number(struct ask *a, uint64_t n); /* of at most INT64_MAX */
void ask_signed(struct ask *a, int64_t n);
/* True: a row is there, its columns are taken from the first on and live until the next call with this ask. */
bool ask_next(struct ask *a);
struct slice ask_take(struct ask *a); /* text or bytes; never a NULL pointer */
uint64_t ask_take_number(struct ask *a);
int64_t ask_take_signed(struct ask *a);
/* Runs what has no rows to its end. */
void ask_run(struct ask *a);
/* Must be called, also after ask_run(). ERR_LIMIT: too_big. */
enum sql_result ask_end(struct ask *a, struct err *e) __attribute__((warn_unused_result));

#endif
