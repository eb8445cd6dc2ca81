/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one log line says. The kinds and fields are a fixed list: a rule pack chooses among them and must
 * capture the fields that its kind needs. Captures have the fields' names in the patterns and in `gives`.
 */
#ifndef RULES_EVENT_H
#define RULES_EVENT_H

#include "base/slice.h"

/*   field, name in patterns, what it holds */
#define EVENT_FIELDS(X)                                                                                                \
    X(FIELD_ADDRESS, "address", "the peer: IPv4, IPv6 or host name, without port")                                     \
    X(FIELD_PORT, "port", "TCP port")                                                                                  \
    X(FIELD_FAMILY, "family", "4 or 6")                                                                                \
    X(FIELD_CODE, "code", "X509_V_ERR number")                                                                         \
    X(FIELD_TEXT, "text", "text of the verification result")                                                           \
    X(FIELD_DEPTH, "depth", "depth in the chain: 0 is the peer's own certificate, 1 its CA")                           \
    X(FIELD_DN, "dn", "distinguished name in OpenSSL's one-line form")                                                 \
    X(FIELD_ERROR, "error", "OpenSSL packed error code, 8 hex digits")                                                 \
    X(FIELD_REASON, "reason", "reason in words")                                                                       \
    X(FIELD_UUID, "uuid", "UUID of the peer")                                                                          \
    X(FIELD_NAME, "name", "device name of the peer")                                                                   \
    X(FIELD_STATUS, "status", "the number of an internal status")                                                      \
    X(FIELD_SECONDS, "seconds", "a time span in seconds")                                                              \
    X(FIELD_CHANNEL, "channel", "channel of a tunnel")

enum event_field {
#define X(id, name, text) id,
    EVENT_FIELDS(X)
#undef X
        FIELD_COUNT
};

/*
 *   kind, name in packs, fields that a rule of this kind must capture (bit mask), what it means in words
 * In the order of an attempt where there is one.
 */
