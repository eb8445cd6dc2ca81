/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/reader.h"

#include "agent/commands/confine.h"
#include "agent/commands/feed.h"
#include "agent/diagnosis/canary.h"
#include "agent/diagnosis/livelines.h"
#include "agent/sources/taillines.h"
#include "agent/sources/tailwatch.h"
#include "base/caps.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define GATHER_MS 2 /* while lines come, how often they are read */
#define FEW_MS 3    /* and while fewer than FEW come each time: a wake-up costs more than they do */
#define FEW 10
#define LOOK_MS 100    /* and how often it is looked at what else has happened to their file */
#define REPORT_MS 1000 /* how often marks and counts are told while lines come that nobody asked for */
#define ALIVE_MS 10000 /* and how often when none come */
#define PIPE_BYTES (1 << 20)
#define FLUSH_BYTES (256U << 10)

struct log {
    struct reading *r;
    uint32_t number;
    struct tail *tail;
    struct taillines *lines;
    struct livelines *rules;
    struct tailwatch *watch;
    const struct tailline *at; /* the line that is being judged */
    struct buf marks;          /* as they were told last */
    bool live, moved;
    unsigned came;   /* lines, since the step began */
    bool coming;     /* more of them are expected at once: they are read without being woken by each */
    bool woken;      /* the kernel has something to say of it */
    bool more;       /* there is more to do at once */
    uint64_t looked; /* when it was looked at all there is to see; 0: never */
};

struct reading {
    const struct reader_options *o;
    struct log *logs;
    struct buf out;
    struct scan canary;
    int in, to;
    uint64_t reported, now;
    bool asked; /* something was said that has to be kept now */
};

