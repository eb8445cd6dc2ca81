/* SPDX-License-Identifier: BSD-2-Clause */
/* The report for people: what was read, what is forbidden, who is broken, the proof, and what was left out. */
#include "config.h"

#include "agent/report/formats.h"
#include "agent/report/textfindings.h"
#include "agent/report/textforecast.h"
#include "agent/report/texttable.h"
#include "agent/report/textwire.h"

#include <stdlib.h>

#define PROBLEMS_SHOWN 10 /* unless everything was asked for */
#define NOISE_INDENT 2

struct text {
    struct layout *l;
    const struct casefile *c;
    const struct diagnosis *d;
};

static const char *basis_words(enum year_basis basis)
{
    switch (basis) {
    case YEAR_FORCED: return "forced by --base-year";
    case YEAR_STAMP: return "as stamped in the lines";
    case YEAR_ARCHIVE: return "inferred from the archive's dates";
    case YEAR_FILE: return "inferred from the file's date";
    case YEAR_NOW: return "a guess: not later than now";
    case YEAR_CAPTURE: return "as in the packets of the same connections";
    case YEAR_NONE: break;
    }
    return "";
}

/* "Times are UTC. Years: 2023-2024 inferred from the archive's dates; --base-year forces others." */
static void years(struct text *t)
{
    static const enum year_basis bases[] = { YEAR_FORCED, YEAR_STAMP, YEAR_ARCHIVE, YEAR_FILE, YEAR_NOW, YEAR_CAPTURE };
    struct buf b = { 0 };
    bool inferred = false;
    for (size_t k = 0; k < sizeof bases / sizeof bases[0]; k++) {
        int from = 0, to = 0;
        for (size_t i = 0; i < t->c->source_count; i++) {
            const struct source *s = &t->c->sources[i];
            if (s->basis != bases[k] || s->kind == SOURCE_CAPTURE || s->kind == SOURCE_PROBE) /* whole dates */
                continue;
            int first = s->first == CIVIL_NONE ? s->year : civil_year(s->first);
            from = from && from < first ? from : first;
            to = to > s->year ? to : s->year;
        }
        if (!to)
            continue;
        inferred = inferred || bases[k] >= YEAR_ARCHIVE;
        buf_puts(&b, b.n ? ", " : "Times are UTC. Years: ");
        if (from < to)
            buf_printf(&b, "%d-", from);
        buf_printf(&b, "%d %s", to, basis_words(bases[k]));
    }
    if (b.n) {
        buf_puts(&b, inferred ? " (--base-year forces another)." : ".");
        layout_sentence(t->l, 0, b.p);
    }
    buf_clear(&b);
}

/* ", 10 lines, 10 of sftunneld, all understood" */
static void put_lines(struct buf *b, const struct log_counts *n)
{
    buf_puts(b, ", ");
    layout_count(b, n->lines, "line", "lines");
    buf_puts(b, ", ");
    layout_number(b, n->sftunneld);
    buf_puts(b, " of sftunneld");
    if (n->sftunneld) {
        buf_puts(b, n->unmatched + n->undecided ? ": " : ", all understood");
        if (n->unmatched + n->undecided) {
            layout_number(b, n->events);
            buf_puts(b, " understood, ");
            layout_number(b, n->unmatched);
            buf_puts(b, " known to no rule");
        }
        if (n->undecided) {
            buf_puts(b, ", ");
            layout_number(b, n->undecided);
            buf_puts(b, " undecided (a match limit was hit)");
        }
    }
}

/* ", 1,234 packets, 5 connections" */
static void put_packets(struct buf *b, const struct casefile *c)
{
    uint64_t frames = 0, dropped = 0;
    for (size_t i = 0; i < c->source_count; i++) {
        frames += c->sources[i].frames;
        dropped += c->sources[i].dropped;
    }
    buf_puts(b, ", ");
    layout_count(b, frames, "packet", "packets");
    if (dropped) {
        buf_puts(b, " (and ");
        layout_number(b, dropped);
        buf_puts(b, " lost before they could be captured)");
    }
    buf_puts(b, ", ");
    layout_count(b, c->wire_count, "connection", "connections");
}

