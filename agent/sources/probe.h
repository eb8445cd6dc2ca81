/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handshakes of our own with many servers at once, to see what they present: each becomes a connection of the case,
 * from a source "probe HOST:PORT" (SOURCE_PROBE), as if it had been captured. What came to no connection is a problem
 * of that source. One thread and one poll(); names are looked up aside (proberesolve.h); all is bounded by time
 * (probestep.h). Opens sockets, so the process must be allowed to.
 */
#ifndef AGENT_SOURCES_PROBE_H
#define AGENT_SOURCES_PROBE_H

#include "agent/diagnosis/casefile.h"
#include "agent/sources/probetargets.h"
#include "agent/sources/probetls.h"

#include <stdatomic.h>

#define PROBE_JOBS 32
#define PROBE_JOBS_MOST 512
#define PROBE_TIMEOUT_MS 10000

struct probe_options {
    const struct probetargets *targets;
    struct probetls_setup *tls;
    int64_t timeout_ms;
    uint16_t version;  /* 0x0303 or 0x0304: only this one; 0: both */
    unsigned jobs;     /* at the same time */
    atomic_bool *stop; /* set: report what is known; c->interrupted is set then */
    void (*on_progress)(void *data, size_t done, size_t total); /* NULL: nobody */
    void *data;
};

/* Sources and connections are in the order of the targets. Fails only when nothing can be probed at all. */
enum err_code probe_run(const struct probe_options *o, struct casefile *c, struct err *e)
    __attribute__((warn_unused_result));

#endif
