/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/certmaker.h"

#include "base/mem.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct maker_key {
    EVP_PKEY *pkey;
};

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "certmaker: %s failed\n", what);
    abort();
}

struct maker_key *maker_key(const char *type, unsigned bits)
{
    struct maker_key *k = mem_zalloc(1, sizeof *k);
    if (strcmp(type, "RSA") == 0)
        k->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
    else if (strcmp(type, "EC") == 0)
        k->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    else
        k->pkey = EVP_PKEY_Q_keygen(NULL, NULL, type);
    must(k->pkey != NULL, "key");
    return k;
}

void maker_key_free(struct maker_key *k)
{
    if (k)
        EVP_PKEY_free(k->pkey);
    free(k);
}

static void add(X509_NAME *n, const char *field, int type, const char *text, size_t bytes)
{
    must(X509_NAME_add_entry_by_txt(n, field, type, (const unsigned char *)text, (int)bytes, -1, 0) == 1, field);
}

static X509_NAME *name_of(const struct maker_dn *dn)
{
    X509_NAME *n = X509_NAME_new();
    int type = dn->cn_type ? dn->cn_type : V_ASN1_UTF8STRING;
    size_t bytes = dn->cn_bytes ? dn->cn_bytes : strlen(dn->cn);
    static const char unit[] = "Intrusion Management System";
    const char *o = dn->o ? dn->o : "Cisco Systems, Inc";
    if (dn->title)
        add(n, "title", V_ASN1_UTF8STRING, dn->title, strlen(dn->title));
    if (dn->other_order)
        add(n, "CN", type, dn->cn, bytes);
    add(n, "OU", V_ASN1_UTF8STRING, unit, strlen(unit));
    if (!dn->other_order)
        add(n, "CN", type, dn->cn, bytes);
    add(n, "O", V_ASN1_UTF8STRING, o, strlen(o));
    return n;
}

static void set_dates(X509 *x, const struct maker_recipe *r)
{
    must(ASN1_TIME_set(X509_getm_notBefore(x), (time_t)r->not_before) != NULL, "notBefore");
    must(ASN1_TIME_set(X509_getm_notAfter(x), (time_t)r->not_after) != NULL, "notAfter");
    if (r->raw_not_after)
        must(ASN1_STRING_set(X509_getm_notAfter(x), r->raw_not_after, -1) == 1, "raw notAfter");
}

struct bytes maker_certificate(const struct maker_recipe *r)
{
    X509 *x = X509_new();
    X509_NAME *subject = name_of(&r->subject), *issuer = name_of(r->issuer.cn ? &r->issuer : &r->subject);
    must(X509_set_version(x, r->version == 1 ? 0 : 2) == 1, "version");
    must(ASN1_INTEGER_set(X509_get_serialNumber(x), r->serial) == 1, "serial");
    must(X509_set_subject_name(x, subject) == 1 && X509_set_issuer_name(x, issuer) == 1, "names");
    set_dates(x, r);
    must(X509_set_pubkey(x, r->key->pkey) == 1, "key");
    const struct maker_key *by = r->issuer_key ? r->issuer_key : r->key;
    bool own_digest = EVP_PKEY_is_a(by->pkey, "ED25519");
    must(X509_sign(x, by->pkey, own_digest ? NULL : EVP_get_digestbyname(r->digest ? r->digest : "SHA256")) > 0,
        "signature");
    unsigned char *der = NULL;
    int n = i2d_X509(x, &der);
    must(n > 0, "DER");
    struct bytes out = { memcpy(mem_alloc((size_t)n), der, (size_t)n), (size_t)n };
    OPENSSL_free(der);
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
    X509_free(x);
    return out;
}

static void revoke(X509_CRL *crl, long serial, const ASN1_TIME *when)
{
    X509_REVOKED *r = X509_REVOKED_new();
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    must(ASN1_INTEGER_set(number, serial) == 1 && X509_REVOKED_set_serialNumber(r, number) == 1, "serial");
    must(X509_REVOKED_set_revocationDate(r, (ASN1_TIME *)(uintptr_t)when) == 1, "date");
    must(X509_CRL_add0_revoked(crl, r) == 1, "entry"); /* transferred */
    ASN1_INTEGER_free(number);
}

