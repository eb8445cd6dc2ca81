/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/sources_double.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>

struct segment {
    struct buf text;
    uint32_t source;
    uint64_t lines; /* of the source that it ends in */
    struct year_hint year;
    bool left_known, wrong;
    unsigned joined;
};

struct logstream {
    struct segment *segment;
    struct log_counts counts;
    bool every_line, half;
};

struct logstream *logstream_new(const struct logstream_options *o)
{
    struct logstream *ls = mem_zalloc(1, sizeof *ls);
    ls->segment = o->behind ? o->behind : mem_zalloc(1, sizeof *ls->segment);
    ls->segment->left_known = o->left_known;
    ls->segment->year = o->year;
    ls->segment->source = o->source;
    ls->every_line = o->every_line;
    return ls;
}

void logstream_feed(struct logstream *ls, const char *bytes, size_t n)
{
    for (const char *p = bytes; n && (p = memchr(p, '\n', (size_t)(bytes + n - p))); p++)
        ls->counts.lines++;
    ls->counts.bytes += n;
    if (n)
        ls->half = bytes[n - 1] != '\n';
    if (ls->segment->text.n < (size_t)64 << 20)
        buf_put(&ls->segment->text, bytes, n);
}

/* Nothing depends on anything here. */
bool logstream_stopped(const struct logstream *ls)
{
    (void)ls;
    return false;
}

bool logstream_torn(const struct logstream *ls)
{
    (void)ls;
    return false;
}

struct segment *logstream_finish(struct logstream *ls, struct log_counts *counts)
{
    struct segment *s = ls->segment;
    ls->counts.lines += ls->half;
    s->lines = ls->counts.lines;
    ls->counts.events = ls->every_line; /* so that a test can see it */
    *counts = ls->counts;
    free(ls);
    return s;
}

size_t segment_head_bytes(const struct segment *s)
{
    (void)s;
    return 0;
}

struct segment *segment_without_left(struct segment *s)
{
    return s;
}

void segment_free(struct segment *s)
{
    if (s)
        buf_clear(&s->text);
    free(s);
}

void segment_join(struct segment *left, struct segment *right, uint64_t right_line_offset)
{
    bool same = left->source == right->source;
    left->wrong |= right->wrong || right_line_offset != (same ? left->lines : 0);
    left->lines = same ? left->lines + right->lines : right->lines;
    left->source = right->source;
    left->joined += 1 + right->joined;
    left->wrong |= right->left_known; /* only the beginning of a stream may claim that */
    buf_slice(&left->text, buf_as_slice(&right->text));
    segment_free(right);
}

struct slice double_text(const struct segment *s)
{
    return buf_as_slice(&s->text);
}

bool double_wrong_offset(const struct segment *s)
{
    return s->wrong;
}

struct year_hint double_year(const struct segment *s)
{
    return s->year;
}

bool double_left_known(const struct segment *s)
{
    return s->left_known;
}

unsigned double_joined(const struct segment *s)
{
    return s->joined;
}
