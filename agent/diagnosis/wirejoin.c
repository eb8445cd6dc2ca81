/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/wirejoin.h"

#include "agent/diagnosis/whois.h"
#include "base/caps.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define NEAR_SECONDS 300    /* between what a log and a capture say of one outage */
#define SAME_SECONDS 3      /* between a line and the packet that it is about */
#define SCORE_KNOWN 1000000 /* both addresses are known */
#define SCORE_SAME_ALERT 10
#define NEIGHBOURS 8 /* connections that are looked at for one moment of a log */

/* ---- addresses ---- */

const struct wire *wirejoin_wire(const struct inquiry *q, const struct view_wires *x, size_t i)
{
    return &q->c->wires[x->index[i]];
}

civil wirejoin_civil(int64_t ns)
{
    return civil_from_unix(ns / 1000000000);
}

bool wirejoin_ip(struct slice text, struct wireip *ip)
{
    static const struct wireip mapped = { { [10] = 0xff, [11] = 0xff } };
    char space[INET6_ADDRSTRLEN];
    if (text.n == 0 || text.n >= sizeof space)
        return false;
    memcpy(space, text.p, text.n);
    space[text.n] = '\0';
    *ip = mapped;
    return inet_pton(AF_INET, space, ip->b + 12) == 1 || inet_pton(AF_INET6, space, ip->b) == 1;
}

/* An address and whose it is. */
struct place {
    struct wireip ip;
    size_t of; /* a view, or a peer fact */
};

struct places {
    struct place *all;
    size_t count, capacity;
};

static int by_ip(const void *x, const void *y)
{
    const struct place *a = x, *b = y;
    int d = memcmp(&a->ip, &b->ip, sizeof a->ip);
    return d ? d : (a->of > b->of) - (a->of < b->of);
}

static void place_add(struct places *p, struct slice address, size_t of)
{
    struct place place = { .of = of };
    if (!wirejoin_ip(address, &place.ip))
        return;
    p->all = mem_grow(p->all, &p->capacity, p->count + 1, sizeof *p->all);
    p->all[p->count++] = place;
}

static void places_sort(struct places *p)
{
    if (p->count)
        qsort(p->all, p->count, sizeof *p->all, by_ip);
}

/* The first one with this address; count: none. */
static size_t places_find(const struct places *p, const struct wireip *ip)
{
    size_t low = 0, high = p->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(&p->all[middle].ip, ip, sizeof *ip) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->count && memcmp(&p->all[low].ip, ip, sizeof *ip) == 0 ? low : p->count;
}

/* ---- does a view speak of these two? ---- */

struct candidate {
    uint32_t score;
    size_t pair, view;
    int end; /* 0: the peer is at the lower address */
};

struct joining {
    struct inquiry *q;
    const struct wire_pairs *pairs;
    struct places views;     /* by the peer's address */
    struct places facts;     /* peer facts by address: whose UUID lives there */
    struct strings *located; /* UUIDs, in small letters, of which an address is known */
    struct candidate *all;
    size_t count, capacity;
    size_t looks;  /* views held against pairs, at most CAP_JOINS */
    int64_t until; /* Unix seconds of the last packet of the pair that is looked at */
};

static const struct wire *wire_of(const struct joining *j, size_t pair, size_t i)
{
    return &j->q->c->wires[j->pairs->order[j->pairs->all[pair].from + i]];
}

static struct wireip pair_end(const struct joining *j, size_t pair, int end)
{
    const struct wire *w = wire_of(j, pair, 0);
    struct wireip ip[2];
    memcpy(&ip[0], w->side[0].at.ip, sizeof ip[0]);
    memcpy(&ip[1], w->side[1].at.ip, sizeof ip[1]);
    bool swap = memcmp(&ip[0], &ip[1], sizeof ip[0]) > 0;
    return ip[swap ? !end : end];
}

