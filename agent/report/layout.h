/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words on lines: what the text renderer and the help pages have in common. Collects output in a buffer, wraps
 * prose at the width, puts colour where the style allows it, and escapes everything that it is handed as a value.
 */
#ifndef AGENT_REPORT_LAYOUT_H
#define AGENT_REPORT_LAYOUT_H

#include "agent/report/report.h"
#include "base/buf.h"
#include "base/civil.h"

enum tone { TONE_PLAIN, TONE_STRONG, TONE_FAINT, TONE_OK, TONE_UNKNOWN, TONE_WARNING, TONE_CRITICAL };

struct layout {
    FILE *out;
    struct report_style style;
    size_t prose;   /* columns at which sentences are wrapped */
    enum tone tone; /* of what is put now; it ends with each line, and begins again on the next */
    struct buf b;   /* what is not yet written */
    struct buf scratch;
};

#define LAYOUT_PROSE_DEFAULT 100 /* when the width is not known */
#define LAYOUT_PROSE_MOST 120    /* longer lines are tiring */
#define LAYOUT_WIDTH_LEAST 40

void layout_init(struct layout *l, FILE *out, const struct report_style *style);
/* Writes what is left and frees. */
void layout_clear(struct layout *l);
/* Writes what is in the buffer: call it now and then, at the end of a line. */
void layout_flush(struct layout *l);

/* Our own words, as they are. */
void layout_puts(struct layout *l, const char *s);
/* A value from outside. */
void layout_value(struct layout *l, const char *s);
/* The following is in this tone, until layout_tone(TONE_PLAIN). */
void layout_tone(struct layout *l, enum tone tone);
/* s in that tone. */
void layout_toned(struct layout *l, enum tone tone, const char *s);
/* A path from outside; on a terminal shortened in its middle so that `after` columns are left on the line. */
void layout_path(struct layout *l, const char *path, size_t after);
/* Blanks up to this column of the current line; none when it is past it. */
void layout_column(struct layout *l, size_t column);
/*
 * A sentence, from the current column on, with following lines indented, and the end of the line. Escaped.
 * layout_quote: a raw line, marked at its left, wrapped only on a terminal.
 */
void layout_sentence(struct layout *l, size_t indent, const char *s);
void layout_toned_sentence(struct layout *l, enum tone tone, size_t indent, const char *s);
void layout_quote(struct layout *l, size_t indent, const char *s);
/* A value cut to the columns, with a sign that says so, padded when it is shorter. */
void layout_cell(struct layout *l, const char *s, size_t columns);
/* The columns that it takes uncut. */
size_t layout_cell_columns(struct layout *l, const char *s);

/* "1,234,567" */
void layout_number(struct buf *b, uint64_t n);
/* "1 line", "2 lines" */
void layout_count(struct buf *b, uint64_t n, const char *one, const char *many);
/* "2024-09-20 04:10:47", or without the seconds; "-" for none. */
void layout_time(struct buf *b, civil t, bool seconds);
/* The peer's address, or what stands where there is none. */
const char *layout_address(const struct finding *f);
/* Columns that escaped text takes: code points. */
size_t layout_columns(struct slice s);

enum tone layout_severity_tone(enum severity s);
/* "OK", "WARN", "CRIT", "UNKNOWN" */
const char *layout_severity_word(enum severity s);

#endif
