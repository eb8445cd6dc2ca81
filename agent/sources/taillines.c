/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/taillines.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>

/* One generation that was begun and has not ended. */
struct half {
    uint64_t order, offset; /* of the text's first byte */
    enum tail_place place;  /* of the text's first byte */
    struct buf text;
};

struct taillines {
    tailline_fn *on_line;
    tailevent_fn *on_event;
    void *arg;
    struct half half[CAP_TAIL_GENERATIONS];
    size_t n;
    struct taillines_counts counts;
};

struct taillines *taillines_new(tailline_fn *on_line, tailevent_fn *on_event, void *arg)
{
    struct taillines *l = mem_zalloc(1, sizeof *l);
    l->on_line = on_line;
    l->on_event = on_event;
    l->arg = arg;
    return l;
}

void taillines_free(struct taillines *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->n; i++)
        buf_clear(&l->half[i].text);
    free(l);
}

const struct taillines_counts *taillines_count(const struct taillines *l)
{
    return &l->counts;
}

static struct half *half_of(struct taillines *l, uint64_t order)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->half[i].order == order)
            return &l->half[i];
    return NULL;
}

static void on_begin(void *arg, uint64_t order, uint64_t offset, enum tail_place place)
{
    struct taillines *l = arg;
    if (half_of(l, order) || l->n == CAP_TAIL_GENERATIONS)
        return;
    l->half[l->n++] = (struct half){ order, offset, place, { 0 } };
}

static void tell(struct taillines *l, struct half *h, struct slice text, unsigned flags)
{
    struct tailline line = { h->order, h->offset, flags, text };
    if (h->place == TAIL_IN_LINE)
        line.flags |= TAILLINE_NO_BEGIN;
    l->counts.lines++;
    l->counts.cut += (flags & TAILLINE_NO_END) != 0;
    l->on_line(l->arg, &line);
}

/* All of a line but its newline, or of its rest. */
static void whole(struct taillines *l, struct half *h, struct slice text)
{
    size_t passed = h->text.n + text.n + 1;
    if (h->place == TAIL_IN_LONG) {
        l->counts.passed_over += text.n;
    } else if (passed - 1 > CAP_TAIL_LINE_BYTES) {
        size_t room = CAP_TAIL_LINE_BYTES - h->text.n;
        l->counts.passed_over += text.n - room;
        if (h->text.n)
            buf_put(&h->text, text.p, room);
        tell(l, h, h->text.n ? buf_as_slice(&h->text) : (struct slice){ text.p, room }, TAILLINE_NO_END);
    } else if (h->text.n) {
        buf_slice(&h->text, text);
        tell(l, h, buf_as_slice(&h->text), 0);
    } else {
        tell(l, h, text, 0);
    }
    buf_reset(&h->text);
    h->place = TAIL_AT_LINE;
    h->offset += passed;
}

static void part(struct taillines *l, struct half *h, struct slice text)
{
    size_t room = CAP_TAIL_LINE_BYTES - h->text.n;
    if (h->place == TAIL_IN_LONG) {
        l->counts.passed_over += text.n;
        h->offset += text.n;
        return;
    }
    if (text.n <= room) {
        if (text.n)
            buf_slice(&h->text, text);
        return;
    }
    buf_put(&h->text, text.p, room);
    tell(l, h, buf_as_slice(&h->text), TAILLINE_NO_END);
    l->counts.passed_over += text.n - room;
    h->offset += h->text.n + text.n - room;
    h->place = TAIL_IN_LONG;
    buf_reset(&h->text);
}

static void on_bytes(void *arg, uint64_t order, uint64_t offset, struct slice bytes)
{
    struct taillines *l = arg;
    struct half *h = half_of(l, order);
    (void)offset;
    if (!h)
        return;
    const char *newline;
    while (bytes.n && (newline = memchr(bytes.p, '\n', bytes.n))) {
        size_t n = (size_t)(newline - bytes.p);
        whole(l, h, (struct slice){ bytes.p, n });
        bytes = slice_from(bytes, n + 1);
    }
    part(l, h, bytes);
}

static void on_end(void *arg, uint64_t order)
{
    struct taillines *l = arg;
    struct half *h = half_of(l, order);
    if (!h)
        return;
    if (h->text.n)
        tell(l, h, buf_as_slice(&h->text), TAILLINE_NO_END);
    buf_clear(&h->text);
    *h = l->half[--l->n];
}

static size_t held(void *arg, uint64_t order, enum tail_place *place)
{
    struct half *h = half_of(arg, order);
    *place = h ? h->place : TAIL_AT_LINE;
    return h ? h->text.n : 0;
}

static void on_event(void *arg, const struct tail_event *event)
{
    struct taillines *l = arg;
    if (l->on_event)
        l->on_event(l->arg, event);
}

struct tail_sink taillines_sink(struct taillines *l)
{
    return (struct tail_sink){ l, on_begin, on_bytes, on_end, held, on_event };
}
