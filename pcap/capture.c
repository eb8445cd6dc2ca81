/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/capture.h"

#include "base/caps.h"
#include "base/mem.h"
#include "pcap/tcp.h"
#include "pcap/tlsjoin.h"

#include <stdlib.h>
#include <string.h>

#define LINGER_NS 30000000000 /* how long an ended connection is kept for what may still come of it */
/*
 * How long a completed handshake is not told: TLS 1.2 asks for the client's certificate in a renegotiation, 1.3
 * may do so behind the handshake, and either fails a few milliseconds later.
 */
#define UP_NS 1000000000
#define CLOSED_NS 300000000 /* how long nothing may have come of one whose end is told */

struct capture {
    struct capture_options options;
    struct decoder *decoder;
    struct tcp_table *table;
    struct capture_counts counts;
    size_t used; /* by all streams and their facts */
};

/* Where the bytes of a segment go: one direction of a connection. */
struct way {
    struct capture *capture;
    struct tcp_direction *direction;
    struct tls_place at;
};

struct capture *capture_new(const struct capture_options *o)
{
    struct capture *c = mem_zalloc(1, sizeof *c);
    c->options = *o;
    c->decoder = decoder_new(o->port);
    c->table = tcp_table_new();
    c->counts.decoder = decoder_counts(c->decoder);
    return c;
}

static void forget(struct capture *c, struct tcp_connection *k)
{
    for (unsigned i = 0; i < 2; i++) {
        tls_free(k->direction[i].tls);
        k->direction[i].tls = NULL;
    }
    tcp_remove(c->table, k);
}

void capture_free(struct capture *c)
{
    if (!c)
        return;
    for (enum tcp_list list = 0; list < TCP_LISTS; list++)
        for (struct tcp_connection *k; (k = tcp_idlest(c->table, list));)
            forget(c, k);
    tcp_table_free(c->table);
    decoder_free(c->decoder);
    free(c);
}

const struct capture_counts *capture_counts(const struct capture *c)
{
    return &c->counts;
}

/* ---- from the stream to TLS ---- */

static struct tcp_direction *tls_of(const struct way *w)
{
    struct tcp_direction *d = w->direction;
    if (!d->tls)
        d->tls = tls_new(&w->capture->used, d->stream.certain, w->capture->options.after_plaintext);
    return d;
}

static void on_bytes(void *data, struct bytes b, bool starts)
{
    struct way *w = data;
    struct tcp_direction *d = tls_of(w);
    tls_bytes(d->tls, b, starts, w->at);
    reassembly_lower(&d->stream, tls_wants(d->tls));
}

static void on_gap(void *data, uint64_t n)
{
    struct way *w = data;
    struct tcp_direction *d = tls_of(w);
    tls_gap(d->tls, n, w->at);
    reassembly_lower(&d->stream, tls_wants(d->tls));
}

static void on_again(void *data)
{
    struct way *w = data;
    if (w->direction->tls)
        tls_again(w->direction->tls, w->direction->stream.certain);
}

static struct reassembly_sink sink_of(struct way *w)
{
    return (struct reassembly_sink){ w, on_bytes, on_gap, on_again };
}

/* ---- reports ---- */

/* Which of the two ends is the client; *known: by what it sent. */
static unsigned client_of(const struct tcp_connection *k, bool *known)
{
    const struct tcp_direction *d = k->direction;
    int client = tlsjoin_client(d[0].tls, d[1].tls);
    *known = true;
    if (client >= 0)
        return (unsigned)client;
    if (d[0].opens != d[1].opens)
        return d[0].opens ? 0 : 1;
    if (d[0].syn != d[1].syn) /* a SYN that acknowledged another one */
        return d[0].syn ? 1 : 0;
    *known = false;
    return k->end[0].port < k->end[1].port ? 1 : 0;
}

static void fill_side(const struct tcp_connection *k, unsigned i, struct connection_side *side)
{
    const struct tcp_direction *d = &k->direction[i];
    side->at = k->end[i];
    side->packets = d->packets;
    side->bytes = d->bytes;
    side->gap_bytes = d->stream.gap_bytes;
    side->gaps = d->stream.gaps;
    side->gap_at = d->stream.gap_at;
    side->conflicts = d->stream.conflicts;
    side->syn = d->syn;
    side->fin = d->fin;
    side->rst = d->rst;
    side->ended_first = k->end_ns && k->end_from == i;
}

static void report(struct capture *c, struct tcp_connection *k, enum moment moment)
{
    struct connection out = { .stream = k->stream, .mark = &k->mark };
    const struct tcp_direction *d = k->direction;
    unsigned client = client_of(k, &out.direction_known);
    fill_side(k, client, &out.side[SIDE_CLIENT]);
    fill_side(k, 1 - client, &out.side[SIDE_SERVER]);
    out.first_frame = k->first_frame;
    out.last_frame = k->last_frame;
    out.first_ns = k->first_ns;
    out.last_ns = k->last_ns;
    out.ended = (d[0].fin && d[1].fin) || d[0].rst || d[1].rst || k->reused;
    tlsjoin(d[client].tls, d[1 - client].tls, (struct tls_place){ k->end_frame, k->end_ns }, &out);
    c->options.on_connection(c->options.data, &out, moment);
}

