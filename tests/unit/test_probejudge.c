/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said of a handshake of our own, and what monitoring is told of it, cell by cell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/diagnosis/wirejudge.h"
#include "agent/report/nagios.h"
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

#define NOBODY SCENE_CERTS
#define NO_ALERT -2

struct probe_case {
    const char *name;
    enum connection_state state;
    enum scene_cert server, server_ca, client, client_ca, given; /* NOBODY: none */
    bool requested;
    int alert; /* of the server */
    const char *note;
    enum verdict_id verdict;
    enum severity severity;
    enum confidence confidence;
    const char *says;
};

#define NONE NOBODY, NOBODY

static const struct probe_case cases[] = {
    { "refused for want of a certificate, TLS 1.2", CONNECTION_HANDSHAKE, FMC_LEAF, CA, NONE, NOBODY, true, 40, NULL,
        VERDICT_HEALTHY, SEVERITY_OK, CONFIDENCE_HIGH,
        "presents a valid chain until 2030-03-13 (TLS 1.2); it asks for a certificate, and refused the probe, which "
        "has "
        "none, with alert 40 (handshake_failure)" },
    { "likewise, TLS 1.3", CONNECTION_COMPLETE, FMC_LEAF, CA, NONE, NOBODY, true, 116, NULL, VERDICT_HEALTHY,
        SEVERITY_OK, CONFIDENCE_HIGH, "alert 116 (certificate_required)" },
    { "expired, although it refuses us", CONNECTION_HANDSHAKE, FMC_LEAF, CA_EXPIRED, NONE, NOBODY, true, 40, NULL,
        VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_HIGH,
        "a chain with a fault: its InternalCA expired 3 days ago (2024-09-17)" },
    { "expired, and it takes everybody", CONNECTION_COMPLETE, FMC_EXPIRED, CA, NONE, NOBODY, false, NO_ALERT, NULL,
        VERDICT_LEAF_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_HIGH, "its own certificate expired 60 minutes ago" },
    { "not yet valid", CONNECTION_COMPLETE, FMC_FUTURE, CA, NONE, NOBODY, false, NO_ALERT, NULL, VERDICT_NOT_YET_VALID,
        SEVERITY_CRITICAL, CONFIDENCE_HIGH, "by the clock of this machine" },
    { "20 days left", CONNECTION_COMPLETE, FMC_LEAF, CA_ENDING, NONE, NOBODY, true, 116, NULL, VERDICT_CA_EXPIRING,
        SEVERITY_CRITICAL, CONFIDENCE_HIGH, "its InternalCA expires on 2024-10-10, in 20 days" },
    { "80 days left", CONNECTION_COMPLETE, FMC_LEAF, CA_SOON, NONE, NOBODY, true, 116, NULL, VERDICT_CA_EXPIRING,
        SEVERITY_WARNING, CONFIDENCE_HIGH, "in 80 days" },
    { "SHA-1", CONNECTION_COMPLETE, FMC_SHA1, CA, NONE, NOBODY, false, NO_ALERT, NULL, VERDICT_WEAK_CERTIFICATE,
        SEVERITY_WARNING, CONFIDENCE_HIGH, "is signed with sha1" },
    { "another service, or a proxy", CONNECTION_COMPLETE, PROXY_LEAF, CA_PROXY, NONE, NOBODY, false, NO_ALERT, NULL,
        VERDICT_INTERCEPTED, SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "belongs to no InternalCA" },
    { "with a pair of our own", CONNECTION_COMPLETE, FMC_LEAF, CA, FTD_LEAF, CA, NOBODY, true, NO_ALERT, NULL,
        VERDICT_HEALTHY, SEVERITY_OK, CONFIDENCE_HIGH, "it took the certificate of the probe" },
    { "rejected with it", CONNECTION_COMPLETE, FMC_LEAF, CA, FTD_OTHER, CA_OTHER, NOBODY, true, 48, NULL,
        VERDICT_UNKNOWN_CA, SEVERITY_CRITICAL, CONFIDENCE_HIGH,
        "the server rejected the client's chain with alert 48" },
    { "it has expired", CONNECTION_COMPLETE, FMC_LEAF, CA, FTD_EXPIRED, CA, NOBODY, true, NO_ALERT, NULL,
        VERDICT_LEAF_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_HIGH, "the certificate of the probe has a fault" },
    { "another generation than ours", CONNECTION_COMPLETE, FMC_NEW, CA_NEW, FTD_LEAF, CA, NOBODY, true, NO_ALERT, NULL,
        VERDICT_CA_MISMATCH, SEVERITY_CRITICAL, CONFIDENCE_HIGH, "one end was regenerated" },
    { "cut off without a word, with a pair", CONNECTION_HANDSHAKE, FMC_LEAF, CA, FTD_LEAF, CA, NOBODY, true, NO_ALERT,
        NULL, VERDICT_INSUFFICIENT, SEVERITY_UNKNOWN, CONFIDENCE_LOW, "not completed" },
    { "the CA that was given", CONNECTION_COMPLETE, FMC_LEAF, NOBODY, NONE, CA, true, 116, NULL, VERDICT_HEALTHY,
        SEVERITY_OK, CONFIDENCE_HIGH, "valid chain" },
    { "an older one of that name", CONNECTION_COMPLETE, FMC_NEW, CA_NEW, NONE, CA, true, 116, NULL, VERDICT_CA_MISMATCH,
        SEVERITY_CRITICAL, CONFIDENCE_HIGH, "with another key" },
    { "that of another FMC", CONNECTION_COMPLETE, FMC_LEAF, CA, NONE, CA_OTHER, true, 116, NULL, VERDICT_UNKNOWN_CA,
        SEVERITY_CRITICAL, CONFIDENCE_HIGH, "hangs on none of the CAs" },
    { "the given one has expired, and is not sent", CONNECTION_COMPLETE, FMC_LEAF, NOBODY, NONE, CA_EXPIRED, true, 116,
        NULL, VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_HIGH, "was given, and that has expired" },
    { "no InternalCA, but the given one", CONNECTION_COMPLETE, PROXY_LEAF, CA_PROXY, NONE, CA_PROXY, false, NO_ALERT,
        NULL, VERDICT_HEALTHY, SEVERITY_OK, CONFIDENCE_HIGH, "valid chain" },
    { "refused", CONNECTION_REFUSED, NONE, NONE, NOBODY, false, NO_ALERT, "refused: whatever", VERDICT_NETWORK,
        SEVERITY_WARNING, CONFIDENCE_HIGH, "refused: whatever" },
    { "no answer", CONNECTION_SYN_ONLY, NONE, NONE, NOBODY, false, NO_ALERT, "no answer", VERDICT_NETWORK,
        SEVERITY_WARNING, CONFIDENCE_HIGH, "no answer" },
    { "not TLS", CONNECTION_NOT_TLS, NONE, NONE, NOBODY, false, NO_ALERT, "HTTP answers there", VERDICT_PROTOCOL,
        SEVERITY_CRITICAL, CONFIDENCE_HIGH, "HTTP answers" },
    { "no version in common", CONNECTION_HANDSHAKE, NONE, NONE, NOBODY, false, 70, NULL, VERDICT_PROTOCOL,
        SEVERITY_CRITICAL, CONFIDENCE_HIGH, "rejected the handshake with alert 70" },
};

