/* SPDX-License-Identifier: BSD-2-Clause */
/* The proofs of the text report: a block per verdict and CA, with its peers, what speaks for and against, and what to
 * do. */
#ifndef AGENT_REPORT_TEXTFINDINGS_H
#define AGENT_REPORT_TEXTFINDINGS_H

#include "agent/report/layout.h"

/* Unless everything was asked for: */
#define TEXTFINDINGS_BLOCKS 20
#define TEXTFINDINGS_PEERS 3    /* of one block */
#define TEXTFINDINGS_EVIDENCE 3 /* for the verdict, of one peer; as many against it */

void textfindings_print(struct layout *l, const struct casefile *c, const struct diagnosis *d);
/* "path:line", or "path frame 12" of a capture, escaped; nothing when the source is not known. */
void textfindings_place(struct layout *l, const struct casefile *c, uint32_t source, uint64_t line);

#endif
