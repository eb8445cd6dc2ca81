/* SPDX-License-Identifier: BSD-2-Clause */
/* What is wrong with one peer: tables and plain rules over its counted outcomes. */
#include "agent/diagnosis/diagnose_parts.h"

#include "agent/diagnosis/tlsalert.h"
#include "agent/diagnosis/x509code.h"
#include "base/mem.h"

#include <stdlib.h>

/* ---- from one outcome ---- */

static enum verdict_id of_verify(int number, int depth, bool ca_subject)
{
    switch (x509_code_read(number, (struct slice){ "", 0 }).class) {
    case X509_CLASS_EXPIRED: return depth == 0 && !ca_subject ? VERDICT_LEAF_EXPIRED : VERDICT_CA_EXPIRED;
    case X509_CLASS_NOT_YET_VALID: return VERDICT_NOT_YET_VALID;
    case X509_CLASS_CA_MISMATCH: return VERDICT_CA_MISMATCH;
    case X509_CLASS_UNKNOWN_CA: return VERDICT_UNKNOWN_CA;
    case X509_CLASS_WEAK: return VERDICT_WEAK_CERTIFICATE;
    case X509_CLASS_REVOKED: return VERDICT_REVOKED;
    case X509_CLASS_OK:
    case X509_CLASS_OTHER: break;
    }
    return VERDICT_REJECTED;
}

static enum verdict_id of_alert(int alert)
{
    switch (alert) {
    case 44: return VERDICT_REVOKED;
    case 45: return VERDICT_CA_EXPIRED;
    case 48: return VERDICT_UNKNOWN_CA;
    case 51: return VERDICT_CA_MISMATCH;
    case 40: /* handshake_failure: nothing in common */
    case 70: /* protocol_version */
    case 71: /* insufficient_security */
    case 86: /* inappropriate_fallback */
    case 100: /* no_renegotiation */ return VERDICT_PROTOCOL;
    default: return VERDICT_REJECTED;
    }
}

enum verdict_id judge_outcome(struct outcome o, bool ca_subject)
{
    switch ((enum outcome_type)o.type) {
    case OUTCOME_ESTABLISHED: return VERDICT_HEALTHY;
    case OUTCOME_VERIFY_FAILED: return of_verify(o.number, o.depth, ca_subject);
    case OUTCOME_ALERT: return of_alert(o.number);
    case OUTCOME_POST_HANDSHAKE_AUTH: return VERDICT_POST_HANDSHAKE_AUTH;
    case OUTCOME_REFUSED:
    case OUTCOME_UNREACHABLE:
    case OUTCOME_TIMED_OUT: return VERDICT_NETWORK;
    case OUTCOME_HANDSHAKE_FAILED:
        if (o.number == OUTCOME_NUMBER_AUTH)
            return VERDICT_REJECTED;
        return ssl_reason_is_protocol(o.number) ? VERDICT_PROTOCOL : VERDICT_INSUFFICIENT;
    case OUTCOME_INCOMPLETE:
    case OUTCOME_TYPES: break;
    }
    return VERDICT_INSUFFICIENT;
}

/* ---- from all outcomes of a peer ---- */

/* A sign of life that is so much older than the latest failure says nothing of what came after it. */
#define STILL_ALIVE_SECONDS 600

/* The more an outcome says about the cause, the higher. */
static int telling(struct outcome o)
{
    switch ((enum outcome_type)o.type) {
    case OUTCOME_VERIFY_FAILED:
    case OUTCOME_ALERT: return 5;
    case OUTCOME_POST_HANDSHAKE_AUTH: return 4;
    case OUTCOME_HANDSHAKE_FAILED: return judge_outcome(o, false) == VERDICT_INSUFFICIENT ? 1 : 3;
    case OUTCOME_REFUSED:
    case OUTCOME_UNREACHABLE:
    case OUTCOME_TIMED_OUT: return 2;
    case OUTCOME_ESTABLISHED:
    case OUTCOME_INCOMPLETE:
    case OUTCOME_TYPES: break;
    }
    return 0;
}

/* CN of "/title=InternalCA/.../CN=<uuid>/...": the UUID of the FMC; empty when it is another certificate. */
static struct slice internal_ca(struct slice dn)
{
    struct slice uuid, none = { "", 0 };
    if (!slice_contains(dn, SLICE("InternalCA")) || !slice_after(dn, SLICE("CN="), &uuid))
        return none;
    uuid.n = uuid.n > UUID_BYTES ? UUID_BYTES : uuid.n;
    return slice_is_uuid(uuid) ? uuid : none;
}

static bool ca_subject(const struct inquiry *q, const struct view *v)
{
    return slice_contains(inquiry_string(q, view_witness(v)->subject), SLICE("InternalCA"));
}

