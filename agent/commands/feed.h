/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the process that reads the logs says to the one that judges, through a pipe: records with a length in front. The
 * reader parses hostile lines, so nothing that comes from it is believed: every length is checked, and whatever is not
 * as it should be ends the connection (the reader is then started anew from what was kept).
 *
 * A step of the reader is any number of records (lines, events), then per log its marks where they changed and its
 * counts, then FEED_STEP. What belongs to one step is kept in one transaction.
 */
#ifndef AGENT_COMMANDS_FEED_H
#define AGENT_COMMANDS_FEED_H

#include "agent/sources/tail.h"
#include "base/buf.h"
#include "base/err.h"

#define FEED_MOST (1U << 20) /* bytes of one record */

enum feed_kind {
    FEED_HELLO, /* text: how it is confined */
    FEED_LINE,  /* text: a matched line (matched.h), its log among it */
    FEED_MARKS, /* text: all marks of the log, one a line */
    FEED_EVENT, /* event */
    FEED_COUNTS,
    FEED_STEP,
    FEED_GO,     /* to the reader: that was all, begin */
    FEED_CANARY, /* text: the id of one that the log had (diagnosis/canary.h) */
    FEED_KINDS
};

struct feed_counts {
    bool there, live;                                              /* the file; everything in it was read */
    uint64_t lines, bytes, sftunneld, events, unmatched, cut, lag; /* since the reader began; lag in bytes */
};

struct feed {
    enum feed_kind kind;
    uint32_t log;
    struct slice text;
    struct tail_event event; /* its text is `text` */
    struct feed_counts counts;
};

void feed_print(struct buf *b, const struct feed *f);
/*
 * The first record of bytes; *used: how many of them it is, 0 when there is more to come. ERR_DATA: it is none.
 * f borrows from bytes.
 */
enum err_code feed_parse(struct slice bytes, struct feed *f, size_t *used) __attribute__((warn_unused_result));

#endif
