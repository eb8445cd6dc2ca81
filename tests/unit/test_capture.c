/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/wire.h"

#include "base/caps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define MUTUAL "40000>8305 complete 1.2/1.2 client all 21 22 finished server all 11 12 finished requested names 1\n"
#define BOTH "client all 21 22 finished server all 11 12 finished requested names 1"

/* The four flights of a mutual handshake. */
struct flights {
    struct buf hello, server, client, server_end;
};

static struct flights flights(size_t piece)
{
    struct flights f = { 0 };
    struct buf m = { 0 };
    wire_client_hello(&m, &(struct wire_hello){ .version = 0x0303, .cipher = 0xc030 });
    wire_records(&f.hello, WIRE_HANDSHAKE, &m, piece);
    wire_server_flight(&f.server, piece);
    wire_client_flight(&f.client, piece);
    wire_finish(&f.client);
    wire_finish(&f.server_end);
    buf_clear(&m);
    return f;
}

static void flights_clear(struct flights *f)
{
    buf_clear(&f->hello);
    buf_clear(&f->server);
    buf_clear(&f->client);
    buf_clear(&f->server_end);
}

static void send_all(struct talk *t, size_t piece, size_t most)
{
    struct flights f = flights(piece);
    talk_pieces(t, SIDE_CLIENT, &f.hello, most);
    talk_pieces(t, SIDE_SERVER, &f.server, most);
    talk_pieces(t, SIDE_CLIENT, &f.client, most);
    talk_pieces(t, SIDE_SERVER, &f.server_end, most);
    flights_clear(&f);
}

static void expect(struct talk *t, const char *facts)
{
    assert_string_equal(talk_end(t), facts);
    talk_clear(t);
}

/* As the first record of a side, or the next one: put together and sent. */
static void send_record(struct talk *t, enum side from, unsigned type, const void *p, size_t n)
{
    struct buf b = { 0 };
    wire_record(&b, type, p, n);
    talk_send(t, from, &b);
    buf_clear(&b);
}

static void send_alert(struct talk *t, enum side from, unsigned level, unsigned description)
{
    struct buf b = { 0 };
    wire_alert(&b, level, description);
    talk_send(t, from, &b);
    buf_clear(&b);
}

static void send_hello(struct talk *t, struct wire_hello h)
{
    struct buf m = { 0 }, b = { 0 };
    wire_client_hello(&m, &h);
    wire_records(&b, WIRE_HANDSHAKE, &m, 16384);
    talk_send(t, SIDE_CLIENT, &b);
    buf_clear(&m);
    buf_clear(&b);
}

static void send_server_hello(struct talk *t, struct wire_hello h)
{
    struct buf m = { 0 }, b = { 0 };
    wire_server_hello(&m, &h);
    wire_records(&b, WIRE_HANDSHAKE, &m, 16384);
    talk_send(t, SIDE_SERVER, &b);
    buf_clear(&m);
    buf_clear(&b);
}

static void send_finish(struct talk *t, enum side from)
{
    struct buf b = { 0 };
    wire_finish(&b);
    talk_send(t, from, &b);
    buf_clear(&b);
}

static void hidden(struct talk *t, enum side from, unsigned type, size_t n)
{
    char body[1000];
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (char)(0xe3 + i * 89);
    send_record(t, from, type, body, n);
}

/* ---- whole handshakes ---- */

/* What is complete may still fail inside, so only then. */
static void told_after_a_second(struct talk *t)
{
    assert_int_equal(t->moments.n, 0);
    capture_tick(t->capture, t->time_ns + 900000000);
    assert_int_equal(t->moments.n, 0);
    capture_tick(t->capture, t->time_ns + 1000000000);
    assert_string_equal(t->moments.p, "H");
}

static void both_chains_are_seen(void **state)
{
    (void)state;
    struct talk t = { 0 };
    talk_begin(&t);
    talk_open(&t);
    send_all(&t, 16384, 1400);
    told_after_a_second(&t);
    expect(&t, MUTUAL);
}

static void records_of_any_size(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 2, 3, 4, 5, 7, 100, 1000 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t most = 1; most < 4000; most = most * 3 + 1) {
            struct talk t = { 0 };
            talk_begin(&t);
            talk_open(&t);
            send_all(&t, sizes[i], most);
            expect(&t, MUTUAL);
        }
}

static void what_stands_between_fragments(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 3; kind++) {
        struct flights f = flights(16384);
        struct talk t = { 0 };
        talk_begin(&t);
        talk_open(&t);
        talk_send(&t, SIDE_CLIENT, &f.hello);
        struct buf b = { 0 };
        for (size_t at = 5; at < f.server.n; at += 500) {
            wire_record(&b, WIRE_HANDSHAKE, f.server.p + at, f.server.n - at < 500 ? f.server.n - at : 500);
            if (at + 500 >= f.server.n)
                break;
            if (kind == 0)
                wire_record(&b, WIRE_HANDSHAKE, NULL, 0);
            else if (kind == 1)
                wire_alert(&b, 1, 90);
            else
                wire_record(&b, WIRE_DATA, "data", 4);
        }
        talk_send(&t, SIDE_SERVER, &b);
        talk_send(&t, SIDE_CLIENT, &f.client);
        talk_send(&t, SIDE_SERVER, &f.server_end);
        buf_clear(&b);
        flights_clear(&f);
        if (kind == 1)
            expect(&t, "40000>8305 complete 1.2/1.2 " BOTH " s:1/90 s:1/90 s:1/90\n");
        else
            expect(&t, MUTUAL);
    }
}

static void long_chains(void **state)
{
    (void)state;
    static const struct {
        unsigned count;
        size_t length;
        const char *server;
    } chains[] = {
        { 41, 1000, "all 100 .. 140 (41)" }, { 100, 980, "all 100 .. 199 (100)" },
        { 1000, 971, "all 100 .. 1099 (1000)" }, { 1, 1000000, "all 100" },
        { 1048, 1000, "partial 100 .. 1144 (1045)" }, /* CAP_HANDSHAKE_BYTES: whole ones of its beginning */
    };
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        struct talk t = { 0 };
        struct buf m = { 0 }, b = { 0 }, line = { 0 };
        talk_begin(&t);
        talk_open(&t);
        wire_server_hello(&m, &(struct wire_hello){ .version = 0x0303, .cipher = 1 });
        wire_certificates(&m, 100, chains[i].count, chains[i].length);
        wire_records(&b, WIRE_HANDSHAKE, &m, 16384);
        talk_send(&t, SIDE_SERVER, &b);
        buf_printf(&line, "40000>8305 handshake -/1.2 client none server %s\n", chains[i].server);
        talk_end(&t);
        assert_int_equal(capture_counts(t.capture)->messages_over_cap, chains[i].length * chains[i].count > 1045000);
        assert_string_equal(t.out.p, line.p);
        talk_clear(&t);
        buf_clear(&m);
        buf_clear(&b);
        buf_clear(&line);
    }
}

