/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/ims.h"
#include "agent/sources/peersmap.h"
#include "agent/sources/push.h"
#include "agent/sources/status.h"
#include "agent/sources/units.h"
#include "base/buf.h"
#include "base/caps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#define FTD "cdb123c8-4347-11ef-aca1-f3aa241412a1"
#define FMC "06f5f3ca-c77b-11e2-81bf-884d9d11f3ef"

static struct facts begin(struct casefile *c, enum source_kind kind)
{
    *c = (struct casefile){ 0 };
    return (struct facts){ .c = c, .source = casefile_source(c, "x", kind, 7) };
}

static void ims(void **state)
{
    (void)state;
    struct casefile c;
    struct facts f = begin(&c, SOURCE_IMS_CONF);
    ims_read(&f, SLICE("# x\r\nAPPLIANCE_UUID=" FTD "\r\nMODEL = \"Cisco Firepower 2110 Threat Defense\"\n"
                       "SWVERSION='7.2.5'\nSWBUILD=208\nMODELNUMBER=77\nMODEL=FMC\nnonsense"));
    assert_int_equal(c.appliance_count, 1);
    assert_string_equal(c.appliances[0].uuid, FTD);
    assert_string_equal(c.appliances[0].model, "Cisco Firepower 2110 Threat Defense");
    assert_string_equal(c.appliances[0].version, "7.2.5-208");
    assert_int_equal(c.appliances[0].role, ROLE_FTD);
    assert_int_equal(c.appliances[0].unit, 7);
    casefile_clear(&c);
    assert_int_equal(ims_role(SLICE("Secure Firewall Management Center for VMware")), ROLE_FMC);
    assert_int_equal(ims_role(SLICE("Virtual Defense Center 64bit")), ROLE_FMC);
    assert_int_equal(ims_role(SLICE("Cisco Secure Firewall 3110 Threat Defense")), ROLE_FTD);
    assert_int_equal(ims_role(SLICE("3D7030")), ROLE_UNKNOWN);
    assert_int_equal(ims_role(SLICE("")), ROLE_UNKNOWN);
}

static void failed_push(void **state)
{
    (void)state;
    struct casefile c;
    struct facts f = begin(&c, SOURCE_FAILED_PUSH);
    push_read(&f, SLICE(FTD " Branch 12 north  10.1.2.3 /var/sf/peers/" FTD "/certs_pushed//sftunnel-key.pem"
                            " /var/sf/peers/" FMC "/sftunnel-key.pem\r\n"
                            "\n"
                            "what is this\n" FTD " 2001:db8::1 /a /b/cacert.pem\n" FTD " n h /a relative\n"));
    assert_int_equal(c.push_count, 2);
    assert_string_equal(c.pushes[0].uuid, FTD);
    assert_string_equal(c.pushes[0].name, "Branch 12 north");
    assert_string_equal(c.pushes[0].address, "10.1.2.3");
    assert_string_equal(c.pushes[0].file, "sftunnel-key.pem");
    assert_int_equal(c.pushes[0].line, 1);
    assert_string_equal(c.pushes[1].name, ""); /* a name that is missing does not shift the address */
    assert_string_equal(c.pushes[1].address, "2001:db8::1");
    assert_int_equal(c.pushes[1].line, 4);
    assert_int_equal(c.peer_count, 2);
    assert_int_equal(c.problem_count, 1);
    assert_non_null(strstr(c.problems[0].text, "2 lines"));
    assert_non_null(strstr(c.problems[0].text, "line 3"));
    assert_true(c.sources[0].partial);
    casefile_clear(&c);
}

static void transcript(void **state)
{
    (void)state;
    struct casefile c;
    struct facts f = begin(&c, SOURCE_GENERATION_LOG);
    push_read_transcript(
        &f, SLICE("setting log file to /var/log/sf/sfca_generation.log\n"
                  "Failed to push to BSNS = 1 = /var/sf/peers/" FMC "/cacert.pem\r\n"
                  "Oct 14 14:23:20 x: Failed to push to EMEA = /var/sf/peers/" FMC "/sftunnel-key.pem\n"
                  "Failed to push to \n"
                  "Failed to push to Q\n"
                  "Scalars leaked: 1 root@fmc:/Volume/home/admin#"));
    assert_int_equal(c.push_count, 3);
    assert_string_equal(c.pushes[0].name, "BSNS = 1");
    assert_string_equal(c.pushes[0].file, "cacert.pem");
    assert_string_equal(c.pushes[0].uuid, ""); /* the one in the path is the FMC's */
    assert_string_equal(c.pushes[1].name, "EMEA");
    assert_int_equal(c.pushes[1].line, 3);
    assert_string_equal(c.pushes[2].name, "Q");
    assert_string_equal(c.pushes[2].file, "");
    casefile_clear(&c);
}

