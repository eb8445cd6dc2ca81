/* SPDX-License-Identifier: BSD-2-Clause */
/* Events as text, to the byte. */
#include "tell_cases.h"

#include "agent/report/tellecs.h"
#include "agent/report/tellndjson.h"
#include "agent/report/tellsyslog.h"
#include "rules/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define ID "0123456789abcdef0123456789abcdef"
#define CA "06f5f3ca-c77b-11e2-81bf-884d9d11f3ef"
#define HOSTILE_JSON "\"a\\\"b\\\\c\\n\\u001B[31m\\uFFFD\\uFFFD(\\u202E]\""

static struct buf b;

static const char *ndjson(const char *name)
{
    buf_reset(&b);
    tell_ndjson(&b, tell_case(name));
    return b.p;
}

static void an_attempt(void **state)
{
    (void)state;
    assert_string_equal(ndjson("attempt"),
        "{\"type\":\"attempt\",\"id\":\"" ID
        "\",\"at\":\"2024-09-20T03:10:48.042Z\",\"observer\":\"ftd-1\",\"role\":\"ftd\","
        "\"address\":\"10.10.200.31\",\"uuid\":\"" CA "\",\"name\":\"fmc-primary\","
        "\"verdict\":{\"id\":\"SFT-1001\",\"name\":\"ca_expired\",\"severity\":\"critical\"},"
        "\"outcome\":\"verify_failed/10\",\"first\":\"2024-09-20T03:10:47Z\",\"last\":\"2024-09-20T03:10:48Z\","
        "\"catching_up\":true}");
    assert_string_equal(ndjson("established"),
        "{\"type\":\"attempt\",\"id\":\"" ID
        "\",\"at\":\"1969-12-31T23:59:59.999Z\",\"observer\":\"fmc\",\"role\":\"fmc\","
        "\"address\":\"2001:db8::75\",\"verdict\":{\"id\":\"SFT-1000\",\"name\":\"healthy\",\"severity\":\"ok\"},"
        "\"outcome\":\"established\",\"first\":null,\"last\":null}");
}

static void an_incident(void **state)
{
    (void)state;
    assert_string_equal(ndjson("opened"),
        "{\"type\":\"incident\",\"id\":\"" ID "\",\"at\":\"2024-09-20T03:10:48.042Z\",\"observer\":\"ftd-1\","
        "\"role\":\"ftd\",\"address\":\"10.10.200.31\",\"verdict\":{\"id\":\"SFT-1001\",\"name\":\"ca_expired\","
        "\"severity\":\"critical\",\"confidence\":\"high\"},\"outcome\":\"verify_failed/10\","
        "\"first\":\"2024-09-20T03:10:47Z\",\"last\":\"2024-09-20T03:10:48Z\",\"change\":\"opened\",\"attempts\":3,"
        "\"alarm\":\"fedcba9876543210fedcba9876543210\",\"ca_uuid\":\"" CA "\","
        "\"summary\":\"the FMC's InternalCA has expired\",\"next\":\"renew it; don't reboot\","
        "\"lines\":[{\"log\":\"/ngfw/var/log/messages\",\"offset\":4711,\"text\":\"Sep 20 03:10:47 ftd-1 "
        "SF-IMS[50792]: "
        "[51982] sftunneld:sf_ssl [ERROR] err 10:certificate has expired\",\"means\":\"the CA has expired\"},"
        "{\"text\":\"and this\"}]}");
    assert_string_equal(ndjson("closed"),
        "{\"type\":\"incident\",\"id\":\"" ID "\",\"at\":\"2024-09-20T03:10:48.042Z\",\"observer\":\"ftd-1\","
        "\"address\":\"fmc.example.com\",\"verdict\":{\"id\":\"SFT-1301\",\"name\":\"network\","
        "\"severity\":\"warning\",\"confidence\":\"low\"},"
        "\"first\":\"2024-09-20T03:10:47Z\",\"last\":\"2024-09-20T03:10:48Z\",\"change\":\"closed\","
        "\"reason\":\"established\",\"attempts\":12}");
}