static void one_probe(struct casefile *c, const struct probe_case *x, const char *address)
{
    struct connection k = scene_connection(x->state, 0);
    char path[64];
    snprintf(path, sizeof path, "probe %s:8305", address);
    if (x->server != NOBODY)
        scene_show(&k, SIDE_SERVER, x->server, x->server_ca);
    if (x->requested)
        scene_show(&k, SIDE_CLIENT, x->client, x->client_ca);
    k.certificate_requested = x->requested;
    k.ended = true;
    k.note = x->note;
    if (x->alert != NO_ALERT)
        scene_alert(&k, SIDE_SERVER, x->alert);
    if (strcmp(address, "127.0.0.1"))
        scene_address(&k, SIDE_SERVER, address, 8305);
    casefile_wire(c, casefile_source(c, path, SOURCE_PROBE, UNIT_NONE), &k);
    scene_clear(&k);
}

static void judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct probe_case *x = &cases[i];
        struct casefile c = { .now = SCENE_NOW };
        struct diagnosis d;
        if (x->given != NOBODY)
            casefile_trust(&c, scene_cert(x->given));
        one_probe(&c, x, "10.2.0.1");
        diagnose(&c, &d);
        const struct wire *w = &c.wires[0];
        if (w->verdict != x->verdict || w->severity != x->severity || w->confidence != x->confidence ||
            !strstr(w->summary, x->says))
            fail_msg("%s: %s, %s, %s: %s", x->name, verdict_info(w->verdict)->name, severity_name(w->severity),
                confidence_name(w->confidence), w->summary);
        assert_int_equal(d.finding_count, 1);
        assert_int_equal(d.findings[0].verdict, x->verdict);
        assert_string_equal(d.findings[0].address, "10.2.0.1");
        assert_false(d.at_risk);
        if (x->verdict == VERDICT_HEALTHY && d.findings[0].failing_since != CIVIL_NONE)
            fail_msg("%s: healthy, and failing", x->name);
        diagnosis_clear(&d);
        casefile_clear(&c);
    }
}

