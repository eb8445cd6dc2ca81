/* SPDX-License-Identifier: BSD-2-Clause */
/* What is wrong with chains: each fault on each side, at the time of the packets and now. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/diagnosis/chain.h"
#include "agent/diagnosis/casefile.h"
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

/* "expired@1 then now -3d; weak_key@0 then now" */
static char *faults_text(const struct wire_side *s)
{
    struct buf b = { 0 };
    for (size_t i = 0; i < s->fault_count; i++) {
        const struct chain_fault *f = &s->faults[i];
        buf_printf(&b, "%s%s@%u%s%s", i ? "; " : "", chain_fault_name(f->kind), f->depth, f->then ? " then" : "",
            f->now ? " now" : "");
        if (f->seconds)
            buf_printf(&b, " %+ldh", (long)(f->seconds / 3600));
    }
    buf_put(&b, "", 0);
    return buf_take(&b);
}

static void check(enum side side, const enum scene_cert show[2], int64_t days, const char *expected)
{
    struct casefile c = { 0 };
    casefile_source(&c, "x.pcap", SOURCE_CAPTURE, UNIT_NONE);
    struct connection from = scene_connection(CONNECTION_COMPLETE, 0);
    scene_show(&from, side, show[0], show[1]);
    casefile_wire(&c, 0, &from);
    c.now = SCENE_NOW + days * SCENE_DAY;
    chain_judge(&c, &c.wires[0], side);
    char *text = faults_text(&c.wires[0].side[side]);
    if (strcmp(text, expected) != 0)
        print_error("certificates %d %d of side %d, %ld days later\n", show[0], show[1], side, (long)days);
    assert_string_equal(text, expected);
    free(text);
    scene_clear(&from);
    casefile_clear(&c);
}

