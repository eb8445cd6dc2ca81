/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/ip.h"

#include <string.h>

enum {
    IP4_LEAST = 20,
    IP4_MORE = 0x2000,
    IP4_OFFSET = 0x1fff,
    IP6_HEADER = 40,
    TCP_LEAST = 20,
    TCP_FLAGS = 0x3f,
};

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

enum layer ip_any(struct walk *w)
{
    struct cursor c = w->c;
    uint8_t version = cursor_u8(&c) >> 4;
    if (c.failed)
        return layer_short(w);
    return version == 4 ? LAYER_IP4 : version == 6 ? LAYER_IP6 : layer_end(w, DECODED_MALFORMED);
}

/* A part of a datagram; goes on when it is the last one that was missing. */
static enum layer fragmented(struct walk *w, struct fragment *part)
{
    uint8_t protocol;
    struct bytes whole;
    part->from = w->segment->from.ip;
    part->to = w->segment->to.ip;
    part->data = cursor_rest(&w->c);
    part->time_ns = w->p->time_ns;
    if (w->cut) { /* what is there counts, but is not the end */
        part->more = true;
        part->data.n &= ~(size_t)7;
        if (!part->data.n)
            return layer_end(w, DECODED_CUT);
    }
    switch (fragments_add(w->fragments, part, &whole, &protocol)) {
    case FRAGMENT_KEPT: return layer_end(w, DECODED_FRAGMENT);
    case FRAGMENT_REFUSED: return layer_end(w, DECODED_MALFORMED);
    case FRAGMENT_WHOLE: break;
    }
    w->c = cursor_of(whole.p, whole.n);
    w->cut = 0;
    return layer_of_protocol(w, protocol);
}

static void put_four(struct endpoint *e, struct bytes address)
{
    memcpy(e->ip, mapped, sizeof mapped);
    memcpy(e->ip + 12, address.p, 4);
}

enum layer ip_four(struct walk *w)
{
    struct cursor *c = &w->c;
    if (cursor_left(c) < IP4_LEAST)
        return layer_short(w);
    uint8_t first = cursor_u8(c);
    unsigned header = 4U * (first & 15);
    cursor_skip(c, 1);
    uint16_t total = cursor_u16(c), id = cursor_u16(c), fragment = cursor_u16(c);
    cursor_skip(c, 1);
    uint8_t protocol = cursor_u8(c);
    cursor_skip(c, 2); /* its checksum: offloading leaves it empty */
    struct bytes from = cursor_take(c, 4), to = cursor_take(c, 4);
    if (first >> 4 != 4 || header < IP4_LEAST || (total && total < header))
        return layer_end(w, DECODED_MALFORMED);
    w->six = false;
    put_four(&w->segment->from, from);
    put_four(&w->segment->to, to);
    if (total) /* none: a super-segment that the network card was to cut; to the end of the frame */
        layer_limit(w, total - IP4_LEAST);
    cursor_skip(c, header - IP4_LEAST);
    if (c->failed)
        return layer_short(w);
    if (fragment & (IP4_MORE | IP4_OFFSET))
        return fragmented(w,
            &(struct fragment){
                .id = id, .protocol = protocol, .more = fragment & IP4_MORE, .offset = 8U * (fragment & IP4_OFFSET) });
    return layer_of_protocol(w, protocol);
}

enum layer ip_six(struct walk *w)
{
    struct cursor *c = &w->c;
    if (cursor_left(c) < IP6_HEADER)
        return layer_short(w);
    uint8_t first = cursor_u8(c);
    cursor_skip(c, 3);
    uint16_t length = cursor_u16(c);
    uint8_t next = cursor_u8(c);
    cursor_skip(c, 1);
    cursor_copy(c, w->segment->from.ip, 16);
    cursor_copy(c, w->segment->to.ip, 16);
    if (first >> 4 != 6)
        return layer_end(w, DECODED_MALFORMED);
    w->six = true;
    if (length)
        layer_limit(w, length);
    return layer_of_protocol(w, next);
}

