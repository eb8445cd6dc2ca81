/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs and captures of one outage: one peer, with evidence of both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/caps.h"
#include "base/mem.h"
#include "tests/unit/wirescene.h"

#include <stdio.h>
#include <stdlib.h>

static int open_scene(void **state)
{
    (void)state;
    scene_open();
    return 0;
}

static int close_scene(void **state)
{
    (void)state;
    scene_close();
    return 0;
}

/* Lines of the firewall about the manager 10.2.0.1; time is "MM:SS". */
static void ftd_begins(struct buf *b, const char *time, int tid)
{
    buf_printf(b,
        "Sep 20 04:%s FTD-1 SF-IMS[5]: [%d] sftunneld:sf_ssl [INFO] Initiating IPv4 connection to 10.2.0.1:8305/tcp\n",
        time, tid);
    buf_printf(b,
        "Sep 20 04:%s FTD-1 SF-IMS[5]: [%d] sftunneld:sf_ssl [INFO] Connected to 10.2.0.1 from resolved_ip_list "
        "(port 8305) (IPv4)\n",
        time, tid);
}

static void ftd_refuses(struct buf *b, const char *time, int tid, int depth, const char *err)
{
    ftd_begins(b, time, tid);
    buf_printf(b, "Sep 20 04:%s FTD-1 SF-IMS[5]: [%d] sftunneld:sf_ssl [ERROR] -Error with certificate at depth: %d\n",
        time, tid, depth);
    buf_printf(b, "Sep 20 04:%s FTD-1 SF-IMS[5]: [%d] sftunneld:sf_ssl [ERROR] err %s\n", time, tid, err);
    buf_printf(
        b, "Sep 20 04:%s FTD-1 SF-IMS[5]: [%d] sftunneld:sf_ssl [ERROR] Connect:SSL handshake failed\n", time, tid);
}

static void ftd_connects(struct buf *b, const char *time, int tid)
{
    ftd_begins(b, time, tid);
    buf_printf(b,
        "Sep 20 04:%s FTD-1 SF-IMS[5]: [%d] sftunneld:sf_channel [INFO] >> ChannelState do_dataio_for_heartbeat peer "
        "10.2.0.1 / channelA / CONTROL [ msgSock & ssl_context ] <<\n",
        time, tid);
}

/* Lines of a manager about the firewall 10.2.0.9. */
static void fmc_told(struct buf *b, const char *host, const char *time, const char *alert)
{
    static const char *const lines[] = {
        "[WARN] establishConnectionUtil: SSL handshake failed",
        "[WARN] establishConnectionUtil: SSL Verification status: ok",
    };
    for (size_t i = 0; i < 2; i++)
        buf_printf(b, "Sep 20 04:%s %s SF-IMS[1]: [7] sftunneld:sf_ssl %s\n", time, host, lines[i]);
    buf_printf(b,
        "Sep 20 04:%s %s SF-IMS[1]: [7] sftunneld:sf_ssl [WARN] establishConnectionUtil: SSL handshake failed: %s\n",
        time, host, alert);
    buf_printf(b,
        "Sep 20 04:%s %s SF-IMS[1]: [7] sftunneld:sf_ssl [INFO] establishConnectionUtil: Failed to connect using SSL "
        "to: '10.2.0.9'\n",
        time, host);
}

#define TOLD_45 "error:14094415:SSL routines:ssl3_read_bytes:sslv3 alert certificate expired"
#define TOLD_51 "error:1409441B:SSL routines:ssl3_read_bytes:tlsv1 alert decrypt error"

/* A failed handshake of the server's chain, `seconds` after 04:00:00. */
static struct connection rejected(int64_t seconds, enum scene_cert leaf, enum scene_cert ca, int alert)
{
    struct connection c = scene_connection(CONNECTION_HANDSHAKE, seconds);
    scene_show(&c, SIDE_SERVER, leaf, ca);
    if (alert)
        scene_alert(&c, SIDE_CLIENT, alert);
    return c;
}

static struct connection complete(int64_t seconds, enum scene_cert leaf, enum scene_cert ca)
{
    struct connection c = scene_connection(CONNECTION_COMPLETE, seconds);
    scene_show(&c, SIDE_SERVER, leaf, ca);
    scene_show(&c, SIDE_CLIENT, FTD_LEAF, CA);
    return c;
}

