/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The certificate files, looked at by a timer and when they change: `check` as a program of its own, which confines
 * itself; what it finds is told where it has become something else.
 */
#include "agent/commands/watch.h"

#include "agent/commands/watchmetrics.h"
#include "agent/report/checkread.h"
#include "base/mem.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#define SETTLE_MS 3000    /* files change together */
#define TIMEOUT_MS 180000 /* of one look */
#define OUTPUT_MOST (16U << 20)
#define FOLDERS 5
#define ARGUMENTS 12
#define TOLD_NAME "check"      /* in the store: what was told of whom */
#define CHECKED_NAME "checked" /* when, Unix seconds, and the worst */

struct watch_check {
    struct watch *w;
    uv_timer_t timer, deadline;
    uv_fs_event_t folders[FOLDERS];
    uv_process_t process;
    uv_pipe_t pipe;
    struct buf output;
    struct buf told, fresh; /* lines "KEY\tVERDICT SEVERITY NOT-AFTER\n" */
    char host[256];
    int64_t started; /* monotonic milliseconds; 0: never */
    bool running, exited, read_all, over;
    bool again; /* something has changed meanwhile */
    int64_t status;
};

/* ---- what it found ---- */

/* What was told of this key, up to the end of its line; empty: nothing. */
static struct slice told_of(const struct watch_check *c, struct slice key)
{
    struct slice rest = buf_as_slice(&c->told);
    while (rest.n) {
        struct slice line = slice_cut(rest, '\n', &rest), value;
        if (slice_eq(slice_cut(line, '\t', &value), key))
            return value;
    }
    return (struct slice){ "", 0 };
}

static void put_key(struct buf *b, const char *word)
{
    for (const char *p = word ? word : ""; *p; p++)
        buf_putc(b, *p == '\t' || *p == '\n' ? ' ' : *p);
}

static void tell_row(struct watch_check *c, const struct check_row *row, struct slice key, struct slice was)
{
    struct watch *w = c->w;
    char at[24];
    struct tell t = { .type = TELL_VERDICT,
        .at_ms = watch_now_ms(),
        .observer = row->observer ? row->observer : c->host,
        .role = row->role,
        .address = row->address,
        .uuid = row->uuid,
        .name = row->name,
        .verdict = row->verdict,
        .severity = row->severity,
        .confidence = row->confidence,
        .first = CIVIL_NONE,
        .last = CIVIL_NONE,
        .ca_uuid = row->ca_uuid,
        .summary = row->summary,
        .next = row->next };
    char before[16] = "";
    snprintf(before, sizeof before, "%.*s", (int)(was.n > 8 ? 8 : was.n), was.p);
    t.was = was.n ? before : NULL;
    snprintf(at, sizeof at, "%lld", (long long)t.at_ms);
    const struct slice words[] = { slice_of(store_epoch(w->store)), SLICE("check"), key, slice_of(at) };
    tell_id(t.id, words, sizeof words / sizeof *words);
    watchmetrics_event(w->metrics, &t);
    keep_event(w->keep, &t);
}

static void on_row(void *arg, const struct check_row *row)
{
    struct watch_check *c = arg;
    struct buf key = { 0 }, value = { 0 };
    put_key(&key, row->observer);
    buf_putc(&key, '|');
    put_key(&key, row->self ? "self" : row->uuid ? row->uuid : row->address);
    buf_printf(&value, "%s %s ", verdict_info(row->verdict)->id, severity_name(row->severity));
    put_key(&value, row->not_after);
    struct slice was = told_of(c, buf_as_slice(&key));
    bool worth = was.n || row->severity > SEVERITY_UNKNOWN;
    if (worth && !slice_eq(was, buf_as_slice(&value)))
        tell_row(c, row, buf_as_slice(&key), was);
    buf_slice(&c->fresh, buf_as_slice(&key));
    buf_putc(&c->fresh, '\t');
    buf_slice(&c->fresh, buf_as_slice(&value));
    buf_putc(&c->fresh, '\n');
    buf_clear(&key);
    buf_clear(&value);
}

