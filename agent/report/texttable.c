/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/texttable.h"

#include "base/mem.h"

enum column { PEER, SEEN_FROM, ATTEMPTS, LAST, VERDICT, CONFIDENCE, COLUMN_COUNT };

/* From roomy to tight: what is left out when the terminal is narrow. */
enum detail { FULL, NO_SECONDS, NO_ROLE, NO_NAME, NO_CONFIDENCE, DETAIL_COUNT };

#define GAP 2
#define CUT_LEAST 12 /* columns that are left of an address or a host name */
#define FLUSH_ROWS 256

struct table {
    struct layout *l;
    const struct diagnosis *d;
    const uint32_t *order;
    size_t rows;
    enum detail detail;
    size_t width[COLUMN_COUNT];
    struct buf cell;
};

uint32_t *texttable_order(const struct diagnosis *d)
{
    uint32_t *order = mem_zalloc(d->finding_count, sizeof *order);
    size_t n = 0;
    for (int s = SEVERITY_CRITICAL; s >= SEVERITY_OK; s--)
        for (size_t i = 0; i < d->finding_count; i++)
            if ((int)d->findings[i].severity == s)
                order[n++] = (uint32_t)i;
    return order;
}

/* Of certificate files attempts and their times are not known, but the tunnel's state and the first end. */
static const char *heading(const struct table *t, enum column column)
{
    bool roomy = t->detail == FULL, files = t->d->files_only;
    switch (column) {
    case PEER: return "PEER";
    case SEEN_FROM: return "SEEN FROM";
    case ATTEMPTS: return files ? "TUNNEL" : roomy ? "ATTEMPTS" : "ATT";
    case LAST: return files ? "FIRST END" : roomy ? "LAST (UTC)" : "LAST";
    case VERDICT: return "VERDICT";
    case CONFIDENCE: return roomy ? "CONFIDENCE" : "CONF";
    case COLUMN_COUNT: break;
    }
    return "";
}

static void put_end(struct buf *b, const struct finding *f)
{
    char when[CIVIL_TEXT];
    if (f->not_after)
        buf_printf(b, "%.10s", civil_text(civil_from_unix(f->not_after), when));
    else
        buf_putc(b, '-');
}

static const char *tunnel_word(enum tunnel t)
{
    return t == TUNNEL_UP ? "up" : t == TUNNEL_DOWN ? "down" : "-";
}

/* The content of one cell, not yet escaped. */
static const char *cell(struct table *t, const struct finding *f, enum column column)
{
    struct buf *b = &t->cell;
    buf_reset(b);
    switch (column) {
    case PEER:
        buf_puts(b, layout_address(f));
        if (f->name && f->name[0] && f->name != layout_address(f) && t->detail < NO_NAME)
            buf_printf(b, " %s", f->name);
        break;
    case SEEN_FROM:
        buf_puts(b, f->host && f->host[0] ? f->host : "-");
        if (f->role != ROLE_UNKNOWN && t->detail < NO_ROLE)
            buf_printf(b, " (%s)", role_name(f->role));
        break;
    case ATTEMPTS:
        if (t->d->files_only)
            buf_puts(b, tunnel_word(f->tunnel));
        else
            layout_number(b, f->attempts);
        break;
    case LAST:
        if (t->d->files_only)
            put_end(b, f);
        else
            layout_time(b, f->last, t->detail < NO_SECONDS);
        break;
    case VERDICT: buf_printf(b, "%-4s %s", layout_severity_word(f->severity), verdict_info(f->verdict)->name); break;
    case CONFIDENCE: buf_puts(b, confidence_name(f->confidence)); break;
    case COLUMN_COUNT: break;
    }
    return b->p ? b->p : "";
}

static size_t measure(struct table *t)
{
    size_t total = GAP * (COLUMN_COUNT - 1);
    for (int column = 0; column < COLUMN_COUNT; column++)
        t->width[column] = strlen(heading(t, (enum column)column));
    for (size_t i = 0; i < t->rows; i++)
        for (int column = 0; column < COLUMN_COUNT; column++) {
            size_t n = layout_cell_columns(t->l, cell(t, &t->d->findings[t->order[i]], (enum column)column));
            t->width[column] = n > t->width[column] ? n : t->width[column];
        }
    if (t->detail >= NO_CONFIDENCE) { /* the proofs say it as well */
        t->width[CONFIDENCE] = 0;
        total -= GAP;
    }
    for (int column = 0; column < COLUMN_COUNT; column++)
        total += t->width[column];
    return total;
}

static void fit(struct table *t)
{
    size_t room = t->l->style.width > 0 ? (size_t)t->l->style.width : SIZE_MAX, total = 0;
    for (int detail = FULL; detail < DETAIL_COUNT; detail++) {
        t->detail = (enum detail)detail;
        total = measure(t);
        if (total <= room)
            return;
    }
    for (; total > room; total--) {
        enum column wider = t->width[PEER] > t->width[SEEN_FROM] ? PEER : SEEN_FROM;
        if (t->width[wider] <= CUT_LEAST)
            return;
        t->width[wider]--;
    }
}

