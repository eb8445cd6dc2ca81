/* SPDX-License-Identifier: BSD-2-Clause */
/* Link layers and what stands between them and IP: see pcap/layer.h for how a layer's function works. */
#ifndef PCAP_LINK_H
#define PCAP_LINK_H

#include "pcap/layer.h"

enum layer link_ethernet(struct walk *w);
enum layer link_typed(struct walk *w);    /* behind addresses or tags (IEEE 802.1Q, 802.1ad): a type or a length */
enum layer link_llc(struct walk *w);      /* IEEE 802.2, with SNAP (RFC 1042) */
enum layer link_cooked(struct walk *w);   /* LINKTYPE_LINUX_SLL */
enum layer link_cooked_2(struct walk *w); /* LINKTYPE_LINUX_SLL2 */
enum layer link_family(struct walk *w);   /* LINKTYPE_NULL, LINKTYPE_LOOP */
enum layer link_nflog(struct walk *w);
enum layer link_pktap(struct walk *w);
enum layer link_radiotap(struct walk *w);
enum layer link_wlan(struct walk *w);        /* IEEE 802.11 data frames that are not encrypted */
enum layer link_frame_relay(struct walk *w); /* RFC 2427 */
enum layer link_hdlc(struct walk *w);        /* Cisco's HDLC */
enum layer link_ppp(struct walk *w);         /* RFC 1661, with or without RFC 1662's address and control */
enum layer link_pppoe(struct walk *w);       /* RFC 2516, the session's stage */
enum layer link_mpls(struct walk *w);        /* RFC 3032; below it IP or an Ethernet pseudowire (RFC 4448) */

#endif
