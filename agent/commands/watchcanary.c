/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/watchcanary.h"

#include "agent/commands/watch.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PRIORITY 30 /* daemon.info */

struct watch_canary {
    struct canary c;
    enum canary_state told;
    int64_t sent_at, back_at;
    char *through;
    int os; /* why it can't be written */
    bool begun;
};

/* ---- how it stands ---- */

void watch_canary_print(struct buf *b, const struct watch_canary_view *v)
{
    buf_printf(b, "%s %lld %lld %u %.*s", canary_state_name(v->state), (long long)v->sent_at, (long long)v->back_at,
        (unsigned)v->round_trip_ms, (int)v->through.n, v->through.p);
}

static int64_t number(struct slice s)
{
    char text[24];
    snprintf(text, sizeof text, "%.*s", (int)(s.n < sizeof text ? s.n : sizeof text - 1), s.n ? s.p : "");
    return strtoll(text, NULL, 10);
}

bool watch_canary_parse(struct slice text, struct watch_canary_view *v)
{
    struct slice rest, word = slice_cut(text, ' ', &rest);
    *v = (struct watch_canary_view){ .through = { "", 0 } };
    while (v->state < CANARY_STATES && !slice_eq(word, slice_of(canary_state_name(v->state))))
        v->state++;
    if (v->state == CANARY_STATES) {
        v->state = CANARY_UNKNOWN;
        return false;
    }
    v->sent_at = number(slice_cut(rest, ' ', &rest));
    v->back_at = number(slice_cut(rest, ' ', &rest));
    (void)slice_u32(slice_cut(rest, ' ', &rest), UINT32_MAX, &v->round_trip_ms);
    v->through = rest;
    return true;
}

bool watch_canary_view(const struct watch *w, struct watch_canary_view *v)
{
    const struct watch_canary *c = w->canary;
    if (!c)
        return false;
    *v = (struct watch_canary_view){ c->c.state, c->sent_at, c->back_at, c->c.round_trip_ms, slice_of(c->through) };
    return true;
}

static void keep(struct watch *w)
{
    struct watch_canary_view v;
    struct buf b = { 0 };
    if (watch_canary_view(w, &v))
        watch_canary_print(&b, &v);
    keep_value(w->keep, WATCH_CANARY, buf_as_slice(&b));
    buf_clear(&b);
}

/* ---- what is told ---- */

static const char *advice(int os)
{
    switch (os) {
    case EACCES:
    case EPERM: return "the user that watch runs as may not write to it";
    case EAGAIN:
    case ENOBUFS: return "the syslog daemon takes nothing more: it hangs, or can't keep up";
    default: return "does the syslog daemon run, and is this its socket (canary_socket)?";
    }
}

static void tell(struct watch *w)
{
    struct watch_canary *c = w->canary;
    const struct watch_log of = { .path = w->s->canary_socket };
    char text[512] = "", reason[128] = "";
    const char *what = "canary back";
    enum canary_state was = c->told;
    if (c->c.state == was)
        return;
    c->told = c->c.state;
    if (c->told == CANARY_LOST) {
        what = "canary lost";
        snprintf(text, sizeof text,
            "what is written to syslog is not seen: a line was not back in a followed log after %u s. Does the syslog "
            "daemon run, has its disk room, and does it write daemon.info to a log that is followed?",
            w->s->canary_within_s);
    } else if (c->told == CANARY_UNSENT) {
        what = "canary unsent";
        snprintf(text, sizeof text, "a line can't be written to syslog: %s; %s",
            strerror_r(c->os, reason, sizeof reason), advice(c->os));
    } else {
        snprintf(text, sizeof text, "a line came back through %s after %u ms", c->through, c->c.round_trip_ms);
    }
    keep(w);
    if (c->told != CANARY_BACK || was != CANARY_UNKNOWN) /* all is well from the beginning: no news */
        watch_tell_source(w, &of, what, c->told == CANARY_BACK ? SEVERITY_OK : SEVERITY_CRITICAL,
            &(struct tail_event){ .text = text });
}

/* ---- writing it ---- */

