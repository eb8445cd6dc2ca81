/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of one peer of one observer: counts per outcome, since when, and the lines that prove it.
 *
 * Attempts are reported when they close, which may be long after their last line. So order is told by the sequence
 * number of the last line, never by the order of the calls: the result is the same in any order in which the
 * reports of one sequence arrive, as long as successes arrive in theirs.
 */
#ifndef AGENT_DIAGNOSIS_PEER_H
#define AGENT_DIAGNOSIS_PEER_H

#include "agent/diagnosis/attempt.h"
#include "base/buf.h"

/* Where the messages of proofs are kept, and the address that they may name. */
struct proof_room {
    struct strings *messages;
    struct slice address; /* of the peer; empty: not known */
};

/* Something that happened between an observer and a peer. */
struct closing {
    enum { CLOSING_ATTEMPT, CLOSING_SIGN, CLOSING_DISCONNECT } type;
    uint32_t host, address, issuer, subject;
    bool verified_ok; /* this end had nothing against the peer's certificates */
    struct outcome outcome;
    civil first, last;
    uint64_t sequence;
    uint8_t proof_count;
    struct proof proof[CAP_EVIDENCE_PER_OUTCOME];
};

/* An attempt that is shown as an example, with its lines. */
struct witness {
    uint64_t sequence; /* of its last line; 0: none */
    civil time;
    uint32_t issuer, subject;
    bool verified_ok;
    uint8_t proof_count;
    struct proof proof[];
};

struct outcome_stat {
    struct outcome what;
    uint64_t count;
    civil first, last;
    uint64_t last_sequence;   /* of the latest attempt with this outcome */
    struct witness *earliest; /* the first one of all */
    struct witness *since;    /* the first one after the last success, when that is another; of successes the latest */
};

struct sample {
    uint64_t sequence;
    civil time;
    struct outcome what;
};

struct peer {
    uint32_t host, address; /* address 0: all attempts of the host whose address was never said, as if of one peer */
    uint64_t attempts;
    civil first, last; /* attempts and signs of life */
    struct outcome_stat *stats;
    size_t stat_count, stat_capacity;
    uint64_t over;         /* attempts with further outcomes than are told apart (CAP_OUTCOMES_PER_PEER) */
    uint64_t last_success; /* sequence; 0: none */
    civil last_success_time;
    uint64_t failing_since; /* sequence of the first failure after the last success; 0: none */
    civil failing_since_time;
    uint64_t last_attempt, last_failure; /* sequence; 0: none */
    struct outcome last_outcome, last_fault;
    civil last_failure_time;
    uint64_t signs, last_sign, disconnects, last_disconnect;
    civil last_sign_time, last_disconnect_time;
    struct proof sign;      /* the latest sign of life; weight 0: none */
    struct sample *samples; /* by sequence: peer_samples() */
    uint8_t sample_count, sample_capacity;
};

void peer_clear(struct peer *p);
/* The proofs are kept in room, which has this peer's address. */
void peer_apply(struct peer *p, const struct closing *c, const struct proof_room *room);
/* Appends what happened later; sequences and times of `later` are already in p's count. later's proofs are taken. */
void peer_append(struct peer *p, struct peer *later);

/* Adds `shift`, a whole number of years, to every time that is known. */
void peer_shift(struct peer *p, civil shift);

/* The latest attempts, at most CAP_SAMPLES_PER_PEER, in their order; returns their number. */
size_t peer_samples(const struct peer *p, const struct sample **first);

/* The attempt to show for an outcome: the first one after the last success, else the first one of all. */
const struct witness *peer_witness(const struct peer *p, const struct outcome_stat *s);

/* Makes a borrowed proof last; one that was kept before stays as it is. */
void proof_keep(struct proof *p, const struct proof_room *room);
/* A copy that lasts, of a proof that somebody else holds. */
struct proof proof_copy(const struct proof *p, const struct proof_room *room);
/* Lets *to be what *from is, as cheaply as can be when it is often done: a text is copied over the one before. */
void proof_replace(struct proof *to, const struct proof *from);
/* The line again; host: who wrote it. */
void proof_print(struct buf *b, const struct proof *p, struct slice host, const struct proof_room *room);
void proof_clear(struct proof *p);
void proofs_clear(struct proof *p, size_t count);

#endif
