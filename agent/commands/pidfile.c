/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/pidfile.h"

#include "base/mem.h"
#include "base/slice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONTENT_MOST 32 /* bytes: a number, blanks */
#define TRIES 100       /* against one that is removed again and again while we open it */

struct pidfile {
    int fd;
    char *path;
};

static enum err_code refuse_holder(const char *path, pid_t pid, struct err *e)
{
    if (pid > 0)
        return err_set(e, ERR_CANTCREATE, "%s: already running, as process %ld", path, (long)pid);
    return err_set(e, ERR_CANTCREATE, "%s: already running, in another namespace", path);
}

/* The lock; or who has it. */
static enum err_code lock(int fd, const char *path, struct err *e)
{
    for (int i = 0; i < TRIES; i++) {
        struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        if (fcntl(fd, F_SETLK, &all) == 0)
            return ERR_OK;
        if (errno != EACCES && errno != EAGAIN)
            return err_os(e, ERR_CANTCREATE, errno, "%s: can't be locked", path);
        if (fcntl(fd, F_GETLK, &all) != 0)
            return err_os(e, ERR_CANTCREATE, errno, "%s: can't be locked", path);
        if (all.l_type != F_UNLCK) /* else he has just gone */
            return refuse_holder(path, all.l_pid, e);
    }
    return err_set(e, ERR_CANTCREATE, "%s: is locked by one after the other", path);
}

static enum err_code check_content(int fd, const char *path, const struct stat *st, struct err *e)
{
    char text[CONTENT_MOST];
    uint32_t number;
    if (!S_ISREG(st->st_mode))
        return err_set(e, ERR_CANTCREATE, "%s: is no regular file", path);
    ssize_t n = st->st_size > CONTENT_MOST ? -1 : pread(fd, text, sizeof text, 0);
    struct slice s = slice_trim((struct slice){ text, n < 0 ? 0 : (size_t)n });
    if (n < 0 || (n > 0 && s.n && !slice_u32(s, UINT32_MAX, &number)))
        return err_set(e, ERR_CANTCREATE, "%s: is no pid file: it holds something else than a number", path);
    return ERR_OK;
}

static enum err_code write_number(int fd, const char *path, struct err *e)
{
    char text[CONTENT_MOST];
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    /* whatever the umask; of a file that is another's that may fail, and then it is his to decide */
    (void)!fchmod(fd, 0644);
    errno = 0;
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n)
        return err_os(e, ERR_CANTCREATE, errno ? errno : EIO, "%s: can't be written", path);
    return ERR_OK;
}

/* Opened and locked; *again: it was removed in between, by the one who had the lock before. */
static enum err_code take(const char *path, int *fd, bool *again, struct err *e)
{
    struct stat ours, named;
    *again = false;
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0644);
    if (*fd < 0 && errno == ELOOP)
        return err_set(e, ERR_CANTCREATE, "%s: is a symbolic link", path);
    if (*fd < 0)
        return err_os(e, ERR_CANTCREATE, errno, "%s: can't be made", path);
    if (fstat(*fd, &ours) != 0)
        return err_os(e, ERR_CANTCREATE, errno, "%s", path);
    enum err_code rc = check_content(*fd, path, &ours, e);
    if (rc == ERR_OK)
        rc = lock(*fd, path, e);
    if (rc == ERR_OK)
        *again = stat(path, &named) != 0 || named.st_dev != ours.st_dev || named.st_ino != ours.st_ino;
    return rc;
}

enum err_code pidfile_create(const char *path, struct pidfile **out, struct err *e)
{
    enum err_code rc = ERR_OK;
    bool again = true;
    int fd = -1;
    *out = NULL;
    for (int i = 0; i < TRIES && again && rc == ERR_OK; i++) {
        if (fd >= 0)
            close(fd);
        rc = take(path, &fd, &again, e);
    }
    if (rc == ERR_OK && again)
        rc = err_set(e, ERR_CANTCREATE, "%s: is removed again and again", path);
    if (rc == ERR_OK)
        rc = write_number(fd, path, e);
    if (rc != ERR_OK) {
        if (fd >= 0)
            close(fd);
        return rc;
    }
    *out = mem_alloc(sizeof **out);
    **out = (struct pidfile){ fd, mem_strdup(path) };
    return ERR_OK;
}

void pidfile_remove(struct pidfile *p)
{
    struct stat ours, named;
    if (!p)
        return;
    if (fstat(p->fd, &ours) == 0 && lstat(p->path, &named) == 0 && named.st_dev == ours.st_dev &&
        named.st_ino == ours.st_ino)
        (void)!unlink(p->path);
    close(p->fd); /* and with it the lock */
    free(p->path);
    free(p);
}
