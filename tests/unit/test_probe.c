/* SPDX-License-Identifier: BSD-2-Clause */
/* What a probe does next, as a table, and whom it is told to probe. No socket is opened. */
#include "agent/sources/probestep.h"
#include "agent/sources/probetargets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TIMEOUT 10000

/* One event at a time, and what has to come of it. */
struct move {
    int64_t at_ms;
    enum probestep_event event;
    enum probestep_action action;
    enum probestep_state state;
    int64_t deadline_ms; /* 0: not looked at */
    bool certificates, not_tls;
};

struct way {
    const char *name;
    unsigned addresses;
    uint16_t version;
    enum probestep_why why;
    uint16_t highest;
    struct move moves[10];
};

#define BEGIN                                                                                                          \
    {                                                                                                                  \
        0, PROBESTEP_BEGIN, PROBESTEP_NAME, PROBESTEP_NAMING, TIMEOUT, false, false                                    \
    }
#define NAMED                                                                                                          \
    {                                                                                                                  \
        100, PROBESTEP_NAMED, PROBESTEP_CONNECT, PROBESTEP_CONNECTING, 0, false, false                                 \
    }
#define CONNECTED                                                                                                      \
    {                                                                                                                  \
        200, PROBESTEP_CONNECTED, PROBESTEP_SHAKE, PROBESTEP_SHAKING, 100 + TIMEOUT, false, false                      \
    }

