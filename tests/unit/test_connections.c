/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections and certificates in the reports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config.h"

#include "report_cases.h"

#include "agent/report/jsonwire.h"
#include "agent/report/layout.h"
#include "agent/report/textwire.h"
#include "agent/report/wiregroups.h"
#include "agent/report/wireterms.h"

#include <stdlib.h>

static const struct report_style plain = { .width = 0 };
static const struct report_style narrow = { .width = 80 };

static char *render(const char *name, const char *format, const struct report_style *style)
{
    char *bytes = report_case_render(name, format, style);
    assert_non_null(bytes);
    return bytes;
}

static size_t count(const char *text, const char *needle)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, needle)); p += strlen(needle))
        n++;
    return n;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("this is not in it: %s\n%s", part, text);
}

static void a_block_one_below_the_other(void **state)
{
    static const char expected[] =
        "\n"
        "CRIT SFT-1001 ca_expired  12 connections, 10.48.79.23 -> 10.48.79.232:8305\n"
        "  the client rejected the server's chain: its CA expired 3 days before this\n"
        "  packet; confidence high\n"
        "\n"
        "  when       2024-09-20 04:10:47.123 to 04:12:04.373; below, the last of them:\n"
        "             frames 221-238, stream 11 of tunnel.pcap, not all of which could be\n"
        "             read\n"
        "  TLS        1.2 (offered: 1.3), AES256-GCM-SHA384; handshake not completed;\n"
        "             reset by the client\n"
        "  client 10.48.79.23:49776\n"
        "       none seen\n"
        "  server 10.48.79.232:8305, frame 227\n"
        "    0  5c3b6b4e-0d6a-11ee-8d7a-b9c0d1e2f3a4\n"
        "       2023-08-17 to 2032-12-07: 2,997 days left\n"
        "       sha256 1011121314151617\n"
        "    1  InternalCA of FMC 06f5f3ca-c77b-11e2-81bf-884d9d11f3ef\n"
        "       2014-09-20 to 2024-09-17: expired 3 days before this packet\n"
        "       sha256 0001020304050607\n"
        "  accepts    the server accepts issuers InternalCA of FMC\n"
        "             06f5f3ca-c77b-11e2-81bf-884d9d11f3ef\n"
        "  alerts     alert 45 certificate_expired from the client, fatal; frame 230,\n"
        "             04:12:04.323\n"
        "  next       Confirm the date of the CA on the FMC, then regenerate there and\n"
        "             push to those that are down. Until then reboot and upgrade nothing.\n"
        "  wireshark  ip.addr == 10.48.79.23 && ip.addr == 10.48.79.232 && tcp.port == 8305\n"
        "\n";
    (void)state;
    char *text = render("wires", "text", &narrow);
    assert_has(text, expected);
    free(text);
}

static void a_block_side_by_side(void **state)
{
    static const char expected[] =
        "  TLS        1.2 (offered: 1.3), AES256-GCM-SHA384; handshake not completed; reset by the client\n"
        "  client 10.48.79.23:49776                          server 10.48.79.232:8305, frame 227\n"
        "       none seen                                      0  5c3b6b4e-0d6a-11ee-8d7a-b9c0d1e2f3a4\n"
        "                                                         2023-08-17 to 2032-12-07: 2,997 days left\n"
        "                                                         sha256 1011121314151617\n"
        "                                                      1  InternalCA of FMC\n"
        "                                                         06f5f3ca-c77b-11e2-81bf-884d9d11f3ef\n"
        "                                                         2014-09-20 to 2024-09-17: expired 3 days\n"
        "                                                         before this packet\n"
        "                                                         sha256 0001020304050607\n"
        "  accepts    the server accepts issuers InternalCA of FMC 06f5f3ca-c77b-11e2-81bf-884d9d11f3ef\n";
    struct report_style wide = { .width = 100 };
    (void)state;
    char *text = render("wires", "text", &wide);
    assert_has(text, expected);
    free(text);
}

