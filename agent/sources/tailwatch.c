/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/tailwatch.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define FOLDER_EVENTS (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define FILES_MOST (CAP_TAIL_PINNED + 1) /* those that were opened last; the others grow while we read, if at all */

struct watched {
    dev_t dev;
    ino_t ino;
    int wd;
    bool wanted;
};

struct queue {
    int fd;
    uint32_t events;
    struct watched at[FILES_MOST];
    size_t n;
};

struct tailwatch {
    struct tailwatch_calls calls;
    struct queue folders, files;
    int trouble, told; /* errno */
    int files_were[FILES_MOST];
    size_t files_n;
    uint64_t looks; /* the tail's, when the watches were set; 0: they are to be set again */
    char text[160];
};

struct tailwatch *tailwatch_new(const struct tailwatch_calls *calls)
{
    static const struct tailwatch_calls kernel = { inotify_init1, inotify_add_watch };
    struct tailwatch *w = mem_zalloc(1, sizeof *w);
    w->calls = calls ? *calls : kernel;
    w->folders.events = FOLDER_EVENTS;
    w->files.events = IN_MODIFY;
    w->folders.fd = w->calls.init(IN_NONBLOCK | IN_CLOEXEC);
    w->files.fd = w->folders.fd < 0 ? -1 : w->calls.init(IN_NONBLOCK | IN_CLOEXEC);
    if (w->folders.fd < 0 || w->files.fd < 0)
        w->trouble = errno;
    return w;
}

void tailwatch_free(struct tailwatch *w)
{
    if (!w)
        return;
    if (w->folders.fd >= 0)
        close(w->folders.fd);
    if (w->files.fd >= 0)
        close(w->files.fd);
    free(w);
}

void tailwatch_fds(const struct tailwatch *w, int *folders, int *files)
{
    *folders = w->folders.fd;
    *files = w->files.fd;
}

static void gone(struct queue *q, int wd)
{
    for (size_t i = 0; i < q->n; i++)
        if (q->at[i].wd == wd)
            q->at[i--] = q->at[--q->n];
}

/* What they say is not asked, but for a watch that the kernel took away with its file. */
static bool drain(struct queue *q)
{
    union {
        struct inotify_event head;
        char room[16384];
    } block;
    bool some = false;
    for (;;) {
        ssize_t n = q->fd < 0 ? 0 : read(q->fd, block.room, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return some;
        some = true;
        for (ssize_t at = 0; at + (ssize_t)sizeof block.head <= n;) {
            struct inotify_event e;
            memcpy(&e, block.room + at, sizeof e);
            if (e.mask & IN_IGNORED)
                gone(q, e.wd);
            at += (ssize_t)(sizeof e + e.len);
        }
        if ((size_t)n < sizeof block / 2) /* that was all; should it not be, poll() says so */
            return true;
    }
}

bool tailwatch_drain(struct tailwatch *w)
{
    size_t n = w->folders.n + w->files.n;
    bool folders = drain(&w->folders), files = drain(&w->files);
    if (w->folders.n + w->files.n != n)
        w->looks = 0;
    return folders || files;
}

static bool watch(struct tailwatch *w, struct queue *q, const char *path, const struct stat *st)
{
    for (size_t i = 0; i < q->n; i++) {
        if (q->at[i].dev != st->st_dev || q->at[i].ino != st->st_ino)
            continue;
        q->at[i].wanted = true;
        return false;
    }
    if (q->n == FILES_MOST)
        return false;
    int wd = w->calls.add(q->fd, path, q->events);
    if (wd < 0) {
        w->looks = 0;
        if (errno != ENOENT && errno != ENOTDIR)
            w->trouble = errno;
        return false;
    }
    gone(q, wd); /* the same inode under another identity: the kernel keeps one watch */
    q->at[q->n++] = (struct watched){ st->st_dev, st->st_ino, wd, true };
    return true;
}

static void unwatch(struct queue *q)
{
    for (size_t i = q->n; i-- > 0;) {
        if (q->at[i].wanted)
            continue;
        inotify_rm_watch(q->fd, q->at[i].wd);
        q->at[i] = q->at[--q->n];
    }
}

bool tailwatch_follow(struct tailwatch *w, const struct tail *t)
{
    struct stat st;
    const char *folders[2];
    int files[FILES_MOST];
    bool fresh = false;
    size_t n = tail_files(t, files, FILES_MOST);
    if (w->looks == tail_looks(t) && n == w->files_n && memcmp(files, w->files_were, n * sizeof *files) == 0)
        return false;
    w->looks = tail_looks(t);
    w->files_n = n;
    memcpy(w->files_were, files, n * sizeof *files);
    for (size_t i = 0; i < w->folders.n; i++)
        w->folders.at[i].wanted = false;
    for (size_t i = 0; i < w->files.n; i++)
        w->files.at[i].wanted = false;
    size_t paths = w->folders.fd < 0 ? 0 : tail_folders(t, folders, 2);
    for (size_t i = 0; i < paths; i++)
        if (stat(folders[i], &st) == 0)
            fresh |= watch(w, &w->folders, folders[i], &st);
    for (size_t i = 0; i < n && w->files.fd >= 0; i++) {
        char path[40]; /* whatever it is called by now */
        snprintf(path, sizeof path, "/proc/self/fd/%d", files[i]);
        if (fstat(files[i], &st) == 0)
            fresh |= watch(w, &w->files, path, &st);
    }
    unwatch(&w->folders);
    unwatch(&w->files);
    return fresh;
}

const char *tailwatch_trouble(struct tailwatch *w)
{
    if (!w->trouble || w->trouble == w->told)
        return NULL;
    w->told = w->trouble;
    snprintf(w->text, sizeof w->text, "can't be watched, looked at every %d ms instead: %s", TAIL_POLL_MS,
        strerror(w->trouble));
    return w->text;
}
