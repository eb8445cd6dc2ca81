/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A log that is followed, line by line: records that cross the pipe, attempts as they end, and what is kept of those
 * that are open. The lines go through the shipped rules, as they would.
 */
#include "agent/diagnosis/attempts.h"
#include "agent/diagnosis/livelines.h"
#include "base/mem.h"
#include "tests/unit/randomlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

enum { ENDS = 1024, KEPT = 2048 };

struct end {
    enum end_kind kind;
    char id[TELL_ID_BYTES], address[64], outcome[32];
    size_t records;
};

static struct end ends[ENDS];
static size_t end_count;
static struct {
    uint64_t number;
    struct buf record;
} kept[KEPT];
static size_t kept_count;

static struct rules *rules;
static struct livelines *lines;
static struct attempts *followed;
static uint64_t number, offset;
static int64_t now_ms;
static bool catching_up;

static void on_end(void *arg, const struct attempt_end *e)
{
    (void)arg;
    assert_true(end_count < ENDS);
    struct end *out = &ends[end_count++];
    out->kind = e->kind;
    memcpy(out->id, e->id, sizeof out->id);
    snprintf(out->address, sizeof out->address, "%.*s", (int)e->address.n, e->address.p);
    out->outcome[0] = 0;
    if (e->kind == END_ATTEMPT)
        outcome_print(e->outcome, out->outcome);
    out->records = e->record_count;
}

static void on_keep(void *arg, uint64_t n, struct slice record)
{
    (void)arg;
    assert_true(kept_count < KEPT);
    assert_true(kept_count == 0 || kept[kept_count - 1].number < n);
    kept[kept_count].number = n;
    kept[kept_count].record = (struct buf){ 0 };
    buf_slice(&kept[kept_count++].record, record);
}

static size_t kept_at(uint64_t n)
{
    size_t i = 0;
    while (i < kept_count && kept[i].number != n)
        i++;
    assert_true(i < kept_count);
    return i;
}

static void on_again(void *arg, uint64_t n, struct slice record)
{
    struct buf *b = &kept[kept_at(n)].record;
    (void)arg;
    buf_reset(b);
    buf_slice(b, record);
}

static void on_drop(void *arg, uint64_t n)
{
    size_t i = kept_at(n);
    (void)arg;
    buf_clear(&kept[i].record);
    memmove(&kept[i], &kept[i + 1], (--kept_count - i) * sizeof *kept);
}

static void on_line(void *arg, struct matched *m)
{
    struct buf bytes = { 0 };
    struct matched back;
    (void)arg;
    m->offset += offset;
    m->order = 1;
    m->catching_up = catching_up;
    matched_print(&bytes, m);
    assert_int_equal(matched_parse(buf_as_slice(&bytes), &back), ERR_OK);
    attempts_add(followed, &back, buf_as_slice(&bytes), ++number, now_ms);
    buf_clear(&bytes);
}

static void begin(void)
{
    followed = attempts_new(&(struct attempts_options){ .epoch = "0123456789abcdef",
        .log = "/log",
        .now = 1726800000,
        .sink = { NULL, on_end, on_keep, on_again, on_drop } });
}

static int set_up(void **state)
{
    struct err e;
    (void)state;
    assert_int_equal(rules_load(true, NULL, 0, &rules, &e), ERR_OK);
    lines = livelines_new(&(struct livelines_options){ .rules = rules, .on_line = on_line });
    end_count = kept_count = 0;
    number = offset = 0;
    now_ms = 1000000;
    catching_up = true;
    begin();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    attempts_free(followed);
    livelines_free(lines);
    rules_free(rules);
    followed = NULL;
    lines = NULL;
    rules = NULL;
    for (; kept_count; kept_count--)
        buf_clear(&kept[kept_count - 1].record);
    return 0;
}

/* Everything but what was kept is forgotten. */
static void restart(void)
{
    attempts_free(followed);
    begin();
    for (size_t i = 0; i < kept_count; i++)
        assert_int_equal(attempts_restore(followed, kept[i].number, buf_as_slice(&kept[i].record)), ERR_OK);
}

