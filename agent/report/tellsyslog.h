/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An event as one syslog message (RFC 5424), facility daemon, in UTF-8 without a byte order mark:
 *
 *   <26>1 2024-09-20T03:10:48.042Z HOST sftunnel-agent 4711 incident [sftunnel@32473 seq="7" id="..." observer="ftd-1"
 *   address="10.10.200.31" verdict="SFT-1001" change="opened"] incident opened: 10.10.200.31: ...
 *
 * What is not known is left out of the structured data. 32473 is the enterprise number that is kept for examples (RFC
 * 5612).
 *
 * It may end up in the log that is followed. So it never quotes a line of a log, has no control characters, and is of
 * no process that a rule asks for: the line that a syslog daemon makes of it matches none.
 */
#ifndef AGENT_REPORT_TELLSYSLOG_H
#define AGENT_REPORT_TELLSYSLOG_H

#include "base/buf.h"
#include "base/err.h"

#define TELLSYSLOG_BEGINS "<"
#define TELLSYSLOG_NUMBER "[sftunnel@32473 seq=\"" /* and the event's number */
#define TELLSYSLOG_TEXT_BYTES 1024                 /* of the sentence, and */
#define TELLSYSLOG_VALUE_BYTES                                                                                         \
    255 /* of each value: what is longer is cut, for receivers that take 2048 bytes (6.1)                              \
         */

struct tellsyslog_sender {
    const char *hostname; /* of this machine; NULL or none that is allowed: "-" */
    uint32_t pid;
};

/* Appends one message without a newline. ERR_DATA when body (NDJSON without its number) is no event: nothing was
 * appended. */
enum err_code tell_syslog(struct buf *b, uint64_t number, struct slice body, const struct tellsyslog_sender *sender,
    struct err *e) __attribute__((warn_unused_result));

#endif
