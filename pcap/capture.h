/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole way from packets to connections: decode, reassemble, TLS. Bounded by the CAP_… of base/caps.h: connections
 * open at once, bytes kept out of order and per handshake message, in all and for each. A cap that is reached is
 * counted. Buffers of a direction are released as soon as it is encrypted. Pure: the time is that of the packets.
 */
#ifndef PCAP_CAPTURE_H
#define PCAP_CAPTURE_H

#include "pcap/connection.h"
#include "pcap/decode.h"

/* Why a connection is reported; the later report of one holds all that the earlier ones did. */
enum moment {
    /* Its handshake has failed, or was completed and a second has passed (capture_tick()): for those who watch. */
    MOMENT_HANDSHAKE,
    MOMENT_CLOSED, /* it has ended, and nothing came for a while: for those who watch, by capture_tick() */
    MOMENT_END,    /* the last report: it ended, or the capture did, or a cap asked for its place */
};

struct capture_options {
    uint16_t port;        /* at one end; 0: any */
    bool after_plaintext; /* look for TLS that begins after something else, too: STARTTLS, CONNECT */
    /* c and everything in it are borrowed until this returns. */
    void (*on_connection)(void *data, const struct connection *c, enum moment moment);
    void *data;
};

struct capture_counts {
    uint64_t frames, bytes, segments;
    int64_t first_ns, last_ns;
    uint64_t connections, evicted; /* evicted: reported early to stay below a cap */
    uint64_t dropped_segments;     /* of no connection, and with neither SYN nor payload to begin one */
    uint64_t held_bytes_given_up;  /* out of order, and over a cap: passed on with the gap before them, or far away */
    uint64_t messages_over_cap;    /* handshake messages longer than CAP_HANDSHAKE_BYTES */
    const struct decoder_counts *decoder;
};

struct capture *capture_new(const struct capture_options *o);
void capture_free(struct capture *c); /* takes NULL; reports nothing */
void capture_packet(struct capture *c, const struct packet *p);
/* The same, from the decoder's step on. */
void capture_segment(struct capture *c, const struct tcp_segment *s);
/*
 * Time has passed, whether packets came or not: by `now_ns`, of the packets' clock, completed handshakes are told, what
 * has ended is told once with MOMENT_CLOSED, and what ended long ago for the last time. Several times a second.
 */
void capture_tick(struct capture *c, int64_t now_ns);
/* The end: everything that is open is reported with MOMENT_END, in order of its stream number. */
void capture_finish(struct capture *c);
const struct capture_counts *capture_counts(const struct capture *c);

#endif
