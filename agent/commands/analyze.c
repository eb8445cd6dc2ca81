/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/command.h"
#include "agent/commands/ending.h"
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

struct settings {
    struct output_set out;
    enum fail_on fail_on;
    int base_year;
    unsigned workers;
    bool shipped;
    const char **packs;
    size_t pack_count, pack_capacity;
};

static enum err_code set_option(struct settings *s, enum option option, const char *value, struct err *e)
{
    uint32_t n = 0;
    enum err_code code = ERR_OK;
    switch (option) {
    case OPTION_OUTPUT: return output_add(&s->out, value, e);
    case OPTION_JSON: return output_add(&s->out, "json", e);
    case OPTION_FAIL_ON: return ending_fail_on(value, &s->fail_on, e);
    case OPTION_BASE_YEAR:
        code = ending_number(&(struct ending_number){ "base-year", 1990, 2200 }, value, &n, e);
        s->base_year = (int)n;
        return code;
    case OPTION_PACK:
        s->packs = mem_grow(s->packs, &s->pack_capacity, s->pack_count + 1, sizeof *s->packs);
        s->packs[s->pack_count++] = value;
        return ERR_OK;
    case OPTION_NO_SHIPPED_PACK: s->shipped = false; return ERR_OK;
    case OPTION_WORKERS:
        code = ending_number(&(struct ending_number){ "jobs", 1, 64 }, value, &n, e);
        s->workers = n;
        return code;
    case OPTION_COLOR: return output_color(&s->out, value, e);
    case OPTION_QUIET: s->out.verbosity = -1; return ERR_OK;
    case OPTION_VERBOSE: s->out.verbosity = 1; return ERR_OK;
    }
    return err_set(e, ERR_BUG, "option %d has no meaning", (int)option);
}

static bool nothing_found(const struct casefile *c, const struct diagnosis *d)
{
    return c->wire_count == 0 && d->totals.n.sftunneld == 0 && d->totals.n.events == 0 && d->finding_count == 0;
}

static int exit_code(const struct settings *s, const struct casefile *c, const struct diagnosis *d)
{
    if (c->interrupted)
        return err_exit(ERR_INTERRUPTED);
    return nothing_found(c, d) ? ENDING_NOTHING : ending_severity(s->fail_on, d);
}

/* What a person must know even when the report goes into a file. */
static void remarks(const struct settings *s, const struct casefile *c, const struct diagnosis *d)
{
    ending_problems(&s->out, c);
    if (c->interrupted)
        fprintf(stderr, "sftunnel-agent: interrupted: the report covers the %llu lines (%.1f MiB) read until then\n",
            (unsigned long long)d->totals.n.lines, (double)d->totals.n.bytes / 1048576);
    else if (nothing_found(c, d))
        fprintf(stderr,
            "sftunnel-agent: nothing about sftunnel in %zu source%s; expected /var/log/messages of an FMC, "
            "/ngfw/var/log/messages of an FTD, a troubleshoot archive, or a capture of port 8305/tcp\n",
            c->source_count, c->source_count == 1 ? "" : "s");
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
            .port = INPUT_PORT,
            .workers = s->workers,
            .stop = &progress_stop,
            .on_progress = progress_draw,
        };
        progress_catch_signals();
        ending_confine(&s->out, NULL, 0);
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
        code = err_set(&e, ERR_USAGE,
            "analyze: nothing to read: give a log, a folder, an archive, a capture, or - for standard input");
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
    .help = "diagnose logs, captures, folders and troubleshoot archives",
    .detail = "  sftunnel-agent analyze fmc-troubleshoot.tar.gz ftd-troubleshoot.tar.gz\n"
              "  sftunnel-agent analyze -o text -o json=case.json /var/log/messages*\n"
              "  ssh fmc cat /var/log/messages | sftunnel-agent analyze -\n"
              "\n"
              "Logs (plain, gz, xz, zst, bz2), folders, tar and zip archives, also nested, and captures of\n"
              "port 8305/tcp (pcap, pcapng) among them; everything given is one case.\n",
    .options = options,
    .run = run,
};
