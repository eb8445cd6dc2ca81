/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A layer between SQLite and its files that writes down all that is done to them, and that can run out of room. It is
 * the default one from vfs_register() on.
 */
#ifndef TESTS_UNIT_STORE_VFS_H
#define TESTS_UNIT_STORE_VFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vfs_file { VFS_DB, VFS_WAL, VFS_JOURNAL, VFS_FILES };
enum vfs_what { VFS_WRITE, VFS_TRUNCATE, VFS_SYNC, VFS_DELETE, VFS_DELETE_SYNCED };

struct vfs_op {
    enum vfs_what what;
    enum vfs_file file;
    int64_t offset; /* of a write; the new size */
    size_t n;
    char *bytes;
};

extern struct vfs_op *vfs_log; /* of what was done since vfs_record(true) */
extern size_t vfs_log_n;

/* Writes into the journal's shared memory are no part of this: it is made anew by whoever opens a file alone. */
void vfs_register(void);
void vfs_record(bool on); /* begins anew */
void vfs_clear(void);

/* After so many more writes each one finds no room; -1: there is room. Counts down. */
extern int vfs_room;
/* Likewise each sync fails. */
extern int vfs_syncs;
extern unsigned vfs_refused; /* writes and syncs */

/* vfs_log_n while other threads may add to the log. */
size_t vfs_moment(void);

#endif
