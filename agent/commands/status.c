/* SPDX-License-Identifier: BSD-2-Clause */
/* `status`: what `watch` knows, from its state, whether it runs or not. It only reads. */
#include "agent/commands/command.h"
#include "agent/commands/ending.h"
#include "agent/commands/settings.h"
#include "agent/commands/watch.h"
#include "agent/commands/watchcanary.h"
#include "agent/commands/watchwire.h"
#include "agent/report/nagios.h"
#include "agent/report/statereport.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern const struct command status_command;

enum option { OPTION_STATE, OPTION_CONFIG, OPTION_OUTPUT, OPTION_JSON, OPTION_COLOR, OPTION_VERBOSE };

static const struct command_option options[] = {
    [OPTION_STATE] = { 0, "state", "DIR", "the folder of the state, instead of the configuration's" },
    [OPTION_CONFIG] = { 'c', "config", "FILE", "the configuration; without it " SETTINGS_FILE ", if that is there" },
    [OPTION_OUTPUT] = { 'o', "output", "FORMAT[=FILE]",
        "text, json or nagios, to standard output or FILE; repeatable" },
    [OPTION_JSON] = { 0, "json", NULL, "short for -o json" },
    [OPTION_COLOR] = { 0, "color", "WHEN", "auto, always or never" },
    [OPTION_VERBOSE] = { 'v', "verbose", NULL, "all rows of all tables" },
    { 0, NULL, NULL, NULL },
};

struct request {
    struct output_set out;
    const char *state, *config;
};

/* Everything that is read, and the strings that it borrows. */
struct found {
    struct statereport r;
    struct store *store;
    struct statereport_peer *peers;
    struct statereport_incident *incidents;
    struct statereport_alarm *alarms;
    struct statereport_source *sources;
    struct statereport_outlet *outlets;
    struct statereport_canary canary;
    struct statereport_capture capture;
    size_t room[5];
    char **strings;
    size_t string_count, string_capacity;
    struct err owner;
};

static const char *own(struct found *f, struct slice s)
{
    if (s.n == 0)
        return "";
    f->strings = mem_grow(f->strings, &f->string_capacity, f->string_count + 1, sizeof(char *));
    return f->strings[f->string_count++] = mem_strndup(s.p, s.n);
}

static void clear(struct found *f)
{
    store_close(f->store);
    for (size_t i = 0; i < f->string_count; i++)
        free(f->strings[i]);
    free(f->strings);
    free(f->peers);
    free(f->incidents);
    free(f->alarms);
    free(f->sources);
    free(f->outlets);
}

/* ---- rows ---- */

/* One that a newer version knows is not known here. */
static enum verdict_id verdict_of(struct slice s)
{
    enum verdict_id verdict;
    return verdict_parse(s, &verdict) ? verdict : VERDICT_INSUFFICIENT;
}

static bool on_peer(void *arg, const void *data)
{
    struct found *f = arg;
    const struct store_peer *row = data;
    f->peers = mem_grow(f->peers, &f->room[0], f->r.peer_count + 1, sizeof *f->peers);
    f->peers[f->r.peer_count++] = (struct statereport_peer){ .observer = own(f, row->observer),
        .address = own(f, row->address),
        .role = own(f, row->role),
        .uuid = own(f, row->uuid),
        .name = own(f, row->name),
        .outcome = own(f, row->outcome),
        .summary = own(f, row->summary),
        .next = own(f, row->next),
        .confidence = own(f, row->confidence),
        .verdict = verdict_of(row->verdict),
        .severity = severity_parse(row->severity),
        .attempts = row->attempts,
        .failures = row->failures,
        .first = row->first,
        .last = row->last,
        .last_success = row->last_success,
        .failing_since = row->failing_since };
    return true;
}

static bool on_incident(void *arg, const void *data)
{
    struct found *f = arg;
    const struct store_incident *row = data;
    f->incidents = mem_grow(f->incidents, &f->room[1], f->r.incident_count + 1, sizeof *f->incidents);
    f->incidents[f->r.incident_count++] = (struct statereport_incident){ .id = own(f, row->id),
        .observer = own(f, row->observer),
        .address = own(f, row->address),
        .outcome = own(f, row->outcome),
        .alarm = own(f, row->alarm),
        .verdict = verdict_of(row->verdict),
        .severity = severity_parse(row->severity),
        .attempts = row->attempts,
        .opened = row->opened,
        .last = row->last };
    return true;
}

static bool on_alarm(void *arg, const void *data)
{
    struct found *f = arg;
    const struct store_alarm *row = data;
    f->alarms = mem_grow(f->alarms, &f->room[2], f->r.alarm_count + 1, sizeof *f->alarms);
    f->alarms[f->r.alarm_count++] = (struct statereport_alarm){ .id = own(f, row->id),
        .observer = own(f, row->observer),
        .verdict = verdict_of(row->verdict),
        .severity = severity_parse(row->severity),
        .peers = row->peers,
        .attempts = row->attempts,
        .opened = row->opened,
        .changed = row->changed };
    return true;
}

