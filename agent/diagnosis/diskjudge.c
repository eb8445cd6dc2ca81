/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/diskjudge.h"

#include "agent/diagnosis/chain.h"
#include "base/mem.h"

#include <stdlib.h>

#define LOOSE_AT_ONCE 64 /* loose files of one folder that are held against one another */

/* ---- small questions ---- */

static const struct cert *cert_of(const struct casefile *c, const struct disk_fact *f)
{
    return f && f->certificate != CERT_NONE ? certs_get(c->certs, f->certificate) : NULL;
}

static bool expired(const struct casefile *c, const struct disk_fact *f)
{
    const struct cert *x = cert_of(c, f);
    return x && x->not_after != CERT_TIME_NONE && x->not_after <= c->now;
}

int64_t diskjudge_ca_end(const struct casefile *c, const struct disk_set *s)
{
    const struct cert *x = cert_of(c, s->ca);
    return x ? x->not_after : CERT_TIME_NONE;
}

static struct slice text_of(const char *s)
{
    return s ? slice_of(s) : (struct slice){ "", 0 };
}

/* ---- order ---- */

static struct slice folder_of(const struct casefile *c, const struct disk_fact *f)
{
    struct slice path = f->source < c->source_count ? slice_of(c->sources[f->source].path) : (struct slice){ "", 0 };
    while (path.n && path.p[path.n - 1] != '/' && path.p[path.n - 1] != '!')
        path.n--;
    return path;
}

static int by_set(const void *x, const void *y, void *data)
{
    const struct casefile *c = data;
    const struct disk_fact *a = *(const struct disk_fact *const *)x, *b = *(const struct disk_fact *const *)y;
    bool loose = a->place == DISK_LOOSE;
    if (loose != (b->place == DISK_LOOSE))
        return loose ? 1 : -1;
    if (a->unit != b->unit)
        return a->unit < b->unit ? -1 : 1;
    int d =
        loose ? slice_cmp(folder_of(c, a), folder_of(c, b)) : slice_cmp(text_of(a->peer_uuid), text_of(b->peer_uuid));
    if (d == 0 && a->place != b->place)
        d = a->place < b->place ? -1 : 1;
    if (d == 0)
        d = strcmp(a->path, b->path);
    if (d == 0 && a->source != b->source && a->source < c->source_count && b->source < c->source_count)
        d = strcmp(c->sources[a->source].path, c->sources[b->source].path);
    return d;
}

static bool together(const struct casefile *c, const struct disk_fact *a, const struct disk_fact *b)
{
    if (a->unit != b->unit || (a->place == DISK_LOOSE) != (b->place == DISK_LOOSE))
        return false;
    return a->place == DISK_LOOSE ? slice_eq(folder_of(c, a), folder_of(c, b))
                                  : slice_eq(text_of(a->peer_uuid), text_of(b->peer_uuid));
}

/* ---- sets ---- */

static struct disk_set *add_set(struct disk_sets *s, uint32_t unit, size_t from, size_t count)
{
    s->all = mem_grow(s->all, &s->capacity, s->count + 1, sizeof *s->all);
    struct disk_set *set = &s->all[s->count++];
    *set = (struct disk_set){ .unit = unit, .from = from, .count = count, .peer = { "", 0 }, .uuid = { "", 0 } };
    return set;
}

/* The first readable one of this place. */
static const struct disk_fact *find(const struct disk_sets *s, const struct disk_set *set, enum disk_place place)
{
    for (size_t i = set->from; i < set->from + set->count; i++) {
        const struct disk_fact *f = s->order[i];
        if (f->place == place && (f->certificate != CERT_NONE || f->key || f->crl))
            return f;
    }
    return NULL;
}

static const struct disk_fact *first_of(const struct disk_fact *a, const struct disk_fact *b)
{
    return a ? a : b;
}

static void choose(const struct disk_sets *s, struct disk_set *set)
{
    if (!set->peer.n) {
        set->ca = find(s, set, DISK_CA);
        set->cert = find(s, set, DISK_OWN_CERT);
        set->key = find(s, set, DISK_OWN_KEY);
        set->crl = find(s, set, DISK_CRL);
        return;
    }
    /* what was pushed last is what the FMC issued last: it may not be in the folder itself */
    bool pushed = set->role != ROLE_FTD && find(s, set, DISK_PUSHED_CERT);
    const struct disk_set *own = diskjudge_own(s, set->unit);
    set->ca = find(s, set, pushed ? DISK_PUSHED_CA : DISK_PEER_CA);
    set->cert = find(s, set, pushed ? DISK_PUSHED_CERT : DISK_PEER_CERT);
    set->key = find(s, set, pushed ? DISK_PUSHED_KEY : DISK_PEER_KEY);
    if (set->role != ROLE_FTD && own)
        set->ca = first_of(set->ca, own->ca);
}