static void row(struct table *t, const struct finding *f)
{
    struct layout *l = t->l;
    layout_tone(l, f ? TONE_PLAIN : TONE_STRONG);
    for (int i = 0; i < COLUMN_COUNT; i++) {
        enum column column = (enum column)i;
        const char *text = f ? cell(t, f, column) : heading(t, column);
        size_t n = layout_cell_columns(l, text);
        if (t->width[column] == 0)
            continue;
        if (column == ATTEMPTS && !t->d->files_only) /* numbers stand at the right */
            for (size_t k = n; k < t->width[column]; k++)
                buf_putc(&l->b, ' ');
        if (f && column == VERDICT)
            layout_tone(l, layout_severity_tone(f->severity));
        bool last = i == COLUMN_COUNT - 1 || (i == VERDICT && t->width[CONFIDENCE] == 0);
        layout_cell(l, text, last || (column == ATTEMPTS && !t->d->files_only) ? n : t->width[column]);
        if (last || (f && column == VERDICT))
            layout_tone(l, TONE_PLAIN);
        layout_puts(l, last ? "\n" : "  ");
    }
}

/* "9,900 CRIT ca_expired, 50 OK healthy" of those that the table leaves out. */
static void rest(struct table *t)
{
    uint64_t counts[SEVERITY_CRITICAL + 1][VERDICT_COUNT] = { 0 };
    for (size_t i = t->rows; i < t->d->finding_count; i++) {
        const struct finding *f = &t->d->findings[t->order[i]];
        counts[f->severity][f->verdict]++;
    }
    struct buf b = { 0 };
    buf_puts(&b, "and ");
    layout_number(&b, t->d->finding_count - t->rows);
    buf_puts(&b, " more:");
    const char *separator = " ";
    for (int s = SEVERITY_CRITICAL; s >= SEVERITY_OK; s--)
        for (int v = 0; v < VERDICT_COUNT; v++)
            if (counts[s][v]) {
                buf_puts(&b, separator);
                layout_number(&b, counts[s][v]);
                buf_printf(
                    &b, " %s %s", layout_severity_word((enum severity)s), verdict_info((enum verdict_id)v)->name);
                separator = ", ";
            }
    buf_puts(&b, " (-v shows all of them)");
    layout_sentence(t->l, 4, b.p);
    buf_clear(&b);
}

void texttable_print(struct layout *l, const struct diagnosis *d, const uint32_t *order)
{
    struct table t = { .l = l, .d = d, .order = order, .rows = d->finding_count };
    /* one row instead of "and 1 more" */
    if (l->style.verbosity < 1 && d->finding_count > TEXTTABLE_ROWS + 1)
        t.rows = TEXTTABLE_ROWS;
    fit(&t);
    row(&t, NULL);
    for (size_t i = 0; i < t.rows; i++) {
        row(&t, &d->findings[order[i]]);
        if (i % FLUSH_ROWS == 0)
            layout_flush(l);
    }
    if (t.rows < d->finding_count)
        rest(&t);
    buf_clear(&t.cell);
}

/* Who was probed, and why it is judged so: nobody else has told. NULL when it is not a probe's. */
static const char *probed(const struct casefile *c, const struct finding *f)
{
    uint32_t source = f->evidence_count ? f->evidence[0].source : UINT32_MAX;
    return source < c->source_count && c->sources[source].kind == SOURCE_PROBE ? c->sources[source].path : NULL;
}

void texttable_lines(struct layout *l, const struct casefile *c, const struct diagnosis *d, const uint32_t *order)
{
    for (size_t i = 0; i < d->finding_count; i++) {
        const struct finding *f = &d->findings[order[i]];
        const struct verdict_info *v = verdict_info(f->verdict);
        struct buf b = { 0 };
        buf_printf(&b, "%-7s", layout_severity_word(f->severity));
        layout_toned(l, layout_severity_tone(f->severity), b.p);
        buf_clear(&b);
        buf_printf(&l->b, " %s %-19s  ", v->id, v->name);
        const char *target = probed(c, f);
        if (target) {
            layout_value(l, target);
            buf_printf(&l->b, ", confidence %s: ", confidence_name(f->confidence));
            layout_value(l, f->summary ? f->summary : v->title);
            layout_puts(l, "\n");
            continue;
        }
        layout_value(l, layout_address(f));
        layout_puts(l, "  seen from ");
        layout_value(l, f->host && f->host[0] ? f->host : "-");
        if (d->files_only) {
            buf_printf(&l->b, ", tunnel %s, first end ", tunnel_word(f->tunnel));
            put_end(&l->b, f);
        } else {
            layout_puts(l, ", ");
            layout_count(&l->b, f->attempts, "attempt", "attempts");
            layout_puts(l, ", last ");
            layout_time(&l->b, f->last, true);
        }
        buf_printf(&l->b, ", confidence %s\n", confidence_name(f->confidence));
        if (i % FLUSH_ROWS == 0)
            layout_flush(l);
    }
}
