/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/store_vfs.h"

#include "base/mem.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct vfs_op *vfs_log;
size_t vfs_log_n;
int vfs_room = -1, vfs_syncs = -1;
unsigned vfs_refused;

static size_t capacity;
static bool recording;
/* What is done and its place in the log are one thing, whichever thread does it. */
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
static sqlite3_vfs *below, ours;

struct file {
    sqlite3_file head;
    enum vfs_file which;
    sqlite3_file *real; /* behind this */
};

static sqlite3_file *real_of(sqlite3_file *f)
{
    return ((struct file *)f)->real;
}

static bool ends(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

static enum vfs_file which_of(const char *name)
{
    return ends(name, "-wal") ? VFS_WAL : ends(name, "-journal") ? VFS_JOURNAL : VFS_DB;
}

static void note(struct vfs_op op, const void *bytes)
{
    if (!recording)
        return;
    vfs_log = mem_grow(vfs_log, &capacity, vfs_log_n + 1, sizeof *vfs_log);
    if (op.n > 0) {
        op.bytes = mem_alloc(op.n);
        memcpy(op.bytes, bytes, op.n);
    }
    vfs_log[vfs_log_n++] = op;
}

static bool refuses(int *left)
{
    if (*left > 0)
        (*left)--;
    else if (*left == 0) {
        vfs_refused++;
        return true;
    }
    return false;
}

/* ---- a file ---- */

static int do_close(sqlite3_file *f)
{
    return real_of(f)->pMethods->xClose(real_of(f));
}

static int do_read(sqlite3_file *f, void *out, int n, sqlite3_int64 offset)
{
    return real_of(f)->pMethods->xRead(real_of(f), out, n, offset);
}

static int do_write(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 offset)
{
    if (refuses(&vfs_room))
        return SQLITE_FULL;
    struct vfs_op op = { VFS_WRITE, ((struct file *)f)->which, offset, (size_t)n, NULL };
    pthread_mutex_lock(&one);
    note(op, bytes);
    int rc = real_of(f)->pMethods->xWrite(real_of(f), bytes, n, offset);
    pthread_mutex_unlock(&one);
    return rc;
}

static int do_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    pthread_mutex_lock(&one);
    note((struct vfs_op){ VFS_TRUNCATE, ((struct file *)f)->which, size, 0, NULL }, NULL);
    int rc = real_of(f)->pMethods->xTruncate(real_of(f), size);
    pthread_mutex_unlock(&one);
    return rc;
}

static int do_sync(sqlite3_file *f, int flags)
{
    (void)flags; /* the disk is left alone */
    if (refuses(&vfs_syncs))
        return SQLITE_IOERR_FSYNC;
    pthread_mutex_lock(&one);
    note((struct vfs_op){ VFS_SYNC, ((struct file *)f)->which, 0, 0, NULL }, NULL);
    pthread_mutex_unlock(&one);
    return SQLITE_OK;
}

static int do_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int do_lock(sqlite3_file *f, int lock)
{
    return real_of(f)->pMethods->xLock(real_of(f), lock);
}

static int do_unlock(sqlite3_file *f, int lock)
{
    return real_of(f)->pMethods->xUnlock(real_of(f), lock);
}

static int do_reserved(sqlite3_file *f, int *out)
{
    return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int do_control(sqlite3_file *f, int op, void *arg)
{
    return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int do_sector(sqlite3_file *f)
{
    return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int do_kind(sqlite3_file *f)
{
    return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int do_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
}

static int do_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}

static void do_barrier(sqlite3_file *f)
{
    real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int do_unmap(sqlite3_file *f, int remove)
{
    return real_of(f)->pMethods->xShmUnmap(real_of(f), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = do_close,
    .xRead = do_read,
    .xWrite = do_write,
    .xTruncate = do_truncate,
    .xSync = do_sync,
    .xFileSize = do_size,
    .xLock = do_lock,
    .xUnlock = do_unlock,
    .xCheckReservedLock = do_reserved,
    .xFileControl = do_control,
    .xSectorSize = do_sector,
    .xDeviceCharacteristics = do_kind,
    .xShmMap = do_map,
    .xShmLock = do_shm_lock,
    .xShmBarrier = do_barrier,
    .xShmUnmap = do_unmap,
};

/* ---- files by name ---- */

static int do_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
    (void)v;
    struct file *mine = (struct file *)f;
    mine->real = (sqlite3_file *)(mine + 1);
    mine->which = name ? which_of(name) : VFS_DB;
    int rc = below->xOpen(below, name, mine->real, flags, out_flags);
    mine->head.pMethods = rc == SQLITE_OK ? &methods : NULL;
    return rc;
}

static int do_delete(sqlite3_vfs *v, const char *name, int synced)
{
    (void)v;
    pthread_mutex_lock(&one);
    int rc = below->xDelete(below, name, 0);
    if (rc == SQLITE_OK)
        note((struct vfs_op){ synced ? VFS_DELETE_SYNCED : VFS_DELETE, which_of(name), 0, 0, NULL }, NULL);
    pthread_mutex_unlock(&one);
    return rc;
}

void vfs_register(void)
{
    sqlite3_initialize();
    below = sqlite3_vfs_find(NULL);
    ours = *below;
    ours.zName = "written-down";
    ours.szOsFile = (int)sizeof(struct file) + below->szOsFile;
    ours.xOpen = do_open;
    ours.xDelete = do_delete;
    if (sqlite3_vfs_register(&ours, 1) != SQLITE_OK)
        abort();
}

size_t vfs_moment(void)
{
    pthread_mutex_lock(&one);
    size_t n = vfs_log_n;
    pthread_mutex_unlock(&one);
    return n;
}

void vfs_record(bool on)
{
    if (on)
        vfs_clear();
    recording = on;
}

void vfs_clear(void)
{
    for (size_t i = 0; i < vfs_log_n; i++)
        free(vfs_log[i].bytes);
    free(vfs_log);
    vfs_log = NULL;
    vfs_log_n = capacity = 0;
    recording = false;
}
