/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which tunnels will fail to come back at which date, should they be made anew, and because of what: from the
 * certificate files of the peer's set, of the FMC itself, and of the other end where that is in the case. What has
 * broken already comes first. It adds to a diagnosis and changes nothing in it. Pure.
 */
#ifndef AGENT_DIAGNOSIS_FORECAST_H
#define AGENT_DIAGNOSIS_FORECAST_H

#include "agent/diagnosis/diagnose.h"

enum fate_kind {
    FATE_ALREADY, /* it fails now */
    FATE_LATER,   /* from `when` on */
    FATE_UNKNOWN, /* no certificate with a date is known */
};

struct fate {
    uint32_t finding; /* index */
    enum fate_kind kind;
    int64_t when; /* Unix seconds: the end of the first certificate; 0: not said by a date */
    enum verdict_id verdict;
    const char *why; /* one clause; owned by the diagnosis */
};

struct forecast {
    struct fate *all; /* in the order in which they fail */
    size_t count;
};

/* Of all peers of d, which keeps it as d->forecast. */
void forecast_make(const struct casefile *c, struct diagnosis *d);
void forecast_free(struct forecast *f);              /* takes NULL */
const char *forecast_kind_name(enum fate_kind kind); /* "already", "later", "unknown" */

#endif
