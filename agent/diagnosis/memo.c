/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/memo.h"

#include "base/mem.h"

#include <stdlib.h>

#define PLACES 2048 /* a power of two; 1 MiB in all: it stays in the second-level cache */

struct memo {
    struct memo_entry place[PLACES][2];
};

struct memo *memo_new(void)
{
    return mem_zalloc(1, sizeof(struct memo));
}

void memo_free(struct memo *m)
{
    free(m);
}

static bool holds(const struct memo_entry *e, uint64_t hash, struct slice key)
{
    return e->hash == hash && e->bytes == key.n && memcmp(e->key, key.p, key.n) == 0;
}

struct memo_entry *memo_find(struct memo *m, struct slice key)
{
    if (key.n == 0 || key.n > sizeof m->place[0][0].key)
        return NULL;
    uint64_t hash = hash_bytes(key.p, key.n);
    struct memo_entry *pair = m->place[hash & (PLACES - 1)];
    for (size_t i = 0; i < 2; i++)
        if (holds(&pair[i], hash, key)) {
            pair[i].again = true;
            return &pair[i];
        }
    /* messages with a counter in them come once and never again: they must not drive out those that do come */
    struct memo_entry *e = &pair[pair[0].again && !pair[1].again];
    if (pair[0].again && pair[1].again)
        pair[0].again = pair[1].again = false;
    e->bytes = 0;
    e->again = false;
    e->hash = hash;
    return e;
}

void memo_keep(struct memo_entry *entry, struct slice key)
{
    memcpy(entry->key, key.p, key.n);
    entry->bytes = (uint16_t)key.n;
}
