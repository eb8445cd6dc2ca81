/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"
#include "base/caps.h"
#include "base/civil.h"
#include "base/err.h"
#include "base/strings.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Against the C library's calendar, which goes its own way about it. */
static void civil_agrees_with_libc(void **state)
{
    (void)state;
    for (int64_t t = -3000000000; t < 9000000000; t += 86400 * 3 + 12345) {
        time_t seconds = (time_t)t;
        struct tm tm;
        gmtime_r(&seconds, &tm);
        civil c = civil_from_unix(t);
        assert_int_equal(civil_year(c), tm.tm_year + 1900);
        assert_int_equal(civil_month(c), tm.tm_mon + 1);
        assert_int_equal(civil_day(c), tm.tm_mday);
        assert_int_equal(civil_second(c), tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec);
        assert_true(civil_unix(c) == t);
        assert_true(civil_valid(c));
    }
}

static void civil_shifts_by_years(void **state)
{
    (void)state;
    civil c = civil_pack(0, 9, 20, 4 * 3600 + 10 * 60 + 47);
    char text[CIVIL_TEXT];
    assert_string_equal(civil_text(c + 2024 * CIVIL_YEAR, text), "2024-09-20T04:10:47Z");
    assert_int_equal(civil_between(civil_pack(2024, 2, 28, 86399), civil_pack(2024, 3, 1, 0)), 86401);
    assert_int_equal(civil_between(civil_pack(2023, 2, 28, 86399), civil_pack(2023, 3, 1, 0)), 1);
    assert_int_equal(civil_between(civil_pack(2023, 12, 31, 86399), civil_pack(2024, 1, 1, 0)), 1);
    assert_false(civil_valid(civil_pack(2023, 2, 29, 0)));
    assert_false(civil_valid(civil_pack(2023, 4, 31, 0)));
    assert_true(civil_valid(civil_pack(2024, 2, 29, 0)));
}

static void civil_prints_all_of_them(void **state)
{
    (void)state;
    char text[CIVIL_TEXT];
    assert_string_equal(civil_text(CIVIL_NONE, text), "-");
    assert_string_equal(civil_text(civil_pack(2016, 12, 31, 86400), text), "2016-12-31T23:59:60Z");
    assert_string_equal(civil_text(civil_pack(9999, 12, 31, 86399), text), "9999-12-31T23:59:59Z");
    assert_string_equal(civil_text(civil_pack(12024, 1, 2, 3), text), "12024-01-02T00:00:03Z");
    assert_string_equal(civil_text(civil_pack(7, 1, 2, 3661), text), "0007-01-02T01:01:01Z");
}

/* Whatever room there is left, down to none, for the text or for its NUL. */
static void a_buffer_grows_for_what_is_printed(void **state)
{
    (void)state;
    for (size_t before = 0; before < 200; before++) {
        struct buf b = { 0 };
        for (size_t i = 0; i < before; i++)
            buf_putc(&b, 'x');
        buf_printf(&b, "%s", "");
        buf_printf(&b, "%s-%d", "0123456789", 42);
        memset(buf_more(&b, 3), 'y', 3);
        buf_number(&b, UINT64_MAX);
        buf_number(&b, 0);
        assert_int_equal(b.n, before + 37);
        assert_string_equal(b.p + before, "0123456789-42yyy184467440737095516150");
        char *taken = buf_take(&b);
        assert_int_equal(strlen(taken), before + 37);
        assert_null(b.p);
        free(taken);
    }
}

