/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One reading of a case: what its parts share. Only the reading thread touches it, except for the counters and, under
 * the lock, what the calling thread shows as progress.
 */
#ifndef AGENT_SOURCES_READING_H
#define AGENT_SOURCES_READING_H

#include "agent/sources/input.h"
#include "agent/sources/logs.h"
#include "agent/sources/units.h"

#include <pthread.h>

#define READING_SHOWN 256 /* bytes of a path that progress shows */

struct reading {
    struct casefile *c;
    const struct input_options *o;
    struct belts *belts;
    struct logs *logs;
    struct units *units;
    struct origin origin; /* of which the files' are made */
    struct seen *seen;    /* the files that were taken */
    _Atomic uint64_t done, total;
    pthread_mutex_t lock;
    char shown[READING_SHOWN];
    bool began; /* the files' own logs have been handed to the pool */
};

void reading_show(struct reading *r, const char *path);

/* Was the same file (device and inode) taken before? Then that is a problem of `path`, and true. */
bool reading_twice(struct reading *r, const struct file *f, const char *path);
void reading_forget(struct reading *r);

#endif
