/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wrong with a chain of certificates, at every depth, at the time of a packet and now. Nothing is trusted and
 * nothing is verified up to an anchor: a chain is held against itself, against the time, and against what the other
 * side said that it accepts. Issuers are found by name and proven by signature, wherever in the chain they stand.
 */
#ifndef AGENT_DIAGNOSIS_CHAIN_H
#define AGENT_DIAGNOSIS_CHAIN_H

#include "agent/diagnosis/wire.h"

#define CHAIN_WARNING_SECONDS (90 * 86400LL)  /* before notAfter: a warning */
#define CHAIN_CRITICAL_SECONDS (30 * 86400LL) /* critical */

/* How long before notAfter: of the case, or the usual ones. */
int64_t chain_warning(const struct casefile *c);
int64_t chain_critical(const struct casefile *c);
/* Fills w->side[side].faults, worst first: w, at the time of its packets and that of the case, with its certificates.
 */
void chain_judge(struct casefile *c, struct wire *w, enum side side);

/* Unix seconds of the handshake; `now` when the capture doesn't say. */
int64_t chain_time(const struct wire *w, int64_t now);
/* The first fault of this kind, or NULL; with `then`, one that there was at the time of the packet. */
const struct chain_fault *chain_find(const struct wire_side *s, enum chain_fault_kind kind, bool then);
/*
 * The CA that this side's certificate hangs on: the InternalCA that it presents, else the last one of its chain.
 * CERT_NONE when nothing but its own certificate is there.
 */
uint32_t chain_ca(const struct certs *t, const struct wire_side *s);
/* Is one of its certificates an InternalCA, or issued by one? */
bool chain_is_internal(const struct certs *t, const struct wire_side *s);
/* Is there a readable certificate, and none of them an InternalCA or issued by one? */
bool chain_is_foreign(const struct certs *t, const struct wire_side *s);
/* Two CAs with one name and different keys: one of them was regenerated. Takes CERT_NONE. */
bool chain_generations_differ(const struct certs *t, uint32_t a, uint32_t b);

#endif
