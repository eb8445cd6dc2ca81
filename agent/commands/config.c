/* SPDX-License-Identifier: BSD-2-Clause */
/* `config check` says whether a configuration would be taken, `config show` what is in force and where it is from. */
#include "agent/commands/command.h"
#include "agent/commands/settings.h"
#include "base/nearest.h"
#include "rules/rules.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

extern const struct command config_command;

enum option { OPTION_CONFIG, OPTION_ORIGIN };

static const struct command_option options[] = {
    [OPTION_CONFIG] = { 'c', "config", "FILE", "the configuration; without it " SETTINGS_FILE ", if that is there" },
    [OPTION_ORIGIN] = { 0, "origin", NULL, "show: with each setting, the file and line that it is from" },
    { 0, NULL, NULL, NULL },
};

/* What the configuration names must be there when the daemon starts. */
static enum err_code check_named(const struct settings *s, struct err *e)
{
    struct rules *rules = NULL;
    if (s->hook.n && access(s->hook.items[0], X_OK) != 0)
        return err_os(e, ERR_CONFIG, errno, "hook: %s can't be run", s->hook.items[0]);
    enum err_code rc = rules_load(true, (const char *const *)s->packs.items, s->packs.n, &rules, e);
    rules_free(rules);
    return rc;
}

static int check(const struct settings *s, const struct settings_origins *o, const char *file)
{
    struct err e;
    if (check_named(s, &e) != ERR_OK) {
        e.code = ERR_CONFIG;
        return command_fail(&e);
    }
    unsigned files = settings_origins_files(o);
    struct buf b = { 0 };
    buf_terminal(&b, slice_of(file ? file : SETTINGS_FILE));
    if (files == 0)
        printf("%s is not there: the defaults hold\n", b.p);
    else if (files == 1)
        printf("%s: no fault\n", b.p);
    else
        printf("%s and its folder, %u files: no fault\n", b.p, files);
    buf_clear(&b);
    return 0;
}

static int show(const struct settings *s, const struct settings_origins *o, bool with_origin)
{
    struct buf b = { 0 };
    settings_print(&b, s, o, with_origin);
    fputs(b.p, stdout);
    buf_clear(&b);
    return 0;
}

static enum err_code check_words(int count, char **words, struct err *e)
{
    static const char *const known[] = { "check", "show", NULL };
    char near[NEAREST_TEXT];
    if (count == 0)
        return err_set(e, ERR_USAGE, "config: check or show? (see: sftunnel-agent help config)");
    if (strcmp(words[0], "check") != 0 && strcmp(words[0], "show") != 0)
        return err_set(e, ERR_USAGE, "config: \"%.64s\" is neither check nor show%s", words[0],
            nearest_text(slice_of(words[0]), known, "", near));
    if (count > 1)
        return err_set(
            e, ERR_USAGE, "config %s: takes no \"%.256s\"; a configuration is named by -c FILE", words[0], words[1]);
    return ERR_OK;
}

static int run(int argc, char **argv)
{
    struct settings s;
    struct settings_origins *origins = NULL;
    struct err e = { 0 };
    const char *value = NULL, *file = NULL;
    bool with_origin = false;
    int at = 0, option, status = 0;
    while ((option = command_option(&config_command, argc, argv, &at, &value, &status)) >= 0) {
        if (option == OPTION_CONFIG)
            file = value;
        else
            with_origin = true;
    }
    if (option == -2)
        return status;
    if (check_words(argc - at, argv + at, &e) != ERR_OK || settings_load(file, &s, &origins, &e) != ERR_OK)
        return command_fail(&e);
    if (settings_finish(&s, origins, &e) != ERR_OK)
        status = command_fail(&e);
    else
        status = strcmp(argv[at], "check") == 0 ? check(&s, origins, file) : show(&s, origins, with_origin);
    settings_clear(&s);
    settings_origins_free(origins);
    return status;
}

const struct command config_command = {
    .name = "config",
    .usage = "check|show [OPTION...]",
    .help = "check the configuration of the daemon, or show what is in force",
    .detail = "  sftunnel-agent config check -c /etc/sftunnel-agent/watch.yaml   a fault, and where it is\n"
              "  sftunnel-agent config show --origin                             every setting, and where it is from\n"
              "\n"
              "What show prints can be read again. A configuration that is refused ends with exit code 78.\n",
    .options = options,
    .run = run,
};
