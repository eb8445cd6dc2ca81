/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes Prometheus' text format 0.0.4: HELP and TYPE per metric, each series once, label values escaped for Prometheus
 * and for people who look at such a file in a terminal. Names and help texts are ours and not escaped.
 */
#ifndef AGENT_REPORT_PROMTEXT_H
#define AGENT_REPORT_PROMTEXT_H

#include "base/buf.h"
#include "base/strings.h"

struct promtext { /* zero-initialised is empty */
    struct buf b; /* the text */
    struct buf labels, scratch;
    struct strings *seen; /* series of this metric */
};

void promtext_clear(struct promtext *t);
/* type: "gauge", "counter", "summary". The samples that follow are its. */
void promtext_metric(struct promtext *t, const char *name, const char *type, const char *help);
/* Of the next sample; value NULL or "": none, which is the same to Prometheus. */
void promtext_label(struct promtext *t, const char *name, const char *value);
/* A series whose labels were there before is left out. */
void promtext_sample(struct promtext *t, const char *name, int64_t value);
void promtext_seconds(struct promtext *t, const char *name, uint64_t nanoseconds);

#endif
