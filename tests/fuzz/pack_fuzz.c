/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a rule pack. What is refused is refused with its place; what is accepted takes its own examples (the
 * loader has proved that), and choosing among its rules gives what trying each in turn gives.
 */
#include "base/caps.h"
#include "rules/match.h"
#include "rules/rules.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static const char *const lines[] = {
    "Sep 20 04:10:47 h SF-IMS[50792]: [51982] sftunneld:sf_ssl [ERROR] err 10:certificate has expired",
    "Sep 20 03:14:23 h SF-IMS[1504]: [4171] sftunneld:sf_ssl [WARN] establishConnectionUtil: SSL handshake failed: "
    "error:14094415:SSL routines:ssl3_read_bytes:sslv3 alert certificate expired",
    "Sep 20 03:14:23 h SF-IMS[1504]: [4171] sftunneld:sf_ssl [INFO] establishConnectionUtil: Failed to connect using "
    "SSL to: "
    "'10.10.21.10'",
    "Sep 20 04:10:47 h SF-IMS[50792]: [51982] sfmgr:sfmanager [INFO] "
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
    "Sep 20 04:10:47 h SF-IMS[1]: [2] a:b [INFO]",
    "2024-09-20 04:10:47 HMAC verification reached timeout",
    "err 10:certificate has expired",
    "\xff\xfe\x80 caf\xc3",
    "",
};

static void match(struct rules_matcher *m, size_t count, struct slice text)
{
    struct envelope line;
    struct event chosen, tried;
    envelope_parse(text, &line);
    enum match_result result = rules_match(m, &line, &chosen), want = MATCH_NO;
    for (size_t i = 0; i < count && want == MATCH_NO; i++)
        want = match_one(m, i, &line, &tried);
    FUZZ_ASSERT(result == want);
    if (result != MATCH_YES)
        return;
    FUZZ_ASSERT(chosen.rule == tried.rule && chosen.has == tried.has && chosen.kind < EVENT_KIND_COUNT);
    for (unsigned f = 0; f < FIELD_COUNT; f++) {
        struct slice field = event_field(&chosen, (enum event_field)f);
        FUZZ_ASSERT(field.n == 0 || (field.p >= text.p && field.p + field.n <= text.p + text.n));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rules *rules = NULL;
    struct err e = { .text = "" };
    struct slice names[CAP_PROCESSES];
    enum err_code code = rules_load_text("pack", (struct slice){ (const char *)data, size }, &rules, &e);
    FUZZ_ASSERT((code == ERR_OK) == (rules != NULL));
    if (code != ERR_OK) {
        FUZZ_ASSERT(code == ERR_CONFIG && strncmp(e.text, "pack:", 5) == 0 && strlen(e.text) > 6);
        return 0;
    }
    FUZZ_ASSERT(rules_count(rules) >= 1 && rules_count(rules) <= CAP_RULES);
    FUZZ_ASSERT(rules_processes(rules, names) <= CAP_PROCESSES);
    struct rules_matcher *m = rules_matcher_new(rules);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        match(m, rules_count(rules), slice_of(lines[i]));
    match(m, rules_count(rules), (struct slice){ (const char *)data, size });
    rules_matcher_free(m);
    rules_free(rules);
    return 0;
}
