/* SPDX-License-Identifier: BSD-2-Clause */
/* The state for people: who watches, then one table each of alarms, incidents, peers, inputs and outlets. */
#include "agent/report/statereport.h"

#include "agent/report/formats.h"
#include "agent/report/layout.h"
#include "base/mem.h"

#include <stdlib.h>

#define COLUMNS_MOST 7
#define CUT_LEAST 10 /* columns that are left of a cell on a narrow terminal */

/* A table under construction; its cells are strings of ours. */
struct grid {
    struct layout *l;
    const char *const *headings;
    size_t columns;
    size_t toned; /* the column that is coloured by the row's severity */
    char **cells;
    enum severity *severities;
    size_t cell_count, cell_capacity, row_count, row_capacity;
};

static void grid_row(struct grid *g, enum severity severity)
{
    g->severities = mem_grow(g->severities, &g->row_capacity, g->row_count + 1, sizeof *g->severities);
    g->severities[g->row_count++] = severity;
}

static void grid_cell(struct grid *g, struct buf *text)
{
    g->cells = mem_grow(g->cells, &g->cell_capacity, g->cell_count + 1, sizeof(char *));
    g->cells[g->cell_count++] = text->n ? buf_take(text) : mem_strdup("-");
}

static void grid_text(struct grid *g, const char *s)
{
    struct buf b = { 0 };
    buf_puts(&b, s ? s : "");
    grid_cell(g, &b);
    buf_clear(&b);
}

static void grid_number(struct grid *g, uint64_t n)
{
    struct buf b = { 0 };
    layout_number(&b, n);
    grid_cell(g, &b);
}

static void grid_time(struct grid *g, int64_t seconds)
{
    struct buf b = { 0 };
    if (seconds)
        layout_time(&b, civil_from_unix(seconds), true);
    grid_cell(g, &b);
}

static void grid_verdict(struct grid *g, enum verdict_id verdict, enum severity severity)
{
    struct buf b = { 0 };
    buf_printf(&b, "%-4s %s", layout_severity_word(severity), verdict_info(verdict)->name);
    grid_cell(g, &b);
}

/* The widest gives way on a terminal that is too narrow. */
static void fit(const struct grid *g, size_t width[COLUMNS_MOST])
{
    size_t room = g->l->style.width > 0 ? (size_t)g->l->style.width : SIZE_MAX, total = 2 * (g->columns - 1);
    for (size_t i = 0; i < g->columns; i++)
        width[i] = strlen(g->headings[i]);
    for (size_t i = 0; i < g->cell_count; i++) {
        size_t n = layout_cell_columns(g->l, g->cells[i]), *at = &width[i % g->columns];
        *at = n > *at ? n : *at;
    }
    for (size_t i = 0; i < g->columns; i++)
        total += width[i];
    for (; total > room; total--) {
        size_t widest = 0;
        for (size_t i = 1; i < g->columns; i++)
            widest = width[i] > width[widest] ? i : widest;
        if (width[widest] <= CUT_LEAST)
            return;
        width[widest]--;
    }
}

static void put_row(struct grid *g, const size_t width[COLUMNS_MOST], size_t row)
{
    struct layout *l = g->l;
    for (size_t i = 0; i < g->columns; i++) {
        const char *text = g->cells[row * g->columns + i];
        size_t n = layout_cell_columns(l, text);
        bool last = i + 1 == g->columns;
        if (i == g->toned)
            layout_tone(l, layout_severity_tone(g->severities[row]));
        layout_cell(l, text, last && n < width[i] ? n : width[i]);
        layout_tone(l, TONE_PLAIN);
        layout_puts(l, last ? "\n" : "  ");
    }
}

static void grid_print(struct grid *g)
{
    size_t width[COLUMNS_MOST];
    bool all = g->l->style.verbosity > 0 || g->row_count <= STATEREPORT_ROWS + 1;
    size_t rows = all ? g->row_count : STATEREPORT_ROWS;
    fit(g, width);
    if (g->row_count) {
        layout_puts(g->l, "\n");
        layout_tone(g->l, TONE_STRONG);
        for (size_t i = 0; i < g->columns; i++) {
            bool last = i + 1 == g->columns;
            layout_cell(g->l, g->headings[i], last ? strlen(g->headings[i]) : width[i]);
            layout_tone(g->l, last ? TONE_PLAIN : TONE_STRONG);
            layout_puts(g->l, last ? "\n" : "  ");
        }
    }
    for (size_t i = 0; i < rows; i++)
        put_row(g, width, i);
    if (!all) {
        layout_puts(g->l, "and ");
        layout_number(&g->l->b, g->row_count - rows);
        layout_puts(g->l, " more (-v shows all of them)\n");
    }
    layout_flush(g->l);
    for (size_t i = 0; i < g->cell_count; i++)
        free(g->cells[i]);
    free(g->cells);
    free(g->severities);
}