/* When an expiry becomes critical is the case's to say. */
static void thresholds(void **state)
{
    (void)state;
    static const struct probe_case soon = { "80 days left", CONNECTION_COMPLETE, FMC_LEAF, CA_SOON, NONE, NOBODY, true,
        116, NULL, VERDICT_CA_EXPIRING, SEVERITY_WARNING, CONFIDENCE_HIGH, "expires on" };
    for (int i = 0; i < 2; i++) {
        struct casefile c = { .now = SCENE_NOW, .critical_seconds = i * 85 * SCENE_DAY };
        struct diagnosis d;
        one_probe(&c, &soon, "10.2.0.1");
        diagnose(&c, &d);
        assert_int_equal(c.wires[0].verdict, VERDICT_CA_EXPIRING);
        assert_int_equal(c.wires[0].severity, i ? SEVERITY_CRITICAL : SEVERITY_WARNING);
        diagnosis_clear(&d);
        casefile_clear(&c);
    }
}

/* What was not waited for to its end says nothing of the server. */
static void cut_short(void **state)
{
    (void)state;
    static const struct probe_case stopped = { "interrupted", CONNECTION_SYN_ONLY, NONE, NONE, NOBODY, false, NO_ALERT,
        "interrupted before it was over", VERDICT_INSUFFICIENT, SEVERITY_UNKNOWN, CONFIDENCE_LOW, "interrupted" };
    struct casefile c = { .now = SCENE_NOW };
    struct diagnosis d;
    one_probe(&c, &stopped, "10.2.0.1");
    c.sources[0].partial = true;
    diagnose(&c, &d);
    assert_int_equal(c.wires[0].verdict, VERDICT_INSUFFICIENT);
    assert_int_equal(nagios_worst(&c, &d), SEVERITY_UNKNOWN);
    diagnosis_clear(&d);
    casefile_clear(&c);
}

