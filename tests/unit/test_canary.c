/* SPDX-License-Identifier: BSD-2-Clause */
/* When a canary is due, what its coming back or not means, and which line is one. */
#include "agent/diagnosis/canary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define ID "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"

static struct slice id(void)
{
    return slice_of(ID);
}

/* Looks every second until `seconds` have passed; how often a line was wanted (which is not written). */
static unsigned pass(struct canary *c, int64_t *now, unsigned seconds)
{
    unsigned wanted = 0;
    for (unsigned i = 0; i < seconds; i++)
        wanted += canary_tick(c, *now += 1000);
    return wanted;
}

static void comes_back(void **state)
{
    struct canary c;
    int64_t now = 1000000;
    (void)state;
    canary_init(&c, 60000, 10000, now);
    assert_true(canary_tick(&c, now));
    assert_true(canary_tick(&c, now)); /* until it was written */
    canary_sent(&c, ID, now);
    assert_false(canary_tick(&c, now));
    assert_int_equal(c.state, CANARY_UNKNOWN);
    assert_true(canary_seen(&c, id(), now + 7));
    assert_int_equal(c.state, CANARY_BACK);
    assert_int_equal(c.round_trip_ms, 7);
    assert_false(canary_seen(&c, id(), now + 8)); /* in a second log, or written again by somebody */
    assert_int_equal(pass(&c, &now, 59), 0);
    assert_int_equal(pass(&c, &now, 1), 1);
}

static void does_not(void **state)
{
    struct canary c;
    int64_t now = 0;
    (void)state;
    canary_init(&c, 60000, 10000, now);
    assert_true(canary_tick(&c, now));
    canary_sent(&c, ID, now);
    assert_false(canary_seen(&c, slice_of(OTHER), now));
    assert_false(canary_seen(&c, slice_of(""), now));
    assert_int_equal(pass(&c, &now, 9), 0);
    assert_int_equal(c.state, CANARY_UNKNOWN);
    (void)pass(&c, &now, 1);
    assert_int_equal(c.state, CANARY_LOST);
    assert_false(canary_seen(&c, id(), now)); /* too late */
    assert_false(canary_seen(&c, slice_of(""), now));
    assert_int_equal(pass(&c, &now, 49), 0);
    assert_int_equal(pass(&c, &now, 1), 1);
    canary_sent(&c, OTHER, now);
    assert_int_equal(c.state, CANARY_LOST); /* until this one is back */
    assert_false(canary_seen(&c, id(), now));
    assert_true(canary_seen(&c, slice_of(OTHER), now + 9999));
    assert_int_equal(c.state, CANARY_BACK);
}

static void can_not_be_written(void **state)
{
    struct canary c;
    int64_t now = 0;
    (void)state;
    canary_init(&c, 60000, 10000, now);
    assert_true(canary_tick(&c, now));
    assert_int_equal(pass(&c, &now, 9), 9);
    assert_int_equal(c.state, CANARY_UNKNOWN);
    assert_int_equal(pass(&c, &now, 91), 91); /* it is tried all the time */
    assert_int_equal(c.state, CANARY_UNSENT);
    canary_sent(&c, ID, now);
    assert_int_equal(pass(&c, &now, 9), 0);
    assert_int_equal(c.state, CANARY_UNSENT);
    (void)pass(&c, &now, 1);
    assert_int_equal(c.state, CANARY_LOST); /* something else is wrong now */
    assert_int_equal(pass(&c, &now, 50), 1);
    canary_sent(&c, OTHER, now);
    assert_true(canary_seen(&c, slice_of(OTHER), now));
    assert_int_equal(c.state, CANARY_BACK);
}

/* A process that was stopped for a day, or a clock that jumps, is no blindness. */
static void nobody_looked(void **state)
{
    struct canary c;
    int64_t now = 0;
    (void)state;
    canary_init(&c, 60000, 10000, now);
    assert_true(canary_tick(&c, now));
    canary_sent(&c, ID, now);
    assert_false(canary_tick(&c, now += 86400000));
    assert_false(canary_tick(&c, now -= 1000));
    assert_int_equal(c.state, CANARY_UNKNOWN);
    assert_true(canary_seen(&c, id(), now));
    assert_int_equal(c.state, CANARY_BACK);
    assert_int_equal(pass(&c, &now, 60 - CANARY_PAUSE_MS / 1000), 1);
}

static void lines(void **state)
{
    static const struct {
        const char *line;
        unsigned n;
    } cases[] = {
        { "Sep 20 04:10:47 h sftunnel-agent[12]: canary " ID, 1 },
        { "<30>Sep 20 04:10:47 sftunnel-agent[12]: canary " ID "\r", 1 },
        { "<30>1 2024-09-20T04:10:47Z h sftunnel-agent 12 - - canary " ID, 1 },
        { "{\"program\":\"sftunnel-agent\",\"message\":\" canary " ID "\"}", 1 },
        { "x sftunnel-agent[1]: canary " ID "Sep 20 h sftunnel-agent[1]: canary " ID, 2 }, /* glued */
        { "x sftunnel-agent[1]: canary " ID " sftunnel-agent[1]: canary " ID, 2 },
        { "sftunnel-agent canary  canary " ID, 1 },
        { "Sep 20 04:10:47 h sftunneld[12]: canary " ID, 0 },
        { "canary " ID " of sftunnel-agent", 0 },
        { "sftunnel-agent[12]: canary " ID "0", 0 },
        { "sftunnel-agent[12]: canary 0123456789abcdef", 0 },
        { "sftunnel-agent[12]: canary 0123456789ABCDEF0123456789ABCDEF", 0 },
        { "sftunnel-agent[12]: canary ", 0 },
        { "sftunnel-agent", 0 },
        { "", 0 },
    };
    struct scan scan;
    struct buf b = { 0 };
    (void)state;
    canary_scan(&scan);
    canary_print(&b, 7, ID);
    assert_string_equal(b.p, "sftunnel-agent[7]: canary " ID);
    buf_clear(&b);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice line = slice_of(cases[i].line), found;
        unsigned n = 0;
        while (canary_find(&scan, &line, &found)) {
            assert_true(slice_eq(found, id()));
            n++;
        }
        if (n != cases[i].n)
            fail_msg("%u in \"%s\"", n, cases[i].line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(does_not),
        cmocka_unit_test(can_not_be_written),
        cmocka_unit_test(nobody_looked),
        cmocka_unit_test(lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
