/* SPDX-License-Identifier: BSD-2-Clause */
/* What all outlets have in common: their options, what is rendered and left out, and waiting for a descriptor. */
#include "agent/commands/outlet_parts.h"

#include "agent/report/tellecs.h"
#include "agent/report/tellndjson.h"
#include "agent/report/tellsyslog.h"
#include "base/mem.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#define WRITABLE_MS 5000 /* `ready` comes first */

/* ---- options ---- */

enum err_code outlet_parse(const char *value, struct outlet_options *out, struct err *e)
{
    struct outletname name;
    enum err_code code = outletname_parse(value, &name, e);
    *out = (struct outlet_options){ .format = name.format, .target = name.target };
    if (code != ERR_OK)
        err_prefix(e, "an output");
    return code;
}

static char *const *copy_argv(char *const *argv)
{
    size_t n = 0;
    while (argv[n])
        n++;
    char **copy = mem_zalloc(n + 1, sizeof *copy);
    for (size_t i = 0; i < n; i++)
        copy[i] = mem_strdup(argv[i]);
    return copy;
}

static void free_argv(char *const *argv)
{
    for (size_t i = 0; argv && argv[i]; i++)
        free(argv[i]);
    free((void *)(uintptr_t)argv);
}

static void choose_kind(struct outlet *o, const char *value)
{
    static const struct outlet_kind *const kinds[] = { [OUTLETNAME_STANDARD] = &outlet_stdout,
        [OUTLETNAME_FILE] = &outlet_file,
        [OUTLETNAME_STREAM] = &outlet_stream,
        [OUTLETNAME_DATAGRAM] = &outlet_datagram };
    struct outletname name;
    struct err e;
    (void)!outletname_parse(value, &name, &e); /* outlet_parse() has taken it */
    o->o.target = mem_strdup(name.target);
    o->path = o->o.target + (name.path - name.target);
    o->kind = kinds[name.kind];
}

struct outlet *outlet_new(const struct outlet_options *options)
{
    struct outlet *o = mem_zalloc(1, sizeof *o);
    struct buf name = { 0 };
    signal(SIGPIPE, SIG_IGN);
    o->o = *options;
    o->fd = -1;
    if (o->o.format == OUTLET_HOOK) {
        o->o.target = NULL;
        o->o.argv = copy_argv(options->argv);
        o->kind = &outlet_hook;
        buf_printf(&name, "hook=%s", o->o.argv[0]);
    } else {
        o->o.argv = NULL;
        buf_printf(&name, "%s=%s", outletname_format(options->format), options->target);
        choose_kind(o, name.p);
    }
    o->name = buf_take(&name);
    return o;
}

void outlet_free(struct outlet *o)
{
    if (!o)
        return;
    if (o->kind->stop)
        o->kind->stop(o);
    outlet_close(o);
    buf_clear(&o->text);
    free((char *)(uintptr_t)o->o.target);
    free_argv(o->o.argv);
    free(o->name);
    free(o->said);
    free(o);
}

const char *outlet_name(const struct outlet *o)
{
    return o->name;
}

uint32_t outlet_wait_ms(const struct outlet *o)
{
    return o->wait_ms;
}

bool outlet_stopped(const struct outlet *o)
{
    return o->stopped;
}

uint64_t outlet_left_out(const struct outlet *o)
{
    return o->left_out;
}

void outlet_on_ready(struct outlet *o, void (*ready)(void *arg), void *arg)
{
    o->ready = ready;
    o->arg = arg;
}

void outlet_reopen(struct outlet *o)
{
    if (o->kind == &outlet_file && o->done == 0)
        outlet_close(o);
}

/* ---- sending ---- */

enum err_code outlet_last(struct outlet *o, uint64_t *number, bool *known, struct err *e)
{
    *known = false;
    *number = 0;
    return o->kind->last ? o->kind->last(o, number, known, e) : ERR_OK;
}

/* A key of ours is never found inside of a string: there its quotes would have a backslash before them. */
static bool wanted(const struct outlet *o, struct slice body)
{
    if (!o->o.alarms_only)
        return true;
    if (slice_starts(body, SLICE(TELLNDJSON_BEGINS "\"attempt\"")))
        return false;
    return !slice_starts(body, SLICE(TELLNDJSON_BEGINS "\"incident\"")) || !slice_contains(body, SLICE("\"alarm\":\""));
}

