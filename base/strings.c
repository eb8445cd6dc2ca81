/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/strings.h"

#include "base/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

struct entry {
    uint64_t hash;
    char *p;
    size_t n;
};

struct strings {
    struct entry *entries; /* [id - 1] */
    size_t count, capacity, most;
    uint32_t *slots; /* open addressing, 0 = free; a power of two, at most half full */
    size_t slot_count;
};

static uint64_t key[2] = { 0x9e3779b97f4a7c15, 0xd1b54a32d192ed03 };
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

static void key_init(void)
{
    uint64_t fresh[2];
    if (getrandom(fresh, sizeof fresh, GRND_NONBLOCK) == (ssize_t)sizeof fresh) {
        key[0] = fresh[0];
        key[1] = fresh[1] | 1;
    }
}

/* 64 x 64 -> 128 bit multiply, folded: the mixing step of the wyhash family. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t hash_u64(uint64_t v)
{
    pthread_once(&key_once, key_init);
    return mix(v ^ key[0], key[1] ^ 0xa0761d6478bd642f);
}

static uint64_t word(const unsigned char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

/* Up to 8 bytes as a number; overlapping reads instead of a loop. */
static uint64_t short_word(const unsigned char *p, size_t n)
{
    uint32_t low, high;
    if (n >= 4) {
        memcpy(&low, p, 4);
        memcpy(&high, p + n - 4, 4);
        return (uint64_t)high << 32 | low;
    }
    return n ? (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 8 | p[n - 1] : 0;
}

uint64_t hash_bytes(const void *bytes, size_t n)
{
    pthread_once(&key_once, key_init);
    const unsigned char *p = bytes;
    uint64_t h = key[0] ^ n;
    size_t left = n;
    for (; left > 16; left -= 16, p += 16)
        h = mix(word(p) ^ h, word(p + 8) ^ key[1]);
    uint64_t a = left > 8 ? word(p) : short_word(p, left);
    uint64_t b = left > 8 ? word(p + left - 8) : n;
    return mix(mix(a ^ h, b ^ key[1]), key[1] ^ 0x8ebc6af09c88c6e3);
}

struct strings *strings_new(size_t most)
{
    struct strings *t = mem_zalloc(1, sizeof *t);
    t->most = most;
    t->slot_count = 16;
    t->slots = mem_zalloc(t->slot_count, sizeof *t->slots);
    return t;
}

void strings_free(struct strings *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->count; i++)
        free(t->entries[i].p);
    free(t->entries);
    free(t->slots);
    free(t);
}

static uint32_t find(const struct strings *t, struct slice s, uint64_t hash, size_t *slot)
{
    size_t mask = t->slot_count - 1, at = hash & mask;
    for (; t->slots[at]; at = (at + 1) & mask) {
        const struct entry *e = &t->entries[t->slots[at] - 1];
        if (e->hash == hash && e->n == s.n && memcmp(e->p, s.p, s.n) == 0)
            return t->slots[at];
    }
    *slot = at;
    return 0;
}

static void enlarge(struct strings *t)
{
    free(t->slots);
    t->slot_count *= 2;
    t->slots = mem_zalloc(t->slot_count, sizeof *t->slots);
    size_t mask = t->slot_count - 1;
    for (size_t i = 0; i < t->count; i++) {
        size_t at = t->entries[i].hash & mask;
        while (t->slots[at])
            at = (at + 1) & mask;
        t->slots[at] = (uint32_t)i + 1;
    }
}

uint32_t strings_add(struct strings *t, struct slice s)
{
    if (s.n == 0)
        return 0;
    uint64_t hash = hash_bytes(s.p, s.n);
    size_t slot;
    uint32_t id = find(t, s, hash, &slot);
    if (id || t->count >= t->most)
        return id;
    t->entries = mem_grow(t->entries, &t->capacity, t->count + 1, sizeof *t->entries);
    t->entries[t->count] = (struct entry){ .hash = hash, .p = mem_strndup(s.p, s.n), .n = s.n };
    id = (uint32_t)++t->count;
    t->slots[slot] = id;
    if (t->count * 2 > t->slot_count)
        enlarge(t);
    return id;
}

uint32_t strings_find(const struct strings *t, struct slice s)
{
    size_t slot;
    return s.n ? find(t, s, hash_bytes(s.p, s.n), &slot) : 0;
}

struct slice strings_get(const struct strings *t, uint32_t id)
{
    if (id == 0 || id > t->count)
        return (struct slice){ "", 0 };
    return (struct slice){ t->entries[id - 1].p, t->entries[id - 1].n };
}

uint32_t strings_count(const struct strings *t)
{
    return (uint32_t)t->count;
}
