/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/scan.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

static const struct slice names[] = { { "sftunneld", 9 }, { "sfmgr", 5 }, { "xy", 2 }, { "\xff\x80z", 3 } };

/* The plain way: what the others must agree with. */
static size_t slow(const struct scan *s, const char *p, size_t from, size_t n, uint64_t *newlines)
{
    for (size_t at = from; at < n; at++) {
        for (size_t i = 0; i < s->count; i++)
            if (n - at >= s->literal[i].n && memcmp(p + at, s->literal[i].p, s->literal[i].n) == 0)
                return at;
        *newlines += p[at] == '\n';
    }
    return n;
}

static void every_variant_agrees(void **state)
{
    size_t count = *state ? 2 : 4;
    struct scan s;
    scan_init(&s, names, count);
    assert_int_equal(s.count, *state ? 2 : 3); /* "xy" is too short to be looked for */
    assert_int_equal(s.pair, *state != NULL);  /* both forms of the search */
    static const char pieces[][12] = { "sftunneld", "sfmgr", "sft", "sftunnel", "\n", "s", "sf", "\xff\x80z",
        "\xff\x80", "abc", "\n\n", "sfmg" };
    unsigned seed = 1;
    for (int round = 0; round < 2000; round++) {
        char *text = malloc(4096);
        size_t n = 0, limit = (size_t)(rand_r(&seed) % 300);
        while (n < limit) {
            const char *piece = pieces[rand_r(&seed) % 12];
            memcpy(text + n, piece, strlen(piece));
            n += strlen(piece);
        }
        text = realloc(text, n ? n : 1); /* exact size, for ASan */
        for (size_t from = 0; from <= n;) {
            uint64_t a = 0, b = 0, c = 0;
            size_t x = slow(&s, text, from, n, &a), y = scan_next(&s, text, from, n, &b);
            size_t z = scan_portable(&s, text, from, n, &c);
            assert_int_equal(x, y);
            assert_int_equal(x, z);
            assert_int_equal(a, b);
            assert_int_equal(a, c);
            from = x + 1;
        }
        assert_int_equal(scan_newlines(text, n), scan_portable_newlines(text, n));
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_variant_agrees),
        cmocka_unit_test_prestate(every_variant_agrees, &(int){ 1 }) };
    return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
