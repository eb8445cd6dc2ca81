/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connections of captures in the text report: a table, then a block for each group of equal ones that somebody
 * should look at, with both chains, the alerts, the next step and the filter for Wireshark; a line for the others.
 */
#ifndef AGENT_REPORT_TEXTWIRE_H
#define AGENT_REPORT_TEXTWIRE_H

#include "agent/report/layout.h"

/* Unless everything was asked for: */
#define TEXTWIRE_BLOCKS 20
#define TEXTWIRE_LINES 10   /* of groups that need no block */
#define TEXTWIRE_ACCEPTED 4 /* names of one CertificateRequest */

/* A line per group that is evidence for no peer, and nothing else: for -q. */
void textwire_lines(struct layout *l, const struct casefile *c, const struct diagnosis *d);
/* Nothing when there is no connection. */
void textwire_print(struct layout *l, const struct casefile *c, const struct diagnosis *d);

/* The same without the table, for a few of them: whatever their number. */
void textwire_blocks(struct layout *l, const struct casefile *c, const struct diagnosis *d);

#endif
