/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A slice is a pointer and a length, by value. It never owns, never assumes a NUL at its end and may hold
 * any byte: log lines, names in certificates and file names are hostile until they are escaped (base/buf.h).
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *p;
    size_t n;
};

#define UUID_BYTES 36 /* of its text form */

/* For string literals only: the length is known at compile time. */
#define SLICE(literal) ((struct slice){ "" literal, sizeof(literal) - 1 })

static inline struct slice slice_of(const char *s)
{
    return (struct slice){ s, s ? strlen(s) : 0 };
}

static inline bool slice_eq(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool slice_starts(struct slice s, struct slice prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static inline struct slice slice_from(struct slice s, size_t skip)
{
    return skip >= s.n ? (struct slice){ s.p + s.n, 0 } : (struct slice){ s.p + skip, s.n - skip };
}

bool slice_ends(struct slice s, struct slice suffix);
bool slice_contains(struct slice s, struct slice needle);
/* ASCII only: A-Z are folded, every other byte is compared as it is. */
bool slice_eq_nocase(struct slice a, struct slice b);
bool slice_contains_nocase(struct slice s, struct slice needle);
/* Without blanks, tabs, CR and LF at both ends. */
struct slice slice_trim(struct slice s);
/* What stands before the first `sep`; *rest is what follows it (empty when there is none). */
struct slice slice_cut(struct slice s, char sep, struct slice *rest);
/* A whole decimal number of at most `max`; false on anything else (sign, blank, overflow, nothing). */
bool slice_u32(struct slice s, uint32_t max, uint32_t *value);
/* What follows the first `needle`, in *rest; false, and *rest left as it is, when there is none. */
bool slice_after(struct slice s, struct slice needle, struct slice *rest);
/* The text form of RFC 4122 and nothing else: 8-4-4-4-12 hexadecimal digits in either case. */
bool slice_is_uuid(struct slice s);
/* memcmp order, then the shorter first: <0, 0, >0. */
int slice_cmp(struct slice a, struct slice b);

#endif
