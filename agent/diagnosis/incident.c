/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/incident.h"

#include "agent/diagnosis/diagnose_parts.h"
#include "agent/diagnosis/endjudge.h"
#include "agent/diagnosis/incident_parts.h"
#include "base/caps.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

struct incidents *incidents_new(const struct incident_options *o)
{
    struct incidents *i = mem_zalloc(1, sizeof *i);
    i->o = *o;
    return i;
}

static void watched_free(struct watched *p)
{
    free(p->observer);
    free(p->address);
    free(p->uuid);
    free(p->name);
    free(p->summary);
    free(p->next);
    free(p);
}

void incidents_free(struct incidents *i)
{
    if (!i)
        return;
    for (size_t k = 0; k < i->peer_count; k++)
        watched_free(i->peers[k]);
    for (size_t k = 0; k < i->count; k++)
        free(i->all[k]);
    alarms_free(i);
    free(i->peers);
    free(i->index);
    free(i->all);
    free(i);
}

/* ---- peers ---- */

static uint64_t key_hash(struct slice observer, struct slice address)
{
    return hash_u64(hash_bytes(observer.p, observer.n) ^ hash_u64(hash_bytes(address.p, address.n) + observer.n));
}

static uint32_t *entry(const struct incidents *i, struct slice observer, struct slice address)
{
    size_t at = key_hash(observer, address) & (i->index_size - 1);
    for (;; at = (at + 1) & (i->index_size - 1)) {
        uint32_t n = i->index[at];
        if (n == UINT32_MAX ||
            (slice_eq(slice_of(i->peers[n]->observer), observer) && slice_eq(slice_of(i->peers[n]->address), address)))
            return &i->index[at];
    }
}

static void reindex(struct incidents *i)
{
    size_t size = 64;
    while (size < i->peer_count * 2 + 2)
        size *= 2;
    free(i->index);
    i->index = mem_alloc(size * sizeof *i->index);
    i->index_size = size;
    memset(i->index, 0xff, size * sizeof *i->index);
    for (size_t k = 0; k < i->peer_count; k++)
        *entry(i, slice_of(i->peers[k]->observer), slice_of(i->peers[k]->address)) = (uint32_t)k;
}

/* Room for one more: the tenth that was quiet longest goes, of those with which nothing is wrong. */
static int by_last(const void *x, const void *y)
{
    const struct watched *a = *(struct watched *const *)x, *b = *(struct watched *const *)y;
    return a->last < b->last ? -1 : a->last > b->last;
}

static bool make_room(struct incidents *i)
{
    size_t kept = 0, most = CAP_WATCHED_PEERS / 10, gone = 0;
    qsort(i->peers, i->peer_count, sizeof *i->peers, by_last);
    for (size_t k = 0; k < i->peer_count; k++) {
        if (gone < most && i->peers[k]->open_count == 0 && !i->peers[k]->dirty) {
            watched_free(i->peers[k]);
            gone++;
        } else {
            i->peers[kept++] = i->peers[k];
        }
    }
    i->peer_count = kept;
    i->totals.forgotten += gone;
    reindex(i);
    return gone > 0;
}

/* NULL: too many, and something is wrong with all of them. */
static struct watched *peer_of(struct incidents *i, struct slice observer, struct slice address)
{
    if (!i->index || (i->peer_count + 1) * 2 > i->index_size)
        reindex(i);
    uint32_t *n = entry(i, observer, address);
    if (*n != UINT32_MAX)
        return i->peers[*n];
    if (i->peer_count >= CAP_WATCHED_PEERS) {
        if (!make_room(i))
            return NULL;
        n = entry(i, observer, address);
    }
    i->peers = mem_grow(i->peers, &i->peer_capacity, i->peer_count + 1, sizeof *i->peers);
    struct watched *p = mem_zalloc(1, sizeof *p);
    p->observer = mem_strndup(observer.p, observer.n);
    p->address = mem_strndup(address.p, address.n);
    p->verdict = VERDICT_INSUFFICIENT;
    p->severity = SEVERITY_UNKNOWN;
    *n = (uint32_t)i->peer_count;
    return i->peers[i->peer_count++] = p;
}

/* ---- telling ---- */

static struct tell about(const struct watched *p, enum tell_type type, const struct moment *now)
{
    return (struct tell){ .type = type,
        .at_ms = now->now_ms,
        .observer = p->observer,
        .role = role_name(p->role),
        .address = *p->address ? p->address : NULL,
        .uuid = p->uuid,
        .name = p->name,
        .first = CIVIL_NONE,
        .last = CIVIL_NONE,
        .catching_up = now->c && now->c->catching_up };
}

