/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file with our process id, locked for as long as we live: what tells a running daemon from what one has left behind
 * is the lock, never the number. The lock (fcntl) belongs to the process that took it: take it after the last fork.
 */
#ifndef AGENT_COMMANDS_PIDFILE_H
#define AGENT_COMMANDS_PIDFILE_H

#include "base/err.h"

struct pidfile;

/*
 * Made with mode 0644, or taken over when nobody holds it. Somebody does: ERR_CANTCREATE, with his process id. A link,
 * and a file that holds anything but a number, are refused and left as they are. *out is NULL on failure.
 */
enum err_code pidfile_create(const char *path, struct pidfile **out, struct err *e) __attribute__((warn_unused_result));
/* Removes the file, if it still is ours; takes NULL. */
void pidfile_remove(struct pidfile *p);

#endif
