/* SPDX-License-Identifier: BSD-2-Clause */
/* A handshake of our own: it was made to see what the server presents, so that is what is judged. */
#include "agent/diagnosis/tlsalert.h"
#include "agent/diagnosis/wirejudge.h"
#include "base/buf.h"

static struct wire_ruling rule(enum wire_reason reason, enum verdict_id verdict, enum confidence confidence)
{
    return (struct wire_ruling){
        .reason = reason,
        .verdict = verdict,
        .severity = verdict_info(verdict)->severity,
        .confidence = confidence,
        .accused = SIDE_SERVER,
    };
}

/* OpenSSL says 40 or 116; others say 42, 41, 46 or 49. */
bool probejudge_wanting(const struct wire *w)
{
    const struct wire_alert *a = wirejudge_alert(w);
    return a && a->from == SIDE_SERVER && w->certificate_requested && !w->side[SIDE_CLIENT].chain_count &&
           w->side[SIDE_SERVER].chain_count;
}

/* ---- how it hangs on the CAs that were given ---- */

static const struct cert *readable(const struct casefile *c, uint32_t id)
{
    const struct cert *cert = id == CERT_NONE ? NULL : certs_get(c->certs, id);
    return cert && !cert->unreadable ? cert : NULL;
}

/* The given CA whose key one of the chain's certificates has, or is signed with; `same_name`: by the name only. */
static const struct cert *hangs_on(struct casefile *c, const struct wire_side *s, bool *same_name)
{
    *same_name = false;
    for (size_t i = 0; i < s->chain_count; i++) {
        const struct cert *cert = readable(c, s->chain[i]);
        for (size_t k = 0; cert && k < c->trusted_count; k++) {
            const struct cert *ca = readable(c, c->trusted[k]);
            if (!ca)
                continue;
            if (memcmp(ca->spki_sha256, cert->spki_sha256, CERT_HASH) == 0)
                return ca;
            bool named = ca->subject_name != CERT_NAME_NONE && ca->subject_name == cert->issuer_name;
            *same_name |= named || (ca->subject_name != CERT_NAME_NONE && ca->subject_name == cert->subject_name);
            if (named && certs_signed_by(c->certs, s->chain[i], c->trusted[k]) != CERT_NOT_SIGNED)
                return ca;
        }
    }
    return NULL;
}

/* ---- faults ---- */

/* Of our own chain only what the server must see as well. */
static const struct chain_fault *own_fault(const struct wire *w)
{
    static const enum chain_fault_kind kinds[] = { CHAIN_EXPIRED, CHAIN_NOT_YET_VALID, CHAIN_WRONG_SIGNATURE };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct chain_fault *f = chain_find(&w->side[SIDE_CLIENT], kinds[i], true);
        if (f)
            return f;
    }
    return NULL;
}

static struct wire_ruling rule_fault(
    const struct casefile *c, const struct wire *w, enum side accused, const struct chain_fault *f)
{
    struct wire_ruling r = rule(REASON_PROBE_FAULT, wirejudge_verdict(c, &w->side[accused], f), CONFIDENCE_HIGH);
    r.accused = accused;
    r.fault = f;
    if (f->kind == CHAIN_EXPIRING)
        r.severity = f->seconds < chain_critical(c) ? SEVERITY_CRITICAL : SEVERITY_WARNING;
    else if (f->kind == CHAIN_WEAK_DIGEST || f->kind == CHAIN_WEAK_KEY)
        r.severity = SEVERITY_WARNING;
    return r;
}

static const struct chain_fault *mild(const struct wire_side *s)
{
    static const enum chain_fault_kind kinds[] = { CHAIN_EXPIRING, CHAIN_WEAK_DIGEST, CHAIN_WEAK_KEY };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct chain_fault *f = chain_find(s, kinds[i], false);
        if (f)
            return f;
    }
    return NULL;
}

/* ---- all of it ---- */

