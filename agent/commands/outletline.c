/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/outletline.h"

#include "agent/report/tellecs.h"
#include "agent/report/tellsyslog.h"

/* What a line begins with, and what stands before its number. Inside of a JSON string no quote is without a backslash.
 */
static const struct {
    struct slice begins, number;
} marks[] = {
    [OUTLET_NDJSON] = { SLICE("{\"seq\":"), SLICE("{\"seq\":") },
    [OUTLET_ECS] = { SLICE(TELLECS_BEGINS), SLICE(TELLECS_NUMBER) },
    [OUTLET_SYSLOG] = { SLICE(TELLSYSLOG_BEGINS), SLICE(TELLSYSLOG_NUMBER) },
};

bool outletline_is_ours(enum outlet_format format, struct slice line)
{
    struct slice begins = marks[format].begins;
    size_t n = line.n < begins.n ? line.n : begins.n;
    return n && memcmp(line.p, begins.p, n) == 0;
}

static bool line_number(enum outlet_format format, struct slice line, uint64_t *number)
{
    struct slice rest;
    uint64_t n = 0;
    size_t digits = 0;
    if (!outletline_is_ours(format, line) || !slice_after(line, marks[format].number, &rest))
        return false;
    for (; digits < rest.n && rest.p[digits] >= '0' && rest.p[digits] <= '9'; digits++)
        if (__builtin_mul_overflow(n, 10U, &n) || __builtin_add_overflow(n, (uint64_t)(rest.p[digits] - '0'), &n))
            return false;
    *number = n;
    return digits > 0;
}

bool outletline_last(enum outlet_format format, struct slice text, uint64_t *number)
{
    const char *end = text.n ? memrchr(text.p, '\n', text.n) : NULL;
    while (end) {
        const char *before = memrchr(text.p, '\n', (size_t)(end - text.p));
        const char *begin = before ? before + 1 : text.p;
        if (line_number(format, (struct slice){ begin, (size_t)(end - begin) }, number))
            return true;
        end = before;
    }
    return false;
}