static void add(const char *stamp, unsigned tid, const char *text)
{
    char line[512];
    int n = snprintf(line, sizeof line, "Sep 20 %s ftd-1 SF-IMS[50792]: [%u] sftunneld:sf_ssl %s", stamp, tid, text);
    livelines_add(lines, (struct slice){ line, (size_t)n });
    offset += (uint64_t)n + 1;
}

static const char *const failing[] = {
    "[INFO] Initiating IPv4 connection to 10.10.200.31:8305/tcp",
    "[INFO] Wait to connect to 8305 (IPv4): 10.10.200.31",
    "[INFO] Connected to 10.10.200.31 from resolved_ip_list (port 8305) (IPv4)",
    "[ERROR] -Error with certificate at depth: 1",
    "[ERROR] err 10:certificate has expired",
    "[ERROR] SSL_renegotiate error: 1: error:00000001:lib(0):func(0):reason(1)",
    "[ERROR] Connect:SSL handshake failed",
    "[WARN] SSL Verification status: certificate has expired",
};
#define FAILING (sizeof failing / sizeof *failing)

static void add_failing(const char *stamp, unsigned tid, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        add(stamp, tid, failing[i]);
}

static void the_last_word_ends_it(void **state)
{
    (void)state;
    add_failing("04:10:47", 51982, 0, FAILING - 1);
    assert_int_equal(end_count, 0);
    assert_int_equal(kept_count, FAILING - 1);
    add_failing("04:10:47", 51982, FAILING - 1, FAILING);
    assert_int_equal(end_count, 1);
    assert_string_equal(ends[0].outcome, "verify_failed/10");
    assert_string_equal(ends[0].address, "10.10.200.31");
    assert_int_equal(ends[0].records, FAILING);
    assert_in_range(kept_count, 1, 3);          /* until it is over: more of it may come */
    add_failing("04:11:31", 51982, 0, FAILING); /* the same key again: the next one */
    assert_int_equal(end_count, 2);
    assert_string_not_equal(ends[0].id, ends[1].id);
}

/* Restarted at every line: the same attempt, the same id, once. */
static void a_restart_changes_nothing(void **state)
{
    struct end whole;
    (void)state;
    add_failing("04:10:47", 51982, 0, FAILING);
    whole = ends[0];
    for (size_t cut = 0; cut <= FAILING; cut++) {
        tear_down(state);
        set_up(state);
        add_failing("04:10:47", 51982, 0, cut);
        restart();
        add_failing("04:10:47", 51982, cut, FAILING);
        assert_int_equal(end_count, 1);
        assert_string_equal(ends[0].id, whole.id);
        assert_string_equal(ends[0].outcome, whole.outcome);
        assert_int_equal(ends[0].records, whole.records);
        catching_up = false;
        attempts_tick(followed, now_ms);
        attempts_tick(followed, now_ms += 400000);
        assert_int_equal(end_count, 1);
        assert_int_equal(kept_count, 0);
    }
}

/* While it is read live: one that has failed is told after a second, and what comes late is passed over. */
static void quiet_ends_what_has_failed(void **state)
{
    (void)state;
    catching_up = false;
    add("04:10:47", 7, "[INFO] Initiating IPv4 connection to 10.10.200.31:8305/tcp");
    now_ms += 5000;
    attempts_tick(followed, now_ms);
    assert_int_equal(end_count, 0); /* nothing has failed yet */
    add("04:10:52", 7, "[INFO] Connect to 10.10.200.31 failed on port 8305 socket 11 (Connection refused)");
    now_ms += 500;
    attempts_tick(followed, now_ms);
    assert_int_equal(end_count, 0);
    now_ms += 600;
    attempts_tick(followed, now_ms);
    assert_int_equal(end_count, 1);
    assert_string_equal(ends[0].outcome, "refused");
    add("04:10:55", 7, "[WARN] Unable to connect to 10.10.200.31");
    now_ms += 400000;
    attempts_tick(followed, now_ms);
    assert_int_equal(end_count, 1);
    assert_int_equal(kept_count, 0);
}

/* The peer's port is closed: the last of its lines is known as such. */
static void given_up_ends_it(void **state)
{
    (void)state;
    add("04:10:47", 7, "[INFO] Initiating IPv4 connection to 10.10.200.31:8305/tcp");
    add("04:10:47", 7, "[INFO] Connect to 10.10.200.31 failed on port 8305 socket 11 (Connection refused)");
    assert_int_equal(end_count, 0);
    add("04:10:47", 7, "[WARN] Unable to connect to 10.10.200.31");
    assert_int_equal(end_count, 1);
    assert_string_equal(ends[0].outcome, "refused");
    assert_int_equal(ends[0].records, 3);
}

