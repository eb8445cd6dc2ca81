/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logs of both ends of a tunnel: which two views are one tunnel? By the UUIDs where the bundles say them, else by
 * time: what the one end logs as a failed verification the other one receives as an alert, in the same seconds.
 */
#include "agent/diagnosis/diagnose_parts.h"

#include "base/mem.h"

#include <stdlib.h>

#define SAME_SECONDS 2

/* The alert that OpenSSL sends for a verification result (ssl_x509err2alert in ssl/statem/statem_lib.c). */
static int alert_for(int verify)
{
    switch (verify) {
    case 7:
    case 8: return 51;
    case 10:
    case 12: return 45;
    case 23: return 44;
    case 26: return 43;
    case 4:
    case 5:
    case 6:
    case 9:
    case 11:
    case 13:
    case 14:
    case 15:
    case 16:
    case 27:
    case 28:
    case 66:
    case 67:
    case 68: return 42;
    case 2:
    case 3:
    case 18:
    case 19:
    case 20:
    case 21:
    case 22:
    case 25:
    case 33:
    case 79: return 48;
    default: return -1;
    }
}

bool bothends_fit(struct outcome a, struct outcome b)
{
    if (a.type == OUTCOME_ALERT && b.type == OUTCOME_VERIFY_FAILED)
        return bothends_fit(b, a);
    return a.type == OUTCOME_VERIFY_FAILED && b.type == OUTCOME_ALERT && alert_for(a.number) == b.number;
}

/* With more attempts than these in the same seconds, and more pairs in all, time says nothing any more. */
#define CROWD 12
#define PAIRS_MOST 400000

struct moment {
    int64_t second;
    size_t view;
    struct outcome what;
};

struct pair {
    size_t a, b; /* views, a < b */
    uint32_t score;
};

struct pairs {
    struct pair *pair;
    size_t count, capacity;
};

static int by_second(const void *x, const void *y)
{
    const struct moment *a = x, *b = y;
    if (a->second != b->second)
        return a->second < b->second ? -1 : 1;
    if (a->view != b->view)
        return a->view < b->view ? -1 : 1;
    return (int)a->what.number - (int)b->what.number;
}

static int by_views(const void *x, const void *y)
{
    const struct pair *a = x, *b = y;
    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    return a->b < b->b ? -1 : a->b > b->b;
}

static int by_score(const void *x, const void *y)
{
    const struct pair *a = x, *b = y;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return by_views(x, y);
}

static void pair_add(struct pairs *p, size_t a, size_t b, uint32_t score)
{
    p->pair = mem_grow(p->pair, &p->capacity, p->count + 1, sizeof *p->pair);
    p->pair[p->count++] = (struct pair){ a < b ? a : b, a < b ? b : a, score };
}

static bool may_be_one(const struct view *a, const struct view *b)
{
    bool one_host = slice_eq(a->host, b->host) && a->unit == b->unit;
    if (one_host || (a->role == b->role && a->role == ROLE_FTD))
        return false;
    /* where both UUIDs of a side are known they must agree */
    if (a->uuid.n && b->self_uuid.n && !slice_eq_nocase(a->uuid, b->self_uuid))
        return false;
    return !(b->uuid.n && a->self_uuid.n && !slice_eq_nocase(b->uuid, a->self_uuid));
}

static size_t moments(const struct inquiry *q, struct moment **out)
{
    size_t count = 0, capacity = 0;
    struct moment *m = NULL;
    for (size_t i = 0; i < q->view_count; i++) {
        const struct peer *p = q->views[i].peer;
        for (size_t k = 0; p && k < p->sample_count; k++) {
            if (p->samples[k].time == CIVIL_NONE)
                continue;
            m = mem_grow(m, &capacity, count + 1, sizeof *m);
            m[count++] = (struct moment){ civil_unix(p->samples[k].time), i, p->samples[k].what };
        }
    }
    if (count)
        qsort(m, count, sizeof *m, by_second);
    *out = m;
    return count;
}

static void pairs_by_time(const struct inquiry *q, struct pairs *pairs)
{
    struct moment *m;
    size_t count = moments(q, &m);
    for (size_t i = 0; i < count && pairs->count < PAIRS_MOST; i++) {
        size_t seen = 0;
        for (size_t k = i + 1; k < count && m[k].second - m[i].second <= SAME_SECONDS && seen < CROWD; k++, seen++) {
            const struct view *a = &q->views[m[i].view], *b = &q->views[m[k].view];
            if (bothends_fit(m[i].what, m[k].what) && may_be_one(a, b))
                pair_add(pairs, m[i].view, m[k].view, 1);
        }
    }
    free(m);
}

