/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The canary of `watch`: written by the watcher to syslog's socket, recognised by the confined reader, judged by
 * diagnosis/canary. Lost, unwritable and back again are source events; how it stands is kept for `status`, and so that
 * a restart does not tell it again.
 */
#ifndef AGENT_COMMANDS_WATCHCANARY_H
#define AGENT_COMMANDS_WATCHCANARY_H

#include "agent/diagnosis/canary.h"
#include "base/err.h"

struct watch;
struct watch_log;

#define WATCH_CANARY "canary" /* in the store, see watch_canary_parse(); "": there is none */

/* How it stands. */
struct watch_canary_view {
    enum canary_state state;
    int64_t sent_at, back_at; /* Unix seconds, the last ones; 0: never */
    uint32_t round_trip_ms;   /* of the one at back_at */
    struct slice through;     /* the log in which that was; borrowed */
};

void watch_canary_print(struct buf *b, const struct watch_canary_view *v);
/* false: it is none, and *v is empty. v borrows from text. */
bool watch_canary_parse(struct slice text, struct watch_canary_view *v);

/* Does nothing if it is not wished. */
enum err_code watch_canary_start(struct watch *w, struct err *e) __attribute__((warn_unused_result));
void watch_canary_free(struct watch *w);
void watch_canary_tick(struct watch *w); /* every few seconds */
/* A log had one. false: that is none, and the reader not to be believed. */
bool watch_canary_seen(struct watch *w, const struct watch_log *log, struct slice id);
/* false: there is none. Borrowed until the next call of the above. */
bool watch_canary_view(const struct watch *w, struct watch_canary_view *v);

#endif
