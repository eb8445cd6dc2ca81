/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command is a file that ends in one const struct command; main.c holds the table of them. Help, shell completion
 * and the check of the man page read the same table.
 */
#ifndef AGENT_COMMANDS_COMMAND_H
#define AGENT_COMMANDS_COMMAND_H

#include "base/err.h"

#include <stdbool.h>

struct command_option {
    char letter;      /* 0: long form only */
    const char *name; /* without "--" */
    const char *arg;  /* NULL: a flag; else what --help shows, e.g. "FORMAT[=FILE]" */
    const char *help;
};

struct command {
    const char *name;
    const char *usage; /* what follows the name: "[OPTION...] PATH..." */
    const char *help;  /* one line */
    const char *detail; /* a few lines for `NAME --help`, examples first; NULL: none */
    const struct command_option *options; /* ended by a NULL name */
    int (*run)(int argc, char **argv);    /* argv[0] is the command's name; returns the exit code */
};

extern const struct command *const commands[]; /* ended by NULL */

/*
 * Reads the next option, getopt-like, from the command's own table: returns its index in options, -1 at the end (with
 * *at on the first operand), -2 after an error or --help, with *status set to the exit code (help printed, or the error
 * with the nearest known option). "--" ends the options; operands may stand among them.
 */
int command_option(const struct command *c, int argc, char **argv, int *at, const char **value, int *status);
/* Prints the command's --help on stdout. */
void command_help(const struct command *c);
/* "sftunnel-agent: text" on stderr, and the exit code that belongs to it. */
int command_fail(const struct err *e);

#endif
