/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What sd_notify(3) does, without libsystemd: a service manager that has set NOTIFY_SOCKET is told when we are ready,
 * reload, stop, and that we are alive. Where nobody has set it all of this does nothing. Nothing here is worth ending
 * for: what can't be delivered is forgotten, and nothing waits longer than a second.
 */
#ifndef AGENT_COMMANDS_NOTIFY_H
#define AGENT_COMMANDS_NOTIFY_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct notify;

/*
 * Looks into the environment: NOTIFY_SOCKET (a path, or @ and an abstract name), WATCHDOG_USEC, WATCHDOG_PID. With
 * `unset` these go from it, so that programs that we run don't speak for us. The socket is opened here and used later,
 * so that what confines us may come in between. *out is never NULL; an address that can't be used is an error to be
 * told, and *out then does nothing.
 */
enum err_code notify_open(bool unset, struct notify **out, struct err *e) __attribute__((warn_unused_result));
void notify_close(struct notify *n); /* takes NULL */
bool notify_active(const struct notify *n);
/* How often notify_watchdog() is due, half of what the manager tolerates; 0: nobody watches this process. */
uint32_t notify_watchdog_ms(const struct notify *n);

/* false: not delivered. status is one line for people and is escaped; NULL: none. */
bool notify_ready(const struct notify *n, const char *status);
bool notify_reloading(const struct notify *n); /* then notify_ready() again */
bool notify_stopping(const struct notify *n, const char *status);
bool notify_status(const struct notify *n, const char *status);
bool notify_watchdog(const struct notify *n);

#endif
