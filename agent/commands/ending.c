/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/ending.h"

#include "agent/commands/command.h"
#include "agent/report/nagios.h"

#define PROBLEMS_MOST 20

enum err_code ending_fail_on(const char *value, enum fail_on *out, struct err *e)
{
    if (slice_eq(slice_of(value), SLICE("warning")))
        *out = FAIL_WARNING;
    else if (slice_eq(slice_of(value), SLICE("critical")))
        *out = FAIL_CRITICAL;
    else
        return err_set(e, ERR_USAGE, "--fail-on takes warning or critical, not \"%s\"", value);
    return ERR_OK;
}

enum err_code ending_number(const struct ending_number *which, const char *value, uint32_t *out, struct err *e)
{
    if (slice_u32(slice_of(value), which->most, out) && *out >= which->least)
        return ERR_OK;
    return err_set(
        e, ERR_USAGE, "--%s takes a number from %u to %u, not \"%s\"", which->name, which->least, which->most, value);
}

int ending_severity(enum fail_on fail_on, const struct diagnosis *d)
{
    if (fail_on != FAIL_NEVER && d->totals.by_severity[SEVERITY_CRITICAL])
        return 2;
    if (fail_on == FAIL_WARNING && d->totals.by_severity[SEVERITY_WARNING])
        return 1;
    return 0;
}

void ending_problems(const struct output_set *out, const struct casefile *c)
{
    if (output_is_for_people(out) && out->verbosity >= 0)
        return;
    for (size_t i = 0; i < c->problem_count && i < PROBLEMS_MOST; i++) {
        struct buf b = { 0 };
        buf_terminal(&b, slice_of(c->problems[i].path));
        buf_puts(&b, ": ");
        buf_terminal(&b, slice_of(c->problems[i].text));
        fprintf(stderr, "sftunnel-agent: %s\n", b.p);
        buf_clear(&b);
    }
    if (c->problem_count > PROBLEMS_MOST)
        fprintf(stderr, "sftunnel-agent: and %zu problems more: the JSON report has them all\n",
            c->problem_count - PROBLEMS_MOST);
}

void ending_confine(const struct output_set *out, const char *const *more, size_t more_count)
{
    struct confine_state state;
    output_confine(out, more, more_count, &state);
    if (out->verbosity < 1 || (state.calls && state.files))
        return;
    struct buf b = { 0 };
    confine_print(&b, &state);
    fprintf(stderr, "sftunnel-agent: reading is not fully confined: %s\n", b.p);
    buf_clear(&b);
}

int ending_plugin_fail(const struct output_set *out, const struct err *e)
{
    for (size_t i = 0; i < out->count; i++) /* a monitoring system shows standard output */
        if (!out->targets[i].path && strcmp(out->targets[i].format->name, "nagios") == 0)
            nagios_error(stdout, e->text);
    return command_fail(e);
}
