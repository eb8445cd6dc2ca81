/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/wirejudge.h"

#include "agent/diagnosis/tlsalert.h"
#include "base/buf.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* A tunnel lives for days: one that ends so soon after its handshake was not wanted by one end. */
#define BRIEF_NS (10 * 1000000000LL)
/* What has expired so long after the capture says little of the tunnel that was captured. */
#define LONG_SINCE_SECONDS (90 * 86400LL)

#define TLS_1_3 0x0304

#define SEVERAL (UINT32_MAX - 1)

struct judging {
    struct casefile *c;
    uint32_t *of_name;        /* per DN the InternalCA that has it; SEVERAL: of different keys; CERT_NONE */
    uint32_t only_ca;         /* the InternalCA of the case, if all have one name; CERT_NONE */
    const struct wire *known; /* of the same pair: the last full handshake before this connection; NULL */
    const struct wire *other; /* of the same pair: any connection with a CA; NULL */
    struct hidden_tally hidden;
};

/* ---- small questions ---- */

static bool is_tls13(const struct wire *w)
{
    return w->version == TLS_1_3 || w->version >> 8 == 0x7f;
}

static bool visible(const struct wire_side *s)
{
    return s->chain_count > 0;
}

static const struct wire_alert *encrypted_alert(const struct wire *w)
{
    for (size_t i = 0; i < w->alert_count; i++)
        if (w->alerts[i].encrypted)
            return &w->alerts[i];
    return NULL;
}

const struct wire_alert *wirejudge_alert(const struct wire *w)
{
    const struct wire_alert *warning = NULL;
    for (size_t i = 0; i < w->alert_count; i++) {
        const struct wire_alert *a = &w->alerts[i];
        bool farewell = a->description == 0 || a->description == 90; /* close_notify, user_canceled */
        if (a->encrypted || farewell)
            continue;
        if (a->level != 1)
            return a;
        if (!warning && (w->state != CONNECTION_COMPLETE || a->description == 100))
            warning = a;
    }
    return warning;
}

bool wirejudge_is_ours(const struct casefile *c, const struct wire *w)
{
    if (w->probe)
        return true;
    uint16_t port = c->port ? c->port : SFTUNNEL_PORT;
    if (w->side[SIDE_SERVER].at.port == port || (!w->direction_known && w->side[SIDE_CLIENT].at.port == port))
        return true;
    return c->certs && (chain_is_internal(c->certs, &w->side[0]) || chain_is_internal(c->certs, &w->side[1]));
}

enum wire_end wirejudge_end(const struct wire *w)
{
    if (w->probe && probejudge_wanting(w)) /* neither a tunnel nor a failed one */
        return WIRE_END_UNKNOWN;
    switch ((enum connection_state)w->state) {
    case CONNECTION_SYN_ONLY: return w->side[SIDE_SERVER].syn ? WIRE_END_UNKNOWN : WIRE_END_FAILED;
    case CONNECTION_REFUSED:
    case CONNECTION_NOT_TLS: return WIRE_END_FAILED;
    case CONNECTION_MID_STREAM: return wirejudge_alert(w) ? WIRE_END_FAILED : WIRE_END_UP;
    case CONNECTION_HANDSHAKE: /* where bytes are missing it may have been completed in them */
        return wirejudge_alert(w) || (w->ended && !w->side[0].gaps && !w->side[1].gaps) ? WIRE_END_FAILED
                                                                                        : WIRE_END_UNKNOWN;
    case CONNECTION_COMPLETE: break;
    case CONNECTION_STATES: return WIRE_END_UNKNOWN;
    }
    if (is_tls13(w) && !visible(&w->side[0]) && !visible(&w->side[1]) && w->severity == SEVERITY_CRITICAL)
        return WIRE_END_FAILED;
    if (is_tls13(w) && wirehidden_end(w) == HIDDEN_HUNG_UP)
        return WIRE_END_UNKNOWN;
    /* what has ended like a rejection, and has the fault for it */
    bool rejected = w->verdict >= VERDICT_CA_EXPIRED && w->verdict <= VERDICT_REJECTED &&
                    w->verdict != VERDICT_CA_EXPIRING && w->severity == SEVERITY_CRITICAL && w->early_end;
    return wirejudge_alert(w) || rejected ? WIRE_END_FAILED : WIRE_END_UP;
}

