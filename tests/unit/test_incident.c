/* SPDX-License-Identifier: BSD-2-Clause */
/* One incident per peer and cause, one alarm per cause and CA; what is kept brings everything back to where it was. */
#include "agent/diagnosis/incident.h"
#include "agent/diagnosis/livelines.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { TOLD = 512 };

static struct {
    enum tell_type type;
    enum tell_change change;
    char id[TELL_ID_BYTES], address[40], reason[24], verdict[16], alarm[TELL_ID_BYTES];
    uint64_t attempts, peers;
    size_t lines;
    bool summary;
} told[TOLD];
static size_t told_count;

static struct rules *rules;
static struct incidents *incidents;
static int64_t now_ms;
static unsigned made;

static void copy(char *out, size_t size, const char *s)
{
    snprintf(out, size, "%s", s ? s : "");
}

static void on_tell(void *arg, const struct tell *t)
{
    (void)arg;
    assert_true(told_count < TOLD);
    told[told_count].type = t->type;
    told[told_count].change = t->change;
    memcpy(told[told_count].id, t->id, TELL_ID_BYTES);
    copy(told[told_count].address, sizeof told->address, t->address);
    copy(told[told_count].reason, sizeof told->reason, t->reason);
    copy(told[told_count].verdict, sizeof told->verdict, verdict_info(t->verdict)->id);
    copy(told[told_count].alarm, sizeof told->alarm, t->alarm);
    told[told_count].attempts = t->attempts;
    told[told_count].peers = t->peers;
    told[told_count].lines = t->line_count;
    told[told_count].summary = t->summary != NULL;
    told_count++;
}

static size_t count(enum tell_type type, enum tell_change change)
{
    size_t n = 0;
    for (size_t i = 0; i < told_count; i++)
        n += told[i].type == type && told[i].change == change;
    return n;
}

static size_t last(enum tell_type type)
{
    size_t i = told_count;
    while (i-- > 0)
        if (told[i].type == type)
            return i;
    fail_msg("nothing of that kind was told");
    return 0;
}

/* ---- what is kept ---- */

static struct watched peers[64];
static struct incident kept[64];
static struct alarm alarms[8];
static char observers[64][32], addresses[64][32];
static size_t peer_count, kept_count, alarm_count;

static void keep_peer(void *arg, const struct watched *p)
{
    size_t i = 0;
    (void)arg;
    while (i < peer_count && (strcmp(observers[i], p->observer) != 0 || strcmp(addresses[i], p->address) != 0))
        i++;
    peer_count += i == peer_count;
    assert_true(peer_count < 64);
    free(peers[i].summary);
    free(peers[i].next);
    peers[i] = *p;
    copy(observers[i], sizeof *observers, p->observer);
    copy(addresses[i], sizeof *addresses, p->address);
    peers[i].observer = observers[i];
    peers[i].address = addresses[i];
    peers[i].summary = p->summary ? mem_strdup(p->summary) : NULL;
    peers[i].next = p->next ? mem_strdup(p->next) : NULL;
}

static void keep_incident(void *arg, const struct incident *one)
{
    size_t i = 0;
    (void)arg;
    while (i < kept_count && strcmp(kept[i].id, one->id) != 0)
        i++;
    kept_count += i == kept_count;
    assert_true(kept_count < 64);
    kept[i] = *one;
    for (size_t k = 0; k < peer_count; k++) /* peers are kept first */
        if (strcmp(addresses[k], one->peer->address) == 0)
            kept[i].peer = &peers[k];
}

static void keep_alarm(void *arg, const struct alarm *a)
{
    static char observer[32];
    size_t i = 0;
    (void)arg;
    while (i < alarm_count && strcmp(alarms[i].id, a->id) != 0)
        i++;
    alarm_count += i == alarm_count;
    assert_true(alarm_count < 8);
    alarms[i] = *a;
    copy(observer, sizeof observer, a->observer);
    alarms[i].observer = observer;
}

