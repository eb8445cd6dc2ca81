/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/textwire.h"

#include "agent/diagnosis/tlsalert.h"
#include "agent/report/textchain.h"
#include "agent/report/textfindings.h"
#include "agent/report/wiregroups.h"
#include "agent/report/wiretable.h"
#include "agent/report/wireterms.h"

#define INDENT 2
#define FLUSH_LINES 256
#define INDENT_TEXT 13 /* of what stands behind a label */

struct wires {
    struct layout *l;
    const struct casefile *c;
    const struct diagnosis *d;
    struct wiregroups groups;
    const char *next; /* the advice that was printed last */
    bool findings;    /* those of the findings were, too */
};

static bool all(const struct wires *t)
{
    return t->l->style.verbosity > 0;
}

static const char *side_word(enum side side)
{
    return side == SIDE_CLIENT ? "client" : "server";
}

static void labelled(struct wires *t, const char *name, const char *text)
{
    layout_column(t->l, INDENT);
    layout_toned(t->l, TONE_STRONG, name);
    layout_column(t->l, INDENT_TEXT);
    layout_sentence(t->l, INDENT_TEXT, text);
}

/* "2024-09-20 04:10:47.123"; day: with its date. */
static void put_time(struct buf *b, int64_t ns, bool day)
{
    char text[CIVIL_TEXT];
    if (!ns) {
        buf_puts(b, "an unknown time");
        return;
    }
    civil_text(civil_from_unix(wireterms_seconds(ns)), text);
    char *t = strchr(text, 'T'), *z = strchr(text, 'Z');
    if (t)
        *t = ' ';
    if (z)
        *z = '\0';
    buf_printf(b, "%s.%03u", day || !t ? text : t + 1, (unsigned)(wireterms_fraction(ns) / 1000000));
}

static void put_span(struct buf *b, int64_t from, int64_t to)
{
    bool same_day =
        civil_from_unix(wireterms_seconds(from)) / CIVIL_DAY == civil_from_unix(wireterms_seconds(to)) / CIVIL_DAY;
    put_time(b, from, true);
    if (to == from)
        return;
    buf_puts(b, " to ");
    put_time(b, to, !same_day);
}

static void put_place(struct wires *t, struct buf *b, const struct wire *w)
{
    if (w->probe && w->source < t->c->source_count) {
        buf_puts(b, t->c->sources[w->source].path);
        return;
    }
    if (w->first_frame == w->last_frame)
        buf_printf(b, "frame %llu", (unsigned long long)w->first_frame);
    else
        buf_printf(b, "frames %llu-%llu", (unsigned long long)w->first_frame, (unsigned long long)w->last_frame);
    buf_printf(b, ", stream %u", w->stream);
    if (w->source < t->c->source_count)
        buf_printf(b, " of %s", t->c->sources[w->source].path);
}

/* "10.48.79.23:49765 -> 10.48.79.232:8305"; many: whatever the client's port. */
static void put_ends(struct buf *b, const struct layout *l, const struct wire *w, bool many)
{
    if (many)
        endpoint_address(b, &w->side[SIDE_CLIENT].at);
    else
        endpoint_print(b, &w->side[SIDE_CLIENT].at);
    buf_puts(b, l->style.unicode ? " \u2192 " : " -> ");
    endpoint_print(b, &w->side[SIDE_SERVER].at);
}

/* "CRIT SFT-1001 ca_expired  10.48.79.23:49765 -> 10.48.79.232:8305" */
static void heading(struct wires *t, const struct wiregroup *group, const char *more)
{
    const struct wire *w = &t->c->wires[group->latest];
    const struct verdict_info *v = verdict_info(w->verdict);
    struct layout *l = t->l;
    struct buf b = { 0 };
    buf_printf(&b, "%s %s %s", layout_severity_word(w->severity), v->id, v->name);
    layout_toned(l, layout_severity_tone(w->severity), b.p);
    layout_puts(l, "  ");
    size_t head = b.n + 2;
    buf_reset(&b);
    if (group->count > 1) {
        layout_count(&b, group->count, "connection", "connections");
        buf_puts(&b, ", ");
    }
    put_ends(&b, l, w, group->count > 1);
    if (more && more[0])
        buf_printf(&b, ": %s", more);
    if (l->style.width > 0 && head + strcspn(b.p, " ") > l->prose) {
        layout_puts(l, "\n");
        layout_column(l, INDENT);
    }
    if (more)
        layout_sentence(l, INDENT, b.p);
    else
        layout_toned_sentence(l, TONE_STRONG, INDENT, b.p);
    buf_clear(&b);
}

