/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/store/place.h"

#include "agent/store/store.h"
#include "base/caps.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ASIDE STORE_FILE ".damaged-"
#define STAMP_BYTES 16 /* 20260131T235959Z */
#define NAME_BYTES 64

/* What belongs to a database file; the file itself is renamed first, so that it never stands there without them. */
static const char *const ENDINGS[] = { "", "-wal", "-shm", "-journal" };
#define ENDINGS_COUNT (sizeof ENDINGS / sizeof *ENDINGS)

/* ---- what is there ---- */

static off_t size_beside(const struct place *p, const char *ending)
{
    char path[CAP_PATH_BYTES + NAME_BYTES];
    struct stat st;
    snprintf(path, sizeof path, "%s%s", p->file, ending);
    return lstat(path, &st) == 0 ? st.st_size : -1;
}

bool place_has_journal(const struct place *p)
{
    return size_beside(p, "-wal") >= 0;
}

bool place_is_writable(const struct place *p)
{
    return faccessat(AT_FDCWD, p->file, R_OK | W_OK, AT_EACCESS) == 0 &&
           faccessat(AT_FDCWD, p->folder, W_OK | X_OK, AT_EACCESS) == 0;
}

enum err_code place_look(const struct place *p, enum place_file *what, struct err *e)
{
    struct stat st;
    bool journal = size_beside(p, "-wal") > 0;
    *what = journal ? PLACE_ORPHAN : PLACE_NONE;
    if (lstat(p->file, &st) != 0) {
        if (errno == ENOENT)
            return ERR_OK;
        return err_os(e, errno == EACCES ? ERR_PERMISSION : ERR_IO, errno, "%s", p->file);
    }
    if (!S_ISREG(st.st_mode))
        *what = PLACE_ODD;
    else if (st.st_size > 0)
        *what = PLACE_FILE;
    else if (!journal)
        *what = PLACE_EMPTY;
    return ERR_OK;
}

enum err_code place_make_file(const struct place *p, struct err *e)
{
    struct stat st;
    enum err_code rc = ERR_OK;
    int fd = open(p->file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_os(e, errno == EACCES || errno == EPERM || errno == EROFS ? ERR_PERMISSION : ERR_IO, errno,
            "%s can't be opened for writing: " PLACE_NEXT, p->file);
    /* the journals get the same mode from it */
    if (fstat(fd, &st) != 0 || ((st.st_mode & 077) && fchmod(fd, st.st_mode & 0700) != 0))
        rc =
            err_os(e, ERR_PERMISSION, errno, "%s: others may read or change it, and that can't be taken away", p->file);
    close(fd);
    return rc;
}

/* ---- setting aside ---- */

/* ASIDE, stamp, and -N from the second one in a second on: which one is it? 0: none. */
static unsigned long serial_of(const char *name)
{
    const char *end = name + strlen(ASIDE) + STAMP_BYTES;
    char *stop;
    if (strncmp(name, ASIDE, strlen(ASIDE)) != 0 || strlen(name) < strlen(ASIDE) + STAMP_BYTES)
        return 0;
    if (*end == '\0')
        return 1;
    unsigned long n = *end == '-' && end[1] >= '1' && end[1] <= '9' ? strtoul(end + 1, &stop, 10) : 0;
    return n > 1 && *stop == '\0' ? n : 0;
}

static bool older(const char *a, const char *b)
{
    int order = memcmp(a, b, strlen(ASIDE) + STAMP_BYTES);
    return order < 0 || (order == 0 && serial_of(a) < serial_of(b));
}

/* How many files there are, and in *name the oldest of those that are not older than `after` (""): "", if none is left.
 * What is no file stays: it was nothing of ours. */
static size_t count_aside(DIR *folder, const char *after, char name[NAME_BYTES])
{
    size_t n = 0;
    struct stat st;
    *name = '\0';
    rewinddir(folder);
    for (const struct dirent *d = readdir(folder); d; d = readdir(folder)) {
        if (serial_of(d->d_name) == 0 || strlen(d->d_name) >= NAME_BYTES ||
            fstatat(dirfd(folder), d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(st.st_mode))
            continue;
        n++;
        if ((!*after || older(after, d->d_name)) && (!*name || older(d->d_name, name)))
            snprintf(name, NAME_BYTES, "%.*s", NAME_BYTES - 1, d->d_name);
    }
    return n;
}

/* Leaves room for one more. What can't be removed is passed over. */
static void remove_oldest(const struct place *p)
{
    char name[NAME_BYTES], passed[NAME_BYTES] = "", path[NAME_BYTES + 16];
    DIR *folder = opendir(p->folder);
    while (folder && count_aside(folder, passed, name) >= CAP_STORE_ASIDE && *name) {
        for (size_t i = ENDINGS_COUNT; i-- > 0;) {
            snprintf(path, sizeof path, "%s%s", name, ENDINGS[i]);
            (void)unlinkat(dirfd(folder), path, 0);
        }
        snprintf(passed, sizeof passed, "%s", name);
    }
    if (folder)
        closedir(folder);
}

static void aside_name(int64_t now, unsigned serial, char name[NAME_BYTES])
{
    time_t t = (time_t)now;
    struct tm tm;
    /* years of four digits: the order of the names is that of time */
    if (!gmtime_r(&t, &tm) || tm.tm_year < 0 || tm.tm_year > 8099)
        tm = (struct tm){ .tm_year = 70, .tm_mday = 1 };
    size_t n = strftime(name, NAME_BYTES, ASIDE "%Y%m%dT%H%M%SZ", &tm);
    if (serial > 1)
        snprintf(name + n, NAME_BYTES - n, "-%u", serial);
}

static bool name_is_free(const struct place *p, const char *name)
{
    char path[CAP_PATH_BYTES + NAME_BYTES];
    struct stat st;
    for (size_t i = 0; i < ENDINGS_COUNT; i++) {
        snprintf(path, sizeof path, "%s/%s%s", p->folder, name, ENDINGS[i]);
        if (lstat(path, &st) == 0)
            return false;
    }
    return true;
}

enum err_code place_set_aside(const struct place *p, int64_t now, char *name, size_t size, struct err *e)
{
    char from[CAP_PATH_BYTES + NAME_BYTES], to[CAP_PATH_BYTES + NAME_BYTES], chosen[NAME_BYTES];
    unsigned serial = 1;
    remove_oldest(p);
    do
        aside_name(now, serial, chosen);
    while (!name_is_free(p, chosen) && serial++ < CAP_STORE_ASIDE + 64);
    for (size_t i = 0; i < ENDINGS_COUNT; i++) {
        snprintf(from, sizeof from, "%s%s", p->file, ENDINGS[i]);
        snprintf(to, sizeof to, "%s/%s%s", p->folder, chosen, ENDINGS[i]);
        if (rename(from, to) != 0 && errno != ENOENT)
            return err_os(e, errno == EACCES || errno == EPERM ? ERR_PERMISSION : ERR_IO, errno,
                "%s is damaged and can't be set aside as %s: move it away", from, chosen);
    }
    place_sync(p);
    snprintf(name, size, "%s", chosen);
    return ERR_OK;
}
