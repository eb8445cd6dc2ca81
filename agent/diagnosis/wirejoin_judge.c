/* SPDX-License-Identifier: BSD-2-Clause */
/* What connections of captures change in the verdicts: they confirm, say more, say something newer, or contradict. */
#include "agent/diagnosis/wirejoin.h"

#include "base/mem.h"

#include <stdlib.h>

#define NEAR_SECONDS 300

/* The more it says about the cause, the higher. */
static int telling(const struct wire *w)
{
    if (w->verdict == VERDICT_INSUFFICIENT)
        return 0;
    if (w->verdict == VERDICT_NETWORK)
        return 1;
    return w->verdict == VERDICT_REJECTED || w->verdict == VERDICT_PROTOCOL ? 2 : 3 + (int)w->confidence;
}

/* ---- how things stand, by the connections alone ---- */

/* Of two that led to a tunnel the later one counts, but one that says nothing, or is over, doesn't hide a risk. */
static bool says_more(const struct wire *w, const struct wire *than)
{
    if (!than)
        return true;
    if (w->verdict == VERDICT_INSUFFICIENT)
        return than->verdict == VERDICT_INSUFFICIENT;
    return !(than->verdict == VERDICT_AT_RISK && !than->ended && w->verdict == VERDICT_HEALTHY && w->resumed);
}

static void stand(const struct inquiry *q, struct view_wires *x)
{
    const struct wire *up = NULL, *failed = NULL, *open = NULL;
    for (size_t i = 0; i < x->count; i++) {
        const struct wire *w = wirejoin_wire(q, x, i);
        switch (wirejudge_end(w)) {
        case WIRE_END_UP:
            if (!w->ended && (!x->alive || w->last_ns >= x->alive->last_ns))
                x->alive = w;
            up = says_more(w, up) ? w : up;
            if (w->state == CONNECTION_COMPLETE) { /* what failed before is history */
                failed = NULL;
                x->failing_since = CIVIL_NONE;
            }
            break;
        case WIRE_END_FAILED:
            if (x->failing_since == CIVIL_NONE)
                x->failing_since = wirejoin_civil(w->first_ns);
            failed = !failed || telling(w) >= telling(failed) ? w : failed;
            break;
        case WIRE_END_UNKNOWN: open = !open || telling(w) >= telling(open) ? w : open; break;
        }
    }
    /* a session that was there before the capture says less than a failure, or an unfinished handshake with a fault */
    bool plain = up && up->verdict == VERDICT_INSUFFICIENT;
    x->telling = failed ? failed : up && !(plain && open && telling(open)) ? up : open ? open : up;
}

static void at_risk(struct view *v)
{
    v->verdict = VERDICT_AT_RISK;
    v->severity = verdict_info(v->verdict)->severity;
}

/* A fault whose like ends a tunnel for good, and one of these tunnels is still up beside what failed. */
static void at_risk_beside(struct view *v)
{
    const struct wire *w = v->wires->telling, *alive = v->wires->alive;
    if (!judge_risks(v->verdict) || wirejudge_end(w) == WIRE_END_UP || !alive || alive->last_ns < w->first_ns)
        return;
    at_risk(v);
}

static void judge_captured(struct view *v)
{
    const struct wire *w = v->wires->telling;
    v->verdict = v->fault_verdict = w->verdict;
    v->severity = w->severity;
    v->confidence = w->confidence;
    v->wires->decides = true;
    at_risk_beside(v);
}

/* ---- against what a log says ---- */

static void firmer(struct view *v)
{
    if (v->confidence < CONFIDENCE_HIGH)
        v->confidence = (enum confidence)(v->confidence + 1);
}

static void weaker(struct view *v)
{
    if (v->confidence > CONFIDENCE_LOW)
        v->confidence = (enum confidence)(v->confidence - 1);
    v->wires->refutes = true;
}

static void follow(struct view *v, const struct wire *w)
{
    v->verdict = v->fault_verdict = w->verdict;
    v->severity = w->severity;
    v->confidence = w->confidence;
    v->wires->decides = true;
}

/* Rejected as expired, but the chain that was rejected is there to see and is valid. */
static bool shows_valid(const struct wire *w)
{
    const struct wire_alert *a = wirejudge_alert(w);
    const struct wire_side *s = a ? &w->side[!a->from] : NULL;
    return s && a->description == 45 && s->chain_count && !chain_find(s, CHAIN_EXPIRED, true);
}

