/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The metrics of `watch`: counted here, made from what it has in memory, served (metrics.h) and kept in a text file.
 * What fails is said, and never stops watching.
 *
 * Counters of events and attempts are kept in the transaction that keeps the events, so they go on over restarts and
 * kills without a step. Those of the process (commits, restarts of the reader, failed deliveries) begin at 0 with it.
 */
#ifndef AGENT_COMMANDS_WATCHMETRICS_H
#define AGENT_COMMANDS_WATCHMETRICS_H

#include "agent/diagnosis/tell.h"
#include "base/buf.h"

#define WATCHMETRICS_FILE_MS 15000

struct watch;
struct watchmetrics;

/* The counters as the store has them. w must live as long. */
struct watchmetrics *watchmetrics_new(struct watch *w) __attribute__((returns_nonnull, warn_unused_result));
void watchmetrics_free(struct watchmetrics *m); /* takes NULL */

void watchmetrics_event(struct watchmetrics *m, const struct tell *t);
/* Before a commit: what was counted becomes part of it. */
void watchmetrics_keep(struct watchmetrics *m);
/* After it; begun: watchmetrics_clock_ns() of before. */
uint64_t watchmetrics_clock_ns(void);
void watchmetrics_committed(struct watchmetrics *m, bool done, uint64_t begun);

/* Serves them, if that is wished, from the loop of w; and says where. */
void watchmetrics_serve(struct watchmetrics *m);
/* Now and then; the file is written every WATCHMETRICS_FILE_MS. */
void watchmetrics_tick(struct watchmetrics *m);
/* Serves no more, and writes the file a last time. Before the loop's handles are closed. */
void watchmetrics_stop(struct watchmetrics *m);

#endif
