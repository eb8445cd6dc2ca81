/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into the background, for hosts without a service manager: two forks, a session of our own, umask 027, the root as
 * folder, no standard streams. The process that was started stays until the daemon says that it works, or why not, so
 * that its exit code is the truth. Threads and loops don't outlive a fork: begin before there are any.
 */
#ifndef AGENT_COMMANDS_DAEMONIZE_H
#define AGENT_COMMANDS_DAEMONIZE_H

#include "base/err.h"

#include <stdbool.h>

struct daemonize {
    bool starter; /* this is the process that was started; it has nothing more to do */
    int fd;       /* -1: all has been said */
};

/*
 * Returns twice. In the starter when the daemon has said its word: ERR_OK, or the daemon's own error (ERR_BUG when it
 * ended without a word). In the daemon at once, with standard error still open for what happens at start.
 */
enum err_code daemonize_begin(struct daemonize *d, struct err *e) __attribute__((warn_unused_result));
/* The daemon works: the standard streams go. ERR_INTERRUPTED when the starter is gone: nobody wants us any more. */
enum err_code daemonize_ready(struct daemonize *d, struct err *e) __attribute__((warn_unused_result));
/* The daemon can't work, and ends: the starter says why and has the exit code. */
void daemonize_failed(struct daemonize *d, const struct err *why);

#endif
