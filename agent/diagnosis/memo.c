/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/memo.h"

#include "base/mem.h"

#include <stdlib.h>

#define PLACES 1024 /* a power of two; half a MiB in all: it stays in the second-level cache */
#define STRANGERS 8192

/* What is looked at for each line lies together: the entries are large, and mostly it is none of the two. */
struct place {
    uint32_t tag[2]; /* of the hash; says where to compare, and no more */
    bool again[2];   /* it was asked for again since its neighbour came */
};

struct memo {
    uint32_t stranger[STRANGERS]; /* tags of messages that were asked for once */
    struct place place[PLACES];
    struct memo_entry entry[PLACES][2];
};

struct memo *memo_new(void)
{
    return mem_zalloc(1, sizeof(struct memo));
}

void memo_free(struct memo *m)
{
    free(m);
}

static bool holds(const struct memo_entry *e, struct slice key)
{
    return e->bytes == key.n && memcmp(e->key, key.p, key.n) == 0;
}

/* Messages with a counter in them come once and never again: they must not drive out those that do come. */
static bool came_before(struct memo *m, uint64_t hash, uint32_t tag)
{
    uint32_t *known = &m->stranger[(hash >> 11) % STRANGERS];
    bool before = *known == tag;
    *known = tag;
    return before;
}

static struct memo_entry *replace(struct memo_entry *pair, struct place *p, uint32_t tag)
{
    size_t i = p->again[0] && !p->again[1];
    if (p->again[0] && p->again[1])
        p->again[0] = p->again[1] = false;
    p->again[i] = false;
    p->tag[i] = tag;
    pair[i].bytes = 0;
    return &pair[i];
}

struct memo_entry *memo_find(struct memo *m, struct slice key)
{
    if (key.n == 0 || key.n > sizeof m->entry[0][0].key)
        return NULL;
    uint64_t hash = hash_bytes(key.p, key.n);
    uint32_t tag = (uint32_t)(hash >> 32);
    struct place *p = &m->place[hash % PLACES];
    struct memo_entry *pair = m->entry[hash % PLACES];
    for (size_t i = 0; i < 2; i++)
        if (p->tag[i] == tag && holds(&pair[i], key)) {
            p->again[i] = true;
            return &pair[i];
        }
    return came_before(m, hash, tag) ? replace(pair, p, tag) : NULL;
}

void memo_keep(struct memo_entry *entry, struct slice key)
{
    memcpy(entry->key, key.p, key.n);
    entry->bytes = (uint16_t)key.n;
}