static bool on_source(void *arg, const void *data)
{
    struct found *f = arg;
    const struct store_source *row = data;
    f->sources = mem_grow(f->sources, &f->room[3], f->r.source_count + 1, sizeof *f->sources);
    f->sources[f->r.source_count++] = (struct statereport_source){ .path = own(f, row->path),
        .state = own(f, row->state),
        .bytes = row->bytes_read,
        .lines = row->lines,
        .lag = row->lag_bytes,
        .gaps = row->gaps,
        .read_at = row->read_at };
    return true;
}

static bool on_outlet(void *arg, const void *data)
{
    struct found *f = arg;
    const struct store_outlet *row = data;
    f->outlets = mem_grow(f->outlets, &f->room[4], f->r.outlet_count + 1, sizeof *f->outlets);
    f->outlets[f->r.outlet_count++] = (struct statereport_outlet){ .name = own(f, row->name),
        .delivered = row->number,
        .waiting = f->r.events > row->number ? f->r.events - row->number : 0 };
    return true;
}

/* ---- values ---- */

/* "" where there is none. */
static enum err_code value(struct found *f, const char *name, const char **out, struct err *e)
{
    struct buf b = { 0 };
    bool there = false;
    enum err_code code = store_value(f->store, slice_of(name), &b, &there, e);
    *out = own(f, buf_as_slice(&b));
    buf_clear(&b);
    return code;
}

static enum err_code value_number(struct found *f, const char *name, int64_t *out, struct err *e)
{
    const char *text;
    enum err_code code = value(f, name, &text, e);
    *out = strtoll(text, NULL, 10);
    return code;
}

static enum err_code read_canary(struct found *f, struct err *e)
{
    struct watch_canary_view v;
    const char *text;
    enum err_code code = value(f, WATCH_CANARY, &text, e);
    if (code != ERR_OK || !watch_canary_parse(slice_of(text), &v))
        return code;
    f->canary = (struct statereport_canary){ v.state, v.sent_at, v.back_at, v.round_trip_ms, own(f, v.through) };
    f->r.canary = &f->canary;
    return code;
}

static enum err_code read_capture(struct found *f, struct err *e)
{
    struct watch_wire_view v;
    const char *text;
    enum err_code code = value(f, WATCH_WIRE, &text, e);
    if (code != ERR_OK || !watch_wire_parse(slice_of(text), &v))
        return code;
    f->capture = (struct statereport_capture){ own(f, v.interface), own(f, v.state), v.since, v.frames, v.handshakes,
        v.lost, v.restarts };
    f->r.capture = &f->capture;
    return code;
}

static enum err_code read_values(struct found *f, struct err *e)
{
    enum err_code code = value(f, WATCH_VERSION, &f->r.version, e);
    if (code == ERR_OK)
        code = value(f, WATCH_READER, &f->r.reader, e);
    if (code == ERR_OK)
        code = value_number(f, WATCH_STARTED, &f->r.started, e);
    if (code == ERR_OK)
        code = read_canary(f, e);
    if (code == ERR_OK)
        code = read_capture(f, e);
    for (size_t i = 0; i < f->r.source_count && code == ERR_OK; i++) {
        struct buf name = { 0 };
        buf_printf(&name, WATCH_GAP "%s", f->sources[i].path);
        code = value_number(f, name.p, &f->sources[i].gap_at, e);
        buf_clear(&name);
    }
    return code;
}

static enum err_code read_rows(struct found *f, struct err *e)
{
    enum err_code code = store_event_last(f->store, &f->r.events, e);
    if (code == ERR_OK)
        code = store_peers(f->store, on_peer, f, e);
    if (code == ERR_OK)
        code = store_incidents(f->store, true, on_incident, f, e);
    if (code == ERR_OK)
        code = store_alarms(f->store, true, on_alarm, f, e);
    if (code == ERR_OK)
        code = store_sources(f->store, on_source, f, e);
    if (code == ERR_OK)
        code = store_outlets(f->store, on_outlet, f, e);
    return code;
}

/* One view of all of it. */
static enum err_code read_state(const char *folder, struct found *f, struct err *e)
{
    struct store_options o = { .folder = folder, .read_only = true };
    struct store_opened how;
    f->r.folder = folder;
    f->r.now = (int64_t)time(NULL);
    if (store_owner(folder, &f->r.pid, &f->owner) != ERR_OK)
        f->r.unknown = f->owner.text;
    enum err_code code = store_open(&o, &f->store, &how, e);
    if (code == ERR_NOINPUT)
        err_prefix(e, "there is no state: name its folder with --state, or start watch");
    else if (code == ERR_PERMISSION)
        err_prefix(e, "the state can't be read: run this as the user of watch");
    if (code == ERR_OK)
        code = store_begin(f->store, e);
    if (code == ERR_OK)
        code = read_rows(f, e);
    if (code == ERR_OK)
        code = read_values(f, e);
    if (code == ERR_OK)
        code = store_commit(f->store, e);
    f->r.peers = f->peers;
    f->r.incidents = f->incidents;
    f->r.alarms = f->alarms;
    f->r.sources = f->sources;
    f->r.outlets = f->outlets;
    return code;
}