/* Kept, so that the series stays over a restart: the look at the start takes its time. */
static void note_checked(struct watch *w, int64_t status)
{
    static const enum severity severities[] = { SEVERITY_OK, SEVERITY_WARNING, SEVERITY_CRITICAL, SEVERITY_UNKNOWN };
    char text[48];
    w->checked = watch_now_ms() / 1000;
    w->check_found = severities[status];
    snprintf(text, sizeof text, "%lld %s", (long long)w->checked, severity_name(w->check_found));
    keep_value(w->keep, CHECKED_NAME, slice_of(text));
}

static enum err_code restore_checked(struct watch *w, struct err *e)
{
    struct buf b = { 0 };
    bool found;
    enum err_code code = store_value(w->store, SLICE(CHECKED_NAME), &b, &found, e);
    struct slice word, digits = slice_cut(buf_as_slice(&b), ' ', &word);
    if (code == ERR_OK && digits.n) {
        w->checked = strtoll(digits.p, NULL, 10);
        w->check_found = severity_parse(word);
    }
    buf_clear(&b);
    return code;
}

static void judge(struct watch_check *c)
{
    struct err e;
    buf_reset(&c->fresh);
    if (c->status < 0 || c->status > 3) {
        watch_log("warning", "the look at the certificate files ended with %lld", (long long)c->status);
        return;
    }
    if (checkread(buf_as_slice(&c->output), on_row, c, &e) != ERR_OK) {
        watch_log("warning", "what the look at the certificate files said can't be read: %s", e.text);
        return;
    }
    note_checked(c->w, c->status);
    if (!slice_eq(buf_as_slice(&c->fresh), buf_as_slice(&c->told))) {
        struct buf swap = c->told;
        c->told = c->fresh;
        c->fresh = swap;
        keep_value(c->w->keep, TOLD_NAME, buf_as_slice(&c->told));
    }
    (void)watch_commit(c->w);
}

/* ---- running it ---- */

static void on_timer(uv_timer_t *t);

static void wait_for_next(struct watch_check *c)
{
    uint64_t ms = c->again ? SETTLE_MS : (uint64_t)c->w->s->check_s * 1000;
    c->again = false;
    if (!c->over)
        uv_timer_start(&c->timer, on_timer, ms, 0);
}

static void on_closed(uv_handle_t *h)
{
    struct watch_check *c = h->data;
    c->running = false;
    if (c->over)
        return;
    judge(c);
    wait_for_next(c);
}

static void on_process_closed(uv_handle_t *h)
{
    struct watch_check *c = h->data;
    if (!uv_is_closing((uv_handle_t *)&c->pipe))
        uv_close((uv_handle_t *)&c->pipe, on_closed);
}

static void perhaps_done(struct watch_check *c)
{
    if (!c->exited || !c->read_all)
        return;
    uv_timer_stop(&c->deadline);
    uv_close((uv_handle_t *)&c->process, on_process_closed);
}

static void on_end(uv_process_t *p, int64_t status, int signal)
{
    struct watch_check *c = p->data;
    c->exited = true;
    c->status = signal ? -signal : status;
    perhaps_done(c);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
    static char block[65536];
    (void)h;
    (void)suggested;
    *buf = uv_buf_init(block, sizeof block);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
    struct watch_check *c = s->data;
    if (n > 0 && c->output.n + (size_t)n <= OUTPUT_MOST) {
        buf_put(&c->output, buf->base, (size_t)n);
    } else if (n != 0) {
        if (n > 0)
            (void)uv_process_kill(&c->process, SIGKILL);
        uv_read_stop(s);
        c->read_all = true;
        perhaps_done(c);
    }
}

static void on_deadline(uv_timer_t *t)
{
    struct watch_check *c = t->data;
    if (!c->exited)
        (void)uv_process_kill(&c->process, SIGKILL);
}

