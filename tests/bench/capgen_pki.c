/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/capgen_pki.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#define KEY_BITS 2048u

void pki_die(const char *what)
{
    fprintf(stderr, "capgen: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static void name(X509_NAME *n, const char *title, const char *uuid)
{
    const struct {
        const char *field, *value;
    } parts[] = { { "title", title }, { "OU", "Intrusion Management System" }, { "CN", uuid },
        { "O", "Cisco Systems, Inc" } };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!X509_NAME_add_entry_by_txt(
                n, parts[i].field, MBSTRING_UTF8, (const unsigned char *)parts[i].value, -1, -1, 0))
            pki_die("a name can't be made");
}

static X509 *begin(EVP_PKEY *key, struct validity when, long serial, bool v1)
{
    X509 *x = X509_new();
    if (!x || !X509_set_version(x, v1 ? X509_VERSION_1 : X509_VERSION_3) ||
        !ASN1_INTEGER_set(X509_get_serialNumber(x), serial) || !ASN1_TIME_set(X509_getm_notBefore(x), when.from) ||
        !ASN1_TIME_set(X509_getm_notAfter(x), when.to) || !X509_set_pubkey(x, key))
        pki_die("a certificate can't be made");
    return x;
}

EVP_PKEY *pki_key(void)
{
    EVP_PKEY *key = EVP_RSA_gen(KEY_BITS);
    if (!key)
        pki_die("no key");
    return key;
}

struct identity pki_ca(const char *uuid, struct validity when, bool v1)
{
    struct identity ca = { .key = pki_key() };
    ca.cert = begin(ca.key, when, 0, v1);
    name(X509_get_subject_name(ca.cert), "InternalCA", uuid);
    if (!X509_set_issuer_name(ca.cert, X509_get_subject_name(ca.cert)))
        pki_die("no issuer");
    if (!v1) {
        X509_EXTENSION *constraint = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
        if (!constraint || !X509_add_ext(ca.cert, constraint, -1))
            pki_die("no extension");
        X509_EXTENSION_free(constraint);
    }
    if (!X509_sign(ca.cert, ca.key, EVP_sha256()))
        pki_die("not signed");
    return ca;
}

struct identity pki_leaf_of(
    const struct identity *ca, EVP_PKEY *key, const char *uuid, struct validity when, long serial)
{
    struct identity leaf = { .key = key };
    leaf.cert = begin(leaf.key, when, serial, false);
    name(X509_get_subject_name(leaf.cert), "sftunnel", uuid);
    if (!X509_set_issuer_name(leaf.cert, X509_get_subject_name(ca->cert)) ||
        !X509_sign(leaf.cert, ca->key, EVP_sha256()))
        pki_die("not signed");
    return leaf;
}

struct identity pki_leaf(const struct identity *ca, const char *uuid, struct validity when, long serial)
{
    return pki_leaf_of(ca, pki_key(), uuid, when, serial);
}

void pki_clear(struct identity *id)
{
    X509_free(id->cert);
    EVP_PKEY_free(id->key);
    *id = (struct identity){ 0 };
}

void pki_hash(const X509 *cert, char out[65])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (!X509_digest(cert, EVP_sha256(), digest, &n) || n != 32)
        pki_die("no digest");
    for (unsigned i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}
