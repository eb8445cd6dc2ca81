/* SPDX-License-Identifier: BSD-2-Clause */
/* Built --without-microhttpd, or statically with nothing to link. */
#include "agent/commands/metrics.h"

#include <stddef.h>

struct metrics *metrics_new(
    const char *listen, void (*render)(void *arg, struct buf *out), void *arg, struct uv_loop_s *loop, struct err *e)
{
    (void)render;
    (void)arg;
    (void)loop;
    (void)err_set(e, ERR_USAGE,
        "metrics at %.200s: this program was built without libmicrohttpd; let it write a text file "
        "(--metrics-file FILE), which node_exporter's textfile collector takes",
        listen);
    return NULL;
}

void metrics_print_address(struct buf *b, const struct metrics *m)
{
    (void)b;
    (void)m;
}

void metrics_free(struct metrics *m)
{
    (void)m;
}
