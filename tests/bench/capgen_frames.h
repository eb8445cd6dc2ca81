/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames around TCP bytes, and the capture file around the frames. Sums are right; time goes on by itself. */
#ifndef TESTS_BENCH_CAPGEN_FRAMES_H
#define TESTS_BENCH_CAPGEN_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum tap_link { TAP_ETHERNET, TAP_SLL, TAP_SLL2, TAP_RAW };

struct tap {
    FILE *out;
    enum tap_link link;
    bool ng;       /* pcapng */
    bool big;      /* big-endian, microseconds */
    unsigned tags; /* VLAN tags in front of IP: 1, or 2 for QinQ */
    uint32_t snap; /* 0: whole packets */
    int64_t ns;    /* of the next frame */
    int64_t step_ns;
    uint64_t frames, bytes; /* written so far; bytes with all headers */
};

struct flow {
    bool six;
    uint8_t ip[2][16]; /* client, server; the first four bytes for IPv4 */
    uint16_t port[2];
    uint32_t seq[2];
    unsigned mss; /* 0: everything in one segment, as offloading shows it */
};

void tap_begin(struct tap *t); /* the file's header; out, link, ng, big, snap are set */

void flow_v4(struct flow *f, uint32_t client, uint32_t server, uint16_t port);
void flow_v6(struct flow *f, uint16_t client, uint16_t server, uint16_t port);

enum flow_flag { FLOW_FIN = 1, FLOW_SYN = 2, FLOW_RST = 4, FLOW_PSH = 8, FLOW_ACK = 16 };

/* One segment from an end (0 client, 1 server); its sequence number goes on. */
void flow_segment(struct tap *t, struct flow *f, int from, unsigned flags, const unsigned char *p, size_t n);
void flow_open(struct tap *t, struct flow *f);
/* In segments of mss, acknowledged by the other end. */
void flow_data(struct tap *t, struct flow *f, int from, const unsigned char *p, size_t n);
void flow_close(struct tap *t, struct flow *f, bool by_server);
/* A frame that is no TCP: UDP of n bytes between the same ends. */
void flow_datagram(struct tap *t, struct flow *f, int from, size_t n);

#endif