static void old_versions(void **state)
{
    (void)state;
    for (unsigned version = 0x0300; version <= 0x0302; version++) {
        struct talk t = { 0 };
        struct buf line = { 0 };
        talk_begin(&t);
        talk_open(&t);
        send_hello(&t, (struct wire_hello){ .version = 0x0303, .cipher = 47 });
        send_server_hello(&t, (struct wire_hello){ .version = version, .cipher = 47 });
        buf_printf(
            &line, "40000>8305 handshake 1.2/%s client none server none\n", connection_version_name((uint16_t)version));
        expect(&t, line.p);
        buf_clear(&line);
    }
}

static void an_ssl2_hello(void **state)
{
    (void)state;
    static const char hello[] = "\x80\x1c\1\3\1\0\3\0\0\0\x10\0\0\4"
                                "0123456789abcdef";
    struct flights f = flights(16384);
    for (size_t most = 1; most < 100; most += 33) {
        struct talk t = { 0 };
        talk_begin(&t);
        talk_open(&t);
        struct buf b = { 0 };
        buf_put(&b, hello, sizeof hello - 1);
        talk_pieces(&t, SIDE_CLIENT, &b, most);
        talk_pieces(&t, SIDE_SERVER, &f.server, most);
        talk_pieces(&t, SIDE_CLIENT, &f.client, most);
        talk_pieces(&t, SIDE_SERVER, &f.server_end, most);
        expect(&t, "40000>8305 complete 1.0/1.2 " BOTH "\n");
        buf_clear(&b);
    }
    flights_clear(&f);
}

/* ---- TLS 1.3 ---- */

static void tls13(struct talk *t, struct wire_hello client, struct wire_hello server)
{
    talk_begin(t);
    talk_open(t);
    send_hello(t, client);
    send_server_hello(t, server);
    send_record(t, SIDE_SERVER, WIRE_CCS, "\1", 1);
    hidden(t, SIDE_SERVER, WIRE_DATA, 900);
    send_record(t, SIDE_CLIENT, WIRE_CCS, "\1", 1);
}

static void an_alert_in_the_clear_of_13(void **state)
{
    (void)state;
    struct talk t = { 0 };
    tls13(&t, (struct wire_hello){ .version = 0x0303, .chosen = 0x0304, .post_handshake_auth = true, .session_id = 7 },
        (struct wire_hello){ .version = 0x0303, .chosen = 0x0304, .session_id = 7 });
    send_alert(&t, SIDE_CLIENT, 2, 45);
    assert_string_equal(t.moments.p, "H");
    expect(&t, "40000>8305 handshake 1.3/1.3 client none server none finished pha c:2/45\n");
}

static void a_13_handshake(void **state)
{
    (void)state;
    static const unsigned versions[] = { 0x0304, 0x7f1c };
    for (size_t i = 0; i < 2; i++) {
        struct talk t = { 0 };
        tls13(&t, (struct wire_hello){ .version = 0x0303, .chosen = versions[i], .psk = true, .session_id = 7 },
            (struct wire_hello){ .version = 0x0303, .chosen = versions[i], .psk = i, .session_id = 7 });
        hidden(&t, SIDE_CLIENT, WIRE_DATA, 74);
        told_after_a_second(&t);
        expect(&t, i ? "40000>8305 complete 1.3-draft/1.3-draft client none finished server none finished resumed\n"
                     : "40000>8305 complete 1.3/1.3 client none finished server none finished\n");
    }
}

/* What wire_facts() leaves out. */
static void keep_connection(void *data, const struct connection *c, enum moment moment)
{
    if (moment == MOMENT_END)
        *(struct connection *)data = *c;
}

static void talk13(struct talk *t, unsigned cipher, struct connection *out)
{
    struct wire_hello h = { .version = 0x0303, .chosen = 0x0304, .session_id = 7, .cipher = cipher };
    talk_begin(t);
    capture_free(t->capture);
    t->capture = capture_new(&(struct capture_options){ .on_connection = keep_connection, .data = out });
    talk_open(t);
    send_hello(t, h);
    send_server_hello(t, h);
    hidden(t, SIDE_SERVER, WIRE_DATA, 900);
}

static void a_rejection_in_place_of_the_finished(void **state)
{
    (void)state;
    static const struct {
        unsigned cipher;
        size_t length;
        const char *says;
    } all[] = { { 0x1301, 19, "40000>8305 handshake 1.3/1.3 client none encrypted server none finished c:hidden\n" },
        { 0x1305, 11, "40000>8305 handshake 1.3/1.3 client none encrypted server none finished c:hidden\n" },
        { 0x1301, 53, "40000>8305 complete 1.3/1.3 client none finished server none finished\n" } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct talk t = { 0 };
        struct wire_hello h = { .version = 0x0303, .chosen = 0x0304, .session_id = 7, .cipher = all[i].cipher };
        tls13(&t, h, h);
        hidden(&t, SIDE_CLIENT, WIRE_DATA, all[i].length);
        if (i == 2)
            told_after_a_second(&t);
        assert_string_equal(t.moments.p, "H");
        expect(&t, all[i].says);
    }
}

