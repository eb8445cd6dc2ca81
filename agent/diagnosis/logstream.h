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
#include "rules/rules.h"

struct logstream;

struct logstream_options {
    const struct rules *rules; /* borrowed for the stream's life */
    uint32_t source;           /* index in the casefile: where evidence points to */
    bool every_line;           /* comms.log: look at every line, also without the SF-IMS envelope */
    bool left_known;           /* the log begins here: nothing precedes, no head needs to be kept */
    struct year_hint year;     /* what is known of the year beforehand */
    /* Called for each line that a rule looked at; NULL when nobody listens. ev is NULL for MATCH_NO and _UNKNOWN. */
    void (*on_line)(void *data, enum match_result result, const struct envelope *line, const struct event *ev);
    void *data;
};

struct logstream *logstream_new(const struct logstream_options *o);
/* Any number of bytes, also none. The bytes are not kept. */
void logstream_feed(struct logstream *ls, const char *bytes, size_t n);
/* The stream is over: a last line without newline counts. Frees ls; the segment is the caller's. */
struct segment *logstream_finish(struct logstream *ls, struct log_counts *counts);

#endif
