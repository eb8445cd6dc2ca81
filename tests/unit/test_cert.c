/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/diagnosis/cert.h"
#include "base/caps.h"
#include "base/mem.h"
#include "tests/unit/certmaker.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#define UUID "8d1a7f4a-e5a5-11ed-a56c-0988856d1c7e"
#define DAY 86400
#define BEGIN 1412511416 /* 2014-10-05T12:16:56Z */
#define END (BEGIN + 3650LL * DAY)

static const struct maker_dn ca_dn = { "InternalCA", UUID, NULL, 0, 0, false };
static const struct maker_dn leaf_dn = { "sftunnel", "d2d0bd3c-1111-11ed-a56c-0988856d1c7e", NULL, 0, 0, false };
static struct maker_key *rsa, *rsa2, *small, *ec;

static int keys_make(void **state)
{
    (void)state;
    rsa = maker_key("RSA", 2048);
    rsa2 = maker_key("RSA", 2048);
    small = maker_key("RSA", 1024);
    ec = maker_key("EC", 0);
    return 0;
}

static int keys_free(void **state)
{
    (void)state;
    struct maker_key *all[] = { rsa, rsa2, small, ec };
    for (size_t i = 0; i < 4; i++)
        maker_key_free(all[i]);
    return 0;
}

/* The number of a certificate that is made and forgotten. */
static uint32_t made(struct certs *t, const struct maker_recipe *r)
{
    struct bytes der = maker_certificate(r);
    uint32_t id = certs_add(t, der);
    maker_free(der);
    return id;
}

static struct maker_recipe v1_ca(void)
{
    return (struct maker_recipe){ .subject = ca_dn, .key = rsa, .not_before = BEGIN, .not_after = END, .version = 1 };
}

static void an_internal_ca_of_version_1_with_serial_0(void **state)
{
    (void)state;
    struct certs *t = certs_new();
    struct maker_recipe r = v1_ca();
    const struct cert *c = certs_get(t, made(t, &r));
    assert_string_equal(
        c->subject, "title=InternalCA, OU=Intrusion Management System, CN=" UUID ", O=Cisco Systems\\, Inc");
    assert_string_equal(c->issuer, c->subject);
    assert_string_equal(c->serial, "00");
    assert_string_equal(c->signature, "sha256WithRSAEncryption");
    assert_string_equal(c->key, "RSA 2048");
    assert_string_equal(c->ca_uuid, UUID);
    assert_int_equal(c->version, 1);
    assert_int_equal(c->key_bits, 2048);
    assert_int_equal(c->not_before, BEGIN);
    assert_int_equal(c->not_after, END);
    assert_true(c->internal_ca && c->self_issued && c->self_signed && !c->weak_digest && !c->weak_key);
    certs_free(t);
}

static void a_leaf_names_the_fmc_of_its_ca(void **state)
{
    (void)state;
    struct certs *t = certs_new();
    struct maker_recipe r = { .subject = leaf_dn,
        .issuer = ca_dn,
        .key = ec,
        .issuer_key = rsa,
        .serial = 419,
        .not_before = BEGIN,
        .not_after = END };
    const struct cert *c = certs_get(t, made(t, &r));
    assert_string_equal(c->serial, "01A3");
    assert_string_equal(c->key, "EC prime256v1");
    assert_string_equal(c->ca_uuid, UUID);
    assert_int_equal(c->version, 3);
    assert_true(!c->internal_ca && !c->self_issued && !c->self_signed);
    certs_free(t);
}

static void what_is_weak(void **state)
{
    (void)state;
    struct {
        struct maker_key *key, *issuer;
        const char *digest;
        bool self, weak_key, weak_digest;
        const char *text;
    } const cases[] = {
        { rsa, rsa2, "SHA256", false, false, false, "sha256WithRSAEncryption" },
        { rsa, rsa2, "SHA1", false, false, true, "sha1WithRSAEncryption" },
        { rsa, rsa2, "MD5", false, false, true, "md5WithRSAEncryption" },
        { rsa, NULL, "SHA1", true, false, false, "sha1WithRSAEncryption" }, /* nobody looks at a root's own */
        { small, rsa2, "SHA256", false, true, false, "sha256WithRSAEncryption" },
        { ec, rsa2, "SHA384", false, false, false, "sha384WithRSAEncryption" },
        { rsa, ec, "SHA1", false, false, true, "ecdsa-with-SHA1" },
    };
    struct certs *t = certs_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct maker_recipe r = { .subject = leaf_dn,
            .issuer = cases[i].self ? leaf_dn : ca_dn,
            .key = cases[i].key,
            .issuer_key = cases[i].issuer,
            .digest = cases[i].digest,
            .not_before = BEGIN,
            .not_after = END };
        const struct cert *c = certs_get(t, made(t, &r));
        assert_string_equal(c->signature, cases[i].text);
        assert_int_equal(c->weak_key, cases[i].weak_key);
        assert_int_equal(c->weak_digest, cases[i].weak_digest);
        assert_int_equal(c->self_signed, cases[i].self);
    }
    certs_free(t);
}