static enum role role_of(const struct casefile *c, const struct disk_sets *s, const struct disk_set *set)
{
    for (size_t i = 0; set->unit != UNIT_NONE && i < c->appliance_count; i++)
        if (c->appliances[i].unit == set->unit && c->appliances[i].role != ROLE_UNKNOWN)
            return c->appliances[i].role;
    const struct disk_set *own = diskjudge_own(s, set->unit);
    if (own && (find(s, own, DISK_CA) || find(s, own, DISK_OWN_CERT)))
        return ROLE_FMC;
    return set->peer.n && find(s, set, DISK_PEER_CA) ? ROLE_FTD : ROLE_UNKNOWN;
}

static struct slice uuid_of(const struct casefile *c, const struct disk_sets *s, const struct disk_set *set)
{
    for (size_t i = 0; set->unit != UNIT_NONE && i < c->appliance_count; i++)
        if (c->appliances[i].unit == set->unit && c->appliances[i].uuid[0])
            return slice_of(c->appliances[i].uuid);
    const struct disk_set *own = diskjudge_own(s, set->unit);
    const struct cert *ca = own ? cert_of(c, find(s, own, DISK_CA)) : NULL;
    return text_of(ca ? ca->ca_uuid : NULL);
}

size_t diskjudge_unit(const struct disk_sets *s, uint32_t unit)
{
    size_t low = 0, high = s->count;
    while (low < high) { /* loose ones come last */
        size_t mid = low + (high - low) / 2;
        if (!s->all[mid].loose && s->all[mid].unit < unit)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

const struct disk_set *diskjudge_own(const struct disk_sets *s, uint32_t unit)
{
    size_t at = diskjudge_unit(s, unit); /* it is the first one of its unit */
    bool is = at < s->count && !s->all[at].loose && s->all[at].unit == unit && !s->all[at].peer.n;
    return is ? &s->all[at] : NULL;
}

/* ---- sets by name ---- */

/* The unit and a UUID, whatever the case of its letters; every unit's FMC is found under UNIT_NONE, too. */
static uint32_t name_of(const struct disk_sets *s, bool add, uint32_t unit, struct slice uuid)
{
    char key[16 + UUID_BYTES] = { 0 };
    if (!slice_is_uuid(uuid))
        return 0;
    memcpy(key, &unit, sizeof unit);
    for (size_t i = 0; i < uuid.n; i++)
        key[16 + i] = uuid.p[i] >= 'A' && uuid.p[i] <= 'F' ? (char)(uuid.p[i] | 0x20) : uuid.p[i];
    return add ? strings_add(s->names, (struct slice){ key, sizeof key })
               : strings_find(s->names, (struct slice){ key, sizeof key });
}

/* The first one keeps the name. */
static void name_set(struct disk_sets *s, uint32_t unit, struct slice uuid, size_t set)
{
    uint32_t before = strings_count(s->names), id = name_of(s, true, unit, uuid);
    if (id <= before)
        return;
    s->named = mem_grow(s->named, &s->named_capacity, id + 1, sizeof *s->named);
    s->named[id] = (uint32_t)set;
}

static const struct disk_set *named(const struct disk_sets *s, uint32_t unit, struct slice uuid)
{
    uint32_t id = s->count ? name_of(s, false, unit, uuid) : 0;
    return id ? &s->all[s->named[id]] : NULL;
}

const struct disk_set *diskjudge_fmc(const struct disk_sets *s, struct slice uuid)
{
    return named(s, UNIT_NONE, uuid);
}

const struct disk_set *diskjudge_peer(const struct disk_sets *s, uint32_t unit, struct slice peer)
{
    return unit == UNIT_NONE ? NULL : named(s, unit, peer);
}

/* ---- faults ---- */

static bool worse(const struct disk_fault *a, const struct disk_fault *b)
{
    return a->severity != b->severity ? a->severity > b->severity : a->reason < b->reason;
}

static struct disk_fault *blame(
    struct disk_set *set, enum disk_reason reason, enum verdict_id verdict, const struct disk_fact *at)
{
    static struct disk_fault dropped;
    struct disk_fault f = { .reason = reason,
        .asof = set->asof,
        .verdict = verdict,
        .severity = verdict_info(verdict)->severity,
        .confidence = CONFIDENCE_HIGH,
        .at = at };
    if (set->fault_count == DISK_FAULTS_MOST)
        return &dropped;
    set->faults[set->fault_count] = f;
    return &set->faults[set->fault_count++];
}

static void sort_faults(struct disk_set *set)
{
    for (size_t i = 1; i < set->fault_count; i++) {
        struct disk_fault f = set->faults[i];
        size_t at = i;
        for (; at > 0 && worse(&f, &set->faults[at - 1]); at--)
            set->faults[at] = set->faults[at - 1];
        set->faults[at] = f;
    }
}

static void judge_dates(const struct casefile *c, struct disk_set *set, const struct disk_fact *f)
{
    const struct cert *x = cert_of(c, f);
    int64_t warning = chain_warning(c);
    int64_t critical = chain_critical(c);
    if (!x)
        return;
    bool ca = f == set->ca;
    if (expired(c, f)) {
        struct disk_fault *fault =
            blame(set, ca ? DISK_CA_EXPIRED : DISK_CERT_EXPIRED, ca ? VERDICT_CA_EXPIRED : VERDICT_LEAF_EXPIRED, f);
        if (set->asof && x->not_after > set->asof) /* what was done since can't be seen */
            fault->confidence = CONFIDENCE_MEDIUM;
    } else if (set->asof && x->not_before != CERT_TIME_NONE && x->not_before > set->asof && x->not_before <= c->now) {
        struct disk_fault *fault = blame(set, DISK_NOT_YET, VERDICT_NOT_YET_VALID, f);
        fault->severity = SEVERITY_WARNING;
        fault->confidence = CONFIDENCE_MEDIUM;
    } else if (x->not_before != CERT_TIME_NONE && x->not_before > c->now) {
        blame(set, DISK_NOT_YET, VERDICT_NOT_YET_VALID, f);
    } else if (x->not_after != CERT_TIME_NONE && x->not_after - c->now < warning) {
        struct disk_fault *fault = blame(set, DISK_EXPIRING, VERDICT_CA_EXPIRING, f);
        fault->severity = x->not_after - c->now < critical ? SEVERITY_CRITICAL : SEVERITY_WARNING;
    }
}

static void judge_pair(const struct casefile *c, struct disk_set *set)
{
    const struct cert *cert = cert_of(c, set->cert), *ca = cert_of(c, set->ca);
    /* on an FMC the peer's folder itself may hold what was issued before the last regeneration */
    bool old = set->role == ROLE_FMC && set->cert && set->cert->place == DISK_PEER_CERT;
    if (cert && ca && set->cert != set->ca && !(old && expired(c, set->ca)) &&
        certs_signed_by(c->certs, set->cert->certificate, set->ca->certificate) == CERT_NOT_SIGNED) {
        bool name = cert->issuer_name == ca->subject_name;
        struct disk_fault *f = blame(
            set, name ? DISK_NOT_SIGNED : DISK_OTHER_CA, name ? VERDICT_CA_MISMATCH : VERDICT_UNKNOWN_CA, set->cert);
        f->other = set->ca;
        f->confidence = old ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH;
    }
    if (cert && set->key && set->key->key && memcmp(set->key->spki_sha256, cert->spki_sha256, CERT_HASH) != 0)
        blame(set, DISK_KEY_DIFFERS, VERDICT_KEY_MISMATCH, set->key)->other = set->cert;
    if (cert && (cert->weak_key || cert->weak_digest))
        blame(set, DISK_WEAK, VERDICT_WEAK_CERTIFICATE, set->cert)->severity = SEVERITY_WARNING;
    else if (ca && ca->weak_key)
        blame(set, DISK_WEAK, VERDICT_WEAK_CERTIFICATE, set->ca)->severity = SEVERITY_WARNING;
}

/* Files without which no handshake comes about. */
static bool vital(const struct disk_set *set, enum disk_place place)
{
    switch (place) {
    case DISK_CA:
    case DISK_OWN_CERT:
    case DISK_OWN_KEY:
    case DISK_PEER_CA: return true;
    case DISK_PEER_CERT:
    case DISK_PEER_KEY: return set->role != ROLE_FMC; /* there the FMC uses its own */
    case DISK_LOOSE: return true;
    case DISK_CRL:
    case DISK_PUSHED_CA:
    case DISK_PUSHED_CERT:
    case DISK_PUSHED_KEY:
    case DISK_CONFIG:
    case DISK_STRAY:
    case DISK_PLACES: break;
    }
    return false;
}

static void judge_file(struct disk_set *set, const struct disk_fact *f)
{
    if (f->place == DISK_STRAY) { /* a plain backup is what the vendor's own procedure makes */
        if (f->odd_name || f->state == DISK_EMPTY || f->state == DISK_NOT_A_FILE)
            blame(set, DISK_STRAY_NAME, VERDICT_BAD_FILES, f);
    } else if (f->state != DISK_READ) {
        struct disk_fault *fault = blame(set, DISK_BAD, VERDICT_BAD_FILES, f);
        bool known = f->state == DISK_UNREADABLE || (f->state == DISK_TOO_BIG && f->certificate != CERT_NONE);
        fault->severity = vital(set, f->place) && !known ? SEVERITY_CRITICAL : SEVERITY_WARNING;
    } else if (f->place == DISK_CONFIG && f->why) {
        blame(set, DISK_BAD, VERDICT_BAD_FILES, f);
    } else if (diskowner_fault(set, f) != DISK_REASONS) {
        blame(set, diskowner_fault(set, f), VERDICT_BAD_FILES, f);
    }
}

/* Whether sftunnel enforces the list is not known: a fault of it is never more than a warning. */
static struct disk_fault *blame_crl(
    struct disk_set *set, enum disk_reason reason, const struct disk_fact *at, const struct disk_fact *ca)
{
    struct disk_fault *f = blame(set, reason, VERDICT_REVOKED, at);
    f->other = ca;
    f->severity = SEVERITY_WARNING;
    f->confidence = CONFIDENCE_LOW;
    return f;
}

/* list: of the appliance, for the sets of its peers as well; NULL. */
static void judge_crl(const struct casefile *c, struct disk_set *set, const struct disk_fact *list)
{
    const struct disk_fact *ca = set->lister ? set->lister : set->ca;
    bool own = list && ca && certs_crl_signed_by(c->certs, list->crl, ca->certificate) != CERT_NOT_SIGNED;
    if (own && set->cert && set->cert != set->ca && certs_crl_holds(c->certs, list->crl, set->cert->certificate))
        blame_crl(set, DISK_REVOKED, set->cert, list)->confidence = CONFIDENCE_MEDIUM;
    if (!set->crl)
        return;
    if (ca && !own)
        (void)blame_crl(set, DISK_CRL_OTHER, set->crl, ca);
    if (set->crl->crl_made != CERT_TIME_NONE && set->crl->crl_made > c->now)
        (void)blame_crl(set, DISK_CRL_NOT_YET, set->crl, NULL);
    if (set->crl->crl_next && set->crl->crl_next <= c->now)
        (void)blame_crl(set, DISK_CRL_EXPIRED, set->crl, NULL);
}

static void judge_set(struct casefile *c, const struct disk_sets *s, struct disk_set *set)
{
    judge_dates(c, set, set->ca);
    if (set->cert != set->ca)
        judge_dates(c, set, set->cert);
    judge_pair(c, set);
    const struct disk_set *of = set->peer.n ? diskjudge_own(s, set->unit) : set;
    judge_crl(c, set, of ? of->crl : NULL);
    for (size_t i = set->from; i < set->from + set->count; i++)
        judge_file(set, s->order[i]);
}

static bool signed_by(const struct casefile *c, const struct disk_fact *f, const struct disk_fact *ca)
{
    return f && ca && certs_signed_by(c->certs, f->certificate, ca->certificate) == CERT_SIGNED;
}

/*
 * What lies in an FMC's own folder of a peer may be from before the last regeneration, which says nothing when the peer
 * itself holds a certificate of the current CA.
 */
static void forget_old_copy(const struct casefile *c, struct disk_set *issued, const struct disk_set *ftd)
{
    size_t kept = 0;
    if (issued->cert->place != DISK_PEER_CERT || !signed_by(c, ftd->cert, issued->ca) ||
        signed_by(c, issued->cert, issued->ca))
        return;
    for (size_t i = 0; i < issued->fault_count; i++)
        if (issued->faults[i].at != issued->cert && issued->faults[i].other != issued->cert)
            issued->faults[kept++] = issued->faults[i];
    issued->fault_count = kept;
    issued->cert = ftd->cert;
    issued->key = NULL;
}

/* The FTD's set against what its FMC has for it. */
static void judge_ends(const struct casefile *c, const struct disk_sets *s, struct disk_set *ftd)
{
    const struct disk_set *fmc = ftd->role == ROLE_FTD && ftd->peer.n ? diskjudge_fmc(s, ftd->peer) : NULL;
    const struct cert *here = cert_of(c, ftd->ca), *there = fmc ? cert_of(c, fmc->ca) : NULL;
    if (!fmc || fmc->unit == ftd->unit)
        return;
    struct disk_set *issued = (struct disk_set *)(uintptr_t)diskjudge_peer(s, fmc->unit, ftd->uuid);
    enum disk_reason reason = DISK_REASONS;
    const struct disk_fact *at = ftd->ca, *other = fmc->ca;
    if (issued && issued->cert && ftd->cert)
        forget_old_copy(c, issued, ftd);
    if (here && there && memcmp(here->spki_sha256, there->spki_sha256, CERT_HASH) != 0) {
        reason = DISK_CA_DIFFERS;
    } else if (issued && issued->cert && ftd->cert && issued->cert->certificate != ftd->cert->certificate) {
        reason = DISK_SET_DIFFERS;
        at = ftd->cert;
        other = issued->cert;
    }
    if (reason == DISK_REASONS)
        return;
    enum verdict_id verdict = reason == DISK_CA_DIFFERS ? VERDICT_CA_MISMATCH : VERDICT_PUSH_INCOMPLETE;
    blame(ftd, reason, verdict, at)->other = other;
    if (issued)
        blame(issued, reason, verdict, at)->other = other;
}

/* ---- loose files ---- */

static const struct disk_fact *issuer_of(
    const struct casefile *c, const struct disk_fact *const *f, size_t count, const struct disk_fact *leaf)
{
    const struct disk_fact *named = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct cert *ca = cert_of(c, f[i]);
        if (!ca || f[i] == leaf || !(ca->internal_ca || ca->self_issued))
            continue;
        if (certs_signed_by(c->certs, leaf->certificate, f[i]->certificate) == CERT_SIGNED)
            return f[i];
        if (!named || certs_get(c->certs, leaf->certificate)->issuer_name == ca->subject_name)
            named = f[i];
    }
    return named;
}

static const struct disk_fact *key_of(
    const struct casefile *c, const struct disk_fact *const *f, size_t count, const struct disk_fact *leaf)
{
    const struct disk_fact *any = NULL;
    size_t keys = 0, leaves = 0;
    for (size_t i = 0; i < count; i++) {
        const struct cert *x = cert_of(c, f[i]);
        leaves += x && !x->internal_ca && !x->self_issued;
        if (!f[i]->key)
            continue;
        if (memcmp(f[i]->spki_sha256, certs_get(c->certs, leaf->certificate)->spki_sha256, CERT_HASH) == 0)
            return f[i];
        any = f[i];
        keys++;
    }
    return keys == 1 && leaves == 1 ? any : NULL; /* of several nobody knows which belong together */
}

/* Of those that have its name the one that signed it, if any did. */
static const struct disk_fact *lister_of(
    const struct casefile *c, const struct disk_fact *const *f, size_t count, const struct disk_fact *list)
{
    const struct disk_fact *named = NULL;
    uint32_t name = certs_crl_issuer(c->certs, list->crl);
    for (size_t i = 0; i < count; i++) {
        const struct cert *ca = cert_of(c, f[i]);
        if (!ca || name == CERT_NAME_NONE || ca->subject_name != name || !(ca->internal_ca || ca->self_issued))
            continue;
        if (certs_crl_signed_by(c->certs, list->crl, f[i]->certificate) == CERT_SIGNED)
            return f[i];
        named = named ? named : f[i];
    }
    return named;
}

static void loose_sets(const struct casefile *c, struct disk_sets *s, size_t from, size_t count)
{
    const struct disk_fact *const *f = &s->order[from];
    for (size_t i = 0; i < count; i++) {
        const struct cert *x = cert_of(c, f[i]);
        if (!x && (f[i]->state == DISK_READ && !f[i]->crl))
            continue; /* a key that fits belongs to its certificate, and alone there is nothing to say of it */
        struct disk_set *set = add_set(s, f[i]->unit, from + i, 1);
        set->loose = true;
        if (f[i]->crl) {
            set->crl = f[i];
            set->lister = lister_of(c, f, count, f[i]);
        }
        if (!x)
            continue;
        if (x->internal_ca || x->self_issued) {
            set->ca = f[i];
            continue;
        }
        set->cert = f[i];
        set->ca = issuer_of(c, f, count, f[i]);
        set->key = key_of(c, f, count, f[i]);
    }
}

/* ---- when was it collected? ---- */

#define COLLECTED_SECONDS 86400 /* a difference that is worth a word */

static void later(int64_t *t, int64_t other, int64_t now)
{
    if (other <= now && other > *t)
        *t = other;
}

/*
 * What is written when a bundle is made, or as long as the appliance runs; certificates and ims.conf are of whatever
 * day.
 */
static bool dates_a_bundle(enum source_kind kind)
{
    return kind == SOURCE_STATUS || kind == SOURCE_HEARTBEAT;
}

/* Per unit the latest time that it has, of a log's last line or of such a file; 0: not known. */
static void date_sets(const struct casefile *c, struct disk_sets *s)
{
    size_t units = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->all[i].unit != UNIT_NONE && s->all[i].unit >= units)
            units = (size_t)s->all[i].unit + 1;
    int64_t *t = mem_zalloc(units, sizeof *t);
    for (size_t i = 0; i < c->source_count; i++) {
        const struct source *from = &c->sources[i];
        if (from->unit == UNIT_NONE || from->unit >= units)
            continue;
        if (dates_a_bundle(from->kind))
            later(&t[from->unit], from->written, c->now);
        if (from->last != CIVIL_NONE && from->basis != YEAR_NONE)
            later(&t[from->unit], civil_unix(from->last), c->now);
    }
    for (size_t i = 0; i < s->count; i++) {
        uint32_t unit = s->all[i].unit;
        if (unit != UNIT_NONE && t[unit] && c->now - t[unit] >= COLLECTED_SECONDS)
            s->all[i].asof = t[unit];
    }
    free(t);
}

