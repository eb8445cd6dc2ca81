/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts fragmented IP datagrams together again. Bounded by CAP_FRAGMENT_…: datagrams at once, bytes of each and of all,
 * and their age in packet time; the oldest makes way. Of two parts that overlap the first copy is kept; when they
 * differ that is counted. A datagram that contradicts itself about its end is given up.
 */
#ifndef PCAP_FRAGMENT_H
#define PCAP_FRAGMENT_H

#include "pcap/decode.h"

/* One fragment, without the headers in front of what was fragmented. */
struct fragment {
    const uint8_t *from, *to; /* 16 bytes each */
    uint32_t id;
    uint8_t protocol; /* of the fragment that begins the datagram it is taken */
    bool six;
    bool more;       /* it is not the last */
    uint32_t offset; /* bytes */
    struct bytes data;
    int64_t time_ns;
};

enum fragment_step {
    FRAGMENT_KEPT,
    FRAGMENT_WHOLE,   /* that was the last missing part */
    FRAGMENT_REFUSED, /* an offset or length that can't be */
};

struct fragments;

struct fragments *fragments_new(struct decoder_counts *counts); /* counts are borrowed */
void fragments_free(struct fragments *f);                       /* takes NULL */
/*
 * WHOLE: *data is the datagram's content, until the next call, and *protocol what it is. The part's bytes may lie in
 * what the call before gave.
 */
enum fragment_step fragments_add(
    struct fragments *f, const struct fragment *part, struct bytes *data, uint8_t *protocol);

#endif
