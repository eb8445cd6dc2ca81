/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/liveloop.h"

#include "agent/commands/progress.h"
#include "agent/report/moments.h"
#include "agent/sources/packets.h"
#include "pcap/live.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SNAPSHOT 262144                   /* whole packets, also those that offloading has put together */
#define KERNEL_BYTES ((uint32_t)64 << 20) /* what a burst may pile up while we look at a certificate */
#define TICK_MS 200  /* how soon a signal between two waits is seen, and a file on disk is current */
#define ROUND 4096   /* packets between two looks at the clock */
#define REST_MS 5000 /* how long what came before the end is read; the kernel hands a block over after 100 ms */
#define REST_QUIET_MS 250
#define PROGRESS_MS 10000        /* when followed, how often it is said how it goes */
#define PROGRESS_BUSY_MS 1000    /* while handshakes come */
#define FOLLOW_CERTIFICATES 4096 /* likewise, different ones known at once: more are begun anew */

struct loop {
    const struct liveloop_options *o;
    struct liveloop_counts *n;
    struct casefile *c;
    uint32_t source;
    struct live *live;
    struct capture *capture;
    struct ring *ring;
    struct moments moments; /* on standard output */
    bool deaf;              /* it is gone */
    int64_t said_ms;        /* how it goes; 0: never */
    uint64_t said;          /* handshakes, then */
    int64_t last_ns;        /* packets after this moment are not wanted; INT64_MAX while it runs */
    bool past;              /* one of them came */
};

static volatile sig_atomic_t asked; /* SIGUSR1: how is it going? */

