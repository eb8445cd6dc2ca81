/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates as a manager makes them: an InternalCA with serial number 0, X.509 v1 if asked for, and its leaves. */
#ifndef TESTS_BENCH_CAPGEN_PKI_H
#define TESTS_BENCH_CAPGEN_PKI_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#define PKI_DAY 86400
#define PKI_UUID_FMC "06f5f3ca-c77b-11e2-81bf-884d9d11f3ef"
#define PKI_UUID_FTD "cdf8b1c4-0d44-11ef-9d3c-d66b1b8d4a2a"
#define PKI_UUID_OTHER "9a1c52f0-77aa-11ee-b1b9-2f4f4b8f2b11"

struct identity {
    X509 *cert;
    EVP_PKEY *key;
};

struct validity {
    int64_t from, to; /* Unix seconds */
};

/* Any failure ends the program. */
struct identity pki_ca(const char *uuid, struct validity when, bool v1);
struct identity pki_leaf(const struct identity *ca, const char *uuid, struct validity when, long serial);
EVP_PKEY *pki_key(void);
/* With a key that is there, which the identity takes over: making one is what takes time. */
struct identity pki_leaf_of(
    const struct identity *ca, EVP_PKEY *key, const char *uuid, struct validity when, long serial);
void pki_clear(struct identity *id);
/* SHA-256 of the DER, as hexadecimal digits. */
void pki_hash(const X509 *cert, char out[65]);
void pki_die(const char *what) __attribute__((noreturn));

#endif
