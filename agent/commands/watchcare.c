/* SPDX-License-Identifier: BSD-2-Clause */
/* What time alone brings. */
#include "agent/commands/watch.h"

#include "agent/commands/watchcanary.h"
#include "agent/commands/watchmetrics.h"
#include "agent/commands/watchwire.h"
#include "base/caps.h"

#include <stdio.h>

#define FORGET_MS 3600000     /* between two looks for what may be forgotten */
#define SILENT_LEAST_MS 60000 /* no log is called silent before that, however busy it was */
#define SILENT_TIMES 10       /* as long as the longest pause that is usual */
#define SILENT_MOST_MS 86400000
#define DAY 86400

/* ---- inputs ---- */

void watch_tell_source(struct watch *w, const struct watch_log *log, const char *what, enum severity severity,
    const struct tail_event *event)
{
    char place[64];
    struct tell t = { .type = TELL_SOURCE,
        .at_ms = watch_now_ms(),
        .severity = severity,
        .first = CIVIL_NONE,
        .last = CIVIL_NONE,
        .path = log->path,
        .what = what };
    /* the time, because the same thing may happen in the same place again */
    snprintf(place, sizeof place, "%llu/%llu/%lld", event ? (unsigned long long)event->order : 0,
        event ? (unsigned long long)event->offset : 0, (long long)t.at_ms);
    const struct slice words[] = { slice_of(store_epoch(w->store)), SLICE("source"), slice_of(log->path),
        slice_of(what), slice_of(place), slice_of(event && event->text ? event->text : "") };
    tell_id(t.id, words, sizeof words / sizeof *words);
    t.text = event ? event->text : NULL;
    t.bytes = event ? event->bytes : 0;
    watchmetrics_event(w->metrics, &t);
    keep_event(w->keep, &t);
    watch_log(severity >= SEVERITY_WARNING ? "warning" : "info", "log=%s %s%s%s", log->path, what,
        t.text && *t.text ? ": " : "", t.text ? t.text : "");
}

const char *watch_source_state(const struct watch_log *log)
{
    return !log->counts.there ? "missing" : log->silent ? "silent" : log->counts.live ? "live" : "catching up";
}

void watch_keep_source(struct watch *w, const struct watch_log *log)
{
    struct store_source row = { .path = slice_of(log->path),
        .text = { "", 0 },
        .bytes_read = log->before.bytes + log->counts.bytes,
        .lines = log->before.lines + log->counts.lines,
        .lag_bytes = log->counts.lag,
        .gaps = log->gaps,
        .read_at = log->read_at };
    row.state = slice_of(watch_source_state(log));
    keep_source(w->keep, &row);
}

void watch_arrived(struct watch_log *log)
{
    int64_t now = watch_clock_ms(), pause = log->arrived ? now - log->arrived : 0;
    log->longest = pause > log->longest ? pause : log->longest - log->longest / 256;
    log->arrived = now;
    log->read_at = watch_now_ms() / 1000;
}

/* How long it may say nothing; 0: as long as it likes. */
static int64_t patience(const struct watch *w, const struct watch_log *log)
{
    if (w->s->silent_s)
        return (int64_t)w->s->silent_s * 1000;
    int64_t most = log->longest * SILENT_TIMES;
    if (log->longest == 0)
        return 0;
    return most < SILENT_LEAST_MS ? SILENT_LEAST_MS : most > SILENT_MOST_MS ? SILENT_MOST_MS : most;
}

/* An input that is dead looks like one in which nothing happens: it is an alarm of its own. */
static void listen_for(struct watch *w, struct watch_log *log, int64_t now)
{
    int64_t most = patience(w, log);
    if (log->arrived == 0)
        log->arrived = now;
    bool silent = most && log->counts.there && now - log->arrived > most;
    if (silent == log->silent)
        return;
    log->silent = silent;
    watch_tell_source(w, log, silent ? "silent" : "heard again", silent ? SEVERITY_CRITICAL : SEVERITY_OK, NULL);
    watch_keep_source(w, log);
}

/* ---- the state ---- */

static void forget(struct watch *w)
{
    struct err e;
    uint64_t lost = 0;
    struct store_keep keep = { .closed_before = watch_now_ms() / 1000 - (int64_t)w->s->keep_days * DAY,
        .events = w->s->keep_events,
        .incidents = w->s->keep_events,
        .peers = CAP_WATCHED_PEERS };
    if (store_forget(w->store, &keep, &lost, &e) != ERR_OK)
        watch_log("warning", "%s", e.text);
    if (lost)
        watch_log("warning", "%llu events were never delivered and are forgotten: there are too many that wait",
            (unsigned long long)lost);
}

/* ---- the service manager ---- */

void watch_ready(struct watch *w)
{
    struct err e;
    (void)notify_ready(w->service->notify, w->confined);
    if (w->service->ready)
        return;
    w->service->ready = true;
    if (w->s->daemon && daemonize_ready(&w->service->background, &e) != ERR_OK)
        watch_log("warning", "%s", e.text);
}

void watch_care(struct watch *w)
{
    int64_t now = watch_clock_ms();
    for (size_t i = 0; i < w->log_count; i++)
        listen_for(w, &w->logs[i], now);
    watch_canary_tick(w);
    watch_wire_tick(w);
    if (now - w->forgot_at >= FORGET_MS) {
        if (w->forgot_at)
            forget(w);
        w->forgot_at = now;
    }
    uint32_t every = notify_watchdog_ms(w->service->notify);
    if (every && now - w->asked_at + WATCH_TICK_MS >= every) {
        (void)notify_watchdog(w->service->notify);
        w->asked_at = now;
    }
}