struct play {
    struct casefile c;
    struct diagnosis d;
    struct buf log[2];
    struct connection wire[8];
    size_t wires;
};

static void play_logs(struct play *p)
{
    static const char *const paths[] = { "a.log", "b.log" };
    for (size_t i = 0; i < 2; i++)
        if (p->log[i].n)
            scene_log(&p->c, paths[i], p->log[i].p);
}

static void play_wires(struct play *p)
{
    uint32_t source = p->wires ? casefile_source(&p->c, "x.pcap", SOURCE_CAPTURE, UNIT_NONE) : 0;
    for (size_t i = 0; i < p->wires; i++) {
        p->wire[i].stream = (uint32_t)i;
        casefile_wire(&p->c, source, &p->wire[i]);
    }
}

static void diagnose_play(struct play *p, bool captures_first)
{
    p->c.now = SCENE_NOW + 86400;
    if (captures_first)
        play_wires(p);
    play_logs(p);
    if (!captures_first)
        play_wires(p);
    diagnose(&p->c, &p->d);
}

static void play_end(struct play *p)
{
    diagnosis_clear(&p->d);
    casefile_clear(&p->c);
    p->d = (struct diagnosis){ 0 };
}

static void play_clear(struct play *p)
{
    for (size_t i = 0; i < p->wires; i++)
        scene_clear(&p->wire[i]);
    buf_clear(&p->log[0]);
    buf_clear(&p->log[1]);
    play_end(p);
}

/* All that a report shows of a finding, without numbers of sources. */
static char *finding_text(const struct play *p, const struct finding *f)
{
    struct buf b = { 0 };
    buf_printf(&b, "%s|%s|%s|%s|%s|%s|%s|%llu|%u|%d\n", f->host, f->address, f->uuid ? f->uuid : "-",
        verdict_info(f->verdict)->name, severity_name(f->severity), confidence_name(f->confidence), f->summary,
        (unsigned long long)f->attempts, f->connections, f->captured);
    for (size_t i = 0; i < f->outcome_count; i++)
        buf_printf(&b, " %s=%llu", f->outcomes[i].name, (unsigned long long)f->outcomes[i].count);
    for (size_t i = 0; i < f->evidence_count; i++)
        buf_printf(&b, "\n  %c %s:%llu %s | %s", f->evidence[i].supports ? '+' : '-',
            f->evidence[i].source == SOURCE_NO ? "" : p->c.sources[f->evidence[i].source].path,
            (unsigned long long)f->evidence[i].line, f->evidence[i].text, f->evidence[i].means);
    buf_printf(&b, "\n%s\n%s\n", f->next, f->missing ? f->missing : "-");
    return buf_take(&b);
}

/* The first piece of evidence from this file; there must be one. */
static struct evidence evidence_from(const struct play *p, const struct finding *f, const char *path)
{
    struct evidence none = { .source = SOURCE_NO };
    for (size_t i = 0; i < f->evidence_count; i++)
        if (f->evidence[i].source != SOURCE_NO && strcmp(p->c.sources[f->evidence[i].source].path, path) == 0)
            return f->evidence[i];
    fail_msg("no evidence from %s", path);
    return none;
}

static void assert_finding(const struct play *p, size_t i, enum verdict_id verdict, enum confidence confidence)
{
    assert_true(i < p->d.finding_count);
    const struct finding *f = &p->d.findings[i];
    if (f->verdict != verdict || f->confidence != confidence) {
        char *text = finding_text(p, f);
        print_error("%s", text);
        free(text);
    }
    assert_int_equal(f->verdict, verdict);
    assert_int_equal(f->confidence, confidence);
}