void wirejudge_outcome(const struct wire *w, char out[32])
{
    const struct wire_alert *alert = wirejudge_alert(w);
    const char *name = "incomplete";
    if (alert) {
        snprintf(out, 32, "alert/%u", alert->description);
        return;
    }
    switch (wirejudge_end(w)) {
    case WIRE_END_UP: name = "established"; break;
    case WIRE_END_FAILED:
        name = w->state == CONNECTION_REFUSED    ? "refused"
               : w->state == CONNECTION_SYN_ONLY ? "timed_out"
                                                 : "handshake_failed";
        break;
    case WIRE_END_UNKNOWN: break;
    }
    snprintf(out, 32, "%s", name);
}

/* ---- what a fault is called ---- */

static const struct cert *cert_of(const struct casefile *c, const struct wire_side *s, const struct chain_fault *f)
{
    uint32_t id = f->depth < s->chain_count ? s->chain[f->depth] : CERT_NONE;
    return id == CERT_NONE ? NULL : certs_get(c->certs, id);
}

enum verdict_id wirejudge_verdict(const struct casefile *c, const struct wire_side *s, const struct chain_fault *f)
{
    const struct cert *cert = cert_of(c, s, f);
    switch (f->kind) {
    case CHAIN_EXPIRED: return f->depth || (cert && cert->internal_ca) ? VERDICT_CA_EXPIRED : VERDICT_LEAF_EXPIRED;
    case CHAIN_NOT_YET_VALID: return VERDICT_NOT_YET_VALID;
    case CHAIN_WRONG_SIGNATURE: return VERDICT_CA_MISMATCH;
    case CHAIN_WRONG_ISSUER:
    case CHAIN_NOT_ACCEPTED: return VERDICT_UNKNOWN_CA;
    case CHAIN_WEAK_DIGEST:
    case CHAIN_WEAK_KEY: return VERDICT_WEAK_CERTIFICATE;
    case CHAIN_EXPIRING: return VERDICT_CA_EXPIRING;
    case CHAIN_UNREADABLE:
    case CHAIN_MISSING:
    case CHAIN_FAULTS: break;
    }
    return VERDICT_REJECTED;
}

static struct wire_ruling rule(enum wire_reason reason, enum verdict_id verdict, enum confidence confidence)
{
    return (struct wire_ruling){
        .reason = reason, .verdict = verdict, .severity = verdict_info(verdict)->severity, .confidence = confidence
    };
}

static bool is_among(const struct wire_side *s, const struct chain_fault *f)
{
    for (size_t i = 0; i < s->fault_count; i++)
        if (&s->faults[i] == f)
            return true;
    return false;
}

static struct wire_ruling rule_fault(
    const struct judging *j, const struct wire *w, enum wire_reason reason, const struct chain_fault *f)
{
    enum side accused = is_among(&w->side[SIDE_SERVER], f) ? SIDE_SERVER : SIDE_CLIENT;
    struct wire_ruling r = rule(reason, wirejudge_verdict(j->c, &w->side[accused], f), CONFIDENCE_MEDIUM);
    r.accused = accused;
    r.fault = f;
    return r;
}

/* A fault for which a handshake fails, of this packet's time. */
const struct chain_fault *wirejudge_deadly(const struct wire_side *s)
{
    for (size_t i = 0; i < s->fault_count; i++) {
        const struct chain_fault *f = &s->faults[i];
        if (f->then && f->kind != CHAIN_EXPIRING && f->kind != CHAIN_WEAK_DIGEST && f->kind != CHAIN_WEAK_KEY)
            return f;
    }
    return NULL;
}

