/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NDJSON text of an event, read again: for the formats that are made from it. Wraps jansson together with
 * tellecs.c and tellsyslog.c. What is read is ours, but it was kept in a file: damage is an error, never a crash.
 */
#ifndef AGENT_REPORT_TELLREAD_H
#define AGENT_REPORT_TELLREAD_H

#include "agent/diagnosis/verdict.h"
#include "base/buf.h"
#include "base/err.h"

struct json_t; /* jansson's */

/* It has a "type" and an "at". NULL: e says why (ERR_DATA). The caller drops the reference. */
struct json_t *tellread(struct slice body, struct err *e);
/* NULL when there is none, or it is no text. Borrowed. */
const char *tellread_text(const struct json_t *root, const char *key);
/* Of the member "verdict". */
const char *tellread_verdict(const struct json_t *root, const char *key);
/* Of the verdict, or of a source; SEVERITY_UNKNOWN for what is no severity. */
enum severity tellread_severity(const struct json_t *root);
/*
 * One sentence for a person, in words of ours but for names, addresses and paths; hostile. It never quotes a line of a
 * log: what goes to syslog may end up in the very log that is followed.
 */
void tellread_message(struct buf *b, const struct json_t *root);

#endif
