/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kinds of outlets share. Only outlet*.c includes this. */
#ifndef AGENT_COMMANDS_OUTLET_PARTS_H
#define AGENT_COMMANDS_OUTLET_PARTS_H

#include "agent/commands/outlet.h"
#include "base/buf.h"

#define OUTLET_RETRY_MS 1000 /* a full disk, a folder that is missing, a process that can't be started */

struct uv_poll_s;
struct outlet_hook;

struct outlet_kind {
    enum err_code (*last)(struct outlet *o, uint64_t *number, bool *known, struct err *e); /* NULL: it can't tell */
    /* o->text, of which o->done bytes are gone already. */
    enum outlet_result (*send)(struct outlet *o, struct err *e);
    void (*stop)(struct outlet *o); /* NULL: what outlet_close() does is enough */
};

extern const struct outlet_kind outlet_file, outlet_stdout, outlet_stream, outlet_datagram, outlet_hook;

struct outlet {
    struct outlet_options o; /* target and argv are its own */
    const char *path;        /* in o.target, without "unix:" */
    const struct outlet_kind *kind;
    char *name;
    void (*ready)(void *arg);
    void *arg;
    uint32_t wait_ms;
    bool stopped;
    uint64_t left_out;
    char *said; /* the trouble that was told last, until an event was delivered */

    uint64_t number; /* the event in text; 0: none */
    struct buf text; /* as it is written */
    size_t done;

    uint32_t backoff_ms; /* sockets */
    bool too_big;        /* datagrams: was said */
    uint64_t skipped;    /* hook: since the call before */
    struct outlet_hook *hook;

    int fd;
    bool regular, socket;   /* fd */
    struct uv_poll_s *poll; /* fd, while it is waited for */
};

/* Opens o->fd anew: -1 is kept as it is. */
void outlet_adopt(struct outlet *o, int fd);
void outlet_close(struct outlet *o);
/* Writes what is left of the text; 0 when all of it is gone, else errno. */
int outlet_push(struct outlet *o);
/* LATER, when fd takes something again. */
enum outlet_result outlet_until_writable(struct outlet *o);
/* LATER, after that time, with what is in e if that is news. */
enum outlet_result outlet_later(struct outlet *o, uint32_t wait_ms, struct err *e);

#endif
