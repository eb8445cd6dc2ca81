/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/forecast.h"

#include "agent/diagnosis/diskjudge.h"
#include "base/mem.h"

#include <stdlib.h>

#define SETS_MOST 4

/* What one tunnel hangs on. */
struct roots {
    const struct disk_set *all[SETS_MOST];
    size_t count;
};

static void add(struct roots *r, const struct disk_set *s)
{
    if (s && r->count < SETS_MOST)
        r->all[r->count++] = s;
}

static struct roots roots_of(const struct diagnosis *d, const struct finding *f)
{
    struct roots r = { .count = 0 };
    add(&r, f->disk);
    add(&r, f->own);
    if (f->joined < d->finding_count) {
        add(&r, d->findings[f->joined].disk);
        add(&r, d->findings[f->joined].own);
    }
    return r;
}

static const struct cert *cert_of(const struct casefile *c, const struct disk_fact *f)
{
    const struct cert *x = f && f->certificate != CERT_NONE ? certs_get(c->certs, f->certificate) : NULL;
    return x && !x->unreadable && x->not_after != CERT_TIME_NONE ? x : NULL;
}

/* A fault for which a handshake fails now. */
static bool fails(const struct disk_fault *f)
{
    switch (f->reason) {
    case DISK_CA_DIFFERS:
    case DISK_NOT_SIGNED:
    case DISK_OTHER_CA:
    case DISK_CA_EXPIRED:
    case DISK_KEY_DIFFERS:
    case DISK_BAD:
    case DISK_CERT_EXPIRED:
    case DISK_REVOKED:
    case DISK_NOT_YET: return f->severity == SEVERITY_CRITICAL;
    case DISK_SET_DIFFERS:
    case DISK_WEAK:
    case DISK_CRL_EXPIRED:
    case DISK_CRL_OTHER:
    case DISK_CRL_NOT_YET:
    case DISK_EXPIRING:
    case DISK_OWNER:
    case DISK_MODE:
    case DISK_STRAY_NAME:
    case DISK_REASONS: break;
    }
    return false;
}

static const struct disk_fault *first_fault(const struct roots *r)
{
    for (size_t i = 0; i < r->count; i++)
        for (size_t k = 0; k < r->all[i]->fault_count; k++) /* worst first */
            if (fails(&r->all[i]->faults[k]))
                return &r->all[i]->faults[k];
    return NULL;
}

/* As a fault to come. */
static struct disk_fault first_end(const struct casefile *c, const struct roots *r)
{
    struct disk_fault first = { .reason = DISK_EXPIRING, .verdict = VERDICT_INSUFFICIENT };
    for (size_t i = 0; i < r->count; i++)
        for (int leaf = 0; leaf < 2; leaf++) {
            const struct disk_fact *f = leaf ? r->all[i]->cert : r->all[i]->ca;
            const struct cert *x = cert_of(c, f), *best = cert_of(c, first.at);
            if (!x || (best && x->not_after >= best->not_after))
                continue;
            first.at = f;
            first.verdict = leaf ? VERDICT_LEAF_EXPIRED : VERDICT_CA_EXPIRED;
        }
    return first;
}

static const char *own(struct diagnosis *d, struct buf *b)
{
    const char *kept = strings_get(d->words, strings_add(d->words, buf_as_slice(b))).p;
    buf_clear(b);
    return kept;
}

static struct fate fate_of(const struct casefile *c, struct diagnosis *d, uint32_t index)
{
    struct roots r = roots_of(d, &d->findings[index]);
    struct fate fate = { .finding = index, .kind = FATE_UNKNOWN, .verdict = VERDICT_INSUFFICIENT };
    const struct disk_fault *now = first_fault(&r);
    struct disk_fault later = first_end(c, &r);
    const struct cert *ends = cert_of(c, later.at);
    struct buf b = { 0 };
    if (now) {
        const struct cert *x = cert_of(c, now->at);
        bool dated = x && (now->reason == DISK_CA_EXPIRED || now->reason == DISK_CERT_EXPIRED);
        fate.kind = FATE_ALREADY;
        fate.when = dated ? x->not_after : 0;
        fate.verdict = now->verdict;
        diskwords_fault(&b, c, now);
    } else if (ends) {
        fate.kind = FATE_LATER;
        fate.when = ends->not_after;
        fate.verdict = later.verdict;
        diskwords_fault(&b, c, &later);
    } else {
        buf_puts(&b, "none of its certificates is known");
    }
    fate.why = own(d, &b);
    return fate;
}

/* Among those that fail already, the ones without a date have no order of their own: they come last. */
static int by_date(const void *x, const void *y)
{
    const struct fate *a = x, *b = y;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->when != b->when)
        return !a->when || (b->when && a->when > b->when) ? 1 : -1;
    return a->finding < b->finding ? -1 : a->finding > b->finding;
}

void forecast_make(const struct casefile *c, struct diagnosis *d)
{
    struct forecast *f = mem_zalloc(1, sizeof *f);
    f->all = mem_zalloc(d->finding_count, sizeof *f->all);
    for (size_t i = 0; i < d->finding_count; i++)
        if (!d->findings[i].self)
            f->all[f->count++] = fate_of(c, d, (uint32_t)i);
    if (f->count)
        qsort(f->all, f->count, sizeof *f->all, by_date);
    forecast_free(d->forecast);
    d->forecast = f;
}

void forecast_free(struct forecast *f)
{
    if (f)
        free(f->all);
    free(f);
}

const char *forecast_kind_name(enum fate_kind kind)
{
    switch (kind) {
    case FATE_ALREADY: return "already";
    case FATE_LATER: return "later";
    case FATE_UNKNOWN: return "unknown";
    }
    return "unknown";
}