static bool generations_differ(const struct judging *j, const struct wire *w)
{
    const struct certs *t = j->c->certs;
    return chain_generations_differ(t, chain_ca(t, &w->side[0]), chain_ca(t, &w->side[1]));
}

/* Does the other side show a CA of another name? */
static bool strangers(const struct judging *j, const struct wire *w)
{
    const struct certs *t = j->c->certs;
    uint32_t a = chain_ca(t, &w->side[0]), b = chain_ca(t, &w->side[1]);
    return a != CERT_NONE && b != CERT_NONE && certs_get(t, a)->subject_name != certs_get(t, b)->subject_name;
}

/* Is there, anywhere in the case, a CA with the name of this side's and another key? */
static bool other_generation(const struct judging *j, const struct wire_side *s)
{
    uint32_t ca = chain_ca(j->c->certs, s);
    uint32_t name = ca == CERT_NONE ? CERT_NAME_NONE : certs_get(j->c->certs, ca)->subject_name;
    return name != CERT_NAME_NONE && j->of_name[name] == SEVERAL;
}

/* ---- alerts ---- */

static const struct chain_fault *first_of(const struct wire_side *s, const enum chain_fault_kind *kinds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct chain_fault *f = chain_find(s, kinds[i], true);
        if (f)
            return f;
    }
    return NULL;
}

/* The fault that an end has in mind when it sends this alert (ssl_x509err2alert of OpenSSL). */
static const struct chain_fault *named_fault(const struct wire_side *s, int alert)
{
    static const enum chain_fault_kind expired[] = { CHAIN_EXPIRED };
    static const enum chain_fault_kind bad[] = { CHAIN_NOT_YET_VALID, CHAIN_WEAK_DIGEST, CHAIN_WEAK_KEY,
        CHAIN_UNREADABLE };
    static const enum chain_fault_kind unknown[] = { CHAIN_NOT_ACCEPTED, CHAIN_WRONG_ISSUER };
    static const enum chain_fault_kind decrypt[] = { CHAIN_WRONG_SIGNATURE };
    static const enum chain_fault_kind missing[] = { CHAIN_MISSING };
    switch (alert) {
    case 40: /* handshake_failure: what OpenSSL says when it wants a certificate, up to TLS 1.2 */
    case 41:
    case 116: return first_of(s, missing, 1);
    case 42: return first_of(s, bad, 4);
    case 45: return first_of(s, expired, 1);
    case 48: return first_of(s, unknown, 2);
    case 51: return first_of(s, decrypt, 1);
    default: return NULL;
    }
}

/* What the number alone says; a fault that is visible says more. */
static enum verdict_id verdict_of_alert(int alert)
{
    switch (alert) {
    case 44: return VERDICT_REVOKED;
    case 45: return VERDICT_CA_EXPIRED;
    case 48: return VERDICT_UNKNOWN_CA;
    case 51: return VERDICT_CA_MISMATCH;
    case 40:
    case 70:
    case 71:
    case 86:
    case 100: return VERDICT_PROTOCOL;
    default: return VERDICT_REJECTED;
    }
}

static bool about_certificates(int alert)
{
    return (alert >= 41 && alert <= 46) || alert == 48 || alert == 51 || alert == 116;
}

/* A date that can't be read is none that has passed. */
static bool has_expired(const struct certs *t, uint32_t ca, int64_t time)
{
    return ca != CERT_NONE && certs_get(t, ca)->not_after != CERT_TIME_NONE && certs_get(t, ca)->not_after <= time;
}

/* The first CA of `known` that has expired at `time`; *side: who shows it. */
static bool expired_ca(const struct judging *j, const struct wire *known, int64_t time, enum side *side)
{
    for (int i = 1; i >= 0; i--)
        if (has_expired(j->c->certs, chain_ca(j->c->certs, &known->side[i]), time)) {
            *side = (enum side)i;
            return true;
        }
    return false;
}

