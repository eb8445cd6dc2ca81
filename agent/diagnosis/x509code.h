/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * X.509 verification results as OpenSSL numbers and words them (x509_vfy.h, x509_txt.c), over 1.0.2, 1.1 and 3.x.
 * Our own table, because a log may be from another release than the library here: 24 and 65-67 changed their
 * meaning, 18 and 19 their wording. Where number and text disagree, the text is right.
 */
#ifndef AGENT_DIAGNOSIS_X509CODE_H
#define AGENT_DIAGNOSIS_X509CODE_H

#include "base/slice.h"

enum x509_class {
    X509_CLASS_OK,
    X509_CLASS_EXPIRED,       /* 10 */
    X509_CLASS_NOT_YET_VALID, /* 9 */
    X509_CLASS_CA_MISMATCH,   /* 7, 29, 30, 31: signed by another key than that of the CA here */
    X509_CLASS_UNKNOWN_CA,    /* 2, 18, 19, 20, 21, 27 */
    X509_CLASS_WEAK,          /* 66, 67, 68 */
    X509_CLASS_REVOKED,       /* 23, and the CRL faults 3, 8, 11, 12, 33 */
    X509_CLASS_OTHER,
};

struct x509_code {
    int number;       /* in OpenSSL 3's numbering; the number that was printed when the text is not known */
    const char *name; /* "X509_V_ERR_CERT_HAS_EXPIRED"; "X509_V_ERR_UNKNOWN" when not in the table */
    const char *text; /* OpenSSL 3's words */
    enum x509_class class;
};

/*
 * number: as printed, -1 when there is none ("SSL Verification status: <text>"). text: as printed, may be cut or
 * empty. Compared without case, with "self signed" and "self-signed" equal; a text that is the beginning of exactly
 * one table text by at least 12 bytes counts as that one (lines are cut).
 */
struct x509_code x509_code_read(int number, struct slice text);

#endif
