/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/peer.h"

#include "base/mem.h"

#include <stdlib.h>

void peer_clear(struct peer *p)
{
    for (size_t i = 0; i < p->stat_count; i++)
        witness_free(p->stats[i].witness, NULL);
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
        s->last = civil_shifted(s->last, shift);
        if (s->witness)
            s->witness->time = civil_shifted(s->witness->time, shift);
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
    /* one by one: there are many peers, and few kinds for each */
    p->stats = mem_resize(p->stats, p->stat_count + 1u, sizeof *p->stats);
    struct outcome_stat *s = &p->stats[p->stat_count++];
    *s = (struct outcome_stat){ .what = what, .last = CIVIL_NONE };
    return s;
}

/* s is about to have a witness, a first or another one. */
static void note_shown(struct peer *p, const struct outcome_stat *s)
{
    if (!s->witness && s->what.type != OUTCOME_ESTABLISHED)
        p->shown++;
}

static void stat_witness(struct peer *p, struct outcome_stat *s, const struct closing *c, const struct proof_room *room)
{
    uint64_t shown = s->witness ? s->witness->sequence : 0;
    bool wanted;
    if (s->what.type == OUTCOME_ESTABLISHED)
        wanted = c->sequence > shown;
    else
        wanted = outcome_is_failure(s->what) && c->sequence > p->last_success &&
                 (shown <= p->last_success || c->sequence < shown);
    if (!wanted)
        return;
    note_shown(p, s);
    s->witness = witness_take(s->witness, c, room);
}

/* After a success: failures before it are history, which is counted but not shown. */
static void drop_history(struct peer *p, struct witness_spares *spares)
{
    for (size_t i = 0; p->shown && i < p->stat_count; i++) {
        struct outcome_stat *s = &p->stats[i];
        if (!s->witness || s->what.type == OUTCOME_ESTABLISHED || s->last_sequence > p->last_success)
            continue;
        witness_free(s->witness, spares);
        s->witness = NULL;
        p->shown--;
    }
}

/* Only what can be the one half of a pair: a fault or its echo. */
static void add_sample(struct peer *p, const struct sample *new)
{
    size_t at = p->sample_count;
    if (new->what.type != OUTCOME_VERIFY_FAILED &&new->what.type != OUTCOME_ALERT)
        return;
    if (at == p->sample_capacity && at < CAP_SAMPLES_PER_PEER) {
        p->sample_capacity = (uint8_t)(p->sample_capacity + CAP_SAMPLES_PER_PEER / 4);
        p->samples = mem_resize(p->samples, p->sample_capacity, sizeof *p->samples);
    }
    while (at > 0 && p->samples[at - 1].sequence > new->sequence)
        at--;
    if (p->sample_count < CAP_SAMPLES_PER_PEER) {
        memmove(p->samples + at + 1, p->samples + at, (p->sample_count - at) * sizeof *p->samples);
        p->sample_count++;
    } else if (at == 0) {
        return; /* older than all that are kept */
    } else {
        at--; /* the oldest one goes */
        memmove(p->samples, p->samples + 1, at * sizeof *p->samples);
    }
    p->samples[at] = *new;
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
    if (c->last != CIVIL_NONE && (s->last == CIVIL_NONE || c->last > s->last))
        s->last = c->last;
    if (c->sequence > p->last_attempt) {
        p->last_attempt = c->sequence;
        p->last_outcome = c->outcome;
    }
    if (c->outcome.type == OUTCOME_ESTABLISHED) {
        note_success(p, c->sequence, c->last);
        drop_history(p, room->spares);
    } else if (outcome_is_failure(c->outcome)) {
        note_failure(p, c->sequence, c->first, c->last, c->outcome);
    }
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

/* Which of two to show; last_success: of both pieces together. */
static bool is_better(const struct peer *p, const struct outcome_stat *s, const struct witness *later)
{
    if (!s->witness || !later)
        return later != NULL;
    if (s->what.type == OUTCOME_ESTABLISHED)
        return later->sequence > s->witness->sequence;
    if (later->sequence <= p->last_success)
        return false;
    return s->witness->sequence <= p->last_success || later->sequence < s->witness->sequence;
}

static void stat_append(struct peer *p, struct outcome_stat *s, struct outcome_stat *later)
{
    s->count += later->count;
    if (later->last_sequence > s->last_sequence)
        s->last_sequence = later->last_sequence;
    if (later->last != CIVIL_NONE && (s->last == CIVIL_NONE || later->last > s->last))
        s->last = later->last;
    if (is_better(p, s, later->witness)) {
        note_shown(p, s);
        witness_free(s->witness, NULL);
        s->witness = later->witness; /* transferred */
        later->witness = NULL;
    }
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

/* Nothing is known of p yet: it becomes what the other one is. */
static void become(struct peer *p, struct peer *other)
{
    uint32_t host = p->host, address = p->address;
    peer_clear(p);
    *p = *other; /* transferred */
    p->host = host;
    p->address = address;
    *other = (struct peer){ 0 };
}

void peer_append(struct peer *p, struct peer *later)
{
    if (!p->attempts && !p->signs && !p->disconnects) {
        become(p, later);
        return;
    }
    p->attempts += later->attempts;
    widen(&p->first, &p->last, later->first, later->last);
    if (later->last_success)
        note_success(p, later->last_success, later->last_success_time);
    for (size_t i = 0; i < later->stat_count; i++)
        stat_append(p, stat_of(p, later->stats[i].what, later->stats[i].count), &later->stats[i]);
    p->over += later->over;
    for (size_t i = 0; i < later->sample_count; i++)
        add_sample(p, &later->samples[i]);
    drop_history(p, NULL);
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