/* The chain can't be seen: what is known of it from another connection of these two? */
static struct wire_ruling rule_hidden_alert(const struct judging *j, const struct wire *w, const struct wire_alert *a)
{
    const struct wire *known = j->known ? j->known : j->other;
    struct wire_ruling r = rule(REASON_ALERT, verdict_of_alert(a->description), CONFIDENCE_MEDIUM);
    if (known && a->description == 45 && expired_ca(j, known, chain_time(w, j->c->now), &r.known_side)) {
        r.reason = REASON_ALERT_KNOWN;
        r.known = known;
        r.confidence = CONFIDENCE_HIGH;
    }
    return r;
}

static struct wire_ruling rule_mismatch(const struct judging *j, const struct wire *w, const struct wire_alert *a)
{
    const struct wire_side *s = &w->side[!a->from];
    if (generations_differ(j, w) || other_generation(j, s))
        return rule(REASON_ALERT_GENERATIONS, VERDICT_CA_MISMATCH, CONFIDENCE_HIGH);
    if (a->description == 48 && strangers(j, w))
        return rule(REASON_ALERT_STRANGERS, VERDICT_UNKNOWN_CA, CONFIDENCE_HIGH);
    return rule(REASON_ALERT, verdict_of_alert(a->description), CONFIDENCE_MEDIUM);
}

static struct wire_ruling rule_alert(const struct judging *j, const struct wire *w, const struct wire_alert *a)
{
    const struct wire_side *s = &w->side[!a->from];
    const struct chain_fault *named = named_fault(s, a->description), *any = wirejudge_deadly(s);
    struct wire_ruling r;
    if (named) {
        r = rule_fault(j, w, REASON_ALERT_FAULT, named);
        r.confidence = CONFIDENCE_HIGH;
    } else if (a->description == 40 && any) { /* some say no more of a chain that they reject */
        r = rule_fault(j, w, REASON_ALERT_OTHER, any);
    } else if (a->description == 40 && visible(s) && generations_differ(j, w)) {
        r = rule(REASON_ALERT_GENERATIONS, VERDICT_CA_MISMATCH, CONFIDENCE_MEDIUM);
    } else if (!about_certificates(a->description)) {
        r = rule(REASON_ALERT, verdict_of_alert(a->description), CONFIDENCE_HIGH);
        if (r.verdict == VERDICT_REJECTED)
            r.confidence = CONFIDENCE_MEDIUM;
    } else if (!visible(s)) {
        r = rule_hidden_alert(j, w, a);
    } else if (a->description == 48 || a->description == 51) {
        r = rule_mismatch(j, w, a);
    } else if (any) {
        r = rule_fault(j, w, REASON_ALERT_OTHER, any);
    } else if (a->description == 45) {
        r = rule(REASON_ALERT_VALID, VERDICT_CA_EXPIRED, CONFIDENCE_LOW);
    } else {
        r = rule(REASON_ALERT, verdict_of_alert(a->description), CONFIDENCE_MEDIUM);
    }
    r.alert = a;
    r.accused = !a->from;
    return r;
}

/* ---- without an alert in the clear ---- */

static const struct chain_fault *deadly_of(const struct wire *w)
{
    const struct chain_fault *server = wirejudge_deadly(&w->side[SIDE_SERVER]),
                             *client = wirejudge_deadly(&w->side[SIDE_CLIENT]);
    if (server && client) /* both of an expired CA: the client is the first one that looks */
        return client->kind < server->kind ? client : server;
    return server ? server : client;
}

/* TLS 1.3: the client rejects the server, and what it says is encrypted. */
static struct wire_ruling rule_sealed(const struct judging *j, const struct wire *w)
{
    const struct wire *known = j->known ? j->known : j->other;
    struct wire_ruling r = rule(REASON_OPEN_SEALED, VERDICT_REJECTED, CONFIDENCE_MEDIUM);
    if (known && expired_ca(j, known, chain_time(w, j->c->now), &r.known_side)) {
        r.verdict = VERDICT_CA_EXPIRED;
        r.known = known;
    }
    r.accused = SIDE_SERVER;
    return r;
}