static size_t count_kind(const struct casefile *c, enum source_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < c->source_count; i++)
        n += c->sources[i].kind == kind;
    return n;
}

static size_t captures(const struct casefile *c)
{
    return count_kind(c, SOURCE_CAPTURE);
}

/* ", 12 certificate files" and the status outputs: nothing else was asked for */
static void put_files(struct buf *b, const struct casefile *c)
{
    size_t files = count_kind(c, SOURCE_CERTIFICATE), statuses = count_kind(c, SOURCE_STATUS);
    layout_count(b, files, "certificate file", "certificate files");
    if (statuses) {
        buf_puts(b, ", ");
        layout_count(b, statuses, "status output", "status outputs");
    }
}

static void header(struct text *t)
{
    size_t packets = captures(t->c), probes = count_kind(t->c, SOURCE_PROBE);
    struct buf b = { 0 };
    layout_toned(t->l, TONE_STRONG, PACKAGE_STRING);
    layout_puts(t->l, "  ");
    if (t->c->files_only)
        put_files(&b, t->c);
    else if (probes && probes == t->c->source_count)
        layout_count(&b, probes, "host probed", "hosts probed");
    else
        layout_count(&b, t->c->source_count, "source", "sources");
    if (!t->c->files_only && (packets + probes == 0 || packets + probes < t->c->source_count))
        put_lines(&b, &t->d->totals.n);
    if (packets)
        put_packets(&b, t->c);
    buf_puts(&b, ".");
    layout_sentence(t->l, 0, b.p);
    buf_clear(&b);
    years(t);
    if (t->c->interrupted)
        layout_sentence(t->l, 0, "Interrupted: this is what was read until then, and no more.");
}

static void prohibition(struct text *t)
{
    if (!t->d->at_risk)
        return;
    layout_toned(t->l, TONE_CRITICAL, "! ");
    layout_toned_sentence(t->l, TONE_CRITICAL, 2, verdict_prohibition);
}

static void source_counts(struct buf *b, const struct source *s)
{
    if (s->kind == SOURCE_CAPTURE) {
        layout_count(b, s->frames, "packet", "packets");
        if (s->dropped) {
            buf_puts(b, ", ");
            layout_number(b, s->dropped);
            buf_puts(b, " lost before they could be captured");
        }
        return;
    }
    layout_count(b, s->n.lines, "line", "lines");
    buf_puts(b, ", ");
    layout_number(b, s->n.sftunneld);
    buf_puts(b, " of sftunneld, ");
    layout_number(b, s->n.unmatched);
    buf_puts(b, " known to no rule");
}

static void sources(struct text *t)
{
    layout_puts(t->l, "\n");
    layout_toned(t->l, TONE_STRONG, "Sources");
    layout_puts(t->l, "\n");
    for (size_t i = 0; i < t->c->source_count; i++) {
        const struct source *s = &t->c->sources[i];
        layout_puts(t->l, "  ");
        layout_path(t->l, s->path, 0);
        layout_puts(t->l, "\n      ");
        struct buf b = { 0 };
        buf_puts(&b, source_kind_name(s->kind));
        if (s->host && s->host[0])
            buf_printf(&b, " of %s", s->host);
        if (s->role != ROLE_UNKNOWN)
            buf_printf(&b, " (%s)", role_name(s->role));
        if (s->version)
            buf_printf(&b, ", version %s", s->version);
        if (s->kind != SOURCE_PROBE) {
            buf_puts(&b, ", ");
            source_counts(&b, s);
        }
        if (s->first != CIVIL_NONE) {
            buf_puts(&b, "; ");
            layout_time(&b, s->first, true);
            buf_puts(&b, " to ");
            layout_time(&b, s->last, true);
            if (s->kind != SOURCE_CAPTURE && s->kind != SOURCE_PROBE)
                buf_printf(&b, ", year %s", basis_words(s->basis));
        }
        if (s->partial)
            buf_puts(&b, "; not all of it could be read");
        layout_sentence(t->l, 6, b.p);
        buf_clear(&b);
        layout_flush(t->l);
    }
}

