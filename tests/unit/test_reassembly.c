/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/reassembly.h"

#include "base/caps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* What came out: bytes, "[n]" for a gap, "^" where it began anew. */
struct seen {
    struct reassembly r;
    size_t used;
    struct buf out;
    int64_t time_ns;
};

static void on_bytes(void *data, struct bytes b, bool starts)
{
    struct seen *s = data;
    (void)starts;
    buf_put(&s->out, b.p, b.n);
}

static void on_gap(void *data, uint64_t n)
{
    struct seen *s = data;
    if (n == UINT64_MAX)
        buf_puts(&s->out, "[?]");
    else
        buf_printf(&s->out, "[%llu]", (unsigned long long)n);
}

static void on_again(void *data)
{
    struct seen *s = data;
    buf_puts(&s->out, "^");
}

static struct reassembly_sink sink(struct seen *s)
{
    return (struct reassembly_sink){ s, on_bytes, on_gap, on_again };
}

static void begin(struct seen *s, uint32_t isn)
{
    struct reassembly_sink to = sink(s);
    *s = (struct seen){ .time_ns = 1 };
    reassembly_init(&s->r, &s->used);
    if (isn)
        assert_true(reassembly_syn(&s->r, isn, &to));
}

static void copy(struct seen *s, uint32_t sequence, const char *text, enum checksum checksum)
{
    struct reassembly_sink to = sink(s);
    struct tcp_segment segment = { .sequence = sequence,
        .payload = { (const uint8_t *)text, strlen(text) },
        .checksum = checksum,
        .time_ns = s->time_ns++ };
    reassembly_segment(&s->r, &segment, &to);
}

static void put(struct seen *s, uint32_t sequence, const char *text)
{
    copy(s, sequence, text, CHECKSUM_UNKNOWN);
}

/* The end: what came, and nothing is left allocated. */
static void expect(struct seen *s, const char *text)
{
    struct reassembly_sink to = sink(s);
    reassembly_finish(&s->r, &to);
    assert_string_equal(s->out.p ? s->out.p : "", text);
    reassembly_clear(&s->r);
    assert_int_equal(s->used, 0);
    buf_clear(&s->out);
}

static void out_of_order(void **state)
{
    (void)state;
    struct seen s;
    begin(&s, 100);
    put(&s, 104, "de");
    put(&s, 107, "g");
    put(&s, 101, "ab");
    put(&s, 103, "cdef");
    put(&s, 101, "abcdefg");
    assert_int_equal(s.r.conflicts, 0);
    expect(&s, "abcdefg");
}

static void the_first_copy_is_kept(void **state)
{
    (void)state;
    struct seen s;
    begin(&s, 100);
    put(&s, 104, "DE");
    put(&s, 103, "xxxF"); /* conflicts with what is held */
    put(&s, 101, "AB");
    put(&s, 101, "AbX"); /* and with what was given */
    assert_int_equal(s.r.conflicts, 2);
    expect(&s, "ABxDEF");
}

static void a_good_checksum_is_better(void **state)
{
    (void)state;
    struct seen s;
    begin(&s, 100);
    copy(&s, 101, "axx", CHECKSUM_BAD);
    copy(&s, 104, "d", CHECKSUM_GOOD);
    copy(&s, 106, "xx", CHECKSUM_BAD);
    copy(&s, 106, "fg", CHECKSUM_GOOD);
    copy(&s, 102, "bcD", CHECKSUM_GOOD); /* two of three bytes replace bad ones */
    copy(&s, 102, "yy", CHECKSUM_GOOD);
    copy(&s, 105, "e", CHECKSUM_UNKNOWN);
    assert_int_equal(s.r.conflicts, 3);
    expect(&s, "axxd^abcdefg");
}

static void a_guessed_beginning_moves(void **state)
{
    (void)state;
    struct reassembly_sink to;
    struct seen s;
    begin(&s, 0);
    to = sink(&s);
    put(&s, 105, "ef");
    put(&s, 103, "cd");
    put(&s, 108, "h");
    assert_true(reassembly_syn(&s.r, 100, &to));
    assert_false(reassembly_syn(&s.r, 5000, &to)); /* another connection's */
    put(&s, 101, "ab");
    expect(&s, "ef^cdef^abcdef[1]h");
    begin(&s, 0);
    to = sink(&s);
    put(&s, 105, "ef");
    assert_false(reassembly_syn(&s.r, 200, &to));
    expect(&s, "ef");
}

