/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/wiretable.h"

#include "agent/report/wireterms.h"

enum column { COUNT, CLIENT, SERVER, TLS, STATE, LAST, VERDICT, COLUMN_COUNT };

/* From roomy to tight: what is left out when the terminal is narrow. */
enum detail { FULL, NO_LAST, NO_STATE, NO_TLS, NO_NAME, DETAIL_COUNT };

#define GAP 2
#define CUT_LEAST 9 /* columns that are left of an address */
#define FLUSH_ROWS 256

struct table {
    struct layout *l;
    const struct casefile *c;
    const struct wiregroups *g;
    size_t rows;
    enum detail detail;
    size_t width[COLUMN_COUNT]; /* 0: left out */
    struct buf cell;
};

const char *wiretable_state(const struct wire *w)
{
    switch ((enum connection_state)w->state) {
    case CONNECTION_SYN_ONLY: return "no answer";
    case CONNECTION_REFUSED: return "refused";
    case CONNECTION_NOT_TLS: return "not TLS";
    case CONNECTION_MID_STREAM: return "begun before";
    case CONNECTION_HANDSHAKE: return "not completed";
    case CONNECTION_COMPLETE: return w->resumed ? "resumed" : "completed";
    case CONNECTION_STATES: break;
    }
    return "-";
}

static const char *heading(enum column column)
{
    switch (column) {
    case COUNT: return "N";
    case CLIENT: return "CLIENT";
    case SERVER: return "SERVER";
    case TLS: return "TLS";
    case STATE: return "HANDSHAKE";
    case LAST: return "LAST (UTC)";
    case VERDICT: return "VERDICT";
    case COLUMN_COUNT: break;
    }
    return "";
}

static bool left_out(const struct table *t, enum column column)
{
    return (column == LAST && t->detail >= NO_LAST) || (column == STATE && t->detail >= NO_STATE) ||
           (column == TLS && t->detail >= NO_TLS);
}

/* The content of one cell: all of it is ours. */
static const char *cell(struct table *t, const struct wiregroup *group, enum column column)
{
    const struct wire *w = &t->c->wires[group->latest];
    struct buf *b = &t->cell;
    buf_reset(b);
    switch (column) {
    case COUNT: layout_number(b, group->count); break;
    case CLIENT:
        if (group->count == 1)
            endpoint_print(b, &w->side[SIDE_CLIENT].at);
        else
            endpoint_address(b, &w->side[SIDE_CLIENT].at);
        break;
    case SERVER: endpoint_print(b, &w->side[SIDE_SERVER].at); break;
    case TLS:
        if (w->version)
            wireterms_version(b, w->version);
        else
            buf_putc(b, '-');
        break;
    case STATE: buf_puts(b, wiretable_state(w)); break;
    case LAST:
        layout_time(b, group->last_ns ? civil_from_unix(wireterms_seconds(group->last_ns)) : CIVIL_NONE, true);
        break;
    case VERDICT:
        if (t->detail >= NO_NAME)
            buf_puts(b, layout_severity_word(w->severity));
        else
            buf_printf(b, "%-4s %s", layout_severity_word(w->severity), verdict_info(w->verdict)->name);
        break;
    case COLUMN_COUNT: break;
    }
    return b->p;
}

static size_t measure(struct table *t)
{
    size_t total = 0;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        enum column column = (enum column)i;
        t->width[i] = left_out(t, column) ? 0 : strlen(heading(column));
        if (!t->width[i])
            continue;
        for (size_t k = 0; k < t->rows; k++) {
            size_t n = layout_cell_columns(t->l, cell(t, &t->g->groups[k], column));
            t->width[i] = n > t->width[i] ? n : t->width[i];
        }
        total += t->width[i] + (i ? GAP : 0);
    }
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
        enum column wider = t->width[CLIENT] > t->width[SERVER] ? CLIENT : SERVER;
        if (t->width[wider] <= CUT_LEAST)
            return;
        t->width[wider]--;
    }
}

static void row(struct table *t, const struct wiregroup *group)
{
    struct layout *l = t->l;
    layout_tone(l, group ? TONE_PLAIN : TONE_STRONG);
    for (int i = 0; i < COLUMN_COUNT; i++) {
        enum column column = (enum column)i;
        if (t->width[i] == 0)
            continue;
        const char *text = group ? cell(t, group, column) : heading(column);
        size_t n = layout_cell_columns(l, text);
        if (column == COUNT) /* numbers stand at the right */
            buf_printf(&l->b, "%*s", (int)(t->width[i] - n), "");
        if (group && column == VERDICT)
            layout_tone(l, layout_severity_tone(t->c->wires[group->latest].severity));
        layout_cell(l, text, column == VERDICT || column == COUNT ? n : t->width[i]);
        if (column == VERDICT)
            layout_tone(l, TONE_PLAIN);
        layout_puts(l, column == VERDICT ? "\n" : "  ");
    }
}

/* "9,900 CRIT ca_expired, 50 OK healthy" of the connections that the table leaves out. */
static void rest(struct table *t)
{
    uint64_t counts[SEVERITY_CRITICAL + 1][VERDICT_COUNT] = { 0 }, all = 0;
    for (size_t i = t->rows; i < t->g->count; i++) {
        const struct wiregroup *group = &t->g->groups[i];
        const struct wire *w = &t->c->wires[group->first];
        counts[w->severity][w->verdict] += group->count;
        all += group->count;
    }
    struct buf b = { 0 };
    buf_puts(&b, "and ");
    layout_count(&b, all, "more connection:", "more connections:");
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

void wiretable_print(struct layout *l, const struct casefile *c, const struct wiregroups *g)
{
    struct table t = { .l = l, .c = c, .g = g, .rows = g->count };
    if (l->style.verbosity < 1 && g->count > WIRETABLE_ROWS + 1)
        t.rows = WIRETABLE_ROWS;
    fit(&t);
    row(&t, NULL);
    for (size_t i = 0; i < t.rows; i++) {
        row(&t, &g->groups[i]);
        if (i % FLUSH_ROWS == 0)
            layout_flush(l);
    }
    if (t.rows < g->count)
        rest(&t);
    buf_clear(&t.cell);
}
