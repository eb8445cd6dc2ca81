/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two pieces of a log become one. What the right one kept because its past was not known is gone through again, now
 * that the past is there; the rest is added up. Numbers of strings and hosts, sequences, log time, years and lines of
 * the right side are translated on the way.
 */
#include "agent/diagnosis/segment_parts.h"

#include "agent/diagnosis/casefile.h"
#include "base/mem.h"

#include <stdlib.h>

struct host_map {
    uint32_t host;    /* in the left segment */
    civil shift;      /* whole years, to be added */
    uint64_t elapsed; /* to be added */
};

struct joining {
    struct segment *left, *right;
    uint32_t *strings;  /* [right's number] -> left's */
    uint32_t *messages; /* likewise */
    struct host_map *hosts;
    uint64_t sequence, line_offset;
};

static uint32_t *map_strings(struct strings *left, const struct strings *right)
{
    uint32_t count = strings_count(right);
    uint32_t *map = mem_zalloc(count + 1, sizeof *map);
    for (uint32_t i = 1; i <= count; i++)
        map[i] = strings_add(left, strings_get(right, i));
    return map;
}

static uint32_t *map_messages(const struct joining *j)
{
    struct proof_room room = segment_room(j->left, 0);
    uint32_t count = strings_count(j->right->messages);
    uint32_t *map = mem_zalloc(count + 1, sizeof *map);
    for (uint32_t i = 1; i <= count; i++) /* a text comes before what has its number */
        map[i] = proof_adopt(&room, strings_get(j->right->messages, i), j->strings, map);
    return map;
}

/* The host's clock goes on where it stood on the left. */
static civil year_shift(const struct host *left, const struct host *right)
{
    if (right->year_known || right->first == CIVIL_NONE || left->last == CIVIL_NONE)
        return 0;
    return civil_near(right->first, left->last) - right->first;
}

static void map_hosts(struct joining *j)
{
    j->hosts = mem_zalloc(j->right->host_count, sizeof *j->hosts);
    for (size_t i = 0; i < j->right->host_count; i++) {
        const struct host *r = &j->right->hosts[i];
        struct host_map *m = &j->hosts[i];
        m->host = segment_host(j->left, strings_get(j->right->strings, r->name));
        struct host *l = &j->left->hosts[m->host];
        m->shift = year_shift(l, r);
        if (r->first == CIVIL_NONE)
            m->elapsed = l->elapsed;
        else if (l->last == CIVIL_NONE)
            l->first = r->first + m->shift;
        else if (r->first + m->shift > l->last)
            m->elapsed = l->elapsed + segment_passed(l->last, r->first + m->shift);
        else
            m->elapsed = l->elapsed;
        l->year_known |= r->year_known;
    }
}

static void map_proofs(const struct joining *j, struct proof *proof, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        proof[i].line += j->line_offset;
        if (proof[i].state == PROOF_KEPT)
            proof[i].message = j->messages[proof[i].message];
    }
}

/* ---- what was kept, gone through again ---- */

static void replay_fact(struct joining *j, struct item *i)
{
    struct fact f = i->fact;
    const struct host_map *m = &j->hosts[f.host];
    struct host *l = &j->left->hosts[m->host];
    f.host = m->host;
    f.address = j->strings[f.address];
    f.dn = j->strings[f.dn];
    f.time = civil_shifted(f.time, m->shift);
    f.elapsed += m->elapsed;
    f.sequence += j->sequence;
    j->left->sequence = f.sequence;
    l->elapsed = f.elapsed;
    segment_settle_host(j->left, m->host);
    map_proofs(j, &i->proof, 1);
    struct proof borrowed = i->proof;
    if (borrowed.state == PROOF_COPIED)
        borrowed.state = PROOF_BORROWED;
    segment_fact(j->left, &f, &borrowed);
}

static void replay_closing(struct joining *j, struct closing *c)
{
    const struct host_map *m = &j->hosts[c->host];
    c->host = m->host;
    c->address = j->strings[c->address];
    c->issuer = j->strings[c->issuer];
    c->subject = j->strings[c->subject];
    c->first = civil_shifted(c->first, m->shift);
    c->last = civil_shifted(c->last, m->shift);
    c->sequence += j->sequence;
    map_proofs(j, c->proof, c->proof_count);
    segment_report(j->left, c);
}

static void replay(struct joining *j)
{
    for (size_t i = 0; i < j->right->item_count; i++) {
        struct item *item = &j->right->items[i];
        if (item->closing)
            replay_closing(j, item->closing);
        else
            replay_fact(j, item);
    }
}

/* ---- what is open at the end ---- */