static void one_outage_in_the_firewalls_log_and_in_a_capture(void **state)
{
    (void)state;
    struct play p = { .wires = 2 };
    ftd_refuses(&p.log[0], "10:00", 1, 1, "10:certificate has expired");
    ftd_refuses(&p.log[0], "10:44", 2, 1, "10:certificate has expired");
    p.wire[0] = rejected(600, FMC_LEAF, CA_EXPIRED, 45);
    p.wire[1] = rejected(644, FMC_LEAF, CA_EXPIRED, 45);
    diagnose_play(&p, false);
    assert_int_equal(p.d.finding_count, 1);
    assert_finding(&p, 0, VERDICT_CA_EXPIRED, CONFIDENCE_HIGH);
    const struct finding *f = &p.d.findings[0];
    assert_string_equal(f->host, "FTD-1");
    assert_false(f->captured);
    assert_int_equal(f->connections, 2);
    assert_int_equal(f->attempts, 2); /* of the log: they are the same ones */
    assert_int_equal(p.d.totals.attempts, 2);
    assert_string_equal(f->ca_uuid, SCENE_UUID);
    (void)evidence_from(&p, f, "a.log");
    struct evidence e = evidence_from(&p, f, "x.pcap");
    assert_true(e.supports);
    assert_int_equal(e.line, 12);
    assert_string_equal(e.text,
        "10.2.0.9:49765 -> 10.2.0.1:8305 TLS 1.2, handshake, server chain 2 certificates, CA expired "
        "2024-09-17, alert 45 from the client (frame 12)");
    assert_non_null(strstr(e.means, "(and 1 more like it)"));
    assert_int_equal(p.c.wires[0].finding, 0);
    play_clear(&p);
}

static void the_wire_tells_what_the_manager_was_only_told(void **state)
{
    (void)state;
    struct play p = { .wires = 1 };
    fmc_told(&p.log[0], "FMC-1", "10:00", TOLD_45);
    diagnose_play(&p, false);
    assert_finding(&p, 0, VERDICT_CA_EXPIRED, CONFIDENCE_MEDIUM); /* as the log alone has it */
    play_end(&p);
    p.wire[0] = rejected(600, FMC_EXPIRED, CA, 45);
    diagnose_play(&p, false);
    assert_int_equal(p.d.finding_count, 1);
    assert_finding(&p, 0, VERDICT_LEAF_EXPIRED, CONFIDENCE_HIGH);
    assert_non_null(strstr(p.d.findings[0].summary, "its own certificate expired"));
    assert_string_equal(p.c.sources[p.d.findings[0].evidence[0].source].path, "x.pcap"); /* what decides comes first */
    (void)evidence_from(&p, &p.d.findings[0], "a.log");
    play_clear(&p);
}

static void both_ends_and_the_wire_between_them(void **state)
{
    (void)state;
    struct play p = { .wires = 1 };
    ftd_refuses(&p.log[0], "10:00", 1, 1, "10:certificate has expired");
    fmc_told(&p.log[1], "FMC-1", "10:01", TOLD_45);
    p.wire[0] = rejected(600, FMC_LEAF, CA_EXPIRED, 45);
    diagnose_play(&p, false);
    assert_int_equal(p.d.finding_count, 2);
    for (uint32_t i = 0; i < 2; i++) {
        assert_finding(&p, i, VERDICT_CA_EXPIRED, CONFIDENCE_HIGH);
        assert_int_equal(p.d.findings[i].joined, 1 - i);
        assert_int_equal(p.d.findings[i].connections, 1);
        (void)evidence_from(&p, &p.d.findings[i], "x.pcap");
    }
    play_clear(&p);
}

static void a_capture_contradicts_a_log(void **state)
{
    (void)state;
    struct play p = { .wires = 1 };
    ftd_refuses(&p.log[0], "10:00", 1, 1, "10:certificate has expired");
    p.wire[0] = rejected(600, FMC_LEAF, CA, 45);
    diagnose_play(&p, false);
    assert_finding(&p, 0, VERDICT_CA_EXPIRED, CONFIDENCE_MEDIUM);
    struct evidence e = evidence_from(&p, &p.d.findings[0], "x.pcap");
    assert_false(e.supports);
    assert_non_null(strstr(e.means, "the capture says otherwise: "));
    play_end(&p);
    scene_clear(&p.wire[0]);
    p.wire[0] = rejected(600, FMC_LEAF, CA_NEW, 51); /* another fault than the one that was logged */
    diagnose_play(&p, false);
    assert_finding(&p, 0, VERDICT_CA_EXPIRED, CONFIDENCE_MEDIUM);
    assert_false(evidence_from(&p, &p.d.findings[0], "x.pcap").supports);
    play_clear(&p);
}

