/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/diskjoin.h"

#include "base/mem.h"

#include <stdlib.h>

/* ---- views ---- */

/* Do lines of this view name the CA of the FMC with this UUID? */
static bool speaks_of(const struct inquiry *q, const struct view *v, struct slice uuid)
{
    for (size_t i = 0; v->peer && i < v->peer->stat_count; i++) {
        const struct witness *w = v->peer->stats[i].witness;
        if (w && (slice_contains_nocase(inquiry_string(q, w->issuer), uuid) ||
                     slice_contains_nocase(inquiry_string(q, w->subject), uuid)))
            return true;
    }
    return false;
}

#define FEW 16 /* a firewall has one FMC or two; where a folder has more peers no name is guessed */

/* A view without a UUID: a firewall that has one FMC has one peer, else its lines may name the CA. */
static const struct disk_set *guess(const struct inquiry *q, const struct view *v)
{
    const struct disk_sets *s = q->disk;
    const struct disk_set *found = NULL;
    size_t from = diskjudge_unit(s, v->unit), count = 0;
    if (!v->peer || v->role == ROLE_FMC || v->unit == UNIT_NONE)
        return NULL;
    for (size_t i = from; i < s->count && s->all[i].unit == v->unit && !s->all[i].loose; i++) {
        if (!s->all[i].peer.n)
            continue;
        if (++count > FEW)
            return NULL;
        if (!found || speaks_of(q, v, s->all[i].peer))
            found = &s->all[i];
    }
    bool one = count == 1 && v->role == ROLE_FTD;
    return found && (one || speaks_of(q, v, found->peer)) ? found : NULL;
}

/* Is there anything to say of it? Nothing but a good sftunnel.conf, or a backup, is not. */
static bool worth(const struct disk_set *s)
{
    return s->fault_count || s->ca || s->cert || s->key;
}

/* What the appliance is called: its log knows. */
static void name_observer(struct inquiry *q, struct view *v, const struct disk_set *set)
{
    v->unit = set->unit;
    v->role = set->role;
    v->self_uuid = set->uuid;
    for (size_t i = 0; set->unit != UNIT_NONE && i + 1 < q->view_count; i++)
        if (q->views[i].unit == set->unit && q->views[i].host.n) {
            v->host = q->views[i].host;
            return;
        }
    for (size_t i = 0; set->unit != UNIT_NONE && i < q->c->source_count; i++)
        if (q->c->sources[i].unit == set->unit && q->c->sources[i].host) {
            v->host = slice_of(q->c->sources[i].host);
            return;
        }
}

/* like: another view of a set, of the same unit perhaps; SIZE_MAX: none. */
static void add_view(struct inquiry *q, struct whois *w, const struct disk_set *set, size_t like)
{
    struct view *v = inquiry_view(q);
    if (like != SIZE_MAX && q->views[like].unit == set->unit) {
        v->unit = set->unit;
        v->role = set->role;
        v->self_uuid = set->uuid;
        v->host = q->views[like].host;
    } else {
        name_observer(q, v, set);
    }
    v->disk = set;
    v->self = !set->peer.n && !set->loose;
    v->own = set->peer.n && v->role != ROLE_FTD ? diskjudge_own(q->disk, set->unit) : NULL;
    v->uuid = set->peer;
    if (set->loose) {
        const struct disk_fact *f = q->disk->order[set->from];
        v->name = slice_of(f->path);
    } else if (set->peer.n) {
        v->address = set->peer; /* until a better one is known */
        whois_learn(w, v);
        if (slice_is_uuid(v->address))
            v->address = (struct slice){ "", 0 };
    }
}

void diskjoin_views(struct inquiry *q, struct whois *w)
{
    const struct disk_sets *s = q->disk;
    size_t before = q->view_count;
    if (!s->count)
        return;
    bool *used = mem_zalloc(s->count, sizeof *used);
    for (size_t i = 0; i < before; i++) {
        struct view *v = &q->views[i];
        v->disk = v->uuid.n ? diskjudge_peer(s, v->unit, v->uuid) : guess(q, v);
        v->own = v->role == ROLE_FTD ? NULL : diskjudge_own(s, v->unit);
        if (v->disk) {
            used[v->disk - s->all] = true;
            if (!v->uuid.n)
                v->uuid = v->disk->peer;
        }
    }
    size_t last = SIZE_MAX;
    for (size_t i = 0; i < s->count; i++) {
        if (used[i] || !worth(&s->all[i]))
            continue;
        add_view(q, w, &s->all[i], last);
        last = q->view_count - 1;
    }
    free(used);
}

