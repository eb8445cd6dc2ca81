/* SPDX-License-Identifier: BSD-2-Clause */
/* Both ends' certificates of one connection in the text report: beside each other where there is room, else in turn. */
#ifndef AGENT_REPORT_TEXTCHAIN_H
#define AGENT_REPORT_TEXTCHAIN_H

#include "agent/diagnosis/casefile.h"
#include "agent/report/layout.h"

#define TEXTCHAIN_INDENT 2
#define TEXTCHAIN_BESIDE 100 /* columns from which on they stand beside each other */
#define TEXTCHAIN_MOST 6     /* certificates of one side, unless everything was asked for */

void textchain_print(struct layout *l, const struct casefile *c, const struct wire *w);

#endif
