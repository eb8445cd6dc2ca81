/* SPDX-License-Identifier: BSD-2-Clause */
/* The renderers, for the table in report.c. */
#ifndef AGENT_REPORT_FORMATS_H
#define AGENT_REPORT_FORMATS_H

#include "agent/report/report.h"
#include "base/buf.h"

report_render text_render;
report_render json_render;
report_render ndjson_render;
report_render nagios_render;
report_render prom_render;

/* Writes what is in b and empties it. Why a write failed is kept for report_written(): stdio doesn't. */
void report_put(FILE *out, struct buf *b);
/* What every renderer ends with: is everything on its way? */
enum err_code report_written(FILE *out, struct err *e) __attribute__((warn_unused_result));

#endif
