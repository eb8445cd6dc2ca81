/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said of single connections, and of those that only others of the same two addresses explain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/diagnosis/wirejudge.h"
#include "base/caps.h"
#include "base/mem.h"
#include "tests/unit/wirescene.h"

#include <stdio.h>
#include <stdlib.h>

static int open_scene(void **state)
{
    (void)state;
    scene_open();
    return 0;
}

static int close_scene(void **state)
{
    (void)state;
    scene_close();
    return 0;
}

#define NOBODY SCENE_CERTS
#define UNSEEN -2 /* no Certificate message */
#define QUIET -2  /* no alert */

enum extra {
    ENDED = 1,
    EARLY = 2, /* early_end */
    RENEGOTIATED = 4,
    TLS13 = 8,
    PHA = 16,
    LONG = 32, /* it lasts for an hour */
    RESUMED = 64,
    GAP = 128,
    SILENT = 256, /* the server sends nothing */
    OTHER_PORT = 512,
    ACCEPTS_CA = 1024,
    NO_DATA = 4096,    /* of TLS 1.3's records: the client's Finished, the server's tickets, what ends it */
    DATA = 8192,       /* likewise, and data both ways */
    CERTIFIED = 16384, /* likewise, and the client's certificate, answered by an alert */
    SERVER_ENDS = 32768,
    ANSWERED = 65536, /* an alert of the client's follows that of the server */
    NO_ALERT = 131072,
    HANGS_UP = TLS13 | PHA | ENDED | EARLY | NO_DATA | SERVER_ENDS,
    LATER = 2048, /* the analysis is 85 days later */
};

struct wire_case {
    const char *name;
    enum connection_state state;
    int server[2], client[2]; /* enum scene_cert */
    enum side alert_from;
    int alert; /* -1: encrypted */
    unsigned extra;
    enum verdict_id verdict;
    enum severity severity;
    enum confidence confidence;
    const char *outcome;
    const char *says; /* a piece of the summary */
};

#define NO_CHAIN                                                                                                       \
    {                                                                                                                  \
        UNSEEN, UNSEEN                                                                                                 \
    }
#define GOOD                                                                                                           \
    {                                                                                                                  \
        FMC_LEAF, CA                                                                                                   \
    }
#define GOOD_CLIENT                                                                                                    \
    {                                                                                                                  \
        FTD_LEAF, CA                                                                                                   \
    }