static void equal_ones_are_one_and_the_key_tells_generations_apart(void **state)
{
    (void)state;
    struct certs *t = certs_new();
    struct maker_recipe old_ca = v1_ca(), new_ca = v1_ca();
    new_ca.key = rsa2; /* generate_certs.pl: same DN, serial 0, another key */
    struct maker_recipe leaf = { .subject = leaf_dn,
        .issuer = ca_dn,
        .key = ec,
        .issuer_key = rsa,
        .serial = 1,
        .not_before = BEGIN,
        .not_after = END };
    uint32_t o = made(t, &old_ca), n = made(t, &new_ca), l = made(t, &leaf);
    assert_int_equal(made(t, &old_ca), o);
    assert_int_equal(certs_count(t), 3);
    assert_int_not_equal(o, n);
    assert_int_equal(certs_get(t, o)->subject_name, certs_get(t, n)->subject_name);
    assert_int_equal(certs_get(t, l)->issuer_name, certs_get(t, n)->subject_name);
    assert_memory_not_equal(certs_get(t, o)->spki_sha256, certs_get(t, n)->spki_sha256, CERT_HASH);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(certs_signed_by(t, l, o), CERT_SIGNED);
        assert_int_equal(certs_signed_by(t, l, n), CERT_NOT_SIGNED);
        assert_int_equal(certs_signed_by(t, o, l), CERT_NOT_SIGNED); /* another kind of key */
    }
    certs_free(t);
}

static void a_digest_that_is_not_available_is_not_a_wrong_signature(void **state)
{
    (void)state;
    struct certs *t = certs_new();
    struct maker_recipe r = v1_ca();
    struct bytes der = maker_certificate(&r);
    /* sha256WithRSAEncryption 1.2.840.113549.1.1.11 becomes md2WithRSAEncryption 1.2.840.113549.1.1.2, twice */
    static const uint8_t oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b };
    uint8_t *p = (uint8_t *)(uintptr_t)der.p;
    size_t changed = 0;
    for (size_t i = 0; i + sizeof oid <= der.n; i++)
        if (memcmp(p + i, oid, sizeof oid) == 0) {
            p[i + sizeof oid - 1] = 0x02;
            changed++;
        }
    assert_int_equal(changed, 2);
    uint32_t id = certs_add(t, der);
    assert_int_equal(certs_signed_by(t, id, id), CERT_SIGNATURE_UNKNOWN);
    assert_true(certs_get(t, id)->weak_digest);
    assert_false(certs_get(t, id)->self_signed);
    maker_free(der);
    certs_free(t);
}

static void dates(void **state)
{
    (void)state;
    static const struct {
        int64_t not_before, not_after;
        const char *raw;
        int64_t expected;
    } cases[] = {
        { -86400 * 365, 0, NULL, 0 },                /* UTCTime before 1970 */
        { 0, 2556143999, NULL, 2556143999 },         /* 2050-12-31T23:59:59Z: GeneralizedTime */
        { 0, 253402300799, NULL, 253402300799 },     /* 9999-12-31T23:59:59Z */
        { 0, DAY, "491231235959Z", 2524607999 },     /* 2049 */
        { 0, DAY, "500101000000Z", -631152000 },     /* 1950 */
        { 0, DAY, "241332000000Z", CERT_TIME_NONE }, /* month 13 */
        { 0, DAY, "240230000000Z", CERT_TIME_NONE }, /* 30 February */
        { 0, DAY, "24021000000", CERT_TIME_NONE },   /* cut */
        { 0, DAY, "", CERT_TIME_NONE },              /* nothing */
        { 0, DAY, "240210000000+0130", 1707517800 }, /* an offset, which RFC 5280 forbids */
    };
    struct certs *t = certs_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct maker_recipe r = { .subject = ca_dn,
            .key = ec,
            .not_before = cases[i].not_before,
            .not_after = cases[i].not_after,
            .raw_not_after = cases[i].raw };
        uint32_t id = made(t, &r);
        assert_int_not_equal(id, CERT_NONE);
        assert_int_equal(certs_get(t, id)->not_before, cases[i].not_before);
        assert_int_equal(certs_get(t, id)->not_after, cases[i].expected);
    }
    certs_free(t);
}