static void gaps_are_told(void **state)
{
    (void)state;
    struct seen s;
    struct reassembly_sink to;
    begin(&s, 100);
    put(&s, 104, "d");
    put(&s, 101, "a");
    reassembly_acked(&s.r, 103);
    s.time_ns += 4000000000;
    put(&s, 105, "e");
    assert_string_equal(s.out.p, "a"); /* not acknowledged: it may come */
    reassembly_acked(&s.r, 105);
    put(&s, 106, "f");
    assert_string_equal(s.out.p, "a[2]def");
    to = sink(&s);
    struct tcp_segment cut = { .sequence = 107, .payload = { (const uint8_t *)"g", 1 }, .cut = 3, .time_ns = 5 };
    reassembly_segment(&s.r, &cut, &to);
    put(&s, 111, "k");
    reassembly_acked(&s.r, 120);
    assert_int_equal(s.r.gap_at, 1);
    expect(&s, "a[2]defg[3]k[8]");
}

static void cut_bytes_may_come_after_all(void **state)
{
    (void)state;
    struct seen s;
    struct reassembly_sink to;
    begin(&s, 100);
    to = sink(&s);
    struct tcp_segment cut = { .sequence = 103, .payload = { (const uint8_t *)"c", 1 }, .cut = 2, .time_ns = 5 };
    reassembly_segment(&s.r, &cut, &to);
    put(&s, 103, "cdef");
    put(&s, 101, "ab");
    expect(&s, "abcdef");
}

static void what_is_no_data(void **state)
{
    (void)state;
    struct seen s;
    begin(&s, 100);
    put(&s, 100, "?"); /* keeps an idle connection alive */
    put(&s, 101, "ab");
    put(&s, 102, "?");
    put(&s, 101U + (1U << 30), "far");
    put(&s, 101U - (1U << 30), "old");
    assert_int_equal(s.r.conflicts, 0);
    expect(&s, "ab");
}

static void far_away_it_goes_on(void **state)
{
    (void)state;
    for (unsigned back = 0; back < 2; back++) {
        struct seen s;
        uint32_t at = back ? 0x80000100 : 0x20000065;
        begin(&s, back ? 0xe0000000 : 100);
        put(&s, back ? 0xe0000001 : 101, "ab");
        for (unsigned i = 0; i < 5; i++)
            put(&s, at + i, "x");
        expect(&s, back ? "ab[0][?]xx" : "ab[536870913]xx");
    }
}

static void numbers_wrap(void **state)
{
    (void)state;
    struct seen s;
    begin(&s, 0xfffffffe);
    put(&s, 1, "cd");
    put(&s, 0xffffffff, "ab");
    assert_true(reassembly_plausible(&s.r, 3));
    assert_false(reassembly_plausible(&s.r, 0x10000000));
    expect(&s, "abcd");
    begin(&s, 1); /* over 4 GiB, where nothing is wanted of it */
    put(&s, 2, "a");
    reassembly_lower(&s.r, REASSEMBLY_SKIP);
    for (uint64_t at = 1; at < 5000000000; at += 1000000) {
        struct reassembly_sink to = sink(&s);
        struct tcp_segment much = {
            .sequence = 2 + (uint32_t)at, .payload = { (const uint8_t *)"b", 1 }, .cut = 999999
        };
        reassembly_segment(&s.r, &much, &to);
    }
    assert_true(s.r.next == 5000000001);
    expect(&s, "a");
}

static void several_beginnings(void **state)
{
    (void)state;
    struct seen s;
    struct reassembly_sink to;
    begin(&s, 100);
    to = sink(&s);
    for (uint32_t isn = 200; isn < 900; isn += 100)
        assert_true(reassembly_syn(&s.r, isn, &to)); /* more than are kept: the last takes the last place */
    reassembly_acked(&s.r, 201);
    put(&s, 203, "cd");
    put(&s, 201, "ab");
    expect(&s, "abcd");
}

