/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/peer.h"

#include "base/mem.h"

#include <stdlib.h>

void proof_keep(struct proof *p)
{
    if (p->owned)
        return;
    p->text = mem_strndup(p->text, p->bytes);
    p->owned = true;
}

void proof_clear(struct proof *p)
{
    if (p->owned)
        free((char *)p->text);
    *p = (struct proof){ 0 };
}

static void stat_forget_proof(struct outcome_stat *s)
{
    for (size_t i = 0; i < s->proof_count; i++)
        proof_clear(&s->proof[i]);
    free(s->proof);
    s->proof = NULL;
    s->proof_count = 0;
}

void peer_clear(struct peer *p)
{
    for (size_t i = 0; i < p->stat_count; i++)
        stat_forget_proof(&p->stats[i]);
    free(p->stats);
    free(p->samples);
    proof_clear(&p->sign);
    *p = (struct peer){ 0 };
}

static void widen(civil *first, civil *last, civil from, civil to)
{
    if (from != CIVIL_NONE && (*first == CIVIL_NONE || from < *first))
        *first = from;
    if (to != CIVIL_NONE && (*last == CIVIL_NONE || to > *last))
        *last = to;
}

/* The statistics of this outcome; past the cap the last one takes all further kinds. */
static struct outcome_stat *stat_of(struct peer *p, struct outcome what)
{
    for (size_t i = 0; i < p->stat_count; i++)
        if (outcome_same(p->stats[i].what, what))
            return &p->stats[i];
    if (p->stat_count == CAP_OUTCOMES_PER_PEER)
        return &p->stats[p->stat_count - 1];
    if (p->stat_count == p->stat_capacity) {
        p->stat_capacity = p->stat_capacity ? p->stat_capacity * 2 : 2;
        p->stats = mem_resize(p->stats, p->stat_capacity, sizeof *p->stats);
    }
    struct outcome_stat *s = &p->stats[p->stat_count++];
    *s = (struct outcome_stat){ .what = what, .first = CIVIL_NONE, .last = CIVIL_NONE, .proof_time = CIVIL_NONE };
    return s;
}

/* The proof to show is that of the first attempt after the last success; an older one only as long as there is none. */
static bool proof_is_better(const struct peer *p, const struct outcome_stat *s, uint64_t sequence)
{
    if (!s->proof_sequence)
        return true;
    bool old_valid = s->proof_sequence > p->last_success, new_valid = sequence > p->last_success;
    if (old_valid != new_valid)
        return new_valid;
    return old_valid ? sequence < s->proof_sequence : sequence > s->proof_sequence;
}

static void copy_proof(struct outcome_stat *s, const struct closing *c)
{
    stat_forget_proof(s);
    s->proof = mem_zalloc(c->proof_count, sizeof *s->proof);
    for (size_t i = 0; i < c->proof_count; i++) {
        s->proof[i] = c->proof[i];
        s->proof[i].owned = false;
        proof_keep(&s->proof[i]);
    }
    s->proof_count = c->proof_count;
    s->proof_sequence = c->sequence;
    s->proof_time = c->last;
    s->issuer = c->issuer;
    s->subject = c->subject;
    s->verified_ok = c->verified_ok;
}

static void add_sample(struct peer *p, const struct sample *new)
{
    if (!p->samples)
        p->samples = mem_zalloc(CAP_SAMPLES_PER_PEER + 1, sizeof *p->samples);
    size_t at = p->sample_count;
    for (; at > 0 && p->samples[at - 1].sequence > new->sequence; at--)
        p->samples[at] = p->samples[at - 1];
    p->samples[at] = *new;
    if (p->sample_count < CAP_SAMPLES_PER_PEER)
        p->sample_count++;
    else
        memmove(p->samples, p->samples + 1, CAP_SAMPLES_PER_PEER * sizeof *p->samples);
}

static void note_success(struct peer *p, uint64_t sequence, civil time)
{
    if (!p->first_success)
        p->first_success = sequence;
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

static void apply_attempt(struct peer *p, const struct closing *c)
{
    struct outcome_stat *s = stat_of(p, c->outcome);
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
    if (proof_is_better(p, s, c->sequence))
        copy_proof(s, c);
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
    proof_clear(&p->sign);
    p->sign = c->proof[0];
    p->sign.owned = false;
    proof_keep(&p->sign);
}

void peer_apply(struct peer *p, const struct closing *c)
{
    if (c->type != CLOSING_DISCONNECT)
        widen(&p->first, &p->last, c->first, c->last);
    switch (c->type) {
    case CLOSING_ATTEMPT: apply_attempt(p, c); break;
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

/* s: of the earlier piece. The later piece's proof replaces it only where reading in one go would have done so. */
static void stat_append(const struct peer *p, struct outcome_stat *s, struct outcome_stat *later, uint64_t later_success)
{
    s->count += later->count;
    if (later->last_sequence > s->last_sequence)
        s->last_sequence = later->last_sequence;
    widen(&s->first, &s->last, later->first, later->last);
    bool replaced = !s->proof_sequence || (later_success && later_success < later->proof_sequence) ||
                    s->proof_sequence < p->last_success;
    if (!replaced || !later->proof_sequence)
        return;
    stat_forget_proof(s);
    s->proof = later->proof; /* transferred */
    s->proof_count = later->proof_count;
    s->proof_sequence = later->proof_sequence;
    s->proof_time = later->proof_time;
    s->issuer = later->issuer;
    s->subject = later->subject;
    s->verified_ok = later->verified_ok;
    later->proof = NULL;
    later->proof_count = 0;
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
    for (size_t i = 0; i < later->stat_count; i++)
        stat_append(p, stat_of(p, later->stats[i].what), &later->stats[i], later->first_success);
    for (size_t i = 0; i < later->sample_count; i++)
        add_sample(p, &later->samples[i]);
    if (later->last_attempt > p->last_attempt) {
        p->last_attempt = later->last_attempt;
        p->last_outcome = later->last_outcome;
    }
    if (later->last_success) {
        note_success(p, later->first_success, later->last_success_time);
        note_success(p, later->last_success, later->last_success_time);
    }
    if (later->last_failure > p->last_failure) {
        p->last_failure = later->last_failure;
        p->last_failure_time = later->last_failure_time;
        p->last_fault = later->last_fault;
    }
    if (later->failing_since && !p->failing_since) {
        p->failing_since = later->failing_since;
        p->failing_since_time = later->failing_since_time;
    }
    append_signs(p, later);
    peer_clear(later);
}
