/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/capgen_frames.h"

#include <stdlib.h>
#include <string.h>

#define FRAME_MOST 70000
#define LINK_MOST 64 /* room in front of IP */

/* ---- the file ---- */

static void put(struct tap *t, const void *p, size_t n)
{
    if (fwrite(p, 1, n, t->out) != n) {
        perror("capgen: writing");
        exit(1);
    }
    t->bytes += n;
}

static void be16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void be32(uint8_t *p, uint32_t v)
{
    be16(p, v >> 16);
    be16(p + 2, v & 0xffff);
}

static void le32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static void word(const struct tap *t, uint8_t *p, uint32_t v)
{
    if (t->big)
        be32(p, v);
    else
        le32(p, v);
}

static uint32_t linktype(const struct tap *t)
{
    static const uint32_t types[] = { [TAP_ETHERNET] = 1, [TAP_SLL] = 113, [TAP_SLL2] = 276, [TAP_RAW] = 101 };
    return types[t->link];
}

#define SNAP(t) ((t)->snap ? (t)->snap : 262144u)

void tap_begin(struct tap *t)
{
    uint8_t h[48] = { 0 };
    if (!t->ng) {
        word(t, h, t->big ? 0xa1b2c3d4 : 0xa1b23c4d);
        word(t, h + 4, t->big ? 0x00020004 : 0x00040002);
        word(t, h + 16, SNAP(t));
        word(t, h + 20, linktype(t));
        put(t, h, 24);
        return;
    }
    le32(h, 0x0a0d0d0a); /* section header */
    le32(h + 4, 28);
    le32(h + 8, 0x1a2b3c4d);
    le32(h + 12, 1);
    le32(h + 16, UINT32_MAX);
    le32(h + 20, UINT32_MAX);
    le32(h + 24, 28);
    put(t, h, 28);
    memset(h, 0, sizeof h);
    le32(h, 1); /* interface: its resolution is nanoseconds */
    le32(h + 4, 32);
    le32(h + 8, linktype(t));
    le32(h + 12, SNAP(t));
    h[16] = 9;
    h[18] = 1;
    h[20] = 9;
    le32(h + 28, 32);
    put(t, h, 32);
}

static void write_frame(struct tap *t, const uint8_t *p, size_t n)
{
    uint8_t h[28] = { 0 };
    uint32_t kept = n > SNAP(t) ? SNAP(t) : (uint32_t)n;
    if (t->ng) {
        uint32_t padded = (kept + 3) & ~3u;
        le32(h, 6);
        le32(h + 4, 32 + padded);
        le32(h + 12, (uint32_t)((uint64_t)t->ns >> 32));
        le32(h + 16, (uint32_t)t->ns);
        le32(h + 20, kept);
        le32(h + 24, (uint32_t)n);
        put(t, h, 28);
        put(t, p, kept);
        uint8_t tail[8] = { 0 };
        le32(tail + (padded - kept), 32 + padded);
        put(t, tail, padded - kept + 4);
    } else {
        word(t, h, (uint32_t)(t->ns / 1000000000));
        word(t, h + 4, (uint32_t)(t->ns % 1000000000 / (t->big ? 1000 : 1)));
        word(t, h + 8, kept);
        word(t, h + 12, (uint32_t)n);
        put(t, h, 16);
        put(t, p, kept);
    }
    t->frames++;
    t->ns += t->step_ns;
}

/* ---- the frame ---- */

/* In front of IP, which begins at ip; returns the frame's first byte. */
static uint8_t *link_header(const struct tap *t, uint8_t *ip, bool six, int from)
{
    unsigned type = six ? 0x86dd : 0x0800;
    uint8_t *p = ip;
    for (unsigned i = 0; i < t->tags; i++) {
        p -= 4;
        be16(p, 100 + i);
        be16(p + 2, type);
        type = i + 1 == t->tags && t->tags > 1 ? 0x88a8 : 0x8100;
    }
    switch (t->link) {
    case TAP_ETHERNET:
        p -= 14;
        memset(p, 2, 12);
        p[5] = (uint8_t)!from;
        p[11] = (uint8_t)from;
        be16(p + 12, type);
        break;
    case TAP_SLL:
        p -= 16;
        memset(p, 0, 16);
        be16(p, from ? 4 : 0);
        be16(p + 2, 1);
        be16(p + 4, 6);
        be16(p + 14, type);
        break;
    case TAP_SLL2:
        p -= 20;
        memset(p, 0, 20);
        be16(p, type);
        be32(p + 4, 2);
        be16(p + 8, 1);
        p[10] = from ? 4 : 0;
        p[11] = 6;
        break;
    case TAP_RAW: break;
    }
    return p;
}

static uint32_t sum(uint32_t s, const uint8_t *p, size_t n)
{
    for (; n > 1; p += 2, n -= 2)
        s += (uint32_t)(p[0] << 8 | p[1]);
    return n ? s + (uint32_t)(p[0] << 8) : s;
}

