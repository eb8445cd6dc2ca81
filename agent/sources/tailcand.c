/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file that nobody has told us about: a copy of a generation that is known, also compressed and also one that is
 * just being made, or a generation that came and was renamed before anybody looked. The content says which.
 */
#include "agent/sources/detect.h"
#include "agent/sources/tail_parts.h"
#include "base/mem.h"

#include <stdlib.h>
#include <unistd.h>

#define SURE_BYTES 32 /* contents that have fewer bytes in common, or in all, may be alike by chance */

enum verdict { WAIT, MORE, SETTLED };

bool tailcand_add(struct tail *t, int fd, const struct tailid *id, const struct generation *rank)
{
    if (t->n_cands == CAP_TAIL_CANDIDATES) {
        close(fd);
        return false;
    }
    size_t at = t->n_cands++;
    for (; at && names_older(rank, &t->cands[at - 1]->rank) < 0; at--)
        t->cands[at] = t->cands[at - 1];
    struct tailcand *c = t->cands[at] = mem_zalloc(1, sizeof *c);
    c->fd = fd;
    c->id = *id;
    c->rank = *rank;
    c->size = UINT64_MAX;
    c->passed = UINT64_MAX;
    return true;
}

void tailcand_free(struct tailcand *c)
{
    if (c->fd >= 0)
        close(c->fd);
    tailpacked_close(&c->packed);
    free(c);
}

static struct slice first_of(const struct tailcand *c)
{
    return (struct slice){ c->first, c->first_n };
}

static enum verdict is_copy(struct tail *t, struct tailcand *c)
{
    tailknown_file(t, c->fd, &c->id, c->size, TAILMARK_COPY);
    return SETTLED;
}

static bool missed(const struct tail *t, const struct tailcand *c)
{
    for (size_t i = 0; i < t->n_gens; i++)
        if (t->gens[i]->lost && tailprint_file(&t->gens[i]->print, c->fd, c->size) != TAILMATCH_OTHER)
            return true;
    return false;
}

/*
 * A file whose own bytes are remembered, packed or not: from before a restart that has changed all identities. What was
 * a copy then may be all that is left now.
 */
static bool same_file(struct tail *t, struct tailcand *c)
{
    for (size_t i = 0; i < t->n_known; i++) {
        struct tail_mark *m = &t->known[i].mark;
        if ((m->kind == TAILMARK_SEEN || m->kind == TAILMARK_COPY) && m->print.n == c->size &&
            tailprint_file(&m->print, c->fd, c->size) == TAILMATCH_REACHES)
            return m->kind == TAILMARK_SEEN || !missed(t, c);
    }
    return false;
}

static size_t lost_count(const struct tail *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_gens; i++)
        n += t->gens[i]->lost;
    return n;
}

static struct tailgen *adopt(struct tail *t, struct tailcand *c)
{
    if (t->n_gens == CAP_TAIL_GENERATIONS) {
        tail_say_once(t, SAID_GENERATIONS, TAIL_LIMIT, "too many generations at once (cap tail-generations)");
        return NULL;
    }
    struct tailgen *g = tailgen_new(t, tailscan_position(t, &c->rank), t->next_order++);
    g->id = c->id;
    g->rank = c->rank;
    t->adopted++;
    return g;
}

/* Before it is compressed a file is there as it is, and may still be written to: that one is the better source. */
static bool plain_first(const struct tail *t)
{
    for (size_t i = 0; i < t->n_cands; i++)
        if (!t->cands[i]->is_packed && t->cands[i]->size)
            return true;
    return false;
}

/* A generation that nobody saw while it was the one being written. Were any bytes lost just now? Then they may be
 * these. */
static enum verdict unseen(struct tail *t, struct tailcand *c, bool packed)
{
    size_t lost = lost_count(t), cands = t->n_cands;
    struct err e;
    tailgens_check(t);
    if (lost_count(t) != lost || t->n_cands != cands)
        return WAIT;
    struct tailpacked p = { 0 };
    if (packed && !tailpacked_open(&p, c->fd, &e))
        return WAIT;
    struct tailgen *g = adopt(t, c);
    if (!g) {
        tailpacked_close(&p);
        return WAIT;
    }
    if (packed) {
        g->packed = p;
        g->was_packed = true;
        g->first_n = c->first_n;
        memcpy(g->first, c->first, c->first_n);
        return SETTLED;
    }
    g->fd = c->fd;
    g->seen = c->size;
    c->fd = -1;
    return SETTLED;
}

