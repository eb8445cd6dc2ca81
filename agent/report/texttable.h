/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of peers of the text report, fitted to the width; and the order in which the text speaks of them. */
#ifndef AGENT_REPORT_TEXTTABLE_H
#define AGENT_REPORT_TEXTTABLE_H

#include "agent/report/layout.h"

#define TEXTTABLE_ROWS 50 /* unless everything was asked for */

/* Numbers of the findings: the worst severity first, then in the diagnosis's own order. free() it. */
uint32_t *texttable_order(const struct diagnosis *d);
void texttable_print(struct layout *l, const struct diagnosis *d, const uint32_t *order);
/* One line per peer and nothing else: for -q. */
void texttable_lines(struct layout *l, const struct casefile *c, const struct diagnosis *d, const uint32_t *order);

#endif