/* Each run of blanks and newlines is one blank: what is said, wherever its lines end. In place. */
static char *flowing(char *text)
{
    char *to = text;
    for (const char *p = text; *p; p++)
        if (*p != '\n' && *p != ' ')
            *to++ = *p;
        else if (to != text && to[-1] != ' ')
            *to++ = ' ';
    *to = '\0';
    return text;
}

static void what_is_wrong_is_said(void **state)
{
    static const char *const parts[] = {
        "sftunnel-agent " PACKAGE_VERSION
        " 1 source, 320 packets (and 4 lost before they could be captured), 20 connections.",
        "No handshake seen on 2 established sessions: ",
        "1 connection resumed an earlier session: no certificates are sent then.",
        "only the beginning of its certificates was seen",
        "2023-08-17 to 2024-10-25: 33 days left",
        "its issuer is not among the names that the other side accepts",
        "issued by InternalCA of FMC 8d1a7f4a-e5b1-11ed-9f3a-0123456789ab",
        "the certificate below has its issuer's name, but did not sign it",
        "the certificate below is not its issuer",
        " 2 can't be read: no X.509 certificate sha256 5051525354555657 ",
        " 3 O=Some Lab, self-signed ",
        "not valid until 2 days after this packet",
        "weak signature: sha1WithRSAEncryption",
        "weak key: RSA 1024",
        "alert 51 decrypt_error from the client, fatal; frame 370, 04:12:53.323",
        "alert 222 (unknown) from the server, fatal",
        "and 3 more (-v); and more than are kept (limit accepted-names)",
        " 04:12:53.323 and 3 more not sure ",
        "3 segments of the client came again with other bytes: a copy with a good checksum is shown, else the first; "
        "the server's stream has 2 gaps of 1,460 "
        "bytes",
        "in all, the first at byte 1,024; 1 record or message that can't be",
        "2 renegotiations",
        "an empty list: this end has no certificate to show",
        "its certificates come with lengths that can't be",
        "a certificate was asked for, and none was presented",
        "the server asks for a certificate of any issuer: it names none",
        "refused: the SYN was answered by a reset",
        "not visible: TLS 1.3 encrypts certificates",
        "an encrypted alert from the server: what it says can't be seen; frame 290",
        "the client offers post-handshake authentication",
        "ipv6.addr == 2001:db8::1 && tcp.port == 40000 && ipv6.addr == 2001:db8::2 && tcp.port == 8305",
        "20 connections: 14 critical, 1 warning, 3 unknown, 2 ok.",
    };
    (void)state;
    char *text = flowing(render("wires", "text", &narrow));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_has(text, parts[i]);
    free(text);
}

static void a_healthy_one_is_a_line(void **state)
{
    struct report_style all = { .verbosity = 1 };
    (void)state;
    char *text = render("wires", "text", &plain);
    assert_has(text, "\nOK SFT-1000 healthy  10.48.79.23:49777 -> 10.48.79.232:8305: both chains were accepted\n");
    assert_null(strstr(text, "client 10.48.79.23:49777"));
    assert_null(strstr(text, "subject "));
    free(text);
    text = render("wires", "text", &all);
    assert_has(text, "\nOK SFT-1000 healthy  10.48.79.23:49777 -> 10.48.79.232:8305\n");
    assert_has(text, "  client 10.48.79.23:49777, frame 246\n");
    assert_has(text, "       serial 00, X.509 v1, sha256WithRSAEncryption, RSA 2048\n");
    assert_has(text, "       subject title=InternalCA, OU=Intrusion Management System,"); /* the whole name */
    assert_has(text, "sha256 101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f\n");
    assert_has(text, "  others     2024-09-20 04:10:47.123, client port 49765, frames 1-18, stream 0 of tunnel.pcap\n");
    assert_int_equal(count(text, ", client port "), 12); /* of twelve, eleven; of two, one */
    assert_null(strstr(text, "(-v)"));
    free(text);
}

