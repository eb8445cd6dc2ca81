/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A piece of one log stream, correlated: events in, attempts and peers out.
 *
 * Attempts are tied by (host, pid, tid) and log time. A piece whose left side is not known keeps the events that may
 * belong to an attempt begun before it (its head), and every piece keeps the attempts that are still open at its
 * end (its tail). segment_join() replays the right one's head into the left one's tail: the result is the same, to the
 * last count, as if the two had been read in one go. So pieces can be read in any order and on several cores.
 *
 * Years are relative until segment_settle_year(): joining shifts the right side so that time goes on.
 */
#ifndef AGENT_DIAGNOSIS_SEGMENT_H
#define AGENT_DIAGNOSIS_SEGMENT_H

#include "agent/diagnosis/fact.h"

struct segment;

/* What is known about the year of a log before a line of it was read. */
struct year_hint {
    int forced;      /* year of the first line; 0: not forced */
    int64_t written; /* Unix seconds when the log was last written; INT64_MIN: not known */
    int basis;       /* enum year_basis of `written` */
};

/* A line that an event came from. The text is borrowed until segment_release(). */
struct line_ref {
    uint32_t source;
    uint64_t number;
    struct slice text;
};

struct segment *segment_new(bool left_known, struct year_hint year);
void segment_free(struct segment *s); /* takes NULL */
/* The next log is appended to what s holds; returns s. Like segment_join() with what is read from here on. */
struct segment *segment_go_on(struct segment *s, struct year_hint year);
/* How much is kept for what is left of the segment. */
size_t segment_head_bytes(const struct segment *s);
/* Nothing is left of it, that is known now. s is taken; the result goes on in its place. */
struct segment *segment_without_left(struct segment *s);

/* What an event says, decoded with this segment's string numbers. Depends on nothing but the event. */
void segment_decode(struct segment *s, const struct event *ev, struct fact *out);
/* line: the envelope that it was matched in. fact: from segment_decode; NULL for an unmatched line, which only moves
 * the clock. */
void segment_add(struct segment *s, const struct envelope *line, const struct fact *fact, const struct line_ref *ref);
/* The lines handed in so far go away: whatever must be kept is copied. Call it before a block is reused. */
void segment_release(struct segment *s);

/*
 * For a log that is read while it is written. A forward step of its clock counts for `seconds` at most until that is
 * called again: a clock that is set has not been silent. segment_pass: so long nothing has come; what is open and has
 * been silent for too long is over.
 */
void segment_limit_step(struct segment *s, uint64_t seconds);
void segment_pass(struct segment *s, uint64_t seconds);

/* Appends right (freed) to left. right_line_offset is added to the line numbers of right, for two halves of one file.
 */
void segment_join(struct segment *left, struct segment *right, uint64_t right_line_offset);

/*
 * The whole stream was read: what is still open is judged as it stands, and the years are settled by the hint. Frees s;
 * nothing can be added to the result.
 */
struct segment *segment_settle(struct segment *s);

/* First and last time of the segment, CIVIL_NONE when no line had one. */
void segment_span(const struct segment *s, civil *first, civil *last);

#endif