static const char full_status[] =
    "SFTUNNEL Start Time: Tue Oct 11 21:44:44 2016\n"
    "***********************\n"
    "**RUN STATUS****10.83.57.41*************\n"
    "Cipher used = AES256-GCM-SHA384 (strength:256 bits)\n"
    "ChannelA Connected: Yes, Interface br1\n"
    "ChannelB Connected: No\n"
    "Registration: Completed.\n"
    "IPv4 Connection to peer '10.83.57.41' Start Time: Tue Oct 11 21:46:00 2016\n"
    "PEER INFO:\n"
    "sw_version 6.2.0\nsw_build 2007\n"
    "**RPC STATUS****10.83.57.41*************\n"
    "'name' => 'FMC-1',\n'uuid' => '" FMC "',\n'ip' => '10.83.57.41',\n'ipv6' => 'IPv6 is not configured',\n}\n"
    "**RUN STATUS****ftd two*************\n"
    "ChannelA Connected: No\n"
    "ChannelB Connected: Yes\n"
    "**RUN STATUS****silent*************\n"
    "Registration: Completed.\n"
    "**RUN STATUS****cut off*****";

static void status_full(void **state)
{
    (void)state;
    struct casefile c;
    struct facts f = begin(&c, SOURCE_STATUS);
    status_read(&f, slice_of(full_status));
    assert_int_equal(c.status_count, 3); /* of the last one nothing was said */
    assert_string_equal(c.statuses[0].peer, "10.83.57.41");
    assert_true(c.statuses[0].connected);
    assert_int_equal(c.statuses[0].line, 5);
    assert_string_equal(c.statuses[1].peer, "ftd two");
    assert_false(c.statuses[1].connected); /* the control channel decides */
    assert_string_equal(c.statuses[1].text, "ChannelA Connected: No");
    assert_false(c.statuses[2].connected);
    assert_int_equal(c.peer_count, 2);
    assert_string_equal(c.peers[0].uuid, FMC);
    assert_string_equal(c.peers[0].name, "FMC-1");
    assert_string_equal(c.peers[0].address, "10.83.57.41");
    assert_string_equal(c.peers[1].address, "10.83.57.41");
    assert_string_equal(c.peers[1].version, "6.2.0-2007");
    casefile_clear(&c);
}

static void status_brief(void **state)
{
    (void)state;
    struct casefile c;
    struct facts f = begin(&c, SOURCE_STATUS);
    status_read(
        &f, SLICE("PEER:10.10.17.202\nRegistration: Completed.\n"
                  "Connection to peer '10.10.17.202' Attempted at Mon Jun 15 09:21:57 2020 UTC\n"
                  "Last disconnect reason : Both control and event channel connections with peer went down\n"
                  "PEER:10.10.17.203\n"
                  "Peer channel Channel-A is valid type (CONTROL), using 'eth0', connected to '10.10.17.203' via 'x'\n"
                  "Registration: Completed.\n"));
    assert_int_equal(c.status_count, 2);
    assert_false(c.statuses[0].connected);
    assert_int_equal(c.statuses[0].line, 3);
    assert_true(c.statuses[1].connected);
    casefile_clear(&c);
}

