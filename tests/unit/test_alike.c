/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/alike.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static const char *const rows[][2] = {
    { "", "" },
    { "no number in it", "no number in it" },
    { "Wait for 8305 (IPv4): 10.10.200.31", "Wait for <n> (IPv<n>): <ip>" },
    { "to 10.1.2.3:8305/tcp", "to <ip>:<n>/tcp" },
    { "to '10.1.2.3'.", "to '<ip>'." },
    { "version 10.1.2", "version <n>.<n>.<n>" },
    { "10.1.2.3.4", "<ip>.<n>" },
    { "peer 2001:db8::1 up", "peer <ip> up" },
    { "peer 2001:db8::1: up", "peer <ip>: up" },
    { "peer ::1 up", "peer <ip> up" },
    { "at 04:10:47, again", "at <ip>, again" },
    { "to 06f5f3ca-c77b-11e2-81bf-884d9d11f3ef, task_id 449", "to <uuid>, task_id <n>" },
    { "06f5f3ca-c77b-11e2-81bf-884d9d11f3efa", "<hex>-c<n>b-<n>e<n>-<n>bf-<hex>" },
    { "error:0A000415:SSL", "error:<hex>:SSL" },
    { "error:14094415:SSL", "error:<n>:SSL" },
    { "ctx 0x7f32a0 freed", "ctx <hex> freed" },
    { "deadbeef is a word", "deadbeef is a word" },
    { "facade", "facade" },
    { "management0 br1 ftd7a", "management<n> br<n> ftd<n>a" },
    { "a::b", "<ip>" },
    { "std::x", "std::x" },
    { "a: b: c", "a: b: c" },
    { "1", "<n>" },
    { "\xff\x01 2", "\xff\x01 <n>" },
};

static void what_varies_becomes_a_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = { 0 };
        buf_puts(&b, "");
        alike_print(&b, slice_of(rows[i][0]));
        assert_string_equal(b.p, rows[i][1]);
        buf_clear(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_varies_becomes_a_word) };
    return cmocka_run_group_tests_name("alike", tests, NULL, NULL);
}
