/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/peer.h"

#include "base/mem.h"

#include <stdlib.h>

static void witness_free(struct witness *w)
{
    if (w)
        proofs_clear(w->proof, w->proof_count);
    free(w);
}

void peer_clear(struct peer *p)
{
    for (size_t i = 0; i < p->stat_count; i++) {
        witness_free(p->stats[i].earliest);
        witness_free(p->stats[i].since);
    }
    free(p->stats);
    free(p->samples);
    proof_clear(&p->sign);
    *p = (struct peer){ 0 };
}

void peer_shift(struct peer *p, civil shift)
{
    civil *times[] = { &p->first, &p->last, &p->last_success_time, &p->failing_since_time, &p->last_failure_time,
        &p->last_sign_time, &p->last_disconnect_time };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        *times[i] = civil_shifted(*times[i], shift);
    for (size_t i = 0; i < p->sample_count; i++)
        p->samples[i].time = civil_shifted(p->samples[i].time, shift);
    for (size_t i = 0; i < p->stat_count; i++) {
        struct outcome_stat *s = &p->stats[i];
        struct witness *witnesses[] = { s->earliest, s->since };
        s->first = civil_shifted(s->first, shift);
        s->last = civil_shifted(s->last, shift);
        for (size_t k = 0; k < 2; k++)
            if (witnesses[k])
                witnesses[k]->time = civil_shifted(witnesses[k]->time, shift);
    }
}

static void widen(civil *first, civil *last, civil from, civil to)
{
    if (from != CIVIL_NONE && (*first == CIVIL_NONE || from < *first))
        *first = from;
    if (to != CIVIL_NONE && (*last == CIVIL_NONE || to > *last))
        *last = to;
}

/* The statistics of this outcome, for `count` attempts more; past the cap the last one takes all further kinds. */
static struct outcome_stat *stat_of(struct peer *p, struct outcome what, uint64_t count)
{
    for (size_t i = 0; i < p->stat_count; i++)
        if (outcome_same(p->stats[i].what, what))
            return &p->stats[i];
    if (p->stat_count == CAP_OUTCOMES_PER_PEER) {
        p->over += count;
        return &p->stats[p->stat_count - 1];
    }
    if (p->stat_count == p->stat_capacity) {
        p->stat_capacity = p->stat_capacity ? p->stat_capacity * 2 : 2;
        p->stats = mem_resize(p->stats, p->stat_capacity, sizeof *p->stats);
    }
    struct outcome_stat *s = &p->stats[p->stat_count++];
    *s = (struct outcome_stat){ .what = what, .first = CIVIL_NONE, .last = CIVIL_NONE };
    return s;
}

/* In the room of the attempt that was there, if it fits; its proofs are empty or what they were. */
static struct witness *witness_room(struct witness *w, const struct closing *c)
{
    if (!w || w->proof_count != c->proof_count) {
        witness_free(w);
        w = mem_alloc(sizeof *w + c->proof_count * sizeof *w->proof);
        for (size_t i = 0; i < c->proof_count; i++)
            w->proof[i] = (struct proof){ .weight = 0 };
    }
    w->sequence = c->sequence;
    w->time = c->last;
    w->issuer = c->issuer;
    w->subject = c->subject;
    w->verified_ok = c->verified_ok;
    w->proof_count = c->proof_count;
    return w;
}

static void witness_copy(struct witness **at, const struct closing *c, const struct proof_room *room)
{
    struct witness *w = *at = witness_room(*at, c);
    for (size_t i = 0; i < c->proof_count; i++) {
        if (c->outcome.type == OUTCOME_ESTABLISHED) { /* always the latest one: replaced all the time */
            proof_replace(&w->proof[i], &c->proof[i]);
            continue;
        }
        proof_clear(&w->proof[i]);
        w->proof[i] = proof_copy(&c->proof[i], room);
    }
}

static void witness_move(struct witness **to, struct witness **from)
{
    witness_free(*to);
    *to = *from; /* transferred */
    *from = NULL;
}

