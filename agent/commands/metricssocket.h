/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The socket at which the metrics are asked for. "127.0.0.1:9745", "[::1]:9745" (any loopback address; port 0: one that
 * is free) or "unix:PATH". Others are refused, because there is neither TLS nor a password: who wants metrics from
 * another host puts a server that has both in front, or lets node_exporter take the text file.
 *
 * A UNIX socket has mode 0660. One that nobody listens to any more is replaced; a file that is no socket never is.
 */
#ifndef AGENT_COMMANDS_METRICSSOCKET_H
#define AGENT_COMMANDS_METRICSSOCKET_H

#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

#define METRICSSOCKET_MODE 0660

struct metricssocket {
    int fd;     /* listens, does not block; -1: none */
    char *path; /* of a UNIX socket; else NULL */
    dev_t dev;
    ino_t ino;
};

/* ERR_USAGE: the address is not one of those above; anything else is about the world. On failure there is nothing. */
enum err_code metricssocket_open(const char *listen, struct metricssocket *out, struct err *e)
    __attribute__((warn_unused_result));
/* Whether an address could be opened at all: for those who check settings. */
enum err_code metricssocket_check(const char *listen, struct err *e) __attribute__((warn_unused_result));
/* Where it listens, as open takes it, with the port that it got. */
void metricssocket_print(struct buf *b, const struct metricssocket *s);
/* Removes the path, if it is still this socket. fd is closed, if it is still ours (not -1). */
void metricssocket_close(struct metricssocket *s);

#endif
