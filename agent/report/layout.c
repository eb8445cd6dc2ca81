/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/layout.h"

#include "agent/report/formats.h"

#define PATH_LEAST 16 /* columns of a path that are always shown */

void layout_init(struct layout *l, FILE *out, const struct report_style *style)
{
    *l = (struct layout){ .out = out, .style = *style, .prose = LAYOUT_PROSE_DEFAULT };
    if (style->width > 0) {
        l->prose = (size_t)style->width;
        l->prose = l->prose < LAYOUT_WIDTH_LEAST ? LAYOUT_WIDTH_LEAST : l->prose;
        l->prose = l->prose > LAYOUT_PROSE_MOST ? LAYOUT_PROSE_MOST : l->prose;
    }
}

void layout_flush(struct layout *l)
{
    report_put(l->out, &l->b);
}

void layout_clear(struct layout *l)
{
    layout_flush(l);
    buf_clear(&l->b);
    buf_clear(&l->scratch);
}

void layout_puts(struct layout *l, const char *s)
{
    buf_puts(&l->b, s);
}

void layout_value(struct layout *l, const char *s)
{
    buf_terminal(&l->b, slice_of(s));
}

void layout_tone(struct layout *l, enum tone tone)
{
    static const char *const codes[] = {
        [TONE_PLAIN] = "\x1b[0m",
        [TONE_STRONG] = "\x1b[1m",
        [TONE_FAINT] = "\x1b[2m",
        [TONE_OK] = "\x1b[32m",
        [TONE_UNKNOWN] = "\x1b[36m",
        [TONE_WARNING] = "\x1b[33m",
        [TONE_CRITICAL] = "\x1b[1;31m",
    };
    if (l->style.colour && tone != l->tone)
        buf_puts(&l->b, codes[tone]);
    l->tone = tone;
}

void layout_toned(struct layout *l, enum tone tone, const char *s)
{
    layout_tone(l, tone);
    buf_puts(&l->b, s);
    layout_tone(l, TONE_PLAIN);
}

size_t layout_columns(struct slice s)
{
    size_t columns = 0;
    while (s.n) {
        if (s.p[0] == '\x1b') { /* our own colours: ESC [ ... m */
            while (s.n && s.p[0] != 'm')
                s = slice_from(s, 1);
            s = slice_from(s, 1);
            continue;
        }
        size_t n = utf8_length(s);
        s = slice_from(s, n ? n : 1);
        columns++;
    }
    return columns;
}

static size_t current_column(const struct layout *l)
{
    size_t from = l->b.n;
    while (from && l->b.p[from - 1] != '\n')
        from--;
    return l->b.n ? layout_columns((struct slice){ l->b.p + from, l->b.n - from }) : 0;
}

void layout_path(struct layout *l, const char *path, size_t after)
{
    size_t taken = current_column(l) + after, most = l->prose > taken + PATH_LEAST ? l->prose - taken : PATH_LEAST;
    size_t columns = layout_cell_columns(l, path);
    layout_cell(l, path, l->style.width > 0 && columns > most ? most : columns);
}

static void blanks(struct layout *l, size_t n)
{
    while (n--)
        buf_putc(&l->b, ' ');
}

void layout_column(struct layout *l, size_t column)
{
    size_t at = current_column(l);
    blanks(l, at < column ? column - at : 0);
}

static size_t bytes_of_columns(struct slice s, size_t columns)
{
    size_t at = 0;
    while (columns-- && at < s.n) {
        size_t n = utf8_length(slice_from(s, at));
        at += n ? n : 1;
    }
    return at;
}

/* A pager shows any line alone: colours don't run over its end. */
static void new_line(struct layout *l, size_t indent, const char *mark)
{
    enum tone tone = l->tone;
    layout_tone(l, TONE_PLAIN);
    buf_putc(&l->b, '\n');
    blanks(l, indent);
    layout_tone(l, tone);
    buf_puts(&l->b, mark);
}

/* Words from the current column on; `mark` begins each further line. A word longer than a line is cut (log lines). */
static void wrap(struct layout *l, struct slice text, size_t indent, const char *mark, bool cut_words)
{
    size_t at = current_column(l), begin = indent + layout_columns(slice_of(mark));
    bool first = true;
    while (text.n) {
        struct slice rest, word = slice_cut(text, ' ', &rest);
        size_t n = layout_columns(word);
        bool blank = !first;
        if (first && !cut_words && at + n > l->prose && at > begin) { /* behind something long */
            while (l->b.p[l->b.n - 1] == ' ')
                l->b.n--;
            new_line(l, indent, mark);
            at = begin;
        }
        if (blank && at + 1 + n > l->prose && at > begin) {
            new_line(l, indent, mark);
            at = begin;
            blank = false;
        }
        if (blank) {
            buf_putc(&l->b, ' ');
            at++;
        }
        if (cut_words && at + n > l->prose && l->prose > at + 8) {
            size_t piece = bytes_of_columns(word, l->prose - at);
            buf_put(&l->b, word.p, piece);
            new_line(l, indent, mark);
            at = begin;
            text = slice_from(text, piece);
            first = true;
            continue;
        }
        buf_slice(&l->b, word);
        at += n;
        text = rest;
        first = false;
    }
    layout_tone(l, TONE_PLAIN);
    buf_putc(&l->b, '\n');
}