static const struct wire_case cases[] = {
    /* rejected by an alert that is in the clear */
    { "the case that this is all about", CONNECTION_HANDSHAKE, { FMC_LEAF, CA_EXPIRED }, NO_CHAIN, SIDE_CLIENT, 45,
        ENDED, VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_HIGH, "alert/45",
        "the client rejected the server's chain with alert 45 (certificate_expired): its InternalCA expired 3 days "
        "before "
        "this packet (2024-09-17)" },
    { "leaf", CONNECTION_HANDSHAKE, { FMC_EXPIRED, CA }, NO_CHAIN, SIDE_CLIENT, 45, ENDED, VERDICT_LEAF_EXPIRED,
        SEVERITY_CRITICAL, CONFIDENCE_HIGH, "alert/45", "its own certificate expired 60 minutes before" },
    { "the client's leaf", CONNECTION_HANDSHAKE, GOOD, { FTD_EXPIRED, CA }, SIDE_SERVER, 45, ENDED,
        VERDICT_LEAF_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_HIGH, "alert/45",
        "the server rejected the client's chain with alert 45" },
    { "the client's CA", CONNECTION_HANDSHAKE, GOOD, { FTD_LEAF, CA_EXPIRED }, SIDE_SERVER, 45, ENDED,
        VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_HIGH, "alert/45", "the server rejected the client's chain" },
    { "40, and the CA has expired", CONNECTION_HANDSHAKE, { FMC_LEAF, CA_EXPIRED }, NO_CHAIN, SIDE_CLIENT, 40, ENDED,
        VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "alert/40",
        "with alert 40 (handshake_failure); what is seen to be wrong: its InternalCA expired 3 days before" },
    { "40, and the client's own certificate has expired", CONNECTION_HANDSHAKE, GOOD, { FTD_EXPIRED, CA }, SIDE_SERVER,
        40, ENDED, VERDICT_LEAF_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "alert/40",
        "the server rejected the client's chain with alert 40" },
    { "40, and the chain doesn't hang together", CONNECTION_HANDSHAKE, { FMC_LEAF, CA_NEW }, NO_CHAIN, SIDE_CLIENT, 40,
        ENDED, VERDICT_CA_MISMATCH, SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "alert/40", "is not signed by the CA" },
    { "40, and the ends are of two generations", CONNECTION_HANDSHAKE, { FMC_NEW, CA_NEW }, GOOD_CLIENT, SIDE_SERVER,
        40, ENDED, VERDICT_CA_MISMATCH, SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "alert/40",
        "two InternalCAs of this name" },
    { "40, and the fault is that of its sender", CONNECTION_HANDSHAKE, { FMC_LEAF, CA_EXPIRED }, GOOD_CLIENT,
        SIDE_SERVER, 40, ENDED, VERDICT_PROTOCOL, SEVERITY_CRITICAL, CONFIDENCE_HIGH, "alert/40",
        "rejected the handshake with alert 40" },
    { "40, and it is valid", CONNECTION_HANDSHAKE, GOOD, NO_CHAIN, SIDE_CLIENT, 40, ENDED, VERDICT_PROTOCOL,
        SEVERITY_CRITICAL, CONFIDENCE_HIGH, "alert/40", "rejected the handshake with alert 40" },
    { "45, but it is valid", CONNECTION_HANDSHAKE, GOOD, NO_CHAIN, SIDE_CLIENT, 45, ENDED, VERDICT_CA_EXPIRED,
        SEVERITY_CRITICAL, CONFIDENCE_LOW, "alert/45", "the clock of the client, its own copy of the CA" },
    { "45, nothing visible", CONNECTION_HANDSHAKE, NO_CHAIN, NO_CHAIN, SIDE_CLIENT, 45, ENDED | TLS13,
        VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "alert/45",
        "certificates are not visible in TLS 1.3" },
    { "clock", CONNECTION_HANDSHAKE, { FMC_FUTURE, CA }, NO_CHAIN, SIDE_CLIENT, 42, ENDED, VERDICT_NOT_YET_VALID,
        SEVERITY_CRITICAL, CONFIDENCE_HIGH, "alert/42", "is valid only from 2024-09-20 on, 5 hours after this packet" },
    { "digest", CONNECTION_HANDSHAKE, { FMC_SHA1, CA }, NO_CHAIN, SIDE_CLIENT, 42, ENDED, VERDICT_WEAK_CERTIFICATE,
        SEVERITY_CRITICAL, CONFIDENCE_HIGH, "alert/42",
        "is signed with ecdsa-with-SHA1|is signed with sha1WithRSAEncryption" },
    { "key", CONNECTION_HANDSHAKE, { FMC_1024, CA }, NO_CHAIN, SIDE_CLIENT, 42, ENDED, VERDICT_WEAK_CERTIFICATE,
        SEVERITY_CRITICAL, CONFIDENCE_HIGH, "alert/42", "has a key of RSA 1024" },
    { "42, nothing wrong", CONNECTION_HANDSHAKE, GOOD, NO_CHAIN, SIDE_CLIENT, 42, ENDED, VERDICT_REJECTED,
        SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "alert/42", "rejected the server's chain with alert 42" },
    { "43 of an expired one", CONNECTION_HANDSHAKE, { FMC_LEAF, CA_EXPIRED }, NO_CHAIN, SIDE_CLIENT, 43, ENDED,
        VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "alert/43", "what is seen to be wrong" },
    { "revoked", CONNECTION_HANDSHAKE, GOOD, NO_CHAIN, SIDE_CLIENT, 44, ENDED, VERDICT_REVOKED, SEVERITY_CRITICAL,
        CONFIDENCE_MEDIUM, "alert/44", "alert 44 (certificate_revoked)" },
    { "another FMC's", CONNECTION_HANDSHAKE, GOOD, { FTD_OTHER, CA_OTHER }, SIDE_SERVER, 48, ENDED | ACCEPTS_CA,
        VERDICT_UNKNOWN_CA, SEVERITY_CRITICAL, CONFIDENCE_HIGH, "alert/48", "none of those that the server accepts" },
    { "another FMC's, no names", CONNECTION_HANDSHAKE, GOOD, { FTD_OTHER, CA_OTHER }, SIDE_SERVER, 48, ENDED,
        VERDICT_UNKNOWN_CA, SEVERITY_CRITICAL, CONFIDENCE_HIGH, "alert/48", "CAs of different names" },
    { "unknown, nothing else", CONNECTION_HANDSHAKE, GOOD, NO_CHAIN, SIDE_CLIENT, 48, ENDED, VERDICT_UNKNOWN_CA,
        SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "alert/48", "alert 48 (unknown_ca)" },
    { "mixed set", CONNECTION_HANDSHAKE, { FMC_LEAF, CA_NEW }, NO_CHAIN, SIDE_CLIENT, 51, ENDED, VERDICT_CA_MISMATCH,
        SEVERITY_CRITICAL, CONFIDENCE_HIGH, "alert/51", "is not signed by the CA that it shows" },
    { "one end regenerated", CONNECTION_HANDSHAKE, { FMC_NEW, CA_NEW }, GOOD_CLIENT, SIDE_SERVER, 51, ENDED,
        VERDICT_CA_MISMATCH, SEVERITY_CRITICAL, CONFIDENCE_HIGH, "alert/51", "one end was regenerated" },
    { "51, nothing else", CONNECTION_HANDSHAKE, GOOD, NO_CHAIN, SIDE_CLIENT, 51, ENDED, VERDICT_CA_MISMATCH,
        SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "alert/51", "alert 51 (decrypt_error)" },
    { "no certificate to show", CONNECTION_HANDSHAKE, GOOD, { NOBODY, NOBODY }, SIDE_SERVER, 40, ENDED,
        VERDICT_REJECTED, SEVERITY_CRITICAL, CONFIDENCE_HIGH, "alert/40", "it shows no certificate" },
    { "no cipher", CONNECTION_HANDSHAKE, NO_CHAIN, NO_CHAIN, SIDE_SERVER, 40, ENDED, VERDICT_PROTOCOL,
        SEVERITY_CRITICAL, CONFIDENCE_HIGH, "alert/40", "the server rejected the handshake with alert 40" },
    { "version", CONNECTION_HANDSHAKE, NO_CHAIN, NO_CHAIN, SIDE_SERVER, 70, ENDED, VERDICT_PROTOCOL, SEVERITY_CRITICAL,
        CONFIDENCE_HIGH, "alert/70", "the client offers up to 1.2" },
    { "renegotiation", CONNECTION_COMPLETE, GOOD, GOOD_CLIENT, SIDE_CLIENT, 100, ENDED, VERDICT_PROTOCOL,
        SEVERITY_CRITICAL, CONFIDENCE_HIGH, "alert/100", "alert 100 (no_renegotiation)" },
    { "internal", CONNECTION_HANDSHAKE, GOOD, NO_CHAIN, SIDE_CLIENT, 80, ENDED, VERDICT_REJECTED, SEVERITY_CRITICAL,
        CONFIDENCE_MEDIUM, "alert/80", "the client rejected the server's chain with alert 80" },
    /* no alert in the clear */
    { "cut off, expired", CONNECTION_HANDSHAKE, { FMC_LEAF, CA_EXPIRED }, NO_CHAIN, 0, QUIET, ENDED, VERDICT_CA_EXPIRED,
        SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "handshake_failed",
        "no alert was seen; the server: its InternalCA expired" },
    { "capture ends, expired", CONNECTION_HANDSHAKE, { FMC_LEAF, CA_EXPIRED }, NO_CHAIN, 0, QUIET, 0,
        VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_LOW, "incomplete", "its InternalCA expired" },
    { "encrypted alert, expired", CONNECTION_HANDSHAKE, GOOD, { FTD_EXPIRED, CA }, SIDE_SERVER, -1, ENDED,
        VERDICT_LEAF_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "handshake_failed",
        "ended with an encrypted alert" },
    { "cut off, generations", CONNECTION_HANDSHAKE, { FMC_NEW, CA_NEW }, GOOD_CLIENT, 0, QUIET, ENDED,
        VERDICT_CA_MISMATCH, SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "handshake_failed", "one end was regenerated" },
    { "cut off, strangers", CONNECTION_HANDSHAKE, GOOD, { FTD_OTHER, CA_OTHER }, 0, QUIET, ENDED, VERDICT_UNKNOWN_CA,
        SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "handshake_failed", "CAs of different names" },
    { "cut off, nothing wrong", CONNECTION_HANDSHAKE, GOOD, NO_CHAIN, 0, QUIET, ENDED, VERDICT_INSUFFICIENT,
        SEVERITY_UNKNOWN, CONFIDENCE_LOW, "handshake_failed", "no alert was seen" },
    { "capture ends", CONNECTION_HANDSHAKE, GOOD, NO_CHAIN, 0, QUIET, 0, VERDICT_INSUFFICIENT, SEVERITY_UNKNOWN,
        CONFIDENCE_LOW, "incomplete", "the capture ends within the handshake" },
    { "holes", CONNECTION_HANDSHAKE, NO_CHAIN, NO_CHAIN, 0, QUIET, GAP, VERDICT_INSUFFICIENT, SEVERITY_UNKNOWN,
        CONFIDENCE_LOW, "incomplete", "bytes are missing" },
    { "no ServerHello", CONNECTION_HANDSHAKE, NO_CHAIN, NO_CHAIN, 0, QUIET, SILENT, VERDICT_NETWORK, SEVERITY_WARNING,
        CONFIDENCE_LOW, "incomplete", "no answer to the ClientHello" },
    /* before TLS */
    { "no answer", CONNECTION_SYN_ONLY, NO_CHAIN, NO_CHAIN, 0, QUIET, 0, VERDICT_NETWORK, SEVERITY_WARNING,
        CONFIDENCE_HIGH, "timed_out", "no answer to the SYN" },
    { "refused", CONNECTION_REFUSED, NO_CHAIN, NO_CHAIN, 0, QUIET, 0, VERDICT_NETWORK, SEVERITY_WARNING,
        CONFIDENCE_HIGH, "refused", "refused" },
    { "HTTP", CONNECTION_NOT_TLS, NO_CHAIN, NO_CHAIN, 0, QUIET, 0, VERDICT_PROTOCOL, SEVERITY_CRITICAL,
        CONFIDENCE_MEDIUM, "handshake_failed", "is not TLS" },
    { "mid-stream", CONNECTION_MID_STREAM, NO_CHAIN, NO_CHAIN, 0, QUIET, 0, VERDICT_INSUFFICIENT, SEVERITY_UNKNOWN,
        CONFIDENCE_LOW, "established", "no handshake seen" },
    /* completed */
    { "well", CONNECTION_COMPLETE, GOOD, GOOD_CLIENT, 0, QUIET, 0, VERDICT_HEALTHY, SEVERITY_OK, CONFIDENCE_HIGH,
        "established", "the tunnel came up (TLS 1.2); both chains are valid" },
    { "well, and said goodbye", CONNECTION_COMPLETE, GOOD, GOOD_CLIENT, SIDE_CLIENT, -1, ENDED | EARLY, VERDICT_HEALTHY,
        SEVERITY_OK, CONFIDENCE_HIGH, "established", "both chains are valid" },
    { "one side of it", CONNECTION_COMPLETE, GOOD, NO_CHAIN, 0, QUIET, 0, VERDICT_HEALTHY, SEVERITY_OK,
        CONFIDENCE_MEDIUM, "established", "the chain that was seen is valid" },
    { "expired, and yet up", CONNECTION_COMPLETE, { FMC_LEAF, CA_EXPIRED }, GOOD_CLIENT, 0, QUIET, LONG,
        VERDICT_AT_RISK, SEVERITY_CRITICAL, CONFIDENCE_HIGH, "established",
        "the tunnel came up; the server: its InternalCA expired 3 days" },
    { "expired, and rejected inside", CONNECTION_COMPLETE, { FMC_LEAF, CA_EXPIRED }, { FTD_LEAF, CA_EXPIRED },
        SIDE_CLIENT, -1, ENDED | EARLY, VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_HIGH, "handshake_failed",
        "the tunnel ended at once with an encrypted alert; the server: its InternalCA expired" },
    { "expired, and rejected in the renegotiation", CONNECTION_COMPLETE, { FMC_LEAF, CA_EXPIRED }, GOOD_CLIENT, 0,
        QUIET, ENDED | EARLY | RENEGOTIATED | LONG, VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, CONFIDENCE_HIGH,
        "handshake_failed", "ended at once after a renegotiation: rejected inside the tunnel" },
    { "expired, closed after an hour", CONNECTION_COMPLETE, { FMC_LEAF, CA_EXPIRED }, GOOD_CLIENT, SIDE_CLIENT, -1,
        ENDED | EARLY | LONG, VERDICT_AT_RISK, SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "established",
        "will not come back" },
    { "generations, rejected inside", CONNECTION_COMPLETE, { FMC_NEW, CA_NEW }, GOOD_CLIENT, SIDE_SERVER, -1,
        ENDED | EARLY, VERDICT_CA_MISMATCH, SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "handshake_failed",
        "one end was regenerated" },
    { "generations, and yet up", CONNECTION_COMPLETE, { FMC_NEW, CA_NEW }, GOOD_CLIENT, 0, QUIET, LONG, VERDICT_AT_RISK,
        SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "established", "may not come back" },
    { "mixed set, and yet up", CONNECTION_COMPLETE, { FMC_LEAF, CA_NEW }, NO_CHAIN, 0, QUIET, LONG, VERDICT_AT_RISK,
        SEVERITY_CRITICAL, CONFIDENCE_HIGH, "established", "is not signed by the CA" },
    { "ends in 20 days", CONNECTION_COMPLETE, { FMC_LEAF, CA_ENDING }, GOOD_CLIENT, 0, QUIET, 0, VERDICT_CA_EXPIRING,
        SEVERITY_CRITICAL, CONFIDENCE_HIGH, "established", "its InternalCA expires on 2024-10-10, 20 days after" },
    { "ends in 80 days", CONNECTION_COMPLETE, { FMC_LEAF, CA_SOON }, GOOD_CLIENT, 0, QUIET, 0, VERDICT_CA_EXPIRING,
        SEVERITY_WARNING, CONFIDENCE_HIGH, "established", "80 days after" },
    { "has ended since", CONNECTION_COMPLETE, { FMC_LEAF, CA_SOON }, GOOD_CLIENT, 0, QUIET, LATER, VERDICT_AT_RISK,
        SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "established", "has expired since" },
    { "leaf ends in 60 days", CONNECTION_COMPLETE, { FMC_SOON, CA }, GOOD_CLIENT, 0, QUIET, 0, VERDICT_CA_EXPIRING,
        SEVERITY_WARNING, CONFIDENCE_HIGH, "established", "its own certificate expires on" },
    { "weak, and yet up", CONNECTION_COMPLETE, { FMC_1024, CA }, GOOD_CLIENT, 0, QUIET, 0, VERDICT_WEAK_CERTIFICATE,
        SEVERITY_WARNING, CONFIDENCE_MEDIUM, "established", "which newer releases refuse" },
    { "the clock of the capture", CONNECTION_COMPLETE, { FMC_FUTURE, CA }, GOOD_CLIENT, 0, QUIET, LONG,
        VERDICT_NOT_YET_VALID, SEVERITY_WARNING, CONFIDENCE_LOW, "established", "by the clock of the capture" },
    { "the server did not mind", CONNECTION_COMPLETE, GOOD, { NOBODY, NOBODY }, 0, QUIET, 0, VERDICT_HEALTHY,
        SEVERITY_OK, CONFIDENCE_MEDIUM, "established", "the tunnel came up" },
    { "no certificates", CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET, 0, VERDICT_INSUFFICIENT, SEVERITY_UNKNOWN,
        CONFIDENCE_LOW, "established", "no certificates were exchanged" },
    { "certificates lost", CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET, GAP, VERDICT_INSUFFICIENT,
        SEVERITY_UNKNOWN, CONFIDENCE_LOW, "established", "missing in the capture" },
    { "resumed", CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET, RESUMED, VERDICT_INSUFFICIENT, SEVERITY_UNKNOWN,
        CONFIDENCE_LOW, "established", "resuming a session" },
    { "1.3", CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET, TLS13 | PHA, VERDICT_INSUFFICIENT, SEVERITY_UNKNOWN,
        CONFIDENCE_LOW, "established", "certificates are not visible; the client offers post_handshake_auth" },
    { "no client certificate, which the server did not mind", CONNECTION_COMPLETE, GOOD, { NOBODY, NOBODY },
        SIDE_CLIENT, -1, ENDED | EARLY, VERDICT_HEALTHY, SEVERITY_OK, CONFIDENCE_MEDIUM, "established",
        "the tunnel came up" },
    { "1.3, short, ended by the client", CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET,
        TLS13 | ENDED | EARLY | NO_DATA, VERDICT_INSUFFICIENT, SEVERITY_UNKNOWN, CONFIDENCE_LOW, "established",
        "without a sign of a rejection" },
    { "1.3, short, with data", CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET, TLS13 | ENDED | EARLY | DATA,
        VERDICT_HEALTHY, SEVERITY_OK, CONFIDENCE_MEDIUM, "established", "data went both ways" },
    { "1.3, short, with data, ended by the server", CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET,
        TLS13 | ENDED | EARLY | DATA | SERVER_ENDS, VERDICT_HEALTHY, SEVERITY_OK, CONFIDENCE_MEDIUM, "established",
        "data went both ways" },
    { "1.3, ended by the server, which could ask", CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET,
        TLS13 | PHA | ENDED | EARLY | NO_DATA | SERVER_ENDS, VERDICT_INSUFFICIENT, SEVERITY_UNKNOWN, CONFIDENCE_LOW,
        "incomplete", "may have rejected the client, or have had another reason" },
    { "1.3, ended by the server, without an alert", CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET,
        TLS13 | ENDED | EARLY | NO_DATA | SERVER_ENDS | NO_ALERT, VERDICT_INSUFFICIENT, SEVERITY_UNKNOWN,
        CONFIDENCE_LOW, "incomplete", "may have rejected the client, or have had another reason" },
    { "1.3, ended by the server, after an hour", CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET,
        TLS13 | ENDED | EARLY | NO_DATA | SERVER_ENDS | LONG, VERDICT_INSUFFICIENT, SEVERITY_UNKNOWN, CONFIDENCE_LOW,
        "established", "without a sign of a rejection" },
    { "1.3, refused", CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET,
        TLS13 | ENDED | EARLY | CERTIFIED | SERVER_ENDS, VERDICT_REJECTED, SEVERITY_CRITICAL, CONFIDENCE_MEDIUM,
        "handshake_failed", "refused the client's certificate" },
    { "1.3, refused when asked later", CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET,
        TLS13 | PHA | ENDED | EARLY | CERTIFIED | SERVER_ENDS, VERDICT_POST_HANDSHAKE_AUTH, SEVERITY_CRITICAL,
        CONFIDENCE_MEDIUM, "handshake_failed", "after the TLS 1.3 handshake" },
    { "1.3, a farewell on both sides", CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET,
        TLS13 | PHA | ENDED | EARLY | CERTIFIED | SERVER_ENDS | ANSWERED, VERDICT_INSUFFICIENT, SEVERITY_UNKNOWN,
        CONFIDENCE_LOW, "incomplete", "may have rejected the client, or have had another reason" },
    { "1.3, the client rejects", CONNECTION_HANDSHAKE, NO_CHAIN, NO_CHAIN, SIDE_CLIENT, -1, TLS13 | ENDED,
        VERDICT_REJECTED, SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "handshake_failed", "in place of its Finished" },
    { "holes, ended", CONNECTION_HANDSHAKE, NO_CHAIN, NO_CHAIN, 0, QUIET, GAP | ENDED, VERDICT_INSUFFICIENT,
        SEVERITY_UNKNOWN, CONFIDENCE_LOW, "incomplete", "bytes are missing" },
    { "1.3, no authentication", CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET,
        TLS13 | ENDED | EARLY | NO_DATA | SERVER_ENDS, VERDICT_POST_HANDSHAKE_AUTH, SEVERITY_CRITICAL,
        CONFIDENCE_MEDIUM, "handshake_failed", "does not offer post_handshake_auth" },
    /* somebody else's */
    { "inspected", CONNECTION_COMPLETE, { PROXY_LEAF, CA_PROXY }, GOOD_CLIENT, 0, QUIET, 0, VERDICT_INTERCEPTED,
        SEVERITY_CRITICAL, CONFIDENCE_HIGH, "established", "belongs to no InternalCA" },
    { "inspected and rejected", CONNECTION_HANDSHAKE, { PROXY_LEAF, CA_PROXY }, NO_CHAIN, SIDE_CLIENT, 48, ENDED,
        VERDICT_INTERCEPTED, SEVERITY_CRITICAL, CONFIDENCE_MEDIUM, "alert/48", "the client sent alert 48" },
    { "a web server", CONNECTION_COMPLETE, { PROXY_LEAF, CA_PROXY }, NO_CHAIN, 0, QUIET, OTHER_PORT, VERDICT_HEALTHY,
        SEVERITY_OK, CONFIDENCE_MEDIUM, "established", "the tunnel came up" },
};

