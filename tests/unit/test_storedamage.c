/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a state that somebody or something has got at: it is said, set aside and made anew, once. */
#include "tests/unit/store_maker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

#define LOCK "state.lock"

static const char *fresh(void)
{
    static unsigned n;
    char name[32];
    snprintf(name, sizeof name, "d%u", n++);
    return kept(name);
}

/* ---- emptied, taken away ---- */

static void emptied(void **state)
{
    (void)state;
    const char *folder = fresh();
    struct store_opened how;
    store_close(keep_open(folder, &how));
    for (unsigned n = 0; n < 2; n++) {
        keep_bytes(kept_file(folder, STORE_FILE), SLICE(""));
        store_close(keep_open(folder, &how));
        assert_int_equal(how.found, STORE_REBUILT);
        assert_string_equal(how.trouble, "it is empty, and was not");
        assert_int_equal(access(kept_file(folder, how.aside), F_OK), 0);
        store_close(keep_open(folder, &how));
        assert_int_equal(how.found, STORE_KEPT);
    }
}

static void taken_away(void **state)
{
    (void)state;
    const char *folder = fresh();
    struct store_opened how;
    store_close(keep_open(folder, &how));
    assert_int_equal(unlink(kept_file(folder, STORE_FILE)), 0);
    store_close(keep_open(folder, &how));
    assert_int_equal(how.found, STORE_NEW);
    /* killed between making the file and making its tables, for the first time and after that */
    keep_empty(folder);
    keep_bytes(kept_file(folder, STORE_FILE), SLICE(""));
    store_close(keep_open(folder, &how));
    assert_int_equal(how.found, STORE_NEW);
    keep_bytes(kept_file(folder, STORE_FILE), SLICE(""));
    keep_bytes(kept_file(folder, LOCK), SLICE("4711\n"));
    store_close(keep_open(folder, &how));
    assert_int_equal(how.found, STORE_NEW);
}

/* The word that the one before has left, with a rest behind it that he was killed before he could cut off. */
static void word_in_the_lock(void **state)
{
    (void)state;
    const char *folder = fresh();
    struct store_opened how;
    store_close(keep_open(folder, &how));
    keep_bytes(kept_file(folder, LOCK), SLICE("damaged\nbegun\n"));
    store_close(keep_open(folder, &how));
    assert_int_equal(how.found, STORE_REBUILT);
    keep_bytes(kept_file(folder, STORE_FILE), SLICE(""));
    keep_bytes(kept_file(folder, LOCK), SLICE("1\nbegun\ngun\n"));
    store_close(keep_open(folder, &how));
    assert_int_equal(how.found, STORE_REBUILT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emptied),
        cmocka_unit_test(taken_away),
        cmocka_unit_test(word_in_the_lock),
    };
    keep_place();
    int failed = cmocka_run_group_tests_name("storedamage", tests, NULL, NULL);
    keep_gone();
    return failed;
}
