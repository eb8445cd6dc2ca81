/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/slots.h"

#include "base/mem.h"

#include <stdlib.h>

#define CHUNK SLOTS_CHUNK

struct slots {
    struct slots_chunks chunks;
    size_t chunk_count, chunk_capacity;
    uint32_t used, spare; /* first never used; head of the list of spare ones */
    uint32_t *index;      /* open addressing; SLOT_NONE is free */
    size_t index_size, count;
};

static uint64_t hash(uint32_t host, uint32_t pid, uint32_t tid)
{
    return hash_u64(((uint64_t)pid << 32 | tid) ^ (uint64_t)host * 0x9e3779b97f4a7c15);
}

static uint32_t *index_new(size_t size)
{
    uint32_t *index = mem_alloc(size * sizeof *index);
    memset(index, 0xff, size * sizeof *index);
    return index;
}

struct slots *slots_new(void)
{
    struct slots *t = mem_zalloc(1, sizeof *t);
    t->spare = SLOT_NONE;
    t->index_size = 32;
    t->index = index_new(t->index_size);
    return t;
}

void slots_free(struct slots *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->chunk_count; i++)
        free(t->chunks.chunk[i]);
    free(t->chunks.chunk);
    free(t->index);
    free(t);
}

static const struct attempt *attempt_at(const struct slots *t, uint32_t n)
{
    return &t->chunks.chunk[n / CHUNK][n % CHUNK].a;
}

size_t slots_count(const struct slots *t)
{
    return t->count;
}

uint32_t slots_find(const struct slots *t, uint32_t host, uint32_t pid, uint32_t tid)
{
    size_t mask = t->index_size - 1;
    for (size_t at = hash(host, pid, tid) & mask; t->index[at] != SLOT_NONE; at = (at + 1) & mask) {
        const struct attempt *a = attempt_at(t, t->index[at]);
        if (a->tid == tid && a->pid == pid && a->host == host)
            return t->index[at];
    }
    return SLOT_NONE;
}

static void index_put(struct slots *t, uint32_t n)
{
    const struct attempt *a = attempt_at(t, n);
    size_t mask = t->index_size - 1, at = hash(a->host, a->pid, a->tid) & mask;
    while (t->index[at] != SLOT_NONE)
        at = (at + 1) & mask;
    t->index[at] = n;
}

static void index_enlarge(struct slots *t)
{
    uint32_t *old = t->index;
    size_t size = t->index_size;
    t->index_size *= 2;
    t->index = index_new(t->index_size);
    for (size_t i = 0; i < size; i++)
        if (old[i] != SLOT_NONE)
            index_put(t, old[i]);
    free(old);
}

uint32_t slots_add(struct slots *t, uint32_t host, uint32_t pid, uint32_t tid)
{
    uint32_t n = t->spare;
    if (n != SLOT_NONE) {
        t->spare = slots_at(t, n)->newer;
    } else {
        if (t->used == t->chunk_count * CHUNK) {
            t->chunks.chunk =
                mem_grow(t->chunks.chunk, &t->chunk_capacity, t->chunk_count + 1, sizeof *t->chunks.chunk);
            t->chunks.chunk[t->chunk_count++] = mem_zalloc(CHUNK, sizeof **t->chunks.chunk);
        }
        n = t->used++;
    }
    struct attempt *a = &slots_at(t, n)->a;
    a->host = host;
    a->pid = pid;
    a->tid = tid;
    if (++t->count * 2 > t->index_size)
        index_enlarge(t);
    index_put(t, n);
    return n;
}

/* Takes n out of the index and closes the gap (Knuth 6.4, algorithm R). */
static void index_remove(struct slots *t, uint32_t n)
{
    const struct attempt *a = attempt_at(t, n);
    size_t mask = t->index_size - 1, gap = hash(a->host, a->pid, a->tid) & mask;
    while (t->index[gap] != n)
        gap = (gap + 1) & mask;
    for (size_t at = (gap + 1) & mask; t->index[at] != SLOT_NONE; at = (at + 1) & mask) {
        const struct attempt *b = attempt_at(t, t->index[at]);
        size_t home = hash(b->host, b->pid, b->tid) & mask;
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            t->index[gap] = t->index[at];
            gap = at;
        }
    }
    t->index[gap] = SLOT_NONE;
}

static void unlink_slot(struct slots *t, struct slot_order *o, uint32_t n)
{
    struct slot *s = slots_at(t, n);
    if (s->older == SLOT_NONE)
        o->oldest = s->newer;
    else
        slots_at(t, s->older)->newer = s->newer;
    if (s->newer == SLOT_NONE)
        o->newest = s->older;
    else
        slots_at(t, s->newer)->older = s->older;
}

void slots_append(struct slots *t, struct slot_order *o, uint32_t n)
{
    struct slot *s = slots_at(t, n);
    s->newer = SLOT_NONE;
    s->older = o->newest;
    if (o->newest == SLOT_NONE)
        o->oldest = n;
    else
        slots_at(t, o->newest)->newer = n;
    o->newest = n;
}

void slots_renew(struct slots *t, struct slot_order *o, uint32_t n)
{
    if (o->newest == n)
        return;
    unlink_slot(t, o, n);
    slots_append(t, o, n);
}

void slots_remove(struct slots *t, struct slot_order *o, uint32_t n)
{
    index_remove(t, n);
    unlink_slot(t, o, n);
    slots_at(t, n)->newer = t->spare;
    t->spare = n;
    t->count--;
}