static void what_is_newer_counts(void **state)
{
    (void)state;
    struct play p = { .wires = 1 };
    ftd_refuses(&p.log[0], "10:00", 1, 1, "7:certificate signature failure");
    p.wire[0] = complete(700, FMC_LEAF, CA); /* it has come up since */
    diagnose_play(&p, false);
    assert_int_equal(p.d.finding_count, 1);
    assert_finding(&p, 0, VERDICT_HEALTHY, CONFIDENCE_MEDIUM);
    play_clear(&p);

    p = (struct play){ .wires = 1 };
    ftd_refuses(&p.log[0], "10:00", 1, 1, "7:certificate signature failure");
    p.wire[0] = complete(500, FMC_LEAF, CA); /* it had been up before */
    p.wire[0].ended = true;
    diagnose_play(&p, false);
    assert_finding(&p, 0, VERDICT_CA_MISMATCH, CONFIDENCE_HIGH);
    play_clear(&p);

    p = (struct play){ .wires = 1 };
    ftd_connects(&p.log[0], "10:00", 1);
    p.wire[0] = rejected(720, FMC_LEAF, CA_EXPIRED, 45); /* and fails afterwards */
    diagnose_play(&p, false);
    assert_int_equal(p.d.finding_count, 1);
    assert_finding(&p, 0, VERDICT_CA_EXPIRED, CONFIDENCE_HIGH);
    play_clear(&p);

    p = (struct play){ .wires = 1 };
    ftd_connects(&p.log[0], "10:00", 1);
    p.wire[0] = rejected(500, FMC_LEAF, CA_EXPIRED, 45); /* or failed before */
    diagnose_play(&p, false);
    assert_finding(&p, 0, VERDICT_HEALTHY, CONFIDENCE_HIGH);
    assert_false(evidence_from(&p, &p.d.findings[0], "x.pcap").supports);
    play_clear(&p);
}

static void still_up_while_others_fail(void **state)
{
    (void)state;
    struct play p = { .wires = 1 };
    ftd_refuses(&p.log[0], "10:00", 1, 1, "10:certificate has expired");
    p.wire[0] = scene_connection(CONNECTION_MID_STREAM, 300);
    p.wire[0].last_ns += 1800 * 1000000000LL;
    diagnose_play(&p, false);
    assert_int_equal(p.d.finding_count, 1);
    assert_finding(&p, 0, VERDICT_AT_RISK, CONFIDENCE_HIGH);
    assert_true(p.d.at_risk);
    play_clear(&p);

    p = (struct play){ .wires = 2 }; /* the same, by the capture alone */
    p.wire[0] = scene_connection(CONNECTION_MID_STREAM, 0);
    p.wire[0].last_ns += 1800 * 1000000000LL;
    scene_address(&p.wire[0], SIDE_CLIENT, "10.2.0.9", 40000);
    p.wire[1] = rejected(600, FMC_LEAF, CA_EXPIRED, 45);
    diagnose_play(&p, false);
    assert_int_equal(p.d.finding_count, 1);
    assert_finding(&p, 0, VERDICT_AT_RISK, CONFIDENCE_HIGH);
    assert_non_null(strstr(p.d.findings[0].summary, "still up"));
    assert_true(p.d.at_risk);
    play_clear(&p);
}

/* A tunnel that was there before the capture, and is used until long after all else. */
static struct connection old_tunnel(void)
{
    struct connection c = scene_connection(CONNECTION_MID_STREAM, 0);
    c.last_ns += 1800 * 1000000000LL;
    scene_address(&c, SIDE_CLIENT, "10.2.0.9", 40000);
    return c;
}

static void a_later_tunnel_that_has_ended_hides_no_risk(void **state)
{
    (void)state;
    struct play p = { .wires = 3 };
    p.wire[0] = old_tunnel();
    p.wire[1] = complete(300, FMC_LEAF, CA_EXPIRED);
    p.wire[1].ended = true;
    p.wire[2] = rejected(600, FMC_LEAF, CA_EXPIRED, 45);
    diagnose_play(&p, false);
    assert_finding(&p, 0, VERDICT_AT_RISK, CONFIDENCE_HIGH);
    assert_true(p.d.at_risk);
    play_clear(&p);
}

