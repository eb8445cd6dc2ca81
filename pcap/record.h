/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS records (RFC 8446, 5.1; RFC 6101, 5.2.1): where one ends and the next begins, in whatever pieces the bytes come.
 * Keeps nothing but a header; knows nothing of what is inside.
 */
#ifndef PCAP_RECORD_H
#define PCAP_RECORD_H

#include "base/cursor.h"

#define RECORD_HEADER 5
#define RECORD_LONGEST 18432 /* 2^14 + 2048 (RFC 5246, 6.2.3) */

enum record_type { RECORD_CCS = 20, RECORD_ALERT, RECORD_HANDSHAKE, RECORD_DATA, RECORD_HEARTBEAT };

enum record_step {
    RECORD_MORE,   /* no more bytes in the piece */
    RECORD_BEGINS, /* type, version and length are known */
    RECORD_BODY,   /* *body is a piece of it; left is what is still to come */
    RECORD_BAD,    /* no header: nothing that follows can be understood */
};

struct record_reader {
    uint8_t head[RECORD_HEADER], have;
    bool inside;
    uint8_t type;
    uint16_t version, length;
    uint32_t left; /* of the body */
};

/* Could these five bytes begin a record? */
bool record_plausible(const uint8_t head[RECORD_HEADER]);
enum record_step record_next(struct record_reader *r, struct cursor *piece, struct bytes *body);
/* n bytes are missing. True when the gap ends inside the body, or with it: where the next record begins is still known.
 */
bool record_gap(struct record_reader *r, uint64_t n);
/* An SSL 2 ClientHello that offers more (RFC 5246, E.2) has no such header: the next `left` bytes are a body. */
void record_enter(struct record_reader *r, uint8_t type, uint16_t left);

#endif
