/* SPDX-License-Identifier: BSD-2-Clause */
/* `watch`: follow live logs, keep what was found, tell people and systems. */
#include "agent/commands/watch.h"

#include "agent/commands/command.h"
#include "agent/commands/daemonize.h"
#include "agent/commands/pidfile.h"
#include "agent/commands/settings_table.h"

#include <signal.h>
#include <stdlib.h>

enum { OPTION_CONFIG };

static const struct command_option options[] = {
    { 'c', "config", "FILE", "read the settings from this file and its FILE.d (" SETTINGS_FILE ", if it is there)" },
    SETTINGS_OPTIONS{ 0, NULL, NULL, NULL },
};

extern const struct command watch_command;

/* A flag as it was given, for when the configuration is read again. */
struct flag {
    const char *name, *value;
};

struct request {
    const char *config;
    struct flag *flags;
    size_t n;
};

static int read_options(int argc, char **argv, struct request *r)
{
    const char *value;
    int at = 0, option, status = 0;
    r->flags = calloc((size_t)argc + 1, sizeof *r->flags);
    while (r->flags && (option = command_option(&watch_command, argc, argv, &at, &value, &status)) >= 0) {
        if (option == OPTION_CONFIG)
            r->config = value;
        else
            r->flags[r->n++] = (struct flag){ options[option].name, value };
    }
    if (!r->flags || option == -2)
        return status;
    if (at < argc) {
        struct err e;
        err_set(&e, ERR_USAGE,
            "watch takes no operand: \"%.200s\"; a log is named by --log (see: sftunnel-agent help watch)", argv[at]);
        return command_fail(&e);
    }
    return -1;
}

static enum err_code configure(const struct request *r, struct settings *s, struct rules **rules, struct err *e)
{
    struct settings_origins *origins = NULL;
    enum err_code code = settings_load(r->config, s, &origins, e);
    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < r->n && code == ERR_OK; i++)
        code = settings_flag(s, origins, r->flags[i].name, r->flags[i].value, e);
    if (code == ERR_OK && s->outputs.n == 0 && s->hook.n == 0 && !s->daemon) /* somebody looks at it */
        code = settings_flag(s, origins, "output", "ndjson=-", e);
    if (code == ERR_OK)
        code = settings_finish(s, origins, e);
    if (code == ERR_OK)
        code = rules_load(true, (const char *const *)s->packs.items, s->packs.n, rules, e);
    settings_origins_free(origins);
    if (code != ERR_OK)
        settings_clear(s);
    return code;
}

/* What is wrong with it is said, and the old one stays. */
static void configure_again(const struct request *r, struct settings *s, struct rules **rules)
{
    struct settings fresh = { 0 };
    struct rules *fresh_rules = NULL;
    struct err e;
    if (configure(r, &fresh, &fresh_rules, &e) != ERR_OK) {
        watch_log("err", "the configuration stays as it was: %s", e.text);
        return;
    }
    settings_clear(s);
    rules_free(*rules);
    *s = fresh;
    *rules = fresh_rules;
    watch_log("info", "the configuration was read again");
}

/* Everything between the configuration and the end, in the process that stays. */
static enum err_code serve(
    const struct request *r, struct settings *s, struct rules **rules, struct watch_service *v, struct err *e)
{
    struct pidfile *pid = NULL;
    bool again = false;
    enum err_code code = notify_open(true, &v->notify, e);
    if (code == ERR_OK && s->pid_file[0])
        code = pidfile_create(s->pid_file, &pid, e);
    while (code == ERR_OK) {
        code = watch_run(s, *rules, v, &again, e);
        if (code != ERR_OK || !again)
            break;
        (void)notify_reloading(v->notify);
        configure_again(r, s, rules);
    }
    if (code != ERR_OK && !v->ready && s->daemon)
        daemonize_failed(&v->background, e);
    pidfile_remove(pid);
    notify_close(v->notify);
    return code;
}

static int run(int argc, char **argv)
{
    struct request r = { 0 };
    struct settings s = { 0 };
    struct watch_service v = { .background = { .fd = -1 } };
    struct rules *rules = NULL;
    struct err e;
    int status = read_options(argc, argv, &r);
    if (status >= 0) {
        free(r.flags);
        return status;
    }
    signal(SIGPIPE, SIG_IGN);
    enum err_code code = configure(&r, &s, &rules, &e);
    if (code == ERR_OK && s.daemon)
        code = daemonize_begin(&v.background, &e);
    if (code == ERR_OK && !v.background.starter)
        code = serve(&r, &s, &rules, &v, &e);
    settings_clear(&s);
    rules_free(rules);
    free(r.flags);
    return code == ERR_OK ? 0 : command_fail(&e);
}

const struct command watch_command = {
    .name = "watch",
    .usage = "[-c FILE] [OPTION...]",
    .help = "follow live logs; tell of attempts, incidents and verdicts as they happen",
    .detail = "  sftunnel-agent watch --foreground --log /var/log/messages --state /var/lib/sftunnel-agent\n"
              "  sftunnel-agent watch -c /etc/sftunnel-agent/watch.yaml\n"
              "  sftunnel-agent watch --log /var/log/messages -o ndjson=/var/log/sftunnel.ndjson -o syslog\n",
    .options = options,
    .run = run,
};
