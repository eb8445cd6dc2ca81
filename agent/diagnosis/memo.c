/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/memo.h"

#include "base/mem.h"

#include <stdlib.h>

#define ENTRIES 4096 /* a power of two; 1 MiB: it stays in the second-level cache */

struct memo {
    struct memo_entry entry[ENTRIES];
};

struct memo *memo_new(void)
{
    return mem_zalloc(1, sizeof(struct memo));
}

void memo_free(struct memo *m)
{
    free(m);
}

struct memo_entry *memo_find(struct memo *m, struct slice key)
{
    if (key.n == 0 || key.n > sizeof m->entry->key)
        return NULL;
    uint64_t hash = hash_bytes(key.p, key.n);
    struct memo_entry *e = &m->entry[hash & (ENTRIES - 1)];
    if (e->bytes != key.n || e->hash != hash || memcmp(e->key, key.p, key.n) != 0) {
        e->bytes = 0;
        e->hash = hash;
    }
    return e;
}

void memo_keep(struct memo_entry *entry, struct slice key)
{
    memcpy(entry->key, key.p, key.n);
    entry->bytes = (uint16_t)key.n;
}