static void noise(struct text *t)
{
    if (t->d->noise_count == 0)
        return;
    layout_puts(t->l, "\n");
    layout_toned(t->l, TONE_STRONG, "Noise: looks like a fault and is none");
    layout_puts(t->l, "\n");
    for (size_t i = 0; i < t->d->noise_count; i++) {
        const struct noise *n = &t->d->noise[i];
        layout_column(t->l, NOISE_INDENT);
        layout_count(&t->l->b, n->lines, "line", "lines");
        if (n->source < t->c->source_count) {
            layout_puts(t->l, ", first at ");
            textfindings_place(t->l, t->c, n->source, n->line);
        }
        layout_puts(t->l, "  ");
        layout_sentence(t->l, NOISE_INDENT + 2, n->means);
        if (n->text && n->text[0] && t->l->style.verbosity > 0)
            layout_quote(t->l, NOISE_INDENT + 2, n->text);
    }
}

static void problems(struct text *t)
{
    const struct casefile *c = t->c;
    if (c->problem_count == 0)
        return;
    size_t shown =
        t->l->style.verbosity > 0 || c->problem_count <= PROBLEMS_SHOWN + 1 ? c->problem_count : PROBLEMS_SHOWN;
    layout_puts(t->l, "\n");
    layout_toned(t->l, TONE_WARNING, "Left out, or not read completely");
    layout_puts(t->l, "\n");
    for (size_t i = 0; i < shown; i++) {
        const struct problem *p = &c->problems[i];
        layout_puts(t->l, "  ");
        layout_path(t->l, p->path, 1);
        layout_puts(t->l, ": ");
        struct buf b = { 0 };
        buf_puts(&b, p->text);
        if (p->count > 1) {
            buf_puts(&b, " (");
            layout_number(&b, p->count);
            buf_puts(&b, " times)");
        }
        layout_sentence(t->l, 6, b.p);
        buf_clear(&b);
    }
    if (shown < c->problem_count) {
        layout_puts(t->l, "  and ");
        layout_number(&t->l->b, c->problem_count - shown);
        layout_puts(t->l, " more (-v)\n");
    }
}

static void nothing_found(struct text *t)
{
    if (count_kind(t->c, SOURCE_PROBE) || t->c->files_only) /* the problems say why */
        return;
    layout_puts(t->l, "\n");
    for (size_t i = 0; i < t->c->source_count; i++)
        if (t->c->sources[i].managed) {
            bool local = strcmp(t->c->sources[i].managed, "locally") == 0;
            layout_sentence(t->l, 0,
                local ? "This firewall is managed locally (show managers): it has no sftunnel to an FMC, so nothing is "
                        "missing."
                      : "This firewall has no manager configured (show managers), hence no sftunnel.");
            return;
        }
    if (t->c->source_count && captures(t->c) == t->c->source_count)
        layout_sentence(t->l, 0,
            "No connection was found in the packets. Only port 8305 is looked at unless --port says otherwise (capture "
            "--port any takes all of them); and a capture from another interface, or of one that the tunnel does not "
            "pass, has none.");
    else if (t->d->totals.n.sftunneld == 0)
        layout_sentence(t->l, 0,
            "Nothing about sftunnel was found. It is logged in /var/log/messages of an FMC and in "
            "/ngfw/var/log/messages of an FTD; in a troubleshoot archive, in dir-archives/var-log. Older generations "
            "(messages.1.gz) may hold what the current file doesn't.");
    else
        layout_sentence(t->l, 0,
            "No connection attempt of a peer was found in the lines of sftunneld. Give it the older generations of the "
            "log (messages.1.gz), and the log of the other end. sftunnel-agent rules test shows the lines that no rule "
            "knows.");
}

