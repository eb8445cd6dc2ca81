/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What passes between the stages of this room: a captured frame, and the TCP segment that is found in it. Plain
 * values; bytes are borrowed, and good until the stage that gave them is called again.
 */
#ifndef PCAP_PACKET_H
#define PCAP_PACKET_H

#include "base/buf.h"
#include "base/cursor.h"

/* A frame as it was captured. */
struct packet {
    const uint8_t *data;
    uint32_t captured; /* bytes at data */
    uint32_t length;   /* bytes that it had on the wire; not below captured */
    uint16_t link;     /* LINKTYPE_… of https://www.tcpdump.org/linktypes.html */
    uint64_t frame;    /* its number in the capture, from 1 on, as Wireshark counts */
    int64_t time_ns;   /* since 1970-01-01T00:00:00Z; 0 when the capture does not say */
};

/* An address and a port. IPv4 addresses are kept as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
struct endpoint {
    uint8_t ip[16];
    uint16_t port;
};

/* "10.0.0.1:8305", "[2001:db8::1]:8305"; addresses as RFC 5952 says. */
void endpoint_print(struct buf *b, const struct endpoint *e);
/* The address alone: "10.0.0.1", "2001:db8::1". */
void endpoint_address(struct buf *b, const struct endpoint *e);
bool endpoint_eq(const struct endpoint *a, const struct endpoint *b);

enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16, TCP_URG = 32 };

/* Offloading leaves wrong sums on everything a host sends: a bad one is a hint between conflicting copies, no more. */
enum checksum { CHECKSUM_UNKNOWN, CHECKSUM_GOOD, CHECKSUM_BAD };

/* A TCP segment (RFC 9293), from whatever it was wrapped in. */
struct tcp_segment {
    struct endpoint from, to;
    uint32_t sequence, acknowledged; /* as on the wire; acknowledged only with TCP_ACK */
    uint16_t window;
    uint8_t flags;
    struct bytes payload;   /* what was captured of it */
    uint32_t cut;           /* bytes of the payload that were on the wire and not captured, behind it */
    struct bytes header;    /* the TCP header with its options, in front of the payload; empty: not at hand */
    enum checksum checksum; /* only if it is known already: ask segment_checksum() */
    uint64_t frame;
    int64_t time_ns;
};

/* Computed when it is asked for, which costs a pass over the payload. UNKNOWN for one that was cut. */
enum checksum segment_checksum(const struct tcp_segment *s);

#endif