static void logs_and_packets_in_one_report(void **state)
{
    (void)state;
    char *text = flowing(render("both", "text", &plain));
    assert_has(text, "2 sources, 10 lines, 10 of sftunneld, all understood, 320 packets (and 4 lost ");
    assert_has(text, "tunnel.pcap frame 230 the client sent TLS alert 45, certificate expired ");
    assert_has(text, "ftd_messages:7 this end refused");
    assert_has(text, "fatal; frame 230, 04:12:04.323 next as above wireshark "); /* the peer's advice is the same */
    assert_has(text, "1 peer: 1 critical; 1 attempt. 20 connections: 14 critical, ");
    free(text);
    text = render("no-wires", "text", &plain);
    assert_has(text, "1 source, 3 packets, 0 connections.\n\nNo connection was found in the packets.");
    free(text);
}

static void quiet_is_a_line_each(void **state)
{
    struct report_style quiet = { .verbosity = -1 };
    (void)state;
    char *text = render("wires", "text", &quiet);
    assert_memory_equal(text,
        "CRIT    SFT-1001 ca_expired           10.48.79.23 -> 10.48.79.232:8305, 12 connections, last 2024-09-20 "
        "04:12:04.373, confidence high\n",
        134);
    assert_int_equal(count(text, "\n"), 8);
    free(text);
    text = render("both", "text", &quiet);
    assert_memory_equal(text, "CRIT    SFT-1001 ca_expired           10.48.79.232  seen from FTD-hostname, ", 76);
    assert_int_equal(count(text, "\n"), 1 + 7); /* twelve of the connections are evidence for this peer */
    free(text);
}

/* One word, the filter, which is to be copied, and the totals, which have colours in them, are not broken. */
static bool may_be_long(const char *line)
{
    if (strstr(line, "wireshark") || strstr(line, " connections: "))
        return true;
    while (*line == ' ')
        line++;
    return !strchr(line, ' ');
}

static void it_fits_its_width(void **state)
{
    static const int widths[] = { 40, 80, 100, 200 };
    static const char *const names[] = { "wires", "wires-hostile", "no-wires" };
    (void)state;
    for (size_t k = 0; k < sizeof widths / sizeof *widths; k++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            struct report_style style = { .width = widths[k], .unicode = k % 2, .colour = k / 2 };
            char *text = render(names[i], "text", &style);
            size_t lines = 0;
            for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++)
                if (layout_columns(slice_of(line)) > (size_t)widths[k] && !may_be_long(line))
                    fail_msg("%s at %d columns: %s", names[i], widths[k], line);
            assert_true(lines > 3);
            free(text);
        }
}

static void a_flood_is_cut_and_says_so(void **state)
{
    (void)state;
    char *text = render("flood", "text", &plain);
    assert_has(text, "50,000  10.48.79.23 "); /* one peer's attempts are one row, and one block */
    assert_has(text, "\nCRIT SFT-1001 ca_expired  50,000 connections, 10.48.79.23 -> 10.48.79.232:8305\n");
    assert_has(text, "and 49,951 more connections: 48,951 WARN network, 1,000 OK healthy (-v shows all of them)\n");
    assert_int_equal(count(text, "\n  wireshark  "), TEXTWIRE_BLOCKS);
    assert_int_equal(count(text, "\nOK SFT-1000 healthy  "), TEXTWIRE_LINES);
    assert_has(
        text, "and 49,971 more connections of 49,971 other kinds (-v shows all kinds, -o json every connection)\n");
    assert_int_equal(count(text, "next       as above\n"), TEXTWIRE_BLOCKS - 2); /* it changes once */
    free(text);
    text = render("flood", "ndjson", &plain);
    size_t lines = 0;
    for (const char *p = text; *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, 1 + 6 + 100000 + 1); /* source, certificates, connections, summary */
    free(text);
}

static bool printable_ascii(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if ((*p < 0x20 && *p != '\n') || *p > 0x7e)
            return false;
    return true;
}

