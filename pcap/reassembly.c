/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/reassembly.h"

#include "base/caps.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define FAR_RUN 4               /* segments that continue one another outside the window move it */
#define REREAD_MOST 16777216    /* bytes that are read once more, in all: it may not be made to last */
#define PATIENCE_NS 3000000000  /* a hole that is acknowledged is waited for so long, */
#define PATIENCE_BYTES 524288   /* or until so much is held behind it, */
#define PATIENCE_FOLLOWED 65536 /* or so much where nothing but record lengths is wanted */
#define KEPT_FIRST 1024         /* bytes; a power of two, doubled as it grows */
#define SPARE_BYTES 4194304     /* of buffers that nobody has, in all */
#define RST_BEHIND 65536
#define RST_AHEAD 1048576

/* A copy of some bytes, on its way into the stream. p is NULL for what the snapshot cut off. */
struct copy {
    uint64_t at, n;
    const uint8_t *p;
    enum checksum checksum;
    bool starts, counted; /* counted: as a conflict */
};

void reassembly_init(struct reassembly *r, size_t *used)
{
    *r = (struct reassembly){ .used = used };
}

/* ---- memory for what is kept ---- */

/* REASSEMBLY_SPARES: larger than what is worth it. */
static unsigned spare_of(size_t capacity)
{
    unsigned i = 0;
    while (i < REASSEMBLY_SPARES && (size_t)KEPT_FIRST << i < capacity)
        i++;
    return i;
}

static uint8_t *kept_new(struct reassembly_spare *s, size_t capacity)
{
    unsigned i = spare_of(capacity);
    if (!s || i == REASSEMBLY_SPARES || !s->first[i])
        return mem_alloc(capacity);
    void *p = s->first[i];
    memcpy(&s->first[i], p, sizeof s->first[i]);
    s->bytes -= capacity;
    return p;
}

static void kept_free(struct reassembly_spare *s, uint8_t *p, size_t capacity)
{
    unsigned i = spare_of(capacity);
    if (!p || !s || i == REASSEMBLY_SPARES || s->bytes + capacity > SPARE_BYTES) {
        free(p);
        return;
    }
    memcpy(p, &s->first[i], sizeof s->first[i]);
    s->first[i] = p;
    s->bytes += capacity;
}

void reassembly_spare_clear(struct reassembly_spare *s)
{
    for (unsigned i = 0; i < REASSEMBLY_SPARES; i++)
        for (void *p; (p = s->first[i]);) {
            memcpy(&s->first[i], p, sizeof s->first[i]);
            free(p);
        }
    *s = (struct reassembly_spare){ 0 };
}

static void drop_kept(struct reassembly *r)
{
    *r->used -= r->kept_capacity;
    kept_free(r->spare, r->kept, r->kept_capacity);
    r->kept = NULL;
    r->kept_capacity = 0;
    r->bads = 0;
}

static void drop_piece(struct reassembly *r, struct held_piece *p)
{
    if (p->data) {
        *r->used -= p->n;
        r->held_bytes -= p->n;
        free(p->data);
    }
}

static void drop_held(struct reassembly *r)
{
    for (size_t i = 0; i < r->held_count; i++)
        drop_piece(r, &r->held[i]);
    *r->used -= r->held_capacity * sizeof *r->held;
    free(r->held);
    r->held = NULL;
    r->held_count = r->held_capacity = 0;
    r->hole_ns = 0;
}

void reassembly_clear(struct reassembly *r)
{
    drop_kept(r);
    drop_held(r);
}

void reassembly_lower(struct reassembly *r, enum reassembly_mode mode)
{
    if (mode > r->mode)
        r->mode = (uint8_t)mode;
}

/* Frees what the mode no longer needs: the last step of whatever may have called a sink. */
static void settle(struct reassembly *r)
{
    if (r->mode != REASSEMBLY_KEEP && r->kept)
        drop_kept(r);
    if (r->mode == REASSEMBLY_SKIP && r->held)
        drop_held(r);
}

static int64_t offset_of(const struct reassembly *r, uint32_t sequence)
{
    return (int64_t)r->next + (int32_t)(sequence - (uint32_t)(r->base + r->next));
}