void judge_facts(struct inquiry *q, struct view *v)
{
    for (size_t i = 0; v->peer && i < v->peer->stat_count; i++) {
        const struct outcome_stat *s = &v->peer->stats[i];
        if (s->what.type == OUTCOME_ESTABLISHED)
            v->success = s;
        if (!outcome_is_failure(s->what) || s->last_sequence <= v->peer->last_success)
            continue;
        int more = v->fault ? telling(s->what) - telling(v->fault->what) : 1;
        if (more > 0 || (more == 0 && s->last_sequence > v->fault->last_sequence))
            v->fault = s;
    }
    if (!v->fault)
        return;
    struct slice issuer = internal_ca(inquiry_string(q, view_witness(v)->issuer));
    v->ca_uuid = issuer.n ? issuer : internal_ca(inquiry_string(q, view_witness(v)->subject));
    v->fault_verdict = judge_outcome(v->fault->what, ca_subject(q, v));
}

bool judge_status_is_old(const struct view *v)
{
    const struct status_fact *s = v->status;
    if (!s || s->seen == CIVIL_NONE || !v->peer)
        return false;
    civil other = v->peer->last_sign ? v->peer->last_sign_time : CIVIL_NONE;
    if (s->connected)
        other = v->fault ? v->fault->last : v->peer->last_disconnect ? v->peer->last_disconnect_time : CIVIL_NONE;
    else if (v->success && v->peer->last_success_time > other)
        other = v->peer->last_success_time;
    return other != CIVIL_NONE && other > s->seen && civil_between(s->seen, other) > STILL_ALIVE_SECONDS;
}

bool judge_is_up(const struct view *v)
{
    if (v->status && !judge_status_is_old(v))
        return v->status->connected;
    if (!v->peer || !v->peer->last_sign || v->peer->last_disconnect > v->peer->last_sign)
        return false;
    if (!v->fault || v->peer->last_sign > v->fault->last_sequence)
        return true;
    /* one of two connections may be up while the other one fails: then its signs go on between the failures */
    return v->peer->last_sign > view_witness(v)->sequence && v->peer->last_sign_time != CIVIL_NONE &&
           v->fault->last != CIVIL_NONE &&
           civil_between(v->peer->last_sign_time, v->fault->last) <= STILL_ALIVE_SECONDS;
}

/* ---- one CA, many peers ---- */

/* Does this fault say that the CA that all tunnels of this FMC hang on has expired? */
static bool shows_expired_ca(const struct view *v)
{
    return v->role == ROLE_FMC && v->fault && v->fault_verdict == VERDICT_CA_EXPIRED;
}

struct fmc {
    const struct view *first; /* the first peer that shows that its CA has expired */
    uint64_t last_success;    /* of any of its peers */
};

/* The one that wrote the log with this peer, or, where only a status output says that it is up, the log beside that. */
static const struct fmc *fmc_of(const struct inquiry *q, const struct fmc *fmcs, const struct view *v)
{
    if (v->peer)
        return &fmcs[v->peer->host];
    if (!v->status || !v->status->connected || v->unit == UNIT_NONE)
        return NULL;
    for (size_t i = 0; i < q->whole->host_count; i++)
        if (fmcs[i].first && fmcs[i].first->unit == v->unit)
            return &fmcs[i];
    return NULL;
}

/* Is it up, by what was made before this? Where the log has nothing of it, it was up before the log began. */
static bool up_since_before(const struct view *v, uint64_t sequence)
{
    return !v->peer || ((v->success || v->peer->signs) && v->peer->last_disconnect < sequence);
}

void judge_risk(struct inquiry *q)
{
    struct fmc *fmcs = mem_zalloc(q->whole->host_count, sizeof *fmcs);
    for (size_t i = 0; i < q->view_count; i++) {
        const struct view *v = &q->views[i];
        if (!v->peer)
            continue;
        struct fmc *fmc = &fmcs[v->peer->host];
        if (shows_expired_ca(v) && (!fmc->first || view_witness(v)->sequence < view_witness(fmc->first)->sequence))
            fmc->first = v;
        if (v->peer->last_success > fmc->last_success)
            fmc->last_success = v->peer->last_success;
    }
    for (size_t i = 0; i < q->view_count; i++) {
        struct view *v = &q->views[i];
        const struct fmc *fmc = fmc_of(q, fmcs, v);
        if (!fmc || v->role != ROLE_FMC || !fmc->first)
            continue;
        uint64_t since = view_witness(fmc->first)->sequence;
        bool regenerated = fmc->last_success > since; /* the CA was accepted after that: not this CA */
        if (shows_expired_ca(v))
            v->refuted = regenerated;
        else if (!v->fault && !regenerated && up_since_before(v, since)) {
            v->risk_since = since;
            v->risk_fault = fmc->first->fault;
            v->risk_peer = fmc->first->peer;
        }
    }
    free(fmcs);
}

/* ---- the verdict ---- */

bool judge_risks(enum verdict_id id)
{
    return id == VERDICT_CA_EXPIRED || id == VERDICT_LEAF_EXPIRED || id == VERDICT_CA_MISMATCH ||
           id == VERDICT_UNKNOWN_CA || id == VERDICT_WEAK_CERTIFICATE || id == VERDICT_REVOKED;
}

