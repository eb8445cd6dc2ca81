/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"
#include "base/caps.h"
#include "rules/match.h"
#include "rules/rules.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct rules *shipped;

static int load_shipped(void **state)
{
    struct err e = { .text = "" };
    (void)state;
    if (rules_load(true, NULL, 0, &shipped, &e) == ERR_OK)
        return 0;
    print_message("# %s\n", e.text);
    return -1;
}

static int free_shipped(void **state)
{
    (void)state;
    rules_free(shipped);
    return 0;
}

/* "kind field=value field=value", "-" for no match, "?" for undecided */
static void say(struct rules_matcher *m, struct slice line, struct buf *b)
{
    struct envelope envelope;
    struct event ev;
    envelope_parse(line, &envelope);
    enum match_result result = rules_match(m, &envelope, &ev);
    if (result != MATCH_YES) {
        buf_puts(b, result == MATCH_NO ? "-" : "?");
        return;
    }
    buf_puts(b, event_kind_name(ev.kind));
    for (unsigned f = 0; f < FIELD_COUNT; f++)
        if (ev.has >> f & 1) {
            buf_printf(b, " %s=", event_field_name((enum event_field)f));
            buf_slice(b, ev.field[f]);
        }
}

#define FTD "Sep 20 04:10:47 FTD-hostname SF-IMS[50792]: [51982] "
#define SSL FTD "sftunneld:sf_ssl "
#define UUID "06f5f3ca-c77b-11e2-81bf-884d9d11f3ef"
#define DN "/title=InternalCA/OU=Intrusion Management System/CN=" UUID "/O=Sourcefire, Inc."

