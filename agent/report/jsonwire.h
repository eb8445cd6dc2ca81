/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The objects of the JSON outputs that captures lead to, one at a time: connections and certificates. The rules are
 * those of jsonparts.h.
 */
#ifndef AGENT_REPORT_JSONWIRE_H
#define AGENT_REPORT_JSONWIRE_H

#include "agent/diagnosis/diagnose.h"
#include "base/buf.h"

#define JSONWIRE_SEEN 8 /* places of one certificate that are named; all are counted */

/* In which connections each certificate was seen. */
struct sightings;

struct sightings *sightings_new(const struct casefile *c);
void sightings_free(struct sightings *s);                /* takes NULL */
size_t sightings_certificates(const struct casefile *c); /* how many there are */

/* lines: for NDJSON, with "type", index and the path of the source. */
void jsonwire_connection(struct buf *b, const struct casefile *c, const struct diagnosis *d, size_t index, bool lines);
void jsonwire_certificate(struct buf *b, const struct casefile *c, const struct sightings *s, size_t index, bool lines);

#endif
