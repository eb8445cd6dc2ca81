/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An event with the field names of the Elastic Common Schema (8.11), as nested objects: for those whose pipeline knows
 * them. What ECS has no name for is below "sftunnel".
 */
#ifndef AGENT_REPORT_TELLECS_H
#define AGENT_REPORT_TELLECS_H

#include "base/buf.h"
#include "base/err.h"

#define TELLECS_BEGINS "{\"@timestamp\":"
#define TELLECS_NUMBER "\"sequence\":" /* and the event's number: "event.sequence" */

/*
 * body: NDJSON without its number. Appends one line in ASCII with its newline. ERR_DATA when body is no event: nothing
 * was appended.
 */
enum err_code tell_ecs(struct buf *b, uint64_t number, struct slice body, struct err *e)
    __attribute__((warn_unused_result));

#endif