static void terminal_escapes(void **state)
{
    (void)state;
    struct buf b = { 0 };
    buf_terminal(&b, SLICE("a\x1b[31m\xc3\xa4\xff\xe2\x80\xae\0z\\x\xc2\x9b"));
    assert_string_equal(b.p, "a\\x1b[31m\xc3\xa4\\xff\\xe2\\x80\\xae\\x00z\\\\x\\xc2\\x9b");
    buf_reset(&b);
    buf_utf8(&b, SLICE("\xff\xed\xa0\x80x\0\xf0\x9f\x98\x80"));
    assert_string_equal(b.p, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx\xe2\x90\x80\xf0\x9f\x98\x80");
    buf_clear(&b);
}

static void strings_number_in_order(void **state)
{
    (void)state;
    struct strings *t = strings_new(5000);
    char name[32];
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 5000; i++) {
            snprintf(name, sizeof name, "10.0.%d.%d", i / 256, i % 256);
            assert_int_equal(strings_add(t, slice_of(name)), i + 1);
        }
    assert_int_equal(strings_add(t, SLICE("one too many")), 0);
    assert_int_equal(strings_find(t, SLICE("10.0.0.7")), 8);
    assert_int_equal(strings_find(t, SLICE("nowhere")), 0);
    assert_true(slice_eq(strings_get(t, 8), SLICE("10.0.0.7")));
    assert_int_equal(strings_get(t, 0).n, 0);
    strings_free(t);
}

static void slices(void **state)
{
    (void)state;
    struct slice rest;
    uint32_t v = 0;
    assert_true(slice_eq(slice_cut(SLICE("a=b=c"), '=', &rest), SLICE("a")));
    assert_true(slice_eq(rest, SLICE("b=c")));
    assert_true(slice_eq(slice_trim(SLICE(" \t x y\r\n")), SLICE("x y")));
    assert_true(slice_after(SLICE("a=>b=>c"), SLICE("=>"), &rest) && slice_eq(rest, SLICE("b=>c")));
    assert_false(slice_after(SLICE("b=>c"), SLICE("->"), &rest));
    assert_true(slice_eq(rest, SLICE("b=>c")));
    assert_true(slice_is_uuid(SLICE("6D0E0f2a-75d4-11ef-aF43-f1d0c7a1b2c3")));
    assert_false(slice_is_uuid(SLICE("6D0E0f2a-75d4-11ef-aF43-f1d0c7a1b2cg")));
    assert_false(slice_is_uuid(SLICE("6D0E0f2a075d4-11ef-aF43-f1d0c7a1b2c3")));
    assert_false(slice_is_uuid(SLICE("6D0E0f2a-75d4-11ef-aF43-f1d0c7a1b2c")));
    assert_true(slice_u32(SLICE("4294967295"), UINT32_MAX, &v) && v == UINT32_MAX);
    assert_false(slice_u32(SLICE("4294967296"), UINT32_MAX, &v));
    assert_false(slice_u32(SLICE("-1"), 10, &v));
    assert_false(slice_u32(SLICE(""), 10, &v));
    assert_true(slice_contains_nocase(SLICE("xSfTunnel_Status"), SLICE("sftunnel")));
    assert_true(slice_cmp(SLICE("a"), SLICE("ab")) < 0 && slice_cmp(SLICE("b"), SLICE("ab")) > 0);
}

static void errors_carry_their_context(void **state)
{
    (void)state;
    struct err e = { 0 };
    assert_int_equal(err_os(&e, ERR_NOINPUT, ENOENT, "open"), ERR_NOINPUT);
    err_prefix(&e, "%s", "a.log");
    assert_string_equal(e.text, "a.log: open: No such file or directory");
    assert_int_equal(err_exit(e.code), 66);
    char big[3000];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = 0;
    err_prefix(&e, "%s", big);
    assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
}

static void every_cap_is_in_the_table(void **state)
{
    (void)state;
    size_t n = 0;
    for (; caps_table[n].name; n++)
        assert_true(caps_table[n].value > 0 && caps_table[n].text[0]);
    assert_true(n >= 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(civil_agrees_with_libc),
        cmocka_unit_test(civil_shifts_by_years),
        cmocka_unit_test(civil_prints_all_of_them),
        cmocka_unit_test(a_buffer_grows_for_what_is_printed),
        cmocka_unit_test(terminal_escapes),
        cmocka_unit_test(strings_number_in_order),
        cmocka_unit_test(slices),
        cmocka_unit_test(errors_carry_their_context),
        cmocka_unit_test(every_cap_is_in_the_table),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