static void status_says_when_and_why(void **state)
{
    (void)state;
    struct casefile c;
    struct facts f = begin(&c, SOURCE_STATUS);
    status_read(
        &f, SLICE("PEER:10.10.17.202\nRegistration: Completed.\n"
                  "Connection to peer '10.10.17.202' Attempted at Mon Jun 15 09:21:57 2020 UTC\n"
                  "Last disconnect time : Mon Jun 15 09:19:09 2020 UTC\n"
                  "Last disconnect reason : Both control and event channel connections with peer went down\n"
                  "PEER:10.10.17.203\n"
                  "Peer channel Channel-A is valid type (CONTROL), using 'eth0', connected to '10.10.17.203' via 'x'\n"
                  "Peer channel Channel-B is valid type (EVENT), using 'eth0', connected to '10.10.17.203' via 'x'\n"
                  "IPv4 Connection to peer '10.10.17.203' Start Time: Wed Jun 10 14:27:12 2020 UTC\n"
                  "Heartbeat Send Time: Mon Jun 15 09:02:08 2020 UTC\n"
                  "Heartbeat Received Time: Mon Jun 15 09:02:16 2020 UTC\n"));
    assert_int_equal(c.status_count, 2);
    const struct status_fact *down = &c.statuses[0], *up = &c.statuses[1];
    assert_int_equal(down->lost, civil_pack(2020, 6, 15, 9 * 3600 + 19 * 60 + 9));
    assert_int_equal(down->seen, civil_pack(2020, 6, 15, 9 * 3600 + 21 * 60 + 57));
    assert_int_equal(down->since, CIVIL_NONE);
    assert_string_equal(down->reason, "Both control and event channel connections with peer went down");
    assert_int_equal(up->since, civil_pack(2020, 6, 10, 14 * 3600 + 27 * 60 + 12));
    assert_int_equal(up->seen, civil_pack(2020, 6, 15, 9 * 3600 + 2 * 60 + 16));
    assert_int_equal(up->lost, CIVIL_NONE);
    assert_int_equal(up->control, CHANNEL_UP);
    assert_int_equal(up->event, CHANNEL_UP);
    assert_string_equal(up->reason, "");
    casefile_clear(&c);
}

static void times_of_status_outputs(void **state)
{
    (void)state;
    assert_int_equal(status_time(SLICE(" Tue Oct 11 21:46:00 2016\r")), civil_pack(2016, 10, 11, 78360));
    assert_int_equal(status_time(SLICE("Mon Jun  5 00:00:00 2020 UTC")), civil_pack(2020, 6, 5, 0));
    static const char *const none[] = { "", "Mon", "Mon Jun 31 00:00:00 2020", "Mon Jux 5 00:00:00 2020",
        "Mon Jun 5 24:00:00 2020", "Mon Jun 5 00:60:00 2020", "Mon Jun 5 00:00 2020", "Mon Jun 5 00:00:00",
        "Mon Jun 5 00:00:00 20201", "Mon Jun 5 00:00:00 2020 EST", "Mon Jun 5 00:00:00 1969" };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(status_time(slice_of(none[i])), CIVIL_NONE);
}

static void managers(void **state)
{
    (void)state;
    struct casefile c;
    struct facts f = begin(&c, SOURCE_STATUS);
    status_read(&f, SLICE("> show managers\r\n"
                          "Type                      : Manager\r\n"
                          "Host                      : 10.0.0.1\r\n"
                          "Display name              : FMC one\r\n"
                          "Identifier                : " FMC "\r\n"
                          "Registration              : Completed\r\n"
                          "\r\n"
                          "Host : 10.0.0.2\n"
                          "Registration Key : secret\n"
                          "Registration : pending\n"));
    assert_int_equal(c.peer_count, 2);
    assert_string_equal(c.peers[0].address, "10.0.0.1");
    assert_string_equal(c.peers[0].name, "FMC one");
    assert_string_equal(c.peers[0].uuid, FMC);
    assert_string_equal(c.peers[1].address, "10.0.0.2");
    assert_string_equal(c.peers[1].uuid, "");
    assert_int_equal(c.status_count, 1); /* a registration that is completed says nothing of the tunnel */
    assert_int_equal(c.statuses[0].kind, STATUS_REGISTRATION);
    assert_string_equal(c.statuses[0].peer, "10.0.0.2");
    assert_string_equal(c.statuses[0].text, "Registration : pending");
    assert_int_equal(c.statuses[0].line, 10);
    assert_int_equal(c.host_count, 0);
    casefile_clear(&c);
    static const struct {
        const char *text, *value;
    } without[] = { { "Managed locally.\n", "locally" }, { "> show managers\nNo managers configured.\n", "no" },
        { "No Managers Configured", "no" } };
    for (size_t i = 0; i < 3; i++) {
        f = begin(&c, SOURCE_STATUS);
        assert_true(status_looks(slice_of(without[i].text)));
        status_read(&f, slice_of(without[i].text));
        assert_int_equal(c.host_count, 1);
        assert_int_equal(c.hosts[0].kind, HOST_MANAGED);
        assert_string_equal(c.hosts[0].value, without[i].value);
        assert_int_equal(c.status_count + c.peer_count, 0);
        casefile_clear(&c);
    }
}

