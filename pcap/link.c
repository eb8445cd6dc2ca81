/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/link.h"

enum { ETHERNET_ADDRESSES = 12, LENGTH_MOST = 1535, VLAN_TCI = 2 };

enum ethertype {
    TYPE_IP4 = 0x0800,
    TYPE_IP6 = 0x86dd,
    TYPE_VLAN = 0x8100,
    TYPE_VLAN_SERVICE = 0x88a8,
    TYPE_VLAN_OLD = 0x9100,
    TYPE_VLAN_OLDER = 0x9200,
    TYPE_MPLS = 0x8847,
    TYPE_MPLS_MULTICAST = 0x8848,
    TYPE_PPPOE = 0x8864,
    TYPE_PPP = 0x880b,
    TYPE_BRIDGED = 0x6558,
    TYPE_BACKBONE = 0x88e7,   /* IEEE 802.1ah */
    TYPE_VNTAG = 0x8926,      /* Cisco */
    TYPE_FABRICPATH = 0x8903, /* Cisco */
    TYPE_METADATA = 0x8909,   /* Cisco: the security group of the sender */
};

/* LINKTYPE_…: https://www.tcpdump.org/linktypes.html */
enum layer layer_of_link(struct walk *w, uint16_t link)
{
    switch (link) {
    case 1: return LAYER_ETHERNET;
    case 0:
    case 108: return LAYER_FAMILY;
    case 9:
    case 50: return LAYER_PPP;
    case 51: return LAYER_PPPOE;
    case 12:
    case 14:
    case 101: return LAYER_IP;
    case 100: return LAYER_LLC;
    case 104: return LAYER_HDLC;
    case 105: return LAYER_WLAN;
    case 107: return LAYER_FRAME_RELAY;
    case 113: return LAYER_COOKED;
    case 127: return LAYER_RADIOTAP;
    case 138: cursor_skip(&w->c, 16); return LAYER_TYPED; /* IEEE 1394 */
    case 166: cursor_skip(&w->c, 2); return LAYER_PPP;    /* pppd: direction and control */
    case 204: cursor_skip(&w->c, 1); return LAYER_PPP;    /* direction */
    case 219: return LAYER_MPLS;
    case 228: return LAYER_IP4;
    case 229: return LAYER_IP6;
    case 239: return LAYER_NFLOG;
    case 240: cursor_skip(&w->c, 4); return LAYER_ETHERNET; /* netANALYZER */
    case 258: return LAYER_PKTAP;
    case 276: return LAYER_COOKED_2;
    default: return layer_end(w, DECODED_LINK);
    }
}

/*
 * Since 6.10 Linux tells a cooked capture the protocol behind all tags, but leaves those that no network card took off
 * in front of it. Is it IP that is promised, and a tag that stands there?
 */
static bool hidden_tag(const struct walk *w, uint16_t type)
{
    struct cursor c = w->c;
    unsigned version = type == TYPE_IP4 ? 4 : 6;
    uint16_t first = cursor_u16(&c), next = cursor_u16(&c);
    if (c.failed || first >> 12 == version)
        return false;
    return next == TYPE_VLAN || next == TYPE_VLAN_SERVICE || (next == type && cursor_u8(&c) >> 4 == version);
}

enum layer layer_of_ethertype(struct walk *w, uint16_t type)
{
    if (w->cooked && (type == TYPE_IP4 || type == TYPE_IP6) && hidden_tag(w, type))
        type = TYPE_VLAN;
    switch (type) {
    case TYPE_IP4: return LAYER_IP4;
    case TYPE_IP6: return LAYER_IP6;
    case TYPE_VLAN:
    case TYPE_VLAN_SERVICE:
    case TYPE_VLAN_OLD:
    case TYPE_VLAN_OLDER:
        w->tagged = true;
        cursor_skip(&w->c, VLAN_TCI);
        return LAYER_TYPED;
    case TYPE_MPLS:
    case TYPE_MPLS_MULTICAST: return LAYER_MPLS;
    case TYPE_PPPOE: return LAYER_PPPOE;
    case TYPE_PPP: return LAYER_PPP;
    case TYPE_BRIDGED: return LAYER_ETHERNET;
    case TYPE_BACKBONE: cursor_skip(&w->c, 4); return LAYER_ETHERNET;
    case TYPE_VNTAG: cursor_skip(&w->c, 4); return LAYER_TYPED;
    case TYPE_FABRICPATH: cursor_skip(&w->c, 2); return LAYER_ETHERNET;
    case TYPE_METADATA: cursor_skip(&w->c, 6); return LAYER_TYPED;
    default: return layer_end(w, DECODED_OTHER);
    }
}

enum layer link_ethernet(struct walk *w)
{
    cursor_skip(&w->c, ETHERNET_ADDRESSES);
    return link_typed(w);
}

enum layer link_typed(struct walk *w)
{
    uint16_t type = cursor_u16(&w->c);
    if (w->c.failed)
        return layer_short(w);
    if (type > LENGTH_MOST)
        return layer_of_ethertype(w, type);
    layer_limit(w, type);
    return LAYER_LLC;
}

