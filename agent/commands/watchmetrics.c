/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/watchmetrics.h"

#include "agent/commands/metrics.h"
#include "agent/commands/watch.h"
#include "agent/commands/watchcanary.h"
#include "agent/commands/watchwire.h"
#include "agent/report/watchprom.h"
#include "base/caps.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define KEPT "counters" /* in the store: "event TYPE N" and "attempt OUTCOME N", one a line */
#define OTHER "other"   /* outcomes beyond the cap */
#define FILE_MODE 0644  /* node_exporter is another user */

struct counted_outcome {
    char name[32];
    uint64_t n;
};

struct watchmetrics {
    struct watch *w;
    struct metrics *served; /* NULL: not */
    uint64_t events[TELL_TYPES];
    struct counted_outcome outcomes[CAP_METRICS_OUTCOMES];
    size_t outcome_count;
    bool counted; /* something that is not kept yet */
    uint64_t commits, commit_ns, failures;
    int64_t written_ms; /* the file, by the monotonic clock; 0: never */
    bool unwritable;    /* and that was said */
};

/* ---- counting ---- */

static void add_outcome(struct watchmetrics *m, const char *name, uint64_t n)
{
    size_t i = 0;
    while (i < m->outcome_count && strcmp(m->outcomes[i].name, name) != 0)
        i++;
    if (i + 1 >= CAP_METRICS_OUTCOMES && i == m->outcome_count) {
        i = CAP_METRICS_OUTCOMES - 1;
        name = OTHER;
    }
    if (i >= m->outcome_count) {
        m->outcome_count = i + 1;
        snprintf(m->outcomes[i].name, sizeof m->outcomes[i].name, "%s", name);
    }
    m->outcomes[i].n += n;
}

void watchmetrics_event(struct watchmetrics *m, const struct tell *t)
{
    m->events[t->type]++;
    if (t->type == TELL_ATTEMPT && t->outcome)
        add_outcome(m, t->outcome, 1);
    m->counted = true;
}

void watchmetrics_keep(struct watchmetrics *m)
{
    struct buf b = { 0 };
    if (!m->counted)
        return;
    for (enum tell_type type = 0; type < TELL_TYPES; type++)
        buf_printf(&b, "event %s %llu\n", tell_type_name(type), (unsigned long long)m->events[type]);
    for (size_t i = 0; i < m->outcome_count; i++)
        buf_printf(&b, "attempt %s %llu\n", m->outcomes[i].name, (unsigned long long)m->outcomes[i].n);
    keep_value(m->w->keep, KEPT, buf_as_slice(&b));
    buf_clear(&b);
    m->counted = false;
}

uint64_t watchmetrics_clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

void watchmetrics_committed(struct watchmetrics *m, bool done, uint64_t begun)
{
    m->commits += done;
    m->failures += !done;
    m->commit_ns += watchmetrics_clock_ns() - begun;
}

static void take_line(struct watchmetrics *m, struct slice line)
{
    struct slice rest, digits, kind = slice_cut(line, ' ', &rest), word = slice_cut(rest, ' ', &digits);
    char name[32], number[24];
    if (word.n >= sizeof name || digits.n >= sizeof number)
        return;
    snprintf(name, sizeof name, "%.*s", (int)word.n, word.p);
    snprintf(number, sizeof number, "%.*s", (int)digits.n, digits.p);
    uint64_t n = strtoull(number, NULL, 10);
    if (slice_eq(kind, SLICE("attempt")))
        add_outcome(m, name, n);
    for (enum tell_type type = 0; type < TELL_TYPES && slice_eq(kind, SLICE("event")); type++)
        if (slice_eq(word, slice_of(tell_type_name(type))))
            m->events[type] = n;
}

struct watchmetrics *watchmetrics_new(struct watch *w)
{
    struct watchmetrics *m = mem_zalloc(1, sizeof *m);
    struct buf b = { 0 };
    struct err e;
    bool found;
    m->w = w;
    if (store_value(w->store, SLICE(KEPT), &b, &found, &e) != ERR_OK)
        watch_log("warning", "metrics: the counters begin anew: %s", e.text);
    for (struct slice rest = buf_as_slice(&b); rest.n;)
        take_line(m, slice_cut(rest, '\n', &rest));
    buf_clear(&b);
    return m;
}

