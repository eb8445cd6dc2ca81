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

/*
 * Room of witnesses that were given up, by their number of lines: most are, as soon as a success follows, and the next
 * one is made in its place. Belongs to a segment, and so to one thread: nobody waits for the heap.
 */
struct witness_spares {
    struct witness_spare *first[CAP_EVIDENCE_PER_OUTCOME + 1];
};

/* Where the messages of proofs are kept, and the address that they may name. */
struct proof_room {
    struct strings *messages;
    const struct strings *names;
    struct slice address;          /* of the peer; empty: not known */
    uint32_t issuer, subject;      /* of the certificate that its lines may name; 0: not known, not needed to print */
    struct witness_spares *spares; /* NULL: what is given up is freed */
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

/* An attempt that is shown as an example; its lines follow it in memory: witness_proofs(). */
struct witness {
    uint64_t sequence; /* of its last line */
    civil time;
    uint32_t issuer, subject;
    bool verified_ok, brief;
    uint8_t proof_count;
    uint32_t source; /* of its lines, when they are brief */
};

/*
 * The witness of a failure is the first one after the last success: there is one exactly when last_sequence is after
 * the last success. Of successes it is the latest. Others are never shown and have none.
 */
struct outcome_stat {
    struct outcome what;
    uint64_t count;
    civil last;
    uint64_t last_sequence; /* of the latest attempt with this outcome */
    struct witness *witness;
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
    struct sample *samples; /* the latest faults and echoes, in their order */
    uint8_t sample_count, sample_capacity, stat_count;
    uint8_t shown; /* failures that have a witness */
};

void peer_clear(struct peer *p);
/* The proofs are kept in room, which has this peer's address. */
void peer_apply(struct peer *p, const struct closing *c, const struct proof_room *room);
/* Appends what happened later; sequences and times of `later` are already in p's count. later's proofs are taken. */
void peer_append(struct peer *p, struct peer *later);

/* Adds `shift`, a whole number of years, to every time that is known. */
void peer_shift(struct peer *p, civil shift);

/* The witness that c is, in the room of w (taken; NULL: none) where it fits. */
struct witness *witness_take(struct witness *w, const struct closing *c, const struct proof_room *room);
void witness_free(struct witness *w, struct witness_spares *spares); /* takes NULL; its room goes to spares */
void witness_spares_clear(struct witness_spares *spares);
/* Its lines, in the order of the log; returns their number. Valid as long as w is. */
size_t witness_proofs(const struct witness *w, struct proof out[CAP_EVIDENCE_PER_OUTCOME]);
/* messages: [number] -> number in the other segment; lines: to be added to the line numbers. */
void witness_translate(struct witness *w, const uint32_t *messages, uint64_t lines);

/* Makes a borrowed proof last; one that was kept before stays as it is. */
void proof_keep(struct proof *p, const struct proof_room *room);
/* A copy that lasts, of a proof that somebody else holds. */
struct proof proof_copy(const struct proof *p, const struct proof_room *room);
/* Lets *to be what *from is, as cheaply as can be when it is often done: a text is copied over the one before. */
void proof_replace(struct proof *to, const struct proof *from);
/* The number in room of a message that another segment kept; names, messages: [number there] -> number here. */
uint32_t proof_adopt(
    const struct proof_room *room, struct slice message, const uint32_t *names, const uint32_t *messages);
/* The line again; host: who wrote it. */
void proof_print(struct buf *b, const struct proof *p, struct slice host, const struct proof_room *room);
void proof_clear(struct proof *p);
void proofs_clear(struct proof *p, size_t count);

#endif
