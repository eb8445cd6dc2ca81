/* SPDX-License-Identifier: BSD-2-Clause */
/* The metrics of `watch`: each series once, every value where it belongs, hostile labels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/report/watchprom.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct watchprom_source sources[] = {
    { "/var/log/messages", "live", 1000, 123456, 0, 2, 1790000000 },
    { "/ngfw/var/log/messages", "missing", 0, 0, 77, 0, 0 },
};
static const struct watchprom_attempts attempts[] = { { "established", 900 }, { "verify_failed/10", UINT64_MAX } };
static const struct watchprom_incidents incidents[] = {
    { VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, 3 },
    { VERDICT_NETWORK, SEVERITY_WARNING, 0 },
};
static const struct watchprom_peer peers[] = {
    { "fmc-1", "10.1.1.2", "cdb123c8-4347-11ef-aca1-f3aa241412a1", "branch-1", VERDICT_CA_EXPIRED, SEVERITY_CRITICAL,
        1726808400 },
    { "fmc-1", "10.1.1.3", NULL, "branch-1", VERDICT_HEALTHY, SEVERITY_OK, 0 },
    { "fmc-1", NULL, "0a", "", VERDICT_INSUFFICIENT, SEVERITY_UNKNOWN, 5 },
    { "fmc-2", "10.1.1.2", NULL, NULL, VERDICT_AT_RISK, SEVERITY_CRITICAL, 0 },
};
static const struct watchprom_outlet outlets[] = { { "ndjson=/var/log/x", 41, 0, 0 }, { "syslog", 30, 11, 4 } };

static const struct watchprom_canary canary = { true, 1790000002, 1500000 };

static const struct watchprom_capture capture = { "eth0", true, 10, 3, 2, 1 };

static struct watchprom full(void)
{
    return (struct watchprom){
        .started = 1789999999,
        .checked = 1790000001,
        .confined = true,
        .confinement = "system calls: seccomp; files: Landlock ABI 7",
        .sources = sources,
        .source_count = 2,
        .canary = &canary,
        .capture = &capture,
        .events = { [TELL_ATTEMPT] = 7, [TELL_ALARM] = 1 },
        .attempts = attempts,
        .attempt_count = 2,
        .incidents = incidents,
        .incident_count = 2,
        .alarms_open = 1,
        .peers = peers,
        .peer_count = 4,
        .outlets = outlets,
        .outlet_count = 2,
        .commits = 12,
        .commit_ns = 1234567890,
        .store_failures = 1,
        .reader_restarts = 2,
    };
}

static void has(const struct buf *b, const char *line)
{
    char whole[512];
    snprintf(whole, sizeof whole, "\n%s\n", line);
    if (!strstr(b->p, whole))
        fail_msg("\"%s\" is missing in\n%s", line, b->p);
}

static unsigned occurrences(const struct buf *b, const char *what)
{
    unsigned n = 0;
    for (const char *at = b->p; (at = strstr(at, what)) != NULL; at++)
        n++;
    return n;
}

static void values(void **state)
{
    static const char *const lines[] = {
        "sftunnel_watch_start_time_seconds 1789999999",
        "sftunnel_watch_confined{how=\"system calls: seccomp; files: Landlock ABI 7\"} 1",
        "sftunnel_watch_reader_restarts_total 2",
        "sftunnel_watch_last_check_timestamp_seconds 1790000001",
        "sftunnel_watch_store_commit_seconds_sum 1.234567890",
        "sftunnel_watch_store_commit_seconds_count 12",
        "sftunnel_watch_store_failures_total 1",
        "sftunnel_watch_source_lines_total{source=\"/var/log/messages\"} 1000",
        "sftunnel_watch_source_bytes_total{source=\"/var/log/messages\"} 123456",
        "sftunnel_watch_source_gaps_total{source=\"/var/log/messages\"} 2",
        "sftunnel_watch_source_lag_bytes{source=\"/ngfw/var/log/messages\"} 77",
        "sftunnel_watch_source_last_read_timestamp_seconds{source=\"/var/log/messages\"} 1790000000",
        "sftunnel_watch_source_state{source=\"/ngfw/var/log/messages\",state=\"missing\"} 1",
        "sftunnel_watch_canary_back 1",
        "sftunnel_watch_capture_running{interface=\"eth0\"} 1",
        "sftunnel_watch_capture_packets_total{interface=\"eth0\"} 10",
        "sftunnel_watch_capture_handshakes_total{interface=\"eth0\"} 3",
        "sftunnel_watch_capture_lost_packets_total{interface=\"eth0\"} 2",
        "sftunnel_watch_capture_restarts_total{interface=\"eth0\"} 1",
        "sftunnel_watch_canary_last_back_timestamp_seconds 1790000002",
        "sftunnel_watch_canary_round_trip_seconds 0.001500000",
        "sftunnel_watch_events_total{type=\"attempt\"} 7",
        "sftunnel_watch_events_total{type=\"source\"} 0",
        "sftunnel_watch_events_total{type=\"alarm\"} 1",
        "sftunnel_watch_attempts_total{outcome=\"established\"} 900",
        "sftunnel_watch_attempts_total{outcome=\"verify_failed/10\"} 9223372036854775807",
        "sftunnel_watch_incidents_open{verdict=\"ca_expired\",severity=\"critical\"} 3",
        "sftunnel_watch_incidents_open{verdict=\"network\",severity=\"warning\"} 0",
        "sftunnel_watch_alarms_open 1",
        "sftunnel_watch_peer_verdict{observer=\"fmc-1\",peer=\"branch-1\",peer_uuid=\"cdb123c8-4347-11ef-aca1-"
        "f3aa241412a1\",address=\"10.1.1.2\",verdict=\"ca_expired\"} 1",
        "sftunnel_watch_peer_severity{observer=\"fmc-1\",peer=\"branch-1\",address=\"10.1.1.3\"} 0",
        "sftunnel_watch_peer_severity{observer=\"fmc-1\",peer=\"0a\",peer_uuid=\"0a\"} 1",
        "sftunnel_watch_peer_failing_since_timestamp_seconds{observer=\"fmc-2\",peer=\"10.1.1.2\",address=\"10.1.1.2\"}"
        " 0",
        "sftunnel_watch_outlet_delivered_event{outlet=\"syslog\"} 30",
        "sftunnel_watch_outlet_waiting_events{outlet=\"syslog\"} 11",
        "sftunnel_watch_outlet_failures_total{outlet=\"syslog\"} 4",
    };
    struct watchprom w = full();
    struct buf b = { 0 };
    (void)state;
    watchprom_print(&b, &w);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        has(&b, lines[i]);
    assert_int_equal(b.p[b.n - 1], '\n');
    assert_null(strstr(b.p, "last_read_timestamp_seconds{source=\"/ngfw"));
    assert_int_equal(occurrences(&b, "\nsftunnel_watch_peer_verdict{"), 4);
    assert_int_equal(occurrences(&b, "# TYPE "), occurrences(&b, "# HELP "));
    for (const char *at = b.p; (at = strstr(at, "# TYPE ")) != NULL; at++) { /* no metric twice */
        char type[200];
        snprintf(type, sizeof type, "%.*s", (int)(strchr(at, '\n') - at), at);
        assert_int_equal(occurrences(&b, type), 1);
    }
    buf_clear(&b);
}

