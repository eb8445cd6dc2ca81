/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two directions of TLS become one connection: who is the client, what was negotiated, how far the handshake came.
 */
#ifndef PCAP_TLSJOIN_H
#define PCAP_TLSJOIN_H

#include "pcap/connection.h"
#include "pcap/tls.h"

/* Which of the two (either may be NULL) sent what only a client sends, or is spoken to by a server; -1: nothing says.
 */
int tlsjoin_client(const struct tls *first, const struct tls *second);
/*
 * Fills all of *c that TLS says, and its state. side[].packets, .syn, .rst and .bytes are set already. What c points to
 * borrows from the two. end: of its first FIN or RST; 0: none.
 */
void tlsjoin(const struct tls *client, const struct tls *server, struct tls_place end, struct connection *c);
/* Was its handshake broken off by a fatal alert, or by the record that stands in place of a Finished? */
bool tlsjoin_failed(const struct tls *client, const struct tls *server); /* either may be NULL, here and below */
/*
 * Was it completed on both sides, or is there an alert that can't be read? What comes next says which: what is asked
 * for inside of a completed one may still fail, and the alert may be a farewell.
 */
bool tlsjoin_decided(const struct tls *client, const struct tls *server);

#endif
