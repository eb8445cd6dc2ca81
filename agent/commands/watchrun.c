/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop of `watch`. A step of the reader is judged, kept in one transaction, and only then told; when it can't be
 * kept nothing more is read until it can.
 */
#include "agent/commands/watch.h"

#include "agent/commands/watchcanary.h"
#include "agent/commands/watchmetrics.h"
#include "agent/commands/watchwire.h"
#include "base/mem.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#define READ_BYTES (256U << 10)
#define RETRY_MS 1000
#define END_MS 1500      /* for what is left to be read and told, once we were told to end */
#define RESTARTS_MOST 10 /* of the reader without a step in between */

static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
#define SIGNALS (sizeof signals / sizeof *signals)

struct watch_loop {
    uv_loop_t loop;
    uv_poll_t *from_reader; /* one per reader: libuv frees it when it is done with it */
    uv_timer_t tick, retry, deadline, wake;
    uv_signal_t signals[SIGNALS];
};

static int64_t clock_of(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t watch_clock_ms(void)
{
    return clock_of(CLOCK_MONOTONIC);
}

int64_t watch_now_ms(void)
{
    return clock_of(CLOCK_REALTIME);
}

void watch_log(const char *level, const char *fmt, ...)
{
    struct buf line = { 0 };
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    buf_terminal(&line, slice_of(text));
    fprintf(stderr, "sftunnel-agent: level=%s %.*s\n", level, (int)line.n, line.n ? line.p : "");
    buf_clear(&line);
}

/* ---- what comes out of the diagnosis ---- */

static void on_tell(void *arg, const struct tell *t)
{
    struct watch *w = arg;
    watchmetrics_event(w->metrics, t);
    keep_event(w->keep, t);
}

static void on_closing(void *arg, const struct attempt_end *c)
{
    struct watch *w = arg;
    incidents_add(w->incidents, c, w->adding ? w->adding->path : "", watch_now_ms());
}

static void keep_record(
    struct watch *w, uint64_t number, struct slice record, void (*put)(struct keep *, uint64_t, struct slice))
{
    struct buf row = { 0 };
    buf_puts(&row, w->adding->path);
    buf_putc(&row, '\n');
    buf_slice(&row, record);
    put(w->keep, number, buf_as_slice(&row));
    buf_clear(&row);
}

static void on_keep(void *arg, uint64_t number, struct slice record)
{
    keep_record(arg, number, record, keep_line);
}

static void on_again(void *arg, uint64_t number, struct slice record)
{
    keep_record(arg, number, record, keep_line_again);
}

static void on_drop(void *arg, uint64_t number)
{
    struct watch *w = arg;
    keep_drop(w->keep, number);
}

/* ---- sources ---- */

static void on_source(struct watch *w, struct watch_log *log, const struct feed *f)
{
    static const struct {
        const char *name;
        enum severity severity;
    } kinds[] = {
        [TAIL_CATCHING_UP] = { "catching up", SEVERITY_OK },
        [TAIL_LIVE] = { "live", SEVERITY_OK },
        [TAIL_TRUNCATED] = { "truncated", SEVERITY_WARNING },
        [TAIL_GAP] = { "gap", SEVERITY_CRITICAL },
        [TAIL_HOLE] = { "hole", SEVERITY_WARNING },
        [TAIL_REFUSED] = { "refused", SEVERITY_CRITICAL },
        [TAIL_UNREADABLE] = { "unreadable", SEVERITY_CRITICAL },
        [TAIL_LIMIT] = { "limit", SEVERITY_WARNING },
        [TAIL_GONE] = { "gone", SEVERITY_UNKNOWN },
    };
    char text[512];
    struct tail_event event = f->event;
    snprintf(text, sizeof text, "%.*s", (int)f->text.n, f->text.p);
    event.text = text;
    if (event.kind == TAIL_GAP || event.kind == TAIL_TRUNCATED) {
        log->gaps++;
        watch_note_gap(w, log);
    }
    watch_tell_source(w, log, kinds[event.kind].name, kinds[event.kind].severity, &event);
}

static void on_counts(struct watch *w, struct watch_log *log, const struct feed_counts *c)
{
    if (c->bytes != log->counts.bytes)
        watch_arrived(log);
    bool was = log->counts.there;
    log->counts = *c;
    if (log->told_there && was != c->there)
        watch_tell_source(
            w, log, c->there ? "there again" : "missing", c->there ? SEVERITY_OK : SEVERITY_WARNING, NULL);
    log->told_there = true;
    watch_keep_source(w, log);
}

/* ---- a step ---- */

static void on_line(struct watch *w, const struct feed *f)
{
    struct matched m;
    if (matched_parse(f->text, &m) != ERR_OK || m.log >= w->log_count) {
        watch_log("err", "the reading process sent a line that can't be read; it is passed over");
        return;
    }
    w->adding = &w->logs[m.log];
    attempts_add(w->logs[m.log].live, &m, f->text, w->next_line++, watch_clock_ms());
    w->adding = NULL;
}

static bool take(struct watch *w, const struct feed *f)
{
    bool of_log = f->kind != FEED_HELLO && f->kind != FEED_STEP && f->kind != FEED_LINE;
    if (of_log && f->log >= w->log_count)
        return false;
    switch (f->kind) {
    case FEED_HELLO:
        snprintf(w->confined, sizeof w->confined, "%.*s", (int)f->text.n, f->text.p);
        keep_value(w->keep, WATCH_READER, f->text);
        watch_log("info", "the reading process (pid %d) is confined: %s", (int)w->reader.pid, w->confined);
        return true;
    case FEED_LINE: on_line(w, f); return true;
    case FEED_MARKS: keep_marks(w->keep, w->logs[f->log].path, f->text); return true;
    case FEED_EVENT: on_source(w, &w->logs[f->log], f); return true;
    case FEED_COUNTS: on_counts(w, &w->logs[f->log], &f->counts); return true;
    case FEED_STEP:
        if (w->steps++ == 0)
            watch_ready(w);
        return true;
    case FEED_CANARY: return watch_canary_seen(w, &w->logs[f->log], f->text);
    case FEED_GO:
    case FEED_KINDS: break;
    }
    return false;
}

static void start_reading(struct watch *w);
static void finish(struct watch *w);

static void on_retry(uv_timer_t *t);

/*
 * Everything since the last time, or nothing. As long as there is nothing to be told nobody needs it: what was read
 * would only be read again.
 */
bool watch_commit(struct watch *w)
{
    struct err e;
    incidents_flush(w->incidents);
    watchmetrics_keep(w->metrics);
    if (keep_empty(w->keep))
        return true;
    uint64_t begun = watchmetrics_clock_ns();
    enum err_code code = keep_commit(w->keep, &w->last_event, &e);
    watchmetrics_committed(w->metrics, code == ERR_OK, begun);
    if (code == ERR_OK) {
        if (w->stalled)
            watch_log("info", "the state is kept again; reading goes on");
        w->stalled = false;
        (void)watch_pump(w);
        watch_journal_care(w, false);
        return true;
    }
    if (!w->stalled)
        watch_log("err", "%s; nothing more is read until that works, and nothing is lost meanwhile", e.text);
    w->stalled = true;
    watch_journal_care(w, true); /* a journal that may begin anew needs no more room */
    uv_timer_start(&w->l->retry, on_retry, RETRY_MS, 0);
    return false;
}

/* How many of the bytes are whole steps; SIZE_MAX: they are none of ours. */
static size_t whole_steps(struct slice bytes)
{
    size_t at = 0, whole = 0;
    for (;;) {
        struct feed f;
        size_t used;
        if (feed_parse(slice_from(bytes, at), &f, &used) != ERR_OK)
            return SIZE_MAX;
        if (!used)
            return whole;
        at += used;
        if (f.kind == FEED_STEP || f.kind == FEED_HELLO)
            whole = at;
    }
}

/* false: the reader is not to be believed any more. */
static bool take_steps(struct watch *w)
{
    struct slice bytes = buf_as_slice(&w->in);
    size_t whole = whole_steps(bytes), at = 0;
    bool good = whole != SIZE_MAX;
    while (good && at < whole) {
        struct feed f;
        size_t used;
        good = feed_parse(slice_from(bytes, at), &f, &used) == ERR_OK && used && take(w, &f);
        at += used;
    }
    if (!good)
        return false;
    if (whole) {
        memmove(w->in.p, w->in.p + whole, w->in.n - whole);
        w->in.n -= whole;
        if (keep_urgent(w->keep))
            (void)watch_commit(w);
    }
    return true;
}

static void on_poll_closed(uv_handle_t *handle)
{
    free(handle);
}

/* How it ended. */
static int stop_reader(struct watch *w)
{
    int status = 0;
    uv_close((uv_handle_t *)w->l->from_reader, on_poll_closed);
    w->l->from_reader = NULL;
    w->reading = false;
    close(w->reader.from);
    if (w->reader.to >= 0)
        close(w->reader.to);
    w->reader.to = -1;
    kill(w->reader.pid, SIGKILL);
    while (waitpid(w->reader.pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static void reader_gone(struct watch *w)
{
    int status = stop_reader(w);
    buf_reset(&w->in); /* a step that did not end is read again */
    for (size_t i = 0; i < w->log_count; i++) {
        struct watch_log *log = &w->logs[i];
        log->before.bytes += log->counts.bytes;
        log->before.lines += log->counts.lines;
        log->counts.bytes = log->counts.lines = 0;
    }
    if (w->ending) {
        finish(w);
        return;
    }
    watch_log("err", "the reading process has ended (%s %d); it is started again",
        WIFSIGNALED(status) ? "signal" : "status", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    w->restarts_all++;
    if (w->steps)
        w->restarts = 0;
    w->steps = 0;
    if (++w->restarts > RESTARTS_MOST) {
        watch_log("err", "it does not stay alive; giving up");
        w->failed = true;
        w->ending = true;
        finish(w);
        return;
    }
    uv_timer_start(&w->l->retry, on_retry, w->restarts > 1 ? RETRY_MS : 0, 0);
}

/* One read: as long as there is more, we are called again, and signals and timers have their turn between. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct watch *w = poll->data;
    (void)status;
    (void)events;
    char *room = buf_more(&w->in, READ_BYTES);
    w->in.n -= READ_BYTES;
    ssize_t n = read(w->reader.from, room, READ_BYTES);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n > 0)
        w->in.n += (size_t)n;
    if (n <= 0 || !take_steps(w)) {
        if (n > 0)
            watch_log("err", "the reading process sent what can't be read");
        reader_gone(w);
    } else if (w->stalled) {
        uv_poll_stop(w->l->from_reader);
    }
}

static void on_retry(uv_timer_t *t)
{
    struct watch *w = t->data;
    if (!watch_commit(w)) /* a new reader goes on from what is kept */
        return;
    if (!w->reading)
        start_reading(w);
    else
        uv_poll_start(w->l->from_reader, UV_READABLE, on_readable);
}

static void start_reading(struct watch *w)
{
    struct err e;
    struct reader_options o = { .logs = w->reader_logs,
        .n = w->log_count,
        .begin = strcmp(w->s->from, "all") == 0   ? TAIL_BEGIN_ALL
                 : strcmp(w->s->from, "end") == 0 ? TAIL_BEGIN_END
                                                  : TAIL_BEGIN_FILE,
        .rules = w->rules,
        .privileges = &w->rights,
        .canaries = w->canary != NULL };
    if (w->ending)
        return;
    if (reader_start(&o, &w->reader, &e) != ERR_OK) {
        watch_log("err", "%s", e.text);
        uv_timer_start(&w->l->retry, on_retry, RETRY_MS, 0);
        return;
    }
    w->reading = true;
    w->l->from_reader = mem_zalloc(1, sizeof *w->l->from_reader);
    uv_poll_init(w->loop, w->l->from_reader, w->reader.from);
    w->l->from_reader->data = w;
    uv_poll_start(w->l->from_reader, UV_READABLE, on_readable);
    if (watch_tell_reader(w, &e) != ERR_OK)
        watch_log("err", "%s", e.text); /* its end will be seen */
}

/* ---- time and signals ---- */

static void on_wake(uv_timer_t *t)
{
    watch_pump_again(t->data);
}

void watch_wake(struct watch *w, uint64_t after_ms)
{
    uv_update_time(w->loop); /* else what has just been done counts as waiting */
    uv_timer_start(&w->l->wake, on_wake, after_ms, 0);
}

static void on_tick(uv_timer_t *t)
{
    struct watch *w = t->data;
    watch_pump_again(w);
    watchmetrics_tick(w->metrics);
    if (w->stalled)
        return;
    for (size_t i = 0; i < w->log_count; i++) {
        w->adding = &w->logs[i];
        if (w->logs[i].counts.live)
            attempts_tick(w->logs[i].live, watch_clock_ms());
    }
    w->adding = NULL;
    incidents_tick(w->incidents, watch_now_ms());
    watch_care(w);
    (void)watch_commit(w);
    watch_pump_note(w);
}

static void close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* What could be read was read and kept: tell it, as far as it is taken, and end. */
static void finish(struct watch *w)
{
    (void)watch_commit(w);
    if (!watch_pump(w) && uv_is_active((uv_handle_t *)&w->l->deadline))
        return; /* called again when an outlet is ready, or it is time */
    uv_stop(w->loop);
}

static void on_deadline(uv_timer_t *t)
{
    struct watch *w = t->data;
    if (w->reading)
        reader_gone(w);
    uv_stop(w->loop);
}

static void end(struct watch *w)
{
    if (w->ending)
        return;
    w->ending = true;
    uv_timer_start(&w->l->deadline, on_deadline, END_MS, 0);
    if (!w->reading || w->stalled) {
        uv_stop(w->loop);
        return;
    }
    close(w->reader.to); /* it takes a last look, and ends */
    w->reader.to = -1;
}

static void on_signal(uv_signal_t *s, int number)
{
    struct watch *w = s->data;
    if (number != SIGHUP) {
        w->again = false;
    } else if (!w->ending) {
        w->again = true;
        for (size_t i = 0; i < w->outlet_count; i++)
            outlet_reopen(w->outlets[i].o);
    }
    end(w);
}

/* While nobody listens to them: they are not to end us, and not to be lost. */
static void hold_signals(bool hold)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < SIGNALS; i++)
        sigaddset(&set, signals[i]);
    sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

/* ---- from the beginning to the end ---- */

/* On some appliances one log has two names; followed twice, everything would be told twice. */
static bool followed(const struct watch *w, const char *path)
{
    struct stat it, other;
    for (size_t i = 0; i < w->log_count; i++) {
        bool same = strcmp(w->logs[i].path, path) == 0 || (stat(path, &it) == 0 && stat(w->logs[i].path, &other) == 0 &&
                                                              it.st_dev == other.st_dev && it.st_ino == other.st_ino);
        if (!same)
            continue;
        watch_log("info", "log=%s is the same file as %s; it is followed once", path, w->logs[i].path);
        return true;
    }
    return false;
}

static void make_logs(struct watch *w)
{
    size_t n = w->s->logs.n + w->s->comms.n;
    w->logs = mem_zalloc(n, sizeof *w->logs);
    w->reader_logs = mem_zalloc(n, sizeof *w->reader_logs);
    for (size_t i = 0; i < n; i++) {
        bool comms = i >= w->s->logs.n;
        const char *path = comms ? w->s->comms.items[i - w->s->logs.n] : w->s->logs.items[i];
        if (followed(w, path))
            continue;
        w->logs[w->log_count].path = path;
        w->logs[w->log_count].live = attempts_new(&(struct attempts_options){ .epoch = store_epoch(w->store),
            .log = path,
            .now = watch_now_ms() / 1000,
            .sink = { w, on_closing, on_keep, on_again, on_drop } });
        w->reader_logs[w->log_count++] = (struct reader_log){ path, comms };
    }
}

static void start_loop(struct watch *w)
{
    uv_timer_t *timers[] = { &w->l->tick, &w->l->retry, &w->l->deadline, &w->l->wake };
    for (size_t i = 0; i < sizeof timers / sizeof *timers; i++) {
        uv_timer_init(w->loop, timers[i]);
        timers[i]->data = w;
    }
    for (size_t i = 0; i < SIGNALS; i++) {
        uv_signal_init(w->loop, &w->l->signals[i]);
        w->l->signals[i].data = w;
        uv_signal_start(&w->l->signals[i], on_signal, signals[i]);
    }
    hold_signals(false);
    uv_timer_start(&w->l->tick, on_tick, WATCH_TICK_MS, WATCH_TICK_MS);
}

static enum err_code open_state(struct watch *w, struct err *e)
{
    struct store_options o = { .folder = w->s->state, .power_safe = w->s->power_safe, .now = watch_now_ms() / 1000 };
    enum err_code code = store_open(&o, &w->store, &w->opened, e);
    if (code != ERR_OK)
        return code;
    if (w->opened.found == STORE_REBUILT)
        watch_log("warning", "the state was damaged (%s); it was set aside as %s, and is made anew from the logs",
            w->opened.trouble, w->opened.aside);
    w->keep = keep_new(w->store);
    w->metrics = watchmetrics_new(w);
    w->incidents = incidents_new(&(struct incident_options){ .epoch = store_epoch(w->store),
        .group_from = w->s->group_from,
        .quiet_s = w->s->quiet_s,
        .arg = w,
        .tell = on_tell,
        .keep_arg = w->keep,
        .keep_peer = keep_peer,
        .keep_incident = keep_incident,
        .keep_alarm = keep_alarm });
    return ERR_OK;
}

static void clear(struct watch *w)
{
    for (size_t i = 0; i < w->log_count; i++)
        attempts_free(w->logs[i].live);
    free(w->logs);
    free(w->reader_logs);
    incidents_free(w->incidents);
    watchmetrics_free(w->metrics);
    keep_free(w->keep);
    watch_journal_free(w);
    store_close(w->store);
    buf_clear(&w->in);
    watch_check_free(w);
    watch_canary_free(w);
    watch_wire_free(w);
    free(w->l);
}

enum err_code watch_run(
    const struct settings *s, const struct rules *rules, struct watch_service *service, bool *again, struct err *e)
{
    struct watch *w = mem_zalloc(1, sizeof *w);
    w->s = s;
    w->rules = rules;
    w->service = service;
    w->next_line = 1;
    w->reader.to = -1;
    w->l = mem_zalloc(1, sizeof *w->l);
    hold_signals(true);
    w->loop = &w->l->loop;
    enum err_code code = privileges_find(geteuid() == 0 ? s->user : NULL, &w->rights, e);
    if (code == ERR_OK)
        code = open_state(w, e);
    if (code == ERR_OK) {
        uv_loop_init(w->loop);
        make_logs(w);
        start_loop(w);
        code = watch_restore(w, e);
        watch_note_start(w);
        if (code == ERR_OK)
            code = watch_journal_start(w, e);
        if (code == ERR_OK)
            code = watch_outlets_open(w, e);
        watch_tell_state(w); /* now: an outlet that is new begins with what comes after it was opened */
        if (code == ERR_OK)
            code = watch_check_start(w, e);
        if (code == ERR_OK)
            code = watch_canary_start(w, e);
        if (code == ERR_OK)
            code = watch_wire_start(w, e);
        if (code == ERR_OK) {
            watchmetrics_serve(w->metrics);
            start_reading(w);
            uv_run(w->loop, UV_RUN_DEFAULT);
        }
        hold_signals(true);
        uv_run(w->loop, UV_RUN_NOWAIT); /* those that were caught already */
        if (w->reading)
            (void)stop_reader(w);
        if (code == ERR_OK)
            watchmetrics_stop(w->metrics);
        watch_pump_note(w);
        watch_outlets_close(w);
        watch_check_end(w);
        watch_wire_end(w);
        uv_walk(w->loop, close_handle, NULL);
        while (uv_run(w->loop, UV_RUN_DEFAULT))
            ;
        uv_loop_close(w->loop);
    }
    *again = w->again;
    if (code == ERR_OK && w->failed)
        code = err_set(e, ERR_BUG, "the reading process does not stay alive");
    clear(w);
    free(w);
    return code;
}