static void the_others(void **state)
{
    (void)state;
    assert_string_equal(ndjson("verdict"),
        "{\"type\":\"verdict\",\"id\":\"" ID
        "\",\"at\":\"2024-09-20T03:10:48.042Z\",\"observer\":\"fmc\",\"address\":null,"
        "\"verdict\":{\"id\":\"SFT-1002\",\"name\":\"ca_expiring\",\"severity\":\"warning\",\"confidence\":\"high\"},"
        "\"ca_uuid\":\"" CA "\",\"was\":\"SFT-1000\",\"summary\":\"the InternalCA expires in 30 days\","
        "\"next\":\"renew it in time\"}");
    assert_string_equal(ndjson("source"),
        "{\"type\":\"source\",\"id\":\"" ID "\",\"at\":\"2024-09-20T03:10:48.042Z\",\"observer\":null,\"address\":null,"
        "\"path\":\"/var/log/messages\",\"what\":\"gap\",\"text\":\"4096 bytes were truncated before they were read\","
        "\"bytes\":4096,\"severity\":\"warning\"}");
    assert_string_equal(ndjson("alarm"),
        "{\"type\":\"alarm\",\"id\":\"fedcba9876543210fedcba9876543210\",\"at\":\"2024-09-20T03:10:48.042Z\","
        "\"observer\":\"fmc\",\"role\":\"fmc\",\"address\":null,"
        "\"verdict\":{\"id\":\"SFT-1001\",\"name\":\"ca_expired\",\"severity\":\"critical\"},"
        "\"first\":\"2024-09-20T03:10:47Z\",\"last\":\"2024-09-20T03:10:48Z\",\"change\":\"changed\",\"attempts\":500,"
        "\"peers\":42,\"ca_uuid\":\"" CA "\","
        "\"summary\":\"42 firewalls can't come back: their InternalCA has expired\","
        "\"next\":\"don't reboot any of them\"}");
}

static void hostile_bytes(void **state)
{
    (void)state;
    const char *text = ndjson("hostile");
    assert_non_null(strstr(text, "\"observer\":" HOSTILE_JSON ",\"role\":\"unknown\",\"address\":" HOSTILE_JSON));
    assert_non_null(strstr(text, "\"name\":\"x\\\" sftunneld:sf_ssl [ERROR] \\\"alarm\\\":\\\"y\""));
    assert_non_null(strstr(text, "\"attempts\":9007199254740993,"));
    assert_non_null(strstr(text, "\"lines\":[{\"log\":" HOSTILE_JSON ",\"offset\":0,\"text\":" HOSTILE_JSON));
    for (const char *p = text; *p; p++)
        assert_true(*p >= 0x20 && *p < 0x7f);
}

/* A line of a megabyte does not become an event of a megabyte. */
static void long_lines_are_cut(void **state)
{
    (void)state;
    static char text[1 << 20];
    struct tell t = *tell_case("opened");
    memset(text, 'x', sizeof text - 1);
    t.lines[0].text = text;
    buf_reset(&b);
    tell_ndjson(&b, &t);
    assert_in_range(b.n, 512, 2048);
    assert_null(memchr(b.p, '\n', b.n));
}

static void its_number(void **state)
{
    (void)state;
    static struct buf line;
    ndjson("source");
    tell_numbered(&line, UINT64_MAX, 0, buf_as_slice(&b));
    assert_ptr_equal(strstr(line.p, "{\"seq\":18446744073709551615,\"type\":\"source\","), line.p);
    assert_int_equal(line.p[line.n - 1], '\n');
    buf_reset(&line);
    tell_numbered(&line, 7, 3, buf_as_slice(&b));
    assert_ptr_equal(strstr(line.p, "{\"seq\":7,\"left_out\":3,\"type\":\"source\","), line.p);
    buf_clear(&line);
}

/* ---- ECS ---- */

static struct buf made;
static struct err e;

