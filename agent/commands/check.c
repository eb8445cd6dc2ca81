/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/command.h"
#include "agent/commands/ending.h"
#include "agent/commands/progress.h"
#include "agent/diagnosis/forecast.h"
#include "agent/report/nagios.h"
#include "agent/sources/certfiles.h"
#include "agent/sources/input.h"
#include "agent/sources/statusrun.h"
#include "base/mem.h"

#include <limits.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

extern const struct command check_command;

enum option {
    OPTION_ROOT,
    OPTION_STATUS,
    OPTION_STATUS_COMMAND,
    OPTION_TIMEOUT,
    OPTION_WARNING,
    OPTION_CRITICAL,
    OPTION_FORECAST,
    OPTION_OUTPUT,
    OPTION_JSON,
    OPTION_COLOR,
    OPTION_QUIET,
    OPTION_VERBOSE,
};

static const struct command_option options[] = {
    [OPTION_ROOT] = { 0, "root", "DIR", "a mounted or copied root of an FMC or FTD, instead of this one; repeatable" },
    [OPTION_STATUS] = { 0, "status", "WHICH",
        "whether tunnels are up: from a FILE or - with sftunnel_status.pl's output, or by running it: auto, never, "
        "always" },
    [OPTION_STATUS_COMMAND] = { 0, "status-command", "PATH", "run this program instead of sftunnel_status.pl" },
    [OPTION_TIMEOUT] = { 0, "timeout", "SECONDS", "for each status command (30)" },
    [OPTION_WARNING] = { 'w', "warning", "DAYS", "a certificate that ends within so many days is a warning (90)" },
    [OPTION_CRITICAL] = { 'c', "critical", "DAYS", "and within so many critical (30)" },
    [OPTION_FORECAST] = { 0, "forecast", NULL, "which tunnels will fail to come back at which date" },
    [OPTION_OUTPUT] = { 'o', "output", "FORMAT[=FILE]",
        "text, json, ndjson, nagios or prom, to standard output or FILE; repeatable" },
    [OPTION_JSON] = { 0, "json", NULL, "short for -o json" },
    [OPTION_COLOR] = { 0, "color", "WHEN", "auto, always or never" },
    [OPTION_QUIET] = { 'q', "quiet", NULL, "only a line per peer" },
    [OPTION_VERBOSE] = { 'v', "verbose", NULL, "all evidence, all files" },
    { 0, NULL, NULL, NULL },
};

#define HERE "/"
#define DAY 86400
#define DAYS_MOST 36500
#define TIMEOUT_MOST 600 /* seconds */
#define WARNING_DAYS 90
#define CRITICAL_DAYS 30

enum status_when { STATUS_AUTO, STATUS_NEVER, STATUS_ALWAYS };

struct settings {
    struct output_set out;
    const char **roots;
    size_t root_count, root_capacity;
    const char *const *paths;
    size_t path_count;
    uint32_t warning, critical; /* days */
    enum status_when when;
    const char *status_file;
    struct statusrun_options run;
    bool forecast;
};

static enum err_code set_status(struct settings *s, const char *value, struct err *e)
{
    static const char *const words[] = { [STATUS_AUTO] = "auto", [STATUS_NEVER] = "never", [STATUS_ALWAYS] = "always" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(value, words[i]) == 0) {
            s->when = (enum status_when)i;
            return ERR_OK;
        }
    if (s->status_file)
        return err_set(e, ERR_USAGE, "--status: only one file can be given: %s, %s", s->status_file, value);
    s->status_file = value;
    return ERR_OK;
}

