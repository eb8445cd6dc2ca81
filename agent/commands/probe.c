/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/probe.h"

#include "agent/commands/command.h"
#include "agent/commands/ending.h"
#include "agent/commands/progress.h"
#include "agent/report/nagios.h"
#include "base/mem.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

extern const struct command probe_command;

enum option {
    OPTION_HOSTS,
    OPTION_TLS,
    OPTION_CERT,
    OPTION_KEY,
    OPTION_CA,
    OPTION_TIMEOUT,
    OPTION_JOBS,
    OPTION_OUTPUT,
    OPTION_JSON,
    OPTION_COLOR,
    OPTION_QUIET,
    OPTION_VERBOSE,
};

static const struct command_option options[] = {
    [OPTION_HOSTS] = { 0, "hosts", "FILE", "more hosts, one a line; - is stdin; repeatable" },
    [OPTION_TLS] = { 0, "tls", "VERSION", "only 1.2 or 1.3, instead of whatever shows the certificates" },
    [OPTION_CERT] = { 0, "cert", "FILE", "show this certificate, with its CA behind it (PEM)" },
    [OPTION_KEY] = { 0, "key", "FILE", "its key (PEM); without it, in the file of the certificate" },
    [OPTION_CA] = { 0, "ca", "FILE", "what the servers' chains have to hang on: cacert.pem of the FMC" },
    [OPTION_TIMEOUT] = { 0, "timeout", "SECONDS", "for connecting and the handshake (10)" },
    [OPTION_JOBS] = { 'j', "jobs", "N", "hosts that are probed at the same time (32)" },
    [OPTION_OUTPUT] = { 'o', "output", "FORMAT[=FILE]",
        "text, json, ndjson, nagios or prom, to standard output or FILE; repeatable" },
    [OPTION_JSON] = { 0, "json", NULL, "short for -o json" },
    [OPTION_COLOR] = { 0, "color", "WHEN", "auto, always or never" },
    [OPTION_QUIET] = { 'q', "quiet", NULL, "only a line per host" },
    [OPTION_VERBOSE] = { 'v', "verbose", NULL, "all evidence, all connections" },
    { 0, NULL, NULL, NULL },
};

#define TIMEOUT_MOST 600 /* seconds */
#define READABLE_BY_OTHERS 077

struct settings {
    struct output_set out;
    struct probetargets targets;
    struct probetls_files files;
    struct probe_options probe;
};

static enum err_code set_version(struct settings *s, const char *value, struct err *e)
{
    if (slice_eq(slice_of(value), SLICE("1.2")))
        s->probe.version = 0x0303;
    else if (slice_eq(slice_of(value), SLICE("1.3")))
        s->probe.version = 0x0304;
    else
        return err_set(e, ERR_USAGE, "--tls takes 1.2 or 1.3, not \"%s\"", value);
    return ERR_OK;
}

static enum err_code set_option(struct settings *s, enum option option, const char *value, struct err *e)
{
    uint32_t n = 0;
    enum err_code code = ERR_OK;
    switch (option) {
    case OPTION_HOSTS: return probetargets_file(&s->targets, value, e);
    case OPTION_TLS: return set_version(s, value, e);
    case OPTION_CERT: s->files.certificate = value; return ERR_OK;
    case OPTION_KEY: s->files.key = value; return ERR_OK;
    case OPTION_CA: s->files.ca = value; return ERR_OK;
    case OPTION_TIMEOUT:
        code = ending_number(&(struct ending_number){ "timeout", 1, TIMEOUT_MOST }, value, &n, e);
        s->probe.timeout_ms = (int64_t)n * 1000;
        return code;
    case OPTION_JOBS:
        code = ending_number(&(struct ending_number){ "jobs", 1, PROBE_JOBS_MOST }, value, &n, e);
        s->probe.jobs = n;
        return code;
    case OPTION_OUTPUT: return output_add(&s->out, value, e);
    case OPTION_JSON: return output_add(&s->out, "json", e);
    case OPTION_COLOR: return output_color(&s->out, value, e);
    case OPTION_QUIET: s->out.verbosity = -1; return ERR_OK;
    case OPTION_VERBOSE: s->out.verbosity = 1; return ERR_OK;
    }
    return err_set(e, ERR_BUG, "option %d has no meaning", (int)option);
}

