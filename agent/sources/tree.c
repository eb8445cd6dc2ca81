/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/tree.h"

#include "agent/sources/certfiles.h"
#include "agent/sources/names.h"
#include "agent/sources/problems.h"
#include "base/buf.h"
#include "base/caps.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folders above the one at hand: a folder that is mounted into itself must not be entered again. */
struct above {
    const struct above *up;
    dev_t dev;
    ino_t ino;
    unsigned depth;
};

struct walk {
    const char *root; /* as given */
    const struct origin *origin;
    struct casefile *c;
    struct tree *t;
    struct buf path; /* relative to the root, of what is at hand */
    size_t seen;
};

static char *full_path(const struct walk *w)
{
    struct buf full = { 0 };
    buf_printf(&full, "%s%s%s", w->root, w->path.n ? "/" : "", w->path.n ? w->path.p : "");
    return buf_take(&full);
}

static void problem(const struct walk *w, const char *text)
{
    char *full = full_path(w);
    casefile_problem(w->c, full, "%s", text);
    free(full);
}

static void passed_over(const struct walk *w, const char *what)
{
    char *full = full_path(w);
    problems_passed_over(w->c, w->root, full, what);
    free(full);
}

/* Where a certificate is expected. */
static void no_file(const struct walk *w, const char *what)
{
    char *full = full_path(w);
    certfiles_bad_path(w->c, full, DISK_NOT_A_FILE, what);
    free(full);
}

static void take(struct walk *w, const struct stat *st)
{
    struct tree *t = w->t;
    t->files = mem_grow(t->files, &t->capacity, t->count + 1, sizeof *t->files);
    t->files[t->count++] =
        (struct tree_file){ .path = mem_strndup(w->path.p, w->path.n), .size = (uint64_t)st->st_size };
}

static void enter(struct walk *w, int fd, const struct above *here);

static void folder(struct walk *w, int parent, const char *name, const struct stat *st, const struct above *up)
{
    struct err e;
    struct above here = { .up = up, .dev = st->st_dev, .ino = st->st_ino, .depth = up->depth + 1 };
    if (here.depth > CAP_TREE_DEPTH) {
        problem(w, "is too deep inside the folder: left out (cap tree-depth)");
        return;
    }
    for (const struct above *a = up; a; a = a->up) {
        if (a->dev == here.dev && a->ino == here.ino) {
            problem(w, "is a folder that contains itself: passed over");
            return;
        }
    }
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0) {
        enter(w, fd, &here);
        return;
    }
    err_os(&e, ERR_IO, errno, "can't be opened");
    problem(w, e.text);
}

static void entry(struct walk *w, int fd, const char *name, const struct above *here)
{
    struct stat st;
    struct err e;
    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        err_os(&e, ERR_IO, errno, "can't be read");
        problem(w, e.text);
    } else if (S_ISLNK(st.st_mode)) {
        passed_over(w, "a symbolic link");
    } else if (S_ISDIR(st.st_mode)) {
        no_file(w, "is a folder, not a file");
        if (!names_left_out(buf_as_slice(&w->path)))
            folder(w, fd, name, &st, here);
    } else if (S_ISREG(st.st_mode)) {
        take(w, &st);
    } else {
        no_file(w, "is a device, FIFO or socket, not a file");
        passed_over(w, "a device, FIFO or socket");
    }
}

/* Takes fd over. */
static void enter(struct walk *w, int fd, const struct above *here)
{
    DIR *d = fdopendir(fd);
    if (!d) {
        close(fd);
        return;
    }
    struct dirent *k;
    size_t length = w->path.n;
    while ((k = readdir(d)) && !origin_stopped(w->origin) && w->seen < CAP_ENTRIES) {
        if (strcmp(k->d_name, ".") == 0 || strcmp(k->d_name, "..") == 0)
            continue;
        w->seen++;
        if (length)
            buf_putc(&w->path, '/');
        buf_puts(&w->path, k->d_name);
        entry(w, fd, k->d_name, here);
        w->path.n = length;
        w->path.p[length] = '\0';
    }
    closedir(d);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct tree_file *)a)->path, ((const struct tree_file *)b)->path);
}

enum err_code tree_read(
    const char *path, const struct origin *origin, struct casefile *c, struct tree *out, struct err *e)
{
    struct stat st;
    *out = (struct tree){ 0 };
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int again = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (again < 0 || fstat(fd, &st) != 0) {
        int os = errno;
        if (fd >= 0)
            close(fd);
        if (again >= 0)
            close(again);
        return err_os(e, os == EACCES ? ERR_PERMISSION : ERR_NOINPUT, os, "can't be opened");
    }
    out->root = mem_zalloc(1, sizeof *out->root);
    out->root->fd = fd;
    atomic_init(&out->root->refs, 1);
    struct walk w = { .root = path, .origin = origin, .c = c, .t = out };
    struct above top = { .dev = st.st_dev, .ino = st.st_ino };
    enter(&w, again, &top);
    if (w.seen >= CAP_ENTRIES)
        casefile_problem(c, path, "holds more than %d entries: the rest is left out (cap entries)", CAP_ENTRIES);
    buf_clear(&w.path);
    if (out->count)
        qsort(out->files, out->count, sizeof *out->files, by_path);
    return ERR_OK;
}

void tree_clear(struct tree *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->files[i].path);
    free(t->files);
    tree_root_unref(t->root);
    *t = (struct tree){ 0 };
}