/* The lines of the vendor's documents, and those known by hearsay, with everything that they tell. */
static const char *const rows[][2] = {
    { SSL "[INFO] Initiating IPv4 connection to 10.10.200.31:8305/tcp",
        "connecting address=10.10.200.31 port=8305 family=4" },
    { SSL "[INFO] Initiating IPv6 connection to 2001:db8::31:8305/tcp",
        "connecting address=2001:db8::31 port=8305 family=6" },
    { SSL "[INFO] Wait to connect to 8305 (IPv4): 10.10.200.31",
        "connect_wait address=10.10.200.31 port=8305 family=4" },
    { SSL "[INFO] Connected to 10.10.200.31 from resolved_ip_list (port 8305) (IPv4)",
        "tcp_connected address=10.10.200.31 port=8305 family=4" },
    { SSL "[ERROR] -Error with certificate at depth: 1", "certificate_depth depth=1" },
    { SSL "[ERROR] issuer = " DN, "certificate_issuer dn=" DN },
    { SSL "[ERROR] subject = " DN, "certificate_subject dn=" DN },
    { SSL "[ERROR] err 10:certificate has expired", "verify_failed code=10 text=certificate has expired" },
    { SSL "[ERROR] err 10: certificate has expired", "verify_failed code=10 text=certificate has expired" },
    { SSL "[ERROR] err 10 : certificate has expired", "verify_failed code=10 text=certificate has expired" },
    { SSL "[ERROR] err 9:certificate is not yet valid", "verify_failed code=9 text=certificate is not yet valid" },
    { SSL "[ERROR] err 19:self-signed certificate in certificate chain",
        "verify_failed code=19 text=self-signed certificate in certificate chain" },
    { SSL "[ERROR] err 24:invalid CA certificate", "verify_failed code=24 text=invalid CA certificate" },
    { SSL "[ERROR] err 68:CA signature digest algorithm too weak",
        "verify_failed code=68 text=CA signature digest algorithm too weak" },
    { SSL "[ERROR] errno 10:certificate has expired", "-" },
    { SSL "[ERROR] err 1", "-" },
    { SSL "[ERROR] SSL_renegotiate error: 1: error:00000001:lib(0):func(0):reason(1)", "renegotiate_failed" },
    { SSL "[ERROR] SSL_renegotiate error: 1: error:00000001:lib(0)::reason(1)", "renegotiate_failed" },
    { SSL "[ERROR] SSL_renegotiate error: 1: error:0A000152:SSL routines::unsafe legacy renegotiation disabled",
        "ssl_error error=0A000152 reason=unsafe legacy renegotiation disabled" },
    { SSL "[ERROR] establishConnectionUtil: SSL_renegotiate error: 1: error:00000001:lib(0)::reason(1)",
        "renegotiate_failed" },
    { SSL "[ERROR] Connect:SSL handshake failed", "handshake_failed" },
    { SSL "[ERROR] Connect: SSL handshake failed", "handshake_failed" },
    { SSL "[ERROR] SSL handshake failed", "handshake_failed" },
    { SSL "[WARN] establishConnectionUtil: SSL handshake failed", "handshake_failed" },
    { SSL "[WARN] SSL Verification status: certificate has expired", "verify_status text=certificate has expired" },
    { SSL "[WARN] Connect: SSL Verification status: certificate has expired",
        "verify_status text=certificate has expired" },
    { SSL "[INFO] VERIFY ssl_verify_callback_initial ok=1!", "verify_callback status=1" },
    { SSL "[WARN] establishConnectionUtil: SSL Verification status: ok", "verify_status text=ok" },
    { SSL
        "[WARN] establishConnectionUtil: SSL handshake failed: error:14094415:SSL routines:ssl3_read_bytes:sslv3 alert "
        "certificate expired",
        "ssl_error error=14094415 reason=sslv3 alert certificate expired" },
    { SSL
        "[WARN] establishConnectionUtil: SSL handshake failed: error:14094415:SSL routines:SSL3_READ_BYTES:sslv3 alert "
        "certificate expired",
        "ssl_error error=14094415 reason=sslv3 alert certificate expired" },
    { SSL "[WARN] SSL handshake failed: error:0A000415:SSL routines::sslv3 alert certificate expired",
        "ssl_error error=0A000415 reason=sslv3 alert certificate expired" },
    { SSL "[WARN] SSL handshake failed: error:0A000418:SSL routines::tlsv1 alert unknown "
          "ca:ssl/record/rec_layer_s3.c:1543:SSL alert number 48",
        "ssl_error error=0A000418 reason=tlsv1 alert unknown ca" },
    { SSL "[WARN] SSL handshake failed: error:1416F086:SSL routines:tls_process_server_certificate:certificate verify "
          "failed",
        "ssl_error error=1416F086 reason=certificate verify failed" },
    { SSL "[WARN] SSL handshake failed: error:00000001:lib(0):func(0):reason(1)", "handshake_failed" },
    { SSL "[WARN] SSL handshake failed: tlsv1 alert decrypt error", "alert_received reason=tlsv1 alert decrypt error" },
    { SSL "[WARN] SSL handshake failed: tlsv13 alert certificate required",
        "alert_received reason=tlsv13 alert certificate required" },
    { SSL "[WARN] SSL handshake failed: tlsv1 unsupported extension",
        "alert_received reason=tlsv1 unsupported extension" },
    { SSL "[WARN] SSL handshake failed: unexpected eof while reading",
        "handshake_failed reason=unexpected eof while reading" },
    { SSL "[INFO] establishConnectionUtil: Failed to connect using SSL to: '10.10.21.10'",
        "connect_failed address=10.10.21.10" },
    { SSL "[ERROR] establishSSLConnection: Unable to connect with both threads:", "both_failed" },
    { SSL "[ERROR] establishSSLConnection: ret_accept status : Too many levels of symbolic links",
        "status_noise reason=Too many levels of symbolic links" },
    { SSL "[ERROR] establishSSLConnection: iret_connect status: Too many levels of symbolic links",
        "status_noise reason=Too many levels of symbolic links" },
    { SSL "[ERROR] establishSSLConnection: iret_connect status: Success", "status_noise reason=Success" },
    { SSL "[ERROR] establishSSLConnection: Failed connecting with SSL to using to: '10.10.21.10' rval[40]",
        "attempt_failed address=10.10.21.10 status=40" },
    { SSL "[ERROR] establishSSLConnection: Failed connecting with SSL to using to: '10.10.21.10' rval[40] *CA cert "
          "from FMC",
        "attempt_failed address=10.10.21.10 status=40" },
    { SSL "[ERROR] establishSSLConnection: Failed connecting with SSL to using to: '10.10.21.1", "-" },
    { FTD "sfmgr:sfmanager [INFO] Established connection to sftunnel for peer 10.62.148.75 (fd 6)",
        "established address=10.62.148.75" },
    { "Established connection to sftunnel for peer 192.168.10.40", "established address=192.168.10.40" },
    { SSL "[ERROR] Unable to set Post Handshake Auth SSL context: SSL_verify_client_post_handshake:extension not "
          "received",
        "post_handshake_auth reason=extension not received" },
    { SSL "[ERROR] Unable to set Post Handshake Auth SSL context: error:0A000117:SSL routines::extension not received",
        "post_handshake_auth error=0A000117 reason=extension not received" },
    { SSL "[ERROR] Failed to reload credentials", "reload_failed" },
    { SSL "[ERROR] Failed to add services", "reload_failed" },
    { FTD "sftunneld:sf_peers [INFO] Peer FTD-7 needs re-connect", "reconnect name=FTD-7" },
    { FTD "sftunneld:sf_peers [INFO] Peer 10.62.148.75 needs re-connection", "reconnect address=10.62.148.75" },
    { "2024-09-20 04:10:47 HMAC verification reached timeout",
        "disconnected reason=HMAC verification reached timeout" },
    { SSL "[WARN] HMAC verification reached timeout", "disconnected reason=HMAC verification reached timeout" },
    { "2024-09-20 04:10:47 something ShutDownPeer 10.1.2.3", "disconnected address=10.1.2.3 reason=ShutDownPeer" },
    { FTD "sftunneld:stream_file [INFO] stream_src=/var/sf/cloud_download/full_bcdb_rep_X.X.bin", "info" },
    { FTD "sftunneld:stream_file [INFO] Initiated fstream task pushing /var/sf/x.bin to " UUID ", task_id 449",
        "alive uuid=" UUID },
    { FTD "sftunneld:stream_file [INFO] Opened file '/var/sf/x.bin'", "info" },
    { FTD "sftunneld:stream_file [ERROR] Failed to push /var/sf/x.bin to " UUID, "-" },
    { "peer " UUID " did not reply at /ngfw/usr/local/sf/bin/sftunnel_status.pl line 309.", "rpc_failed uuid=" UUID },
    { "Retry rpc status poll at /ngfw/usr/local/sf/bin/sftunnel_status.pl line 315.", "rpc_failed" },
    { "RPC status :Failed", "rpc_failed" },
    { FTD "sftunneld:sf_connections [INFO] Start connection to : 10.62.148.75 (wait 10 seconds is up)",
        "connect_start address=10.62.148.75 seconds=10" },
    { SSL "[INFO] Connect to 10.62.148.75 failed on port 8305 socket 11 (Connection refused)",
        "tcp_failed address=10.62.148.75 port=8305 reason=Connection refused" },
    { SSL "[INFO] Connect to 2001:db8::75 failed on port 8305 socket 11 (No route to host)",
        "tcp_failed address=2001:db8::75 port=8305 reason=No route to host" },
    { SSL "[WARN] Unable to connect to 10.62.148.75", "connect_given_up address=10.62.148.75" },
    { FTD "sftunneld:sf_connections [INFO] Unable to connect to peer '10.62.148.75'",
        "connect_given_up address=10.62.148.75" },
    { FTD "sftunneld:sf_channel [INFO] >> ChannelState do_dataio_for_heartbeat peer 10.62.148.75 / channelA / CONTROL "
          "[ msgSock "
          "& ssl_context ] <<",
        "established address=10.62.148.75 channel=channelA" },
    { SSL "[INFO] establishConnectionUtil: Connected using SSL to: '10.62.148.42'",
        "established address=10.62.148.42" },
    { FTD "sftunneld:sf_peers [INFO] Peer 10.62.148.75 needs a single connection", "info address=10.62.148.75" },
    { FTD "sftunneld:sf_peers [INFO] Peer 10.62.148.75 needs the second connection", "info address=10.62.148.75" },
    { FTD "sftunneld:sf_peers [INFO] Using a 20 entry queue for 10.62.148.75 - 8104", "info address=10.62.148.75" },
    { SSL "[INFO] Connect to 10.62.148.75 on port 8305 - management0",
        "connect_device address=10.62.148.75 port=8305" },
    { SSL "[INFO] Initiate IPv4 connection to 10.62.148.75 (via management0)",
        "connect_initiate address=10.62.148.75 family=4" },
    { SSL "[INFO] Accepted IPv4 connection from 10.62.148.42:53198/tcp",
        "accepted address=10.62.148.42 port=53198 family=4" },
    { SSL "[INFO] reconnect to peer '10.62.148.75' in 12 seconds", "reconnect address=10.62.148.75 seconds=12" },
    { SSL "[ERROR] Connect: Failed to connect to '10.62.148.75' : Connection refused",
        "tcp_failed address=10.62.148.75 reason=Connection refused" },
    { SSL "[ERROR] Connect: Failed to connect to 10.62.148.75:8305: Connection timed out",
        "tcp_failed address=10.62.148.75 reason=Connection timed out" },
    { FTD "sftunneld:ssl_mac [WARN] FTD(sensor) 10.62.148.247 send unmatched md5 hash",
        "auth_failed address=10.62.148.247" },
    { FTD "sftunneld:ssl_mac [WARN] FMC(manager) 10.62.148.247 send unmatched md5 hash",
        "auth_failed address=10.62.148.247" },
    { SSL "[WARN] Accept: Failed to authenticate peer '10.62.148.42'", "auth_failed address=10.62.148.42" },
    { FTD "sftunneld:sf_heartbeat [INFO] anything", "info" },
    { FTD "sftunneld:control_services [INFO] anything", "info" },
    { FTD "sftunneld:sf_channel [INFO] anything", "info" },
    { FTD "sftunneld:tunnsockets [INFO] anything", "info" },
    { FTD "sftunneld:sf_heartbeat [ERROR] anything", "-" },
    { FTD "sfmgr:sfmanager [INFO] Exiting child thread for peer 10.62.148.75", "disconnected address=10.62.148.75" },
    { FTD "sfmgr:sfmanager [WARN] Unable to read control socket", "disconnected" },
    { FTD "sfmbservice:sfmb_service [INFO] Connection lost to 10.62.148.75", "disconnected address=10.62.148.75" },
    /* no sftunneld, no envelope: not for rules that ask for one */
    { FTD "other:sf_ssl [ERROR] err 10:certificate has expired", "-" },
    { "err 10:certificate has expired", "-" },
    { "Sep 20 04:10:47 h SF-IMS[1]: err 10:certificate has expired", "-" },
    { "Sep 20 04:10:47 h last message repeated 3 times", "-" },
    { SSL "[ERROR] ", "-" },
    { "", "-" },
};

