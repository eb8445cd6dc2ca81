/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/diagnosis/pem.h"
#include "base/caps.h"
#include "base/mem.h"
#include "tests/unit/certmaker.h"

#include <stdlib.h>

#define UUID "8d1a7f4a-e5a5-11ed-a56c-0988856d1c7e"
#define DAY 86400LL
#define BEGIN 1412511416 /* 2014-10-05T12:16:56Z */
#define END (BEGIN + 3650 * DAY)

static const struct maker_dn ca_dn = { "InternalCA", UUID, NULL, 0, 0, false };
static struct maker_key *rsa, *ec;
static struct bytes ca;
static struct certs *table;
static struct pem got;

static int begin(void **state)
{
    (void)state;
    rsa = maker_key("RSA", 2048);
    ec = maker_key("EC", 0);
    ca = maker_certificate(
        &(struct maker_recipe){ .subject = ca_dn, .key = rsa, .not_before = BEGIN, .not_after = END, .version = 1 });
    return 0;
}

static int end(void **state)
{
    (void)state;
    maker_key_free(rsa);
    maker_key_free(ec);
    maker_free(ca);
    return 0;
}

static int fresh(void **state)
{
    (void)state;
    table = certs_new();
    return 0;
}

static int stale(void **state)
{
    (void)state;
    certs_free(table);
    return 0;
}

static struct slice text_of(struct bytes b)
{
    return (struct slice){ (const char *)b.p, b.n };
}

static void read_text(const char *before, const char *text, const char *after)
{
    struct buf b = { 0 };
    buf_puts(&b, before);
    buf_puts(&b, text);
    buf_puts(&b, after);
    pem_read(table, buf_as_slice(&b), &got);
    buf_clear(&b);
}

static char *ca_pem(void)
{
    struct buf b = { 0 };
    maker_pem(&b, "CERTIFICATE", ca);
    return buf_take(&b);
}

static char *with_crlf(const char *text)
{
    struct buf b = { 0 };
    for (; *text; text++)
        buf_puts(&b, *text == '\n' ? "\r\n" : (char[]){ *text, 0 });
    return buf_take(&b);
}

static void a_certificate_in_every_dress(void **state)
{
    (void)state;
    char *pem = ca_pem(), *crlf = with_crlf(pem);
    static const char *const before[] = { "", "\xef\xbb\xbf", "Certificate:\n    Data:\n        Version: 1 (0x0)\n",
        "Bag Attributes: x\n\n", "\r\n\r\n" };
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        for (int k = 0; k < 2; k++) {
            read_text(before[i], k ? crlf : pem, "trailing words\n");
            assert_int_equal(got.fault, PEM_FINE);
            assert_int_equal(got.certificates, 1);
            assert_int_equal(got.certificate, 0);
        }
    pem_read(table, text_of(ca), &got);
    assert_int_equal(got.fault, PEM_FINE);
    assert_int_equal(got.certificates, 1);
    assert_int_equal(certs_count(table), 1); /* all of them one */
    assert_int_equal(certs_get(table, 0)->not_after, END);
    assert_true(certs_get(table, 0)->self_signed);
    free(pem);
    free(crlf);
}

static void several_in_one_file_and_a_cap(void **state)
{
    (void)state;
    struct buf b = { 0 };
    char *pem = ca_pem();
    for (size_t i = 0; i < 10000; i++)
        buf_puts(&b, pem);
    pem_read(table, buf_as_slice(&b), &got);
    assert_int_equal(got.certificates, CAP_PEM_BLOCKS);
    assert_true(got.over);
    assert_int_equal(certs_count(table), 1);
    buf_reset(&b);
    buf_puts(&b, pem);
    buf_puts(&b, "-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n");
    buf_puts(&b, pem);
    pem_read(table, buf_as_slice(&b), &got);
    assert_int_equal(got.certificates, 2);
    assert_int_equal(got.others, 1);
    assert_int_equal(got.fault, PEM_FINE);
    buf_clear(&b);
    free(pem);
}

static void a_key_is_the_hash_of_its_public_half(void **state)
{
    (void)state;
    struct maker_key *const keys[] = { rsa, ec };
    for (size_t k = 0; k < 2; k++) {
        struct bytes der = maker_certificate(
            &(struct maker_recipe){ .subject = ca_dn, .key = keys[k], .not_before = BEGIN, .not_after = END });
        const struct cert *c = certs_get(table, certs_add(table, der));
        static const enum maker_form forms[] = { MAKER_PKCS8, MAKER_TRADITIONAL, MAKER_KEY_DER };
        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
            struct bytes key = maker_private(keys[k], forms[i]);
            pem_read(table, text_of(key), &got);
            assert_int_equal(got.fault, PEM_FINE);
            assert_int_equal(got.keys, 1);
            assert_true(got.key);
            assert_memory_equal(got.spki_sha256, c->spki_sha256, CERT_HASH);
            assert_true(pem_looks(text_of(key)));
            maker_free(key);
        }
        maker_free(der);
    }
    assert_int_equal(certs_count(table), 2); /* keys are in no table */
}

