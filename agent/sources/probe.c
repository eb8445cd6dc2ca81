/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/probe.h"

#include "agent/sources/proberesolve.h"
#include "agent/sources/probestep.h"
#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define BLOCK_BYTES 16384
#define GLANCE_MS 250 /* between two looks at the stop flag, and at the progress */
#define LOWEST 0x0301 /* TLS 1.0 */

/* What one connection came to. */
struct attempt {
    struct probetls *tls; /* NULL: TCP did not connect */
    struct endpoint at[2];
    int64_t first_ns, last_ns;
    uint64_t bytes[2];
    bool connected, fin, rst;
    int os; /* why TCP did not */
};

struct probe {
    const struct probetarget *target;
    struct probestep step;
    struct proberesolve *resolve;
    struct proberesolve_result names;
    struct attempt now, before; /* before: a handshake that showed nothing, kept until the second one shows more */
    struct buf tried;           /* "10.0.0.1 refused": addresses that failed */
    int fd;                     /* -1: none */
    uint8_t out[BLOCK_BYTES];
    size_t out_at, out_count;
};

/* What is kept of one that is over. */
struct result {
    char *problem; /* NULL: there is a connection */
    char *note;
    struct attempt attempt;
    enum probestep_why why;
    bool done;
};

struct run {
    const struct probe_options *o;
    struct probestep_limits limits;
    struct result *results; /* by target */
    struct probe **active;
    struct pollfd *polled; /* by active, and the eventfd */
    size_t active_count, started, done;
    int wake;
};

/* ---- clocks and addresses ---- */

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t wall_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct endpoint endpoint_of(const struct sockaddr_storage *a)
{
    struct endpoint e = { .ip = { [10] = 0xff, [11] = 0xff } };
    if (a->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)a;
        memcpy(e.ip + 12, &in->sin_addr, 4);
        e.port = ntohs(in->sin_port);
    } else if (a->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)a;
        memcpy(e.ip, &in6->sin6_addr, 16);
        e.port = ntohs(in6->sin6_port);
    }
    return e;
}

static socklen_t address_bytes(const struct sockaddr_storage *a)
{
    return a->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

/* ---- how it ended, in words ---- */

static void note_connect(struct buf *b, const struct run *r, const struct probe *p)
{
    int os = p->now.os;
    if (os == ECONNREFUSED)
        buf_puts(b, "TCP connection refused: nothing listens there, or a firewall resets it");
    else if (os == 0 || os == ETIMEDOUT)
        buf_printf(b, "no answer to the TCP SYN within %lld s: no such host, or a firewall drops it",
            (long long)(r->limits.timeout_ms + 999) / 1000);
    else
        buf_printf(b, "TCP can't connect: %s", strerrordesc_np(os));
    if (p->tried.n)
        buf_printf(b, " (also tried: %s)", p->tried.p);
}

static bool is_text(struct bytes b)
{
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] != '\r' && b.p[i] != '\n' && b.p[i] != '\t' && (b.p[i] < 0x20 || b.p[i] > 0x7e))
            return false;
    return b.n > 0;
}

/* The first record of TLS is an alert or a handshake message, of version 3.x. */
static bool is_tls(struct bytes b)
{
    return b.n && (b.p[0] == 21 || b.p[0] == 22) && (b.n < 2 || b.p[1] == 3);
}

static void note_other(struct buf *b, struct bytes first)
{
    struct slice s = { (const char *)first.p, first.n };
    if (slice_starts(s, SLICE("HTTP/"))) {
        buf_puts(b, "HTTP answers there, not TLS");
    } else if (slice_starts(s, SLICE("SSH-"))) {
        buf_puts(b, "SSH answers there, not TLS");
    } else if (is_text(first)) {
        struct slice rest, line = slice_cut(s, '\n', &rest);
        buf_puts(b, "what answers there is not TLS: \"");
        buf_terminal(b, slice_trim(line));
        buf_putc(b, '"');
    } else {
        buf_puts(b, "what answers there is not TLS: it begins with");
        for (size_t i = 0; i < first.n && i < 8; i++)
            buf_printf(b, " %02x", first.p[i]);
    }
}

