/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An event with its words decoded into numbers: small, owns nothing, can be kept. What the attempts are made of.
 */
#ifndef AGENT_DIAGNOSIS_FACT_H
#define AGENT_DIAGNOSIS_FACT_H

#include "base/civil.h"
#include "base/strings.h"
#include "rules/envelope.h"
#include "rules/event.h"

enum tcp_fault { TCP_FINE, TCP_REFUSED, TCP_UNREACHABLE, TCP_TIMED_OUT };

struct fact {
    uint8_t kind;            /* enum event_kind */
    uint8_t tcp;             /* enum tcp_fault of EVENT_TCP_FAILED */
    bool repeated;           /* the line repeats an earlier one: it neither opens nor closes an attempt */
    bool verified_ok;        /* EVENT_VERIFY_STATUS: this end has nothing against the peer's certificates */
    int16_t verify;          /* X509_V_ERR number (OpenSSL 3 numbering); -1 */
    int16_t depth;           /* -1 */
    int16_t alert;           /* TLS alert received; -1 */
    int16_t reason;          /* SSL_R number; 0 */
    uint32_t host, pid, tid; /* host: index in the segment */
    uint32_t address;        /* string number; 0 when not said */
    uint32_t dn;             /* string number; 0 */
    uint32_t message;        /* number of the whole message, to show it as proof; 0: not kept */
    civil time;              /* CIVIL_NONE when the line had no stamp and nothing preceded it */
    uint64_t elapsed;        /* log seconds since the segment's first line of this host */
    uint64_t sequence;       /* the how-manieth event of the segment: the order of things */
};

/* Fills what the event says; everything that the line's envelope says is left zero. */
void fact_decode(struct fact *f, const struct event *ev, struct strings *strings);

/* Is a line of this kind worth showing as proof? 0: no; higher: sooner. */
int fact_weight(enum event_kind kind);

#endif
