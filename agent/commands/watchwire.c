/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/watchwire.h"

#include "agent/commands/watch.h"
#include "agent/commands/wiretell.h"
#include "base/mem.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#define LINE_MOST (1U << 20) /* bytes of one line of it */
#define WORDS_MOST 512       /* of one line for people; the rest is left out */
#define SAID_MOST 20         /* of these that are passed on, between two looks */
#define BACKOFF_FIRST_MS 1000
#define BACKOFF_MOST_MS 60000
#define STEADY_MS 60000 /* it has lived so long: what made it end before is over */
#define DEAF_LOOKS 30   /* it says how it goes every 10 s; not for so many looks: it hangs */
#define ARGUMENTS 12

enum wire_state { STARTING, RUNNING, ENDED };

static const char *const state_names[] = { [STARTING] = "starting", [RUNNING] = "running", [ENDED] = "ended" };

struct counts {
    uint64_t frames, handshakes, lost;
};

struct watch_wire {
    struct watch *w;
    struct wiretell *tell;
    uv_timer_t again;
    uv_process_t process;
    uv_pipe_t out, err;
    struct buf line, words; /* that have not ended yet */
    char last_words[WORDS_MOST];
    unsigned open;                                         /* handles of the child; 0: there is none */
    bool exited, out_ended, err_ended, over, paused, told; /* told: that it has ended */
    int64_t status, begun;                                 /* of the child; begun: monotonic milliseconds */
    uint32_t backoff_ms;
    unsigned said, deaf_looks;
    enum wire_state state;
    int64_t since; /* Unix seconds */
    struct counts now, before;
    uint64_t restarts;
};

/* ---- how it goes ---- */

void watch_wire_print(struct buf *b, const struct watch_wire_view *v)
{
    buf_printf(b, "%.*s %lld %llu %llu %llu %llu %.*s", (int)v->state.n, v->state.p, (long long)v->since,
        (unsigned long long)v->frames, (unsigned long long)v->handshakes, (unsigned long long)v->lost,
        (unsigned long long)v->restarts, (int)v->interface.n, v->interface.p);
}

static uint64_t take_number(struct slice *rest)
{
    char text[24];
    struct slice s = slice_cut(*rest, ' ', rest);
    snprintf(text, sizeof text, "%.*s", (int)(s.n < sizeof text ? s.n : sizeof text - 1), s.n ? s.p : "");
    return strtoull(text, NULL, 10);
}

bool watch_wire_parse(struct slice text, struct watch_wire_view *v)
{
    *v = (struct watch_wire_view){ .interface = { "", 0 }, .state = slice_cut(text, ' ', &text) };
    v->since = (int64_t)take_number(&text);
    v->frames = take_number(&text);
    v->handshakes = take_number(&text);
    v->lost = take_number(&text);
    v->restarts = take_number(&text);
    v->interface = text;
    return v->interface.n > 0;
}

bool watch_wire_view(const struct watch *w, struct watch_wire_view *v)
{
    const struct watch_wire *c = w->wire;
    if (!c)
        return false;
    *v = (struct watch_wire_view){ .interface = slice_of(w->s->capture),
        .state = slice_of(state_names[c->state]),
        .since = c->since,
        .frames = c->before.frames + c->now.frames,
        .handshakes = c->before.handshakes + c->now.handshakes,
        .lost = c->before.lost + c->now.lost,
        .restarts = c->restarts };
    return true;
}

static void keep(struct watch *w)
{
    struct watch_wire_view v;
    struct buf b = { 0 };
    if (watch_wire_view(w, &v))
        watch_wire_print(&b, &v);
    keep_value(w->keep, WATCH_WIRE, buf_as_slice(&b));
    buf_clear(&b);
}

static void tell_source(struct watch_wire *c, const char *what, enum severity severity, const char *text)
{
    const struct watch_log of = { .path = c->w->s->capture };
    watch_tell_source(c->w, &of, what, severity, &(struct tail_event){ .text = text });
}

static void enter(struct watch_wire *c, enum wire_state state)
{
    if (c->state != state)
        c->since = watch_now_ms() / 1000;
    c->state = state;
    keep(c->w);
}

/* ---- what it says ---- */

static void on_connection(void *arg, const struct follow_row *row)
{
    struct watch_wire *c = arg;
    wiretell_connection(c->tell, row);
}