static enum err_code render_syslog(struct outlet *o, uint64_t number, struct slice body, struct err *e)
{
    char host[256] = "";
    struct tellsyslog_sender sender = { .hostname = host, .pid = (uint32_t)getpid() };
    (void)gethostname(host, sizeof host - 1);
    enum err_code code = tell_syslog(&o->text, number, body, &sender, e);
    buf_putc(&o->text, '\n');
    return code;
}

static enum err_code render(struct outlet *o, uint64_t number, struct slice body, struct err *e)
{
    enum err_code code = ERR_OK;
    buf_reset(&o->text);
    o->done = 0;
    switch (o->o.format) {
    case OUTLET_NDJSON:
    case OUTLET_HOOK: tell_numbered(&o->text, number, o->skipped, body); break;
    case OUTLET_ECS: code = tell_ecs(&o->text, number, body, e); break;
    case OUTLET_SYSLOG: code = render_syslog(o, number, body, e); break;
    }
    o->number = code == ERR_OK ? number : 0;
    if (o->kind == &outlet_datagram && o->text.n)
        o->text.n--; /* the newline */
    return code;
}

enum outlet_result outlet_send(struct outlet *o, uint64_t number, struct slice body, struct err *e)
{
    *e = (struct err){ ERR_OK };
    o->wait_ms = 0;
    if (o->stopped)
        o->left_out++;
    if (o->stopped || !wanted(o, body))
        return OUTLET_SENT;
    if (o->number != number && render(o, number, body, e) != ERR_OK) {
        o->left_out++; /* it will not get better */
        return OUTLET_SENT;
    }
    enum outlet_result result = o->kind->send(o, e);
    if (result == OUTLET_SENT) {
        o->number = 0;
        free(o->said);
        o->said = NULL;
    }
    return result;
}

enum outlet_result outlet_later(struct outlet *o, uint32_t wait_ms, struct err *e)
{
    o->wait_ms = wait_ms;
    if (o->said && strcmp(o->said, e->text) == 0) {
        *e = (struct err){ ERR_OK };
        return OUTLET_LATER;
    }
    free(o->said);
    o->said = mem_strdup(e->text);
    return OUTLET_LATER;
}

/* ---- descriptors ---- */

void outlet_adopt(struct outlet *o, int fd)
{
    struct stat st;
    outlet_close(o);
    o->fd = fd;
    bool known = fd >= 0 && fstat(fd, &st) == 0;
    o->regular = known && S_ISREG(st.st_mode);
    o->socket = known && S_ISSOCK(st.st_mode);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

void outlet_close(struct outlet *o)
{
    if (o->poll) {
        o->poll->data = NULL;
        uv_close((uv_handle_t *)o->poll, on_closed);
        o->poll = NULL;
    }
    if (o->fd >= 0)
        close(o->fd);
    o->fd = -1;
}

int outlet_push(struct outlet *o)
{
    while (o->done < o->text.n) {
        const char *p = o->text.p + o->done;
        size_t left = o->text.n - o->done;
        ssize_t n = o->socket ? send(o->fd, p, left, MSG_NOSIGNAL | MSG_DONTWAIT) : write(o->fd, p, left);
        if (n < 0 && errno != EINTR)
            return errno;
        o->done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* Also when it has an error or was hung up: the next write says which. */
static void on_writable(uv_poll_t *poll, int status, int events)
{
    struct outlet *o = poll->data;
    (void)status;
    (void)events;
    uv_poll_stop(poll);
    if (o && o->ready)
        o->ready(o->arg);
}

enum outlet_result outlet_until_writable(struct outlet *o)
{
    o->wait_ms = WRITABLE_MS;
    if (!o->poll) {
        uv_poll_t *poll = mem_zalloc(1, sizeof *poll);
        if (uv_poll_init(o->o.loop, poll, o->fd) != 0) { /* nothing that can be waited for */
            free(poll);
            o->wait_ms = OUTLET_RETRY_MS;
            return OUTLET_LATER;
        }
        poll->data = o;
        o->poll = poll;
    }
    if (uv_poll_start(o->poll, UV_WRITABLE, on_writable) != 0)
        o->wait_ms = OUTLET_RETRY_MS;
    return OUTLET_LATER;
}
