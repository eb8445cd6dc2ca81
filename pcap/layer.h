/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One frame on its way through its headers: each layer's function takes its own header off the walk's cursor and says
 * which layer comes next. decode.c calls them in a loop, so nothing recurses, and no more than CAP_PACKET_LAYERS follow
 * one another. Internal to the decoder.
 *
 * Where a layer says how long its content is, the cursor is cut to that (layer_limit), so that padding ends there;
 * `cut` is what the content still had on the wire behind the last byte that was captured.
 */
#ifndef PCAP_LAYER_H
#define PCAP_LAYER_H

#include "pcap/decode.h"
#include "pcap/fragment.h"

enum layer {
    LAYER_ETHERNET,
    LAYER_TYPED, /* an EtherType, and what it says */
    LAYER_LLC,
    LAYER_COOKED,   /* Linux, version 1 */
    LAYER_COOKED_2, /* version 2 */
    LAYER_FAMILY,   /* BSD's loopback: an address family */
    LAYER_NFLOG,
    LAYER_PKTAP,
    LAYER_RADIOTAP,
    LAYER_WLAN,
    LAYER_FRAME_RELAY,
    LAYER_HDLC, /* Cisco's */
    LAYER_PPP,
    LAYER_PPPOE,
    LAYER_MPLS,
    LAYER_IP, /* the version is told by the first byte */
    LAYER_IP4,
    LAYER_IP6,
    LAYER_IP6_OPTIONS,
    LAYER_IP6_ROUTING,
    LAYER_IP6_FRAGMENT,
    LAYER_AH,
    LAYER_TCP,
    LAYER_UDP,
    LAYER_GRE,
    LAYER_ERSPAN,
    LAYER_ERSPAN_3,
    LAYER_WCCP,
    LAYER_VXLAN,
    LAYER_VXLAN_GPE,
    LAYER_GENEVE,
    LAYER_GTP,
    LAYER_L2TP,
    LAYER_ETHERIP,
    LAYER_TEREDO,
    LAYER_AYIYA,
    LAYER_CAPWAP,
    LAYER_END, /* walk->result says how */
};

struct walk {
    struct cursor c; /* what is left of the innermost layer */
    uint32_t cut;
    enum decoded result;
    uint16_t port; /* that is wanted; 0: any */
    bool tagged, cooked;
    bool six; /* the innermost IP header is one of IPv6 */
    const struct packet *p;
    struct tcp_segment *segment; /* addresses are those of the innermost IP header */
    struct fragments *fragments;
};

static inline enum layer layer_end(struct walk *w, enum decoded result)
{
    w->result = result;
    return LAYER_END;
}

/* A header that is not all there: the snapshot's fault, or its own. */
static inline enum layer layer_short(struct walk *w)
{
    return layer_end(w, w->cut ? DECODED_CUT : DECODED_MALFORMED);
}

/* What follows is n bytes long. */
static inline void layer_limit(struct walk *w, size_t n)
{
    size_t left = cursor_left(&w->c);
    if (n <= left) {
        w->c.end = w->c.at + n;
        w->cut = 0;
    } else {
        w->cut = (uint32_t)(n - left); /* also when the frame was shorter on the wire: what is missing did not come */
    }
}

/* IEEE 802 numbers; and those of the IPv4 and IPv6 headers. */
enum layer layer_of_ethertype(struct walk *w, uint16_t type);
enum layer layer_of_protocol(struct walk *w, uint8_t protocol);
/* Where a frame of this link type begins; LAYER_END with DECODED_LINK for one that is not known. */
enum layer layer_of_link(struct walk *w, uint16_t link);

#endif
