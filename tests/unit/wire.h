/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes TLS and TCP for tests: messages and records into a buffer, and a talk between two ends that is handed to a
 * capture segment by segment. Certificates are not real: DER of the right length that holds a number.
 */
#ifndef TESTS_UNIT_WIRE_H
#define TESTS_UNIT_WIRE_H

#include "pcap/capture.h"

enum { WIRE_CCS = 20, WIRE_ALERT, WIRE_HANDSHAKE, WIRE_DATA };

struct wire_hello {
    unsigned version; /* legacy */
    unsigned chosen;  /* supported_versions; 0: no such extension */
    bool post_handshake_auth, psk, retry;
    unsigned session_id; /* all its bytes; 0: none */
    unsigned cipher;
};

void wire_u16(struct buf *b, unsigned n);
void wire_u24(struct buf *b, unsigned n);
void wire_record(struct buf *b, unsigned type, const void *p, size_t n);
/* In records of at most `piece` bytes. */
void wire_records(struct buf *b, unsigned type, const struct buf *body, size_t piece);
void wire_message(struct buf *b, unsigned type, const void *p, size_t n);
void wire_client_hello(struct buf *b, const struct wire_hello *h);
void wire_server_hello(struct buf *b, const struct wire_hello *h);
void wire_certificate(struct buf *b, unsigned number, size_t length);
/* A Certificate message of `count` of them, numbered from first on. */
void wire_certificates(struct buf *b, unsigned first, unsigned count, size_t length);
void wire_request(struct buf *b);
void wire_alert(struct buf *b, unsigned level, unsigned description);
/* CCS, and a Finished that nobody can read. */
void wire_finish(struct buf *b);
/* What two ends say in TLS 1.2: hello (with the server's 2 certificates, 11 and 12), the client's answer (21, 22). */
void wire_server_flight(struct buf *b, size_t piece);
void wire_client_flight(struct buf *b, size_t piece);

/* Facts as a line of text; frames, times and counts of packets are left out, as they are the order's. */
void wire_facts(struct buf *b, const struct connection *c);

struct talk {
    struct capture *capture;
    struct buf out;     /* a line for each connection that has ended */
    struct buf moments; /* "H" and "E" */
    uint16_t port;      /* the client's */
    uint32_t isn[2];
    uint64_t sent[2]; /* bytes so far */
    uint64_t frame;
    int64_t time_ns;
    bool after_plaintext;
};

void talk_begin(struct talk *t);
/* Ends the capture; the lines stay until talk_clear(). */
const char *talk_end(struct talk *t);
void talk_clear(struct talk *t);
/* A bare segment of one side, at an offset of its stream. */
struct tcp_segment talk_at(const struct talk *t, enum side from, uint64_t offset, const void *p, size_t n);
void talk_put(struct talk *t, struct tcp_segment s);
void talk_open(struct talk *t); /* SYN, SYN+ACK, ACK */
void talk_syn(struct talk *t, enum side from);
void talk_flag(struct talk *t, enum side from, unsigned flags); /* with ACK, at what was sent */
/* The next bytes, in segments of at most 1400. */
void talk_send(struct talk *t, enum side from, const struct buf *b);
void talk_pieces(struct talk *t, enum side from, const struct buf *b, size_t most);

#endif
