/* SPDX-License-Identifier: BSD-2-Clause */
/* What those who read a log line by line, whole files or live ones, have to know of a line before rules look at it. */
#ifndef AGENT_DIAGNOSIS_LINES_H
#define AGENT_DIAGNOSIS_LINES_H

#include "rules/envelope.h"

/* Is it a line of sftunneld, be its envelope damaged or not? */
static inline bool line_from_daemon(const struct envelope *line)
{
    if (line->kind == ENVELOPE_FULL)
        return line->process.n == 9 && memcmp(line->process.p, "sftunneld", 9) == 0;
    return slice_contains(line->text, SLICE("sftunneld:"));
}

/*
 * Where a second line begins that lost the newline in front of it: in front of another "SF-IMS[", behind what can be a
 * stamp and a host. `from`: where to search from. 0: the line is one.
 */
size_t line_second(struct slice line, size_t from);

#endif
