/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A growing byte buffer, and the escapers that everything from outside passes on its way to a person.
 * Zero-initialised is empty; buf_clear() frees. `p` is always followed by a NUL once something was put.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/slice.h"

#include <stddef.h>
#include <stdint.h>

struct buf {
    char *p;
    size_t n, capacity;
};

void buf_clear(struct buf *b);
void buf_reset(struct buf *b); /* n = 0, memory kept */
void buf_put(struct buf *b, const void *bytes, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_number(struct buf *b, uint64_t n);
/* Big-endian, as cursor_u32() and cursor_u64() read it. */
void buf_u32(struct buf *b, uint32_t n);
void buf_u64(struct buf *b, uint64_t n);
char *buf_more(struct buf *b, size_t n); /* n bytes more, for the caller to fill at once */
void buf_slice(struct buf *b, struct slice s);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct slice buf_as_slice(const struct buf *b);
/* Hands the NUL-terminated string over; b is empty afterwards. */
char *buf_take(struct buf *b);

/*
 * For a terminal or a plain text file: C0, DEL, C1, invalid UTF-8 and the Unicode bidirectional controls
 * (U+061C, U+200E/F, U+202A-E, U+2066-9) become \xNN, byte by byte; a backslash becomes \\ only in front of
 * an 'x', so that what is shown is unambiguous. Everything else is kept.
 */
void buf_terminal(struct buf *b, struct slice s);

/* Valid UTF-8 without NUL: each invalid byte becomes U+FFFD, NUL becomes U+2400. For JSON strings. */
void buf_utf8(struct buf *b, struct slice s);

/* Length (1 to 4) of the well-formed UTF-8 sequence (RFC 3629) at the start of s; 0 when there is none. */
size_t utf8_length(struct slice s);

#endif