/* Nothing on the right depends on the left any more: what is open on the left was ended there. */
static void close_all(struct segment *s, uint32_t host)
{
    struct host *h = &s->hosts[host];
    for (uint32_t n = h->order.oldest, next; n != SLOT_NONE; n = next) {
        next = slots_at(s->slots, n)->newer;
        segment_close(s, n);
    }
    h->early = false;
    h->heads = 0;
    while (h->order.oldest != SLOT_NONE)
        slots_remove(s->slots, &h->order, h->order.oldest);
}

static void take_attempt(struct joining *j, const struct host_map *m, struct attempt *to, struct attempt *from)
{
    *to = *from; /* the proofs are transferred */
    from->proof_count = 0;
    to->host = m->host;
    to->address = j->strings[to->address];
    to->issuer = j->strings[to->issuer];
    to->subject = j->strings[to->subject];
    to->first = civil_shifted(to->first, m->shift);
    to->last = civil_shifted(to->last, m->shift);
    to->elapsed += m->elapsed;
    to->sequence += j->sequence;
    map_proofs(j, to->proof, to->proof_count);
}

/* One of the right's slots; its key's past was settled on the right. */
static void take_slot(struct joining *j, const struct host_map *m, struct slot *r)
{
    struct segment *left = j->left;
    struct host *l = &left->hosts[m->host];
    uint32_t n = slots_find(left->slots, m->host, r->a.pid, r->a.tid);
    if (n != SLOT_NONE) {
        struct slot *slot = slots_at(left->slots, n);
        if (slot->state == SLOT_HEAD)
            l->heads--;
        segment_close(left, n);
        if (!l->early)
            n = SLOT_NONE;
    }
    if (n == SLOT_NONE && r->state == SLOT_IDLE && !l->early)
        return;
    if (n == SLOT_NONE) {
        n = slots_add(left->slots, m->host, r->a.pid, r->a.tid);
        slots_append(left->slots, &l->order, n);
    } else {
        slots_renew(left->slots, &l->order, n);
    }
    struct slot *slot = slots_at(left->slots, n);
    slot->state = r->state;
    slot->borrowing = false;
    take_attempt(j, m, &slot->a, &r->a);
}

static void take_host(struct joining *j, size_t index)
{
    struct host *r = &j->right->hosts[index];
    const struct host_map *m = &j->hosts[index];
    struct host *l = &j->left->hosts[m->host];
    if (!r->early) {
        bool early = l->early;
        close_all(j->left, m->host);
        l->early_end = early ? j->sequence + r->early_end : l->early_end;
    }
    for (uint32_t n = r->order.oldest; n != SLOT_NONE; n = slots_at(j->right->slots, n)->newer) {
        struct slot *slot = slots_at(j->right->slots, n);
        if (slot->state != SLOT_HEAD)
            take_slot(j, m, slot);
    }
    l->last = r->last == CIVIL_NONE ? l->last : r->last + m->shift;
    l->elapsed = m->elapsed + r->elapsed;
    if (r->leap_year)
        l->leap_year = r->leap_year + (int)(m->shift / CIVIL_YEAR);
    l->fmc_hints += r->fmc_hints;
    l->ftd_hints += r->ftd_hints;
    segment_settle_host(j->left, m->host);
}

/* ---- what was added up ---- */

static void take_witness(const struct joining *j, struct witness *w)
{
    if (!w)
        return;
    w->sequence += j->sequence;
    w->issuer = j->strings[w->issuer];
    w->subject = j->strings[w->subject];
    witness_translate(w, j->messages, j->line_offset);
}

static void take_stat(const struct joining *j, struct outcome_stat *s)
{
    s->last_sequence += s->last_sequence ? j->sequence : 0;
    take_witness(j, s->witness);
}

static void take_peer(struct joining *j, struct peer *r)
{
    const struct host_map *m = &j->hosts[r->host];
    struct peer *l = segment_peer(j->left, m->host, j->strings[r->address]);
    if (!l) {
        j->left->over_cap += r->attempts;
        return;
    }
    peer_shift(r, m->shift);
    uint64_t *sequences[] = { &r->last_success, &r->failing_since, &r->last_attempt, &r->last_failure, &r->last_sign,
        &r->last_disconnect };
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++)
        *sequences[i] += *sequences[i] ? j->sequence : 0;
    for (size_t i = 0; i < r->sample_count; i++)
        r->samples[i].sequence += j->sequence;
    for (size_t i = 0; i < r->stat_count; i++)
        take_stat(j, &r->stats[i]);
    map_proofs(j, &r->sign, 1);
    peer_append(l, r);
}

static void take_spans(struct joining *j)
{
    for (size_t i = 0; i < j->right->span_count; i++) {
        const struct span *r = &j->right->spans[i];
        civil shift = 0;
        if (r->host != NO_INDEX)
            shift = j->hosts[r->host].shift;
        struct span *l = segment_source(j->left, r->source);
        if (l->first == CIVIL_NONE)
            l->first = civil_shifted(r->first, shift);
        if (r->last != CIVIL_NONE)
            l->last = r->last + shift;
        if (l->host == NO_INDEX && r->host != NO_INDEX)
            l->host = j->hosts[r->host].host;
        l->year_known |= r->year_known;
        l->basis = r->basis;
    }
}