static void run(struct watch_check *c)
{
    char warning[16], critical[16], root[] = "--root";
    const struct settings *s = c->w->s;
    snprintf(warning, sizeof warning, "%u", s->warning_days);
    snprintf(critical, sizeof critical, "%u", s->critical_days);
    char *args[ARGUMENTS] = { (char[]){ "sftunnel-agent" }, (char[]){ "check" }, (char[]){ "--json" },
        (char[]){ "--warning" }, warning, (char[]){ "--critical" }, critical };
    if (s->root[0]) {
        args[7] = root;
        args[8] = s->root;
    }
    uv_stdio_container_t streams[] = { { .flags = UV_IGNORE },
        { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->pipe },
        { .flags = UV_IGNORE } };
    uv_process_options_t o = {
        .file = "/proc/self/exe", .args = args, .exit_cb = on_end, .stdio = streams, .stdio_count = 3
    };
    buf_reset(&c->output);
    c->exited = c->read_all = false;
    c->running = true;
    c->started = watch_clock_ms();
    uv_pipe_init(c->w->loop, &c->pipe, 0);
    c->pipe.data = c->process.data = c;
    int failed = uv_spawn(c->w->loop, &c->process, &o);
    if (failed) {
        watch_log("warning", "the certificate files can't be looked at: %s", uv_strerror(failed));
        c->exited = c->read_all = true;
        c->status = failed;
        uv_close((uv_handle_t *)&c->process, on_process_closed);
        return;
    }
    uv_timer_start(&c->deadline, on_deadline, TIMEOUT_MS, 0);
    uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read);
}

static void on_timer(uv_timer_t *t)
{
    struct watch_check *c = t->data;
    if (!c->running && !c->over)
        run(c);
}

static void on_change(uv_fs_event_t *h, const char *name, int events, int status)
{
    struct watch_check *c = h->data;
    (void)name;
    (void)events;
    if (status < 0) /* the folder is gone; the timer looks again */
        return;
    c->again = c->running;
    if (!c->running)
        uv_timer_start(&c->timer, on_timer, SETTLE_MS, 0);
}

/* Changes below are not followed: a set is replaced by files that are renamed in these, or by new folders in the last.
 */
static void watch_folders(struct watch_check *c)
{
    static const char *const names[FOLDERS] = { "/etc/sf", "/etc/sf/ca_root", "/etc/sf/keys", "/var/sf/peers",
        "/ngfw/var/sf/peers" };
    for (size_t i = 0; i < FOLDERS; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s%s", c->w->s->root, names[i]);
        uv_fs_event_init(c->w->loop, &c->folders[i]);
        c->folders[i].data = c;
        (void)uv_fs_event_start(&c->folders[i], on_change, path, 0); /* not there: the timer does */
    }
}

enum err_code watch_check_start(struct watch *w, struct err *e)
{
    bool found;
    if (w->s->check_s == 0)
        return ERR_OK;
    struct watch_check *c = w->check = mem_zalloc(1, sizeof *c);
    c->w = w;
    if (gethostname(c->host, sizeof c->host - 1) != 0)
        c->host[0] = 0;
    uv_timer_init(w->loop, &c->timer);
    uv_timer_init(w->loop, &c->deadline);
    c->timer.data = c->deadline.data = c;
    watch_folders(c);
    uv_timer_start(&c->timer, on_timer, 0, 0);
    enum err_code code = restore_checked(w, e);
    return code == ERR_OK ? store_value(w->store, SLICE(TOLD_NAME), &c->told, &found, e) : code;
}

void watch_check_end(struct watch *w)
{
    if (!w->check)
        return;
    w->check->over = true;
    if (w->check->running && !w->check->exited) {
        (void)uv_process_kill(&w->check->process, SIGKILL);
        (void)waitpid(uv_process_get_pid(&w->check->process), NULL, 0);
    }
    uv_timer_stop(&w->check->timer);
}

void watch_check_free(struct watch *w)
{
    if (!w->check)
        return;
    buf_clear(&w->check->output);
    buf_clear(&w->check->told);
    buf_clear(&w->check->fresh);
    free(w->check);
}
