/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes of a log in, a segment out: splits lines over block borders, finds those that need a look, parses
 * their envelope, matches the rules and hands the events to the segment. Pure: bytes come from the caller.
 * The result does not depend on how the bytes were cut into blocks.
 */
#ifndef AGENT_DIAGNOSIS_LOGSTREAM_H
#define AGENT_DIAGNOSIS_LOGSTREAM_H

#include "agent/diagnosis/counts.h"
#include "agent/diagnosis/segment.h"
#include "base/buf.h"
#include "rules/rules.h"

struct logstream;

/*
 * A line at the edge of a file that may be half of one, cut by a rotation: counted as one of the lines, and left out of
 * all else, for whoever knows the neighbour.
 */
struct loose_line {
    bool there;
    bool open; /* no newline came: it is all of the stream, or its end */
    struct buf text;
};

struct logstream_options {
    const struct rules *rules; /* borrowed for the stream's life */
    uint32_t source;           /* index in the casefile: where evidence points to */
    bool every_line;           /* comms.log: look at every line, also without the SF-IMS envelope */
    bool left_known;           /* the log begins here: nothing precedes, no head needs to be kept */
    struct year_hint year;     /* what is known of the year beforehand */
    struct segment *behind;    /* NULL: a new one; else the segment that this log goes on, known from its beginning */
    uint64_t lines_before;     /* of this source, in the numbers of lines; the counts begin at 0 */
    bool may_stop;             /* see logstream_stopped() */
    struct loose_line *first;  /* where to put a first line that begins in its middle; NULL: it is a line */
    struct loose_line *last;   /* where to put a last line without a newline; NULL: it is a line */
    /* Called for each line that a rule looked at; NULL when nobody listens. ev is NULL for MATCH_NO and _UNKNOWN. */
    void (*on_line)(void *data, enum match_result result, const struct envelope *line, const struct event *ev);
    void *data;
};

struct logstream *logstream_new(const struct logstream_options *o);
/* Any number of bytes, also none. The bytes are not kept. */
void logstream_feed(struct logstream *ls, const char *bytes, size_t n);
/*
 * More depends on what is left of this log than can be kept (CAP_HEAD_BYTES). With may_stop no more is read, and the
 * log has to be read again, behind its left neighbour (stopped). Else nothing is left of it from there on: what may
 * have been open when it began is taken to be over (torn).
 */
bool logstream_stopped(const struct logstream *ls);
bool logstream_torn(const struct logstream *ls);
/* The stream is over: a last line without newline counts. Frees ls; the segment is the caller's. */
struct segment *logstream_finish(struct logstream *ls, struct log_counts *counts);

#endif
