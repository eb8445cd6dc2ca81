/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/nagios.h"

#include "agent/diagnosis/chain.h"
#include "agent/report/formats.h"
#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>

#define DAY 86400
#define DAYS_NONE INT64_MAX
#define PROBE "probe "

/* ---- the state ---- */

enum severity nagios_worst(const struct casefile *c, const struct diagnosis *d)
{
    bool unknown = c->problem_count || c->interrupted || !d->finding_count;
    enum severity worst = unknown ? SEVERITY_UNKNOWN : SEVERITY_OK;
    for (size_t i = 0; i < d->finding_count; i++)
        worst = d->findings[i].severity > worst ? d->findings[i].severity : worst;
    return worst;
}

int nagios_exit(enum severity s)
{
    switch (s) {
    case SEVERITY_OK: return 0;
    case SEVERITY_WARNING: return 1;
    case SEVERITY_CRITICAL: return 2;
    case SEVERITY_UNKNOWN: break;
    }
    return 3;
}

const char *nagios_word(enum severity s)
{
    static const char *const words[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };
    return words[nagios_exit(s)];
}

/* ---- text ---- */

/* One line, whatever is in it; a bar would begin the performance data. */
void nagios_text(struct buf *b, const char *s)
{
    struct buf clean = { 0 };
    buf_utf8(&clean, slice_of(s ? s : ""));
    size_t n = clean.n;
    if (n > NAGIOS_TEXT)
        for (n = NAGIOS_TEXT; n && ((unsigned char)clean.p[n] & 0xc0) == 0x80;)
            n--;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)clean.p[i];
        buf_putc(b, c == '|' ? '/' : c < 0x20 || c == 0x7f ? ' ' : (char)c);
    }
    if (n < clean.n)
        buf_puts(b, "...");
    buf_clear(&clean);
}

void nagios_error(FILE *out, const char *text)
{
    struct buf b = { 0 };
    buf_puts(&b, "SFTUNNEL UNKNOWN - ");
    nagios_text(&b, text);
    fprintf(out, "%s\n", b.p);
    buf_clear(&b);
}

/* ---- what is known of each peer ---- */

struct peer {
    const struct finding *finding;
    const char *label; /* as the user calls it */
    int64_t days;      /* until its first certificate ends; DAYS_NONE */
};

static int64_t days_until(int64_t not_after, int64_t now)
{
    int64_t seconds = not_after - now;
    return seconds >= 0 ? seconds / DAY : -((-seconds + DAY - 1) / DAY);
}

/* What one side shows ends with the first of its certificates. */
static void side_days(const struct casefile *c, const struct wire_side *s, int64_t *days)
{
    for (size_t i = 0; i < s->chain_count; i++) {
        const struct cert *cert = s->chain[i] == CERT_NONE ? NULL : certs_get(c->certs, s->chain[i]);
        if (!cert || cert->unreadable || cert->not_after == CERT_TIME_NONE)
            continue;
        int64_t left = days_until(cert->not_after, c->now);
        *days = left < *days ? left : *days;
    }
}

static const char *label_of(const struct finding *f)
{
    const char *const names[] = { f->self ? "itself" : f->address, f->name, f->uuid };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i] && names[i][0])
            return names[i];
    return "-";
}

static struct peer *peers_new(const struct casefile *c, const struct diagnosis *d)
{
    struct peer *all = mem_zalloc(d->finding_count, sizeof *all);
    for (size_t i = 0; i < d->finding_count; i++) {
        const struct finding *f = &d->findings[i];
        all[i] = (struct peer){ f, label_of(f), f->not_after ? days_until(f->not_after, c->now) : DAYS_NONE };
    }
    for (size_t i = 0; i < c->wire_count; i++) {
        const struct wire *w = &c->wires[i];
        if (w->finding >= d->finding_count)
            continue;
        struct peer *p = &all[w->finding];
        side_days(c, &w->side[SIDE_SERVER], &p->days);
        if (!w->probe)
            side_days(c, &w->side[SIDE_CLIENT], &p->days);
        else if (w->source < c->source_count && slice_starts(slice_of(c->sources[w->source].path), SLICE(PROBE)))
            p->label = c->sources[w->source].path + sizeof PROBE - 1;
    }
    return all;
}

static int by_weight(const void *x, const void *y)
{
    const struct peer *a = x, *b = y;
    if (a->finding->severity != b->finding->severity)
        return a->finding->severity > b->finding->severity ? -1 : 1;
    if (a->days != b->days)
        return a->days < b->days ? -1 : 1;
    int d = strcmp(a->label, b->label);
    return d ? d : (a->finding > b->finding) - (a->finding < b->finding);
}

/* ---- the first line ---- */

static void put_peer(struct buf *b, const struct peer *p)
{
    nagios_text(b, p->label);
    buf_printf(b, " %s: ", verdict_info(p->finding->verdict)->name);
    nagios_text(b, p->finding->summary);
}

static void put_counts(struct buf *b, const struct diagnosis *d)
{
    const char *separator = "";
    for (int s = SEVERITY_CRITICAL; s >= SEVERITY_OK; s--) {
        if (!d->totals.by_severity[s])
            continue;
        buf_printf(
            b, "%s%llu %s", separator, (unsigned long long)d->totals.by_severity[s], severity_name((enum severity)s));
        separator = ", ";
    }
    buf_printf(b, " of %zu peers", d->finding_count);
}

