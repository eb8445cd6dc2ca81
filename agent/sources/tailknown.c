/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/tail_parts.h"

/*
 * A folder that is being rotated is never seen at one moment: a file may be missed by a scan. One that was read may
 * also come back compressed. So they are remembered for a while.
 */
#define SCANS_MISSING 8
#define GONE_MOST 16

struct tailknown *tailknown_find(struct tail *t, const struct tailid *id)
{
    for (size_t i = t->n_known; i-- > 0;)
        if (tailid_same(&t->known[i].mark.id, id))
            return &t->known[i];
    return NULL;
}

void tailknown_remove(struct tail *t, struct tailknown *k)
{
    size_t i = (size_t)(k - t->known);
    memmove(k, k + 1, (--t->n_known - i) * sizeof *k);
}

void tailknown_add(struct tail *t, const struct tail_mark *m)
{
    if (t->n_known == CAP_TAIL_KNOWN) {
        size_t victim = 0;
        for (size_t i = 1; i < t->n_known; i++)
            if (t->known[i].missing > t->known[victim].missing)
                victim = i;
        tailknown_remove(t, &t->known[victim]);
    }
    t->known[t->n_known++] = (struct tailknown){ .mark = *m };
}

void tailknown_file(struct tail *t, int fd, const struct tailid *id, uint64_t n, enum tailmark_kind kind)
{
    struct tail_mark m = { .kind = kind, .log = t->log, .offset = n, .id = *id };
    if (!tailprint_of_file(&m.print, fd, n)) { /* shrank, or can't be read: then it is known by its identity alone */
        m.offset = 0;
        memset(&m.print, 0, sizeof m.print);
    }
    size_t last = m.offset < TAILPRINT_MARKER ? (size_t)m.offset : TAILPRINT_MARKER;
    m.place = last && m.print.marker[last - 1] != '\n' ? TAIL_IN_LINE : TAIL_AT_LINE;
    tailknown_add(t, &m);
}

/* Those without a file, the oldest first; a copy without a file is nothing to anybody. */
void tailknown_forget(struct tail *t)
{
    size_t gone = 0;
    for (size_t i = t->n_known; i-- > 0;) {
        struct tailknown *k = &t->known[i];
        if (k->missing < SCANS_MISSING)
            continue;
        if (k->mark.kind == TAILMARK_COPY || ++gone > GONE_MOST)
            tailknown_remove(t, k);
    }
}

struct tailgen *tailknown_reopen(struct tail *t, struct tailknown *k, const struct generation *rank)
{
    struct tail_mark m = k->mark;
    if (t->n_gens == CAP_TAIL_GENERATIONS)
        return NULL;
    struct tailgen *g = tailgen_new(t, tailscan_position(t, rank), m.order ? m.order : t->next_order++);
    g->id = m.id;
    g->rank = *rank;
    g->lost = true;
    g->was_packed = m.packed;
    g->place = m.place;
    g->offset = g->seen = m.offset;
    g->print = m.print;
    tailknown_remove(t, k);
    return g;
}
