/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/file.h"

#include "base/caps.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLL_MS 100 /* how soon a wish to stop is seen while nothing comes */

struct tree_root *tree_root_ref(struct tree_root *r)
{
    atomic_fetch_add(&r->refs, 1);
    return r;
}

void tree_root_unref(struct tree_root *r)
{
    if (!r || atomic_fetch_sub(&r->refs, 1) != 1)
        return;
    close(r->fd);
    free(r);
}

int file_openat(int dir, const char *path, int flags)
{
    int at = dir;
    for (;;) {
        const char *slash = strchr(path, '/');
        char name[256];
        size_t n = slash ? (size_t)(slash - path) : strlen(path);
        int next;
        if (n >= sizeof name) {
            next = -1;
            errno = ENAMETOOLONG;
        } else {
            memcpy(name, path, n);
            name[n] = '\0';
            next = openat(at, name, (slash ? O_RDONLY | O_DIRECTORY : flags) | O_NOFOLLOW | O_CLOEXEC);
        }
        int saved = errno;
        if (at != dir)
            close(at);
        errno = saved;
        if (next < 0 || !slash)
            return next;
        at = next;
        path = slash + 1;
    }
}

static enum err_code code_of(int os)
{
    return os == EACCES || os == EPERM ? ERR_PERMISSION : os == EIO ? ERR_IO : ERR_NOINPUT;
}

/* O_NONBLOCK: a FIFO without a writer must not hold us here; reading waits in poll(). */
static int open_path(struct tree_root *root, const char *path)
{
    int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
    return root ? file_openat(root->fd, path, flags) : open(path, flags | O_CLOEXEC);
}

static struct file *wrap(int fd, const struct stat *st, const struct origin *origin)
{
    struct file *f = mem_zalloc(1, sizeof *f);
    f->origin.stop = origin->stop;
    f->origin.done = origin->done;
    f->fd = fd;
    f->regular = S_ISREG(st->st_mode);
    f->device = S_ISCHR(st->st_mode) && !isatty(fd);
    f->size = f->regular ? (uint64_t)st->st_size : 0;
    f->origin.size = f->size;
    f->mtime = st->st_mtime;
    f->owner = (struct owner){ f->regular, st->st_mode & 07777, st->st_uid, st->st_gid };
    f->dev = st->st_dev;
    f->ino = st->st_ino;
    atomic_init(&f->refs, 1);
    pthread_mutex_init(&f->lock, NULL);
    return f;
}

static enum err_code open_file(
    struct tree_root *root, const char *path, const struct origin *origin, struct file **out, struct err *e)
{
    struct stat st;
    *out = NULL;
    int fd = open_path(root, path);
    if (fd < 0 && errno == ENXIO)
        return err_set(e, ERR_NOINPUT, "is a socket or a device without a driver: nothing to read");
    if (fd < 0)
        return err_os(e, code_of(errno), errno, "can't be opened");
    const char *what = NULL;
    if (fstat(fd, &st) != 0) {
        int os = errno;
        close(fd);
        return err_os(e, ERR_IO, os, "can't be read");
    }
    if (S_ISDIR(st.st_mode))
        what = "is a folder";
    else if (S_ISBLK(st.st_mode))
        what = "is a block device: no log";
    else if (root && !S_ISREG(st.st_mode))
        what = "is no longer a regular file";
    if (what) {
        close(fd);
        return err_set(e, ERR_NOINPUT, "%s", what);
    }
    *out = wrap(fd, &st, origin);
    (*out)->root = root ? tree_root_ref(root) : NULL;
    (*out)->path = mem_strdup(path);
    return ERR_OK;
}

enum err_code file_open(const char *path, const struct origin *origin, struct file **out, struct err *e)
{
    return open_file(NULL, path, origin, out, e);
}

enum err_code file_open_below(
    struct tree_root *root, const char *path, const struct origin *origin, struct file **out, struct err *e)
{
    return open_file(root, path, origin, out, e);
}

enum err_code file_from(int fd, const char *path, const struct origin *origin, struct file **out, struct err *e)
{
    struct stat st;
    *out = NULL;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return err_set(e, ERR_NOINPUT, "is no regular file");
    }
    *out = wrap(fd, &st, origin);
    (*out)->path = mem_strdup(path);
    return ERR_OK;
}

struct file *file_stdin(const struct origin *origin)
{
    struct stat st = { .st_mode = S_IFIFO }; /* read as it comes, whatever it is */
    struct stat real;
    if (fstat(STDIN_FILENO, &real) == 0 && S_ISCHR(real.st_mode))
        st.st_mode = S_IFCHR;
    struct file *f = wrap(STDIN_FILENO, &st, origin);
    f->path = mem_strdup("-");
    return f;
}

struct file *file_ref(struct file *f)
{
    atomic_fetch_add(&f->refs, 1);
    return f;
}

void file_unref(struct file *f)
{
    if (!f || atomic_fetch_sub(&f->refs, 1) != 1)
        return;
    if (f->fd > STDIN_FILENO || (f->fd == STDIN_FILENO && strcmp(f->path, "-") != 0))
        close(f->fd);
    tree_root_unref(f->root);
    pthread_mutex_destroy(&f->lock);
    free(f->path);
    free(f);
}

static void close_if_unread(struct file *f)
{
    if (f->resting && f->readers == 0 && f->fd >= 0) {
        close(f->fd);
        f->fd = -1;
    }
}