void watchmetrics_free(struct watchmetrics *m)
{
    free(m);
}

/* ---- what there is ---- */

struct gathered {
    struct watchprom p;
    struct watchprom_source *sources;
    struct watchprom_attempts attempts[CAP_METRICS_OUTCOMES];
    struct watchprom_incidents incidents[VERDICT_COUNT];
    struct watchprom_peer *peers;
    struct watchprom_outlet *outlets;
    struct watchprom_canary canary;
    struct watchprom_capture capture;
    size_t peer_count, peer_capacity;
};

static void on_peer(void *arg, const struct watched *p)
{
    struct gathered *g = arg;
    g->peers = mem_grow(g->peers, &g->peer_capacity, g->peer_count + 1, sizeof *g->peers);
    g->peers[g->peer_count++] = (struct watchprom_peer){ .observer = p->observer,
        .address = p->address,
        .uuid = p->uuid,
        .name = p->name,
        .verdict = p->verdict,
        .severity = p->severity,
        .failing_since = p->failing_since };
}

/* Every cause, also those that never were: a series that begins at 0 can be alerted on. */
static void gather_incidents(const struct watch *w, struct gathered *g)
{
    struct incident_counts counts;
    incidents_count(w->incidents, &counts);
    for (enum verdict_id v = 0; v < VERDICT_COUNT; v++)
        if (counts.by_verdict[v] || verdict_info(v)->severity != SEVERITY_OK)
            g->incidents[g->p.incident_count++] =
                (struct watchprom_incidents){ v, verdict_info(v)->severity, counts.by_verdict[v] };
    g->p.alarms_open = counts.alarms;
    incidents_each_peer(w->incidents, on_peer, g);
}

static void gather_sources(const struct watch *w, struct gathered *g)
{
    g->sources = mem_zalloc(w->log_count, sizeof *g->sources);
    for (size_t i = 0; i < w->log_count; i++) {
        const struct watch_log *log = &w->logs[i];
        g->sources[i] = (struct watchprom_source){ .path = log->path,
            .state = watch_source_state(log),
            .lines = log->before.lines + log->counts.lines,
            .bytes = log->before.bytes + log->counts.bytes,
            .lag_bytes = log->counts.lag,
            .gaps = log->gaps,
            .read_at = log->read_at };
    }
}

static void gather_outlets(const struct watch *w, struct gathered *g)
{
    g->outlets = mem_zalloc(w->outlet_count, sizeof *g->outlets);
    for (size_t i = 0; i < w->outlet_count; i++) {
        const struct watch_outlet *o = &w->outlets[i];
        g->outlets[i] = (struct watchprom_outlet){ .name = outlet_name(o->o),
            .delivered = o->position,
            .waiting = w->last_event > o->position ? w->last_event - o->position : 0,
            .failures = o->failures };
    }
}

static void gather_canary(const struct watch *w, struct gathered *g)
{
    struct watch_canary_view v;
    if (!watch_canary_view(w, &v) || v.state == CANARY_UNKNOWN) /* nothing to alert on as yet */
        return;
    g->canary = (struct watchprom_canary){ v.state == CANARY_BACK, v.back_at, (uint64_t)v.round_trip_ms * 1000000 };
    g->p.canary = &g->canary;
}

static void gather_capture(const struct watch *w, struct gathered *g)
{
    struct watch_wire_view v;
    if (!watch_wire_view(w, &v))
        return;
    g->capture = (struct watchprom_capture){ .interface = w->s->capture,
        .running = slice_eq(v.state, SLICE("running")),
        .frames = v.frames,
        .handshakes = v.handshakes,
        .lost = v.lost,
        .restarts = v.restarts };
    g->p.capture = &g->capture;
}