static void nothing_hostile_gets_through(void **state)
{
    static const char *const formats[] = { "text", "json", "ndjson" };
    static const char *const names[] = { "wires", "wires-hostile", "both" };
    (void)state;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
            for (int verbosity = -1; verbosity <= 1; verbosity++)
                for (int width = 0; width <= 120; width += 40) {
                    struct report_style style = { .width = width, .verbosity = verbosity };
                    char *text = render(names[k], formats[i], &style);
                    assert_true(printable_ascii(text));
                    free(text);
                }
    char *text = render("wires-hostile", "text", &plain);
    assert_has(text, "    0  \\x1b[31mred\\x1b]0;title\\x07 \\xe2\\x80\\xaebidi \\xff\\xc0\\xaf");
    free(text);
    text = render("wires-hostile", "ndjson", &plain);
    assert_int_equal(count(text, "\n"), 6); /* source, certificate, three connections, summary */
    free(text);
}

static void colours_end_with_their_line(void **state)
{
    struct report_style colour = { .width = 200, .colour = true, .unicode = true };
    (void)state;
    char *text = render("wires", "text", &colour);
    assert_has(text, "\x1b[1;31mCRIT SFT-1001 ca_expired\x1b[0m  \x1b[1m12 connections, 10.48.79.23 \u2192 "
                     "10.48.79.232:8305\x1b[0m");
    assert_has(text, "\x1b[1;31m     2014-09-20 to 2024-09-17: expired 3 days before this packet\x1b[0m\n");
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        const char *last = NULL;
        for (const char *p = line; (p = strchr(p, '\x1b')); p++)
            last = p;
        if (last)
            assert_memory_equal(last, "\x1b[0m", 4);
    }
    free(text);
}

/* ---- which ones are together ---- */

static size_t groups_after(void (*change)(struct wire *))
{
    struct report_case rc;
    struct wiregroups g;
    assert_true(report_case_build("wires", &rc));
    size_t rest = rc.c.wire_count - 2; /* the first two are equal */
    for (size_t i = 0; i < rest; i++)
        wire_clear(&rc.c.wires[2 + i]);
    rc.c.wire_count = 2;
    change(&rc.c.wires[1]);
    wiregroups_init(&g, &rc.c);
    size_t n = g.count;
    uint64_t members = 0;
    for (size_t i = 0; i < n; i++)
        members += g.groups[i].count;
    assert_int_equal(members, 2);
    wiregroups_clear(&g);
    report_case_clear(&rc);
    return n;
}

static void nothing(struct wire *w)
{
    (void)w;
}

static void another_time(struct wire *w)
{
    w->first_ns += 5;
    w->first_frame += 5;
    w->stream += 5;
    w->early_end = true;
    w->side[SIDE_CLIENT].at.port++;
    w->side[SIDE_SERVER].faults[0].seconds--;
    w->side[SIDE_SERVER].bytes++;
    w->alerts[0].frame++;
}

static void another_client(struct wire *w)
{
    w->side[SIDE_CLIENT].at.ip[15]++;
}

static void another_server_port(struct wire *w)
{
    w->side[SIDE_SERVER].at.port++;
}

static void another_chain(struct wire *w)
{
    w->side[SIDE_SERVER].chain[1]++;
}

static void shorter_chain(struct wire *w)
{
    w->side[SIDE_SERVER].chain_count--;
}

static void another_fault(struct wire *w)
{
    w->side[SIDE_SERVER].faults[0].depth = 0;
}

static void fault_only_now(struct wire *w)
{
    w->side[SIDE_SERVER].faults[0].then = false;
}

static void another_alert(struct wire *w)
{
    w->alerts[0].description = 42;
}

static void alert_of_the_other_side(struct wire *w)
{
    w->alerts[0].from = SIDE_SERVER;
}

static void another_verdict(struct wire *w)
{
    w->verdict = VERDICT_UNKNOWN_CA;
}

static void another_name(struct wire *w)
{
    w->accepted[0] = "CN=another";
}

static void a_gap(struct wire *w)
{
    w->side[SIDE_CLIENT].gaps = 1;
}

static void another_version(struct wire *w)
{
    w->version = 0x0301;
}

