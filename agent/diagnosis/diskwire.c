/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/diskwire.h"

#include "base/caps.h"
#include "base/mem.h"

#include <stdlib.h>

struct holding {
    struct inquiry *q;
    uint32_t *set_of; /* [number of a certificate]: the set whose certificate it is, + 1; 0: none */
    size_t certs;
};

static const struct cert *cert_at(const struct inquiry *q, uint32_t id)
{
    return id == CERT_NONE ? NULL : certs_get(q->c->certs, id);
}

/* ---- who should present what ---- */

static void index_sets(struct holding *h)
{
    const struct disk_sets *s = h->q->disk;
    h->certs = certs_count(h->q->c->certs);
    h->set_of = mem_zalloc(h->certs, sizeof *h->set_of);
    for (size_t i = 0; i < s->count; i++) {
        const struct disk_set *set = &s->all[i];
        /* what an FMC keeps of a peer is that peer's: a set of the peer itself goes before it */
        if (set->cert && (!h->set_of[set->cert->certificate] || set->role == ROLE_FTD))
            h->set_of[set->cert->certificate] = (uint32_t)i + 1;
    }
}

static bool is_peer_side(const struct view *v, const struct wire *w, enum side side)
{
    struct wireip ip;
    return wirejoin_ip(v->address, &ip) && memcmp(w->side[side].at.ip, ip.b, sizeof ip.b) == 0;
}

/* The set that this end works with; *certain: it is this end's, not only of its CA. */
static const struct disk_set *set_of(
    const struct holding *h, const struct view *v, const struct wire *w, enum side side, bool *certain)
{
    const struct wire_side *s = &w->side[side];
    const struct cert *leaf = cert_at(h->q, s->chain[0]);
    bool fmc = v->role == (is_peer_side(v, w, side) ? ROLE_FTD : ROLE_FMC); /* is it the FMC's side? */
    const struct disk_set *own = leaf && leaf->ca_uuid ? diskjudge_fmc(h->q->disk, slice_of(leaf->ca_uuid)) : NULL;
    *certain = true;
    if (leaf && h->set_of[s->chain[0]])
        return &h->q->disk->all[h->set_of[s->chain[0]] - 1];
    if (v->role != ROLE_UNKNOWN && !fmc)
        return v->disk;
    *certain = v->role != ROLE_UNKNOWN && own;
    return own ? own : v->disk;
}

/* ---- one side ---- */

static int64_t second_of(const struct wire *w)
{
    return w->first_ns / 1000000000;
}

static enum held_kind hold(const struct holding *h, const struct disk_set *set, const struct wire *w, enum side side)
{
    const struct wire_side *s = &w->side[side];
    uint32_t ca = chain_ca(h->q->c->certs, s);
    const struct cert *there = set->ca ? cert_at(h->q, set->ca->certificate) : NULL, *here = cert_at(h->q, ca);
    if (there && chain_generations_differ(h->q->c->certs, ca, set->ca->certificate)) {
        if (here->not_before > there->not_before)
            return HELD_NEWER;
        return second_of(w) < there->not_before ? HELD_BEFORE : HELD_STALE;
    }
    if (set->cert && set->cert->certificate == s->chain[0])
        return HELD_SAME;
    bool same_ca = there && here && memcmp(there->spki_sha256, here->spki_sha256, CERT_HASH) == 0;
    return same_ca && set->cert ? HELD_AGAIN : HELD_NOT;
}

/* The connection that shows this end's certificates: the telling one, else the latest. */
static const struct wire *shows(const struct inquiry *q, const struct view *v, enum side side)
{
    const struct wire *w = v->wires->telling;
    for (size_t i = v->wires->count; i > 0 && (!w || !w->side[side].chain_count); i--)
        w = &q->c->wires[v->wires->index[i - 1]];
    return w && w->side[side].chain_count && w->side[side].chain[0] != CERT_NONE ? w : NULL;
}

static void hold_side(const struct holding *h, struct view *v, enum side side)
{
    const struct wire *w = shows(h->q, v, side);
    bool certain = false;
    const struct disk_set *set = w ? set_of(h, v, w, side, &certain) : NULL;
    if (!set || set->loose)
        return;
    enum held_kind kind = hold(h, set, w, side);
    if (kind == HELD_AGAIN && !certain) /* another certificate of the same CA may be anybody's */
        return;
    v->held[side] = (struct held){ .kind = kind, .at = kind == HELD_SAME || kind == HELD_AGAIN ? set->cert : set->ca };
    const struct cert *ca = cert_at(h->q, chain_ca(h->q->c->certs, &w->side[side]));
    v->held[side].before = ca && set->asof && ca->not_before > set->asof;
    v->held[side].own = certain && (!set->peer.n || set->role == ROLE_FTD); /* an FMC's copy is no proof */
    v->held[side].role = v->role == ROLE_UNKNOWN                             ? ROLE_UNKNOWN
                         : is_peer_side(v, w, side) == (v->role == ROLE_FTD) ? ROLE_FMC
                                                                             : ROLE_FTD;
}

/* ---- what follows ---- */

static bool says_expired(const struct view *v)
{
    return v->verdict == VERDICT_CA_EXPIRED || v->verdict == VERDICT_LEAF_EXPIRED || v->verdict == VERDICT_CA_EXPIRING;
}