static void render(void *arg, struct buf *out)
{
    const struct watchmetrics *m = arg;
    const struct watch *w = m->w;
    struct gathered *g = mem_zalloc(1, sizeof *g);
    struct slice how = slice_of(w->confined);
    g->p = (struct watchprom){ .started = w->started,
        .confined = slice_contains(how, SLICE("seccomp;")) && slice_contains(how, SLICE("Landlock ABI")),
        .confinement = w->confined,
        .commits = m->commits,
        .commit_ns = m->commit_ns,
        .store_failures = m->failures,
        .reader_restarts = w->restarts_all };
    memcpy(g->p.events, m->events, sizeof g->p.events);
    for (size_t i = 0; i < m->outcome_count; i++)
        g->attempts[i] = (struct watchprom_attempts){ m->outcomes[i].name, m->outcomes[i].n };
    gather_incidents(w, g);
    gather_sources(w, g);
    gather_canary(w, g);
    gather_capture(w, g);
    gather_outlets(w, g);
    g->p.sources = g->sources;
    g->p.source_count = w->log_count;
    g->p.attempts = g->attempts;
    g->p.attempt_count = m->outcome_count;
    g->p.incidents = g->incidents;
    g->p.peers = g->peers;
    g->p.peer_count = g->peer_count;
    g->p.outlets = g->outlets;
    g->p.outlet_count = w->outlet_count;
    watchprom_print(out, &g->p);
    free(g->sources);
    free(g->peers);
    free(g->outlets);
    free(g);
}

/* ---- the file ---- */

static enum err_code write_all(int fd, struct slice bytes, const char *path, struct err *e)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_os(e, ERR_IO, n < 0 ? errno : EIO, "%s", path);
        bytes = slice_from(bytes, (size_t)n);
    }
    return ERR_OK;
}

/* Whole or not at all for who reads it; a power cut costs 15 s of it, so nothing is synced. */
static enum err_code write_file(const char *path, struct slice text, struct err *e)
{
    struct buf b = { 0 };
    enum err_code code = ERR_OK;
    buf_printf(&b, "%s.new", path); /* not .prom: the collector passes it over */
    (void)unlink(b.p);              /* left by a kill */
    int fd = open(b.p, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    if (fd < 0) {
        code = err_os(e, ERR_CANTCREATE, errno, "%s", b.p);
        buf_clear(&b);
        return code;
    }
    code = write_all(fd, text, b.p, e);
    if (code == ERR_OK && fchmod(fd, FILE_MODE) != 0)
        code = err_os(e, ERR_PERMISSION, errno, "%s", b.p);
    if (close(fd) != 0 && code == ERR_OK)
        code = err_os(e, ERR_IO, errno, "%s", b.p);
    if (code == ERR_OK && rename(b.p, path) != 0)
        code = err_os(e, ERR_CANTCREATE, errno, "%s", path);
    if (code != ERR_OK)
        (void)unlink(b.p);
    buf_clear(&b);
    return code;
}

static void keep_file(struct watchmetrics *m)
{
    struct buf b = { 0 };
    struct err e;
    render(m, &b);
    enum err_code code = write_file(m->w->s->metrics_file, buf_as_slice(&b), &e);
    if (code != ERR_OK && !m->unwritable)
        watch_log("warning", "metrics: the file can't be written; that is tried again: %s", e.text);
    if (code == ERR_OK && m->unwritable)
        watch_log("info", "metrics: the file is written again");
    m->unwritable = code != ERR_OK;
    buf_clear(&b);
}

static bool wished(const char *setting)
{
    return setting && setting[0];
}

void watchmetrics_tick(struct watchmetrics *m)
{
    int64_t now = watch_clock_ms();
    if (!wished(m->w->s->metrics_file) || (m->written_ms && now - m->written_ms < WATCHMETRICS_FILE_MS))
        return;
    m->written_ms = now;
    keep_file(m);
}

/* ---- from the beginning to the end ---- */

void watchmetrics_serve(struct watchmetrics *m)
{
    struct buf b = { 0 };
    struct err e;
    if (!wished(m->w->s->metrics))
        return;
    m->served = metrics_new(m->w->s->metrics, render, m, m->w->loop, &e);
    if (!m->served) {
        watch_log("err", "metrics are not served, all else goes on: %s", e.text);
        return;
    }
    metrics_print_address(&b, m->served);
    watch_log("info", "metrics are served at %s", b.p);
    buf_clear(&b);
}

void watchmetrics_stop(struct watchmetrics *m)
{
    metrics_free(m->served);
    m->served = NULL;
    if (wished(m->w->s->metrics_file))
        keep_file(m);
}
