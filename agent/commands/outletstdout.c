/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Standard output. It must not block us, and O_NONBLOCK belongs to what we share with the shell and everybody else who
 * has it; so a pipe or a terminal is opened once more, for ourselves.
 */
#include "agent/commands/outlet_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_again(void)
{
    struct stat st;
    if (fstat(STDOUT_FILENO, &st) != 0)
        return -1;
    if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)) {
        int fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        if (fd >= 0 || errno == ENXIO) /* ENXIO: nobody reads it */
            return fd;
    }
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (fd >= 0 && !S_ISREG(st.st_mode) && !S_ISSOCK(st.st_mode)) /* without /proc there is no other way */
        (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
}

/* EPIPE, ENXIO: the reader has gone; EIO: so has the terminal; EBADF: there never was one. */
static bool for_good(int os)
{
    return os == EPIPE || os == ENXIO || os == EIO || os == EBADF || os == ECONNRESET || os == ENOTCONN;
}

static enum outlet_result stdout_send(struct outlet *o, struct err *e)
{
    if (o->fd < 0)
        outlet_adopt(o, open_again());
    int os = o->fd < 0 ? errno : outlet_push(o);
    if (os == 0)
        return OUTLET_SENT;
    if (os == EAGAIN)
        return outlet_until_writable(o);
    if (!for_good(os)) {
        (void)err_os(e, ERR_IO, os, "standard output");
        return outlet_later(o, OUTLET_RETRY_MS, e);
    }
    (void)err_os(e, ERR_IO, os, "standard output: nothing more is written to it");
    o->stopped = true;
    o->left_out++;
    outlet_close(o);
    return OUTLET_SENT;
}

const struct outlet_kind outlet_stdout = { .send = stdout_send };