/* ---- the verdict ---- */

/* A fault for which the next handshake fails. */
static bool deadly(const struct disk_fault *f)
{
    return f->reason <= DISK_CERT_EXPIRED && f->severity == SEVERITY_CRITICAL;
}

/* What counts for this peer: of its set, else the dates of the CA that every peer of this FMC hangs on. */
static const struct disk_fault *fault_of(const struct view *v)
{
    const struct disk_set *s = v->disk;
    if (s)
        return s->fault_count ? &s->faults[0] : NULL;
    for (size_t i = 0; v->own && i < v->own->fault_count; i++) {
        const struct disk_fault *f = &v->own->faults[i];
        if (f->at == v->own->ca && (f->reason == DISK_CA_EXPIRED || f->reason == DISK_EXPIRING))
            return f;
    }
    return NULL;
}

static bool only_files(const struct view *v)
{
    return v->disk && !v->peer && !v->push && !v->status && !v->wires && !v->socket && !v->registration && !v->stopped;
}

static void decide(struct view *v, const struct disk_fault *f, enum verdict_id verdict)
{
    v->disk_fault = f;
    v->disk_decides = true;
    v->verdict = verdict;
    v->severity = verdict == f->verdict ? f->severity : verdict_info(verdict)->severity;
    v->confidence = f->confidence;
}

/* Verdicts that leave the cause open. */
static bool open_verdict(enum verdict_id id)
{
    return id == VERDICT_INSUFFICIENT || id == VERDICT_REJECTED || id == VERDICT_PROTOCOL;
}

/* An alert is only a number: 45 is sent for a leaf as well as for a CA, 42 and 48 for many things. */
static bool more_exact(const struct view *v, const struct disk_fault *f)
{
    bool told = v->fault && (v->fault->what.type == OUTCOME_ALERT || v->fault->what.type == OUTCOME_HANDSHAKE_FAILED);
    return told && deadly(f) && f->confidence == CONFIDENCE_HIGH && v->verdict != VERDICT_AT_RISK;
}

static void judge_with(struct view *v, const struct disk_fault *f)
{
    if (v->verdict == VERDICT_HEALTHY) {
        decide(v, f, deadly(f) ? VERDICT_AT_RISK : f->verdict);
    } else if (v->verdict == VERDICT_INSUFFICIENT && v->sockets && !v->fault && !v->status && deadly(f)) {
        decide(v, f, VERDICT_AT_RISK); /* a connection that is open may be a tunnel: better not to cut it */
        v->confidence = CONFIDENCE_LOW;
    } else if (v->verdict == VERDICT_AT_RISK || v->verdict == f->verdict) {
        if (deadly(f)) {
            v->disk_fault = f;
            v->confidence = CONFIDENCE_HIGH;
        }
    } else if (f->severity == SEVERITY_CRITICAL &&
               (open_verdict(v->verdict) || v->severity < SEVERITY_CRITICAL || more_exact(v, f))) {
        decide(v, f, f->verdict);
    } else if (f->reason == DISK_CA_DIFFERS &&
               (v->verdict == VERDICT_CA_EXPIRED || v->verdict == VERDICT_LEAF_EXPIRED)) {
        decide(v, f, f->verdict); /* what has expired was replaced on the FMC already: a push helps, no other CA */
    } else if (v->verdict == VERDICT_INSUFFICIENT) {
        decide(v, f, f->verdict);
    }
}

/* The CA that lines of this view call expired, as it lies on a disk of the case. */
static const struct disk_set *accused(const struct inquiry *q, const struct view *v)
{
    bool expired = v->fault_verdict == VERDICT_CA_EXPIRED && (v->fault || v->risk_since);
    if (!expired)
        return NULL;
    if (v->disk && v->disk->ca)
        return v->disk;
    return v->own && v->own->ca ? v->own : diskjudge_fmc(q->disk, v->ca_uuid.n ? v->ca_uuid : v->uuid);
}

