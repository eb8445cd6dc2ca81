/* SPDX-License-Identifier: BSD-2-Clause */
/* What a connection on the wire means to `watch`: which end is the peer, whether it is news, and the event. */
#ifndef AGENT_COMMANDS_WIRETELL_H
#define AGENT_COMMANDS_WIRETELL_H

#include "agent/report/followread.h"

#define WIRETELL_TOLD "wire told" /* in the store: what was told of whom, see wired_print() */

struct watch;
struct wiretell;

/* With what was told before. w must live as long. */
enum err_code wiretell_new(struct watch *w, struct wiretell **out, struct err *e) __attribute__((warn_unused_result));
void wiretell_free(struct wiretell *t); /* takes NULL */
void wiretell_connection(struct wiretell *t, const struct follow_row *row);
void wiretell_tick(struct wiretell *t); /* every few seconds */

#endif