static void nothing(void **state)
{
    struct watchprom w = { .started = 1 };
    struct buf b = { 0 };
    (void)state;
    buf_puts(&b, "# what is there stays\n");
    watchprom_print(&b, &w);
    assert_int_equal(strncmp(b.p, "# what is there stays\n# HELP ", 29), 0);
    has(&b, "sftunnel_watch_confined 0");
    has(&b, "sftunnel_watch_store_commit_seconds_sum 0.000000000");
    has(&b, "sftunnel_watch_alarms_open 0");
    assert_null(strstr(b.p, "last_check"));
    assert_null(strstr(b.p, "canary"));
    assert_null(strstr(b.p, "capture"));
    assert_int_equal(occurrences(&b, "peer_severity{"), 0);
    buf_clear(&b);
}

/* A name that tries to be a line of its own; two peers that are one by all labels. */
static struct watchprom hostile(void)
{
    static const struct watchprom_peer bad[] = {
        { "a\"} 1\nevil 1\n", "10.0.0.1", NULL, "\\\x1b[31m\xff\xe2\x80\xae", VERDICT_NETWORK, SEVERITY_WARNING, 0 },
        { "same", "same", NULL, NULL, VERDICT_HEALTHY, SEVERITY_OK, 0 },
        { "same", "same", NULL, NULL, VERDICT_NETWORK, SEVERITY_WARNING, 0 },
    };
    static const struct watchprom_source odd[] = { { "/tmp/a\"b\\c\n}", "x\ny", 1, 1, 1, 1, 1 } };
    struct watchprom w = full();
    w.peers = bad;
    w.peer_count = 3;
    w.sources = odd;
    w.source_count = 1;
    return w;
}

static void hostile_labels(void **state)
{
    struct watchprom w = hostile();
    struct buf b = { 0 };
    (void)state;
    watchprom_print(&b, &w);
    assert_null(strstr(b.p, "\nevil"));
    for (size_t i = 0; i < b.n; i++)
        assert_true(b.p[i] == '\n' || (b.p[i] >= ' ' && b.p[i] < 0x7f));
    assert_int_equal(occurrences(&b, "\nsftunnel_watch_peer_severity{observer=\"same\""), 1);
    buf_clear(&b);
}

static int print(const char *which)
{
    struct watchprom w = { .started = 1 };
    struct buf b = { 0 };
    if (strcmp(which, "nothing") != 0)
        w = strcmp(which, "full") == 0 ? full() : hostile();
    watchprom_print(&b, &w);
    bool written = fwrite(b.p, 1, b.n, stdout) == b.n && fflush(stdout) == 0;
    buf_clear(&b);
    return written ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* full, hostile, nothing: that text, for test_promtool.py. */
int main(int argc, char **argv)
{
    if (argc == 2)
        return print(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(nothing),
        cmocka_unit_test(hostile_labels),
    };
    return cmocka_run_group_tests_name("watchprom", tests, NULL, NULL);
}