static void begin(void)
{
    incidents = incidents_new(&(struct incident_options){ .epoch = "0123456789abcdef",
        .group_from = 3,
        .quiet_s = 86400,
        .tell = on_tell,
        .keep_peer = keep_peer,
        .keep_incident = keep_incident,
        .keep_alarm = keep_alarm });
}

static int set_up(void **state)
{
    struct err e;
    (void)state;
    assert_int_equal(rules_load(true, NULL, 0, &rules, &e), ERR_OK);
    told_count = peer_count = kept_count = alarm_count = 0;
    now_ms = 1726805447000; /* 2024-09-20T04:10:47Z */
    made = 0;
    begin();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    incidents_free(incidents);
    rules_free(rules);
    for (size_t i = 0; i < 64; i++) {
        free(peers[i].summary);
        free(peers[i].next);
        memset(&peers[i], 0, sizeof peers[i]);
    }
    return 0;
}

static void restart(void)
{
    incidents_flush(incidents);
    incidents_free(incidents);
    begin();
    for (size_t i = 0; i < alarm_count; i++)
        assert_true(alarms[i].closed || incidents_restore_alarm(incidents, &alarms[i]));
    for (size_t i = 0; i < peer_count; i++)
        assert_true(incidents_restore_peer(incidents, &peers[i]));
    for (size_t i = 0; i < kept_count; i++)
        assert_true(kept[i].closed || incidents_restore(incidents, &kept[i], slice_of(kept[i].peer->observer),
                                          slice_of(kept[i].peer->address)));
}

/* ---- attempts ---- */

struct lines {
    struct buf bytes[16];
    struct slice records[16];
    size_t n;
};

static void on_line(void *arg, struct matched *m)
{
    struct lines *l = arg;
    m->order = 1;
    m->offset += l->n * 100;
    matched_print(&l->bytes[l->n], m);
    l->records[l->n] = buf_as_slice(&l->bytes[l->n]);
    l->n++;
}

/* An attempt of fmc-1 or ftd-1 with that address and outcome, by lines that mean it. */
static void attempt(const char *address, struct outcome outcome)
{
    static const char ca[] = "/title=InternalCA/OU=Intrusion Management System/CN=06f5f3ca-c77b-11e2-81bf-884d9d11f3ef/"
                             "O=Sourcefire, Inc.";
    struct lines l = { .n = 0 };
    char text[512];
    const char *head = "Sep 20 04:10:47 ftd-1 SF-IMS[5]: [6] sftunneld:sf_ssl";
    struct livelines *reader =
        livelines_new(&(struct livelines_options){ .rules = rules, .on_line = on_line, .arg = &l });
    const char *formats[4] = { "%s [INFO] Initiating IPv4 connection to %s:8305/tcp", NULL, NULL, NULL };
    if (outcome.type == OUTCOME_VERIFY_FAILED) {
        formats[1] = "%s [ERROR] issuer = /title=InternalCA/OU=Intrusion Management "
                     "System/CN=06f5f3ca-c77b-11e2-81bf-884d9d11f3ef/O=Sourcefire, Inc.";
        formats[2] = "%s [ERROR] err 10:certificate has expired";
    } else if (outcome.type == OUTCOME_REFUSED) {
        formats[1] = "%s [INFO] Connect to %s failed on port 8305 socket 11 (Connection refused)";
    } else {
        formats[0] = "%s [INFO] establishConnectionUtil: Connected using SSL to: '%s'";
    }
    for (size_t i = 0; i < 4 && formats[i]; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text, sizeof text, formats[i], head, address);
#pragma GCC diagnostic pop
        livelines_add(reader, slice_of(text));
    }
    struct attempt_end e = { .kind = END_ATTEMPT,
        .observer = SLICE("ftd-1"),
        .address = slice_of(address),
        .issuer = outcome.type == OUTCOME_VERIFY_FAILED ? slice_of(ca) : slice_of(""),
        .outcome = outcome,
        .first = civil_from_unix(now_ms / 1000),
        .last = civil_from_unix(now_ms / 1000),
        .records = l.records,
        .record_count = l.n };
    snprintf(e.id, sizeof e.id, "%032u", ++made);
    incidents_add(incidents, &e, "/var/log/messages", now_ms);
    for (size_t i = 0; i < l.n; i++)
        buf_clear(&l.bytes[i]);
    livelines_free(reader);
    now_ms += 44000;
}