static void how_13_ended(void **state)
{
    (void)state;
    static const struct {
        unsigned cipher;
        size_t finished, alert;
    } suites[] = { { 0x1301, 53, 19 }, { 0x1302, 69, 19 }, { 0x1305, 45, 11 } };
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
        struct talk t = { 0 };
        struct connection c = { 0 };
        talk13(&t, suites[i].cipher, &c);
        hidden(&t, SIDE_CLIENT, WIRE_DATA, 800);
        hidden(&t, SIDE_CLIENT, WIRE_DATA, suites[i].finished);
        hidden(&t, SIDE_SERVER, WIRE_DATA, suites[i].alert);
        talk_flag(&t, SIDE_CLIENT, TCP_FIN);
        talk_flag(&t, SIDE_SERVER, TCP_FIN);
        (void)talk_end(&t);
        assert_true(c.sealed.known && c.sealed.finished_last && c.sealed.prompt);
        assert_true(c.sealed.alert[SIDE_SERVER] && !c.sealed.alert[SIDE_CLIENT]);
        assert_int_equal(c.sealed.client_records, 2);
        assert_int_equal(c.sealed.client_flight, 2);
        assert_int_equal(c.sealed.replies, 0);
        assert_true(c.side[SIDE_SERVER].ended_first && !c.side[SIDE_CLIENT].ended_first);
        talk_clear(&t);
    }
}

static void how_13_went_on(void **state)
{
    (void)state;
    struct talk t = { 0 };
    struct connection c = { 0 };
    talk13(&t, 0x1301, &c);
    hidden(&t, SIDE_CLIENT, WIRE_DATA, 53);
    hidden(&t, SIDE_SERVER, WIRE_DATA, 250);
    for (int i = 0; i < 20; i++)
        hidden(&t, SIDE_CLIENT, WIRE_DATA, 53); /* data may have any length */
    hidden(&t, SIDE_SERVER, WIRE_DATA, 250);
    talk_flag(&t, SIDE_SERVER, TCP_RST);
    (void)talk_end(&t);
    assert_int_equal(c.sealed.client_records, 21);
    assert_int_equal(c.sealed.client_flight, SEALED_MANY);
    assert_int_equal(c.sealed.replies, 1);
    assert_true(!c.sealed.alert[SIDE_SERVER] && c.side[SIDE_SERVER].ended_first);
    talk_clear(&t);
}

static void a_hello_retry(void **state)
{
    (void)state;
    struct talk t = { 0 };
    struct wire_hello h = { .version = 0x0303, .chosen = 0x0304, .session_id = 7, .cipher = 0x1302 };
    struct wire_hello retry = h, server = h;
    retry.retry = true;
    server.psk = true;
    talk_begin(&t);
    talk_open(&t);
    send_hello(&t, h);
    send_server_hello(&t, retry);
    send_record(&t, SIDE_SERVER, WIRE_CCS, "\1", 1);
    send_record(&t, SIDE_CLIENT, WIRE_CCS, "\1", 1);
    send_hello(&t, h);
    send_server_hello(&t, server);
    hidden(&t, SIDE_SERVER, WIRE_DATA, 900);
    hidden(&t, SIDE_CLIENT, WIRE_DATA, 74);
    expect(&t, "40000>8305 complete 1.3/1.3 client none finished server none finished retry resumed\n");
}

/* ---- what follows the handshake, or takes its place ---- */

static void a_session_is_resumed(void **state)
{
    (void)state;
    struct talk t = { 0 };
    struct wire_hello h = { .version = 0x0303, .session_id = 7 };
    talk_begin(&t);
    talk_open(&t);
    send_hello(&t, h);
    send_server_hello(&t, h);
    send_finish(&t, SIDE_SERVER);
    send_finish(&t, SIDE_CLIENT);
    expect(&t, "40000>8305 complete 1.2/1.2 client none finished server none finished resumed\n");
}

/* What the client offers is not what is spoken: its Finished is one of 1.2. */
static void the_server_takes_less_than_was_offered(void **state)
{
    (void)state;
    struct talk t = { 0 };
    talk_begin(&t);
    talk_open(&t);
    send_hello(&t, (struct wire_hello){ .version = 0x0303, .chosen = 0x0304, .session_id = 7 });
    send_server_hello(&t, (struct wire_hello){ .version = 0x0303, .session_id = 7 });
    send_finish(&t, SIDE_SERVER);
    send_finish(&t, SIDE_CLIENT);
    expect(&t, "40000>8305 complete 1.3/1.2 client none finished server none finished resumed\n");
}

static void a_renegotiation(void **state)
{
    (void)state;
    struct talk t = { 0 };
    talk_begin(&t);
    talk_open(&t);
    send_all(&t, 16384, 1400);
    hidden(&t, SIDE_CLIENT, WIRE_DATA, 300);
    hidden(&t, SIDE_SERVER, WIRE_HANDSHAKE, 225);
    hidden(&t, SIDE_CLIENT, WIRE_HANDSHAKE, 250);
    expect(&t, "40000>8305 complete 1.2/1.2 " BOTH " renegotiations 2\n");
}

static void nothing_after_ccs_is_in_the_clear(void **state)
{
    (void)state;
    struct talk t = { 0 };
    struct buf chain = { 0 }, hello = { 0 };
    wire_certificates(&chain, 31, 1, 200);
    wire_client_hello(&hello, &(struct wire_hello){ .version = 0x0303, .post_handshake_auth = true });
    talk_begin(&t);
    talk_open(&t);
    send_hello(&t, (struct wire_hello){ .version = 0x0303 });
    send_server_hello(&t, (struct wire_hello){ .version = 0x0303 });
    send_finish(&t, SIDE_SERVER);
    send_record(&t, SIDE_SERVER, WIRE_HANDSHAKE, chain.p, chain.n); /* looks like a Certificate */
    send_finish(&t, SIDE_CLIENT);
    send_record(&t, SIDE_CLIENT, WIRE_HANDSHAKE, hello.p, hello.n - 1); /* is no ClientHello */
    send_record(&t, SIDE_CLIENT, WIRE_HANDSHAKE, hello.p, hello.n);     /* is one */
    expect(&t, "40000>8305 complete 1.2/1.2 client none finished server none finished resumed renegotiations 2\n");
    buf_clear(&chain);
    buf_clear(&hello);
}

static void a_hello_after_ccs_fills_its_record(void **state)
{
    (void)state;
    struct talk t = { 0 };
    struct buf hello = { 0 };
    wire_client_hello(&hello, &(struct wire_hello){ .version = 0x0303, .post_handshake_auth = true });
    buf_putc(&hello, 0);
    talk_begin(&t);
    talk_open(&t);
    send_finish(&t, SIDE_CLIENT);
    send_record(&t, SIDE_CLIENT, WIRE_HANDSHAKE, hello.p, hello.n);
    expect(&t, "40000>8305 handshake -/- client none finished server none renegotiations 1\n");
    buf_clear(&hello);
}

