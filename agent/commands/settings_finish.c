/* SPDX-License-Identifier: BSD-2-Clause */
/* What can't be seen of one setting alone. */
#include "config.h"

#include "agent/commands/settings_parts.h"

#include <stdarg.h>
#include <stdio.h>

struct finishing {
    const struct settings *s;
    const struct settings_origins *o;
    struct err *e;
};

static enum err_code refuse(const struct finishing *f, enum setting_id id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "FILE:LINE:COLUMN: key ..." or "--flag ..." */
static enum err_code refuse(const struct finishing *f, enum setting_id id, const char *fmt, ...)
{
    const struct setting_origin *from = f->o ? &f->o->of[id] : NULL;
    const struct setting *t = &settings_table[id];
    char text[ERR_TEXT_MAX / 2];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (from && from->flag)
        return err_set(f->e, ERR_USAGE, "--%s %s", t->flag, text);
    if (from && from->file)
        return err_set(f->e, ERR_CONFIG, "%s:%u:%u: %s %s", from->file, from->line, from->column, t->key, text);
    return err_set(f->e, ERR_CONFIG, "%s %s", t->key, text);
}

/* It is no default. */
static bool said(const struct finishing *f, enum setting_id id)
{
    return f->o && (f->o->of[id].flag || f->o->of[id].file);
}

/* ---- paths: who reads and writes what ---- */

#define PATHS_MOST (3 * CAP_CONFIG_ITEMS + 4)

struct path {
    const char *path;
    enum setting_id id;
    bool written;
};

struct paths {
    struct path of[PATHS_MOST];
    size_t n;
};

static void add_path(struct paths *p, const char *path, enum setting_id id, bool written)
{
    if (path[0])
        p->of[p->n++] = (struct path){ path, id, written };
}

/* The file or socket of an output; "-" for standard output, "" for what the format has by itself. */
static const char *target_of(const char *output)
{
    struct slice target, format = slice_cut(slice_of(output), '=', &target);
    if (target.n == 0)
        return slice_eq(format, SLICE("syslog")) ? "" : "-";
    if (slice_starts(target, SLICE("unix:")))
        return target.p + 5;
    return slice_starts(target, SLICE("unixgram:")) ? target.p + 9 : target.p;
}

static void collect(const struct settings *s, struct paths *p)
{
    p->n = 0;
    for (size_t i = 0; i < s->logs.n; i++)
        add_path(p, s->logs.items[i], SETTING_LOGS, false);
    for (size_t i = 0; i < s->comms.n; i++)
        add_path(p, s->comms.items[i], SETTING_COMMS, false);
    for (size_t i = 0; i < s->outputs.n; i++)
        add_path(p, target_of(s->outputs.items[i]), SETTING_OUTPUTS, true);
    add_path(p, s->metrics_file, SETTING_METRICS_FILE, true);
    add_path(p, s->pid_file, SETTING_PID_FILE, true);
    if (strncmp(s->metrics, "unix:", 5) == 0)
        add_path(p, s->metrics + 5, SETTING_METRICS, true);
}

static enum err_code check_path(const struct finishing *f, const struct paths *p, const struct path *one)
{
    bool standard = strcmp(one->path, "-") == 0;
    if (f->s->daemon && standard)
        return refuse(f, one->id, "can't be standard output in the background");
    if (f->s->daemon && one->path[0] != '/')
        return refuse(f, one->id, "is \"%s\": in the background a path begins with /", one->path);
    for (const struct path *other = p->of; other < one; other++)
        if (strcmp(one->path, other->path) == 0 && (one->written || other->written || one->id != other->id))
            return refuse(f, one->id, "has %s%s%s, which is %s, too", standard ? "standard output" : "\"",
                standard ? "" : one->path, standard ? "" : "\"",
                one->id == other->id ? "another's target" : settings_table[other->id].key);
        else if (strcmp(one->path, other->path) == 0)
            return refuse(f, one->id, "has \"%s\" twice", one->path);
    return ERR_OK;
}

static enum err_code check_paths(const struct finishing *f)
{
    struct paths p;
    enum err_code rc = ERR_OK;
    collect(f->s, &p);
    for (const struct path *one = p.of; one < p.of + p.n && rc == ERR_OK; one++)
        rc = check_path(f, &p, one);
    if (rc == ERR_OK && f->s->daemon && f->s->state[0] != '/')
        rc = refuse(f, SETTING_STATE, "is \"%s\": in the background a path begins with /", f->s->state);
    if (rc == ERR_OK && f->s->daemon && f->s->canary_socket[0] != '/')
        rc = refuse(f, SETTING_CANARY_SOCKET, "is \"%s\": in the background a path begins with /", f->s->canary_socket);
    return rc;
}

enum err_code settings_finish(const struct settings *s, const struct settings_origins *origins, struct err *e)
{
    struct finishing f = { s, origins, e };
    if (s->logs.n == 0 && s->comms.n == 0)
        return refuse(&f, SETTING_LOGS, "is empty, and so is comms_logs: nothing to watch");
    if (s->critical_days > s->warning_days && said(&f, SETTING_WARNING) && !said(&f, SETTING_CRITICAL))
        return refuse(&f, SETTING_WARNING, "is %u, and critical_days %u: a warning comes first", s->warning_days,
            s->critical_days);
    if (s->critical_days > s->warning_days)
        return refuse(&f, SETTING_CRITICAL, "is %u, and warning_days %u: a warning comes first", s->critical_days,
            s->warning_days);
    if (s->hook.n && s->hook.items[0][0] != '/')
        return refuse(&f, SETTING_HOOK,
            "begins with a program and its path from /, not \"%.100s\": no shell looks for it", s->hook.items[0]);
    if (s->canary_s && s->canary_within_s > s->canary_s) /* the next one would be due before the last is late */
        return refuse(&f, said(&f, SETTING_CANARY_WITHIN) ? SETTING_CANARY_WITHIN : SETTING_CANARY,
            "can't be: canary_within is %u, and canary_interval only %u", s->canary_within_s, s->canary_s);
    if (s->capture[0] && strcmp(BUILD_PCAP, "yes") != 0)
        return refuse(&f, SETTING_CAPTURE, "needs libpcap, without which this program was built");
    return check_paths(&f);
}