enum layer layer_of_protocol(struct walk *w, uint8_t protocol)
{
    switch (protocol) { /* https://www.iana.org/assignments/protocol-numbers */
    case 6: return LAYER_TCP;
    case 4: return LAYER_IP4;
    case 17: return LAYER_UDP;
    case 41: return LAYER_IP6;
    case 47: return LAYER_GRE;
    case 51: return LAYER_AH;
    case 97: return LAYER_ETHERIP;
    case 137: return LAYER_MPLS;
    case 143: return LAYER_ETHERNET;
    case 44: return w->six ? LAYER_IP6_FRAGMENT : layer_end(w, DECODED_OTHER);
    case 43: return w->six ? LAYER_IP6_ROUTING : layer_end(w, DECODED_OTHER);
    case 0:
    case 60:
    case 135:
    case 139:
    case 140: return w->six ? LAYER_IP6_OPTIONS : layer_end(w, DECODED_OTHER);
    default: return layer_end(w, DECODED_OTHER);
    }
}

enum layer ip_options(struct walk *w)
{
    uint8_t next = cursor_u8(&w->c), units = cursor_u8(&w->c);
    cursor_skip(&w->c, 6 + 8U * units);
    return w->c.failed ? layer_short(w) : layer_of_protocol(w, next);
}

enum layer ip_routing(struct walk *w)
{
    enum { SOURCE_ROUTE = 0, MOBILE = 2, SEGMENTS = 4 };
    struct cursor *c = &w->c;
    uint8_t next = cursor_u8(c), units = cursor_u8(c), type = cursor_u8(c), left = cursor_u8(c);
    cursor_skip(c, 4);
    struct cursor route = cursor_child(c, 8U * units);
    if (c->failed)
        return layer_short(w);
    /* The addresses: the last one is the first of a list of segments (RFC 8754), else the last. */
    size_t addresses = cursor_left(&route) / 16;
    if (left && addresses && (type == SOURCE_ROUTE || type == MOBILE || type == SEGMENTS)) {
        cursor_skip(&route, type == SEGMENTS ? 0 : 16 * (addresses - 1));
        cursor_copy(&route, w->segment->to.ip, 16);
    }
    return layer_of_protocol(w, next);
}

enum layer ip_fragment(struct walk *w)
{
    struct cursor *c = &w->c;
    struct fragment part = { .protocol = cursor_u8(c), .six = true };
    cursor_skip(c, 1);
    uint16_t offset = cursor_u16(c);
    part.id = cursor_u32(c);
    part.offset = offset & 0xfff8U;
    part.more = offset & 1;
    if (c->failed)
        return layer_short(w);
    if (!part.offset && !part.more) /* whole (RFC 6946) */
        return layer_of_protocol(w, part.protocol);
    return fragmented(w, &part);
}

enum layer ip_ah(struct walk *w)
{
    uint8_t next = cursor_u8(&w->c), units = cursor_u8(&w->c);
    cursor_skip(&w->c, 6 + 4U * units); /* the unit is four bytes, and two of them are not counted */
    return w->c.failed ? layer_short(w) : layer_of_protocol(w, next);
}

enum layer ip_tcp(struct walk *w)
{
    struct cursor *c = &w->c;
    struct tcp_segment *s = w->segment;
    const uint8_t *start = c->at;
    size_t left = cursor_left(c);
    s->from.port = cursor_u16(c);
    s->to.port = cursor_u16(c);
    if (w->port && !c->failed && s->from.port != w->port && s->to.port != w->port)
        return layer_end(w, DECODED_OTHER);
    if (left < TCP_LEAST)
        return layer_short(w);
    s->sequence = cursor_u32(c);
    s->acknowledged = cursor_u32(c);
    uint16_t bits = cursor_u16(c);
    s->window = cursor_u16(c);
    cursor_skip(c, 4);
    size_t header = 4U * (bits >> 12);
    if (header < TCP_LEAST || header > left + w->cut)
        return layer_end(w, DECODED_MALFORMED);
    s->flags = bits & TCP_FLAGS;
    s->checksum = CHECKSUM_UNKNOWN;
    s->frame = w->p->frame;
    s->time_ns = w->p->time_ns;
    s->cut = w->cut;
    if (header > left) { /* the snapshot ends in the options, which nobody needs */
        s->cut -= (uint32_t)(header - left);
        header = left;
    }
    cursor_skip(c, header - TCP_LEAST);
    s->header = (struct bytes){ start, header };
    s->payload = cursor_rest(c);
    return layer_end(w, DECODED_TCP);
}
