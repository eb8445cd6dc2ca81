/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The logs of one case on their way into it: cut into pieces for the pool, and put together again as streams, rotated
 * generations oldest first. Logs of one folder (or archive folder) and base name are generations of one stream.
 * Used by one thread; only the pieces run elsewhere.
 */
#ifndef AGENT_SOURCES_LOGS_H
#define AGENT_SOURCES_LOGS_H

#include "agent/sources/piece.h"
#include "agent/diagnosis/casefile.h"

struct logs;

/* What is common to all of them. Everything is borrowed. */
struct logs_context {
    struct casefile *c;
    const struct rules *rules;
    struct pool *pool;
    struct belts *belts;
    unsigned workers;
    int base_year;
    void (*on_line)(void *data, enum match_result result, const struct envelope *line, const struct event *ev);
    void *line_data;
};

/* Where one lies and what is known of it. */
struct log_place {
    const char *path;
    enum source_kind kind; /* SOURCE_LOG or SOURCE_COMMS */
    struct file *file;     /* referenced by the logs as long as needed */
    int64_t written;       /* Unix seconds */
    enum year_basis basis; /* of `written` */
};

struct logs *logs_new(const struct logs_context *context);
void logs_free(struct logs *l); /* takes NULL; logs_finish() must have been called if anything was started */

size_t logs_count(const struct logs *l);

/* A whole regular file, for logs_start_files(). */
void logs_add_file(struct logs *l, const struct log_place *at, bool plain);
/*
 * Gives the files that were added their places among the sources (generations oldest first) and hands them to the
 * pool: big plain ones in parts, one for each worker. To be called once, when all files are known.
 */
void logs_start_files(struct logs *l);

/*
 * A log that somebody else reads: its bytes are to be put on the belt that is returned. logs_start_belt() hands the
 * last one that was added to the pool, at the latest when the belt has been ended.
 */
struct belt *logs_add_belt(struct logs *l, const struct log_place *at, size_t most_blocks);
void logs_start_belt(struct logs *l);

/* Waits for all pieces and moves the streams, counts and problems into the casefile. */
void logs_finish(struct logs *l);

#endif