/* A copy that has less than was read before its original was truncated: all is there. */
static enum verdict finished(struct tail *t, struct tailgen *g, struct tailcand *c)
{
    if (g->truncated)
        tail_say(t, TAIL_TRUNCATED, g, g->seen > g->offset ? g->seen - g->offset : 0, "was copied and truncated");
    tailgen_close(t, g);
    return is_copy(t, c);
}

/* ---- plain ---- */

static bool copy_of_open(struct tail *t, struct tailcand *c, bool quiet)
{
    if (c->size < SURE_BYTES && !quiet)
        return false;
    for (size_t i = t->n_gens; i-- > 0;) {
        struct tailgen *g = t->gens[i];
        struct stat st;
        struct tailprint p;
        if (g->lost)
            continue;
        if (g->fd >= 0 && fstat(g->fd, &st) == 0 && (uint64_t)st.st_size >= c->size &&
            tailprint_alike(g->fd, c->fd, c->size))
            return true;
        if (g->fd >= 0)
            continue;
        tailgen_print(g, g->offset, &p);
        if (tailprint_begins(&p, first_of(c), c->size) != TAILMATCH_OTHER)
            return true;
    }
    return false;
}

/* Is it where the rest of a closed generation went? */
static enum verdict plain_known(struct tail *t, struct tailcand *c, bool quiet)
{
    for (size_t i = t->n_known; i-- > 0;) {
        struct tailknown *k = &t->known[i];
        if (k->mark.kind == TAILMARK_COPY)
            continue;
        enum tailmatch match = tailprint_file(&k->mark.print, c->fd, c->size);
        bool sure = k->mark.print.n >= SURE_BYTES && c->size >= SURE_BYTES;
        if (match == TAILMATCH_OTHER)
            continue;
        if (c->size == k->mark.print.n || (match == TAILMATCH_SHORTER && (quiet || sure)))
            return is_copy(t, c);
        if (match == TAILMATCH_SHORTER)
            return MORE;
        if (!sure || k->mark.offset == 0)
            continue;
        struct tailgen *g = tailknown_reopen(t, k, &c->rank);
        if (!g)
            return MORE;
        int fd = c->fd;
        c->fd = -1;
        if (!tailgen_attach(t, g, fd, &c->id))
            tailgen_drop(t, g);
        return SETTLED;
    }
    return WAIT;
}

static enum verdict plain_step(struct tail *t, struct tailcand *c, bool quiet)
{
    if (copy_of_open(t, c, quiet))
        return is_copy(t, c);
    for (size_t i = t->n_gens; i-- > 0;) {
        struct tailgen *g = t->gens[i];
        enum tailmatch match = g->lost ? tailprint_file(&g->print, c->fd, c->size) : TAILMATCH_OTHER;
        if (match == TAILMATCH_SHORTER && !quiet)
            return WAIT;
        if (match == TAILMATCH_SHORTER && c->size <= g->offset)
            return finished(t, g, c);
        if (match == TAILMATCH_OTHER)
            continue;
        int fd = c->fd;
        c->fd = -1;
        g->rank = c->rank;
        (void)tailgen_attach(t, g, fd, &c->id);
        return SETTLED;
    }
    enum verdict v = plain_known(t, c, quiet);
    if (v == SETTLED)
        return v;
    if (v == MORE || (!quiet && c->size < TAILPRINT_PREFIX))
        return WAIT;
    return unseen(t, c, false);
}

/* ---- packed ---- */

static void unpack_again(struct tailcand *c)
{
    tailpacked_close(&c->packed);
    c->pos = 0;
    c->last_n = 0;
}

enum unpacked { UNPACKED, UNPACK_MORE, UNPACK_ENDED, UNPACK_BROKEN };

static void keep_last(struct tailcand *c, const char *p, size_t n)
{
    if (n >= sizeof c->last) {
        memcpy(c->last, p + n - sizeof c->last, sizeof c->last);
        c->last_n = sizeof c->last;
        return;
    }
    size_t keep = c->last_n < sizeof c->last - n ? c->last_n : sizeof c->last - n;
    memmove(c->last, c->last + c->last_n - keep, keep);
    memcpy(c->last + keep, p, n);
    c->last_n = keep + n;
}

