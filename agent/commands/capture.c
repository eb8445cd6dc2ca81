/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/command.h"
#include "agent/commands/ending.h"
#include "agent/commands/exportcerts.h"
#include "agent/commands/liveloop.h"
#include "agent/commands/progress.h"
#include "agent/report/moments.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

extern const struct command capture_command;

enum option {
    OPTION_INTERFACE,
    OPTION_READ,
    OPTION_PORT,
    OPTION_DURATION,
    OPTION_COUNT,
    OPTION_WRITE,
    OPTION_RING,
    OPTION_RING_SIZE,
    OPTION_FOLLOW,
    OPTION_USER,
    OPTION_NO_PROMISCUOUS,
    OPTION_EXPORT,
    OPTION_OUTPUT,
    OPTION_JSON,
    OPTION_FAIL_ON,
    OPTION_COLOR,
    OPTION_QUIET,
    OPTION_VERBOSE,
};

static const struct command_option options[] = {
    [OPTION_INTERFACE] = { 'i', "interface", "IF", "capture from this interface, or any" },
    [OPTION_READ] = { 'r', "read", "FILE", "read a capture (pcap, pcapng, also compressed), - is stdin; repeatable" },
    [OPTION_PORT] = { 0, "port", "N", "connections with this port (8305), or any" },
    [OPTION_DURATION] = { 0, "duration", "TIME", "end after that many seconds (30, 10m, 2h)" },
    [OPTION_COUNT] = { 0, "count", "N", "end after that many packets" },
    [OPTION_WRITE] = { 'w', "write", "FILE", "keep the packets that were captured in FILE (pcap)" },
    [OPTION_RING] = { 0, "ring", "N", "keep them in N files, FILE.1 to FILE.N, the oldest is written over" },
    [OPTION_RING_SIZE] = { 0, "ring-size", "MIB", "MiB that each of these files may have (64 with --ring)" },
    [OPTION_FOLLOW] = { 0, "follow", NULL, "without an end: each handshake, how it goes every 10 s, nothing kept" },
    [OPTION_USER] = { 0, "user", "NAME", "who root becomes when the interface is open (nobody)" },
    [OPTION_NO_PROMISCUOUS] = { 'p', "no-promiscuous", NULL, "only what is sent to this host, or by it" },
    [OPTION_EXPORT] = { 0, "export-certs", "DIR", "write the certificates that were seen to DIR/SHA256.pem" },
    [OPTION_OUTPUT] = { 'o', "output", "FORMAT[=FILE]",
        "text, json or ndjson, to standard output or FILE; repeatable" },
    [OPTION_JSON] = { 0, "json", NULL, "short for -o json" },
    [OPTION_FAIL_ON] = { 0, "fail-on", "SEVERITY", "exit 1 or 2 when a warning or something critical is found" },
    [OPTION_COLOR] = { 0, "color", "WHEN", "auto, always or never" },
    [OPTION_QUIET] = { 'q', "quiet", NULL, "only a line per peer" },
    [OPTION_VERBOSE] = { 'v', "verbose", NULL, "all evidence, all connections" },
    { 0, NULL, NULL, NULL },
};

#define RING_SIZE_DEFAULT 64 /* MiB */

struct settings {
    struct output_set out;
    enum fail_on fail_on;
    const char **files;
    size_t file_count, file_capacity;
    const char *interface, *user, *write, *export;
    bool any_port, no_promiscuous, follow;
    uint32_t port, count, ring, ring_mib;
    int64_t duration_ms;
};

static enum err_code set_port(struct settings *s, const char *value, struct err *e)
{
    s->any_port = strcmp(value, "any") == 0;
    if (s->any_port)
        return ERR_OK;
    if (slice_u32(slice_of(value), 65535, &s->port) && s->port > 0)
        return ERR_OK;
    return err_set(e, ERR_USAGE, "--port takes a number from 1 to 65535, or any, not \"%s\"", value);
}