static void an_unfinished_handshake_beside_a_tunnel(void **state)
{
    (void)state;
    struct play p = { .wires = 2 };
    p.wire[0] = old_tunnel();
    p.wire[1] = rejected(600, FMC_LEAF, CA_NEW, 0); /* the capture ends before it does */
    diagnose_play(&p, false);
    assert_int_equal(p.d.findings[0].verdict, VERDICT_AT_RISK);
    play_clear(&p);
}

static void log_and_capture_fail_beside_a_tunnel(void **state)
{
    (void)state;
    struct play p = { .wires = 2 };
    ftd_refuses(&p.log[0], "10:00", 1, 1, "10:certificate has expired");
    p.wire[0] = old_tunnel();
    p.wire[1] = rejected(600, FMC_LEAF, CA_EXPIRED, 45);
    diagnose_play(&p, false);
    assert_int_equal(p.d.finding_count, 1);
    assert_finding(&p, 0, VERDICT_AT_RISK, CONFIDENCE_HIGH);
    assert_non_null(strstr(p.d.findings[0].summary, "still up"));
    play_clear(&p);
}

/* Nobody looked at a certificate when it came up. */
static void resumed_on_what_the_log_calls_expired(void **state)
{
    (void)state;
    struct play p = { .wires = 1 };
    ftd_refuses(&p.log[0], "10:00", 1, 1, "10:certificate has expired");
    p.wire[0] = scene_connection(CONNECTION_COMPLETE, 900);
    p.wire[0].resumed = true;
    diagnose_play(&p, false);
    assert_int_equal(p.d.findings[0].verdict, VERDICT_AT_RISK);
    play_clear(&p);
}

static void no_regeneration_for_a_mismatch_or_a_clock(void **state)
{
    (void)state;
    struct play p = { .wires = 2 };
    p.wire[0] = old_tunnel();
    p.wire[1] = rejected(600, FMC_LEAF, CA_NEW, 51);
    diagnose_play(&p, false);
    assert_int_equal(p.d.findings[0].verdict, VERDICT_AT_RISK);
    assert_non_null(strstr(p.d.findings[0].next, "Do not regenerate again"));
    play_clear(&p);

    p = (struct play){ .wires = 2 };
    p.wire[0] = old_tunnel();
    p.wire[1] = rejected(600, FMC_FUTURE, CA, 42);
    diagnose_play(&p, false);
    assert_int_equal(p.d.findings[0].verdict, VERDICT_NOT_YET_VALID); /* it mends by itself */
    assert_non_null(strstr(p.d.findings[0].next, "Never regenerate"));
    play_clear(&p);
}

static void the_last_connection_names_the_manager(void **state)
{
    (void)state;
    struct play p = { .wires = 2 };
    p.wire[0] = scene_connection(CONNECTION_REFUSED, 0);
    p.wire[1] = rejected(60, FMC_LEAF, CA, 0);
    p.wire[1].ended = false;
    diagnose_play(&p, false);
    assert_string_equal(p.d.findings[0].ca_uuid, SCENE_UUID);
    play_clear(&p);
}

static void a_capture_alone(void **state)
{
    (void)state;
    struct play p = { .wires = 5 };
    p.wire[0] = rejected(0, FMC_LEAF, CA_EXPIRED, 45);
    p.wire[1] = rejected(60, FMC_LEAF, CA_EXPIRED, 45);
    p.wire[2] = scene_connection(CONNECTION_REFUSED, 120);
    p.wire[3] = scene_connection(CONNECTION_SYN_ONLY, 180);
    p.wire[4] = scene_connection(CONNECTION_REFUSED, 0);
    scene_address(&p.wire[4], SIDE_SERVER, "10.2.0.2", 8305);
    diagnose_play(&p, false);
    assert_int_equal(p.d.finding_count, 2);
    assert_finding(&p, 0, VERDICT_CA_EXPIRED, CONFIDENCE_HIGH);
    assert_finding(&p, 1, VERDICT_NETWORK, CONFIDENCE_HIGH);
    const struct finding *f = &p.d.findings[0];
    assert_string_equal(f->host, "10.2.0.9"); /* who opened the connections */
    assert_string_equal(f->address, "10.2.0.1");
    assert_true(f->captured);
    assert_null(f->uuid);
    assert_string_equal(f->ca_uuid, SCENE_UUID);
    assert_int_equal(f->attempts, 4);
    assert_int_equal(p.d.totals.attempts, 5);
    assert_int_equal(f->outcome_count, 3);
    assert_string_equal(f->outcomes[0].name, "alert/45");
    assert_int_equal(f->outcomes[0].count, 2);
    assert_string_equal(f->outcomes[1].name, "refused");
    assert_string_equal(f->outcomes[2].name, "timed_out");
    assert_int_equal(civil_unix(f->first), SCENE_NOW);
    assert_int_equal(civil_unix(f->failing_since), SCENE_NOW);
    assert_int_equal(f->last_success, CIVIL_NONE);
    assert_true(f->evidence[0].supports);
    assert_false(f->evidence[f->evidence_count - 1].supports); /* that it was refused as well */
    assert_string_equal(p.d.findings[1].address, "10.2.0.2");
    assert_int_equal(p.c.wires[4].finding, 1);
    play_clear(&p);
}