static void after_a_gap_in_encrypted_data(void **state)
{
    (void)state;
    struct talk t = { 0 };
    talk_begin(&t);
    talk_open(&t);
    send_all(&t, 16384, 1400);
    hidden(&t, SIDE_CLIENT, WIRE_DATA, 300);
    t.sent[SIDE_CLIENT] += 400; /* more than what is left of a record: */
    send_alert(&t, SIDE_CLIENT, 2, 45);
    hidden(&t, SIDE_CLIENT, WIRE_HANDSHAKE, 60);
    expect(&t, "40000>8305 complete 1.2/1.2 client all 21 22 finished gap 400@2242 server all 11 12 finished requested "
               "names 1\n");
    talk_begin(&t);
    talk_open(&t);
    send_all(&t, 16384, 1400);
    struct buf b = { 0 };
    wire_record(&b, WIRE_DATA, "0123456789", 10);
    struct tcp_segment cut = talk_at(&t, SIDE_CLIENT, t.sent[SIDE_CLIENT], b.p, 7);
    cut.cut = 8;
    talk_put(&t, cut);
    t.sent[SIDE_CLIENT] += 15;
    hidden(&t, SIDE_CLIENT, WIRE_ALERT, 26); /* within it: the next one is still found */
    expect(&t,
        "40000>8305 complete 1.2/1.2 client all 21 22 finished gap 8@1944 server all 11 12 finished requested names 1 "
        "c:hidden\n");
    buf_clear(&b);
}

static void a_message_that_ccs_breaks_off(void **state)
{
    (void)state;
    struct talk t = { 0 };
    struct buf chain = { 0 };
    wire_certificates(&chain, 31, 2, 200);
    talk_begin(&t);
    talk_open(&t);
    send_hello(&t, (struct wire_hello){ .version = 0x0303 });
    send_record(&t, SIDE_CLIENT, WIRE_HANDSHAKE, chain.p, 300);
    send_record(&t, SIDE_CLIENT, WIRE_ALERT, "\2", 1); /* as half an alert, which is no part of the next */
    send_finish(&t, SIDE_CLIENT);
    send_alert(&t, SIDE_CLIENT, 1, 90);
    expect(&t, "40000>8305 handshake 1.2/- client partial 31 finished server none malformed 1 c:1/90\n");
    buf_clear(&chain);
}

static void alerts_in_every_shape(void **state)
{
    (void)state;
    struct flights f = flights(16384);
    for (unsigned shape = 0; shape < 6; shape++) {
        struct talk t = { 0 };
        talk_begin(&t);
        talk_open(&t);
        talk_send(&t, SIDE_CLIENT, &f.hello);
        talk_send(&t, SIDE_SERVER, &f.server);
        struct buf b = { 0 };
        switch (shape) {
        case 0:
            wire_record(&b, WIRE_ALERT, "\2", 1);
            wire_record(&b, WIRE_ALERT, "\x2d", 1);
            break;
        case 1: wire_record(&b, WIRE_ALERT, "\1\x5a\2\x2d", 4); break;
        case 2: wire_alert(&b, 2, 45); break;
        case 3: wire_record(&b, WIRE_ALERT, "\7\x2d", 2); break;
        case 4: wire_record(&b, WIRE_ALERT, NULL, 0); break;
        default:
            for (unsigned i = 0; i < 13; i++)
                wire_alert(&b, 1, i);
            break;
        }
        talk_pieces(&t, SIDE_CLIENT, &b, shape == 2 ? 1 : 1400);
        talk_flag(&t, SIDE_CLIENT, shape == 2 ? TCP_RST : TCP_FIN);
        static const char *const after[] = { "requested names 1 c:2/45", "requested names 1 c:1/90 c:2/45",
            "requested ended names 1 c:2/45", "requested names 1 malformed 1", "requested names 1 malformed 1",
            "requested names 1 alerts 13" };
        buf_reset(&b);
        buf_printf(&b, "40000>8305 handshake 1.2/1.2 client none server all 11 12 %s\n", after[shape]);
        expect(&t, b.p);
        buf_clear(&b);
    }
    flights_clear(&f);
}

static void a_rejected_client(void **state)
{
    (void)state;
    struct flights f = flights(16384);
    struct talk t = { 0 };
    talk_begin(&t);
    talk_open(&t);
    talk_send(&t, SIDE_CLIENT, &f.hello);
    talk_send(&t, SIDE_SERVER, &f.server);
    talk_send(&t, SIDE_CLIENT, &f.client);
    send_alert(&t, SIDE_SERVER, 2, 45); /* the client sends encrypted already, the server does not */
    assert_string_equal(t.moments.p, "H");
    talk_flag(&t, SIDE_SERVER, TCP_FIN);
    expect(&t,
        "40000>8305 handshake 1.2/1.2 client all 21 22 finished server all 11 12 requested early_end names 1 s:2/45\n");
    flights_clear(&f);
}

static void an_encrypted_alert(void **state)
{
    (void)state;
    struct talk t = { 0 };
    talk_begin(&t);
    talk_open(&t);
    send_all(&t, 16384, 1400);
    hidden(&t, SIDE_SERVER, WIRE_ALERT, 26);
    talk_flag(&t, SIDE_SERVER, TCP_RST);
    expect(&t,
        "40000>8305 complete 1.2/1.2 client all 21 22 finished server all 11 12 finished requested early_end ended "
        "names 1 s:hidden\n");
}

static void no_tls_and_nobody(void **state)
{
    (void)state;
    struct talk t = { 0 };
    struct buf b = { 0 };
    buf_puts(&b, "GET / HTTP/1.0\r\n\r\n");
    talk_begin(&t);
    talk_open(&t);
    talk_send(&t, SIDE_CLIENT, &b);
    expect(&t, "40000>8305 not_tls -/- client none server none\n");
    talk_begin(&t);
    talk_syn(&t, SIDE_CLIENT);
    expect(&t, "40000>8305 syn_only -/- client none server none\n");
    talk_begin(&t);
    talk_syn(&t, SIDE_CLIENT);
    talk_flag(&t, SIDE_SERVER, TCP_RST);
    assert_string_equal(t.moments.p, "H");
    expect(&t, "40000>8305 refused -/- client none server none ended\n");
    buf_clear(&b);
}

