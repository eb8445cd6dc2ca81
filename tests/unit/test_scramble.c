/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/scramble.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct both {
    struct buf stream[2];
};

static uint64_t rounds(uint64_t otherwise)
{
    const char *text = getenv("ROUNDS");
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static uint64_t first_seed(void)
{
    const char *text = getenv("SEED");
    return text ? strtoull(text, NULL, 10) : 1;
}

static void hidden(struct buf *b, unsigned type, size_t n)
{
    struct buf body = { 0 };
    for (size_t i = 0; i < n; i++)
        buf_putc(&body, (char)(0xe3 + i * 89 + i / 256));
    wire_record(b, type, body.p, n);
    buf_clear(&body);
}

/* Kinds of conversation: finished and renegotiated, refused by an alert, TLS 1.3, not TLS, random bytes. */
static struct both conversation(unsigned kind, uint64_t seed)
{
    static const size_t sizes[] = { 16384, 700, 50, 1 };
    size_t piece = sizes[seed % 4];
    struct both c = { 0 };
    struct buf *client = &c.stream[0], *server = &c.stream[1], m = { 0 };
    struct wire_hello h = { .version = 0x0303, .chosen = kind == 2 ? 0x0304 : 0, .session_id = 3 };
    wire_client_hello(&m, &h);
    wire_records(client, WIRE_HANDSHAKE, &m, piece);
    switch (kind) {
    case 0:
        wire_server_flight(server, piece);
        wire_client_flight(client, piece);
        wire_finish(client);
        wire_finish(server);
        hidden(client, WIRE_DATA, 1000);
        hidden(server, WIRE_HANDSHAKE, 225);
        hidden(server, WIRE_ALERT, 26);
        break;
    case 1:
        wire_server_flight(server, piece);
        wire_record(client, WIRE_ALERT, "\2", 1);
        wire_record(client, WIRE_ALERT, "\x2d", 1);
        break;
    case 2:
        buf_reset(&m);
        wire_server_hello(&m, &h);
        wire_records(server, WIRE_HANDSHAKE, &m, piece);
        wire_record(server, WIRE_CCS, "\1", 1);
        hidden(server, WIRE_DATA, 1200);
        wire_record(client, WIRE_CCS, "\1", 1);
        wire_alert(client, 2, 45);
        break;
    case 3:
        buf_reset(client);
        buf_puts(client, "GET / HTTP/1.0\r\n\r\n");
        buf_puts(server, "HTTP/1.0 200 OK\r\n\r\n");
        break;
    default:
        wire_server_flight(server, piece);
        for (unsigned i = 0; i < 20; i++)
            server->p[(seed * 2654435761U + i * 40503U) % server->n] ^= (char)(1 + i);
        break;
    }
    buf_clear(&m);
    return c;
}

static void same_facts(unsigned kind, enum scramble how, uint64_t seed)
{
    struct both c = conversation(kind, how == SCRAMBLE_ANY ? seed : seed & ~(uint64_t)3);
    struct bytes stream[2];
    for (unsigned i = 0; i < 2; i++)
        stream[i] = (struct bytes){ (const uint8_t *)c.stream[i].p, c.stream[i].n };
    struct talk straight = { 0 }, random = { 0 };
    scramble_straight(&straight, stream, how);
    scramble_random(&random, stream, how, seed);
    if (strcmp(talk_end(&straight), talk_end(&random))) {
        print_message("conversation %u, way %u: SEED=%llu\n", kind, (unsigned)how, (unsigned long long)seed);
        assert_string_equal(random.out.p, straight.out.p);
    }
    talk_clear(&straight);
    talk_clear(&random);
    for (unsigned i = 0; i < 2; i++)
        buf_clear(&c.stream[i]);
}

static void any_way(enum scramble how, unsigned kinds)
{
    uint64_t first = first_seed(), count = rounds(400);
    for (uint64_t seed = first; seed < first + count; seed++)
        same_facts((unsigned)(seed % kinds), how, seed);
}

static void in_any_order(void **state)
{
    (void)state;
    any_way(SCRAMBLE_ANY, 5);
}

static void with_a_late_syn(void **state)
{
    (void)state;
    any_way(SCRAMBLE_LATE_SYN, 5);
}

static void without_a_syn(void **state)
{
    (void)state;
    any_way(SCRAMBLE_NO_SYN, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_any_order),
        cmocka_unit_test(with_a_late_syn),
        cmocka_unit_test(without_a_syn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
