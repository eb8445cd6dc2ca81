/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table for people, gathered cell by cell and printed as wide as it must be: the widest column gives way on a
 * terminal that is too narrow, and of many rows only the first are shown unless everything was asked for.
 *
 *     struct grid g = { .l = l, .headings = headings, .columns = 2, .toned = 0, .rows_most = 50 };
 *     ... grid_row(&g, SEVERITY_OK), grid_text(&g, name), grid_number(&g, n) ...
 *     grid_print(&g);
 */
#ifndef AGENT_REPORT_GRID_H
#define AGENT_REPORT_GRID_H

#include "agent/report/layout.h"

#define GRID_COLUMNS 8 /* at most; as `toned`: none is */

struct grid {
    struct layout *l;
    const char *const *headings;
    size_t columns;
    size_t toned;     /* the column that is coloured by the row's severity */
    size_t rows_most; /* that are shown unless -v was given */
    char **cells;     /* the rest is grid.c's */
    enum severity *severities;
    size_t cell_count, cell_capacity, row_count, row_capacity;
};

void grid_row(struct grid *g, enum severity severity); /* begins a row: its cells follow, from left to right */
void grid_cell(struct grid *g, struct buf *text);      /* takes it over; nothing in it is "-" */
void grid_text(struct grid *g, const char *s);         /* copied; NULL and "" are "-" */
void grid_number(struct grid *g, uint64_t n);
void grid_time(struct grid *g, int64_t seconds); /* Unix; 0 is "-" */
void grid_verdict(struct grid *g, enum verdict_id verdict, enum severity severity);
void grid_print(struct grid *g); /* nothing when there is no row; frees what was gathered */

#endif
