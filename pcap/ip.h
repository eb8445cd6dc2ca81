/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 (RFC 791), IPv6 (RFC 8200) with its extension headers, and TCP's header: see pcap/layer.h. */
#ifndef PCAP_IP_H
#define PCAP_IP_H

#include "pcap/layer.h"

enum layer ip_any(struct walk *w);
enum layer ip_four(struct walk *w);
enum layer ip_six(struct walk *w);
enum layer ip_options(struct walk *w);  /* hop-by-hop, destination, mobility and the like */
enum layer ip_routing(struct walk *w);  /* the last address of the route is where it goes */
enum layer ip_fragment(struct walk *w); /* RFC 8200, 4.5 */
enum layer ip_ah(struct walk *w);       /* RFC 4302 */
enum layer ip_tcp(struct walk *w);

#endif