static void faults_then_and_now(void **state)
{
    (void)state;
    static const struct {
        enum scene_cert show[2];
        int64_t days; /* from the packets to the analysis */
        const char *faults;
    } cases[] = {
        { { FMC_LEAF, CA }, 0, "" },
        { { FMC_LEAF, SCENE_CERTS }, 0, "" },
        { { FMC_LEAF, CA_EXPIRED }, 0, "expired@1 then now -72h" },
        { { FMC_EXPIRED, CA }, 0, "expired@0 then now -1h" },
        { { FMC_EXPIRED, CA_EXPIRED }, 0, "expired@1 then now -72h; expired@0 then now -1h" },
        { { FMC_LEAF, CA_FUTURE }, 0, "not_yet_valid@1 then now +24h" },
        { { FMC_LEAF, CA_FUTURE }, 2, "not_yet_valid@1 then +24h" },
        { { FMC_FUTURE, CA }, 0, "not_yet_valid@0 then now +5h" },
        { { FMC_LEAF, CA_NEW }, 0, "wrong_signature@0 then now" },
        { { FMC_NEW, CA }, 0, "wrong_signature@0 then now" },
        { { FMC_NEW, CA_NEW }, 0, "" },
        { { FMC_LEAF, CA_OTHER }, 0, "wrong_issuer@0 then now" },
        { { FMC_LEAF, BROKEN }, 0, "unreadable@1 then now" },
        { { BROKEN, CA }, 0, "unreadable@0 then now" },
        { { FMC_NO_DATE, CA }, 0, "unreadable@0 then now" },
        { { FMC_SHA1, CA }, 0, "weak_digest@0 then now" },
        { { FMC_1024, CA }, 0, "weak_key@0 then now" },
        { { FMC_LEAF, CA_ENDING }, 0, "expiring@1 then now +480h" },
        { { FMC_LEAF, CA_SOON }, 0, "expiring@1 then now +1920h" },
        { { FMC_SOON, CA }, 0, "expiring@0 then now +1440h" },
        { { FMC_LEAF, CA_SOON }, 79, "expiring@1 then now +1920h" },
        { { FMC_LEAF, CA_SOON }, 80, "expired@1 now +1920h" },
        { { FMC_LEAF, CA_SOON }, -10, "expiring@1 then +1920h" }, /* an analysis with a clock that is behind */
        { { FMC_LEAF, CA }, 2700, "expired@0 now +48000h; expiring@1 now +66000h" },
        { { FMC_LEAF, CA }, 5000, "expired@1 now +66000h; expired@0 now +48000h" },
        { { SCENE_CERTS, SCENE_CERTS }, 0, "missing@0 then now" },
        { { CA_OTHER, SCENE_CERTS }, 0, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int side = 0; side < 2; side++)
            check((enum side)side, cases[i].show, cases[i].days, cases[i].faults);
}

static void the_second_of_a_date(void **state)
{
    (void)state;
    struct casefile c = { 0 };
    casefile_source(&c, "x.pcap", SOURCE_CAPTURE, UNIT_NONE);
    for (int64_t s = -1; s <= 1; s++) {
        struct connection from = scene_connection(CONNECTION_COMPLETE, 80 * SCENE_DAY + s);
        scene_show(&from, SIDE_SERVER, FMC_LEAF, CA_SOON);
        casefile_wire(&c, 0, &from);
        c.now = 0;
        chain_judge(&c, &c.wires[s + 1], SIDE_SERVER);
        assert_int_equal(chain_find(&c.wires[s + 1].side[1], CHAIN_EXPIRED, true) != NULL, s >= 0);
        scene_clear(&from);
    }
    for (int64_t s = -1; s <= 1; s++) {
        struct connection from = scene_connection(CONNECTION_COMPLETE, 5 * 3600 + s);
        scene_show(&from, SIDE_SERVER, FMC_FUTURE, CA);
        casefile_wire(&c, 0, &from);
        c.now = 0;
        chain_judge(&c, &c.wires[s + 4], SIDE_SERVER);
        assert_int_equal(chain_find(&c.wires[s + 4].side[1], CHAIN_NOT_YET_VALID, true) != NULL, s < 0);
        scene_clear(&from);
    }
    casefile_clear(&c);
}

/* How long before notAfter it is told is the case's to say. */
static void thresholds_are_of_the_case(void **state)
{
    (void)state;
    static const struct {
        int64_t days; /* 0: the usual ones */
        bool told;
    } all[] = { { 0, true }, { 79, false }, { 81, true } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct casefile c = { .now = SCENE_NOW, .warning_seconds = all[i].days * SCENE_DAY };
        casefile_source(&c, "x.pcap", SOURCE_CAPTURE, UNIT_NONE);
        struct connection from = scene_connection(CONNECTION_COMPLETE, 0);
        scene_show(&from, SIDE_SERVER, FMC_LEAF, CA_SOON);
        casefile_wire(&c, 0, &from);
        chain_judge(&c, &c.wires[0], SIDE_SERVER);
        assert_int_equal(chain_find(&c.wires[0].side[1], CHAIN_EXPIRING, true) != NULL, all[i].told);
        scene_clear(&from);
        casefile_clear(&c);
    }
}

static void a_capture_without_times_is_judged_now(void **state)
{
    (void)state;
    struct casefile c = { 0 };
    casefile_source(&c, "x.pcap", SOURCE_CAPTURE, UNIT_NONE);
    struct connection from = scene_connection(CONNECTION_COMPLETE, 0);
    from.first_ns = from.last_ns = 0;
    scene_show(&from, SIDE_SERVER, FMC_LEAF, CA_EXPIRED);
    casefile_wire(&c, 0, &from);
    c.now = SCENE_NOW;
    chain_judge(&c, &c.wires[0], SIDE_SERVER);
    assert_int_equal(c.wires[0].side[1].faults[0].seconds, -3 * SCENE_DAY);
    scene_clear(&from);
    casefile_clear(&c);
}

static void names_that_the_server_accepts(void **state)
{
    (void)state;
    static const struct {
        enum scene_cert leaf, ca, accepts[2];
        const char *faults;
    } cases[] = {
        { FTD_LEAF, CA, { CA, SCENE_CERTS }, "" },
        { FTD_LEAF, SCENE_CERTS, { CA, SCENE_CERTS }, "" },
        { FTD_OTHER, CA_OTHER, { CA, SCENE_CERTS }, "not_accepted@1 then now" },
        { FTD_OTHER, SCENE_CERTS, { CA, SCENE_CERTS }, "not_accepted@0 then now" },
        { FTD_OTHER, CA_OTHER, { CA, CA_OTHER }, "" },
        { FTD_OTHER, CA_OTHER, { SCENE_CERTS, SCENE_CERTS }, "" }, /* any will do */
        { BROKEN, CA_OTHER, { CA, SCENE_CERTS }, "unreadable@0 then now" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct casefile c = { 0 };
        casefile_source(&c, "x.pcap", SOURCE_CAPTURE, UNIT_NONE);
        struct connection from = scene_connection(CONNECTION_HANDSHAKE, 0);
        scene_show(&from, SIDE_CLIENT, cases[i].leaf, cases[i].ca);
        scene_show(&from, SIDE_SERVER, FMC_LEAF, CA);
        for (size_t k = 0; k < 2; k++)
            if (cases[i].accepts[k] != SCENE_CERTS)
                scene_accept(&from, cases[i].accepts[k]);
        casefile_wire(&c, 0, &from);
        c.now = SCENE_NOW;
        chain_judge(&c, &c.wires[0], SIDE_CLIENT);
        char *text = faults_text(&c.wires[0].side[0]);
        assert_string_equal(text, cases[i].faults);
        free(text);
        c.now = SCENE_NOW;
        chain_judge(&c, &c.wires[0], SIDE_SERVER); /* nobody asked the client what it accepts */
        assert_int_equal(c.wires[0].side[1].fault_count, 0);
        scene_clear(&from);
        casefile_clear(&c);
    }
}

/* A chain in any order, with a certificate that has nothing to do with it, and both generations of the CA. */
static void issuers_are_found_wherever_they_stand(void **state)
{
    (void)state;
    static const struct {
        enum scene_cert show[4];
        size_t count;
        const char *faults;
    } cases[] = {
        { { FMC_LEAF, CA_OTHER, CA }, 3, "" },
        { { FMC_LEAF, CA_NEW, CA }, 3, "" },
        { { FMC_LEAF, CA, CA_NEW, PROXY_LEAF }, 4, "" },
        { { FMC_LEAF, CA_NEW, CA_OTHER }, 3, "wrong_signature@0 then now" },
        { { FMC_LEAF, CA_OTHER, CA_PROXY }, 3, "wrong_issuer@0 then now" },
        { { FMC_LEAF, FMC_LEAF, CA }, 3, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct casefile c = { 0 };
        struct bytes all[4];
        casefile_source(&c, "x.pcap", SOURCE_CAPTURE, UNIT_NONE);
        struct connection from = scene_connection(CONNECTION_COMPLETE, 0);
        for (size_t k = 0; k < cases[i].count; k++)
            all[k] = scene_cert(cases[i].show[k]);
        from.side[SIDE_SERVER].certificates = all;
        from.side[SIDE_SERVER].certificate_count = cases[i].count;
        from.side[SIDE_SERVER].seen = CERTIFICATES_ALL;
        casefile_wire(&c, 0, &from);
        c.now = SCENE_NOW;
        chain_judge(&c, &c.wires[0], SIDE_SERVER);
        char *text = faults_text(&c.wires[0].side[1]);
        assert_string_equal(text, cases[i].faults);
        free(text);
        casefile_clear(&c);
    }
}

static void the_ca_of_a_side(void **state)
{
    (void)state;
    struct casefile c = { 0 };
    casefile_source(&c, "x.pcap", SOURCE_CAPTURE, UNIT_NONE);
    struct connection from = scene_connection(CONNECTION_COMPLETE, 0);
    scene_show(&from, SIDE_SERVER, FMC_LEAF, CA);
    scene_show(&from, SIDE_CLIENT, PROXY_LEAF, CA_PROXY);
    casefile_wire(&c, 0, &from);
    scene_show(&from, SIDE_SERVER, FMC_NEW, CA_NEW);
    scene_show(&from, SIDE_CLIENT, FTD_LEAF, SCENE_CERTS);
    casefile_wire(&c, 0, &from);
    const struct wire_side *a = c.wires[0].side, *b = c.wires[1].side;
    assert_string_equal(certs_get(c.certs, chain_ca(c.certs, &a[1]))->ca_uuid, SCENE_UUID);
    assert_true(chain_generations_differ(c.certs, chain_ca(c.certs, &a[1]), chain_ca(c.certs, &b[1])));
    assert_false(chain_generations_differ(c.certs, chain_ca(c.certs, &a[1]), chain_ca(c.certs, &a[1])));
    assert_false(chain_generations_differ(c.certs, chain_ca(c.certs, &a[0]), chain_ca(c.certs, &a[1])));
    assert_int_equal(chain_ca(c.certs, &b[0]), CERT_NONE);
    assert_false(chain_generations_differ(c.certs, CERT_NONE, chain_ca(c.certs, &a[1])));
    assert_true(chain_is_foreign(c.certs, &a[0]) && chain_is_internal(c.certs, &a[1]));
    assert_true(chain_is_internal(c.certs, &b[0])); /* the CA is not there, but its name is */
    scene_clear(&from);
    casefile_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_then_and_now),
        cmocka_unit_test(the_second_of_a_date),
        cmocka_unit_test(thresholds_are_of_the_case),
        cmocka_unit_test(a_capture_without_times_is_judged_now),
        cmocka_unit_test(names_that_the_server_accepts),
        cmocka_unit_test(issuers_are_found_wherever_they_stand),
        cmocka_unit_test(the_ca_of_a_side),
    };
    return cmocka_run_group_tests(tests, open_scene, close_scene);
}
