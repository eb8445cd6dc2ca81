/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/handshake.h"
#include "pcap/hello.h"
#include "pcap/record.h"

#include "base/caps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define BYTES(literal) ((struct bytes){ (const uint8_t *)(literal), sizeof(literal) - 1 })

static const char random32[] = "0123456789abcdef0123456789abcdef";

/* A hello in three parts: before and behind its random. */
static struct buf hello(const char *version, struct bytes rest)
{
    struct buf b = { 0 };
    buf_put(&b, version, 2);
    buf_put(&b, random32, 32);
    buf_put(&b, rest.p, rest.n);
    return b;
}

static bool client(struct bytes rest, struct hello *h)
{
    struct buf b = hello("\3\3", rest);
    bool good = hello_client((struct bytes){ (const uint8_t *)b.p, b.n }, h);
    buf_clear(&b);
    return good;
}

static bool server(const char *version, struct bytes rest, struct hello *h)
{
    struct buf b = hello(version, rest);
    bool good = hello_server((struct bytes){ (const uint8_t *)b.p, b.n }, h);
    buf_clear(&b);
    return good;
}

static void client_hellos(void **state)
{
    (void)state;
    struct hello h;
    assert_true(client(BYTES("\0\0\2\0\x2f\1\0"), &h)); /* SSL 3: no extensions */
    assert_int_equal(h.version, 0x0303);
    assert_true(client(BYTES("\1\7\0\2\0\x2f\1\0\0\x10\0\x31\0\0\0\x2b\0\5\4\x2a\x2a\3\4\0\x2a"
                             "\0\0"),
                    &h) == false); /* its last extension is longer than the list */
    assert_true(client(BYTES("\1\7\0\2\0\x2f\1\0\0\x15\0\x31\0\0\0\x2b\0\5\4\x2a\x2a\3\4\0\x2a\0\0\0\x23\0\0"), &h));
    assert_int_equal(h.version, 0x0304);
    assert_int_equal(h.session_id_length, 1);
    assert_true(h.post_handshake_auth && h.early_data && !h.ticket && !h.psk);
    assert_true(client(BYTES("\0\0\2\0\x2f\1\0\0\x0e\0\x23\0\1t\0\x2b\0\5\4\x7f\x1c\3\3"), &h));
    assert_int_equal(h.version, 0x7f1c);
    assert_true(h.ticket && hello_is13(h.version));
    static const struct bytes wrong[] = {
        { (const uint8_t *)"\x21", 1 },                            /* session id over 32 bytes */
        { (const uint8_t *)"\0\0\0\1\0", 5 },                      /* no cipher */
        { (const uint8_t *)"\0\0\3\0\x2f\0\1\0", 8 },              /* half a cipher */
        { (const uint8_t *)"\0\0\2\0\x2f\0", 6 },                  /* no compression */
        { (const uint8_t *)"\0\0\2\0\x2f\1\0\0", 8 },              /* half a length */
        { (const uint8_t *)"\0\0\2\0\x2f\1\0\0\0\0", 10 },         /* something behind the extensions */
        { (const uint8_t *)"\0\0\2\0\x2f\1\0\0\4\0\x31\0\1", 13 }, /* an extension that ends outside */
        { (const uint8_t *)"", 0 },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(client(wrong[i], &h));
}

static void server_hellos(void **state)
{
    (void)state;
    struct hello h;
    assert_true(server("\3\0", BYTES("\0\0\x2f\0"), &h));
    assert_true(h.version == 0x0300 && h.cipher == 0x2f && !h.psk);
    assert_true(server("\3\3", BYTES("\0\x13\2\0\0\x0c\0\x2b\0\2\3\4\0\x29\0\2\0\0"), &h));
    assert_true(h.version == 0x0304 && h.cipher == 0x1302 && h.psk);
    assert_true(server("\x7f\x12", BYTES("\x13\2\0\0"), &h)); /* an early draft */
    assert_true(h.version == 0x7f12 && h.cipher == 0x1302);
    assert_true(server("\3\3", BYTES("\0\x13\2\0\0\6\0\x2b\0\2\4\4"), &h)); /* no version that is known */
    assert_int_equal(h.version, 0x0303);
    assert_false(server("\4\4", BYTES("\0\0\x2f\0"), &h));
    assert_false(server("\3\3", BYTES("\0\0\x2f"), &h));
    assert_false(server("\3\3", BYTES("\0\0\x2f\0\0\1\0"), &h));
}

static void ssl2_hellos(void **state)
{
    (void)state;
    struct hello h;
    assert_true(hello_ssl2(BYTES("\1\3\1\0\3\0\0\0\x10"), 28, &h));
    assert_int_equal(h.version, 0x0301);
    assert_false(hello_ssl2(BYTES("\1\3\1\0\3\0\0\0\x10"), 29, &h));
    assert_false(hello_ssl2(BYTES("\1\3\1\0\4\0\0\0\x10"), 29, &h)); /* a cipher has three bytes */
    assert_false(hello_ssl2(BYTES("\1\5\1\0\3\0\0\0\x10"), 28, &h));
    assert_false(hello_ssl2(BYTES("\1\3\1\0\3\0\0\0"), 28, &h));
}

static void certificate_lists(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n, length, count;
        enum certificates_seen seen;
    } lists[] = {
        { "\0\0\0", 3, 3, 0, CERTIFICATES_EMPTY }, { "\0\0\5\0\0\2ab", 8, 8, 1, CERTIFICATES_ALL },
        { "\0\0\x0a\0\0\2ab\0\0\2cd", 13, 13, 2, CERTIFICATES_ALL },
        { "\0\0\x0a\0\0\2ab\0\0\2c", 12, 13, 1, CERTIFICATES_PARTIAL },
        { "\0\0\x0a\0\0\2ab\0\0", 10, 13, 1, CERTIFICATES_PARTIAL }, { "\0\0", 2, 13, 0, CERTIFICATES_PARTIAL },
        { "", 0, 0, 0, CERTIFICATES_MALFORMED },
        { "\0\0\6\0\0\2ab", 8, 8, 0, CERTIFICATES_MALFORMED },             /* the list is not the message */
        { "\0\0\5\0\0\3ab", 8, 8, 0, CERTIFICATES_MALFORMED },             /* longer than the list */
        { "\0\0\x0a\0\0\2ab\0\0\3cd", 13, 13, 1, CERTIFICATES_MALFORMED }, /* the first one stays */
        { "\0\0\7\0\0\2ab\0\0", 10, 10, 1, CERTIFICATES_MALFORMED },       /* no room for a length */
        { "\0\0\3\0\0\0", 6, 6, 0, CERTIFICATES_MALFORMED },               /* of no bytes */
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct der_list list;
        struct bytes body = { (const uint8_t *)lists[i].bytes, lists[i].n };
        assert_int_equal(handshake_certificates(body, lists[i].length, &list), lists[i].seen);
        assert_int_equal(list.count, lists[i].count);
        if (list.count)
            assert_memory_equal(list.item[list.count - 1].p, lists[i].count == 2 ? "cd" : "ab", 2);
        free(list.item);
    }
}

