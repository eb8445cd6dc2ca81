/* SPDX-License-Identifier: BSD-2-Clause */
/* Pieces become logs, and generations a stream: also a line that a rotation has cut becomes one again. */
#include "agent/sources/logs_parts.h"

#include "base/caps.h"
#include "base/mem.h"

#include <stdlib.h>

/* ---- lines at the edges ---- */

void edge_clear(struct edge *e)
{
    buf_clear(&e->line.text);
    *e = (struct edge){ .log = 0 };
}

static void edge_drop(struct logs *l, struct edge *e)
{
    l->loose_bytes -= e->line.text.n;
    edge_clear(e);
}

static void edge_move(struct edge *to, struct edge *from)
{
    *to = *from; /* transferred */
    *from = (struct edge){ .log = 0 };
}

static void edge_take(struct logs *l, struct log *g, struct edge *to, struct loose_line *from, uint64_t number)
{
    if (!from->there)
        return;
    *to = (struct edge){ .line = *from, .log = (size_t)(g - l->all), .number = number }; /* transferred */
    *from = (struct loose_line){ 0 };
    l->loose_bytes += to->line.text.n;
}

/* The line by itself, numbered 1. It was counted as a line, and its bytes were, too. */
static struct segment *edge_read(struct logs *l, struct edge *e, bool left_known)
{
    const struct log *g = &l->all[e->log];
    struct logstream_options o = logs_options(l, g);
    o.left_known = left_known;
    struct logstream *ls = logstream_new(&o);
    struct log_counts n;
    logstream_feed(ls, e->line.text.p, e->line.text.n);
    struct segment *segment = logstream_finish(ls, &n);
    n.bytes = n.lines = 0;
    log_counts_add(&l->x.c->sources[g->source].n, &n);
    edge_drop(l, e);
    return segment;
}

static void edge_append(struct logs *l, struct segment *left, struct edge *e)
{
    uint64_t before = e->number - 1;
    if (e->line.there)
        segment_join(left, edge_read(l, e, false), before);
}

/* Their other halves won't come any more. */
static void read_edges(struct logs *l, struct log *g)
{
    if (g->first.line.there) {
        struct segment *first = edge_read(l, &g->first, false);
        segment_join(first, g->segment, 0);
        g->segment = first;
    }
    edge_append(l, g->segment, &g->last);
}

/* ---- one log ---- */

static void take_first(struct logs *l, struct log *g)
{
    edge_take(l, g, &g->first, &g->pieces[0].first, 1);
}

/* Reads a piece again that had too much that depends on what is left of it: now that is known. */
static void read_again(struct logs *l, struct log *g, struct piece *p, struct segment **at)
{
    if (!*at && g->first.line.there)
        *at = edge_read(l, &g->first, true);
    *at = piece_run_behind(p, *at, g->as_read.lines);
}

/*
 * The parts of a log, appended to *at (NULL: they begin it); the numbers go to its source. What lies behind a part that
 * was interrupted is dropped: its line numbers can't be known, and a report that stops at a line is plainer than one
 * with a hole.
 */
static void count(struct logs *l, struct log *g, struct segment **at)
{
    struct source *s = &l->x.c->sources[g->source];
    bool interrupted = false;
    take_first(l, g);
    g->counted = true;
    for (size_t i = 0; i < g->piece_count; i++) {
        struct piece *p = &g->pieces[i];
        if (p->again && !interrupted)
            read_again(l, g, p, at);
        else if (*at && !interrupted)
            segment_join(*at, p->segment, g->as_read.lines);
        else if (!*at)
            *at = p->segment;
        else
            segment_free(p->segment);
        p->segment = NULL; /* transferred, or gone */
        if (!interrupted) {
            log_counts_add(&g->as_read, &p->counts);
            edge_take(l, g, &g->last, &p->last, g->as_read.lines);
        }
        s->partial |= p->err.code != ERR_OK;
        interrupted |= p->err.code == ERR_INTERRUPTED;
        g->torn |= p->torn;
        piece_clear(p);
    }
    log_counts_add(&s->n, &g->as_read);
    if (s->partial) /* its end is where the damage is, not where its neighbour begins */
        edge_append(l, *at, &g->last);
}

/* As count(), for a log whose neighbours need not be known. */
static void count_alone(struct logs *l, struct log *g)
{
    count(l, g, &g->segment);
    if (l->loose_bytes <= CAP_LOOSE_BYTES || !(g->first.line.there || g->last.line.there))
        return;
    casefile_problem(l->x.c, g->path, "a line that is cut where this log begins or ends is two (cap loose-bytes)");
    read_edges(l, g);
}

static bool done(const struct log *g)
{
    for (size_t i = 0; i < g->piece_count; i++)
        if (!atomic_load_explicit(&g->pieces[i].done, memory_order_acquire))
            return false;
    return g->piece_count != 0;
}

/* Is there a part that can only be read when all that is left of it was? It must be done(). */
static bool needs_left(const struct log *g)
{
    for (size_t i = 0; i < g->piece_count; i++)
        if (g->pieces[i].again)
            return true;
    return false;
}

/*
 * Each log keeps no more for its older neighbours than a cap, but there may be many. Past another cap this one has to
 * be read again, when they are known, or has none.
 */
static void bound_heads(struct logs *l, struct log *g)
{
    size_t kept = 0;
    for (size_t i = 0; i < g->piece_count; i++)
        kept += g->pieces[i].segment ? segment_head_bytes(g->pieces[i].segment) : 0;
    l->head_bytes += kept;
    if (l->head_bytes <= CAP_HEADS_BYTES)
        return;
    l->head_bytes -= kept;
    for (size_t i = 0; i < g->piece_count; i++)
        piece_forget(&g->pieces[i]);
}