static void only_equal_ones_are_together(void **state)
{
    static void (*const apart[])(struct wire *) = { another_client, another_server_port, another_chain, shorter_chain,
        another_fault, fault_only_now, another_alert, alert_of_the_other_side, another_verdict, another_name, a_gap,
        another_version };
    (void)state;
    assert_int_equal(groups_after(nothing), 1);
    assert_int_equal(groups_after(another_time), 1);
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
        if (groups_after(apart[i]) != 2)
            fail_msg("change %zu does not tell them apart", i);
}

static void a_group_knows_its_members(void **state)
{
    struct report_case rc;
    struct wiregroups g;
    (void)state;
    assert_true(report_case_build("wires", &rc));
    wiregroups_init(&g, &rc.c);
    size_t seen = 0;
    for (size_t i = 0; i < g.count; i++) {
        uint32_t members = 0, before = 0;
        for (uint32_t k = g.groups[i].first; k != WIREGROUPS_END; k = g.next[k], members++) {
            assert_true(members == 0 || k > before);
            before = k;
        }
        assert_int_equal(members, g.groups[i].count);
        seen += members;
        if (i)
            assert_true(rc.c.wires[g.groups[i - 1].first].severity >= rc.c.wires[g.groups[i].first].severity);
    }
    assert_int_equal(seen, rc.c.wire_count);
    assert_int_equal(g.groups[0].count, 12);
    assert_int_equal(g.groups[0].latest, 11);
    wiregroups_clear(&g);
    report_case_clear(&rc);
}

/* ---- words ---- */

static void assert_words(struct buf *b, const char *expected)
{
    assert_string_equal(b->p ? b->p : "", expected);
    buf_reset(b);
}

static void words(void **state)
{
    struct buf b = { 0 };
    (void)state;
    wireterms_version(&b, 0x0303);
    assert_words(&b, "1.2");
    wireterms_version(&b, 0x0505);
    assert_words(&b, "0x0505");
    wireterms_cipher(&b, 0xc030);
    assert_words(&b, "ECDHE-RSA-AES256-GCM-SHA384");
    wireterms_cipher(&b, 0x00ff);
    assert_words(&b, "0x00FF");
    wireterms_time(&b, 1726805447000000000);
    assert_words(&b, "2024-09-20T04:10:47.000000Z");
    wireterms_time(&b, 1726805447000000001);
    assert_words(&b, "2024-09-20T04:10:47.000000001Z");
    wireterms_time(&b, -1000);
    assert_words(&b, "1969-12-31T23:59:59.999999Z");
    wireterms_time(&b, INT64_MIN);
    assert_words(&b, "1677-09-21T00:12:43.145224192Z");
    wireterms_span(&b, 2 * 86400);
    assert_words(&b, "2 days");
    wireterms_span(&b, -(2 * 86400 - 1));
    assert_words(&b, "47 hours");
    wireterms_span(&b, 7199);
    assert_words(&b, "119 minutes");
    wireterms_span(&b, 1);
    assert_words(&b, "1 second");
    wireterms_span(&b, INT64_MIN);
    assert_words(&b, "106,751,991,167,300 days");
    buf_clear(&b);
}

static void names(void **state)
{
    static const char *const table[][2] = {
        { "title=InternalCA, OU=x, CN=06f5, O=Sourcefire, Inc.", "InternalCA of FMC 06f5" },
        { "OU=x, CN=06f5, title=InternalCA", "InternalCA of FMC 06f5" },
        { "title=InternalCA, OU=x", "title=InternalCA, OU=x" },
        { "title=InternalCAx, CN=06f5", "06f5" },
        { "O=x, CN=ftd", "ftd" },
        { "xCN=ftd", "xCN=ftd" },
        { "CN=, O=x", "CN=, O=x" },
        { "", "(empty name)" },
    };
    struct buf b = { 0 };
    char lengthy[400];
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        wireterms_name(&b, table[i][0]);
        assert_words(&b, table[i][1]);
    }
    for (size_t i = 0; i + 2 < sizeof lengthy; i += 2) /* two bytes each: none is cut through */
        memcpy(lengthy + i + 1, "\xc3\xa9", 2);
    lengthy[0] = 'x';
    lengthy[sizeof lengthy - 1] = '\0';
    wireterms_name(&b, lengthy);
    assert_int_equal(b.n, WIRETERMS_NAME - 1 + 3);
    assert_memory_equal(b.p + b.n - 5, "\xc3\xa9...", 5);
    buf_clear(&b);
}