static void tell_handshake(struct capture *c, struct tcp_connection *k)
{
    k->told = true;
    report(c, k, MOMENT_HANDSHAKE);
}

/* The last report of it. */
static void end(struct capture *c, struct tcp_connection *k)
{
    for (unsigned i = 0; i < 2; i++) {
        struct tcp_direction *d = &k->direction[i];
        struct way w = { c, d, { k->last_frame, k->last_ns } };
        struct reassembly_sink sink = sink_of(&w);
        reassembly_finish(&d->stream, &sink);
        c->counts.held_bytes_given_up += d->stream.given_up;
        if (!d->tls)
            continue;
        tls_finish(d->tls);
        c->counts.messages_over_cap += d->tls->over_cap;
    }
    if (!k->told && k->decided_ns)
        tell_handshake(c, k);
    report(c, k, MOMENT_END);
    forget(c, k);
}

static void evict(struct capture *c, struct tcp_connection *k)
{
    c->counts.evicted += k->list != TCP_ENDED;
    end(c, k);
}

/* Below the caps, and without those that ended long ago. */
static void tidy(struct capture *c, int64_t now_ns)
{
    struct tcp_connection *k;
    while ((k = tcp_idlest(c->table, TCP_ENDED)) &&
           (tcp_count(c->table, TCP_ENDED) > CAP_CONNECTIONS_ENDED || now_ns - k->last_ns > LINGER_NS))
        end(c, k);
    while (
        c->used > CAP_CAPTURE_BYTES && ((k = tcp_idlest(c->table, TCP_ENDED)) || (k = tcp_idlest(c->table, TCP_LIVE))))
        evict(c, k);
}

/* Tells those who watch, once, when there is nothing more to wait for. */
static void watch(struct capture *c, struct tcp_connection *k, bool closing)
{
    const struct tls *a = k->direction[0].tls, *b = k->direction[1].tls;
    uint32_t events = (a ? a->events : 0) + (b ? b->events : 0);
    if (k->told || (events == k->events && !closing))
        return;
    k->events = events;
    bool tls = (a && a->records) || (b && b->records), silent = !k->direction[0].bytes && !k->direction[1].bytes;
    bool known;
    unsigned client = client_of(k, &known);
    const struct tls *one = k->direction[client].tls, *other = k->direction[1 - client].tls;
    if (closing ? tls || silent : tlsjoin_failed(one, other))
        tell_handshake(c, k);
    else if (!closing && !k->decided_ns && tlsjoin_decided(one, other))
        k->decided_ns = k->last_ns; /* told by capture_tick(), or by its end */
}

/* ---- segments ---- */

static bool has_payload(const struct tcp_segment *s)
{
    return s->payload.n || s->cut;
}

/* A SYN that can't be of the connection whose ports it has. */
static bool is_another(
    struct tcp_connection *k, unsigned from, const struct tcp_segment *s, struct reassembly_sink *sink)
{
    struct tcp_direction *d = &k->direction[from], *peer = &k->direction[1 - from];
    bool ended = k->list == TCP_ENDED;
    if (ended && d->opens && !(s->flags & TCP_ACK) && s->time_ns > k->end_ns)
        return true; /* whatever its number: captures may be put together from copies */
    if (reassembly_knows(&d->stream, s->sequence))
        return false;
    if (!d->syn && d->stream.based) /* its data came first */
        return !reassembly_syn(&d->stream, s->sequence, sink);
    if (s->flags & TCP_ACK) /* several with different numbers happen: one of them is right */
        return ended || (d->syn && !peer->packets && d->bytes);
    return ended || (d->syn && k->list != TCP_SILENT);
}

static struct tcp_connection *open_connection(struct capture *c, const struct tcp_segment *s)
{
    if (!(s->flags & TCP_SYN) && !has_payload(s)) {
        c->counts.dropped_segments++;
        return NULL;
    }
    size_t count = 0;
    for (enum tcp_list list = 0; list < TCP_LISTS; list++)
        count += tcp_count(c->table, list);
    if (count >= CAP_FOLLOWED) {
        struct tcp_connection *k = tcp_idlest(c->table, TCP_ENDED);
        k = k ? k : tcp_idlest(c->table, TCP_SILENT);
        evict(c, k ? k : tcp_idlest(c->table, TCP_LIVE));
    }
    struct tcp_connection *k = tcp_add(c->table, s, &c->used);
    k->stream = (uint32_t)c->counts.connections++;
    return k;
}