/* Up to byte `to` and not one further; a big one in several steps. */
static enum unpacked unpack(struct tail *t, struct tailcand *c, uint64_t to)
{
    struct err e;
    size_t budget = CAP_TAIL_STEP_BYTES;
    if (c->pos > to)
        unpack_again(c);
    if (!c->packed.s && !tailpacked_open(&c->packed, c->fd, &e))
        return UNPACK_BROKEN;
    while (c->pos < to) {
        size_t want = to - c->pos < CAP_BLOCK_BYTES ? (size_t)(to - c->pos) : CAP_BLOCK_BYTES, got;
        if (!budget)
            return UNPACK_MORE;
        if (stream_read(c->packed.s, t->block, want, &got, &e) != ERR_OK)
            return UNPACK_BROKEN;
        if (got == 0)
            return UNPACK_ENDED;
        if (c->pos < sizeof c->first) {
            size_t room = sizeof c->first - (size_t)c->pos;
            memcpy(c->first + c->pos, t->block, got < room ? got : room);
            c->first_n = (size_t)c->pos + (got < room ? got : room);
        }
        keep_last(c, t->block, got);
        c->pos += got;
        budget -= got < budget ? got : budget;
    }
    return UNPACKED;
}

/* Compressed while it is still read from its own file? */
static bool packed_of_open(struct tail *t, struct tailcand *c)
{
    for (size_t i = t->n_gens; i-- > 0;) {
        struct tailgen *g = t->gens[i];
        char first[TAILPRINT_PREFIX];
        struct tailprint p;
        if (g->lost || c->first_n == 0)
            continue;
        if (g->fd >= 0 && tailprint_read(g->fd, first, c->first_n, 0) == c->first_n &&
            memcmp(first, c->first, c->first_n) == 0)
            return true;
        if (g->fd >= 0)
            continue;
        tailgen_print(g, g->offset, &p);
        if (tailprint_begins(&p, first_of(c), c->first_n) != TAILMATCH_OTHER)
            return true;
    }
    return false;
}

struct target {
    struct tailgen *gen;
    struct tailknown *known;
    struct tailprint *print;
    uint64_t order;
};

/* The newest generation that begins like it and was not held against it yet. */
static struct target target_of(struct tail *t, struct tailcand *c)
{
    struct target best = { 0 };
    for (size_t i = 0; i < t->n_gens; i++) {
        struct tailgen *g = t->gens[i];
        if (g->lost && g->order < c->passed && g->order > best.order &&
            tailprint_begins(&g->print, first_of(c), c->first_n < TAILPRINT_PREFIX ? c->first_n : UINT64_MAX) !=
                TAILMATCH_OTHER)
            best = (struct target){ .gen = g, .print = &g->print, .order = g->order };
    }
    for (size_t i = 0; i < t->n_known; i++) {
        struct tail_mark *m = &t->known[i].mark;
        if (m->kind == TAILMARK_DONE && m->order < c->passed && m->order > best.order &&
            tailprint_begins(&m->print, first_of(c), c->first_n < TAILPRINT_PREFIX ? c->first_n : UINT64_MAX) !=
                TAILMATCH_OTHER)
            best = (struct target){ .known = &t->known[i], .print = &m->print, .order = m->order };
    }
    return best;
}

static bool packed_history(struct tail *t, struct tailcand *c)
{
    for (size_t i = 0; i < t->n_known; i++) {
        struct tail_mark *m = &t->known[i].mark;
        if (m->kind == TAILMARK_SEEN && m->print.n && (m->print.n >= SURE_BYTES || c->first_n == m->print.n) &&
            tailprint_begins(&m->print, first_of(c), c->first_n < TAILPRINT_PREFIX ? c->first_n : UINT64_MAX) ==
                TAILMATCH_REACHES)
            return true;
    }
    return false;
}

/* A lost one was found in it. */
static enum verdict found(struct tail *t, struct tailcand *c, struct tailgen *g)
{
    if (g->offset == 0) { /* it was only seen, not read */
        unpack_again(c);
        if (unpack(t, c, 0) != UNPACKED)
            return WAIT;
    }
    g->rank = c->rank;
    tailgen_attach_packed(t, g, c, (struct slice){ c->last, c->last_n });
    return SETTLED;
}

/* It has what a closed one has. Has it more? */
static enum verdict goes_on(struct tail *t, struct tailcand *c, struct target *k)
{
    char last[TAILPRINT_MARKER], *ahead;
    size_t n = c->last_n, got;
    struct err e;
    memcpy(last, c->last, n);
    struct tailgen *g;
    ahead = mem_alloc(CAP_BLOCK_BYTES);
    if (stream_read(c->packed.s, ahead, CAP_BLOCK_BYTES, &got, &e) != ERR_OK)
        got = 0;
    enum verdict v = got ? MORE : is_copy(t, c);
    if (got && k->print->n >= SURE_BYTES && (g = tailknown_reopen(t, k->known, &c->rank))) {
        tailgen_attach_packed(t, g, c, (struct slice){ last, n });
        tailgen_give(t, g, (struct slice){ ahead, got });
        v = SETTLED;
    } else if (got && k->print->n < SURE_BYTES) {
        c->passed = k->order;
        unpack_again(c);
    }
    free(ahead);
    return v;
}