static void names_as_text(void **state)
{
    (void)state;
    static const struct {
        struct maker_dn dn;
        const char *text;
    } cases[] = {
        { { NULL, "a\0b\nc", "x", 5, 0, false }, "OU=Intrusion Management System, CN=a\\00b\\0Ac, O=x" },
        { { NULL, "caf\xc3\xa9", "x", 0, 0, true }, "CN=caf\xc3\xa9, OU=Intrusion Management System, O=x" },
        { { NULL, "caf\xe9", "x", 0, V_ASN1_T61STRING, true }, "CN=caf\xc3\xa9, OU=Intrusion Management System, O=x" },
        { { "InternalCA", "u", "x", 0, 0, true }, "title=InternalCA, CN=u, OU=Intrusion Management System, O=x" },
        { { NULL, "a,b+\"c\"\\;", "x", 0, 0, true },
            "CN=a\\,b\\+\\\"c\\\"\\\\\\;, OU=Intrusion Management System, O=x" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes der = maker_name(&cases[i].dn);
        struct buf b = { 0 };
        cert_print_dn(&b, der);
        assert_string_equal(b.p, cases[i].text);
        buf_reset(&b);
        cert_print_dn(&b, (struct bytes){ der.p, der.n - 1 });
        assert_string_equal(b.p, "(unreadable name)");
        buf_clear(&b);
        maker_free(der);
    }
}

static void a_name_of_any_length_is_cut_between_characters(void **state)
{
    (void)state;
    char cn[4000];
    for (size_t i = 0; i < sizeof cn; i += 2)
        memcpy(cn + i, "\xc3\xa9", 2);
    unsigned char *out = NULL;
    X509_NAME *name = X509_NAME_new();
    ASN1_STRING *value = ASN1_STRING_type_new(V_ASN1_UTF8STRING); /* past the limits of X509_NAME_add_entry_by_txt */
    ASN1_STRING_set(value, cn, sizeof cn);
    X509_NAME_add_entry_by_NID(name, NID_organizationName, V_ASN1_UTF8STRING, (const unsigned char *)"x", 1, -1, 0);
    X509_NAME_ENTRY_set_data(X509_NAME_get_entry(name, 0), V_ASN1_UTF8STRING, (unsigned char *)cn, sizeof cn);
    int n = i2d_X509_NAME(name, &out);
    struct buf b = { 0 };
    cert_print_dn(&b, (struct bytes){ out, (size_t)n });
    assert_in_range(b.n, CAP_DN_BYTES, CAP_DN_BYTES + 3);
    for (size_t at = 0; at < b.n;) {
        size_t length = utf8_length((struct slice){ b.p + at, b.n - at });
        assert_true(length > 0);
        at += length;
    }
    buf_clear(&b);
    OPENSSL_free(out);
    ASN1_STRING_free(value);
    X509_NAME_free(name);
}

/* The same answer as OpenSSL's own comparison, for each pair. */
static void names_are_equal_as_openssl_has_it(void **state)
{
    (void)state;
    static const struct maker_dn dns[] = {
        { "InternalCA", UUID, NULL, 0, 0, false },
        { "InternalCA", UUID, "Sourcefire, Inc.", 0, 0, false },
        { "InternalCA", UUID, NULL, 0, 0, true },
        { "INTERNALCA", UUID, "cisco  systems,   INC", 0, 0, false },
        { "InternalCA", " " UUID "  ", NULL, 0, 0, false },
        { "InternalCA", UUID, NULL, 0, V_ASN1_PRINTABLESTRING, false },
        { "InternalCA", UUID " ", "\tCisco Systems, Inc", 0, V_ASN1_IA5STRING, false },
        { "InternalCA", "a\0b", NULL, 3, 0, false },
        { "InternalCA", "a\0c", NULL, 3, 0, false },
        { "InternalCA", "  ", NULL, 0, 0, false },
        { "sftunnel", UUID, NULL, 0, 0, false },
        { NULL, UUID, NULL, 0, 0, false },
    };
    enum { N = sizeof dns / sizeof *dns };
    struct certs *t = certs_new();
    struct bytes der[N];
    X509_NAME *name[N];
    for (size_t i = 0; i < N; i++) {
        der[i] = maker_name(&dns[i]);
        const unsigned char *p = der[i].p;
        name[i] = d2i_X509_NAME(NULL, &p, (long)der[i].n);
        assert_non_null(name[i]);
    }
    size_t equal = 0;
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++) {
            bool same = certs_name(t, der[i]) == certs_name(t, der[k]);
            assert_int_equal(same, X509_NAME_cmp(name[i], name[k]) == 0);
            equal += same;
        }
    assert_true(equal > N && equal < N * N);
    for (size_t i = 0; i < N; i++) {
        X509_NAME_free(name[i]);
        maker_free(der[i]);
    }
    assert_int_equal(certs_name(t, (struct bytes){ (const uint8_t *)"\x30\x05", 2 }), CERT_NAME_NONE);
    certs_free(t);
}

