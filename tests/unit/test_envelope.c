/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/envelope.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

struct row {
    const char *line;
    enum envelope_kind kind;
    const char *time, *host;
    unsigned pid, tid;
    const char *process, *module;
    enum level level;
    unsigned repeated;
    const char *text;
};

static const struct row rows[] = {
    { "Sep 20 04:10:47 FTD-hostname SF-IMS[50792]: [51982] sftunneld:sf_ssl [ERROR] err 10:certificate has expired",
        ENVELOPE_FULL, "0000-09-20T04:10:47Z", "FTD-hostname", 50792, 51982, "sftunneld", "sf_ssl", LEVEL_ERROR, 0,
        "err 10:certificate has expired" },
    { "<134>Sep  2 04:10:47 h SF-IMS[1]: [2] sftunneld:sf_ssl [INFO] x\r", ENVELOPE_FULL, "0000-09-02T04:10:47Z", "h",
        1, 2, "sftunneld", "sf_ssl", LEVEL_INFO, 0, "x" },
    { "<134>1 2024-09-20T06:10:47.123456+02:00 h SF-IMS 50792 - - [51982] sftunneld:sf_ssl [WARN] y", ENVELOPE_FULL,
        "2024-09-20T04:10:47Z", "h", 50792, 51982, "sftunneld", "sf_ssl", LEVEL_WARN, 0, "y" },
    { "2024-09-20T04:10:47Z h SF-IMS 50792 - - [51982] sftunneld:sf_ssl [WARN] version gone", ENVELOPE_FULL,
        "2024-09-20T04:10:47Z", "h", 50792, 51982, "sftunneld", "sf_ssl", LEVEL_WARN, 0, "version gone" },
    { "2024-09-20T04:10:47Z h SF-IMS 5 lines - [51982] sftunneld:sf_ssl [WARN] y", ENVELOPE_FULL,
        "2024-09-20T04:10:47Z", "h", 5, 51982, "sftunneld", "sf_ssl", LEVEL_WARN, 0, "y" },
    { "Sep 20 04:10:47 h SF-IMS stops - - now", ENVELOPE_SYSLOG, "0000-09-20T04:10:47Z", "h", 0, 0, "", "", LEVEL_NONE,
        0, "SF-IMS stops - - now" },
    { "2024-02-29T23:59:60Z h SF-IMS[1]: [2] sftunneld:sf_ssl [INFO] z", ENVELOPE_FULL, "2024-02-29T23:59:60Z", "h", 1,
        2, "sftunneld", "sf_ssl", LEVEL_INFO, 0, "z" },
    { "2023-12-31T23:30:00-01:00 h SF-IMS[1]: [2] sftunneld:a [INFO] z", ENVELOPE_FULL, "2024-01-01T00:30:00Z", "h", 1,
        2, "sftunneld", "a", LEVEL_INFO, 0, "z" },
    { "Sep 20 2024 04:10:47 h SF-IMS[1]: [2] sftunneld:sf_ssl [CRITICAL] z", ENVELOPE_FULL, "2024-09-20T04:10:47Z", "h",
        1, 2, "sftunneld", "sf_ssl", LEVEL_CRITICAL, 0, "z" },
    { "Feb 10 18:35:03 FTD-device SF-IMS[28366]: New inspector is not initializing Identity API", ENVELOPE_IMS,
        "0000-02-10T18:35:03Z", "FTD-device", 28366, 0, "", "", LEVEL_NONE, 0,
        "New inspector is not initializing Identity API" },
    { "Feb 10 18:35:03 h last message repeated 3 times", ENVELOPE_REPEATED, "0000-02-10T18:35:03Z", "h", 0, 0, "", "",
        LEVEL_NONE, 3, "last message repeated 3 times" },
    { "Feb 10 18:35:03 h SF-IMS[1]: message repeated 2 times: [ [7] sftunneld:sf_ssl [ERROR] err 10:certificate has "
      "expired]",
        ENVELOPE_FULL, "0000-02-10T18:35:03Z", "h", 1, 7, "sftunneld", "sf_ssl", LEVEL_ERROR, 2,
        "err 10:certificate has expired" },
    { "Sep 20 04:10:47 SF-IMS[1]: [2] sftunneld:sf_ssl [INFO] no host", ENVELOPE_FULL, "0000-09-20T04:10:47Z", "", 1, 2,
        "sftunneld", "sf_ssl", LEVEL_INFO, 0, "no host" },
    { "Sep 20 04:10:47 h SF-IMS[1]: [2] sftunneld [INFO] no module", ENVELOPE_FULL, "0000-09-20T04:10:47Z", "h", 1, 2,
        "sftunneld", "", LEVEL_INFO, 0, "no module" },
    { "2024-09-20 04:10:47 HMAC verification reached timeout", ENVELOPE_SYSLOG, "2024-09-20T04:10:47Z", "", 0, 0, "",
        "", LEVEL_NONE, 0, "HMAC verification reached timeout" },
    { "Sep 20 04:10:47 h kernel: foo", ENVELOPE_SYSLOG, "0000-09-20T04:10:47Z", "h", 0, 0, "", "", LEVEL_NONE, 0,
        "kernel: foo" },
    { "Sep 31 04:10:47 h SF-IMS[1]: [2] sftunneld:a [INFO] x", ENVELOPE_NONE, "-", "", 0, 0, "", "", LEVEL_NONE, 0,
        "Sep 31 04:10:47 h SF-IMS[1]: [2] sftunneld:a [INFO] x" },
    { "Sep 20 24:10:47 h x", ENVELOPE_NONE, "-", "", 0, 0, "", "", LEVEL_NONE, 0, "Sep 20 24:10:47 h x" },
    { "Sep 20 04:10:47 SF-IMS[h SF-IMS[50792]: [51982] sftunneld:sf_ssl [ERROR] x", ENVELOPE_SYSLOG,
        "0000-09-20T04:10:47Z", "", 0, 0, "", "", LEVEL_NONE, 0,
        "SF-IMS[h SF-IMS[50792]: [51982] sftunneld:sf_ssl [ERROR] x" },
    { "", ENVELOPE_NONE, "-", "", 0, 0, "", "", LEVEL_NONE, 0, "" },
    { "err 10:certificate has expired", ENVELOPE_NONE, "-", "", 0, 0, "", "", LEVEL_NONE, 0,
        "err 10:certificate has expired" },
    { "Sep 20 04:10:47 h SF-IMS[99999999999]: [2] sftunneld:a [INFO] x", ENVELOPE_SYSLOG, "0000-09-20T04:10:47Z", "h",
        0, 0, "", "", LEVEL_NONE, 0, "SF-IMS[99999999999]: [2] sftunneld:a [INFO] x" },
};

