/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections that a person would call the same thing once more: the same two ends (whatever the client's port), the
 * same chains with the same faults, the same alerts, the same verdict. A peer that tries again every few seconds is one
 * group. Decides nothing; which ones are together does not depend on chance, nor does their order.
 */
#ifndef AGENT_REPORT_WIREGROUPS_H
#define AGENT_REPORT_WIREGROUPS_H

#include "agent/diagnosis/casefile.h"

#define WIREGROUPS_END UINT32_MAX

struct wiregroup {
    uint32_t first, tail; /* wires; the others by wiregroups.next */
    uint32_t latest;      /* the one that began last: to be shown for all */
    uint32_t count;
    int64_t first_ns, last_ns; /* over all; 0: not known */
};

struct wiregroups {
    struct wiregroup *groups; /* the worst severity first, then by first */
    size_t count, capacity;
    uint32_t *next; /* per wire: the next one of its group, or WIREGROUPS_END */
};

void wiregroups_init(struct wiregroups *g, const struct casefile *c);
void wiregroups_clear(struct wiregroups *g);

#endif