static void tls_after_plaintext(void **state)
{
    (void)state;
    for (unsigned on = 0; on < 2; on++) {
        struct talk t = { .after_plaintext = on };
        struct buf b = { 0 };
        buf_puts(&b, "STARTTLS\r\n");
        talk_begin(&t);
        talk_open(&t);
        talk_send(&t, SIDE_CLIENT, &b);
        talk_send(&t, SIDE_SERVER, &b);
        send_all(&t, 16384, 1400);
        expect(&t, on ? MUTUAL : "40000>8305 not_tls -/- client none server none\n");
        buf_clear(&b);
    }
}

static void what_was_found_stays(void **state)
{
    (void)state;
    struct flights f = flights(16384);
    struct talk t = { 0 };
    talk_begin(&t);
    talk_open(&t);
    talk_send(&t, SIDE_CLIENT, &f.hello);
    talk_send(&t, SIDE_SERVER, &f.server);
    send_record(&t, SIDE_SERVER, WIRE_HANDSHAKE, "\x63garbage", 8);
    send_record(&t, SIDE_SERVER, 99, "garbage", 7);
    expect(&t, "40000>8305 handshake 1.2/1.2 client none server all 11 12 requested names 1 malformed 2\n");
    flights_clear(&f);
}

/* ---- captures that miss something ---- */

static void without_parts_of_the_opening(void **state)
{
    (void)state;
    for (unsigned seen = 0; seen < 4; seen++) {
        struct talk t = { 0 };
        talk_begin(&t);
        if (seen & 1)
            talk_syn(&t, SIDE_CLIENT);
        if (seen & 2)
            talk_syn(&t, SIDE_SERVER);
        send_all(&t, 16384, 1400);
        expect(&t, MUTUAL);
    }
}

static void one_side_only(void **state)
{
    (void)state;
    for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        struct flights f = flights(16384);
        struct talk t = { 0 };
        talk_begin(&t);
        talk_syn(&t, side);
        talk_send(&t, side, side ? &f.server : &f.hello);
        talk_send(&t, side, side ? &f.server_end : &f.client);
        hidden(&t, side, WIRE_DATA, 100);
        expect(&t, side ? "40000>8305 complete -/1.2 client none server all 11 12 finished requested names 1\n"
                        : "40000>8305 complete 1.2/- client all 21 22 finished server none\n");
        flights_clear(&f);
    }
}

static void server_first(void **state)
{
    (void)state;
    struct flights f = flights(16384);
    struct talk t = { 0 };
    talk_begin(&t);
    talk_syn(&t, SIDE_SERVER);
    talk_send(&t, SIDE_SERVER, &f.server);
    talk_send(&t, SIDE_SERVER, &f.server_end);
    talk_flag(&t, SIDE_SERVER, TCP_FIN);
    talk_syn(&t, SIDE_CLIENT);
    talk_send(&t, SIDE_CLIENT, &f.hello);
    talk_send(&t, SIDE_CLIENT, &f.client);
    expect(&t, MUTUAL);
    flights_clear(&f);
}

static void it_begins_in_a_certificate(void **state)
{
    (void)state;
    struct flights f = flights(16384);
    struct talk t = { 0 };
    talk_begin(&t);
    t.sent[SIDE_SERVER] = 700;
    talk_put(&t, talk_at(&t, SIDE_SERVER, 700, f.server.p + 700, f.server.n - 700));
    t.sent[SIDE_SERVER] = f.server.n;
    t.sent[SIDE_CLIENT] = f.hello.n;
    talk_send(&t, SIDE_CLIENT, &f.client);
    talk_send(&t, SIDE_SERVER, &f.server_end);
    expect(&t, "40000>8305 complete -/- client all 21 22 finished server none finished\n");
    flights_clear(&f);
}

static void it_ends_in_a_certificate(void **state)
{
    (void)state;
    struct flights f = flights(16384);
    struct talk t = { 0 };
    struct connection c = { 0 };
    talk_begin(&t);
    capture_free(t.capture);
    t.capture = capture_new(&(struct capture_options){ .on_connection = keep_connection, .data = &c });
    talk_open(&t);
    talk_send(&t, SIDE_CLIENT, &f.hello);
    uint64_t before = t.frame;
    f.server.n = 1000;
    talk_pieces(&t, SIDE_SERVER, &f.server, 300);
    (void)talk_end(&t);
    assert_int_equal(c.side[SIDE_SERVER].seen, CERTIFICATES_PARTIAL);
    assert_int_equal(c.side[SIDE_SERVER].certificate_frame, before + 1); /* where it began */
    assert_true(c.side[SIDE_SERVER].certificate_time_ns >= c.first_ns && c.first_ns);
    talk_clear(&t);
    flights_clear(&f);
}

static void a_tunnel_that_was_there_before(void **state)
{
    (void)state;
    struct talk t = { 0 };
    talk_begin(&t);
    hidden(&t, SIDE_SERVER, WIRE_DATA, 400);
    hidden(&t, SIDE_CLIENT, WIRE_DATA, 400);
    hidden(&t, SIDE_CLIENT, WIRE_HANDSHAKE, 60);
    hidden(&t, SIDE_CLIENT, WIRE_ALERT, 26);
    expect(&t, "40000>8305 mid_stream -/- client none encrypted server none encrypted renegotiations 1 c:hidden\n");
}

/* The server's flight without the bytes [from, to): what of it is found. */
static void lost(size_t from, size_t to, bool acknowledged, const char *server)
{
    struct flights f = flights(16384);
    struct talk t = { 0 };
    struct buf line = { 0 };
    talk_begin(&t);
    talk_open(&t);
    talk_send(&t, SIDE_CLIENT, &f.hello);
    talk_put(&t, talk_at(&t, SIDE_SERVER, 0, f.server.p, from));
    talk_put(&t, talk_at(&t, SIDE_SERVER, to, f.server.p + to, f.server.n - to));
    t.sent[SIDE_SERVER] = f.server.n;
    if (acknowledged)
        talk_flag(&t, SIDE_CLIENT, TCP_ACK);
    t.time_ns += 10000000000;
    talk_send(&t, SIDE_CLIENT, &f.client);
    talk_send(&t, SIDE_SERVER, &f.server_end);
    capture_tick(t.capture, t.time_ns + 1000000000);
    assert_true(acknowledged == (t.moments.n > 0)); /* else it may still come */
    buf_printf(&line, "40000>8305 complete 1.2/1.2 client all 21 22 finished server %s\n", server);
    expect(&t, line.p);
    buf_clear(&line);
    flights_clear(&f);
}