static void tell_attempt(struct incidents *i, const struct watched *p, const struct moment *now)
{
    struct tell t = about(p, TELL_ATTEMPT, now);
    char outcome[32];
    bool ca = slice_contains(now->c->subject, SLICE("InternalCA"));
    outcome_print(now->c->outcome, outcome);
    memcpy(t.id, now->c->id, sizeof t.id);
    t.outcome = outcome;
    t.verdict = judge_outcome(now->c->outcome, ca);
    t.severity = verdict_info(t.verdict)->severity;
    t.first = now->c->first;
    t.last = now->c->last;
    i->o.tell(i->o.arg, &t);
}

/* What all events about an incident have in common. */
static struct tell about_incident(const struct incident *one, enum tell_change change, const struct moment *now)
{
    struct tell t = about(one->peer, TELL_INCIDENT, now);
    memcpy(t.id, one->id, sizeof t.id);
    t.change = change;
    t.verdict = one->cause;
    t.severity = one->severity;
    t.confidence = one->peer->confidence;
    t.outcome = one->outcome;
    t.first = one->first;
    t.last = one->last;
    t.attempts = one->attempts;
    t.alarm = *one->alarm_id ? one->alarm_id : NULL;
    t.ca_uuid = *one->ca ? one->ca : NULL;
    return t;
}

static void tell_changed(struct incidents *i, const struct incident *one, const struct moment *now)
{
    struct tell t = about_incident(one, TELL_CHANGED, now);
    t.summary = one->peer->verdict == one->cause ? one->peer->summary : NULL;
    t.next = one->peer->verdict == one->cause ? one->peer->next : NULL;
    i->o.tell(i->o.arg, &t);
}

static void tell_opened(
    struct incidents *i, const struct incident *one, const struct end_judgement *j, const struct moment *now)
{
    struct tell t = about_incident(one, TELL_OPENED, now);
    t.confidence = CONFIDENCE_LOW;
    if (j->finding) {
        t.confidence = j->finding->confidence;
        t.summary = j->finding->summary;
        t.next = j->finding->next;
        memcpy(t.lines, j->lines, sizeof t.lines);
        t.line_count = j->line_count;
    }
    i->o.tell(i->o.arg, &t);
}

/* ---- verdicts ---- */

static void replace(char **to, const char *from)
{
    free(*to);
    *to = from ? mem_strdup(from) : NULL;
}

/* j NULL: what is known of the verdict by itself. */
static void set_verdict(struct incidents *i, struct watched *p, enum verdict_id verdict, const struct end_judgement *j,
    const struct moment *now)
{
    const struct finding *f = j ? j->finding : NULL;
    bool first = p->summary == NULL, same = p->verdict == verdict && !first;
    const char *was = first ? NULL : verdict_info(p->verdict)->id;
    p->verdict = verdict;
    p->severity = f && f->verdict == verdict ? f->severity : verdict_info(verdict)->severity;
    p->confidence = f ? f->confidence : CONFIDENCE_MEDIUM;
    replace(&p->summary, f ? f->summary : verdict_info(verdict)->title);
    replace(&p->next, f ? f->next : verdict_info(verdict)->next[0]);
    if (f && f->role != ROLE_UNKNOWN)
        p->role = f->role;
    p->dirty = true;
    if (same)
        return;
    struct tell t = about(p, TELL_VERDICT, now);
    char count[24];
    snprintf(count, sizeof count, "%llu", (unsigned long long)p->attempts);
    const struct slice words[] = { slice_of(i->o.epoch), SLICE("verdict"), slice_of(p->observer), slice_of(p->address),
        slice_of(count), slice_of(now->c ? now->c->id : "") };
    tell_id(t.id, words, sizeof words / sizeof *words);
    t.verdict = verdict;
    t.severity = p->severity;
    t.confidence = p->confidence;
    t.was = was;
    t.summary = p->summary;
    t.next = p->next;
    t.ca_uuid = f ? f->ca_uuid : NULL;
    if (j) {
        memcpy(t.lines, j->lines, sizeof t.lines);
        t.line_count = j->line_count;
    }
    i->o.tell(i->o.arg, &t);
}

/* ---- incidents ---- */

static struct incident *open_incident(const struct watched *p, enum verdict_id cause)
{
    for (size_t k = 0; k < p->open_count; k++)
        if (p->open[k]->cause == cause)
            return p->open[k];
    return NULL;
}

static void close_incident(struct incidents *i, struct incident *one, const char *reason, const struct moment *now)
{
    struct watched *p = one->peer;
    size_t k = 0;
    while (p->open[k] != one)
        k++;
    memmove(&p->open[k], &p->open[k + 1], (--p->open_count - k) * sizeof(struct incident *));
    one->closed = one->changed = now->now;
    one->dirty = i->changed = true;
    struct tell t = about_incident(one, TELL_CLOSED, now);
    t.reason = reason;
    t.severity = SEVERITY_OK;
    i->o.tell(i->o.arg, &t);
    alarm_leave(i, one, now);
}