/* An organisation and its type (RFC 1042). */
static enum layer snap(struct walk *w)
{
    enum { ETHERNET = 0, BRIDGE_TUNNEL = 0xf8 };
    uint32_t organisation = cursor_u24(&w->c);
    uint16_t type = cursor_u16(&w->c);
    if (w->c.failed)
        return layer_short(w);
    if (organisation != ETHERNET && organisation != BRIDGE_TUNNEL)
        return layer_end(w, DECODED_OTHER);
    return layer_of_ethertype(w, type);
}

enum layer link_llc(struct walk *w)
{
    enum { IP = 0x06, SNAP = 0xaa, UNNUMBERED = 3 };
    uint8_t to = cursor_u8(&w->c), from = cursor_u8(&w->c), control = cursor_u8(&w->c);
    if (w->c.failed)
        return layer_short(w);
    if (to == IP && control == UNNUMBERED)
        return LAYER_IP4;
    return to == SNAP && from == SNAP && control == UNNUMBERED ? snap(w) : layer_end(w, DECODED_OTHER);
}

/* The type of a cooked frame; below 1536 they are Linux's own (ETH_P_802_2 is 4). */
static enum layer cooked(struct walk *w, uint16_t type)
{
    enum { PROTOCOL_LLC = 4, PROTOCOL_PPP = 7 };
    if (w->c.failed)
        return layer_short(w);
    w->cooked = true;
    if (type > LENGTH_MOST)
        return layer_of_ethertype(w, type);
    return type == PROTOCOL_LLC ? LAYER_LLC : type == PROTOCOL_PPP ? LAYER_PPP : layer_end(w, DECODED_OTHER);
}

enum { ARPHRD_NETLINK_ = 824 };

enum layer link_cooked(struct walk *w)
{
    cursor_skip(&w->c, 2);
    uint16_t hardware = cursor_u16(&w->c);
    cursor_skip(&w->c, 10);
    uint16_t type = cursor_u16(&w->c);
    return hardware == ARPHRD_NETLINK_ ? layer_end(w, DECODED_OTHER) : cooked(w, type);
}

enum layer link_cooked_2(struct walk *w)
{
    uint16_t type = cursor_u16(&w->c);
    cursor_skip(&w->c, 6);
    uint16_t hardware = cursor_u16(&w->c);
    cursor_skip(&w->c, 10);
    return hardware == ARPHRD_NETLINK_ ? layer_end(w, DECODED_OTHER) : cooked(w, type);
}

enum layer link_family(struct walk *w)
{
    uint32_t family = cursor_u32(&w->c);
    if (w->c.failed)
        return layer_short(w);
    if (family > 0xffff) /* in the order of the capturing host, which is not known */
        family = __builtin_bswap32(family);
    switch (family) {
    case 2: return LAYER_IP4;
    case 10: /* Linux */
    case 23: /* Windows */
    case 24: /* NetBSD, OpenBSD */
    case 28: /* FreeBSD */
    case 30: /* macOS */ return LAYER_IP6;
    default:
        return family > LENGTH_MOST && family <= 0xffff ? layer_of_ethertype(w, (uint16_t)family)
                                                        : layer_end(w, DECODED_OTHER);
    }
}

/* Attributes of netlink, in the order of the capturing host; one of them is the packet. */
enum layer link_nflog(struct walk *w)
{
    enum { PAYLOAD = 9 };
    struct cursor *c = &w->c, peek;
    cursor_skip(c, 4);
    peek = *c;
    bool little = cursor_u16(&peek) > 0xff; /* the first one is short */
    while (cursor_left(c)) {
        uint16_t length = cursor_u16_in(c, little), type = cursor_u16_in(c, little);
        if (length < 4)
            break;
        if (type == PAYLOAD) {
            layer_limit(w, length - 4);
            return LAYER_IP;
        }
        cursor_skip(c, (length - 4 + 3) & ~3U);
    }
    return layer_short(w);
}

/* Apple's header in front of a frame of any link type. */
enum layer link_pktap(struct walk *w)
{
    struct cursor *c = &w->c;
    uint32_t length = cursor_u32_in(c, true);
    cursor_skip(c, 4);
    uint32_t link = cursor_u32_in(c, true);
    if (c->failed || length < 12)
        return layer_short(w);
    cursor_skip(c, length - 12);
    return link > 0xffff ? layer_end(w, DECODED_LINK) : layer_of_link(w, (uint16_t)link);
}

enum layer link_radiotap(struct walk *w)
{
    cursor_skip(&w->c, 2);
    uint16_t length = cursor_u16_in(&w->c, true);
    if (w->c.failed || length < 4)
        return layer_short(w);
    cursor_skip(&w->c, length - 4U);
    return LAYER_WLAN;
}

