/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/strings.h"

#include "base/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#define CHUNK 256
#define SHORT 27 /* bytes: addresses, host names */

/* A short string lies in its entry: to look one up touches a slot and an entry and nothing else. */
struct entry {
    uint32_t n;
    char text[SHORT + 1]; /* of a longer one a pointer to it: see long_text() */
};

struct strings {
    struct entry **chunk; /* [(id - 1) / CHUNK]: chunks never move */
    size_t chunk_count, chunk_capacity, count, most;
    /*
     * Open addressing; a power of two, at most three quarters full. A slot holds the number of the string, which is
     * below slot_count, and above its bits those of the hash that the place does not tell. 0: free.
     */
    uint32_t *slots;
    size_t slot_count;
    struct block *blocks; /* longer strings, one behind the other; the last block first */
    size_t room;          /* left in it */
};

#define BLOCK_LEAST 1024
#define BLOCK_MOST 32768

struct block {
    struct block *next;
    size_t size;
    char bytes[];
};

static uint64_t key[2] = { 0x9e3779b97f4a7c15, 0xd1b54a32d192ed03 };
static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static bool key_ready; /* saves a call per hash */

static void key_init(void)
{
    uint64_t fresh[2];
    if (getrandom(fresh, sizeof fresh, GRND_NONBLOCK) == (ssize_t)sizeof fresh) {
        key[0] = fresh[0];
        key[1] = fresh[1] | 1;
    }
    __atomic_store_n(&key_ready, true, __ATOMIC_RELEASE);
}

static inline void key_need(void)
{
    if (!__atomic_load_n(&key_ready, __ATOMIC_ACQUIRE))
        pthread_once(&key_once, key_init);
}

/* 64 x 64 -> 128 bit multiply, folded: the mixing step of the wyhash family. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t hash_u64(uint64_t v)
{
    key_need();
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
    key_need();
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

static inline struct entry *entry_of(const struct strings *t, uint32_t id)
{
    return &t->chunk[(id - 1) / CHUNK][(id - 1) % CHUNK];
}

static const char *long_text(const struct entry *e)
{
    const char *p;
    memcpy(&p, e->text, sizeof p);
    return p;
}

static inline const char *text_of(const struct entry *e)
{
    return e->n <= SHORT ? e->text : long_text(e);
}

void strings_free(struct strings *t)
{
    if (!t)
        return;
    while (t->blocks) {
        struct block *next = t->blocks->next;
        free(t->blocks);
        t->blocks = next;
    }
    for (size_t i = 0; i < t->chunk_count; i++)
        free(t->chunk[i]);
    free(t->chunk);
    free(t->slots);
    free(t);
}

static uint32_t find(const struct strings *t, struct slice s, uint32_t hash, size_t *slot)
{
    uint32_t mask = (uint32_t)(t->slot_count - 1), at = hash & mask;
    for (; t->slots[at]; at = (at + 1) & mask) {
        if ((t->slots[at] ^ hash) > mask)
            continue;
        uint32_t id = t->slots[at] & mask;
        const struct entry *e = entry_of(t, id);
        if (e->n == s.n && memcmp(text_of(e), s.p, s.n) == 0)
            return id;
    }
    *slot = at;
    return 0;
}

static void enlarge(struct strings *t)
{
    t->slot_count *= 2;
    uint32_t mask = (uint32_t)(t->slot_count - 1);
    free(t->slots);
    t->slots = mem_zalloc(t->slot_count, sizeof *t->slots);
    for (uint32_t id = 1; id <= t->count; id++) {
        struct slice s = strings_get(t, id);
        uint32_t hash = (uint32_t)hash_bytes(s.p, s.n), at = hash & mask;
        while (t->slots[at])
            at = (at + 1) & mask;
        t->slots[at] = (hash & ~mask) | id;
    }
}

/* Room for n bytes that stays where it is. */
static char *text_room(struct strings *t, size_t n)
{
    if (n > t->room) {
        size_t size = t->blocks ? t->blocks->size * 2 : BLOCK_LEAST;
        size = size > BLOCK_MOST ? BLOCK_MOST : size;
        size = size < n ? n : size;
        struct block *b = mem_alloc(sizeof *b + size);
        *b = (struct block){ .next = t->blocks, .size = size };
        t->blocks = b;
        t->room = size;
    }
    char *p = t->blocks->bytes + t->blocks->size - t->room;
    t->room -= n;
    return p;
}

static void keep(struct strings *t, struct slice s)
{
    if (t->count == t->chunk_count * CHUNK) {
        t->chunk = mem_grow(t->chunk, &t->chunk_capacity, t->chunk_count + 1, sizeof *t->chunk);
        t->chunk[t->chunk_count++] = mem_alloc(CHUNK * sizeof **t->chunk);
    }
    struct entry *e = entry_of(t, (uint32_t)++t->count);
    e->n = (uint32_t)s.n;
    if (s.n <= SHORT) {
        memcpy(e->text, s.p, s.n);
        e->text[s.n] = '\0';
    } else {
        char *p = text_room(t, s.n + 1);
        memcpy(p, s.p, s.n);
        p[s.n] = '\0';
        memcpy(e->text, &p, sizeof p);
    }
}

uint32_t strings_add(struct strings *t, struct slice s)
{
    if (s.n == 0)
        return 0;
    uint32_t hash = (uint32_t)hash_bytes(s.p, s.n);
    size_t slot;
    uint32_t id = find(t, s, hash, &slot);
    if (id || t->count >= t->most || s.n > UINT32_MAX)
        return id;
    keep(t, s);
    id = (uint32_t)t->count;
    t->slots[slot] = (hash & ~(uint32_t)(t->slot_count - 1)) | id;
    if (t->count * 4 > t->slot_count * 3)
        enlarge(t);
    return id;
}

uint32_t strings_find(const struct strings *t, struct slice s)
{
    size_t slot;
    return s.n ? find(t, s, (uint32_t)hash_bytes(s.p, s.n), &slot) : 0;
}

struct slice strings_get(const struct strings *t, uint32_t id)
{
    if (id == 0 || id > t->count)
        return (struct slice){ "", 0 };
    const struct entry *e = entry_of(t, id);
    return (struct slice){ text_of(e), e->n };
}

void strings_freeze(struct strings *t)
{
    free(t->slots);
    t->slots = NULL;
}

uint32_t strings_count(const struct strings *t)
{
    return (uint32_t)t->count;
}
