/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TLS of a tunnel between two appliances of the laboratory, with the log lines that a failure has at either end.
 *
 * With TLS 1.2 the first handshake takes any certificate; the manager then asks for a second one (renegotiation), in
 * which both ends verify. With TLS 1.3 the firewall verifies in the handshake, and the manager asks for its certificate
 * afterwards (post-handshake authentication). In between the firewall says who it is.
 */
#ifndef TESTS_LAB_SFTTLS_H
#define TESTS_LAB_SFTTLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MOST 65536u

struct sfttls_files {
    const char *cert, *key, *ca;
    const char *version; /* as sftunnel.conf says it: TLSv1.2; TLSv1.3 is assumed to be said like that */
    bool refuses_pha;    /* the firewall does not offer post-handshake authentication */
};

struct frame {
    char type;
    uint32_t n;
    char data[FRAME_MOST + 1]; /* with a NUL behind it */
};

/* NULL, and a line in the log, when the files are not what they should be. */
SSL_CTX *sfttls_context(const struct sfttls_files *f, bool server);
/* How the strings of OpenSSL's errors look: those of 1.1, as the vendor's lines show them, or those of 3. */
void sfttls_error_style(int major);

/* Both run on a connected socket until the tunnel is up or has failed, which they have then logged. NULL: it failed. */
SSL *sfttls_connect(SSL_CTX *ctx, int fd, const char *hello);
SSL *sfttls_accept(SSL_CTX *ctx, int fd, const char *address, struct frame *hello);

bool sfttls_send(SSL *ssl, char type, const void *data, size_t n);
/* 1: a frame; 0: nothing yet; -1: the connection is over. */
int sfttls_receive(SSL *ssl, struct frame *f, int timeout_ms);

#endif
