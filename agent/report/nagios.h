/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For monitoring: one line of summary with performance data, then a line for each peer that somebody should look at, as
 * the Monitoring Plugins Development Guidelines ask for (2 and 5: output, thresholds as ranges, UOM left out for
 * counts and days). The rendered word and the exit code are those of one and the same state.
 */
#ifndef AGENT_REPORT_NAGIOS_H
#define AGENT_REPORT_NAGIOS_H

#include "agent/report/report.h"
#include "base/buf.h"

#define NAGIOS_VALUES 50 /* peers with performance data of their own; days_left is always the least of all */
#define NAGIOS_LINES 50  /* of peers and problems; more are counted */
#define NAGIOS_TEXT 400  /* bytes of one sentence */

/* The worst of all; what could not be looked at is unknown, and so is nothing at all. */
enum severity nagios_worst(const struct casefile *c, const struct diagnosis *d);
/* 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. */
int nagios_exit(enum severity s);
const char *nagios_word(enum severity s);
/* A sentence, cut, and without what ends a line or begins performance data. */
void nagios_text(struct buf *b, const char *s);
/* "SFTUNNEL UNKNOWN - text": for an error that leaves nothing to render. */
void nagios_error(FILE *out, const char *text);

#endif