static const char *ecs(const char *name)
{
    ndjson(name);
    buf_reset(&made);
    assert_int_equal(tell_ecs(&made, 7, buf_as_slice(&b), &e), ERR_OK);
    return made.p;
}

static void ecs_names(void **state)
{
    (void)state;
    assert_string_equal(ecs("attempt"),
        "{\"@timestamp\":\"2024-09-20T03:10:48.042Z\",\"ecs\":{\"version\":\"8.11.0\"},"
        "\"message\":\"attempt with 10.10.200.31: verify_failed/10\",\"event\":{\"kind\":\"event\","
        "\"category\":[\"network\"],\"type\":[\"connection\",\"protocol\"],\"action\":\"sftunnel-handshake\","
        "\"outcome\":\"failure\",\"reason\":\"verify_failed/10\",\"id\":\"" ID "\",\"sequence\":7,"
        "\"code\":\"SFT-1001\",\"severity\":99,\"module\":\"sftunnel\",\"dataset\":\"sftunnel.attempt\","
        "\"provider\":\"sftunnel-agent\",\"timezone\":\"+00:00\",\"start\":\"2024-09-20T03:10:47Z\","
        "\"end\":\"2024-09-20T03:10:48Z\"},\"log\":{\"level\":\"critical\"},\"host\":{\"name\":\"ftd-1\"},"
        "\"observer\":{\"hostname\":\"ftd-1\",\"vendor\":\"Cisco\",\"product\":\"FTD\",\"type\":\"firewall\"},"
        "\"destination\":{\"address\":\"10.10.200.31\",\"ip\":\"10.10.200.31\"},"
        "\"network\":{\"transport\":\"tcp\",\"application\":\"sftunnel\"},\"related\":{\"ip\":[\"10.10.200.31\"]},"
        "\"sftunnel\":{\"peer\":{\"uuid\":\"" CA "\",\"name\":\"fmc-primary\"},\"verdict\":\"ca_expired\","
        "\"role\":\"ftd\",\"outcome\":\"verify_failed/10\",\"catching_up\":true},"
        "\"error\":{\"code\":\"10\",\"type\":\"verify_failed\",\"message\":\"verify_failed/10\"},"
        "\"tls\":{\"established\":false},\"rule\":{\"id\":\"SFT-1001\",\"name\":\"ca_expired\"}}\n");
}

