/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that is called for each event, one at a time, in a session of its own. It gets no shell, no descriptor but
 * its three, no capability of ours, an environment of two variables and the event on standard input; it is bounded in
 * time and in what it prints, and nothing of its process group outlives it. What it did not manage is not tried again.
 */
#include "agent/commands/outlet_parts.h"

#include "agent/commands/privileges.h"
#include "agent/sources/runcommand.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#define MINUTE_MS 60000
#define KILL_MS 2000
#define PRINTED_MOST 65536 /* then its output is closed */
#define SAID_MOST 256      /* of the first line of its standard error */
#define REASONS 32

enum how { HOW_OK, HOW_EXITED, HOW_DIED, HOW_TOO_LONG, HOW_TOO_MUCH, HOW_NOT_STARTED };

/* One call. It lives until nobody uses it. */
struct call {
    struct outlet_hook *hook; /* NULL: nobody waits for its end any more */
    uv_process_t process;
    uv_pipe_t in, out, err;
    uv_timer_t timer;
    uv_write_t write;
    unsigned users; /* its handles, and the hook until it has looked at the end */
    struct buf input, said;
    size_t printed;
    bool ended, term_sent, too_long, too_much;
    int64_t status;
    int signal;
};

struct outlet_hook {
    struct outlet *o;
    struct call *call;
    uint64_t window_ms, calls;
    uint32_t reasons[REASONS]; /* how << 16 | number: those that were told */
    size_t reason_count;
};

/* ---- the end ---- */

static void release(struct call *c)
{
    if (--c->users)
        return;
    buf_clear(&c->input);
    buf_clear(&c->said);
    free(c);
}

static void on_closed(uv_handle_t *handle)
{
    release(handle->data);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

/* All but the process, whose end has to be waited for: else it stays a zombie. */
static void close_pipes(struct call *c)
{
    close_handle((uv_handle_t *)&c->in);
    close_handle((uv_handle_t *)&c->out);
    close_handle((uv_handle_t *)&c->err);
    close_handle((uv_handle_t *)&c->timer);
}

static void take_said(struct call *c, const char *p, size_t n)
{
    for (size_t i = 0; i < n && c->said.n < SAID_MOST; i++)
        buf_putc(&c->said, p[i]);
}

/* What it wrote just before it ended. */
static void drain_err(struct call *c)
{
    char block[SAID_MOST];
    uv_os_fd_t fd;
    ssize_t n;
    if (uv_is_closing((uv_handle_t *)&c->err) || uv_fileno((uv_handle_t *)&c->err, &fd) != 0)
        return;
    if ((n = read(fd, block, sizeof block)) > 0)
        take_said(c, block, (size_t)n);
}

static void on_exit_(uv_process_t *process, int64_t status, int number)
{
    struct call *c = process->data;
    c->ended = true;
    c->status = status;
    c->signal = number;
    (void)kill(-process->pid, SIGKILL); /* what it has left behind */
    drain_err(c);
    close_pipes(c);
    close_handle((uv_handle_t *)process);
    if (c->hook && c->hook->o->ready)
        c->hook->o->ready(c->hook->o->arg);
}

static void on_time(uv_timer_t *timer)
{
    struct call *c = timer->data;
    c->too_long = true;
    (void)kill(-c->process.pid, c->term_sent ? SIGKILL : SIGTERM);
    if (!c->term_sent)
        uv_timer_start(timer, on_time, KILL_MS, 0);
    c->term_sent = true;
}

/* ---- the pipes ---- */

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    static char block[8192]; /* one loop, one thread: used up before the next read */
    (void)handle;
    (void)size;
    *buf = uv_buf_init(block, sizeof block);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct call *c = stream->data;
    if (n < 0) {
        close_handle((uv_handle_t *)stream);
        return;
    }
    if (stream == (uv_stream_t *)&c->err)
        take_said(c, buf->base, (size_t)n);
    c->printed += (size_t)n;
    if (c->printed > PRINTED_MOST) { /* whoever goes on writing dies of that */
        c->too_much = true;
        close_handle((uv_handle_t *)&c->out);
        close_handle((uv_handle_t *)&c->err);
    }
}

