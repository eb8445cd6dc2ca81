/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/remedy/csv.h"

void csv_begin(struct csv *c, const char *name, struct slice text, char *room)
{
    c->name = name;
    c->rest = slice_starts(text, SLICE("\xef\xbb\xbf")) ? slice_from(text, 3) : text;
    c->line = 1;
    c->room = room;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

static void skip_blanks(struct csv *c)
{
    while (c->rest.n && blank(*c->rest.p))
        c->rest = slice_from(c->rest, 1);
}

/* At the end of a line or of the text; takes LF and CR LF. A CR alone is a control character. */
static bool line_ends(struct csv *c)
{
    if (c->rest.n == 0)
        return true;
    size_t n = slice_starts(c->rest, SLICE("\r\n")) ? 2 : *c->rest.p == '\n';
    c->rest = slice_from(c->rest, n);
    c->line += n > 0;
    return n > 0;
}

static enum err_code refuse_control(const struct csv *c, unsigned char byte, struct err *e)
{
    return err_set(e, ERR_DATA, "%s:%u: a control character (0x%02x) stands in this line", c->name, c->line, byte);
}

static enum err_code plain(struct csv *c, struct slice *out, struct err *e)
{
    const char *from = c->rest.p;
    size_t n = 0;
    for (; n < c->rest.n && from[n] != ',' && from[n] != '\n' &&
           !(from[n] == '\r' && n + 1 < c->rest.n && from[n + 1] == '\n');
         n++) {
        if (((unsigned char)from[n] < ' ' && from[n] != '\t') || from[n] == 0x7f)
            return refuse_control(c, (unsigned char)from[n], e);
        if (from[n] == '"')
            return err_set(e, ERR_DATA,
                "%s:%u: a quote stands inside a field: put the whole field between quotes, and the quote twice",
                c->name, c->line);
    }
    *out = slice_trim((struct slice){ from, n });
    c->rest = slice_from(c->rest, n);
    return ERR_OK;
}

/* c is behind the opening quote. */
static enum err_code quoted(struct csv *c, struct slice *out, struct err *e)
{
    unsigned begun = c->line;
    out->p = c->room;
    out->n = 0;
    while (c->rest.n) {
        char byte = *c->rest.p;
        c->rest = slice_from(c->rest, 1);
        if (byte == '"') {
            if (c->rest.n == 0 || *c->rest.p != '"') {
                c->room += out->n;
                skip_blanks(c);
                return ERR_OK;
            }
            c->rest = slice_from(c->rest, 1);
        } else if (((unsigned char)byte < ' ' && byte != '\t') || byte == 0x7f) {
            if (byte == '\n' || byte == '\r')
                break;
            return refuse_control(c, (unsigned char)byte, e);
        }
        c->room[out->n++] = byte;
    }
    return err_set(e, ERR_DATA, "%s:%u: a quote is opened and not closed in this line", c->name, begun);
}

static enum err_code take_field(struct csv *c, struct csv_row *row, struct err *e)
{
    if (row->n == CSV_FIELDS)
        return err_set(e, ERR_DATA, "%s:%u: more than %d fields", c->name, c->line, CSV_FIELDS);
    size_t i = row->n++;
    skip_blanks(c);
    row->quoted[i] = c->rest.n && *c->rest.p == '"';
    if (!row->quoted[i])
        return plain(c, &row->field[i], e);
    c->rest = slice_from(c->rest, 1);
    enum err_code rc = quoted(c, &row->field[i], e);
    if (rc == ERR_OK && c->rest.n && *c->rest.p != ',' && *c->rest.p != '\n' && *c->rest.p != '\r')
        return err_set(e, ERR_DATA, "%s:%u: text stands behind a closing quote", c->name, c->line);
    return rc;
}

/* To the end of the line, whatever it holds. */
static void comment(struct csv *c, struct csv_row *row)
{
    struct slice all, rest;
    const char *end = memchr(c->rest.p, '\n', c->rest.n);
    all = (struct slice){ c->rest.p, end ? (size_t)(end - c->rest.p) : c->rest.n };
    c->rest = slice_from(c->rest, all.n);
    row->comment = true;
    for (rest = slice_from(all, 1); row->n < CSV_FIELDS && (rest.n || row->n == 0);)
        row->field[row->n++] = slice_trim(slice_cut(rest, ',', &rest));
    (void)line_ends(c);
}

enum err_code csv_next(struct csv *c, struct csv_row *row, struct err *e)
{
    *row = (struct csv_row){ .line = c->line };
    for (skip_blanks(c); c->rest.n && line_ends(c); skip_blanks(c))
        row->line = c->line;
    if (c->rest.n == 0)
        return ERR_OK;
    if (*c->rest.p == '#') {
        comment(c, row);
        return ERR_OK;
    }
    for (;;) {
        enum err_code rc = take_field(c, row, e);
        if (rc != ERR_OK || line_ends(c))
            return rc;
        if (*c->rest.p != ',')
            return refuse_control(c, (unsigned char)*c->rest.p, e);
        c->rest = slice_from(c->rest, 1);
    }
}