static void processes_and_sockets(void **state)
{
    (void)state;
    struct casefile c;
    struct facts f = begin(&c, SOURCE_STATUS);
    status_read(
        &f, SLICE("EventHandler (normal) - Running 17453\n"
                  "sftunnel (system) - Running 24404\n"
                  "Command: /ngfw/usr/local/sf/bin/sftunnel -d -f /etc/sf/sftunnel.conf\n"
                  "sftunnel (system) - User Disabled\n"
                  "sftunnel_x (system) - Down\n"
                  "tcp        0      0 10.1.1.9:8305           0.0.0.0:*               LISTEN\n"
                  "tcp        0      0 10.1.1.9:8305           10.1.1.1:48759          ESTABLISHED\n"
                  "tcp        0      0 10.1.1.9:40001          10.1.1.2:8305           ESTABLISHED 77/sftunnel\n"
                  "tcp        0      1 10.1.1.9:40002          10.1.1.3:8305           SYN_SENT\n"
                  "tcp6       0      0 ::ffff:10.1.1.9:8305    ::ffff:10.1.1.4:1       ESTABLISHED\n"
                  "tcp6       0      0 2001:db8::9:8305        2001:db8::5:8305        ESTABLISHED\n"
                  "tcp        0      0 10.1.1.9:8305           10.1.1.9:1              ESTABLISHED\n"
                  "tcp        0      0 10.1.1.9:22             10.1.1.6:83050          ESTABLISHED\n"
                  "tcp        0      0 10.1.1.9:8305           10.1.1.7:1              TIME_WAIT\n"
                  "udp        0      0 10.1.1.9:8305           10.1.1.8:1              ESTABLISHED\n"
                  "tcp        0      0 10.1.1.9:8305"));
    assert_int_equal(c.host_count, 2);
    assert_true(c.hosts[0].good);
    assert_string_equal(c.hosts[0].value, "Running 24404");
    assert_int_equal(c.hosts[0].line, 2);
    assert_false(c.hosts[1].good);
    assert_string_equal(c.hosts[1].value, "User Disabled");
    static const struct {
        const char *peer;
        bool open;
    } expected[] = { { "10.1.1.1", true }, { "10.1.1.2", true }, { "10.1.1.3", false }, { "10.1.1.4", true },
        { "2001:db8::5", true } };
    assert_int_equal(c.status_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(c.statuses[i].peer, expected[i].peer);
        assert_int_equal(c.statuses[i].connected, expected[i].open);
        assert_int_equal(c.statuses[i].kind, STATUS_SOCKET);
    }
    casefile_clear(&c);
    assert_false(status_looks(SLICE("tcp 0 0 10.1.1.9:22 10.1.1.6:83050 ESTABLISHED\nHost : x\nsftunnel\n")));
}

/* Several outputs in one paste. */
static void one_after_the_other(void **state)
{
    (void)state;
    struct casefile c;
    struct facts f = begin(&c, SOURCE_STATUS);
    status_read(&f, SLICE("> sftunnel-status-brief\nPEER:10.0.0.1\nRegistration: Completed.\n"
                          "> show managers\nHost : 10.0.0.1\nRegistration : Pending\n> exit\n"
                          "tcp 0 0 10.1.1.9:40001 10.0.0.1:8305 ESTABLISHED\n"));
    assert_int_equal(c.status_count, 3);
    assert_int_equal(c.statuses[0].kind, STATUS_TUNNEL);
    assert_int_equal(c.statuses[1].kind, STATUS_SOCKET);
    assert_int_equal(c.statuses[2].kind, STATUS_REGISTRATION);
    casefile_clear(&c);
}

/* Cut at every place: nothing is read behind the end, and nobody is called connected who was not. */
static void status_cut(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof full_status; n++) {
        struct casefile c;
        struct facts f = begin(&c, SOURCE_STATUS);
        char *exact = strndup(full_status, n);
        status_read(&f, (struct slice){ exact, n });
        for (size_t i = 0; i < c.status_count; i++)
            assert_true(!c.statuses[i].connected || strcmp(c.statuses[i].peer, "10.83.57.41") == 0);
        free(exact);
        casefile_clear(&c);
    }
}