static uint64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* The parent is gone: nobody to tell, nothing to lose. */
static void flush(struct reading *r)
{
    size_t at = 0;
    while (at < r->out.n) {
        ssize_t n = write(r->to, r->out.p + at, r->out.n - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(0);
        at += (size_t)n;
    }
    buf_reset(&r->out);
}

/* ---- from a log ---- */

static void on_matched(void *arg, struct matched *m)
{
    struct log *log = arg;
    struct buf record = { 0 };
    m->log = log->number;
    m->order = log->at->order;
    m->offset += log->at->offset;
    m->catching_up = !log->live;
    matched_print(&record, m);
    feed_print(&log->r->out, &(struct feed){ .kind = FEED_LINE, .log = log->number, .text = buf_as_slice(&record) });
    buf_clear(&record);
    log->r->asked = true;
    if (log->r->out.n >= FLUSH_BYTES)
        flush(log->r);
}

/* Only the other side knows which one it waits for. */
static void look_for_canaries(struct log *log, struct slice line)
{
    struct feed f = { .kind = FEED_CANARY, .log = log->number };
    while (canary_find(&log->r->canary, &line, &f.text)) {
        feed_print(&log->r->out, &f);
        log->r->asked = true;
    }
    if (log->r->out.n >= FLUSH_BYTES)
        flush(log->r);
}

static void on_line(void *arg, const struct tailline *line)
{
    struct log *log = arg;
    log->at = line;
    log->moved = true;
    if (log->r->o->canaries)
        look_for_canaries(log, line->text);
    log->came++;
    livelines_add(log->rules, line->text);
}

static void on_event(void *arg, const struct tail_event *event)
{
    struct log *log = arg;
    log->moved = true;
    if (event->kind == TAIL_LIVE || event->kind == TAIL_CATCHING_UP) {
        log->live = event->kind == TAIL_LIVE;
        return;
    }
    feed_print(&log->r->out, &(struct feed){ .kind = FEED_EVENT,
                                 .log = log->number,
                                 .event = *event,
                                 .text = slice_of(event->text ? event->text : "") });
    log->r->asked = true;
}

/* ---- the end of a step ---- */

static void tell_marks(struct log *log)
{
    static struct tail_mark marks[TAIL_MARKS_MOST];
    struct buf text = { 0 };
    size_t n = tail_marks(log->tail, marks);
    for (size_t i = 0; i < n; i++)
        tailmark_print(&text, &marks[i]);
    if (slice_eq(buf_as_slice(&text), buf_as_slice(&log->marks))) {
        buf_clear(&text);
        return;
    }
    feed_print(&log->r->out, &(struct feed){ .kind = FEED_MARKS, .log = log->number, .text = buf_as_slice(&text) });
    buf_clear(&log->marks);
    log->marks = text;
}

static void tell_counts(struct log *log)
{
    const struct log_counts *n = livelines_counts(log->rules);
    const struct taillines_counts *lines = taillines_count(log->lines);
    int fd;
    struct feed_counts c = { .there = tail_files(log->tail, &fd, 1) > 0,
        .live = log->live,
        .lines = n->lines,
        .bytes = n->bytes + lines->passed_over,
        .sftunneld = n->sftunneld,
        .events = n->events,
        .unmatched = n->unmatched,
        .cut = lines->cut,
        .lag = tail_lag(log->tail) };
    feed_print(&log->r->out, &(struct feed){ .kind = FEED_COUNTS, .log = log->number, .counts = c });
}

static void report(struct reading *r)
{
    bool moved = r->asked, due = r->reported == 0 || r->now - r->reported >= ALIVE_MS;
    for (size_t i = 0; i < r->o->n; i++)
        moved |= r->logs[i].moved && r->now - r->reported >= REPORT_MS;
    if (!moved && !due)
        return;
    for (size_t i = 0; i < r->o->n; i++) {
        struct log *log = &r->logs[i];
        if (log->moved || due) {
            tell_marks(log);
            tell_counts(log);
        }
        log->moved = false;
    }
    feed_print(&r->out, &(struct feed){ .kind = FEED_STEP });
    flush(r);
    r->asked = false;
    r->reported = r->now;
}

/* All there is to see. */
static void look(struct log *log, uint64_t now)
{
    if (log->woken)
        (void)tailwatch_drain(log->watch);
    log->woken = false;
    log->more = tail_reconcile(log->tail, now);
    log->more |= tailwatch_follow(log->watch, log->tail);
    const char *trouble = tailwatch_trouble(log->watch);
    if (trouble)
        on_event(log, &(struct tail_event){ .kind = TAIL_LIMIT, .text = trouble });
    log->coming = log->came && log->live;
    log->looked = now;
}

static void step(struct reading *r)
{
    r->now = clock_ms();
    for (size_t i = 0; i < r->o->n; i++) {
        struct log *log = &r->logs[i];
        uint64_t ago = r->now - log->looked;
        log->came = 0;
        if (log->coming && !log->woken && !log->more && ago < LOOK_MS)
            log->coming = tail_read_on(log->tail);
        else if (log->coming || log->woken || log->more || !log->looked || ago >= TAIL_POLL_MS)
            look(log, r->now);
    }
    report(r);
}

/* How long nothing needs to be done unless somebody says so. */
static int patience(const struct reading *r)
{
    uint64_t least = TAIL_POLL_MS;
    for (size_t i = 0; i < r->o->n; i++) {
        const struct log *log = &r->logs[i];
        uint64_t ago = r->now - log->looked;
        uint64_t wait = log->more            ? 0
                        : log->coming        ? (log->came < FEW ? FEW_MS : GATHER_MS)
                        : ago < TAIL_POLL_MS ? TAIL_POLL_MS - ago
                                             : 0;
        if (wait < least)
            least = wait;
    }
    return (int)least;
}

static void last_step(struct reading *r)
{
    for (size_t i = 0; i < r->o->n; i++)
        r->logs[i].woken = true;
    step(r);
    r->asked = true;
    report(r);
    _exit(0);
}

/* A line that comes alone is read at once. Once they come, it is they that wait, not we that are woken by each. */
static void run(struct reading *r)
{
    size_t n = r->o->n * 2 + 1;
    struct pollfd *fds = mem_zalloc(n, sizeof *fds);
    for (size_t i = 0; i < n; i++)
        fds[i].events = POLLIN;
    fds[0].fd = r->in; /* closed: the parent is gone, or wants us to end */
    for (;;) {
        step(r);
        for (size_t i = 0; i < r->o->n; i++) {
            tailwatch_fds(r->logs[i].watch, &fds[2 * i + 1].fd, &fds[2 * i + 2].fd);
            if (r->logs[i].coming)
                fds[2 * i + 2].fd = -1;
        }
        if (poll(fds, (nfds_t)n, patience(r)) <= 0)
            continue;
        for (size_t i = 0; i < r->o->n; i++)
            r->logs[i].woken |= fds[2 * i + 1].revents || fds[2 * i + 2].revents;
        if (fds[0].revents)
            last_step(r);
    }
}

/* ---- the beginning ---- */

static void restore(struct reading *r, const struct feed *f)
{
    static struct tail_mark marks[TAIL_MARKS_MOST];
    struct slice rest = f->text;
    struct err e = { 0 };
    size_t n = 0;
    enum err_code code = f->log < r->o->n ? ERR_OK : ERR_DATA;
    while (rest.n && code == ERR_OK && n < TAIL_MARKS_MOST) {
        code = tailmark_parse(slice_cut(rest, '\n', &rest), &marks[n], &e);
        n += code == ERR_OK;
    }
    if (code == ERR_OK)
        code = tail_restore(r->logs[f->log].tail, marks, n, &e);
    if (code != ERR_OK && f->log < r->o->n)
        on_event(&r->logs[f->log], &(struct tail_event){ .kind = TAIL_UNREADABLE, .text = e.text });
}

/* What was kept, until FEED_GO. */
static void learn(struct reading *r)
{
    struct buf in = { 0 };
    size_t at = 0;
    for (;;) {
        struct feed f;
        size_t used = 0;
        if (feed_parse((struct slice){ in.p ? in.p + at : "", in.n - at }, &f, &used) != ERR_OK)
            _exit(1);
        if (used && f.kind == FEED_GO)
            break;
        if (used && f.kind == FEED_MARKS)
            restore(r, &f);
        at += used;
        if (used)
            continue;
        ssize_t n;
        char *room = buf_more(&in, 65536);
        in.n -= 65536;
        do
            n = read(r->in, room, 65536);
        while (n < 0 && errno == EINTR);
        if (n <= 0)
            _exit(0);
        in.n += (size_t)n;
    }
    buf_clear(&in);
}

static void make_logs(struct reading *r)
{
    r->logs = mem_zalloc(r->o->n, sizeof *r->logs);
    for (size_t i = 0; i < r->o->n; i++) {
        struct log *log = &r->logs[i];
        log->r = r;
        log->number = (uint32_t)i;
        log->lines = taillines_new(on_line, on_event, log);
        log->rules = livelines_new(&(struct livelines_options){
            .rules = r->o->rules, .every_line = r->o->logs[i].every_line, .on_line = on_matched, .arg = log });
        log->tail = tail_new(&(struct tail_options){
            .path = r->o->logs[i].path, .begin = r->o->begin, .sink = taillines_sink(log->lines) });
        log->watch = tailwatch_new(NULL);
    }
}

static void say_hello(struct reading *r)
{
    struct confine_state state;
    struct buf text = { 0 };
    struct privileges rights = *r->o->privileges;
    struct err e;
    rights.read_all = true;
    if (privileges_drop(&rights, &e) != ERR_OK)
        buf_printf(&text, "rights: %s; ", e.text);
    confine(&(struct confine_allow){ .handles = true }, &state);
    confine_print(&text, &state);
    feed_print(&r->out, &(struct feed){ .kind = FEED_HELLO, .text = buf_as_slice(&text) });
    buf_clear(&text);
    flush(r);
}

_Noreturn static void child(const struct reader_options *o, int in, int to)
{
    struct reading r = { .o = o, .in = in, .to = to };
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_NAME, "sftunnel-reader");
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN); /* the parent closes the pipe when it is time */
    signal(SIGPIPE, SIG_IGN);
    canary_scan(&r.canary);
    make_logs(&r);
    learn(&r);
    say_hello(&r);
    run(&r);
    _exit(0);
}