/* Up on a certificate that had expired when the tunnel was made: then it is not up on that one. */
static bool made_after_end(const struct inquiry *q, const struct view *v)
{
    const struct disk_fault *f = v->disk_fault;
    bool expired = f && (f->reason == DISK_CA_EXPIRED || f->reason == DISK_CERT_EXPIRED);
    return v->verdict == VERDICT_AT_RISK && expired && v->status && v->status->connected &&
           v->status->since != CIVIL_NONE &&
           civil_unix(v->status->since) > certs_get(q->c->certs, f->at->certificate)->not_after;
}

static void judge_view_with(const struct inquiry *q, struct view *v)
{
    const struct disk_fault *f = fault_of(v);
    const struct disk_set *ca = accused(q, v);
    if (only_files(v)) {
        const struct cert *x = v->disk->ca ? certs_get(q->c->certs, v->disk->ca->certificate) : NULL;
        if (x && x->ca_uuid)
            v->ca_uuid = slice_of(x->ca_uuid);
        if (f) {
            decide(v, f, f->verdict);
        } else {
            v->verdict = v->disk->cert || v->disk->ca ? VERDICT_HEALTHY : VERDICT_INSUFFICIENT;
            v->severity = verdict_info(v->verdict)->severity;
            v->confidence = CONFIDENCE_MEDIUM;
        }
        return;
    }
    if (ca && diskjudge_ca_end(q->c, ca) > q->c->now) {
        v->disk_against = ca->ca;
        if (v->confidence > CONFIDENCE_LOW)
            v->confidence = (enum confidence)(v->confidence - 1);
    }
    if (f)
        judge_with(v, f);
    if (made_after_end(q, v))
        v->confidence = CONFIDENCE_LOW;
}

void diskjoin_judge(struct inquiry *q)
{
    for (size_t i = 0; q->disk->count && i < q->view_count; i++)
        judge_view_with(q, &q->views[i]);
}

/* ---- evidence ---- */

static void add_fact(
    const struct inquiry *q, struct finding *f, const struct disk_fact *fact, char *means, bool supports)
{
    struct buf text = { 0 };
    diskwords_fact(&text, q->c, fact);
    if (text.n > CAP_EVIDENCE_BYTES)
        text.p[CAP_EVIDENCE_BYTES] = '\0';
    words_evidence(f, (struct evidence){ .source = fact->source,
                          .line = 0,
                          .text = inquiry_own(q, buf_take(&text)),
                          .means = inquiry_own(q, means),
                          .supports = supports });
}

static char *clause(const struct inquiry *q, const struct disk_fault *fault, const char *before)
{
    struct buf b = { 0 };
    buf_puts(&b, before);
    diskwords_fault(&b, q->c, fault);
    return buf_take(&b);
}

static void add_fault(const struct inquiry *q, const struct view *v, const struct disk_fault *fault, struct finding *f)
{
    bool first = fault == v->disk_fault;
    bool says = v->disk_fault || fault->verdict == v->verdict;
    add_fact(q, f, fault->at, clause(q, fault, first ? "" : "also: "), says);
    if (fault->other && first)
        add_fact(q, f, fault->other, mem_strdup("what it was held against"), true);
}

static void add_good(const struct inquiry *q, const struct disk_set *s, struct finding *f)
{
    struct buf b = { 0 };
    char when[CIVIL_TEXT];
    const struct disk_fact *fact = s->ca ? s->ca : s->cert;
    const struct cert *x = certs_get(q->c->certs, fact->certificate);
    buf_puts(&b, s->ca ? "the CA is valid" : "the certificate is valid");
    if (x->not_after != CERT_TIME_NONE)
        buf_printf(&b, " until %.10s", civil_text(civil_from_unix(x->not_after), when));
    if (s->cert && s->ca && s->cert != s->ca)
        buf_puts(&b, ", and signed the certificate");
    if (s->cert && s->key && s->key->key)
        buf_puts(&b, s->ca ? ", whose key fits" : ", and its key fits");
    add_fact(q, f, fact, buf_take(&b), true);
}

