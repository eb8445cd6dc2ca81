/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection in several captures, taken at both ends, or in the files of a ring: it is counted once. The random
 * bytes of its ClientHello tell it, whatever the captures' clocks; without one its ends and times do.
 */
#include "agent/diagnosis/casefile.h"
#include "agent/diagnosis/wirejudge.h"
#include "base/mem.h"

#include <stdlib.h>

#define NEAR_NS 2000000000LL /* what two captures' clocks may differ by, where nothing but time tells */
#define LOOKED_AT 64         /* earlier connections of the same ends that one is held against */

struct place {
    struct endpoint low, high;
    int64_t first_ns;
    uint32_t index;
    bool dropped;
};

static int by_ends(const void *x, const void *y)
{
    const struct place *a = x, *b = y;
    int d = memcmp(&a->low, &b->low, sizeof a->low);
    if (d == 0)
        d = memcmp(&a->high, &b->high, sizeof a->high);
    if (d == 0 && a->first_ns != b->first_ns)
        d = a->first_ns < b->first_ns ? -1 : 1;
    return d ? d : (a->index > b->index) - (a->index < b->index);
}

static bool same_ends(const struct place *a, const struct place *b)
{
    return memcmp(&a->low, &b->low, sizeof a->low) == 0 && memcmp(&a->high, &b->high, sizeof a->high) == 0;
}

/* Both of the same ends; `a` has begun first. */
static bool same(const struct wire *a, const struct wire *b)
{
    if (a->source == b->source || a->probe || b->probe)
        return false;
    if (a->client_random && b->client_random)
        return a->client_random == b->client_random;
    /* a tunnel that goes on in the next file of a ring */
    if (b->state == CONNECTION_MID_STREAM && !a->ended && (a->client_random || a->state == CONNECTION_MID_STREAM))
        return true;
    return b->first_ns - NEAR_NS <= a->last_ns;
}

/* Does `a` show all that `b` does? */
static bool covers(const struct wire *a, const struct wire *b)
{
    return a->state >= b->state && a->alert_count >= b->alert_count &&
           a->side[0].chain_count >= b->side[0].chain_count && a->side[1].chain_count >= b->side[1].chain_count;
}

static void hold_against(struct casefile *c, struct place *now, struct place *before)
{
    struct wire *a = &c->wires[before->index], *b = &c->wires[now->index];
    if (!covers(a, b) && !covers(b, a))
        return; /* each has its part of the truth */
    struct place *worse = covers(a, b) ? now : before;
    struct wire *kept = worse == now ? a : b, *other = worse == now ? b : a;
    kept->copies += other->copies + 1;
    if (other->first_ns < kept->first_ns && !kept->client_random)
        kept->first_ns = other->first_ns;
    worse->dropped = true;
}

static void look_back(struct casefile *c, struct place *all, size_t i)
{
    for (size_t k = i; k > 0 && i - k < LOOKED_AT && same_ends(&all[k - 1], &all[i]) && !all[i].dropped; k--)
        if (!all[k - 1].dropped && same(&c->wires[all[k - 1].index], &c->wires[all[i].index]))
            hold_against(c, &all[i], &all[k - 1]);
}

static void compact(struct casefile *c, const struct place *all)
{
    bool *dropped = mem_zalloc(c->wire_count, sizeof *dropped);
    size_t kept = 0;
    for (size_t i = 0; i < c->wire_count; i++)
        dropped[all[i].index] = all[i].dropped;
    for (size_t i = 0; i < c->wire_count; i++) {
        if (dropped[i])
            wire_clear(&c->wires[i]);
        else
            c->wires[kept++] = c->wires[i];
    }
    c->wire_count = kept;
    free(dropped);
}

void wiresame_drop(struct casefile *c)
{
    bool several = false;
    for (size_t i = 1; i < c->wire_count; i++)
        several |= c->wires[i].source != c->wires[0].source;
    if (!several)
        return;
    struct place *all = mem_zalloc(c->wire_count, sizeof *all);
    for (size_t i = 0; i < c->wire_count; i++) {
        const struct wire *w = &c->wires[i];
        bool swap = memcmp(&w->side[0].at, &w->side[1].at, sizeof w->side[0].at) > 0;
        all[i] = (struct place){ w->side[swap].at, w->side[!swap].at, w->first_ns, (uint32_t)i, false };
    }
    qsort(all, c->wire_count, sizeof *all, by_ends);
    for (size_t i = 1; i < c->wire_count; i++)
        look_back(c, all, i);
    compact(c, all);
    free(all);
}