static unsigned fold(uint32_t s)
{
    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    return ~s & 0xffff;
}

/* IP in front of n bytes at p; returns where it begins, and the pseudo-header's sum. */
static uint8_t *ip_header(const struct flow *f, int from, unsigned protocol, uint8_t *p, size_t n, uint32_t *pseudo)
{
    size_t width = f->six ? 16 : 4;
    uint8_t *ip = p - (f->six ? 40 : 20);
    memset(ip, 0, f->six ? 40 : 20);
    if (f->six) {
        ip[0] = 0x60;
        be16(ip + 4, (unsigned)n);
        ip[6] = (uint8_t)protocol;
        ip[7] = 64;
        memcpy(ip + 8, f->ip[from], 16);
        memcpy(ip + 24, f->ip[!from], 16);
    } else {
        ip[0] = 0x45;
        be16(ip + 2, (unsigned)n + 20);
        ip[6] = 0x40;
        ip[8] = 64;
        ip[9] = (uint8_t)protocol;
        memcpy(ip + 12, f->ip[from], 4);
        memcpy(ip + 16, f->ip[!from], 4);
        be16(ip + 10, fold(sum(0, ip, 20)));
    }
    *pseudo = sum(sum(protocol + (uint32_t)n, f->ip[from], width), f->ip[!from], width);
    return ip;
}

static uint8_t space[LINK_MOST + 64 + FRAME_MOST];

void flow_segment(struct tap *t, struct flow *f, int from, unsigned flags, const unsigned char *p, size_t n)
{
    uint8_t *tcp = space + LINK_MOST + 64;
    uint32_t pseudo;
    memset(tcp, 0, 20);
    be16(tcp, f->port[from]);
    be16(tcp + 2, f->port[!from]);
    be32(tcp + 4, f->seq[from]);
    be32(tcp + 8, flags & FLOW_ACK ? f->seq[!from] : 0);
    tcp[12] = 0x50;
    tcp[13] = (uint8_t)flags;
    be16(tcp + 14, 64240);
    if (n)
        memcpy(tcp + 20, p, n);
    uint8_t *ip = ip_header(f, from, 6, tcp, n + 20, &pseudo);
    be16(tcp + 16, fold(sum(pseudo, tcp, n + 20)));
    uint8_t *frame = link_header(t, ip, f->six, from);
    write_frame(t, frame, (size_t)(tcp - frame) + 20 + n);
    f->seq[from] += (uint32_t)n + (flags & (FLOW_SYN | FLOW_FIN) ? 1 : 0);
}

void flow_datagram(struct tap *t, struct flow *f, int from, size_t n)
{
    uint8_t *udp = space + LINK_MOST + 64;
    uint32_t pseudo;
    be16(udp, f->port[from]);
    be16(udp + 2, f->port[!from]);
    be16(udp + 4, (unsigned)n + 8);
    be16(udp + 6, 0);
    uint8_t *ip = ip_header(f, from, 17, udp, n + 8, &pseudo);
    uint8_t *frame = link_header(t, ip, f->six, from);
    write_frame(t, frame, (size_t)(udp - frame) + 8 + n);
}

void flow_open(struct tap *t, struct flow *f)
{
    flow_segment(t, f, 0, FLOW_SYN, NULL, 0);
    flow_segment(t, f, 1, FLOW_SYN | FLOW_ACK, NULL, 0);
    flow_segment(t, f, 0, FLOW_ACK, NULL, 0);
}

void flow_data(struct tap *t, struct flow *f, int from, const unsigned char *p, size_t n)
{
    size_t most = f->mss ? f->mss : 60000;
    while (n) {
        size_t k = n < most ? n : most;
        flow_segment(t, f, from, FLOW_ACK | (k == n ? FLOW_PSH : 0), p, k);
        p += k;
        n -= k;
    }
    flow_segment(t, f, !from, FLOW_ACK, NULL, 0);
}

void flow_close(struct tap *t, struct flow *f, bool by_server)
{
    flow_segment(t, f, by_server, FLOW_FIN | FLOW_ACK, NULL, 0);
    flow_segment(t, f, !by_server, FLOW_FIN | FLOW_ACK, NULL, 0);
    flow_segment(t, f, by_server, FLOW_ACK, NULL, 0);
}

void flow_v4(struct flow *f, uint32_t client, uint32_t server, uint16_t port)
{
    *f = (struct flow){
        .port = { port, 8305 }, .seq = { client * 2654435761u + port, server * 40503u + port }, .mss = 1460
    };
    be32(f->ip[0], client);
    be32(f->ip[1], server);
}

void flow_v6(struct flow *f, uint16_t client, uint16_t server, uint16_t port)
{
    flow_v4(f, client, server, port);
    f->six = true;
    for (int end = 0; end < 2; end++) {
        memset(f->ip[end], 0, 16);
        be32(f->ip[end], 0x20010db8);
        be16(f->ip[end] + 14, end ? server : client);
    }
}
