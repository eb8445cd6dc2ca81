/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a captured frame to the TCP segment in it: link layers, VLAN tags, tunnels, IPv4 and IPv6 with options,
 * extension headers and fragments. Everything else is counted and passed over. Bounded: encapsulations by
 * CAP_PACKET_LAYERS, fragments by CAP_FRAGMENT_…; no frame is dropped for its checksum. Knows nothing of connections.
 */
#ifndef PCAP_DECODE_H
#define PCAP_DECODE_H

#include "pcap/packet.h"

enum decoded {
    DECODED_TCP,       /* *segment is filled */
    DECODED_OTHER,     /* no TCP: ARP, UDP without a tunnel that is known, ICMP, … */
    DECODED_FRAGMENT,  /* a part of a datagram, kept until the rest comes */
    DECODED_LINK,      /* a link type that is not known */
    DECODED_CUT,       /* the snapshot ends before the TCP header does */
    DECODED_MALFORMED, /* lengths that can't be */
    DECODED_TOO_DEEP,  /* more layers than CAP_PACKET_LAYERS */
    DECODED_KINDS
};

const char *decoded_name(enum decoded what); /* "tcp", "other", "fragment", … for counters in outputs */

struct decoder;

struct decoder_counts {
    uint64_t frames[DECODED_KINDS];
    uint64_t fragments, datagrams_reassembled;
    uint64_t datagrams_given_up; /* too old, contradicting itself, or over a cap */
    uint64_t datagrams_open;     /* whose other parts may still come */
    uint64_t fragment_conflicts; /* parts that overlap and differ: the first copy was kept */
    uint64_t vlan_tagged;        /* frames */
};

/*
 * port: segments with this port at neither end are DECODED_OTHER, found out before any work is spent on them; 0: any.
 */
struct decoder *decoder_new(uint16_t port);
void decoder_free(struct decoder *d); /* takes NULL */
/* The segment borrows from p or from d, until the next call. */
enum decoded decoder_packet(struct decoder *d, const struct packet *p, struct tcp_segment *segment);
const struct decoder_counts *decoder_counts(const struct decoder *d);

#endif