static void on_progress(void *arg, uint64_t frames, uint64_t handshakes, uint64_t lost)
{
    struct watch_wire *c = arg;
    struct counts now = { frames, handshakes, lost };
    char text[128];
    bool news = c->state != RUNNING || c->now.frames != now.frames || c->now.lost != now.lost;
    if (lost > c->now.lost && c->now.lost == 0) {
        snprintf(text, sizeof text, "packets came faster than they were read: %llu so far", (unsigned long long)lost);
        tell_source(c, "packets lost", SEVERITY_WARNING, text);
    }
    c->now = now;
    c->deaf_looks = 0;
    if (c->state != RUNNING && c->told)
        tell_source(c, "capture runs again", SEVERITY_OK, "");
    c->told &= c->state == RUNNING;
    if (news)
        enter(c, RUNNING);
}

static void distrust(struct watch_wire *c, const char *why)
{
    watch_log("err", "capture: what it says can't be read: %s", why);
    if (!c->exited)
        (void)uv_process_kill(&c->process, SIGKILL);
}

/* false: it is not to be believed any more. */
static bool take_lines(struct watch_wire *c)
{
    const struct follow_sink sink = { c, on_connection, on_progress };
    struct slice rest = buf_as_slice(&c->line);
    struct err e;
    while (rest.n && memchr(rest.p, '\n', rest.n)) {
        struct slice line = slice_cut(rest, '\n', &rest);
        if (followread(line, &sink, &e) != ERR_OK) {
            distrust(c, e.text);
            return false;
        }
    }
    if (rest.n > LINE_MOST) {
        distrust(c, "a line has no end");
        return false;
    }
    memmove(c->line.p, rest.n ? rest.p : c->line.p, rest.n);
    c->line.n = rest.n;
    return true;
}

/* A line for people goes where ours go; what it said last may be why it ended. */
static void take_words(struct watch_wire *c)
{
    static const struct slice name = SLICE("sftunnel-agent: ");
    struct slice rest = buf_as_slice(&c->words);
    while (rest.n && memchr(rest.p, '\n', rest.n)) {
        struct slice line = slice_cut(rest, '\n', &rest);
        if (slice_starts(line, name))
            line = slice_from(line, name.n);
        snprintf(c->last_words, sizeof c->last_words, "%.*s", (int)(line.n < WORDS_MOST ? line.n : WORDS_MOST), line.p);
        if (c->said++ < SAID_MOST)
            watch_log("info", "capture: %s", c->last_words);
    }
    memmove(c->words.p, rest.n ? rest.p : c->words.p, rest.n);
    c->words.n = rest.n < WORDS_MOST ? rest.n : WORDS_MOST;
}

/* ---- the child ---- */

static void run(struct watch_wire *c);

static void on_again(uv_timer_t *t)
{
    struct watch_wire *c = t->data;
    if (!c->over && !c->open)
        run(c);
}

/* All of it is gone. */
static void gone(struct watch_wire *c)
{
    char text[WORDS_MOST + 128];
    if (c->over)
        return;
    bool steady = watch_clock_ms() - c->begun >= STEADY_MS;
    c->backoff_ms = steady || !c->backoff_ms ? BACKOFF_FIRST_MS : 2 * c->backoff_ms;
    c->backoff_ms = c->backoff_ms < BACKOFF_MOST_MS ? c->backoff_ms : BACKOFF_MOST_MS;
    c->before.frames += c->now.frames;
    c->before.handshakes += c->now.handshakes;
    c->before.lost += c->now.lost;
    c->now = (struct counts){ 0 };
    c->restarts++;
    snprintf(text, sizeof text, "%s %lld%s%s; it is started again", c->status < 0 ? "signal" : "status",
        (long long)(c->status < 0 ? -c->status : c->status), c->last_words[0] ? ": " : "", c->last_words);
    if (!c->told)
        tell_source(c, "capture ended", SEVERITY_WARNING, text);
    c->told = true;
    enter(c, ENDED);
    (void)watch_commit(c->w);
    uv_timer_start(&c->again, on_again, c->backoff_ms, 0);
}

static void on_closed(uv_handle_t *h)
{
    struct watch_wire *c = h->data;
    if (--c->open == 0)
        gone(c);
}

static void perhaps_done(struct watch_wire *c)
{
    uv_handle_t *handles[] = { (uv_handle_t *)&c->process, (uv_handle_t *)&c->out, (uv_handle_t *)&c->err };
    if (!c->exited || !c->out_ended || !c->err_ended || c->over)
        return;
    for (size_t i = 0; i < sizeof handles / sizeof *handles; i++)
        uv_close(handles[i], on_closed);
}

