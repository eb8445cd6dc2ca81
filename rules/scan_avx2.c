/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 64 bytes at a time. Where all literals begin with the same two bytes, as process names do here, these two are
 * compared; else for each of the first three bytes two table lookups by nibble say which literals may begin here
 * ("Teddy", as in Hyperscan and ripgrep). What remains is compared in full. Newlines are counted on the way.
 */
#include "rules/scan.h"

#include <immintrin.h>

#define WIDE __attribute__((target("avx2,bmi,popcnt")))

bool scan_wide_usable(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}

struct tables {
    __m256i low[SCAN_FINGERPRINT], high[SCAN_FINGERPRINT]; /* by nibble */
    __m256i first, second;                                 /* the pair */
};

static inline WIDE void tables_load(struct tables *t, const struct scan *s)
{
    for (size_t k = 0; k < SCAN_FINGERPRINT; k++) {
        t->low[k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)s->low[k]));
        t->high[k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)s->high[k]));
    }
    t->first = _mm256_set1_epi8(s->first);
    t->second = _mm256_set1_epi8(s->second);
}

static inline WIDE __m256i load(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline WIDE __m256i lookup(const struct tables *t, size_t k, __m256i bytes)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i low = _mm256_shuffle_epi8(t->low[k], _mm256_and_si256(bytes, nibble));
    __m256i high = _mm256_shuffle_epi8(t->high[k], _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble));
    return _mm256_and_si256(low, high);
}

/* One bit per place of p[0..32) where a literal may begin. */
static inline WIDE uint32_t by_pair(const struct tables *t, const char *p)
{
    __m256i both = _mm256_and_si256(_mm256_cmpeq_epi8(load(p), t->first), _mm256_cmpeq_epi8(load(p + 1), t->second));
    return (uint32_t)_mm256_movemask_epi8(both);
}

static inline WIDE uint32_t by_tables(const struct tables *t, const char *p)
{
    __m256i found = _mm256_and_si256(lookup(t, 0, load(p)), lookup(t, 1, load(p + 1)));
    found = _mm256_and_si256(found, lookup(t, 2, load(p + 2)));
    return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(found, _mm256_setzero_si256()));
}

static inline WIDE uint64_t newline_mask(const char *p)
{
    const __m256i newline = _mm256_set1_epi8('\n');
    uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(p), newline));
    uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(p + 32), newline));
    return (uint64_t)high << 32 | low;
}

static inline bool literal_at(const struct scan *s, const char *p, size_t left)
{
    for (size_t i = 0; i < s->count; i++) /* three bytes tell nearly all of what is none, without a call */
        if (s->literal[i].n <= left && memcmp(p, s->literal[i].p, SCAN_FINGERPRINT) == 0 &&
            memcmp(p, s->literal[i].p, s->literal[i].n) == 0)
            return true;
    return false;
}

#define STEP 64

/* Places in p[0..64). s->pair does not change: the branch is always foreseen. */
static inline WIDE uint64_t places(const struct scan *s, const struct tables *t, const char *p)
{
    uint64_t low = s->pair ? by_pair(t, p) : by_tables(t, p);
    uint64_t high = s->pair ? by_pair(t, p + 32) : by_tables(t, p + 32);
    return high << 32 | low;
}

WIDE size_t scan_wide(const struct scan *s, const char *block, size_t from, size_t n, uint64_t *newlines)
{
    struct tables t;
    uint64_t lines = 0;
    size_t at = from;
    tables_load(&t, s);
    for (; n - at >= STEP + SCAN_FINGERPRINT - 1; at += STEP) {
        const char *p = block + at;
        uint64_t ends = newline_mask(p);
        for (uint64_t hits = places(s, &t, p); hits; hits &= hits - 1) {
            unsigned bit = (unsigned)__builtin_ctzll(hits);
            if (!literal_at(s, p + bit, n - at - bit))
                continue;
            *newlines += lines + (uint64_t)__builtin_popcountll(ends & ((1ull << bit) - 1));
            return at + bit;
        }
        lines += (uint64_t)__builtin_popcountll(ends);
    }
    *newlines += lines;
    return scan_portable(s, block, at, n, newlines);
}

WIDE uint64_t scan_wide_newlines(const char *p, size_t n)
{
    uint64_t lines = 0;
    size_t at = 0;
    for (; n - at >= STEP; at += STEP)
        lines += (uint64_t)__builtin_popcountll(newline_mask(p + at));
    return lines + scan_portable_newlines(p + at, n - at);
}
