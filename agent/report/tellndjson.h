/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One event of `watch` as one JSON object on one line: contrib/schema/event-1.schema.json, to which only additions are
 * made. This text is what is kept until the event was delivered; every other format is made from it
 * (agent/report/tellecs.h, tellsyslog.h).
 */
#ifndef AGENT_REPORT_TELLNDJSON_H
#define AGENT_REPORT_TELLNDJSON_H

#include "agent/diagnosis/tell.h"
#include "base/buf.h"

/* The number of an event is only known when it is kept; so it is put in front of what else begins like this. */
#define TELLNDJSON_BEGINS "{\"type\":"

/*
 * Appends the text, in ASCII and without a newline, beginning with TELLNDJSON_BEGINS. "type", "id", "at", "observer"
 * and "address" are always there, for an attempt "outcome", "first" and "last", too (null: not known); of the others
 * those that count for the type and are known. Of a proof line at most CAP_EVIDENCE_BYTES are shown.
 */
void tell_ndjson(struct buf *b, const struct tell *t);

/* The line as it is delivered: `{"seq":7,` and what follows, with a newline; left_out > 0: with "left_out". */
void tell_numbered(struct buf *b, uint64_t number, uint64_t left_out, struct slice body);

#endif