static void show(struct connection *c, enum side side, const int certs[2])
{
    if (certs[0] != UNSEEN)
        scene_show(c, side, (enum scene_cert)certs[0], (enum scene_cert)certs[1]);
}

static void seal(struct connection *c, unsigned extra)
{
    bool server = extra & SERVER_ENDS, certified = extra & CERTIFIED;
    c->sealed = (struct sealed){ .known = true, .client_records = 1, .client_flight = 1, .finished_last = true };
    c->sealed.alert[SIDE_SERVER] = server && !(extra & NO_ALERT);
    c->sealed.alert[SIDE_CLIENT] = !server || extra & ANSWERED;
    c->sealed.replies = c->sealed.server_later = certified ? 0 : 2; /* session tickets */
    c->sealed.prompt = server;
    if (certified)
        c->sealed.client_records = c->sealed.client_flight = 3;
    if (extra & DATA) {
        c->sealed.client_records = 2; /* as long as a Finished, too */
        c->sealed.replies = 1;
    }
    c->side[server ? SIDE_SERVER : SIDE_CLIENT].ended_first = true;
}

static struct connection make(const struct wire_case *x, int64_t seconds)
{
    struct connection c = scene_connection(x->state, seconds);
    show(&c, SIDE_SERVER, x->server);
    show(&c, SIDE_CLIENT, x->client);
    if (x->extra & ACCEPTS_CA)
        scene_accept(&c, CA);
    if (x->extra & LONG)
        c.last_ns += 3600 * 1000000000LL;
    if (x->alert != QUIET)
        scene_alert(&c, x->alert_from, x->alert);
    c.ended = x->extra & ENDED;
    c.early_end = x->extra & EARLY;
    c.resumed = x->extra & RESUMED;
    c.renegotiations = x->extra & RENEGOTIATED ? 1 : 0;
    c.post_handshake_auth = x->extra & PHA;
    if (x->extra & TLS13)
        c.version = c.offered = 0x0304;
    if (x->extra & GAP)
        c.side[SIDE_SERVER].gaps = 1;
    if (x->extra & SILENT) {
        c.server_hello = false;
        c.side[SIDE_SERVER].bytes = 0;
    }
    if (x->extra & (NO_DATA | DATA | CERTIFIED))
        seal(&c, x->extra);
    if (x->extra & OTHER_PORT)
        c.side[SIDE_SERVER].at.port = 443;
    return c;
}

