/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The objects of the JSON outputs, one at a time: json.c and ndjson.c only put frames around them. Each function
 * appends one compact object, ASCII only (so that no terminal escape and no bidirectional control survives), without a
 * newline. Keys stand in a fixed order; what is not known is null.
 */
#ifndef AGENT_REPORT_JSONPARTS_H
#define AGENT_REPORT_JSONPARTS_H

#include "agent/diagnosis/diagnose.h"
#include "base/buf.h"

#define JSONPARTS_SCHEMA "sftunnel-agent.analysis/1"
#define JSONPARTS_VERDICTS_SCHEMA "sftunnel-agent.verdicts/1"

/*
 * What the document says once: schema, generated_by, at_risk, prohibition, interrupted. lines: for NDJSON, with
 * "type": "summary" and the totals in the same object.
 */
void jsonparts_head(struct buf *b, const struct casefile *c, const struct diagnosis *d, bool lines);
void jsonparts_totals(struct buf *b, const struct diagnosis *d);

/* lines: with a first key "type", and with what makes a line understandable without the others (index, paths). */
void jsonparts_source(struct buf *b, const struct casefile *c, size_t index, bool lines);
void jsonparts_peer(struct buf *b, const struct casefile *c, const struct diagnosis *d, size_t index, bool lines);
/* One row of the forecast. */
void jsonparts_fate(struct buf *b, const struct casefile *c, const struct diagnosis *d, size_t index, bool lines);
void jsonparts_noise(struct buf *b, const struct casefile *c, const struct noise *n, bool lines);
void jsonparts_problem(struct buf *b, const struct problem *p, bool lines);

/* One verdict of the catalog: id, name, severity, title, meaning, and the lists. */
void jsonparts_verdict(struct buf *b, enum verdict_id id);

#endif