static void each_known_line_tells_what_it_tells(void **state)
{
    (void)state;
    struct rules_matcher *m = rules_matcher_new(shipped);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = { 0 };
        say(m, slice_of(rows[i][0]), &b);
        if (strcmp(b.p, rows[i][1]) != 0)
            print_message("# %s\n", rows[i][0]);
        assert_string_equal(b.p, rows[i][1]);
        buf_clear(&b);
    }
    rules_matcher_free(m);
}

/* The choice by beginnings gives what trying each rule in turn gives. */
static void check_choice(struct rules_matcher *m, size_t count, struct slice line)
{
    struct envelope envelope;
    struct event chosen, tried = { .kind = EVENT_INFO };
    envelope_parse(line, &envelope);
    enum match_result result = rules_match(m, &envelope, &chosen), want = MATCH_NO;
    for (size_t i = 0; i < count && want == MATCH_NO; i++)
        want = match_one(m, i, &envelope, &tried);
    assert_int_equal(result, want);
    if (result != MATCH_YES)
        return;
    assert_int_equal(chosen.rule, tried.rule);
    assert_int_equal(chosen.has, tried.has);
    for (unsigned f = 0; f < FIELD_COUNT; f++)
        if (chosen.has >> f & 1)
            assert_true(slice_eq(chosen.field[f], tried.field[f]));
}

