/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/decode.h"
#include "base/caps.h"
#include "tests/unit/frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct frame frame; /* large */
static const char hello[] = "hello";

/* ---- what stands in front of a segment; `six`: the innermost header is one of IPv6 ---- */

static void ethernet(struct frame *f, bool six)
{
    frame_ethernet(f, six ? 0x86dd : 0x0800);
}

static void vlan(struct frame *f, bool six)
{
    frame_u16(f, six ? 0x86dd : 0x0800);
    frame_u16(f, 100);
    frame_ethernet(f, 0x8100);
}

static void qinq(struct frame *f, bool six)
{
    frame_u16(f, six ? 0x86dd : 0x0800);
    frame_u32(f, 0x81000064);
    frame_u32(f, 0x810000c8);
    frame_u16(f, 300);
    frame_ethernet(f, 0x88a8);
}

static void snap(struct frame *f, bool six)
{
    frame_u16(f, six ? 0x86dd : 0x0800);
    frame_data(f, "\xaa\xaa\x03\0\0\0", 6);
    frame_ethernet(f, (unsigned)frame_length(f));
}

static void cooked(struct frame *f, bool six)
{
    frame_u16(f, six ? 0x86dd : 0x0800);
    frame_zeros(f, 8);
    frame_u16(f, 6);
    frame_u16(f, 1);
    frame_u16(f, 4);
}

static void cooked_2(struct frame *f, bool six)
{
    frame_zeros(f, 8);
    frame_u16(f, 0x0006);
    frame_u16(f, 1);
    frame_u32(f, 2);
    frame_u16(f, 0);
    frame_u16(f, six ? 0x86dd : 0x0800);
}

static void cooked_2_vlan(struct frame *f, bool six)
{
    frame_u16(f, six ? 0x86dd : 0x0800);
    frame_u16(f, 42);
    frame_zeros(f, 8);
    frame_u16(f, 0x0006);
    frame_u16(f, 1);
    frame_u32(f, 2);
    frame_u16(f, 0);
    frame_u16(f, 0x8100);
}

/* What Linux makes of three tags, of which the network card took one off. */
static void cooked_2_hidden(struct frame *f, bool six)
{
    frame_u16(f, six ? 0x86dd : 0x0800);
    frame_u32(f, 0x81000065);
    frame_u16(f, 0x64);
    cooked_2(f, six);
}

static void cooked_hidden(struct frame *f, bool six)
{
    frame_u16(f, six ? 0x86dd : 0x0800);
    frame_u16(f, 0x64);
    frame_u16(f, six ? 0x86dd : 0x0800);
    frame_u16(f, 0x65);
    cooked(f, six);
    frame_bytes(f)[14] = 0x88;
    frame_bytes(f)[15] = 0xa8;
}

static void nothing(struct frame *f, bool six)
{
    (void)f;
    (void)six;
}

static void family_big(struct frame *f, bool six)
{
    frame_u32(f, six ? 24 : 2);
}

static void family_little(struct frame *f, bool six)
{
    frame_u32_little(f, six ? 30 : 2);
}

static void ppp(struct frame *f, bool six)
{
    frame_u16(f, six ? 0x57 : 0x21);
    frame_u16(f, 0xff03);
}

static void ppp_compressed(struct frame *f, bool six)
{
    frame_u8(f, six ? 0x57 : 0x21);
}

static void hdlc(struct frame *f, bool six)
{
    frame_u16(f, six ? 0x86dd : 0x0800);
    frame_u16(f, 0x0f00);
}

static void pppoe_session(struct frame *f, bool six)
{
    frame_u16(f, six ? 0x57 : 0x21);
    frame_u16(f, (unsigned)frame_length(f));
    frame_u16(f, 9);
    frame_u16(f, 0x1100);
}

static void pppoe(struct frame *f, bool six)
{
    pppoe_session(f, six);
    frame_ethernet(f, 0x8864);
}

static void mpls(struct frame *f, bool six)
{
    (void)six;
    frame_u32(f, 17 << 12 | 0x1ff);
    frame_u32(f, 16 << 12 | 0x0ff);
    frame_ethernet(f, 0x8847);
}

static void pseudowire(struct frame *f, bool six)
{
    ethernet(f, six);
    frame_u32(f, 16 << 12 | 0x1ff);
    frame_ethernet(f, 0x8847);
}

static void pseudowire_controlled(struct frame *f, bool six)
{
    ethernet(f, six);
    frame_u32(f, 7); /* a sequence number */
    frame_u32(f, 16 << 12 | 0x1ff);
    frame_ethernet(f, 0x8847);
}

/* Addresses of a maker whose numbers begin as a control word does, and no control word. */
static void pseudowire_zeros(struct frame *f, bool six)
{
    ethernet(f, six);
    memset(frame_bytes(f), 0, 4);
    frame_u32(f, 16 << 12 | 0x1ff);
    frame_ethernet(f, 0x8847);
}

static void over_ip(struct frame *f, unsigned protocol)
{
    frame_ip4(f, protocol);
    frame_ethernet(f, 0x0800);
}

static void over_udp(struct frame *f, unsigned port)
{
    frame_udp(f, port);
    over_ip(f, 17);
}

static void ip_in_ip(struct frame *f, bool six)
{
    over_ip(f, six ? 41 : 4);
}

static void ip_in_ip6(struct frame *f, bool six)
{
    frame_ip6(f, six ? 41 : 4);
    frame_ethernet(f, 0x86dd);
}

static void gre(struct frame *f, bool six)
{
    frame_u16(f, six ? 0x86dd : 0x0800);
    frame_u16(f, 0);
    over_ip(f, 47);
}