static uint64_t sequence_of(const struct witness *w)
{
    return w ? w->sequence : 0;
}

/* Should the attempt with this sequence become the one since the last success? */
static bool is_since(const struct peer *p, const struct outcome_stat *s, uint64_t sequence)
{
    if (s->what.type == OUTCOME_ESTABLISHED)
        return sequence > sequence_of(s->since);
    if (sequence <= p->last_success || sequence_of(s->earliest) > p->last_success)
        return false; /* history, or the earliest one serves */
    return sequence_of(s->since) <= p->last_success || sequence < s->since->sequence;
}

static void stat_witness(
    const struct peer *p, struct outcome_stat *s, const struct closing *c, const struct proof_room *room)
{
    if (!s->earliest) {
        witness_copy(&s->earliest, c, room);
    } else if (c->sequence < s->earliest->sequence) { /* closed late */
        if (s->earliest->sequence > p->last_success && c->sequence <= p->last_success)
            witness_move(&s->since, &s->earliest);
        witness_copy(&s->earliest, c, room);
    } else if (is_since(p, s, c->sequence)) {
        witness_copy(&s->since, c, room);
    }
}

const struct witness *peer_witness(const struct peer *p, const struct outcome_stat *s)
{
    uint64_t since = sequence_of(s->since);
    bool valid = since > sequence_of(s->earliest) && (s->what.type == OUTCOME_ESTABLISHED || since > p->last_success);
    return valid ? s->since : s->earliest;
}

/*
 * Only what can be the one half of a pair: a fault or its echo. A sorted array that gives way at its front in steps of
 * its own length, so that most additions move nothing.
 */
static void add_sample(struct peer *p, const struct sample *new)
{
    const size_t most = CAP_SAMPLES_PER_PEER;
    if (new->what.type != OUTCOME_VERIFY_FAILED &&new->what.type != OUTCOME_ALERT)
        return;
    if (p->sample_count == 2 * most) {
        memcpy(p->samples, p->samples + most, most * sizeof *p->samples);
        p->sample_count = CAP_SAMPLES_PER_PEER;
    }
    if (p->sample_count == p->sample_capacity) {
        p->sample_capacity = p->sample_capacity ? (uint8_t)(2 * most) : 4;
        p->samples = mem_resize(p->samples, p->sample_capacity, sizeof *p->samples);
    }
    size_t at = p->sample_count++;
    for (; at > 0 && p->samples[at - 1].sequence > new->sequence; at--)
        p->samples[at] = p->samples[at - 1];
    p->samples[at] = *new;
}

size_t peer_samples(const struct peer *p, const struct sample **first)
{
    size_t extra = p->sample_count > CAP_SAMPLES_PER_PEER ? p->sample_count - CAP_SAMPLES_PER_PEER : 0;
    *first = p->samples ? p->samples + extra : NULL;
    return p->sample_count - extra;
}

static void note_success(struct peer *p, uint64_t sequence, civil time)
{
    if (sequence > p->last_success) {
        p->last_success = sequence;
        p->last_success_time = time;
    }
    if (p->failing_since && p->failing_since < p->last_success)
        p->failing_since = 0;
}

static void note_failure(struct peer *p, uint64_t sequence, civil first, civil last, struct outcome what)
{
    if (sequence > p->last_failure) {
        p->last_failure = sequence;
        p->last_failure_time = last;
        p->last_fault = what;
    }
    if (sequence > p->last_success && (!p->failing_since || sequence < p->failing_since)) {
        p->failing_since = sequence;
        p->failing_since_time = first;
    }
}