/* ---- what a block says ---- */

static void when(struct wires *t, const struct wiregroup *group)
{
    const struct wire *w = &t->c->wires[group->latest];
    struct buf b = { 0 };
    put_span(&b, group->first_ns, group->last_ns);
    buf_puts(&b, group->count > 1 ? "; below, the last of them: " : "; ");
    put_place(t, &b, w);
    if (w->source < t->c->source_count && t->c->sources[w->source].partial)
        buf_puts(&b, ", not all of which could be read");
    if (w->copies) {
        buf_puts(&b, "; also in ");
        layout_count(&b, w->copies, "other capture", "other captures");
    }
    labelled(t, "when", b.p);
    buf_clear(&b);
}

static void how_far(struct buf *b, const struct wire *w)
{
    switch ((enum connection_state)w->state) {
    case CONNECTION_SYN_ONLY: buf_puts(b, "nobody answered, or no data was seen"); return;
    case CONNECTION_REFUSED: buf_puts(b, "refused: the SYN was answered by a reset"); return;
    case CONNECTION_NOT_TLS: buf_puts(b, "data, but no TLS"); return;
    case CONNECTION_MID_STREAM: buf_puts(b, "established before the capture began: no handshake seen"); return;
    case CONNECTION_HANDSHAKE: buf_puts(b, "handshake not completed"); return;
    case CONNECTION_COMPLETE: buf_puts(b, "handshake completed"); return;
    case CONNECTION_STATES: return;
    }
}

static void put_end(struct buf *b, const struct wire *w)
{
    bool rst[2] = { w->side[SIDE_CLIENT].rst, w->side[SIDE_SERVER].rst };
    bool fin[2] = { w->side[SIDE_CLIENT].fin, w->side[SIDE_SERVER].fin };
    if (rst[0] || rst[1])
        buf_printf(b, "; reset by the %s", side_word(rst[0] ? SIDE_CLIENT : SIDE_SERVER));
    else if (fin[0] && fin[1])
        buf_printf(b, "; closed by %s",
            w->side[SIDE_CLIENT].ended_first   ? "the client first"
            : w->side[SIDE_SERVER].ended_first ? "the server first"
                                               : "both ends");
    else if (fin[0] || fin[1])
        buf_printf(b, "; closed by the %s", side_word(fin[0] ? SIDE_CLIENT : SIDE_SERVER));
}

/* Version, cipher suite, and how the connection went. */
static void course(struct wires *t, const struct wire *w)
{
    struct buf b = { 0 };
    if (w->version)
        wireterms_version(&b, w->version);
    if (w->offered && w->offered != w->version) {
        buf_puts(&b, w->version ? " (offered: " : "offered: ");
        wireterms_version(&b, w->offered);
        buf_puts(&b, w->version ? ")" : "");
    }
    if (w->cipher) {
        buf_puts(&b, b.n ? ", " : "");
        wireterms_cipher(&b, w->cipher);
    }
    buf_puts(&b, b.n ? "; " : "");
    how_far(&b, w);
    if (w->resumed)
        buf_puts(&b, "; an earlier session was resumed");
    if (w->hello_retry)
        buf_puts(&b, "; with a HelloRetryRequest");
    if (w->post_handshake_auth)
        buf_puts(&b, "; the client offers post-handshake authentication");
    if (w->renegotiations) {
        buf_puts(&b, "; ");
        layout_count(&b, w->renegotiations, "renegotiation", "renegotiations");
    }
    if (w->early_end)
        buf_puts(&b, "; ended within a second after its last encrypted handshake or alert message");
    if (w->state != CONNECTION_REFUSED)
        put_end(&b, w);
    if (!w->direction_known)
        buf_puts(&b, "; who is the client is a guess from the ports");
    labelled(t, w->version || w->offered ? "TLS" : "TCP", b.p);
    buf_clear(&b);
}

