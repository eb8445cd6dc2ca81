/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command is a file that ends in one const struct command; main.c holds the table of them. Help, shell completion
 * and the check of the man page read the same table.
 */
#ifndef AGENT_COMMANDS_COMMAND_H
#define AGENT_COMMANDS_COMMAND_H

#include "base/err.h"

#include <stdbool.h>
#include <stdio.h>

struct command_option {
    char letter;      /* 0: long form only */
    const char *name; /* without "--" */
    const char *arg;  /* NULL: a flag; else what --help shows, e.g. "FORMAT[=FILE]" */
    const char *help;
};

struct command {
    const char *name;
    const char *usage;                    /* what follows the name: "[OPTION...] PATH..." */
    const char *help;                     /* one line */
    const char *detail;                   /* a few lines for `NAME --help`, examples first; NULL: none */
    const struct command_option *options; /* ended by a NULL name */
    int (*run)(int argc, char **argv);    /* argv[0] is the command's name; returns the exit code */
    bool plugin; /* for monitoring: it exits with 0 to 3 and nothing else; errors of any kind are 3, unknown */
};

extern const struct command *const commands[]; /* ended by NULL */

/*
 * Reads the next option, getopt-like, from the command's own table: returns its index in options, -1 at the end (with
 * *at on the first operand), -2 after an error or --help, with *status set to the exit code (help printed, or the error
 * with the nearest known option). "--" ends the options; operands may stand among them. *at begins at 0 and is
 * not touched in between; argv is put in order (options first) and flags that stand together (-qv) are taken apart.
 */
int command_option(const struct command *c, int argc, char **argv, int *at, const char **value, int *status);
/* Prints the command's --help on stdout. */
void command_help(const struct command *c);
/* "sftunnel-agent: text" on stderr, escaped, and the exit code that belongs to it. */
int command_fail(const struct err *e);
/* The exit code that is left when everything on standard output has arrived: the given one, or 74 with a message. */
int command_finish(int status);
/*
 * Everything between main() and a command: --help, --version, the table, and `__commands`: the tables as tab-separated
 * lines, for the completions and the check of the man page.
 */
int command_main(int argc, char **argv);
/* The command of that name, or NULL with the nearest one in e. */
const struct command *command_find(const char *name, struct err *e);

/* The program's own --help. */
void help_print(void);
/* `--version`; verbose: what is compiled in, and the limits. */
void version_print(FILE *out, bool verbose);

#endif
