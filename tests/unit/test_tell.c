/* SPDX-License-Identifier: BSD-2-Clause */
/* Events as text, to the byte. */
#include "tell_cases.h"

#include "agent/report/tellndjson.h"

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
        "\"outcome\":\"established\"}");
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

static int clear(void **state)
{
    (void)state;
    buf_clear(&b);
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
    };
    return cmocka_run_group_tests_name("tell", tests, NULL, clear);
}
