/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The promise of segments: read in pieces, in any order, on any number of cores, the result is the same as read in one
 * go. Held with random logs (seed in SEED), cut at random lines, joined in random order.
 */
#include "agent/diagnosis/logstream.h"
#include "base/caps.h"
#include "base/mem.h"
#include "tests/unit/randomlog.h"
#include "tests/unit/segment_dump.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct rules *rules;
static unsigned seed;

static unsigned pick(unsigned n)
{
    return (unsigned)rand_r(&seed) % n;
}

static struct logstream_options reading(bool left_known)
{
    return (struct logstream_options){
        .rules = rules,
        .left_known = left_known,
        .year = { .written = 1735689600 + 86400 },
    };
}

/* In blocks of any size. */
static struct segment *read_text(struct slice text, const struct logstream_options *o, struct log_counts *counts)
{
    struct logstream *ls = logstream_new(o);
    while (text.n) {
        size_t n = 1 + pick(700);
        n = n > text.n ? text.n : n;
        logstream_feed(ls, text.p, n);
        text = slice_from(text, n);
    }
    return logstream_finish(ls, counts);
}

static void text_of(struct buf *b, char **lines, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        buf_puts(b, lines[i]);
}

static struct segment *read_piece(char **lines, size_t from, size_t to, bool left_known, struct log_counts *counts)
{
    struct buf all = { 0 };
    struct logstream_options o = reading(left_known);
    text_of(&all, lines, from, to);
    struct segment *s = read_text(buf_as_slice(&all), &o, counts);
    buf_clear(&all);
    return s;
}

static void free_lines(char **lines, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(lines[i]);
    free(lines);
}

/* print_error cuts long texts: only what differs, line by line. */
static void print_difference(struct slice a, struct slice b)
{
    while (a.n || b.n) {
        struct slice x = slice_cut(a, '\n', &a), y = slice_cut(b, '\n', &b);
        if (!slice_eq(x, y))
            print_error("in one go: %.*s\nin pieces: %.*s\n", (int)x.n, x.p, (int)y.n, y.p);
    }
}

/* However a proof is kept: what is printed is the line, to the byte. */
static void check_proofs(struct slice dump, unsigned at_seed, char **lines, size_t n)
{
    while (dump.n) {
        struct slice line = slice_cut(dump, '\n', &dump), number, text;
        uint32_t at;
        if (!slice_starts(line, SLICE("    ")))
            continue;
        slice_cut(line, ':', &number);
        number = slice_cut(number, ' ', &text);
        if (!slice_u32(number, (uint32_t)n, &at) || at == 0 || strlen(lines[at - 1]) != text.n + 1 ||
            memcmp(lines[at - 1], text.p, text.n) != 0)
            fail_msg("SEED=%u: not as it was written: %.*s", at_seed, (int)line.n, line.p);
    }
}

static void compare(struct segment *whole, struct segment *pieces, unsigned at_seed, char **lines, size_t n)
{
    struct buf a = { 0 }, b = { 0 };
    whole = segment_settle(whole);
    pieces = segment_settle(pieces);
    segment_dump(&a, whole, true);
    segment_dump(&b, pieces, true);
    if (a.n != b.n || memcmp(a.p, b.p, a.n) != 0) {
        for (size_t i = 0; i < n; i++)
            print_error("%3zu %s", i + 1, lines[i]);
        print_difference(buf_as_slice(&a), buf_as_slice(&b));
        fail_msg("SEED=%u", at_seed);
    }
    check_proofs(buf_as_slice(&a), at_seed, lines, n);
    buf_clear(&a);
    buf_clear(&b);
    segment_free(whole);
    segment_free(pieces);
}

#define PIECES 5

static void random_round(unsigned at_seed)
{
    seed = at_seed;
    size_t n = 2 + pick(at_seed % 3 == 0 ? 12 : 120), cuts[PIECES + 1] = { 0 };
    char **lines = randomlog_lines(n, &seed, false);
    struct log_counts counts;
    struct segment *piece[PIECES];
    struct segment *whole = read_piece(lines, 0, n, true, &counts);
    for (size_t i = 1; i < PIECES; i++)
        cuts[i] = cuts[i - 1] + pick((unsigned)(n - cuts[i - 1]) + 1);
    cuts[PIECES] = n;
    uint64_t sizes[PIECES];
    for (size_t i = 0; i < PIECES; i++) {
        piece[i] = read_piece(lines, cuts[i], cuts[i + 1], i == 0 && pick(2), &counts);
        sizes[i] = counts.lines;
    }
    for (size_t left = PIECES; left > 1; left--) { /* any neighbours, in any order */
        size_t i = pick((unsigned)left - 1);
        segment_join(piece[i], piece[i + 1], sizes[i]);
        sizes[i] += sizes[i + 1];
        memmove(&piece[i + 1], &piece[i + 2], (left - i - 2) * sizeof *piece);
        memmove(&sizes[i + 1], &sizes[i + 2], (left - i - 2) * sizeof *sizes);
    }
    compare(whole, piece[0], at_seed, lines, n);
    free_lines(lines, n);
}