/* Is all of [0, next) kept? */
static bool whole(const struct reassembly *r)
{
    return r->mode == REASSEMBLY_KEEP && r->reread < REREAD_MOST;
}

static void mark_bad(struct reassembly *r, uint64_t from, uint64_t to)
{
    if (r->bads && (r->bad[r->bads - 1].to == from || r->bads == REASSEMBLY_BAD)) {
        r->bad[r->bads - 1].to = to;
        return;
    }
    r->bad[r->bads].from = from;
    r->bad[r->bads++].to = to;
}

static void keep(struct reassembly *r, const struct copy *c)
{
    size_t need = (size_t)(r->next + c->n);
    if (need > CAP_KEPT_BYTES) {
        r->mode = REASSEMBLY_FOLLOW;
        return;
    }
    if (need > r->kept_capacity) {
        size_t capacity = r->kept_capacity ? r->kept_capacity : KEPT_FIRST;
        while (capacity < need)
            capacity *= 2;
        *r->used += capacity - r->kept_capacity;
        uint8_t *larger = kept_new(r->spare, capacity);
        if (r->kept)
            memcpy(larger, r->kept, (size_t)r->next);
        kept_free(r->spare, r->kept, r->kept_capacity);
        r->kept = larger;
        r->kept_capacity = capacity;
    }
    memcpy(r->kept + r->next, c->p, c->n);
    if (c->checksum == CHECKSUM_BAD)
        mark_bad(r, r->next, need);
}

static void gap(struct reassembly *r, uint64_t n, const struct reassembly_sink *sink)
{
    if (!r->gaps++)
        r->gap_at = r->next;
    r->gap_bytes += n;
    reassembly_lower(r, REASSEMBLY_FOLLOW);
    r->next += n;
    sink->on_gap(sink->data, n);
}

/* The next bytes in order. */
static void give(struct reassembly *r, const struct copy *c, const struct reassembly_sink *sink)
{
    if (!c->p) {
        gap(r, c->n, sink);
        return;
    }
    if (r->mode == REASSEMBLY_KEEP)
        keep(r, c);
    r->next += c->n;
    sink->on_bytes(sink->data, (struct bytes){ c->p, (size_t)c->n }, c->starts);
}

/* Everything that is kept once more. */
static void again(struct reassembly *r, const struct reassembly_sink *sink)
{
    sink->on_again(sink->data);
    if (r->next)
        sink->on_bytes(sink->data, (struct bytes){ r->kept, (size_t)r->next }, true);
}

static void insert_piece(struct reassembly *r, size_t i, struct held_piece piece)
{
    size_t before = r->held_capacity;
    r->held = mem_grow(r->held, &r->held_capacity, r->held_count + 1, sizeof *r->held);
    *r->used += (r->held_capacity - before) * sizeof *r->held;
    memmove(&r->held[i + 1], &r->held[i], (r->held_count - i) * sizeof *r->held);
    r->held[i] = piece;
    r->held_count++;
    if (piece.data) {
        r->held_bytes += piece.n;
        *r->used += piece.n;
    }
}

/* The stream begins `by` bytes before what was taken for its beginning: what is kept waits for them. */
static void shift(struct reassembly *r, uint64_t by)
{
    for (size_t i = 0; i < r->held_count; i++)
        r->held[i].at += by;
    if (r->next) {
        uint8_t *data = mem_resize(r->kept, (size_t)r->next, 1);
        struct held_piece piece = { by, (uint32_t)r->next, r->bads > 0, data };
        *r->used -= r->kept_capacity;
        r->kept = NULL;
        r->kept_capacity = 0;
        insert_piece(r, 0, piece);
    }
    r->bads = 0;
    r->base -= (uint32_t)by;
    r->reread += (uint32_t)r->next;
    r->next = 0;
}

/* Held pieces that have come in order now. */
static void drain(struct reassembly *r, const struct reassembly_sink *sink)
{
    size_t i = 0;
    for (; i < r->held_count && r->held[i].at <= r->next; i++) {
        struct held_piece *p = &r->held[i];
        struct copy c = { p->at, p->n, p->data, p->bad ? CHECKSUM_BAD : CHECKSUM_UNKNOWN, true, false };
        give(r, &c, sink);
        drop_piece(r, p);
    }
    if (!i)
        return;
    r->held_count -= i;
    memmove(r->held, &r->held[i], r->held_count * sizeof *r->held);
    if (!r->held_count)
        drop_held(r);
}