/* "90", "90s", "15m", "2h", "1d" */
static enum err_code set_duration(struct settings *s, const char *value, struct err *e)
{
    struct slice digits = slice_of(value);
    int64_t unit = 1000;
    uint32_t n = 0;
    if (digits.n && strchr("smhd", digits.p[digits.n - 1])) {
        char c = digits.p[--digits.n];
        unit *= c == 'm' ? 60 : c == 'h' ? 3600 : c == 'd' ? 86400 : 1;
    }
    if (!slice_u32(digits, 1000000, &n) || n == 0)
        return err_set(e, ERR_USAGE, "--duration takes seconds, or 15m, 2h, 1d, not \"%s\"", value);
    s->duration_ms = n * unit;
    return ERR_OK;
}

static enum err_code set_option(struct settings *s, enum option option, const char *value, struct err *e)
{
    switch (option) {
    case OPTION_INTERFACE: s->interface = value; return ERR_OK;
    case OPTION_READ:
        s->files = mem_grow(s->files, &s->file_capacity, s->file_count + 1, sizeof *s->files);
        s->files[s->file_count++] = value;
        return ERR_OK;
    case OPTION_PORT: return set_port(s, value, e);
    case OPTION_DURATION: return set_duration(s, value, e);
    case OPTION_COUNT: return ending_number(&(struct ending_number){ "count", 1, UINT32_MAX }, value, &s->count, e);
    case OPTION_WRITE: s->write = value; return ERR_OK;
    case OPTION_RING: return ending_number(&(struct ending_number){ "ring", 2, RING_MOST_FILES }, value, &s->ring, e);
    case OPTION_RING_SIZE:
        return ending_number(&(struct ending_number){ "ring-size", 1, 1 << 20 }, value, &s->ring_mib, e);
    case OPTION_FOLLOW: s->follow = true; return ERR_OK;
    case OPTION_USER: s->user = value; return ERR_OK;
    case OPTION_NO_PROMISCUOUS: s->no_promiscuous = true; return ERR_OK;
    case OPTION_EXPORT: s->export = value; return ERR_OK;
    case OPTION_OUTPUT: return output_add(&s->out, value, e);
    case OPTION_JSON: return output_add(&s->out, "json", e);
    case OPTION_FAIL_ON: return ending_fail_on(value, &s->fail_on, e);
    case OPTION_COLOR: return output_color(&s->out, value, e);
    case OPTION_QUIET: s->out.verbosity = -1; return ERR_OK;
    case OPTION_VERBOSE: s->out.verbosity = 1; return ERR_OK;
    }
    return err_set(e, ERR_BUG, "option %d has no meaning", (int)option);
}

/* What goes with what. */
static enum err_code check(const struct settings *s, struct err *e)
{
    const char *live_only = s->write         ? "-w"
                            : s->duration_ms ? "--duration"
                            : s->count       ? "--count"
                            : s->follow      ? "--follow"
                            : s->user        ? "--user"
                            : s->ring        ? "--ring"
                                             : NULL;
    if (!s->interface && s->file_count == 0)
        return err_set(e, ERR_USAGE, "capture: nothing to read: give -r FILE, or -i INTERFACE (or -i any)");
    if (s->interface && s->file_count)
        return err_set(e, ERR_USAGE, "capture: -i and -r don't go together: one of them");
    if (!s->interface && live_only)
        return err_set(
            e, ERR_USAGE, "capture: %s is for -i: a file is read to its end, and not written again", live_only);
    if ((s->ring || s->ring_mib) && !s->write)
        return err_set(e, ERR_USAGE, "capture: --ring and --ring-size say how packets are kept: give -w FILE");
    if (s->write && strcmp(s->write, "-") == 0)
        return err_set(e, ERR_USAGE, "capture: packets are written to files only, not to standard output");
    return ERR_OK;
}

/* What has no report at its end can only be told piece by piece. */
static enum err_code check_follow(const struct settings *s, struct err *e)
{
    if (s->follow && s->export)
        return err_set(e, ERR_USAGE, "capture: --follow keeps nothing: it does not go with --export-certs");
    for (size_t i = 0; s->follow && i < s->out.count; i++)
        if (s->out.targets[i].path || !moments_can(s->out.targets[i].format))
            return err_set(e, ERR_USAGE,
                "capture: --follow has no report at its end: it takes -o text or -o ndjson, on standard output");
    return ERR_OK;
}