/* Two ports of one address are two peers, unlike in a capture. */
static void ports_apart(void **state)
{
    (void)state;
    struct casefile c = { .now = SCENE_NOW };
    struct diagnosis d;
    for (int i = 0; i < 2; i++) {
        struct connection k = scene_connection(CONNECTION_COMPLETE, 0);
        scene_show(&k, SIDE_SERVER, i ? FMC_EXPIRED : FMC_LEAF, CA);
        k.side[SIDE_SERVER].at.port = (uint16_t)(9000 + i);
        k.ended = true;
        casefile_wire(&c, casefile_source(&c, i ? "probe a:9001" : "probe a:9000", SOURCE_PROBE, UNIT_NONE), &k);
        scene_clear(&k);
    }
    diagnose(&c, &d);
    assert_int_equal(d.finding_count, 2);
    assert_int_equal(d.totals.by_severity[SEVERITY_OK], 1);
    assert_int_equal(d.totals.by_severity[SEVERITY_CRITICAL], 1);
    diagnosis_clear(&d);
    casefile_clear(&c);
}

/* ---- for monitoring ---- */

static enum severity nagios_of(struct casefile *c, char **text)
{
    struct diagnosis d;
    size_t n = 0;
    struct err e = { 0 };
    diagnose(c, &d);
    FILE *out = open_memstream(text, &n);
    const struct report_format *f = report_format_find(SLICE("nagios"));
    assert_non_null(f);
    assert_int_equal(f->render(out, c, &d, &(struct report_style){ .verbosity = 0 }, &e), ERR_OK);
    fclose(out);
    enum severity worst = nagios_worst(c, &d);
    diagnosis_clear(&d);
    return worst;
}

/* "90:" and the like: [@][start:][end]; empty is allowed. */
static bool is_range(const char *s)
{
    if (*s == '@')
        s++;
    if (*s == '~')
        s++;
    s += strspn(s, "0123456789.-");
    if (*s == ':')
        s++;
    s += strspn(s, "0123456789.-");
    return *s == '\0';
}

/* One 'label'=value[UOM];warn;crit;min;max; returns what follows it. */
static const char *check_value(const char *s, char label[64], char value[64])
{
    char cell[5][64] = { "" };
    size_t n = 0;
    assert_true(*s == '\'');
    for (s++; *s != '\''; s++) {
        assert_true(*s && *s != '=' && n < 63);
        label[n++] = *s;
    }
    label[n] = '\0';
    assert_true(n > 0);
    s++;
    assert_true(*s++ == '=');
    for (int i = 0; i < 5; i++) {
        size_t length = strcspn(s, "; \n");
        assert_true(length < 64);
        memcpy(cell[i], s, length);
        s += length;
        if (*s != ';')
            break;
        s++;
    }
    assert_true(*s == ' ' || *s == '\n');
    bool number = cell[0][0] && strspn(cell[0], "0123456789.-") == strlen(cell[0]);
    assert_true(number || !strcmp(cell[0], "U"));
    assert_true(is_range(cell[1]) && is_range(cell[2]));
    assert_true(strspn(cell[3], "0123456789.-") == strlen(cell[3]));
    assert_true(strspn(cell[4], "0123456789.-") == strlen(cell[4]));
    strcpy(value, cell[0]);
    if (!strcmp(label, "days_left")) {
        assert_string_equal(cell[1], "90:");
        assert_string_equal(cell[2], "30:");
    }
    return s;
}

/* Is it output of a plug-in, and of this state? Returns how many values it has. */
static size_t check_plugin(const char *text, enum severity worst, const char *days)
{
    char head[64], label[64], value[64];
    snprintf(head, sizeof head, "SFTUNNEL %s - ", nagios_word(worst));
    if (strncmp(text, head, strlen(head)) != 0)
        fail_msg("not \"%s\": %s", head, text);
    const char *bar = strchr(text, '|'), *end = strchr(text, '\n');
    assert_non_null(bar);
    assert_non_null(end);
    assert_true(bar < end && bar[-1] == ' ');
    assert_null(strchr(bar + 1, '|'));
    assert_null(strchr(text, '\x1b'));
    assert_true(bar - text > (ptrdiff_t)strlen(head) + 5);
    size_t n = 0;
    for (const char *s = bar + 1; *s != '\n'; n++) {
        assert_true(*s++ == ' ');
        s = check_value(s, label, value);
        if (n == 0) {
            assert_string_equal(label, "days_left");
            assert_string_equal(value, days);
        }
    }
    return n;
}