static const struct way ways[] = {
    { "the usual way", 1, 0, PROBESTEP_DONE, PROBESTEP_TLS13,
        { BEGIN, NAMED, CONNECTED,
            { 300, PROBESTEP_SHAKEN, PROBESTEP_LISTEN, PROBESTEP_LISTENING, 300 + PROBESTEP_LISTEN_MS + 200, true,
                false },
            { 1499, PROBESTEP_TICK, PROBESTEP_WAIT, PROBESTEP_LISTENING, 0, true, false },
            { 1500, PROBESTEP_TICK, PROBESTEP_REPORT, PROBESTEP_OVER, 0, true, false } } },
    { "refused after the handshake", 1, 0, PROBESTEP_DONE, PROBESTEP_TLS13,
        { BEGIN, NAMED, CONNECTED, { 300, PROBESTEP_SHAKEN, PROBESTEP_LISTEN, PROBESTEP_LISTENING, 0, true, false },
            { 310, PROBESTEP_ENDED, PROBESTEP_REPORT, PROBESTEP_OVER, 0, true, false } } },
    { "refused within the handshake, with certificates", 1, 0, PROBESTEP_SHAKE_ENDED, PROBESTEP_TLS13,
        { BEGIN, NAMED, CONNECTED, { 300, PROBESTEP_ENDED, PROBESTEP_REPORT, PROBESTEP_OVER, 0, true, false } } },
    { "without certificates: TLS 1.2, with time of its own", 1, 0, PROBESTEP_SHAKE_ENDED, PROBESTEP_TLS12,
        { BEGIN, NAMED, CONNECTED,
            { 9000, PROBESTEP_ENDED, PROBESTEP_CONNECT, PROBESTEP_CONNECTING, 9000 + TIMEOUT, false, false },
            { 9100, PROBESTEP_CONNECTED, PROBESTEP_SHAKE, PROBESTEP_SHAKING, 9000 + TIMEOUT, false, false },
            { 9200, PROBESTEP_ENDED, PROBESTEP_REPORT, PROBESTEP_OVER, 0, false, false } } },
    { "silence twice", 1, 0, PROBESTEP_SHAKE_LATE, PROBESTEP_TLS12,
        { BEGIN, NAMED, CONNECTED, { 10099, PROBESTEP_TICK, PROBESTEP_WAIT, PROBESTEP_SHAKING, 0, false, false },
            { 10100, PROBESTEP_TICK, PROBESTEP_CONNECT, PROBESTEP_CONNECTING, 20100, false, false },
            { 10200, PROBESTEP_CONNECTED, PROBESTEP_SHAKE, PROBESTEP_SHAKING, 20100, false, false },
            { 20100, PROBESTEP_TICK, PROBESTEP_REPORT, PROBESTEP_OVER, 0, false, false } } },
    { "a second connection that fails tries no other address", 3, 0, PROBESTEP_NO_CONNECT, PROBESTEP_TLS12,
        { BEGIN, NAMED, CONNECTED, { 300, PROBESTEP_ENDED, PROBESTEP_CONNECT, PROBESTEP_CONNECTING, 0, false, false },
            { 400, PROBESTEP_FAILED, PROBESTEP_REPORT, PROBESTEP_OVER, 0, false, false } } },
    { "not TLS: no second time", 1, 0, PROBESTEP_SHAKE_ENDED, PROBESTEP_TLS13,
        { BEGIN, NAMED, CONNECTED, { 300, PROBESTEP_ENDED, PROBESTEP_REPORT, PROBESTEP_OVER, 0, false, true } } },
    { "one version only: no second time", 1, PROBESTEP_TLS12, PROBESTEP_SHAKE_ENDED, PROBESTEP_TLS12,
        { BEGIN, NAMED, CONNECTED, { 300, PROBESTEP_ENDED, PROBESTEP_REPORT, PROBESTEP_OVER, 0, false, false } } },
    { "each address gets its share of the time", 2, 0, PROBESTEP_CONNECT_LATE, PROBESTEP_TLS13,
        { BEGIN, { 100, PROBESTEP_NAMED, PROBESTEP_CONNECT, PROBESTEP_CONNECTING, 100 + TIMEOUT / 2, false, false },
            { 5100, PROBESTEP_TICK, PROBESTEP_CONNECT, PROBESTEP_CONNECTING, 100 + TIMEOUT, false, false },
            { 10100, PROBESTEP_TICK, PROBESTEP_REPORT, PROBESTEP_OVER, 0, false, false } } },
    { "the second address answers", 2, 0, PROBESTEP_DONE, PROBESTEP_TLS13,
        { BEGIN, NAMED, { 150, PROBESTEP_FAILED, PROBESTEP_CONNECT, PROBESTEP_CONNECTING, 100 + TIMEOUT, false, false },
            { 200, PROBESTEP_CONNECTED, PROBESTEP_SHAKE, PROBESTEP_SHAKING, 100 + TIMEOUT, false, false },
            { 300, PROBESTEP_SHAKEN, PROBESTEP_LISTEN, PROBESTEP_LISTENING, 300 + PROBESTEP_LISTEN_MS + 100, true,
                false },
            { 400, PROBESTEP_ENDED, PROBESTEP_REPORT, PROBESTEP_OVER, 0, true, false } } },
    { "all addresses fail", 2, 0, PROBESTEP_NO_CONNECT, PROBESTEP_TLS13,
        { BEGIN, NAMED, { 150, PROBESTEP_FAILED, PROBESTEP_CONNECT, PROBESTEP_CONNECTING, 0, false, false },
            { 160, PROBESTEP_FAILED, PROBESTEP_REPORT, PROBESTEP_OVER, 0, false, false } } },
    { "no such name", 0, 0, PROBESTEP_NO_NAME, PROBESTEP_TLS13,
        { BEGIN, { 5, PROBESTEP_UNNAMED, PROBESTEP_REPORT, PROBESTEP_OVER, 0, false, false } } },
    { "nobody knows the name in time, and then it is too late", 1, 0, PROBESTEP_NAME_LATE, PROBESTEP_TLS13,
        { BEGIN, { TIMEOUT, PROBESTEP_TICK, PROBESTEP_REPORT, PROBESTEP_OVER, 0, false, false },
            { TIMEOUT + 1, PROBESTEP_NAMED, PROBESTEP_WAIT, PROBESTEP_OVER, 0, false, false } } },
    { "stopped while it connects", 1, 0, PROBESTEP_STOPPED, PROBESTEP_TLS13,
        { BEGIN, NAMED, { 200, PROBESTEP_STOP, PROBESTEP_REPORT, PROBESTEP_OVER, 0, false, false },
            { 201, PROBESTEP_STOP, PROBESTEP_WAIT, PROBESTEP_OVER, 0, false, false } } },
    { "stopped before it began", 0, 0, PROBESTEP_STOPPED, 0,
        { { 0, PROBESTEP_STOP, PROBESTEP_REPORT, PROBESTEP_OVER, 0, false, false } } },
};

static void each_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const struct way *w = &ways[i];
        struct probestep_limits limits = { TIMEOUT, w->version };
        struct probestep p = { .state = PROBESTEP_IDLE };
        for (size_t k = 0; k < sizeof w->moves / sizeof w->moves[0]; k++) {
            const struct move *m = &w->moves[k];
            if (m->action == PROBESTEP_WAIT && m->state == PROBESTEP_IDLE)
                break;
            struct probestep_view view = { w->addresses, m->certificates, m->not_tls };
            enum probestep_action action = probestep(&p, &limits, m->event, &view, m->at_ms);
            if (action != m->action || p.state != m->state || (m->deadline_ms && m->deadline_ms != p.deadline_ms))
                fail_msg("%s, move %zu: action %d, state %d, deadline %lld", w->name, k, action, p.state,
                    (long long)p.deadline_ms);
        }
        if (p.why != w->why || p.highest != w->highest || p.state != PROBESTEP_OVER)
            fail_msg("%s: why %d, highest %x, state %d", w->name, p.why, p.highest, p.state);
    }
}

