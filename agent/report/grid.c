/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/grid.h"

#include "base/mem.h"

#include <stdlib.h>

#define CUT_LEAST 10 /* columns that are left of a cell on a narrow terminal */

void grid_row(struct grid *g, enum severity severity)
{
    g->severities = mem_grow(g->severities, &g->row_capacity, g->row_count + 1, sizeof *g->severities);
    g->severities[g->row_count++] = severity;
}

void grid_cell(struct grid *g, struct buf *text)
{
    g->cells = mem_grow(g->cells, &g->cell_capacity, g->cell_count + 1, sizeof(char *));
    g->cells[g->cell_count++] = text->n ? buf_take(text) : mem_strdup("-");
}

void grid_text(struct grid *g, const char *s)
{
    struct buf b = { 0 };
    buf_puts(&b, s ? s : "");
    grid_cell(g, &b);
    buf_clear(&b);
}

void grid_number(struct grid *g, uint64_t n)
{
    struct buf b = { 0 };
    layout_number(&b, n);
    grid_cell(g, &b);
}

void grid_time(struct grid *g, int64_t seconds)
{
    struct buf b = { 0 };
    if (seconds)
        layout_time(&b, civil_from_unix(seconds), true);
    grid_cell(g, &b);
}

void grid_verdict(struct grid *g, enum verdict_id verdict, enum severity severity)
{
    struct buf b = { 0 };
    buf_printf(&b, "%-4s %s", layout_severity_word(severity), verdict_info(verdict)->name);
    grid_cell(g, &b);
}

/* The widest gives way on a terminal that is too narrow. */
static void fit(const struct grid *g, size_t width[GRID_COLUMNS])
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

static void put_row(struct grid *g, const size_t width[GRID_COLUMNS], size_t row)
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

void grid_print(struct grid *g)
{
    size_t width[GRID_COLUMNS];
    bool all = g->l->style.verbosity > 0 || g->row_count <= g->rows_most + 1;
    size_t rows = all ? g->row_count : g->rows_most;
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
