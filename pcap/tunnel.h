/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels over IP and UDP: see pcap/layer.h. UDP to a tunnel's port that is none is DECODED_OTHER. */
#ifndef PCAP_TUNNEL_H
#define PCAP_TUNNEL_H

#include "pcap/layer.h"

enum layer tunnel_udp(struct walk *w);
enum layer tunnel_gre(struct walk *w);       /* RFC 2784, 2890, 1701's routing; version 1 is PPTP's (RFC 2637) */
enum layer tunnel_erspan(struct walk *w);    /* types I and II */
enum layer tunnel_erspan_3(struct walk *w);  /* type III */
enum layer tunnel_wccp(struct walk *w);      /* Cisco's redirect header */
enum layer tunnel_vxlan(struct walk *w);     /* RFC 7348 */
enum layer tunnel_vxlan_gpe(struct walk *w); /* draft-ietf-nvo3-vxlan-gpe */
enum layer tunnel_geneve(struct walk *w);    /* RFC 8926 */
enum layer tunnel_gtp(struct walk *w);       /* 3GPP TS 29.281 */
enum layer tunnel_l2tp(struct walk *w);      /* RFC 2661, data */
enum layer tunnel_etherip(struct walk *w);   /* RFC 3378 */
enum layer tunnel_teredo(struct walk *w);    /* RFC 4380 */
enum layer tunnel_ayiya(struct walk *w);     /* draft-massar-v6ops-ayiya */
enum layer tunnel_capwap(struct walk *w);    /* RFC 5415, data that is not in parts */

#endif