static void established_sessions_without_a_handshake(void **state)
{
    (void)state;
    struct play p = { .wires = 3 };
    for (size_t i = 0; i < 3; i++) {
        p.wire[i] = scene_connection(CONNECTION_MID_STREAM, 0);
        scene_address(&p.wire[i], SIDE_CLIENT, "10.2.0.9", (uint16_t)(40000 + i));
    }
    diagnose_play(&p, false);
    assert_int_equal(p.d.finding_count, 1);
    assert_finding(&p, 0, VERDICT_INSUFFICIENT, CONFIDENCE_LOW);
    assert_string_equal(p.d.findings[0].summary, "no handshake seen on 3 established sessions");
    assert_int_equal(p.d.findings[0].attempts, 0);
    assert_int_equal(p.d.findings[0].connections, 3);
    play_clear(&p);
}

static void either_end_may_open(void **state)
{
    (void)state;
    struct play p = { .wires = 2 };
    p.wire[0] = rejected(60, FMC_LEAF, CA_EXPIRED, 45);
    p.wire[1] = rejected(0, FTD_LEAF, CA_EXPIRED, 45); /* the manager opens this one */
    scene_address(&p.wire[1], SIDE_CLIENT, "10.2.0.1", 50000);
    scene_address(&p.wire[1], SIDE_SERVER, "10.2.0.9", 8305);
    diagnose_play(&p, false);
    assert_int_equal(p.d.finding_count, 1);
    assert_string_equal(p.d.findings[0].host, "10.2.0.1"); /* the first one */
    assert_int_equal(p.d.findings[0].connections, 2);
    play_clear(&p);
}

static void far_from_the_log_in_time(void **state)
{
    (void)state;
    struct play p = { .wires = 1 };
    ftd_refuses(&p.log[0], "10:00", 1, 1, "10:certificate has expired");
    p.wire[0] = rejected(7 * 86400, FMC_LEAF, CA_EXPIRED, 45);
    diagnose_play(&p, false);
    assert_int_equal(p.d.finding_count, 2); /* who FTD-1 is nobody has said */
    play_end(&p);
    p.wire[0].first_ns = p.wire[0].last_ns = (SCENE_NOW + 600 + 290) * 1000000000LL;
    diagnose_play(&p, false);
    assert_int_equal(p.d.finding_count, 1);
    play_clear(&p);
}

/* ims.conf of the firewall's bundle, and PEERS_MAP.JSON of the manager's, say who lives where. */
static void addresses_that_the_case_knows(void **state)
{
    (void)state;
    static const char uuid[] = "d2d0bd3c-1111-11ed-a56c-0988856d1c7e";
    for (int right = 0; right < 2; right++) {
        struct play p = { .wires = 1 };
        ftd_refuses(&p.log[0], "10:00", 1, 1, "10:certificate has expired");
        uint32_t ims = casefile_source(&p.c, "ims.conf", SOURCE_IMS_CONF, 1);
        casefile_appliance(&p.c, ims, ROLE_FTD, slice_of(uuid), slice_of("x"), slice_of("7.2"));
        casefile_peer(&p.c, &(struct peer_fact){ .unit = 2,
                                .uuid = (char *)(uintptr_t)uuid,
                                .address = (char *)(uintptr_t)(right ? "10.2.0.9" : "10.2.0.77") });
        p.wire[0] = rejected(7 * 86400, FMC_LEAF, CA_EXPIRED, 45);
        play_logs(&p);
        p.c.sources[1].unit = 1;
        play_wires(&p);
        p.c.now = SCENE_NOW + 86400;
        diagnose(&p.c, &p.d);
        assert_int_equal(p.d.finding_count, right ? 1 : 2);
        if (right)
            (void)evidence_from(&p, &p.d.findings[0], "x.pcap");
        play_clear(&p);
    }
}