/* Told while its log stood still in the middle of it, then restarted: what still comes of it is no attempt of its own.
 */
static void a_restart_knows_what_was_told(void **state)
{
    (void)state;
    for (size_t cut = 5; cut < FAILING; cut++) {
        tear_down(state);
        set_up(state);
        catching_up = false;
        add_failing("04:10:47", 7, 0, cut);
        attempts_tick(followed, now_ms += 20000);
        assert_int_equal(end_count, 1);
        assert_string_equal(ends[0].outcome, "verify_failed/10");
        assert_in_range(kept_count, 1, 3);
        for (size_t line = cut; line < FAILING; line++) {
            restart();
            attempts_tick(followed, now_ms += 20000);
            add_failing("04:10:47", 7, line, line + 1);
        }
        restart();
        assert_int_equal(end_count, 1);
        add_failing("04:11:31", 7, 0, FAILING); /* the same key again: the next one */
        assert_int_equal(end_count, 2);
        assert_string_equal(ends[1].outcome, "verify_failed/10");
        assert_string_not_equal(ends[0].id, ends[1].id);
        assert_in_range(kept_count, 1, 3);
        attempts_tick(followed, now_ms += 400000);
        assert_int_equal(end_count, 2);
        assert_int_equal(kept_count, 0);
    }
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct end *)a)->id, ((const struct end *)b)->id);
}

/* The log's ends, one a line; restarted now and then or not, and told early at the same places. */
static void ends_of(char **log, size_t n, unsigned seed, bool restarts, struct buf *out)
{
    unsigned dice = seed, ticks = 0;
    void *state = NULL;
    set_up(&state);
    catching_up = false;
    for (size_t i = 0; i < n; i++) {
        livelines_add(lines, (struct slice){ log[i], strlen(log[i]) - 1 });
        offset += strlen(log[i]);
        if (rand_r(&dice) % 8 == 0 && restarts)
            restart();
        if (rand_r(&dice) % 32 == 0 && ticks++ < 8) {
            attempts_tick(followed, now_ms);
            attempts_tick(followed, now_ms += 1100);
        }
    }
    qsort(ends, end_count, sizeof *ends, by_id); /* what is told in one tick has no order */
    for (size_t i = 0; i < end_count; i++)
        buf_printf(out, "%d %s %s %s\n", (int)ends[i].kind, ends[i].id, ends[i].address, ends[i].outcome);
    tear_down(&state);
}

static void same_ends(struct slice whole, struct slice cut, unsigned seed)
{
    while (whole.n || cut.n) {
        struct slice one = slice_cut(whole, '\n', &whole), other = slice_cut(cut, '\n', &cut);
        if (!slice_eq(one, other))
            fail_msg("SEED=%u ROUNDS=1: told without a restart \"%.*s\", with restarts \"%.*s\"", seed, (int)one.n,
                one.p, (int)other.n, other.p);
    }
}

/* Lines in any order, restarts anywhere, some attempts told before they were over: nothing is told twice or otherwise.
 */
static void restarts_anywhere(void **state)
{
    unsigned rounds = getenv("ROUNDS") ? (unsigned)strtoul(getenv("ROUNDS"), NULL, 10) : 100;
    unsigned seed = getenv("SEED") ? (unsigned)strtoul(getenv("SEED"), NULL, 10) : (unsigned)time(NULL);
    tear_down(state);
    print_message("SEED=%u\n", seed);
    for (unsigned round = 0; round < rounds; round++, seed++) {
        unsigned from = seed;
        size_t n = 20 + (size_t)rand_r(&from) % 280;
        char **log = randomlog_lines(n, &from, true);
        struct buf whole = { 0 }, cut = { 0 };
        ends_of(log, n, seed, false, &whole);
        ends_of(log, n, seed, true, &cut);
        same_ends(buf_as_slice(&whole), buf_as_slice(&cut), seed);
        buf_clear(&whole);
        buf_clear(&cut);
        for (size_t i = 0; i < n; i++)
            free(log[i]);
        free(log);
    }
    set_up(state);
}

