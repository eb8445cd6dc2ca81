/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/decode.h"

#include "base/caps.h"
#include "base/mem.h"
#include "pcap/ip.h"
#include "pcap/link.h"
#include "pcap/tunnel.h"

#include <stdlib.h>

struct decoder {
    struct decoder_counts counts;
    struct fragments *fragments;
    uint16_t port;
};

static enum layer (*const layers[])(struct walk *w) = {
    [LAYER_ETHERNET] = link_ethernet,
    [LAYER_TYPED] = link_typed,
    [LAYER_LLC] = link_llc,
    [LAYER_COOKED] = link_cooked,
    [LAYER_COOKED_2] = link_cooked_2,
    [LAYER_FAMILY] = link_family,
    [LAYER_NFLOG] = link_nflog,
    [LAYER_PKTAP] = link_pktap,
    [LAYER_RADIOTAP] = link_radiotap,
    [LAYER_WLAN] = link_wlan,
    [LAYER_FRAME_RELAY] = link_frame_relay,
    [LAYER_HDLC] = link_hdlc,
    [LAYER_PPP] = link_ppp,
    [LAYER_PPPOE] = link_pppoe,
    [LAYER_MPLS] = link_mpls,
    [LAYER_IP] = ip_any,
    [LAYER_IP4] = ip_four,
    [LAYER_IP6] = ip_six,
    [LAYER_IP6_OPTIONS] = ip_options,
    [LAYER_IP6_ROUTING] = ip_routing,
    [LAYER_IP6_FRAGMENT] = ip_fragment,
    [LAYER_AH] = ip_ah,
    [LAYER_TCP] = ip_tcp,
    [LAYER_UDP] = tunnel_udp,
    [LAYER_GRE] = tunnel_gre,
    [LAYER_ERSPAN] = tunnel_erspan,
    [LAYER_ERSPAN_3] = tunnel_erspan_3,
    [LAYER_WCCP] = tunnel_wccp,
    [LAYER_VXLAN] = tunnel_vxlan,
    [LAYER_VXLAN_GPE] = tunnel_vxlan_gpe,
    [LAYER_GENEVE] = tunnel_geneve,
    [LAYER_GTP] = tunnel_gtp,
    [LAYER_L2TP] = tunnel_l2tp,
    [LAYER_ETHERIP] = tunnel_etherip,
    [LAYER_TEREDO] = tunnel_teredo,
    [LAYER_AYIYA] = tunnel_ayiya,
    [LAYER_CAPWAP] = tunnel_capwap,
};
_Static_assert(sizeof layers / sizeof *layers == LAYER_END, "each layer has its function");

const char *decoded_name(enum decoded what)
{
    switch (what) {
    case DECODED_TCP: return "tcp";
    case DECODED_OTHER: return "other";
    case DECODED_FRAGMENT: return "fragment";
    case DECODED_LINK: return "unknown_link";
    case DECODED_CUT: return "cut";
    case DECODED_MALFORMED: return "malformed";
    case DECODED_TOO_DEEP: return "too_deep";
    case DECODED_KINDS: break;
    }
    return "?";
}

struct decoder *decoder_new(uint16_t port)
{
    struct decoder *d = mem_zalloc(1, sizeof *d);
    d->fragments = fragments_new(&d->counts);
    d->port = port;
    return d;
}

void decoder_free(struct decoder *d)
{
    if (!d)
        return;
    fragments_free(d->fragments);
    free(d);
}

enum decoded decoder_packet(struct decoder *d, const struct packet *p, struct tcp_segment *segment)
{
    struct walk w = { .c = cursor_of(p->data, p->captured),
        .cut = p->length - p->captured,
        .port = d->port,
        .p = p,
        .segment = segment,
        .fragments = d->fragments };
    enum layer next = layer_of_link(&w, p->link);
    for (unsigned n = 0; next != LAYER_END; n++) {
        if (n == CAP_PACKET_LAYERS)
            next = layer_end(&w, DECODED_TOO_DEEP);
        else
            next = layers[next](&w);
    }
    d->counts.vlan_tagged += w.tagged;
    d->counts.frames[w.result]++;
    return w.result;
}

const struct decoder_counts *decoder_counts(const struct decoder *d)
{
    return &d->counts;
}
