/* SPDX-License-Identifier: BSD-2-Clause */
/* The vendor's table of releases, row by row, its edges, and what is said of each. */
#include "agent/diagnosis/releases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void every_row_and_its_edges(void **state)
{
    (void)state;
    static const struct {
        const char *version;
        enum release_state state;
        const char *hotfix; /* NULL: none */
        bool patch;
    } cases[] = {
        { "6.2.2.5", RELEASE_NOT_LISTED, NULL, false },
        { "6.2.3", RELEASE_LISTED, NULL, false },
        { "6.2.3.18", RELEASE_LISTED, NULL, false },
        { "6.2.3.19", RELEASE_NOT_LISTED, NULL, false },
        { "6.3.0", RELEASE_NOT_LISTED, NULL, false },
        { "6.4.0.18-24", RELEASE_LISTED, NULL, false },
        { "6.5.0", RELEASE_NOT_LISTED, NULL, false },
        { "6.6.5.1-15", RELEASE_LISTED, NULL, false },
        { "6.6.7.2", RELEASE_LISTED, NULL, false },
        { "6.7.0", RELEASE_NOT_LISTED, NULL, false },
        { "7.0.0-94", RELEASE_LISTED, "FK 7.0.6.99-9", false },
        { "7.0.6-236", RELEASE_LISTED, "FK 7.0.6.99-9", false },
        { "7.0.6.1", RELEASE_LISTED, "FK 7.0.6.99-9", true },
        { "7.0.6.3", RELEASE_LISTED, "FK 7.0.6.99-9", true },
        { "7.0.6.4", RELEASE_NOT_LISTED, NULL, false },
        { "7.0.6.99-9", RELEASE_HOTFIX, "FK 7.0.6.99-9", false },
        { "7.1.0", RELEASE_LISTED, NULL, false },
        { "7.1.0.3", RELEASE_LISTED, NULL, false },
        { "7.2.5.1 (build 29)", RELEASE_LISTED, "FZ 7.2.9.99-4", false },
        { "7.2.9", RELEASE_LISTED, "FZ 7.2.9.99-4", false },
        { "7.2.10", RELEASE_NOT_LISTED, NULL, false },
        { "7.3.1.2", RELEASE_LISTED, "AE 7.3.1.99-4", false },
        { "7.4.2", RELEASE_LISTED, "AO 7.4.2.99-5", false },
        { "7.4.2.1", RELEASE_LISTED, "AO 7.4.2.99-5", true },
        { "7.4.2.99", RELEASE_HOTFIX, "AO 7.4.2.99-5", false },
        { "7.6.0-113", RELEASE_LISTED, "B 7.6.0.99-5", false },
        { "7.6", RELEASE_LISTED, "B 7.6.0.99-5", false },
        { "7.6.1", RELEASE_NOT_LISTED, NULL, false },
        { "10.0.0", RELEASE_NOT_LISTED, NULL, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct release r;
        release_find(slice_of(cases[i].version), &r);
        assert_int_equal(r.state, cases[i].state);
        assert_int_equal(r.patch_unnamed, cases[i].patch);
        if (cases[i].hotfix)
            assert_string_equal(r.hotfix, cases[i].hotfix);
        else
            assert_null(r.hotfix);
    }
}

static void what_is_no_version(void **state)
{
    (void)state;
    static const char *const none[] = { "", "7", "seven", "7.", "7.2.", ".7", "7..2", "7.2.5.1.1", "7.2x", "-1.2",
        "7.99999999999", "\x01" };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        struct release r;
        struct buf b = { 0 };
        release_find(slice_of(none[i]), &r);
        assert_int_equal(r.state, RELEASE_UNREADABLE);
        release_advice(&b, slice_of(none[i]), &r);
        assert_int_equal(b.n, 0);
        buf_clear(&b);
    }
}

static void the_advice_says_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *version, *says, *not ;
    } cases[] = {
        { "7.2.5-208", "Hotfix FZ 7.2.9.99-4 is for it", "upgrade" },
        { "7.2.5-208", "7.2.5-208, which Field Notice 74214 lists as affected (7.2.0 to 7.2.9)", "TAC" },
        { "7.0.6.2", "ask Cisco TAC whether it is for this one", "Install it" },
        { "7.1.0", "No hotfix is listed", "Install it" },
        { "7.1.0", "While a tunnel is up on an expired CA, do not upgrade", "Install it" },
        { "6.4.0", "No hotfix is listed", "Install it" },
        { "7.7.0", "all systems are affected, even with a fixed release", "Hotfix" },
        { "7.6.0.99-5", "number of hotfix B 7.6.0.99-5 itself", "affected" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct release r;
        struct buf b = { 0 };
        release_find(slice_of(cases[i].version), &r);
        release_advice(&b, slice_of(cases[i].version), &r);
        assert_non_null(strstr(b.p, cases[i].says));
        assert_null(strstr(b.p, cases[i].not ));
        buf_clear(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_and_its_edges),
        cmocka_unit_test(what_is_no_version),
        cmocka_unit_test(the_advice_says_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
