/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is to be said of each connection of a case by itself and by the other connections of the same two addresses: a
 * ruling, which wirewords.c turns into sentences. Inside of diagnose(); pure, and independent of the order in which
 * the captures were read.
 */
#ifndef AGENT_DIAGNOSIS_WIREJUDGE_H
#define AGENT_DIAGNOSIS_WIREJUDGE_H

#include "agent/diagnosis/casefile.h"
#include "agent/diagnosis/chain.h"
#include "base/strings.h"

#define SFTUNNEL_PORT 8305

/* Why a ruling says what it says: one sentence each. */
enum wire_reason {
    REASON_NO_ANSWER,       /* SYNs, and nothing came back */
    REASON_NO_DATA,         /* TCP connected, no data */
    REASON_REFUSED,         /* a reset for the SYN */
    REASON_NOT_TLS,         /* data, but no TLS */
    REASON_NO_HANDSHAKE,    /* established before the capture began */
    REASON_NO_HANDSHAKE_CA, /* likewise, and the CA that it hangs on has expired */
    REASON_FOREIGN,         /* a chain of no InternalCA */
    REASON_ALERT_FAULT,     /* rejected by an alert, and the chain has the fault that it names */
    REASON_ALERT_OTHER,     /* likewise, but the chain has another fault */
    REASON_ALERT_VALID,     /* rejected as expired, but the chain is valid */
    REASON_ALERT_GENERATIONS,
    REASON_ALERT_STRANGERS, /* the ends show CAs of different names */
    REASON_ALERT_KNOWN,     /* the chain is not visible, but known from another connection */
    REASON_ALERT,           /* nothing but the number */
    REASON_OPEN_FAULT,      /* the handshake was not completed, no alert was seen, a chain has a fault */
    REASON_OPEN_GENERATIONS,
    REASON_OPEN_STRANGERS,
    REASON_OPEN_SILENT, /* no answer to the ClientHello */
    REASON_OPEN_SEALED, /* the client's encrypted alert in place of its Finished */
    REASON_OPEN_GAP,    /* bytes are missing in the capture */
    REASON_OPEN_CUT,    /* the capture ends within the handshake */
    REASON_OPEN_ENDED,  /* the connection does */
    REASON_LATE_FAULT,  /* completed, and ended at once after a renegotiation or an encrypted alert */
    REASON_LATE_GENERATIONS,
    REASON_UP_FAULT, /* completed, although a chain has a fault */
    REASON_UP_GENERATIONS,
    REASON_UP_SINCE, /* completed, but the chain has expired since */
    REASON_UP_CLOCK, /* completed, although a certificate is not yet valid by the clock of the capture */
    REASON_UP_EXPIRING,
    REASON_UP_WEAK,
    REASON_UP,
    REASON_UP_UNSEEN,         /* completed, no certificates were seen */
    REASON_RESUMED_FAULT,     /* a session whose certificates, known from its full handshake, have a fault by now */
    REASON_RESUMED_KNOWN,     /* or none */
    REASON_RESUMED,           /* whose full handshake was not seen */
    REASON_HIDDEN,            /* TLS 1.3: completed, and data went both ways */
    REASON_HIDDEN_QUIET,      /* completed, and no more is known */
    REASON_HIDDEN_ENDED,      /* completed, and the server hung up before any data */
    REASON_HIDDEN_REPEATED,   /* likewise, each time */
    REASON_HIDDEN_REFUSED,    /* the server answered the client's certificate with an alert and the end */
    REASON_HIDDEN_NO_AUTH,    /* the server hung up on a client that has shown none and can't when asked later */
    REASON_PROBE_UNSEEN,      /* a probe that came to no certificates */
    REASON_PROBE_FAULT,       /* the chain that it was shown has a fault, or its own one */
    REASON_PROBE_GENERATIONS, /* or is of another generation than its own one, or than the CA that was given */
    REASON_PROBE_STRANGER,    /* or of another name */
    REASON_PROBE_GIVEN,       /* or hangs on a CA that was given, and that has expired */
    REASON_PROBE,             /* or is valid */
    REASONS
};