static void peers_map(void **state)
{
    (void)state;
    struct casefile c;
    struct facts f = begin(&c, SOURCE_PEERS_MAP);
    peersmap_read(&f, SLICE("{\"" FTD "\": {\"Name\": \"FTD-1\", \"ip\": \"10.0.0.1\", \"port\": 8305},"
                            " \"" FMC "\": [1, null], \"other\": {\"name\": \"x\"}}"));
    assert_int_equal(c.peer_count, 2);
    assert_string_equal(c.peers[0].uuid, FTD);
    assert_string_equal(c.peers[0].name, "FTD-1");
    assert_string_equal(c.peers[0].address, "10.0.0.1");
    assert_string_equal(c.peers[1].uuid, FMC);
    assert_string_equal(c.peers[1].name, "");
    assert_int_equal(c.problem_count, 0);
    casefile_clear(&c);
    static const char *const bad[] = { "", "{", "[]", "{\"" FTD "\": }", "\x00\xff" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        f = begin(&c, SOURCE_PEERS_MAP);
        peersmap_read(&f, slice_of(bad[i]));
        assert_int_equal(c.peer_count, 0);
        assert_int_equal(c.problem_count, 1);
        casefile_clear(&c);
    }
    struct buf deep = { 0 };
    for (int i = 0; i < 100000; i++)
        buf_putc(&deep, '[');
    f = begin(&c, SOURCE_PEERS_MAP);
    peersmap_read(&f, buf_as_slice(&deep));
    assert_int_equal(c.problem_count, 1);
    casefile_clear(&c);
    buf_clear(&deep);
}

static void too_many_facts(void **state)
{
    (void)state;
    struct casefile c;
    struct facts f = begin(&c, SOURCE_STATUS);
    struct buf b = { 0 };
    for (int i = 0; i < CAP_FACTS + 10; i++)
        buf_puts(&b, "PEER:a\nRegistration:\n");
    status_read(&f, buf_as_slice(&b));
    assert_int_equal(c.status_count, CAP_FACTS);
    assert_int_equal(c.problem_count, 1);
    assert_non_null(strstr(c.problems[0].text, "cap facts"));
    assert_int_equal(c.problems[0].count, 10);
    buf_clear(&b);
    casefile_clear(&c);
}

static void units(void **state)
{
    (void)state;
    struct casefile c = { 0 };
    struct units *u = units_new();
    static const char *const paths[] = { "case/fmc/dir-archives/var-log/messages", "case/ftd/etc/sf/ims.conf",
        "case/ftd/var/log/messages", "case/readme", "loose", "b.tgz!x/inner.tar!dir-archives/var-log/messages",
        "b.tgz!messages", "case/fmc/command-outputs/sftunnel_status.output" };
    units_add_root(u, SLICE("case/"));
    units_add_root(u, SLICE("b.tgz"));
    for (size_t i = 0; i < 8; i++) {
        casefile_source(&c, paths[i], SOURCE_LOG, UNIT_NONE);
        units_saw(u, slice_of(paths[i]));
    }
    units_saw(u, SLICE("case/fmc/dir-archives/var-opt-CSCOpx-MDC-log-operation/x"));
    struct peer_fact fact = { .unit = UNIT_NONE, .source = 7, .uuid = (char[]){ "u" } };
    casefile_peer(&c, &fact);
    units_settle(u, &c);
    assert_int_equal(c.sources[0].unit, c.sources[7].unit);
    assert_int_equal(c.sources[1].unit, c.sources[2].unit);
    assert_int_not_equal(c.sources[0].unit, c.sources[1].unit);
    assert_int_not_equal(c.sources[3].unit, c.sources[0].unit);
    assert_int_not_equal(c.sources[3].unit, c.sources[1].unit);
    assert_int_equal(c.sources[4].unit, UNIT_NONE);
    assert_int_not_equal(c.sources[5].unit, c.sources[6].unit);
    assert_int_equal(c.peers[0].unit, c.sources[7].unit);
    assert_int_equal(c.appliance_count, 1); /* from the folder that only an FMC has */
    assert_int_equal(c.appliances[0].role, ROLE_FMC);
    assert_int_equal(c.appliances[0].unit, c.sources[0].unit);
    units_free(u);
    casefile_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ims),
        cmocka_unit_test(failed_push),
        cmocka_unit_test(transcript),
        cmocka_unit_test(status_full),
        cmocka_unit_test(status_brief),
        cmocka_unit_test(status_says_when_and_why),
        cmocka_unit_test(times_of_status_outputs),
        cmocka_unit_test(managers),
        cmocka_unit_test(processes_and_sockets),
        cmocka_unit_test(one_after_the_other),
        cmocka_unit_test(status_cut),
        cmocka_unit_test(peers_map),
        cmocka_unit_test(too_many_facts),
        cmocka_unit_test(units),
    };
    return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