static enum err_code set_option(struct settings *s, enum option option, const char *value, struct err *e)
{
    uint32_t n = 0;
    enum err_code code = ERR_OK;
    switch (option) {
    case OPTION_ROOT:
        s->roots = mem_grow(s->roots, &s->root_capacity, s->root_count + 1, sizeof *s->roots);
        s->roots[s->root_count++] = value;
        return ERR_OK;
    case OPTION_STATUS: return set_status(s, value, e);
    case OPTION_STATUS_COMMAND: s->run.command = value; return ERR_OK;
    case OPTION_TIMEOUT:
        code = ending_number(&(struct ending_number){ "timeout", 1, TIMEOUT_MOST }, value, &n, e);
        s->run.timeout_ms = (int64_t)n * 1000;
        return code;
    case OPTION_WARNING:
        return ending_number(&(struct ending_number){ "warning", 1, DAYS_MOST }, value, &s->warning, e);
    case OPTION_CRITICAL:
        return ending_number(&(struct ending_number){ "critical", 1, DAYS_MOST }, value, &s->critical, e);
    case OPTION_FORECAST: s->forecast = true; return ERR_OK;
    case OPTION_OUTPUT: return output_add(&s->out, value, e);
    case OPTION_JSON: return output_add(&s->out, "json", e);
    case OPTION_COLOR: return output_color(&s->out, value, e);
    case OPTION_QUIET: s->out.verbosity = -1; return ERR_OK;
    case OPTION_VERBOSE: s->out.verbosity = 1; return ERR_OK;
    }
    return err_set(e, ERR_BUG, "option %d has no meaning", (int)option);
}

/* ---- what is there ---- */

static uint32_t next_unit(const struct casefile *c)
{
    uint32_t next = 0;
    for (size_t i = 0; i < c->source_count; i++)
        if (c->sources[i].unit != UNIT_NONE && c->sources[i].unit >= next)
            next = c->sources[i].unit + 1;
    return next;
}

static bool unit_has_files(const struct casefile *c, uint32_t unit)
{
    for (size_t i = 0; i < c->disk_count; i++)
        if (c->disks[i].unit == unit)
            return true;
    return false;
}

/* This machine has a name; a copied root's is not looked for. */
static void name_unit(struct casefile *c, uint32_t unit)
{
    char name[HOST_NAME_MAX + 1] = { 0 };
    if (gethostname(name, sizeof name - 1) != 0 || !name[0])
        return;
    for (size_t i = 0; i < c->source_count; i++)
        if (c->sources[i].unit == unit && !c->sources[i].host)
            c->sources[i].host = mem_strdup(name);
}

static void read_root(struct casefile *c, const char *root, uint32_t unit)
{
    struct err e = { 0 };
    if (certfiles_root(c, root, unit, &progress_stop, &e) != ERR_OK) {
        casefile_problem(c, root, "%s", e.text);
        return;
    }
    if (!unit_has_files(c, unit))
        casefile_problem(c, root,
            "no certificate files of sftunnel here: looked for etc/sf/sftunnel.conf, etc/sf/ca_root, etc/sf/keys and "
            "var/sf/peers/UUID, also below ngfw/; run this on an FMC or FTD that has a manager, as root, or give the "
            "root of one with --root, or its files");
    if (strcmp(root, HERE) == 0)
        name_unit(c, unit);
}

/* The one appliance that status outputs speak of, unless they are among the files. */
static void read_status(const struct settings *s, const struct statusrun *ran, struct casefile *c, uint32_t unit)
{
    statusrun_take(ran, c, unit);
    if (s->status_file)
        statusrun_file(c, s->status_file, unit, &progress_stop);
}

/* Files first: reading them settles which ones are of one appliance, and roots are ones of their own. */
static enum err_code read_all(const struct settings *s, const struct statusrun *ran, struct casefile *c, struct err *e)
{
    const struct input_options o = { .only_files = true, .stop = &progress_stop, .on_progress = progress_draw };
    enum err_code code = ERR_OK;
    if (s->path_count)
        code = input_read(s->paths, s->path_count, &o, c, e);
    progress_end();
    uint32_t unit = next_unit(c);
    for (size_t i = 0; i < s->root_count && !progress_stop; i++)
        read_root(c, s->roots[i], unit + (uint32_t)i);
    if (!s->path_count && !s->root_count)
        read_root(c, HERE, unit);
    read_status(s, ran, c, unit);
    c->interrupted = c->interrupted || progress_stop;
    return c->problem_count ? ERR_OK : code; /* what can't be read is one, and a state that is reported */
}

/* ---- the command ---- */

static void remarks(const struct settings *s, const struct casefile *c)
{
    if (c->interrupted)
        fprintf(stderr, "sftunnel-agent: interrupted: the report covers what was read until then\n");
    ending_problems(&s->out, c);
}