static void gre_all_options(struct frame *f, bool six)
{
    frame_u32(f, 0); /* the end of the routes */
    frame_u32(f, 0x0a000001);
    frame_u32(f, 0x08000004); /* one route of four bytes */
    frame_u32(f, 5);          /* sequence number */
    frame_u32(f, 6);          /* key */
    frame_u32(f, 0);          /* checksum and offset */
    frame_u16(f, six ? 0x86dd : 0x0800);
    frame_u16(f, 0xf000);
    over_ip(f, 47);
}

static void gre_bridged(struct frame *f, bool six)
{
    vlan(f, six);
    frame_u32(f, 0x6558);
    over_ip(f, 47);
}

static void pptp(struct frame *f, bool six)
{
    ppp(f, six);
    unsigned length = (unsigned)frame_length(f);
    frame_u32(f, 1); /* acknowledged */
    frame_u32(f, 2); /* sequence */
    frame_u16(f, 99);
    frame_u16(f, length);
    frame_u32(f, 0x3081880b);
    over_ip(f, 47);
}

static void erspan_1(struct frame *f, bool six)
{
    ethernet(f, six);
    frame_u32(f, 0x88be);
    over_ip(f, 47);
}

static void erspan_2(struct frame *f, bool six)
{
    vlan(f, six);
    frame_u32(f, 0);
    frame_u32(f, 0x10640001);
    frame_u32(f, 1);
    frame_u32(f, 0x100088be);
    over_ip(f, 47);
}

static void erspan_3(struct frame *f, bool six)
{
    ethernet(f, six);
    frame_zeros(f, 8); /* the platform's */
    frame_u32(f, 0x00000001);
    frame_u32(f, 0x12345678);
    frame_u32(f, 0x20640001);
    frame_u32(f, 1);
    frame_u32(f, 0x100022eb);
    over_ip(f, 47);
}

static void wccp(struct frame *f, bool six)
{
    (void)six;
    frame_u32(f, 0x01020304);
    frame_u32(f, 0x883e);
    over_ip(f, 47);
}

static void vxlan(struct frame *f, bool six)
{
    qinq(f, six);
    frame_u32(f, 4242 << 8);
    frame_u32(f, 0x08000000);
    over_udp(f, 4789);
}

static void vxlan_gpe(struct frame *f, bool six)
{
    frame_u32(f, 4242 << 8);
    frame_u32(f, 0x0c000000U | (six ? 2 : 1));
    over_udp(f, 4790);
}

static void geneve(struct frame *f, bool six)
{
    ethernet(f, six);
    frame_u32(f, 0xdeadbeef); /* an option without content needs 4 bytes; two of them */
    frame_u32(f, 0xdeadbe00);
    frame_u32(f, 4242 << 8);
    frame_u32(f, 0x02006558);
    over_udp(f, 6081);
}

static void gtp(struct frame *f, bool six)
{
    (void)six;
    frame_u32(f, 0x01090000); /* an extension header of one unit, and none behind it */
    frame_u32(f, 0x00000085); /* sequence, N-PDU, the extension's type */
    unsigned length = (unsigned)frame_length(f);
    frame_u32(f, 7);
    frame_u16(f, length);
    frame_u16(f, 0x34ff);
    over_udp(f, 2152);
}

static void l2tp(struct frame *f, bool six)
{
    ppp(f, six);
    frame_u16(f, 0xabcd); /* what the offset leaves out */
    frame_u16(f, 2);
    frame_u32(f, 0x00010002);
    frame_u32(f, 0x00030004);
    frame_u16(f, (unsigned)frame_length(f) + 4);
    frame_u16(f, 0x4a02);
    over_udp(f, 1701);
}

static void etherip(struct frame *f, bool six)
{
    ethernet(f, six);
    frame_u16(f, 0x3000);
    over_ip(f, 97);
}

static void teredo(struct frame *f, bool six)
{
    (void)six;
    frame_ip6(f, six ? 41 : 4);
    frame_data(f, "\0\0\1\2\3\4\5\6", 8);       /* the origin */
    frame_data(f, "\0\1\2\1id!nonce678\0", 16); /* two bytes of client, one of signature */
    over_udp(f, 3544);
}

static void ayiya(struct frame *f, bool six)
{
    frame_zeros(f, 16 + 20); /* identity, signature */
    frame_u32(f, 1234);
    frame_u32(f, six ? 0x42521129 : 0x42521104);
    over_udp(f, 5072);
}

static void capwap(struct frame *f, bool six)
{
    ethernet(f, six);
    frame_u32(f, 0);
    frame_u32(f, 2 << 19);
    over_udp(f, 5247);
}

static void wlan(struct frame *f, bool six);

static void capwap_wlan(struct frame *f, bool six)
{
    wlan(f, six);
    frame_bytes(f)[0] = 0x01;
    frame_bytes(f)[1] = 0x88;
    frame_u32(f, 0);
    frame_u32(f, 0);
    frame_u32(f, 3 << 19 | 1 << 9 | 0x100);
    over_udp(f, 5247);
}

static void vntag(struct frame *f, bool six)
{
    frame_u16(f, six ? 0x86dd : 0x0800);
    frame_u32(f, 0x00010002);
    frame_ethernet(f, 0x8926);
}

static void metadata(struct frame *f, bool six)
{
    frame_u16(f, six ? 0x86dd : 0x0800);
    frame_u16(f, 16);
    frame_u32(f, 0x01010001);
    frame_ethernet(f, 0x8909);
}

static void fabricpath(struct frame *f, bool six)
{
    vlan(f, six);
    frame_u16(f, 0x0060);
    frame_ethernet(f, 0x8903);
}

static void backbone(struct frame *f, bool six)
{
    ethernet(f, six);
    frame_u32(f, 77);
    frame_u32(f, 0x006488e7);
    frame_ethernet(f, 0x88a8);
}