static void a_segment_is_lost(void **state)
{
    (void)state;
    for (unsigned acknowledged = 0; acknowledged < 2; acknowledged++) {
        lost(200, 900, acknowledged, "partial finished gap 700@200 requested names 1");
        lost(200, 1500, acknowledged, "partial finished gap 1300@200 requested names 1");
        lost(1100, 1200, acknowledged, "partial 11 finished gap 100@1100 requested names 1");
        lost(400, 1900, acknowledged, "partial finished gap 1500@400");
    }
}

/* Records of 700 bytes: one is lost, or a part of one with the beginning of a message; the next are in a certificate.
 */
static void a_record_is_lost(void **state)
{
    (void)state;
    for (unsigned part = 0; part < 2; part++) {
        struct flights f = flights(700);
        struct talk t = { 0 };
        size_t from = part ? 60 : 705, to = part ? 100 : 1410;
        talk_begin(&t);
        talk_open(&t);
        talk_send(&t, SIDE_CLIENT, &f.hello);
        talk_put(&t, talk_at(&t, SIDE_SERVER, 0, f.server.p, from));
        talk_put(&t, talk_at(&t, SIDE_SERVER, to, f.server.p + to, f.server.n - to));
        t.sent[SIDE_SERVER] = f.server.n;
        talk_send(&t, SIDE_SERVER, &f.server_end);
        expect(&t, part ? "40000>8305 handshake 1.2/1.2 client none server none finished gap 40@60\n"
                        : "40000>8305 handshake 1.2/1.2 client none server partial finished gap 705@705\n");
        flights_clear(&f);
    }
}

static void packets_cut_by_the_snapshot(void **state)
{
    (void)state;
    struct flights f = flights(16384);
    const struct buf *parts[] = { &f.hello, &f.server, &f.client, &f.server_end };
    struct talk t = { 0 };
    talk_begin(&t);
    talk_open(&t);
    for (unsigned i = 0; i < 4; i++) {
        enum side from = i % 2 ? SIDE_SERVER : SIDE_CLIENT;
        struct tcp_segment s = talk_at(&t, from, t.sent[from], parts[i]->p, parts[i]->n < 60 ? parts[i]->n : 60);
        s.cut = (uint32_t)(parts[i]->n - s.payload.n);
        talk_put(&t, s);
        t.sent[from] += parts[i]->n;
    }
    expect(&t, "40000>8305 handshake 1.2/1.2 client partial gap 1825@112 server none finished gap 1860@60\n");
    flights_clear(&f);
}

/* ---- TCP as it is met ---- */

static void numbers_wrap(void **state)
{
    (void)state;
    static const uint32_t isns[] = { 0xffffffff, 0xfffffffe, 0xfffffc00, 0x7ffffff0, 0 };
    for (size_t i = 0; i < sizeof isns / sizeof *isns; i++) {
        struct talk t = { 0 };
        talk_begin(&t);
        t.isn[0] = isns[i];
        t.isn[1] = isns[i] - 100;
        talk_open(&t);
        send_all(&t, 16384, 300);
        expect(&t, MUTUAL);
    }
}

static void several_syn_acks(void **state)
{
    (void)state;
    for (unsigned right = 0; right < 3; right++) {
        struct talk t = { 0 };
        talk_begin(&t);
        talk_syn(&t, SIDE_CLIENT);
        for (unsigned i = 0; i < 3; i++) {
            t.isn[1] = 5000 + 77777 * i;
            talk_syn(&t, SIDE_SERVER);
        }
        t.isn[1] = 5000 + 77777 * right;
        send_all(&t, 16384, 1400);
        expect(&t, MUTUAL);
    }
}

static void noise(struct talk *t, unsigned kind)
{
    struct tcp_segment s;
    switch (kind) {
    case 0: /* a gigabyte ahead */ s = talk_at(t, SIDE_SERVER, t->sent[1] + (1U << 30), "ahead", 5); break;
    case 1: /* keeps it alive */ s = talk_at(t, SIDE_SERVER, t->sent[1] - 1, "", 1); break;
    case 2: /* a reset out of the window */
        s = talk_at(t, SIDE_SERVER, t->sent[1] + (1U << 29), NULL, 0);
        s.flags = TCP_RST;
        break;
    default: /* a reset that has a text */
        s = talk_at(t, SIDE_SERVER, t->sent[1], "go away", 7);
        s.flags = TCP_RST;
        break;
    }
    talk_put(t, s);
}

static void noise_between(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        struct flights f = flights(16384);
        struct talk t = { 0 };
        talk_begin(&t);
        talk_open(&t);
        noise(&t, kind);
        talk_send(&t, SIDE_CLIENT, &f.hello);
        talk_send(&t, SIDE_SERVER, &f.server);
        noise(&t, kind);
        talk_send(&t, SIDE_CLIENT, &f.client);
        noise(&t, kind);
        talk_send(&t, SIDE_SERVER, &f.server_end);
        expect(&t, kind == 3
                       ? "40000>8305 complete 1.2/1.2 client all 21 22 finished server all 11 12 finished requested "
                         "ended names 1\n"
                       : MUTUAL);
        flights_clear(&f);
    }
}

static void ports_are_used_again(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 4; how++) {
        struct talk t = { 0 };
        talk_begin(&t);
        talk_open(&t);
        send_all(&t, 16384, 1400);
        if (how & 1) {
            talk_flag(&t, SIDE_CLIENT, TCP_FIN);
            talk_flag(&t, SIDE_SERVER, TCP_FIN);
        }
        t.isn[0] += 3000000;
        t.isn[1] += 9000000;
        t.sent[0] = t.sent[1] = 0;
        if (how & 2)
            talk_syn(&t, SIDE_CLIENT); /* again, with the same number: */
        talk_open(&t);
        send_all(&t, 16384, 1400);
        struct buf b = { 0 };
        buf_printf(&b,
            "40000>8305 complete 1.2/1.2 client all 21 22 finished server all 11 12 finished requested %sended "
            "names 1\n" MUTUAL,
            how & 1 ? "early_end " : "");
        expect(&t, b.p);
        buf_clear(&b);
    }
}

