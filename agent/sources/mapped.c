/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/mapped.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW ((uint64_t)1 << 20) /* a multiple of every page size */

/* The window that this thread is looking at. */
static _Thread_local char *volatile window_begin, *volatile window_end;
static _Thread_local volatile sig_atomic_t window_torn;

static pthread_once_t handler_once = PTHREAD_ONCE_INIT;
static uintptr_t page_bytes;

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    (void)context;
    char *at = info->si_addr;
    if (at >= window_begin && at < window_end) {
        void *page = (void *)((uintptr_t)at & ~(page_bytes - 1));
        int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
        if (mmap(page, page_bytes, PROT_READ, flags, -1, 0) != MAP_FAILED) {
            window_torn = 1;
            return;
        }
    }
    signal(number, SIG_DFL); /* not ours: die of it as usual */
}

static void handler_init(void)
{
    struct sigaction action = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO };
    page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

struct reading_part {
    const struct mapped_part *part;
    int fd;
    uint64_t at, to;
};

/* The size now: the file may have grown or shrunk since it was opened. */
static enum err_code size_now(const struct reading_part *r, uint64_t *size, struct err *e)
{
    struct stat st;
    if (fstat(r->fd, &st) != 0)
        return err_os(e, ERR_IO, errno, "reading failed after %llu bytes", (unsigned long long)r->at);
    *size = (uint64_t)st.st_size;
    return ERR_OK;
}

static enum err_code shrank(const struct reading_part *r, struct err *e)
{
    if (r->to == UINT64_MAX)
        return err_set(e, ERR_IO, "shrank while it was read, after %llu bytes", (unsigned long long)r->at);
    return err_set(e, ERR_IO, "shrank while it was read: %llu bytes are missing", (unsigned long long)(r->to - r->at));
}

/* One window; *mapped is false when it can't be mapped. */
static enum err_code look(struct reading_part *r, size_t n, bool *mapped, struct err *e)
{
    uint64_t begin = r->at & ~(uint64_t)(page_bytes - 1);
    size_t skip = (size_t)(r->at - begin), length = skip + n;
    char *p = mmap(NULL, length, PROT_READ, MAP_SHARED | MAP_POPULATE, r->fd, (off_t)begin);
    *mapped = p != MAP_FAILED;
    if (!*mapped)
        return ERR_OK;
    window_torn = 0;
    window_begin = p;
    window_end = p + length;
    r->part->feed(r->part->data, p + skip, n);
    window_begin = window_end = NULL;
    munmap(p, length);
    uint64_t size = 0;
    enum err_code code = size_now(r, &size, e);
    if (code == ERR_OK && (window_torn || size < r->at + n))
        code = shrank(r, e);
    r->at += n;
    origin_in(&r->part->file->origin, n);
    return code;
}

static enum err_code look_through(struct reading_part *r, bool *usable, struct err *e)
{
    enum err_code code = ERR_OK;
    for (bool first = true; code == ERR_OK; first = false) {
        uint64_t size = 0, end;
        if (origin_stopped(&r->part->file->origin))
            return err_set(e, ERR_INTERRUPTED, "interrupted");
        if ((code = size_now(r, &size, e)) != ERR_OK)
            return code;
        end = r->to < size ? r->to : size;
        if (r->at >= end)
            return r->to != UINT64_MAX && r->at < r->to ? shrank(r, e) : ERR_OK;
        bool mapped;
        code = look(r, (size_t)(end - r->at > WINDOW ? WINDOW : end - r->at), &mapped, e);
        if (!mapped) {
            *usable = !first;
            return first ? ERR_OK
                         : err_set(e, ERR_IO, "can't be mapped any more after %llu bytes", (unsigned long long)r->at);
        }
    }
    return code;
}

enum err_code mapped_feed(const struct mapped_part *part, bool *usable, struct err *e)
{
    *usable = part->file->regular;
    if (!*usable)
        return ERR_OK;
    pthread_once(&handler_once, handler_init);
    struct reading_part r = { .part = part, .at = part->from, .to = part->to };
    enum err_code code = file_use(part->file, &r.fd, e);
    if (code != ERR_OK)
        return code;
    code = look_through(&r, usable, e);
    file_unuse(part->file);
    return code;
}