static struct wire_ruling rule_open(const struct judging *j, const struct wire *w)
{
    const struct chain_fault *f = deadly_of(w);
    enum confidence confidence = w->ended || encrypted_alert(w) ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW;
    struct wire_ruling r;
    if (f) {
        r = rule_fault(j, w, REASON_OPEN_FAULT, f);
        r.confidence = confidence;
        r.alert = encrypted_alert(w);
        return r;
    }
    if (generations_differ(j, w))
        return rule(REASON_OPEN_GENERATIONS, VERDICT_CA_MISMATCH, confidence);
    if (strangers(j, w))
        return rule(REASON_OPEN_STRANGERS, VERDICT_UNKNOWN_CA, confidence);
    const struct wire_alert *sealed = is_tls13(w) ? encrypted_alert(w) : NULL;
    if (sealed && sealed->from == SIDE_CLIENT)
        return rule_sealed(j, w);
    if (w->side[0].gaps || w->side[1].gaps)
        return rule(REASON_OPEN_GAP, VERDICT_INSUFFICIENT, CONFIDENCE_LOW);
    if (w->client_hello && !w->server_hello && !w->side[SIDE_SERVER].bytes && !w->side[SIDE_SERVER].fin &&
        !w->side[SIDE_SERVER].rst)
        return rule(REASON_OPEN_SILENT, VERDICT_NETWORK, CONFIDENCE_LOW);
    return rule(w->ended ? REASON_OPEN_ENDED : REASON_OPEN_CUT, VERDICT_INSUFFICIENT, CONFIDENCE_LOW);
}

/* Did one end reject the other in the part that is encrypted? */
static bool rejected_inside(const struct wire *w)
{
    bool brief = w->last_ns - w->first_ns <= BRIEF_NS;
    return w->early_end && (w->renegotiations || (brief && encrypted_alert(w)));
}

static struct wire_ruling rule_resumed(const struct judging *j, const struct wire *w)
{
    enum side side = SIDE_SERVER;
    struct wire_ruling r = rule(REASON_RESUMED, VERDICT_INSUFFICIENT, CONFIDENCE_LOW);
    if (!j->known)
        return r;
    if (expired_ca(j, j->known, chain_time(w, j->c->now), &side)) {
        r = rule(REASON_RESUMED_FAULT, rejected_inside(w) ? VERDICT_CA_EXPIRED : VERDICT_AT_RISK, CONFIDENCE_MEDIUM);
        r.accused = r.known_side = side;
    } else {
        r = rule(REASON_RESUMED_KNOWN, VERDICT_HEALTHY, CONFIDENCE_MEDIUM);
    }
    r.known = j->known;
    return r;
}

/* A fault that was there, and yet the handshake was completed. */
static bool rule_despite(const struct judging *j, const struct wire *w, struct wire_ruling *r)
{
    const struct chain_fault *f = deadly_of(w);
    bool inside = rejected_inside(w);
    /* whom the server lets in although it shows no certificate, or one of another name, it does not throw out for it */
    bool minded = f && (w->renegotiations || (f->kind != CHAIN_MISSING && f->kind != CHAIN_NOT_ACCEPTED));
    if (minded && inside) {
        *r = rule_fault(j, w, REASON_LATE_FAULT, f);
        r->confidence = f->kind == CHAIN_EXPIRED || w->renegotiations ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
        r->alert = encrypted_alert(w);
        return true;
    }
    if (generations_differ(j, w)) {
        *r = inside ? rule(REASON_LATE_GENERATIONS, VERDICT_CA_MISMATCH, CONFIDENCE_MEDIUM)
                    : rule(REASON_UP_GENERATIONS, VERDICT_AT_RISK, CONFIDENCE_MEDIUM);
        return true;
    }
    if (!f)
        return false;
    if (f->kind == CHAIN_EXPIRED || f->kind == CHAIN_WRONG_SIGNATURE) {
        *r = rule_fault(j, w, REASON_UP_FAULT, f);
        r->verdict = VERDICT_AT_RISK;
        r->severity = SEVERITY_CRITICAL;
        r->confidence = w->ended ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH;
        return true;
    }
    if (f->kind == CHAIN_NOT_YET_VALID) {
        *r = rule_fault(j, w, REASON_UP_CLOCK, f);
        r->severity = SEVERITY_WARNING;
        r->confidence = CONFIDENCE_LOW;
        return true;
    }
    return false; /* names that are not accepted, a missing certificate: the server didn't mind */
}