static struct incident *incident_new(struct incidents *i, struct watched *p)
{
    struct incident *one = mem_zalloc(1, sizeof *one);
    i->all = mem_grow(i->all, &i->capacity, i->count + 1, sizeof *i->all);
    i->all[i->count++] = one;
    one->peer = p;
    p->open[p->open_count++] = one;
    return one;
}

static void opens(struct incidents *i, struct watched *p, enum verdict_id cause, const struct moment *now)
{
    struct end_judgement j;
    if (p->open_count == INCIDENT_CAUSES)
        close_incident(i, p->open[0], "other cause", now);
    bool worst = true;
    for (size_t k = 0; k < p->open_count; k++)
        worst &= p->open[k]->severity <= verdict_info(cause)->severity;
    end_judge(now->c, now->log, now->now, &j);
    struct incident *one = incident_new(i, p);
    const struct slice words[] = { slice_of(i->o.epoch), SLICE("incident"), slice_of(now->c->id) };
    tell_id(one->id, words, sizeof words / sizeof *words);
    one->cause = cause;
    one->severity = j.finding ? j.finding->severity : verdict_info(cause)->severity;
    snprintf(one->outcome, sizeof one->outcome, "%s", p->outcome);
    snprintf(one->ca, sizeof one->ca, "%s", j.finding && j.finding->ca_uuid ? j.finding->ca_uuid : "");
    one->opened = one->changed = now->now;
    one->first = now->c->first;
    one->last = now->c->last;
    one->attempts = one->told = 1;
    one->dirty = true;
    if (worst)
        set_verdict(i, p, j.finding ? j.finding->verdict : cause, &j, now);
    alarm_join(i, one, now);
    tell_opened(i, one, &j, now);
    alarm_count(i, one, now);
    end_judgement_clear(&j);
}

static void fails(struct incidents *i, struct watched *p, const struct moment *now)
{
    enum verdict_id cause = judge_outcome(now->c->outcome, slice_contains(now->c->subject, SLICE("InternalCA")));
    struct incident *one = open_incident(p, cause);
    p->failures++;
    if (!p->failing_since)
        p->failing_since = p->last;
    if (!one) {
        opens(i, p, cause, now);
        return;
    }
    one->attempts++;
    one->last = now->c->last;
    one->dirty = true;
    snprintf(one->outcome, sizeof one->outcome, "%s", p->outcome);
    alarm_count(i, one, now);
    if (one->attempts < one->told * TELL_AGAIN)
        return;
    one->told = one->attempts;
    one->changed = now->now;
    tell_changed(i, one, now);
}

static void succeeds(struct incidents *i, struct watched *p, const struct moment *now)
{
    struct end_judgement j;
    p->last_success = p->last;
    p->failing_since = 0;
    while (p->open_count)
        close_incident(i, p->open[0], "established", now);
    if (p->summary && p->verdict == VERDICT_HEALTHY)
        return;
    end_judge(now->c, now->log, now->now, &j);
    set_verdict(i, p, VERDICT_HEALTHY, j.finding && j.finding->verdict == VERDICT_HEALTHY ? &j : NULL, now);
    end_judgement_clear(&j);
}

static bool says_established(const struct attempt_end *c)
{
    struct matched m;
    return c->record_count && matched_parse(c->records[0], &m) == ERR_OK && m.known &&
           m.event.kind == EVENT_ESTABLISHED;
}

void incidents_add(struct incidents *i, const struct attempt_end *c, const char *log, int64_t now_ms)
{
    struct moment now = { c, log, now_ms, now_ms / 1000 };
    struct watched *p = peer_of(i, c->observer, c->address);
    struct watched nobody = { .observer = (char[]){ "" }, .address = (char[]){ "" } };
    if (c->kind == END_ATTEMPT)
        i->totals.by_outcome[c->outcome.type]++;
    if (!p) { /* counted and told, but not kept */
        if (c->kind == END_ATTEMPT)
            tell_attempt(i, &nobody, &now);
        i->totals.forgotten++;
        return;
    }
    int64_t first = c->first == CIVIL_NONE ? now.now : civil_unix(c->first);
    p->last = c->last == CIVIL_NONE ? now.now : civil_unix(c->last);
    p->first = p->first ? p->first : first;
    p->dirty = i->changed = true;
    if (c->kind == END_ATTEMPT) {
        p->attempts++;
        outcome_print(c->outcome, p->outcome);
        tell_attempt(i, p, &now);
    }
    bool up =
        c->kind == END_ATTEMPT ? c->outcome.type == OUTCOME_ESTABLISHED : c->kind == END_SIGN && says_established(c);
    if (up)
        succeeds(i, p, &now);
    else if (c->kind == END_ATTEMPT && outcome_is_failure(c->outcome) && c->address.n)
        fails(i, p, &now);
}

