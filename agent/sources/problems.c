/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/problems.h"

#include "base/caps.h"

#include <stdarg.h>
#include <stdio.h>

void problems_add(struct casefile *c, const char *path, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (c->problem_count >= CAP_PROBLEMS)
        casefile_problem(c, "(further places)", "more problems than are told apart (cap problems)");
    else
        casefile_problem(c, path, "%s", text);
}