static const struct chain_fault *either(const struct wire *w, enum chain_fault_kind kind)
{
    const struct chain_fault *a = chain_find(&w->side[SIDE_SERVER], kind, false);
    const struct chain_fault *b = chain_find(&w->side[SIDE_CLIENT], kind, false);
    if (a && b)
        return b->seconds < a->seconds || (b->seconds == a->seconds && b->depth > a->depth) ? b : a;
    return a ? a : b;
}

static struct wire_ruling rule_up(const struct judging *j, const struct wire *w)
{
    struct wire_ruling r;
    const struct chain_fault *f;
    int64_t since = j->c->now - chain_time(w, j->c->now);
    if ((f = either(w, CHAIN_EXPIRED))) {
        r = rule_fault(j, w, REASON_UP_SINCE, f);
        r.verdict = VERDICT_AT_RISK;
        r.severity = SEVERITY_CRITICAL;
        r.confidence = since > LONG_SINCE_SECONDS ? CONFIDENCE_LOW : CONFIDENCE_MEDIUM;
        return r;
    }
    if ((f = either(w, CHAIN_EXPIRING))) {
        r = rule_fault(j, w, REASON_UP_EXPIRING, f);
        int64_t left = f->now && since > 0 ? f->seconds - since : f->seconds;
        r.severity = left < chain_critical(j->c) ? SEVERITY_CRITICAL : SEVERITY_WARNING;
        r.confidence = CONFIDENCE_HIGH;
        return r;
    }
    if ((f = either(w, CHAIN_WEAK_DIGEST)) || (f = either(w, CHAIN_WEAK_KEY))) {
        r = rule_fault(j, w, REASON_UP_WEAK, f);
        r.severity = SEVERITY_WARNING;
        return r;
    }
    bool both = visible(&w->side[0]) && visible(&w->side[1]);
    return rule(REASON_UP, VERDICT_HEALTHY, both ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM);
}

static struct wire_ruling rule_complete(const struct judging *j, const struct wire *w)
{
    struct wire_ruling r;
    if (is_tls13(w) && !visible(&w->side[0]) && !visible(&w->side[1]))
        return wirehidden_rule(w, &j->hidden);
    if (w->resumed)
        return rule_resumed(j, w);
    if (rule_despite(j, w, &r))
        return r;
    if (!visible(&w->side[0]) && !visible(&w->side[1]))
        return rule(REASON_UP_UNSEEN, VERDICT_INSUFFICIENT, CONFIDENCE_LOW);
    return rule_up(j, w);
}

static struct wire_ruling rule_mid_stream(const struct judging *j, const struct wire *w)
{
    enum side side = SIDE_SERVER;
    const struct wire *known = j->known ? j->known : j->other;
    int64_t time = chain_time(w, j->c->now);
    struct wire_ruling r = rule(REASON_NO_HANDSHAKE_CA, VERDICT_AT_RISK, CONFIDENCE_MEDIUM);
    if (known && expired_ca(j, known, time, &side)) {
        r.known = known;
        r.accused = r.known_side = side;
        return r;
    }
    if (!known && has_expired(j->c->certs, j->only_ca, time) && wirejudge_is_ours(j->c, w)) {
        r.confidence = CONFIDENCE_LOW;
        return r;
    }
    return rule(REASON_NO_HANDSHAKE, VERDICT_INSUFFICIENT, CONFIDENCE_LOW);
}

