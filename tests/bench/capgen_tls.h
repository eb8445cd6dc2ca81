/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A real handshake between two ends of the same OpenSSL, in memory: what each end sent, in order, so that frames can be
 * written around the bytes.
 */
#ifndef TESTS_BENCH_CAPGEN_TLS_H
#define TESTS_BENCH_CAPGEN_TLS_H

#include "tests/bench/capgen_pki.h"

#include <openssl/ssl.h>
#include <stddef.h>

#define TALK_MOST 64

struct flight {
    bool from_server;
    unsigned char *p;
    size_t n;
};

/* One connection as it was spoken. */
struct talk {
    struct flight flights[TALK_MOST];
    size_t count;
    bool done;           /* the handshake came to its end at both ends */
    bool certificate[2]; /* a Certificate message went out in the clear with something in it: client, server */
    bool resumed;
};

struct peer {
    const struct identity *id; /* NULL: presents nothing */
    X509 *behind;              /* the certificate presented behind it; NULL: none */
    X509 *trusts;              /* NULL: does not verify */
};

struct dialogue {
    struct peer peer[2];         /* client, server */
    int version;                 /* TLS1_2_VERSION */
    int64_t now;                 /* for the validity of certificates */
    bool optional;               /* the server asks for a certificate and takes none as well */
    bool pha_offered, pha_asked; /* TLS 1.3: by the client; by the server, after the handshake */
    bool renegotiate, tickets, application_data;
    bool server_leaves; /* the server ends it, not the client */
};

/* A pair of contexts, kept for sessions that are resumed. */
struct dialogue_contexts {
    SSL_CTX *ctx[2];
    SSL_SESSION *session; /* of the last talk */
};

void dialogue_open(struct dialogue_contexts *c, const struct dialogue *d);
void dialogue_talk(struct dialogue_contexts *c, const struct dialogue *d, struct talk *out);
void dialogue_close(struct dialogue_contexts *c);
void talk_clear(struct talk *t);

#endif
