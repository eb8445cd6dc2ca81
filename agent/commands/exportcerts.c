/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/exportcerts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err_code code_of(int os)
{
    return os == EACCES || os == EPERM ? ERR_PERMISSION : ERR_CANTCREATE;
}

/* Would that user be allowed to make a file in it? By the mode alone: the write itself has the last word. */
static bool writable_by(const struct stat *st, const struct privileges *as)
{
    if (st->st_uid == as->uid)
        return (st->st_mode & 0300) == 0300;
    if (st->st_gid == as->gid)
        return (st->st_mode & 0030) == 0030;
    return (st->st_mode & 0003) == 0003;
}

enum err_code exportcerts_open(struct exportcerts *x, const char *path, const struct privileges *as, struct err *e)
{
    struct stat st;
    bool made = false;
    *x = (struct exportcerts){ .path = path, .fd = -1 };
    if (mkdir(path, 0700) == 0)
        made = true;
    else if (errno != EEXIST)
        return err_os(e, code_of(errno), errno, "%s: the folder for the certificates can't be made", path);
    x->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (x->fd < 0 || fstat(x->fd, &st) != 0)
        return err_os(e, code_of(errno), errno, "%s: is no folder that certificates can be written to", path);
    if (!as || !as->change)
        return ERR_OK;
    if (made && fchown(x->fd, as->uid, as->gid) != 0)
        return err_os(e, ERR_PERMISSION, errno, "%s: can't be given to %s", path, as->name);
    if (!made && !writable_by(&st, as))
        return err_set(e, ERR_PERMISSION,
            "%s: %s, who we become after opening the interface, can't write there; name a folder that does not exist "
            "yet, or --user NAME",
            path, as->name);
    return ERR_OK;
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return k < 0 ? errno : EIO;
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

/* One file; -1: it was there. */
static int write_one(int folder, const char *name, const struct buf *pem)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return errno == EEXIST ? -1 : errno;
    int os = write_all(fd, pem->p, pem->n);
    if (close(fd) != 0 && !os)
        os = errno;
    if (os)
        (void)unlinkat(folder, name, 0);
    return os;
}

enum err_code exportcerts_write(struct exportcerts *x, const struct certs *certs, struct err *e)
{
    enum err_code code = ERR_OK;
    struct buf name = { 0 }, pem = { 0 };
    for (uint32_t i = 0; x->path && certs && i < certs_count(certs) && code == ERR_OK; i++) {
        const struct cert *cert = certs_get(certs, i);
        buf_reset(&name);
        buf_reset(&pem);
        cert_print_hash(&name, cert->sha256);
        buf_puts(&name, ".pem");
        cert_print_pem(&pem, cert->der);
        int os = write_one(x->fd, name.p, &pem);
        if (os > 0)
            code = err_os(e, code_of(os), os, "%s/%s", x->path, name.p);
        else if (os == 0)
            x->written++;
        else
            x->kept++;
    }
    buf_clear(&name);
    buf_clear(&pem);
    return code;
}

void exportcerts_close(struct exportcerts *x)
{
    if (x->path && x->fd >= 0)
        close(x->fd);
    x->fd = -1;
}