/* The first hole won't be filled any more. */
static void give_up(struct reassembly *r, const struct reassembly_sink *sink)
{
    gap(r, r->held[0].at - r->next, sink);
    drain(r, sink);
}

static void conflict(struct reassembly *r, struct copy *c)
{
    r->conflicts += !c->counted;
    c->counted = true;
}

/* n bytes of c are bytes that are kept already. True when c is to be believed more, and now stands there. */
static bool compare_kept(struct reassembly *r, struct copy *c, size_t n)
{
    if (r->mode != REASSEMBLY_KEEP || !c->p || !memcmp(r->kept + c->at, c->p, n))
        return false;
    conflict(r, c);
    bool better = false;
    for (unsigned i = 0; c->checksum == CHECKSUM_GOOD && i < r->bads; i++) {
        uint64_t from = c->at > r->bad[i].from ? c->at : r->bad[i].from;
        uint64_t to = c->at + n < r->bad[i].to ? c->at + n : r->bad[i].to;
        if (from >= to)
            continue;
        memcpy(r->kept + from, c->p + (from - c->at), (size_t)(to - from));
        if (from == r->bad[i].from)
            r->bad[i].from = to;
        else if (to == r->bad[i].to)
            r->bad[i].to = from;
        better = true;
    }
    return better && r->reread < REREAD_MOST;
}

/* n bytes of c are in this piece already. */
static void compare_held(struct reassembly *r, struct held_piece *p, struct copy *c, size_t n)
{
    if (!c->p)
        return;
    uint64_t inside = c->at - p->at;
    bool all = inside == 0 && n == p->n, better = p->bad && c->checksum == CHECKSUM_GOOD;
    if (!p->data) {
        if (!all)
            return;
        p->data = mem_alloc(n); /* what was cut off is here after all */
        memcpy(p->data, c->p, n);
        p->bad = c->checksum == CHECKSUM_BAD;
        r->held_bytes += n;
        *r->used += n;
        return;
    }
    if (memcmp(p->data + inside, c->p, n)) {
        conflict(r, c);
        if (better)
            memcpy(p->data + inside, c->p, n);
    }
    p->bad = p->bad && !(better && all);
}

static void advance(struct copy *c, uint64_t n)
{
    c->at += n;
    c->n -= n;
    c->p = c->p ? c->p + n : NULL;
    c->starts = c->starts && !n;
}