static void choosing_changes_nothing(void **state)
{
    (void)state;
    struct rules_matcher *m = rules_matcher_new(shipped);
    uint32_t random = 31;
    print_message("# seed %u\n", random);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slice line = slice_of(rows[i][0]);
        char text[512];
        assert_true(line.n < sizeof text);
        for (size_t cut = 0; cut <= line.n; cut++)
            check_choice(m, rules_count(shipped), (struct slice){ line.p, cut });
        for (int round = 0; round < 200 && line.n; round++) {
            memcpy(text, line.p, line.n);
            for (int k = 0; k < 2; k++) {
                random = random * 1664525 + 1013904223;
                text[(random >> 8) % line.n] = round % 2 ? (char)(random >> 24) : line.p[(random >> 16) % line.n];
            }
            check_choice(m, rules_count(shipped), (struct slice){ text, line.n });
        }
    }
    rules_matcher_free(m);
}

static void about_the_shipped_pack(void **state)
{
    struct slice names[CAP_PROCESSES];
    (void)state;
    size_t n = rules_processes(shipped, names);
    assert_int_equal(n, 3);
    assert_true(slice_eq(names[0], SLICE("sftunneld")));
    assert_true(slice_eq(names[1], SLICE("sfmgr")));
    assert_true(slice_eq(names[2], SLICE("sfmbservice")));
    for (size_t i = 0; i < rules_count(shipped); i++) {
        struct rule_info info = rules_info(shipped, i);
        assert_string_equal(info.pack, "sftunnel");
        assert_string_equal(info.path, "built-in");
        assert_true(info.id[0] && info.match[0] && info.means[0]);
    }
}

