/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may be open under a key whose past, left of the piece that is being read, is not known: every attempt that
 * could be, as far as attempt_step() tells attempts apart. Each fact is done to all of them at once, until it makes no
 * difference any more which one it was. May hold more than is possible, never less. Pure.
 */
#ifndef AGENT_DIAGNOSIS_PASTS_H
#define AGENT_DIAGNOSIS_PASTS_H

#include "agent/diagnosis/fact.h"

struct pasts {
    /* Open ones without an address, with `address`, and with one that is not known: a bit for each phase, and again for
     * each phase of a failed one. */
    uint64_t nameless, named, other;
    int64_t renewed; /* `elapsed` of the latest fact that belongs to whichever is open */
    uint32_t address;
    bool closed; /* none open */
};

enum pasts_end {
    PASTS_DIFFER,      /* what f means still depends on the past */
    PASTS_OVER_BEFORE, /* whatever was open, f begins the next attempt */
    PASTS_OVER_AFTER,  /* whatever was open, it is over with f */
};

/* Anything can be open, or nothing. */
void pasts_init(struct pasts *p);
enum pasts_end pasts_add(struct pasts *p, const struct fact *f);

#endif
