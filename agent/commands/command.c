/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "agent/commands/command.h"

#include "agent/report/report.h"
#include "base/buf.h"
#include "base/nearest.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define COMMANDS_MOST 32
#define EXIT_PIPE 141  /* as a shell shows a death by SIGPIPE */
#define EXIT_UNKNOWN 3 /* of monitoring plug-ins */

int command_fail(const struct err *e)
{
    struct buf b = { 0 };
    buf_terminal(&b, slice_of(e->text));
    fprintf(stderr, "%s: %s\n", PACKAGE_NAME, b.p ? b.p : err_name(e->code));
    buf_clear(&b);
    return err_exit(e->code);
}

/* errno is long gone when an earlier write failed; the pipe itself still knows. */
static bool reader_gone(void)
{
    struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };
    return poll(&p, 1, 0) == 1 && (p.revents & POLLERR);
}

static bool plugin; /* the command that runs is one */

static int within(int status)
{
    return plugin && status > EXIT_UNKNOWN ? EXIT_UNKNOWN : status;
}

int command_finish(int status)
{
    errno = 0;
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    int os = errno;
    /* SIGPIPE was ignored by whoever started us: end as quietly as others do */
    if (failed && (os == EPIPE || reader_gone()))
        return within(EXIT_PIPE);
    if (!failed && (fclose(stdout) == 0 || errno == EBADF))
        return status;
    os = os ? os : errno;
    struct err e;
    if (status >= 64) /* it has been said already */
        return status;
    err_os(&e, ERR_IO, os ? os : EIO, "standard output could not be written; the output is not complete");
    return within(command_fail(&e));
}

/* ---- the tables ---- */

const struct command *command_find(const char *name, struct err *e)
{
    const char *known[COMMANDS_MOST + 1];
    size_t n = 0;
    for (const struct command *const *c = commands; *c && n < COMMANDS_MOST; c++) {
        if (strcmp((*c)->name, name) == 0)
            return *c;
        known[n++] = (*c)->name;
    }
    known[n] = NULL;
    char near[NEAREST_TEXT];
    if (access(name, F_OK) == 0) {
        err_set(e, ERR_USAGE, "unknown command \"%.256s\"; that is a file: did you mean %s analyze %.256s?", name,
            PACKAGE_NAME, name);
        return NULL;
    }
    err_set(e, ERR_USAGE, "unknown command \"%.64s\"%s (see: %s help)", name,
        nearest_text(slice_of(name), known, "", near), PACKAGE_NAME);
    return NULL;
}

static const struct command_option global_options[] = {
    { 'h', "help", NULL, "how to use this program" },
    { 'V', "version", NULL, "the version" },
    { 0, "verbose", NULL, "with --version: what is compiled in, and every limit" },
    { 0, NULL, NULL, NULL },
};

static void list_options(FILE *out, const char *command, const struct command_option *o)
{
    for (; o && o->name; o++)
        fprintf(out, "option\t%s\t%c\t--%s\t%s\t%s\n", command, o->letter ? o->letter : '-', o->name,
            o->arg ? o->arg : "-", o->help);
}

static void list_all(FILE *out)
{
    list_options(out, "-", global_options);
    for (const struct command *const *c = commands; *c; c++) {
        fprintf(out, "command\t%s\t%s\t%s\n", (*c)->name, (*c)->usage, (*c)->help);
        list_options(out, (*c)->name, (*c)->options);
    }
    for (const struct report_format *f = report_formats; f->name; f++)
        fprintf(out, "format\t%s\t%s\n", f->name, f->help);
    for (int i = 0; i < VERDICT_COUNT; i++) {
        const struct verdict_info *v = verdict_info((enum verdict_id)i);
        fprintf(out, "verdict\t%s\t%s\t%s\n", v->id, v->name, v->title);
    }
}

/* ---- the program ---- */

/* The options that stand in front of a command; argv[1] is one. */
static int global(int argc, char **argv)
{
    bool version = false, verbose = false;
    struct err e;
    for (int i = 1; i < argc; i++) {
        struct slice word = slice_of(argv[i]);
        if (slice_eq(word, SLICE("-h")) || slice_eq(word, SLICE("--help"))) {
            help_print();
            return 0;
        }
        if (slice_eq(word, SLICE("-V")) || slice_eq(word, SLICE("--version")))
            version = true;
        else if (slice_eq(word, SLICE("-v")) || slice_eq(word, SLICE("--verbose")))
            verbose = true;
        else {
            err_set(&e, ERR_USAGE, "\"%.64s\" can't stand here: options of a command follow its name (see: %s help)",
                argv[i], PACKAGE_NAME);
            return command_fail(&e);
        }
    }
    if (!version) {
        err_set(&e, ERR_USAGE, "a command is missing (see: %s help)", PACKAGE_NAME);
        return command_fail(&e);
    }
    version_print(stdout, verbose);
    return 0;
}

int command_main(int argc, char **argv)
{
    struct err e;
    if (argc < 2 || argv[1][0] == '-')
        return global(argc, argv);
    if (strcmp(argv[1], "__commands") == 0) {
        list_all(stdout);
        return 0;
    }
    const struct command *c = command_find(argv[1], &e);
    if (!c)
        return command_fail(&e);
    plugin = c->plugin;
    return within(c->run(argc - 1, argv + 1));
}