static void wlan(struct frame *f, bool six)
{
    frame_u16(f, six ? 0x86dd : 0x0800);
    frame_data(f, "\xaa\xaa\x03\0\0\0", 6);
    frame_u16(f, 0); /* quality of service */
    frame_zeros(f, 22);
    frame_u16(f, 0x8801);
}

static void radiotap(struct frame *f, bool six)
{
    wlan(f, six);
    frame_zeros(f, 12);
    frame_u16_little(f, 16);
    frame_u16(f, 0);
}

static void frame_relay(struct frame *f, bool six)
{
    frame_u16(f, six ? 0x038e : 0x03cc);
    frame_u16(f, 0x1841);
}

static void frame_relay_cisco(struct frame *f, bool six)
{
    frame_u16(f, six ? 0x86dd : 0x0800);
    frame_u16(f, 0x1841);
}

static void nflog(struct frame *f, bool six)
{
    frame_u16_little(f, 9);
    frame_u16_little(f, (unsigned)frame_length(f) + 2);
    frame_data(f, "log\0", 4); /* a prefix of three bytes, padded */
    frame_u16_little(f, 10);
    frame_u16_little(f, 7);
    frame_u32(f, six ? 0x0a000001 : 0x02000001);
}

static void pktap(struct frame *f, bool six)
{
    ethernet(f, six);
    frame_zeros(f, 96);
    frame_u32_little(f, 1); /* Ethernet */
    frame_u32_little(f, 1);
    frame_u32_little(f, 108);
}

static const struct wrapping {
    const char *name;
    void (*wrap)(struct frame *f, bool six);
    uint16_t link;
    bool tagged;
} wrappings[] = {
    { "Ethernet", ethernet, 1, false },
    { "VLAN", vlan, 1, true },
    { "QinQinQ", qinq, 1, true },
    { "SNAP", snap, 1, false },
    { "cooked", cooked, 113, false },
    { "cooked 2", cooked_2, 276, false },
    { "cooked 2, VLAN", cooked_2_vlan, 276, true },
    { "cooked, hidden tag", cooked_hidden, 113, true },
    { "cooked 2, hidden tags", cooked_2_hidden, 276, true },
    { "raw", nothing, 101, false },
    { "raw, BSD", nothing, 12, false },
    { "raw, OpenBSD", nothing, 14, false },
    { "null", family_big, 0, false },
    { "null, swapped", family_little, 0, false },
    { "loop", family_big, 108, false },
    { "PPP", ppp, 9, false },
    { "PPP, compressed", ppp_compressed, 9, false },
    { "PPP in HDLC frames", ppp, 50, false },
    { "HDLC in PPP's link type", hdlc, 50, false },
    { "HDLC", hdlc, 104, false },
    { "PPPoE", pppoe, 1, false },
    { "PPPoE alone", pppoe_session, 51, false },
    { "MPLS", mpls, 1, false },
    { "pseudowire", pseudowire, 1, false },
    { "pseudowire with a control word", pseudowire_controlled, 1, false },
    { "pseudowire of zeros", pseudowire_zeros, 1, false },
    { "IP in IP", ip_in_ip, 1, false },
    { "IP in IPv6", ip_in_ip6, 1, false },
    { "GRE", gre, 1, false },
    { "GRE with all options", gre_all_options, 1, false },
    { "GRE, bridged", gre_bridged, 1, true },
    { "PPTP", pptp, 1, false },
    { "ERSPAN I", erspan_1, 1, false },
    { "ERSPAN II", erspan_2, 1, true },
    { "ERSPAN III", erspan_3, 1, false },
    { "WCCP", wccp, 1, false },
    { "VXLAN", vxlan, 1, true },
    { "VXLAN-GPE", vxlan_gpe, 1, false },
    { "Geneve", geneve, 1, false },
    { "GTP-U", gtp, 1, false },
    { "L2TP", l2tp, 1, false },
    { "EtherIP", etherip, 1, false },
    { "Teredo", teredo, 1, false },
    { "AYIYA", ayiya, 1, false },
    { "CAPWAP", capwap, 1, false },
    { "CAPWAP, 802.11", capwap_wlan, 1, false },
    { "VN-tag", vntag, 1, false },
    { "Cisco metadata", metadata, 1, false },
    { "FabricPath", fabricpath, 1, true },
    { "backbone bridge", backbone, 1, true },
    { "802.11", wlan, 105, false },
    { "radiotap", radiotap, 127, false },
    { "frame relay", frame_relay, 107, false },
    { "frame relay, Cisco", frame_relay_cisco, 107, false },
    { "nflog", nflog, 239, false },
    { "pktap", pktap, 258, false },
};
#define WRAPPINGS (sizeof wrappings / sizeof *wrappings)

static void make(const struct wrapping *w, bool six)
{
    frame_start(&frame);
    frame_data(&frame, hello, 5);
    frame_tcp(&frame, 1000, TCP_PSH | TCP_ACK, 3);
    frame_checksum(&frame, six);
    six ? frame_ip6(&frame, 6) : frame_ip4(&frame, 6);
    w->wrap(&frame, six);
}

static enum decoded decode(uint16_t port, const struct packet *p, struct tcp_segment *s, struct decoder_counts *n)
{
    struct decoder *d = decoder_new(port);
    memset(s, 0, sizeof *s);
    enum decoded what = decoder_packet(d, p, s);
    if (n)
        *n = *decoder_counts(d);
    decoder_free(d);
    return what;
}

