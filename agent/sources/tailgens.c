/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/tail_parts.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static size_t least(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

struct tailgen *tailgen_new(struct tail *t, size_t at, uint64_t order)
{
    struct tailgen *g = mem_zalloc(1, sizeof *g);
    memmove(&t->gens[at + 1], &t->gens[at], (t->n_gens - at) * sizeof *t->gens);
    t->gens[at] = g;
    t->n_gens++;
    g->order = order;
    g->fd = -1;
    g->grew_at = t->clock;
    return g;
}

void tailgen_free(struct tailgen *g)
{
    if (g->fd >= 0)
        close(g->fd);
    tailpacked_close(&g->packed);
    free(g->recent);
    free(g);
}

static size_t index_of(const struct tail *t, const struct tailgen *g)
{
    size_t i = 0;
    while (t->gens[i] != g)
        i++;
    return i;
}

void tailgen_drop(struct tail *t, struct tailgen *g)
{
    size_t i = index_of(t, g);
    memmove(&t->gens[i], &t->gens[i + 1], (--t->n_gens - i) * sizeof *t->gens);
    if (t->current == g)
        t->current = NULL;
    if (t->before == g)
        t->before = NULL;
    tailgen_free(g);
}

static struct slice recent(const struct tailgen *g)
{
    return (struct slice){ g->recent ? g->recent : "", g->recent_n };
}

/* The last bytes before the offset, from wherever it is read on. */
static void set_recent(struct tailgen *g, struct slice last)
{
    if (!g->recent)
        g->recent = mem_alloc(RECENT_BYTES);
    if (last.n >= RECENT_BYTES) {
        memcpy(g->recent, last.p + last.n - RECENT_BYTES, RECENT_BYTES);
        g->recent_n = RECENT_BYTES;
        return;
    }
    size_t keep = least(g->recent_n, RECENT_BYTES - last.n);
    memmove(g->recent, g->recent + g->recent_n - keep, keep);
    memcpy(g->recent + keep, last.p, last.n);
    g->recent_n = keep + last.n;
}

static void remember(struct tailgen *g, struct slice bytes)
{
    if (g->offset < sizeof g->first) {
        size_t n = least(bytes.n, sizeof g->first - (size_t)g->offset);
        memcpy(g->first + g->offset, bytes.p, n);
        g->first_n = (size_t)g->offset + n;
    }
    set_recent(g, bytes);
    g->offset += bytes.n;
}

void tailgen_print(const struct tailgen *g, uint64_t n, struct tailprint *p)
{
    struct slice first = { g->first, g->first_n }, last = recent(g);
    if (g->lost && g->first_n == 0) { /* never opened by us */
        *p = g->print;
        return;
    }
    if (n == 0) {
        tailprint_set(p, first.n, first, first);
        return;
    }
    last.n -= least(g->offset - n, last.n);
    tailprint_set(p, n, first, last);
}

void tailgen_give(struct tail *t, struct tailgen *g, struct slice bytes)
{
    const struct tail_sink *k = &t->o.sink;
    if (!g->begun && k->begin)
        k->begin(k->arg, g->order, g->offset, g->place);
    g->begun = true;
    k->bytes(k->arg, g->order, g->offset, bytes);
    remember(g, bytes);
    g->grew_at = t->clock;
    g->at_end = false;
}

static void found(struct tail *t, struct tailgen *g, uint64_t size)
{
    if (g->truncated)
        tail_say(t, TAIL_TRUNCATED, g, g->seen > size ? g->seen - size : 0, "was copied and truncated");
    g->lost = g->restored = g->truncated = g->at_end = g->torn = g->failed = false;
    g->seen = size;
    g->grew_at = t->clock;
}

bool tailgen_attach(struct tail *t, struct tailgen *g, int fd, const struct tailid *id)
{
    struct stat st;
    char last[RECENT_BYTES];
    if (fstat(fd, &st) != 0 || (uint64_t)st.st_size < g->offset) {
        close(fd);
        return false;
    }
    uint64_t seen = g->offset ? g->offset : g->print.n; /* a copy may have less than was seen of its original */
    size_t first = least(seen, (uint64_t)st.st_size < sizeof g->first ? (size_t)st.st_size : sizeof g->first);
    size_t m = least(g->offset, sizeof last);
    if (tailprint_read(fd, g->first, first, 0) != first || tailprint_read(fd, last, m, g->offset - m) != m) {
        close(fd);
        return false;
    }
    g->first_n = first;
    g->recent_n = 0;
    set_recent(g, (struct slice){ last, m });
    g->fd = fd;
    g->id = *id;
    g->was_packed = false;
    memset(&g->ctim, 0, sizeof g->ctim);
    found(t, g, (uint64_t)st.st_size);
    return true;
}

void tailgen_attach_packed(struct tail *t, struct tailgen *g, struct tailcand *c, struct slice last)
{
    g->packed = c->packed;
    c->packed = (struct tailpacked){ 0 };
    g->id = c->id;
    g->was_packed = true;
    g->first_n = g->offset ? least(g->offset, c->first_n) : c->first_n;
    memcpy(g->first, c->first, g->first_n);
    if (g->recent_n < last.n) /* else we have more of the same bytes, and half a line may be held back from them */
        set_recent(g, last);
    found(t, g, g->seen);
}

/* ---- truncation ---- */

/* Lines may well end alike; that a file begins as it did is asked as well. */
static bool intact(const struct tailgen *g)
{
    char now[TAILPRINT_PREFIX];
    struct slice last = recent(g);
    uint64_t at = g->offset;
    if (g->offset == 0)
        last = (struct slice){ g->first, g->first_n };
    else if (last.n > TAILPRINT_MARKER)
        last = slice_from(last, last.n - TAILPRINT_MARKER);
    at -= g->offset ? last.n : 0;
    if (tailprint_read(g->fd, now, last.n, at) != last.n || memcmp(now, last.p, last.n) != 0)
        return false;
    return at == 0 ||
           (tailprint_read(g->fd, now, g->first_n, 0) == g->first_n && memcmp(now, g->first, g->first_n) == 0);
}

/*
 * Cut off in the middle: what is left was given out already. Only where that is sure: a new beginning may well have a
 * few bytes in common with the old one.
 */
static uint64_t chopped(const struct tailgen *g, uint64_t size)
{
    char first[TAILPRINT_PREFIX], last[TAILPRINT_MARKER];
    size_t n = least(size, sizeof first);
    if (size < TAILPRINT_MARKER || size >= g->offset || g->offset - size > g->recent_n - sizeof last)
        return 0;
    bool same = tailprint_read(g->fd, first, n, 0) == n && memcmp(first, g->first, n) == 0 &&
                tailprint_read(g->fd, last, sizeof last, size - sizeof last) == sizeof last &&
                memcmp(last, g->recent + g->recent_n - (g->offset - size) - sizeof last, sizeof last) == 0;
    return same ? size : 0;
}

void tailgen_overwritten(struct tailgen *g)
{
    g->restored = false;
    g->truncated = true;
    memset(&g->id, 0, sizeof g->id);
}

static void lose(struct tail *t, struct tailgen *g)
{
    tailgen_print(g, g->offset, &g->print);
    tailgen_overwritten(g);
    g->fd = -1;
    g->lost = true;
    g->torn = false;
    g->lost_at = t->clock;
    g->adopted_before = t->adopted;
    t->rescan = true;
}

/* Somebody has written something else into an old generation's file: whatever that is. */
static void overwritten(struct tail *t, struct tailgen *g)
{
    if (!tailcand_add(t, g->fd, &g->id, &g->rank)) { /* which closes it */
        g->fd = -1;
        t->scan_failed = true;
    }
    bool complete = g->at_end && g->offset >= g->seen;
    lose(t, g);
    if (complete)
        tailgen_close(t, g);
}

/* Its content is gone, to a copy if all is well; what is in the file now is another generation. */
static void split(struct tail *t, struct tailgen *g, uint64_t size)
{
    if (g != t->current) {
        overwritten(t, g);
        return;
    }
    if (t->n_gens == CAP_TAIL_GENERATIONS) {
        tail_say_once(t, SAID_GENERATIONS, TAIL_LIMIT, "too many generations at once (cap tail-generations)");
        return; /* tried again */
    }
    struct tailgen *n = tailgen_new(t, index_of(t, g) + 1, t->next_order++);
    n->fd = g->fd;
    n->id = g->id;
    n->rank = g->rank;
    n->seen = size;
    n->changed = true;
    n->offset = chopped(g, size);
    if (n->offset) {
        n->first_n = least(n->offset, sizeof n->first);
        memcpy(n->first, g->first, n->first_n);
        set_recent(n, (struct slice){ g->recent, g->recent_n - (size_t)(g->offset - size) });
        n->place = n->recent[n->recent_n - 1] == '\n' ? TAIL_AT_LINE : TAIL_IN_LINE;
    }
    t->current = n;
    lose(t, g);
}

static void check(struct tail *t, struct tailgen *g)
{
    struct stat st;
    if (fstat(g->fd, &st) != 0)
        return;
    uint64_t size = (uint64_t)st.st_size;
    bool differs =
        g->torn || size != g->seen || st.st_ctim.tv_sec != g->ctim.tv_sec || st.st_ctim.tv_nsec != g->ctim.tv_nsec;
    bool again = differs || g->changed; /* stamps are coarse: what has just changed is looked at once more */
    g->changed = differs;
    g->ctim = st.st_ctim;
    if (again && (size < g->offset || !intact(g))) {
        split(t, g, size);
        return;
    }
    g->torn = false;
    if (size < g->seen && g->seen > g->offset)
        tail_say(t, TAIL_TRUNCATED, g, g->seen - (size > g->offset ? size : g->offset), "its end was cut off");
    if (size > g->seen)
        g->grew_at = t->clock;
    g->seen = size;
}

void tailgens_check(struct tail *t)
{
    for (size_t i = t->n_gens; i-- > 0;) /* from behind: one may be dropped, or one be put behind it */
        if (t->gens[i]->fd >= 0)
            check(t, t->gens[i]);
}

/* Those that have to wait: so that it is seen when they are truncated before they were read. */
void tailgens_peek(struct tail *t)
{
    for (size_t i = 0; i < t->n_gens; i++) {
        struct tailgen *g = t->gens[i];
        if (g->fd >= 0 && g->offset == 0 && g->first_n < sizeof g->first && g->seen > g->first_n)
            g->first_n += tailprint_read(g->fd, g->first + g->first_n, sizeof g->first - g->first_n, g->first_n);
    }
}

/* ---- reading ---- */

static void unreadable(struct tail *t, struct tailgen *g, const char *text)
{
    if (!g->failed)
        tail_say(t, TAIL_UNREADABLE, g, 0, text);
    g->failed = true;
    g->at_end = true;
}

/* A writer without O_APPEND goes on where it was: before that there is nothing, which is read as NUL bytes. */
static void pass_hole(struct tail *t, struct tailgen *g)
{
    static const char zeros[TAILPRINT_PREFIX];
    off_t data = g->seen ? lseek(g->fd, 0, SEEK_DATA) : 0;
    if (data <= 0)
        return;
    tail_say(t, TAIL_HOLE, g, (uint64_t)data, "begins with a hole");
    memset(g->first, 0, sizeof g->first);
    g->first_n = least((uint64_t)data, sizeof g->first);
    set_recent(g, (struct slice){ zeros, g->first_n });
    g->offset = (uint64_t)data;
    g->place = TAIL_AT_LINE;
}

/* Marker and new bytes in one go, so that what comes is the continuation of what came. */
static size_t read_plain(struct tail *t, struct tailgen *g)
{
    if (g->offset == 0)
        pass_hole(t, g);
    struct slice last = recent(g);
    if (last.n > TAILPRINT_MARKER)
        last = slice_from(last, last.n - TAILPRINT_MARKER);
    ssize_t k;
    do
        k = pread(g->fd, t->block, CAP_BLOCK_BYTES, (off_t)(g->offset - last.n));
    while (k < 0 && errno == EINTR);
    if (k < 0) {
        unreadable(t, g, strerror(errno));
        return 0;
    }
    bool same = (size_t)k >= last.n && memcmp(t->block, last.p, last.n) == 0;
    if (same && g->offset == 0) /* as it was when we had a glimpse of it */
        same = (size_t)k >= g->first_n && memcmp(t->block, g->first, g->first_n) == 0;
    if (!same) {
        g->torn = g->at_end = true;
        return 0;
    }
    struct slice fresh = { t->block + last.n, (size_t)k - last.n };
    if (fresh.n)
        tailgen_give(t, g, fresh);
    g->at_end = (size_t)k < CAP_BLOCK_BYTES;
    g->failed = false;
    return fresh.n;
}

static size_t read_packed(struct tail *t, struct tailgen *g)
{
    struct err e;
    size_t got = 0;
    enum err_code code = stream_read(g->packed.s, t->block, CAP_BLOCK_BYTES, &got, &e);
    if (code != ERR_OK) {
        unreadable(t, g, e.text);
        tail_say(t, TAIL_GAP, g, 0, "a compressed generation is damaged or ends too early");
        got = 0;
    }
    if (got)
        tailgen_give(t, g, (struct slice){ t->block, got });
    else
        g->at_end = g->end_is_near = true;
    return got;
}

bool tailgens_read(struct tail *t)
{
    size_t budget = CAP_TAIL_STEP_BYTES;
    bool more = false;
    if (t->starting && tailcands_pending(t, false))
        return false; /* one that is older may be among them */
    for (size_t i = 0; i < t->n_gens; i++) {
        struct tailgen *g = t->gens[i];
        if (g->lost)
            return more; /* the older one first */
        g->at_end = g->fd >= 0 && g->seen == g->offset && !g->changed;
        while (!g->at_end && budget) {
            size_t got = g->fd >= 0 ? read_plain(t, g) : read_packed(t, g);
            budget -= got < budget ? got : budget;
        }
        if (!g->at_end)
            return true;
        more |= g->torn;
    }
    return more;
}

/* ---- the end ---- */

void tailgen_mark(const struct tail *t, const struct tailgen *g, struct tail_mark *m)
{
    const struct tail_sink *k = &t->o.sink;
    *m = (struct tail_mark){ .kind = TAILMARK_OPEN, .place = g->place, .packed = g->was_packed, .log = t->log };
    m->order = g->order;
    m->offset = g->offset;
    m->id = g->id;
    if (g->begun) {
        m->place = TAIL_AT_LINE;
        size_t held = k->held ? k->held(k->arg, g->order, &m->place) : 0;
        m->offset -= least(held, CAP_TAIL_LINE_BYTES);
    }
    tailgen_print(g, m->offset, &m->print);
}

void tailgen_close(struct tail *t, struct tailgen *g)
{
    const struct tail_sink *k = &t->o.sink;
    struct tail_mark m;
    tailgen_mark(t, g, &m);
    if (m.offset != g->offset) {
        m.place = TAIL_IN_LINE;
        m.offset = g->offset;
        tailgen_print(g, g->offset, &m.print);
    }
    m.kind = TAILMARK_DONE;
    if (g->begun && k->end)
        k->end(k->arg, g->order);
    tailknown_add(t, &m);
    tailgen_drop(t, g);
}

static bool pinned(const struct tail *t, const struct tailgen *g)
{
    return !g->lost && g != t->current && g->at_end && !g->torn && (g->fd >= 0 || g->end_is_near);
}

void tailgens_retire(struct tail *t)
{
    for (;;) {
        struct tailgen *quietest = NULL;
        size_t n = 0;
        for (size_t i = 0; i < t->n_gens; i++) {
            struct tailgen *g = t->gens[i];
            if (!pinned(t, g))
                continue;
            n++;
            if (g->end_is_near || t->clock - g->grew_at >= TAIL_LINGER_MS) {
                quietest = g;
                n = CAP_TAIL_PINNED + 1;
                break;
            }
            if (!quietest || g->grew_at < quietest->grew_at)
                quietest = g;
        }
        if (n <= CAP_TAIL_PINNED)
            return;
        tailgen_close(t, quietest);
    }
}