/* Any of the texts between bars. */
static bool says(const char *text, const char *pieces)
{
    char copy[512];
    snprintf(copy, sizeof copy, "%s", pieces);
    char *rest = copy;
    for (char *one = strsep(&rest, "|"); one; one = strsep(&rest, "|"))
        if (strstr(text, one))
            return true;
    return false;
}

static void each_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct wire_case *x = &cases[i];
        struct casefile c = { .now = SCENE_NOW + (x->extra & LATER ? 85 * SCENE_DAY : 0) };
        struct strings *words = strings_new(UINT32_MAX);
        struct wire_pairs pairs;
        casefile_source(&c, "x.pcap", SOURCE_CAPTURE, UNIT_NONE);
        struct connection from = make(x, 0);
        casefile_wire(&c, 0, &from);
        wirejudge_all(&c, words, &pairs);
        const struct wire *w = &c.wires[0];
        char outcome[32];
        wirejudge_outcome(w, outcome);
        bool ok = w->verdict == x->verdict && w->severity == x->severity && w->confidence == x->confidence &&
                  strcmp(outcome, x->outcome) == 0 && says(w->summary, x->says) && w->next[0];
        if (!ok)
            print_error("%s: %s %s %s %s \"%s\"\n", x->name, verdict_info(w->verdict)->name, severity_name(w->severity),
                confidence_name(w->confidence), outcome, w->summary);
        assert_true(ok);
        assert_null(strstr(w->summary, "  "));
        wirejudge_clear(&pairs);
        strings_free(words);
        scene_clear(&from);
        casefile_clear(&c);
    }
}

