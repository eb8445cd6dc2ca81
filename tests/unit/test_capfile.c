/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/capfile.h"
#include "base/caps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* ---- files are made of numbers in either byte order ---- */

struct file {
    struct buf b;
    bool little;
};

static void u8(struct file *f, unsigned n)
{
    buf_putc(&f->b, (char)n);
}

static void u16(struct file *f, unsigned n)
{
    u8(f, f->little ? n & 0xff : n >> 8);
    u8(f, f->little ? n >> 8 : n & 0xff);
}

static void u32(struct file *f, uint32_t n)
{
    u16(f, f->little ? n & 0xffff : n >> 16);
    u16(f, f->little ? n >> 16 : n & 0xffff);
}

static void u64(struct file *f, uint64_t n)
{
    u32(f, (uint32_t)(f->little ? n : n >> 32));
    u32(f, (uint32_t)(f->little ? n >> 32 : n));
}

static void fill(struct file *f, size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++)
        u8(f, (unsigned)(seed + i));
}

static void pcap_header(struct file *f, uint32_t magic, uint32_t link)
{
    u32(f, magic);
    u16(f, 2);
    u16(f, 4);
    u32(f, 0);
    u32(f, 0);
    u32(f, 65535);
    u32(f, link);
}

static void pcap_packet(struct file *f, uint32_t seconds, uint32_t fraction, uint32_t captured)
{
    u32(f, seconds);
    u32(f, fraction);
    u32(f, captured);
    u32(f, captured + 10);
    fill(f, captured, captured);
}

static size_t block_start(struct file *f, uint32_t type)
{
    size_t at = f->b.n;
    u32(f, type);
    u32(f, 0);
    return at;
}

static void block_finish(struct file *f, size_t at)
{
    while ((f->b.n - at) % 4)
        u8(f, 0);
    uint32_t length = (uint32_t)(f->b.n - at + 4);
    u32(f, length);
    memcpy(f->b.p + at + 4, f->b.p + f->b.n - 4, 4);
}

static void section(struct file *f, bool little)
{
    f->little = little;
    size_t at = block_start(f, 0x0a0d0d0a);
    u32(f, 0x1a2b3c4d);
    u16(f, 1);
    u16(f, 0);
    u64(f, UINT64_MAX); /* a length that is not said */
    u16(f, 4);          /* a program's name */
    u16(f, 3);
    buf_puts(&f->b, "abc");
    u8(f, 0);
    u32(f, 0);
    block_finish(f, at);
}

/* resolution 6 is not written: it is what holds without. */
static void interface(struct file *f, unsigned link, uint32_t snapshot, unsigned resolution, int64_t offset_s)
{
    size_t at = block_start(f, 1);
    u16(f, link);
    u16(f, 0);
    u32(f, snapshot);
    if (resolution != 6) {
        u16(f, 9);
        u16(f, 1);
        u8(f, resolution);
        fill(f, 3, 0);
    }
    if (offset_s) {
        u16(f, 14);
        u16(f, 8);
        u64(f, (uint64_t)offset_s);
    }
    if (resolution != 6 || offset_s)
        u32(f, 0);
    block_finish(f, at);
}

static void enhanced(struct file *f, uint32_t id, uint64_t units, uint32_t captured)
{
    size_t at = block_start(f, 6);
    u32(f, id);
    u32(f, (uint32_t)(units >> 32));
    u32(f, (uint32_t)units);
    u32(f, captured);
    u32(f, captured + 10);
    fill(f, captured, captured);
    block_finish(f, at);
}

static void simple(struct file *f, uint32_t length, uint32_t captured)
{
    size_t at = block_start(f, 3);
    u32(f, length);
    fill(f, captured, captured);
    block_finish(f, at);
}