/* TCP was there. */
static void note_tls(struct buf *b, const struct run *r, const struct probe *p, const struct attempt *a)
{
    struct bytes first = probetls_first(a->tls);
    const char *reason = probetls_reason(a->tls);
    bool late = p->step.why == PROBESTEP_SHAKE_LATE;
    if (first.n && !is_tls(first)) {
        note_other(b, first);
    } else if (!first.n && (a->fin || a->rst)) {
        buf_printf(b, "the server %s the connection without an answer to the ClientHello", a->rst ? "reset" : "closed");
    } else if (!first.n) {
        buf_printf(b, "TCP connected, but nothing answered the ClientHello within %lld s",
            (long long)(r->limits.timeout_ms + 999) / 1000);
    } else if (late) {
        buf_printf(b, "the handshake was not over within %lld s", (long long)(r->limits.timeout_ms + 999) / 1000);
    } else if (a->rst) {
        buf_puts(b, "the server reset the connection");
    } else if (a->fin && !probetls_shaken(a->tls)) {
        buf_puts(b, "the server closed the connection within the handshake");
    } else if (reason && !probetls_shaken(a->tls)) {
        buf_printf(b, "the handshake ended: %s", reason);
    }
}

/* Is there an alert that says it all? */
static bool has_alert(const struct attempt *a)
{
    struct connection c = { .stream = 0 };
    if (!a->tls)
        return false;
    probetls_facts(a->tls, &c);
    for (size_t i = 0; i < c.alert_count; i++)
        if (c.alerts[i].from == SIDE_SERVER && c.alerts[i].description != 0)
            return true;
    return false;
}

static char *note_of(const struct run *r, const struct probe *p, const struct attempt *a)
{
    struct buf b = { 0 };
    if (p->step.why == PROBESTEP_STOPPED && !(a->tls && probetls_shaken(a->tls)))
        buf_puts(&b, "interrupted before it was over");
    else if (!a->connected)
        note_connect(&b, r, p);
    else if (!has_alert(a))
        note_tls(&b, r, p, a);
    if (a == &p->now && p->before.tls && b.n == 0)
        buf_puts(&b, "it was seen with TLS 1.2 only: the same handshake with TLS 1.3 on offer showed nothing");
    return b.n ? buf_take(&b) : NULL;
}

/* ---- one connection ---- */

static void attempt_clear(struct attempt *a)
{
    probetls_free(a->tls);
    *a = (struct attempt){ .os = 0 };
}

static void close_socket(struct probe *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
    p->out_at = p->out_count = 0;
}

static void step(struct run *r, struct probe *p, enum probestep_event event);

static void send_out(struct probe *p)
{
    for (;;) {
        if (p->out_at == p->out_count) {
            p->out_at = 0;
            p->out_count = probetls_take(p->now.tls, p->out, sizeof p->out);
        }
        if (p->out_at == p->out_count)
            return;
        ssize_t n = send(p->fd, p->out + p->out_at, p->out_count - p->out_at, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            p->now.rst |= errno == ECONNRESET; /* said once, and not to recv() then */
            if (errno != EAGAIN)               /* what it said before is still to be read */
                p->out_at = p->out_count;
            return;
        }
        p->out_at += (size_t)n;
        p->now.bytes[SIDE_CLIENT] += (uint64_t)n;
    }
}

/* Reads what there is; true when there is nothing more to come. */
static bool receive(struct probe *p)
{
    uint8_t block[BLOCK_BYTES];
    size_t room = probetls_room(p->now.tls);
    if (!room)
        return false;
    ssize_t n = recv(p->fd, block, room < sizeof block ? room : sizeof block, 0);
    if (n > 0) {
        p->now.bytes[SIDE_SERVER] += (uint64_t)n;
        p->now.last_ns = wall_ns();
        probetls_put(p->now.tls, (struct bytes){ block, (size_t)n });
        return false;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    p->now.rst |= n < 0;
    p->now.fin = !p->now.rst;
    probetls_eof(p->now.tls);
    return true;
}

/* Lets TLS work on what has come, and tells the machine. */
static void advance(struct run *r, struct probe *p)
{
    enum probetls_state state = probetls_step(p->now.tls, wall_ns());
    send_out(p);
    if (state != PROBETLS_SHAKING && p->step.state == PROBESTEP_SHAKING && probetls_shaken(p->now.tls))
        step(r, p, PROBESTEP_SHAKEN);
    if (state == PROBETLS_OVER)
        step(r, p, PROBESTEP_ENDED);
}

static void on_connected(struct run *r, struct probe *p)
{
    int os = 0;
    socklen_t n = sizeof os;
    if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &os, &n) != 0)
        os = errno;
    p->now.rst = os == ECONNRESET; /* at once, but after it was there */
    os = p->now.rst ? 0 : os;
    p->now.os = os;
    p->now.last_ns = wall_ns();
    step(r, p, os ? PROBESTEP_FAILED : PROBESTEP_CONNECTED);
}