/* As random as keys are: whoever can read the log knows it only when it is there. */
static bool make_id(char id[CANARY_ID_BYTES + 1])
{
    unsigned char bytes[CANARY_ID_BYTES / 2];
    if (getrandom(bytes, sizeof bytes, GRND_NONBLOCK) != (ssize_t)sizeof bytes)
        return false;
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(id + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

/* 0 or errno. Nothing in it waits. */
static int send_to(int kind, const char *path, struct slice text)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), os = 0;
    if (fd < 0)
        return errno;
    memcpy(a.sun_path, path, strnlen(path, sizeof a.sun_path - 1)); /* settings_check_socket() has seen that it fits */
    if (connect(fd, (const struct sockaddr *)&a, sizeof a) != 0 ||
        send(fd, text.p, text.n, MSG_NOSIGNAL) != (ssize_t)text.n)
        os = errno ? errno : EAGAIN;
    close(fd);
    return os;
}

/* In the form that every daemon takes from its own host. */
static int write_line(const char *path, const char *id)
{
    char stamp[32] = "";
    struct buf b = { 0 };
    struct tm tm;
    time_t now = time(NULL);
    if (localtime_r(&now, &tm))
        (void)strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", &tm);
    buf_printf(&b, "<%d>%s ", PRIORITY, stamp);
    canary_print(&b, (uint32_t)getpid(), id);
    int os = send_to(SOCK_DGRAM, path, buf_as_slice(&b));
    if (os == EPROTOTYPE) { /* some daemons take a stream; there a NUL ends a message */
        buf_putc(&b, '\0');
        os = send_to(SOCK_STREAM, path, buf_as_slice(&b));
    }
    buf_clear(&b);
    return os;
}

static void write_one(struct watch *w)
{
    struct watch_canary *c = w->canary;
    char id[CANARY_ID_BYTES + 1];
    c->os = make_id(id) ? 0 : errno;
    if (c->os == 0)
        c->os = write_line(w->s->canary_socket, id);
    if (c->os)
        return;
    canary_sent(&c->c, id, watch_clock_ms());
    c->sent_at = watch_now_ms() / 1000;
}

/* ---- from the beginning to the end ---- */

/* Where a log has yet to be read to its end when we begin, what comes now comes late: that is no blindness. */
static bool may_begin(const struct watch *w)
{
    bool behind = w->steps == 0;
    for (size_t i = 0; i < w->log_count; i++)
        behind |= w->logs[i].counts.there && !w->logs[i].counts.live;
    return !behind;
}

void watch_canary_tick(struct watch *w)
{
    struct watch_canary *c = w->canary;
    int64_t now = watch_clock_ms();
    if (!c)
        return;
    if (!c->begun && may_begin(w)) {
        enum canary_state state = c->c.state;
        uint32_t round_trip_ms = c->c.round_trip_ms;
        canary_init(&c->c, w->s->canary_s * 1000, w->s->canary_within_s * 1000, now);
        c->c.state = state;
        c->c.round_trip_ms = round_trip_ms;
        c->begun = true;
    }
    if (c->begun && canary_tick(&c->c, now))
        write_one(w);
    tell(w);
}

bool watch_canary_seen(struct watch *w, const struct watch_log *log, struct slice id)
{
    struct watch_canary *c = w->canary;
    if (!c || id.n != CANARY_ID_BYTES)
        return false;
    if (!c->begun || !canary_seen(&c->c, id, watch_clock_ms()))
        return true;
    free(c->through);
    c->through = mem_strdup(log->path);
    c->back_at = watch_now_ms() / 1000;
    keep(w);
    tell(w);
    return true;
}

enum err_code watch_canary_start(struct watch *w, struct err *e)
{
    struct watch_canary_view v;
    struct buf b = { 0 };
    bool found = false;
    enum err_code code = store_value(w->store, SLICE(WATCH_CANARY), &b, &found, e);
    bool known = code == ERR_OK && watch_canary_parse(buf_as_slice(&b), &v);
    if (code == ERR_OK && w->s->canary_s) {
        struct watch_canary *c = w->canary = mem_zalloc(1, sizeof *c);
        c->through = mem_strdup("");
        if (known) {
            free(c->through);
            c->through = mem_strndup(v.through.p, v.through.n);
            c->told = c->c.state = v.state;
            c->c.round_trip_ms = v.round_trip_ms;
            c->sent_at = v.sent_at;
            c->back_at = v.back_at;
        }
    }
    if (code == ERR_OK && (known || w->canary))
        keep(w);
    buf_clear(&b);
    return code;
}

void watch_canary_free(struct watch *w)
{
    if (w->canary)
        free(w->canary->through);
    free(w->canary);
}
