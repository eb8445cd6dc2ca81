/* SPDX-License-Identifier: BSD-2-Clause */
/* One event of each kind, made by hand; the hostile ones hold what an attacker would put into a log. */
#ifndef TESTS_UNIT_TELL_CASES_H
#define TESTS_UNIT_TELL_CASES_H

#include "agent/diagnosis/tell.h"

/* NULL: there is no such case. Valid until the end of the program. */
const struct tell *tell_case(const char *name);
/* Ended by NULL. */
extern const char *const tell_case_names[];

#endif
