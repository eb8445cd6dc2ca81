/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/packet.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static const char *const addresses[] = { "::", "::1", "1::", "2001:db8::1", "2001:db8:0:1:1:1:1:1", "fe80::1:0:0:1",
    "1:0:0:2::3", "1:2:3:4:5:6:7:8", "ff02::fb", "0:1:2:3:4:5:6:7", "1:2:3:4:5:6:7:0" };

static void six_as_the_library_prints_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct endpoint e = { .port = 8305 };
        char want[INET6_ADDRSTRLEN + 16], text[INET6_ADDRSTRLEN];
        struct buf b = { 0 };
        assert_int_equal(inet_pton(AF_INET6, addresses[i], e.ip), 1);
        endpoint_address(&b, &e);
        assert_string_equal(b.p, inet_ntop(AF_INET6, e.ip, text, sizeof text));
        buf_reset(&b);
        endpoint_print(&b, &e);
        snprintf(want, sizeof want, "[%s]:8305", text);
        assert_string_equal(b.p, want);
        buf_clear(&b);
    }
}

static void four_is_plain(void **state)
{
    (void)state;
    struct endpoint e = { .ip = { [10] = 0xff, [11] = 0xff, 10, 48, 79, 23 }, .port = 49765 }, other = e;
    struct buf b = { 0 };
    endpoint_print(&b, &e);
    assert_string_equal(b.p, "10.48.79.23:49765");
    assert_true(endpoint_eq(&e, &other));
    other.port = 1;
    assert_false(endpoint_eq(&e, &other));
    buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(six_as_the_library_prints_it),
        cmocka_unit_test(four_is_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