/* What is told apart: kind, category, type, action, outcome. */
static void ecs_categories(void **state)
{
    (void)state;
    static const char *const expected[][2] = {
        { "established", "\"kind\":\"event\",\"category\":[\"network\"],\"type\":[\"connection\",\"protocol\"],"
                         "\"action\":\"sftunnel-handshake\",\"outcome\":\"success\"" },
        { "opened", "\"kind\":\"alert\",\"category\":[\"network\"],\"type\":[\"info\",\"start\"],"
                    "\"action\":\"incident-opened\",\"outcome\":\"failure\"" },
        { "closed", "\"kind\":\"event\",\"category\":[\"network\"],\"type\":[\"info\",\"end\"],"
                    "\"action\":\"incident-closed\",\"outcome\":\"success\",\"reason\":\"established\"" },
        { "verdict", "\"kind\":\"event\",\"category\":[\"network\",\"configuration\"],\"type\":[\"info\"],"
                     "\"action\":\"verdict-changed\",\"outcome\":\"failure\"" },
        { "source", "\"kind\":\"event\",\"category\":[\"host\"],\"type\":[\"info\"],\"action\":\"source-gap\","
                    "\"outcome\":\"unknown\",\"reason\":\"gap\"" },
        { "alarm", "\"kind\":\"alert\",\"category\":[\"network\"],\"type\":[\"info\"],\"action\":\"alarm-changed\","
                   "\"outcome\":\"failure\"" },
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_non_null(strstr(ecs(expected[i][0]), expected[i][1]));
    assert_non_null(strstr(ecs("opened"), "\"issuer\":{\"common_name\":[\"" CA "\"]}"));
    assert_non_null(strstr(ecs("closed"), "\"destination\":{\"address\":\"fmc.example.com\"},"));
    assert_non_null(strstr(ecs("source"), "\"file\":{\"path\":\"/var/log/messages\"}"));
    assert_non_null(strstr(ecs("hostile"), "\"host\":{\"name\":" HOSTILE_JSON "}"));
}

/* ---- syslog ---- */

static const char *syslog_(const char *name, const char *host)
{
    const struct tellsyslog_sender sender = { .hostname = host, .pid = 4711 };
    ndjson(name);
    buf_reset(&made);
    assert_int_equal(tell_syslog(&made, 7, buf_as_slice(&b), &sender, &e), ERR_OK);
    return made.p;
}

static void syslog_messages(void **state)
{
    (void)state;
    assert_string_equal(syslog_("opened", "watcher"),
        "<26>1 2024-09-20T03:10:48.042Z watcher sftunnel-agent 4711 incident [sftunnel@32473 seq=\"7\" id=\"" ID "\" "
        "observer=\"ftd-1\" address=\"10.10.200.31\" verdict=\"SFT-1001\" change=\"opened\"] incident opened: "
        "10.10.200.31: the FMC's InternalCA has expired");
    assert_string_equal(syslog_("established", NULL),
        "<30>1 1969-12-31T23:59:59.999Z - sftunnel-agent 4711 attempt [sftunnel@32473 seq=\"7\" id=\"" ID "\" "
        "observer=\"fmc\" address=\"2001:db8::75\" verdict=\"SFT-1000\"] attempt with 2001:db8::75: established");
    assert_string_equal(syslog_("verdict", "two words"),
        "<28>1 2024-09-20T03:10:48.042Z - sftunnel-agent 4711 verdict [sftunnel@32473 seq=\"7\" id=\"" ID "\" "
        "observer=\"fmc\" verdict=\"SFT-1002\"] verdict SFT-1002 (before: SFT-1000): the InternalCA expires in 30 "
        "days");
    assert_string_equal(syslog_("source", "w"),
        "<28>1 2024-09-20T03:10:48.042Z w sftunnel-agent 4711 source [sftunnel@32473 seq=\"7\" id=\"" ID "\"] "
        "/var/log/messages: 4096 bytes were truncated before they were read");
}

/* RFC 5424 6.3.3: a quote, a backslash and a closing bracket; what is no text is made visible first. */
static void syslog_escapes(void **state)
{
    (void)state;
    const char *text = syslog_("hostile", "w");
    assert_non_null(
        strstr(text, " observer=\"a\\\"b\\\\c\\\\x0a\\\\x1b[31m\xef\xbf\xbd\xef\xbf\xbd(\\\\xe2\\\\x80\\\\xae\\]\" "
                     "address="));
    assert_non_null(strstr(text, "] incident opened: a\"b\\c\\x0a\\x1b[31m"));
    for (const char *p = text; *p; p++)
        assert_false((unsigned char)*p < 0x20 || *p == 0x7f);
}

static void syslog_is_bounded(void **state)
{
    (void)state;
    static char text[1 << 16];
    struct tell t = *tell_case("opened");
    const struct tellsyslog_sender sender = { .hostname = "w", .pid = 1 };
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa4", 2); /* cut between characters only */
    t.address = t.observer = t.summary = text;
    buf_reset(&b);
    buf_reset(&made);
    tell_ndjson(&b, &t);
    assert_int_equal(tell_syslog(&made, 7, buf_as_slice(&b), &sender, &e), ERR_OK);
    assert_in_range(made.n, 1500, 2048);
    assert_null(strstr(made.p, "\\x"));
    assert_string_equal(made.p + made.n - 2, "\xc3\xa4");
}

/* What a syslog daemon may make of it, in front of our sentence or of the whole message. */
static const char *const written_as[] = {
    "%s",
    "Nov 24 16:13:31 host %s",
    "Nov 24 16:13:31 host sftunnel-agent[4711]: %s",
    "2026-11-24T16:13:31.123+00:00 host sftunnel-agent 4711 - %s",
    "2026-11-24T16:13:31.123+00:00 host sftunnel-agent[4711] %s",
    "<28>1 2026-11-24T16:13:31Z host sftunnel-agent 4711 incident - %s",
};

/* The agent must not feed itself: a rule that takes what we have said would be an attempt, an incident, and said. */
static void no_rule_takes_it(void **state)
{
    (void)state;
    static const char wants[] =
        "Sep 20 04:10:47 FTD SF-IMS[1]: [2] sftunneld:sf_ssl [ERROR] err 10:certificate has expired";
    struct rules *rules = NULL;
    struct tell t = *tell_case("opened");
    struct envelope line;
    struct event event;
    assert_int_equal(rules_load(true, NULL, 0, &rules, &e), ERR_OK);
    struct rules_matcher *m = rules_matcher_new(rules);
    envelope_parse(slice_of(wants), &line);
    assert_int_equal(rules_match(m, &line, &event), MATCH_YES); /* this test could fail */
    t.address = t.observer = t.summary = &wants[26];            /* "[2] sftunneld:..." */
    for (unsigned i = 0; tell_case_names[i]; i++) {
        const struct tellsyslog_sender sender = { .hostname = "host", .pid = 4711 };
        buf_reset(&b);
        buf_reset(&made);
        tell_ndjson(&b, i ? tell_case(tell_case_names[i]) : &t);
        assert_int_equal(tell_syslog(&made, 7, buf_as_slice(&b), &sender, &e), ERR_OK);
        assert_true(i == 0 || !strstr(made.p, "err 10")); /* of its proof lines none is quoted */
        for (unsigned k = 0; k < sizeof written_as / sizeof *written_as; k++) {
            struct buf text = { 0 };
            const char *sentence = strchr(strstr(made.p, "id=\""), ']');
            const char *percent = strstr(written_as[k], "%s");
            for (int whole = 0; whole < 2; whole++) {
                buf_reset(&text);
                buf_put(&text, written_as[k], (size_t)(percent - written_as[k]));
                buf_puts(&text, whole ? made.p : sentence + 2);
                envelope_parse(buf_as_slice(&text), &line);
                assert_int_equal(rules_match(m, &line, &event), MATCH_NO);
            }
            buf_clear(&text);
        }
    }
    rules_matcher_free(m);
    rules_free(rules);
}

/* The store is a file: it may be damaged. */
static void damage_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "{", "[]", "null", "{\"type\":7}", "{\"type\":\"attempt\"",
        "{\"type\":\"a\",\"type\":\"b\"}", "\xff\xfe", "{\"type\":\"x\",\"verdict\":[1],\"at\":{}}" };
    const struct tellsyslog_sender sender = { .hostname = "w", .pid = 1 };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        buf_reset(&made);
        assert_int_equal(tell_ecs(&made, 1, slice_of(bad[i]), &e), ERR_DATA);
        assert_ptr_equal(strstr(e.text, "an event is damaged: "), e.text);
        assert_int_equal(tell_syslog(&made, 1, slice_of(bad[i]), &sender, &e), ERR_DATA);
        assert_int_equal(made.n, 0);
    }
}

static int clear(void **state)
{
    (void)state;
    buf_clear(&b);
    buf_clear(&made);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_attempt),
        cmocka_unit_test(an_incident),
        cmocka_unit_test(the_others),
        cmocka_unit_test(hostile_bytes),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(its_number),
        cmocka_unit_test(ecs_names),
        cmocka_unit_test(ecs_categories),
        cmocka_unit_test(syslog_messages),
        cmocka_unit_test(syslog_escapes),
        cmocka_unit_test(syslog_is_bounded),
        cmocka_unit_test(no_rule_takes_it),
        cmocka_unit_test(damage_is_refused),
    };
    return cmocka_run_group_tests_name("tell", tests, NULL, clear);
}