static struct slice small_letters(struct slice s, char out[UUID_BYTES])
{
    size_t n = s.n > UUID_BYTES ? UUID_BYTES : s.n;
    for (size_t i = 0; i < n; i++)
        out[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : s.p[i];
    return (struct slice){ out, n };
}

enum known { KNOWN_NOT, KNOWN_SAME, KNOWN_OTHER };

/* Is this the address of the view's observer? Other files of the case may name it by its UUID. */
static enum known observer_at(const struct joining *j, const struct view *v, const struct wireip *ip)
{
    struct wireip own;
    if (wirejoin_ip(v->host, &own))
        return memcmp(&own, ip, sizeof own) == 0 ? KNOWN_SAME : KNOWN_OTHER;
    if (!v->self_uuid.n)
        return KNOWN_NOT;
    for (size_t i = places_find(&j->facts, ip); i < j->facts.count && !memcmp(&j->facts.all[i].ip, ip, sizeof *ip); i++)
        if (slice_eq_nocase(slice_of(j->q->c->peers[j->facts.all[i].of].uuid), v->self_uuid))
            return KNOWN_SAME;
    char space[UUID_BYTES];
    return strings_find(j->located, small_letters(v->self_uuid, space)) ? KNOWN_OTHER : KNOWN_NOT;
}

static int64_t seconds(int64_t ns)
{
    return ns / 1000000000;
}

/* Is there a connection of the pair at this moment, and does its alert fit? */
static uint32_t meets(const struct joining *j, size_t pair, const struct sample *s)
{
    size_t low = 0, high = j->pairs->all[pair].count;
    int64_t at = civil_unix(s->time);
    while (low < high) { /* the first one that begins later */
        size_t middle = low + (high - low) / 2;
        if (seconds(wire_of(j, pair, middle)->first_ns) <= at + SAME_SECONDS)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t score = 0;
    for (size_t k = 0; k < NEIGHBOURS && k < low; k++) {
        const struct wire *w = wire_of(j, pair, low - 1 - k);
        const struct wire_alert *a = wirejudge_alert(w);
        if (seconds(w->last_ns) < at - SAME_SECONDS)
            continue;
        const struct outcome alert = { .type = OUTCOME_ALERT, .number = a ? a->description : -1 };
        bool same = a && (outcome_same(s->what, (struct outcome){ OUTCOME_ALERT, a->description, s->what.depth }) ||
                             bothends_fit(s->what, alert));
        uint32_t more = same ? SCORE_SAME_ALERT : 1;
        score = more > score ? more : score;
    }
    return score;
}

static uint32_t score_of(const struct joining *j, size_t pair, const struct view *v, const struct wireip *other)
{
    enum known known = observer_at(j, v, other);
    if (known != KNOWN_NOT)
        return known == KNOWN_SAME ? SCORE_KNOWN : 0;
    if (!v->peer || v->peer->last == CIVIL_NONE)
        return 1;
    int64_t first = seconds(wire_of(j, pair, 0)->first_ns);
    if (civil_unix(v->peer->first) > j->until + NEAR_SECONDS || civil_unix(v->peer->last) < first - NEAR_SECONDS)
        return 0;
    uint32_t score = 1;
    for (size_t i = 0; i < v->peer->sample_count; i++)
        if (v->peer->samples[i].time != CIVIL_NONE)
            score += meets(j, pair, &v->peer->samples[i]);
    return score;
}

static bool pair_is_ours(const struct joining *j, size_t pair)
{
    for (size_t i = 0; i < j->pairs->all[pair].count; i++)
        if (wirejudge_is_ours(j->q->c, wire_of(j, pair, i)))
            return true;
    return false;
}

static int64_t last_second(const struct joining *j, size_t pair)
{
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < j->pairs->all[pair].count; i++)
        if (seconds(wire_of(j, pair, i)->last_ns) > last)
            last = seconds(wire_of(j, pair, i)->last_ns);
    return last;
}

static void find_candidates(struct joining *j, size_t pair)
{
    j->until = last_second(j, pair);
    for (int end = 0; end < 2; end++) {
        struct wireip ip = pair_end(j, pair, end), other = pair_end(j, pair, !end);
        for (size_t i = places_find(&j->views, &ip); i < j->views.count && !memcmp(&j->views.all[i].ip, &ip, sizeof ip);
             i++) {
            if (j->looks >= CAP_JOINS) {
                j->q->joins_over_cap++;
                return;
            }
            j->looks++;
            uint32_t score = score_of(j, pair, &j->q->views[j->views.all[i].of], &other);
            if (!score)
                continue;
            j->all = mem_grow(j->all, &j->capacity, j->count + 1, sizeof *j->all);
            j->all[j->count++] = (struct candidate){ score, pair, j->views.all[i].of, end };
        }
    }
}

static int by_score(const void *x, const void *y)
{
    const struct candidate *a = x, *b = y;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    if (a->view != b->view)
        return a->view < b->view ? -1 : 1;
    if (a->pair != b->pair)
        return a->pair < b->pair ? -1 : 1;
    return a->end - b->end;
}

/* ---- giving them away ---- */

static void wires_add(struct joining *j, struct view *v, size_t pair)
{
    const struct wire_pair *p = &j->pairs->all[pair];
    if (!v->wires) {
        v->wires = mem_zalloc(1, sizeof *v->wires);
        v->wires->failing_since = CIVIL_NONE;
    }
    struct view_wires *x = v->wires;
    x->index = mem_grow(x->index, &x->capacity, x->count + p->count, sizeof *x->index);
    for (size_t i = 0; i < p->count; i++)
        if (wirejudge_is_ours(j->q->c, wire_of(j, pair, i)))
            x->index[x->count++] = j->pairs->order[p->from + i];
}

static bool one_observer(const struct view *a, const struct view *b)
{
    return a->unit == b->unit && slice_eq(a->host, b->host);
}

/* The best ones first; each view and each end of a pair once, but what is known for sure. */
static void give(struct joining *j, size_t (*taken)[2])
{
    struct inquiry *q = j->q;
    if (j->count)
        qsort(j->all, j->count, sizeof *j->all, by_score);
    for (size_t i = 0; i < j->count; i++) {
        const struct candidate *x = &j->all[i];
        size_t other = taken[x->pair][!x->end];
        struct view *v = &q->views[x->view];
        if (taken[x->pair][x->end] || (v->wires && x->score < SCORE_KNOWN) ||
            (other && one_observer(v, &q->views[other - 1])))
            continue;
        taken[x->pair][x->end] = x->view + 1;
        wires_add(j, v, x->pair);
        if (!other)
            continue;
        v->wires->other_end = q->views[other - 1].wires;
        q->views[other - 1].wires->other_end = v->wires;
    }
}

/* The end that opened the first connection of which that is known. */
static const struct wire *opener(const struct joining *j, size_t pair)
{
    for (size_t i = 0; i < j->pairs->all[pair].count; i++)
        if (wire_of(j, pair, i)->direction_known)
            return wire_of(j, pair, i);
    return wire_of(j, pair, 0);
}

static struct slice own_address(const struct joining *j, const struct endpoint *e)
{
    struct buf b = { 0 };
    endpoint_address(&b, e);
    return slice_of(inquiry_own(j->q, buf_take(&b)));
}

/* What the case knows of the appliance at this address. */
static void learn_observer(const struct joining *j, struct view *v, const struct endpoint *e)
{
    struct wireip ip;
    memcpy(&ip, e->ip, sizeof ip);
    const struct casefile *c = j->q->c;
    for (size_t i = places_find(&j->facts, &ip); i < j->facts.count && !memcmp(&j->facts.all[i].ip, &ip, sizeof ip);
         i++) {
        struct slice uuid = slice_of(c->peers[j->facts.all[i].of].uuid);
        for (size_t k = 0; uuid.n && k < c->appliance_count; k++)
            if (slice_eq_nocase(slice_of(c->appliances[k].uuid), uuid)) {
                v->role = c->appliances[k].role;
                v->self_uuid = uuid;
                return;
            }
    }
}

static void view_from_pair(struct joining *j, size_t pair, struct whois *names)
{
    const struct wire *w = opener(j, pair);
    struct view *v = inquiry_view(j->q);
    v->captured = true;
    v->host = own_address(j, &w->side[SIDE_CLIENT].at);
    v->address = own_address(j, &w->side[SIDE_SERVER].at);
    learn_observer(j, v, &w->side[SIDE_CLIENT].at);
    whois_learn(names, v);
    wires_add(j, v, pair);
}

static int by_time(const void *x, const void *y, void *all)
{
    const struct wire *wires = all, *a = &wires[*(const uint32_t *)x], *b = &wires[*(const uint32_t *)y];
    if (a->first_ns != b->first_ns)
        return a->first_ns < b->first_ns ? -1 : 1;
    int d = memcmp(&a->side[0].at, &b->side[0].at, sizeof a->side[0].at);
    return d ? d : (a->stream > b->stream) - (a->stream < b->stream);
}

void wirejoin_views(struct inquiry *q, const struct wire_pairs *pairs, struct whois *names)
{
    if (!pairs->count)
        return;
    struct joining j = { .q = q, .pairs = pairs, .located = strings_new(UINT32_MAX) };
    for (size_t i = 0; i < q->view_count; i++)
        place_add(&j.views, q->views[i].address, i);
    for (size_t i = 0; i < q->c->peer_count; i++) {
        char space[UUID_BYTES];
        size_t before = j.facts.count;
        place_add(&j.facts, slice_of(q->c->peers[i].address), i);
        if (j.facts.count > before)
            strings_add(j.located, small_letters(slice_of(q->c->peers[i].uuid), space));
    }
    places_sort(&j.views);
    places_sort(&j.facts);
    for (size_t i = 0; i < pairs->count; i++)
        if (pair_is_ours(&j, i))
            find_candidates(&j, i);
    size_t(*taken)[2] = mem_zalloc(pairs->count, sizeof *taken);
    give(&j, taken);
    for (size_t i = 0; i < pairs->count; i++) {
        if (taken[i][0] || taken[i][1] || !pair_is_ours(&j, i))
            continue;
        if (q->view_count < CAP_PEERS)
            view_from_pair(&j, i, names);
        else
            q->wires_over_cap += pairs->all[i].count;
    }
    for (size_t i = 0; i < q->view_count; i++)
        if (q->views[i].wires)
            qsort_r(q->views[i].wires->index, q->views[i].wires->count, sizeof(uint32_t), by_time, q->c->wires);
    free(taken);
    free(j.all);
    free(j.views.all);
    free(j.facts.all);
    strings_free(j.located);
}

void wirejoin_partners(struct inquiry *q)
{
    for (size_t i = 0; i < q->view_count; i++)
        if (q->views[i].wires)
            q->views[i].wires->view = i;
    for (size_t i = 0; i < q->view_count; i++) {
        struct view *a = &q->views[i];
        size_t other = a->wires && a->wires->other_end ? a->wires->other_end->view : i;
        if (other <= i || a->partner != VIEW_NONE || q->views[other].partner != VIEW_NONE)
            continue;
        a->partner = other;
        q->views[other].partner = i;
    }
}

void wirejoin_finish(struct inquiry *q)
{
    for (size_t i = 0; i < q->view_count; i++) {
        struct view_wires *x = q->views[i].wires;
        for (size_t k = 0; x && k < x->count; k++)
            if (q->c->wires[x->index[k]].finding == WIRE_NO_FINDING)
                q->c->wires[x->index[k]].finding = (uint32_t)i;
        if (x)
            free(x->index);
        free(x);
        q->views[i].wires = NULL;
    }
}