/* ---- generations ---- */

/* messages.1 and messages.1.gz with the same text: unpacked by hand and left there. */
static bool twins(const struct log *a, const struct log *b)
{
    const struct log_counts *x = &a->as_read, *y = &b->as_read;
    return x->bytes == y->bytes && x->lines == y->lines && x->events == y->events;
}

static void leave_out(struct logs *l, const struct log *kept, struct log *twin)
{
    twin->twin_of = kept->path;
    l->x.c->sources[twin->source].n = (struct log_counts){ 0 };
    edge_drop(l, &twin->first);
    edge_drop(l, &twin->last);
    segment_free(twin->segment);
    twin->segment = NULL;
}

static struct log *head_of(struct logs *l, struct log *g)
{
    while (g->head != NO_HEAD)
        g = &l->all[g->head];
    return g;
}

/* Does b go on at the byte where a ends? Of dates nobody knows whether there was another one in between. */
static bool goes_on(const struct log *a, const struct log *b)
{
    const struct generation *x = &a->generation, *y = &b->generation;
    if (y->age == 2)
        return x->age != 1 || x->rank >= UINT64_MAX - 1;
    return x->age == 0 || x->rank + 1 == y->rank;
}

/* Can no other generation come between the two any more? */
static bool adjacent(const struct log *a, const struct log *b, enum logs_phase phase)
{
    return phase != LOGS_SOME || (a->generation.age == 1 && b->generation.age == 1 && goes_on(a, b));
}

/* "<134>" belongs to the stamp behind it, and so does RFC 5424's "<134>1 ". */
static bool is_priority(struct slice s)
{
    uint32_t value;
    if (slice_ends(s, SLICE(">1 ")))
        s.n -= 2;
    return s.n > 2 && s.p[0] == '<' && s.p[s.n - 1] == '>' &&
           slice_u32((struct slice){ s.p + 1, s.n - 2 }, 999, &value);
}

/*
 * Where two generations meet: the end of the one and the beginning of the other are one line, if the one has no newline
 * and the other no stamp. Whatever is a whole line now goes to the end of head's segment. Returns whether they were.
 */
static bool join_edges(struct logs *l, struct log *head, struct log *b, bool neighbours)
{
    struct edge *end = head->first.line.open ? &head->first : &head->last;
    bool begins = b->first.line.there, glued = begins && neighbours && end->line.there;
    bool through = begins && b->first.line.open; /* b is a part of one line and no more */
    if (glued) {
        buf_slice(&end->line.text, buf_as_slice(&b->first.line.text));
        l->loose_bytes += b->first.line.text.n;
        edge_drop(l, &b->first);
    }
    if (!begins && neighbours && is_priority(buf_as_slice(&end->line.text))) {
        l->x.c->sources[l->all[end->log].source].n.lines--;
        edge_drop(l, end);
    }
    end->line.open = glued && through;
    if (end == &head->last && !end->line.open)
        edge_append(l, head->segment, end);
    if (begins && !glued && through)
        edge_move(&head->last, &b->first);
    else if (begins && !glued)
        edge_append(l, head->segment, &b->first);
    return glued;
}

/* Both are of one stream, b the newer. a was counted; b too, unless it waits for that. */
static void join(struct logs *l, struct log *a, struct log *b)
{
    struct log *head = head_of(l, a);
    if (!b->counted)
        take_first(l, b);
    bool empty = b->counted && b->as_read.bytes == 0;
    bool glued = !empty && join_edges(l, head, b, goes_on(a, b));
    if (!b->counted) {
        count(l, b, &head->segment);
    } else {
        segment_join(head->segment, b->segment, 0);
        b->segment = NULL; /* transferred */
    }
    l->x.c->sources[b->source].n.lines -= glued; /* the line is counted where it begins */
    if (b->last.line.there)
        edge_move(&head->last, &b->last);
    b->head = (size_t)(head - l->all);
}

void logs_join_ready(struct logs *l, enum logs_phase phase)
{
    struct log **order = logs_sorted(l), *before = NULL;
    l->joined_at = l->count;
    l->head_bytes = 0;
    for (size_t i = 0; i < l->count; i++)
        l->head_bytes += l->all[i].segment ? segment_head_bytes(l->all[i].segment) : 0;
    for (size_t i = 0; i < l->count; i++) {
        struct log *g = order[i];
        bool next = before && before->stream == g->stream;
        /* the first that was seen of a generation is the one that others are joined to, ready or not */
        bool same_age = next && names_older(&before->generation, &g->generation) == 0;
        bool read = !g->counted && done(g);
        if (read && next && !needs_left(g))
            bound_heads(l, g);
        bool waits = read && needs_left(g);
        if (read && (!waits || (phase == LOGS_READ && (!next || same_age))))
            count_alone(l, g);
        if (g->apart)
            continue;
        if (same_age) {
            g->apart = before->counted && g->counted;
            if (g->apart && twins(before, g))
                leave_out(l, before, g);
            continue;
        }
        bool ready = g->counted || (waits && phase == LOGS_READ);
        if (next && before->counted && ready && g->head == NO_HEAD && adjacent(before, g, phase))
            join(l, before, g);
        before = g;
    }
    free(order);
}

void logs_join_rest(struct logs *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->all[i].segment)
            read_edges(l, &l->all[i]);
}