static void what_is_no_certificate(void **state)
{
    (void)state;
    struct certs *t = certs_new();
    struct maker_recipe r = v1_ca();
    struct bytes der = maker_certificate(&r);
    uint8_t *longer = mem_zalloc(der.n + 1, 1);
    memcpy(longer, der.p, der.n);
    struct bytes trailing = { longer, der.n + 1 };
    assert_int_equal(certs_add(t, trailing), 0);
    assert_int_equal(certs_add(t, trailing), 0);
    assert_int_equal(certs_add(t, (struct bytes){ der.p, 0 }), CERT_NONE);
    for (size_t n = 1; n < der.n; n++) {
        uint32_t id = certs_add(t, (struct bytes){ der.p, n });
        assert_int_equal(id, n);
        assert_true(certs_get(t, id)->unreadable);
        assert_string_equal(certs_get(t, id)->subject, "");
        assert_int_equal(certs_signed_by(t, id, id), CERT_SIGNATURE_UNKNOWN);
    }
    assert_true(certs_get(t, 0)->unreadable);
    assert_memory_equal(certs_get(t, 0)->der.p, longer, der.n + 1);
    assert_int_equal(certs_over_cap(t), 0);
    uint32_t whole = certs_add(t, der);
    assert_int_equal(whole, der.n);
    assert_false(certs_get(t, whole)->unreadable);
    assert_int_equal(certs_signed_by(t, whole, 1), CERT_SIGNATURE_UNKNOWN);
    assert_int_equal(ERR_peek_error(), 0);
    free(longer);
    longer = mem_zalloc(CAP_CERTIFICATE_BYTES + 1, 1);
    assert_int_equal(certs_add(t, (struct bytes){ longer, CAP_CERTIFICATE_BYTES + 1 }), CERT_NONE);
    assert_int_equal(certs_over_cap(t), 1);
    free(longer);
    maker_free(der);
    certs_free(t);
}

static void pem_and_fingerprint(void **state)
{
    (void)state;
    struct maker_recipe r = v1_ca();
    struct bytes der = maker_certificate(&r);
    struct certs *t = certs_new();
    const struct cert *c = certs_get(t, certs_add(t, der));
    struct buf b = { 0 };
    cert_print_pem(&b, c->der);
    BIO *in = BIO_new_mem_buf(b.p, (int)b.n);
    unsigned char *bytes = NULL;
    char *name = NULL, *header = NULL;
    long n = 0;
    assert_int_equal(PEM_read_bio(in, &name, &header, &bytes, &n), 1);
    assert_string_equal(name, "CERTIFICATE");
    assert_int_equal(n, der.n);
    assert_memory_equal(bytes, der.p, der.n);
    for (const char *line = b.p; *line; line = strchr(line, '\n') + 1)
        assert_true(strcspn(line, "\n") <= 64);
    buf_reset(&b);
    cert_print_hash(&b, c->sha256);
    unsigned char digest[CERT_HASH];
    char hex[2 * CERT_HASH + 1];
    EVP_Digest(der.p, der.n, digest, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i < CERT_HASH; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(b.p, hex);
    OPENSSL_free(bytes);
    OPENSSL_free(name);
    OPENSSL_free(header);
    BIO_free(in);
    buf_clear(&b);
    maker_free(der);
    certs_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_internal_ca_of_version_1_with_serial_0),
        cmocka_unit_test(a_leaf_names_the_fmc_of_its_ca),
        cmocka_unit_test(what_is_weak),
        cmocka_unit_test(equal_ones_are_one_and_the_key_tells_generations_apart),
        cmocka_unit_test(a_digest_that_is_not_available_is_not_a_wrong_signature),
        cmocka_unit_test(dates),
        cmocka_unit_test(names_as_text),
        cmocka_unit_test(a_name_of_any_length_is_cut_between_characters),
        cmocka_unit_test(names_are_equal_as_openssl_has_it),
        cmocka_unit_test(what_is_no_certificate),
        cmocka_unit_test(pem_and_fingerprint),
    };
    return cmocka_run_group_tests(tests, keys_make, keys_free);
}
