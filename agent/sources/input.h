/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads whatever an engineer was handed: logs, folders, archives, standard input, in any mixture; detected by
 * content. Everything is streamed; nothing is unpacked to disk, no link is followed out of a folder, nothing is
 * executed. What can't be read becomes a problem of the casefile; the rest goes on.
 */
#ifndef AGENT_SOURCES_INPUT_H
#define AGENT_SOURCES_INPUT_H

#include "agent/diagnosis/casefile.h"
#include "base/err.h"
#include "rules/rules.h"

#include <stdatomic.h>

#define INPUT_PORT 8305 /* sftunnel's */

struct input_progress {
    uint64_t done, total; /* bytes of the given files that were read; total 0: not known (standard input) */
    const char *path;     /* being read */
};

struct input_options {
    const struct rules *rules;
    int base_year;           /* 0: infer */
    uint16_t port;           /* of the connections that captures are read for; 0: any */
    bool only_files;         /* logs and captures are passed over; rules may be NULL then */
    bool only_captures;      /* logs and all else are said to be none; rules may be NULL then */
    unsigned workers;        /* threads that read and match; 0: as many as there are cores, at most 8 */
    const atomic_bool *stop; /* set by a signal handler: end soon, keep what was read */
    /* Called from the calling thread about ten times a second while it waits; NULL: not wanted. */
    void (*on_progress)(void *data, const struct input_progress *p);
    void *data;
    /* As in struct logstream_options, but called from the threads that read, several at once; NULL: not wanted. */
    void (*on_line)(void *data, enum match_result result, const struct envelope *line, const struct event *ev);
    void *line_data;
};

/*
 * Reads all paths ("-" is standard input) into c. Fails only when nothing at all could be read (ERR_NOINPUT, with the
 * reason of the first path); an interruption sets c->interrupted and is no failure.
 */
enum err_code input_read(const char *const *paths, size_t count, const struct input_options *o, struct casefile *c,
    struct err *e) __attribute__((warn_unused_result));

#endif