static void accepted_names(void **state)
{
    (void)state;
    struct der_list list;
    assert_true(handshake_names(BYTES("\1\1\0\2\4\1\0\4\0\2ab"), 0x0303, &list));
    assert_int_equal(list.count, 1);
    free(list.item);
    assert_true(handshake_names(BYTES("\1\1\0\4\0\2ab"), 0x0302, &list)); /* no algorithms before 1.2 */
    assert_int_equal(list.count, 1);
    free(list.item);
    assert_true(handshake_names(BYTES("\1\1\0\0\0\0"), 0x0303, &list));
    assert_int_equal(list.count, 0);
    assert_false(handshake_names(BYTES("\1\1\0\0\0\5\0\2ab\0"), 0x0303, &list));
    assert_int_equal(list.count, 1);
    free(list.item);
    assert_false(handshake_names(BYTES("\1\1\0\0\0\0x"), 0x0303, &list));
    assert_false(handshake_names(BYTES("\5\1"), 0x0303, &list));
}

static void records(void **state)
{
    (void)state;
    static const uint8_t good[] = { 22, 3, 1, 0x48, 0 }, longer[] = { 22, 3, 1, 0x48, 1 }, type[] = { 25, 3, 1, 0, 1 },
                         major[] = { 22, 2, 1, 0, 1 }, minor[] = { 22, 3, 5, 0, 1 };
    assert_true(record_plausible(good));
    assert_false(
        record_plausible(longer) || record_plausible(type) || record_plausible(major) || record_plausible(minor));
    struct record_reader r = { 0 };
    struct bytes body;
    struct cursor c = cursor_of("\x16\3\3\0\4ab\x16\3\3\0\0\x63", 13);
    assert_int_equal(record_next(&r, &c, &body), RECORD_BEGINS);
    assert_int_equal(r.length, 4);
    struct cursor two = cursor_child(&c, 2);
    assert_int_equal(record_next(&r, &two, &body), RECORD_BODY);
    assert_int_equal(record_next(&r, &two, &body), RECORD_MORE);
    assert_false(record_gap(&r, 3));
    assert_true(record_gap(&r, 2)); /* the next begins where it should */
    assert_int_equal(record_next(&r, &c, &body), RECORD_BEGINS);
    assert_int_equal(record_next(&r, &c, &body), RECORD_MORE);
}

static void messages(void **state)
{
    (void)state;
    size_t used = 0;
    struct handshake h;
    handshake_init(&h, &used);
    struct cursor c = cursor_of("\x0e\0\0\0\x0b\0\0\4abcd\x0b\0\0\3x", 17);
    assert_int_equal(handshake_next(&h, &c), HANDSHAKE_MESSAGE);
    assert_int_equal(h.type, HANDSHAKE_DONE);
    assert_false(handshake_pending(&h));
    assert_int_equal(handshake_next(&h, &c), HANDSHAKE_MESSAGE);
    assert_memory_equal(h.body, "abcd", 4);
    assert_int_equal(handshake_next(&h, &c), HANDSHAKE_MORE);
    assert_true(handshake_pending(&h));
    assert_false(handshake_gap(&h, 3));
    assert_true(handshake_gap(&h, 2));
    assert_true(h.broken && h.body_length == 1 && !handshake_pending(&h));
    c = cursor_of("\x63\0\0\0", 4);
    assert_int_equal(handshake_next(&h, &c), HANDSHAKE_BAD);
    handshake_clear(&h);
    c = cursor_of("\x10\x7f\xff\xff", 4); /* a key of 8 MiB is none */
    assert_int_equal(handshake_next(&h, &c), HANDSHAKE_BAD);
    handshake_clear(&h);
    c = cursor_of("\x0b\xff\xff\xff", 4); /* nothing is allocated for what is only said */
    assert_int_equal(handshake_next(&h, &c), HANDSHAKE_MORE);
    assert_true(h.over && used == 0);
    handshake_clear(&h);
    assert_int_equal(used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_hellos),
        cmocka_unit_test(server_hellos),
        cmocka_unit_test(ssl2_hellos),
        cmocka_unit_test(certificate_lists),
        cmocka_unit_test(accepted_names),
        cmocka_unit_test(records),
        cmocka_unit_test(messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