static void do_connect(struct run *r, struct probe *p)
{
    if (p->step.again) {
        probetls_settle(p->now.tls);
        p->before = p->now; /* transferred */
        p->now = (struct attempt){ .os = 0 };
    }
    close_socket(p);
    if (!p->step.again && p->step.address) {
        endpoint_address(&p->tried, &p->now.at[SIDE_SERVER]);
        buf_printf(&p->tried, " %s%s",
            p->now.os == ECONNREFUSED ? "refused"
            : p->now.os               ? strerrordesc_np(p->now.os)
                                      : "did not answer",
            p->step.address + 1 < p->step.addresses ? ", " : "");
        attempt_clear(&p->now);
    }
    const struct sockaddr_storage *a = &p->names.address[p->step.address];
    p->now.at[SIDE_SERVER] = endpoint_of(a);
    p->now.first_ns = p->now.last_ns = wall_ns();
    p->fd = socket(a->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->fd >= 0 && connect(p->fd, (const struct sockaddr *)a, address_bytes(a)) != 0)
        p->now.os = errno == EINPROGRESS ? 0 : errno;
    else if (p->fd < 0)
        p->now.os = errno;
    struct sockaddr_storage own = { .ss_family = AF_UNSPEC };
    socklen_t n = sizeof own;
    if (p->fd >= 0 && getsockname(p->fd, (struct sockaddr *)&own, &n) == 0)
        p->now.at[SIDE_CLIENT] = endpoint_of(&own);
    if (p->now.os)
        step(r, p, PROBESTEP_FAILED);
}

static void do_shake(struct run *r, struct probe *p)
{
    p->now.connected = true;
    p->now.tls = probetls_new(r->o->tls, r->limits.version ? r->limits.version : LOWEST, p->step.highest);
    advance(r, p);
}

/* ---- the end ---- */

static void take_result(struct run *r, struct probe *p)
{
    struct result *x = &r->results[p->target - r->o->targets->all];
    struct buf b = { 0 };
    x->done = true;
    x->why = p->step.why;
    if (p->step.why == PROBESTEP_NO_NAME)
        buf_printf(&b, "the name can't be resolved: %s", p->names.text);
    else if (p->step.why == PROBESTEP_NAME_LATE)
        buf_printf(&b, "the name was not resolved within %lld s", (long long)(r->limits.timeout_ms + 999) / 1000);
    else if (!p->now.first_ns)
        buf_puts(&b, "interrupted before it was probed");
    if (b.n) {
        x->problem = buf_take(&b);
        return;
    }
    bool first = p->before.tls && !(p->now.tls && probetls_certificates(p->now.tls));
    x->note = note_of(r, p, first ? &p->before : &p->now);
    x->attempt = first ? p->before : p->now; /* transferred */
    attempt_clear(first ? &p->now : &p->before);
    if (first)
        p->before = (struct attempt){ .os = 0 };
    else
        p->now = (struct attempt){ .os = 0 };
}

static void report(struct run *r, struct probe *p)
{
    if (p->now.tls && p->fd >= 0) {
        probetls_close(p->now.tls);
        send_out(p);
    }
    close_socket(p);
    if (p->now.tls)
        probetls_settle(p->now.tls);
    take_result(r, p);
    r->done++;
}

