/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/daemonize.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define UMASK 027

/* ---- the starter ---- */

/* One datagram is the daemon's word: its error, with ERR_OK when it works. */
static enum err_code wait_for_word(int fd, struct err *e)
{
    struct err word;
    ssize_t n;
    do
        n = recv(fd, &word, sizeof word, 0);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof word)
        return err_set(e, ERR_BUG, "the daemon ended before it was ready, and did not say why");
    *e = word;
    e->text[sizeof e->text - 1] = '\0';
    return e->code;
}

static enum err_code be_starter(struct daemonize *d, pid_t child, int fd, struct err *e)
{
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    d->starter = true;
    enum err_code rc = wait_for_word(fd, e);
    close(fd);
    return rc;
}

/* ---- the daemon ---- */

static bool say(struct daemonize *d, const struct err *word)
{
    ssize_t n;
    do
        n = send(d->fd, word, sizeof *word, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    close(d->fd);
    d->fd = -1;
    return n == (ssize_t)sizeof *word;
}

/* The first child: leads the new session, and goes, so that the second can't get a terminal any more. */
static void leave_terminal(struct daemonize *d)
{
    struct err e = { .code = ERR_OK };
    pid_t second = setsid() < 0 ? -1 : fork();
    if (second < 0) {
        err_os(&e, ERR_IO, errno, "can't go to the background");
        (void)say(d, &e);
    }
    if (second != 0)
        _exit(0);
}

static enum err_code to_null(int from, int to, struct err *e)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return err_os(e, ERR_IO, errno, "/dev/null");
    enum err_code rc = ERR_OK;
    for (int i = from; i <= to && rc == ERR_OK; i++)
        if (dup2(fd, i) < 0)
            rc = err_os(e, ERR_IO, errno, "/dev/null");
    if (fd > STDERR_FILENO)
        close(fd);
    return rc;
}

enum err_code daemonize_begin(struct daemonize *d, struct err *e)
{
    int pair[2];
    *d = (struct daemonize){ .fd = -1 };
    fflush(NULL); /* what waits in buffers would come twice */
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return err_os(e, ERR_IO, errno, "can't go to the background");
    pid_t first = fork();
    if (first < 0) {
        int os = errno;
        close(pair[0]);
        close(pair[1]);
        return err_os(e, ERR_IO, os, "can't go to the background");
    }
    if (first > 0) {
        close(pair[1]);
        return be_starter(d, first, pair[0], e);
    }
    close(pair[0]);
    d->fd = pair[1];
    leave_terminal(d);
    umask(UMASK);
    enum err_code rc = chdir("/") == 0 ? ERR_OK : err_os(e, ERR_IO, errno, "/");
    return rc == ERR_OK ? to_null(STDIN_FILENO, STDIN_FILENO, e) : rc;
}

enum err_code daemonize_ready(struct daemonize *d, struct err *e)
{
    struct err word = { .code = ERR_OK };
    fflush(NULL);
    enum err_code rc = to_null(STDOUT_FILENO, STDERR_FILENO, e);
    if (rc == ERR_OK && !say(d, &word))
        rc = err_set(e, ERR_INTERRUPTED, "who started the daemon did not wait for it");
    return rc;
}

void daemonize_failed(struct daemonize *d, const struct err *why)
{
    if (d->fd >= 0)
        (void)say(d, why);
}