/* Several connections of two addresses; the last one is looked at. */
struct series {
    const char *name;
    struct {
        int64_t seconds;
        enum connection_state state;
        int server[2], client[2];
        enum side from;
        int alert;
        unsigned extra;
    } of[4];
    size_t count;
    enum verdict_id verdict;
    enum confidence confidence;
    const char *says;
};

static void what_others_of_the_same_two_tell(void **state)
{
    (void)state;
    static const struct series all[] = {
        { "resumed, known",
            { { 0, CONNECTION_COMPLETE, GOOD, GOOD_CLIENT, 0, QUIET, LONG },
                { 100, CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET, RESUMED } },
            2, VERDICT_HEALTHY, CONFIDENCE_MEDIUM, "resuming the session of an earlier connection (frame 1)" },
        { "resumed, expired by now",
            { { 0, CONNECTION_COMPLETE, { FMC_LEAF, CA_ENDING }, GOOD_CLIENT, 0, QUIET, LONG },
                { 21 * 86400, CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET, RESUMED } },
            2, VERDICT_AT_RISK, CONFIDENCE_MEDIUM, "the CA of the server has expired, as another connection" },
        { "resumed, expired, ended",
            { { 0, CONNECTION_COMPLETE, { FMC_LEAF, CA_ENDING }, GOOD_CLIENT, 0, QUIET, LONG },
                { 21 * 86400, CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, SIDE_CLIENT, -1, RESUMED | EARLY | ENDED } },
            2, VERDICT_CA_EXPIRED, CONFIDENCE_MEDIUM, "ended at once" },
        { "resumed before it was known",
            { { 100, CONNECTION_COMPLETE, GOOD, GOOD_CLIENT, 0, QUIET, LONG },
                { 0, CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET, RESUMED } },
            2, VERDICT_INSUFFICIENT, CONFIDENCE_LOW, "its full handshake was not seen" },
        { "an old session on an expired CA",
            { { 100, CONNECTION_HANDSHAKE, { FMC_LEAF, CA_EXPIRED }, NO_CHAIN, SIDE_CLIENT, 45, ENDED },
                { 0, CONNECTION_MID_STREAM, NO_CHAIN, NO_CHAIN, 0, QUIET, LONG } },
            2, VERDICT_AT_RISK, CONFIDENCE_MEDIUM,
            "on an InternalCA that has expired, as another connection of these two shows (frame 6)" },
        { "an old session on a valid CA",
            { { 100, CONNECTION_COMPLETE, GOOD, GOOD_CLIENT, 0, QUIET, 0 },
                { 0, CONNECTION_MID_STREAM, NO_CHAIN, NO_CHAIN, 0, QUIET, LONG } },
            2, VERDICT_INSUFFICIENT, CONFIDENCE_LOW, "no handshake seen" },
        { "45 of a hidden chain that is known",
            { { 0, CONNECTION_COMPLETE, { FMC_LEAF, CA_EXPIRED }, GOOD_CLIENT, 0, QUIET, LONG },
                { 100, CONNECTION_HANDSHAKE, NO_CHAIN, NO_CHAIN, SIDE_CLIENT, 45, TLS13 | ENDED } },
            2, VERDICT_CA_EXPIRED, CONFIDENCE_HIGH, "the CA has expired, as another connection" },
        { "45 of a hidden chain whose CA has a date that can't be read",
            { { 0, CONNECTION_COMPLETE, { FMC_LEAF, FMC_NO_DATE }, NO_CHAIN, 0, QUIET, LONG },
                { 100, CONNECTION_HANDSHAKE, NO_CHAIN, NO_CHAIN, SIDE_CLIENT, 45, TLS13 | ENDED } },
            2, VERDICT_CA_EXPIRED, CONFIDENCE_MEDIUM, "certificates are not visible in TLS 1.3" },
        { "51, and both generations are in the case",
            { { 0, CONNECTION_COMPLETE, GOOD, GOOD_CLIENT, 0, QUIET, LONG },
                { 100, CONNECTION_HANDSHAKE, { FMC_NEW, CA_NEW }, NO_CHAIN, SIDE_CLIENT, 51, ENDED } },
            2, VERDICT_CA_MISMATCH, CONFIDENCE_HIGH, "two InternalCAs of this name" },
        { "a client that rejects what is hidden, and is known",
            { { 0, CONNECTION_COMPLETE, { FMC_LEAF, CA_EXPIRED }, GOOD_CLIENT, 0, QUIET, LONG },
                { 100, CONNECTION_HANDSHAKE, NO_CHAIN, NO_CHAIN, SIDE_CLIENT, -1, TLS13 | ENDED } },
            2, VERDICT_CA_EXPIRED, CONFIDENCE_MEDIUM, "the CA has expired, as another connection" },
        { "1.3, the server hangs up twice",
            { { 0, CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET, HANGS_UP },
                { 100, CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET, HANGS_UP } },
            2, VERDICT_INSUFFICIENT, CONFIDENCE_LOW, "may have rejected the client" },
        { "1.3, the server hangs up each time",
            { { 0, CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET, HANGS_UP },
                { 50, CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET, HANGS_UP },
                { 100, CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET, HANGS_UP } },
            3, VERDICT_POST_HANDSHAKE_AUTH, CONFIDENCE_LOW, "as it does each time" },
        { "1.3, the server hangs up, but not each time",
            { { 0, CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET, HANGS_UP },
                { 50, CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET, HANGS_UP },
                { 70, CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET, TLS13 | PHA | DATA },
                { 100, CONNECTION_COMPLETE, NO_CHAIN, NO_CHAIN, 0, QUIET, HANGS_UP } },
            4, VERDICT_INSUFFICIENT, CONFIDENCE_LOW, "may have rejected the client" },
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (int reversed = 0; reversed < 2; reversed++) {
            const struct series *x = &all[i];
            struct casefile c = { .now = SCENE_NOW };
            struct strings *words = strings_new(UINT32_MAX);
            struct wire_pairs pairs;
            casefile_source(&c, "x.pcap", SOURCE_CAPTURE, UNIT_NONE);
            for (size_t k = 0; k < x->count; k++) {
                size_t at = reversed ? x->count - 1 - k : k;
                struct wire_case one = { .state = x->of[at].state,
                    .alert_from = x->of[at].from,
                    .alert = x->of[at].alert,
                    .extra = x->of[at].extra };
                memcpy(one.server, x->of[at].server, sizeof one.server);
                memcpy(one.client, x->of[at].client, sizeof one.client);
                struct connection from = make(&one, x->of[at].seconds);
                from.stream = (uint32_t)at;
                scene_address(&from, SIDE_CLIENT, "10.2.0.9", (uint16_t)(50000 + at));
                casefile_wire(&c, 0, &from);
                scene_clear(&from);
            }
            wirejudge_all(&c, words, &pairs);
            assert_int_equal(pairs.count, 1);
            const struct wire *w = &c.wires[reversed ? 0 : x->count - 1];
            if (w->verdict != x->verdict || w->confidence != x->confidence || !strstr(w->summary, x->says))
                print_error("%s: %s %s \"%s\"\n", x->name, verdict_info(w->verdict)->name,
                    confidence_name(w->confidence), w->summary);
            assert_int_equal(w->verdict, x->verdict);
            assert_int_equal(w->confidence, x->confidence);
            assert_non_null(strstr(w->summary, x->says));
            wirejudge_clear(&pairs);
            strings_free(words);
            casefile_clear(&c);
        }
}

/* "I don't know that name" in passing, and then the reason. */
static void a_warning_does_not_hide_the_reason(void **state)
{
    (void)state;
    struct casefile c = { .now = SCENE_NOW };
    struct strings *words = strings_new(UINT32_MAX);
    struct wire_pairs pairs;
    char outcome[32];
    casefile_source(&c, "x.pcap", SOURCE_CAPTURE, UNIT_NONE);
    struct connection from = scene_connection(CONNECTION_HANDSHAKE, 0);
    scene_show(&from, SIDE_SERVER, FMC_LEAF, CA_EXPIRED);
    scene_alert(&from, SIDE_SERVER, 112);
    from.alerts[0].level = 1;
    scene_alert(&from, SIDE_CLIENT, 45);
    casefile_wire(&c, 0, &from);
    wirejudge_all(&c, words, &pairs);
    wirejudge_outcome(&c.wires[0], outcome);
    assert_string_equal(outcome, "alert/45");
    assert_int_equal(c.wires[0].verdict, VERDICT_CA_EXPIRED);
    wirejudge_clear(&pairs);
    strings_free(words);
    scene_clear(&from);
    casefile_clear(&c);
}

static void everything_is_copied(void **state)
{
    (void)state;
    struct casefile c = { .now = SCENE_NOW };
    casefile_source(&c, "x.pcap", SOURCE_CAPTURE, UNIT_NONE);
    struct connection from = scene_connection(CONNECTION_HANDSHAKE, 0);
    scene_show(&from, SIDE_SERVER, FMC_LEAF, CA);
    scene_accept(&from, CA);
    scene_alert(&from, SIDE_CLIENT, 45);
    from.side[SIDE_SERVER].gap_bytes = 7;
    from.side[SIDE_SERVER].gaps = 1;
    from.side[SIDE_SERVER].conflicts = 2;
    from.malformed = UINT64_MAX;
    from.stream = 3;
    casefile_wire(&c, 0, &from);
    scene_clear(&from);
    const struct wire *w = &c.wires[0];
    assert_int_equal(w->stream, 3);
    assert_int_equal(w->side[1].chain_count, 2);
    assert_string_equal(certs_get(c.certs, w->side[1].chain[1])->serial, "00");
    assert_string_equal(w->accepted[0], certs_get(c.certs, w->side[1].chain[1])->subject);
    assert_int_equal(w->accepted_names[0], certs_get(c.certs, w->side[1].chain[1])->subject_name);
    assert_int_equal(w->alerts[0].description, 45);
    assert_int_equal(w->side[1].gap_bytes, 7);
    assert_int_equal(w->malformed, UINT32_MAX);
    assert_int_equal(w->finding, WIRE_NO_FINDING);
    casefile_clear(&c);
}

static void attempts_have_a_cap_of_their_own(void)
{
    struct casefile c = { .now = SCENE_NOW };
    casefile_source(&c, "x.pcap", SOURCE_CAPTURE, UNIT_NONE);
    struct connection syn = scene_connection(CONNECTION_SYN_ONLY, 0);
    struct connection refused = scene_connection(CONNECTION_REFUSED, 0),
                      real = scene_connection(CONNECTION_COMPLETE, 0);
    for (size_t i = 0; i < CAP_ATTEMPTS + 100; i++)
        casefile_wire(&c, 0, i & 1 ? &syn : &refused);
    casefile_wire(&c, 0, &real);
    assert_int_equal(c.wire_count, CAP_ATTEMPTS + 1);
    assert_int_equal(c.wires[CAP_ATTEMPTS].state, CONNECTION_COMPLETE);
    assert_int_equal(c.problem_count, 1);
    assert_int_equal(c.problems[0].count, 100);
    casefile_clear(&c);
}

/* Two captures, each with one connection of the same two ends: how many are left, and what of the first. */
struct twin {
    const char *name;
    struct {
        enum connection_state state;
        uint64_t random;
        int64_t seconds;
        bool ended, chain;
    } of[2];
    size_t left;
};

static void what_several_captures_show_is_counted_once(void **state)
{
    (void)state;
    static const struct twin all[] = {
        { "one handshake, clocks an hour apart",
            { { CONNECTION_COMPLETE, 7, 0, true, true }, { CONNECTION_COMPLETE, 7, 3600, true, true } }, 1 },
        { "one of them is cut off",
            { { CONNECTION_HANDSHAKE, 7, 0, false, false }, { CONNECTION_COMPLETE, 7, 0, true, true } }, 1 },
        { "the ports are used again",
            { { CONNECTION_COMPLETE, 7, 0, true, true }, { CONNECTION_COMPLETE, 9, 1, true, true } }, 2 },
        { "each shows what the other one does not",
            { { CONNECTION_HANDSHAKE, 7, 0, false, true }, { CONNECTION_COMPLETE, 7, 0, true, false } }, 2 },
        { "it goes on in the next file",
            { { CONNECTION_COMPLETE, 7, 0, false, true }, { CONNECTION_MID_STREAM, 0, 3600, false, false } }, 1 },
        { "it had ended",
            { { CONNECTION_COMPLETE, 7, 0, true, true }, { CONNECTION_MID_STREAM, 0, 3600, false, false } }, 2 },
        { "a SYN", { { CONNECTION_SYN_ONLY, 0, 0, false, false }, { CONNECTION_SYN_ONLY, 0, 1, false, false } }, 1 },
        { "two SYNs", { { CONNECTION_SYN_ONLY, 0, 0, false, false }, { CONNECTION_SYN_ONLY, 0, 60, false, false } },
            2 },
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (unsigned swap = 0; swap < 3; swap++) { /* 2: in one capture */
            struct casefile c = { .now = SCENE_NOW };
            for (unsigned k = 0; k < 2; k++) {
                unsigned at = swap == 1 ? 1 - k : k;
                struct connection from = scene_connection(all[i].of[at].state, all[i].of[at].seconds);
                from.client_random = all[i].of[at].random;
                from.ended = all[i].of[at].ended;
                if (all[i].of[at].chain)
                    scene_show(&from, SIDE_SERVER, FMC_LEAF, CA);
                casefile_source(&c, k ? "b.pcap" : "a.pcap", SOURCE_CAPTURE, UNIT_NONE);
                casefile_wire(&c, swap == 2 ? 0 : k, &from);
                scene_clear(&from);
            }
            wiresame_drop(&c);
            if (c.wire_count != (swap == 2 ? 2 : all[i].left))
                print_error("%s, %u\n", all[i].name, swap);
            assert_int_equal(c.wire_count, swap == 2 ? 2 : all[i].left);
            assert_int_equal(c.wires[0].copies, c.wire_count == 1);
            bool chain = all[i].of[0].chain || all[i].of[1].chain;
            assert_true(!chain || c.wires[0].side[1].chain_count || c.wires[1].side[1].chain_count);
            casefile_clear(&c);
        }
}

static void all_chains_together_have_a_cap(struct bytes *many, struct bytes *names)
{
    struct casefile c = { .now = SCENE_NOW };
    casefile_source(&c, "x.pcap", SOURCE_CAPTURE, UNIT_NONE);
    struct connection from = scene_connection(CONNECTION_HANDSHAKE, 0);
    from.side[1].certificates = from.side[0].certificates = many;
    from.side[1].certificate_count = CAP_CHAIN;
    from.side[0].certificate_count = 100;
    from.side[1].seen = from.side[0].seen = CERTIFICATES_ALL;
    from.accepted = names;
    from.accepted_count = 100;
    size_t kept = 0, each = CAP_CHAIN + 200, fit = CAP_CHAINS / each;
    for (size_t i = 0; i < fit; i++)
        casefile_wire(&c, 0, &from);
    assert_int_equal(c.problem_count, 0);
    for (size_t i = 0; i < 3; i++)
        casefile_wire(&c, 0, &from);
    for (size_t i = 0; i < c.wire_count; i++)
        kept += c.wires[i].side[0].chain_count + (size_t)c.wires[i].side[1].chain_count + c.wires[i].accepted_count;
    assert_int_equal(kept, CAP_CHAINS);
    assert_int_equal(c.wire_count, fit + 3);
    assert_int_equal(c.problem_count, 1);
    assert_non_null(strstr(c.problems[0].text, "cap chains"));
    assert_int_equal(c.problems[0].count, 3);
    assert_int_equal(c.wires[fit + 2].side[1].seen, CERTIFICATES_PARTIAL);
    assert_true(c.wires[fit + 2].accepted_more);
    casefile_clear(&c);
}

static void caps_are_said(void **state)
{
    (void)state;
    struct casefile c = { .now = SCENE_NOW };
    casefile_source(&c, "x.pcap", SOURCE_CAPTURE, UNIT_NONE);
    struct connection from = scene_connection(CONNECTION_HANDSHAKE, 0);
    struct bytes *many = mem_zalloc(CAP_CHAIN + 1, sizeof *many);
    for (size_t i = 0; i < CAP_CHAIN + 1; i++)
        many[i] = scene_cert(CA);
    from.side[1].certificates = many;
    from.side[1].certificate_count = CAP_CHAIN + 1;
    from.side[1].seen = CERTIFICATES_ALL;
    casefile_wire(&c, 0, &from);
    assert_int_equal(c.wires[0].side[1].chain_count, CAP_CHAIN);
    assert_int_equal(c.wires[0].side[1].seen, CERTIFICATES_PARTIAL);
    assert_int_equal(certs_count(c.certs), 1);
    from.side[1].certificate_count = 0;
    struct bytes *names = mem_zalloc(CAP_ACCEPTED_NAMES + 1, sizeof *names), name = scene_name(CA);
    for (size_t i = 0; i < CAP_ACCEPTED_NAMES + 1; i++)
        names[i] = name;
    from.accepted = names;
    from.accepted_count = CAP_ACCEPTED_NAMES + 1;
    casefile_wire(&c, 0, &from);
    assert_int_equal(c.wires[1].accepted_count, CAP_ACCEPTED_NAMES);
    assert_true(c.wires[1].accepted_more);
    from.accepted_count = 0;
    uint8_t *huge = mem_zalloc(CAP_CERTIFICATE_BYTES + 1, 1);
    struct bytes big = { huge, CAP_CERTIFICATE_BYTES + 1 };
    from.side[1].certificates = &big;
    from.side[1].certificate_count = 1;
    assert_int_equal(c.problem_count, 0);
    casefile_wire(&c, 0, &from);
    assert_int_equal(c.wires[2].side[1].chain[0], CERT_NONE);
    assert_int_equal(c.problem_count, 1);
    from.side[1].certificate_count = 0;
    while (c.wire_count < CAP_CONNECTIONS)
        casefile_wire(&c, 0, &from);
    casefile_wire(&c, 0, &from);
    casefile_wire(&c, 0, &from);
    assert_int_equal(c.wire_count, CAP_CONNECTIONS);
    assert_int_equal(c.problem_count, 2);
    assert_int_equal(c.problems[1].count, 2);
    casefile_clear(&c);
    attempts_have_a_cap_of_their_own();
    all_chains_together_have_a_cap(many, names);
    maker_free(name);
    free(huge);
    free(names);
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_verdict),
        cmocka_unit_test(what_others_of_the_same_two_tell),
        cmocka_unit_test(a_warning_does_not_hide_the_reason),
        cmocka_unit_test(everything_is_copied),
        cmocka_unit_test(what_several_captures_show_is_counted_once),
        cmocka_unit_test(caps_are_said),
    };
    return cmocka_run_group_tests(tests, open_scene, close_scene);
}
