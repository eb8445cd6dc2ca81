/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS alerts (RFC 5246 7.2, RFC 8446 6) and the packed error codes in which OpenSSL reports them.
 * OpenSSL 1.x packs lib<<24 | func<<12 | reason, 3.x lib<<23 | reason; a reason of 1000 + n is alert n, received
 * from the peer.
 */
#ifndef AGENT_DIAGNOSIS_TLSALERT_H
#define AGENT_DIAGNOSIS_TLSALERT_H

#include "base/slice.h"

struct ssl_error {
    bool is_ssl; /* the library part is SSL (20); false also for 00000001, which says nothing */
    int reason;  /* SSL_R_ number; 0 when none */
    int alert;   /* 0-255 when the reason is an alert received from the peer; -1 otherwise */
};

/* hex: 8 hex digits, as in "error:14094415:...". Anything else gives is_ssl = false. */
struct ssl_error ssl_error_decode(struct slice hex);

/* The SSL_R_ reasons that matter here; 0 when the words are not known. "certificate verify failed" -> 134. */
int ssl_reason_from_text(struct slice words);
/* "unsafe legacy renegotiation disabled" for 338; NULL when not in the table. */
const char *ssl_reason_text(int reason);
/* Is the reason one of version, cipher or renegotiation refused (SFT-1302)? */
bool ssl_reason_is_protocol(int reason);

/* RFC name, "certificate_expired" for 45; NULL when there is none. */
const char *tls_alert_name(int alert);
/* "sslv3 alert certificate expired", "tlsv1 alert unknown ca", "certificate_expired" ... -> number; -1. */
int tls_alert_from_text(struct slice words);

#endif
