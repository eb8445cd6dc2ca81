/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The encrypted part of TLS 1.3, of which only the lengths and the order of records are to be seen (RFC 8446, 5.2):
 * what they say of how it ended.
 */
#ifndef PCAP_SEALED_H
#define PCAP_SEALED_H

#include "pcap/connection.h"
#include "pcap/tls.h"

/* Fills c->sealed, and each side's ended_first; `end` is of the first FIN or RST of the connection. */
void sealed_join(const struct tls *client, const struct tls *server, struct tls_place end, struct connection *c);
/*
 * The record that the client sent in place of its Finished: it is too short for one, and so an alert. NULL: none. (An
 * OpenSSL client sends this alert in the clear; others don't.)
 */
const struct tls_sealed *sealed_rejection(const struct tls *client, const struct tls *server);

#endif