static void close_all(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* Everything but the two and the standard streams. */
static void close_others(int in, int to)
{
    int low = in < to ? in : to, high = in < to ? to : in;
    if (low > 3)
        (void)close_range(3, (unsigned)low - 1, 0);
    if (high > low + 1)
        (void)close_range((unsigned)low + 1, (unsigned)high - 1, 0);
    (void)close_range((unsigned)high + 1, ~0U, 0);
}

enum err_code reader_start(const struct reader_options *o, struct reader *out, struct err *e)
{
    int fds[4] = { -1, -1, -1, -1 }; /* to the child: 0 <- 1; from it: 2 <- 3 */
    sigset_t none;
    if (pipe2(fds, O_CLOEXEC) != 0 || pipe2(fds + 2, O_CLOEXEC) != 0) {
        int os = errno;
        close_all(fds, 4);
        return err_os(e, ERR_IO, os, "the reading process needs two pipes");
    }
    (void)fcntl(fds[3], F_SETPIPE_SZ, PIPE_BYTES);
    (void)fcntl(fds[2], F_SETFL, O_NONBLOCK);
    pid_t pid = fork();
    if (pid == 0) {
        close_others(fds[0], fds[3]);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        child(o, fds[0], fds[3]);
    }
    int os = errno;
    close(fds[0]);
    close(fds[3]);
    if (pid < 0) {
        close(fds[1]);
        close(fds[2]);
        return err_os(e, ERR_IO, os, "the reading process can't be started");
    }
    *out = (struct reader){ pid, fds[2], fds[1] };
    return ERR_OK;
}
