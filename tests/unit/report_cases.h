/* SPDX-License-Identifier: BSD-2-Clause */
/* Cases and diagnoses built by hand, for the tests of the report: what is rendered does not depend on how it was found.
 */
#ifndef TESTS_UNIT_REPORT_CASES_H
#define TESTS_UNIT_REPORT_CASES_H

#include "agent/diagnosis/diagnose.h"

struct report_case {
    struct casefile c;
    struct diagnosis d;
};

/* "empty", "two-ends", "mixed", "at-risk", "hostile", "many": see report_cases.c. false: no such case. */
bool report_case_build(const char *name, struct report_case *out);
/* Their names, ended by NULL. */
extern const char *const report_case_names[];
void report_case_clear(struct report_case *rc);

#endif
