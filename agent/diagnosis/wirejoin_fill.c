/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts, times, sentences and evidence of a peer's connections. Decides nothing. */
#include "agent/diagnosis/wirejoin.h"

#include "agent/diagnosis/tlsalert.h"
#include "base/caps.h"
#include "base/mem.h"

#include <stdlib.h>

/* ---- one connection in a line ---- */

static void put_ca(struct buf *b, const struct casefile *c, const struct wire_side *s)
{
    char date[CIVIL_TEXT];
    uint32_t id = chain_ca(c->certs, s);
    const struct cert *ca = id == CERT_NONE ? NULL : certs_get(c->certs, id);
    if (ca && ca->not_after != CERT_TIME_NONE) {
        bool expired = chain_find(s, CHAIN_EXPIRED, true) && chain_find(s, CHAIN_EXPIRED, true)->depth > 0;
        buf_printf(b, ", CA %s %.10s", expired ? "expired" : "until", civil_text(civil_from_unix(ca->not_after), date));
    }
}

static void put_chains(struct buf *b, const struct casefile *c, const struct wire *w)
{
    for (int side = 1; side >= 0; side--) {
        const struct wire_side *s = &w->side[side];
        const char *name = side == SIDE_SERVER ? "server" : "client";
        if (s->seen == CERTIFICATES_EMPTY)
            buf_printf(b, ", %s shows no certificate", name);
        if (!s->chain_count)
            continue;
        buf_printf(b, ", %s chain %u certificate%s%s", name, s->chain_count, s->chain_count == 1 ? "" : "s",
            s->seen == CERTIFICATES_PARTIAL ? " (cut)" : "");
        put_ca(b, c, s);
    }
}

static void put_alerts(struct buf *b, const struct wire *w)
{
    for (size_t i = 0; i < w->alert_count && i < 3; i++) {
        const struct wire_alert *a = &w->alerts[i];
        const char *from = a->from == SIDE_CLIENT ? "client" : "server";
        if (a->encrypted)
            buf_printf(b, ", encrypted alert from the %s (frame %llu)", from, (unsigned long long)a->frame);
        else
            buf_printf(b, ", alert %u from the %s", a->description, from);
        if (!a->encrypted && a->frame)
            buf_printf(b, " (frame %llu)", (unsigned long long)a->frame);
    }
}

/* "10.0.0.1:49765 -> 10.0.0.2:8305 TLS 1.2, server chain 2 certificates, CA expired 2024-09-17, alert 45 ..." */
static char *line_of(const struct casefile *c, const struct wire *w)
{
    struct buf b = { 0 };
    const char *version = connection_version_name(w->version);
    endpoint_print(&b, &w->side[SIDE_CLIENT].at);
    buf_puts(&b, w->direction_known ? " -> " : " - ");
    endpoint_print(&b, &w->side[SIDE_SERVER].at);
    if (version)
        buf_printf(&b, "%s%s", w->version >= 0x0301 ? " TLS " : " ", version);
    buf_printf(&b, ", %s", connection_state_name((enum connection_state)w->state));
    if (w->resumed)
        buf_puts(&b, ", resumed");
    put_chains(&b, c, w);
    put_alerts(&b, w);
    return buf_take(&b);
}

/* The frame that shows it: of the alert, of the rejected chain, or the first one. */
static uint64_t frame_of(const struct wire *w)
{
    const struct wire_alert *a = wirejudge_alert(w);
    if (a && a->frame)
        return a->frame;
    for (int side = 1; side >= 0; side--)
        if (w->side[side].certificate_frame)
            return w->side[side].certificate_frame;
    return w->first_frame;
}

/* ---- counts ---- */

static int by_count(const void *x, const void *y)
{
    const struct outcome_count *a = x, *b = y;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->name, b->name);
}

static void count_wire(const struct inquiry *q, struct finding *f, size_t *capacity, const struct wire *w)
{
    char name[32];
    size_t k = 0;
    wirejudge_outcome(w, name);
    while (k < f->outcome_count && strcmp(f->outcomes[k].name, name) != 0)
        k++;
    if (k == f->outcome_count) {
        f->outcomes = mem_grow(f->outcomes, capacity, k + 1, sizeof *f->outcomes);
        f->outcomes[k] = (struct outcome_count){ .name = inquiry_word(q, name) };
        f->outcome_count++;
    }
    f->outcomes[k].count++;
    f->attempts++;
}

static void later(civil *t, civil other)
{
    if (*t == CIVIL_NONE || other > *t)
        *t = other;
}

static void count_all(const struct inquiry *q, const struct view *v, struct finding *f)
{
    size_t capacity = 0;
    for (size_t i = 0; i < v->wires->count; i++) {
        const struct wire *w = wirejoin_wire(q, v->wires, i);
        if (w->state != CONNECTION_MID_STREAM)
            count_wire(q, f, &capacity, w);
        if (f->first == CIVIL_NONE)
            f->first = wirejoin_civil(w->first_ns);
        later(&f->last, wirejoin_civil(w->last_ns));
        if (w->state == CONNECTION_COMPLETE && wirejudge_end(w) == WIRE_END_UP)
            later(&f->last_success, wirejoin_civil(w->first_ns));
    }
    f->failing_since = v->wires->failing_since;
    if (f->outcome_count)
        qsort(f->outcomes, f->outcome_count, sizeof *f->outcomes, by_count);
}

/* ---- sentences ---- */