static void accepted(struct wires *t, const struct wire *w)
{
    size_t shown = all(t) || w->accepted_count <= TEXTWIRE_ACCEPTED + 1 ? w->accepted_count : TEXTWIRE_ACCEPTED;
    if (w->accepted_count == 0) {
        if (w->certificate_requested)
            labelled(t, "accepts", "the server asks for a certificate of any issuer: it names none");
        return;
    }
    struct buf b = { 0 };
    buf_puts(&b, "the server accepts issuers ");
    for (size_t i = 0; i < shown; i++) {
        buf_puts(&b, i ? "; " : "");
        wireterms_name(&b, w->accepted[i]);
    }
    if (shown < w->accepted_count) {
        buf_puts(&b, "; and ");
        layout_number(&b, w->accepted_count - shown);
        buf_puts(&b, " more (-v)");
    }
    if (w->accepted_more)
        buf_puts(&b, "; and more than are kept (limit accepted-names)");
    labelled(t, "accepts", b.p);
    buf_clear(&b);
}

static void put_alert(struct buf *b, const struct wire_alert *a)
{
    const char *name = tls_alert_name(a->description);
    if (a->encrypted)
        buf_printf(b, "an encrypted alert from the %s: what it says can't be seen", side_word(a->from));
    else
        buf_printf(b, "alert %u %s from the %s", a->description, name ? name : "(unknown)", side_word(a->from));
    if (!a->encrypted && (a->level == 1 || a->level == 2))
        buf_puts(b, a->level == 2 ? ", fatal" : ", warning");
    if (a->frame)
        buf_printf(b, "; frame %llu", (unsigned long long)a->frame);
    if (a->time_ns) {
        buf_puts(b, ", ");
        put_time(b, a->time_ns, false);
    }
}

static void alerts(struct wires *t, const struct wire *w)
{
    struct buf b = { 0 };
    for (size_t i = 0; i < w->alert_count; i++) {
        buf_reset(&b);
        put_alert(&b, &w->alerts[i]);
        labelled(t, i ? "" : "alerts", b.p);
    }
    if (w->alerts_more) {
        buf_reset(&b);
        buf_puts(&b, "and ");
        layout_count(&b, w->alerts_more, "more", "more");
        labelled(t, "", b.p);
    }
    buf_clear(&b);
}

/* What keeps it from being the whole truth. */
static void doubts(struct wires *t, const struct wire *w)
{
    struct buf b = { 0 };
    for (unsigned i = SIDE_CLIENT; i <= SIDE_SERVER; i++) {
        const struct wire_side *s = &w->side[i];
        if (s->gaps) {
            buf_printf(&b, "%sthe %s's stream has ", b.n ? "; " : "", side_word((enum side)i));
            layout_count(&b, s->gaps, "gap", "gaps");
            buf_puts(&b, " of ");
            layout_count(&b, s->gap_bytes, "byte", "bytes");
            buf_puts(&b, s->gaps > 1 ? " in all, the first at byte " : ", at byte ");
            layout_number(&b, s->gap_at);
        }
        if (s->conflicts) {
            buf_puts(&b, b.n ? "; " : "");
            layout_count(&b, s->conflicts, "segment", "segments");
            buf_printf(&b,
                " of the %s came again with other bytes: a copy with a good checksum is shown, else the first",
                side_word((enum side)i));
        }
    }
    if (w->malformed) {
        buf_puts(&b, b.n ? "; " : "");
        layout_count(&b, w->malformed, "record or message that can't be", "records or messages that can't be");
    }
    if (b.n)
        labelled(t, "not sure", b.p);
    buf_clear(&b);
}

/* To be copied: never broken into lines of ours. */
static void wireshark(struct wires *t, const struct wiregroup *group)
{
    struct buf b = { 0 };
    wireterms_filter(&b, &t->c->wires[group->latest], group->count > 1);
    layout_column(t->l, INDENT);
    layout_toned(t->l, TONE_STRONG, "wireshark");
    layout_column(t->l, INDENT_TEXT);
    layout_puts(t->l, b.p);
    layout_puts(t->l, "\n");
    buf_clear(&b);
}

