/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/wire.h"

#include <string.h>

void wire_u16(struct buf *b, unsigned n)
{
    buf_putc(b, (char)(n >> 8));
    buf_putc(b, (char)n);
}

void wire_u24(struct buf *b, unsigned n)
{
    buf_putc(b, (char)(n >> 16));
    wire_u16(b, n & 0xffff);
}

void wire_record(struct buf *b, unsigned type, const void *p, size_t n)
{
    buf_putc(b, (char)type);
    wire_u16(b, 0x0303);
    wire_u16(b, (unsigned)n);
    buf_put(b, p, n);
}

void wire_records(struct buf *b, unsigned type, const struct buf *body, size_t piece)
{
    for (size_t at = 0; at < body->n; at += piece)
        wire_record(b, type, body->p + at, body->n - at < piece ? body->n - at : piece);
}

void wire_message(struct buf *b, unsigned type, const void *p, size_t n)
{
    buf_putc(b, (char)type);
    wire_u24(b, (unsigned)n);
    buf_put(b, p, n);
}

static void session_id(struct buf *b, unsigned id)
{
    buf_putc(b, id ? 32 : 0);
    for (unsigned i = 0; id && i < 32; i++)
        buf_putc(b, (char)id);
}

static void extension(struct buf *b, unsigned type, const struct buf *body)
{
    wire_u16(b, type);
    wire_u16(b, (unsigned)body->n);
    buf_put(b, body->p, body->n);
}

static void hello(struct buf *b, const struct wire_hello *h, bool client)
{
    static const uint8_t retry[] = { 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65,
        0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c };
    struct buf m = { 0 }, list = { 0 }, e = { 0 };
    wire_u16(&m, h->version);
    buf_put(&m, h->retry ? (const char *)retry : "0123456789abcdef0123456789abcdef", 32);
    session_id(&m, h->session_id);
    if (client)
        wire_u16(&m, 2);
    wire_u16(&m, h->cipher);
    buf_put(&m, client ? "\1\0" : "\0", client ? 2 : 1);
    if (h->chosen) {
        if (client)
            buf_puts(&e, "\4\x2a\x2a"); /* a value of RFC 8701 in front */
        wire_u16(&e, h->chosen);
        extension(&list, 43, &e);
    }
    buf_reset(&e);
    if (h->post_handshake_auth)
        extension(&list, 49, &e);
    wire_u16(&e, 0);
    if (h->psk)
        extension(&list, 41, &e);
    wire_u16(&m, (unsigned)list.n);
    buf_put(&m, list.p, list.n);
    wire_message(b, client ? 1 : 2, m.p, m.n);
    buf_clear(&m);
    buf_clear(&list);
    buf_clear(&e);
}

void wire_client_hello(struct buf *b, const struct wire_hello *h)
{
    hello(b, h, true);
}

void wire_server_hello(struct buf *b, const struct wire_hello *h)
{
    hello(b, h, false);
}

void wire_certificate(struct buf *b, unsigned number, size_t length)
{
    buf_puts(b, "\x30\x82");
    wire_u16(b, (unsigned)(length - 4) & 0xffff);
    wire_u16(b, number);
    for (size_t i = 6; i < length; i++)
        buf_putc(b, (char)(i * 31 + number * 7 + i / 200));
}

void wire_certificates(struct buf *b, unsigned first, unsigned count, size_t length)
{
    struct buf m = { 0 };
    wire_u24(&m, (unsigned)(count * (length + 3)));
    for (unsigned i = 0; i < count; i++) {
        wire_u24(&m, (unsigned)length);
        wire_certificate(&m, first + i, length);
    }
    wire_message(b, 11, m.p, m.n);
    buf_clear(&m);
}

void wire_request(struct buf *b)
{
    static const char body[] = "\1\1"
                               "\0\4\4\1\5\1"
                               "\0\x08"
                               "\0\6\x30\4name";
    wire_message(b, 13, body, sizeof body - 1);
}

void wire_alert(struct buf *b, unsigned level, unsigned description)
{
    char two[2] = { (char)level, (char)description };
    wire_record(b, WIRE_ALERT, two, 2);
}

