/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/tunnel.h"

/* A version or flag that says that this is not what the port or the number promised. */
static enum layer other(struct walk *w)
{
    return w->c.failed ? layer_short(w) : layer_end(w, DECODED_OTHER);
}

enum port {
    PORT_L2TP = 1701,
    PORT_GTP = 2152,
    PORT_TEREDO = 3544,
    PORT_VXLAN = 4789,
    PORT_VXLAN_GPE = 4790,
    PORT_AYIYA = 5072,
    PORT_CAPWAP = 5247,
    PORT_GENEVE = 6081,
    PORT_MPLS = 6635,
    PORT_VXLAN_OLD = 8472,
};

/* Those of which only one end has the port come second. */
static enum layer of_port(struct walk *w, uint16_t from, uint16_t to)
{
    switch (to) {
    case PORT_VXLAN:
    case PORT_VXLAN_OLD: return LAYER_VXLAN;
    case PORT_VXLAN_GPE: return LAYER_VXLAN_GPE;
    case PORT_GENEVE: return LAYER_GENEVE;
    case PORT_GTP: return LAYER_GTP;
    case PORT_MPLS: return LAYER_MPLS;
    default: break;
    }
    if (to == PORT_L2TP || from == PORT_L2TP)
        return LAYER_L2TP;
    if (to == PORT_CAPWAP || from == PORT_CAPWAP)
        return LAYER_CAPWAP;
    if (to == PORT_TEREDO || from == PORT_TEREDO)
        return LAYER_TEREDO;
    if (to == PORT_AYIYA || from == PORT_AYIYA)
        return LAYER_AYIYA;
    return layer_end(w, DECODED_OTHER);
}

enum layer tunnel_udp(struct walk *w)
{
    enum { HEADER = 8 };
    struct cursor *c = &w->c;
    uint16_t from = cursor_u16(c), to = cursor_u16(c), length = cursor_u16(c);
    cursor_skip(c, 2);
    if (c->failed)
        return layer_short(w);
    if (length && length < HEADER)
        return layer_end(w, DECODED_MALFORMED);
    if (length)
        layer_limit(w, length - HEADER);
    return of_port(w, from, to);
}

enum gre {
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACKNOWLEDGED = 0x0080,
    GRE_VERSION = 0x0007,
    GRE_ERSPAN = 0x88be,
    GRE_ERSPAN_3 = 0x22eb,
    GRE_WCCP = 0x883e,
    GRE_PPP = 0x880b,
};

/* Routes until an empty one (RFC 1701). */
static void skip_routes(struct cursor *c)
{
    uint32_t entry;
    do {
        entry = cursor_u32(c); /* family, offset, length */
        cursor_skip(c, entry & 0xff);
    } while (entry && !c->failed);
}

/* PPTP's: the key is a length and a call; one without a sequence number carries nothing. */
static enum layer gre_1(struct walk *w, uint16_t flags, uint16_t type)
{
    uint16_t length = cursor_u16(&w->c);
    cursor_skip(&w->c, 2);
    if (w->c.failed || !(flags & GRE_KEY) || !(flags & GRE_SEQUENCE) || type != GRE_PPP)
        return other(w);
    cursor_skip(&w->c, flags & GRE_ACKNOWLEDGED ? 8 : 4);
    if (w->c.failed)
        return layer_short(w);
    layer_limit(w, length);
    return LAYER_PPP;
}

enum layer tunnel_gre(struct walk *w)
{
    struct cursor *c = &w->c;
    uint16_t flags = cursor_u16(c), type = cursor_u16(c);
    if ((flags & GRE_VERSION) == 1)
        return gre_1(w, flags, type);
    if (flags & GRE_VERSION)
        return other(w);
    if (flags & (GRE_CHECKSUM | GRE_ROUTING))
        cursor_skip(c, 4);
    if (flags & GRE_KEY)
        cursor_skip(c, 4);
    if (flags & GRE_SEQUENCE)
        cursor_skip(c, 4);
    if (flags & GRE_ROUTING)
        skip_routes(c);
    if (c->failed)
        return layer_short(w);
    switch (type) {
    case GRE_ERSPAN: return flags & GRE_SEQUENCE ? LAYER_ERSPAN : LAYER_ETHERNET; /* type I has no header */
    case GRE_ERSPAN_3: return LAYER_ERSPAN_3;
    case GRE_WCCP: return LAYER_WCCP;
    default: return layer_of_ethertype(w, type);
    }
}

enum layer tunnel_erspan(struct walk *w)
{
    uint16_t version = cursor_u16(&w->c) >> 12;
    cursor_skip(&w->c, 6);
    if (w->c.failed || version != 1)
        return other(w);
    return LAYER_ETHERNET;
}

enum layer tunnel_erspan_3(struct walk *w)
{
    enum { FRAME = 0x7c00, FRAME_IP = 0x0800, PLATFORM = 1 };
    uint16_t version = cursor_u16(&w->c) >> 12;
    cursor_skip(&w->c, 8);
    uint16_t bits = cursor_u16(&w->c);
    if (bits & PLATFORM)
        cursor_skip(&w->c, 8);
    if (w->c.failed || version != 2)
        return other(w);
    return (bits & FRAME) == 0 ? LAYER_ETHERNET : (bits & FRAME) == FRAME_IP ? LAYER_IP : other(w);
}

/* Version 2 has a header of four bytes, which never looks like an IPv4 header; version 1 has none. */
enum layer tunnel_wccp(struct walk *w)
{
    struct cursor peek = w->c;
    if (cursor_u8(&peek) >> 4 != 4)
        cursor_skip(&w->c, 4);
    return w->c.failed ? layer_short(w) : LAYER_IP;
}

