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
        print_message("# %s\n", w->name);
        struct packet p = frame_packet(&frame, w->link);
        for (uint32_t n = 0; n < p.length; n++) {
            struct tcp_segment s;
            enum decoded what = decode_copy(&p, n, &s);
            bool segment = n >= p.length - 5 - 12; /* all but options and payload */
            assert_int_equal(what, segment ? DECODED_TCP : DECODED_CUT);
            if (segment) {
                assert_int_equal(s.payload.n, n + 5 > p.length ? n + 5 - p.length : 0);
                assert_int_equal(s.payload.n + s.cut, 5);
                assert_memory_equal(s.payload.p, hello, s.payload.n);
                assert_int_equal(segment_checksum(&s), CHECKSUM_UNKNOWN);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_wrapping_is_taken_off),
        cmocka_unit_test(cut_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
