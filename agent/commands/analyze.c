/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/command.h"
#include "agent/commands/output.h"
#include "agent/commands/progress.h"
#include "base/mem.h"

#include <stdlib.h>
#include <time.h>

extern const struct command analyze_command;

enum option {
    OPTION_OUTPUT,
    OPTION_JSON,
    OPTION_FAIL_ON,
    OPTION_BASE_YEAR,
    OPTION_PACK,
    OPTION_NO_SHIPPED_PACK,
    OPTION_WORKERS,
    OPTION_COLOR,
    OPTION_QUIET,
    OPTION_VERBOSE,
};

static const struct command_option options[] = {
    [OPTION_OUTPUT] = { 'o', "output", "FORMAT[=FILE]",
        "text, json or ndjson, to standard output or FILE; repeatable" },
    [OPTION_JSON] = { 0, "json", NULL, "short for -o json" },
    [OPTION_FAIL_ON] = { 0, "fail-on", "SEVERITY", "exit 1 or 2 when a warning or something critical is found" },
    [OPTION_BASE_YEAR] = { 0, "base-year", "YYYY", "the year of each log's first line, instead of inferring it" },
    [OPTION_PACK] = { 0, "pack", "FILE", "a rule pack, or a folder of them, on top of the shipped one; repeatable" },
    [OPTION_NO_SHIPPED_PACK] = { 0, "no-shipped-pack", NULL, "only the rules of --pack" },
    [OPTION_WORKERS] = { 'j', "jobs", "N", "threads that read (as many as there are cores)" },
    [OPTION_COLOR] = { 0, "color", "WHEN", "auto, always or never" },
    [OPTION_QUIET] = { 'q', "quiet", NULL, "only a line per peer" },
    [OPTION_VERBOSE] = { 'v', "verbose", NULL, "all evidence, all sources" },
    { 0, NULL, NULL, NULL },
};

enum fail_on { FAIL_NEVER, FAIL_CRITICAL, FAIL_WARNING };

struct settings {
    struct output_set out;
    enum fail_on fail_on;
    int base_year;
    unsigned workers;
    bool shipped;
    const char **packs;
    size_t pack_count, pack_capacity;
};

static enum err_code number(
    const char *name, const char *value, uint32_t least, uint32_t most, uint32_t *out, struct err *e)
{
    if (slice_u32(slice_of(value), most, out) && *out >= least)
        return ERR_OK;
    return err_set(e, ERR_USAGE, "--%s takes a number from %u to %u, not \"%s\"", name, least, most, value);
}

static enum err_code fail_on(struct settings *s, const char *value, struct err *e)
{
    if (slice_eq(slice_of(value), SLICE("warning")))
        s->fail_on = FAIL_WARNING;
    else if (slice_eq(slice_of(value), SLICE("critical")))
        s->fail_on = FAIL_CRITICAL;
    else
        return err_set(e, ERR_USAGE, "--fail-on takes warning or critical, not \"%s\"", value);
    return ERR_OK;
}

static enum err_code set_option(struct settings *s, enum option option, const char *value, struct err *e)
{
    uint32_t n = 0;
    enum err_code code = ERR_OK;
    switch (option) {
    case OPTION_OUTPUT: return output_add(&s->out, value, e);
    case OPTION_JSON: return output_add(&s->out, "json", e);
    case OPTION_FAIL_ON: return fail_on(s, value, e);
    case OPTION_BASE_YEAR:
        code = number("base-year", value, 1990, 2200, &n, e);
        s->base_year = (int)n;
        return code;
    case OPTION_PACK:
        s->packs = mem_grow(s->packs, &s->pack_capacity, s->pack_count + 1, sizeof *s->packs);
        s->packs[s->pack_count++] = value;
        return ERR_OK;
    case OPTION_NO_SHIPPED_PACK: s->shipped = false; return ERR_OK;
    case OPTION_WORKERS:
        code = number("jobs", value, 1, 64, &n, e);
        s->workers = n;
        return code;
    case OPTION_COLOR: return output_color(&s->out, value, e);
    case OPTION_QUIET: s->out.verbosity = -1; return ERR_OK;
    case OPTION_VERBOSE: s->out.verbosity = 1; return ERR_OK;
    }
    return err_set(e, ERR_BUG, "option %d has no meaning", (int)option);
}

static bool nothing_found(const struct diagnosis *d)
{
    return d->totals.n.sftunneld == 0 && d->totals.n.events == 0 && d->finding_count == 0;
}

