/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/detect.h"
#include "agent/sources/members.h"
#include "agent/sources/names.h"
#include "tests/unit/sources_maker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void formats_by_first_bytes(void **state)
{
    (void)state;
    static const enum format formats[] = { FORMAT_GZIP, FORMAT_XZ, FORMAT_ZSTD, FORMAT_BZIP2 };
    for (size_t i = 0; i < 4; i++) {
        struct buf b = { 0 };
        make_packed(&b, formats[i], SLICE("hello"));
        assert_int_equal(detect_format(buf_as_slice(&b)), formats[i]);
        /* half a magic number is none */
        assert_int_equal(detect_format((struct slice){ b.p, 1 }), FORMAT_PLAIN);
        buf_clear(&b);
    }
    const struct made_member m = { .path = "a", .bytes = SLICE("hello") };
    struct buf b = { 0 };
    make_archive(&b, FORMAT_ZIP, &m, 1, NULL);
    assert_int_equal(detect_format(buf_as_slice(&b)), FORMAT_ZIP);
    buf_reset(&b);
    make_archive(&b, FORMAT_TAR, &m, 1, NULL);
    assert_int_equal(detect_format(buf_as_slice(&b)), FORMAT_TAR);
    assert_int_equal(detect_format((struct slice){ b.p, 511 }), FORMAT_PLAIN);
    b.p[0] ^= 1; /* the checksum no longer fits */
    assert_int_equal(detect_format(buf_as_slice(&b)), FORMAT_PLAIN);
    buf_clear(&b);
    assert_int_equal(detect_format(SLICE("")), FORMAT_PLAIN);
    assert_int_equal(detect_format(SLICE("BZh9 is no bzip2")), FORMAT_PLAIN);
}

static void foreign_things_have_names(void **state)
{
    (void)state;
    assert_null(detect_foreign(SLICE("\xd4\xc3\xb2\xa1\2\0\4\0 rest")));
    assert_true(detect_capture(SLICE("\xd4\xc3\xb2\xa1\2\0\4\0 rest")));
    assert_false(detect_capture(SLICE("Sep 20 04:10:47 h kernel: x")));
    assert_string_equal(detect_foreign(SLICE("7z\xbc\xaf\x27\x1c")), "a 7-Zip archive");
    assert_null(detect_foreign(SLICE("Sep 20 04:10:47 h kernel: x")));
    assert_null(detect_foreign(SLICE("")));
}

#define UUID "cdb123c8-4347-11ef-aca1-f3aa241412a1"

static void contents(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int kind; /* -1: none */
    } cases[] = {
        { "{ \"" UUID "\": { } }", SOURCE_PEERS_MAP },
        { "{ \"not-a-uuid\": 1 }", -1 },
        { "SWVERSION=7.2.5\nMODEL=\"Cisco Firepower\"\n", SOURCE_IMS_CONF },
        { "export MODEL=1\n", -1 },
        { "# list\n" UUID " FTD 1 10.0.0.1 /etc/sf/ca_root/cacert.pem /var/sf/peers/x/cacert.pem\n",
            SOURCE_FAILED_PUSH },
        { UUID " FTD 10.0.0.1 relative /var/x\n", -1 },
        { "PEER:10.10.17.202\nRegistration: Completed.\n", SOURCE_STATUS },
        { "***\n**RUN STATUS****10.83.57.41*****\n", SOURCE_STATUS },
        { "Active Internet connections (servers and established)\nProto Recv-Q Send-Q Local Address  Foreign Address  "
          "State\n"
          "tcp        0      0 0.0.0.0:22  0.0.0.0:*  LISTEN\n",
            SOURCE_STATUS }, /* whose sftunnel lines may be beyond what is looked at */
        { "Proto Recv-Q\n", -1 },
        { "tcp        0      0 0.0.0.0:22  0.0.0.0:*  LISTEN\n", -1 },
        { "Failed to push to X = /var/sf/peers/y/cacert.pem\n", SOURCE_GENERATION_LOG },
        { "2024-09-20 04:10:47 sftunneld HMAC verification reached timeout\n", SOURCE_COMMS },
        { "2024-09-20T04:10:47Z h kernel: x\n", -1 },
        { "Sep 20 04:10:47 h SF-IMS[1]: [2] x:y [INFO] Failed to push to X = /a/b\n", -1 },
        { "", -1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum source_kind kind;
        bool found = detect_content(slice_of(cases[i].text), &kind);
        assert_int_equal(found, cases[i].kind >= 0);
        if (found)
            assert_int_equal(kind, cases[i].kind);
    }
}

static void tunnel_lines(void **state)
{
    (void)state;
    assert_true(detect_tunnel_line(SLICE("x\nSep 20 04:10:47 h SF-IMS[1]: [2] sftunneld:sf_ssl [INFO] y")));
    /* not over the end of a line */
    assert_false(detect_tunnel_line(SLICE("a SF-IMS[1]: \n sftunneld:sf_ssl")));
    assert_false(detect_tunnel_line(SLICE("")));
}

