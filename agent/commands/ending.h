/* SPDX-License-Identifier: BSD-2-Clause */
/* What the commands that end in a diagnosis have in common: --fail-on, the exit code, the problems on stderr. */
#ifndef AGENT_COMMANDS_ENDING_H
#define AGENT_COMMANDS_ENDING_H

#include "agent/commands/output.h"

#define ENDING_NOTHING 3 /* nothing about sftunnel in the input */

enum fail_on { FAIL_NEVER, FAIL_CRITICAL, FAIL_WARNING };

/* "warning" or "critical". */
enum err_code ending_fail_on(const char *value, enum fail_on *out, struct err *e) __attribute__((warn_unused_result));
/* A number within these bounds, for the option of that name. */
struct ending_number {
    const char *name;
    uint32_t least, most;
};
enum err_code ending_number(const struct ending_number *which, const char *value, uint32_t *out, struct err *e)
    __attribute__((warn_unused_result));

/* 0, or with --fail-on 1 or 2. */
int ending_severity(enum fail_on fail_on, const struct diagnosis *d);

/*
 * Whatever is read from here on can't make us do more than read, report, and write into `more` folders; with -v the
 * kernel's lack of a wall is said.
 */
void ending_confine(const struct output_set *out, const char *const *more, size_t more_count);

/* Of a monitoring plug-in: the error, on standard output as well when nagios was asked for there; the exit code. */
int ending_plugin_fail(const struct output_set *out, const struct err *e);

/* What could not be read stands at the end of the text report; who does not see that is told on stderr. */
void ending_problems(const struct output_set *out, const struct casefile *c);

#endif