/* No certificates, and no alert that says why. */
static struct wire_ruling rule_unseen(const struct casefile *c, const struct wire *w)
{
    const struct wire_side *s = &w->side[SIDE_SERVER];
    if (w->source < c->source_count && c->sources[w->source].partial) /* nobody waited to the end */
        return rule(REASON_PROBE_UNSEEN, VERDICT_INSUFFICIENT, CONFIDENCE_LOW);
    switch ((enum connection_state)w->state) {
    case CONNECTION_SYN_ONLY:
    case CONNECTION_REFUSED: return rule(REASON_PROBE_UNSEEN, VERDICT_NETWORK, CONFIDENCE_HIGH);
    case CONNECTION_NOT_TLS: return rule(REASON_PROBE_UNSEEN, VERDICT_PROTOCOL, CONFIDENCE_HIGH);
    case CONNECTION_HANDSHAKE: break;
    case CONNECTION_COMPLETE: return rule(REASON_PROBE_UNSEEN, VERDICT_INSUFFICIENT, CONFIDENCE_LOW);
    case CONNECTION_MID_STREAM:
    case CONNECTION_STATES: return rule(REASON_PROBE_UNSEEN, VERDICT_INSUFFICIENT, CONFIDENCE_LOW);
    }
    if (s->fin || s->rst) /* TLS is refused without a word */
        return rule(REASON_PROBE_UNSEEN, VERDICT_PROTOCOL, CONFIDENCE_LOW);
    if (!s->bytes)
        return rule(REASON_PROBE_UNSEEN, VERDICT_NETWORK, CONFIDENCE_LOW);
    return rule(REASON_PROBE_UNSEEN, VERDICT_PROTOCOL, CONFIDENCE_MEDIUM);
}

static struct wire_ruling rule_chain(struct casefile *c, const struct wire *w)
{
    const struct wire_side *server = &w->side[SIDE_SERVER], *client = &w->side[SIDE_CLIENT];
    const struct chain_fault *f = wirejudge_deadly(server), *own = own_fault(w);
    bool same_name = false;
    const struct cert *ca = hangs_on(c, server, &same_name);
    bool hangs = ca != NULL;
    if (!hangs && chain_is_foreign(c->certs, server)) {
        struct wire_ruling r = rule(REASON_FOREIGN, VERDICT_INTERCEPTED, CONFIDENCE_MEDIUM);
        if (chain_is_internal(c->certs, client) || c->trusted_count)
            r.confidence = CONFIDENCE_HIGH;
        r.alert = wirejudge_alert(w);
        return r;
    }
    if (f)
        return rule_fault(c, w, SIDE_SERVER, f);
    if (own)
        return rule_fault(c, w, SIDE_CLIENT, own);
    if (chain_generations_differ(c->certs, chain_ca(c->certs, server), chain_ca(c->certs, client)) ||
        (c->trusted_count && !hangs && same_name))
        return rule(REASON_PROBE_GENERATIONS, VERDICT_CA_MISMATCH, CONFIDENCE_HIGH);
    if (c->trusted_count && !hangs)
        return rule(REASON_PROBE_STRANGER, VERDICT_UNKNOWN_CA, CONFIDENCE_HIGH);
    if (hangs && ca->not_after <= c->now && ca->not_after != CERT_TIME_NONE)
        return rule(REASON_PROBE_GIVEN, VERDICT_CA_EXPIRED, CONFIDENCE_HIGH);
    f = mild(server);
    if (f)
        return rule_fault(c, w, SIDE_SERVER, f);
    bool whole = server->seen == CERTIFICATES_ALL && (w->state == CONNECTION_COMPLETE || probejudge_wanting(w));
    return rule(REASON_PROBE, VERDICT_HEALTHY, whole ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM);
}

bool probejudge(struct casefile *c, const struct wire *w, struct wire_ruling *r)
{
    bool seen = w->side[SIDE_SERVER].chain_count > 0, shown = w->side[SIDE_CLIENT].chain_count > 0;
    const struct wire_alert *alert = wirejudge_alert(w);
    if (alert && alert->from == SIDE_SERVER && !probejudge_wanting(w))
        return false; /* it rejects our certificate, or the handshake */
    if (!seen) {
        *r = rule_unseen(c, w);
        return true;
    }
    *r = rule_chain(c, w);
    /* it ended our handshake without a word, with a certificate at hand: then a valid chain is not the whole truth */
    return r->reason != REASON_PROBE || !shown || w->state == CONNECTION_COMPLETE;
}

