/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The metrics over HTTP, for whoever scrapes them: GET /metrics is Prometheus' text format, / says where that is. Two
 * variants chosen by the build: libmicrohttpd, or none (--without-microhttpd), which refuses and names the text file.
 *
 * It runs inside the loop, without a thread. A connection is for one request and lasts at most CAP_METRICS_SECONDS,
 * whatever it does; CAP_METRICS_CONNECTIONS are served at once, others wait in the kernel; a request's head may have
 * CAP_METRICS_REQUEST_BYTES. Bodies of requests are not read.
 */
#ifndef AGENT_COMMANDS_METRICS_H
#define AGENT_COMMANDS_METRICS_H

#include "base/buf.h"
#include "base/err.h"

struct metrics;
struct uv_loop_s;

/*
 * listen: see metricssocket.h. render puts the whole text into out, which is empty, for each request. NULL on failure,
 * and nothing is left behind; e says why.
 */
struct metrics *metrics_new(const char *listen, void (*render)(void *arg, struct buf *out), void *arg,
    struct uv_loop_s *loop, struct err *e) __attribute__((warn_unused_result));
/* "127.0.0.1:9745", with the port that was really taken. */
void metrics_print_address(struct buf *b, const struct metrics *m);
/* Hangs up on everybody at once; its memory goes when the loop has closed its handles. Takes NULL. */
void metrics_free(struct metrics *m);

#endif
