/* SPDX-License-Identifier: BSD-2-Clause */
/* command_option(): the options of a command, read by its own table. */
#include "config.h"

#include "agent/commands/command.h"

#include "base/nearest.h"

#include <string.h>

#define NAME_SHOWN 64 /* bytes of an unknown word in a message */

/* One call of command_option(). */
struct parse {
    const struct command *c;
    int argc;
    char **argv;
    int *at;  /* where the option stands by now */
    int from; /* where it stood: operands may lie between */
    const char **value;
    int *status;
};

/* argv[from..to] moves one place on, argv[to] to its beginning. */
static void rotate(char **argv, int from, int to)
{
    char *moved = argv[to];
    memmove(argv + from + 1, argv + from, (size_t)(to - from) * sizeof *argv);
    argv[from] = moved;
}

static int refuse(const struct parse *p, struct err *e)
{
    err_prefix(e, "%s", p->c->name);
    size_t n = strlen(e->text);
    snprintf(e->text + n, sizeof e->text - n, " (see: %s help %s)", PACKAGE_NAME, p->c->name);
    *p->status = command_fail(e);
    return -2;
}

static int unknown(const struct parse *p, struct slice name)
{
    const char *known[64];
    size_t n = 0;
    for (const struct command_option *o = p->c->options; o && o->name && n + 2 < sizeof known / sizeof known[0]; o++)
        known[n++] = o->name;
    known[n++] = "help";
    known[n] = NULL;
    struct err e;
    const char *near = slice_starts(name, SLICE("--")) ? nearest(slice_from(name, 2), known) : NULL;
    int shown = name.n > NAME_SHOWN ? NAME_SHOWN : (int)name.n;
    if (near)
        err_set(&e, ERR_USAGE, "unknown option %.*s; did you mean --%s?", shown, name.p, near);
    else
        err_set(&e, ERR_USAGE, "unknown option %.*s", shown, name.p);
    return refuse(p, &e);
}

static int help(const struct parse *p)
{
    command_help(p->c);
    *p->status = 0;
    return -2;
}

/* The option's value is the next word; it comes along, past the operands in between. */
static int next_word(const struct parse *p, int index)
{
    struct err e;
    if (p->from + 1 >= p->argc) {
        err_set(&e, ERR_USAGE, "option %s needs a value: %s", p->argv[*p->at], p->c->options[index].arg);
        return refuse(p, &e);
    }
    rotate(p->argv, *p->at + 1, p->from + 1);
    *p->value = p->argv[*p->at + 1];
    *p->at += 2;
    return index;
}

static int long_option(const struct parse *p)
{
    const char *word = p->argv[*p->at];
    struct slice rest, name = slice_cut(slice_of(word), '=', &rest);
    bool has_value = name.n < strlen(word);
    const struct command_option *o = p->c->options;
    struct err e;
    int index = 0;
    for (; o && o->name; o++, index++)
        if (slice_eq(slice_from(name, 2), slice_of(o->name)))
            break;
    if (!o || !o->name)
        return slice_eq(name, SLICE("--help")) ? help(p) : unknown(p, name);
    if (!has_value && o->arg)
        return next_word(p, index);
    if (has_value && !o->arg) {
        err_set(&e, ERR_USAGE, "option --%s takes no value", o->name);
        return refuse(p, &e);
    }
    *p->value = has_value ? rest.p : NULL;
    ++*p->at;
    return index;
}

static int short_option(const struct parse *p)
{
    char *word = p->argv[*p->at];
    const struct command_option *o = p->c->options;
    int index = 0;
    for (; o && o->name; o++, index++)
        if (o->letter && o->letter == word[1])
            break;
    if (!o || !o->name)
        return word[1] == 'h' ? help(p) : unknown(p, (struct slice){ word, 2 });
    if (o->arg && !word[2])
        return next_word(p, index);
    *p->value = NULL;
    if (o->arg) {
        *p->value = word + 2;
        ++*p->at;
    } else if (word[2] == '-') {
        return unknown(p, slice_of(word));
    } else if (word[2]) { /* -qv: what follows is taken apart by the next call */
        word[1] = '-';
        p->argv[*p->at] = word + 1;
    } else {
        ++*p->at;
    }
    return index;
}

int command_option(const struct command *c, int argc, char **argv, int *at, const char **value, int *status)
{
    int from;
    if (*at == 0)
        *at = 1;
    for (from = *at; from < argc; from++)
        if (argv[from][0] == '-' && argv[from][1])
            break;
    if (from >= argc)
        return -1;
    rotate(argv, *at, from);
    if (strcmp(argv[*at], "--") == 0) {
        ++*at;
        return -1;
    }
    struct parse p = { c, argc, argv, at, from, value, status };
    return argv[*at][1] == '-' ? long_option(&p) : short_option(&p);
}
