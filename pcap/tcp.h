/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TCP connections that are open: found by their two ends, in whichever direction, and asked in order of idleness
 * when room is needed. What is in their bytes is not known here.
 */
#ifndef PCAP_TCP_H
#define PCAP_TCP_H

#include "pcap/reassembly.h"

struct tls;

enum tcp_list {
    TCP_SILENT, /* no payload was seen */
    TCP_LIVE,
    TCP_ENDED, /* kept for what may still come */
    TCP_LISTS
};

struct tcp_direction {
    struct reassembly stream;
    struct tls *tls; /* once it has bytes */
    uint64_t packets, bytes;
    bool syn, opens; /* opens: its SYN acknowledged nothing */
    bool fin, rst;
};

struct tcp_connection {
    struct endpoint end[2]; /* end[0] sent the first packet; direction[i] is what end[i] sent */
    struct tcp_direction direction[2];
    uint32_t stream;
    bool told;          /* its handshake's end was reported */
    int64_t decided_ns; /* when its handshake was completed, or an alert came that can't be read; 0: neither */
    bool closed;        /* its own end was */
    uint32_t mark;      /* of whoever was told */
    bool reused;        /* its ports were taken for another one */
    int64_t end_ns;     /* of its first FIN or RST; 0: none */
    uint64_t end_frame;
    unsigned end_from; /* the direction of that */
    uint32_t events;   /* of both directions, when they were last looked at */
    uint64_t first_frame, last_frame;
    int64_t first_ns, last_ns;
    uint64_t hash;
    struct tcp_connection *chain;
    enum tcp_list list;
    struct tcp_connection *before, *after; /* in its list: the longest idle first */
};

struct tcp_table;

struct tcp_table *tcp_table_new(void);
void tcp_table_free(struct tcp_table *t); /* takes NULL; the connections must have been removed */
/* The one of the segment's ends, NULL when there is none. *from: the direction of the segment in it. */
struct tcp_connection *tcp_find(struct tcp_table *t, const struct tcp_segment *s, unsigned *from);
/* A new one whose first packet is s. */
struct tcp_connection *tcp_add(struct tcp_table *t, const struct tcp_segment *s, size_t *used);
/* Out of the table and freed; its direction[].tls must be NULL. */
void tcp_remove(struct tcp_table *t, struct tcp_connection *c);
/* To the end of a list: it is the least idle. */
void tcp_touch(struct tcp_table *t, struct tcp_connection *c, enum tcp_list list);
struct tcp_connection *tcp_idlest(const struct tcp_table *t, enum tcp_list list); /* NULL: the list is empty */
size_t tcp_count(const struct tcp_table *t, enum tcp_list list);

#endif