static void on_written(uv_write_t *write, int status)
{
    (void)status; /* it need not read */
    close_handle((uv_handle_t *)write->handle);
}

/* ---- the beginning ---- */

static void close_ends(int ends[3][2])
{
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 2; k++) {
            if (ends[i][k] >= 0)
                close(ends[i][k]);
            ends[i][k] = -1;
        }
}

/* Real pipes, and not libuv's socket pairs: a program may want to open /dev/stdin. */
static int make_pipes(int ends[3][2])
{
    for (int i = 0; i < 3; i++)
        if (pipe2(ends[i], O_CLOEXEC) != 0)
            return errno;
    return 0;
}

static void add_handles(struct call *c, uv_loop_t *loop)
{
    uv_pipe_init(loop, &c->in, 0);
    uv_pipe_init(loop, &c->out, 0);
    uv_pipe_init(loop, &c->err, 0);
    uv_timer_init(loop, &c->timer);
    c->in.data = c->out.data = c->err.data = c->timer.data = c->process.data = c->write.data = c;
    c->users = 5; /* with the process, which is one even if it could not be started */
}

static int spawn(struct call *c, const struct outlet_options *o, int ends[3][2])
{
    static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C.UTF-8";
    char *environment[] = { path, locale, NULL };
    uv_stdio_container_t stdio[3] = {
        { .flags = UV_INHERIT_FD, .data.fd = ends[0][0] },
        { .flags = UV_INHERIT_FD, .data.fd = ends[1][1] },
        { .flags = UV_INHERIT_FD, .data.fd = ends[2][1] },
    };
    const uv_process_options_t options = {
        .exit_cb = on_exit_,
        .file = o->argv[0],
        .args = (char **)(uintptr_t)o->argv,
        .env = environment,
        .cwd = "/",
        .flags = UV_PROCESS_DETACHED,
        .stdio_count = 3,
        .stdio = stdio,
    };
    /* our right to read every file is not the program's; libuv has no place for that between fork and exec */
    uint64_t had = privileges_lower_ambient();
    int failed = uv_spawn(o->loop, &c->process, &options);
    privileges_raise_ambient(had);
    return failed;
}

static void open_ours(uv_pipe_t *pipe, int *fd)
{
    if (uv_pipe_open(pipe, *fd) == 0)
        *fd = -1; /* transferred */
}

/* 0 or errno. */
static int start(struct outlet_hook *h)
{
    struct outlet *o = h->o;
    int ends[3][2] = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
    int os = make_pipes(ends);
    if (os) {
        close_ends(ends);
        return os;
    }
    struct call *c = mem_zalloc(1, sizeof *c);
    add_handles(c, o->o.loop);
    os = -spawn(c, &o->o, ends);
    if (os == 0) {
        c->hook = h;
        h->call = c;
        c->users++;
        buf_put(&c->input, o->text.p, o->text.n);
        uv_buf_t input = uv_buf_init(c->input.p, (unsigned)c->input.n);
        open_ours(&c->in, &ends[0][1]);
        open_ours(&c->out, &ends[1][0]);
        open_ours(&c->err, &ends[2][0]);
        uv_timer_start(&c->timer, on_time, o->o.timeout_ms, 0);
        if (uv_write(&c->write, (uv_stream_t *)&c->in, &input, 1, on_written) != 0)
            close_handle((uv_handle_t *)&c->in);
        uv_read_start((uv_stream_t *)&c->out, on_alloc, on_read);
        uv_read_start((uv_stream_t *)&c->err, on_alloc, on_read);
    } else {
        close_pipes(c);
        close_handle((uv_handle_t *)&c->process);
    }
    close_ends(ends);
    return os;
}

/* ---- what became of it ---- */

static bool is_told(struct outlet_hook *h, enum how how, int number)
{
    uint32_t reason = (uint32_t)how << 16 | ((uint32_t)number & 0xffff);
    for (size_t i = 0; i < h->reason_count; i++)
        if (h->reasons[i] == reason)
            return true;
    if (h->reason_count == REASONS)
        return true;
    h->reasons[h->reason_count++] = reason;
    return false;
}