/* ---- all ---- */

static void make_sets(const struct casefile *c, struct disk_sets *s)
{
    size_t to;
    for (size_t from = 0; from < c->disk_count; from = to) {
        const struct disk_fact *f = s->order[from];
        bool loose = f->place == DISK_LOOSE;
        for (to = from + 1; to < c->disk_count && together(c, f, s->order[to]); to++)
            if (loose && to - from == LOOSE_AT_ONCE)
                break;
        if (loose)
            loose_sets(c, s, from, to - from);
        else
            add_set(s, f->unit, from, to - from)->peer = text_of(f->peer_uuid);
    }
    /* what one set is called depends on the others of its unit */
    for (size_t i = 0; i < s->count; i++)
        if (!s->all[i].loose) {
            s->all[i].role = role_of(c, s, &s->all[i]);
            s->all[i].uuid = uuid_of(c, s, &s->all[i]);
        }
    for (size_t i = 0; i < s->count; i++) {
        struct disk_set *set = &s->all[i];
        if (set->loose)
            continue;
        choose(s, set);
        if (set->peer.n)
            name_set(s, set->unit, set->peer, i);
        else if (set->ca)
            name_set(s, UNIT_NONE, set->uuid, i);
    }
}

void diskjudge_all(struct casefile *c, struct disk_sets *out)
{
    *out = (struct disk_sets){ 0 };
    if (!c->disk_count)
        return;
    casefile_certs(c);
    out->names = strings_new(UINT32_MAX);
    out->order = mem_zalloc(c->disk_count, sizeof *out->order);
    for (size_t i = 0; i < c->disk_count; i++)
        out->order[i] = &c->disks[i];
    qsort_r(out->order, c->disk_count, sizeof *out->order, by_set, c);
    make_sets(c, out);
    date_sets(c, out);
    diskowner_mark(out);
    for (size_t i = 0; i < out->count; i++)
        judge_set(c, out, &out->all[i]);
    for (size_t i = 0; i < out->count; i++)
        judge_ends(c, out, &out->all[i]);
    for (size_t i = 0; i < out->count; i++)
        sort_faults(&out->all[i]);
}

void diskjudge_clear(struct disk_sets *s)
{
    free(s->order);
    free(s->all);
    free(s->named);
    strings_free(s->names);
    *s = (struct disk_sets){ 0 };
}
