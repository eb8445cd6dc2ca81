/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which file is it, whatever it is called? The kernel's file handle (name_to_handle_at(2)) with the file system: it
 * holds a generation number, so a new file in an old inode is another file. Where there are no handles, device and
 * inode, which say little once the file was closed: then its content must be compared as well (tailprint.h).
 */
#ifndef AGENT_SOURCES_TAILID_H
#define AGENT_SOURCES_TAILID_H

#include "base/caps.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct tailid {
    uint64_t fs; /* statfs(2)'s f_fsid */
    uint64_t dev, ino;
    int32_t type;      /* of the handle */
    uint32_t handle_n; /* 0: this file system has none */
    unsigned char handle[CAP_TAIL_HANDLE_BYTES];
};

/* Of an open file. `handles` false: as if there were none. st is that file's. */
void tailid_of(int fd, bool handles, const struct stat *st, struct tailid *id);
/* Of a name in a folder, without opening it; a link is not followed. */
void tailid_at(int folder, const char *name, bool handles, const struct stat *st, struct tailid *id);

/* The same file; where !tailid_certain() it was the same inode, at least. Nothing is the same as an empty one. */
bool tailid_same(const struct tailid *a, const struct tailid *b);

static inline bool tailid_certain(const struct tailid *id)
{
    return id->handle_n != 0;
}

#endif
