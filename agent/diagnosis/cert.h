/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What certificates say, each different one (by the SHA-256 of its DER) parsed once. The one file that knows OpenSSL's
 * X.509. No assumptions about a PKI: X.509 v1 CAs with serial number 0 are normal here (RFC 5280 is not enforced), and
 * two certificates are never taken for the same because of a name or a serial number. DER is hostile input.
 */
#ifndef AGENT_DIAGNOSIS_CERT_H
#define AGENT_DIAGNOSIS_CERT_H

#include "base/buf.h"
#include "base/cursor.h"

#define CERT_NONE UINT32_MAX      /* no certificate, or one beyond the caps */
#define CERT_NAME_NONE UINT32_MAX /* no DN, or one that can't be parsed */
#define CERT_TIME_NONE INT64_MIN  /* a date that can't be read */
#define CERT_HASH 32              /* bytes of a SHA-256 */

struct cert {
    bool unreadable;                /* can't be parsed to its last byte: only sha256 and der are set, texts are empty */
    uint8_t sha256[CERT_HASH];      /* of the DER */
    uint8_t spki_sha256[CERT_HASH]; /* of the SubjectPublicKeyInfo: the key, whatever the certificate */
    const char *subject,
        *issuer; /* "title=InternalCA, OU=…, CN=…, O=…", in the order of the DN, UTF-8; hostile: escape */
    uint32_t subject_name, issuer_name; /* certs_name() of them */
    char *serial;                       /* upper-case hexadecimal, whole bytes: "00", "01A3" */
    int64_t not_before, not_after;      /* Unix seconds; CERT_TIME_NONE when malformed */
    uint8_t version;                    /* 1 to 3 */
    uint16_t key_bits;
    char *signature; /* "sha256WithRSAEncryption" */
    char *key;       /* "RSA 2048", "EC prime256v1" */
    /*
     * Below the 112 bits of OpenSSL's security level 2, which is the default from 3.2 on and in most distributions: RSA
     * and DSA below 2048 bits, EC below 224, digests up to SHA-1. What is refused so is X509_V_ERR 66, 67 and 68. The
     * digest of a self-signed certificate's own signature doesn't count, there as here.
     */
    bool weak_digest, weak_key;
    bool self_issued;    /* subject and issuer are one name */
    bool self_signed;    /* and its own key verifies it */
    bool internal_ca;    /* the subject is that of an InternalCA */
    bool by_internal_ca; /* the issuer is */
    char *ca_uuid;       /* UUID of the FMC whose InternalCA it is or was issued by (CN); NULL */
    struct bytes der;    /* owned by the table */
};

enum cert_signature {
    CERT_SIGNED,
    CERT_NOT_SIGNED,
    CERT_SIGNATURE_UNKNOWN, /* an algorithm or key that the library here can't use */
};

struct certs;

struct certs *certs_new(void);
void certs_free(struct certs *t); /* takes NULL */
/*
 * Its number, the same for the same DER; one that can't be parsed has a number, too. CERT_NONE when it is empty, longer
 * than CAP_CERTIFICATE_BYTES, or beyond CAP_CERTIFICATES or CAP_CERTIFICATES_BYTES: certs_over_cap() counts these.
 */
uint32_t certs_add(struct certs *t, struct bytes der);
uint64_t certs_over_cap(const struct certs *t); /* certificates that were refused for a cap; equal ones count anew */
const struct cert *certs_get(const struct certs *t, uint32_t id); /* valid until the next certs_add() */
uint32_t certs_count(const struct certs *t);
/* Does the key of `issuer` verify the signature of `of`? By signature only (names say nothing); remembered. */
enum cert_signature certs_signed_by(struct certs *t, uint32_t of, uint32_t issuer);

/*
 * A revocation list, copied: its number from 1 on, the same for the same DER. 0 when it can't be parsed to its last
 * byte, or is beyond the caps of certificates.
 */
uint32_t certs_add_crl(struct certs *t, struct bytes der);
int64_t certs_crl_made(struct certs *t, uint32_t crl);    /* thisUpdate, Unix seconds; CERT_TIME_NONE */
int64_t certs_crl_next(struct certs *t, uint32_t crl);    /* nextUpdate; 0: it has none */
uint32_t certs_crl_issuer(struct certs *t, uint32_t crl); /* the number of its issuer's DN, as certs_name has it */
/* Does the key of `issuer` verify the list's signature? And does the list hold the certificate's serial number? */
enum cert_signature certs_crl_signed_by(struct certs *t, uint32_t crl, uint32_t issuer);
bool certs_crl_holds(struct certs *t, uint32_t crl, uint32_t certificate);

/* The number of a DN by its DER: the same for equal ones, as X509_NAME_cmp has it. */
uint32_t certs_name(struct certs *t, struct bytes dn);
/* Its text, as in struct cert, valid as long as the table; "(unreadable name)" when it can't be parsed. */
const char *certs_name_text(struct certs *t, struct bytes dn);

/* A DN's DER as text, as in struct cert; "(unreadable name)" when it can't be parsed. */
void cert_print_dn(struct buf *b, struct bytes dn);
/* PEM of a certificate (RFC 7468). */
void cert_print_pem(struct buf *b, struct bytes der);
/* 64 lower-case hexadecimal digits. */
void cert_print_hash(struct buf *b, const uint8_t hash[CERT_HASH]);
/* "OpenSSL 3.0.15 3 Sep 2024": the library that runs, for --version --verbose. */
const char *cert_library(void);

#endif