void file_rest(struct file *f)
{
    if (!f->regular)
        return;
    pthread_mutex_lock(&f->lock);
    f->resting = true;
    close_if_unread(f);
    pthread_mutex_unlock(&f->lock);
}

static enum err_code reopen(struct file *f, struct err *e)
{
    struct stat st;
    int fd = open_path(f->root, f->path);
    if (fd < 0)
        return err_os(e, code_of(errno), errno, "can't be opened again");
    if (fstat(fd, &st) != 0 || st.st_dev != f->dev || st.st_ino != f->ino) {
        close(fd);
        return err_set(e, ERR_IO, "was replaced by another file while the folder was read");
    }
    f->fd = fd;
    return ERR_OK;
}

/* ---- streams over a file ---- */

struct part {
    struct stream base;
    struct file *file;
    uint64_t at, to;
    uint64_t endless; /* live: bytes since the last sign that it will come to an end */
};

static enum err_code regular_read(struct stream *s, char *p, size_t n, size_t *got, struct err *e)
{
    struct part *r = (struct part *)s;
    if (origin_stopped(&r->file->origin))
        return err_set(e, ERR_INTERRUPTED, "interrupted");
    if (r->to != UINT64_MAX && n > r->to - r->at)
        n = (size_t)(r->to - r->at);
    if (n == 0)
        return ERR_OK;
    ssize_t k;
    do
        k = pread(r->file->fd, p, n, (off_t)r->at);
    while (k < 0 && errno == EINTR);
    if (k < 0)
        return err_os(e, ERR_IO, errno, "reading failed after %llu bytes", (unsigned long long)r->at);
    if (k == 0 && r->to != UINT64_MAX)
        return err_set(
            e, ERR_IO, "shrank while it was read: %llu bytes are missing", (unsigned long long)(r->to - r->at));
    r->at += (uint64_t)k;
    *got = (size_t)k;
    origin_in(&r->file->origin, *got);
    return ERR_OK;
}

static enum err_code regular_seek(struct stream *s, uint64_t to, struct err *e)
{
    struct part *r = (struct part *)s;
    if (to > INT64_MAX)
        return err_set(e, ERR_DATA, "an offset is beyond the end");
    r->at = to > r->to ? r->to : to;
    return ERR_OK;
}

/* A pipe ends some day if lines come out of it; a device that is no terminal (/dev/zero) never does. */
static enum err_code look_for_end(struct part *r, const char *p, size_t n, struct err *e)
{
    const char *newline = r->file->device || n == 0 ? NULL : memrchr(p, '\n', n);
    r->endless = newline ? (uint64_t)(p + n - newline) - 1 : r->endless + n;
    if (r->endless <= CAP_ENDLESS_BYTES)
        return ERR_OK;
    return err_set(e, ERR_LIMIT, "%s in %d bytes: not read any further (cap endless-bytes)",
        r->file->device ? "a device that did not come to an end" : "no end of a line", CAP_ENDLESS_BYTES);
}

static enum err_code live_read(struct stream *s, char *p, size_t n, size_t *got, struct err *e)
{
    struct part *r = (struct part *)s;
    struct pollfd fd = { .fd = r->file->fd, .events = POLLIN };
    for (;;) {
        if (origin_stopped(&r->file->origin))
            return err_set(e, ERR_INTERRUPTED, "interrupted");
        int ready = poll(&fd, 1, POLL_MS);
        if (ready < 0 && errno != EINTR)
            return err_os(e, ERR_IO, errno, "waiting for input failed");
        if (ready <= 0)
            continue;
        ssize_t k = read(fd.fd, p, n);
        if (k < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (k < 0)
            return err_os(e, ERR_IO, errno, "reading failed after %llu bytes", (unsigned long long)r->at);
        enum err_code code = look_for_end(r, p, (size_t)k, e);
        if (code != ERR_OK)
            return code;
        r->at += (uint64_t)k;
        *got = (size_t)k;
        origin_in(&r->file->origin, *got);
        return ERR_OK;
    }
}

/* The descriptor stays open until unuse(); it is opened again if the file rests. */
static enum err_code use(struct file *f, struct err *e)
{
    enum err_code code = ERR_OK;
    pthread_mutex_lock(&f->lock);
    if (f->fd < 0)
        code = reopen(f, e);
    if (code == ERR_OK)
        f->readers++;
    pthread_mutex_unlock(&f->lock);
    return code;
}

static void unuse(struct file *f)
{
    pthread_mutex_lock(&f->lock);
    f->readers--;
    close_if_unread(f);
    pthread_mutex_unlock(&f->lock);
}

static void part_close(struct stream *s)
{
    struct part *r = (struct part *)s;
    unuse(r->file);
    file_unref(r->file);
    free(r);
}

static const struct stream_ops regular_ops = { .read = regular_read, .seek = regular_seek, .close = part_close };
static const struct stream_ops live_ops = { .read = live_read, .close = part_close };

enum err_code file_stream(struct file *f, uint64_t from, uint64_t to, struct stream **out, struct err *e)
{
    enum err_code code = use(f, e);
    *out = NULL;
    if (code != ERR_OK)
        return code;
    struct part *r = mem_zalloc(1, sizeof *r);
    r->base.ops = f->regular ? &regular_ops : &live_ops;
    r->file = file_ref(f);
    r->at = from;
    r->to = to;
    *out = &r->base;
    return ERR_OK;
}