/* Memory of just the packet's size, so that the sanitizer sees a read behind it. */
static enum decoded decode_copy(const struct packet *p, uint32_t captured, struct tcp_segment *s)
{
    uint8_t *copy = malloc(captured ? captured : 1);
    struct packet cut = *p;
    memcpy(copy, p->data, captured);
    cut.data = copy;
    cut.captured = captured;
    enum decoded what = decode(0, &cut, s, NULL);
    if (what == DECODED_TCP) { /* whatever it says lies inside */
        assert_true(s->header.p >= copy && s->header.n <= captured);
        assert_true(s->payload.p >= copy && s->payload.p + s->payload.n <= copy + captured);
    }
    free(copy);
    return what;
}

static void check_hello(const struct tcp_segment *s, bool six)
{
    struct buf b = { 0 };
    endpoint_print(&b, &s->from);
    buf_putc(&b, ' ');
    endpoint_print(&b, &s->to);
    assert_string_equal(b.p, six ? "[2001:db8::23]:40000 [2001:db8::e8]:8305" : "10.48.79.23:40000 10.48.79.232:8305");
    buf_clear(&b);
    assert_int_equal(s->sequence, 1000);
    assert_int_equal(s->acknowledged, 77);
    assert_int_equal(s->flags, TCP_PSH | TCP_ACK);
    assert_int_equal(s->window, 1024);
    assert_int_equal(s->payload.n, 5);
    assert_memory_equal(s->payload.p, hello, 5);
    assert_int_equal(s->cut, 0);
    assert_int_equal(s->frame, 1);
    assert_int_equal(segment_checksum(s), CHECKSUM_GOOD);
}

static void every_wrapping_is_taken_off(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * WRAPPINGS; i++) {
        const struct wrapping *w = &wrappings[i / 2];
        struct tcp_segment s;
        struct decoder_counts n;
        make(w, i % 2);
        struct packet p = frame_packet(&frame, w->link);
        assert_int_equal(decode(0, &p, &s, &n), DECODED_TCP);
        check_hello(&s, i % 2);
        assert_int_equal(n.frames[DECODED_TCP], 1);
        assert_int_equal(n.vlan_tagged, w->tagged);
        assert_int_equal(decode(8305, &p, &s, &n), DECODED_TCP);
        assert_int_equal(decode(40000, &p, &s, &n), DECODED_TCP);
        assert_int_equal(decode(443, &p, &s, &n), DECODED_OTHER);
    }
}

/* Cut anywhere, a frame is a segment with the right rest, or none; never one with bytes from elsewhere. */
static void cut_frames(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * WRAPPINGS; i++) {
        const struct wrapping *w = &wrappings[i / 2];
        make(w, i % 2);
        struct packet p = frame_packet(&frame, w->link);
        for (uint32_t n = 0; n < p.length; n++) {
            struct tcp_segment s;
            enum decoded what = decode_copy(&p, n, &s);
            bool segment = n >= p.length - 5 - 12; /* all but options and payload */
            if (what != (segment ? DECODED_TCP : DECODED_CUT))
                fail_msg("%s, %u bytes: %s", w->name, n, decoded_name(what));
            if (segment) {
                assert_int_equal(s.payload.n, n + 5 > p.length ? n + 5 - p.length : 0);
                assert_int_equal(s.payload.n + s.cut, 5);
                assert_memory_equal(s.payload.p, hello, s.payload.n);
                assert_int_equal(segment_checksum(&s), CHECKSUM_UNKNOWN);
            }
        }
    }
}

/* ---- what can't be ---- */

static void plain(bool six)
{
    make(&wrappings[0], six);
}

enum { ETHERNET = 14, IP4 = 20, IP6 = 40 };

/* One byte of a good frame is another: each layer's lengths lie in turn. */
static void lying_lengths(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        bool six;
        size_t at;
        uint8_t value;
        enum decoded want;
    } cases[] = {
        { "IPv4 of another version", false, ETHERNET, 0x65, DECODED_MALFORMED },
        { "IPv4 header below its least", false, ETHERNET, 0x44, DECODED_MALFORMED },
        { "IPv4 total below its header", false, ETHERNET + 3, 19, DECODED_MALFORMED },
        { "IPv4 total that ends in TCP's ports", false, ETHERNET + 3, 22, DECODED_MALFORMED },
        { "IPv4 total that ends in TCP's header", false, ETHERNET + 3, 39, DECODED_MALFORMED },
        { "IPv4 total that ends in TCP's options", false, ETHERNET + 3, 51, DECODED_MALFORMED },
        { "IPv4 header that takes all", false, ETHERNET, 0x4f, DECODED_MALFORMED },
        { "IPv6 of another version", true, ETHERNET, 0x40, DECODED_MALFORMED },
        { "IPv6 length that ends in TCP's header", true, ETHERNET + 5, 7, DECODED_MALFORMED },
        { "IPv6 options where TCP is", true, ETHERNET + 6, 0, DECODED_MALFORMED },
        { "IPv6 routing where TCP is", true, ETHERNET + 6, 43, DECODED_MALFORMED },
        { "AH where TCP is", true, ETHERNET + 6, 51, DECODED_MALFORMED },
        { "TCP header below its least", false, ETHERNET + IP4 + 12, 0x40, DECODED_MALFORMED },
        { "TCP header behind the end", false, ETHERNET + IP4 + 12, 0xf0, DECODED_MALFORMED },
        { "UDP where TCP is, for no tunnel", false, ETHERNET + 9, 17, DECODED_OTHER },
        { "no next header", true, ETHERNET + 6, 59, DECODED_OTHER },
        { "IPv6's headers are none of IPv4's", false, ETHERNET + 9, 43, DECODED_OTHER },
        { "ICMP", false, ETHERNET + 9, 1, DECODED_OTHER },
        { "ARP", false, 13, 6, DECODED_OTHER },
        { "802.3 of no length", false, 12, 0, DECODED_MALFORMED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tcp_segment s;
        plain(cases[i].six);
        frame_bytes(&frame)[cases[i].at] = cases[i].value;
        if (cases[i].at == ETHERNET + IP4 + 12 && cases[i].value == 0xf0)
            frame_bytes(&frame)[ETHERNET + 3] = 20 + 59;
        struct packet p = frame_packet(&frame, 1);
        enum decoded what = decode_copy(&p, p.captured, &s);
        if (what != cases[i].want)
            fail_msg("%s: %s", cases[i].what, decoded_name(what));
    }
}