/* ---- small packs ---- */

#define RULE(id, event, more, match, example, counter)                                                                 \
    "  - id: " id "\n    event: " event "\n" more "    match: '" match "'\n    examples:\n" example                    \
    "    counterexamples:\n      - '" counter "'\n"
#define EXAMPLE(line) "      - line: '" line "'\n"
#define ENV "Sep 20 04:10:47 h SF-IMS[1]: [2] sftunneld:sf_ssl [INFO] "

static struct rules *load(const char *yaml)
{
    struct rules *r = NULL;
    struct err e = { .text = "" };
    if (rules_load_text("test", slice_of(yaml), &r, &e) != ERR_OK)
        print_message("# %s\n", e.text);
    assert_non_null(r);
    return r;
}

static void expect_rule(const struct rules *r, const char *line, const char *id)
{
    struct rules_matcher *m = rules_matcher_new(r);
    struct envelope envelope;
    struct event ev;
    envelope_parse(slice_of(line), &envelope);
    enum match_result result = rules_match(m, &envelope, &ev);
    assert_int_equal(result, id ? MATCH_YES : MATCH_NO);
    if (id)
        assert_string_equal(rules_info(r, ev.rule).id, id);
    rules_matcher_free(m);
}

static void the_first_rule_wins(void **state)
{
    (void)state;
    /* with a beginning, without one, with several: the order in the pack decides */
    struct rules *r = load("pack: p\nrules:\n" RULE("b", "info", "", "abc.*end", EXAMPLE(ENV "abc end"), ENV "abc")
            RULE("a", "info", "", ".*end", EXAMPLE(ENV "xend"), ENV "x") RULE(
                "c", "info", "", "^(?:ab|x)c?", EXAMPLE(ENV "abc"), ENV "zz") RULE("d", "info", "    module: other\n",
                "w", EXAMPLE("Sep 20 04:10:47 h SF-IMS[1]: [2] sftunneld:other w"), ENV "w") RULE("e", "info",
                "    level: ERROR\n", "y", EXAMPLE("Sep 20 04:10:47 h SF-IMS[1]: [2] sftunneld:m [ERROR] y"), ENV "y")
                RULE("any", "info", "    process: any\n", "(?i)FREE", EXAMPLE("free"), "fre") RULE("empty", "info", "",
                    "$", EXAMPLE("Sep 20 04:10:47 h SF-IMS[1]: [2] sftunneld:m [ERROR]"), ENV "t"));
    expect_rule(r, ENV "abc end", "b");
    expect_rule(r, ENV "ab end", "a");
    expect_rule(r, ENV "abc", "c");
    expect_rule(r, ENV "x", "c");
    expect_rule(r, ENV "w", NULL);
    expect_rule(r, ENV "y", NULL);
    expect_rule(r, ENV "Free", "any");
    expect_rule(r, "FREE as a bird", "any");
    expect_rule(r, "Sep 20 04:10:47 h SF-IMS[1]: free", "any");
    expect_rule(r, "abc end", NULL);
    expect_rule(r, "Sep 20 04:10:47 h SF-IMS[1]: [2] sftunneld:m [ERROR] ", "empty");
    rules_free(r);
}