static void obsolete(struct file *f, unsigned id, uint64_t units, uint32_t captured)
{
    size_t at = block_start(f, 2);
    u16(f, id);
    u16(f, 0xffff);
    u32(f, (uint32_t)(units >> 32));
    u32(f, (uint32_t)units);
    u32(f, captured);
    u32(f, captured);
    fill(f, captured, captured);
    block_finish(f, at);
}

static void statistics(struct file *f, uint32_t id, uint64_t by_interface, uint64_t by_system)
{
    size_t at = block_start(f, 5);
    u32(f, id);
    u64(f, 0);
    u16(f, 5);
    u16(f, 8);
    u64(f, by_interface);
    u16(f, 7);
    u16(f, 8);
    u64(f, by_system);
    u32(f, 0);
    block_finish(f, at);
}

static void other_block(struct file *f, uint32_t type, size_t n)
{
    size_t at = block_start(f, type);
    fill(f, n, 1);
    block_finish(f, at);
}

/* ---- what is read, as a text ---- */

static void describe(struct buf *out, const struct packet *p)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < p->captured; i++) /* every byte is touched */
        sum = sum * 31 + p->data[i];
    buf_printf(out, "%llu: link %u, %u of %u bytes (%08x), %lld ns\n", (unsigned long long)p->frame, p->link,
        p->captured, p->length, sum, (long long)p->time_ns);
}

/* Feeds memory of just the piece's size, which is gone afterwards. */
static enum capfile_step feed(struct capfile *f, struct buf *out, const char *p, size_t n)
{
    struct err e;
    struct packet packet;
    char *copy = malloc(n ? n : 1);
    memcpy(copy, p, n);
    capfile_feed(f, copy, n);
    enum capfile_step step;
    while ((step = capfile_next(f, &packet, &e)) == CAPFILE_PACKET)
        describe(out, &packet);
    if (step == CAPFILE_BROKEN)
        buf_printf(out, "broken: %s\n", e.text);
    free(copy);
    return step;
}

static void finish(struct capfile *f, struct buf *out)
{
    struct err e;
    if (capfile_end(f, &e) != ERR_OK)
        buf_printf(out, "%s\n", e.text);
    buf_printf(
        out, "%llu frames, %llu lost\n", (unsigned long long)capfile_frames(f), (unsigned long long)capfile_dropped(f));
    capfile_free(f);
}

/* In pieces of `size` bytes; 0: of random sizes. */
static char *read_in_pieces(const struct file *file, size_t size, unsigned *seed)
{
    struct buf out = { 0 };
    struct capfile *f = capfile_new();
    enum capfile_step step = CAPFILE_MORE;
    for (size_t at = 0; at < file->b.n && step == CAPFILE_MORE;) {
        size_t n = size ? size : (size_t)rand_r(seed) % 40;
        if (n > file->b.n - at)
            n = file->b.n - at;
        step = feed(f, &out, file->b.p + at, n);
        at += n;
    }
    finish(f, &out);
    return buf_take(&out);
}

static char *read_all(const struct file *file)
{
    return read_in_pieces(file, file->b.n ? file->b.n : 1, NULL);
}

static void expect(struct file *file, const char *want)
{
    char *text = read_all(file);
    assert_string_equal(text, want);
    free(text);
    buf_clear(&file->b);
}

/* ---- tests ---- */

static void pcap_of_both_orders(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct file f = { .little = i & 1 };
        pcap_header(&f, i & 2 ? 0xa1b23c4d : 0xa1b2c3d4, 0x14000000 | 113); /* with the length of a check sequence */
        pcap_packet(&f, 1728292491, 5, 3);
        pcap_packet(&f, UINT32_MAX, 999999, 0);
        assert_true(capfile_magic((struct bytes){ (uint8_t *)f.b.p, 8 }));
        expect(&f, i & 2 ? "1: link 113, 3 of 13 bytes (00000bc4), 1728292491000000005 ns\n"
                           "2: link 113, 0 of 10 bytes (00000000), 4294967295000999999 ns\n2 frames, 0 lost\n"
                         : "1: link 113, 3 of 13 bytes (00000bc4), 1728292491000005000 ns\n"
                           "2: link 113, 0 of 10 bytes (00000000), 4294967295999999000 ns\n2 frames, 0 lost\n");
    }
}

