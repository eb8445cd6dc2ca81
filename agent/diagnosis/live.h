/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The attempts of one log that is followed: matched lines in, attempts out as soon as they are over, by the very rules
 * by which whole logs are read (segment.h).
 *
 * It keeps the lines of what is still open, and nothing else: given those again after a restart, in their order, it is
 * where it was. So whoever stores them together with how far the log was read loses nothing and tells nothing twice.
 * An attempt's id is made from where its first line stands: the same attempt has the same id however often it is read.
 *
 * Silence ends an attempt by the log's own clock while old lines are read; while the log is read as it is written, a
 * step of that clock counts for no more time than has really passed, and time that passes without a line counts, too.
 * Pure: it is told what time it is.
 */
#ifndef AGENT_DIAGNOSIS_LIVE_H
#define AGENT_DIAGNOSIS_LIVE_H

#include "agent/diagnosis/attempt.h"
#include "agent/diagnosis/claims.h"
#include "agent/diagnosis/matched.h"
#include "agent/diagnosis/tell.h"

struct live;

enum live_kind { LIVE_ATTEMPT, LIVE_SIGN, LIVE_DISCONNECT };

/* Everything is borrowed during the call. */
struct live_closing {
    enum live_kind kind;
    char id[TELL_ID_BYTES];
    struct slice observer, address, issuer, subject; /* empty: not said */
    struct outcome outcome;                          /* ATTEMPT */
    civil first, last;                               /* with a year that is as good as the clock when it was read */
    bool catching_up;
    const struct slice *records; /* its lines (matched.h), in their order; of ATTEMPT all, of the others the one */
    size_t record_count;
};

struct live_sink {
    void *arg;
    void (*closing)(void *arg, const struct live_closing *c);
    void (*keep)(void *arg, uint64_t number, struct slice record); /* of an attempt that is open from now on */
    void (*drop)(void *arg, uint64_t number);                      /* it is over */
};

struct live_options {
    const char *epoch; /* of the store: part of every id */
    const char *log;   /* path: likewise */
    int64_t now;       /* Unix seconds, for the years of stamps without one */
    struct live_sink sink;
};

struct live *live_new(const struct live_options *o);
void live_free(struct live *l); /* takes NULL; what is open stays open */

/* Before the first line: what keep() was told and drop() was not, in the order of the numbers. Nothing is told. */
enum err_code live_restore(struct live *l, uint64_t number, struct slice record) __attribute__((warn_unused_result));
/*
 * The next line. number: what to keep it under, larger than any before. now_ms: monotonic. bytes: m as bytes.
 */
void live_add(struct live *l, const struct matched *m, struct slice bytes, uint64_t number, int64_t now_ms);
/* No line has come since live_add() (or came that matters); only while the log is read as it is written. */
void live_tick(struct live *l, int64_t now_ms);
size_t live_open(const struct live *l); /* attempts */

/* 32 hexadecimal digits from words, each with its length: equal words, equal id. */
void live_id(char out[TELL_ID_BYTES], const struct slice *words, size_t n);

#endif