/* ---- the reports ---- */

struct rendering {
    statereport_render *render;
    const struct statereport *r;
    struct report_style style;
};

static enum err_code fill(FILE *out, void *arg, struct err *e)
{
    const struct rendering *to = arg;
    return to->render(out, to->r, &to->style, e);
}

/* Files first, as in output_render(). */
static enum err_code render(const struct output_set *o, const struct statereport *r, struct err *e)
{
    enum err_code code = ERR_OK;
    for (int standard = 0; standard < 2; standard++)
        for (size_t i = 0; i < o->count && code == ERR_OK; i++) {
            const struct output_target *t = &o->targets[i];
            struct rendering to = { statereport_find(slice_of(t->format->name)), r, { 0 } };
            output_style(o, &to.style);
            if ((t->path == NULL) != (standard == 1))
                continue;
            if (!t->path) {
                code = fill(stdout, &to, e);
                if (code != ERR_OK && e->os == EPIPE)
                    code = ERR_OK; /* command_finish() ends quietly */
                continue;
            }
            to.style.colour = o->color == COLOR_ALWAYS;
            to.style.width = 0;
            code = report_write_file(t->path, t->format->mode, fill, &to, e);
        }
    return code;
}

static enum err_code status(const struct request *r, const char *folder, int *exit_status, struct err *e)
{
    struct found f = { .store = NULL };
    enum err_code code = read_state(folder, &f, e);
    if (code == ERR_OK)
        code = render(&r->out, &f.r, e);
    if (code == ERR_OK)
        *exit_status = nagios_exit(statereport_severity(&f.r));
    clear(&f);
    return code;
}

static enum err_code set_option(struct request *r, enum option option, const char *text, struct err *e)
{
    switch (option) {
    case OPTION_STATE: r->state = text; return ERR_OK;
    case OPTION_CONFIG: r->config = text; return ERR_OK;
    case OPTION_OUTPUT: break;
    case OPTION_JSON: text = "json"; break;
    case OPTION_COLOR: return output_color(&r->out, text, e);
    case OPTION_VERBOSE: r->out.verbosity = 1; return ERR_OK;
    }
    enum err_code code = output_add(&r->out, text, e);
    const char *name = code == ERR_OK ? r->out.targets[r->out.count - 1].format->name : "";
    if (code == ERR_OK && !statereport_find(slice_of(name)))
        return err_set(e, ERR_USAGE, "status: there is no %s of the state; known are text, json, nagios", name);
    return code;
}

/* The folder is settled by the configuration unless it was named. */
static enum err_code find_and_show(const struct request *r, int *exit_status, struct err *e)
{
    struct settings s;
    struct settings_origins *origins = NULL;
    if (r->state && !r->config)
        return status(r, r->state, exit_status, e);
    enum err_code code = settings_load(r->config, &s, &origins, e);
    settings_origins_free(origins);
    if (code != ERR_OK)
        return code;
    code = status(r, r->state ? r->state : s.state, exit_status, e);
    settings_clear(&s);
    return code;
}

static int run(int argc, char **argv)
{
    struct request r = { .state = NULL };
    struct err e = { 0 };
    const char *text = NULL;
    int at = 0, option, exit_status = 0;
    enum err_code code = ERR_OK;
    while (code == ERR_OK && (option = command_option(&status_command, argc, argv, &at, &text, &exit_status)) >= 0)
        code = set_option(&r, (enum option)option, text, &e);
    if (code == ERR_OK && option == -2) {
        output_clear(&r.out);
        return exit_status;
    }
    if (code == ERR_OK && at < argc)
        code = err_set(
            &e, ERR_USAGE, "status takes no operand: \"%.200s\"; the state's folder is named by --state", argv[at]);
    if (code == ERR_OK)
        code = output_check(&r.out, NULL, 0, &e);
    if (code == ERR_OK)
        code = find_and_show(&r, &exit_status, &e);
    if (code != ERR_OK)
        exit_status = ending_plugin_fail(&r.out, &e);
    output_clear(&r.out);
    return exit_status;
}

const struct command status_command = {
    .name = "status",
    .usage = "[--state DIR | -c FILE] [OPTION...]",
    .help = "what the daemon knows: peers, incidents, logs; whether it runs",
    .detail =
        "  sftunnel-agent status                          # of the configured state\n"
        "  sftunnel-agent status --state /var/lib/sftunnel-agent --json\n"
        "  sftunnel-agent status -o nagios                # for monitoring\n"
        "\n"
        "Reads what watch keeps, whether it runs or not, and changes nothing.\n"
        "Exits with 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, which is also that watch does not run, or any error.\n",
    .options = options,
    .run = run,
    .plugin = true,
};