static const struct outcome expired = { OUTCOME_VERIFY_FAILED, 10, 1 }, refused = { OUTCOME_REFUSED, 0, -1 },
                            up = { OUTCOME_ESTABLISHED, 0, -1 };

static void one_incident_with_counts(void **state)
{
    (void)state;
    for (int i = 0; i < 25; i++)
        attempt("10.1.1.1", expired);
    assert_int_equal(count(TELL_ATTEMPT, TELL_OPENED), 25);
    assert_int_equal(count(TELL_INCIDENT, TELL_OPENED), 1);
    assert_int_equal(count(TELL_INCIDENT, TELL_CHANGED), 1); /* ten times as many */
    assert_int_equal(told[last(TELL_INCIDENT)].attempts, 10);
    assert_int_equal(count(TELL_VERDICT, TELL_OPENED), 1);
    assert_string_equal(told[last(TELL_VERDICT)].verdict, "SFT-1001");
    assert_true(told[last(TELL_VERDICT)].lines > 0 && told[last(TELL_VERDICT)].summary);
    attempt("10.1.1.1", up);
    assert_int_equal(count(TELL_INCIDENT, TELL_CLOSED), 1);
    assert_string_equal(told[last(TELL_INCIDENT)].reason, "established");
    assert_int_equal(told[last(TELL_INCIDENT)].attempts, 25);
    assert_string_equal(told[last(TELL_VERDICT)].verdict, "SFT-1000");
    attempt("10.1.1.1", expired); /* again: another one */
    assert_int_equal(count(TELL_INCIDENT, TELL_OPENED), 2);
    assert_int_equal(count(TELL_ALARM, TELL_OPENED), 0);
}

static void causes_are_told_apart(void **state)
{
    (void)state;
    attempt("10.1.1.1", expired);
    attempt("10.1.1.1", refused);
    attempt("10.1.1.1", expired);
    assert_int_equal(count(TELL_INCIDENT, TELL_OPENED), 2);
    assert_string_equal(told[last(TELL_VERDICT)].verdict, "SFT-1001"); /* the worse one */
    attempt("10.1.1.1", up);
    assert_int_equal(count(TELL_INCIDENT, TELL_CLOSED), 2);
}

static void peers_of_one_ca_are_one_alarm(void **state)
{
    char address[32];
    (void)state;
    for (int i = 0; i < 30; i++) {
        snprintf(address, sizeof address, "10.1.1.%d", i);
        attempt(address, expired);
    }
    assert_int_equal(count(TELL_ALARM, TELL_OPENED), 1);
    assert_int_equal(count(TELL_ALARM, TELL_CHANGED), 1);
    assert_int_equal(told[last(TELL_ALARM)].peers, 30);
    assert_string_equal(told[last(TELL_INCIDENT)].alarm, told[last(TELL_ALARM)].id);
    for (int i = 0; i < 30; i++) {
        assert_int_equal(count(TELL_ALARM, TELL_CLOSED), 0);
        snprintf(address, sizeof address, "10.1.1.%d", i);
        attempt(address, up);
    }
    assert_int_equal(count(TELL_ALARM, TELL_CLOSED), 1);
    for (int i = 0; i < 3; i++) { /* and again, before anything was flushed */
        snprintf(address, sizeof address, "10.1.1.%d", i);
        attempt(address, expired);
    }
    assert_int_equal(count(TELL_ALARM, TELL_OPENED), 2);
    assert_int_equal(count(TELL_ALARM, TELL_CLOSED), 1);
}