/* ": 1 critical, 2 ok" */
static void severities(struct layout *l, const uint64_t by_severity[SEVERITY_CRITICAL + 1])
{
    const char *separator = ": ";
    for (int s = SEVERITY_CRITICAL; s >= SEVERITY_OK; s--) {
        if (by_severity[s] == 0)
            continue;
        layout_puts(l, separator);
        layout_tone(l, layout_severity_tone((enum severity)s));
        layout_number(&l->b, by_severity[s]);
        buf_printf(&l->b, " %s", severity_name((enum severity)s));
        layout_tone(l, TONE_PLAIN);
        separator = ", ";
    }
}

static void connections(struct text *t)
{
    uint64_t by_severity[SEVERITY_CRITICAL + 1] = { 0 };
    for (size_t i = 0; i < t->c->wire_count; i++)
        by_severity[t->c->wires[i].severity]++;
    layout_count(&t->l->b, t->c->wire_count, "connection", "connections");
    severities(t->l, by_severity);
    layout_puts(t->l, ".\n");
}

static void peers(struct text *t)
{
    if (t->c->files_only) {
        layout_number(&t->l->b, t->d->finding_count);
        layout_puts(t->l, " checked");
    } else {
        layout_count(&t->l->b, t->d->finding_count, "peer", "peers");
    }
    severities(t->l, t->d->totals.by_severity);
    if (!t->c->files_only) {
        layout_puts(t->l, "; ");
        layout_count(&t->l->b, t->d->totals.attempts, "attempt", "attempts");
    }
    layout_puts(t->l, ".\n");
}

static void totals(struct text *t)
{
    const struct totals *n = &t->d->totals;
    struct layout *l = t->l;
    layout_puts(l, "\n");
    if (t->d->finding_count || n->attempts || t->c->wire_count == 0)
        peers(t);
    if (n->unattributed) {
        layout_number(&l->b, n->unattributed);
        layout_puts(l, n->unattributed == 1 ? " of the attempts does" : " of the attempts do");
        layout_puts(l, " not name the peer's address.\n");
    }
    if (t->c->wire_count)
        connections(t);
    if (t->d->peers_over_cap) {
        layout_count(&l->b, t->d->peers_over_cap, "attempt", "attempts");
        layout_puts(l, " of further peers were counted only (limit peers).\n");
    }
    if (t->d->finding_count || t->c->wire_count)
        layout_sentence(
            l, 0, "More: sftunnel-agent explain ID; -v shows every proof, -o json has everything for programs.");
}

static void full_report(struct text *t, const uint32_t *order)
{
    header(t);
    if (t->d->at_risk)
        layout_puts(t->l, "\n");
    prohibition(t);
    if (t->d->finding_count) {
        layout_puts(t->l, "\n");
        texttable_print(t->l, t->d, order);
        textfindings_print(t->l, t->c, t->d);
    } else if (t->c->wire_count == 0) {
        nothing_found(t);
    }
    textforecast_print(t->l, t->c, t->d);
    textwire_print(t->l, t->c, t->d);
    noise(t);
    problems(t);
    if (t->l->style.verbosity > 0)
        sources(t);
    totals(t);
}

enum err_code text_render(
    FILE *out, const struct casefile *c, const struct diagnosis *d, const struct report_style *style, struct err *e)
{
    struct layout l;
    layout_init(&l, out, style);
    struct text t = { &l, c, d };
    uint32_t *order = texttable_order(d);
    if (style->verbosity < 0) {
        prohibition(&t);
        texttable_lines(&l, c, d, order);
        textforecast_print(&l, c, d);
        textwire_lines(&l, c, d);
    } else {
        full_report(&t, order);
    }
    free(order);
    layout_clear(&l);
    return report_written(out, e);
}
