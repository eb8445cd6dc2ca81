/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/scan.h"

void scan_init(struct scan *s, const struct slice *names, size_t count)
{
    *s = (struct scan){ .count = 0 };
    for (size_t i = 0; i < count && s->count < CAP_PROCESSES; i++) {
        if (names[i].n < SCAN_FINGERPRINT)
            continue;
        unsigned char bit = (unsigned char)(1u << s->count);
        for (size_t k = 0; k < SCAN_FINGERPRINT; k++) {
            unsigned char c = (unsigned char)names[i].p[k];
            s->low[k][c & 15] |= bit;
            s->high[k][c >> 4] |= bit;
        }
        s->literal[s->count++] = names[i];
    }
    for (size_t i = 0; i < s->count; i++) {
        s->first = s->literal[0].p[0];
        s->second = s->literal[0].p[1];
        s->pair = (i == 0 || s->pair) && s->literal[i].p[0] == s->first && s->literal[i].p[1] == s->second;
    }
}

_Static_assert(CAP_PROCESSES <= 8, "one bit of a byte per literal");

static bool wide(void)
{
    static int usable = -1; /* a benign race: every thread finds the same */
    if (__atomic_load_n(&usable, __ATOMIC_RELAXED) < 0)
        __atomic_store_n(&usable, scan_wide_usable(), __ATOMIC_RELAXED);
    return __atomic_load_n(&usable, __ATOMIC_RELAXED) > 0;
}

size_t scan_next(const struct scan *s, const char *block, size_t from, size_t n, uint64_t *newlines)
{
    return wide() ? scan_wide(s, block, from, n, newlines) : scan_portable(s, block, from, n, newlines);
}

uint64_t scan_newlines(const char *p, size_t n)
{
    return wide() ? scan_wide_newlines(p, n) : scan_portable_newlines(p, n);
}

const char *scan_unit(void)
{
    return wide() ? "avx2" : "portable";
}

size_t scan_portable(const struct scan *s, const char *block, size_t from, size_t n, uint64_t *newlines)
{
    uint64_t lines = 0;
    size_t at = from;
    for (; at < n; at++) {
        unsigned char c = (unsigned char)block[at];
        lines += c == '\n';
        unsigned char bits = s->low[0][c & 15] & s->high[0][c >> 4];
        for (size_t i = 0; bits; i++, bits >>= 1)
            if (bits & 1 && s->literal[i].n <= n - at && memcmp(block + at, s->literal[i].p, s->literal[i].n) == 0)
                goto out;
    }
out:
    *newlines += lines;
    return at;
}

uint64_t scan_portable_newlines(const char *p, size_t n)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < n; i++)
        lines += p[i] == '\n';
    return lines;
}