/* The same for what stands around IP. */
static void lying_wrappings(void **state)
{
    (void)state;
    enum { UDP = ETHERNET + IP4, BEHIND_UDP = UDP + 8 };
    static const struct {
        const char *wrapping;
        size_t at;
        uint8_t value;
        enum decoded want;
    } cases[] = {
        { "SNAP", 13, 10, DECODED_MALFORMED },           /* a length that ends in IP's header */
        { "SNAP", 14, 0xab, DECODED_OTHER },             /* another protocol */
        { "SNAP", 18, 0x0c, DECODED_OTHER },             /* another organisation */
        { "PPPoE", ETHERNET + 5, 1, DECODED_MALFORMED }, /* a length that ends in PPP's protocol */
        { "PPPoE", ETHERNET, 0x21, DECODED_OTHER },
        { "PPP", 3, 0x2b, DECODED_OTHER },
        { "null", 3, 77, DECODED_OTHER },
        { "radiotap", 2, 3, DECODED_MALFORMED },
        { "radiotap", 2, 255, DECODED_MALFORMED },
        { "802.11", 0, 0x80, DECODED_OTHER }, /* a beacon */
        { "802.11", 1, 0x41, DECODED_OTHER }, /* encrypted */
        { "nflog", 4, 3, DECODED_MALFORMED },
        { "nflog", 4, 0xff, DECODED_MALFORMED },
        { "nflog", 5, 0xff, DECODED_MALFORMED },
        { "pktap", 0, 11, DECODED_MALFORMED },
        { "pktap", 3, 0xff, DECODED_MALFORMED },
        { "pktap", 8, 147, DECODED_LINK },
        { "pktap", 11, 1, DECODED_LINK },
        { "GRE", UDP + 1, 2, DECODED_OTHER },                          /* another version */
        { "GRE", UDP + 1, 1, DECODED_OTHER },                          /* PPTP's, without a key */
        { "GRE with all options", UDP + 19, 0xff, DECODED_MALFORMED }, /* a route behind the end */
        { "PPTP", UDP + 5, 3, DECODED_MALFORMED },
        { "ERSPAN II", UDP + 8, 0x20, DECODED_OTHER },
        { "ERSPAN III", UDP + 8, 0x10, DECODED_OTHER },
        { "ERSPAN III", UDP + 18, 0x7c, DECODED_OTHER },
        { "VXLAN", UDP + 5, 7, DECODED_MALFORMED },
        { "VXLAN", UDP + 5, 15, DECODED_MALFORMED },
        { "VXLAN", BEHIND_UDP, 0, DECODED_OTHER },
        { "VXLAN-GPE", BEHIND_UDP + 3, 4, DECODED_OTHER },
        { "Geneve", BEHIND_UDP, 0x3f, DECODED_MALFORMED },
        { "Geneve", BEHIND_UDP, 0x42, DECODED_OTHER },
        { "GTP-U", BEHIND_UDP, 0x54, DECODED_OTHER },
        { "GTP-U", BEHIND_UDP + 12, 0, DECODED_MALFORMED },
        { "GTP-U", BEHIND_UDP + 12, 255, DECODED_MALFORMED },
        { "GTP-U", BEHIND_UDP + 3, 2, DECODED_MALFORMED },
        { "L2TP", BEHIND_UDP, 0xc0, DECODED_OTHER },
        { "L2TP", BEHIND_UDP + 12, 0xff, DECODED_MALFORMED },
        { "EtherIP", UDP, 0x20, DECODED_OTHER },
        { "Teredo", BEHIND_UDP + 2, 200, DECODED_OTHER },
        { "AYIYA", BEHIND_UDP, 0xf2, DECODED_MALFORMED },
        { "AYIYA", BEHIND_UDP + 2, 0x12, DECODED_OTHER },
        { "CAPWAP", BEHIND_UDP, 1, DECODED_OTHER },
        { "CAPWAP", BEHIND_UDP + 1, 0xf8, DECODED_MALFORMED },
        { "CAPWAP", BEHIND_UDP + 1, 0x08, DECODED_OTHER },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct wrapping *w = wrappings;
        struct tcp_segment s;
        while (strcmp(w->name, cases[i].wrapping) != 0)
            w++;
        make(w, false);
        frame_bytes(&frame)[cases[i].at] = cases[i].value;
        struct packet p = frame_packet(&frame, w->link);
        enum decoded what = decode_copy(&p, p.captured, &s);
        if (what != cases[i].want)
            fail_msg("%s, byte %zu: %s", w->name, cases[i].at, decoded_name(what));
    }
}

/* Labels without an end. */
static void endless_labels(void **state)
{
    (void)state;
    struct tcp_segment s;
    frame_start(&frame);
    frame_zeros(&frame, 1000);
    frame_ethernet(&frame, 0x8847);
    struct packet p = frame_packet(&frame, 1);
    assert_int_equal(decode_copy(&p, p.captured, &s), DECODED_MALFORMED);
    p.length++;
    assert_int_equal(decode_copy(&p, p.captured, &s), DECODED_CUT);
}