/* Of every size, and cut at every byte: the hash is OpenSSL's, or there is none. */
static void rsa_keys_of_all_sizes_and_cut(void **state)
{
    (void)state;
    static const unsigned bits[] = { 512, 1000, 1024, 2048, 4096 };
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        struct maker_key *k = maker_key("RSA", bits[i]);
        struct bytes key = maker_private(k, MAKER_KEY_DER);
        struct bytes der = maker_certificate(&(struct maker_recipe){
            .subject = ca_dn, .key = k, .issuer_key = rsa, .not_before = BEGIN, .not_after = END });
        pem_read(table, text_of(key), &got);
        assert_true(got.key);
        assert_memory_equal(got.spki_sha256, certs_get(table, certs_add(table, der))->spki_sha256, CERT_HASH);
        for (size_t n = 1; n < key.n && bits[i] == 1024; n++) {
            char *cut = mem_alloc(n + 1); /* of just that size, so that a read behind it is seen */
            memcpy(cut, key.p, n);
            struct buf b = { 0 };
            maker_pem(&b, "RSA PRIVATE KEY", (struct bytes){ (uint8_t *)cut, n });
            pem_read(table, buf_as_slice(&b), &got);
            assert_false(got.key);
            buf_clear(&b);
            free(cut);
        }
        maker_free(key);
        maker_free(der);
        maker_key_free(k);
    }
}

static void an_encrypted_key_is_said_and_no_password_asked_for(void **state)
{
    (void)state;
    static const enum maker_form forms[] = { MAKER_PKCS8_SEALED, MAKER_TRADITIONAL_SEALED };
    for (size_t i = 0; i < 2; i++) {
        struct bytes key = maker_private(rsa, forms[i]);
        pem_read(table, text_of(key), &got);
        assert_int_equal(got.fault, PEM_ENCRYPTED);
        assert_int_equal(got.keys, 1);
        assert_false(got.key);
        maker_free(key);
    }
}

static void dates_of_a_revocation_list(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        struct bytes crl = maker_crl(&ca_dn, rsa, BEGIN, k ? BEGIN + 30 * DAY : 0);
        struct buf b = { 0 };
        maker_pem(&b, "X509 CRL", crl);
        for (int der = 0; der < 2; der++) {
            pem_read(table, der ? text_of(crl) : buf_as_slice(&b), &got);
            assert_int_equal(got.fault, PEM_FINE);
            assert_true(got.crl);
            assert_int_equal(got.crl_made, BEGIN);
            assert_int_equal(got.crl_next, k ? BEGIN + 30 * DAY : 0);
        }
        buf_clear(&b);
        maker_free(crl);
    }
}

static void what_is_damaged(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum pem_fault fault;
    } cases[] = {
        { "", PEM_NOTHING },
        { "\n", PEM_NOTHING },
        { "certificate", PEM_NOTHING },
        { "-----BEGIN CERTIFICATE-----\n", PEM_CUT },
        { "-----BEGIN CERTIFICATE-----\nMIIB\n", PEM_CUT },
        { "-----BEGIN CERTIFICATE-----\nMIIB\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
            PEM_CUT },
        { "-----BEGIN CERTIFICATE-----\nM!IB\n-----END CERTIFICATE-----\n", PEM_ENCODING },
        { "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n", PEM_ENCODING },
        { "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", PEM_ENCODING },
        { "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", PEM_CONTENT },
        { "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n", PEM_CONTENT },
        { "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n", PEM_CONTENT },
        { "-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n", PEM_NOTHING },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        read_text("", cases[i].text, "");
        assert_int_equal(got.fault, cases[i].fault);
        assert_false(got.key);
    }
    for (size_t n = 0; n < ca.n; n++) { /* DER that is cut anywhere */
        pem_read(table, (struct slice){ (const char *)ca.p, n }, &got);
        assert_int_equal(got.fault, PEM_NOTHING);
    }
}

static void looks(void **state)
{
    (void)state;
    char *pem = ca_pem();
    assert_true(pem_looks(slice_of(pem)));
    assert_true(pem_looks(text_of(ca)));
    assert_false(pem_looks(SLICE("")));
    assert_false(pem_looks(SLICE("0")));
    assert_false(pem_looks(SLICE("0\x82")));
    assert_false(pem_looks(SLICE("0x0 is how this text begins\n")));
    assert_false(pem_looks(SLICE("-----BEGIN SSH2 PUBLIC KEY-----\n")));
    assert_false(pem_looks(SLICE("Sep 20 04:10:47 ftd SF-IMS[1]: [1] sftunneld:sf_ssl [INFO] x\n")));
    free(pem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_certificate_in_every_dress, fresh, stale),
        cmocka_unit_test_setup_teardown(several_in_one_file_and_a_cap, fresh, stale),
        cmocka_unit_test_setup_teardown(a_key_is_the_hash_of_its_public_half, fresh, stale),
        cmocka_unit_test_setup_teardown(rsa_keys_of_all_sizes_and_cut, fresh, stale),
        cmocka_unit_test_setup_teardown(an_encrypted_key_is_said_and_no_password_asked_for, fresh, stale),
        cmocka_unit_test_setup_teardown(dates_of_a_revocation_list, fresh, stale),
        cmocka_unit_test_setup_teardown(what_is_damaged, fresh, stale),
        cmocka_unit_test_setup_teardown(looks, fresh, stale),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