/* A chain of somebody else, on sftunnel's own port. */
static bool foreign(const struct judging *j, const struct wire *w, struct wire_ruling *r)
{
    uint16_t port = j->c->port ? j->c->port : SFTUNNEL_PORT;
    bool internal = false;
    for (int side = 0; side < 2; side++)
        internal |= chain_is_internal(j->c->certs, &w->side[side]);
    for (int side = 1; side >= 0 && w->side[SIDE_SERVER].at.port == port; side--) {
        if (!chain_is_foreign(j->c->certs, &w->side[side]))
            continue;
        *r = rule(REASON_FOREIGN, VERDICT_INTERCEPTED, internal ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM);
        r->accused = (enum side)side;
        r->alert = wirejudge_alert(w);
        return true;
    }
    return false;
}

static struct wire_ruling rule_wire(const struct judging *j, const struct wire *w)
{
    const struct wire_alert *alert = wirejudge_alert(w);
    struct wire_ruling r;
    if (w->probe && probejudge(j->c, w, &r))
        return r;
    if (foreign(j, w, &r))
        return r;
    if (alert)
        return rule_alert(j, w, alert);
    switch ((enum connection_state)w->state) {
    case CONNECTION_SYN_ONLY:
        return w->side[SIDE_SERVER].syn ? rule(REASON_NO_DATA, VERDICT_INSUFFICIENT, CONFIDENCE_LOW)
                                        : rule(REASON_NO_ANSWER, VERDICT_NETWORK, CONFIDENCE_HIGH);
    case CONNECTION_REFUSED: return rule(REASON_REFUSED, VERDICT_NETWORK, CONFIDENCE_HIGH);
    case CONNECTION_NOT_TLS: return rule(REASON_NOT_TLS, VERDICT_PROTOCOL, CONFIDENCE_MEDIUM);
    case CONNECTION_MID_STREAM: return rule_mid_stream(j, w);
    case CONNECTION_HANDSHAKE: return rule_open(j, w);
    case CONNECTION_COMPLETE: return rule_complete(j, w);
    case CONNECTION_STATES: break;
    }
    return rule(REASON_OPEN_CUT, VERDICT_INSUFFICIENT, CONFIDENCE_LOW);
}

/* ---- pairs ---- */

struct pair_key {
    uint8_t low[16], high[16];
    uint8_t port[2]; /* of a probe's server: what was asked for is that one */
};

struct sorted {
    struct pair_key key;
    int64_t time;
    const char *path;
    uint32_t stream, index;
};

static int by_pair(const void *x, const void *y)
{
    const struct sorted *a = x, *b = y;
    int d = memcmp(&a->key, &b->key, sizeof a->key);
    if (d == 0 && a->time != b->time)
        d = a->time < b->time ? -1 : 1;
    if (d == 0)
        d = strcmp(a->path, b->path);
    if (d == 0 && a->stream != b->stream)
        d = a->stream < b->stream ? -1 : 1;
    return d ? d : (a->index > b->index) - (a->index < b->index);
}

static void make_pairs(const struct casefile *c, struct wire_pairs *pairs)
{
    struct sorted *s = mem_zalloc(c->wire_count, sizeof *s);
    for (size_t i = 0; i < c->wire_count; i++) {
        const struct wire *w = &c->wires[i];
        bool swap = memcmp(w->side[0].at.ip, w->side[1].at.ip, 16) > 0;
        memcpy(s[i].key.low, w->side[swap].at.ip, 16);
        memcpy(s[i].key.high, w->side[!swap].at.ip, 16);
        if (w->probe)
            memcpy(s[i].key.port, &w->side[SIDE_SERVER].at.port, 2);
        s[i].time = w->first_ns;
        s[i].path = w->source < c->source_count ? c->sources[w->source].path : "";
        s[i].stream = w->stream;
        s[i].index = (uint32_t)i;
    }
    if (c->wire_count)
        qsort(s, c->wire_count, sizeof *s, by_pair);
    pairs->order = mem_zalloc(c->wire_count, sizeof *pairs->order);
    size_t capacity = 0;
    for (size_t i = 0; i < c->wire_count; i++) {
        pairs->order[i] = s[i].index;
        if (i == 0 || memcmp(&s[i].key, &s[i - 1].key, sizeof s[i].key) != 0) {
            pairs->all = mem_grow(pairs->all, &capacity, pairs->count + 1, sizeof *pairs->all);
            pairs->all[pairs->count++] = (struct wire_pair){ .from = i };
        }
        pairs->all[pairs->count - 1].count++;
    }
    free(s);
}

