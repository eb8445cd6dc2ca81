/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far a generation of a log was read: what a store keeps, so that the next run goes on at the very byte. One line
 * of printable text each, with a checksum; what is cut, damaged, of another version or of another log is refused, never
 * trusted. The text quotes up to 128 bytes of the log, as hexadecimal digits.
 */
#ifndef AGENT_SOURCES_TAILMARK_H
#define AGENT_SOURCES_TAILMARK_H

#include "agent/sources/tailid.h"
#include "agent/sources/tailprint.h"
#include "base/buf.h"
#include "base/err.h"

enum tailmark_kind {
    TAILMARK_OPEN,  /* being read */
    TAILMARK_DONE,  /* read to its end, which nobody has moved for a while */
    TAILMARK_SEEN,  /* was there before the log was followed for the first time: not read */
    TAILMARK_COPY,  /* the same bytes as another one's: not read, unless that one loses them */
    TAILMARK_ENDED, /* OPEN, but another has its place, and all that it had was read: only a writer that lingers adds to
                       it */
};

/* Where in a line the offset is. */
enum tail_place {
    TAIL_AT_LINE, /* a line begins there */
    TAIL_IN_LINE, /* its beginning was given out before, as a line without an end */
    TAIL_IN_LONG, /* in a line that was too long: nothing more of it is given out */
};

struct tail_mark {
    enum tailmark_kind kind;
    enum tail_place place;
    bool packed;    /* offset and print count unpacked bytes (OPEN, DONE) */
    uint64_t log;   /* hash of the path that is followed */
    uint64_t order; /* number of the generation; 0 for SEEN and COPY */
    uint64_t offset;
    struct tailid id;
    struct tailprint print; /* up to the offset; of one of which nothing was read yet, of what was there */
};

void tailmark_print(struct buf *b, const struct tail_mark *m);
/* One line, with or without its newline. */
enum err_code tailmark_parse(struct slice line, struct tail_mark *m, struct err *e) __attribute__((warn_unused_result));

#endif
