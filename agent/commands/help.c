/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "agent/commands/command.h"
#include "agent/commands/output.h"
#include "agent/report/layout.h"

#define HELP_OPTION_COLUMN 30

static void print_option(struct layout *l, const struct command_option *o)
{
    if (o->letter)
        buf_printf(&l->b, "  -%c, --%s", o->letter, o->name);
    else
        buf_printf(&l->b, "      --%s", o->name);
    if (o->arg)
        buf_printf(&l->b, " %s", o->arg);
    layout_puts(l, "  ");
    layout_column(l, HELP_OPTION_COLUMN);
    layout_sentence(l, HELP_OPTION_COLUMN, o->help);
}

void command_help(const struct command *c)
{
    static const struct command_option help_option = { 'h', "help", NULL, "show this" };
    struct layout l;
    struct report_style style = { .colour = output_colour(COLOR_AUTO, stdout), .width = output_width(stdout) };
    layout_init(&l, stdout, &style);
    layout_toned(&l, TONE_STRONG, "Usage: ");
    buf_printf(&l.b, "%s %s %s\n", PACKAGE_NAME, c->name, c->usage);
    layout_sentence(&l, 0, c->help);
    if (c->detail)
        buf_printf(&l.b, "\n%s", c->detail);
    layout_puts(&l, "\n");
    layout_toned(&l, TONE_STRONG, "Options:");
    layout_puts(&l, "\n");
    for (const struct command_option *o = c->options; o && o->name; o++)
        print_option(&l, o);
    print_option(&l, &help_option);
    layout_clear(&l);
}

void help_print(void)
{
    struct layout l;
    struct report_style style = { .colour = output_colour(COLOR_AUTO, stdout), .width = output_width(stdout) };
    layout_init(&l, stdout, &style);
    layout_puts(&l, "  " PACKAGE_NAME " analyze fmc.tgz ftd.tgz      both ends of one case, as they were collected\n"
                    "  " PACKAGE_NAME " analyze /var/log/messages*   the log of this machine and its older parts\n"
                    "  " PACKAGE_NAME " explain SFT-1001             what a verdict means, and what helps\n\n");
    layout_sentence(
        &l, 0, "Finds out why an FMC and its FTDs don't talk over sftunnel (8305/tcp), and shows the proof.");
    layout_puts(&l, "\n");
    layout_toned(&l, TONE_STRONG, "Usage: ");
    layout_puts(&l, PACKAGE_NAME " COMMAND [OPTION...] [ARGUMENT...]\n\n");
    layout_toned(&l, TONE_STRONG, "Commands:");
    layout_puts(&l, "\n");
    for (const struct command *const *c = commands; *c; c++) {
        buf_printf(&l.b, "  %-10s", (*c)->name);
        layout_sentence(&l, 12, (*c)->help);
    }
    layout_puts(&l, "\n");
    layout_toned(&l, TONE_STRONG, "Options:");
    layout_puts(&l, "\n");
    layout_puts(&l, "  -h, --help     show this; COMMAND --help: the options of a command\n"
                    "  -V, --version  the version; with --verbose what is compiled in, and every limit\n\n");
    layout_sentence(&l, 0, "All exit codes: " PACKAGE_NAME " explain exit-codes. Manual: man " PACKAGE_NAME "(1).");
    layout_clear(&l);
}

extern const struct command help_command;

static int run_help(int argc, char **argv)
{
    int at = 0, status;
    const char *value;
    struct err e;
    if (command_option(&help_command, argc, argv, &at, &value, &status) == -2)
        return status;
    if (at == argc) {
        help_print();
        return 0;
    }
    const struct command *c = command_find(argv[at], &e);
    if (!c)
        return command_fail(&e);
    command_help(c);
    return 0;
}

const struct command help_command = {
    .name = "help",
    .usage = "[COMMAND]",
    .help = "how to use this program, or one of its commands",
    .run = run_help,
};