static size_t count_state(const struct inquiry *q, const struct view_wires *x, enum connection_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < x->count; i++)
        n += wirejoin_wire(q, x, i)->state == state;
    return n;
}

static size_t count_alike(const struct inquiry *q, const struct view_wires *x, const struct wire *like)
{
    size_t n = 0;
    for (size_t i = 0; i < x->count; i++)
        n += wirejoin_wire(q, x, i)->verdict == like->verdict && wirejoin_wire(q, x, i)->state == like->state;
    return n;
}

static char *summary(const struct inquiry *q, const struct view *v, const struct finding *f)
{
    struct buf b = { 0 };
    const struct view_wires *x = v->wires;
    const struct wire *w = x->telling;
    char when[CIVIL_TEXT];
    size_t sessions = count_state(q, x, CONNECTION_MID_STREAM);
    if (w->state == CONNECTION_MID_STREAM && w->verdict == VERDICT_INSUFFICIENT)
        buf_printf(&b, "no handshake seen on %zu established session%s", sessions, sessions == 1 ? "" : "s");
    else
        buf_puts(&b, w->summary);
    if (f->verdict == VERDICT_AT_RISK && w->verdict != VERDICT_AT_RISK)
        buf_puts(&b, "; another connection of these two is still up");
    if (f->captured && f->attempts > 1)
        buf_printf(&b, ": %zu of %zu connections", count_alike(q, x, w), x->count);
    if (f->captured && f->failing_since != CIVIL_NONE && f->attempts > 1)
        buf_printf(&b, "; failing since %s", civil_text(f->failing_since, when));
    return buf_take(&b);
}

static void put_words(const struct inquiry *q, const struct view *v, struct finding *f)
{
    const struct verdict_info *info = verdict_info(v->verdict);
    f->summary = inquiry_own(q, summary(q, v, f));
    f->next = v->verdict == v->wires->telling->verdict ? v->wires->telling->next
              : v->verdict == VERDICT_AT_RISK          ? words_at_risk(v->fault_verdict)
                                                       : info->next[0];
    f->missing = v->verdict != VERDICT_HEALTHY ? info->confirm[0] : NULL;
}

/* ---- evidence ---- */

static bool supports(const struct view *v, const struct wire *w)
{
    bool up = wirejudge_end(w) == WIRE_END_UP;
    if (w == v->wires->telling && (v->wires->decides || v->wires->refutes))
        return v->wires->decides;
    if (w->verdict == v->verdict || w->verdict == VERDICT_INSUFFICIENT)
        return true;
    switch ((int)v->verdict) {
    case VERDICT_HEALTHY: return up;
    case VERDICT_AT_RISK: return up || w->verdict == v->fault_verdict;
    case VERDICT_PUSH_INCOMPLETE: return w->verdict == VERDICT_CA_MISMATCH || w->verdict == VERDICT_UNKNOWN_CA;
    default: return false;
    }
}

static void add_wire(
    const struct inquiry *q, const struct view *v, struct finding *f, const struct wire *w, size_t more)
{
    struct buf b = { 0 };
    bool with = supports(v, w);
    const char *against = w->probe ? "the probe says otherwise: " : "the capture says otherwise: ";
    buf_puts(&b, v->captured ? "" : with ? "on the wire: " : against);
    buf_puts(&b, w->summary);
    if (more)
        buf_printf(&b, " (and %zu more like it)", more);
    words_evidence(f, (struct evidence){
                          .source = w->source,
                          .line = frame_of(w),
                          .text = inquiry_own(q, line_of(q->c, w)),
                          .means = inquiry_own(q, buf_take(&b)),
                          .supports = with,
                      });
}

/* One example of each kind, the telling one first. */
static void add_wires(const struct inquiry *q, const struct view *v, struct finding *f)
{
    const struct wire *shown[CAP_EVIDENCE_PER_OUTCOME] = { v->wires->telling };
    size_t alike[CAP_EVIDENCE_PER_OUTCOME] = { 0 }, count = 1;
    for (size_t i = 0; i < v->wires->count; i++) {
        const struct wire *w = wirejoin_wire(q, v->wires, i);
        size_t k = 0;
        while (k < count && (shown[k]->verdict != w->verdict || shown[k]->state != w->state))
            k++;
        if (k == count && count < CAP_EVIDENCE_PER_OUTCOME)
            shown[count++] = w;
        if (k < count)
            alike[k]++;
    }
    for (size_t k = 0; k < count; k++)
        add_wire(q, v, f, shown[k], alike[k] - 1);
}

/* Before what the log says when it decides, else behind it. */
static void to_front(struct finding *f, size_t own)
{
    size_t more = f->evidence_count - own;
    struct evidence *sorted = mem_zalloc(f->evidence_count, sizeof *sorted);
    memcpy(sorted, f->evidence + own, more * sizeof *sorted);
    memcpy(sorted + more, f->evidence, own * sizeof *sorted);
    memcpy(f->evidence, sorted, f->evidence_count * sizeof *sorted);
    free(sorted);
}

void wirejoin_fill(const struct inquiry *q, const struct view *v, struct finding *f)
{
    if (!v->wires)
        return;
    size_t own = f->evidence_count;
    f->captured = v->captured;
    f->connections = (uint32_t)v->wires->count;
    if (v->captured)
        count_all(q, v, f);
    if (v->wires->decides)
        put_words(q, v, f);
    add_wires(q, v, f);
    if (v->wires->decides && own)
        to_front(f, own);
}