static void pieces_join_exactly(void **state)
{
    (void)state;
    unsigned rounds = getenv("ROUNDS") ? (unsigned)strtoul(getenv("ROUNDS"), NULL, 10) : 1500;
    unsigned first = getenv("SEED") ? (unsigned)strtoul(getenv("SEED"), NULL, 10) : (unsigned)time(NULL) * 10007;
    print_message("SEED=%u\n", first);
    for (unsigned round = 0; round < rounds; round++)
        random_round(first + round);
}

/* As two files that a rotation has cut at any byte: their halves of one line are put together. */
static struct segment *read_halves(struct slice text, size_t cut, struct log_counts *sum)
{
    struct loose_line first = { 0 }, last = { 0 };
    struct logstream_options o = reading(pick(2));
    struct log_counts right;
    o.last = &last;
    struct segment *s = read_text((struct slice){ text.p, cut }, &o, sum);
    o = reading(false);
    o.first = &first;
    struct segment *second = read_text(slice_from(text, cut), &o, &right);
    assert_int_equal(last.there, cut > 0 && text.p[cut - 1] != '\n');
    assert_int_equal(first.there, last.there); /* no line of ours has a stamp in its middle */
    if (first.there) {
        struct log_counts one;
        o = reading(false);
        buf_slice(&last.text, buf_as_slice(&first.text));
        struct segment *line = read_text(buf_as_slice(&last.text), &o, &one);
        assert_int_equal(one.lines, last.text.n != 0);
        segment_join(s, line, sum->lines - 1);
        sum->sftunneld += one.sftunneld;
        sum->events += one.events;
        right.lines--;
    }
    segment_join(s, second, sum->lines - first.there);
    log_counts_add(sum, &right);
    buf_clear(&first.text);
    buf_clear(&last.text);
    return s;
}

static void cut_at_any_byte(void **state)
{
    (void)state;
    unsigned first = seed = getenv("SEED") ? (unsigned)strtoul(getenv("SEED"), NULL, 10) : (unsigned)time(NULL);
    print_message("SEED=%u\n", first);
    for (unsigned round = 0; round < 60; round++) {
        size_t n = 2 + pick(20);
        char **lines = randomlog_lines(n, &seed, false);
        struct buf all = { 0 };
        text_of(&all, lines, 0, n);
        for (size_t cut = pick(3); cut < all.n; cut += 1 + pick(40)) {
            struct log_counts one, two;
            struct segment *whole = read_piece(lines, 0, n, true, &one);
            struct segment *halves = read_halves(buf_as_slice(&all), cut, &two);
            assert_memory_equal(&one, &two, sizeof one);
            compare(whole, halves, first, lines, n);
        }
        buf_clear(&all);
        free_lines(lines, n);
    }
}

/* A log that is appended to what was read before, without a segment of its own, is the same as one that is joined. */
static void read_behind(void **state)
{
    (void)state;
    unsigned first = seed = getenv("SEED") ? (unsigned)strtoul(getenv("SEED"), NULL, 10) : (unsigned)time(NULL);
    print_message("SEED=%u\n", first);
    for (unsigned round = 0; round < 300; round++) {
        size_t n = 2 + pick(120), cut = pick((unsigned)n);
        char **lines = randomlog_lines(n, &seed, false);
        struct log_counts counts;
        struct buf rest = { 0 };
        struct segment *whole = read_piece(lines, 0, n, true, &counts);
        struct logstream_options o = reading(true);
        o.behind = read_piece(lines, 0, cut, pick(2), &counts);
        o.lines_before = cut;
        text_of(&rest, lines, cut, n);
        compare(whole, read_text(buf_as_slice(&rest), &o, &counts), first, lines, n);
        buf_clear(&rest);
        free_lines(lines, n);
    }
}

