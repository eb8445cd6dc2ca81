/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of connections of the text report, a row per group, fitted to the width. */
#ifndef AGENT_REPORT_WIRETABLE_H
#define AGENT_REPORT_WIRETABLE_H

#include "agent/report/layout.h"
#include "agent/report/wiregroups.h"

#define WIRETABLE_ROWS 50 /* unless everything was asked for */

void wiretable_print(struct layout *l, const struct casefile *c, const struct wiregroups *g);
/* "not completed": how far such a connection came, in a word or two. */
const char *wiretable_state(const struct wire *w);

#endif
