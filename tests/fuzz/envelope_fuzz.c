/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as one line. Every slice lies inside the line, a cut line is read no further than the cut, and a line that
 * is printed again from what was understood of it is understood in the same way.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "rules/envelope.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

static void inside(struct slice part, struct slice line)
{
    if (part.n == 0)
        return;
    FUZZ_ASSERT(part.p >= line.p && part.n <= line.n && (size_t)(part.p - line.p) <= line.n - part.n);
}

static void check(const struct envelope *e, struct slice line)
{
    inside(e->host, line);
    inside(e->process, line);
    inside(e->module, line);
    inside(e->text, line);
    FUZZ_ASSERT(e->kind <= ENVELOPE_REPEATED && e->level <= LEVEL_CRITICAL);
    FUZZ_ASSERT((e->kind == ENVELOPE_NONE) == (e->time == CIVIL_NONE));
    FUZZ_ASSERT(e->kind == ENVELOPE_NONE || civil_valid(e->time));
    FUZZ_ASSERT(e->kind == ENVELOPE_FULL || (e->process.n == 0 && e->module.n == 0 && e->level == LEVEL_NONE));
    if (e->kind == ENVELOPE_NONE)
        FUZZ_ASSERT(e->host.n == 0 && e->pid == 0 && e->tid == 0 && e->repeated == 0);
}

/* The first n bytes in memory of just that size, so that a read behind the cut is seen. */
static void parse_cut(const uint8_t *data, size_t n)
{
    char *copy = mem_alloc(n ? n : 1);
    if (n)
        memcpy(copy, data, n);
    struct envelope e;
    envelope_parse((struct slice){ copy, n }, &e);
    check(&e, (struct slice){ copy, n });
    free(copy);
}

static void print_stamp(struct buf *b, const struct envelope *e)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    unsigned second = civil_second(e->time), leap = second == 86400;
    second -= leap;
    buf_printf(b, "%.3s %2u ", months + 3 * (civil_month(e->time) - 1), civil_day(e->time));
    if (e->year_known)
        buf_printf(b, "%04d ", civil_year(e->time));
    buf_printf(b, "%02u:%02u:%02u ", second / 3600, second / 60 % 60, second % 60 + leap);
}

static void print(struct buf *b, const struct envelope *e)
{
    print_stamp(b, e);
    if (e->host.n) {
        buf_slice(b, e->host);
        buf_putc(b, ' ');
    }
    if (e->kind == ENVELOPE_IMS || e->kind == ENVELOPE_FULL)
        buf_printf(b, "SF-IMS[%u]: ", e->pid);
    bool wrapped = e->repeated && e->kind != ENVELOPE_REPEATED;
    if (wrapped)
        buf_printf(b, "message repeated %u times: [ ", e->repeated);
    if (e->kind == ENVELOPE_FULL) {
        buf_printf(b, "[%u] ", e->tid);
        buf_slice(b, e->process);
        buf_putc(b, ':');
        buf_slice(b, e->module);
        buf_putc(b, ' ');
        if (e->level != LEVEL_NONE)
            buf_printf(b, "[%s] ", level_name(e->level));
    }
    buf_slice(b, e->text);
    if (wrapped)
        buf_putc(b, ']');
}

/* Lines that have more than one reading when they are put into the usual form. */
static bool ambiguous(const struct envelope *e)
{
    if (e->kind == ENVELOPE_NONE || civil_year(e->time) < 0 || civil_year(e->time) > 9999)
        return true;
    if (e->year_known && civil_year(e->time) == 0)
        return true;
    if (e->kind == ENVELOPE_SYSLOG && e->host.n == 0)
        return true;
    return e->kind != ENVELOPE_REPEATED && e->repeated == 0 && slice_starts(e->text, SLICE("message repeated "));
}

static struct slice trimmed(struct slice s)
{
    while (s.n && (s.p[s.n - 1] == '\r' || s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\0'))
        s.n--;
    return s;
}

static void round_trip(const struct envelope *e)
{
    if (ambiguous(e))
        return;
    struct buf b = { 0 };
    print(&b, e);
    struct envelope again;
    envelope_parse(buf_as_slice(&b), &again);
    FUZZ_ASSERT(again.kind == e->kind);
    FUZZ_ASSERT(again.time == e->time && again.year_known == e->year_known);
    FUZZ_ASSERT(again.pid == e->pid && again.tid == e->tid);
    FUZZ_ASSERT(again.level == e->level && again.repeated == e->repeated);
    FUZZ_ASSERT(slice_eq(again.host, e->host));
    FUZZ_ASSERT(slice_eq(again.process, e->process) && slice_eq(again.module, e->module));
    FUZZ_ASSERT(slice_eq(trimmed(again.text), trimmed(e->text)));
    buf_clear(&b);
}

static bool equal(const struct envelope *a, const struct envelope *b)
{
    return a->kind == b->kind && a->year_known == b->year_known && a->time == b->time && slice_eq(a->host, b->host) &&
           a->pid == b->pid && a->tid == b->tid && slice_eq(a->process, b->process) && slice_eq(a->module, b->module) &&
           a->level == b->level && a->repeated == b->repeated && slice_eq(a->text, b->text);
}

/* What is recalled of lines before is what would have been parsed. */
static void check_memory(struct slice lines)
{
    struct envelope_hint hint = { 0 };
    while (lines.n) {
        struct envelope parsed, recalled;
        struct slice line = slice_cut(lines, '\n', &lines);
        envelope_parse(line, &parsed);
        if (envelope_recall(&hint, line, &recalled))
            FUZZ_ASSERT(equal(&parsed, &recalled));
        envelope_remember(&hint, line, &parsed);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct envelope e;
    struct slice line = { (const char *)data, size };
    envelope_parse(line, &e);
    check(&e, line);
    round_trip(&e);
    check_memory(line);
    /* Cut everywhere when short, else at places that the input itself chooses. */
    if (size <= 256)
        for (size_t n = 0; n < size; n++)
            parse_cut(data, n);
    else
        for (size_t i = 0; i < 16; i++)
            parse_cut(data, (size_t)data[i] * size / 256);
    return 0;
}