/* n attempts and what is left of one before them, all in one second. */
static void still_log(struct buf *b, unsigned n)
{
    buf_puts(b, "Jan  2 00:00:00 ftd SF-IMS[1]: [2] sftunneld:sf_ssl [WARN] Unable to connect to 10.0.0.1\n");
    for (unsigned i = 0; i < n; i++)
        buf_printf(b,
            "Jan  2 00:00:00 ftd SF-IMS[1]: [3] sftunneld:sf_ssl [INFO] Accepted IPv4 connection from "
            "10.0.%u.%u:1/tcp\n",
            i >> 8 & 255, i & 255);
}

/* While log time stands still all of a piece waits for its left side: but not more than a cap. */
static void time_stands_still(void **state)
{
    (void)state;
    struct buf b = { 0 };
    struct log_counts counts;
    char *none[1] = { NULL };
    seed = 1;
    still_log(&b, CAP_HEAD_BYTES / 300);
    struct logstream_options known = reading(true), unknown = reading(false);
    for (int may_stop = 0; may_stop < 2; may_stop++) {
        unknown.may_stop = may_stop;
        struct logstream *ls = logstream_new(&unknown);
        logstream_feed(ls, b.p, 100000);
        assert_false(logstream_stopped(ls) || logstream_torn(ls));
        for (size_t at = 100000; at < b.n; at += 100000)
            logstream_feed(ls, b.p + at, b.n - at < 100000 ? b.n - at : 100000);
        assert_int_equal(logstream_stopped(ls), may_stop);
        assert_int_equal(logstream_torn(ls), !may_stop);
        struct segment *s = logstream_finish(ls, &counts);
        if (may_stop)
            segment_free(s);
        else /* nothing was left of it, indeed */
            compare(read_text(buf_as_slice(&b), &known, &counts), s, 0, none, 0);
    }
    buf_clear(&b);
}

/* What once was not the same. */
static void found_before(void **state)
{
    static const unsigned seeds[] = { 99000725, 13087 };
    (void)state;
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        random_round(seeds[i]);
}

/*
 * A line that does not belong to the attempt that is open ends nothing and begins nothing, and does not break its
 * silence either: "Unable to connect to 10.0.0.1" while one to another peer is open.
 */
static void silence_is_not_broken(void **state)
{
    static char said[][128] = {
        "Jan  2 00:00:00 ftd SF-IMS[1]: [2] sftunneld:sf_ssl [INFO] Wait to connect to 8305 (IPv4): 2001:db8::3\n",
        "Jan  2 00:00:01 ftd SF-IMS[1]: [2] sftunneld:sf_ssl [WARN] SSL Verification status: certificate has expired\n",
        "Jan  2 00:02:50 ftd SF-IMS[1]: [2] sftunneld:sf_ssl [WARN] Unable to connect to 10.0.0.1\n",
        "Jan  2 00:03:05 ftd SF-IMS[1]: [2] sftunneld:sf_ssl [WARN] establishConnectionUtil: SSL handshake failed\n",
        "Jan  2 00:03:06 ftd SF-IMS[1]: [2] sftunneld:sf_ssl [ERROR] subject = /title=InternalCA/CN=x\n",
        "Jan  2 00:03:07 ftd SF-IMS[1]: [2] sftunneld:sf_ssl [WARN] SSL Verification status: certificate has expired\n",
    };
    char *lines[sizeof said / sizeof *said];
    const size_t n = sizeof lines / sizeof *lines;
    (void)state;
    seed = 1;
    for (size_t i = 0; i < n; i++)
        lines[i] = said[i];
    for (size_t a = 0; a <= n; a++)
        for (size_t b = a; b <= n; b++) {
            struct log_counts counts[3];
            struct segment *whole = read_piece(lines, 0, n, true, counts);
            struct segment *first = read_piece(lines, 0, a, false, counts);
            struct segment *second = read_piece(lines, a, b, false, counts + 1);
            segment_join(second, read_piece(lines, b, n, false, counts + 2), counts[1].lines);
            segment_join(first, second, counts[0].lines);
            compare(whole, first, 0, lines, n);
        }
}

static int load(void **state)
{
    (void)state;
    struct err e;
    if (rules_load(true, NULL, 0, &rules, &e) == ERR_OK)
        return 0;
    print_error("%s\n", e.text);
    return -1;
}

static int unload(void **state)
{
    (void)state;
    rules_free(rules);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(silence_is_not_broken), cmocka_unit_test(found_before),
        cmocka_unit_test(cut_at_any_byte), cmocka_unit_test(read_behind), cmocka_unit_test(time_stands_still),
        cmocka_unit_test(pieces_join_exactly) };
    return cmocka_run_group_tests_name("segment", tests, load, unload);
}
