/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file that is appended to. It is only ever left with whole lines: what a full disk has cut off is taken back at
 * once, what a crash has cut off when the file is opened next. Then the last line says how far we came.
 */
#include "agent/commands/outlet_parts.h"

#include "agent/commands/outletline.h"
#include "base/caps.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE 0640

/* ---- the end of a file ---- */

/* Its last CAP_OUTLET_TAIL_BYTES; tail->p is freed by the caller. `at`: where they begin. */
static int read_tail(int fd, struct buf *tail, off_t *at)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return errno;
    *at = st.st_size > CAP_OUTLET_TAIL_BYTES ? st.st_size - CAP_OUTLET_TAIL_BYTES : 0;
    size_t want = (size_t)(st.st_size - *at);
    char *p = want ? buf_more(tail, want) : NULL;
    for (size_t n = 0; n < want;) {
        ssize_t got = pread(fd, p + n, want - n, *at + (off_t)n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0) { /* it has become shorter */
            tail->n = n;
            break;
        }
        n += (size_t)got;
    }
    return 0;
}

/* Half a line of ours is cut off. What somebody else has left there is his: it only gets an end. */
static int mend(const struct outlet *o, const struct buf *tail, off_t at)
{
    if (tail->n == 0 || tail->p[tail->n - 1] == '\n')
        return 0;
    const char *newline = memrchr(tail->p, '\n', tail->n);
    size_t begin = newline ? (size_t)(newline + 1 - tail->p) : 0;
    if ((newline || at == 0) && outletline_is_ours(o->o.format, slice_from(buf_as_slice(tail), begin)))
        return ftruncate(o->fd, at + (off_t)begin) == 0 ? 0 : errno;
    return write(o->fd, "\n", 1) == 1 ? 0 : errno;
}

static enum err_code open_file(struct outlet *o, struct buf *tail, struct err *e)
{
    int fd = open(o->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, MODE);
    if (fd < 0 && errno == EACCES) /* a device or a pipe that may only be written to */
        fd = open(o->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return err_os(e, errno == EACCES || errno == EPERM ? ERR_PERMISSION : ERR_CANTCREATE, errno, "%s", o->path);
    off_t at = 0;
    outlet_adopt(o, fd);
    int os = o->regular ? read_tail(fd, tail, &at) : 0;
    if (os == 0)
        os = mend(o, tail, at);
    if (os == 0)
        return ERR_OK;
    outlet_close(o);
    return err_os(e, ERR_IO, os, "%s", o->path);
}

/* ---- how far we came ---- */

static bool is_packed(struct slice name)
{
    return slice_ends(name, SLICE(".gz")) || slice_ends(name, SLICE(".xz")) || slice_ends(name, SLICE(".bz2")) ||
           slice_ends(name, SLICE(".zst"));
}

/* The sibling FILE.something or FILE-something that was written to last; -1: none. */
static int open_rotated(const char *path)
{
    char *for_folder = mem_strdup(path), *for_name = mem_strdup(path);
    struct slice name = slice_of(basename(for_name));
    struct timespec newest = { 0 };
    int found = -1;
    DIR *folder = opendir(dirname(for_folder));
    for (const struct dirent *d; folder && (d = readdir(folder));) {
        struct slice other = slice_of(d->d_name);
        struct stat st;
        if (!slice_starts(other, name) || other.n == name.n || !strchr(".-", other.p[name.n]) || is_packed(other))
            continue;
        int fd = openat(dirfd(folder), d->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
        bool later = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
                     (st.st_mtim.tv_sec > newest.tv_sec ||
                         (st.st_mtim.tv_sec == newest.tv_sec && st.st_mtim.tv_nsec > newest.tv_nsec));
        if (later) {
            newest = st.st_mtim;
            int before = found;
            found = fd;
            fd = before;
        }
        if (fd >= 0)
            close(fd);
    }
    if (folder)
        closedir(folder);
    free(for_folder);
    free(for_name);
    return found;
}

static bool last_of_rotated(const struct outlet *o, uint64_t *number)
{
    struct buf tail = { 0 };
    off_t at;
    int fd = open_rotated(o->path);
    bool known = fd >= 0 && read_tail(fd, &tail, &at) == 0 && outletline_last(o->o.format, buf_as_slice(&tail), number);
    if (fd >= 0)
        close(fd);
    buf_clear(&tail);
    return known;
}

static enum err_code file_last(struct outlet *o, uint64_t *number, bool *known, struct err *e)
{
    struct buf tail = { 0 };
    enum err_code code = open_file(o, &tail, e);
    if (code == ERR_OK && o->regular)
        *known = outletline_last(o->o.format, buf_as_slice(&tail), number) || last_of_rotated(o, number);
    buf_clear(&tail);
    return code;
}

/* ---- writing ---- */

static bool was_moved(const struct outlet *o)
{
    struct stat mine, named;
    if (stat(o->path, &named) != 0)
        return errno == ENOENT || errno == ENOTDIR;
    return fstat(o->fd, &mine) != 0 || mine.st_dev != named.st_dev || mine.st_ino != named.st_ino;
}

/* Takes back what there was room for. Where even that fails the file is opened anew, which mends it. */
static void take_back(struct outlet *o, off_t before)
{
    struct stat st;
    if (fstat(o->fd, &st) != 0 || (st.st_size > before && ftruncate(o->fd, before) != 0))
        outlet_close(o);
    o->done = 0;
}

static enum outlet_result file_send(struct outlet *o, struct err *e)
{
    struct stat st = { 0 };
    struct buf tail = { 0 };
    if (o->fd >= 0 && o->done == 0 && was_moved(o))
        outlet_close(o);
    enum err_code code = o->fd < 0 ? open_file(o, &tail, e) : ERR_OK;
    buf_clear(&tail);
    if (code != ERR_OK)
        return outlet_later(o, OUTLET_RETRY_MS, e);
    int os = fstat(o->fd, &st) == 0 ? outlet_push(o) : errno;
    if (os == 0)
        return OUTLET_SENT;
    if (os == EAGAIN)
        return outlet_until_writable(o);
    (void)err_os(e, ERR_IO, os, "%s", o->path);
    if (o->regular)
        take_back(o, st.st_size);
    else
        outlet_close(o);
    return outlet_later(o, OUTLET_RETRY_MS, e);
}

const struct outlet_kind outlet_file = { .last = file_last, .send = file_send };