/* With everything: each of the others on its line. */
static void others(struct wires *t, const struct wiregroup *group)
{
    struct buf b = { 0 };
    bool first = true;
    if (!all(t))
        return;
    for (uint32_t i = group->first; i != WIREGROUPS_END; i = t->groups.next[i]) {
        const struct wire *w = &t->c->wires[i];
        if (i == group->latest)
            continue;
        buf_reset(&b);
        put_time(&b, w->first_ns, true);
        buf_printf(&b, ", client port %u, ", w->side[SIDE_CLIENT].at.port);
        put_place(t, &b, w);
        labelled(t, first ? "others" : "", b.p);
        layout_flush(t->l);
        first = false;
    }
    buf_clear(&b);
}

static bool has_chains(const struct wire *w)
{
    return w->state == CONNECTION_HANDSHAKE || w->state == CONNECTION_COMPLETE || w->side[0].chain_count ||
           w->side[1].chain_count;
}

/* Has this sentence been read already, where the peers are? */
static bool said(const struct wires *t, const struct wire *w)
{
    if (!t->findings || w->finding >= t->d->finding_count || !w->summary)
        return false;
    const struct finding *f = &t->d->findings[w->finding];
    return f->verdict == w->verdict && f->summary && strcmp(f->summary, w->summary) == 0;
}

/* Has this advice been read already: in the block before, or where the peers are? */
static bool advised(const struct wires *t, const struct wire *w)
{
    if (t->next && strcmp(t->next, w->next) == 0)
        return true;
    if (!t->findings || w->finding >= t->d->finding_count)
        return false;
    const struct finding *f = &t->d->findings[w->finding];
    return f->verdict == w->verdict && f->next && strcmp(f->next, w->next) == 0;
}

static void block(struct wires *t, const struct wiregroup *group)
{
    const struct wire *w = &t->c->wires[group->latest];
    struct buf b = { 0 };
    layout_puts(t->l, "\n");
    heading(t, group, NULL);
    buf_printf(&b, "%s; confidence %s",
        said(t, w)                    ? "as said above"
        : w->summary && w->summary[0] ? w->summary
                                      : verdict_info(w->verdict)->title,
        confidence_name(w->confidence));
    layout_column(t->l, INDENT);
    layout_sentence(t->l, INDENT, b.p);
    buf_clear(&b);
    layout_puts(t->l, "\n");
    when(t, group);
    course(t, w);
    if (has_chains(w))
        textchain_print(t->l, t->c, w);
    accepted(t, w);
    alerts(t, w);
    doubts(t, w);
    if (w->next && w->next[0])
        labelled(t, "next", advised(t, w) ? "as above" : w->next);
    t->next = w->next && w->next[0] ? w->next : t->next;
    if (!w->probe) /* nobody has its packets */
        wireshark(t, group);
    others(t, group);
    layout_flush(t->l);
}

/* ---- all of them ---- */

/* Groups of which a line says it all. */
static bool brief(const struct wires *t, const struct wiregroup *group)
{
    const struct wire *w = &t->c->wires[group->latest];
    bool unseen = w->state == CONNECTION_MID_STREAM || w->state == CONNECTION_NOT_TLS;
    return !all(t) && (w->severity == SEVERITY_OK || (w->severity == SEVERITY_UNKNOWN && unseen));
}

static void line(struct wires *t, const struct wiregroup *group)
{
    const struct wire *w = &t->c->wires[group->latest];
    heading(t, group, w->summary ? w->summary : "");
}

static void unseen(struct wires *t)
{
    uint64_t before = 0, resumed = 0;
    for (size_t i = 0; i < t->c->wire_count; i++) {
        before += t->c->wires[i].state == CONNECTION_MID_STREAM;
        resumed += t->c->wires[i].resumed;
    }
    struct buf b = { 0 };
    layout_puts(t->l, before || resumed ? "\n" : "");
    if (before) {
        buf_puts(&b, "No handshake seen on ");
        layout_count(&b, before, "established session", "established sessions");
        buf_puts(&b, ": certificates are shown only while a tunnel is being made. Leave the capture running until that "
                     "happens; do not bring a tunnel down for it.");
        layout_sentence(t->l, 0, b.p);
        buf_reset(&b);
    }
    if (resumed) {
        layout_count(&b, resumed, "connection", "connections");
        buf_puts(&b, resumed == 1 ? " resumed an earlier session" : " resumed earlier sessions");
        buf_puts(&b, ": no certificates are sent then.");
        layout_sentence(t->l, 0, b.p);
    }
    buf_clear(&b);
}

