/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/store/place.h"

#include "agent/store/store.h"
#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_NAME "state.lock"
#define DAMAGED "damaged\n"
#define BEGUN "begun\n" /* behind the pid: there was a state, so an empty file is none that was only just made */

/* A POSIX lock is the process's: it does not keep a process from itself. */
static struct place *locked_here;

static char *below(const char *folder, const char *name)
{
    struct buf b = { 0 };
    buf_printf(&b, "%s/%s", folder, name);
    return buf_take(&b);
}

void place_init(struct place *p, const char *folder)
{
    *p = (struct place){ .folder = mem_strdup(folder), .file = below(folder, STORE_FILE), .lock_fd = -1 };
}

void place_clear(struct place *p)
{
    place_unlock(p);
    free(p->folder);
    free(p->file);
    *p = (struct place){ .lock_fd = -1 };
}

/* ---- the folder ---- */

static void sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

void place_sync(const struct place *p)
{
    sync_folder(p->folder);
}

static enum err_code make_folder(const char *path, struct err *e)
{
    if (mkdir(path, 0700) == 0) {
        char *parent = below(path, "..");
        sync_folder(parent);
        free(parent);
        return ERR_OK;
    }
    switch (errno) {
    case EEXIST: return ERR_OK;
    case ENOENT: return err_os(e, ERR_NOINPUT, errno, "%s can't be made: make the folder that it is to be in", path);
    case EACCES:
    case EPERM:
    case EROFS:
        return err_os(e, ERR_PERMISSION, errno, "%s can't be made: make it for the user that this runs as", path);
    default: return err_os(e, ERR_IO, errno, "%s can't be made", path);
    }
}

enum err_code place_folder(const struct place *p, bool make, struct err *e)
{
    enum err_code rc = make ? make_folder(p->folder, e) : ERR_OK;
    struct stat st;
    if (rc != ERR_OK)
        return rc;
    if (stat(p->folder, &st) != 0)
        return err_os(e, errno == EACCES ? ERR_PERMISSION : ERR_NOINPUT, errno, "%s", p->folder);
    if (!S_ISDIR(st.st_mode))
        return err_set(e, ERR_DATA, "%s is no folder: name one for the state", p->folder);
    if (geteuid() != 0 && st.st_uid != geteuid() && st.st_uid != 0)
        return err_set(e, ERR_PERMISSION, "%s belongs to user %u, who could change the state: name another folder",
            p->folder, (unsigned)st.st_uid);
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return err_set(e, ERR_PERMISSION,
            "%s: others may write to this folder and could change the state: chmod go-w it, or name another",
            p->folder);
    return ERR_OK;
}

/* ---- the lock ---- */

static enum err_code taken(const struct place *p, pid_t pid, struct err *e)
{
    return err_set(e, ERR_LIMIT,
        "%s is in use by process %ld, and one state has one writer: stop that one, or name another folder", p->folder,
        (long)pid);
}

static enum err_code not_for_this_process(struct place *p, struct err *e)
{
    struct stat st;
    if (stat(p->folder, &st) != 0)
        return err_os(e, ERR_IO, errno, "%s", p->folder);
    p->device = (unsigned long long)st.st_dev;
    p->inode = (unsigned long long)st.st_ino;
    for (const struct place *o = locked_here; o; o = o->next) {
        if (o->device == p->device && o->inode == p->inode)
            return taken(p, getpid(), e);
    }
    return ERR_OK;
}

/* What the one before has left; when it is in another pid namespace, its pid is only there. */
static long read_note(struct place *p)
{
    char text[32] = "";
    ssize_t n = pread(p->lock_fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    const char *behind = strchr(text, '\n');
    /* what is behind these was there before, when it was killed before it could cut that off */
    p->was_damaged = strncmp(text, DAMAGED, strlen(DAMAGED)) == 0;
    p->begun = p->was_damaged || (behind && strncmp(behind + 1, BEGUN, strlen(BEGUN)) == 0);
    return strtol(text, NULL, 10);
}

static void write_note(const struct place *p, const char *text)
{
    size_t n = strlen(text);
    /* a pid that can't be written is missing in a message, no more */
    if (pwrite(p->lock_fd, text, n, 0) == (ssize_t)n)
        (void)!ftruncate(p->lock_fd, (off_t)n);
}

static void write_pid(const struct place *p)
{
    char text[32];
    snprintf(text, sizeof text, "%ld\n%s", (long)getpid(), p->begun ? BEGUN : "");
    write_note(p, text);
}

void place_begun(struct place *p, bool begun)
{
    p->begun = begun;
    p->was_damaged = false;
    write_pid(p);
}

enum err_code place_lock(struct place *p, struct err *e)
{
    struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    enum err_code rc = not_for_this_process(p, e);
    if (rc != ERR_OK)
        return rc;
    char *path = below(p->folder, LOCK_NAME);
    p->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (p->lock_fd < 0)
        rc = err_os(e, errno == EACCES || errno == EROFS ? ERR_PERMISSION : ERR_IO, errno,
            "%s can't be opened for writing: " PLACE_NEXT, path);
    free(path);
    if (rc != ERR_OK)
        return rc;
    long noted = read_note(p);
    if (fcntl(p->lock_fd, F_SETLK, &all) != 0) {
        int os = errno;
        struct flock other = all;
        bool known = fcntl(p->lock_fd, F_GETLK, &other) == 0 && other.l_type != F_UNLCK && other.l_pid > 0;
        close(p->lock_fd);
        p->lock_fd = -1;
        if (os != EACCES && os != EAGAIN)
            return err_os(e, ERR_IO, os, "%s can't be locked: name a folder of a local file system", p->folder);
        return taken(p, known ? other.l_pid : (pid_t)noted, e);
    }
    (void)read_note(p); /* again: now nobody writes it */
    if (!p->was_damaged)
        write_pid(p);
    p->next = locked_here;
    locked_here = p;
    p->registered = true;
    return ERR_OK;
}

enum err_code store_owner(const char *folder, long *pid, struct err *e)
{
    struct place p = { .lock_fd = -1 };
    struct flock other = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    enum err_code rc = ERR_OK;
    char *path = below(folder, LOCK_NAME);
    *pid = 0;
    p.lock_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (p.lock_fd < 0 && errno != ENOENT)
        rc = err_os(e, errno == EACCES ? ERR_PERMISSION : ERR_IO, errno, "%s", path);
    if (p.lock_fd >= 0) {
        long noted = read_note(&p);
        if (fcntl(p.lock_fd, F_GETLK, &other) != 0)
            rc = err_os(e, ERR_IO, errno, "%s", path);
        else if (other.l_type != F_UNLCK)
            *pid = other.l_pid > 0 ? other.l_pid : noted;
        close(p.lock_fd);
    }
    free(path);
    return rc;
}

void place_unlock(struct place *p)
{
    for (struct place **o = &locked_here; p->registered && *o; o = &(*o)->next) {
        if (*o == p) {
            *o = p->next;
            break;
        }
    }
    p->registered = false;
    if (p->lock_fd >= 0)
        close(p->lock_fd);
    p->lock_fd = -1;
}

void place_damaged(struct place *p)
{
    if (p->lock_fd < 0 || p->was_damaged)
        return;
    p->was_damaged = true;
    write_note(p, DAMAGED);
    (void)fsync(p->lock_fd);
}