/* Seconds from the last failure in the log to this connection; negative: the connection is older. */
static int64_t after_fault(const struct view *v, const struct wire *w)
{
    return v->fault->last == CIVIL_NONE ? 0 : w->first_ns / 1000000000 - civil_unix(v->fault->last);
}

/* The log says less than a chain that is there to see: an alert, a failed handshake, or no cause at all. */
static bool was_told(const struct view *v)
{
    return v->fault->what.type != OUTCOME_VERIFY_FAILED;
}

static void against_fault(struct view *v, const struct wire *w)
{
    bool up = wirejudge_end(w) == WIRE_END_UP;
    if (up && w->state == CONNECTION_COMPLETE && after_fault(v, w) > 0) {
        if (w->verdict == VERDICT_HEALTHY || w->verdict == VERDICT_AT_RISK || w->verdict == VERDICT_CA_EXPIRING)
            follow(v, w); /* it has come up since */
        else if (judge_risks(v->fault_verdict) && !w->ended)
            at_risk(v); /* likewise, but how is not seen: resumed, or by TLS 1.3 */
        if (v->verdict == VERDICT_HEALTHY && v->confidence == CONFIDENCE_HIGH)
            v->confidence = CONFIDENCE_MEDIUM;
        return;
    }
    if (up && judge_risks(v->fault_verdict) && !w->ended &&
        w->last_ns / 1000000000 - civil_unix(v->fault->last) > -NEAR_SECONDS && v->fault->last != CIVIL_NONE) {
        at_risk(v); /* established before the fault, and alive after it */
        return;
    }
    if (up || w->verdict == VERDICT_INSUFFICIENT || w->verdict == VERDICT_NETWORK)
        return;
    if (w->verdict == v->fault_verdict) {
        if (shows_valid(w))
            weaker(v);
        else
            firmer(v);
    } else if (was_told(v) && w->confidence >= CONFIDENCE_MEDIUM && !shows_valid(w)) {
        bool risk = v->verdict == VERDICT_AT_RISK; /* that the log says so stays true, whatever the fault is called */
        follow(v, w);
        if (risk && judge_risks(v->verdict))
            at_risk(v);
    } else {
        weaker(v);
    }
}

static void without_fault(struct view *v, const struct wire *w)
{
    bool failed = wirejudge_end(w) == WIRE_END_FAILED;
    bool older = v->success && v->peer->last_success_time != CIVIL_NONE &&
                 w->first_ns / 1000000000 < civil_unix(v->peer->last_success_time);
    if (w->verdict == VERDICT_INSUFFICIENT || (failed && older))
        return;
    if (w->verdict == v->verdict)
        firmer(v);
    else if (v->verdict != VERDICT_AT_RISK)
        follow(v, w);
}

static void judge_view_wires(struct view *v)
{
    const struct wire *w = v->wires->telling;
    if (v->verdict == VERDICT_PUSH_INCOMPLETE) { /* what the wire shows comes from that, or says nothing of it */
        v->wires->refutes = w->verdict == VERDICT_HEALTHY;
        return;
    }
    if (v->fault)
        against_fault(v, w);
    else
        without_fault(v, w);
    at_risk_beside(v);
}

/* The UUID in the certificates of this connection. */
static void learn_ca(const struct inquiry *q, struct view *v)
{
    const struct wire *w = v->wires->telling;
    for (size_t k = 0; w && !v->ca_uuid.n; w = k < v->wires->count ? wirejoin_wire(q, v->wires, k) : NULL, k++)
        for (int side = 1; side >= 0 && !v->ca_uuid.n; side--)
            for (size_t i = 0; i < w->side[side].chain_count && !v->ca_uuid.n; i++) {
                uint32_t id = w->side[side].chain[i];
                const char *uuid = id == CERT_NONE ? NULL : certs_get(q->c->certs, id)->ca_uuid;
                v->ca_uuid = uuid ? slice_of(uuid) : v->ca_uuid;
            }
}

void wirejoin_judge(struct inquiry *q)
{
    for (size_t i = 0; i < q->view_count; i++) {
        struct view *v = &q->views[i];
        if (!v->wires)
            continue;
        stand(q, v->wires);
        if (v->captured)
            judge_captured(v);
        else
            judge_view_wires(v);
        learn_ca(q, v);
    }
}