static void left_out(struct wires *t, uint64_t connections, size_t groups)
{
    if (!groups)
        return;
    struct buf b = { 0 };
    buf_puts(&b, "and ");
    layout_count(&b, connections, "more connection", "more connections");
    buf_puts(&b, " of ");
    layout_count(&b, groups, "other kind", "other kinds");
    buf_puts(&b, " (-v shows all kinds, -o json every connection)");
    layout_puts(t->l, "\n");
    layout_sentence(t->l, INDENT, b.p);
    buf_clear(&b);
}

void textwire_lines(struct layout *l, const struct casefile *c, const struct diagnosis *d)
{
    struct wiregroups groups;
    struct buf b = { 0 };
    wiregroups_init(&groups, c);
    for (size_t i = 0; i < groups.count; i++) {
        const struct wiregroup *group = &groups.groups[i];
        const struct wire *w = &c->wires[group->latest];
        const struct verdict_info *v = verdict_info(w->verdict);
        if (w->finding < d->finding_count)
            continue;
        buf_reset(&b);
        buf_printf(&b, "%-7s", layout_severity_word(w->severity));
        layout_toned(l, layout_severity_tone(w->severity), b.p);
        buf_reset(&b);
        buf_printf(&b, " %s %-19s  ", v->id, v->name);
        put_ends(&b, l, w, group->count > 1);
        buf_puts(&b, ", ");
        layout_count(&b, group->count, "connection", "connections");
        buf_puts(&b, ", last ");
        put_time(&b, group->last_ns, true);
        buf_printf(&b, ", confidence %s\n", confidence_name(w->confidence));
        layout_puts(l, b.p);
        if (i % FLUSH_LINES == 0)
            layout_flush(l);
    }
    buf_clear(&b);
    wiregroups_clear(&groups);
}

void textwire_print(struct layout *l, const struct casefile *c, const struct diagnosis *d)
{
    /* a few verdicts have all of their blocks */
    struct wires t = { .l = l, .c = c, .d = d, .findings = d->finding_count <= TEXTFINDINGS_BLOCKS };
    size_t blocks = 0, lines = 0, groups = 0;
    uint64_t connections = 0;
    if (c->wire_count == 0)
        return;
    wiregroups_init(&t.groups, c);
    layout_puts(l, "\n");
    layout_toned(l, TONE_STRONG, "Connections");
    layout_puts(l, "\n");
    wiretable_print(l, c, &t.groups);
    unseen(&t);
    for (int pass = 0; pass < 2; pass++) /* blocks first, then those that need a line only */
        for (size_t i = 0; i < t.groups.count; i++) {
            const struct wiregroup *group = &t.groups.groups[i];
            bool short_one = brief(&t, group);
            if (short_one != (pass == 1))
                continue;
            if (!all(&t) && (short_one ? lines >= TEXTWIRE_LINES : blocks >= TEXTWIRE_BLOCKS)) {
                groups++;
                connections += group->count;
            } else if (short_one) {
                layout_puts(l, lines++ ? "" : "\n");
                line(&t, group);
            } else {
                blocks++;
                block(&t, group);
            }
        }
    left_out(&t, connections, groups);
    layout_flush(l);
    wiregroups_clear(&t.groups);
}

void textwire_blocks(struct layout *l, const struct casefile *c, const struct diagnosis *d)
{
    struct wires t = { .l = l, .c = c, .d = d };
    wiregroups_init(&t.groups, c);
    for (size_t i = 0; i < t.groups.count; i++) {
        if (brief(&t, &t.groups.groups[i]))
            line(&t, &t.groups.groups[i]);
        else
            block(&t, &t.groups.groups[i]);
    }
    layout_flush(l);
    wiregroups_clear(&t.groups);
}
