/* SPDX-License-Identifier: BSD-2-Clause */
/* The renderers, for the table in report.c. */
#ifndef AGENT_REPORT_FORMATS_H
#define AGENT_REPORT_FORMATS_H

#include "agent/report/report.h"

report_render text_render;
report_render json_render;
report_render ndjson_render;

/* What every renderer ends with: is everything on its way? */
enum err_code report_written(FILE *out, struct err *e) __attribute__((warn_unused_result));

#endif