void wirejudge_clear(struct wire_pairs *pairs)
{
    free(pairs->order);
    free(pairs->all);
    *pairs = (struct wire_pairs){ 0 };
}

/* ---- all of them ---- */

/* Per DN its InternalCA, and the only DN of such, if there is one: then the CA that lasts longest. */
static void list_cas(struct judging *j)
{
    const struct certs *t = j->c->certs;
    uint32_t most = 0, found = CERT_NONE;
    bool several_names = false;
    for (uint32_t i = 0; i < certs_count(t); i++)
        if (certs_get(t, i)->subject_name != CERT_NAME_NONE && certs_get(t, i)->subject_name > most)
            most = certs_get(t, i)->subject_name;
    j->of_name = mem_resize(NULL, (size_t)most + 1, sizeof *j->of_name);
    memset(j->of_name, 0xff, ((size_t)most + 1) * sizeof *j->of_name);
    for (uint32_t i = 0; i < certs_count(t); i++) {
        const struct cert *c = certs_get(t, i);
        if (!c->internal_ca || c->subject_name == CERT_NAME_NONE)
            continue;
        uint32_t *of = &j->of_name[c->subject_name];
        *of = *of == CERT_NONE ? i : *of == SEVERAL || chain_generations_differ(t, *of, i) ? SEVERAL : *of;
        several_names |= found != CERT_NONE && certs_get(t, found)->subject_name != c->subject_name;
        if (found == CERT_NONE || c->not_after > certs_get(t, found)->not_after)
            found = i;
    }
    j->only_ca = several_names ? CERT_NONE : found;
}

static const char *keep(struct strings *words, char *text)
{
    struct slice kept = strings_get(words, strings_add(words, slice_of(text)));
    free(text);
    return kept.p;
}

static void judge_one(struct judging *j, struct strings *words, struct wire *w)
{
    struct wire_ruling r = rule_wire(j, w);
    w->verdict = r.verdict;
    w->severity = r.severity;
    w->confidence = r.confidence;
    w->summary = keep(words, wirewords_summary(j->c, w, &r));
    w->next = wirewords_next(&r);
}

static bool has_ca(const struct certs *t, const struct wire *w)
{
    return chain_ca(t, &w->side[0]) != CERT_NONE || chain_ca(t, &w->side[1]) != CERT_NONE;
}

void wirejudge_all(struct casefile *c, struct strings *words, struct wire_pairs *pairs)
{
    *pairs = (struct wire_pairs){ 0 };
    wiresame_drop(c);
    if (!c->wire_count)
        return;
    make_pairs(c, pairs);
    for (size_t i = 0; i < c->wire_count; i++)
        for (int side = 0; side < 2; side++)
            chain_judge(c, &c->wires[i], (enum side)side);
    struct judging j = { .c = c };
    list_cas(&j);
    for (size_t p = 0; p < pairs->count; p++) {
        const uint32_t *order = &pairs->order[pairs->all[p].from];
        j.known = j.other = NULL;
        j.hidden = (struct hidden_tally){ 0 };
        for (size_t i = 0; i < pairs->all[p].count; i++)
            wirehidden_count(&c->wires[order[i]], &j.hidden);
        for (size_t i = 0; i < pairs->all[p].count && !j.other; i++)
            if (has_ca(c->certs, &c->wires[order[i]]))
                j.other = &c->wires[order[i]];
        for (size_t i = 0; i < pairs->all[p].count; i++) {
            struct wire *w = &c->wires[order[i]];
            judge_one(&j, words, w);
            if (w->state == CONNECTION_COMPLETE && has_ca(c->certs, w))
                j.known = w;
        }
    }
    free(j.of_name);
}