/* What follows the datagram is padding; a length of none goes to the end; one behind the end was not captured. */
static void the_ends_of_datagrams(void **state)
{
    (void)state;
    for (int six = 0; six < 2; six++) {
        struct tcp_segment s;
        plain(six);
        uint8_t padded[256] = { 0 };
        size_t n = frame_length(&frame);
        uint8_t *length = padded + ETHERNET + (six ? 5 : 3);
        memcpy(padded, frame_bytes(&frame), n);
        struct packet p = {
            .data = padded, .captured = (uint32_t)n + 9, .length = (uint32_t)n + 9, .link = 1, .frame = 1
        };
        assert_int_equal(decode_copy(&p, p.captured, &s), DECODED_TCP);
        assert_int_equal(s.payload.n, 5);
        p.captured = (uint32_t)n; /* only padding was left out */
        assert_int_equal(decode_copy(&p, p.captured, &s), DECODED_TCP);
        assert_int_equal(s.cut, 0);
        *length = 0;
        p.captured = p.length;
        assert_int_equal(decode_copy(&p, p.captured, &s), DECODED_TCP);
        assert_int_equal(s.payload.n, 5 + 9);
        *length = (uint8_t)(n - ETHERNET - (six ? IP6 : 0) + 20);
        assert_int_equal(decode_copy(&p, p.captured, &s), DECODED_TCP);
        assert_int_equal(s.payload.n, 5 + 9);
        assert_int_equal(s.cut, 11);
    }
}

static void layers_are_capped(void **state)
{
    (void)state;
    for (unsigned tags = CAP_PACKET_LAYERS - 4; tags < CAP_PACKET_LAYERS; tags++) {
        struct tcp_segment s;
        frame_start(&frame);
        frame_data(&frame, hello, 5);
        frame_tcp(&frame, 1000, TCP_PSH | TCP_ACK, 0);
        frame_ip4(&frame, 6);
        for (unsigned i = 0; i < tags; i++) {
            frame_u16(&frame, i ? 0x8100 : 0x0800);
            frame_u16(&frame, i);
        }
        frame_ethernet(&frame, 0x8100);
        struct packet p = frame_packet(&frame, 1);
        /* Ethernet, IP and TCP are three more. */
        bool fits = tags + 3 <= CAP_PACKET_LAYERS;
        assert_int_equal(decode(0, &p, &s, NULL), fits ? DECODED_TCP : DECODED_TOO_DEEP);
    }
}

static void unknown_links(void **state)
{
    (void)state;
    struct tcp_segment s;
    struct decoder_counts n;
    plain(false);
    struct packet p = frame_packet(&frame, 147);
    assert_int_equal(decode(0, &p, &s, &n), DECODED_LINK);
    assert_int_equal(n.frames[DECODED_LINK], 1);
    for (int i = 0; i < DECODED_KINDS; i++)
        assert_string_not_equal(decoded_name((enum decoded)i), "?");
}

static void checksums(void **state)
{
    (void)state;
    for (int six = 0; six < 2; six++) {
        struct tcp_segment s;
        plain(six);
        frame_bytes(&frame)[frame_length(&frame) - 1] ^= 1;
        struct packet p = frame_packet(&frame, 1);
        assert_int_equal(decode(0, &p, &s, NULL), DECODED_TCP);
        assert_int_equal(segment_checksum(&s), CHECKSUM_BAD);
        s.checksum = CHECKSUM_GOOD; /* known already */
        assert_int_equal(segment_checksum(&s), CHECKSUM_GOOD);
    }
}

static void extension_headers(void **state)
{
    (void)state;
    static const uint8_t route[] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x77 };
    for (int kind = 0; kind < 3; kind++) { /* routed, arrived, a list of segments */
        struct tcp_segment s;
        struct buf b = { 0 };
        frame_start(&frame);
        frame_data(&frame, hello, 5);
        frame_tcp(&frame, 1000, TCP_ACK, 0);
        frame_data(&frame, "\6\0\1\4\0\0\0\0", 8);            /* destination options */
        frame_data(&frame, "\x3c\1\0\0\0\0\0\0\0\0\0\0", 12); /* AH of 12 bytes */
        if (kind == 2)
            frame_zeros(&frame, 16);
        frame_data(&frame, route, 16);
        if (kind != 2)
            frame_zeros(&frame, 16);
        frame_u32(&frame, 0);
        frame_u32(&frame, 0x33040000U | (kind == 2 ? 4 << 8 : 0) | (kind == 1 ? 0 : 1));
        frame_data(&frame, "\x2b\0\1\4\0\0\0\0", 8); /* hop-by-hop options */
        frame_ip6(&frame, 0);
        struct packet p = frame_packet(&frame, 229);
        assert_int_equal(decode_copy(&p, p.captured, &s), DECODED_TCP);
        endpoint_print(&b, &s.to);
        assert_string_equal(b.p, kind == 1 ? "[2001:db8::e8]:8305" : "[2001:db8::77]:8305");
        buf_clear(&b);
    }
}

/* ---- fragments ---- */

enum { WHOLE = 20 + 12 + 1000 };

static uint8_t whole[WHOLE];

static void make_whole(void)
{
    frame_start(&frame);
    for (unsigned i = 0; i < 1000; i++)
        frame_u8(&frame, i * 7);
    frame_tcp(&frame, 1000, TCP_ACK, 3);
    frame_checksum(&frame, false);
    memcpy(whole, frame_bytes(&frame), WHOLE);
}

struct part {
    unsigned id, from, to;
    int second;
};

static enum decoded send_part(struct decoder *d, const struct part *part, bool six, struct tcp_segment *s)
{
    frame_start(&frame);
    frame_data(&frame, whole + part->from, part->to - part->from);
    bool more = part->to < WHOLE;
    six ? frame_ip6_part(&frame, 6, part->id, part->from, more) : frame_ip4_part(&frame, 6, part->id, part->from, more);
    struct packet p = frame_packet(&frame, 101);
    p.time_ns = part->second * INT64_C(1000000000);
    return decoder_packet(d, &p, s);
}

