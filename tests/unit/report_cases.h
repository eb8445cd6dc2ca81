/* SPDX-License-Identifier: BSD-2-Clause */
/* Cases and diagnoses built by hand, for the tests of the report: what is rendered does not depend on how it was found.
 */
#ifndef TESTS_UNIT_REPORT_CASES_H
#define TESTS_UNIT_REPORT_CASES_H

#include "agent/report/report.h"

struct report_case {
    struct casefile c;
    struct diagnosis d;
};

/* Those of report_case_names, and "flood": see report_cases.c and report_wires.c. false: no such case. */
bool report_case_build(const char *name, struct report_case *out);
/* Their names, ended by NULL; without "flood", which is large. */
extern const char *const report_case_names[];
void report_case_clear(struct report_case *rc);
/* The bytes that a format makes of a case, free() them; NULL when there is a NUL among them, or it failed. */
char *report_case_render(const char *name, const char *format, const struct report_style *style);

/* ---- report_wires.c ---- */
void report_wires(struct report_case *rc);
/* A capture of which every string from outside is this one, which must live on. */
void report_wires_hostile(struct report_case *rc, const char *hostile);
void report_wires_flood(struct report_case *rc);

#endif