static void take_syn(struct tcp_connection *k, unsigned from, const struct tcp_segment *s, struct way *w)
{
    struct tcp_direction *d = &k->direction[from], *peer = &k->direction[1 - from];
    struct reassembly_sink sink = sink_of(w);
    d->syn = true;
    d->opens |= !(s->flags & TCP_ACK);
    (void)reassembly_syn(&d->stream, s->sequence, &sink);
    if (!(s->flags & TCP_ACK))
        return;
    w->direction = peer;
    (void)reassembly_syn(&peer->stream, s->acknowledged - 1, &sink);
    w->direction = d;
}

/* FIN and RST. True when this one is news. */
static bool take_end(struct tcp_connection *k, unsigned from, const struct tcp_segment *s)
{
    struct tcp_direction *d = &k->direction[from];
    bool fin = s->flags & TCP_FIN && !d->fin, rst = s->flags & TCP_RST && !d->rst;
    if ((!fin && !rst) || !reassembly_plausible(&d->stream, s->sequence))
        return false;
    d->fin |= fin;
    d->rst |= rst;
    if (!k->end_ns) {
        k->end_ns = s->time_ns;
        k->end_frame = s->frame;
        k->end_from = from;
    }
    return true;
}

static void take_segment(struct capture *c, struct tcp_connection *k, unsigned from, const struct tcp_segment *s)
{
    struct tcp_direction *d = &k->direction[from], *peer = &k->direction[1 - from];
    struct way w = { c, d, { s->frame, s->time_ns } };
    struct reassembly_sink sink = sink_of(&w);
    d->packets++;
    d->bytes += s->payload.n + (uint64_t)s->cut;
    k->last_frame = s->frame;
    k->last_ns = s->time_ns;
    if (s->flags & TCP_SYN)
        take_syn(k, from, s, &w);
    if (s->flags & TCP_ACK && !(s->flags & TCP_RST))
        reassembly_acked(&peer->stream, s->acknowledged);
    if (has_payload(s) && !(s->flags & TCP_RST)) /* a reset's payload is a text for people (RFC 9293, 3.5.2) */
        reassembly_segment(&d->stream, s, &sink);
    bool closing = take_end(k, from, s);
    bool over = (d->fin && peer->fin) || d->rst || peer->rst;
    if (over)
        tcp_touch(c->table, k, TCP_ENDED);
    else
        tcp_touch(c->table, k, d->bytes || peer->bytes ? TCP_LIVE : TCP_SILENT);
    watch(c, k, closing);
}

void capture_segment(struct capture *c, const struct tcp_segment *s)
{
    unsigned from = 0;
    struct tcp_connection *k = tcp_find(c->table, s, &from);
    c->counts.segments++;
    if (k && s->flags & TCP_SYN) {
        struct way w = { c, &k->direction[from], { s->frame, s->time_ns } };
        struct reassembly_sink sink = sink_of(&w);
        if (is_another(k, from, s, &sink)) {
            k->reused = true;
            end(c, k);
            k = NULL;
        }
    }
    if (!k) {
        k = open_connection(c, s);
        from = 0;
    }
    if (k)
        take_segment(c, k, from, s);
    tidy(c, s->time_ns);
}

void capture_packet(struct capture *c, const struct packet *p)
{
    struct tcp_segment segment;
    if (!c->counts.frames++)
        c->counts.first_ns = p->time_ns;
    c->counts.last_ns = p->time_ns;
    c->counts.bytes += p->length;
    if (decoder_packet(c->decoder, p, &segment) == DECODED_TCP)
        capture_segment(c, &segment);
}

void capture_tick(struct capture *c, int64_t now_ns)
{
    for (struct tcp_connection *k = tcp_idlest(c->table, TCP_LIVE); k; k = k->after)
        if (!k->told && k->decided_ns && now_ns - k->decided_ns >= UP_NS)
            tell_handshake(c, k);
    for (struct tcp_connection *k = tcp_idlest(c->table, TCP_ENDED); k && now_ns - k->last_ns >= CLOSED_NS;
         k = k->after) {
        if (k->closed)
            continue;
        k->closed = true;
        report(c, k, MOMENT_CLOSED);
    }
    tidy(c, now_ns);
}

static int by_stream(const void *a, const void *b)
{
    const struct tcp_connection *const *x = a, *const *y = b;
    return ((*x)->stream > (*y)->stream) - ((*x)->stream < (*y)->stream);
}

void capture_finish(struct capture *c)
{
    size_t count = 0, n = 0;
    for (enum tcp_list list = 0; list < TCP_LISTS; list++)
        count += tcp_count(c->table, list);
    struct tcp_connection **all = mem_zalloc(count, sizeof(struct tcp_connection *));
    for (enum tcp_list list = 0; list < TCP_LISTS; list++)
        for (struct tcp_connection *k = tcp_idlest(c->table, list); k; k = k->after)
            all[n++] = k;
    qsort(all, count, sizeof(struct tcp_connection *), by_stream);
    for (size_t i = 0; i < count; i++)
        end(c, all[i]);
    free(all);
}