struct bytes maker_crl(const struct maker_dn *issuer, const struct maker_key *key, int64_t made, int64_t next)
{
    return maker_crl_with(issuer, key, made, next, -1);
}

struct bytes maker_crl_with(
    const struct maker_dn *issuer, const struct maker_key *key, int64_t made, int64_t next, long revoked)
{
    X509_CRL *crl = X509_CRL_new();
    X509_NAME *name = name_of(issuer);
    ASN1_TIME *t = ASN1_TIME_set(NULL, (time_t)made);
    must(X509_CRL_set_version(crl, 1) == 1 && X509_CRL_set_issuer_name(crl, name) == 1, "list");
    must(X509_CRL_set1_lastUpdate(crl, t) == 1, "lastUpdate");
    if (revoked >= 0)
        revoke(crl, revoked, t);
    if (next)
        must(ASN1_TIME_set(t, (time_t)next) != NULL && X509_CRL_set1_nextUpdate(crl, t) == 1, "nextUpdate");
    must(X509_CRL_sign(crl, key->pkey, EVP_sha256()) > 0, "signature of the list");
    unsigned char *der = NULL;
    int n = i2d_X509_CRL(crl, &der);
    must(n > 0, "DER of the list");
    struct bytes out = { memcpy(mem_alloc((size_t)n), der, (size_t)n), (size_t)n };
    OPENSSL_free(der);
    ASN1_TIME_free(t);
    X509_NAME_free(name);
    X509_CRL_free(crl);
    return out;
}

struct bytes maker_private(const struct maker_key *k, enum maker_form form)
{
    static unsigned char word[] = "x";
    BIO *b = BIO_new(BIO_s_mem());
    const EVP_CIPHER *aes = EVP_aes_128_cbc();
    char *p;
    int ok = 0;
    switch (form) {
    case MAKER_PKCS8: ok = PEM_write_bio_PKCS8PrivateKey(b, k->pkey, NULL, NULL, 0, NULL, NULL); break;
    case MAKER_TRADITIONAL: ok = PEM_write_bio_PrivateKey_traditional(b, k->pkey, NULL, NULL, 0, NULL, NULL); break;
    case MAKER_PKCS8_SEALED:
        ok = PEM_write_bio_PKCS8PrivateKey(b, k->pkey, aes, (const char *)word, 1, NULL, NULL);
        break;
    case MAKER_TRADITIONAL_SEALED:
        ok = PEM_write_bio_PrivateKey_traditional(b, k->pkey, aes, word, 1, NULL, NULL);
        break;
    case MAKER_KEY_DER: ok = i2d_PrivateKey_bio(b, k->pkey); break;
    }
    must(ok == 1, "private key");
    long n = BIO_get_mem_data(b, &p);
    struct bytes out = { memcpy(mem_alloc((size_t)n), p, (size_t)n), (size_t)n };
    BIO_free(b);
    return out;
}

void maker_pem(struct buf *out, const char *label, struct bytes der)
{
    BIO *b = BIO_new(BIO_s_mem());
    char *p;
    must(PEM_write_bio(b, label, "", der.p, (long)der.n) > 0, "PEM");
    long n = BIO_get_mem_data(b, &p);
    buf_put(out, p, (size_t)n);
    BIO_free(b);
}

struct bytes maker_name(const struct maker_dn *dn)
{
    X509_NAME *name = name_of(dn);
    unsigned char *der = NULL;
    int n = i2d_X509_NAME(name, &der);
    must(n > 0, "DN");
    struct bytes out = { memcpy(mem_alloc((size_t)n), der, (size_t)n), (size_t)n };
    OPENSSL_free(der);
    X509_NAME_free(name);
    return out;
}

void maker_free(struct bytes b)
{
    free((void *)(uintptr_t)b.p);
}
