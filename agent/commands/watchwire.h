/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wire as a further source of `watch`: `capture --follow` as a child that confines itself and is started again, at
 * growing intervals, when it ends. A connection is no attempt here: those are counted by the logs. What it shows of a
 * pair of addresses is a verdict event when it has become something else, as with the certificate files.
 */
#ifndef AGENT_COMMANDS_WATCHWIRE_H
#define AGENT_COMMANDS_WATCHWIRE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

struct watch;

#define WATCH_WIRE "capture" /* in the store, see watch_wire_parse(); "": there is none */

/* How it goes. */
struct watch_wire_view {
    struct slice interface, state;     /* state: "starting", "running", "ended"; borrowed */
    int64_t since;                     /* Unix seconds, of this state */
    uint64_t frames, handshakes, lost; /* packets, connections whose handshake came to its end, packets; since then */
    uint64_t restarts;                 /* of the child, since watch began */
};

void watch_wire_print(struct buf *b, const struct watch_wire_view *v);
/* false: it is none. v borrows from text. */
bool watch_wire_parse(struct slice text, struct watch_wire_view *v);

/* Does nothing if it is not wished. */
enum err_code watch_wire_start(struct watch *w, struct err *e) __attribute__((warn_unused_result));
void watch_wire_tick(struct watch *w); /* every few seconds */
void watch_wire_end(struct watch *w);  /* the child; its handles end in the loop */
void watch_wire_free(struct watch *w); /* when they have */
/* false: there is none. Borrowed until the next call of the above. */
bool watch_wire_view(const struct watch *w, struct watch_wire_view *v);

#endif