/* The first piece that ends behind the offset. */
static size_t piece_at(const struct reassembly *r, uint64_t at)
{
    size_t low = 0, high = r->held_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (r->held[middle].at + r->held[middle].n > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Out of order: what of it is new is kept for later. */
static void hold(struct reassembly *r, struct copy *c)
{
    for (size_t i = piece_at(r, c->at); c->n; i++) {
        struct held_piece *p = i < r->held_count ? &r->held[i] : NULL;
        uint64_t n = c->n;
        if (p && p->at <= c->at) {
            if (n > p->at + p->n - c->at)
                n = p->at + p->n - c->at;
            compare_held(r, p, c, (size_t)n);
        } else {
            if (p && n > p->at - c->at)
                n = p->at - c->at;
            struct held_piece piece = { c->at, (uint32_t)n, c->checksum == CHECKSUM_BAD, NULL };
            if (c->p) {
                piece.data = mem_alloc((size_t)n);
                memcpy(piece.data, c->p, (size_t)n);
            }
            insert_piece(r, i, piece);
        }
        advance(c, n);
    }
}

/* Neighbours become one, though it is forgotten then where their segments began. */
static void join_pieces(struct reassembly *r)
{
    size_t to = 0;
    for (size_t i = 1; i < r->held_count; i++) {
        struct held_piece *p = &r->held[to], *q = &r->held[i];
        bool both = p->data && q->data && p->bad == q->bad && p->n + (uint64_t)q->n <= CAP_HELD_BYTES;
        if (!both || p->at + p->n != q->at) {
            r->held[++to] = *q;
            continue;
        }
        p->data = mem_resize(p->data, p->n + (size_t)q->n, 1);
        memcpy(p->data + p->n, q->data, q->n);
        p->n += q->n;
        free(q->data);
    }
    r->held_count = to + 1;
}

/* Caps, and the end of patience. */
static void limit(struct reassembly *r, int64_t now_ns, const struct reassembly_sink *sink)
{
    size_t pieces = CAP_HELD_PIECES;
    if (r->held_count > pieces) {
        join_pieces(r);
        pieces = pieces / 4 * 3; /* so that it is not done for each segment */
    }
    while (r->held_count > pieces || r->held_bytes > CAP_HELD_BYTES) {
        size_t before = r->held_bytes;
        give_up(r, sink);
        r->given_up += before - r->held_bytes;
    }
    if (!r->held_count)
        return;
    if (!r->hole_ns)
        r->hole_ns = now_ns ? now_ns : 1;
    size_t most = r->mode == REASSEMBLY_KEEP ? PATIENCE_BYTES : PATIENCE_FOLLOWED;
    uint32_t behind = (uint32_t)(r->base + r->held[0].at);
    if (!r->ack_seen || (int32_t)(r->acked - behind) < 0 ||
        (r->held_bytes <= most && now_ns - r->hole_ns <= PATIENCE_NS))
        return;
    give_up(r, sink);
    r->hole_ns = r->held_count ? now_ns : 0;
}

/* Bytes at an offset that is not before the stream's beginning. */
static void place(struct reassembly *r, struct copy *c, const struct reassembly_sink *sink)
{
    if (c->at < r->next) {
        uint64_t old = r->next - c->at < c->n ? r->next - c->at : c->n;
        if (compare_kept(r, c, (size_t)old)) {
            r->reread += (uint32_t)r->next;
            again(r, sink);
        }
        advance(c, old);
    }
    if (!c->n)
        return;
    if (c->at == r->next && !r->held_count) {
        give(r, c, sink);
        return;
    }
    hold(r, c);
    drain(r, sink);
}

/* Where the stream begins, when its first bytes come. */
static void begin(struct reassembly *r, uint32_t sequence)
{
    r->based = true;
    r->base = sequence;
    uint32_t nearest = UINT32_MAX;
    for (unsigned i = 0; i < r->isns; i++) {
        uint32_t ahead = sequence - (r->isn[i] + 1);
        if (ahead <= nearest) {
            nearest = ahead;
            r->base = r->isn[i] + 1;
            r->certain = true;
        }
    }
}

/* A segment far outside the window: only when several go on from there, the window follows them. */
static bool jump(struct reassembly *r, uint32_t sequence, uint64_t n, const struct reassembly_sink *sink)
{
    r->far_run = r->far_run && sequence == r->far_next ? (uint8_t)(r->far_run + 1) : 1;
    r->far_next = sequence + (uint32_t)n;
    if (r->far_run < FAR_RUN) {
        r->given_up += n;
        return false;
    }
    r->far_run = 0;
    while (r->held_count)
        give_up(r, sink);
    int64_t at = offset_of(r, sequence);
    if (at > (int64_t)r->next) {
        gap(r, (uint64_t)at - r->next, sink);
    } else {
        gap(r, 0, sink);
        sink->on_gap(sink->data, UINT64_MAX); /* nobody knows how much */
        r->base = sequence - (uint32_t)r->next;
    }
    return true;
}

/* What comes before offset 0: the beginning, if that was only guessed, else nothing of ours. */
static void prepend(struct reassembly *r, int64_t *at, struct copy *c, const struct reassembly_sink *sink)
{
    uint64_t by = (uint64_t) - *at;
    if (!r->certain && whole(r) && by + r->next <= CAP_KEPT_BYTES) {
        shift(r, by);
        sink->on_again(sink->data);
        *at = 0;
        return;
    }
    advance(c, by < c->n ? by : c->n);
    *at = 0;
}

/* A segment of which only the sequence number is of interest. */
static void skip(struct reassembly *r, uint32_t end)
{
    int32_t ahead = (int32_t)(end - (uint32_t)(r->base + r->next));
    if (ahead > 0)
        r->next += (uint32_t)ahead;
}

void reassembly_segment(struct reassembly *r, const struct tcp_segment *s, const struct reassembly_sink *sink)
{
    uint64_t n = s->payload.n + (uint64_t)s->cut;
    uint32_t sequence = s->sequence + (s->flags & TCP_SYN ? 1 : 0);
    if (!n)
        return;
    if (!r->based)
        begin(r, sequence);
    if (r->mode == REASSEMBLY_SKIP) {
        skip(r, sequence + (uint32_t)n);
        return;
    }
    int64_t at = offset_of(r, sequence), next = (int64_t)r->next;
    if (n == 1 && at == next - 1 && (next || r->certain))
        return; /* keeps the connection alive (RFC 1122, 4.2.3.6): its byte means nothing */
    if (at > next + CAP_WINDOW_BYTES || at + (int64_t)n < next - CAP_WINDOW_BYTES) {
        if (!jump(r, sequence, n, sink))
            return;
        at = (int64_t)r->next;
    }
    struct copy c = { 0, s->payload.n, s->payload.p, CHECKSUM_UNKNOWN, true, false };
    if (r->mode == REASSEMBLY_KEEP)
        c.checksum = segment_checksum(s);
    if (at < 0)
        prepend(r, &at, &c, sink);
    c.at = (uint64_t)at;
    uint64_t end = c.at + c.n;
    bool inside = c.n || !s->payload.n;
    if (c.n)
        place(r, &c, sink);
    if (s->cut && inside) {
        struct copy cut = { end, s->cut, NULL, CHECKSUM_UNKNOWN, false, false };
        place(r, &cut, sink);
    }
    if (r->held_count)
        limit(r, s->time_ns, sink);
    settle(r);
}

bool reassembly_knows(const struct reassembly *r, uint32_t isn)
{
    for (unsigned i = 0; i < r->isns; i++)
        if (r->isn[i] == isn)
            return true;
    return r->based && r->certain && isn + 1 == r->base;
}

bool reassembly_syn(struct reassembly *r, uint32_t isn, const struct reassembly_sink *sink)
{
    uint32_t first = isn + 1;
    if (!r->based || r->certain) {
        if (r->based || reassembly_knows(r, isn))
            return reassembly_knows(r, isn);
        r->isn[r->isns < REASSEMBLY_ISNS ? r->isns++ : REASSEMBLY_ISNS - 1] = isn;
        return true;
    }
    int64_t at = r->next < INT32_MAX ? offset_of(r, first) : 1;
    if (at > 0 || at < -CAP_WINDOW_BYTES)
        return false;
    r->certain = true;
    if (!whole(r)) { /* too late to read them */
        for (size_t i = 0; i < r->held_count; i++)
            r->held[i].at += (uint64_t)-at;
        r->next += (uint64_t)-at;
        r->base = first;
        return true;
    }
    if (at < 0) {
        shift(r, (uint64_t)-at);
        sink->on_again(sink->data);
    } else if (r->next) {
        again(r, sink);
    }
    settle(r);
    return true;
}

void reassembly_acked(struct reassembly *r, uint32_t acknowledged)
{
    if (!r->ack_seen || (int32_t)(acknowledged - r->acked) > 0)
        r->acked = acknowledged;
    r->ack_seen = true;
    if (r->based || r->isns < 2)
        return;
    for (unsigned i = 0; i < r->isns; i++)
        if (r->isn[i] + 1 == acknowledged) { /* the peer takes this one */
            r->isn[0] = r->isn[i];
            r->isns = 1;
        }
}

void reassembly_finish(struct reassembly *r, const struct reassembly_sink *sink)
{
    while (r->held_count)
        give_up(r, sink);
    /* One more may be the FIN. */
    int64_t missing =
        r->based && r->ack_seen && r->mode != REASSEMBLY_SKIP ? offset_of(r, r->acked) - (int64_t)r->next : 0;
    if (missing > 1 && missing < CAP_WINDOW_BYTES)
        gap(r, (uint64_t)missing, sink);
    settle(r);
}

bool reassembly_plausible(const struct reassembly *r, uint32_t sequence)
{
    if (!r->based)
        return !r->isns || sequence - r->isn[r->isns - 1] <= RST_AHEAD;
    int32_t ahead = (int32_t)(sequence - (uint32_t)(r->base + r->next));
    return ahead >= -RST_BEHIND && ahead <= RST_AHEAD;
}
