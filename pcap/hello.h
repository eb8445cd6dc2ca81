/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ClientHello and ServerHello of SSL 3 to TLS 1.3, drafts included (RFC 8446, 4.1; RFC 5246, 7.4.1), and the
 * ClientHello of SSL 2 that offers more (RFC 5246, E.2). Extensions that are not asked for are passed over by their
 * length.
 */
#ifndef PCAP_HELLO_H
#define PCAP_HELLO_H

#include "base/cursor.h"

#define HELLO_SESSION_ID 32
#define HELLO_SSL2 9 /* bytes of an SSL 2 ClientHello before its lists */
#define VERSION_TLS13 0x0304

struct hello {
    uint16_t version; /* client: the highest offered; server: the one chosen */
    uint16_t cipher;  /* server */
    uint64_t random;  /* client: a hash of its random bytes, never 0 */
    uint8_t session_id[HELLO_SESSION_ID], session_id_length;
    bool retry;               /* server: HelloRetryRequest */
    bool post_handshake_auth; /* client */
    bool early_data;          /* client */
    bool ticket;              /* client: a session ticket to resume from (RFC 5077) */
    bool psk;                 /* client: offered; server: accepted, a session is resumed (RFC 8446, 4.2.11) */
};

/* body: of the message, without its header. False when its lengths can't be; *h then holds what was read before. */
bool hello_client(struct bytes body, struct hello *h);
bool hello_server(struct bytes body, struct hello *h);
/* head: the HELLO_SSL2 bytes behind the two of the length; length: what these two say. */
bool hello_ssl2(struct bytes head, size_t length, struct hello *h);
/* TLS 1.3 or a draft of it. */
bool hello_is13(uint16_t version);

#endif