/* ---- the tables ---- */

static void alarms(struct layout *l, const struct statereport *s)
{
    static const char *const headings[] = { "ALARM", "SEEN FROM", "VERDICT", "PEERS", "ATTEMPTS", "OPENED (UTC)" };
    struct grid g = { .l = l, .headings = headings, .columns = 6, .toned = 2 };
    for (size_t i = 0; i < s->alarm_count; i++) {
        const struct statereport_alarm *a = &s->alarms[i];
        grid_row(&g, a->severity);
        grid_text(&g, a->id);
        grid_text(&g, a->observer);
        grid_verdict(&g, a->verdict, a->severity);
        grid_number(&g, a->peers);
        grid_number(&g, a->attempts);
        grid_time(&g, a->opened);
    }
    grid_print(&g);
}

static void incidents(struct layout *l, const struct statereport *s)
{
    static const char *const headings[] = { "INCIDENT", "PEER", "SEEN FROM", "VERDICT", "ATTEMPTS", "OPENED (UTC)",
        "LAST (UTC)" };
    struct grid g = { .l = l, .headings = headings, .columns = 7, .toned = 3 };
    for (size_t i = 0; i < s->incident_count; i++) {
        const struct statereport_incident *one = &s->incidents[i];
        grid_row(&g, one->severity);
        grid_text(&g, one->id);
        grid_text(&g, one->address);
        grid_text(&g, one->observer);
        grid_verdict(&g, one->verdict, one->severity);
        grid_number(&g, one->attempts);
        grid_time(&g, one->opened);
        grid_time(&g, one->last);
    }
    grid_print(&g);
}

static void peers(struct layout *l, const struct statereport *s)
{
    static const char *const headings[] = { "PEER", "SEEN FROM", "VERDICT", "SINCE (UTC)", "LAST (UTC)", "ATTEMPTS",
        "OUTCOME" };
    struct grid g = { .l = l, .headings = headings, .columns = 7, .toned = 2 };
    uint32_t *order = statereport_order(s);
    for (size_t i = 0; i < s->peer_count; i++) {
        const struct statereport_peer *p = &s->peers[order[i]];
        struct buf name = { 0 };
        buf_puts(&name, p->address && p->address[0] ? p->address : "(address not said)");
        if (p->name && p->name[0])
            buf_printf(&name, " %s", p->name);
        grid_row(&g, p->severity);
        grid_cell(&g, &name);
        grid_text(&g, p->observer);
        grid_verdict(&g, p->verdict, p->severity);
        grid_time(&g, p->failing_since);
        grid_time(&g, p->last);
        grid_number(&g, p->attempts);
        grid_text(&g, p->outcome);
    }
    free(order);
    grid_print(&g);
}

static void sources(struct layout *l, const struct statereport *s)
{
    static const char *const headings[] = { "LOG", "STATE", "LAST READ (UTC)", "LINES", "LAG BYTES", "GAPS",
        "LAST GAP (UTC)" };
    struct grid g = { .l = l, .headings = headings, .columns = 7, .toned = 1 };
    for (size_t i = 0; i < s->source_count; i++) {
        const struct statereport_source *one = &s->sources[i];
        grid_row(&g, statereport_source_severity(s, one));
        grid_text(&g, one->path);
        grid_text(&g, one->state);
        grid_time(&g, one->read_at);
        grid_number(&g, one->lines);
        grid_number(&g, one->lag);
        grid_number(&g, one->gaps);
        grid_time(&g, one->gap_at);
    }
    grid_print(&g);
}

static void canary(struct layout *l, const struct statereport_canary *c)
{
    struct buf b = { 0 };
    if (!c)
        return;
    enum severity severity = statereport_canary_severity(c);
    layout_puts(l, "\n");
    layout_toned(l, layout_severity_tone(severity), layout_severity_word(severity));
    layout_puts(l, "  canary: ");
    if (c->state == CANARY_LOST)
        buf_puts(&b, "what is written to syslog is not seen: the line did not come back in time. ");
    if (c->state == CANARY_UNSENT)
        buf_puts(&b, "a line can't be written to syslog. ");
    if (c->sent_at) {
        buf_puts(&b, "Sent last at ");
        layout_time(&b, civil_from_unix(c->sent_at), true);
        buf_puts(&b, ", ");
    }
    if (c->back_at) {
        buf_puts(&b, "back last at ");
        layout_time(&b, civil_from_unix(c->back_at), true);
        buf_printf(&b, " after %llu ms", (unsigned long long)c->round_trip_ms);
        if (c->through && c->through[0])
            buf_printf(&b, " through %s", c->through);
    } else {
        buf_puts(&b, "none was ever back");
    }
    buf_putc(&b, '.');
    layout_sentence(l, 2, b.p);
    buf_clear(&b);
}

