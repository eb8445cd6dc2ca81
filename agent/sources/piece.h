/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A piece of a log, read and analysed by a thread of the pool: a whole file, a part of one, or what comes over a belt.
 * Compression is taken off here, so that it costs the worker and not the thread that reads the archive; a helper
 * analyses what this one unpacks when there is one with nothing to do.
 */
#ifndef AGENT_SOURCES_PIECE_H
#define AGENT_SOURCES_PIECE_H

#include "agent/diagnosis/logstream.h"
#include "agent/sources/belt.h"
#include "agent/sources/file.h"
#include "agent/sources/pool.h"

struct piece {
    struct task task; /* the first member */
    struct logstream_options options;
    struct file *file; /* a reference: what it is a part of, or the given file that the belt's bytes come from */
    uint64_t from, to; /* of file, when there is no belt */
    bool plain;        /* known not to be compressed: what looks like it in the middle of a log isn't */
    struct belt *belt; /* NULL: read the file */
    struct pool *pool;
    struct belts *belts;
    /* filled by running it */
    struct segment *segment;
    struct log_counts counts;
    struct loose_line first, last; /* where options say so */
    bool again; /* it was left in the middle: more depends on what is left of it than can be kept. segment is of no use
                 */
    bool torn;  /* likewise, but it can't be read again: nothing was open when it began */
    struct err err; /* code ERR_OK: all of it was read */
    atomic_bool done;
};

/* task.run of a piece. */
void piece_run(struct task *t);
/*
 * Reads a piece again, behind all that is left of it: `left` (NULL: nothing) and, of its own file, `lines` lines.
 * Returns left with what the piece says; its segment stays NULL.
 */
struct segment *piece_run_behind(struct piece *p, struct segment *left, uint64_t lines);
/* What was kept for the left side is too much: it is to be read again, or else nothing was open when it began. */
void piece_forget(struct piece *p);
/* Drops the file and the segment, if it is still here. */
void piece_clear(struct piece *p);

#endif
