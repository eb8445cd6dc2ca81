/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/notify.h"

#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct notify {
    int fd; /* -1: nobody listens */
    struct sockaddr_un to;
    socklen_t to_n;
    uint32_t watchdog_ms;
};

static enum err_code set_address(struct notify *n, const char *name, struct err *e)
{
    size_t len = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || len < 2)
        return err_set(e, ERR_CONFIG, "NOTIFY_SOCKET is \"%.100s\": neither a path nor @ and a name", name);
    if (len > sizeof n->to.sun_path - (name[0] == '/'))
        return err_set(e, ERR_CONFIG, "NOTIFY_SOCKET is longer than the system takes: \"%.100s...\"", name);
    n->to.sun_family = AF_UNIX;
    memcpy(n->to.sun_path, name, len);
    if (name[0] == '@')
        n->to.sun_path[0] = '\0'; /* an abstract name is its bytes, without one to end it */
    n->to_n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (name[0] == '/'));
    return ERR_OK;
}

/* A watchdog of microseconds up to a day; that of another process, which has started us, is not ours. */
static uint32_t find_watchdog(void)
{
    const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    char *end = NULL;
    if (!usec || usec[0] < '0' || usec[0] > '9')
        return 0;
    errno = 0;
    unsigned long long n = strtoull(usec, &end, 10), half = n / 2000;
    if (errno || *end || n == 0)
        return 0;
    if (pid && strtoll(pid, &end, 10) != getpid())
        return 0;
    return half > 86400000 ? 86400000 : half ? (uint32_t)half : 1;
}

enum err_code notify_open(bool unset, struct notify **out, struct err *e)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct notify *n = mem_zalloc(1, sizeof *n);
    struct timeval patience = { .tv_sec = 1 };
    enum err_code rc = ERR_OK;
    *out = n;
    n->fd = -1;
    if (name && name[0])
        rc = set_address(n, name, e);
    if (n->to_n) {
        n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (n->fd < 0)
            rc = err_os(e, ERR_IO, errno, "the service manager's socket");
        else
            (void)!setsockopt(n->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    }
    if (n->fd >= 0)
        n->watchdog_ms = find_watchdog();
    if (unset) {
        unsetenv("NOTIFY_SOCKET");
        unsetenv("WATCHDOG_USEC");
        unsetenv("WATCHDOG_PID");
    }
    return rc;
}

void notify_close(struct notify *n)
{
    if (!n)
        return;
    if (n->fd >= 0)
        close(n->fd);
    free(n);
}

bool notify_active(const struct notify *n)
{
    return n->fd >= 0;
}

uint32_t notify_watchdog_ms(const struct notify *n)
{
    return n->watchdog_ms;
}

/* flags: MSG_DONTWAIT for what comes again anyway. */
static bool send_text(const struct notify *n, const char *text, const char *status, int flags)
{
    struct buf b = { 0 };
    ssize_t sent = -1;
    if (n->fd < 0)
        return false;
    buf_puts(&b, text);
    if (status) {
        buf_puts(&b, b.n ? "\nSTATUS=" : "STATUS=");
        buf_terminal(&b, slice_of(status)); /* a line end would begin another assignment */
    }
    do
        sent = sendto(n->fd, b.p, b.n, MSG_NOSIGNAL | flags, (const struct sockaddr *)&n->to, n->to_n);
    while (sent < 0 && errno == EINTR);
    bool whole = sent >= 0 && (size_t)sent == b.n;
    buf_clear(&b);
    return whole;
}

bool notify_ready(const struct notify *n, const char *status)
{
    return send_text(n, "READY=1", status, 0);
}

bool notify_reloading(const struct notify *n)
{
    struct timespec now;
    char text[64];
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
        (long long)now.tv_sec * 1000000 + (long long)now.tv_nsec / 1000);
    return send_text(n, text, NULL, 0);
}

bool notify_stopping(const struct notify *n, const char *status)
{
    return send_text(n, "STOPPING=1", status, 0);
}

bool notify_status(const struct notify *n, const char *status)
{
    return send_text(n, "", status ? status : "", MSG_DONTWAIT);
}

bool notify_watchdog(const struct notify *n)
{
    return send_text(n, "WATCHDOG=1", NULL, MSG_DONTWAIT);
}