static void of_two_managers_the_one_whose_log_has_that_alert(void **state)
{
    (void)state;
    for (int which = 0; which < 2; which++) {
        struct play p = { .wires = 1 };
        fmc_told(&p.log[0], "FMC-1", "10:00", which ? TOLD_45 : TOLD_51);
        fmc_told(&p.log[1], "FMC-2", "10:00", which ? TOLD_51 : TOLD_45);
        p.wire[0] = rejected(600, FMC_LEAF, CA_EXPIRED, 45);
        diagnose_play(&p, false);
        assert_int_equal(p.d.finding_count, 2);
        assert_int_equal(p.d.findings[which ? 0 : 1].connections, 1);
        assert_int_equal(p.d.findings[which ? 1 : 0].connections, 0);
        play_clear(&p);
    }
}

static void other_tls_is_nobodys_peer(void **state)
{
    (void)state;
    struct play p = { .wires = 2 };
    ftd_refuses(&p.log[0], "10:00", 1, 1, "10:certificate has expired");
    p.wire[0] = complete(600, PROXY_LEAF, CA_PROXY);
    p.wire[1] = complete(600, PROXY_LEAF, CA_PROXY);
    for (size_t i = 0; i < 2; i++) {
        scene_show(&p.wire[i], SIDE_CLIENT, PROXY_LEAF, CA_PROXY);
        scene_address(&p.wire[i], SIDE_SERVER, i ? "192.0.2.1" : "10.2.0.1", 443);
    }
    diagnose_play(&p, false);
    assert_int_equal(p.d.finding_count, 1);
    assert_int_equal(p.d.findings[0].connections, 0);
    assert_int_equal(p.c.wires[0].finding, WIRE_NO_FINDING);
    play_end(&p);
    p.c.port = 443; /* unless sftunnel was moved there */
    diagnose_play(&p, false);
    assert_int_equal(p.d.finding_count, 2);
    play_clear(&p);
}

static void files_that_did_not_reach_a_peer(void **state)
{
    (void)state;
    struct play p = { .wires = 1 };
    uint32_t source = casefile_source(&p.c, "certs/1726700000/FAILED_PUSH", SOURCE_FAILED_PUSH, 1);
    casefile_push(&p.c, &(struct push_fact){ .unit = 1,
                            .source = source,
                            .line = 1,
                            .address = (char[]){ "10.2.0.9" },
                            .uuid = (char[]){ SCENE_OTHER_UUID },
                            .file = (char[]){ "cacert.pem" },
                            .text = (char[]){ "x" } });
    p.wire[0] = complete(600, FMC_NEW, CA_NEW);
    scene_alert(&p.wire[0], SIDE_SERVER, -1);
    p.wire[0].early_end = true;
    play_wires(&p);
    p.c.now = SCENE_NOW + 86400;
    diagnose(&p.c, &p.d);
    assert_int_equal(p.d.finding_count, 1);
    assert_finding(&p, 0, VERDICT_PUSH_INCOMPLETE, CONFIDENCE_HIGH);
    assert_true(evidence_from(&p, &p.d.findings[0], "x.pcap").supports);
    play_clear(&p);
}