static void parses_each_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        struct envelope e;
        char time[CIVIL_TEXT];
        envelope_parse(slice_of(r->line), &e);
        if (e.kind != r->kind)
            fail_msg("kind %d of: %s", (int)e.kind, r->line);
        assert_string_equal(civil_text(e.time, time), r->time);
        assert_true(slice_eq(e.host, slice_of(r->host)));
        assert_int_equal(e.pid, r->pid);
        assert_int_equal(e.tid, r->tid);
        assert_true(slice_eq(e.process, slice_of(r->process)));
        assert_true(slice_eq(e.module, slice_of(r->module)));
        assert_int_equal(e.level, r->level);
        assert_int_equal(e.repeated, r->repeated);
        if (!slice_eq(e.text, slice_of(r->text)))
            fail_msg("text '%.*s' of: %s", (int)e.text.n, e.text.p, r->line);
    }
}

/* A line that is cut anywhere is read as far as it goes, and every slice stays inside. */
static void cut_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t n = 0; n <= strlen(rows[i].line); n++) {
            char *copy = malloc(n ? n : 1); /* so that ASan sees a byte too far */
            memcpy(copy, rows[i].line, n);
            struct envelope e;
            envelope_parse((struct slice){ copy, n }, &e);
            const struct slice all[] = { e.host, e.process, e.module, e.text };
            for (size_t k = 0; k < 4; k++)
                assert_true(all[k].n == 0 || (all[k].p >= copy && all[k].p + all[k].n <= copy + n));
            free(copy);
        }
}

static bool same(const struct envelope *a, const struct envelope *b)
{
    return a->kind == b->kind && a->year_known == b->year_known && a->time == b->time && slice_eq(a->host, b->host) &&
           a->pid == b->pid && a->tid == b->tid && slice_eq(a->process, b->process) && slice_eq(a->module, b->module) &&
           a->level == b->level && a->repeated == b->repeated && slice_eq(a->text, b->text);
}

/* The memory makes no difference: whatever lines came before, whole, cut or altered. */
static void hints_change_nothing(void **state)
{
    (void)state;
    struct envelope_hint hint = { 0 };
    unsigned seed = 7, recalled = 0;
    for (int round = 0; round < 100000; round++) {
        char line[256];
        const struct row *r = &rows[(size_t)rand_r(&seed) % (rand_r(&seed) % 2 ? 3 : sizeof rows / sizeof *rows)];
        size_t n = strlen(r->line);
        memcpy(line, r->line, n);
        for (int dice = rand_r(&seed) % 4; n && dice == 0; dice++)
            line[(size_t)rand_r(&seed) % n] = " ]0[:a\r"[rand_r(&seed) % 7];
        if (rand_r(&seed) % 8 == 0)
            n = (size_t)rand_r(&seed) % (n + 1);
        char *exact = malloc(n ? n : 1);
        memcpy(exact, line, n);
        struct envelope plain, hinted;
        envelope_parse((struct slice){ exact, n }, &plain);
        bool known = envelope_recall(&hint, (struct slice){ exact, n }, &hinted);
        recalled += known;
        envelope_remember(&hint, (struct slice){ exact, n }, &plain);
        if (known && !same(&plain, &hinted))
            fail_msg("differs: '%.*s'", (int)n, exact);
        free(exact);
    }
    assert_true(recalled > 1000); /* else this shows nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(parses_each_form), cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(hints_change_nothing) };
    return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