static enum verdict packed_step(struct tail *t, struct tailcand *c, bool quiet)
{
    bool waited = t->clock - c->changed_at >= TAIL_HALF_PACKED;
    if (c->stuck && !waited)
        return WAIT;
    enum unpacked u = c->first_n < sizeof c->first ? unpack(t, c, sizeof c->first) : UNPACKED;
    if (u == UNPACK_BROKEN && !waited) {
        c->stuck = true;
        unpack_again(c);
        return WAIT;
    }
    if (packed_of_open(t, c) || packed_history(t, c))
        return quiet || c->first_n >= SURE_BYTES ? is_copy(t, c) : WAIT;
    struct target k = target_of(t, c);
    if (!k.print)
        return quiet && !plain_first(t) ? unseen(t, c, true) : WAIT;
    switch (unpack(t, c, k.print->n)) {
    case UNPACK_MORE: return MORE;
    case UNPACK_BROKEN:
        if (!waited) {
            c->stuck = true;
            unpack_again(c);
            return WAIT;
        }
        /* it stays what it is: a copy that has less */
        __attribute__((fallthrough));
    case UNPACK_ENDED:
        if (!quiet)
            return WAIT;
        if (k.gen && k.gen->offset == 0 && c->pos)
            return found(t, c, k.gen);
        return k.gen ? finished(t, k.gen, c) : is_copy(t, c);
    case UNPACKED: break;
    }
    if (tailprint_marker(k.print, (struct slice){ c->last, c->last_n }))
        return k.gen ? found(t, c, k.gen) : goes_on(t, c, &k);
    c->passed = k.order;
    return MORE;
}

/* ---- */

static enum verdict step(struct tail *t, struct tailcand *c)
{
    struct stat st;
    if (fstat(c->fd, &st) != 0)
        return SETTLED;
    if ((uint64_t)st.st_size != c->size || st.st_mtim.tv_sec != c->mtim.tv_sec ||
        st.st_mtim.tv_nsec != c->mtim.tv_nsec) {
        c->size = (uint64_t)st.st_size;
        c->mtim = st.st_mtim;
        c->changed_at = t->clock;
        c->stuck = false;
        c->first_n = 0;
        c->passed = UINT64_MAX;
        unpack_again(c);
    }
    bool quiet = t->clock - c->changed_at >= TAIL_QUIET_MS;
    if (c->size == 0) { /* kept for a while: it may be a generation whose writer lingers */
        bool enough = t->clock - c->changed_at >= TAIL_LINGER_MS;
        if (enough)
            tailknown_file(t, c->fd, &c->id, 0, TAILMARK_SEEN);
        return enough ? SETTLED : WAIT;
    }
    char head[TAILPRINT_PREFIX];
    size_t n = tailprint_read(c->fd, head, c->size < sizeof head ? (size_t)c->size : sizeof head, 0);
    if (same_file(t, c))
        return is_copy(t, c);
    c->is_packed = format_packed(detect_format((struct slice){ head, n < DETECT_BYTES ? n : DETECT_BYTES }));
    if (c->is_packed)
        return packed_step(t, c, quiet);
    memcpy(c->first, head, n);
    c->first_n = n;
    return n < c->size && n < sizeof head ? WAIT : plain_step(t, c, quiet);
}

bool tailcands_pending(const struct tail *t, bool stuck)
{
    for (size_t i = 0; i < t->n_cands; i++) {
        const struct tailcand *c = t->cands[i];
        if (c->stuck ? stuck : c->size != 0 || t->clock - c->changed_at < TAIL_QUIET_MS)
            return true;
    }
    return false;
}

bool tailcands_step(struct tail *t)
{
    bool more = false;
    for (size_t i = 0; i < t->n_cands;) {
        struct tailcand *c = t->cands[i];
        size_t before = t->n_cands;
        enum verdict v = step(t, c);
        more |= v == MORE;
        if (t->n_cands != before) /* one was added: begin again, later */
            return true;
        if (v != SETTLED) {
            i++;
            continue;
        }
        tailcand_free(c);
        memmove(&t->cands[i], &t->cands[i + 1], (--t->n_cands - i) * sizeof *t->cands);
    }
    return more;
}
