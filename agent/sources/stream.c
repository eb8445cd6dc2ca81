/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/stream.h"

#include "base/caps.h"
#include "base/mem.h"

#include <stdlib.h>

/* Small things may well unpack to a thousand times their size: the ratio is looked at beyond this. */
#define RATIO_FROM ((uint64_t)64 << 20)
#define BOMBS_FORGIVEN 16 /* in one input; after these nothing more is unpacked */

bool origin_stopped(const struct origin *o)
{
    return o->stop && atomic_load_explicit(o->stop, memory_order_relaxed);
}

void origin_in(struct origin *o, size_t n)
{
    atomic_fetch_add_explicit(&o->in, n, memory_order_relaxed);
    if (o->done)
        atomic_fetch_add_explicit(o->done, n, memory_order_relaxed);
}

enum err_code origin_out(struct origin *o, size_t n, uint64_t *total, struct err *e)
{
    *total += n;
    if (*total > CAP_MEMBER_BYTES)
        return err_set(e, ERR_LIMIT, "unpacks to more than %llu bytes (cap member-bytes)", CAP_MEMBER_BYTES);
    uint64_t out = atomic_fetch_add_explicit(&o->out, n, memory_order_relaxed) + n;
    uint64_t in = atomic_load_explicit(&o->in, memory_order_relaxed);
    if (o->size && in > o->size)
        in = o->size;
    if (out <= RATIO_FROM || out / CAP_INFLATE_RATIO <= in)
        return ERR_OK;
    /* what this one brought doesn't count against the others, which may be honest */
    if (atomic_fetch_add_explicit(&o->bombs, 1, memory_order_relaxed) < BOMBS_FORGIVEN)
        atomic_fetch_sub_explicit(&o->out, *total, memory_order_relaxed);
    return err_set(e, ERR_LIMIT, "unpacks to more than %d times its size (cap inflate-ratio)", CAP_INFLATE_RATIO);
}

enum err_code stream_read(struct stream *s, char *p, size_t n, size_t *got, struct err *e)
{
    *got = 0;
    return s->ops->read(s, p, n, got, e);
}

enum err_code stream_fill(struct stream *s, char *p, size_t n, size_t *got, struct err *e)
{
    *got = 0;
    while (*got < n) {
        size_t more;
        enum err_code code = stream_read(s, p + *got, n - *got, &more, e);
        if (code != ERR_OK)
            return code;
        if (more == 0)
            break;
        *got += more;
    }
    return ERR_OK;
}

bool stream_seekable(const struct stream *s)
{
    return s->ops->seek != NULL;
}

enum err_code stream_seek(struct stream *s, uint64_t to, struct err *e)
{
    return s->ops->seek(s, to, e);
}

void stream_close(struct stream *s)
{
    if (s)
        s->ops->close(s);
}

/* ---- memory ---- */

struct memory {
    struct stream base;
    struct slice rest;
};

static enum err_code memory_read(struct stream *s, char *p, size_t n, size_t *got, struct err *e)
{
    struct memory *m = (struct memory *)s;
    (void)e;
    *got = n < m->rest.n ? n : m->rest.n;
    if (*got)
        memcpy(p, m->rest.p, *got);
    m->rest = slice_from(m->rest, *got);
    return ERR_OK;
}

static void memory_close(struct stream *s)
{
    free(s);
}

static const struct stream_ops memory_ops = { .read = memory_read, .close = memory_close };

struct stream *stream_memory(struct slice bytes)
{
    struct memory *m = mem_zalloc(1, sizeof *m);
    m->base.ops = &memory_ops;
    m->rest = bytes;
    return &m->base;
}

/* ---- peekable ---- */

struct peekable {
    struct stream base, *inner;
    char *head;
    size_t at, n; /* head[at..n) is still to be given out */
    bool ended;   /* end or error of the inner stream was met while peeking */
    struct err err;
};

static enum err_code peekable_read(struct stream *s, char *p, size_t n, size_t *got, struct err *e)
{
    struct peekable *k = (struct peekable *)s;
    if (k->at < k->n) {
        *got = n < k->n - k->at ? n : k->n - k->at;
        memcpy(p, k->head + k->at, *got);
        k->at += *got;
        return ERR_OK;
    }
    if (k->head) {
        explicit_bzero(k->head, k->n); /* may be a key */
        free(k->head);
        k->head = NULL;
        k->at = k->n = 0;
    }
    if (k->ended) {
        if (k->err.code != ERR_OK && e)
            *e = k->err;
        return k->err.code;
    }
    return stream_read(k->inner, p, n, got, e);
}

static void peekable_close(struct stream *s)
{
    struct peekable *k = (struct peekable *)s;
    stream_close(k->inner);
    if (k->head)
        explicit_bzero(k->head, k->n);
    free(k->head);
    free(k);
}

static const struct stream_ops peekable_ops = { .read = peekable_read, .close = peekable_close };

struct stream *stream_peekable(struct stream *inner)
{
    struct peekable *k = mem_zalloc(1, sizeof *k);
    k->base.ops = &peekable_ops;
    k->inner = inner;
    return &k->base;
}

struct slice stream_peek(struct stream *s, size_t want)
{
    struct peekable *k = (struct peekable *)s;
    if (want > STREAM_PEEK_BYTES)
        want = STREAM_PEEK_BYTES;
    if (!k->head)
        k->head = mem_alloc(STREAM_PEEK_BYTES);
    while (k->n < want && !k->ended) {
        size_t got;
        enum err_code code = stream_read(k->inner, k->head + k->n, want - k->n, &got, &k->err);
        k->ended = code != ERR_OK || got == 0;
        k->n += got;
    }
    return (struct slice){ k->head, k->n < want ? k->n : want };
}