static void probe_free(struct probe *p)
{
    close_socket(p);
    proberesolve_free(p->resolve);
    attempt_clear(&p->now);
    attempt_clear(&p->before);
    buf_clear(&p->tried);
    free(p);
}

/* ---- the machine and the world ---- */

static void act(struct run *r, struct probe *p, enum probestep_action action)
{
    switch (action) {
    case PROBESTEP_NAME: p->resolve = proberesolve_new(p->target->host, p->target->port, r->wake); break;
    case PROBESTEP_CONNECT: do_connect(r, p); break;
    case PROBESTEP_SHAKE: do_shake(r, p); break;
    case PROBESTEP_REPORT: report(r, p); break;
    case PROBESTEP_LISTEN:
    case PROBESTEP_WAIT: break;
    }
}

static void step(struct run *r, struct probe *p, enum probestep_event event)
{
    struct bytes first = p->now.tls ? probetls_first(p->now.tls) : (struct bytes){ NULL, 0 };
    struct probestep_view view = {
        .addresses = p->names.count,
        .certificates = p->now.tls && probetls_certificates(p->now.tls),
        .not_tls = first.n && !is_tls(first),
    };
    act(r, p, probestep(&p->step, &r->limits, event, &view, now_ms()));
}

static void on_named(struct run *r, struct probe *p)
{
    if (!proberesolve_done(p->resolve, &p->names))
        return;
    proberesolve_free(p->resolve);
    p->resolve = NULL;
    step(r, p, p->names.count ? PROBESTEP_NAMED : PROBESTEP_UNNAMED);
}

static void on_ready(struct run *r, struct probe *p, short events)
{
    if (p->step.state == PROBESTEP_NAMING) {
        on_named(r, p);
    } else if (p->step.state == PROBESTEP_CONNECTING && events) {
        on_connected(r, p);
    } else if (p->fd >= 0 && events) {
        if (events & (POLLIN | POLLHUP | POLLERR))
            (void)receive(p);
        advance(r, p);
    }
}

static void start_more(struct run *r)
{
    while (r->active_count < r->o->jobs && r->started < r->o->targets->count) {
        struct probe *p = mem_zalloc(1, sizeof *p);
        p->target = &r->o->targets->all[r->started++];
        p->fd = -1;
        r->active[r->active_count++] = p;
        step(r, p, PROBESTEP_BEGIN);
    }
}

/* Forgets those that are over. */
static void tidy(struct run *r)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->active_count; i++)
        if (r->active[i]->step.state == PROBESTEP_OVER)
            probe_free(r->active[i]);
        else
            r->active[kept++] = r->active[i];
    r->active_count = kept;
}

static short wanted(const struct probe *p)
{
    if (p->step.state == PROBESTEP_CONNECTING)
        return POLLOUT;
    return p->out_at < p->out_count ? POLLIN | POLLOUT : POLLIN;
}

/* Waits for what comes first: something to do, a deadline, or the time for a glance at the stop flag. */
static void await(struct run *r)
{
    int64_t now = now_ms(), least = now + GLANCE_MS;
    for (size_t i = 0; i < r->active_count; i++) {
        const struct probe *p = r->active[i];
        r->polled[i] = (struct pollfd){ .fd = p->fd, .events = wanted(p) };
        least = p->step.deadline_ms < least ? p->step.deadline_ms : least;
    }
    r->polled[r->active_count] = (struct pollfd){ .fd = r->wake, .events = POLLIN };
    if (poll(r->polled, r->active_count + 1, least > now ? (int)(least - now) : 0) < 0)
        for (size_t i = 0; i <= r->active_count; i++)
            r->polled[i].revents = 0;
    uint64_t n;
    if (r->polled[r->active_count].revents)
        (void)!read(r->wake, &n, sizeof n);
}

static void probe_all(struct run *r)
{
    const struct probe_options *o = r->o;
    start_more(r);
    while (r->active_count) {
        await(r);
        bool stop = o->stop && atomic_load(o->stop);
        for (size_t i = 0; i < r->active_count; i++) {
            on_ready(r, r->active[i], r->polled[i].revents);
            step(r, r->active[i], stop ? PROBESTEP_STOP : PROBESTEP_TICK);
        }
        tidy(r);
        if (!stop)
            start_more(r);
        tidy(r);
        if (o->on_progress)
            o->on_progress(o->data, r->done, o->targets->count);
    }
}

