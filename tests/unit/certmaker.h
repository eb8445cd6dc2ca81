/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes real keys and certificates for tests: an InternalCA as appliances have it (X.509 v1, serial 0, no extensions),
 * or anything else that a test wants to see. Fails the program on any error. Nothing here is random but the keys.
 */
#ifndef TESTS_UNIT_CERTMAKER_H
#define TESTS_UNIT_CERTMAKER_H

#include "base/buf.h"
#include "base/cursor.h"

struct maker_key;

struct maker_key *maker_key(const char *type, unsigned bits); /* "RSA" and bits, or "EC" (P-256), "ED25519" */
void maker_key_free(struct maker_key *k);                     /* takes NULL */

/* "title=InternalCA, OU=Intrusion Management System, CN=<uuid>, O=Cisco Systems, Inc", as appliances write it. */
struct maker_dn {
    const char *title; /* NULL: none; InternalCA or sftunnel */
    const char *cn;
    const char *o;    /* NULL: "Cisco Systems, Inc" */
    size_t cn_bytes;  /* 0: strlen(cn) */
    int cn_type;      /* 0: V_ASN1_UTF8STRING */
    bool other_order; /* CN before OU, as other releases have it */
};

struct maker_recipe {
    struct maker_dn subject, issuer;
    const struct maker_key *key, *issuer_key; /* issuer_key NULL: self-signed */
    int64_t not_before, not_after;            /* Unix seconds */
    const char *raw_not_after;                /* bytes of the UTCTime instead */
    int version;                              /* 1 or 3; 0 is 3 */
    long serial;
    const char *digest; /* NULL: SHA256 */
};

/* DER; the caller frees .p. */
struct bytes maker_certificate(const struct maker_recipe *r);
/* A revocation list without entries; next 0: without nextUpdate. DER; the caller frees .p. */
/* `revoked`, below 0 for none: the serial number that is on it. */
struct bytes maker_crl_with(
    const struct maker_dn *issuer, const struct maker_key *key, int64_t made, int64_t next, long revoked);
struct bytes maker_crl(const struct maker_dn *issuer, const struct maker_key *key, int64_t made, int64_t next);

enum maker_form { MAKER_PKCS8, MAKER_TRADITIONAL, MAKER_PKCS8_SEALED, MAKER_TRADITIONAL_SEALED, MAKER_KEY_DER };
/* A private key in this form, "sealed" under a password; the caller frees .p. */
struct bytes maker_private(const struct maker_key *k, enum maker_form form);
/* Appends PEM with this label. */
void maker_pem(struct buf *out, const char *label, struct bytes der);

struct bytes maker_name(const struct maker_dn *dn);
void maker_free(struct bytes b);

#endif
