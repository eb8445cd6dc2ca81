/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/packets.h"

#include "base/caps.h"
#include "base/mem.h"
#include "pcap/capfile.h"

#include <stdlib.h>

/* One capture that is being read. */
struct packets {
    struct casefile *c;
    uint32_t source;
    struct capfile *file;
    struct capture *capture;
    uint64_t bytes;
    bool broken;
    struct err err; /* why it is */
};

static void on_connection(void *data, const struct connection *connection, enum moment moment)
{
    struct packets *p = data;
    if (moment == MOMENT_END)
        casefile_wire(p->c, p->source, connection);
}

static void feed(void *data, const char *bytes, size_t n)
{
    struct packets *p = data;
    struct packet packet;
    enum capfile_step step;
    p->bytes += n;
    if (p->broken)
        return;
    capfile_feed(p->file, bytes, n);
    while ((step = capfile_next(p->file, &packet, &p->err)) == CAPFILE_PACKET)
        capture_packet(p->capture, &packet);
    p->broken = step == CAPFILE_BROKEN;
}

static enum err_code feed_stream(struct packets *p, struct stream *s, struct err *e)
{
    char *block = mem_alloc(CAP_BLOCK_BYTES);
    size_t got = 0;
    enum err_code code;
    while ((code = stream_read(s, block, CAP_BLOCK_BYTES, &got, e)) == ERR_OK && got && !p->broken)
        feed(p, block, got);
    free(block);
    return code;
}

static void say_end(struct packets *p, const struct item *it, enum err_code code, const struct err *e)
{
    struct source *s = &p->c->sources[p->source];
    struct err cut = { 0 };
    s->n.bytes = p->bytes;
    s->dropped = capfile_dropped(p->file);
    if (code == ERR_INTERRUPTED)
        s->partial = true;
    else if (p->broken || code != ERR_OK || capfile_end(p->file, &cut) != ERR_OK) {
        const char *text = p->broken ? p->err.text : code != ERR_OK ? e->text : cut.text;
        s->partial = true;
        casefile_problem(p->c, it->path, "%s: what was read until then is reported", text);
    }
    if (s->dropped)
        casefile_problem(p->c, it->path,
            "the program that captured it lost %llu packets: gaps may be from that, not from the network",
            (unsigned long long)s->dropped);
}

void packets_read(struct reading *r, const struct item *it, struct stream *s)
{
    struct packets p = { .c = r->c, .file = capfile_new() };
    struct capture_options o = { .port = r->o->port, .on_connection = on_connection, .data = &p };
    struct err e = { 0 };
    p.source = casefile_source(r->c, it->path, SOURCE_CAPTURE, UNIT_NONE);
    p.capture = capture_new(&o);
    enum err_code code = feed_stream(&p, s, &e);
    capture_finish(p.capture);
    say_end(&p, it, code, &e);
    packets_settle(r->c, p.source, capture_counts(p.capture));
    capture_free(p.capture);
    capfile_free(p.file);
}

/* ---- what the counters say ---- */

static civil second_of(int64_t ns)
{
    return civil_from_unix(ns / 1000000000 - (ns % 1000000000 < 0));
}

static void say_caps(struct casefile *c, const char *path, const struct capture_counts *n)
{
    if (n->evicted)
        casefile_problem(c, path,
            "%llu connections were reported before their end to make room for others (cap followed)",
            (unsigned long long)n->evicted);
    if (n->dropped_segments)
        casefile_problem(c, path, "%llu segments found no room for their connection (cap followed)",
            (unsigned long long)n->dropped_segments);
    if (n->held_bytes_given_up)
        casefile_problem(c, path,
            "%llu bytes that came out of order were given up (caps held-bytes, held-pieces, window-bytes)",
            (unsigned long long)n->held_bytes_given_up);
    if (n->messages_over_cap)
        casefile_problem(c, path, "%llu handshake messages are longer than %d bytes: left out (cap handshake-bytes)",
            (unsigned long long)n->messages_over_cap, CAP_HANDSHAKE_BYTES);
}

static void say_frames(struct casefile *c, const char *path, const struct decoder_counts *d)
{
    if (d->frames[DECODED_CUT])
        casefile_problem(c, path,
            "%llu frames were cut by the snapshot length before their TCP data: capture whole packets (tcpdump -s 0)",
            (unsigned long long)d->frames[DECODED_CUT]);
    if (d->frames[DECODED_MALFORMED])
        casefile_problem(c, path, "%llu frames hold lengths that can't be: passed over",
            (unsigned long long)d->frames[DECODED_MALFORMED]);
    if (d->frames[DECODED_TOO_DEEP])
        casefile_problem(c, path, "%llu frames are wrapped more than %d times: passed over (cap packet-layers)",
            (unsigned long long)d->frames[DECODED_TOO_DEEP], CAP_PACKET_LAYERS);
    if (d->frames[DECODED_LINK])
        casefile_problem(c, path, "%llu frames are of a link type that is not known here: passed over",
            (unsigned long long)d->frames[DECODED_LINK]);
    if (d->datagrams_given_up)
        casefile_problem(
            c, path, "%llu fragmented datagrams could not be put together", (unsigned long long)d->datagrams_given_up);
}

void packets_settle(struct casefile *c, uint32_t source, const struct capture_counts *n)
{
    struct source *s = &c->sources[source];
    s->frames = n->frames;
    if (n->first_ns) {
        s->first = second_of(n->first_ns);
        s->last = second_of(n->last_ns);
    }
    s->partial |= n->evicted || n->dropped_segments || n->held_bytes_given_up || n->messages_over_cap;
    say_caps(c, s->path, n);
    say_frames(c, s->path, n->decoder);
}
