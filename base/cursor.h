/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cursor reads bytes from a borrowed range, in network byte order unless a function's name says otherwise. One
 * function, cursor_take(), checks the bounds. The first read past the end makes the cursor fail for good: nothing is
 * left then, every read gives zero or an empty range and moves nothing, so that loops end and code reads straight
 * through and asks once, but always before a value becomes a length, an index or a size. A length-prefixed field is a
 * child cursor, and the parent is already past it. Allocates nothing, knows no protocol.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A borrowed range of bytes, by value. */
struct bytes {
    const uint8_t *p;
    size_t n;
};

struct cursor {
    const uint8_t *at, *end;
    bool failed;
};

static inline struct cursor cursor_of(const void *p, size_t n)
{
    const uint8_t *at = p;
    return (struct cursor){ at, n ? at + n : at, false };
}

static inline size_t cursor_left(const struct cursor *c)
{
    return (size_t)(c->end - c->at);
}

/* n bytes, and the cursor is past them; an empty range once it has failed. The only check of bounds. */
static inline struct bytes cursor_take(struct cursor *c, size_t n)
{
    const uint8_t *at = c->at;
    if (__builtin_expect(n > cursor_left(c), 0)) {
        c->failed = true;
        c->end = at; /* so that the next read needs no look at failed */
        return (struct bytes){ at, 0 };
    }
    c->at = n ? at + n : at;
    return (struct bytes){ at, n };
}

/* A cursor over the next n bytes; it has failed when there are fewer. */
static inline struct cursor cursor_child(struct cursor *c, size_t n)
{
    struct bytes b = cursor_take(c, n);
    return (struct cursor){ b.p, b.n ? b.p + b.n : b.p, c->failed };
}

static inline void cursor_skip(struct cursor *c, size_t n)
{
    (void)cursor_take(c, n);
}

/* What is left, and the cursor is at its end. */
static inline struct bytes cursor_rest(struct cursor *c)
{
    return cursor_take(c, cursor_left(c));
}

/* Was all of it read, and nothing more? */
static inline bool cursor_done(const struct cursor *c)
{
    return !c->failed && c->at == c->end;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
    struct bytes b = cursor_take(c, 1);
    return b.n ? b.p[0] : 0;
}

static inline uint16_t cursor_u16(struct cursor *c)
{
    struct bytes b = cursor_take(c, 2);
    return (uint16_t)(b.n ? b.p[0] << 8 | b.p[1] : 0);
}

static inline uint32_t cursor_u24(struct cursor *c)
{
    struct bytes b = cursor_take(c, 3);
    return b.n ? (uint32_t)b.p[0] << 16 | (uint32_t)b.p[1] << 8 | b.p[2] : 0;
}

static inline uint32_t cursor_u32(struct cursor *c)
{
    struct bytes b = cursor_take(c, 4);
    return b.n ? (uint32_t)b.p[0] << 24 | (uint32_t)b.p[1] << 16 | (uint32_t)b.p[2] << 8 | b.p[3] : 0;
}

static inline uint64_t cursor_u64(struct cursor *c)
{
    struct cursor eight = cursor_child(c, 8);
    uint64_t high = cursor_u32(&eight);
    return high << 32 | cursor_u32(&eight);
}

/* In either byte order: what file formats of the host's order need. */
static inline uint16_t cursor_u16_in(struct cursor *c, bool little)
{
    uint16_t n = cursor_u16(c);
    return little ? __builtin_bswap16(n) : n;
}

static inline uint32_t cursor_u32_in(struct cursor *c, bool little)
{
    uint32_t n = cursor_u32(c);
    return little ? __builtin_bswap32(n) : n;
}

static inline uint64_t cursor_u64_in(struct cursor *c, bool little)
{
    uint64_t n = cursor_u64(c);
    return little ? __builtin_bswap64(n) : n;
}

/* n bytes into out, which is cleared when there are fewer. */
void cursor_copy(struct cursor *c, void *out, size_t n);

#endif
