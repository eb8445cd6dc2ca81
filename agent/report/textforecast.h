/* SPDX-License-Identifier: BSD-2-Clause */
/* The forecast of the text report: a row for each peer, in the order in which they fail. */
#ifndef AGENT_REPORT_TEXTFORECAST_H
#define AGENT_REPORT_TEXTFORECAST_H

#include "agent/report/layout.h"

/* Nothing when none was asked for. */
void textforecast_print(struct layout *l, const struct casefile *c, const struct diagnosis *d);

#endif
