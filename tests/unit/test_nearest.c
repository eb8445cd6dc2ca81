/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/nearest.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static const char *const known[] = { "event", "level", "match", "means", "examples", "counterexamples", "id", NULL };

static const struct {
    const char *word, *near;
} rows[] = {
    { "event", "event" },
    { "evnt", "event" },
    { "EVENT", "event" },
    { "evetn", "event" }, /* a swap is one step */
    { "lveel", "level" },
    { "mathc", "match" },
    { "example", "examples" },
    { "counterexample", "counterexamples" },
    { "counterxamples", "counterexamples" },
    { "ix", "id" },
    { "xi", NULL },
    { "x", NULL },
    { "", NULL },
    { "something else", NULL },
    { "mea", NULL }, /* two of five */
    { "meas", "means" },
};

static void the_nearest_word_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *got = nearest(slice_of(rows[i].word), known);
        if (rows[i].near) {
            assert_non_null(got);
            assert_string_equal(got, rows[i].near);
        } else {
            assert_null(got);
        }
    }
}

static void a_very_long_word_is_like_none(void **state)
{
    static char word[100000];
    static const char *const none[] = { NULL };
    static const char *const equals[] = { "abd", "abe", NULL };
    (void)state;
    memset(word, 'e', sizeof word);
    assert_null(nearest((struct slice){ word, sizeof word }, known));
    assert_null(nearest((struct slice){ word, 127 }, known));
    assert_null(nearest(SLICE("event"), none));
    assert_string_equal(nearest(SLICE("abc"), equals), "abd"); /* the first of equals */
    char text[NEAREST_TEXT];
    assert_string_equal(nearest_text(SLICE("abc"), equals, "'", text), "; did you mean 'abd'?");
    assert_string_equal(nearest_text(SLICE("abc"), equals, "", text), "; did you mean abd?");
    assert_string_equal(nearest_text(SLICE("event"), none, "", text), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_word_is_found),
        cmocka_unit_test(a_very_long_word_is_like_none),
    };
    return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
