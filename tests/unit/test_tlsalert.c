/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/tlsalert.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static const struct {
    const char *hex;
    bool is_ssl;
    int reason, alert;
} codes[] = {
    { "14094415", true, 1045, 45 }, /* OpenSSL 1.x */
    { "0A000415", true, 1045, 45 }, /* 3.x */
    { "0a000415", true, 1045, 45 },
    { "14094418", true, 1048, 48 },
    { "0A000418", true, 1048, 48 },
    { "1409441B", true, 1051, 51 },
    { "0A00041B", true, 1051, 51 },
    { "1409442E", true, 1070, 70 },
    { "1409445C", true, 1116, 116 },
    { "0A00045C", true, 1116, 116 },
    { "0A0003E8", true, 1000, 0 },
    { "0A0004E7", true, 1255, 255 },
    { "0A0004E8", true, 1256, -1 },
    { "1416F086", true, 134, -1 },
    { "1417C086", true, 134, -1 },
    { "14090086", true, 134, -1 },
    { "0A000086", true, 134, -1 },
    { "0A000117", true, 279, -1 },
    { "0A000152", true, 338, -1 },
    { "0A00010B", true, 267, -1 },
    { "00000001", false, 0, -1 },
    { "00000000", false, 0, -1 },
    { "80000002", false, 0, -1 }, /* a system error */
    { "8A000415", false, 0, -1 },
    { "0B080074", false, 0, -1 }, /* X.509, 1.x */
    { "0580007E", false, 0, -1 },
    { "FFFFFFFF", false, 0, -1 },
    { "1409441", false, 0, -1 },
    { "014094415", false, 0, -1 },
    { "1409441g", false, 0, -1 },
    { "", false, 0, -1 },
};

static void packed_codes_are_decoded(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct ssl_error e = ssl_error_decode(slice_of(codes[i].hex));
        assert_int_equal(e.is_ssl, codes[i].is_ssl);
        assert_int_equal(e.reason, codes[i].reason);
        assert_int_equal(e.alert, codes[i].alert);
    }
}

static const struct {
    const char *words;
    int alert;
} texts[] = {
    { "sslv3 alert certificate expired", 45 },
    { "SSLv3 Alert Certificate Expired", 45 },
    { " sslv3 alert certificate expired\r", 45 },
    { "certificate_expired", 45 },
    { "alert certificate expired", 45 },
    { "SSL alert number 45", 45 },
    { "alert number 255", 255 },
    { "alert number 256", -1 },
    { "tlsv1 alert unknown ca", 48 },
    { "tlsv1 alert decrypt error", 51 },
    { "tlsv1 alert protocol version", 70 },
    { "tlsv13 alert certificate required", 116 },
    { "tlsv13 alert missing extension", 109 },
    { "tlsv1 unsupported extension", 110 },
    { "tlsv1 unrecognized name", 112 },
    { "tlsv1 bad certificate status response", 113 },
    { "tlsv1 alert user cancelled", 90 },
    { "sslv3 alert bad certificate", 42 },
    { "sslv3 alert handshake failure", 40 },
    { "handshake_failure", 40 },
    { "bad_certificate", 42 },
    { "bad_certificate_hash_value", 114 },
    /* reasons of our own end, which only sound like alerts */
    { "handshake failure", -1 },
    { "ssl handshake failure", -1 },
    { "certificate verify failed", -1 },
    { "unexpected message", -1 },
    { "sslv3 alert certificate", -1 },
    { "sslv3 alert", -1 },
    { "", -1 },
};

static void alerts_are_read_from_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int got = tls_alert_from_text(slice_of(texts[i].words));
        if (got != texts[i].alert)
            print_message("# row %zu\n", i);
        assert_int_equal(got, texts[i].alert);
    }
}

static void alerts_have_their_rfc_names(void **state)
{
    (void)state;
    int known = 0;
    assert_string_equal(tls_alert_name(45), "certificate_expired");
    assert_string_equal(tls_alert_name(48), "unknown_ca");
    assert_string_equal(tls_alert_name(90), "user_canceled");
    assert_null(tls_alert_name(1));
    assert_null(tls_alert_name(-1));
    for (int i = 0; i < 256; i++)
        if (tls_alert_name(i)) {
            assert_int_equal(tls_alert_from_text(slice_of(tls_alert_name(i))), i);
            known++;
        }
    assert_int_equal(known, 34);
}

static void reasons_have_words_and_back(void **state)
{
    (void)state;
    assert_int_equal(ssl_reason_from_text(SLICE("certificate verify failed")), 134);
    assert_int_equal(ssl_reason_from_text(SLICE(" Extension Not Received ")), 279);
    assert_int_equal(ssl_reason_from_text(SLICE("no such words")), 0);
    assert_int_equal(ssl_reason_from_text(SLICE("")), 0);
    assert_string_equal(ssl_reason_text(338), "unsafe legacy renegotiation disabled");
    assert_null(ssl_reason_text(1045));
    for (int i = 0; i < 1000; i++)
        if (ssl_reason_text(i))
            assert_int_equal(ssl_reason_from_text(slice_of(ssl_reason_text(i))), i);
    assert_true(ssl_reason_is_protocol(338));
    assert_true(ssl_reason_is_protocol(258));
    assert_true(ssl_reason_is_protocol(193));
    assert_false(ssl_reason_is_protocol(134));
    assert_false(ssl_reason_is_protocol(279));
    assert_false(ssl_reason_is_protocol(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_codes_are_decoded),
        cmocka_unit_test(alerts_are_read_from_words),
        cmocka_unit_test(alerts_have_their_rfc_names),
        cmocka_unit_test(reasons_have_words_and_back),
    };
    return cmocka_run_group_tests_name("tlsalert", tests, NULL, NULL);
}
