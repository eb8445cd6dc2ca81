/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings as YAML that says the same when it is read again. */
#include "agent/commands/settings_parts.h"

/* Bare only where no YAML reader could take it for anything but text. */
static bool bare(struct slice s)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_.=@+-";
    static const char *const words[] = { "y", "n", "yes", "no", "true", "false", "on", "off", "null" };
    if (s.n == 0 || !memchr(safe, s.p[0], sizeof safe - 1) || strchr("0123456789.=@+-", s.p[0]))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!memchr(safe, s.p[i], sizeof safe - 1))
            return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_eq_nocase(s, slice_of(words[i])))
            return false;
    return true;
}

static void print_text(struct buf *b, const char *text)
{
    struct slice s = slice_of(text);
    if (bare(s)) {
        buf_slice(b, s);
        return;
    }
    buf_putc(b, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\'')
            buf_putc(b, '\'');
        buf_putc(b, s.p[i]);
    }
    buf_putc(b, '\'');
}

static void print_value(struct buf *b, struct settings *s, const struct setting *t)
{
    switch (t->type) {
    case SETTING_LIST:
        if (settings_list_of(s, t)->n == 0)
            buf_puts(b, " []");
        break;
    case SETTING_TEXT:
        buf_putc(b, ' ');
        print_text(b, *settings_text_of(s, t));
        break;
    case SETTING_SWITCH: buf_puts(b, *settings_switch_of(s, t) ? " true" : " false"); break;
    case SETTING_NUMBER:
    case SETTING_DURATION:
    case SETTING_DURATION_OR_OFF: buf_printf(b, " %u", *settings_number_of(s, t)); break;
    }
}

void settings_print(struct buf *b, const struct settings *s, const struct settings_origins *o, bool with_origin)
{
    struct settings *same = (struct settings *)(uintptr_t)s; /* only read */
    for (const struct setting *t = settings_table; t->key; t++) {
        buf_printf(b, "%s:", t->key);
        print_value(b, same, t);
        if (with_origin) {
            buf_puts(b, " # ");
            settings_origin_print(b, o, (enum setting_id)(t - settings_table));
        }
        buf_putc(b, '\n');
        for (size_t i = 0; t->type == SETTING_LIST && i < settings_list_of(same, t)->n; i++) {
            buf_puts(b, "  - ");
            print_text(b, settings_list_of(same, t)->items[i]);
            buf_putc(b, '\n');
        }
    }
}