static void a_restart_in_between(void **state)
{
    char address[32];
    (void)state;
    for (int i = 0; i < 5; i++) {
        snprintf(address, sizeof address, "10.1.1.%d", i);
        attempt(address, expired);
        restart();
    }
    assert_int_equal(count(TELL_ALARM, TELL_OPENED), 1);
    size_t opened = count(TELL_INCIDENT, TELL_OPENED);
    attempt("10.1.1.2", expired);
    assert_int_equal(count(TELL_INCIDENT, TELL_OPENED), opened); /* it was open */
    for (int i = 0; i < 5; i++) {
        snprintf(address, sizeof address, "10.1.1.%d", i);
        attempt(address, up);
        restart();
    }
    assert_int_equal(count(TELL_INCIDENT, TELL_CLOSED), 5);
    assert_int_equal(count(TELL_ALARM, TELL_CLOSED), 1);
}

static void quiet_closes(void **state)
{
    (void)state;
    attempt("10.1.1.1", expired);
    now_ms += 86300 * 1000LL;
    incidents_tick(incidents, now_ms);
    assert_int_equal(count(TELL_INCIDENT, TELL_CLOSED), 0);
    now_ms += 200 * 1000LL;
    incidents_tick(incidents, now_ms);
    incidents_tick(incidents, now_ms);
    assert_int_equal(count(TELL_INCIDENT, TELL_CLOSED), 1);
    assert_string_equal(told[last(TELL_INCIDENT)].reason, "quiet");
}

static void the_wire_proves(void **state)
{
    struct incident_proof p = { .observer = "ftd-1",
        .address = "10.1.1.1",
        .verdict = VERDICT_CA_EXPIRED,
        .confidence = CONFIDENCE_HIGH,
        .text = "10.1.1.1:8305 ...",
        .summary = "it was seen" };
    (void)state;
    incidents_prove(incidents, &p, now_ms); /* nothing is open */
    attempt("10.1.1.1", expired);           /* how deep is not said: of medium confidence */
    size_t events = told_count;
    p.confidence = CONFIDENCE_LOW; /* no more certain */
    incidents_prove(incidents, &p, now_ms);
    p.confidence = CONFIDENCE_HIGH;
    p.verdict = VERDICT_NETWORK; /* another cause */
    incidents_prove(incidents, &p, now_ms);
    p.verdict = VERDICT_CA_EXPIRED;
    p.address = "10.1.1.2"; /* another peer */
    incidents_prove(incidents, &p, now_ms);
    assert_int_equal(told_count, events);
    p.address = "10.1.1.1";
    p.observer = "ftd-1.example.com"; /* there is only one */
    incidents_prove(incidents, &p, now_ms);
    assert_int_equal(told_count, events + 1);
    assert_int_equal(count(TELL_INCIDENT, TELL_CHANGED), 1);
    assert_int_equal(told[last(TELL_INCIDENT)].lines, 1);
    assert_int_equal(told[last(TELL_INCIDENT)].attempts, 1);
    incidents_prove(incidents, &p, now_ms);
    restart();
    incidents_prove(incidents, &p, now_ms); /* nor after a restart */
    assert_int_equal(told_count, events + 1);
}

static void nobody_in_particular(void **state)
{
    (void)state;
    attempt("", expired);
    assert_int_equal(count(TELL_ATTEMPT, TELL_OPENED), 1);
    assert_int_equal(count(TELL_INCIDENT, TELL_OPENED), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_incident_with_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(causes_are_told_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(peers_of_one_ca_are_one_alarm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_restart_in_between, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quiet_closes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_wire_proves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_in_particular, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("incident", tests, NULL, NULL);
}
