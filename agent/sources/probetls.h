/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS of a probe, from bytes to facts: the one file that knows libssl. It has no socket and no clock: what came is
 * put in, what is to be sent is taken out. It accepts every certificate, every version from TLS 1.0 on and the weakest
 * ciphers, because it wants to see, not to trust, and has nothing to hide; it sends no server name and resumes no
 * session. What is seen is kept as it was sent, so that a certificate that can't be parsed is there all the same.
 */
#ifndef AGENT_SOURCES_PROBETLS_H
#define AGENT_SOURCES_PROBETLS_H

#include "base/err.h"
#include "pcap/connection.h"

#define PROBETLS_FIRST 64 /* bytes kept of what came first */

struct probetls_setup;
struct probetls;

enum probetls_state { PROBETLS_SHAKING, PROBETLS_SHAKEN, PROBETLS_OVER };

/* PEM files; NULL: none. key: NULL: in the certificate's file. A key with a pass phrase is refused, never asked for. */
struct probetls_files {
    const char *certificate, *key, *ca;
};

enum err_code probetls_setup(const struct probetls_files *files, struct probetls_setup **out, struct err *e)
    __attribute__((warn_unused_result));
void probetls_setup_free(struct probetls_setup *s); /* takes NULL */
/* The CAs of files.ca, one by one; der is borrowed for the call. */
void probetls_trusted(const struct probetls_setup *s, void (*on_ca)(void *data, struct bytes der), void *data);

/* s is borrowed. The ClientHello is there to be taken after the first probetls_step(). */
struct probetls *probetls_new(struct probetls_setup *s, uint16_t lowest, uint16_t highest);
void probetls_free(struct probetls *t); /* takes NULL */

/* How many bytes it can take now; there is always room after a step. */
size_t probetls_room(const struct probetls *t);
void probetls_put(struct probetls *t, struct bytes received); /* at most that many */
void probetls_eof(struct probetls *t);                        /* the server has closed or reset */
/* As far as it goes with what is there. time_ns: what alerts that come now are dated with. */
enum probetls_state probetls_step(struct probetls *t, int64_t time_ns);
/* Takes at most n bytes that are to be sent; 0: none. */
size_t probetls_take(struct probetls *t, uint8_t *out, size_t n);
/* A polite end, if there is still something to end: then there is an alert to be taken. */
void probetls_close(struct probetls *t);
/* Nothing more is wanted of it but the facts. */
void probetls_settle(struct probetls *t);

/* The facts, borrowed until probetls_free(): versions, chains, names, alerts. Addresses, times, state are the caller's.
 */
void probetls_facts(const struct probetls *t, struct connection *c);
bool probetls_shaken(const struct probetls *t);        /* was the handshake completed? */
bool probetls_certificates(const struct probetls *t);  /* were the server's seen? */
struct bytes probetls_first(const struct probetls *t); /* what came first */
/* "wrong version number": why it is over; NULL when it was closed in order, or is not over. */
const char *probetls_reason(const struct probetls *t);

#endif
