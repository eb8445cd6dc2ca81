/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST 64 /* bytes: a line grows twice, not five times */

static inline void reserve(struct buf *b, size_t more)
{
    size_t need = b->n + more + 1;
    if (b->p && need <= b->capacity)
        return;
    b->p = mem_grow(b->p, &b->capacity, need < FIRST ? FIRST : need, 1);
}

void buf_clear(struct buf *b)
{
    free(b->p);
    *b = (struct buf){ 0 };
}

void buf_reset(struct buf *b)
{
    b->n = 0;
    if (b->p)
        b->p[0] = '\0';
}

void buf_put(struct buf *b, const void *bytes, size_t n)
{
    reserve(b, n);
    if (n)
        memcpy(b->p + b->n, bytes, n);
    b->n += n;
    b->p[b->n] = '\0';
}

char *buf_more(struct buf *b, size_t n)
{
    reserve(b, n);
    char *room = b->p + b->n;
    b->n += n;
    b->p[b->n] = '\0';
    return room;
}

void buf_puts(struct buf *b, const char *s)
{
    buf_put(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
    *buf_more(b, 1) = c;
}

void buf_number(struct buf *b, uint64_t n)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + n % 10);
    while (n /= 10);
    buf_put(b, digits + at, sizeof digits - at);
}

void buf_slice(struct buf *b, struct slice s)
{
    buf_put(b, s.p, s.n);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap, again;
    size_t room = b->p ? b->capacity - b->n : 0;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(b->p ? b->p + b->n : NULL, room, fmt, ap);
    va_end(ap);
    if (n > 0 && (size_t)n >= room) { /* too long for what is there */
        reserve(b, (size_t)n);
        vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
    }
    va_end(again);
    b->n += n > 0 ? (size_t)n : 0;
    if (b->p)
        b->p[b->n] = '\0';
}

struct slice buf_as_slice(const struct buf *b)
{
    return (struct slice){ b->p ? b->p : "", b->n };
}

char *buf_take(struct buf *b)
{
    char *p = b->p;
    if (!p || b->n + 1 < b->capacity / 2) { /* thousands of these are kept */
        p = mem_strndup(b->p ? b->p : "", b->n);
        free(b->p);
    }
    *b = (struct buf){ 0 };
    return p; /* transferred */
}

size_t utf8_length(struct slice s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    if (s.n == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    size_t len = p[0] >= 0xc2 && p[0] <= 0xdf ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : 0;
    if (len == 0 || s.n < len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    /* overlong forms, surrogates, and what lies beyond U+10FFFF */
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return len;
}

static uint32_t code_point(const unsigned char *p, size_t len)
{
    switch (len) {
    case 2: return (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    case 3: return (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    case 4:
        return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 | (uint32_t)(p[2] & 0x3f) << 6 |
               (p[3] & 0x3f);
    default: return p[0];
    }
}

static bool printable(uint32_t c)
{
    if (c < 0x20 || (c >= 0x7f && c < 0xa0))
        return false;
    bool bidi =
        c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    return !bidi;
}

void buf_terminal(struct buf *b, struct slice s)
{
    while (s.n) {
        const unsigned char *p = (const unsigned char *)s.p;
        size_t len = utf8_length(s);
        if (len && printable(code_point(p, len))) {
            if (p[0] == '\\' && s.n > 1 && s.p[1] == 'x')
                buf_putc(b, '\\');
            buf_put(b, s.p, len);
        } else {
            len = len ? len : 1;
            for (size_t i = 0; i < len; i++)
                buf_printf(b, "\\x%02x", p[i]);
        }
        s = slice_from(s, len);
    }
}

void buf_utf8(struct buf *b, struct slice s)
{
    while (s.n) {
        size_t len = utf8_length(s);
        if (len == 0)
            buf_puts(b, "\xef\xbf\xbd");
        else if (s.p[0] == '\0')
            buf_puts(b, "\xe2\x90\x80");
        else
            buf_put(b, s.p, len);
        s = slice_from(s, len ? len : 1);
    }
}

void buf_u32(struct buf *b, uint32_t n)
{
    const char bytes[4] = { (char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n };
    buf_put(b, bytes, sizeof bytes);
}

void buf_u64(struct buf *b, uint64_t n)
{
    buf_u32(b, (uint32_t)(n >> 32));
    buf_u32(b, (uint32_t)n);
}