/* A log that was copied two years later has no year but that of its copy; the packets have one. */
static void packets_tell_the_year_of_a_log(void **state)
{
    (void)state;
    static const struct {
        enum year_basis basis, becomes;
        int64_t packets; /* seconds after 04:00:00 */
        int year;
        size_t findings;
    } cases[] = {
        { YEAR_FILE, YEAR_CAPTURE, 601, 2024, 1 }, { YEAR_NOW, YEAR_CAPTURE, 601, 2024, 1 },
        { YEAR_ARCHIVE, YEAR_ARCHIVE, 601, 2026, 2 }, /* an archive's dates are believed */
        { YEAR_FILE, YEAR_FILE, 660, 2026, 2 },       /* another minute */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct play p = { .wires = 1 };
        ftd_refuses(&p.log[0], "10:00", 1, 1, "10:certificate has expired");
        p.wire[0] = rejected(cases[i].packets, FMC_LEAF, CA_EXPIRED, 45);
        p.c.now = SCENE_NOW + 790 * 86400;
        scene_log_of(&p.c, "a.log", p.log[0].p, (struct year_hint){ .written = p.c.now, .basis = (int)cases[i].basis });
        play_wires(&p);
        diagnose(&p.c, &p.d);
        assert_int_equal(p.c.sources[0].year, cases[i].year);
        assert_int_equal(p.c.sources[0].basis, cases[i].becomes);
        assert_int_equal(p.d.finding_count, cases[i].findings);
        play_clear(&p);
    }
}

/* Nothing depends on what was read first, nor on the order within a capture. */
static void any_order_gives_the_same(void **state)
{
    (void)state;
    char *first[4] = { NULL };
    size_t count = 0;
    for (int order = 0; order < 4; order++) {
        struct play p = { .wires = 4 };
        ftd_refuses(&p.log[order & 1], "10:00", 1, 1, "10:certificate has expired");
        fmc_told(&p.log[!(order & 1)], "FMC-1", "10:01", TOLD_45);
        struct connection all[4] = { rejected(600, FMC_LEAF, CA_EXPIRED, 45), complete(300, FMC_LEAF, CA_SOON),
            scene_connection(CONNECTION_REFUSED, 900), complete(60, FMC_NEW, CA_NEW) };
        scene_address(&all[3], SIDE_SERVER, "10.2.0.3", 8305);
        for (size_t i = 0; i < 4; i++)
            p.wire[order & 2 ? 3 - i : i] = all[i];
        diagnose_play(&p, order & 1);
        for (size_t i = 0; i < p.d.finding_count; i++) {
            char *text = finding_text(&p, &p.d.findings[i]), *log;
            while ((log = strstr(text, "b.log"))) /* the files have other names */
                log[0] = 'a';
            if (order == 0)
                first[count++] = text;
            else
                assert_string_equal(text, first[i]);
            if (order)
                free(text);
        }
        assert_int_equal(p.d.finding_count, count);
        play_clear(&p);
    }
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++)
        free(first[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_outage_in_the_firewalls_log_and_in_a_capture),
        cmocka_unit_test(the_wire_tells_what_the_manager_was_only_told),
        cmocka_unit_test(both_ends_and_the_wire_between_them),
        cmocka_unit_test(a_capture_contradicts_a_log),
        cmocka_unit_test(what_is_newer_counts),
        cmocka_unit_test(still_up_while_others_fail),
        cmocka_unit_test(a_later_tunnel_that_has_ended_hides_no_risk),
        cmocka_unit_test(an_unfinished_handshake_beside_a_tunnel),
        cmocka_unit_test(log_and_capture_fail_beside_a_tunnel),
        cmocka_unit_test(resumed_on_what_the_log_calls_expired),
        cmocka_unit_test(no_regeneration_for_a_mismatch_or_a_clock),
        cmocka_unit_test(the_last_connection_names_the_manager),
        cmocka_unit_test(a_capture_alone),
        cmocka_unit_test(established_sessions_without_a_handshake),
        cmocka_unit_test(either_end_may_open),
        cmocka_unit_test(far_from_the_log_in_time),
        cmocka_unit_test(addresses_that_the_case_knows),
        cmocka_unit_test(of_two_managers_the_one_whose_log_has_that_alert),
        cmocka_unit_test(other_tls_is_nobodys_peer),
        cmocka_unit_test(files_that_did_not_reach_a_peer),
        cmocka_unit_test(packets_tell_the_year_of_a_log),
        cmocka_unit_test(any_order_gives_the_same),
    };
    return cmocka_run_group_tests(tests, open_scene, close_scene);
}