/* A pattern that explodes is cut short, with JIT and without: neither yes nor no, and nobody waits. */
static void undecided_soon(const char *yaml)
{
    struct rules *r = load(yaml);
    struct rules_matcher *m = rules_matcher_new(r);
    struct buf b = { 0 };
    struct envelope envelope;
    struct event ev;
    struct timespec from, to;
    buf_puts(&b, ENV);
    for (int i = 0; i < 60000; i++)
        buf_putc(&b, 'a');
    buf_puts(&b, "!");
    envelope_parse(buf_as_slice(&b), &envelope);
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_int_equal(rules_match(m, &envelope, &ev), MATCH_UNKNOWN);
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_true(to.tv_sec - from.tv_sec < 5);
    expect_rule(r, ENV "ax", "later"); /* the matcher goes on as if nothing had been */
    rules_matcher_free(m);
    rules_free(r);
    buf_clear(&b);
}

static void limits_make_undecided(void **state)
{
    (void)state;
    undecided_soon("pack: p\nrules:\n" RULE("slow", "info", "", "^(?:a+)+(?:a+)+(?:a+)+[bc]$", EXAMPLE(ENV "aaab"),
        ENV "x") RULE("later", "info", "", "^a", EXAMPLE(ENV "ax"), ENV "x"));
    undecided_soon("pack: p\nrules:\n" RULE("slow", "info", "", "(*NO_JIT)^(?:a+)+(?:a+)+(?:a+)+[bc]$",
        EXAMPLE(ENV "aaab"), ENV "x") RULE("later", "info", "", "^a", EXAMPLE(ENV "ax"), ENV "x"));
}

/* Where there is no JIT the same comes out. */
static void without_jit(void **state)
{
    (void)state;
    struct rules *r = load("pack: p\nrules:\n" RULE("a", "verify_status", "", "(*NO_JIT)^a(?<text>.+)z$",
        "      - line: '" ENV "abz'\n        gives: { text: b }\n", ENV "x"));
    assert_false(rules_jit(r));
    expect_rule(r, ENV "axyz", "a");
    expect_rule(r, ENV "az", NULL);
    rules_free(r);
}

static void bytes_are_bytes(void **state)
{
    (void)state;
    struct rules *r = load("pack: p\nrules:\n" RULE("b", "verify_status", "", "^a(?<text>.+)z$",
        "      - line: '" ENV "a?z'\n        gives: { text: '?' }\n", ENV "x"));
    struct rules_matcher *m = rules_matcher_new(r);
    struct buf b = { 0 }, said = { 0 };
    buf_puts(&b, ENV "a");
    for (int c = 0; c < 256; c++)
        if (c != '\n')
            buf_putc(&b, (char)c);
    buf_puts(&b, "z");
    say(m, buf_as_slice(&b), &said);
    assert_int_equal(said.n, strlen("verify_status text=") + 255);
    rules_matcher_free(m);
    rules_free(r);
    buf_clear(&b);
    buf_clear(&said);
}

/* ---- files and folders ---- */

static char folder[] = "/tmp/test_rules.XXXXXX";