void wire_finish(struct buf *b)
{
    char hidden[40];
    wire_record(b, WIRE_CCS, "\1", 1);
    for (unsigned i = 0; i < sizeof hidden; i++)
        hidden[i] = (char)(0xd7 + i * 57);
    wire_record(b, WIRE_HANDSHAKE, hidden, sizeof hidden);
}

void wire_server_flight(struct buf *b, size_t piece)
{
    struct buf m = { 0 };
    wire_server_hello(&m, &(struct wire_hello){ .version = 0x0303, .session_id = 9, .cipher = 0xc030 });
    wire_certificates(&m, 11, 2, 900);
    wire_request(&m);
    wire_message(&m, 14, NULL, 0);
    wire_records(b, WIRE_HANDSHAKE, &m, piece);
    buf_clear(&m);
}

void wire_client_flight(struct buf *b, size_t piece)
{
    struct buf m = { 0 };
    wire_certificates(&m, 21, 2, 900);
    wire_message(&m, 16, "key", 3);
    wire_message(&m, 15, "proof", 5);
    wire_records(b, WIRE_HANDSHAKE, &m, piece);
    buf_clear(&m);
}

/* ---- facts ---- */

static uint32_t fnv(struct bytes b)
{
    uint32_t h = 2166136261U;
    for (size_t i = 0; i < b.n; i++)
        h = (h ^ b.p[i]) * 16777619U;
    return h;
}

/* The number of a certificate as wire_certificate() makes it, or a sum of another one. */
static void certificate(struct buf *b, struct bytes der)
{
    struct buf same = { 0 };
    unsigned number = der.n > 6 ? (unsigned)(der.p[4] << 8 | der.p[5]) : 0;
    if (der.n > 6)
        wire_certificate(&same, number, der.n);
    if (der.n > 6 && !memcmp(same.p, der.p, der.n))
        buf_printf(b, " %u", number);
    else
        buf_printf(b, " %zu:%08x", der.n, fnv(der));
    buf_clear(&same);
}

static void side(struct buf *b, const struct connection_side *s)
{
    buf_puts(b, certificates_seen_name(s->seen));
    size_t shown = s->certificate_count > 5 ? 1 : s->certificate_count;
    for (size_t i = 0; i < shown; i++)
        certificate(b, s->certificates[i]);
    if (shown < s->certificate_count) {
        buf_puts(b, " ..");
        certificate(b, s->certificates[s->certificate_count - 1]);
        buf_printf(b, " (%zu)", s->certificate_count);
    }
    if (s->finished)
        buf_puts(b, " finished");
    else if (s->encrypted)
        buf_puts(b, " encrypted");
    if (s->gaps)
        buf_printf(b, " gap %llu@%llu", (unsigned long long)s->gap_bytes, (unsigned long long)s->gap_at);
}

static void flags(struct buf *b, const struct connection *c)
{
    static const char *const names[] = { "retry", "resumed", "pha", "requested", "early_end", "ended" };
    const bool on[] = { c->hello_retry, c->resumed, c->post_handshake_auth, c->certificate_requested, c->early_end,
        c->ended };
    for (size_t i = 0; i < sizeof on; i++)
        if (on[i])
            buf_printf(b, " %s", names[i]);
}

static void alerts(struct buf *b, const struct connection *c, enum side from)
{
    for (uint32_t i = 0; i < c->alert_count; i++) {
        const struct wire_alert *a = &c->alerts[i];
        if (a->from != from)
            continue;
        buf_printf(b, a->encrypted ? " %c:hidden" : " %c:%u/%u", from ? 's' : 'c', a->level, a->description);
    }
}