static void kinds_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int kind;
    } cases[] = {
        { "messages", SOURCE_LOG },
        { "a.tgz!dir-archives/var-log/messages.12.gz", SOURCE_LOG },
        { "x/messages-20240920.xz", SOURCE_LOG },
        { "x/messages.log", -1 },
        { "x/messagesbox", -1 },
        { "x/comms.log", SOURCE_COMMS },
        { "x/comms.log.3.zst", SOURCE_COMMS },
        { "etc/sf/ims.conf", SOURCE_IMS_CONF },
        { "PEERS_MAP.JSON", SOURCE_PEERS_MAP },
        { "peers_map.json", SOURCE_PEERS_MAP },
        { "command-outputs/usr-local-sf-bin-sftunnel_status.pl.output", SOURCE_STATUS },
        { "command-outputs/SFTUNNEL-Status-brief | tail.output", SOURCE_STATUS },
        { "var/tmp/certs/1/FAILED_PUSH", SOURCE_FAILED_PUSH },
        { "sfca_generation.log.1.gz", SOURCE_GENERATION_LOG },
        { "action_queue.log", -1 },
        { "messages/", -1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum source_kind kind;
        bool found = names_kind(slice_of(cases[i].path), &kind);
        assert_int_equal(found, cases[i].kind >= 0);
        if (found)
            assert_int_equal(kind, cases[i].kind);
    }
    assert_true(names_left_out(SLICE("a.tgz!dir-archives/opt-cisco-platform-logs/messages")));
    assert_true(names_left_out(SLICE("x/var/sf/peers/" UUID "/ims.conf")));
    assert_true(names_left_out(SLICE("x/var-sf-peers/" UUID "/ims.conf")));
    assert_false(names_left_out(SLICE("x/etc/sf/ims.conf")));
    assert_false(names_left_out(SLICE("x/opt-cisco-platform-logs2/messages")));
}

static void generations_in_order(void **state)
{
    (void)state;
    static const char *const oldest_first[] = { "messages-20231231.gz", "messages-20240101", "messages-20240101-0400",
        "messages.10.gz", "messages.9", "messages.1.xz", "messages" };
    struct generation g[7];
    for (size_t i = 0; i < 7; i++) {
        names_generation(slice_of(oldest_first[i]), &g[i]);
        assert_true(slice_eq(g[i].base, SLICE("messages")));
    }
    for (size_t i = 0; i < 7; i++)
        for (size_t k = 0; k < 7; k++)
            assert_int_equal(names_older(&g[i], &g[k]) < 0, i < k);
    /* hosts are no generations of one another */
    static const char *const alone[] = { "10.1.1.1", "ftd-10.1.1.2", "host-7", "messages.", "20240920", "a.b" };
    for (size_t i = 0; i < 6; i++) {
        struct generation h;
        names_generation(slice_of(alone[i]), &h);
        assert_true(slice_eq(h.base, slice_of(alone[i])));
        assert_int_equal(h.age, 2);
    }
}

static void roots(void **state)
{
    (void)state;
    static const struct {
        const char *path, *root; /* NULL: shows none */
    } cases[] = {
        { "case/FTD1/dir-archives/var-log/messages", "case/FTD1" },
        { "a.tgz!dir-archives/etc/sf/ims.conf", "a.tgz" },
        { "a.tgz!results-09-20-2024--101112/command-outputs/x.output", "a.tgz!results-09-20-2024--101112" },
        { "a.tgz!results-1/x", "a.tgz" },
        { "case/FTD1/ngfw/etc/sf/ims.conf", "case/FTD1" },
        { "case/FTD1/ims.conf", "case/FTD1" },
        { "case/FTD1/var/sf/peers/" UUID "/ims.conf", NULL },
        { "dir-archives/x", "" },
        { "case/messages", NULL },
        { "case/dir-archives", "case" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = names_root(slice_of(cases[i].path));
        if (!cases[i].root)
            assert_true(n == SIZE_MAX);
        else
            assert_true(slice_eq((struct slice){ cases[i].path, n }, slice_of(cases[i].root)));
    }
    assert_true(names_fmc(SLICE("a.tgz!dir-archives/var-opt-CSCOpx-MDC-log-operation/x.log")));
    assert_false(names_fmc(SLICE("a.tgz!dir-archives/var-log/messages")));
}

static void member_paths(void **state)
{
    (void)state;
    static const struct {
        const char *path, *clean; /* NULL: refused */
        bool absolute;
    } cases[] = {
        { "./a//b/./c", "a/b/c", false },
        { "/var/log/messages", "var/log/messages", true },
        { "a/../b", NULL, false },
        { "..", NULL, false },
        { "a..b/..c", "a..b/..c", false },
        { "", "", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = { 0 };
        bool absolute;
        assert_int_equal(members_clean(slice_of(cases[i].path), &b, &absolute), cases[i].clean != NULL);
        if (cases[i].clean) {
            assert_true(slice_eq(buf_as_slice(&b), slice_of(cases[i].clean)));
            assert_int_equal(absolute, cases[i].absolute);
        }
        buf_clear(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_by_first_bytes),
        cmocka_unit_test(foreign_things_have_names),
        cmocka_unit_test(contents),
        cmocka_unit_test(tunnel_lines),
        cmocka_unit_test(kinds_by_name),
        cmocka_unit_test(generations_in_order),
        cmocka_unit_test(roots),
        cmocka_unit_test(member_paths),
    };
    return cmocka_run_group_tests_name("detect", tests, NULL, NULL);
}
