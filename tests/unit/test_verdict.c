/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/diagnosis/verdict.h"

#include <stdio.h>

static void every_verdict_is_complete(void **state)
{
    (void)state;
    for (int i = 0; i < VERDICT_COUNT; i++) {
        const struct verdict_info *v = verdict_info((enum verdict_id)i);
        const char *const *const lists[] = { v->causes, v->confirm, v->refute, v->next, v->references };
        assert_non_null(v->id);
        assert_int_equal(strlen(v->id), strlen("SFT-1000"));
        assert_true(strlen(v->name) > 3 && strlen(v->name) <= 19); /* as wide as the tables expect */
        assert_true(strlen(v->title) > 10 && strlen(v->title) < 80);
        assert_true(strlen(v->meaning) > 80);
        for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++) {
            assert_non_null(lists[k]);
            assert_non_null(lists[k][0]);
            for (const char *const *item = lists[k]; *item; item++)
                assert_true(strlen(*item) > 5 && !strchr(*item, '\n'));
        }
        for (const char *const *step = v->next; *step; step++)
            assert_int_equal((*step)[strlen(*step) - 1], '.');
    }
}

static void the_ids_are_those_of_the_design(void **state)
{
    static const struct {
        enum verdict_id id;
        const char *text;
        enum severity severity;
    } expected[] = {
        { VERDICT_HEALTHY, "SFT-1000", SEVERITY_OK },
        { VERDICT_CA_EXPIRED, "SFT-1001", SEVERITY_CRITICAL },
        { VERDICT_CA_EXPIRING, "SFT-1002", SEVERITY_WARNING },
        { VERDICT_LEAF_EXPIRED, "SFT-1003", SEVERITY_CRITICAL },
        { VERDICT_NOT_YET_VALID, "SFT-1004", SEVERITY_CRITICAL },
        { VERDICT_CA_MISMATCH, "SFT-1005", SEVERITY_CRITICAL },
        { VERDICT_UNKNOWN_CA, "SFT-1006", SEVERITY_CRITICAL },
        { VERDICT_WEAK_CERTIFICATE, "SFT-1007", SEVERITY_CRITICAL },
        { VERDICT_KEY_MISMATCH, "SFT-1008", SEVERITY_CRITICAL },
        { VERDICT_POST_HANDSHAKE_AUTH, "SFT-1009", SEVERITY_CRITICAL },
        { VERDICT_REVOKED, "SFT-1010", SEVERITY_CRITICAL },
        { VERDICT_REJECTED, "SFT-1011", SEVERITY_CRITICAL },
        { VERDICT_AT_RISK, "SFT-1101", SEVERITY_CRITICAL },
        { VERDICT_PUSH_INCOMPLETE, "SFT-1201", SEVERITY_CRITICAL },
        { VERDICT_BAD_FILES, "SFT-1202", SEVERITY_WARNING },
        { VERDICT_NETWORK, "SFT-1301", SEVERITY_WARNING },
        { VERDICT_PROTOCOL, "SFT-1302", SEVERITY_CRITICAL },
        { VERDICT_INTERCEPTED, "SFT-1303", SEVERITY_CRITICAL },
        { VERDICT_INSUFFICIENT, "SFT-1901", SEVERITY_UNKNOWN },
    };
    (void)state;
    assert_int_equal(sizeof expected / sizeof expected[0], VERDICT_COUNT);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_string_equal(verdict_info(expected[i].id)->id, expected[i].text);
        assert_int_equal(verdict_info(expected[i].id)->severity, expected[i].severity);
    }
}

static void ids_and_names_parse(void **state)
{
    (void)state;
    for (int i = 0; i < VERDICT_COUNT; i++) {
        const struct verdict_info *v = verdict_info((enum verdict_id)i);
        char lower[16];
        enum verdict_id id = VERDICT_COUNT;
        snprintf(lower, sizeof lower, "sft-%s", v->id + 4);
        const char *const spellings[] = { v->id, v->id + 4, v->name, lower };
        for (size_t k = 0; k < sizeof spellings / sizeof spellings[0]; k++) {
            assert_true(verdict_parse(slice_of(spellings[k]), &id));
            assert_int_equal(id, i);
        }
    }
    static const char *const wrong[] = { "", "SFT-", "SFT-9999", "100", "10011", " 1001", "ca", "SFT1001" };
    for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
        enum verdict_id id = VERDICT_COUNT;
        assert_false(verdict_parse(slice_of(wrong[k]), &id));
        assert_int_equal(id, VERDICT_COUNT);
    }
}

static bool any_step_says(enum verdict_id id, const char *words)
{
    for (const char *const *step = verdict_info(id)->next; *step; step++)
        if (slice_contains_nocase(slice_of(*step), slice_of(words)))
            return true;
    return false;
}

/* The vendor's gates: a wrong word here costs somebody a network. */
static void the_gates_stand_where_they_must(void **state)
{
    static const enum verdict_id regenerates[] = { VERDICT_CA_EXPIRED, VERDICT_CA_EXPIRING, VERDICT_AT_RISK };
    static const enum verdict_id never[] = { VERDICT_NOT_YET_VALID, VERDICT_NETWORK, VERDICT_PROTOCOL,
        VERDICT_INTERCEPTED, VERDICT_UNKNOWN_CA, VERDICT_LEAF_EXPIRED, VERDICT_CA_MISMATCH };
    (void)state;
    for (size_t i = 0; i < sizeof regenerates / sizeof regenerates[0]; i++) {
        assert_true(any_step_says(regenerates[i], "hotfix"));
        assert_true(any_step_says(regenerates[i], "backup"));
        assert_true(any_step_says(regenerates[i], "primary first, then the secondary"));
        assert_true(any_step_says(regenerates[i], "classic licences"));
        assert_true(any_step_says(regenerates[i], "Never restart sftunnel on the FMC"));
    }
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        assert_true(any_step_says(never[i], "not regenerate") || any_step_says(never[i], "never regenerate"));
        assert_false(any_step_says(never[i], "run generate_certs.pl once"));
    }
    for (int i = 0; i < VERDICT_COUNT; i++) /* a push restarts sftunnel, and only on the FTD */
        for (const char *const *step = verdict_info((enum verdict_id)i)->next; *step; step++)
            if (strstr(*step, "pmtool"))
                assert_non_null(strstr(*step, "on that FTD only"));
    assert_non_null(strstr(verdict_prohibition, "DO NOT reboot, upgrade or restart sftunnel"));
    assert_non_null(strstr(verdict_prohibition, "FMC"));
    assert_non_null(strstr(verdict_prohibition, "FTD"));
}

static void severities_and_confidences_have_names(void **state)
{
    (void)state;
    assert_string_equal(severity_name(SEVERITY_OK), "ok");
    assert_string_equal(severity_name(SEVERITY_UNKNOWN), "unknown");
    assert_string_equal(severity_name(SEVERITY_WARNING), "warning");
    assert_string_equal(severity_name(SEVERITY_CRITICAL), "critical");
    assert_string_equal(confidence_name(CONFIDENCE_LOW), "low");
    assert_string_equal(confidence_name(CONFIDENCE_MEDIUM), "medium");
    assert_string_equal(confidence_name(CONFIDENCE_HIGH), "high");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verdict_is_complete),
        cmocka_unit_test(the_ids_are_those_of_the_design),
        cmocka_unit_test(ids_and_names_parse),
        cmocka_unit_test(the_gates_stand_where_they_must),
        cmocka_unit_test(severities_and_confidences_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