static void json_of_a_connection(void **state)
{
    static const char expected[] =
        "{\"type\":\"connection\",\"index\":18,\"source\":0,\"path\":\"tunnel.pcap\",\"stream\":18,"
        "\"client\":\"10.48.79.23:49783\",\"server\":\"10.48.79.232:8305\",\"direction_known\":true,"
        "\"tls\":\"1.2\",\"offered\":\"1.2\",\"cipher\":\"0xC0FF\",\"state\":\"handshake\",\"resumed\":false,"
        "\"complete\":false,\"hello_retry\":false,\"certificate_requested\":true,\"post_handshake_auth\":false,"
        "\"renegotiations\":2,\"ended\":false,\"early_end\":false,\"ended_first\":null,\"gaps\":2,\"gap_bytes\":1460,"
        "\"conflicts\":3,"
        "\"malformed\":1,\"copies\":0,"
        "\"client_chain\":[\"303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f\"],"
        "\"client_unreadable\":0,\"client_left_out\":0,"
        "\"server_chain\":[\"101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f\","
        "\"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\","
        "\"505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f\","
        "\"404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f\"],\"server_unreadable\":1,"
        "\"server_left_out\":0,"
        "\"client_certificates\":\"partial\",\"server_certificates\":\"all\",\"client_certificate_frame\":366,"
        "\"server_certificate_frame\":367,\"accepted\":[";
    static const char alerts[] =
        "\"accepted_more\":true,"
        "\"alerts\":[{\"from\":\"client\",\"level\":2,\"description\":51,\"name\":\"decrypt_error\",\"encrypted\":"
        "false,"
        "\"frame\":370,\"time\":\"2024-09-20T04:12:53.323456Z\"},"
        "{\"from\":\"server\",\"level\":2,\"description\":222,\"name\":null,\"encrypted\":false,"
        "\"frame\":370,\"time\":\"2024-09-20T04:12:53.323456Z\"}],\"alerts_more\":3,"
        "\"faults\":[{\"side\":\"client\",\"kind\":\"expiring\",\"depth\":0,\"then\":true,\"now\":true,\"days\":35,"
        "\"seconds\":3024000},"
        "{\"side\":\"client\",\"kind\":\"not_accepted\",\"depth\":0,\"then\":true,\"now\":true,\"days\":null,"
        "\"seconds\":null},";
    (void)state;
    char *text = render("wires", "ndjson", &plain);
    assert_has(text, expected);
    assert_has(text, alerts);
    assert_has(text, "\"days\":-3,\"seconds\":-259200}");
    assert_has(text, "{\"from\":\"server\",\"level\":null,\"description\":null,\"name\":null,\"encrypted\":true,");
    free(text);
    text = render("wires-hostile", "ndjson", &plain);
    assert_has(text, "\"first\":null,\"last\":null,\"first_frame\":null,\"last_frame\":null,");
    assert_has(text, "\"source\":77,\"path\":null,");
    assert_has(text, "\"finding\":null,");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_one_below_the_other),
        cmocka_unit_test(a_block_side_by_side),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(a_healthy_one_is_a_line),
        cmocka_unit_test(logs_and_packets_in_one_report),
        cmocka_unit_test(quiet_is_a_line_each),
        cmocka_unit_test(it_fits_its_width),
        cmocka_unit_test(a_flood_is_cut_and_says_so),
        cmocka_unit_test(nothing_hostile_gets_through),
        cmocka_unit_test(colours_end_with_their_line),
        cmocka_unit_test(only_equal_ones_are_together),
        cmocka_unit_test(a_group_knows_its_members),
        cmocka_unit_test(words),
        cmocka_unit_test(names),
        cmocka_unit_test(json_of_a_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