/* ---- words ---- */

/* As of other connections, but it is now: "its InternalCA expired 3 days ago (2024-09-17)". */
static void put_fault(struct buf *b, const struct casefile *c, const struct wire_side *s, const struct chain_fault *f)
{
    const struct cert *cert = f->depth < s->chain_count ? readable(c, s->chain[f->depth]) : NULL;
    if (!cert || (f->kind != CHAIN_EXPIRED && f->kind != CHAIN_NOT_YET_VALID && f->kind != CHAIN_EXPIRING)) {
        wirewords_fault(b, c, s, f);
        return;
    }
    wirewords_whose(b, cert, f);
    if (f->kind == CHAIN_EXPIRED) {
        buf_puts(b, " expired ");
        wirewords_duration(b, f->seconds);
        buf_puts(b, " ago (");
        wirewords_date(b, cert->not_after);
        buf_putc(b, ')');
        return;
    }
    bool early = f->kind == CHAIN_NOT_YET_VALID;
    buf_puts(b, early ? " is valid only from " : " expires on ");
    wirewords_date(b, early ? cert->not_before : cert->not_after);
    buf_puts(b, early ? " on, in " : ", in ");
    wirewords_duration(b, f->seconds);
    if (early)
        buf_puts(b, " by the clock of this machine");
}

static void put_until(struct buf *b, const struct casefile *c, const struct wire_side *s)
{
    int64_t least = CERT_TIME_NONE;
    for (size_t i = 0; i < s->chain_count; i++) {
        const struct cert *cert = readable(c, s->chain[i]);
        if (cert && cert->not_after != CERT_TIME_NONE && (least == CERT_TIME_NONE || cert->not_after < least))
            least = cert->not_after;
    }
    if (least == CERT_TIME_NONE)
        return;
    buf_puts(b, " until ");
    wirewords_date(b, least);
}

static void put_version(struct buf *b, const struct wire *w)
{
    const char *version = connection_version_name(w->version);
    if (version)
        buf_printf(b, " (%s%s)", w->version >= 0x0301 ? "TLS " : "", version);
}

/* What became of the handshake. */
static void put_end(struct buf *b, const struct wire *w)
{
    if (probejudge_wanting(w)) {
        buf_puts(b, "; it asks for a certificate, and refused the probe, which has none, with ");
        wirewords_alert(b, wirejudge_alert(w));
    } else if (w->state == CONNECTION_COMPLETE && w->side[SIDE_CLIENT].chain_count) {
        buf_puts(b, "; it took the certificate of the probe");
    } else if (w->state == CONNECTION_COMPLETE && w->certificate_requested) {
        buf_puts(b, "; it asks for a certificate, and does without");
    } else if (w->state == CONNECTION_COMPLETE) {
        buf_puts(b, "; it did not ask for a certificate");
    }
    if (w->note)
        buf_printf(b, "; %s", w->note);
}

void probejudge_words(struct buf *b, const struct casefile *c, const struct wire *w, const struct wire_ruling *r)
{
    switch ((int)r->reason) {
    case REASON_PROBE_UNSEEN: buf_puts(b, w->note ? w->note : "no certificates were seen"); return;
    case REASON_PROBE_FAULT:
        buf_puts(b, r->accused == SIDE_SERVER ? "the server presents a chain with a fault: "
                                              : "the certificate of the probe has a fault: ");
        put_fault(b, c, &w->side[r->accused], r->fault);
        break;
    case REASON_PROBE_GENERATIONS:
        buf_puts(b, "the server presents an InternalCA of the right name with another key: one end was regenerated and "
                    "the other one not");
        break;
    case REASON_PROBE_STRANGER: buf_puts(b, "the server's chain hangs on none of the CAs that were given"); break;
    case REASON_PROBE_GIVEN:
        buf_puts(b, "the server's chain hangs on a CA that was given, and that has expired");
        break;
    default:
        buf_puts(b, "the server presents a valid chain");
        put_until(b, c, &w->side[SIDE_SERVER]);
        break;
    }
    put_version(b, w);
    put_end(b, w);
}
