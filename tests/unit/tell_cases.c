/* SPDX-License-Identifier: BSD-2-Clause */
#include "tell_cases.h"

#include <string.h>

#define ID "0123456789abcdef0123456789abcdef"
#define OTHER_ID "fedcba9876543210fedcba9876543210"
#define CA "06f5f3ca-c77b-11e2-81bf-884d9d11f3ef"
#define DAY (2024 * CIVIL_YEAR + 9 * CIVIL_MONTH + 20 * CIVIL_DAY)
#define FIRST (DAY + 11447) /* 03:10:47 */
#define LAST (DAY + 11448)
#define AT INT64_C(1726801848042)

#define HOSTILE "a\"b\\c\n\x1b[31m\xff\xc3\x28\xe2\x80\xae]"

static const struct tell attempt = {
    .type = TELL_ATTEMPT,
    .id = ID,
    .at_ms = AT,
    .observer = "ftd-1",
    .role = "ftd",
    .address = "10.10.200.31",
    .uuid = CA,
    .name = "fmc-primary",
    .verdict = VERDICT_CA_EXPIRED,
    .severity = SEVERITY_CRITICAL,
    .confidence = CONFIDENCE_HIGH,
    .outcome = "verify_failed/10",
    .first = FIRST,
    .last = LAST,
    .catching_up = true,
    .summary = "not told of an attempt",
};

static const struct tell established = {
    .type = TELL_ATTEMPT,
    .id = ID,
    .at_ms = -1, /* a clock that is far off */
    .observer = "fmc",
    .role = "fmc",
    .address = "2001:db8::75",
    .verdict = VERDICT_HEALTHY,
    .outcome = "established",
    .first = CIVIL_NONE,
    .last = CIVIL_NONE,
};

static const struct tell opened = {
    .type = TELL_INCIDENT,
    .id = ID,
    .at_ms = AT,
    .observer = "ftd-1",
    .role = "ftd",
    .address = "10.10.200.31",
    .verdict = VERDICT_CA_EXPIRED,
    .severity = SEVERITY_CRITICAL,
    .confidence = CONFIDENCE_HIGH,
    .outcome = "verify_failed/10",
    .first = FIRST,
    .last = LAST,
    .change = TELL_OPENED,
    .reason = "only told when it is closed",
    .attempts = 3,
    .alarm = OTHER_ID,
    .ca_uuid = CA,
    .summary = "the FMC's InternalCA has expired",
    .next = "renew it; don't reboot",
    .lines = {
        { .text = "Sep 20 03:10:47 ftd-1 SF-IMS[50792]: [51982] sftunneld:sf_ssl [ERROR] err 10:certificate has expired",
            .means = "the CA has expired",
            .log = "/ngfw/var/log/messages",
            .offset = 4711 },
        { .text = "and this" },
    },
    .line_count = 2,
};

static const struct tell closed = {
    .type = TELL_INCIDENT,
    .id = ID,
    .at_ms = AT,
    .observer = "ftd-1",
    .address = "fmc.example.com",
    .verdict = VERDICT_NETWORK,
    .severity = SEVERITY_WARNING,
    .confidence = CONFIDENCE_LOW,
    .first = FIRST,
    .last = LAST,
    .change = TELL_CLOSED,
    .reason = "established",
    .attempts = 12,
};

static const struct tell verdict = {
    .type = TELL_VERDICT,
    .id = ID,
    .at_ms = AT,
    .observer = "fmc",
    .verdict = VERDICT_CA_EXPIRING,
    .severity = SEVERITY_WARNING,
    .confidence = CONFIDENCE_HIGH,
    .was = "SFT-1000",
    .ca_uuid = CA,
    .summary = "the InternalCA expires in 30 days",
    .next = "renew it in time",
};

static const struct tell source = {
    .type = TELL_SOURCE,
    .id = ID,
    .at_ms = AT,
    .severity = SEVERITY_WARNING,
    .path = "/var/log/messages",
    .what = "gap",
    .text = "4096 bytes were truncated before they were read",
    .bytes = 4096,
};

static const struct tell alarm_ = {
    .type = TELL_ALARM,
    .id = OTHER_ID,
    .at_ms = AT,
    .observer = "fmc",
    .role = "fmc",
    .verdict = VERDICT_CA_EXPIRED,
    .severity = SEVERITY_CRITICAL,
    .first = FIRST,
    .last = LAST,
    .change = TELL_CHANGED,
    .attempts = 500,
    .peers = 42,
    .ca_uuid = CA,
    .summary = "42 firewalls can't come back: their InternalCA has expired",
    .next = "don't reboot any of them",
};

static const struct tell hostile = {
    .type = TELL_INCIDENT,
    .id = ID,
    .at_ms = AT,
    .observer = HOSTILE,
    .role = "unknown",
    .address = HOSTILE,
    .uuid = HOSTILE,
    .name = "x\" sftunneld:sf_ssl [ERROR] \"alarm\":\"y",
    .verdict = VERDICT_INSUFFICIENT,
    .severity = SEVERITY_UNKNOWN,
    .outcome = "alert/48",
    .first = FIRST,
    .last = LAST,
    .change = TELL_OPENED,
    .attempts = UINT64_C(9007199254740993),
    .summary = HOSTILE,
    .next = HOSTILE,
    .lines = { { .text = HOSTILE, .means = HOSTILE, .log = HOSTILE } },
    .line_count = 1,
};

const char *const tell_case_names[] = { "attempt", "established", "opened", "closed", "verdict", "source", "alarm",
    "hostile", NULL };

const struct tell *tell_case(const char *name)
{
    static const struct tell *const cases[] = { &attempt, &established, &opened, &closed, &verdict, &source, &alarm_,
        &hostile };
    for (size_t i = 0; tell_case_names[i]; i++)
        if (strcmp(tell_case_names[i], name) == 0)
            return cases[i];
    return NULL;
}