static enum how judge(const struct call *c, int *number)
{
    *number = c->signal ? c->signal : (int)c->status;
    if (c->too_long || c->too_much) {
        *number = 0;
        return c->too_long ? HOW_TOO_LONG : HOW_TOO_MUCH;
    }
    return c->signal ? HOW_DIED : c->status ? HOW_EXITED : HOW_OK;
}

static void print_how(struct buf *b, const struct outlet_hook *h, enum how how, int number)
{
    switch (how) {
    case HOW_OK:
    case HOW_NOT_STARTED: break;
    case HOW_EXITED: buf_printf(b, "ended with exit status %d", number); break;
    case HOW_DIED: buf_printf(b, "died of signal %d (%s)", number, strsignal(number)); break;
    case HOW_TOO_LONG: buf_printf(b, "took longer than %u ms and was ended", h->o->o.timeout_ms); break;
    case HOW_TOO_MUCH: buf_printf(b, "printed more than %d bytes", PRINTED_MOST); break;
    }
}

/* SENT in any case: it had its call. */
static enum outlet_result finish(struct outlet_hook *h, struct err *e)
{
    struct call *c = h->call;
    struct buf text = { 0 };
    int number;
    enum how how = judge(c, &number);
    if (how != HOW_OK) {
        h->o->left_out++;
        print_how(&text, h, how, number);
        struct slice rest, first = slice_cut(buf_as_slice(&c->said), '\n', &rest);
        if (first.n)
            buf_puts(&text, ": ");
        buf_terminal(&text, first);
        if (!is_told(h, how, number))
            (void)err_set(e, ERR_IO, "hook %s: %s", h->o->o.argv[0], text.p);
        buf_clear(&text);
    }
    h->call = NULL;
    release(c);
    return OUTLET_SENT;
}

static enum outlet_result not_started(struct outlet_hook *h, int os, struct err *e)
{
    if (os == EAGAIN || os == ENOMEM || os == EMFILE || os == ENFILE) { /* this machine is short of something */
        (void)err_os(e, ERR_IO, os, "hook %s", h->o->o.argv[0]);
        return outlet_later(h->o, OUTLET_RETRY_MS, e);
    }
    h->o->left_out++;
    if (is_told(h, HOW_NOT_STARTED, os))
        *e = (struct err){ ERR_OK };
    else if (e->code == ERR_OK)
        (void)err_os(e, ERR_IO, os, "hook %s", h->o->o.argv[0]);
    return OUTLET_SENT;
}

static bool is_over_limit(struct outlet_hook *h)
{
    uint64_t now_ms = uv_now(h->o->o.loop);
    if (h->calls == 0 || now_ms - h->window_ms >= MINUTE_MS) {
        h->window_ms = now_ms;
        h->calls = 0;
    }
    return h->o->o.per_minute && h->calls >= h->o->o.per_minute;
}

static enum outlet_result hook_send(struct outlet *o, struct err *e)
{
    if (!o->hook) {
        o->hook = mem_zalloc(1, sizeof *o->hook);
        o->hook->o = o;
    }
    struct outlet_hook *h = o->hook;
    if (h->call && h->call->ended)
        return finish(h, e);
    if (!h->call && is_over_limit(h)) {
        o->skipped++;
        o->left_out++;
        return OUTLET_SENT;
    }
    if (!h->call) {
        if (runcommand_allowed(o->o.argv[0], e) != ERR_OK) {
            err_prefix(e, "hook %s", o->o.argv[0]);
            return not_started(h, e->os ? e->os : -1, e);
        }
        int os = start(h);
        if (os)
            return not_started(h, os, e);
        h->calls++;
        o->skipped = 0;
    }
    o->wait_ms = o->o.timeout_ms + 2 * KILL_MS;
    return OUTLET_LATER;
}

static void hook_stop(struct outlet *o)
{
    struct call *c = o->hook ? o->hook->call : NULL;
    if (c) {
        if (!c->ended)
            (void)kill(-c->process.pid, SIGKILL);
        c->hook = NULL;
        close_pipes(c);
        release(c);
    }
    free(o->hook);
    o->hook = NULL;
}

const struct outlet_kind outlet_hook = { .send = hook_send, .stop = hook_stop };