/* Longer record headers, and lengths the other way round: what old programs wrote. */
static void old_pcap(void **state)
{
    (void)state;
    struct file f = { .little = true };
    pcap_header(&f, 0xa1b2cd34, 1);
    u32(&f, 1);
    u32(&f, 2);
    u32(&f, 3);
    u32(&f, 3);
    u64(&f, 0);
    fill(&f, 3, 3);
    expect(&f, "1: link 1, 3 of 3 bytes (00000bc4), 1000002000 ns\n1 frames, 0 lost\n");
    pcap_header(&f, 0xa1b2c3d4, 1);
    f.b.p[6] = 2;
    u32(&f, 1);
    u32(&f, 2);
    u32(&f, 60);
    u32(&f, 3);
    fill(&f, 3, 3);
    expect(&f, "1: link 1, 3 of 60 bytes (00000bc4), 1000002000 ns\n1 frames, 0 lost\n");
}

/* A file with everything: two sections of different orders, interfaces of different kinds, all kinds of blocks. */
static void make_ng(struct file *f)
{
    section(f, true);
    other_block(f, 0x0bad, 9);
    interface(f, 1, 0, 6, 0);
    interface(f, 276, 4, 9, 0);
    interface(f, 101, 0, 0x80 | 10, 1000);
    enhanced(f, 0, 1728292491000005, 3);
    enhanced(f, 1, 1728292491000000005, 4);
    enhanced(f, 2, 1024 * 7 + 512, 5);
    other_block(f, 10, 100); /* secrets */
    simple(f, 20, 20);
    obsolete(f, 1, 77, 2);
    statistics(f, 0, 2, 3);
    statistics(f, 0, 4, 3);
    statistics(f, 1, 1, 0);
    statistics(f, 77, 1000, 0); /* of no interface */
    section(f, false);
    interface(f, 9, 4, 6, 0);
    simple(f, 20, 4);
    enhanced(f, 0, 1, 0);
    statistics(f, 0, 100, 0);
    other_block(f, 4, 40); /* names */
}

static const char ng_text[] = "1: link 1, 3 of 13 bytes (00000bc4), 1728292491000005000 ns\n"
                              "2: link 276, 4 of 14 bytes (0001e502), 1728292491000000005 ns\n"
                              "3: link 101, 5 of 15 bytes (00494b07), 1007500000000 ns\n"
                              "4: link 1, 20 of 20 bytes (73eead0a), 0 ns\n"
                              "5: link 276, 2 of 2 bytes (00000041), 77 ns\n"
                              "6: link 9, 4 of 20 bytes (0001e502), 0 ns\n"
                              "7: link 9, 0 of 10 bytes (00000000), 1000 ns\n"
                              "7 frames, 108 lost\n";

static void pcapng(void **state)
{
    (void)state;
    struct file f = { 0 };
    make_ng(&f);
    assert_true(capfile_magic((struct bytes){ (uint8_t *)f.b.p, 8 }));
    expect(&f, ng_text);
}

