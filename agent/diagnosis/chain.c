/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/chain.h"

#include "agent/diagnosis/casefile.h"
#include "base/caps.h"
#include "base/mem.h"

#include <stdlib.h>

struct faults {
    struct chain_fault *all;
    size_t count, capacity;
};

static void fault_add(struct faults *f, struct chain_fault fault)
{
    f->all = mem_grow(f->all, &f->capacity, f->count + 1, sizeof *f->all);
    f->all[f->count++] = fault;
}

static void fault_plain(struct faults *f, enum chain_fault_kind kind, size_t depth)
{
    fault_add(f, (struct chain_fault){ .kind = kind, .depth = (uint16_t)depth, .then = true, .now = true });
}

/* The readable certificate at this depth; NULL. */
static const struct cert *at(const struct certs *t, const struct wire_side *s, size_t depth)
{
    const struct cert *c = s->chain[depth] == CERT_NONE ? NULL : certs_get(t, s->chain[depth]);
    return c && !c->unreadable ? c : NULL;
}

int64_t chain_time(const struct wire *w, int64_t now)
{
    return w->first_ns > 0 ? w->first_ns / 1000000000 : now;
}

/* ---- one certificate ---- */

/* As X509_cmp_time has it: at the second of notAfter it has expired, at that of notBefore it is valid. time: of the
 * packet, now, and how long before notAfter it is told. */
static void judge_dates(struct faults *f, const struct cert *c, size_t depth, const int64_t time[3])
{
    struct chain_fault fault = { .depth = (uint16_t)depth };
    if (c->not_before == CERT_TIME_NONE || c->not_after == CERT_TIME_NONE) {
        fault_plain(f, CHAIN_UNREADABLE, depth);
        return;
    }
    fault.then = c->not_before > time[0];
    fault.now = c->not_before > time[1];
    fault.kind = CHAIN_NOT_YET_VALID;
    fault.seconds = c->not_before - time[0];
    if (fault.then || fault.now)
        fault_add(f, fault);
    fault.then = c->not_after <= time[0];
    fault.now = c->not_after <= time[1];
    fault.kind = CHAIN_EXPIRED;
    fault.seconds = c->not_after - time[0];
    if (fault.then || fault.now) {
        fault_add(f, fault);
        return;
    }
    fault.then = c->not_after - time[0] < time[2];
    fault.now = c->not_after - time[1] < time[2];
    fault.kind = CHAIN_EXPIRING;
    if (fault.then || fault.now)
        fault_add(f, fault);
}

/* ---- how they hang together ---- */

/*
 * Where the issuer of the one at `depth` stands; count: nowhere. *fits: its key verifies the signature, or may. The
 * next one is tried first. *tries are left: a long chain of one name, in a bad order, would ask for its square of them.
 */
static size_t find_issuer(struct certs *t, const struct wire_side *s, size_t depth, size_t *tries, bool *fits)
{
    uint32_t of = s->chain[depth];
    size_t found = s->chain_count;
    *fits = false;
    for (size_t k = 1; k < s->chain_count && !*fits; k++) {
        size_t i = (depth + k) % s->chain_count;
        const struct cert *ca = s->chain[i] == of ? NULL : at(t, s, i);
        if (!ca || ca->subject_name != certs_get(t, of)->issuer_name)
            continue;
        *fits = !*tries || certs_signed_by(t, of, s->chain[i]) != CERT_NOT_SIGNED;
        *tries -= *tries > 0;
        if (*fits || found == s->chain_count)
            found = i;
    }
    return found;
}

/* From the leaf up to the last one that has no issuer here; returns its depth. */
static size_t walk(struct certs *t, const struct wire_side *s, struct faults *f)
{
    size_t depth = 0, tries = s->chain_count + CAP_CHAIN_RETRIES;
    for (size_t steps = 0; steps < s->chain_count; steps++) {
        const struct cert *c = at(t, s, depth);
        if (!c || c->self_signed)
            break;
        bool fits;
        size_t issuer = find_issuer(t, s, depth, &tries, &fits);
        if (issuer == s->chain_count) {
            if (depth == 0 && s->chain_count > 1 && at(t, s, 1))
                fault_plain(f, CHAIN_WRONG_ISSUER, depth);
            break;
        }
        if (!fits) {
            fault_plain(f, CHAIN_WRONG_SIGNATURE, depth);
            break;
        }
        depth = issuer;
    }
    return depth;
}