/* The sentence when the files made the verdict. */
static void say(const struct inquiry *q, const struct view *v, struct finding *f)
{
    struct buf b = { 0 };
    if (v->verdict == VERDICT_AT_RISK)
        buf_puts(&b, "the tunnel is still up, but ");
    diskwords_fault(&b, q->c, v->disk_fault);
    if (v->verdict != VERDICT_AT_RISK && v->fault) {
        char name[32];
        outcome_print(v->fault->what, name);
        buf_printf(&b, "; last seen in the log: %s", name);
    } else if (v->status && !v->status->connected) {
        buf_puts(&b, "; the tunnel is down");
    }
    f->summary = inquiry_own(q, buf_take(&b));
    f->next = v->verdict == VERDICT_AT_RISK ? words_at_risk(v->disk_fault->verdict) : verdict_info(v->verdict)->next[0];
}

static void say_good(const struct inquiry *q, const struct view *v, struct finding *f)
{
    struct buf b = { 0 };
    char when[CIVIL_TEXT];
    int64_t end = diskjudge_ca_end(q->c, v->disk);
    buf_puts(&b, "the certificate files are in order");
    if (end != CERT_TIME_NONE)
        buf_printf(&b, ": the CA is valid until %.10s", civil_text(civil_from_unix(end), when));
    if (!v->self && !v->disk->loose)
        buf_puts(&b, "; whether the tunnel is up was not said");
    f->summary = inquiry_own(q, buf_take(&b));
}

/* What makes the verdict comes first: those from `from` on. */
static void evidence_first(struct finding *f, size_t from)
{
    struct evidence *all = mem_alloc(f->evidence_count * sizeof *all);
    size_t n = f->evidence_count - from;
    memcpy(all, f->evidence + from, n * sizeof *all);
    if (from)
        memcpy(all + n, f->evidence, from * sizeof *all);
    memcpy(f->evidence, all, f->evidence_count * sizeof *all);
    free(all);
}

static int64_t first_end(const struct casefile *c, const struct disk_set *s, int64_t so_far)
{
    const struct disk_fact *const both[] = { s ? s->ca : NULL, s ? s->cert : NULL };
    for (size_t i = 0; i < 2; i++) {
        int64_t end = both[i] ? certs_get(c->certs, both[i]->certificate)->not_after : CERT_TIME_NONE;
        if (end != CERT_TIME_NONE && (!so_far || end < so_far))
            so_far = end;
    }
    return so_far;
}

void diskjoin_fill(const struct inquiry *q, const struct view *v, struct finding *f)
{
    const struct disk_set *s = v->disk;
    f->self = v->self;
    f->disk = s;
    f->own = v->own;
    f->not_after = first_end(q->c, v->own, first_end(q->c, s, 0));
    size_t old = f->evidence_count;
    if (v->disk_fault)
        add_fault(q, v, v->disk_fault, f);
    if (v->disk_decides) {
        say(q, v, f);
        evidence_first(f, old);
    } else if (only_files(v) && v->verdict == VERDICT_HEALTHY) {
        say_good(q, v, f);
    }
    for (size_t i = 0; s && i < s->fault_count; i++)
        if (&s->faults[i] != v->disk_fault)
            add_fault(q, v, &s->faults[i], f);
    if (s && !s->fault_count && (s->ca || s->cert) && !v->disk_against && v->verdict == VERDICT_HEALTHY)
        add_good(q, s, f);
    if (made_after_end(q, v))
        words_evidence(
            f, (struct evidence){ .source = v->status->source,
                   .line = v->status->line,
                   .text = inquiry_own(q, mem_strdup(v->status->text)),
                   .means = "this tunnel was made after the end of that certificate: it is up on another one, "
                            "or a clock is wrong",
                   .supports = false });
    if (v->disk_against)
        add_fact(q, f, v->disk_against,
            mem_strdup(
                "the CA on disk is valid: it was renewed after these lines, and this peer may have the old set; or "
                "a clock is wrong. Do not regenerate again before that is known"),
            false);
}
