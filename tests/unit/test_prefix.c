/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"
#include "rules/prefix.h"
#include "rules/tree.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

/* pattern, its beginnings in the order in which they are found, joined by '~' */
static const char *const rows[][2] = {
    { "^err (?<code>\\d+)", "err " },
    { "err", "err" },
    { "", "" },
    { "^", "" },
    { "^-Error at", "-Error at" },
    { "^-?Error", "-Error~Error" },
    { "^ab*c", "a" },
    { "^ab+c", "ab" },
    { "^ab{2}c", "a" },
    { "^ab{0,3}", "a" },
    { "^ab??c", "abc~ac" },
    { "^ab?+c", "abc~ac" },
    { "^ab++c", "ab" },
    { "^a\\.b\\[c", "a.b[c" },
    { "^a\\db", "a" },
    { "^a\\x41b", "a" },
    { "^a.b", "a" },
    { "^a$", "a" },
    { "^a[bc]d", "a" },
    { "^a|b", "a~b" },
    { "^abc|^abd", "abc~" },
    { "a|b*", "a~" },
    { "^(?:ab|cd)e", "abe~cde" },
    { "^(ab|cd)e", "abe~cde" },
    { "^(?<text>ab|cd)e", "abe~cde" },
    { "^(?P<text>ab)c", "abc" },
    { "^(?'text'ab)c", "abc" },
    { "^(?:ab|c.)e", "abe~c" },
    { "^(?:(?:A|B): ?)?x", "A: x~A:x~B: x~B:x~x" },
    { "^(?:ab)*c", "" },
    { "^(?:ab)+c", "ab" },
    { "^(?:ab){2}c", "" },
    { "^a(?:b|)c", "abc~ac" },
    { "^(?i)abc", "" },
    { "^abc(?i)def", "" },
    { "^abc(?i:d)ef", "abc" },
    { "^abc(?=x|y)z|d", "abc~d" },
    { "^abc(?!x)z", "abc" },
    { "^abc(?<=c)z", "abc" },
    { "^abc(?>d)e", "abc" },
    { "^abc(?|d|e)f", "abc" },
    { "^abc(?#comment|)d|e", "" },
    { "^a(?x) b # | \n c", "" },
    { "^a(?x: b | c )d", "" },
    { "(*NO_JIT)abc", "" },
    { "^a(*ACCEPT)b", "" },
    { "^a\\Q|\\Eb", "" },
    { "^a[|]b|c", "a~c" },
    { "^a[]|]b|c", "a~c" },
    { "^a[^]|]b|c", "a~c" },
    { "^a[[:alpha:]|]b|c", "a~c" },
    { "^a[\\]|]b|c", "a~c" },
    { "^a\\|b", "a|b" },
    { "^a\\(b|c", "a(b~c" },
    { "^a[(]b|c", "a~c" },
    { "^(a)(?1)b", "a" },
    { "^a\\g{-1}b", "a" },
    { "^caf\xc3\xa9+x", "caf\xc3\xa9" },
    { "^caf\xc3\xa9?x", "caf\xc3\xa9x~caf\xc3x" },
    { "^a)b", "" },
    { "^(?:(?:(?:(?:(?:(?:(?:(?:(?:a|b)))))))))c", "" },
    { "^x(?:(?:(?:(?:(?:(?:(?:(?:(?:a|b\\)[)(])))))))))c|d", "x~d" },
    { "^0123456789012345678901234567890123456789012345678901234567890123456789",
        "012345678901234567890123456789012345678901234567" },
    /* more than there is room for: what was known before */
    { "^x(?:a|b|c|d|e)(?:a|b|c|d|e)(?:a|b|c|d|e)", "xa~xb~xc~xd~xe" },
};

static void prefixes_are_what_a_match_begins_with(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct prefixes got;
        struct buf b = { 0 };
        prefix_read(slice_of(rows[i][0]), &got);
        for (size_t k = 0; k < got.count; k++) {
            if (k)
                buf_putc(&b, '~');
            buf_put(&b, got.each[k].p, got.each[k].n);
        }
        if (strcmp(b.p ? b.p : "", rows[i][1]) != 0)
            print_message("# pattern %s\n", rows[i][0]);
        assert_string_equal(b.p ? b.p : "", rows[i][1]);
        buf_clear(&b);
    }
}

/* Anything at all, also what PCRE2 would refuse, is read without harm. */
static void any_bytes_are_read(void **state)
{
    (void)state;
    static const char alphabet[] = "ab|()?*+{}[]^$\\:<>=!#QExi.";
    uint32_t random = 20240920;
    print_message("# seed %u\n", random);
    for (int round = 0; round < 20000; round++) {
        char text[24];
        size_t n = 0;
        struct prefixes got;
        while (n < sizeof text && (random = random * 1664525 + 1013904223) >> 28)
            text[n++] = alphabet[(random >> 16) % (sizeof alphabet - 1)];
        char *copy = malloc(n ? n : 1); /* just as long, so that the sanitizer sees a byte too many */
        memcpy(copy, text, n);
        prefix_read((struct slice){ copy, n }, &got);
        assert_in_range(got.count, 1, PREFIX_MOST);
        free(copy);
    }
}

static void tree_with_nothing_in_it(void **state)
{
    (void)state;
    struct tree *t = tree_new();
    tree_build(t);
    assert_int_equal(tree_find(t, SLICE("abc")).n, 0);
    assert_int_equal(tree_find(t, SLICE("")).n, 0);
    tree_free(t);
    tree_free(NULL);
}

/* What the tree is: all numbers of which a beginning fits, ascending, each once. */
static void tree_says_what_a_search_says(void **state)
{
    (void)state;
    enum { ITEMS = 60 };
    uint32_t random = 8305;
    print_message("# seed %u\n", random);
    for (int round = 0; round < 200; round++) {
        char beginning[ITEMS][6];
        uint16_t number[ITEMS];
        struct tree *t = tree_new();
        for (size_t i = 0; i < ITEMS; i++) {
            size_t n = 0;
            random = random * 1664525 + 1013904223;
            for (size_t length = (random >> 20) % 5; n < length; n++)
                beginning[i][n] = (char)('a' + ((random = random * 1664525 + 1013904223) >> 24) % 3);
            beginning[i][n] = '\0';
            number[i] = (uint16_t)(i / 2);
            tree_add(t, slice_of(beginning[i]), number[i]);
        }
        tree_build(t);
        for (int probe = 0; probe < 100; probe++) {
            char text[8];
            size_t n = 0;
            while (n < 7 && (random = random * 1664525 + 1013904223) >> 29)
                text[n++] = (char)('a' + (random >> 24) % 3);
            struct slice s = { text, n };
            struct tree_numbers got = tree_find(t, s);
            size_t at = 0;
            for (uint16_t want = 0; want < ITEMS / 2; want++) {
                bool fits = slice_starts(s, slice_of(beginning[2 * want])) ||
                            slice_starts(s, slice_of(beginning[2 * want + 1]));
                if (fits) {
                    assert_true(at < got.n);
                    assert_int_equal(got.p[at++], want);
                }
            }
            assert_int_equal(at, got.n);
        }
        tree_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes_are_what_a_match_begins_with),
        cmocka_unit_test(any_bytes_are_read),
        cmocka_unit_test(tree_with_nothing_in_it),
        cmocka_unit_test(tree_says_what_a_search_says),
    };
    return cmocka_run_group_tests_name("prefix", tests, NULL, NULL);
}