static void on_exit_of(uv_process_t *p, int64_t status, int signal)
{
    struct watch_wire *c = p->data;
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

static void on_out(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
    struct watch_wire *c = s->data;
    bool good = n >= 0;
    if (n > 0) {
        buf_put(&c->line, buf->base, (size_t)n);
        good = take_lines(c);
        if (keep_urgent(c->w->keep))
            (void)watch_commit(c->w);
    }
    if (!good) {
        uv_read_stop(s);
        c->out_ended = true;
        perhaps_done(c);
    } else if (c->w->stalled) { /* until what was found can be kept */
        uv_read_stop(s);
        c->paused = true;
    }
}

static void on_err(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
    struct watch_wire *c = s->data;
    if (n > 0) {
        buf_put(&c->words, buf->base, (size_t)n);
        take_words(c);
    } else if (n < 0) {
        uv_read_stop(s);
        c->err_ended = true;
        perhaps_done(c);
    }
}

static int spawn(struct watch_wire *c)
{
    char port[16], user[] = "--user";
    const struct settings *s = c->w->s;
    snprintf(port, sizeof port, "%u", s->capture_port);
    char *args[ARGUMENTS] = { (char[]){ "sftunnel-agent" }, (char[]){ "capture" }, (char[]){ "--follow" },
        (char[]){ "-o" }, (char[]){ "ndjson" }, (char[]){ "--port" }, port, (char[]){ "-i" }, s->capture };
    if (geteuid() == 0) {
        args[9] = user;
        args[10] = s->user;
    }
    uv_stdio_container_t streams[] = { { .flags = UV_IGNORE },
        { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->out },
        { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->err } };
    uv_process_options_t o = {
        .file = "/proc/self/exe", .args = args, .exit_cb = on_exit_of, .stdio = streams, .stdio_count = 3
    };
    return uv_spawn(c->w->loop, &c->process, &o);
}

static void run(struct watch_wire *c)
{
    buf_reset(&c->line);
    buf_reset(&c->words);
    c->last_words[0] = 0;
    c->exited = c->out_ended = c->err_ended = c->paused = false;
    c->deaf_looks = 0;
    c->begun = watch_clock_ms();
    c->open = 3;
    uv_pipe_init(c->w->loop, &c->out, 0);
    uv_pipe_init(c->w->loop, &c->err, 0);
    c->out.data = c->err.data = c->process.data = c;
    int failed = spawn(c);
    if (failed) {
        snprintf(c->last_words, sizeof c->last_words, "%s", uv_strerror(failed));
        c->status = failed;
        c->exited = c->out_ended = c->err_ended = true;
        perhaps_done(c);
        return;
    }
    uv_read_start((uv_stream_t *)&c->out, on_alloc, on_out);
    uv_read_start((uv_stream_t *)&c->err, on_alloc, on_err);
}

/* ---- from the beginning to the end ---- */

void watch_wire_tick(struct watch *w)
{
    struct watch_wire *c = w->wire;
    if (!c)
        return;
    wiretell_tick(c->tell);
    if (c->said > SAID_MOST)
        watch_log("warning", "capture: %u more lines of it were left out", c->said - SAID_MOST);
    c->said = 0;
    if (c->paused) {
        c->paused = false;
        c->deaf_looks = 0;
        uv_read_start((uv_stream_t *)&c->out, on_alloc, on_out);
    } else if (c->open && !c->exited && ++c->deaf_looks > DEAF_LOOKS) {
        distrust(c, "it says nothing any more");
        c->deaf_looks = 0;
    }
}

enum err_code watch_wire_start(struct watch *w, struct err *e)
{
    struct watch_wire_view v;
    struct buf b = { 0 };
    bool found = false;
    enum err_code code = store_value(w->store, SLICE(WATCH_WIRE), &b, &found, e);
    bool known = code == ERR_OK && watch_wire_parse(buf_as_slice(&b), &v);
    if (code == ERR_OK && w->s->capture[0]) {
        struct watch_wire *c = w->wire = mem_zalloc(1, sizeof *c);
        c->w = w;
        c->since = watch_now_ms() / 1000;
        c->told =
            known && slice_eq(v.interface, slice_of(w->s->capture)) && slice_eq(v.state, slice_of(state_names[ENDED]));
        c->state = c->told ? ENDED : STARTING;
        uv_timer_init(w->loop, &c->again);
        c->again.data = c;
        code = wiretell_new(w, &c->tell, e);
        if (code == ERR_OK)
            run(c);
    }
    if (code == ERR_OK && (known || w->wire))
        keep(w);
    buf_clear(&b);
    return code;
}

void watch_wire_end(struct watch *w)
{
    struct watch_wire *c = w->wire;
    if (!c)
        return;
    c->over = true;
    if (c->open && !c->exited) {
        (void)uv_process_kill(&c->process, SIGKILL);
        (void)waitpid(uv_process_get_pid(&c->process), NULL, 0);
    }
    uv_timer_stop(&c->again);
}

void watch_wire_free(struct watch *w)
{
    if (!w->wire)
        return;
    wiretell_free(w->wire->tell);
    buf_clear(&w->wire->line);
    buf_clear(&w->wire->words);
    free(w->wire);
}