struct wire_ruling {
    enum wire_reason reason;
    enum verdict_id verdict;
    enum severity severity;
    enum confidence confidence;
    enum side accused;               /* whose chain has the fault, or was rejected */
    const struct chain_fault *fault; /* NULL: none */
    const struct wire_alert *alert;  /* NULL: none */
    const struct wire *known;        /* the connection from which the fault is known; NULL: this one */
    enum side known_side;            /* whose chain shows it there, where the roles may be the other way round */
};

/* Connections between the same two addresses, whichever end opened them. */
struct wire_pair {
    size_t from, count; /* in `order` */
};

struct wire_pairs {
    uint32_t *order; /* indexes of casefile.wires, by pair, then by time */
    struct wire_pair *all;
    size_t count;
};

/* Judges every connection and fills its verdict and words, which `words` keeps. */
void wirejudge_all(struct casefile *c, struct strings *words, struct wire_pairs *pairs);
void wirejudge_clear(struct wire_pairs *pairs);

/* wiresame.c: what several captures show is left in the case once; indexes of wires change. */
void wiresame_drop(struct casefile *c);

/* Is it sftunnel's: on its port, or with an InternalCA in it? */
bool wirejudge_is_ours(const struct casefile *c, const struct wire *w);
/* The outcome's name, as for attempts in logs: "established", "alert/45", "handshake_failed", "refused", "timed_out".
 */
void wirejudge_outcome(const struct wire *w, char out[32]);
/* Did it fail, or lead to a tunnel, or is neither known (0)? */
enum wire_end { WIRE_END_UNKNOWN, WIRE_END_FAILED, WIRE_END_UP } wirejudge_end(const struct wire *w);
/* The first alert in the clear that ends a handshake, a warning only when no fatal one follows; NULL. */
const struct wire_alert *wirejudge_alert(const struct wire *w);

/* The verdict that a fault of this side's chain leads to. */
enum verdict_id wirejudge_verdict(const struct casefile *c, const struct wire_side *s, const struct chain_fault *f);
/* The first fault for which a handshake fails, of this packet's time; NULL. */
const struct chain_fault *wirejudge_deadly(const struct wire_side *s);

/* wirehidden.c: how a completed handshake of TLS 1.3 went on. */
enum hidden_end {
    HIDDEN_UNKNOWN, /* bytes are missing */
    HIDDEN_UP,      /* data went both ways */
    HIDDEN_QUIET,   /* none was seen to, and the server did not end it at once */
    HIDDEN_HUNG_UP, /* it did */
    HIDDEN_NO_AUTH, /* with what looks like an alert, on a client that has shown no certificate and does not offer to */
    HIDDEN_REFUSED, /* likewise, right upon the client's certificate */
} wirehidden_end(const struct wire *w);
/* Of all connections of a pair. */
struct hidden_tally {
    size_t up, hung_up;
};
void wirehidden_count(const struct wire *w, struct hidden_tally *t);
struct wire_ruling wirehidden_rule(const struct wire *w, const struct hidden_tally *t);

/*
 * probejudge.c: what a probe shows of the server. That it is refused because it has no certificate of its own is no
 * fault: any server of sftunnel does that. False when it is to be judged as a connection of others.
 */
bool probejudge(struct casefile *c, const struct wire *w, struct wire_ruling *r);
/* Did the server end it for want of a certificate? */
bool probejudge_wanting(const struct wire *w);
void probejudge_words(struct buf *b, const struct casefile *c, const struct wire *w, const struct wire_ruling *r);

/* wirewords.c */
void wirewords_duration(struct buf *b, int64_t seconds);  /* "3 days" */
void wirewords_date(struct buf *b, int64_t unix_seconds); /* "2024-09-17" */
/* "its InternalCA", "its own certificate", …: the one with the fault. */
void wirewords_whose(struct buf *b, const struct cert *cert, const struct chain_fault *f);
/* "its CA expired 3 days before this packet (2024-09-17)" */
void wirewords_fault(struct buf *b, const struct casefile *c, const struct wire_side *s, const struct chain_fault *f);
void wirewords_alert(struct buf *b, const struct wire_alert *a); /* "alert 45 (certificate_expired)" */
/* One sentence; the caller frees it. */
char *wirewords_summary(const struct casefile *c, const struct wire *w, const struct wire_ruling *r);
const char *wirewords_next(const struct wire_ruling *r);

#endif
