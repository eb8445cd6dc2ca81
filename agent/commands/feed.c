/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/feed.h"

#include "base/cursor.h"

static void put_u32(char *out, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        out[i] = (char)(v >> (24 - 8 * i));
}

static void print_counts(struct buf *b, const struct feed_counts *c)
{
    buf_putc(b, (char)(c->there | c->live << 1));
    buf_u64(b, c->lines);
    buf_u64(b, c->bytes);
    buf_u64(b, c->sftunneld);
    buf_u64(b, c->events);
    buf_u64(b, c->unmatched);
    buf_u64(b, c->cut);
    buf_u64(b, c->lag);
}

void feed_print(struct buf *b, const struct feed *f)
{
    size_t begin = b->n;
    buf_u32(b, 0);
    buf_putc(b, (char)f->kind);
    buf_u32(b, f->log);
    if (f->kind == FEED_COUNTS) {
        print_counts(b, &f->counts);
    } else if (f->kind == FEED_EVENT) {
        buf_putc(b, (char)f->event.kind);
        buf_u64(b, f->event.order);
        buf_u64(b, f->event.offset);
        buf_u64(b, f->event.bytes);
    }
    buf_slice(b, f->text);
    put_u32(b->p + begin, (uint32_t)(b->n - begin - 4));
}

static void parse_counts(struct cursor *c, struct feed_counts *out)
{
    uint8_t flags = cursor_u8(c);
    out->there = flags & 1;
    out->live = flags & 2;
    out->lines = cursor_u64(c);
    out->bytes = cursor_u64(c);
    out->sftunneld = cursor_u64(c);
    out->events = cursor_u64(c);
    out->unmatched = cursor_u64(c);
    out->cut = cursor_u64(c);
    out->lag = cursor_u64(c);
}

enum err_code feed_parse(struct slice bytes, struct feed *f, size_t *used)
{
    struct cursor whole = cursor_of(bytes.p, bytes.n);
    *used = 0;
    memset(f, 0, sizeof *f);
    f->text = (struct slice){ "", 0 };
    if (bytes.n < 4)
        return ERR_OK;
    uint32_t n = cursor_u32(&whole);
    if (n > FEED_MOST || n < 5)
        return ERR_DATA;
    if (bytes.n - 4 < n)
        return ERR_OK;
    struct cursor c = cursor_child(&whole, n);
    uint8_t kind = cursor_u8(&c);
    f->kind = (enum feed_kind)kind;
    f->log = cursor_u32(&c);
    if (f->kind == FEED_COUNTS) {
        parse_counts(&c, &f->counts);
    } else if (f->kind == FEED_EVENT) {
        uint8_t what = cursor_u8(&c);
        f->event.kind = (enum tail_event_kind)what;
        f->event.order = cursor_u64(&c);
        f->event.offset = cursor_u64(&c);
        f->event.bytes = cursor_u64(&c);
        if (what > TAIL_GONE)
            return ERR_DATA;
    }
    if (c.failed || kind >= FEED_KINDS)
        return ERR_DATA;
    struct bytes rest = cursor_rest(&c);
    f->text = (struct slice){ rest.n ? (const char *)rest.p : "", rest.n };
    *used = (size_t)n + 4;
    return ERR_OK;
}
