/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/ring.h"

#include "base/mem.h"
#include "pcap/capfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLUSH_BYTES ((size_t)256 << 10)
#define PACKET_HEADER 16 /* of a pcap file */

struct ring {
    uint16_t link;
    uint32_t snapshot;
    uint64_t limit;
    unsigned files, now; /* the one that is written */
    int *fd;
    uint64_t at; /* bytes of it on disk: whole packets */
    struct buf pending;
    uint64_t pending_packets;
    bool failing; /* the last write failed: said already */
    struct ring_counts n;
};

static enum err_code open_one(struct ring *r, const char *path, struct err *e)
{
    struct stat st;
    int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0 && errno == ELOOP)
        return err_set(e, ERR_CANTCREATE, "%s: is a symbolic link: packets are not written through one", path);
    if (fd < 0) {
        enum err_code code = errno == EACCES || errno == EPERM ? ERR_PERMISSION : ERR_CANTCREATE;
        return err_os(e, code, errno, "%s: packets can't be written there", path);
    }
    r->fd[r->now++] = fd;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return err_set(e, ERR_CANTCREATE, "%s: is no regular file: packets are written to files only", path);
    if (fchmod(fd, 0600) != 0 || ftruncate(fd, 0) != 0)
        return err_os(e, ERR_CANTCREATE, errno, "%s: packets can't be written there", path);
    return ERR_OK;
}

static void put_header(struct ring *r)
{
    capfile_put_header(&r->pending, r->link, r->snapshot);
}

enum err_code ring_open(const struct ring_options *o, struct ring **out, struct err *e)
{
    struct ring *r = mem_zalloc(1, sizeof *r);
    enum err_code code = ERR_OK;
    r->link = o->link;
    r->snapshot = o->snapshot;
    r->limit = o->bytes;
    r->files = o->files;
    r->fd = mem_zalloc(o->files, sizeof *r->fd);
    for (unsigned i = 0; i < o->files && code == ERR_OK; i++) {
        struct buf path = { 0 };
        buf_puts(&path, o->path);
        if (o->files > 1)
            buf_printf(&path, ".%u", i + 1);
        code = open_one(r, path.p, e);
        buf_clear(&path);
    }
    *out = r;
    if (code == ERR_OK) {
        r->now = 0;
        put_header(r);
        code = ring_flush(r, e);
    } else {
        r->files = r->now; /* what is to be closed */
    }
    if (code != ERR_OK) {
        buf_reset(&r->pending); /* a header: of no use */
        enum err_code closed = ring_close(r, NULL);
        (void)closed; /* the first error is the one to be told */
        *out = NULL;
    }
    return code;
}

/* 0, or errno with nothing left behind of the piece that did not fit. */
static int write_whole(int fd, uint64_t at, const char *p, size_t n)
{
    size_t done = 0;
    while (done < n) {
        ssize_t k = pwrite(fd, p + done, n - done, (off_t)(at + done));
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0) {
            int os = k < 0 ? errno : ENOSPC;
            if (done && ftruncate(fd, (off_t)at) != 0)
                return errno;
            return os;
        }
        done += (size_t)k;
    }
    return 0;
}

enum err_code ring_flush(struct ring *r, struct err *e)
{
    if (r->pending.n == 0)
        return ERR_OK;
    int os = write_whole(r->fd[r->now], r->at, r->pending.p, r->pending.n);
    bool told = r->failing;
    r->failing = os != 0;
    if (os == 0) {
        r->at += r->pending.n;
        r->n.bytes += r->pending.n;
        r->n.packets += r->pending_packets;
    } else {
        r->n.lost += r->pending_packets;
    }
    buf_reset(&r->pending);
    if (os != 0 && r->at == 0) /* a file is nothing without its header: tried again with the next packet */
        put_header(r);
    r->pending_packets = 0;
    if (os == 0 || told)
        return ERR_OK;
    return err_os(e, ERR_IO, os, "packets can't be written, the capture goes on without them");
}

/* The next file of the ring, which is the oldest. */
static enum err_code turn(struct ring *r, struct err *e)
{
    enum err_code code = ring_flush(r, e);
    r->now = (r->now + 1) % r->files;
    r->at = 0;
    buf_reset(&r->pending);
    r->pending_packets = 0;
    put_header(r);
    if (ftruncate(r->fd[r->now], 0) != 0 && code == ERR_OK)
        code = err_os(e, ERR_IO, errno, "the oldest file of the ring can't be emptied");
    return code;
}

enum err_code ring_packet(struct ring *r, const struct packet *p, struct err *e)
{
    enum err_code code = ERR_OK;
    size_t need = PACKET_HEADER + (size_t)p->captured;
    if (r->limit && r->at + r->pending.n + need > r->limit) {
        if (r->files == 1) {
            r->n.over++;
            return ERR_OK;
        }
        code = turn(r, e);
        if (r->pending.n + need > r->limit) { /* longer than a whole file */
            r->n.over++;
            return code;
        }
    }
    capfile_put_packet(&r->pending, p);
    r->pending_packets++;
    if (r->pending.n >= FLUSH_BYTES) {
        struct err later = { 0 };
        enum err_code flushed = ring_flush(r, &later);
        if (code == ERR_OK && flushed != ERR_OK) {
            code = flushed;
            if (e)
                *e = later;
        }
    }
    return code;
}

const struct ring_counts *ring_counts(const struct ring *r)
{
    return &r->n;
}

enum err_code ring_close(struct ring *r, struct err *e)
{
    if (!r)
        return ERR_OK;
    enum err_code code = ring_flush(r, e);
    for (unsigned i = 0; i < r->files; i++)
        if (close(r->fd[i]) != 0 && code == ERR_OK)
            code = err_os(e, ERR_IO, errno, "packets could not be written");
    buf_clear(&r->pending);
    free(r->fd);
    free(r);
    return code;
}