static void exit_codes(void **state)
{
    (void)state;
    assert_int_equal(nagios_exit(SEVERITY_OK), 0);
    assert_int_equal(nagios_exit(SEVERITY_WARNING), 1);
    assert_int_equal(nagios_exit(SEVERITY_CRITICAL), 2);
    assert_int_equal(nagios_exit(SEVERITY_UNKNOWN), 3);
    assert_string_equal(nagios_word(SEVERITY_UNKNOWN), "UNKNOWN");
}

static void nagios_single(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct casefile c = { .now = SCENE_NOW };
        const struct probe_case *x = &cases[i];
        char *text = NULL;
        if (x->given != NOBODY)
            casefile_trust(&c, scene_cert(x->given));
        one_probe(&c, x, "10.2.0.1");
        enum severity worst = nagios_of(&c, &text);
        assert_int_equal(worst, x->severity);
        const char *days = x->server == NOBODY          ? "U"
                           : x->server_ca == CA_EXPIRED ? "-3"
                           : x->server == FMC_EXPIRED   ? "-1"
                           : x->server_ca == CA_ENDING  ? "20"
                           : x->server_ca == CA_SOON    ? "80"
                                                        : "2000";
        assert_int_equal(check_plugin(text, worst, days), 1);
        assert_non_null(strstr(text, "10.2.0.1:8305 "));
        assert_int_equal(strlen(strchr(text, '\n')), 1); /* one line says it all */
        free(text);
        casefile_clear(&c);
    }
}

static void nagios_many(void **state)
{
    (void)state;
    struct casefile c = { .now = SCENE_NOW };
    char *text = NULL, address[32];
    for (int i = 0; i < 120; i++) {
        snprintf(address, sizeof address, "10.3.0.%d", i + 1);
        one_probe(&c, &cases[i % 3], address);
    }
    casefile_problem(&c, "probe nosuch:8305", "the name can't be resolved: a | b\nc\x1b[1m%s", "\xff");
    enum severity worst = nagios_of(&c, &text);
    assert_int_equal(worst, SEVERITY_CRITICAL);
    assert_int_equal(check_plugin(text, worst, "-3"), 1 + 5 + NAGIOS_VALUES);
    assert_non_null(strstr(text, "40 critical, 80 ok of 120 peers; 10.3.0.102:8305 ca_expired: "));
    assert_non_null(strstr(text, "nosuch:8305: the name can't be resolved: a / b c [1m"));
    assert_non_null(strstr(text, "'peers'=120;;;0 'critical'=40;;;0;120"));
    size_t lines = 0;
    for (const char *s = text; (s = strchr(s, '\n')); s++)
        lines++;
    assert_int_equal(lines, 1 + 40 + 1);
    free(text);
    casefile_clear(&c);
}

static void nagios_nothing(void **state)
{
    (void)state;
    struct casefile c = { .now = SCENE_NOW };
    char *text = NULL;
    assert_int_equal(nagios_of(&c, &text), SEVERITY_UNKNOWN);
    assert_int_equal(check_plugin(text, SEVERITY_UNKNOWN, "U"), 1);
    free(text);
    casefile_problem(&c, "probe a:8305", "interrupted before it was probed");
    one_probe(&c, &cases[0], "10.2.0.1");
    assert_int_equal(nagios_of(&c, &text), SEVERITY_UNKNOWN);
    assert_non_null(strstr(text, "a:8305: interrupted"));
    free(text);
    casefile_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judged),
        cmocka_unit_test(thresholds),
        cmocka_unit_test(cut_short),
        cmocka_unit_test(ports_apart),
        cmocka_unit_test(exit_codes),
        cmocka_unit_test(nagios_single),
        cmocka_unit_test(nagios_many),
        cmocka_unit_test(nagios_nothing),
    };
    return cmocka_run_group_tests(tests, open_scene, close_scene);
}