void layout_sentence(struct layout *l, size_t indent, const char *s)
{
    buf_reset(&l->scratch);
    buf_terminal(&l->scratch, slice_of(s));
    wrap(l, slice_trim(buf_as_slice(&l->scratch)), indent, "", false);
}

void layout_toned_sentence(struct layout *l, enum tone tone, size_t indent, const char *s)
{
    layout_tone(l, tone);
    layout_sentence(l, indent, s);
}

void layout_quote(struct layout *l, size_t indent, const char *s)
{
    const char *mark = l->style.unicode ? "\u2502 " : "| ";
    buf_reset(&l->scratch);
    buf_terminal(&l->scratch, slice_of(s));
    blanks(l, indent);
    layout_tone(l, TONE_FAINT);
    buf_puts(&l->b, mark);
    if (l->style.width > 0) {
        wrap(l, buf_as_slice(&l->scratch), indent, mark, true);
    } else {
        buf_slice(&l->b, buf_as_slice(&l->scratch));
        layout_tone(l, TONE_PLAIN);
        buf_putc(&l->b, '\n');
    }
}

void layout_cell(struct layout *l, const char *s, size_t columns)
{
    buf_reset(&l->scratch);
    buf_terminal(&l->scratch, slice_of(s));
    struct slice text = buf_as_slice(&l->scratch);
    size_t n = layout_columns(text);
    if (n > columns) { /* names and addresses differ at their ends */
        size_t tail = columns > 2 ? (columns - 1) / 2 : 0, head = columns > tail ? columns - tail - 1 : 0;
        buf_put(&l->b, text.p, bytes_of_columns(text, head));
        buf_puts(&l->b, l->style.unicode ? "\u2026" : "~");
        buf_slice(&l->b, slice_from(text, bytes_of_columns(text, n - tail)));
        return;
    }
    buf_slice(&l->b, text);
    blanks(l, columns - n);
}

size_t layout_cell_columns(struct layout *l, const char *s)
{
    buf_reset(&l->scratch);
    buf_terminal(&l->scratch, slice_of(s));
    return layout_columns(buf_as_slice(&l->scratch));
}

void layout_number(struct buf *b, uint64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            buf_putc(b, ',');
        buf_putc(b, digits[i]);
    }
}

void layout_count(struct buf *b, uint64_t n, const char *one, const char *many)
{
    layout_number(b, n);
    buf_putc(b, ' ');
    buf_puts(b, n == 1 ? one : many);
}

void layout_time(struct buf *b, civil t, bool seconds)
{
    char text[CIVIL_TEXT];
    civil_text(t, text);
    if (t == CIVIL_NONE) {
        buf_puts(b, text);
        return;
    }
    char *at = strchr(text, 'T'), *end = strchr(text, 'Z');
    if (at)
        *at = ' ';
    if (end)
        *(seconds ? end : end - 3) = '\0';
    buf_puts(b, text);
}

const char *layout_address(const struct finding *f)
{
    if (f->address && f->address[0])
        return f->address;
    if (f->self)
        return "(itself)";
    if (f->attempts)
        return "(address not said)";
    return f->name && f->name[0] ? f->name : f->uuid && f->uuid[0] ? f->uuid : "-";
}

enum tone layout_severity_tone(enum severity s)
{
    switch (s) {
    case SEVERITY_OK: return TONE_OK;
    case SEVERITY_UNKNOWN: return TONE_UNKNOWN;
    case SEVERITY_WARNING: return TONE_WARNING;
    case SEVERITY_CRITICAL: return TONE_CRITICAL;
    }
    return TONE_PLAIN;
}

const char *layout_severity_word(enum severity s)
{
    switch (s) {
    case SEVERITY_OK: return "OK";
    case SEVERITY_UNKNOWN: return "UNKNOWN";
    case SEVERITY_WARNING: return "WARN";
    case SEVERITY_CRITICAL: return "CRIT";
    }
    return "UNKNOWN";
}
