/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/x509code.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static const struct {
    int printed;
    const char *text;
    int number;
    const char *name;
    enum x509_class class;
} rows[] = {
    { 10, "certificate has expired", 10, "X509_V_ERR_CERT_HAS_EXPIRED", X509_CLASS_EXPIRED },
    { -1, "certificate has expired", 10, "X509_V_ERR_CERT_HAS_EXPIRED", X509_CLASS_EXPIRED },
    { -1, " Certificate Has Expired \r", 10, "X509_V_ERR_CERT_HAS_EXPIRED", X509_CLASS_EXPIRED },
    { 10, "", 10, "X509_V_ERR_CERT_HAS_EXPIRED", X509_CLASS_EXPIRED },
    { 0, "ok", 0, "X509_V_OK", X509_CLASS_OK },
    { -1, "ok", 0, "X509_V_OK", X509_CLASS_OK },
    { 9, "certificate is not yet valid", 9, "X509_V_ERR_CERT_NOT_YET_VALID", X509_CLASS_NOT_YET_VALID },
    { 9, "certificate is not yet valid or the system clock is incorrect", 9, "X509_V_ERR_CERT_NOT_YET_VALID",
        X509_CLASS_NOT_YET_VALID },
    { 7, "certificate signature failure", 7, "X509_V_ERR_CERT_SIGNATURE_FAILURE", X509_CLASS_CA_MISMATCH },
    { 30, "authority and subject key identifier mismatch", 30, "X509_V_ERR_AKID_SKID_MISMATCH",
        X509_CLASS_CA_MISMATCH },
    { 2, "unable to get issuer certificate", 2, "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT", X509_CLASS_UNKNOWN_CA },
    { 20, "unable to get local issuer certificate", 20, "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        X509_CLASS_UNKNOWN_CA },
    { 21, "unable to verify the first certificate", 21, "X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        X509_CLASS_UNKNOWN_CA },
    { 27, "certificate not trusted", 27, "X509_V_ERR_CERT_UNTRUSTED", X509_CLASS_UNKNOWN_CA },
    { 23, "certificate revoked", 23, "X509_V_ERR_CERT_REVOKED", X509_CLASS_REVOKED },
    { 12, "CRL has expired", 12, "X509_V_ERR_CRL_HAS_EXPIRED", X509_CLASS_REVOKED },
    { 33, "unable to get CRL issuer certificate", 33, "X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER", X509_CLASS_REVOKED },
    { 68, "CA signature digest algorithm too weak", 68, "X509_V_ERR_CA_MD_TOO_WEAK", X509_CLASS_WEAK },
    { 67, "CA certificate key too weak", 67, "X509_V_ERR_CA_KEY_TOO_SMALL", X509_CLASS_WEAK },
    /* both spellings of two releases; the shorter text is the whole of one and the beginning of the other */
    { 18, "self signed certificate", 18, "X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT", X509_CLASS_UNKNOWN_CA },
    { 18, "self-signed certificate", 18, "X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT", X509_CLASS_UNKNOWN_CA },
    { 19, "self signed certificate in certificate chain", 19, "X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN",
        X509_CLASS_UNKNOWN_CA },
    { -1, "self-signed certificate in certificate chain", 19, "X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN",
        X509_CLASS_UNKNOWN_CA },
    { 26, "unsupported certificate purpose", 26, "X509_V_ERR_INVALID_PURPOSE", X509_CLASS_OTHER },
    { 26, "unsuitable certificate purpose", 26, "X509_V_ERR_INVALID_PURPOSE", X509_CLASS_OTHER },
    /* numbers that moved: the text is right */
    { 24, "invalid CA certificate", 79, "X509_V_ERR_INVALID_CA", X509_CLASS_OTHER },
    { 24, "issuer certificate doesn't have a public key", 24, "X509_V_ERR_NO_ISSUER_PUBLIC_KEY", X509_CLASS_OTHER },
    { 79, "invalid CA certificate", 79, "X509_V_ERR_INVALID_CA", X509_CLASS_OTHER },
    { 65, "Invalid certificate verification context", 69, "X509_V_ERR_INVALID_CALL", X509_CLASS_OTHER },
    { 66, "Issuer certificate lookup error", 70, "X509_V_ERR_STORE_LOOKUP", X509_CLASS_OTHER },
    { 67, "proxy subject name violation", 72, "X509_V_ERR_PROXY_SUBJECT_NAME_VIOLATION", X509_CLASS_OTHER },
    { 66, "EE certificate key too weak", 66, "X509_V_ERR_EE_KEY_TOO_SMALL", X509_CLASS_WEAK },
    /* cut texts: one beginning that is long enough and belongs to one only */
    { -1, "certificate has exp", 10, "X509_V_ERR_CERT_HAS_EXPIRED", X509_CLASS_EXPIRED },
    { -1, "certificate ", -1, "X509_V_ERR_UNKNOWN", X509_CLASS_OTHER },
    { -1, "unable to get", -1, "X509_V_ERR_UNKNOWN", X509_CLASS_OTHER },
    { 20, "unable to get", 20, "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY", X509_CLASS_UNKNOWN_CA },
    { -1, "CRL has exp", -1, "X509_V_ERR_UNKNOWN", X509_CLASS_OTHER }, /* eleven bytes */
    { -1, "self-signed cert", -1, "X509_V_ERR_UNKNOWN", X509_CLASS_OTHER },
    { -1, "self signed certificate in", 19, "X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN", X509_CLASS_UNKNOWN_CA },
    /* what nobody knows */
    { 10, "das Zertifikat ist abgelaufen", 10, "X509_V_ERR_CERT_HAS_EXPIRED", X509_CLASS_EXPIRED },
    { -1, "words of a coming release", -1, "X509_V_ERR_UNKNOWN", X509_CLASS_OTHER },
    { 97, "words of a coming release", 97, "X509_V_ERR_UNKNOWN", X509_CLASS_OTHER },
    { 9999, "", 9999, "X509_V_ERR_UNKNOWN", X509_CLASS_OTHER },
    { -1, "", -1, "X509_V_ERR_UNKNOWN", X509_CLASS_OTHER },
    { 95, "", 95, "X509_V_ERR_UNKNOWN", X509_CLASS_OTHER },
    { 94, "", 94, "X509_V_ERR_EC_KEY_EXPLICIT_PARAMS", X509_CLASS_OTHER },
};

static void number_and_text_are_read_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct x509_code c = x509_code_read(rows[i].printed, slice_of(rows[i].text));
        if (c.number != rows[i].number)
            print_message("# %d %s\n", rows[i].printed, rows[i].text);
        assert_int_equal(c.number, rows[i].number);
        assert_string_equal(c.name, rows[i].name);
        assert_int_equal(c.class, rows[i].class);
    }
}

/* Each of OpenSSL 3's texts, whole, is its own number's, whatever number stands beside it. */
static void every_text_is_its_own(void **state)
{
    (void)state;
    for (int i = 0; i <= 94; i++) {
        struct x509_code c = x509_code_read(i, SLICE(""));
        assert_int_equal(c.number, i);
        assert_int_equal(x509_code_read(-1, slice_of(c.text)).number, i);
        assert_int_equal(x509_code_read(94 - i, slice_of(c.text)).number, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_and_text_are_read_together),
        cmocka_unit_test(every_text_is_its_own),
    };
    return cmocka_run_group_tests_name("x509code", tests, NULL, NULL);
}
