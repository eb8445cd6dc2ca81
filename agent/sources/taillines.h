/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of a tail as lines, each with its generation and offset. A line ends in a newline, which is not part of it;
 * a carriage return before it, NUL and every other byte are left as they are. Half a line waits for its end, and is
 * told again after a restart (the tail's marks stop before it). A line of more than CAP_TAIL_LINE_BYTES is given out
 * when that many are there, and what follows in it is counted and passed over.
 *
 * When a generation ends in half a line, that half is given out as it is once the generation is closed. It is not glued
 * to the beginning of the next one: only those who know what a line looks like can tell whether it goes on there, and
 * between a copy and a truncation bytes may be lost. NO_END at the end of one generation and offset 0 of the next tell
 * them which two may belong together.
 */
#ifndef AGENT_SOURCES_TAILLINES_H
#define AGENT_SOURCES_TAILLINES_H

#include "agent/sources/tail.h"

enum tailline_flag {
    TAILLINE_NO_END = 1,   /* its end is missing: too long, or the generation ends here */
    TAILLINE_NO_BEGIN = 2, /* its beginning was told before, or was never seen */
};

struct tailline {
    uint64_t order, offset;
    unsigned flags;
    struct slice text; /* borrowed during the call */
};

struct taillines_counts {
    uint64_t lines, cut, passed_over; /* passed_over: bytes of lines that were too long */
};

typedef void tailline_fn(void *arg, const struct tailline *line);
typedef void tailevent_fn(void *arg, const struct tail_event *event);

struct taillines;

struct taillines *taillines_new(tailline_fn *on_line, tailevent_fn *on_event, void *arg);
void taillines_free(struct taillines *l); /* takes NULL; halves that wait are not told */
/* What to give to the tail; good as long as l. */
struct tail_sink taillines_sink(struct taillines *l);
const struct taillines_counts *taillines_count(const struct taillines *l);

#endif