static void put(const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fputs(text, f) < 0, 0);
    assert_int_equal(fclose(f), 0);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
    char command[600];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void later_packs_override_and_add(void **state)
{
    struct rules *r;
    struct err e = { .text = "" };
    const char *const paths[] = { folder };
    (void)state;
    put("20-b.yaml", "pack: second\nrules:\n" RULE(
                         "verify-error", "info", "    means: second\n", "err", EXAMPLE(ENV "err"), ENV "x"));
    put("10-a.yaml", "pack: first\nrules:\n" RULE("verify-error", "info", "    means: first\n", "err",
                         EXAMPLE(ENV "err"), ENV "x") RULE("own", "info", "    process: mydaemon\n", "hello",
                         EXAMPLE("Sep 20 04:10:47 h SF-IMS[1]: [2] mydaemon:m [INFO] hello"), ENV "hello"));
    put("ignored.txt", "no pack at all");
    put(".hidden.yaml", "no pack at all");
    if (rules_load(true, paths, 1, &r, &e) != ERR_OK)
        fail_msg("%s", e.text);
    assert_int_equal(rules_count(r), rules_count(shipped) + 1);
    for (size_t i = 0; i < rules_count(shipped); i++) { /* the place in the order stays */
        bool same = strcmp(rules_info(shipped, i).id, rules_info(r, i).id) == 0;
        assert_true(same);
        if (strcmp(rules_info(r, i).id, "verify-error") == 0) {
            assert_string_equal(rules_info(r, i).means, "second");
            assert_string_equal(rules_info(r, i).pack, "second");
            assert_int_equal(rules_info(r, i).kind, EVENT_INFO);
        }
    }
    struct slice names[CAP_PROCESSES];
    assert_int_equal(rules_processes(r, names), 4);
    assert_true(slice_eq(names[3], SLICE("mydaemon")));
    expect_rule(r, SSL "[ERROR] err 10:certificate has expired", "verify-error");
    rules_free(r);

    if (rules_load(false, paths, 1, &r, &e) != ERR_OK)
        fail_msg("%s", e.text);
    assert_int_equal(rules_count(r), 2);
    expect_rule(r, SSL "[INFO] Connect to 10.62.148.75 on port 8305 - management0", NULL);
    rules_free(r);
}

static void unreadable_paths_are_named(void **state)
{
    struct rules *r = (struct rules *)state;
    struct err e = { .text = "" };
    char path[512];
    const char *const paths[] = { path };
    snprintf(path, sizeof path, "%s/not-there.yaml", folder);
    assert_int_equal(rules_load(true, paths, 1, &r, &e), ERR_NOINPUT);
    assert_null(r);
    assert_non_null(strstr(e.text, "not-there.yaml"));

    snprintf(path, sizeof path, "%s/large.yaml", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (int i = 0; i <= CAP_PACK_BYTES / 64; i++)
        fprintf(f, "# %061d\n", i);
    fclose(f);
    assert_int_equal(rules_load(true, paths, 1, &r, &e), ERR_CONFIG);
    assert_non_null(strstr(e.text, "pack-bytes"));
    remove(path);

    /* a FIFO in a folder of packs must not make us wait for a writer */
    snprintf(path, sizeof path, "%s/fifo.yaml", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    const char *const whole[] = { folder };
    assert_int_equal(rules_load(true, whole, 1, &r, &e), ERR_CONFIG);
    assert_non_null(strstr(e.text, "fifo.yaml"));
    remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_known_line_tells_what_it_tells),
        cmocka_unit_test(choosing_changes_nothing),
        cmocka_unit_test(about_the_shipped_pack),
        cmocka_unit_test(the_first_rule_wins),
        cmocka_unit_test(limits_make_undecided),
        cmocka_unit_test(without_jit),
        cmocka_unit_test(bytes_are_bytes),
        cmocka_unit_test_setup_teardown(later_packs_override_and_add, make_folder, NULL),
        cmocka_unit_test_setup_teardown(unreadable_paths_are_named, NULL, drop_folder),
    };
    return cmocka_run_group_tests_name("rules", tests, load_shipped, free_shipped);
}