static void a_copy_of_the_capture_follows(void **state)
{
    (void)state;
    struct talk t = { 0 };
    talk_begin(&t);
    for (unsigned i = 0; i < 2; i++) {
        t.sent[0] = t.sent[1] = 0;
        talk_open(&t);
        send_all(&t, 16384, 1400);
        talk_flag(&t, SIDE_CLIENT, TCP_RST);
    }
    const char *all = talk_end(&t);
    const char *one =
        "40000>8305 complete 1.2/1.2 client all 21 22 finished server all 11 12 finished requested early_end ended "
        "names 1\n";
    assert_int_equal(strlen(all), 2 * strlen(one));
    assert_memory_equal(all, one, strlen(one));
    assert_string_equal(all + strlen(one), one);
    talk_clear(&t);
}

static void a_new_one_after_a_tunnel(void **state)
{
    (void)state;
    struct talk t = { 0 };
    talk_begin(&t);
    hidden(&t, SIDE_CLIENT, WIRE_DATA, 400);
    hidden(&t, SIDE_SERVER, WIRE_DATA, 400);
    t.isn[0] += 50000000;
    t.isn[1] -= 50000000;
    t.sent[0] = t.sent[1] = 0;
    talk_open(&t);
    send_all(&t, 16384, 1400);
    expect(&t, "40000>8305 mid_stream -/- client none encrypted server none encrypted ended\n" MUTUAL);
}

static void a_better_copy(void **state)
{
    (void)state;
    for (unsigned good = 0; good < 2; good++) {
        struct flights f = flights(16384);
        struct talk t = { 0 };
        struct buf wrong = { 0 };
        buf_put(&wrong, f.server.p, f.server.n);
        memset(wrong.p + 400, 'x', 100);
        talk_begin(&t);
        talk_open(&t);
        talk_send(&t, SIDE_CLIENT, &f.hello);
        struct tcp_segment s = talk_at(&t, SIDE_SERVER, 0, wrong.p, wrong.n);
        s.checksum = good ? CHECKSUM_BAD : CHECKSUM_GOOD;
        talk_put(&t, s);
        s = talk_at(&t, SIDE_SERVER, 0, f.server.p, f.server.n);
        s.checksum = CHECKSUM_GOOD;
        talk_put(&t, s);
        t.sent[1] = f.server.n;
        talk_send(&t, SIDE_CLIENT, &f.client);
        talk_send(&t, SIDE_SERVER, &f.server_end);
        talk_end(&t);
        if (good)
            assert_string_equal(t.out.p, MUTUAL);
        else
            assert_null(strstr(t.out.p, "server all 11 "));
        talk_clear(&t);
        buf_clear(&wrong);
        flights_clear(&f);
    }
}

static void three_thousand_holes(void **state)
{
    (void)state;
    struct talk t = { 0 };
    struct buf m = { 0 }, b = { 0 };
    wire_server_hello(&m, &(struct wire_hello){ .version = 0x0303 });
    wire_certificates(&m, 11, 6, 1000);
    wire_records(&b, WIRE_HANDSHAKE, &m, 16384);
    talk_begin(&t);
    talk_open(&t);
    for (size_t start = 0; start < 2; start++)
        for (size_t at = 1 - start; at < b.n; at += 2)
            talk_put(&t, talk_at(&t, SIDE_SERVER, at, b.p + at, 1));
    assert_true(b.n > 6000);
    expect(&t, "40000>8305 handshake -/1.2 client none server all 11 .. 16 (6)\n");
    buf_clear(&m);
    buf_clear(&b);
}

static size_t count_of(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
        n++;
    return n;
}

static void a_flood_of_syns(void **state)
{
    (void)state;
    struct talk t = { 0 };
    struct flights f = flights(16384);
    talk_begin(&t);
    talk_open(&t);
    talk_send(&t, SIDE_CLIENT, &f.hello);
    for (unsigned i = 0; i < 20000; i++) {
        struct tcp_segment s = talk_at(&t, SIDE_CLIENT, UINT64_MAX, NULL, 0);
        s.from.port = (uint16_t)i;
        s.from.ip[13] = 9;
        s.flags = TCP_SYN;
        talk_put(&t, s);
    }
    talk_send(&t, SIDE_SERVER, &f.server);
    talk_send(&t, SIDE_CLIENT, &f.client);
    talk_send(&t, SIDE_SERVER, &f.server_end);
    talk_end(&t);
    assert_non_null(strstr(t.out.p, MUTUAL));
    assert_int_equal(count_of(t.out.p, "syn_only"), 20000);
    assert_int_equal(capture_counts(t.capture)->evicted, 20001 - CAP_FOLLOWED);
    talk_clear(&t);
    flights_clear(&f);
}

static void many_sessions_at_once(void **state)
{
    (void)state;
    struct talk t = { 0 };
    struct flights f = flights(16384);
    const struct buf *parts[] = { NULL, &f.hello, &f.server, &f.client, &f.server_end };
    talk_begin(&t);
    for (unsigned step = 0; step < 5; step++)
        for (unsigned i = 0; i < 1500; i++) {
            t.port = (uint16_t)(10000 + i);
            t.sent[0] = step == 3 ? f.hello.n : 0;
            t.sent[1] = step == 4 ? f.server.n : 0;
            if (step)
                talk_send(&t, step % 2 ? SIDE_CLIENT : SIDE_SERVER, parts[step]);
            else
                talk_open(&t);
        }
    talk_end(&t);
    assert_int_equal(count_of(t.out.p, "complete 1.2/1.2 " BOTH "\n"), 1500);
    assert_int_equal(t.moments.n, 3000);
    talk_clear(&t);
    flights_clear(&f);
}

