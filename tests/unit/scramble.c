/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/scramble.h"

#include "base/mem.h"

#include <stdlib.h>

#define SMALL 3000 /* bytes of streams that are cut into single ones */

struct piece {
    enum side from;
    uint64_t at;
    size_t n; /* 0: the SYN */
};

struct pieces {
    struct piece *item;
    size_t count, capacity;
};

static uint64_t next(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

static size_t below(uint64_t *state, size_t n)
{
    return (size_t)(next(state) % n);
}

static void add(struct pieces *p, enum side from, uint64_t at, size_t n)
{
    p->item = mem_grow(p->item, &p->capacity, p->count + 1, sizeof *p->item);
    p->item[p->count++] = (struct piece){ from, at, n };
}

/* Every byte once, and some of them again in other pieces. */
static void cut(struct pieces *p, enum side from, size_t length, uint64_t *state)
{
    static const size_t sizes[] = { 1400, 100, 4, 1 };
    size_t most = sizes[below(state, length < SMALL ? 4 : 2)];
    for (size_t at = 0; at < length;) {
        size_t n = 1 + below(state, most);
        n = n < length - at ? n : length - at;
        add(p, from, at, n);
        at += n;
    }
    for (size_t i = below(state, 20); length && i; i--) {
        size_t at = below(state, length), n = 1 + below(state, length - at);
        add(p, from, at, n < 1400 ? n : 1400);
    }
}

/* Within a distance: near, or all of it. */
static void shuffle(struct pieces *p, size_t from, uint64_t *state)
{
    size_t reach = below(state, 2) ? p->count : 1 + below(state, 20);
    for (size_t i = from; i < p->count; i++) {
        size_t left = p->count - i, j = i + below(state, left < reach ? left : reach);
        struct piece swap = p->item[i];
        p->item[i] = p->item[j];
        p->item[j] = swap;
    }
}

static void put(struct talk *t, const struct bytes stream[2], const struct piece *p, uint64_t *state)
{
    t->time_ns -= 990000; /* a hundredth of what it takes otherwise: no patience ends */
    if (!p->n) {
        talk_syn(t, p->from);
        return;
    }
    struct tcp_segment s = talk_at(t, p->from, p->at, stream[p->from].p + p->at, p->n);
    enum side peer = p->from == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
    s.flags = TCP_ACK;
    s.acknowledged = t->isn[peer] + 1 + (uint32_t)below(state, stream[peer].n + 1);
    talk_put(t, s);
}

void scramble_random(struct talk *t, const struct bytes stream[2], enum scramble how, uint64_t seed)
{
    struct pieces p = { 0 };
    uint64_t state = seed;
    talk_begin(t);
    t->isn[0] = (uint32_t)next(&state);
    t->isn[1] = (uint32_t)next(&state);
    if (how != SCRAMBLE_NO_SYN) {
        add(&p, SIDE_CLIENT, 0, 0);
        add(&p, SIDE_SERVER, 0, 0);
    }
    cut(&p, SIDE_CLIENT, stream[0].n, &state);
    cut(&p, SIDE_SERVER, stream[1].n, &state);
    shuffle(&p, how == SCRAMBLE_ANY ? 2 : 0, &state);
    for (size_t i = 0; i < p.count; i++)
        put(t, stream, &p.item[i], &state);
    free(p.item);
}

void scramble_straight(struct talk *t, const struct bytes stream[2], enum scramble how)
{
    talk_begin(t);
    if (how != SCRAMBLE_NO_SYN)
        talk_open(t);
    for (unsigned i = 0; i < 2; i++) {
        struct buf b = { (char *)(uintptr_t)stream[i].p, stream[i].n, stream[i].n };
        talk_send(t, i ? SIDE_SERVER : SIDE_CLIENT, &b);
    }
}
