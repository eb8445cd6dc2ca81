/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A few threads that run tasks in the order in which they came. One thread (the one that made the pool) submits and
 * waits; a task may ask for a helper.
 */
#ifndef AGENT_SOURCES_POOL_H
#define AGENT_SOURCES_POOL_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define POOL_MOST_WORKERS 64

struct pool;

/* Embedded in what it works on; not touched by the pool any more once run() has been called. */
struct task {
    void (*run)(struct task *t);
    struct task *next; /* private */
};

enum err_code pool_new(unsigned workers, struct pool **out, struct err *e) __attribute__((warn_unused_result));
/* Waits for all tasks, then ends the threads. Takes NULL. */
void pool_free(struct pool *p);

void pool_submit(struct pool *p, struct task *t);
/* A list linked by `next`, all at once: so a task that looks for a helper sees how much is still waiting. */
void pool_submit_list(struct pool *p, struct task *first);
/* Runs t only if a thread has nothing else to do, now; false: not taken. */
bool pool_help(struct pool *p, struct task *t);
/* Waits until every task that was submitted has run. */
void pool_wait(struct pool *p);
/* Waits until at least one more than *finished tasks have run, ever, and updates it; false: all have. */
bool pool_wait_more(struct pool *p, size_t *finished);

#endif