static void take_counts(struct joining *j)
{
    struct segment *left = j->left, *right = j->right;
    for (size_t i = 0; i < NOISE_KINDS; i++) {
        struct noise_count *l = &left->noise[i], *r = &right->noise[i];
        map_proofs(j, &r->first, 1);
        if (l->lines == 0 && r->lines) {
            l->host = j->hosts[r->host].host;
            l->first = r->first; /* transferred */
            r->first = (struct proof){ 0 };
        }
        l->lines += r->lines;
    }
    for (size_t i = 0; i < OVER_KINDS; i++) {
        if (left->over[i].count == 0)
            left->over[i].source = right->over[i].source;
        left->over[i].count += right->over[i].count;
    }
    left->attempts += right->attempts;
    left->unattributed += right->unattributed;
    left->over_cap += right->over_cap;
    if (right->year.written != INT64_MIN) {
        left->year.written = right->year.written;
        left->year.basis = right->year.basis;
    }
}

void segment_join(struct segment *left, struct segment *right, uint64_t right_line_offset)
{
    struct joining j = { .left = left, .right = right, .sequence = left->sequence, .line_offset = right_line_offset };
    segment_release(left);
    segment_release(right);
    witness_spares_clear(left->spares);
    witness_spares_clear(right->spares);
    strings_freeze(right->strings);
    strings_freeze(right->messages);
    j.strings = map_strings(left->strings, right->strings);
    j.messages = map_messages(&j);
    map_hosts(&j);
    strings_free(right->messages); /* before the left side grows: here most memory is in use */
    strings_free(right->strings);
    right->messages = right->strings = NULL;
    replay(&j);
    segment_release(left); /* what the replay has lent belongs to the right */
    left->sequence = j.sequence + right->sequence;
    for (size_t i = 0; i < right->host_count; i++)
        take_host(&j, i);
    segment_expect_peers(left, right->peer_count);
    for (size_t i = 0; i < right->peer_count; i++)
        take_peer(&j, &right->peers[i]);
    take_spans(&j);
    take_counts(&j);
    free(j.strings);
    free(j.messages);
    free(j.hosts);
    segment_free(right);
}

/* ---- the end ---- */

/* Whole years that a host's provisional times are off. */
static int final_shift(const struct segment *s, const struct host *h)
{
    if (h->year_known || h->last == CIVIL_NONE)
        return 0;
    if (s->year.forced) { /* of the log's first line; a host that is first heard of after New Year is a year on */
        civil begin = s->spans[0].first % CIVIL_YEAR + (civil)s->year.forced * CIVIL_YEAR;
        civil first = h->first % CIVIL_YEAR + (civil)s->year.forced * CIVIL_YEAR;
        return s->year.forced - civil_year(h->first) + (begin - first > HALF_YEAR);
    }
    if (s->year.written == INT64_MIN)
        return 0;
    civil end = civil_from_unix(s->year.written + 86400); /* zones, and clocks that are a little off */
    civil at_end = h->last % CIVIL_YEAR + civil_year(end) * CIVIL_YEAR;
    int shift = civil_year(end) - civil_year(h->last) - (at_end > end);
    while (h->leap_year && !civil_leap(h->leap_year + shift)) /* a Feb 29 was seen: there was one in that year */
        shift--;
    return shift;
}

struct segment *segment_without_left(struct segment *s)
{
    struct segment *whole = segment_new(true, s->year);
    segment_join(whole, s, 0);
    return whole;
}

struct segment *segment_settle(struct segment *s)
{
    struct segment *whole = s->left_known ? s : segment_without_left(s);
    for (size_t i = 0; i < whole->host_count; i++)
        close_all(whole, (uint32_t)i);
    for (size_t i = 0; i < whole->peer_count; i++)
        peer_shift(&whole->peers[i], final_shift(whole, &whole->hosts[whole->peers[i].host]) * CIVIL_YEAR);
    for (size_t i = 0; i < whole->span_count; i++) {
        struct span *span = &whole->spans[i];
        span->basis = YEAR_STAMP;
        if (span->year_known || span->host == NO_INDEX)
            continue;
        civil shift = final_shift(whole, &whole->hosts[span->host]) * CIVIL_YEAR;
        span->basis = whole->year.forced ? YEAR_FORCED : whole->year.basis;
        span->first = civil_shifted(span->first, shift);
        span->last = civil_shifted(span->last, shift);
        span->year_known = true;
    }
    for (size_t i = 0; i < whole->host_count; i++)
        whole->hosts[i].year_known = true;
    return whole;
}
