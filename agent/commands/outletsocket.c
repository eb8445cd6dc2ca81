/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UNIX sockets. A stream is connected to again, at growing intervals, and what was sent in part before it broke is sent
 * again whole. A datagram is addressed by path each time, so that a receiver may be replaced.
 */
#include "agent/commands/outlet_parts.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKOFF_FIRST_MS 250
#define BACKOFF_MOST_MS 30000
#define ROOM_MS 50 /* at most: a queue of datagrams can't be waited for without being connected to it */

static struct sockaddr_un address_of(const struct outlet *o)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    memcpy(a.sun_path, o->path, strnlen(o->path, sizeof a.sun_path - 1)); /* outlet_parse() has seen that it fits */
    return a;
}

static enum outlet_result back_off(struct outlet *o, int os, struct err *e)
{
    o->backoff_ms = o->backoff_ms ? 2 * o->backoff_ms : BACKOFF_FIRST_MS;
    if (o->backoff_ms > BACKOFF_MOST_MS)
        o->backoff_ms = BACKOFF_MOST_MS;
    (void)err_os(e, ERR_IO, os, "%s", o->path);
    return outlet_later(o, o->backoff_ms, e);
}

/* 0 or errno. That of a UNIX socket comes about at once or not at all. */
static int dial(struct outlet *o)
{
    struct sockaddr_un a = address_of(o);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    outlet_adopt(o, fd);
    if (connect(fd, (const struct sockaddr *)&a, sizeof a) == 0)
        return 0;
    int os = errno;
    outlet_close(o);
    return os;
}

static enum outlet_result stream_send(struct outlet *o, struct err *e)
{
    for (int fresh = o->fd < 0;; fresh = 1) {
        int os = o->fd < 0 ? dial(o) : 0;
        if (os)
            return back_off(o, os, e);
        os = outlet_push(o);
        if (os == EAGAIN)
            return outlet_until_writable(o);
        if (os == 0) {
            o->backoff_ms = 0;
            return OUTLET_SENT;
        }
        o->done = 0;
        outlet_close(o);
        if (fresh) /* an old connection may be stale: the reader was started anew */
            return back_off(o, os, e);
    }
}

static enum outlet_result datagram_send(struct outlet *o, struct err *e)
{
    struct sockaddr_un a = address_of(o);
    if (o->fd < 0)
        outlet_adopt(o, socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    ssize_t n;
    do
        n = sendto(o->fd, o->text.p, o->text.n, MSG_NOSIGNAL, (const struct sockaddr *)&a, sizeof a);
    while (n < 0 && errno == EINTR);
    if (n >= 0) {
        o->backoff_ms = 0;
        return OUTLET_SENT;
    }
    if (errno == EAGAIN || errno == ENOBUFS) {
        o->backoff_ms = o->backoff_ms ? 2 * o->backoff_ms : 1;
        if (o->backoff_ms > ROOM_MS)
            o->backoff_ms = ROOM_MS;
        o->wait_ms = o->backoff_ms;
        return OUTLET_LATER;
    }
    if (errno != EMSGSIZE)
        return back_off(o, errno, e);
    o->left_out++;
    if (!o->too_big)
        (void)err_os(e, ERR_LIMIT, EMSGSIZE, "%s: an event of %zu bytes is left out", o->path, o->text.n);
    o->too_big = true;
    return OUTLET_SENT;
}

const struct outlet_kind outlet_stream = { .send = stream_send };
const struct outlet_kind outlet_datagram = { .send = datagram_send };
