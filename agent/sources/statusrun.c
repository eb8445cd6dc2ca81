/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/statusrun.h"

#include "agent/sources/file.h"
#include "agent/sources/runcommand.h"
#include "agent/sources/status.h"
#include "base/caps.h"
#include "base/mem.h"

#include <stdlib.h>

#define ARGUMENTS_MOST 3

/* On an FTD they lie below /ngfw, and mostly under the other path as well. */
static const struct command {
    const char *paths[2];
    const char *argument;
    bool vital; /* without it there is nothing to go by */
} commands[] = {
    { { "/usr/local/sf/bin/sftunnel_status.pl", "/ngfw/usr/local/sf/bin/sftunnel_status.pl" }, NULL, true },
    { { "/usr/local/sf/bin/pmtool", "/ngfw/usr/local/sf/bin/pmtool" }, "status", false },
};

static struct statusrun_output *add(struct statusrun *s, const char *path)
{
    struct statusrun_output *o = &s->all[s->count++];
    *o = (struct statusrun_output){ .command = path };
    return o;
}

static void run_one(const struct statusrun_options *o, struct statusrun_output *x, const char *argument)
{
    const char *const argv[ARGUMENTS_MOST] = { x->command, argument, NULL };
    const struct runcommand r = {
        .argv = argv, .timeout_ms = o->timeout_ms, .most = CAP_COMMAND_BYTES, .stop = o->stop
    };
    struct runcommand_end end;
    struct err e = { 0 };
    if (runcommand_allowed(x->command, &e) != ERR_OK || runcommand(&r, &x->text, &end, &e) != ERR_OK) {
        x->problem = mem_strdup(e.text);
        return;
    }
    if (end.how == RUN_EXITED && end.number == 0)
        return;
    struct buf why = { 0 };
    runcommand_print(&why, &r, &end);
    x->problem = buf_take(&why);
    x->failed = end.how == RUN_EXITED;
    x->partial = true;
}

static const char *there(const struct command *c)
{
    struct err e;
    for (size_t i = 0; i < sizeof c->paths / sizeof *c->paths; i++)
        if (runcommand_allowed(c->paths[i], &e) != ERR_NOINPUT)
            return c->paths[i];
    return NULL;
}

void statusrun(const struct statusrun_options *o, struct statusrun *out)
{
    *out = (struct statusrun){ .count = 0 };
    if (o->command) {
        run_one(o, add(out, o->command), NULL);
        return;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands && !(o->stop && *o->stop); i++) {
        const struct command *c = &commands[i];
        const char *path = there(c);
        if (path)
            run_one(o, add(out, path), c->argument);
        else if (o->wanted && c->vital)
            add(out, c->paths[0])->problem = mem_strdup(
                "there is no such command here, so whether tunnels are up is not known; this is no FMC or FTD?");
    }
}

static void read_text(struct casefile *c, uint32_t source, struct slice text)
{
    struct facts f = { .c = c, .source = source };
    c->sources[source].n.bytes = text.n;
    status_read(&f, text);
}

void statusrun_take(const struct statusrun *s, struct casefile *c, uint32_t unit)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct statusrun_output *o = &s->all[i];
        struct buf path = { 0 };
        size_t before = c->status_count + c->host_count;
        buf_printf(&path, "output of %s", o->command);
        if (o->text.n) {
            uint32_t source = casefile_source(c, path.p, SOURCE_STATUS, unit);
            c->sources[source].partial = o->partial;
            read_text(c, source, buf_as_slice(&o->text));
        }
        bool good = o->failed && c->status_count + c->host_count > before;
        if (o->problem && !good)
            casefile_problem(c, o->command, "%s", o->problem);
        buf_clear(&path);
    }
}

void statusrun_clear(struct statusrun *s)
{
    for (size_t i = 0; i < s->count; i++) {
        buf_clear(&s->all[i].text);
        free(s->all[i].problem);
    }
    s->count = 0;
}

void statusrun_file(struct casefile *c, const char *path, uint32_t unit, const atomic_bool *stop)
{
    struct origin origin = { .stop = stop };
    struct file *f = NULL;
    struct stream *s = NULL;
    struct err e = { 0 };
    size_t got = 0;
    enum err_code code = ERR_OK;
    if (strcmp(path, "-") == 0)
        f = file_stdin(&origin);
    else
        code = file_open(path, &origin, &f, &e);
    if (code == ERR_OK)
        code = file_stream(f, 0, UINT64_MAX, &s, &e);
    char *text = mem_alloc(CAP_COMMAND_BYTES + 1);
    if (code == ERR_OK)
        code = stream_fill(s, text, CAP_COMMAND_BYTES + 1, &got, &e);
    bool over = got > CAP_COMMAND_BYTES;
    if (s) {
        uint32_t source = casefile_source(c, path, SOURCE_STATUS, unit);
        c->sources[source].partial = over || code != ERR_OK;
        read_text(c, source, (struct slice){ text, over ? CAP_COMMAND_BYTES : got });
        if (!status_looks((struct slice){ text, over ? CAP_COMMAND_BYTES : got }) && code == ERR_OK)
            casefile_problem(c, path, "is no output of sftunnel_status.pl or of its relatives");
    }
    if (code != ERR_OK && code != ERR_INTERRUPTED)
        casefile_problem(c, path, "%s", e.text);
    else if (over)
        casefile_problem(c, path, "only the first %d bytes are read (cap command-bytes)", CAP_COMMAND_BYTES);
    free(text);
    stream_close(s);
    file_unref(f);
}
