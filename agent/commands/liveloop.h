/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `capture -i`: packets of an interface until somebody or something ends it. Each handshake that has come to its end is
 * told at once; the connections go into the casefile. Waits in poll(); nothing is written but what was asked for.
 */
#ifndef AGENT_COMMANDS_LIVELOOP_H
#define AGENT_COMMANDS_LIVELOOP_H

#include "agent/commands/output.h"
#include "agent/commands/privileges.h"
#include "agent/sources/ring.h"

struct liveloop_options {
    const char *interface;
    uint16_t port; /* 0: any */
    bool promiscuous;
    bool follow;              /* nothing is kept: no connection in the casefile, and no more certificates than needed */
    int64_t duration_ms;      /* 0: until it is stopped */
    uint64_t count;           /* packets; 0: any number */
    struct ring_options ring; /* path NULL: packets are not kept */
    const struct privileges *privileges;
    const struct output_set *out;
    void (*ready)(void *data); /* opened, rights given up: what else is to be done before the first packet */
    void *data;
};

struct liveloop_counts {
    uint64_t frames, handshakes, lost; /* lost: by the kernel or the interface */
    struct ring_counts written;
};

/*
 * ERR_OK when it was ended as asked for (signal, time, count); other errors before the first packet, or when the
 * interface went away: what was seen until then is in the casefile all the same.
 */
enum err_code liveloop_run(const struct liveloop_options *o, struct casefile *c, struct liveloop_counts *n,
    struct err *e) __attribute__((warn_unused_result));

#endif