enum layer link_wlan(struct walk *w)
{
    enum { VERSION = 0x03, TYPE = 0x0c, DATA = 0x08, WITHOUT_DATA = 0x40, QOS = 0x80 };
    enum { BOTH_WAYS = 3, PROTECTED = 0x40, ORDER = 0x80, AGGREGATED = 0x80 };
    struct cursor *c = &w->c;
    uint8_t kind = cursor_u8(c), flags = cursor_u8(c), qos = 0;
    if (kind & VERSION) { /* Cisco's access points send the two the other way round */
        uint8_t first = kind;
        kind = flags;
        flags = first;
    }
    if (!c->failed && ((kind & TYPE) != DATA || kind & WITHOUT_DATA || flags & PROTECTED))
        return layer_end(w, DECODED_OTHER);
    cursor_skip(c, (flags & BOTH_WAYS) == BOTH_WAYS ? 28 : 22);
    if (kind & QOS) {
        qos = cursor_u8(c);
        cursor_skip(c, flags & ORDER ? 5 : 1);
    }
    if (qos & AGGREGATED) { /* the first of them is looked at */
        cursor_skip(c, ETHERNET_ADDRESSES);
        layer_limit(w, cursor_u16(c));
    }
    return c->failed ? layer_short(w) : LAYER_LLC;
}

enum layer link_frame_relay(struct walk *w)
{
    enum { LAST = 1, UNNUMBERED = 3, PADDING = 0, SNAP = 0x80, IP4 = 0xcc, IP6 = 0x8e };
    struct cursor *c = &w->c;
    unsigned n = 1;
    while (!(cursor_u8(c) & LAST) && !c->failed && n < 4)
        n++;
    struct cursor peek = *c;
    if (cursor_u8(&peek) != UNNUMBERED)
        return LAYER_TYPED; /* Cisco's way */
    cursor_skip(c, 1);
    uint8_t protocol = cursor_u8(c);
    if (protocol == PADDING)
        protocol = cursor_u8(c);
    if (c->failed)
        return layer_short(w);
    switch (protocol) {
    case IP4: return LAYER_IP4;
    case IP6: return LAYER_IP6;
    case SNAP: return snap(w);
    default: return layer_end(w, DECODED_OTHER);
    }
}

enum layer link_hdlc(struct walk *w)
{
    cursor_skip(&w->c, 2);
    return LAYER_TYPED;
}

enum layer link_ppp(struct walk *w)
{
    enum { ALL_STATIONS = 0xff03, UNICAST = 0x0f, MULTICAST = 0x8f };
    enum { IP4 = 0x21, IP6 = 0x57, MPLS = 0x281, MPLS_MULTICAST = 0x283 };
    struct cursor *c = &w->c, peek = *c;
    uint8_t first = cursor_u8(&peek);
    if (first == UNICAST || first == MULTICAST)
        return LAYER_HDLC;
    peek = *c;
    uint16_t start = cursor_u16(&peek);
    if (peek.failed)
        return layer_short(w);
    if (start == ALL_STATIONS)
        *c = peek;
    uint16_t protocol = cursor_u8(c);
    if (!(protocol & 1)) /* an odd byte is the last: compressed */
        protocol = (uint16_t)(protocol << 8 | cursor_u8(c));
    if (c->failed)
        return layer_short(w);
    switch (protocol) {
    case IP4: return LAYER_IP4;
    case IP6: return LAYER_IP6;
    case MPLS:
    case MPLS_MULTICAST: return LAYER_MPLS;
    default: return layer_end(w, DECODED_OTHER);
    }
}

enum layer link_pppoe(struct walk *w)
{
    enum { VERSION_TYPE = 0x11, SESSION = 0 };
    uint8_t version = cursor_u8(&w->c), code = cursor_u8(&w->c);
    cursor_skip(&w->c, 2);
    uint16_t length = cursor_u16(&w->c);
    if (w->c.failed)
        return layer_short(w);
    if (version != VERSION_TYPE || code != SESSION)
        return layer_end(w, DECODED_OTHER);
    layer_limit(w, length);
    return LAYER_PPP;
}

/* Ethernet frames, by their type? */
static bool looks_like_ethernet(struct cursor c)
{
    cursor_skip(&c, ETHERNET_ADDRESSES);
    uint16_t type = cursor_u16(&c);
    return type == TYPE_IP4 || type == TYPE_IP6 || type == TYPE_VLAN || type == TYPE_VLAN_SERVICE || type == TYPE_MPLS;
}

/* What lies below the labels is not said. */
enum layer link_mpls(struct walk *w)
{
    enum { BOTTOM = 0x100, CHANNEL = 1 };
    struct cursor *c = &w->c;
    while (!(cursor_u32(c) & BOTTOM) && !c->failed)
        ;
    struct cursor peek = *c;
    uint16_t first = cursor_u16(&peek);
    if (peek.failed)
        return layer_short(w);
    switch (first >> 12) {
    case 4: return (first >> 8 & 15) >= 5 ? LAYER_IP4 : LAYER_ETHERNET;
    case 6: return LAYER_IP6;
    case CHANNEL: return layer_end(w, DECODED_OTHER);
    default: break;
    }
    if (first == 0 && !looks_like_ethernet(*c))
        cursor_skip(c, 4); /* a control word (RFC 4448, 4.6) */
    return LAYER_ETHERNET;
}