static void put_problem(struct buf *b, const struct problem *p)
{
    const char *path = slice_starts(slice_of(p->path), SLICE(PROBE)) ? p->path + sizeof PROBE - 1 : p->path;
    nagios_text(b, path);
    buf_puts(b, ": ");
    nagios_text(b, p->text);
}

static void put_summary(struct buf *b, const struct casefile *c, const struct diagnosis *d, const struct peer *peers)
{
    if (d->finding_count > 1) {
        put_counts(b, d);
        if (peers[0].finding->severity != SEVERITY_OK)
            buf_puts(b, "; ");
    }
    if (d->finding_count == 1 || (d->finding_count && peers[0].finding->severity != SEVERITY_OK))
        put_peer(b, &peers[0]);
    if (c->problem_count) {
        buf_puts(b, d->finding_count ? "; " : "");
        put_problem(b, &c->problems[0]);
        if (c->problem_count > 1)
            buf_printf(b, " (and %zu more)", c->problem_count - 1);
    }
    if (c->interrupted)
        buf_puts(b, " (interrupted)");
    else if (!d->finding_count && !c->problem_count)
        buf_puts(b, "nothing about sftunnel was found");
}

/* ---- performance data ---- */

/* The thresholds of the verdicts, as ranges: an alert when it is below. */
static void put_thresholds(struct buf *b, const struct casefile *c)
{
    int64_t warning = c->warning_seconds ? c->warning_seconds : CHAIN_WARNING_SECONDS;
    int64_t critical = c->critical_seconds ? c->critical_seconds : CHAIN_CRITICAL_SECONDS;
    buf_printf(b, ";%lld:;%lld:", (long long)(warning / DAY), (long long)(critical / DAY));
}

static void put_value(struct buf *b, const struct casefile *c, const char *label, int64_t days)
{
    buf_puts(b, " '");
    for (const char *s = label; *s; s++) /* guidelines: neither = nor ' in a label */
        buf_putc(b, *s == '=' || *s == '\'' || *s == '|' || (unsigned char)*s <= ' ' || *s == 0x7f ? '_' : *s);
    if (days == DAYS_NONE)
        buf_puts(b, "'=U");
    else
        buf_printf(b, "'=%lld", (long long)days);
    put_thresholds(b, c);
}

static void put_values(struct buf *b, const struct casefile *c, const struct diagnosis *d, const struct peer *peers)
{
    int64_t least = DAYS_NONE;
    size_t n = d->finding_count;
    for (size_t i = 0; i < n; i++)
        least = peers[i].days < least ? peers[i].days : least;
    buf_puts(b, " |");
    put_value(b, c, "days_left", least);
    if (n < 2)
        return;
    buf_printf(b, " 'peers'=%zu;;;0", n);
    for (int s = SEVERITY_CRITICAL; s >= SEVERITY_OK; s--)
        buf_printf(
            b, " '%s'=%llu;;;0;%zu", severity_name((enum severity)s), (unsigned long long)d->totals.by_severity[s], n);
    for (size_t i = 0; i < n && i < NAGIOS_VALUES; i++)
        if (peers[i].days != DAYS_NONE)
            put_value(b, c, peers[i].label, peers[i].days);
}

/* ---- all of it ---- */

static void put_details(
    struct buf *b, const struct casefile *c, const struct diagnosis *d, const struct peer *peers, bool everything)
{
    size_t lines = 0, left = 0;
    for (size_t i = 0; i < d->finding_count; i++) {
        const struct peer *p = &peers[i];
        if (p->finding->severity == SEVERITY_OK && !everything)
            continue;
        if (lines++ >= NAGIOS_LINES && !everything) {
            left++;
            continue;
        }
        buf_printf(b, "%s %s ", nagios_word(p->finding->severity), verdict_info(p->finding->verdict)->id);
        put_peer(b, p);
        buf_putc(b, '\n');
    }
    for (size_t i = 0; i < c->problem_count; i++) {
        if (lines++ >= NAGIOS_LINES && !everything) {
            left++;
            continue;
        }
        buf_puts(b, "UNKNOWN ");
        put_problem(b, &c->problems[i]);
        buf_putc(b, '\n');
    }
    if (left)
        buf_printf(b, "and %zu more\n", left);
}

enum err_code nagios_render(
    FILE *out, const struct casefile *c, const struct diagnosis *d, const struct report_style *style, struct err *e)
{
    struct buf b = { 0 };
    struct peer *peers = peers_new(c, d);
    if (d->finding_count)
        qsort(peers, d->finding_count, sizeof *peers, by_weight);
    buf_printf(&b, "SFTUNNEL %s - ", nagios_word(nagios_worst(c, d)));
    put_summary(&b, c, d, peers);
    put_values(&b, c, d, peers);
    buf_putc(&b, '\n');
    if (d->finding_count + c->problem_count > 1 || style->verbosity > 0)
        put_details(&b, c, d, peers, style->verbosity > 0);
    report_put(out, &b);
    buf_clear(&b);
    free(peers);
    return report_written(out, e);
}
