/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/nearest.h"

#include <stdio.h>

/* Every word that we know is far shorter; a longer one can't be within a third of it. */
#define LONGEST 127

static unsigned char fold(char c)
{
    unsigned char u = (unsigned char)c;
    return u >= 'A' && u <= 'Z' ? (unsigned char)(u | 0x20) : u;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, in three rows. */
static unsigned distance(struct slice a, struct slice b)
{
    unsigned rows[3][LONGEST + 1];
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];
    for (unsigned j = 0; j <= b.n; j++)
        last[j] = j;
    for (unsigned i = 1; i <= a.n; i++) {
        now[0] = i;
        for (unsigned j = 1; j <= b.n; j++) {
            unsigned char x = fold(a.p[i - 1]), y = fold(b.p[j - 1]);
            now[j] = least(least(last[j] + 1, now[j - 1] + 1), last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == fold(b.p[j - 2]) && y == fold(a.p[i - 2]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
        unsigned *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b.n];
}

const char *nearest(struct slice word, const char *const *known)
{
    const char *best = NULL;
    unsigned best_distance = 0;
    if (word.n > LONGEST)
        return NULL;
    for (; *known; known++) {
        struct slice k = slice_of(*known);
        if (k.n > LONGEST)
            continue;
        unsigned d = distance(word, k);
        size_t third = (word.n > k.n ? word.n : k.n) / 3;
        if (d <= (third ? third : 1) && (!best || d < best_distance)) {
            best = *known;
            best_distance = d;
        }
    }
    return best;
}

_Static_assert(LONGEST + sizeof "; did you mean ''?" <= NEAREST_TEXT, "every word that is compared fits");

const char *nearest_text(struct slice word, const char *const *known, const char *quotes, char out[NEAREST_TEXT])
{
    const char *near = nearest(word, known);
    out[0] = '\0';
    if (near)
        snprintf(out, NEAREST_TEXT, "; did you mean %s%s%s?", quotes, near, quotes);
    return out;
}