#define EVENT_NEEDS(x) (1u << FIELD_##x)
#define EVENT_KINDS(X)                                                                                                 \
    X(EVENT_CONNECT_START, "connect_start", EVENT_NEEDS(ADDRESS), "this end begins to connect to the peer")            \
    X(EVENT_CONNECT_DEVICE, "connect_device", EVENT_NEEDS(ADDRESS),                                                    \
        "this end picks the interface for a connection to the peer")                                                   \
    X(EVENT_CONNECT_INITIATE, "connect_initiate", EVENT_NEEDS(ADDRESS), "this end initiates the TCP connection")       \
    X(EVENT_CONNECTING, "connecting", EVENT_NEEDS(ADDRESS), "this end opens the TCP connection")                       \
    X(EVENT_CONNECT_WAIT, "connect_wait", EVENT_NEEDS(ADDRESS), "this end waits for the TCP connection")               \
    X(EVENT_ACCEPTED, "accepted", EVENT_NEEDS(ADDRESS), "the peer's TCP connection was accepted")                      \
    X(EVENT_TCP_CONNECTED, "tcp_connected", EVENT_NEEDS(ADDRESS),                                                      \
        "TCP is up; whatever fails from here on is TLS or above")                                                      \
    X(EVENT_TCP_FAILED, "tcp_failed", EVENT_NEEDS(ADDRESS) | EVENT_NEEDS(REASON), "the TCP connection failed")         \
    X(EVENT_CONNECT_GIVEN_UP, "connect_given_up", EVENT_NEEDS(ADDRESS), "this end gave up the connection")             \
    X(EVENT_VERIFY_CALLBACK, "verify_callback", 0, "the first handshake's permissive verification ran")                \
    X(EVENT_CERTIFICATE_DEPTH, "certificate_depth", EVENT_NEEDS(DEPTH),                                                \
        "this end refused a certificate at this depth of the "                                                         \
        "peer's chain")                                                                                                \
    X(EVENT_CERTIFICATE_ISSUER, "certificate_issuer", EVENT_NEEDS(DN), "issuer of the refused certificate")            \
    X(EVENT_CERTIFICATE_SUBJECT, "certificate_subject", EVENT_NEEDS(DN), "subject of the refused certificate")         \
    X(EVENT_VERIFY_FAILED, "verify_failed", EVENT_NEEDS(CODE) | EVENT_NEEDS(TEXT),                                     \
        "this end refused the peer's certificate chain")                                                               \
    X(EVENT_RENEGOTIATE_FAILED, "renegotiate_failed", 0, "the second handshake inside the connection failed")          \
    X(EVENT_HANDSHAKE_FAILED, "handshake_failed", 0, "the TLS handshake failed")                                       \
    X(EVENT_SSL_ERROR, "ssl_error", EVENT_NEEDS(ERROR), "OpenSSL's reason for the failure")                            \
    X(EVENT_ALERT_RECEIVED, "alert_received", EVENT_NEEDS(REASON), "the peer sent a TLS alert, named in words")        \
    X(EVENT_VERIFY_STATUS, "verify_status", EVENT_NEEDS(TEXT), "what this end thinks of the peer's certificates")      \
    X(EVENT_POST_HANDSHAKE_AUTH, "post_handshake_auth", EVENT_NEEDS(REASON),                                           \
        "TLS 1.3 client authentication after the "                                                                     \
        "handshake failed")                                                                                            \
    X(EVENT_AUTH_FAILED, "auth_failed", 0, "the peer was not accepted for another reason than its certificate")        \
    X(EVENT_CONNECT_FAILED, "connect_failed", EVENT_NEEDS(ADDRESS), "no TLS connection to the peer came about")        \
    X(EVENT_BOTH_FAILED, "both_failed", 0, "accepting and connecting, tried in parallel, both failed")                 \
    X(EVENT_STATUS_NOISE, "status_noise", 0,                                                                           \
        "an internal status printed with strerror(): 40 reads as \"Too many "                                          \
        "levels of symbolic links\"; no file is concerned")                                                            \
    X(EVENT_ATTEMPT_FAILED, "attempt_failed", EVENT_NEEDS(ADDRESS), "the attempt with this peer is over and failed")   \
    X(EVENT_ESTABLISHED, "established", EVENT_NEEDS(ADDRESS), "a tunnel with this peer is up")                         \
    X(EVENT_ALIVE, "alive", EVENT_NEEDS(UUID), "data passes over a tunnel that is up")                                 \
    X(EVENT_DISCONNECTED, "disconnected", 0, "a tunnel that was up has ended")                                         \
    X(EVENT_RECONNECT, "reconnect", 0, "a connection will be tried again")                                             \
    X(EVENT_RELOAD_FAILED, "reload_failed", 0, "credentials or services could not be loaded after a failure")          \
    X(EVENT_RPC_FAILED, "rpc_failed", 0, "TLS is up but the peer does not answer")                                     \
    X(EVENT_INFO, "info", 0, "known, and of no meaning for the diagnosis")

enum event_kind {
#define X(id, name, needs, means) id,
    EVENT_KINDS(X)
#undef X
        EVENT_KIND_COUNT
};

struct event {
    enum event_kind kind;
    uint16_t rule;                   /* index into the rules that made it */
    uint16_t has;                    /* 1u << FIELD_x for each field that is set; the others are not initialised */
    struct slice field[FIELD_COUNT]; /* borrowed from the line */
};

static inline struct slice event_field(const struct event *e, enum event_field f)
{
    return e->has & 1u << f ? e->field[f] : (struct slice){ "", 0 };
}

const char *event_kind_name(enum event_kind kind);
const char *event_kind_means(enum event_kind kind);
unsigned event_kind_needs(enum event_kind kind);
/* false when there is no such kind; likewise for fields. */
bool event_kind_parse(struct slice name, enum event_kind *kind);
const char *event_field_name(enum event_field field);
bool event_field_parse(struct slice name, enum event_field *field);

#endif
