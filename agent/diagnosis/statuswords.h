/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What status outputs say of a peer, in words: sftunnel's own, and the lesser ones; and what the vendor's table of
 * releases has for its FMC. Decides nothing. Inside of diagnose().
 */
#ifndef AGENT_DIAGNOSIS_STATUSWORDS_H
#define AGENT_DIAGNOSIS_STATUSWORDS_H

#include "agent/diagnosis/diagnose_parts.h"

/* The sentence of a verdict without a fault, with what they add to it. */
void statuswords_summary(struct buf *b, const struct view *v, const char *sentence);
/* The evidence of the tunnel's own status. */
void statuswords_add(const struct inquiry *q, const struct view *v, struct finding *f);
/* And of the others: sockets, the registration, the process. */
void statuswords_beside(const struct inquiry *q, const struct view *v, struct finding *f);
void statuswords_heartbeat(const struct inquiry *q, const struct view *v, struct finding *f);
/* What the table says of the FMC's release, where it matters; NULL. */
const char *statuswords_release(const struct inquiry *q, const struct view *v);

#endif
