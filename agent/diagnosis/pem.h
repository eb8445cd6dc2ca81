/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a file with certificates, a revocation list or a private key holds: PEM (RFC 7468 and the older RFC 1421 form,
 * several in one file, text around them, CRLF, a byte order mark) or DER. Certificates go into the table of the case.
 * Of a private key nothing is kept but the SHA-256 of its public half: every copy made here is wiped, the key is freed
 * before the function returns, and a password is never asked for. The caller wipes its own bytes by pem_wipe().
 */
#ifndef AGENT_DIAGNOSIS_PEM_H
#define AGENT_DIAGNOSIS_PEM_H

#include "agent/diagnosis/cert.h"
#include "base/slice.h"

enum pem_fault {
    PEM_FINE,
    PEM_NOTHING,   /* neither PEM nor DER of anything that is known here */
    PEM_CUT,       /* a BEGIN line without its END line */
    PEM_ENCODING,  /* what stands between BEGIN and END is no base64 */
    PEM_CONTENT,   /* it decodes, but not into what its BEGIN line says */
    PEM_ENCRYPTED, /* a private key under a password */
    PEM_FAULTS
};

struct pem {
    uint32_t certificate;  /* number of the first one in the table; CERT_NONE */
    uint32_t certificates; /* how many there are, those beyond CAP_PEM_BLOCKS are not looked at */
    uint32_t keys, crls, others;
    bool over;            /* more than CAP_PEM_BLOCKS */
    bool key;             /* spki_sha256 is set: the public half of the first private key */
    uint32_t crl;         /* number of the first revocation list in the table, with its dates; 0 */
    enum pem_fault fault; /* the first one that was met; what is good in the file is there all the same */
    uint8_t spki_sha256[CERT_HASH];
    int64_t crl_made, crl_next; /* as certs_crl_made() and certs_crl_next() have it */
};

/* t takes the certificates; text is borrowed. */
void pem_read(struct certs *t, struct slice text, struct pem *out);
/* "is cut: BEGIN without END", to follow a file's name. */
const char *pem_fault_text(enum pem_fault fault);
/* Does a file that begins so look like PEM or DER of the kinds above? By content alone. */
bool pem_looks(struct slice head);
/* Overwrites what may have held a key; not optimised away. */
void pem_wipe(void *p, size_t n);

#endif
