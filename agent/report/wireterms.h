/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the text and the JSON of connections have in common: names of versions and cipher suites, times with fractions,
 * names in certificates made short, and the filter with which Wireshark shows the same packets. Appends to a buffer;
 * what comes from a certificate is not escaped here.
 */
#ifndef AGENT_REPORT_WIRETERMS_H
#define AGENT_REPORT_WIRETERMS_H

#include "agent/diagnosis/wire.h"
#include "base/buf.h"

#define WIRETERMS_NAME 160 /* bytes of a name that is made short */

/* "1.2", "ssl3", or the number: "0x0505". */
void wireterms_version(struct buf *b, uint16_t version);
/* As OpenSSL and the appliances' status call it: "AES256-GCM-SHA384"; "0xC0FF" when it is none of the usual ones. */
void wireterms_cipher(struct buf *b, uint16_t cipher);
/* "2024-09-20T04:10:47.123456Z" (RFC 3339): microseconds, or nanoseconds where the capture has them. */
void wireterms_time(struct buf *b, int64_t ns);
/* The second that it lies in, and the nanoseconds behind its beginning. */
int64_t wireterms_seconds(int64_t ns);
int64_t wireterms_fraction(int64_t ns);
/* "InternalCA of FMC 06f5…"; the CN of another name, or the name itself. Cut at WIRETERMS_NAME. */
void wireterms_name(struct buf *b, const char *dn);
/* "ip.addr == 10.0.0.1 && tcp.port == 40000 && …"; many: of all connections of these two ends, whatever the port. */
void wireterms_filter(struct buf *b, const struct wire *w, bool many);
/* "3 days", "5 hours", "1 minute": of a span, whatever its sign. */
void wireterms_span(struct buf *b, int64_t seconds);

#endif
