/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/metrics.h"

#include "agent/commands/metricssocket.h"
#include "base/caps.h"
#include "base/mem.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

#define LIFE_MS (CAP_METRICS_SECONDS * UINT64_C(1000))

struct connection_slot {
    int fd; /* -1: free */
    uint64_t until_ms;
};

struct metrics {
    struct MHD_Daemon *daemon;
    struct metricssocket socket;
    uv_poll_t poll; /* libmicrohttpd's epoll descriptor */
    uv_timer_t timer;
    unsigned handles; /* that are not closed yet */
    void (*render)(void *arg, struct buf *out);
    void *arg;
    struct connection_slot slots[CAP_METRICS_CONNECTIONS];
};

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

/* ---- requests ---- */

static enum MHD_Result answer(struct MHD_Connection *c, unsigned status, const char *type, struct buf *body)
{
    size_t n = body->n;
    struct MHD_Response *r = MHD_create_response_from_buffer(n, buf_take(body), MHD_RESPMEM_MUST_FREE);
    if (!r)
        return MHD_NO;
    enum MHD_Result done = MHD_NO;
    if (MHD_add_response_header(r, "Content-Type", type) == MHD_YES &&
        MHD_add_response_header(r, "Connection", "close") == MHD_YES &&
        (status != MHD_HTTP_METHOD_NOT_ALLOWED || MHD_add_response_header(r, "Allow", "GET, HEAD") == MHD_YES))
        done = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return done;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *c, const char *path, const char *method,
    const char *version, const char *upload, size_t *upload_size, void **own)
{
    static const char plain[] = "text/plain; charset=utf-8";
    struct metrics *m = data;
    struct buf b = { 0 };
    (void)version;
    (void)upload;
    (void)upload_size;
    (void)own;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        buf_puts(&b, "There is only GET here.\n");
        return answer(c, MHD_HTTP_METHOD_NOT_ALLOWED, plain, &b);
    }
    if (strcmp(path, "/metrics") == 0) {
        m->render(m->arg, &b);
        if (!b.p)
            buf_puts(&b, "");
        return answer(c, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", &b);
    }
    if (strcmp(path, "/") == 0) {
        buf_puts(&b, "sftunnel-agent: the metrics are at /metrics\n");
        return answer(c, MHD_HTTP_OK, plain, &b);
    }
    buf_puts(&b, "There is only /metrics here.\n");
    return answer(c, MHD_HTTP_NOT_FOUND, plain, &b);
}

static void on_connection(
    void *data, struct MHD_Connection *c, void **slot_of, enum MHD_ConnectionNotificationCode what)
{
    struct metrics *m = data;
    struct connection_slot *slot = *slot_of;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED && slot)
        slot->fd = -1;
    if (what != MHD_CONNECTION_NOTIFY_STARTED)
        return;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    for (size_t i = 0; info && i < CAP_METRICS_CONNECTIONS; i++) {
        if (m->slots[i].fd >= 0)
            continue;
        m->slots[i] = (struct connection_slot){ .fd = info->connect_fd, .until_ms = now_ms() + LIFE_MS };
        *slot_of = &m->slots[i];
        return;
    }
}

/* ---- in the loop ---- */

/* libmicrohttpd closes a connection itself when the other end has gone; for those whose time is over it has. */
static void hang_up_on_late(struct metrics *m)
{
    uint64_t now = now_ms();
    for (size_t i = 0; i < CAP_METRICS_CONNECTIONS; i++) {
        if (m->slots[i].fd < 0 || m->slots[i].until_ms > now)
            continue;
        shutdown(m->slots[i].fd, SHUT_RDWR);
        m->slots[i].until_ms = now + LIFE_MS;
    }
}

static void on_timer(uv_timer_t *timer);

static void run(struct metrics *m)
{
    MHD_UNSIGNED_LONG_LONG theirs = 0;
    hang_up_on_late(m);
    (void)MHD_run(m->daemon);
    uint64_t now = now_ms(), wait = UINT64_MAX;
    if (MHD_get_timeout(m->daemon, &theirs) == MHD_YES)
        wait = theirs;
    for (size_t i = 0; i < CAP_METRICS_CONNECTIONS; i++) {
        uint64_t until = m->slots[i].until_ms, left = until > now ? until - now : 0;
        if (m->slots[i].fd >= 0 && left < wait)
            wait = left;
    }
    if (wait == UINT64_MAX)
        uv_timer_stop(&m->timer);
    else
        uv_timer_start(&m->timer, on_timer, wait, 0);
}

static void on_timer(uv_timer_t *timer)
{
    run(timer->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

static void on_closed(uv_handle_t *handle)
{
    struct metrics *m = handle->data;
    if (--m->handles == 0)
        free(m);
}

/* ---- beginning and end ---- */

static int attach(struct metrics *m, uv_loop_t *loop)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(m->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info)
        return UV_ENOTSUP;
    uv_timer_init(loop, &m->timer);
    m->timer.data = m;
    m->handles = 1;
    int code = uv_poll_init(loop, &m->poll, info->epoll_fd);
    if (code != 0)
        return code;
    m->poll.data = m;
    m->handles = 2;
    return uv_poll_start(&m->poll, UV_READABLE, on_poll);
}

struct metrics *metrics_new(
    const char *listen, void (*render)(void *arg, struct buf *out), void *arg, struct uv_loop_s *loop, struct err *e)
{
    struct metrics *m = mem_zalloc(1, sizeof *m);
    m->render = render;
    m->arg = arg;
    for (size_t i = 0; i < CAP_METRICS_CONNECTIONS; i++)
        m->slots[i].fd = -1;
    if (metricssocket_open(listen, &m->socket, e) != ERR_OK) {
        free(m);
        return NULL;
    }
    m->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, m, MHD_OPTION_LISTEN_SOCKET, m->socket.fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CAP_METRICS_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CAP_METRICS_REQUEST_BYTES, MHD_OPTION_NOTIFY_CONNECTION, on_connection, m, MHD_OPTION_END);
    int code = m->daemon ? attach(m, loop) : 0;
    if (m->daemon && code == 0)
        return m;
    (void)err_set(e, ERR_IO, "metrics: %s: %s", listen, code ? uv_strerror(code) : "libmicrohttpd does not start");
    metrics_free(m);
    return NULL;
}

void metrics_print_address(struct buf *b, const struct metrics *m)
{
    metricssocket_print(b, &m->socket);
}

void metrics_free(struct metrics *m)
{
    if (!m)
        return;
    if (m->handles == 2)
        uv_poll_stop(&m->poll);
    if (m->daemon)
        m->socket.fd = -1;           /* libmicrohttpd closes it */
    metricssocket_close(&m->socket); /* while it is open, nobody else's has its inode number */
    if (m->daemon)
        MHD_stop_daemon(m->daemon);
    unsigned handles = m->handles;
    if (handles == 0)
        free(m);
    if (handles >= 1)
        uv_close((uv_handle_t *)&m->timer, on_closed);
    if (handles == 2)
        uv_close((uv_handle_t *)&m->poll, on_closed);
}