static void all_buffers_have_one_cap(void **state)
{
    (void)state;
    static char much[65000];
    struct talk t = { 0 };
    talk_begin(&t);
    for (unsigned i = 0; i < 100; i++) {
        t.port = (uint16_t)(10000 + i);
        talk_open(&t);
        for (uint64_t at = 0; at < 15; at++) /* behind a hole */
            talk_put(&t, talk_at(&t, SIDE_CLIENT, 1 + at * sizeof much, much, sizeof much));
    }
    uint64_t evicted = capture_counts(t.capture)->evicted;
    assert_true(evicted >= 100 - CAP_CAPTURE_BYTES / (15 * sizeof much) - 1 && evicted < 60);
    assert_int_equal(count_of(t.out.p, "not_tls") + count_of(t.out.p, "handshake"), evicted);
    assert_non_null(strstr(t.out.p, "10000>8305")); /* the one idle for longest */
    assert_null(strstr(t.out.p, "10099>8305"));
    talk_clear(&t);
}

/* A renegotiation inside a completed handshake fails: one word of it, when it is over, and none of a tunnel before. */
static void a_failure_behind_the_handshake(void **state)
{
    (void)state;
    struct talk t = { 0 };
    talk_begin(&t);
    talk_open(&t);
    send_all(&t, 16384, 1400);
    hidden(&t, SIDE_SERVER, WIRE_HANDSHAKE, 28);
    hidden(&t, SIDE_CLIENT, WIRE_HANDSHAKE, 966);
    hidden(&t, SIDE_CLIENT, WIRE_ALERT, 26);
    assert_int_equal(t.moments.n, 0);
    talk_flag(&t, SIDE_CLIENT, TCP_RST);
    assert_string_equal(t.moments.p, "H");
    capture_tick(t.capture, t.time_ns + 2000000000);
    assert_string_equal(t.moments.p, "HC");
    talk_clear(&t);
}

static void an_end_is_told_without_another_packet(void **state)
{
    (void)state;
    struct talk t = { 0 };
    talk_begin(&t);
    talk_open(&t);
    send_all(&t, 16384, 1400);
    told_after_a_second(&t);
    capture_tick(t.capture, t.time_ns + 2000000000);
    assert_string_equal(t.moments.p, "H"); /* it is up */
    talk_flag(&t, SIDE_SERVER, TCP_FIN);
    talk_flag(&t, SIDE_CLIENT, TCP_FIN);
    capture_tick(t.capture, t.time_ns + 1000000);
    assert_string_equal(t.moments.p, "H"); /* more of it may be under way */
    capture_tick(t.capture, t.time_ns + 500000000);
    assert_string_equal(t.moments.p, "HC");
    capture_tick(t.capture, t.time_ns + 1000000000);
    assert_string_equal(t.moments.p, "HC");
    capture_tick(t.capture, t.time_ns + 40000000000);
    assert_string_equal(t.moments.p, "HCE");
    (void)talk_end(&t);
    assert_string_equal(t.moments.p, "HCE");
    talk_clear(&t);
}

static void ended_ones_are_let_go(void **state)
{
    (void)state;
    struct talk t = { 0 };
    talk_begin(&t);
    for (unsigned i = 0; i < 3000; i++) {
        t.port = (uint16_t)(10000 + i);
        t.sent[0] = t.sent[1] = 0;
        talk_open(&t);
        send_all(&t, 16384, 1400);
        talk_flag(&t, SIDE_CLIENT, TCP_RST);
    }
    assert_int_equal(count_of(t.out.p, "complete"), 3000 - CAP_CONNECTIONS_ENDED);
    assert_int_equal(capture_counts(t.capture)->evicted, 0);
    t.time_ns += 60000000000;
    t.port = 9999;
    talk_syn(&t, SIDE_CLIENT);
    assert_int_equal(count_of(t.out.p, "complete"), 3000);
    talk_clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_chains_are_seen),
        cmocka_unit_test(records_of_any_size),
        cmocka_unit_test(what_stands_between_fragments),
        cmocka_unit_test(long_chains),
        cmocka_unit_test(old_versions),
        cmocka_unit_test(an_ssl2_hello),
        cmocka_unit_test(an_alert_in_the_clear_of_13),
        cmocka_unit_test(a_rejection_in_place_of_the_finished),
        cmocka_unit_test(how_13_ended),
        cmocka_unit_test(how_13_went_on),
        cmocka_unit_test(a_13_handshake),
        cmocka_unit_test(a_hello_retry),
        cmocka_unit_test(a_session_is_resumed),
        cmocka_unit_test(the_server_takes_less_than_was_offered),
        cmocka_unit_test(a_renegotiation),
        cmocka_unit_test(nothing_after_ccs_is_in_the_clear),
        cmocka_unit_test(a_message_that_ccs_breaks_off),
        cmocka_unit_test(after_a_gap_in_encrypted_data),
        cmocka_unit_test(a_hello_after_ccs_fills_its_record),
        cmocka_unit_test(alerts_in_every_shape),
        cmocka_unit_test(a_rejected_client),
        cmocka_unit_test(an_encrypted_alert),
        cmocka_unit_test(no_tls_and_nobody),
        cmocka_unit_test(tls_after_plaintext),
        cmocka_unit_test(what_was_found_stays),
        cmocka_unit_test(without_parts_of_the_opening),
        cmocka_unit_test(one_side_only),
        cmocka_unit_test(server_first),
        cmocka_unit_test(it_begins_in_a_certificate),
        cmocka_unit_test(it_ends_in_a_certificate),
        cmocka_unit_test(a_tunnel_that_was_there_before),
        cmocka_unit_test(a_segment_is_lost),
        cmocka_unit_test(a_record_is_lost),
        cmocka_unit_test(packets_cut_by_the_snapshot),
        cmocka_unit_test(numbers_wrap),
        cmocka_unit_test(several_syn_acks),
        cmocka_unit_test(noise_between),
        cmocka_unit_test(ports_are_used_again),
        cmocka_unit_test(a_new_one_after_a_tunnel),
        cmocka_unit_test(a_copy_of_the_capture_follows),
        cmocka_unit_test(a_better_copy),
        cmocka_unit_test(three_thousand_holes),
        cmocka_unit_test(a_flood_of_syns),
        cmocka_unit_test(many_sessions_at_once),
        cmocka_unit_test(all_buffers_have_one_cap),
        cmocka_unit_test(ended_ones_are_let_go),
        cmocka_unit_test(a_failure_behind_the_handshake),
        cmocka_unit_test(an_end_is_told_without_another_packet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