static void on_usr1(int number)
{
    (void)number;
    asked = 1;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- what is told at once ---- */

/* A case of this one connection, judged on its own; only the certificates are those of the whole, parsed once. Once it
 * was told, its end is news only when it changes the verdict. */
static void tell(struct loop *l, const struct connection *connection)
{
    struct casefile one = { .now = (int64_t)time(NULL), .certs = l->c->certs };
    struct diagnosis d = { 0 };
    struct err e = { 0 };
    l->c->certs = NULL;
    casefile_wire(&one, casefile_source(&one, l->o->interface, SOURCE_CAPTURE, UNIT_NONE), connection);
    diagnose(&one, &d);
    uint32_t verdict = one.wire_count ? (uint32_t)one.wires[0].verdict + 1 : 0;
    if (*connection->mark != verdict)
        l->deaf = moments_tell(&l->moments, &one, &d, &e) != ERR_OK; /* command_finish() says why */
    *connection->mark = verdict;
    diagnosis_clear(&d);
    l->c->certs = one.certs;
    one.certs = NULL;
    casefile_clear(&one);
    if (l->o->follow && l->c->certs && certs_count(l->c->certs) > FOLLOW_CERTIFICATES) {
        certs_free(l->c->certs);
        l->c->certs = NULL;
        l->moments.certificates = 0; /* and those that come again are told again */
    }
}

static void on_connection(void *data, const struct connection *connection, enum moment moment)
{
    struct loop *l = data;
    bool again = *connection->mark && connection->ended;
    l->n->handshakes += moment == MOMENT_HANDSHAKE;
    if (l->moments.format && !l->deaf && (moment == MOMENT_HANDSHAKE || again))
        tell(l, connection);
    if (moment == MOMENT_END && !l->o->follow)
        casefile_wire(l->c, l->source, connection);
}

static void say_ring(const struct loop *l, enum err_code code, const struct err *e)
{
    if (code != ERR_OK)
        fprintf(stderr, "sftunnel-agent: %s: %s\n", l->o->ring.path, e->text);
}

static void on_packet(void *data, const struct packet *p)
{
    struct loop *l = data;
    struct err e;
    l->past = p->time_ns > l->last_ns;
    if (l->past)
        return;
    l->n->frames++;
    capture_packet(l->capture, p);
    if (l->ring)
        say_ring(l, ring_packet(l->ring, p, &e), &e);
}

static void say_progress(struct loop *l)
{
    struct live_counts k = { 0 };
    struct err e;
    int64_t every = l->said == l->n->handshakes ? PROGRESS_MS : PROGRESS_BUSY_MS;
    if (!l->o->follow || (l->said_ms && now_ms() - l->said_ms < every))
        return;
    l->said_ms = now_ms();
    l->said = l->n->handshakes;
    if (live_counts(l->live, &k, &e) == ERR_OK)
        l->n->lost = k.dropped_by_kernel + k.dropped_by_interface;
    struct moments_progress p = { l->o->interface, l->n->frames, l->n->handshakes, l->n->lost };
    if (l->moments.format && moments_progress(&l->moments, &p, &e) != ERR_OK)
        l->deaf = true;
}

static void say_statistics(struct loop *l)
{
    struct live_counts k = { 0 };
    struct err e;
    if (live_counts(l->live, &k, &e) != ERR_OK)
        return;
    l->n->lost = k.dropped_by_kernel + k.dropped_by_interface;
    fprintf(stderr,
        "sftunnel-agent: %s: %llu packets, %llu handshakes, %llu packets lost (kernel %llu, interface %llu)\n",
        l->o->interface, (unsigned long long)l->n->frames, (unsigned long long)l->n->handshakes,
        (unsigned long long)l->n->lost, (unsigned long long)k.dropped_by_kernel,
        (unsigned long long)k.dropped_by_interface);
}

/* ---- the loop ---- */

static bool stopped(const struct loop *l)
{
    return atomic_load(&progress_stop) || l->deaf || (l->o->count && l->n->frames >= l->o->count);
}

/* Everything that is there, a round at a time. */
static enum err_code drain(struct loop *l, struct err *e)
{
    unsigned got = 0;
    enum err_code code;
    do {
        uint64_t left = l->o->count ? l->o->count - l->n->frames : ROUND;
        code = live_read(l->live, left < ROUND ? (unsigned)left : ROUND, &got, e);
    } while (code == ERR_OK && got == ROUND && !stopped(l));
    return code;
}

/* Asked to end: what the kernel holds was captured, too. Ends with a packet that is newer, in silence, or in time. */
static enum err_code drain_rest(struct loop *l, struct err *e)
{
    struct pollfd fd = { .fd = live_fd(l->live), .events = POLLIN };
    int64_t end = now_ms() + REST_MS;
    struct timespec t;
    enum err_code code = ERR_OK;
    unsigned got;
    clock_gettime(CLOCK_REALTIME, &t);
    l->last_ns = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
    while (code == ERR_OK && !l->past && !l->deaf && now_ms() < end) {
        int ready = poll(&fd, 1, REST_QUIET_MS);
        if (ready == 0)
            break;
        if (ready > 0)
            code = live_read(l->live, ROUND, &got, e);
    }
    return code;
}

/* What has ended is told although no packet comes after it. */
static void tick(struct loop *l, int64_t *ticked_ms)
{
    struct timespec t;
    if (now_ms() - *ticked_ms < TICK_MS)
        return;
    *ticked_ms = now_ms();
    clock_gettime(CLOCK_REALTIME, &t);
    capture_tick(l->capture, (int64_t)t.tv_sec * 1000000000 + t.tv_nsec);
}

static enum err_code watch(struct loop *l, struct err *e)
{
    int64_t end = l->o->duration_ms ? now_ms() + l->o->duration_ms : INT64_MAX, now, ticked_ms = now_ms();
    /* who is followed ends with the one who listens, although there may be nothing to say for hours */
    struct pollfd fds[] = { { .fd = live_fd(l->live), .events = POLLIN }, { .fd = STDOUT_FILENO } };
    enum err_code code = ERR_OK;
    struct err written;
    while (code == ERR_OK && !stopped(l) && (now = now_ms()) < end) {
        say_progress(l);
        int ready = poll(fds, l->o->follow ? 2 : 1, (int)(end - now < TICK_MS ? end - now : TICK_MS));
        if (ready < 0 && errno != EINTR)
            return err_os(e, ERR_IO, errno, "waiting for packets failed");
        l->deaf |= ready > 0 && fds[1].revents;
        if (ready > 0 && fds[0].revents)
            code = drain(l, e);
        tick(l, &ticked_ms);
        if (l->ring && ready <= 0)
            say_ring(l, ring_flush(l->ring, &written), &written);
        if (asked) {
            asked = 0;
            say_statistics(l);
        }
    }
    bool enough = l->o->count && l->n->frames >= l->o->count;
    return code == ERR_OK && !enough && !l->deaf ? drain_rest(l, e) : code;
}

static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_usr1, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
    progress_catch_signals();
}