static int exit_code(const struct settings *s, const struct casefile *c, const struct diagnosis *d)
{
    if (c->interrupted)
        return err_exit(ERR_INTERRUPTED);
    return c->wire_count == 0 ? ENDING_NOTHING : ending_severity(s->fail_on, d);
}

static void say_partial(const struct casefile *c)
{
    for (size_t i = 0; i < c->source_count; i++) {
        struct buf b = { 0 };
        if (!c->sources[i].partial)
            continue;
        buf_terminal(&b, slice_of(c->sources[i].path));
        fprintf(stderr, "sftunnel-agent: %s: partial: see the problems in the report\n", b.p);
        buf_clear(&b);
    }
}

/* What a person must know even when the report goes into a file. */
static void remarks(const struct settings *s, const struct casefile *c)
{
    ending_problems(&s->out, c);
    say_partial(c);
    if (c->interrupted)
        fprintf(stderr, "sftunnel-agent: interrupted: the report covers what was read until then\n");
    else if (c->wire_count == 0 && s->any_port)
        fprintf(stderr, "sftunnel-agent: no TCP connection was seen\n");
    else if (c->wire_count == 0)
        fprintf(stderr,
            "sftunnel-agent: no connection on port %u/tcp was seen; look at all of them with --port any, or capture "
            "for longer (restart nothing for it: with an expired CA a tunnel that goes down stays down)\n",
            s->port);
}

/* The report of whatever is in the case, and the certificates. */
static int finish(const struct settings *s, struct casefile *c, struct exportcerts *x)
{
    struct diagnosis d = { 0 };
    struct err e = { 0 };
    diagnose(c, &d);
    remarks(s, c);
    enum err_code code = output_render(&s->out, c, &d, &e);
    if (code == ERR_OK)
        code = exportcerts_write(x, c->certs, &e);
    if (code == ERR_OK && x->path && s->out.verbosity >= 0)
        fprintf(stderr, "sftunnel-agent: %s: %zu certificates written, %zu were there already\n", x->path, x->written,
            x->kept);
    int status = code == ERR_OK ? exit_code(s, c, &d) : command_fail(&e);
    diagnosis_clear(&d);
    return status;
}

static bool captures_seen(const struct casefile *c)
{
    for (size_t i = 0; i < c->source_count; i++)
        if (c->sources[i].kind == SOURCE_CAPTURE)
            return true;
    return false;
}

static int read_files(const struct settings *s, struct exportcerts *x)
{
    struct casefile c = { .now = (int64_t)time(NULL) };
    struct err e = { 0 };
    struct input_options o = {
        .port = s->any_port ? 0 : (uint16_t)s->port,
        .only_captures = true,
        .workers = 1,
        .stop = &progress_stop,
        .on_progress = progress_draw,
    };
    progress_catch_signals();
    ending_confine(&s->out, &s->export, s->export ? 1 : 0);
    enum err_code code = input_read(s->files, s->file_count, &o, &c, &e);
    progress_end();
    if (code == ERR_OK && !c.interrupted && !captures_seen(&c)) {
        const struct problem *first = c.problem_count ? &c.problems[0] : NULL;
        code = err_set(&e, ERR_DATA, "%s: %s", first ? first->path : s->files[0],
            first ? first->text : "no packet capture (pcap or pcapng) in it");
    }
    int status = code == ERR_OK ? finish(s, &c, x) : command_fail(&e);
    casefile_clear(&c);
    return status;
}