static bool runs_commands(const struct settings *s)
{
    bool here = !s->path_count && !s->root_count;
    return s->run.command || s->when == STATUS_ALWAYS || (here && s->when == STATUS_AUTO && !s->status_file);
}

static enum err_code check(const struct settings *s, int *status, struct err *e)
{
    struct casefile c = {
        .now = (int64_t)time(NULL),
        .files_only = true,
        .warning_seconds = (int64_t)s->warning * DAY,
        .critical_seconds = (int64_t)s->critical * DAY,
    };
    struct diagnosis d = { 0 };
    struct statusrun ran = { .count = 0 };
    progress_catch_signals();
    if (runs_commands(s))
        statusrun(&s->run, &ran);
    ending_confine(&s->out, NULL, 0); /* what they have printed is read behind this */
    enum err_code code = read_all(s, &ran, &c, e);
    if (code == ERR_OK) {
        diagnose(&c, &d);
        if (s->forecast)
            forecast_make(&c, &d);
        remarks(s, &c);
        code = output_render(&s->out, &c, &d, e);
    }
    if (code == ERR_OK)
        *status = nagios_exit(nagios_worst(&c, &d));
    diagnosis_clear(&d);
    casefile_clear(&c);
    statusrun_clear(&ran);
    return code;
}

static enum err_code prove(struct settings *s, struct err *e)
{
    if (s->critical > s->warning)
        return err_set(e, ERR_USAGE,
            "check: --critical %u is more than --warning %u: what is critical is a warning first", s->critical,
            s->warning);
    if ((s->status_file || s->run.command) && (s->path_count || s->root_count > 1))
        return err_set(e, ERR_USAGE, "check: %s: of this appliance, or of one --root: whose it is can't be told here",
            s->status_file ? "--status FILE" : "--status-command");
    if (s->when == STATUS_ALWAYS && (s->path_count || s->root_count))
        return err_set(e, ERR_USAGE, "check: --status always: this appliance's commands say nothing of --root or PATH");
    s->run.wanted = s->when == STATUS_ALWAYS;
    return output_check(&s->out, s->paths, s->path_count, e);
}

static int run(int argc, char **argv)
{
    struct settings s = {
        .warning = WARNING_DAYS,
        .critical = CRITICAL_DAYS,
        .run = { .timeout_ms = STATUSRUN_SECONDS * 1000, .stop = &progress_stop },
    };
    struct err e = { 0 };
    const char *value = NULL;
    int at = 0, option, status = 0;
    enum err_code code = ERR_OK;
    while (code == ERR_OK && (option = command_option(&check_command, argc, argv, &at, &value, &status)) >= 0)
        code = set_option(&s, (enum option)option, value, &e);
    if (code == ERR_OK && option == -2)
        goto out;
    if (code == ERR_OK) {
        s.paths = (const char *const *)argv + at;
        s.path_count = (size_t)(argc - at);
        code = prove(&s, &e);
    }
    if (code == ERR_OK)
        code = check(&s, &status, &e);
    if (code != ERR_OK)
        status = ending_plugin_fail(&s.out, &e);
out:
    output_clear(&s.out);
    free(s.roots);
    return status;
}

const struct command check_command = {
    .name = "check",
    .usage = "[OPTION...] [PATH...]",
    .help = "judge certificates on disk before they break a tunnel",
    .detail = "  sftunnel-agent check                              # of this FMC or FTD\n"
              "  sftunnel-agent check --forecast --root /mnt/fmc --root /mnt/ftd\n"
              "  sftunnel-agent check cacert.pem sftunnel-cert.pem sftunnel-key.pem\n"
              "  sftunnel-agent check -o nagios -w 60 -c 14\n"
              "  sftunnel-agent check -o prom=/var/lib/prometheus/node-exporter/sftunnel.prom\n"
              "\n"
              "The InternalCA, the appliance's own pair, and the set of each peer: dates, signatures, keys. PATH is a\n"
              "PEM or DER file, a folder, a troubleshoot archive, a saved status output, or - for standard input;\n"
              "logs are not read. On an appliance its sftunnel_status.pl is run, to know which tunnels are up.\n"
              "Exits with 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN or any error.\n",
    .options = options,
    .run = run,
    .plugin = true,
};
