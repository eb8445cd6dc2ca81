/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Says when to look at a log: inotify, in two instances, so that a busy neighbour in the folder can't fill the queue in
 * which its renames are told. One watches the folders, without what is written in them; the other the files of one log,
 * and only that they are written to. What an event says is not asked: every one of them, and a queue that ran over,
 * means "look now". Where watches can't be had, polling alone does it; that is said once.
 */
#ifndef AGENT_SOURCES_TAILWATCH_H
#define AGENT_SOURCES_TAILWATCH_H

#include "agent/sources/tail.h"

/* inotify's calls, so that a test can refuse them. */
struct tailwatch_calls {
    int (*init)(int flags);
    int (*add)(int fd, const char *path, uint32_t mask);
};

struct tailwatch;

/* calls NULL: the kernel's. Always gives one, if only one that watches nothing. */
struct tailwatch *tailwatch_new(const struct tailwatch_calls *calls);
void tailwatch_free(struct tailwatch *w); /* takes NULL */

/* The descriptors to wait for (readable); -1: that one is not there. */
void tailwatch_fds(const struct tailwatch *w, int *folders, int *files);
/* Empties both queues. true: there was something, or one ran over; look now. */
bool tailwatch_drain(struct tailwatch *w);
/*
 * After each tail_reconcile(): what it follows now is watched, what it no longer follows is not. true: something is
 * watched that was not before, so look once more, since it may have changed in between.
 */
bool tailwatch_follow(struct tailwatch *w, const struct tail *t);
/* Why something is not watched, said once per reason; NULL: nothing new. Borrowed until the next call. */
const char *tailwatch_trouble(struct tailwatch *w);

#endif