static bool accepted(const struct certs *t, const struct wire *w, const struct wire_side *s)
{
    for (size_t i = 0; i < s->chain_count; i++) {
        const struct cert *c = at(t, s, i);
        if (!c)
            return true; /* not known: no fault */
        for (size_t k = 0; k < w->accepted_count; k++)
            if (w->accepted_names[k] == c->issuer_name || w->accepted_names[k] == c->subject_name ||
                w->accepted_names[k] == CERT_NAME_NONE)
                return true;
    }
    return false;
}

/* ---- all of it ---- */

static int by_weight(const void *x, const void *y)
{
    const struct chain_fault *a = x, *b = y;
    if (a->then != b->then)
        return a->then ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return (int)b->depth - (int)a->depth; /* the CA before what hangs on it */
}

int64_t chain_warning(const struct casefile *c)
{
    return c->warning_seconds ? c->warning_seconds : CHAIN_WARNING_SECONDS;
}

int64_t chain_critical(const struct casefile *c)
{
    return c->critical_seconds ? c->critical_seconds : CHAIN_CRITICAL_SECONDS;
}

void chain_judge(struct casefile *in, struct wire *w, enum side side)
{
    struct certs *t = in->certs;
    struct wire_side *s = &w->side[side];
    struct faults f = { 0 };
    const int64_t time[3] = { chain_time(w, in->now), in->now, chain_warning(in) };
    for (size_t i = 0; i < s->chain_count; i++) {
        const struct cert *c = at(t, s, i);
        if (!c) {
            if (s->chain[i] != CERT_NONE)
                fault_plain(&f, CHAIN_UNREADABLE, i);
            continue;
        }
        judge_dates(&f, c, i, time);
        if (c->weak_digest)
            fault_plain(&f, CHAIN_WEAK_DIGEST, i);
        if (c->weak_key)
            fault_plain(&f, CHAIN_WEAK_KEY, i);
    }
    size_t top = s->chain_count ? walk(t, s, &f) : 0;
    if (side == SIDE_CLIENT && s->seen == CERTIFICATES_ALL && s->chain_count && w->accepted_count &&
        !w->accepted_more && !accepted(t, w, s))
        fault_plain(&f, CHAIN_NOT_ACCEPTED, top);
    if (s->seen == CERTIFICATES_EMPTY)
        fault_plain(&f, CHAIN_MISSING, 0);
    if (f.count)
        qsort(f.all, f.count, sizeof *f.all, by_weight);
    free(s->faults);
    s->faults = f.count ? mem_resize(f.all, f.count, sizeof *f.all) : NULL;
    s->fault_count = (uint16_t)f.count;
}

const struct chain_fault *chain_find(const struct wire_side *s, enum chain_fault_kind kind, bool then)
{
    for (size_t i = 0; i < s->fault_count; i++)
        if (s->faults[i].kind == kind && (!then || s->faults[i].then))
            return &s->faults[i];
    return NULL;
}

uint32_t chain_ca(const struct certs *t, const struct wire_side *s)
{
    uint32_t last = CERT_NONE;
    for (size_t i = 0; i < s->chain_count; i++) {
        const struct cert *c = at(t, s, i);
        if (c && c->internal_ca)
            return s->chain[i];
        if (c && (i > 0 || c->self_issued))
            last = s->chain[i];
    }
    return last;
}

bool chain_is_internal(const struct certs *t, const struct wire_side *s)
{
    for (size_t i = 0; i < s->chain_count; i++) {
        const struct cert *c = at(t, s, i);
        if (c && (c->internal_ca || c->by_internal_ca))
            return true;
    }
    return false;
}

bool chain_is_foreign(const struct certs *t, const struct wire_side *s)
{
    bool readable = false;
    for (size_t i = 0; i < s->chain_count; i++)
        readable |= at(t, s, i) != NULL;
    return readable && !chain_is_internal(t, s);
}

bool chain_generations_differ(const struct certs *t, uint32_t a, uint32_t b)
{
    if (a == CERT_NONE || b == CERT_NONE)
        return false;
    const struct cert *x = certs_get(t, a), *y = certs_get(t, b);
    return !x->unreadable && !y->unreadable && x->subject_name != CERT_NAME_NONE &&
           x->subject_name == y->subject_name && memcmp(x->spki_sha256, y->spki_sha256, CERT_HASH) != 0;
}