static void judge(const struct inquiry *q, struct view *v)
{
    for (int side = 0; side < 2; side++) {
        const struct held *x = &v->held[side];
        const struct cert *ca = x->at ? cert_at(q, x->at->certificate) : NULL;
        if (!ca || ca->not_after <= q->c->now)
            continue;
        /* what the server presents is good, but this end can't know it */
        if (x->kind == HELD_NEWER && !x->before && v->verdict == VERDICT_HEALTHY && v->wires->telling->probe) {
            v->verdict = v->fault_verdict = VERDICT_CA_MISMATCH;
            v->severity = SEVERITY_CRITICAL;
            v->confidence = CONFIDENCE_MEDIUM;
            v->held_decides = x;
        }
        /* a CA that was renewed is not to be renewed again */
        if (x->kind == HELD_STALE && (says_expired(v) || v->verdict == VERDICT_AT_RISK)) {
            bool risk = v->verdict == VERDICT_AT_RISK || wirejudge_end(v->wires->telling) == WIRE_END_UP;
            v->verdict = risk ? VERDICT_AT_RISK : VERDICT_CA_MISMATCH;
            v->fault_verdict = VERDICT_CA_MISMATCH;
            v->severity = SEVERITY_CRITICAL;
            v->held_decides = x;
        } else if (x->kind == HELD_BEFORE && says_expired(v) && v->wires->decides) {
            v->confidence = CONFIDENCE_LOW;
        }
    }
}

void diskwire_judge(struct inquiry *q)
{
    struct holding h = { .q = q };
    if (!q->disk->count)
        return;
    index_sets(&h);
    for (size_t i = 0; i < q->view_count; i++) {
        struct view *v = &q->views[i];
        if (!v->wires)
            continue;
        hold_side(&h, v, SIDE_CLIENT);
        hold_side(&h, v, SIDE_SERVER);
        judge(q, v);
    }
    free(h.set_of);
}

/* ---- words ---- */

static void put_made(struct buf *b, const struct inquiry *q, const struct held *x)
{
    char text[CIVIL_TEXT];
    const struct cert *ca = cert_at(q, x->at->certificate);
    if (ca && ca->not_before != CERT_TIME_NONE)
        buf_printf(b, " (made %.10s)", civil_text(civil_from_unix(ca->not_before), text));
}

/* No advice to restart anything while a tunnel is at risk. */
static void put_restart(struct buf *b, const struct view *v, const struct held *x)
{
    if (x->role == ROLE_FTD && v->verdict == VERDICT_AT_RISK)
        return;
    if (x->role == ROLE_FTD)
        buf_puts(b, ". A restart of sftunnel on that FTD, and nowhere else, takes it into use");
    else
        buf_puts(b, ". Never restart sftunnel on an FMC for that: ask Cisco TAC");
}

static void put_means(struct buf *b, const struct inquiry *q, const struct view *v, enum side side)
{
    const struct held *x = &v->held[side];
    buf_printf(b, "the %s ", side == SIDE_CLIENT ? "client" : "server");
    switch (x->kind) {
    case HELD_SAME: buf_puts(b, "presented exactly the certificate that lies on disk here"); break;
    case HELD_AGAIN:
        buf_puts(b, "presented another certificate than the one on disk, by the same CA: it was issued once more, and "
                    "is not in use");
        break;
    case HELD_STALE:
        buf_puts(b, "presented the CA from before the regeneration, although the new one");
        put_made(b, q, x);
        buf_puts(
            b, x->own ? " lay on its disk already: sftunnel has not taken it into use"
                      : " lay on the other end's disk already: this end was not renewed, or has not taken it into use");
        put_restart(b, v, x);
        break;
    case HELD_BEFORE:
        buf_puts(b, "presented the CA from before the regeneration: the one on disk");
        put_made(b, q, x);
        buf_puts(b, " is newer than these packets");
        break;
    case HELD_NEWER:
        buf_puts(b, "presented a newer CA than the one on disk");
        put_made(b, q, x);
        buf_puts(b, ": the files here are from before the regeneration");
        break;
    case HELD_NOT: break;
    }
}

static bool supports(const struct view *v, const struct held *x)
{
    switch (x->kind) {
    case HELD_STALE: return v->held_decides || v->verdict == VERDICT_CA_MISMATCH;
    case HELD_NEWER:
        return v->held_decides || v->verdict == VERDICT_CA_MISMATCH || v->verdict == VERDICT_PUSH_INCOMPLETE;
    case HELD_AGAIN: return v->verdict != VERDICT_HEALTHY;
    case HELD_BEFORE: return false;
    case HELD_SAME:
    case HELD_NOT: break;
    }
    return true;
}

void diskwire_fill(const struct inquiry *q, const struct view *v, struct finding *f)
{
    for (int side = 1; side >= 0; side--) {
        const struct held *x = &v->held[side];
        struct buf means = { 0 }, text = { 0 };
        if (x->kind == HELD_NOT || !x->at)
            continue;
        put_means(&means, q, v, (enum side)side);
        diskwords_fact(&text, q->c, x->at);
        if (text.n > CAP_EVIDENCE_BYTES)
            text.p[CAP_EVIDENCE_BYTES] = '\0';
        words_evidence(f, (struct evidence){ .source = x->at->source,
                              .text = inquiry_own(q, buf_take(&text)),
                              .means = inquiry_own(q, buf_take(&means)),
                              .supports = supports(v, x) });
    }
    if (!v->held_decides)
        return;
    struct buf b = { 0 };
    bool risk = v->verdict == VERDICT_AT_RISK;
    buf_puts(&b, risk ? "the tunnel is still up, but " : "");
    put_means(&b, q, v, v->held_decides == &v->held[SIDE_SERVER] ? SIDE_SERVER : SIDE_CLIENT);
    f->summary = inquiry_own(q, buf_take(&b));
    f->next = risk ? words_at_risk(VERDICT_CA_MISMATCH) : verdict_info(v->verdict)->next[0];
    f->missing = verdict_info(VERDICT_CA_MISMATCH)->confirm[0];
}
