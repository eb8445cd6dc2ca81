/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a log, through to the verdicts. How the bytes are cut into blocks changes nothing; nor does it, where
 * the stamps have no year, when the log is read in two pieces that are joined, also when the cut is inside a line. The
 * first two bytes choose the cuts.
 */
#include "agent/diagnosis/diagnose.h"
#include "agent/diagnosis/logstream.h"
#include "base/mem.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/segment_dump.h"

#define WRITTEN 1735689600 /* 2025-01-01: New Year is near */

static const struct rules *rules(void)
{
    static struct rules *loaded;
    struct err e;
    if (!loaded)
        FUZZ_ASSERT(rules_load(true, NULL, 0, &loaded, &e) == ERR_OK);
    return loaded;
}

struct plan {
    bool every_line;
    size_t block;
    struct loose_line *first, *last;
};

static struct segment *read_log(struct slice log, const struct plan *plan, bool left_known, struct log_counts *counts)
{
    struct logstream *ls = logstream_new(&(struct logstream_options){
        .rules = rules(),
        .every_line = plan->every_line,
        .left_known = left_known,
        .first = plan->first,
        .last = plan->last,
        .year = { .written = WRITTEN, .basis = YEAR_FILE },
    });
    while (log.n) {
        size_t n = plan->block < log.n ? plan->block : log.n;
        char *copy = mem_alloc(n); /* of just that size, and gone before the next one */
        memcpy(copy, log.p, n);
        logstream_feed(ls, copy, n);
        free(copy);
        log = slice_from(log, n);
    }
    return logstream_finish(ls, counts);
}

static bool same(struct segment *a, struct segment *b)
{
    struct buf x = { 0 }, y = { 0 };
    a = segment_settle(a);
    b = segment_settle(b);
    segment_dump(&x, a, true);
    segment_dump(&y, b, true);
    bool equal = slice_eq(buf_as_slice(&x), buf_as_slice(&y));
    if (!equal)
        fprintf(stderr, "--- one\n%s--- other\n%s", x.p, y.p);
    buf_clear(&x);
    buf_clear(&y);
    segment_free(a);
    segment_free(b);
    return equal;
}

/* Is there a stamp with a year? Then a piece without one can't know what the other one knows. */
static bool has_year(struct slice log)
{
    struct slice rest = log;
    while (rest.n) {
        struct envelope e;
        struct slice line = slice_cut(rest, '\n', &rest);
        for (size_t at = 0; at < line.n; at++) { /* also in the middle: glued lines */
            envelope_parse(slice_from(line, at), &e);
            if (e.year_known)
                return true;
        }
    }
    return false;
}

static void check_pieces(struct slice log, const struct plan *plan, uint8_t where)
{
    size_t at = log.n * where / 256;
    const char *end = at < log.n ? memchr(log.p + at, '\n', log.n - at) : NULL;
    if (!end)
        return;
    size_t cut = (size_t)(end - log.p) + 1;
    struct log_counts whole, left, right;
    struct segment *one = read_log(log, plan, true, &whole);
    struct segment *a = read_log((struct slice){ log.p, cut }, plan, true, &left);
    struct segment *b = read_log(slice_from(log, cut), plan, false, &right);
    FUZZ_ASSERT(whole.lines == left.lines + right.lines && whole.events == left.events + right.events);
    segment_join(a, b, left.lines);
    FUZZ_ASSERT(same(one, a));
}

/* The two halves of a line as one; line: its number in what counts counts. */
static void join_line(
    struct segment *left, struct slice text, const struct plan *plan, struct log_counts *counts, uint64_t line)
{
    struct log_counts one;
    struct segment *s = read_log(text, plan, false, &one);
    segment_join(left, s, line - 1);
    counts->sftunneld += one.sftunneld;
    counts->events += one.events;
}

/* Cut inside a line, as a rotation does it. */
static void check_halves(struct slice log, const struct plan *plan, uint8_t where)
{
    size_t cut = log.n * where / 256;
    struct loose_line first = { 0 }, last = { 0 };
    struct plan ends = { plan->every_line, plan->block, NULL, &last },
                begins = { plan->every_line, plan->block, &first, NULL };
    struct log_counts whole, left, right;
    struct segment *one = read_log(log, plan, true, &whole);
    struct segment *a = read_log((struct slice){ log.p, cut }, &ends, false, &left);
    struct segment *b = read_log(slice_from(log, cut), &begins, false, &right);
    bool both = last.there && first.there;
    if (last.there || first.there) {
        buf_slice(&last.text, buf_as_slice(&first.text));
        join_line(a, buf_as_slice(&last.text), plan, &left, left.lines + !last.there);
    }
    segment_join(a, b, left.lines - both);
    log_counts_add(&left, &right);
    left.lines -= both;
    if (last.there && !first.there && cut < log.n) { /* a stamp inside a line: two lines now */
        segment_free(one);
        segment_free(a);
    } else {
        FUZZ_ASSERT(whole.bytes == left.bytes && whole.lines == left.lines && whole.sftunneld == left.sftunneld);
        FUZZ_ASSERT(whole.events == left.events);
        FUZZ_ASSERT(same(one, a));
    }
    buf_clear(&first.text);
    buf_clear(&last.text);
}

static void check_blocks(struct slice log, const struct plan *plan)
{
    struct log_counts a, b;
    struct segment *one =
        read_log(log, &(struct plan){ .every_line = plan->every_line, .block = log.n ? log.n : 1 }, true, &a);
    struct segment *other = read_log(log, plan, true, &b);
    FUZZ_ASSERT(a.bytes == log.n && a.lines == b.lines && a.sftunneld == b.sftunneld && a.events == b.events);
    FUZZ_ASSERT(a.events + a.unmatched >= a.sftunneld - a.undecided);
    FUZZ_ASSERT(same(one, other));
}

static void check_verdicts(struct slice log, const struct plan *plan)
{
    struct casefile c = { .now = WRITTEN };
    struct diagnosis d;
    struct log_counts counts;
    casefile_source(&c, "log", SOURCE_LOG, UNIT_NONE);
    casefile_stream(&c, read_log(log, plan, false, &counts));
    diagnose(&c, &d);
    uint64_t attempts = d.totals.unattributed;
    for (size_t i = 0; i < d.finding_count; i++) {
        const struct finding *f = &d.findings[i];
        FUZZ_ASSERT(f->verdict < VERDICT_COUNT && f->summary && f->next);
        attempts += f->address[0] ? f->attempts : 0; /* else among the unattributed ones */
    }
    FUZZ_ASSERT(attempts == d.totals.attempts);
    diagnosis_clear(&d);
    casefile_clear(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 65536)
        return 0;
    struct slice log = { (const char *)data + 2, size - 2 };
    struct plan plan = { .every_line = data[0] & 1, .block = 1 + data[0] % 61 };
    check_blocks(log, &plan);
    if (log.n <= 4096 && !has_year(log)) {
        check_pieces(log, &plan, data[1]);
        check_halves(log, &plan, data[1]);
    }
    check_verdicts(log, &plan);
    return 0;
}