static void check_whole(const struct tcp_segment *s, bool six)
{
    assert_int_equal(s->header.n + s->payload.n, WHOLE);
    assert_memory_equal(s->header.p, whole, WHOLE);
    assert_int_equal(s->payload.n, 1000);
    if (!six)
        assert_int_equal(segment_checksum(s), CHECKSUM_GOOD);
}

/* In any order, with any overlap that agrees, and with every part twice. */
static void fragments_in_any_order(void **state)
{
    (void)state;
    const char *text = getenv("SEED");
    unsigned seed = text ? (unsigned)strtoul(text, NULL, 10) : 8305;
    print_message("# SEED=%u\n", seed);
    make_whole();
    for (unsigned round = 0; round < 2000; round++) {
        struct decoder *d = decoder_new(8305);
        struct tcp_segment s = { 0 };
        bool six = round % 2, came[WHOLE] = { false };
        unsigned there = 0;
        enum decoded what = DECODED_FRAGMENT;
        for (unsigned sent = 0; there < WHOLE; sent++) {
            assert_int_equal(what, DECODED_FRAGMENT);
            assert_true(sent < 100000);
            struct part p = { round, 8 * ((unsigned)rand_r(&seed) % (WHOLE / 8)), 0, 0 };
            p.to = p.from + 8 * (1 + (unsigned)rand_r(&seed) % 60);
            p.to = p.to > WHOLE ? WHOLE : p.to;
            if (p.from == 0 && p.to == WHOLE)
                continue;
            what = send_part(d, &p, six, &s);
            for (unsigned i = p.from; i < p.to; i++) {
                there += !came[i];
                came[i] = true;
            }
        }
        assert_int_equal(what, DECODED_TCP);
        check_whole(&s, six);
        const struct decoder_counts *n = decoder_counts(d);
        assert_int_equal(n->datagrams_reassembled, 1);
        assert_int_equal(n->datagrams_open + n->datagrams_given_up + n->fragment_conflicts, 0);
        decoder_free(d);
    }
}

static void fragments_that_differ(void **state)
{
    (void)state;
    struct tcp_segment s = { 0 };
    struct decoder *d = decoder_new(0);
    make_whole();
    assert_int_equal(send_part(d, &(struct part){ 1, 0, 512, 0 }, false, &s), DECODED_FRAGMENT);
    whole[300] ^= 1;
    assert_int_equal(send_part(d, &(struct part){ 1, 256, 512, 0 }, false, &s), DECODED_FRAGMENT);
    whole[300] ^= 1;
    assert_int_equal(decoder_counts(d)->fragment_conflicts, 1);
    /* Of another datagram, another protocol's or another family's: none of these is a copy. */
    assert_int_equal(send_part(d, &(struct part){ 2, 512, WHOLE, 0 }, false, &s), DECODED_FRAGMENT);
    assert_int_equal(send_part(d, &(struct part){ 1, 512, WHOLE, 0 }, true, &s), DECODED_FRAGMENT);
    assert_int_equal(decoder_counts(d)->datagrams_open, 3);
    assert_int_equal(send_part(d, &(struct part){ 1, 512, WHOLE, 0 }, false, &s), DECODED_TCP);
    check_whole(&s, false); /* with the first copy */
    decoder_free(d);
}

/* Two ends: the datagram is given up, and may begin anew. */
static void fragments_that_contradict(void **state)
{
    (void)state;
    static const struct part known[] = { { 1, 512, WHOLE, 0 }, { 1, 0, 256, 0 } };
    make_whole();
    for (int kind = 0; kind < 3; kind++) {
        struct decoder *d = decoder_new(0);
        struct tcp_segment s = { 0 };
        struct part lie = { 1, kind == 1 ? 1024 : 256, 0, 0 };
        uint8_t more[40] = { 0 };
        assert_int_equal(send_part(d, &known[kind == 2], false, &s), DECODED_FRAGMENT);
        frame_start(&frame);
        frame_data(&frame, more, kind == 0 ? 40 : 16);
        /* Another end before the known one; bytes behind it; an end before bytes that came. */
        frame_ip4_part(&frame, 6, 1, kind == 2 ? 128 : lie.from, kind == 1);
        struct packet p = frame_packet(&frame, 101);
        assert_int_equal(decoder_packet(d, &p, &s), DECODED_MALFORMED);
        assert_int_equal(decoder_counts(d)->datagrams_given_up, 1);
        assert_int_equal(decoder_counts(d)->datagrams_open, 0);
        decoder_free(d);
    }
}

static void fragments_that_cannot_be(void **state)
{
    (void)state;
    static const struct {
        unsigned offset, n;
        bool more;
    } cases[] = { { 0, 13, true }, { 8, 0, true }, { 8, 0, false }, { 65528, 16, false }, { 65528, 8, true } };
    uint8_t bytes[16] = { 0 };
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        struct decoder *d = decoder_new(0);
        struct tcp_segment s;
        frame_start(&frame);
        frame_data(&frame, bytes, cases[i / 2].n);
        i % 2 ? frame_ip6_part(&frame, 6, 1, cases[i / 2].offset, cases[i / 2].more)
              : frame_ip4_part(&frame, 6, 1, cases[i / 2].offset, cases[i / 2].more);
        struct packet p = frame_packet(&frame, 101);
        assert_int_equal(decoder_packet(d, &p, &s), DECODED_MALFORMED);
        assert_int_equal(decoder_counts(d)->datagrams_open, 0);
        decoder_free(d);
    }
}

