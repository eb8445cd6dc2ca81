/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the logs of a case, shared by logs.c (files and belts into the pool) and logs_join.c (pieces together).
 * Nobody else includes this.
 */
#ifndef AGENT_SOURCES_LOGS_PARTS_H
#define AGENT_SOURCES_LOGS_PARTS_H

#include "agent/sources/logs.h"
#include "agent/sources/names.h"

#define NO_HEAD SIZE_MAX

/* A line at the edge of a log that may be half of one. */
struct edge {
    struct loose_line line;
    size_t log; /* index of the one in which it begins */
    uint64_t number;
};

struct log {
    char *path;
    enum source_kind kind;
    struct file *file;
    struct generation generation; /* its slice borrows from path */
    uint32_t stream;              /* number of its key */
    uint32_t source;
    struct year_hint year;
    bool plain, waiting;
    struct piece *pieces;
    size_t piece_count;
    struct segment *segment; /* of all its pieces and of the newer generations that were joined to it */
    struct edge first, last; /* likewise: what lies in front of the segment and behind it, waiting for its other half */
    size_t head;             /* index of the log whose segment this one was joined to; NO_HEAD */
    struct log_counts as_read; /* of its pieces alone */
    const char *twin_of;       /* path of the one that was counted instead */
    bool counted;              /* its pieces went into segment */
    bool apart;                /* left out as a twin, or another text under the same generation: a stream of its own */
    bool torn;                 /* what was open in its older neighbour was not looked at: CAP_HEAD(S)_BYTES */
};

struct logs {
    struct logs_context x;
    struct strings *keys; /* of the streams */
    struct log *all;
    size_t count, capacity;
    size_t joined_at;   /* count when ready ones were last joined */
    size_t head_bytes;  /* of all segments, against CAP_HEADS_BYTES */
    size_t loose_bytes; /* of all edges, against CAP_LOOSE_BYTES */
};

/* How a piece of g is read when nothing is known of its neighbours. */
struct logstream_options logs_options(const struct logs *l, const struct log *g);
/* Stream by stream, oldest generation first; to be freed. */
struct log **logs_sorted(struct logs *l);

enum logs_phase {
    LOGS_SOME, /* others may still come */
    LOGS_ALL,  /* all are known, some are still being read */
    LOGS_READ, /* all were read */
};

/*
 * Joins neighbours that are ready, so that not every generation's peers are held apart until the end. Which log is
 * joined to which does not depend on when this happens.
 */
void logs_join_ready(struct logs *l, enum logs_phase phase);
/* Behind the last call of it: lines whose other half did not come are lines. */
void logs_join_rest(struct logs *l);
void edge_clear(struct edge *e);

#endif