static void apply_attempt(struct peer *p, const struct closing *c, const struct proof_room *room)
{
    struct outcome_stat *s = stat_of(p, c->outcome, 1);
    p->attempts++;
    s->count++;
    if (c->sequence > s->last_sequence)
        s->last_sequence = c->sequence;
    widen(&s->first, &s->last, c->first, c->last);
    if (c->sequence > p->last_attempt) {
        p->last_attempt = c->sequence;
        p->last_outcome = c->outcome;
    }
    if (c->outcome.type == OUTCOME_ESTABLISHED)
        note_success(p, c->sequence, c->last);
    else if (outcome_is_failure(c->outcome))
        note_failure(p, c->sequence, c->first, c->last, c->outcome);
    stat_witness(p, s, c, room);
    add_sample(p, &(struct sample){ .sequence = c->sequence, .time = c->last, .what = c->outcome });
}

static void apply_sign(struct peer *p, const struct closing *c)
{
    p->signs++;
    if (c->sequence < p->last_sign)
        return;
    p->last_sign = c->sequence;
    p->last_sign_time = c->last;
    if (c->proof_count == 0)
        return;
    proof_replace(&p->sign, &c->proof[0]);
}

void peer_apply(struct peer *p, const struct closing *c, const struct proof_room *room)
{
    if (c->type != CLOSING_DISCONNECT)
        widen(&p->first, &p->last, c->first, c->last);
    switch (c->type) {
    case CLOSING_ATTEMPT: apply_attempt(p, c, room); break;
    case CLOSING_SIGN: apply_sign(p, c); break;
    case CLOSING_DISCONNECT:
        p->disconnects++;
        if (c->sequence >= p->last_disconnect) {
            p->last_disconnect = c->sequence;
            p->last_disconnect_time = c->last;
        }
        break;
    }
}

/* last_success: of both pieces together. */
static void stat_append(struct peer *p, struct outcome_stat *s, struct outcome_stat *later)
{
    s->count += later->count;
    if (later->last_sequence > s->last_sequence)
        s->last_sequence = later->last_sequence;
    widen(&s->first, &s->last, later->first, later->last);
    if (!s->earliest)
        witness_move(&s->earliest, &later->earliest);
    else if (is_since(p, s, sequence_of(later->earliest)))
        witness_move(&s->since, &later->earliest);
    if (later->since && is_since(p, s, later->since->sequence))
        witness_move(&s->since, &later->since);
}

static void append_signs(struct peer *p, struct peer *later)
{
    p->signs += later->signs;
    p->disconnects += later->disconnects;
    if (later->last_sign > p->last_sign) {
        proof_clear(&p->sign);
        p->sign = later->sign; /* transferred */
        later->sign = (struct proof){ 0 };
        p->last_sign = later->last_sign;
        p->last_sign_time = later->last_sign_time;
    }
    if (later->last_disconnect > p->last_disconnect) {
        p->last_disconnect = later->last_disconnect;
        p->last_disconnect_time = later->last_disconnect_time;
    }
}

void peer_append(struct peer *p, struct peer *later)
{
    p->attempts += later->attempts;
    widen(&p->first, &p->last, later->first, later->last);
    if (later->last_success)
        note_success(p, later->last_success, later->last_success_time);
    for (size_t i = 0; i < later->stat_count; i++)
        stat_append(p, stat_of(p, later->stats[i].what, later->stats[i].count), &later->stats[i]);
    p->over += later->over;
    for (size_t i = 0; i < later->sample_count; i++)
        add_sample(p, &later->samples[i]);
    if (later->last_attempt > p->last_attempt) {
        p->last_attempt = later->last_attempt;
        p->last_outcome = later->last_outcome;
    }
    if (later->last_failure > p->last_failure) {
        p->last_failure = later->last_failure;
        p->last_failure_time = later->last_failure_time;
        p->last_fault = later->last_fault;
    }
    bool earlier = !p->failing_since || later->failing_since < p->failing_since;
    if (later->failing_since > p->last_success && earlier) {
        p->failing_since = later->failing_since;
        p->failing_since_time = later->failing_since_time;
    }
    if (!p->failing_since &&
        p->last_failure > p->last_success) { /* the pieces overlapped: its beginning is not known */
        p->failing_since = p->last_failure;
        p->failing_since_time = p->last_failure_time;
    }
    append_signs(p, later);
    peer_clear(later);
}