static void fragments_are_capped(void **state)
{
    (void)state;
    struct tcp_segment s = { 0 };
    struct decoder *d = decoder_new(0);
    const struct decoder_counts *n = decoder_counts(d);
    make_whole();
    for (unsigned i = 0; i <= CAP_FRAGMENT_DATAGRAMS; i++)
        assert_int_equal(send_part(d, &(struct part){ i, 0, 512, 0 }, false, &s), DECODED_FRAGMENT);
    assert_int_equal(n->datagrams_open, CAP_FRAGMENT_DATAGRAMS);
    assert_int_equal(n->datagrams_given_up, 1); /* the oldest */
    assert_int_equal(send_part(d, &(struct part){ 1, 512, WHOLE, 0 }, false, &s), DECODED_TCP);
    /* Too old, and then all of them. */
    assert_int_equal(send_part(d, &(struct part){ 2, 512, 520, CAP_FRAGMENT_SECONDS }, false, &s), DECODED_FRAGMENT);
    assert_int_equal(n->datagrams_given_up, 1);
    assert_int_equal(
        send_part(d, &(struct part){ 2, 512, 520, CAP_FRAGMENT_SECONDS + 1 }, false, &s), DECODED_FRAGMENT);
    assert_int_equal(n->datagrams_given_up, CAP_FRAGMENT_DATAGRAMS);
    assert_int_equal(n->datagrams_open, 1);
    decoder_free(d);
}

static void fragment_bytes_are_capped(void **state)
{
    (void)state;
    struct tcp_segment s = { 0 };
    struct decoder *d = decoder_new(0);
    uint8_t bytes[8] = { 0 };
    for (unsigned i = 0; i < CAP_FRAGMENT_DATAGRAMS; i++) { /* the last bytes of each: room for all the others */
        frame_start(&frame);
        frame_data(&frame, bytes, 8);
        frame_ip4_part(&frame, 6, i, 65000, true);
        struct packet p = frame_packet(&frame, 101);
        assert_int_equal(decoder_packet(d, &p, &s), DECODED_FRAGMENT);
        assert_true(decoder_counts(d)->datagrams_open * 65000 <= CAP_FRAGMENT_TOTAL_BYTES);
    }
    assert_true(decoder_counts(d)->datagrams_open >= CAP_FRAGMENT_TOTAL_BYTES / 65536 / 2);
    decoder_free(d);
}

/* A datagram in fragments, inside another one in fragments. */
static void fragments_inside_fragments(void **state)
{
    (void)state;
    struct tcp_segment s = { 0 };
    struct decoder *d = decoder_new(0);
    uint8_t inner[600];
    unsigned id = 100;
    make_whole();
    for (unsigned i = 0; i < 2; i++) {
        frame_start(&frame);
        frame_data(&frame, whole + 520 * i, i ? WHOLE - 520 : 520);
        frame_ip4_part(&frame, 6, 7, 520 * i, !i);
        unsigned n = (unsigned)frame_length(&frame);
        memcpy(inner, frame_bytes(&frame), n);
        for (unsigned k = 0; k < 2; k++) {
            frame_start(&frame);
            frame_data(&frame, inner + 240 * k, k ? n - 240 : 240);
            frame_ip4_part(&frame, 4, id + i, 240 * k, !k);
            struct packet p = frame_packet(&frame, 101);
            assert_int_equal(decoder_packet(d, &p, &s), i && k ? DECODED_TCP : DECODED_FRAGMENT);
        }
    }
    check_whole(&s, false);
    assert_int_equal(decoder_counts(d)->datagrams_reassembled, 3);
    decoder_free(d);
}

static void an_atomic_fragment(void **state)
{
    (void)state;
    struct tcp_segment s = { 0 };
    struct decoder *d = decoder_new(0);
    make_whole();
    assert_int_equal(send_part(d, &(struct part){ 1, 0, WHOLE, 0 }, true, &s), DECODED_TCP);
    assert_int_equal(decoder_counts(d)->fragments, 0);
    check_whole(&s, true);
    decoder_free(d);
}

/* Whatever is turned over in a frame: no crash, and a segment lies inside of it. */
static void any_damage_is_survived(void **state)
{
    (void)state;
    const char *text = getenv("SEED");
    unsigned seed = text ? (unsigned)strtoul(text, NULL, 10) : 8305;
    print_message("# SEED=%u\n", seed);
    for (size_t i = 0; i < 2 * WRAPPINGS; i++) {
        for (unsigned round = 0; round < 300; round++) {
            struct tcp_segment s;
            make(&wrappings[i / 2], i % 2);
            struct packet p = frame_packet(&frame, wrappings[i / 2].link);
            for (unsigned k = (unsigned)rand_r(&seed) % 4; k < 4; k++)
                frame_bytes(&frame)[(unsigned)rand_r(&seed) % p.captured] = (uint8_t)rand_r(&seed);
            decode_copy(&p, p.captured - (unsigned)rand_r(&seed) % 8, &s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_wrapping_is_taken_off),
        cmocka_unit_test(cut_frames),
        cmocka_unit_test(lying_lengths),
        cmocka_unit_test(lying_wrappings),
        cmocka_unit_test(endless_labels),
        cmocka_unit_test(the_ends_of_datagrams),
        cmocka_unit_test(layers_are_capped),
        cmocka_unit_test(unknown_links),
        cmocka_unit_test(checksums),
        cmocka_unit_test(extension_headers),
        cmocka_unit_test(fragments_in_any_order),
        cmocka_unit_test(fragments_that_differ),
        cmocka_unit_test(fragments_that_contradict),
        cmocka_unit_test(fragments_that_cannot_be),
        cmocka_unit_test(fragments_are_capped),
        cmocka_unit_test(fragment_bytes_are_capped),
        cmocka_unit_test(fragments_inside_fragments),
        cmocka_unit_test(an_atomic_fragment),
        cmocka_unit_test(any_damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
