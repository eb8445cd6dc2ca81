/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/tailid.h"

#include <fcntl.h>
#include <string.h>
#include <sys/statfs.h>

static void set(int at, const char *name, bool handles, const struct stat *st, struct tailid *id)
{
    union {
        struct file_handle head;
        char room[sizeof(struct file_handle) + CAP_TAIL_HANDLE_BYTES];
    } h;
    int mount;
    struct statfs fs;
    memset(id, 0, sizeof *id);
    id->dev = st->st_dev;
    id->ino = st->st_ino;
    if (fstatfs(at, &fs) == 0)
        memcpy(&id->fs, &fs.f_fsid, sizeof id->fs < sizeof fs.f_fsid ? sizeof id->fs : sizeof fs.f_fsid);
    memset(&h, 0, sizeof h);
    h.head.handle_bytes = CAP_TAIL_HANDLE_BYTES;
    if (!handles || name_to_handle_at(at, name, &h.head, &mount, *name ? 0 : AT_EMPTY_PATH) != 0)
        return;
    id->type = h.head.handle_type;
    id->handle_n = h.head.handle_bytes;
    memcpy(id->handle, h.room + sizeof(struct file_handle), id->handle_n);
}

void tailid_of(int fd, bool handles, const struct stat *st, struct tailid *id)
{
    set(fd, "", handles, st, id);
}

void tailid_at(int folder, const char *name, bool handles, const struct stat *st, struct tailid *id)
{
    set(folder, name, handles, st, id);
}

bool tailid_same(const struct tailid *a, const struct tailid *b)
{
    if (a->handle_n || b->handle_n)
        return a->fs == b->fs && a->type == b->type && a->handle_n == b->handle_n &&
               memcmp(a->handle, b->handle, a->handle_n) == 0;
    return a->ino && a->dev == b->dev && a->ino == b->ino;
}