static int exit_code(const struct settings *s, const struct casefile *c, const struct diagnosis *d)
{
    if (c->interrupted)
        return err_exit(ERR_INTERRUPTED);
    if (nothing_found(d))
        return 3;
    if (s->fail_on != FAIL_NEVER && d->totals.by_severity[SEVERITY_CRITICAL])
        return 2;
    if (s->fail_on == FAIL_WARNING && d->totals.by_severity[SEVERITY_WARNING])
        return 1;
    return 0;
}

#define PROBLEMS_MOST 20

/* What could not be read stands at the end of the text report; who does not see that is told here. */
static void tell_problems(const struct settings *s, const struct casefile *c)
{
    if (output_is_for_people(&s->out) && s->out.verbosity >= 0)
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

/* What a person must know even when the report goes into a file. */
static void remarks(const struct settings *s, const struct casefile *c, const struct diagnosis *d)
{
    tell_problems(s, c);
    if (c->interrupted)
        fprintf(stderr, "sftunnel-agent: interrupted: the report covers the %llu lines (%.1f MiB) read until then\n",
            (unsigned long long)d->totals.n.lines, (double)d->totals.n.bytes / 1048576);
    else if (nothing_found(d))
        fprintf(stderr,
            "sftunnel-agent: nothing about sftunnel in %zu source%s; expected /var/log/messages of an FMC, "
            "/ngfw/var/log/messages of an FTD, or a troubleshoot archive\n",
            c->source_count, c->source_count == 1 ? "" : "s");
}

/* Whatever is read from here on can't make us do more than read and report. */
static void enter_confinement(const struct settings *s)
{
    struct confine_state state;
    output_confine(&s->out, &state);
    if (s->out.verbosity < 1 || (state.calls && state.files))
        return;
    struct buf b = { 0 };
    confine_print(&b, &state);
    fprintf(stderr, "sftunnel-agent: reading is not fully confined: %s\n", b.p);
    buf_clear(&b);
}

static int analyze(const struct settings *s, const char *const *paths, size_t count)
{
    struct err e = { 0 };
    struct rules *rules = NULL;
    struct casefile c = { .now = (int64_t)time(NULL) };
    struct diagnosis d = { 0 };
    int status;
    enum err_code code = rules_load(s->shipped, s->packs, s->pack_count, &rules, &e);
    if (code == ERR_OK) {
        struct input_options o = {
            .rules = rules,
            .base_year = s->base_year,
            .workers = s->workers,
            .stop = &progress_stop,
            .on_progress = progress_draw,
        };
        progress_catch_signals();
        enter_confinement(s);
        code = input_read(paths, count, &o, &c, &e);
        progress_end();
    }
    if (code == ERR_OK) {
        diagnose(&c, &d);
        remarks(s, &c, &d);
        code = output_render(&s->out, &c, &d, &e);
    }
    status = code == ERR_OK ? exit_code(s, &c, &d) : command_fail(&e);
    diagnosis_clear(&d);
    casefile_clear(&c);
    rules_free(rules);
    return status;
}

static int run(int argc, char **argv)
{
    struct settings s = { .shipped = true };
    struct err e = { 0 };
    const char *value = NULL;
    int at = 0, option, status = 0;
    enum err_code code = ERR_OK;
    while (code == ERR_OK && (option = command_option(&analyze_command, argc, argv, &at, &value, &status)) >= 0)
        code = set_option(&s, (enum option)option, value, &e);
    if (code == ERR_OK && option == -2)
        goto out;
    if (code == ERR_OK && at >= argc)
        code = err_set(
            &e, ERR_USAGE, "analyze: nothing to read: give a log, a folder, an archive, or - for standard input");
    if (code == ERR_OK)
        code = output_check(&s.out, (const char *const *)argv + at, (size_t)(argc - at), &e);
    status = code == ERR_OK ? analyze(&s, (const char *const *)argv + at, (size_t)(argc - at)) : command_fail(&e);
out:
    output_clear(&s.out);
    free(s.packs);
    return status;
}

const struct command analyze_command = {
    .name = "analyze",
    .usage = "[OPTION...] PATH...",
    .help = "diagnose logs, folders and troubleshoot archives",
    .detail =
        "  sftunnel-agent analyze fmc-troubleshoot.tar.gz ftd-troubleshoot.tar.gz\n"
        "  sftunnel-agent analyze -o text -o json=case.json /var/log/messages*\n"
        "  ssh fmc cat /var/log/messages | sftunnel-agent analyze -\n"
        "\n"
        "Logs (plain, gz, xz, zst, bz2), folders, tar and zip archives, also nested; everything given is one case.\n",
    .options = options,
    .run = run,
};