static enum confidence confidence_of(const struct view *v)
{
    if (!v->fault)
        return CONFIDENCE_MEDIUM;
    switch ((enum outcome_type)v->fault->what.type) {
    case OUTCOME_VERIFY_FAILED: return v->fault->what.depth >= 0 ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
    case OUTCOME_POST_HANDSHAKE_AUTH:
    case OUTCOME_REFUSED:
    case OUTCOME_UNREACHABLE:
    case OUTCOME_TIMED_OUT: return CONFIDENCE_HIGH;
    case OUTCOME_ALERT: return CONFIDENCE_MEDIUM;
    case OUTCOME_HANDSHAKE_FAILED: return v->fault_verdict == VERDICT_INSUFFICIENT ? CONFIDENCE_LOW : CONFIDENCE_MEDIUM;
    case OUTCOME_ESTABLISHED:
    case OUTCOME_INCOMPLETE:
    case OUTCOME_TYPES: break;
    }
    return CONFIDENCE_LOW;
}

/* The end that verified knows more than the one that was told by an alert. */
static void believe_partner(struct inquiry *q, struct view *v)
{
    if (v->partner == VIEW_NONE || !v->fault)
        return;
    const struct view *other = &q->views[v->partner];
    if (!other->fault ||
        !(v->fault->what.type == OUTCOME_HANDSHAKE_FAILED || bothends_fit(v->fault->what, other->fault->what)))
        return;
    bool told = v->fault->what.type == OUTCOME_ALERT || v->fault->what.type == OUTCOME_HANDSHAKE_FAILED;
    bool knows = other->fault->what.type == OUTCOME_VERIFY_FAILED;
    if (told && knows)
        v->fault_verdict = judge_outcome(other->fault->what, ca_subject(q, other));
    if (knows && !v->ca_uuid.n)
        v->ca_uuid = other->ca_uuid;
}

static void without_fault(struct view *v)
{
    const struct peer *p = v->peer;
    bool up = v->success && p->last_success >= p->last_disconnect;
    v->confidence = CONFIDENCE_MEDIUM;
    bool told_down = v->status && !v->status->connected && !judge_status_is_old(v);
    if (v->stopped && (told_down || !v->status)) { /* whatever the log says of the time before */
        v->verdict = VERDICT_NETWORK;
    } else if (told_down) { /* it was collected after the log; the log does not say why */
        v->verdict = VERDICT_INSUFFICIENT;
        v->confidence = CONFIDENCE_LOW;
    } else if (v->risk_since) {
        v->verdict = VERDICT_AT_RISK;
    } else if (up) {
        v->verdict = VERDICT_HEALTHY;
        v->confidence = CONFIDENCE_HIGH;
    } else if (judge_is_up(v)) {
        v->verdict = VERDICT_HEALTHY;
    } else if ((p && p->disconnects) ||
               (v->socket && !v->sockets)) { /* a connection that is asked for, and no answer */
        v->verdict = VERDICT_NETWORK;
        v->confidence = CONFIDENCE_LOW;
    } else {
        v->verdict = VERDICT_INSUFFICIENT;
        v->confidence = CONFIDENCE_LOW;
    }
}

/* The time in ".../certs/<unix time>/FAILED_PUSH"; 0 when the path has none. */
static int64_t push_time(const struct inquiry *q, const struct push_fact *push)
{
    const char *at = NULL;
    for (const char *p = q->c->sources[push->source].path; (p = strstr(p, "certs/")); p++)
        at = p; /* the last one: folders on the way may be called so, too */
    struct slice rest;
    uint32_t seconds;
    return at && slice_u32(slice_cut(slice_of(at + 6), '/', &rest), UINT32_MAX, &seconds) ? seconds : 0;
}

/* Was the tunnel made anew after the files failed to reach the peer? Then they got there by another way. */
static bool push_is_history(const struct inquiry *q, const struct view *v)
{
    int64_t pushed = push_time(q, v->push);
    return v->success && !v->fault && pushed && civil_unix(v->peer->last_success_time) > pushed;
}

void judge_view(struct inquiry *q, struct view *v)
{
    believe_partner(q, v);
    if (v->fault) {
        v->verdict = v->fault_verdict;
        v->confidence = confidence_of(v);
        if (v->refuted && v->confidence > CONFIDENCE_LOW)
            v->confidence = (enum confidence)(v->confidence - 1);
        else if (v->partner != VIEW_NONE && q->views[v->partner].fault &&
                 bothends_fit(v->fault->what, q->views[v->partner].fault->what))
            v->confidence = CONFIDENCE_HIGH;
        if (judge_is_up(v) && judge_risks(v->fault_verdict))
            v->verdict = VERDICT_AT_RISK;
        else if (judge_is_up(v) && v->fault_verdict == VERDICT_NETWORK) {
            v->verdict = VERDICT_HEALTHY;
            v->confidence = CONFIDENCE_MEDIUM;
        }
    } else {
        without_fault(v);
    }
    if (v->push && v->verdict != VERDICT_AT_RISK && !push_is_history(q, v)) {
        v->verdict = VERDICT_PUSH_INCOMPLETE;
        v->confidence = CONFIDENCE_HIGH;
    }
    v->severity = verdict_info(v->verdict)->severity;
}
