/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/wireyears.h"

#include "agent/diagnosis/wirejoin.h"
#include "base/mem.h"

#include <stdlib.h>

#define SAME_SECONDS 3 /* between a line and the packet that it is about */
#define YEARS_MOST 30  /* how far back a log may be */

/* An end of a connection, and when. */
struct meeting {
    struct wireip ip;
    int64_t seconds;
};

struct wireyears {
    struct meeting *all; /* by address, then by time */
    size_t count;
};

static int by_ip_and_time(const void *x, const void *y)
{
    const struct meeting *a = x, *b = y;
    int d = memcmp(&a->ip, &b->ip, sizeof a->ip);
    return d ? d : (a->seconds > b->seconds) - (a->seconds < b->seconds);
}

struct wireyears *wireyears_new(const struct casefile *c)
{
    if (!c->wire_count)
        return NULL;
    struct wireyears *y = mem_zalloc(1, sizeof *y);
    y->all = mem_zalloc(c->wire_count * 2, sizeof *y->all);
    for (size_t i = 0; i < c->wire_count; i++) {
        const struct wire *w = &c->wires[i];
        for (int side = 0; side < 2 && w->first_ns > 0 && wirejudge_is_ours(c, w); side++) {
            struct meeting *m = &y->all[y->count++];
            memcpy(m->ip.b, w->side[side].at.ip, sizeof m->ip.b);
            m->seconds = w->first_ns / 1000000000;
        }
    }
    if (y->count)
        qsort(y->all, y->count, sizeof *y->all, by_ip_and_time);
    return y;
}

void wireyears_free(struct wireyears *y)
{
    if (y)
        free(y->all);
    free(y);
}

/* Did a connection of this address begin at about this time? */
static bool met(const struct wireyears *y, const struct wireip *ip, int64_t seconds)
{
    const struct meeting from = { *ip, seconds - SAME_SECONDS };
    size_t low = 0, high = y->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_ip_and_time(&y->all[middle], &from) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < y->count && memcmp(&y->all[low].ip, ip, sizeof *ip) == 0 &&
           y->all[low].seconds <= seconds + SAME_SECONDS;
}

/* How many of the segment's attempts meet a connection when its times are `back` years older. */
static uint64_t meetings(const struct wireyears *y, const struct segment *s, int back)
{
    uint64_t count = 0;
    for (size_t i = 0; i < s->peer_count; i++) {
        const struct peer *p = &s->peers[i];
        struct wireip ip;
        if (!p->sample_count || !wirejoin_ip(strings_get(s->strings, p->address), &ip))
            continue;
        for (size_t k = 0; k < p->sample_count; k++)
            count += p->samples[k].time != CIVIL_NONE &&
                     met(y, &ip, civil_unix(civil_shifted(p->samples[k].time, -back * CIVIL_YEAR)));
    }
    return count;
}

static bool only_guessed(const struct segment *s)
{
    for (size_t i = 0; i < s->span_count; i++)
        if (s->spans[i].basis != YEAR_FILE && s->spans[i].basis != YEAR_NOW)
            return false;
    return s->span_count > 0;
}

void wireyears_align(const struct wireyears *y, struct segment *s)
{
    int best = 0;
    if (!y || !only_guessed(s))
        return;
    uint64_t most = meetings(y, s, 0);
    for (int back = 1; back <= YEARS_MOST; back++) {
        uint64_t count = meetings(y, s, back);
        best = count > most ? back : best;
        most = count > most ? count : most;
    }
    for (size_t i = 0; best && i < s->peer_count; i++)
        peer_shift(&s->peers[i], -best * CIVIL_YEAR);
    for (size_t i = 0; best && i < s->span_count; i++) {
        s->spans[i].first = civil_shifted(s->spans[i].first, -best * CIVIL_YEAR);
        s->spans[i].last = civil_shifted(s->spans[i].last, -best * CIVIL_YEAR);
        s->spans[i].basis = YEAR_CAPTURE;
    }
}
