/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 32 bytes at a time: for each of the literals' first three bytes two table lookups by nibble say which literals may
 * begin here ("Teddy", as in Hyperscan and ripgrep); what remains is compared in full. Newlines are counted on the way.
 */
#include "rules/scan.h"

#include <immintrin.h>

#define WIDE __attribute__((target("avx2,bmi,popcnt")))

bool scan_wide_usable(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}

struct tables {
    __m256i low[SCAN_FINGERPRINT], high[SCAN_FINGERPRINT];
};

static inline WIDE void tables_load(struct tables *t, const struct scan *s)
{
    for (size_t k = 0; k < SCAN_FINGERPRINT; k++) {
        t->low[k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)s->low[k]));
        t->high[k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)s->high[k]));
    }
}

static inline WIDE __m256i lookup(const struct tables *t, size_t k, __m256i bytes)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i low = _mm256_shuffle_epi8(t->low[k], _mm256_and_si256(bytes, nibble));
    __m256i high = _mm256_shuffle_epi8(t->high[k], _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble));
    return _mm256_and_si256(low, high);
}

static inline WIDE __m256i load(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline WIDE uint32_t newline_mask(__m256i bytes)
{
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\n')));
}

static inline bool literal_at(const struct scan *s, const char *p, size_t left)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->literal[i].n <= left && memcmp(p, s->literal[i].p, s->literal[i].n) == 0)
            return true;
    return false;
}

WIDE size_t scan_wide(const struct scan *s, const char *block, size_t from, size_t n, uint64_t *newlines)
{
    struct tables t;
    uint64_t lines = 0;
    size_t at = from;
    tables_load(&t, s);
    for (; n - at >= 32 + SCAN_FINGERPRINT - 1; at += 32) {
        __m256i bytes = load(block + at);
        __m256i found = _mm256_and_si256(lookup(&t, 0, bytes), lookup(&t, 1, load(block + at + 1)));
        found = _mm256_and_si256(found, lookup(&t, 2, load(block + at + 2)));
        uint32_t ends = newline_mask(bytes);
        uint32_t hits = ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(found, _mm256_setzero_si256()));
        for (; hits; hits &= hits - 1) {
            unsigned bit = (unsigned)__builtin_ctz(hits);
            if (!literal_at(s, block + at + bit, n - at - bit))
                continue;
            *newlines += lines + (uint64_t)__builtin_popcount(ends & ((1u << bit) - 1));
            return at + bit;
        }
        lines += (uint64_t)__builtin_popcount(ends);
    }
    *newlines += lines;
    return scan_portable(s, block, at, n, newlines);
}

WIDE uint64_t scan_wide_newlines(const char *p, size_t n)
{
    uint64_t lines = 0;
    size_t at = 0;
    for (; n - at >= 32; at += 32)
        lines += (uint64_t)__builtin_popcount(newline_mask(load(p + at)));
    return lines + scan_portable_newlines(p + at, n - at);
}
