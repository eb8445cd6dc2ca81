/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/cursor.h"

#include <stdarg.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

static const uint8_t sample[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static void numbers_are_in_network_order(void **state)
{
    (void)state;
    struct cursor c = cursor_of(sample, sizeof sample);
    assert_int_equal(cursor_u8(&c), 1);
    assert_int_equal(cursor_u16(&c), 0x0203);
    assert_int_equal(cursor_u24(&c), 0x040506);
    assert_int_equal(cursor_left(&c), 3);
    assert_false(cursor_done(&c));
    assert_int_equal(cursor_rest(&c).n, 3);
    assert_true(cursor_done(&c));
    c = cursor_of(sample, sizeof sample);
    assert_true(cursor_u64(&c) == 0x0102030405060708U);
    c = cursor_of(sample, sizeof sample);
    assert_true(cursor_u64_in(&c, true) == 0x0807060504030201U);
    c = cursor_of(sample, sizeof sample);
    assert_int_equal(cursor_u32(&c), 0x01020304);
    assert_int_equal(cursor_u32_in(&c, true), 0x08070605);
    c = cursor_of(sample, sizeof sample);
    assert_int_equal(cursor_u16_in(&c, true), 0x0201);
    assert_int_equal(cursor_u16_in(&c, false), 0x0304);
}

static void a_failure_stays(void **state)
{
    (void)state;
    struct cursor c = cursor_of(sample, 3);
    assert_int_equal(cursor_u32(&c), 0);
    assert_true(c.failed);
    assert_int_equal(cursor_u8(&c), 0); /* although there is a byte */
    assert_int_equal(cursor_rest(&c).n, 0);
    assert_int_equal(cursor_left(&c), 0); /* so loops over what is left end */
    assert_true(c.at == sample);
    assert_false(cursor_done(&c));
    assert_true(cursor_child(&c, 0).failed);
    uint8_t out[4] = { 9, 9, 9, 9 };
    cursor_copy(&c, out, sizeof out);
    assert_memory_equal(out, "\0\0\0\0", 4);
}

static void a_child_ends_where_it_should(void **state)
{
    (void)state;
    struct cursor c = cursor_of(sample, sizeof sample);
    struct cursor child = cursor_child(&c, 4);
    assert_int_equal(cursor_u8(&c), 5); /* the parent is past it */
    assert_int_equal(cursor_u32(&child), 0x01020304);
    assert_true(cursor_done(&child));
    assert_int_equal(cursor_u8(&child), 0);
    assert_true(child.failed);
    assert_false(c.failed);
    child = cursor_child(&c, 5);
    assert_true(child.failed && c.failed);
}

static void nothing_is_a_range(void **state)
{
    (void)state;
    struct cursor c = cursor_of(NULL, 0);
    assert_true(cursor_done(&c));
    assert_int_equal(cursor_rest(&c).n, 0);
    assert_true(cursor_done(&c));
    cursor_skip(&c, 1);
    assert_true(c.failed);
    c = cursor_of(sample, sizeof sample);
    cursor_skip(&c, SIZE_MAX); /* no pointer is formed from it */
    assert_true(c.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_in_network_order),
        cmocka_unit_test(a_failure_stays),
        cmocka_unit_test(a_child_ends_where_it_should),
        cmocka_unit_test(nothing_is_a_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
