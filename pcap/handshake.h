/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handshake messages in the clear (RFC 5246, 7.4), which may begin and end anywhere in the records that carry them, and
 * the lists in two of them: Certificate and CertificateRequest. Only messages that somebody reads are collected, as
 * their bytes come and never beyond CAP_HANDSHAKE_BYTES; the others are passed over by their length.
 */
#ifndef PCAP_HANDSHAKE_H
#define PCAP_HANDSHAKE_H

#include "pcap/connection.h"

enum handshake_type {
    HANDSHAKE_HELLO_REQUEST = 0,
    HANDSHAKE_CLIENT_HELLO = 1,
    HANDSHAKE_SERVER_HELLO = 2,
    HANDSHAKE_TICKET = 4,
    HANDSHAKE_RETRY = 6, /* of TLS 1.3 drafts */
    HANDSHAKE_CERTIFICATE = 11,
    HANDSHAKE_SERVER_KEY = 12,
    HANDSHAKE_REQUEST = 13,
    HANDSHAKE_DONE = 14,
    HANDSHAKE_VERIFY = 15,
    HANDSHAKE_CLIENT_KEY = 16,
    HANDSHAKE_FINISHED = 20,
};

enum handshake_step {
    HANDSHAKE_MORE,
    HANDSHAKE_MESSAGE, /* one is over: type, length and body */
    HANDSHAKE_BAD,     /* no message begins like this; there is no going on */
};

struct handshake {
    size_t *used; /* bytes allocated, in all together */
    uint8_t head[4], have;
    bool inside;
    bool broken; /* a part of this one is missing, behind what is in body */
    bool over;   /* it is longer than CAP_HANDSHAKE_BYTES; body is its beginning */
    uint8_t type;
    uint32_t length, left;
    uint8_t *body; /* of those that are collected, else NULL */
    size_t body_length, body_capacity;
};

/* DER values, one behind the other in bytes that somebody else keeps. */
struct der_list {
    struct bytes *item;
    size_t count;
};

void handshake_init(struct handshake *h, size_t *used);
void handshake_clear(struct handshake *h);
/* The next step through the bytes of a record; after a message the next call begins another one. */
enum handshake_step handshake_next(struct handshake *h, struct cursor *piece);
/* n bytes are missing. True when they are of the message that is being read: where the next begins is still known. */
bool handshake_gap(struct handshake *h, uint64_t n);
/* Is one begun and not over? */
bool handshake_pending(const struct handshake *h);
/* Could a message begin like this, in a record of that length, where there may be anything? n is 40 or all of the
 * record. */
bool handshake_strict(const uint8_t *p, size_t n, size_t record);

/*
 * What is there of a Certificate message (up to TLS 1.2) of `length` bytes: its whole certificates, which borrow from
 * body. The list is the caller's, to be freed by free(list->item).
 */
enum certificates_seen handshake_certificates(struct bytes body, size_t length, struct der_list *list);
/* The names in a CertificateRequest of this version; false when its lengths can't be. */
bool handshake_names(struct bytes body, uint16_t version, struct der_list *list);

#endif