void wire_facts(struct buf *b, const struct connection *c)
{
    const char *version = connection_version_name(c->version), *offered = connection_version_name(c->offered);
    buf_printf(b, "%u>%u %s %s/%s", c->side[0].at.port, c->side[1].at.port, connection_state_name(c->state),
        offered ? offered : "-", version ? version : "-");
    buf_puts(b, " client ");
    side(b, &c->side[0]);
    buf_puts(b, " server ");
    side(b, &c->side[1]);
    flags(b, c);
    if (c->accepted_count)
        buf_printf(b, " names %zu", c->accepted_count);
    if (c->renegotiations)
        buf_printf(b, " renegotiations %u", c->renegotiations);
    if (c->malformed)
        buf_printf(b, " malformed %llu", (unsigned long long)c->malformed);
    for (unsigned from = 0; from < 2 && !c->alerts_more; from++) /* which of the two was first is the order's */
        alerts(b, c, from ? SIDE_SERVER : SIDE_CLIENT);
    if (c->alerts_more)
        buf_printf(b, " alerts %u", c->alert_count + c->alerts_more);
    buf_putc(b, '\n');
}

/* ---- talks ---- */

static void on_connection(void *data, const struct connection *c, enum moment moment)
{
    struct talk *t = data;
    buf_puts(&t->moments, moment == MOMENT_END ? "E" : moment == MOMENT_CLOSED ? "C" : "H");
    if (moment == MOMENT_END)
        wire_facts(&t->out, c);
}

void talk_begin(struct talk *t)
{
    struct capture_options o = { .on_connection = on_connection, .data = t, .after_plaintext = t->after_plaintext };
    t->capture = capture_new(&o);
    t->port = 40000;
    t->isn[0] = 1000;
    t->isn[1] = 2000000000;
    t->time_ns = 1700000000000000000;
}

const char *talk_end(struct talk *t)
{
    capture_finish(t->capture);
    return t->out.p ? t->out.p : "";
}

void talk_clear(struct talk *t)
{
    capture_free(t->capture);
    buf_clear(&t->out);
    buf_clear(&t->moments);
    *t = (struct talk){ 0 };
}

struct tcp_segment talk_at(const struct talk *t, enum side from, uint64_t offset, const void *p, size_t n)
{
    struct endpoint client = { { [10] = 0xff, 0xff, 10, 0, 0, 1 }, t->port };
    struct endpoint server = { { [10] = 0xff, 0xff, 10, 0, 0, 2 }, 8305 };
    return (struct tcp_segment){ .from = from == SIDE_CLIENT ? client : server,
        .to = from == SIDE_CLIENT ? server : client,
        .sequence = t->isn[from] + 1 + (uint32_t)offset,
        .window = 65535,
        .payload = { p, n } };
}

void talk_put(struct talk *t, struct tcp_segment s)
{
    s.frame = ++t->frame;
    s.time_ns = t->time_ns += 1000000;
    capture_segment(t->capture, &s);
}

void talk_syn(struct talk *t, enum side from)
{
    struct tcp_segment s = talk_at(t, from, UINT64_MAX, NULL, 0);
    s.flags = from == SIDE_CLIENT ? TCP_SYN : TCP_SYN | TCP_ACK;
    s.acknowledged = t->isn[1 - from] + 1;
    talk_put(t, s);
}

void talk_flag(struct talk *t, enum side from, unsigned flags)
{
    struct tcp_segment s = talk_at(t, from, t->sent[from], NULL, 0);
    s.flags = (uint8_t)(flags | TCP_ACK);
    s.acknowledged = t->isn[1 - from] + 1 + (uint32_t)t->sent[1 - from];
    talk_put(t, s);
}

void talk_open(struct talk *t)
{
    talk_syn(t, SIDE_CLIENT);
    talk_syn(t, SIDE_SERVER);
    talk_flag(t, SIDE_CLIENT, TCP_ACK);
}

void talk_pieces(struct talk *t, enum side from, const struct buf *b, size_t most)
{
    for (size_t at = 0; at < b->n; at += most) {
        size_t n = b->n - at < most ? b->n - at : most;
        talk_put(t, talk_at(t, from, t->sent[from], b->p + at, n));
        t->sent[from] += n;
    }
}

void talk_send(struct talk *t, enum side from, const struct buf *b)
{
    talk_pieces(t, from, b, 1400);
}