/* Whatever happens, in whatever order: it is over when its time is, and an action fits to its state. */
static void always_ends(void **state)
{
    (void)state;
    const char *set = getenv("SEED");
    unsigned seed = set ? (unsigned)strtoul(set, NULL, 10) : 20240920;
    print_message("SEED=%u\n", seed);
    srandom(seed);
    for (int round = 0; round < 20000; round++) {
        struct probestep_limits limits = { 1 + random() % 1000, (uint16_t)(random() % 3 ? 0 : PROBESTEP_TLS12) };
        struct probestep p = { .state = PROBESTEP_IDLE };
        struct probestep_view view = { 1 + (unsigned)random() % 8, random() % 2, random() % 2 };
        int64_t now = 0, most = 0;
        int reports = 0;
        (void)probestep(&p, &limits, PROBESTEP_BEGIN, &view, now);
        for (int i = 0; i < 200 && p.state != PROBESTEP_OVER; i++) {
            enum probestep_event event =
                random() % 2 ? PROBESTEP_TICK : (enum probestep_event)(random() % PROBESTEP_STOP);
            now += random() % 50;
            enum probestep_action action = probestep(&p, &limits, event, &view, now);
            assert_true((action == PROBESTEP_REPORT) == (p.state == PROBESTEP_OVER));
            assert_true(p.state == PROBESTEP_OVER || p.address < view.addresses);
            assert_true(p.state == PROBESTEP_OVER || p.deadline_ms >= 0);
            reports += action == PROBESTEP_REPORT;
        }
        most = 4 * limits.timeout_ms + 10 * PROBESTEP_LISTEN_MS;
        for (int i = 0; i < 100 && p.state != PROBESTEP_OVER; i++) {
            now = p.deadline_ms;
            reports += probestep(&p, &limits, PROBESTEP_TICK, &view, now) == PROBESTEP_REPORT;
        }
        assert_int_equal(p.state, PROBESTEP_OVER);
        assert_int_equal(reports, 1);
        assert_true(now <= most + 200 * 50);
    }
}

/* ---- targets ---- */

static void targets_read(void **state)
{
    static const struct {
        const char *text, *host, *shown; /* host NULL: refused */
        unsigned port;
    } table[] = {
        { "fw1", "fw1", "fw1:8305", 8305 },
        { "fw1.example.com:443", "fw1.example.com", "fw1.example.com:443", 443 },
        { "10.0.0.1", "10.0.0.1", "10.0.0.1:8305", 8305 },
        { "2001:db8::1", "2001:db8::1", "[2001:db8::1]:8305", 8305 },
        { "[2001:db8::1]", "2001:db8::1", "[2001:db8::1]:8305", 8305 },
        { "[2001:db8::1]:65535", "2001:db8::1", "[2001:db8::1]:65535", 65535 },
        { "[fe80::1%eth0]:1", "fe80::1%eth0", "[fe80::1%eth0]:1", 1 },
        { "", NULL, NULL, 0 },
        { ":8305", NULL, NULL, 0 },
        { "fw1:", NULL, NULL, 0 },
        { "fw1:0", NULL, NULL, 0 },
        { "fw1:65536", NULL, NULL, 0 },
        { "fw1:80a", NULL, NULL, 0 },
        { "[fw1]:80", NULL, NULL, 0 },
        { "[::1", NULL, NULL, 0 },
        { "[::1]x", NULL, NULL, 0 },
        { "[::1]:", NULL, NULL, 0 },
        { "https://fw1", NULL, NULL, 0 },
        { "-fw1", NULL, NULL, 0 },
        { "fw 1", NULL, NULL, 0 },
        { "fw\x1b[1m", NULL, NULL, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct probetargets t = { 0 };
        struct err e = { 0 };
        enum err_code code = probetargets_add(&t, slice_of(table[i].text), &e);
        if ((code == ERR_OK) != (table[i].host != NULL))
            fail_msg("\"%s\": %s", table[i].text, err_name(code));
        if (code == ERR_OK) {
            assert_string_equal(t.all[0].host, table[i].host);
            assert_string_equal(t.all[0].text, table[i].shown);
            assert_int_equal(t.all[0].port, table[i].port);
        } else {
            assert_int_equal(code, ERR_USAGE);
            assert_non_null(strstr(e.text, "HOST[:PORT]"));
        }
        probetargets_clear(&t);
    }
}

static void targets_once(void **state)
{
    (void)state;
    struct probetargets t = { 0 };
    const char *const same[] = { "::1", "[::1]", "[::1]:8305", "fw1", "fw1:8305" };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        assert_int_equal(probetargets_add(&t, slice_of(same[i]), NULL), ERR_OK);
    assert_int_equal(t.count, 2);
    probetargets_clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way),
        cmocka_unit_test(always_ends),
        cmocka_unit_test(targets_read),
        cmocka_unit_test(targets_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