enum layer tunnel_vxlan(struct walk *w)
{
    enum { WITH_NETWORK = 0x08 };
    uint8_t flags = cursor_u8(&w->c);
    cursor_skip(&w->c, 7);
    return w->c.failed || !(flags & WITH_NETWORK) ? other(w) : LAYER_ETHERNET;
}

enum layer tunnel_vxlan_gpe(struct walk *w)
{
    enum { WITH_PROTOCOL = 0x04 };
    uint8_t flags = cursor_u8(&w->c);
    cursor_skip(&w->c, 2);
    uint8_t protocol = cursor_u8(&w->c);
    cursor_skip(&w->c, 4);
    if (w->c.failed)
        return layer_short(w);
    if (!(flags & WITH_PROTOCOL))
        return LAYER_ETHERNET;
    switch (protocol) {
    case 1: return LAYER_IP4;
    case 2: return LAYER_IP6;
    case 3: return LAYER_ETHERNET;
    case 5: return LAYER_MPLS;
    default: return other(w);
    }
}

enum layer tunnel_geneve(struct walk *w)
{
    uint8_t first = cursor_u8(&w->c);
    cursor_skip(&w->c, 1);
    uint16_t type = cursor_u16(&w->c);
    cursor_skip(&w->c, 4);
    if (w->c.failed || first >> 6)
        return other(w);
    cursor_skip(&w->c, 4U * (first & 0x3f));
    return w->c.failed ? layer_short(w) : layer_of_ethertype(w, type);
}

enum layer tunnel_gtp(struct walk *w)
{
    enum { VERSION_KIND = 0xf0, VERSION_1 = 0x30, OPTIONAL = 7, EXTENDED = 4, PACKET = 255 };
    struct cursor *c = &w->c;
    uint8_t flags = cursor_u8(c), kind = cursor_u8(c);
    uint16_t length = cursor_u16(c);
    cursor_skip(c, 4);
    if (c->failed || (flags & VERSION_KIND) != VERSION_1 || kind != PACKET)
        return other(w);
    layer_limit(w, length);
    if (flags & OPTIONAL) {
        cursor_skip(c, 3);
        uint8_t next = cursor_u8(c);
        while (flags & EXTENDED && next && !c->failed) {
            uint8_t units = cursor_u8(c);
            if (!units)
                return c->failed ? layer_short(w) : layer_end(w, DECODED_MALFORMED);
            cursor_skip(c, 4U * units - 2);
            next = cursor_u8(c);
        }
    }
    return c->failed ? layer_short(w) : LAYER_IP;
}

enum layer tunnel_l2tp(struct walk *w)
{
    enum { CONTROL = 0x8000, LENGTH = 0x4000, SEQUENCE = 0x0800, OFFSET = 0x0200, VERSION = 0x000f };
    struct cursor *c = &w->c;
    uint16_t flags = cursor_u16(c);
    if (c->failed || flags & CONTROL || (flags & VERSION) != 2)
        return other(w);
    cursor_skip(c, (flags & LENGTH ? 2 : 0) + 4 + (flags & SEQUENCE ? 4 : 0));
    if (flags & OFFSET)
        cursor_skip(c, cursor_u16(c));
    return c->failed ? layer_short(w) : LAYER_PPP;
}

enum layer tunnel_etherip(struct walk *w)
{
    uint8_t version = cursor_u8(&w->c) >> 4;
    cursor_skip(&w->c, 1);
    return w->c.failed || version != 3 ? other(w) : LAYER_ETHERNET;
}

/* Two kinds of indications may stand in front of the packet; what has none of IPv6 is a bubble or none of ours. */
enum layer tunnel_teredo(struct walk *w)
{
    enum { ORIGIN = 0, AUTHENTICATION = 1 };
    struct cursor *c = &w->c, at = *c;
    uint16_t first = cursor_u16(c);
    if (first == AUTHENTICATION) {
        size_t more = cursor_u8(c);
        more += cursor_u8(c);
        cursor_skip(c, more + 9);
        at = *c;
        first = cursor_u16(c);
    }
    if (first == ORIGIN) {
        cursor_skip(c, 6);
        at = *c;
        first = cursor_u16(c);
    }
    if (c->failed)
        return w->cut ? layer_short(w) : layer_end(w, DECODED_OTHER);
    *c = at;
    return first >> 12 == 6 ? LAYER_IP6 : other(w);
}

enum layer tunnel_ayiya(struct walk *w)
{
    enum { FORWARD = 1 };
    uint8_t identity = cursor_u8(&w->c), signature = cursor_u8(&w->c), code = cursor_u8(&w->c);
    uint8_t next = cursor_u8(&w->c);
    cursor_skip(&w->c, 4 + ((size_t)1 << (identity >> 4)) + 4U * (signature >> 4));
    if (w->c.failed || (code & 15) != FORWARD)
        return other(w);
    return layer_of_protocol(w, next);
}

enum layer tunnel_capwap(struct walk *w)
{
    enum { NATIVE = 0x100, FRAGMENT = 0x80, WLAN = 1 };
    uint32_t first = cursor_u32(&w->c);
    unsigned words = first >> 19 & 31, binding = first >> 9 & 31;
    if (w->c.failed || first >> 24 || first & FRAGMENT || words < 2 || (first & NATIVE && binding != WLAN))
        return other(w);
    cursor_skip(&w->c, 4U * (words - 1));
    if (w->c.failed)
        return layer_short(w);
    return first & NATIVE ? LAYER_WLAN : LAYER_ETHERNET;
}
