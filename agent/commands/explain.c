/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/command.h"
#include "agent/commands/output.h"
#include "agent/report/layout.h"
#include "base/nearest.h"

#include <stdlib.h>

extern const struct command explain_command;

enum { OPTION_JSON, OPTION_COLOR };

static const struct command_option options[] = {
    [OPTION_JSON] = { 0, "json", NULL, "one JSON document, sftunnel-agent.verdicts/1" },
    [OPTION_COLOR] = { 0, "color", "WHEN", "auto, always or never" },
    { 0, NULL, NULL, NULL },
};

#define ITEM_INDENT 4

static void list(struct layout *l, const char *title, const char *const *items, bool numbered)
{
    layout_puts(l, "\n");
    layout_toned(l, TONE_STRONG, title);
    layout_puts(l, "\n");
    for (int i = 0; items[i]; i++) {
        if (numbered)
            buf_printf(&l->b, "%2d. ", i + 1);
        else
            layout_puts(l, "  - ");
        layout_sentence(l, ITEM_INDENT, items[i]);
    }
}

static void explain(struct layout *l, enum verdict_id id)
{
    const struct verdict_info *v = verdict_info(id);
    layout_tone(l, layout_severity_tone(v->severity));
    buf_printf(&l->b, "%s %s %s", layout_severity_word(v->severity), v->id, v->name);
    layout_tone(l, TONE_PLAIN);
    layout_puts(l, "  ");
    layout_sentence(l, 2, v->title);
    layout_puts(l, "\n");
    layout_sentence(l, 0, v->meaning);
    if (id == VERDICT_AT_RISK || id == VERDICT_CA_EXPIRED) {
        layout_puts(l, "\n");
        layout_sentence(l, 0, verdict_prohibition);
    }
    list(l, "Typical causes, the likeliest first", v->causes, true);
    list(l, "What would confirm it", v->confirm, false);
    list(l, "What would refute it", v->refute, false);
    list(l, "What to do, in this order", v->next, true);
    list(l, "See also", v->references, false);
}

static void all_verdicts(struct layout *l)
{
    for (int i = 0; i < VERDICT_COUNT; i++) {
        const struct verdict_info *v = verdict_info((enum verdict_id)i);
        buf_printf(&l->b, "%s  ", v->id);
        struct buf b = { 0 };
        buf_printf(&b, "%-7s", layout_severity_word(v->severity));
        layout_toned(l, layout_severity_tone(v->severity), b.p);
        buf_clear(&b);
        buf_printf(&l->b, "  %-19s  ", v->name);
        layout_sentence(l, 40, v->title);
    }
    layout_puts(l, "\n");
    layout_sentence(l, 0, "One of them: sftunnel-agent explain ID. Exit codes: sftunnel-agent explain exit-codes.");
}

static void exit_codes(struct layout *l)
{
    static const struct {
        const char *code, *text;
    } codes[] = {
        { "0", "done, whatever was found; check, probe: OK" },
        { "1",
            "analyze --fail-on warning: a warning was found; rules test --fail-unmatched: a line is known to no rule; "
            "check, probe: WARNING" },
        { "2", "analyze --fail-on warning or critical: something critical was found; check, probe: CRITICAL" },
        { "3",
            "analyze: nothing about sftunnel in the input; check, probe: UNKNOWN, or any error: they have no others" },
        { "64", "usage: wrong option or argument; nothing was done" },
        { "65", "data: the input is not what it should be, or a limit was reached" },
        { "66", "no input: missing or unreadable" },
        { "70", "a fault of this program: please report it" },
        { "73", "an output file can't be made" },
        { "74", "reading or writing failed; an output is not complete" },
        { "77", "permission denied" },
        { "78", "configuration or rule pack refused" },
        { "130", "interrupted; what was read until then has been reported" },
        { "141", "whoever read standard output went away (as with other programs in a pipe)" },
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        buf_printf(&l->b, "%4s  ", codes[i].code);
        layout_sentence(l, 6, codes[i].text);
    }
}

static int unknown(const char *word)
{
    const char *known[2 * VERDICT_COUNT + 2];
    size_t n = 0;
    struct err e;
    for (int i = 0; i < VERDICT_COUNT; i++) {
        known[n++] = verdict_info((enum verdict_id)i)->name;
        known[n++] = verdict_info((enum verdict_id)i)->id;
    }
    known[n++] = "exit-codes";
    known[n] = NULL;
    char near[NEAREST_TEXT];
    err_set(&e, ERR_USAGE, "explain: unknown verdict \"%.64s\"%s (all: sftunnel-agent explain)", word,
        nearest_text(slice_of(word), known, "", near));
    return command_fail(&e);
}

static void print_text(char **words, int count, enum color_when color)
{
    struct layout l;
    enum verdict_id id;
    struct report_style style = {
        .colour = output_colour(color, stdout), .unicode = output_unicode(), .width = output_width(stdout)
    };
    layout_init(&l, stdout, &style);
    if (count == 0)
        all_verdicts(&l);
    for (int i = 0; i < count; i++) {
        if (i)
            layout_puts(&l, "\n\n");
        if (verdict_parse(slice_of(words[i]), &id))
            explain(&l, id);
        else
            exit_codes(&l);
    }
    layout_clear(&l);
}

static void print_json(char **words, int count)
{
    enum verdict_id ids[VERDICT_COUNT];
    bool wanted[VERDICT_COUNT] = { 0 };
    enum verdict_id id;
    size_t n = 0;
    for (int i = 0; i < count; i++)
        if (verdict_parse(slice_of(words[i]), &id))
            wanted[id] = true;
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (wanted[i] || count == 0)
            ids[n++] = (enum verdict_id)i;
    report_verdicts_json(stdout, ids, n);
}

static int run(int argc, char **argv)
{
    struct output_set out = { 0 };
    int at = 0, status, option;
    bool json = false;
    const char *value;
    enum verdict_id id;
    struct err e;
    while ((option = command_option(&explain_command, argc, argv, &at, &value, &status)) >= 0) {
        if (option == OPTION_JSON)
            json = true;
        else if (output_color(&out, value, &e) != ERR_OK)
            return command_fail(&e);
    }
    if (option == -2)
        return status;
    for (int i = at; i < argc; i++)
        if (!verdict_parse(slice_of(argv[i]), &id) && (json || strcmp(argv[i], "exit-codes") != 0))
            return unknown(argv[i]);
    if (json)
        print_json(argv + at, argc - at);
    else
        print_text(argv + at, argc - at, out.color);
    return 0;
}

const struct command explain_command = {
    .name = "explain",
    .usage = "[OPTION...] [ID...]",
    .help = "what a verdict means, what would confirm or refute it, and what helps",
    .detail = "  sftunnel-agent explain               all verdicts\n"
              "  sftunnel-agent explain SFT-1001      one of them; 1001 and ca_expired do as well\n"
              "  sftunnel-agent explain exit-codes    what the exit codes mean\n",
    .options = options,
    .run = run,
};