/* What was open at a restart has its second, too: its next lines are perhaps being read. */
static void a_restart_is_no_silence(void **state)
{
    (void)state;
    catching_up = false;
    add_failing("04:10:47", 7, 0, FAILING - 2);
    restart();
    now_ms += 100000;
    attempts_tick(followed, now_ms);
    assert_int_equal(end_count, 0);
    add_failing("04:10:47", 7, FAILING - 2, FAILING);
    assert_int_equal(end_count, 1);
    assert_string_equal(ends[0].outcome, "verify_failed/10");
    add_failing("04:10:50", 8, 0, FAILING - 2);
    restart();
    attempts_tick(followed, now_ms);
    now_ms += 1100;
    attempts_tick(followed, now_ms);
    assert_int_equal(end_count, 2);
}

/* A clock that is set ten years on in the middle of an attempt has not been silent. */
static void a_clock_step_is_no_silence(void **state)
{
    static const char *const stamps[] = { "2024-09-20T04:10:47Z", "2034-09-20T04:10:47Z", "2014-09-20T04:10:47Z" };
    (void)state;
    catching_up = false;
    for (size_t i = 0; i < FAILING; i++) {
        char line[512];
        int n = snprintf(line, sizeof line, "%s ftd-1 SF-IMS[1]: [2] sftunneld:sf_ssl %s", stamps[i / 3], failing[i]);
        livelines_add(lines, (struct slice){ line, (size_t)n });
        offset += (uint64_t)n + 1;
        now_ms += 10;
    }
    assert_int_equal(end_count, 1);
    assert_string_equal(ends[0].outcome, "verify_failed/10");
}

/* Of old lines the log's own clock counts. */
static void silence_in_the_log_ends_it(void **state)
{
    (void)state;
    add("04:10:47", 7, "[INFO] Initiating IPv4 connection to 10.10.200.31:8305/tcp");
    add("04:20:47", 8, "[INFO] Initiating IPv4 connection to 10.10.200.32:8305/tcp");
    assert_int_equal(end_count, 1);
    assert_string_equal(ends[0].outcome, "incomplete");
    assert_int_equal(kept_count, 1);
}

static void a_sign_of_life(void **state)
{
    (void)state;
    add("04:10:47", 7, "[INFO] establishConnectionUtil: Connected using SSL to: '10.62.148.42'");
    assert_int_equal(end_count, 1);
    assert_int_equal(ends[0].kind, END_SIGN);
    assert_string_equal(ends[0].address, "10.62.148.42");
}

/* Records come from a process that parses hostile lines: cut or changed anywhere they are refused or taken, never more.
 */
static void broken_records(void **state)
{
    struct buf good = { 0 };
    struct matched m;
    unsigned seed = getenv("SEED") ? (unsigned)strtoul(getenv("SEED"), NULL, 10) : (unsigned)time(NULL);
    (void)state;
    print_message("SEED=%u\n", seed);
    add_failing("04:10:47", 51982, 0, 5);
    for (size_t k = 0; k < kept_count; k++) {
        buf_reset(&good);
        buf_slice(&good, buf_as_slice(&kept[k].record));
        for (size_t n = 0; n < good.n; n++) {
            char *copy = mem_alloc(n + 1);
            memcpy(copy, good.p, n);
            assert_int_equal(matched_parse((struct slice){ copy, n }, &m), ERR_DATA);
            free(copy);
        }
        for (unsigned i = 0; i < 20000; i++) {
            char *copy = mem_alloc(good.n);
            memcpy(copy, good.p, good.n);
            for (int f = rand_r(&seed) % 4; f >= 0; f--)
                copy[(size_t)rand_r(&seed) % good.n] = (char)rand_r(&seed);
            (void)!matched_parse((struct slice){ copy, good.n }, &m); /* the sanitizers look on */
            free(copy);
        }
    }
    buf_clear(&good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_word_ends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_restart_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quiet_ends_what_has_failed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(given_up_ends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_restart_knows_what_was_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(restarts_anywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_restart_is_no_silence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_clock_step_is_no_silence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(silence_in_the_log_ends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_sign_of_life, set_up, tear_down),
        cmocka_unit_test_setup_teardown(broken_records, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("attempts", tests, NULL, NULL);
}