static void on_ready(void *data)
{
    const struct settings *s = data;
    const char *more[2], *end = s->follow ? "" : " with the report";
    size_t n = 0;
    char *folder = s->write ? report_place(s->write) : NULL; /* its files are open; they are emptied and filled */
    if (folder)
        more[n++] = folder;
    if (s->export)
        more[n++] = s->export;
    ending_confine(&s->out, more, n);
    free(folder);
    if (s->out.verbosity < 0)
        return;
    if (s->any_port)
        fprintf(stderr, "sftunnel-agent: %s: watching all ports; Ctrl-C ends it%s\n", s->interface, end);
    else
        fprintf(stderr, "sftunnel-agent: %s: watching port %u/tcp; Ctrl-C ends it%s\n", s->interface, s->port, end);
}

static int watch_interface(struct settings *s, const struct privileges *as, struct exportcerts *x)
{
    struct casefile c = { .now = (int64_t)time(NULL) };
    struct liveloop_counts n;
    struct err e = { 0 };
    struct liveloop_options o = {
        .interface = s->interface,
        .port = s->any_port ? 0 : (uint16_t)s->port,
        .promiscuous = !s->no_promiscuous,
        .follow = s->follow,
        .duration_ms = s->duration_ms,
        .count = s->count,
        .ring = { .path = s->write, .files = s->ring ? s->ring : 1 },
        .privileges = as,
        .out = &s->out,
        .ready = on_ready,
        .data = s,
    };
    o.ring.bytes = (uint64_t)(s->ring_mib ? s->ring_mib : s->ring ? RING_SIZE_DEFAULT : 0) << 20;
    enum err_code code = liveloop_run(&o, &c, &n, &e);
    int status = 0;
    c.now = (int64_t)time(NULL);
    if (!s->follow && (code == ERR_OK || n.frames))
        status = finish(s, &c, x);
    if (code != ERR_OK)
        status = command_fail(&e);
    casefile_clear(&c);
    return status;
}

static enum err_code prepare(struct settings *s, struct privileges *as, struct exportcerts *x, struct err *e)
{
    enum err_code code = check(s, e);
    if (code == ERR_OK)
        code = output_check(&s->out, s->files, s->file_count, e);
    if (code == ERR_OK)
        code = check_follow(s, e);
    if (code == ERR_OK && s->interface)
        code = privileges_find(s->user, as, e);
    if (code == ERR_OK && as->change)
        code = output_hold(&s->out, e);
    if (code == ERR_OK && s->export)
        code = exportcerts_open(x, s->export, as, e);
    return code;
}

static int run(int argc, char **argv)
{
    struct settings s = { .port = INPUT_PORT };
    struct privileges as = { .change = false };
    struct exportcerts x = { .fd = -1 };
    struct err e = { 0 };
    const char *value = NULL;
    int at = 0, option, status = 0;
    enum err_code code = ERR_OK;
    while (code == ERR_OK && (option = command_option(&capture_command, argc, argv, &at, &value, &status)) >= 0)
        code = set_option(&s, (enum option)option, value, &e);
    if (code == ERR_OK && option == -2)
        goto out;
    if (code == ERR_OK && at < argc)
        code = err_set(&e, ERR_USAGE, "capture: \"%.64s\" can't stand here; a file is given as -r FILE", argv[at]);
    if (code == ERR_OK)
        code = prepare(&s, &as, &x, &e);
    if (code != ERR_OK)
        status = command_fail(&e);
    else
        status = s.interface ? watch_interface(&s, &as, &x) : read_files(&s, &x);
out:
    exportcerts_close(&x);
    output_clear(&s.out);
    free(s.files);
    return status;
}

const struct command capture_command = {
    .name = "capture",
    .usage = "-i IF | -r FILE... [OPTION...]",
    .help = "show what each end presents on the wire: certificates, alerts, verdicts",
    .detail =
        "  sftunnel-agent capture -r tunnel.pcap\n"
        "  sudo sftunnel-agent capture -i any --duration 10m -o text -o json=tunnel.json\n"
        "  sudo sftunnel-agent capture -i eth0 -w tunnel.pcap --ring 4 --ring-size 32\n"
        "\n"
        "Both ends' certificate chains and alerts of every connection on port 8305/tcp, judged at the time of the\n"
        "packets and now. Live, each handshake is told as soon as it has ended, well or not.\n",
    .options = options,
    .run = run,
};
