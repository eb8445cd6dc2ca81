/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/tailmark.h"

#include <inttypes.h>

#define VERSION SLICE("tail1")

static size_t least(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

static void put_hex(struct buf *b, const unsigned char *p, size_t n)
{
    buf_putc(b, ' ');
    for (size_t i = 0; i < n; i++)
        buf_printf(b, "%02x", p[i]);
    if (n == 0)
        buf_putc(b, '-');
}

void tailmark_print(struct buf *b, const struct tail_mark *m)
{
    size_t from = b->n;
    buf_slice(b, VERSION);
    buf_printf(b, " %x %x %x %" PRIx64 " %" PRIx64 " %" PRIx64, (unsigned)m->kind, (unsigned)m->place,
        (unsigned)m->packed, m->log, m->order, m->offset);
    buf_printf(
        b, " %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx32, m->id.fs, m->id.dev, m->id.ino, (uint32_t)m->id.type);
    put_hex(b, m->id.handle, m->id.handle_n);
    buf_printf(b, " %" PRIx64 " %" PRIx64, m->print.n, m->print.whole);
    for (size_t i = 0; i < TAILPRINT_HASHES; i++)
        buf_printf(b, " %" PRIx64, m->print.hash[i]);
    put_hex(b, m->print.head, least(m->print.n, TAILPRINT_HEAD));
    put_hex(b, m->print.marker, least(m->print.n, TAILPRINT_MARKER));
    uint64_t sum = tailprint_hash(TAILPRINT_SEED, (struct slice){ b->p + from, b->n - from });
    buf_printf(b, " %016" PRIx64 "\n", sum);
}

/* A mark's words one after another; the first that is wrong makes all that follow wrong. */
struct words {
    struct slice rest;
    bool wrong;
};

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint64_t number(struct words *w, uint64_t most)
{
    struct slice word = slice_cut(w->rest, ' ', &w->rest);
    uint64_t v = 0;
    if (word.n == 0 || word.n > 16)
        w->wrong = true;
    for (size_t i = 0; i < word.n && !w->wrong; i++) {
        w->wrong = digit(word.p[i]) < 0;
        v = v << 4 | (uint64_t)(digit(word.p[i]) & 15);
    }
    if (v > most)
        w->wrong = true;
    return w->wrong ? 0 : v;
}

/* As many bytes as there are, at most `most`. */
static size_t bytes(struct words *w, unsigned char *out, size_t most)
{
    struct slice word = slice_cut(w->rest, ' ', &w->rest);
    if (slice_eq(word, SLICE("-")))
        return 0;
    if (word.n == 0 || word.n % 2 || word.n / 2 > most)
        w->wrong = true;
    for (size_t i = 0; i < word.n && !w->wrong; i += 2) {
        w->wrong = digit(word.p[i]) < 0 || digit(word.p[i + 1]) < 0;
        if (!w->wrong)
            out[i / 2] = (unsigned char)(digit(word.p[i]) << 4 | digit(word.p[i + 1]));
    }
    return w->wrong ? 0 : word.n / 2;
}

static void print_words(struct words *w, struct tailprint *p)
{
    p->n = number(w, INT64_MAX);
    p->whole = number(w, UINT64_MAX);
    for (size_t i = 0; i < TAILPRINT_HASHES; i++)
        p->hash[i] = number(w, UINT64_MAX);
    size_t head = bytes(w, p->head, TAILPRINT_HEAD);
    size_t marker = bytes(w, p->marker, TAILPRINT_MARKER);
    if (head != least(p->n, TAILPRINT_HEAD) || marker != least(p->n, TAILPRINT_MARKER))
        w->wrong = true;
}

static bool consistent(const struct tail_mark *m)
{
    bool read = m->kind == TAILMARK_OPEN || m->kind == TAILMARK_DONE || m->kind == TAILMARK_ENDED;
    if ((m->order != 0) != read || (m->packed && !read))
        return false;
    /* of a file of which nothing was read, as much is remembered as was there */
    return m->print.n == m->offset || (m->offset == 0 && m->print.n <= TAILPRINT_PREFIX);
}

enum err_code tailmark_parse(struct slice line, struct tail_mark *m, struct err *e)
{
    if (line.n && line.p[line.n - 1] == '\n')
        line.n--;
    memset(m, 0, sizeof *m);
    if (line.n > CAP_TAIL_MARK_BYTES)
        return err_set(e, ERR_LIMIT, "a mark of %zu bytes (cap tail-mark-bytes)", line.n);
    struct words w = { .rest = line };
    if (!slice_eq(slice_cut(w.rest, ' ', &w.rest), VERSION))
        return err_set(e, ERR_DATA, "is no mark of this version");
    if (w.rest.n < 17 || line.p[line.n - 17] != ' ')
        return err_set(e, ERR_DATA, "a mark that is cut off or damaged");
    struct words sum = { .rest = slice_from(line, line.n - 16) };
    uint64_t want = tailprint_hash(TAILPRINT_SEED, (struct slice){ line.p, line.n - 17 });
    if (number(&sum, UINT64_MAX) != want || sum.wrong)
        return err_set(e, ERR_DATA, "a mark that is cut off or damaged");
    w.rest.n -= 17;
    m->kind = (enum tailmark_kind)number(&w, TAILMARK_ENDED);
    m->place = (enum tail_place)number(&w, TAIL_IN_LONG);
    m->packed = number(&w, 1) != 0;
    m->log = number(&w, UINT64_MAX);
    m->order = number(&w, INT64_MAX);
    m->offset = number(&w, INT64_MAX);
    m->id.fs = number(&w, UINT64_MAX);
    m->id.dev = number(&w, UINT64_MAX);
    m->id.ino = number(&w, UINT64_MAX);
    m->id.type = (int32_t)number(&w, UINT32_MAX);
    m->id.handle_n = (uint32_t)bytes(&w, m->id.handle, CAP_TAIL_HANDLE_BYTES);
    print_words(&w, &m->print);
    if (w.wrong || w.rest.n != 0 || !consistent(m))
        return err_set(e, ERR_DATA, "a mark whose fields contradict one another");
    return ERR_OK;
}