/* Of several observers' the one that is meant; where its name is another in the log, the only one there is. */
static struct incident *proven(const struct incidents *i, const struct incident_proof *p)
{
    struct incident *found = NULL;
    size_t others = 0;
    for (size_t k = 0; k < i->count; k++) {
        struct incident *one = i->all[k];
        if (one->closed || one->cause != p->verdict || strcmp(one->peer->address, p->address) != 0)
            continue;
        if (strcmp(one->peer->observer, p->observer) == 0)
            return one;
        others++;
        found = one;
    }
    return others == 1 ? found : NULL;
}

void incidents_prove(struct incidents *i, const struct incident_proof *p, int64_t now_ms)
{
    struct moment now = { NULL, NULL, now_ms, now_ms / 1000 };
    const struct incident *one = proven(i, p);
    if (!one || one->peer->verdict != p->verdict || one->peer->confidence >= p->confidence)
        return;
    one->peer->confidence = p->confidence;
    replace(&one->peer->summary, p->summary ? p->summary : verdict_info(p->verdict)->title);
    one->peer->dirty = i->changed = true;
    struct tell t = about_incident(one, TELL_CHANGED, &now);
    t.summary = one->peer->summary;
    t.next = p->next ? p->next : one->peer->next;
    t.lines[0] = (struct tell_line){ .text = p->text };
    t.line_count = 1;
    i->o.tell(i->o.arg, &t);
}

void incidents_tick(struct incidents *i, int64_t now_ms)
{
    struct moment now = { NULL, NULL, now_ms, now_ms / 1000 };
    for (size_t k = 0; k < i->count; k++) {
        struct incident *one = i->all[k];
        int64_t last = one->last == CIVIL_NONE ? one->changed : civil_unix(one->last);
        last = last > one->changed ? one->changed : last; /* a stamp of a clock that is ahead */
        if (!one->closed && now.now - last > i->o.quiet_s && now.now - one->changed > i->o.quiet_s)
            close_incident(i, one, "quiet", &now);
    }
}

/* ---- what is kept ---- */

void incidents_flush(struct incidents *i)
{
    size_t kept = 0;
    if (!i->changed)
        return;
    i->changed = false;
    alarms_flush(i);
    for (size_t k = 0; k < i->peer_count; k++) {
        if (i->peers[k]->dirty)
            i->o.keep_peer(i->o.keep_arg, i->peers[k]);
        i->peers[k]->dirty = false;
    }
    for (size_t k = 0; k < i->count; k++) {
        struct incident *one = i->all[k];
        if (one->dirty)
            i->o.keep_incident(i->o.keep_arg, one);
        one->dirty = false;
        if (one->closed)
            free(one);
        else
            i->all[kept++] = one;
    }
    i->count = kept;
}

static char *copy(const char *s)
{
    return s ? mem_strdup(s) : NULL;
}

bool incidents_restore_peer(struct incidents *i, const struct watched *kept)
{
    struct watched *p = peer_of(i, slice_of(kept->observer), slice_of(kept->address));
    if (!p || p->attempts || p->summary)
        return false;
    char *observer = p->observer, *address = p->address;
    *p = *kept;
    p->observer = observer;
    p->address = address;
    p->uuid = copy(kept->uuid);
    p->name = copy(kept->name);
    p->summary = copy(kept->summary);
    p->next = copy(kept->next);
    p->open_count = 0;
    p->dirty = false;
    return true;
}

bool incidents_restore(struct incidents *i, const struct incident *kept, struct slice observer, struct slice address)
{
    struct watched *p = peer_of(i, observer, address);
    if (!p || p->open_count == INCIDENT_CAUSES || open_incident(p, kept->cause))
        return false;
    struct incident *one = incident_new(i, p);
    *one = *kept;
    one->peer = p;
    one->dirty = false;
    one->alarm = alarm_of(i, p->observer, one->cause, one->ca);
    if (one->alarm)
        one->alarm->peers++;
    return true;
}

void incidents_count(const struct incidents *i, struct incident_counts *out)
{
    *out = i->totals;
    out->peers = i->peer_count;
    out->open = i->count;
    for (size_t k = 0; k < i->alarm_count; k++)
        out->alarms += *i->alarms[k]->id != 0;
    for (size_t k = 0; k < i->count; k++)
        out->by_verdict[i->all[k]->cause]++;
}

void incidents_each_peer(const struct incidents *i, void (*each)(void *arg, const struct watched *p), void *arg)
{
    for (size_t k = 0; k < i->peer_count; k++)
        each(arg, i->peers[k]);
}
