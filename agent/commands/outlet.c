/* SPDX-License-Identifier: BSD-2-Clause */
/* What all outlets have in common: their options, what is rendered and left out, and waiting for a descriptor. */
#include "agent/commands/outlet_parts.h"

#include "agent/report/tellndjson.h"
#include "base/mem.h"
#include "base/nearest.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#define WRITABLE_MS 5000 /* `ready` comes first */

static const char *const formats[] = { [OUTLET_NDJSON] = "ndjson", NULL };

/* ---- options ---- */

static bool format_parse(struct slice word, enum outlet_format *out)
{
    for (size_t i = 0; formats[i]; i++)
        if (slice_eq(word, slice_of(formats[i]))) {
            *out = (enum outlet_format)i;
            return true;
        }
    return false;
}

enum err_code outlet_parse(const char *value, struct outlet_options *out, struct err *e)
{
    char near[NEAREST_TEXT];
    struct slice target, format = slice_cut(slice_of(value), '=', &target);
    *out = (struct outlet_options){ 0 };
    if (!format_parse(format, &out->format))
        return err_set(e, ERR_USAGE, "unknown format \"%.*s\"%s", (int)(format.n < 64 ? format.n : 64), format.p,
            nearest_text(format, formats, "", near));
    if (!strchr(value, '='))
        out->target = "-";
    else if (target.n)
        out->target = target.p;
    else
        return err_set(e, ERR_USAGE, "\"%s\" names no target", value);
    return ERR_OK;
}

static void choose_kind(struct outlet *o)
{
    o->path = o->o.target;
    o->kind = strcmp(o->o.target, "-") == 0 ? &outlet_stdout : &outlet_file;
}

struct outlet *outlet_new(const struct outlet_options *options)
{
    struct outlet *o = mem_zalloc(1, sizeof *o);
    struct buf name = { 0 };
    signal(SIGPIPE, SIG_IGN);
    o->o = *options;
    o->fd = -1;
    o->o.target = mem_strdup(options->target);
    choose_kind(o);
    buf_printf(&name, "%s=%s", formats[o->o.format], o->o.target);
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

static void render(struct outlet *o, uint64_t number, struct slice body)
{
    buf_reset(&o->text);
    o->done = 0;
    o->number = number;
    tell_numbered(&o->text, number, 0, body);
}

enum outlet_result outlet_send(struct outlet *o, uint64_t number, struct slice body, struct err *e)
{
    *e = (struct err){ ERR_OK };
    o->wait_ms = 0;
    if (o->stopped)
        o->left_out++;
    if (o->stopped || !wanted(o, body))
        return OUTLET_SENT;
    if (o->number != number)
        render(o, number, body);
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