static void capture(struct layout *l, const struct statereport_capture *c)
{
    struct buf b = { 0 };
    if (!c)
        return;
    enum severity severity = statereport_capture_severity(c);
    layout_puts(l, "\n");
    layout_toned(l, layout_severity_tone(severity), layout_severity_word(severity));
    buf_printf(&b, "  capture on %s: %s since ", c->interface, c->state ? c->state : "-");
    layout_time(&b, civil_from_unix(c->since), true);
    buf_puts(&b, ", ");
    layout_count(&b, c->frames, "packet", "packets");
    buf_puts(&b, ", ");
    layout_count(&b, c->handshakes, "handshake", "handshakes");
    buf_puts(&b, ", ");
    layout_count(&b, c->lost, "packet lost", "packets lost");
    if (c->restarts) {
        buf_puts(&b, ", started again ");
        layout_count(&b, c->restarts, "time", "times");
    }
    buf_putc(&b, '.');
    layout_sentence(l, 2, b.p);
    buf_clear(&b);
}

static void outlets(struct layout *l, const struct statereport *s)
{
    static const char *const headings[] = { "EVENTS GO TO", "DELIVERED", "WAITING" };
    struct grid g = { .l = l, .headings = headings, .columns = 3, .toned = COLUMNS_MOST };
    for (size_t i = 0; i < s->outlet_count; i++) {
        grid_row(&g, SEVERITY_OK);
        grid_text(&g, s->outlets[i].name);
        grid_number(&g, s->outlets[i].delivered);
        grid_number(&g, s->outlets[i].waiting);
    }
    grid_print(&g);
}

/* What to do, once per verdict: the peers of one have it in common. */
static void advice(struct layout *l, const struct statereport *s)
{
    bool said[VERDICT_COUNT] = { false };
    uint32_t *order = statereport_order(s);
    for (size_t i = 0; i < s->peer_count; i++) {
        const struct statereport_peer *p = &s->peers[order[i]];
        if (p->severity < SEVERITY_WARNING || said[p->verdict])
            continue;
        said[p->verdict] = true;
        const struct verdict_info *v = verdict_info(p->verdict);
        layout_puts(l, "\n");
        layout_tone(l, layout_severity_tone(p->severity));
        buf_printf(&l->b, "%s %s %s", layout_severity_word(p->severity), v->id, v->name);
        layout_tone(l, TONE_PLAIN);
        layout_puts(l, "  ");
        layout_sentence(l, 2, v->title);
        if (p->next && p->next[0]) {
            layout_puts(l, "  next  ");
            layout_sentence(l, 8, p->next);
        }
    }
    free(order);
}

static void header(struct layout *l, const struct statereport *s)
{
    struct buf b = { 0 };
    enum severity severity = statereport_severity(s);
    layout_toned(l, layout_severity_tone(severity), layout_severity_word(severity));
    layout_puts(l, "  state in ");
    layout_path(l, s->folder, 0);
    layout_puts(l, "\n");
    if (s->unknown)
        buf_printf(&b, "Whether watch runs can't be told: %s", s->unknown);
    else if (s->pid)
        buf_printf(&b, "watch runs, process %ld", s->pid);
    else
        buf_puts(&b, "watch does not run. What follows is what it knew last; start it, or look why it has ended");
    if (s->started) {
        buf_puts(&b, s->pid ? ", since " : "; it was started last at ");
        layout_time(&b, civil_from_unix(s->started), true);
    }
    if (s->version && s->version[0])
        buf_printf(&b, ", version %s", s->version);
    buf_puts(&b, ".");
    layout_sentence(l, 0, b.p);
    buf_reset(&b);
    if (s->reader && s->reader[0])
        buf_printf(&b, "The process that reads the logs is confined: %s.", s->reader);
    else
        buf_puts(&b, "How the process that reads the logs is confined is not known yet.");
    layout_sentence(l, 0, b.p);
    layout_puts(l, "Times are UTC.\n");
    buf_clear(&b);
}

static void totals(struct layout *l, const struct statereport *s)
{
    layout_puts(l, "\n");
    layout_count(&l->b, s->peer_count, "peer", "peers");
    layout_puts(l, ", ");
    layout_count(&l->b, s->incident_count, "open incident", "open incidents");
    layout_puts(l, ", ");
    layout_count(&l->b, s->alarm_count, "open alarm", "open alarms");
    layout_puts(l, ", ");
    layout_count(&l->b, s->events, "event", "events");
    layout_puts(l, " told.\n");
}

enum err_code statereport_text(FILE *out, const struct statereport *s, const struct report_style *style, struct err *e)
{
    struct layout l;
    layout_init(&l, out, style);
    header(&l, s);
    alarms(&l, s);
    incidents(&l, s);
    peers(&l, s);
    sources(&l, s);
    canary(&l, s->canary);
    capture(&l, s->capture);
    outlets(&l, s);
    advice(&l, s);
    totals(&l, s);
    layout_clear(&l);
    return report_written(out, e);
}
