/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection attempt as a state machine: what a fact does to the attempt that is open under its key.
 *
 * The lines of an attempt come in an order that differs by side: the connecting end names the address first and the
 * fault last, the FMC the other way round and with nothing that marks the beginning. So every kind of fact has a
 * place in the order of an attempt (its phase); a fact that goes back in that order belongs to the next attempt.
 * Pure: no tables, no time beyond what the facts carry.
 */
#ifndef AGENT_DIAGNOSIS_ATTEMPT_H
#define AGENT_DIAGNOSIS_ATTEMPT_H

#include "agent/diagnosis/fact.h"
#include "agent/diagnosis/pasts.h"
#include "base/caps.h"

/*
 * A line that serves as proof. As long as it lies in the block that is being read it is only pointed to; when it is
 * kept longer, a line of the common form becomes a few numbers, from which its text can be made again to the byte, and
 * any other one is copied.
 */
/* Stands in a kept message for the peer's address: thousands of peers share a message. */
#define PROOF_PEER '\x01'
/*
 * Stands in one for a certificate's name, which is kept once, where names are. Such a message begins with this byte
 * and has two numbers behind it, the text's (with this byte where the name belongs) and the name's.
 */
#define PROOF_NAME '\x02'

enum proof_state { PROOF_KEPT, PROOF_COPIED, PROOF_BORROWED };

struct proof {
    uint64_t line;
    union {
        struct {              /* PROOF_KEPT */
            uint32_t message; /* "process:module [LEVEL] text" in the segment's messages, PROOF_PEER for the peer */
            uint32_t clock;   /* month, day and second as in civil, without the year */
        };
        const char *text; /* else; on the heap when PROOF_COPIED */
    };
    uint32_t source;
    uint32_t pid, tid; /* PROOF_KEPT */
    uint8_t kind;      /* enum event_kind */
    uint8_t weight : 4, state : 2;
    uint16_t bytes; /* of text */
};

struct attempt {
    uint32_t host, pid, tid;
    uint32_t address;
    uint32_t issuer, subject; /* of the refused certificate: string numbers */
    uint8_t phase;
    uint8_t tcp; /* enum tcp_fault */
    bool tcp_connected, handshake_failed, given_up, post_handshake_auth, auth_failed, verified_ok;
    int16_t verify, depth, pending_depth, alert, reason;
    civil first, last;
    uint64_t elapsed, sequence; /* of the last fact */
    uint8_t proof_count;
    union {
        struct proof proof[CAP_EVIDENCE_PER_OUTCOME];
        struct pasts pasts; /* of a key whose past is not known: what may be open */
    };
};

#define ATTEMPT_PHASES 19 /* `phase` is less */

enum attempt_step {
    STEP_ATTACH,  /* the fact belongs to the open attempt */
    STEP_END,     /* it does, and it ends it */
    STEP_NEW,     /* the open attempt is over; the fact begins the next one */
    STEP_NEW_END, /* likewise, and it is all there is of the next one */
    STEP_UP,      /* the open attempt has led to a tunnel */
    STEP_SIGN,    /* none is open, or the open one is over: a sign of life of that peer */
    STEP_NOTHING, /* nothing for an attempt */
};

/* What f means for the attempt open under its key (NULL: none). Changes nothing. */
enum attempt_step attempt_step(const struct attempt *open, const struct fact *f);
/* Has something gone wrong with it? Besides its phase and address the only thing that attempt_step() looks at. */
bool attempt_failed(const struct attempt *a);

void attempt_init(struct attempt *a, const struct fact *f);
/* Adds what f says; f was judged STEP_ATTACH, _END or _UP for it, or has just begun it. */
void attempt_add(struct attempt *a, const struct fact *f);

/* Outcomes: exactly one per attempt. Packed so that they can be compared: type, then number. */
enum outcome_type {
    OUTCOME_ESTABLISHED,
    OUTCOME_VERIFY_FAILED,
    OUTCOME_ALERT,
    OUTCOME_POST_HANDSHAKE_AUTH,
    OUTCOME_REFUSED,
    OUTCOME_UNREACHABLE,
    OUTCOME_TIMED_OUT,
    OUTCOME_HANDSHAKE_FAILED,
    OUTCOME_INCOMPLETE,
    OUTCOME_TYPES
};

/* `number` of handshake_failed when the peer was refused for another reason than its certificate. */
#define OUTCOME_NUMBER_AUTH 9999

struct outcome {
    uint8_t type;   /* enum outcome_type */
    int16_t number; /* X509_V_ERR, alert; SSL_R reason of handshake_failed; 0 */
    int16_t depth;  /* of verify_failed; -1 */
};

/* established: the attempt has led to a tunnel. The most specific cause wins (design: verify, alert, ...). */
struct outcome attempt_outcome(const struct attempt *a, bool established);
static inline bool outcome_same(struct outcome a, struct outcome b)
{
    return a.type == b.type && a.number == b.number && a.depth == b.depth;
}
/* "verify_failed/10", "established": the names of the JSON. */
void outcome_print(struct outcome o, char out[32]);
/* Does it say that no tunnel came about? Not for established and incomplete. */
bool outcome_is_failure(struct outcome o);

#endif
