/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/remedy/secret.h"

#include "base/mem.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

struct secret_room {
    size_t mapped; /* all of it */
    char bytes[];
};

struct secret {
    struct secret *next;
    struct secret_room *room;
    size_t n;
    unsigned users;
};

static struct secret *living;

static size_t whole_pages(size_t n)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (n > SIZE_MAX - page)
        abort();
    return (n + page - 1) / page * page;
}

struct secret_room *secret_room_new(size_t bytes)
{
    if (bytes > SIZE_MAX - sizeof(struct secret_room))
        abort();
    size_t mapped = whole_pages(sizeof(struct secret_room) + bytes);
    struct secret_room *r = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (r == MAP_FAILED)
        abort(); /* as mem_alloc() does */
    /* Neither is always allowed (RLIMIT_MEMLOCK), and without them it is still wiped and in no dump of ours. */
    (void)!mlock(r, mapped);
    (void)!madvise(r, mapped, MADV_DONTDUMP);
    r->mapped = mapped;
    return r;
}

void secret_room_free(struct secret_room *r)
{
    if (!r)
        return;
    size_t mapped = r->mapped;
    secret_wipe(r, mapped);
    (void)munmap(r, mapped);
}

char *secret_room_bytes(struct secret_room *r)
{
    return r->bytes;
}

void secret_wipe(void *p, size_t n)
{
    if (n)
        explicit_bzero(p, n);
}

struct secret *secret_new(struct slice bytes)
{
    for (struct secret *s = living; s; s = s->next)
        if (slice_eq(secret_bytes(s), bytes))
            return secret_share(s);
    struct secret *s = mem_zalloc(1, sizeof *s);
    s->room = secret_room_new(bytes.n + 1);
    if (bytes.n)
        memcpy(s->room->bytes, bytes.p, bytes.n);
    s->n = bytes.n;
    s->users = 1;
    s->next = living;
    living = s;
    return s;
}

struct secret *secret_share(struct secret *s)
{
    s->users++;
    return s;
}

void secret_free(struct secret *s)
{
    if (!s || --s->users)
        return;
    struct secret **at = &living;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    secret_room_free(s->room);
    free(s);
}

struct slice secret_bytes(const struct secret *s)
{
    return (struct slice){ s->room->bytes, s->n };
}

/* Marks every byte of every occurrence, also of those that overlap. */
static bool mark(bool *marks, struct slice text, struct slice secret)
{
    bool found = false;
    const char *end = text.p + text.n, *at = text.p;
    while ((at = memmem(at, (size_t)(end - at), secret.p, secret.n))) {
        memset(marks + (at - text.p), true, secret.n);
        at++;
        found = true;
    }
    return found;
}

bool secrets_redact(char *p, size_t n)
{
    bool changed = false;
    if (n == 0)
        return false;
    bool *marks = mem_zalloc(n, sizeof *marks);
    for (const struct secret *s = living; s; s = s->next) {
        if (s->n == 0)
            continue;
        if (s->n < SECRET_SHORT) {
            memset(marks, true, n);
            changed = true;
        } else {
            changed |= mark(marks, (struct slice){ p, n }, secret_bytes(s));
        }
    }
    for (size_t i = 0; i < n; i++)
        if (marks[i])
            p[i] = '*';
    free(marks);
    return changed;
}

void secrets_guard_process(void)
{
    (void)!prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)!setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
}