/* Clocks of every resolution, at their limits: a time or 0, never nonsense. */
static void clocks(void **state)
{
    (void)state;
    static const struct {
        unsigned resolution;
        int64_t offset_s;
        uint64_t units;
        const char *ns;
    } cases[] = {
        { 0, 0, 5, "5000000000" },
        { 3, 0, 5001, "5001000000" },
        { 6, 0, UINT64_MAX, "0" },
        { 9, 0, INT64_MAX, "9223372036854775807" },
        { 9, 1, INT64_MAX, "0" },
        { 9, INT64_MAX, 0, "0" },
        { 9, INT64_MIN, 0, "0" },
        { 9, -5, 7000000001, "2000000001" },
        { 9, -5, 4999999999, "0" }, /* before 1970 */
        { 9, -9000000000, 1, "0" },
        { 12, 0, 5000000001999, "5000000001" },
        { 19, 0, UINT64_MAX, "1844674407" },
        { 20, 0, UINT64_MAX, "0" },
        { 127, 0, UINT64_MAX, "0" },
        { 0x80, 0, 3, "3000000000" },
        { 0x80, 0, UINT64_MAX, "0" },
        { 0x80 | 1, 0, 3, "1500000000" },
        { 0x80 | 32, 0, UINT64_C(0x180000000), "1500000000" },
        { 0x80 | 63, 0, UINT64_MAX, "1999999999" },
        { 0x80 | 64, 0, UINT64_MAX, "999999999" },
        { 0x80 | 127, 0, UINT64_MAX, "0" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct file f = { 0 };
        char want[128];
        section(&f, i % 2);
        interface(&f, 1, 0, cases[i].resolution, cases[i].offset_s);
        enhanced(&f, 0, cases[i].units, 0);
        snprintf(want, sizeof want, "1: link 1, 0 of 10 bytes (00000000), %s ns\n1 frames, 0 lost\n", cases[i].ns);
        expect(&f, want);
    }
}

/* Options that lie are not believed, and nothing hangs on them. */
static void broken_options(void **state)
{
    (void)state;
    struct file f = { 0 };
    section(&f, true);
    size_t at = block_start(&f, 1);
    u16(&f, 1);
    u16(&f, 0);
    u32(&f, 0);
    u16(&f, 14);
    u16(&f, 3); /* an offset of three bytes */
    fill(&f, 4, 0);
    u16(&f, 9);
    u16(&f, 65535); /* behind the block's end */
    u8(&f, 9);
    block_finish(&f, at);
    enhanced(&f, 0, 1000000, 0);
    expect(&f, "1: link 1, 0 of 10 bytes (00000000), 1000000000 ns\n1 frames, 0 lost\n");
}

static unsigned seed_of_test(void)
{
    const char *text = getenv("SEED");
    unsigned seed = text ? (unsigned)strtoul(text, NULL, 10) : 8305;
    print_message("# SEED=%u\n", seed);
    return seed;
}

/* Any pieces give what the whole file gives. */
static void pieces_do_not_matter(void **state)
{
    (void)state;
    unsigned seed = seed_of_test();
    for (int kind = 0; kind < 3; kind++) {
        struct file f = { .little = kind == 1 };
        if (kind == 2) {
            make_ng(&f);
        } else {
            pcap_header(&f, 0xa1b2c3d4, 1);
            for (uint32_t i = 0; i < 20; i++)
                pcap_packet(&f, i, i, i * 3 % 50);
        }
        char *want = read_all(&f);
        for (size_t size = 1; size <= 200; size++) {
            char *got = read_in_pieces(&f, size < 100 ? size : 0, &seed);
            assert_string_equal(got, want);
            free(got);
        }
        free(want);
        buf_clear(&f.b);
    }
}

/* Cut anywhere: the packets until there, and either the end is a good one or it is said where it was. */
static void cut_files(void **state)
{
    (void)state;
    struct file f = { 0 };
    make_ng(&f);
    size_t good = 0;
    for (size_t n = 0; n < f.b.n; n++) {
        struct file cut = { { f.b.p, n, 0 }, f.little };
        char *text = read_all(&cut), where[64], *said = strstr(text, "cut off");
        size_t frames = (size_t)(strstr(text, " frames") - text);
        while (frames && text[frames - 1] != '\n')
            frames--;
        snprintf(where, sizeof where, "cut off at byte %zu, after frame %lu\n", n, strtoul(text + frames, NULL, 10));
        size_t until = said ? (size_t)(said - text) : n == 0 ? 0 : frames;
        assert_memory_equal(text, ng_text, until);
        if (said)
            assert_memory_equal(said, where, strlen(where));
        else if (n)
            good++;
        free(text);
    }
    assert_int_equal(good, 20); /* between blocks */
    buf_clear(&f.b);
}

static void put_length(struct file *f, size_t at, uint32_t n)
{
    struct file number = { .little = f->little };
    u32(&number, n);
    memcpy(f->b.p + at, number.b.p, 4);
    buf_clear(&number.b);
}

/* What can't be is said with its place; what was found until then stays. */
static void damage_is_said(void **state)
{
    (void)state;
    struct file f = { .little = true };
    buf_puts(&f.b, "GIF89a..");
    assert_false(capfile_magic((struct bytes){ (uint8_t *)f.b.p, 8 }));
    expect(&f, "broken: byte 0, after frame 0: neither a pcap nor a pcapng file\n"
               "byte 0, after frame 0: neither a pcap nor a pcapng file\n0 frames, 0 lost\n");
    expect(&f, "empty: not even the header of a capture file\n0 frames, 0 lost\n");
    pcap_header(&f, 0xa1b2c3d4, 1);
    pcap_packet(&f, 1, 0, 0);
    pcap_packet(&f, 1, 0, CAP_PACKET_BYTES + 1);
    char *text = read_all(&f);
    assert_non_null(strstr(text,
        "1: link 1, 0 of 10 bytes (00000000), 1000000000 ns\nbroken: byte 40, after frame 1: a packet that "
        "is longer than packet-bytes"));
    free(text);
    buf_clear(&f.b);
    section(&f, true);
    interface(&f, 1, 0, 6, 0);
    enhanced(&f, 0, 1, CAP_PACKET_BYTES);
    enhanced(&f, 0, 1, CAP_PACKET_BYTES + 1);
    text = read_all(&f);
    assert_memory_equal(text, "1: link 1, 262144 of 262154 bytes", 33);
    assert_non_null(strstr(text, "after frame 1: a packet that is longer than packet-bytes"));
    assert_non_null(strstr(text, "\n1 frames"));
    free(text);
    buf_clear(&f.b);
    f.little = true;
    pcap_header(&f, 0xa1b2c3d4, 1);
    f.b.p[4] = 3;
    assert_false(capfile_magic((struct bytes){ (uint8_t *)f.b.p, 8 }));
    text = read_all(&f);
    assert_non_null(strstr(text, "broken: byte 0, after frame 0: a pcap file of an unknown version"));
    free(text);
    buf_clear(&f.b);
}

static void damaged_blocks_are_said(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* in the block that is damaged: an enhanced one of 3 bytes, or the section's */
        bool section;
        uint32_t value;
        const char *said;
    } cases[] = {
        { 4, false, 8, "impossible length" },
        { 4, false, 37, "impossible length" },
        { 4, false, CAP_CAPTURE_BLOCK_BYTES + 4, "capture-block-bytes" },
        { 4, false, 32, "two lengths differ" },
        { 32, false, 40, "two lengths differ" },
        { 8, false, 1, "length or interface" },
        { 20, false, 5, "length or interface" },
        { 20, false, UINT32_MAX, "length or interface" },
        { 8, true, 0, "byte-order mark" },
        { 4, true, 24, "impossible length" },
        { 4, true, UINT32_MAX - 3, "impossible length" },
        { 12, true, 2, "unknown version" },
        { 36, true, 44, "two lengths differ" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct file f = { 0 };
        section(&f, i % 2);
        interface(&f, 1, 0, 6, 0);
        size_t at = f.b.n;
        enhanced(&f, 0, 0, 3);
        put_length(&f, (cases[i].section ? 0 : at) + cases[i].at, cases[i].value);
        if (cases[i].at == 12 && !f.little) /* a version has two bytes */
            f.b.p[13] = 2;
        char *text = read_all(&f);
        assert_memory_equal(text, "broken: byte ", 13);
        assert_int_equal(strtoul(text + 13, NULL, 10), cases[i].section ? 0 : at);
        if (!strstr(text, cases[i].said))
            fail_msg("case %zu: %s", i, text);
        free(text);
        buf_clear(&f.b);
    }
}

static void interfaces_are_capped(void **state)
{
    (void)state;
    struct file f = { 0 };
    section(&f, true);
    for (int i = 0; i < CAP_CAPTURE_INTERFACES; i++)
        interface(&f, 1, 0, 6, 0);
    enhanced(&f, CAP_CAPTURE_INTERFACES - 1, 0, 0);
    interface(&f, 1, 0, 6, 0);
    char *text = read_all(&f);
    assert_memory_equal(text, "1: link 1", 9);
    assert_non_null(strstr(text, "after frame 1: more interfaces than capture-interfaces"));
    free(text);
    buf_clear(&f.b);
}

/* Whatever is turned over in a file: no crash, and the frames are counted. */
static void any_damage_is_survived(void **state)
{
    (void)state;
    unsigned seed = seed_of_test();
    struct file f = { 0 };
    make_ng(&f);
    for (int round = 0; round < 3000; round++) {
        struct file other = { .little = f.little };
        buf_put(&other.b, f.b.p, f.b.n);
        for (int i = rand_r(&seed) % 4; i >= 0; i--)
            other.b.p[(size_t)rand_r(&seed) % other.b.n] = (char)rand_r(&seed);
        char *text = read_all(&other), *again = read_in_pieces(&other, 0, &seed);
        assert_string_equal(text, again);
        free(text);
        free(again);
        buf_clear(&other.b);
    }
    buf_clear(&f.b);
}

/* A packet that lies whole in what was fed is not copied. */
static void nothing_is_copied(void **state)
{
    (void)state;
    struct file f = { 0 };
    struct packet p;
    struct err e;
    pcap_header(&f, 0xa1b2c3d4, 1);
    pcap_packet(&f, 1, 1, 30);
    struct capfile *c = capfile_new();
    capfile_feed(c, f.b.p, f.b.n);
    assert_int_equal(capfile_next(c, &p, &e), CAPFILE_PACKET);
    assert_true(p.data == (uint8_t *)f.b.p + 40);
    assert_int_equal(capfile_next(c, &p, &e), CAPFILE_MORE);
    assert_int_equal(capfile_end(c, &e), ERR_OK);
    capfile_free(c);
    buf_clear(&f.b);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct file f = { 0 };
    uint8_t bytes[] = { 1, 2, 3 };
    struct packet p = { .data = bytes, .captured = 3, .length = 70, .link = 276, .time_ns = 1728292491000000005 };
    capfile_put_header(&f.b, 276, 262144);
    capfile_put_packet(&f.b, &p);
    p.captured = 0;
    p.time_ns = -5; /* no time that the format knows */
    capfile_put_packet(&f.b, &p);
    expect(&f, "1: link 276, 3 of 70 bytes (00000402), 1728292491000000005 ns\n"
               "2: link 276, 0 of 70 bytes (00000000), 0 ns\n2 frames, 0 lost\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pcap_of_both_orders),
        cmocka_unit_test(old_pcap),
        cmocka_unit_test(pcapng),
        cmocka_unit_test(clocks),
        cmocka_unit_test(broken_options),
        cmocka_unit_test(pieces_do_not_matter),
        cmocka_unit_test(cut_files),
        cmocka_unit_test(damage_is_said),
        cmocka_unit_test(damaged_blocks_are_said),
        cmocka_unit_test(interfaces_are_capped),
        cmocka_unit_test(any_damage_is_survived),
        cmocka_unit_test(nothing_is_copied),
        cmocka_unit_test(what_is_written_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
