/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/wiregroups.h"

#include "base/mem.h"
#include "base/strings.h"

#include <stdlib.h>

struct slot {
    uint64_t hash;
    uint32_t group; /* its number and 1; 0: free */
};

struct maker {
    const struct casefile *c;
    struct wiregroups *g;
    struct slot *slots;
    size_t mask;
    struct buf key, other;
};

static void put(struct buf *b, const void *p, size_t n)
{
    if (n)
        buf_put(b, p, n);
}

static void put_number(struct buf *b, uint64_t n)
{
    buf_put(b, &n, sizeof n);
}

static void put_side(struct buf *b, const struct wire_side *s, bool port)
{
    buf_put(b, s->at.ip, sizeof s->at.ip);
    put_number(b, port ? s->at.port : 0);
    put_number(b, s->chain_count);
    put(b, s->chain, s->chain_count * sizeof *s->chain);
    put_number(b, s->seen);
    put_number(b, s->encrypted);
    put_number(b, (uint64_t)(s->gaps > 0) << 1 | (s->conflicts > 0));
    put_number(b, s->fault_count);
    for (size_t i = 0; i < s->fault_count; i++) {
        const struct chain_fault *f = &s->faults[i];
        put_number(b, (uint64_t)f->kind << 32 | (uint64_t)f->depth << 2 | (uint64_t)f->then << 1 | f->now);
    }
}

/*
 * All that makes two connections the same thing. What differs between attempts is not in it: ports, times, frames; an
 * early end is a matter of milliseconds, and where it means something the verdict says so.
 */
static void put_key(struct buf *b, const struct wire *w)
{
    buf_reset(b);
    put_side(b, &w->side[SIDE_CLIENT], false);
    put_side(b, &w->side[SIDE_SERVER], true);
    put_number(b, (uint64_t)w->version << 48 | (uint64_t)w->offered << 32 | (uint64_t)w->cipher << 16 | w->state);
    put_number(b, (uint64_t)w->direction_known << 3 | (uint64_t)w->resumed << 2 |
                      (uint64_t)w->post_handshake_auth << 1 | (w->malformed > 0));
    put_number(b, (uint64_t)w->verdict << 32 | (uint64_t)w->severity << 16 | (uint64_t)w->confidence);
    put_number(b, w->finding);
    put_number(b, w->renegotiations > 0);
    put_number(b, w->accepted_count);
    for (size_t i = 0; i < w->accepted_count; i++)
        buf_put(b, w->accepted[i], strlen(w->accepted[i]) + 1);
    put_number(b, w->alert_count);
    for (size_t i = 0; i < w->alert_count; i++) {
        const struct wire_alert *a = &w->alerts[i];
        put_number(
            b, (uint64_t)a->from << 32 | (uint64_t)a->encrypted << 16 | (uint64_t)a->level << 8 | a->description);
    }
    put_number(b, w->alerts_more > 0);
}

static bool same(struct maker *m, const struct wire *w)
{
    put_key(&m->other, w);
    return slice_eq(buf_as_slice(&m->key), buf_as_slice(&m->other));
}

static void grow(struct maker *m)
{
    size_t mask = m->slots ? m->mask * 2 + 1 : 255;
    struct slot *slots = mem_zalloc(mask + 1, sizeof *slots);
    for (size_t i = 0; m->slots && i <= m->mask; i++) {
        size_t at = m->slots[i].hash & mask;
        if (!m->slots[i].group)
            continue;
        while (slots[at].group)
            at = (at + 1) & mask;
        slots[at] = m->slots[i];
    }
    free(m->slots);
    m->slots = slots;
    m->mask = mask;
}

/* The group of the wire whose key was made; a new one when there is none. */
static struct wiregroup *find(struct maker *m)
{
    struct wiregroups *g = m->g;
    if (!m->slots || g->count * 2 > m->mask)
        grow(m);
    uint64_t hash = hash_bytes(m->key.p, m->key.n);
    size_t at = hash & m->mask;
    for (; m->slots[at].group; at = (at + 1) & m->mask) {
        struct wiregroup *known = &g->groups[m->slots[at].group - 1];
        if (m->slots[at].hash == hash && same(m, &m->c->wires[known->first]))
            return known;
    }
    g->groups = mem_grow(g->groups, &g->capacity, g->count + 1, sizeof *g->groups);
    m->slots[at] = (struct slot){ hash, (uint32_t)++g->count };
    g->groups[g->count - 1] = (struct wiregroup){ 0 };
    return &g->groups[g->count - 1];
}

static void add(struct maker *m, uint32_t number)
{
    const struct wire *w = &m->c->wires[number];
    put_key(&m->key, w);
    struct wiregroup *group = find(m);
    m->g->next[number] = WIREGROUPS_END;
    if (group->count++ == 0) {
        *group = (struct wiregroup){ number, number, number, 1, w->first_ns, w->last_ns };
        return;
    }
    m->g->next[group->tail] = number;
    group->tail = number;
    if (w->first_ns >= m->c->wires[group->latest].first_ns)
        group->latest = number;
    group->first_ns = w->first_ns < group->first_ns ? w->first_ns : group->first_ns;
    group->last_ns = w->last_ns > group->last_ns ? w->last_ns : group->last_ns;
}

static int by_severity(const void *pa, const void *pb, void *data)
{
    const struct casefile *c = data;
    const struct wiregroup *a = pa, *b = pb;
    enum severity sa = c->wires[a->first].severity, sb = c->wires[b->first].severity;
    if (sa != sb)
        return sa > sb ? -1 : 1;
    return a->first < b->first ? -1 : a->first > b->first;
}

void wiregroups_init(struct wiregroups *g, const struct casefile *c)
{
    *g = (struct wiregroups){ .next = mem_zalloc(c->wire_count, sizeof *g->next) };
    struct maker m = { .c = c, .g = g };
    for (size_t i = 0; i < c->wire_count; i++)
        add(&m, (uint32_t)i);
    if (g->count)
        qsort_r(g->groups, g->count, sizeof *g->groups, by_severity, (void *)c);
    free(m.slots);
    buf_clear(&m.key);
    buf_clear(&m.other);
}

void wiregroups_clear(struct wiregroups *g)
{
    free(g->groups);
    free(g->next);
    *g = (struct wiregroups){ 0 };
}
