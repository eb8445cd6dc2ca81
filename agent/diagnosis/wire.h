/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One TLS connection of a capture in a case: what it showed, and what is to be said of it. Chains are judged at every
 * depth, on both sides, at the time of the packets and now. Kept small: a capture may hold a hundred thousand of them.
 */
#ifndef AGENT_DIAGNOSIS_WIRE_H
#define AGENT_DIAGNOSIS_WIRE_H

#include "agent/diagnosis/cert.h"
#include "agent/diagnosis/verdict.h"
#include "base/civil.h"
#include "pcap/connection.h"

struct casefile;

#define WIRE_NO_FINDING UINT32_MAX /* as FINDING_NONE */

enum chain_fault_kind {
    CHAIN_EXPIRED,
    CHAIN_NOT_YET_VALID,
    CHAIN_WRONG_SIGNATURE, /* not signed by the certificate presented behind it, although that has the issuer's name */
    CHAIN_WRONG_ISSUER,    /* the certificate presented behind it has another name than its issuer */
    CHAIN_NOT_ACCEPTED,    /* its last issuer is not among the names that the other side accepts */
    CHAIN_WEAK_DIGEST,
    CHAIN_WEAK_KEY,
    CHAIN_EXPIRING,   /* under 90 days (warning) or 30 (critical) */
    CHAIN_UNREADABLE, /* DER that can't be parsed */
    CHAIN_MISSING,    /* a certificate was asked for, and none presented */
    CHAIN_FAULTS
};

struct chain_fault {
    enum chain_fault_kind kind;
    uint16_t depth;  /* 0: the leaf */
    bool then, now;  /* at the time of the packet; at the time of the analysis */
    int64_t seconds; /* from the packet to notAfter (expired: below zero), or to notBefore; else 0 */
};

struct wire_side {
    struct endpoint at;
    uint32_t *chain;      /* numbers in casefile.certs, CERT_NONE for one beyond its caps; as presented */
    uint16_t chain_count; /* at most CAP_CHAIN */
    uint8_t seen;         /* enum certificates_seen */
    bool syn, tls, encrypted, finished, fin, rst, ended_first;
    uint64_t certificate_frame, bytes, gap_bytes, gap_at;
    uint32_t gaps, conflicts;
    struct chain_fault *faults; /* worst first; filled by diagnose() */
    uint16_t fault_count;
};

struct wire {
    uint32_t source, stream;
    struct wire_side side[2]; /* by enum side */
    uint16_t version, offered, cipher;
    uint8_t state; /* enum connection_state */
    bool direction_known, client_hello, server_hello, hello_retry, resumed, post_handshake_auth, certificate_requested,
        early_end, ended;
    struct sealed sealed; /* TLS 1.3 */
    uint64_t client_random;
    uint32_t copies; /* other captures that show the same connection, and no more of it; filled by diagnose() */
    uint32_t renegotiations, malformed;
    const char **accepted;    /* DNs as text, borrowed from casefile.certs */
    uint32_t *accepted_names; /* certs_name() of them */
    uint16_t accepted_count;
    bool accepted_more; /* there were more than CAP_ACCEPTED_NAMES */
    struct wire_alert *alerts;
    uint16_t alert_count;
    uint32_t alerts_more;
    uint64_t first_frame, last_frame;
    int64_t first_ns, last_ns;
    bool probe; /* made by ourselves, to look: what is judged is the server */
    char *note; /* how a probe ended, in words; NULL: it says all itself */
    /* filled by diagnose() */
    enum verdict_id verdict;
    enum severity severity;
    enum confidence confidence;
    const char *summary; /* owned by the diagnosis: "the client rejected the server's chain: its CA expired 3 days
                            before this packet" */
    const char *next;
    uint32_t finding; /* index of the finding that it is evidence for; WIRE_NO_FINDING */
};

/*
 * Adds a connection to the case: its certificates to casefile.certs, all else copied. Beyond CAP_CONNECTIONS, and
 * CAP_ATTEMPTS of those without data, they are counted only; of chains beyond CAP_CHAINS nothing is kept. A problem
 * says so.
 */
void casefile_wire(struct casefile *c, uint32_t source, const struct connection *from);
/* A CA, copied, that the servers of probes have to hang on. */
void casefile_trust(struct casefile *c, struct bytes der);
void wire_clear(struct wire *w);

const char *chain_fault_name(enum chain_fault_kind kind); /* "expired", "wrong_signature", … */

#endif