/* ---- into the case ---- */

static enum connection_state state_of(const struct attempt *a)
{
    if (!a->connected)
        return a->os == ECONNREFUSED ? CONNECTION_REFUSED : CONNECTION_SYN_ONLY;
    struct bytes first = probetls_first(a->tls);
    if (first.n && !is_tls(first))
        return CONNECTION_NOT_TLS;
    return probetls_shaken(a->tls) ? CONNECTION_COMPLETE : CONNECTION_HANDSHAKE;
}

static void put_connection(struct casefile *c, uint32_t source, const struct result *x)
{
    const struct attempt *a = &x->attempt;
    struct connection k = {
        .direction_known = true,
        .state = state_of(a),
        .first_ns = a->first_ns,
        .last_ns = a->last_ns,
        .ended = true,
        .note = x->note,
    };
    if (a->tls)
        probetls_facts(a->tls, &k);
    for (int side = 0; side < 2; side++) {
        k.side[side].at = a->at[side];
        k.side[side].bytes = a->bytes[side];
    }
    k.side[SIDE_CLIENT].syn = true;
    k.side[SIDE_CLIENT].fin = a->connected && !a->fin && !a->rst;
    k.side[SIDE_SERVER].syn = a->connected;
    k.side[SIDE_SERVER].fin = a->fin;
    k.side[SIDE_SERVER].rst = a->rst || a->os == ECONNREFUSED;
    casefile_wire(c, source, &k);
    c->sources[source].first = civil_from_unix(a->first_ns / 1000000000);
    c->sources[source].last = civil_from_unix(a->last_ns / 1000000000);
    c->sources[source].partial = x->why == PROBESTEP_STOPPED;
}

/* The peer is called what the user calls it. */
static void put_name(struct casefile *c, uint32_t source, const struct probetarget *target, const struct result *x)
{
    struct buf address = { 0 };
    endpoint_address(&address, &x->attempt.at[SIDE_SERVER]);
    const struct peer_fact fact = { .unit = UNIT_NONE, .source = source, .name = target->host, .address = address.p };
    if (strcmp(target->host, address.p) != 0)
        casefile_peer(c, &fact);
    buf_clear(&address);
}

static void put_results(const struct run *r, struct casefile *c)
{
    for (size_t i = 0; i < r->o->targets->count; i++) {
        const struct result *x = &r->results[i];
        struct buf path = { 0 };
        buf_printf(&path, "probe %s", r->o->targets->all[i].text);
        uint32_t source = casefile_source(c, path.p, SOURCE_PROBE, UNIT_NONE);
        c->sources[source].partial = !x->done || x->problem;
        if (!x->done)
            casefile_problem(c, path.p, "interrupted before it was probed");
        else if (x->problem)
            casefile_problem(c, path.p, "%s", x->problem);
        else {
            put_connection(c, source, x);
            put_name(c, source, &r->o->targets->all[i], x);
        }
        c->interrupted |= !x->done || x->why == PROBESTEP_STOPPED;
        buf_clear(&path);
    }
}

enum err_code probe_run(const struct probe_options *o, struct casefile *c, struct err *e)
{
    struct run r = { .o = o, .limits = { .timeout_ms = o->timeout_ms, .version = o->version } };
    r.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (r.wake < 0)
        return err_os(e, ERR_IO, errno, "probing can't begin");
    r.results = mem_zalloc(o->targets->count, sizeof *r.results);
    r.active = mem_zalloc(o->jobs, sizeof *r.active);
    r.polled = mem_zalloc((size_t)o->jobs + 1, sizeof *r.polled);
    probe_all(&r);
    put_results(&r, c);
    for (size_t i = 0; i < o->targets->count; i++) {
        free(r.results[i].problem);
        free(r.results[i].note);
        attempt_clear(&r.results[i].attempt);
    }
    free(r.results);
    free(r.active);
    free(r.polled);
    return ERR_OK; /* r.wake stays open: a thread that nobody waits for may still write to it */
}
