/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/metricssocket.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

static const char unix_prefix[] = "unix:";

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
    } to;
    socklen_t n;
};

/* ---- the words ---- */

static enum err_code unix_parse(const char *path, struct address *out, struct err *e)
{
    size_t n = strlen(path);
    if (path[0] != '/')
        return err_set(e, ERR_USAGE, "metrics: \"unix:%.200s\": an absolute path is wanted: unix:/run/NAME", path);
    if (n >= sizeof out->to.un.sun_path)
        return err_set(e, ERR_USAGE, "metrics: \"unix:%.200s\": the path of a socket has at most %zu bytes", path,
            sizeof out->to.un.sun_path - 1);
    out->to.un.sun_family = AF_UNIX;
    memcpy(out->to.un.sun_path, path, n + 1);
    out->n = sizeof out->to.un;
    return ERR_OK;
}

static bool port_parse(const char *text, in_port_t *out)
{
    unsigned port = 0;
    if (!text[0])
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        port = port * 10 + (unsigned)(*text - '0');
        if (port > 65535)
            return false;
    }
    *out = htons((in_port_t)port);
    return true;
}

static enum err_code host_parse(const char *host, in_port_t port, struct address *out, struct err *e)
{
    bool loopback;
    if (inet_pton(AF_INET, host, &out->to.in.sin_addr) == 1) {
        out->to.in.sin_family = AF_INET;
        out->to.in.sin_port = port;
        out->n = sizeof out->to.in;
        loopback = ntohl(out->to.in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    } else if (inet_pton(AF_INET6, host, &out->to.in6.sin6_addr) == 1) {
        out->to.in6.sin6_family = AF_INET6;
        out->to.in6.sin6_port = port;
        out->n = sizeof out->to.in6;
        loopback = IN6_IS_ADDR_LOOPBACK(&out->to.in6.sin6_addr);
    } else {
        return err_set(
            e, ERR_USAGE, "metrics: \"%.200s\" is no address; 127.0.0.1:PORT, [::1]:PORT or unix:PATH is wanted", host);
    }
    if (!loopback)
        return err_set(e, ERR_USAGE,
            "metrics: %s can be reached from other hosts, and there is no TLS and no password; take 127.0.0.1, [::1] "
            "or "
            "unix:PATH",
            host);
    return ERR_OK;
}

static enum err_code parse(const char *listen, struct address *out, struct err *e)
{
    char host[INET6_ADDRSTRLEN + 1];
    memset(out, 0, sizeof *out);
    if (strncmp(listen, unix_prefix, sizeof unix_prefix - 1) == 0)
        return unix_parse(listen + sizeof unix_prefix - 1, out, e);
    const char *colon = strrchr(listen, ':'), *from = listen, *to = colon;
    in_port_t port = 0;
    bool bracket = listen[0] == '[';
    if (bracket && colon && colon > listen + 1 && colon[-1] == ']') {
        from++;
        to--;
    } else if (bracket || (colon && memchr(listen, ':', (size_t)(colon - listen)))) {
        colon = NULL;
    }
    if (!colon || (size_t)(to - from) >= sizeof host || !port_parse(colon + 1, &port))
        return err_set(e, ERR_USAGE,
            "metrics: \"%.200s\": 127.0.0.1:PORT, [::1]:PORT or unix:PATH is wanted, PORT up to 65535", listen);
    memcpy(host, from, (size_t)(to - from));
    host[to - from] = '\0';
    if (bracket && !strchr(host, ':'))
        return err_set(e, ERR_USAGE, "metrics: \"%.200s\": brackets are for IPv6", listen);
    return host_parse(host, port, out, e);
}

enum err_code metricssocket_check(const char *listen, struct err *e)
{
    struct address a;
    return parse(listen, &a, e);
}

/* ---- the world ---- */

/* What is at the path: nothing, or a socket that nobody listens to, which goes. */
static enum err_code make_room(const struct address *a, struct err *e)
{
    const char *path = a->to.un.sun_path;
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? ERR_OK : err_os(e, ERR_CANTCREATE, errno, "metrics: %s", path);
    if (!S_ISSOCK(st.st_mode))
        return err_set(e, ERR_CANTCREATE, "metrics: %s is there, and is no socket: it is left alone", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_os(e, ERR_IO, errno, "metrics: no socket");
    int os = connect(fd, &a->to.any, a->n) == 0 ? 0 : errno;
    close(fd);
    if (os != ECONNREFUSED)
        return err_os(e, ERR_CANTCREATE, os ? os : EADDRINUSE, "metrics: %s is another's socket", path);
    if (unlink(path) != 0)
        return err_os(e, ERR_CANTCREATE, errno, "metrics: %s, a socket that nobody listens to, can't be removed", path);
    return ERR_OK;
}

/* Before bind() a socket's own mode bounds that of its path: at no time may others connect. */
static int bind_unix(const struct address *a, struct metricssocket *s)
{
    struct stat st;
    if (fchmod(s->fd, METRICSSOCKET_MODE) != 0 || bind(s->fd, &a->to.any, a->n) != 0)
        return errno;
    s->path = mem_strdup(a->to.un.sun_path);
    if (chmod(s->path, METRICSSOCKET_MODE) != 0 || lstat(s->path, &st) != 0)
        return errno;
    s->dev = st.st_dev;
    s->ino = st.st_ino;
    return 0;
}

static int bind_to(const struct address *a, struct metricssocket *s)
{
    const int on = 1;
    int os = 0;
    if (a->to.any.sa_family == AF_UNIX)
        os = bind_unix(a, s);
    else if (setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 || bind(s->fd, &a->to.any, a->n) != 0)
        os = errno;
    if (!os && listen(s->fd, BACKLOG) != 0)
        os = errno;
    return os;
}

enum err_code metricssocket_open(const char *listen, struct metricssocket *out, struct err *e)
{
    struct address a;
    *out = (struct metricssocket){ .fd = -1 };
    enum err_code code = parse(listen, &a, e);
    if (code == ERR_OK && a.to.any.sa_family == AF_UNIX)
        code = make_room(&a, e);
    if (code != ERR_OK)
        return code;
    out->fd = socket(a.to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int os = out->fd < 0 ? errno : bind_to(&a, out);
    if (!os)
        return ERR_OK;
    metricssocket_close(out);
    return err_os(e, ERR_CANTCREATE, os, "metrics: %s can't be listened to", listen);
}

void metricssocket_print(struct buf *b, const struct metricssocket *s)
{
    struct address a = { .n = sizeof a.to };
    char text[INET6_ADDRSTRLEN] = "";
    if (s->path) {
        buf_printf(b, "%s%s", unix_prefix, s->path);
        return;
    }
    if (getsockname(s->fd, &a.to.any, &a.n) != 0)
        return;
    if (a.to.any.sa_family == AF_INET)
        buf_printf(b, "%s:%u", inet_ntop(AF_INET, &a.to.in.sin_addr, text, sizeof text), ntohs(a.to.in.sin_port));
    else
        buf_printf(
            b, "[%s]:%u", inet_ntop(AF_INET6, &a.to.in6.sin6_addr, text, sizeof text), ntohs(a.to.in6.sin6_port));
}

void metricssocket_close(struct metricssocket *s)
{
    struct stat st;
    if (s->path && lstat(s->path, &st) == 0 && S_ISSOCK(st.st_mode) && st.st_dev == s->dev && st.st_ino == s->ino)
        unlink(s->path);
    free(s->path);
    if (s->fd >= 0)
        close(s->fd);
    *s = (struct metricssocket){ .fd = -1 };
}