/* Appliances keep theirs with mode 0644, where only root can log in; a copy elsewhere is a different matter. */
static void warn_of_key(const struct probetls_files *f)
{
    const char *key = f->key ? f->key : f->certificate;
    struct stat st;
    if (!key || stat(key, &st) != 0 || !(st.st_mode & READABLE_BY_OTHERS))
        return;
    struct buf b = { 0 };
    buf_terminal(&b, slice_of(key));
    fprintf(stderr, "sftunnel-agent: %s: others may read this key (mode %04o); chmod 600\n", b.p,
        (unsigned)(st.st_mode & 07777));
    buf_clear(&b);
}

static void on_ca(void *data, struct bytes der)
{
    casefile_trust(data, der);
}

/* What the servers send can't make us do more than read, report, and connect. */
static void enter_confinement(const struct settings *s)
{
    struct confine_state state;
    output_confine_online(&s->out, &state);
    if (s->out.verbosity < 1 || (state.calls && state.files))
        return;
    struct buf b = { 0 };
    confine_print(&b, &state);
    fprintf(stderr, "sftunnel-agent: probing is not fully confined: %s\n", b.p);
    buf_clear(&b);
}

static void remarks(const struct settings *s, const struct casefile *c)
{
    if (c->interrupted)
        fprintf(stderr, "sftunnel-agent: interrupted: the report covers what was known until then\n");
    ending_problems(&s->out, c);
}

static enum err_code probe(struct settings *s, int *status, struct err *e)
{
    struct casefile c = { .now = (int64_t)time(NULL) };
    struct diagnosis d = { 0 };
    struct probe_options *o = &s->probe;
    warn_of_key(&s->files);
    enum err_code code = probetls_setup(&s->files, &o->tls, e);
    if (code == ERR_OK) {
        probetls_trusted(o->tls, on_ca, &c);
        progress_catch_signals();
        enter_confinement(s);
        code = probe_run(o, &c, e);
        progress_end();
    }
    if (code == ERR_OK) {
        diagnose(&c, &d);
        remarks(s, &c);
        code = output_render(&s->out, &c, &d, e);
    }
    if (code == ERR_OK)
        *status = nagios_exit(nagios_worst(&c, &d));
    diagnosis_clear(&d);
    casefile_clear(&c);
    probetls_setup_free(o->tls);
    return code;
}

static enum err_code check(struct settings *s, struct err *e)
{
    if (s->targets.count == 0)
        return err_set(e, ERR_USAGE, "probe: nobody to probe: give HOST[:PORT], or --hosts FILE");
    if (s->files.key && !s->files.certificate)
        return err_set(e, ERR_USAGE, "probe: --key is the key of a certificate: give --cert, too");
    return output_check(&s->out, NULL, 0, e);
}

static int run(int argc, char **argv)
{
    struct settings s = { .probe = { .timeout_ms = PROBE_TIMEOUT_MS, .jobs = PROBE_JOBS } };
    struct err e = { 0 };
    const char *value = NULL;
    int at = 0, option, status = 0;
    enum err_code code = ERR_OK;
    s.probe.targets = &s.targets;
    s.probe.stop = &progress_stop;
    s.probe.on_progress = progress_count;
    while (code == ERR_OK && (option = command_option(&probe_command, argc, argv, &at, &value, &status)) >= 0)
        code = set_option(&s, (enum option)option, value, &e);
    if (code == ERR_OK && option == -2)
        goto out;
    for (; code == ERR_OK && at < argc; at++)
        code = probetargets_add(&s.targets, slice_of(argv[at]), &e);
    if (code == ERR_OK)
        code = check(&s, &e);
    if (code == ERR_OK)
        code = probe(&s, &status, &e);
    if (code != ERR_OK)
        status = ending_plugin_fail(&s.out, &e);
out:
    output_clear(&s.out);
    probetargets_clear(&s.targets);
    return status;
}

const struct command probe_command = {
    .name = "probe",
    .usage = "[OPTION...] HOST[:PORT]...",
    .help = "make a handshake with a server and show what it presents",
    .detail =
        "  sftunnel-agent probe fmc.example.com\n"
        "  sftunnel-agent probe --ca cacert.pem --hosts firewalls.txt -o text -o json=probe.json\n"
        "  sftunnel-agent probe -o nagios --timeout 5 10.0.0.1\n"
        "\n"
        "Port 8305 unless another one is given. The chain that the server presents is seen even when it then refuses\n"
        "the probe, which has no certificate of this FMC unless it is given one. Exits with 0 OK, 1 WARNING,\n"
        "2 CRITICAL, 3 UNKNOWN or any error.\n",
    .options = options,
    .run = run,
    .plugin = true,
};
