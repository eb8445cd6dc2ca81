/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/tcp.h"

#include "base/caps.h"
#include "base/mem.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 1024 /* doubled as it fills; a power of two */

struct list {
    struct tcp_connection *first, *last;
    size_t count;
};

struct tcp_table {
    struct tcp_connection **slots;
    size_t slot_count, count;
    struct list lists[TCP_LISTS];
    struct tcp_connection *latest; /* packets come in runs */
    struct reassembly_spare spare;
};

struct tcp_table *tcp_table_new(void)
{
    struct tcp_table *t = mem_zalloc(1, sizeof *t);
    t->slot_count = SLOTS_FIRST;
    t->slots = mem_zalloc(t->slot_count, sizeof(struct tcp_connection *));
    return t;
}

void tcp_table_free(struct tcp_table *t)
{
    if (!t)
        return;
    reassembly_spare_clear(&t->spare);
    free(t->slots);
    free(t);
}

/* The same for both directions. */
static uint64_t hash_ends(const struct endpoint *a, const struct endpoint *b)
{
    uint64_t words[5];
    bool swap = memcmp(a, b, sizeof *a) > 0;
    const struct endpoint *low = swap ? b : a, *high = swap ? a : b;
    memcpy(words, low->ip, sizeof low->ip);
    memcpy(words + 2, high->ip, sizeof high->ip);
    words[4] = (uint64_t)low->port << 16 | high->port;
    return hash_bytes(words, sizeof words);
}

/* 0 or 1: the direction from a to b in c; -1: they are others. */
static int direction_in(const struct tcp_connection *c, const struct endpoint *a, const struct endpoint *b)
{
    if (endpoint_eq(&c->end[0], a) && endpoint_eq(&c->end[1], b))
        return 0;
    return endpoint_eq(&c->end[1], a) && endpoint_eq(&c->end[0], b) ? 1 : -1;
}

struct tcp_connection *tcp_find(struct tcp_table *t, const struct tcp_segment *s, unsigned *from)
{
    int way = t->latest ? direction_in(t->latest, &s->from, &s->to) : -1;
    if (way < 0) {
        uint64_t hash = hash_ends(&s->from, &s->to);
        struct tcp_connection *c = t->slots[hash & (t->slot_count - 1)];
        while (c && (c->hash != hash || (way = direction_in(c, &s->from, &s->to)) < 0))
            c = c->chain;
        if (!c)
            return NULL;
        t->latest = c;
    }
    *from = (unsigned)way;
    return t->latest;
}

static void grow(struct tcp_table *t)
{
    size_t n = t->slot_count * 2;
    struct tcp_connection **slots = mem_zalloc(n, sizeof(struct tcp_connection *));
    for (size_t i = 0; i < t->slot_count; i++)
        for (struct tcp_connection *c = t->slots[i], *chain; c; c = chain) {
            chain = c->chain;
            c->chain = slots[c->hash & (n - 1)];
            slots[c->hash & (n - 1)] = c;
        }
    free(t->slots);
    t->slots = slots;
    t->slot_count = n;
}

static void append(struct list *l, struct tcp_connection *c)
{
    c->before = l->last;
    c->after = NULL;
    if (l->last)
        l->last->after = c;
    else
        l->first = c;
    l->last = c;
    l->count++;
}

static void unlink_from(struct list *l, struct tcp_connection *c)
{
    if (c->before)
        c->before->after = c->after;
    else
        l->first = c->after;
    if (c->after)
        c->after->before = c->before;
    else
        l->last = c->before;
    l->count--;
}

struct tcp_connection *tcp_add(struct tcp_table *t, const struct tcp_segment *s, size_t *used)
{
    if (t->count >= t->slot_count)
        grow(t);
    struct tcp_connection *c = mem_zalloc(1, sizeof *c);
    c->end[0] = s->from;
    c->end[1] = s->to;
    c->first_frame = s->frame;
    c->first_ns = s->time_ns;
    reassembly_init(&c->direction[0].stream, used);
    reassembly_init(&c->direction[1].stream, used);
    c->direction[0].stream.spare = c->direction[1].stream.spare = &t->spare;
    c->hash = hash_ends(&s->from, &s->to);
    struct tcp_connection **slot = &t->slots[c->hash & (t->slot_count - 1)];
    c->chain = *slot;
    *slot = c;
    t->count++;
    t->latest = c;
    c->list = TCP_SILENT;
    append(&t->lists[c->list], c);
    return c;
}

void tcp_remove(struct tcp_table *t, struct tcp_connection *c)
{
    struct tcp_connection **at = &t->slots[c->hash & (t->slot_count - 1)];
    while (*at != c)
        at = &(*at)->chain;
    *at = c->chain;
    unlink_from(&t->lists[c->list], c);
    t->count--;
    if (t->latest == c)
        t->latest = NULL;
    reassembly_clear(&c->direction[0].stream);
    reassembly_clear(&c->direction[1].stream);
    free(c);
}

void tcp_touch(struct tcp_table *t, struct tcp_connection *c, enum tcp_list list)
{
    if (c->list == list && !c->after)
        return;
    unlink_from(&t->lists[c->list], c);
    c->list = list;
    append(&t->lists[list], c);
}

struct tcp_connection *tcp_idlest(const struct tcp_table *t, enum tcp_list list)
{
    return t->lists[list].first;
}

size_t tcp_count(const struct tcp_table *t, enum tcp_list list)
{
    return t->lists[list].count;
}