static enum err_code open_all(struct loop *l, struct err *e)
{
    struct live_options lo = {
        .interface = l->o->interface,
        .port = l->o->port,
        .snapshot = SNAPSHOT,
        .buffer_bytes = KERNEL_BYTES,
        .promiscuous = l->o->promiscuous,
        .on_packet = on_packet,
        .data = l,
    };
    enum err_code code = live_open(&lo, &l->live, e);
    if (code == ERR_OK && l->o->ring.path) {
        struct ring_options ro = l->o->ring;
        ro.link = live_link(l->live);
        ro.snapshot = SNAPSHOT;
        code = ring_open(&ro, &l->ring, e);
    }
    return code == ERR_OK ? privileges_drop(l->o->privileges, e) : code;
}

/* The first target on standard output, if it can be told piece by piece. */
static void moments_begin(struct moments *m, const struct output_set *out)
{
    m->out = stdout;
    output_style(out, &m->style);
    for (size_t i = 0; i < out->count; i++)
        if (!out->targets[i].path && moments_can(out->targets[i].format))
            m->format = out->targets[i].format;
}

/* Numbers and problems of what was captured, for the report. */
static void settle(struct loop *l, enum err_code code, const struct err *e)
{
    const struct capture_counts *n = capture_counts(l->capture);
    capture_finish(l->capture);
    say_statistics(l);
    l->c->sources[l->source].n.bytes = n->bytes;
    packets_settle(l->c, l->source, n);
    l->c->sources[l->source].dropped = l->n->lost;
    if (l->n->lost) {
        l->c->sources[l->source].partial = true;
        casefile_problem(l->c, l->o->interface,
            "%llu packets came faster than they were read and are lost: gaps may be from that (give a narrower --port, "
            "or capture with -w only on a busy interface)",
            (unsigned long long)l->n->lost);
    }
    if (code != ERR_OK) {
        l->c->sources[l->source].partial = true;
        casefile_problem(l->c, l->o->interface, "%s", e->text);
    }
    if (l->ring) {
        l->n->written = *ring_counts(l->ring);
        if (l->n->written.lost || l->n->written.over)
            casefile_problem(l->c, l->o->ring.path, "%llu packets were left out: %s",
                (unsigned long long)(l->n->written.lost + l->n->written.over),
                l->n->written.lost ? "the disk was full" : "the file has the size that was asked for (see --ring)");
    }
}

enum err_code liveloop_run(
    const struct liveloop_options *o, struct casefile *c, struct liveloop_counts *n, struct err *e)
{
    struct loop l = { .o = o, .n = n, .c = c, .last_ns = INT64_MAX };
    struct err written;
    *n = (struct liveloop_counts){ 0 };
    moments_begin(&l.moments, o->out);
    l.source = casefile_source(c, o->interface, SOURCE_CAPTURE, UNIT_NONE);
    struct capture_options co = { .port = o->port, .on_connection = on_connection, .data = &l };
    l.capture = capture_new(&co);
    enum err_code code = open_all(&l, e);
    if (code == ERR_OK) {
        catch_signals();
        o->ready(o->data);
        code = watch(&l, e);
        settle(&l, code, e);
    }
    if (l.ring) {
        enum err_code closed = ring_flush(l.ring, &written);
        say_ring(&l, closed, &written);
        n->written = *ring_counts(l.ring);
        closed = ring_close(l.ring, &written);
        say_ring(&l, closed, &written);
    }
    live_close(l.live);
    capture_free(l.capture);
    return code;
}