/* Both bundles say who they are and name one another. */
static void pairs_by_uuid(const struct inquiry *q, struct pairs *pairs)
{
    struct strings *selves = strings_new(CAP_STRINGS);
    size_t *of = mem_zalloc(q->view_count + 1, sizeof *of), *next = mem_zalloc(q->view_count, sizeof *next);
    for (size_t i = 0; i < q->view_count; i++) {
        const struct view *v = &q->views[i];
        uint32_t id = v->self_uuid.n ? strings_add(selves, v->self_uuid) : 0;
        if (!id || slice_eq_nocase(v->self_uuid, v->uuid)) /* nobody's peer is itself */
            continue;
        next[i] = of[id]; /* views of one appliance as a list; index + 1, 0 ends it */
        of[id] = i + 1;
    }
    for (size_t i = 0; i < q->view_count; i++) {
        const struct view *v = &q->views[i];
        uint32_t id = v->uuid.n && v->self_uuid.n ? strings_find(selves, v->uuid) : 0;
        for (size_t k = id ? of[id] : 0; k && pairs->count < PAIRS_MOST; k = next[k - 1])
            if (k - 1 > i && may_be_one(v, &q->views[k - 1]) && slice_eq_nocase(q->views[k - 1].uuid, v->self_uuid))
                pair_add(pairs, i, k - 1, 1000);
    }
    free(of);
    free(next);
    strings_free(selves);
}

/* Adds up equal pairs, leaves them by score. */
static void pairs_rank(struct pairs *p)
{
    size_t kept = 0;
    if (p->count == 0)
        return;
    qsort(p->pair, p->count, sizeof *p->pair, by_views);
    for (size_t i = 1; i < p->count; i++) {
        if (by_views(&p->pair[kept], &p->pair[i]) == 0)
            p->pair[kept].score += p->pair[i].score;
        else
            p->pair[++kept] = p->pair[i];
    }
    p->count = kept + 1;
    qsort(p->pair, p->count, sizeof *p->pair, by_score);
}

static bool unnamed(const struct inquiry *q, const struct pair *p)
{
    return view_unnamed(&q->views[p->a]) || view_unnamed(&q->views[p->b]);
}

/* Attempts without an address may be of several peers: they are one tunnel's only when each of them fits. */
static bool all_fit(const struct view *v, const struct pair *p)
{
    uint64_t most = v->peer && v->peer->attempts < CAP_SAMPLES_PER_PEER ? v->peer->attempts : CAP_SAMPLES_PER_PEER;
    return !view_unnamed(v) || p->score >= most;
}

static bool is_for(const struct inquiry *q, const struct pair *p, bool rest)
{
    const struct view *a = &q->views[p->a], *b = &q->views[p->b];
    return unnamed(q, p) == rest && a->partner == VIEW_NONE && b->partner == VIEW_NONE && all_fit(a, p) &&
           all_fit(b, p);
}

/* Joins those that fit one another best. rest: pairs without an address, of views that are nobody's partner yet. */
static void join(struct inquiry *q, const struct pairs *pairs, bool rest)
{
    uint32_t *best = mem_zalloc(q->view_count, sizeof *best);
    bool *torn = mem_zalloc(q->view_count, sizeof *torn);
    bool *left_out = mem_zalloc(pairs->count, sizeof *left_out);
    for (size_t i = 0; i < pairs->count; i++) {
        const struct pair *p = &pairs->pair[i];
        size_t side[2] = { p->a, p->b };
        left_out[i] = !is_for(q, p, rest);
        for (size_t k = 0; k < 2 && !left_out[i]; k++) {
            torn[side[k]] |= best[side[k]] == p->score; /* two that fit equally well: neither */
            best[side[k]] = best[side[k]] ? best[side[k]] : p->score;
        }
    }
    for (size_t i = 0; i < pairs->count; i++) {
        const struct pair *p = &pairs->pair[i];
        struct view *a = &q->views[p->a], *b = &q->views[p->b];
        if (left_out[i] || best[p->a] != p->score || best[p->b] != p->score || torn[p->a] || torn[p->b])
            continue;
        a->partner = p->b;
        b->partner = p->a;
    }
    free(best);
    free(torn);
    free(left_out);
}

void bothends_join(struct inquiry *q)
{
    struct pairs pairs = { 0 };
    pairs_by_uuid(q, &pairs);
    pairs_by_time(q, &pairs);
    pairs_rank(&pairs);
    join(q, &pairs, false);
    join(q, &pairs, true);
    free(pairs.pair);
}