/* Every second byte, as far as a cap goes; then from behind it. */
static void the_caps_hold(void **state)
{
    (void)state;
    struct seen s;
    begin(&s, 100);
    for (uint32_t i = 0; i < 20000; i++) {
        put(&s, 103 + 2 * i, "x");
        assert_true(s.r.held_count <= CAP_HELD_PIECES);
    }
    assert_true(s.r.given_up > 0 && s.r.gaps > 10000);
    assert_true(s.r.given_up <= 20000); /* each byte once */
    reassembly_clear(&s.r);
    buf_clear(&s.out);
    begin(&s, 100);
    static char much[60001];
    memset(much, 'y', sizeof much - 1);
    for (uint32_t i = 0; i < 30; i++) {
        put(&s, 103 + i * 60000, much);
        assert_true(s.r.held_bytes <= CAP_HELD_BYTES && s.used < 2 * CAP_HELD_BYTES);
    }
    assert_int_equal(s.r.gaps, 1);
    assert_int_equal(s.out.n, 3 + 30 * 60000);
    reassembly_clear(&s.r);
    buf_clear(&s.out);
    assert_int_equal(s.used, 0);
}

static void reading_anew_is_bounded(void **state)
{
    (void)state;
    struct seen s;
    begin(&s, 100);
    static char much[50001];
    memset(much, 'y', sizeof much - 1);
    for (uint32_t i = 0; i < 25; i++)
        copy(&s, 101 + i * 50000, much, CHECKSUM_BAD);
    size_t once = s.out.n;
    for (uint32_t i = 0; i < 100; i++)
        copy(&s, 101 + i * 10, "x", CHECKSUM_GOOD);
    assert_int_equal(s.r.conflicts, 100);
    assert_true(s.out.n > 2 * once && s.out.n < 16 * once);
    reassembly_clear(&s.r);
    buf_clear(&s.out);
}

static void small_pieces_join(void **state)
{
    (void)state;
    struct seen s;
    begin(&s, 100);
    struct buf all = { 0 };
    for (uint32_t i = 0; i < 9000; i++)
        buf_putc(&all, (char)('a' + i % 26));
    for (uint32_t i = 9000; i-- > 0;) { /* from its end: each would be a piece of its own */
        char one[2] = { all.p[i], 0 };
        put(&s, 101 + i, one);
    }
    assert_int_equal(s.r.gaps, 0);
    expect(&s, all.p);
    buf_clear(&all);
}

static void put_in_pieces(struct seen *s, const char *text)
{
    for (size_t at = 0; text[at]; at += 1000) {
        char piece[1001] = "";
        memcpy(piece, text + at, 1000);
        put(s, 101 + (uint32_t)at, piece);
    }
}

/* Buffers of a stream that ended become those of the next one, up to a bound. */
static void what_ended_is_used_again(void **state)
{
    (void)state;
    enum { MANY = 600 };
    struct reassembly_spare spare = { 0 };
    struct seen first, second, *many = calloc(MANY, sizeof *many);
    char text[5001] = "", other[3001] = "";
    memset(text, 'a', sizeof text - 1);
    memset(other, 'b', sizeof other - 1);
    begin(&first, 100);
    first.r.spare = &spare;
    put_in_pieces(&first, text);
    assert_int_equal(spare.bytes, 1024 + 2048 + 4096); /* what it has outgrown */
    expect(&first, text);
    assert_int_equal(spare.bytes, 1024 + 2048 + 4096 + 8192);
    begin(&second, 100);
    second.r.spare = &spare;
    put_in_pieces(&second, other);
    assert_int_equal(spare.bytes, 1024 + 2048 + 8192);
    put_in_pieces(&second, other); /* the same as what is kept */
    assert_int_equal(second.r.conflicts, 0);
    assert_int_equal(second.used, 4096);
    expect(&second, other);
    for (size_t i = 0; i < MANY; i++) {
        begin(&many[i], 100);
        many[i].r.spare = &spare;
        put_in_pieces(&many[i], text);
    }
    for (size_t i = 0; i < MANY; i++)
        expect(&many[i], text);
    assert_true(spare.bytes > 4194304 - 8192 && spare.bytes <= 4194304);
    reassembly_spare_clear(&spare);
    assert_int_equal(spare.bytes, 0);
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(out_of_order),
        cmocka_unit_test(the_first_copy_is_kept),
        cmocka_unit_test(a_good_checksum_is_better),
        cmocka_unit_test(a_guessed_beginning_moves),
        cmocka_unit_test(gaps_are_told),
        cmocka_unit_test(cut_bytes_may_come_after_all),
        cmocka_unit_test(what_is_no_data),
        cmocka_unit_test(far_away_it_goes_on),
        cmocka_unit_test(numbers_wrap),
        cmocka_unit_test(several_beginnings),
        cmocka_unit_test(the_caps_hold),
        cmocka_unit_test(reading_anew_is_bounded),
        cmocka_unit_test(small_pieces_join),
        cmocka_unit_test(what_ended_is_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
