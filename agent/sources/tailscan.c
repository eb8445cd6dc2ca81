/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/tail_parts.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SLOW_SCAN_MS 10000 /* a closed generation may have grown without a sign from its folder */

struct entry {
    char name[NAME_MAX + 1];
    int folder;
    struct generation rank;
    struct tailid id;
    uint64_t size;
    bool settled;
};

struct listing {
    struct entry *p;
    size_t n, capacity;
};

/* ---- places ---- */

static void set_place(struct tailplace *at, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char *folder = slash == path ? mem_strdup("/")
                   : slash       ? mem_strndup(path, (size_t)(slash - path))
                                 : mem_strdup(".");
    if (!at->folder || strcmp(at->folder, folder) != 0)
        memset(&at->st, 0, sizeof at->st);
    free(at->folder);
    free(at->name);
    at->folder = folder;
    at->name = mem_strdup(name);
}

/* What a link says whose target is not there, just now. */
static char *missing_target(const struct tail *t)
{
    char target[PATH_MAX], *whole;
    ssize_t n = readlink(t->path, target, sizeof target - 1);
    if (n <= 0)
        return NULL;
    target[n] = '\0';
    if (*target == '/')
        return mem_strdup(target);
    size_t size = strlen(t->places[0].folder) + (size_t)n + 2;
    whole = mem_alloc(size);
    snprintf(whole, size, "%s/%s", t->places[0].folder, target);
    return whole;
}

void tailscan_places(struct tail *t)
{
    struct stat st;
    set_place(&t->places[0], t->path);
    if (lstat(t->path, &st) != 0 || !S_ISLNK(st.st_mode))
        return; /* what it led to is kept: the link may come back */
    char *target = realpath(t->path, NULL);
    if (!target)
        target = missing_target(t);
    if (target)
        set_place(&t->places[1], target);
    free(target);
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool tailscan_due(struct tail *t)
{
    bool due = t->rescan || t->scan_failed || t->clock - t->scanned_at >= SLOW_SCAN_MS;
    if (t->scan_again && t->clock > t->scanned_at) {
        t->scan_again = false;
        due = true;
    }
    for (int i = 0; i < 2; i++) {
        struct stat st, *was = &t->places[i].st;
        if (!t->places[i].folder)
            continue;
        if (stat(t->places[i].folder, &st) != 0)
            memset(&st, 0, sizeof st);
        if (st.st_dev == was->st_dev && st.st_ino == was->st_ino && same_time(&st.st_mtim, &was->st_mtim) &&
            same_time(&st.st_ctim, &was->st_ctim))
            continue;
        due = t->scan_again = true; /* stamps are coarse: once more, later */
    }
    return due;
}

/* ---- what is there ---- */

static bool generation_of(const struct tailplace *at, const char *name, struct generation *g)
{
    struct generation own;
    struct slice wanted = slice_of(at->name);
    if (strcmp(name, at->name) == 0)
        return false;
    names_generation(slice_of(name), g);
    names_generation(wanted, &own); /* a link may lead to one that has a date itself */
    bool ours = (slice_eq(g->base, wanted) && (g->age != 2 || g->packed)) ||
                (own.age != 2 && g->age == own.age && slice_eq(g->base, own.base));
    g->base = (struct slice){ 0 };
    return ours;
}

static void list(struct tail *t, int which, int folder, struct listing *l)
{
    struct tailplace *at = &t->places[which];
    struct dirent *d;
    int own = folder < 0 ? -1 : fcntl(folder, F_DUPFD_CLOEXEC, 0);
    DIR *dir = own < 0 ? NULL : fdopendir(own);
    if (!dir) {
        if (own >= 0)
            close(own);
        t->scan_failed |= folder >= 0;
        return;
    }
    if (fstat(folder, &at->st) != 0) /* before it is read: what changes meanwhile is seen next time */
        memset(&at->st, 0, sizeof at->st);
    while ((d = readdir(dir))) {
        struct entry e = { .folder = folder };
        if (!generation_of(at, d->d_name, &e.rank) || l->n == CAP_FOLDER_ENTRIES)
            continue;
        memcpy(e.name, d->d_name, strlen(d->d_name) + 1);
        l->p = mem_grow(l->p, &l->capacity, l->n + 1, sizeof *l->p);
        l->p[l->n++] = e;
    }
    closedir(dir);
}

static int older_first(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = names_older(&x->rank, &y->rank);
    return order ? order : strcmp(x->name, y->name);
}

/* The newest ones, the oldest first, each file once. */
static void identify(struct tail *t, struct listing *l)
{
    size_t kept = 0, skip = 0;
    if (l->n)
        qsort(l->p, l->n, sizeof *l->p, older_first);
    if (l->n > CAP_TAIL_SIBLINGS) {
        skip = l->n - CAP_TAIL_SIBLINGS;
        tail_say_once(t, SAID_SIBLINGS, TAIL_LIMIT, "older generations are not looked at (cap tail-siblings)");
    }
    for (size_t i = skip; i < l->n; i++) {
        struct entry e = l->p[i];
        struct stat st;
        bool twice = false;
        if (fstatat(e.folder, e.name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
            continue;
        tailid_at(e.folder, e.name, !t->o.no_handles, &st, &e.id);
        e.size = (uint64_t)st.st_size;
        for (size_t k = 0; k < kept && !twice; k++)
            twice = tailid_same(&l->p[k].id, &e.id);
        if (!twice)
            l->p[kept++] = e;
    }
    l->n = kept;
}

static int open_entry(struct tail *t, const struct entry *e, struct tailid *id)
{
    struct stat st;
    int fd = openat(e->folder, e->name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        tailid_of(fd, !t->o.no_handles, &st, id); /* it may be another one by now */
        return fd;
    }
    if (fd < 0 && errno != ENOENT) {
        tail_say_once(t, SAID_SIBLING, TAIL_UNREADABLE, "a generation can't be opened");
        t->scan_failed |= errno == EMFILE || errno == ENFILE || errno == ENOMEM;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

/* ---- who is who ---- */

size_t tailscan_position(const struct tail *t, const struct generation *rank)
{
    size_t at = 0;
    for (size_t i = 0; i < t->n_gens; i++)
        if (t->gens[i]->rank.age >= 0 && names_older(&t->gens[i]->rank, rank) <= 0 && t->gens[i] != t->current)
            at = i + 1;
    return at;
}

static bool open_already(struct tail *t, struct entry *e)
{
    for (size_t i = 0; i < t->n_gens; i++) {
        struct tailgen *g = t->gens[i];
        if (g->lost || !tailid_same(&g->id, &e->id))
            continue;
        if (g != t->current)
            g->rank = e->rank;
        return true;
    }
    for (size_t i = 0; i < t->n_cands; i++) {
        if (!tailid_same(&t->cands[i]->id, &e->id))
            continue;
        t->cands[i]->rank = e->rank;
        return true;
    }
    return t->fresh >= 0 && tailid_same(&t->fresh_id, &e->id);
}

/* A generation of the last run, under whatever name. */
static bool found_again(struct tail *t, struct entry *e)
{
    for (size_t i = t->n_gens; i-- > 0;) {
        struct tailgen *g = t->gens[i];
        struct tailid id;
        if (!g->lost || !g->restored || g->was_packed || !tailid_same(&g->id, &e->id))
            continue;
        if (g->print.n == 0 && !tailid_certain(&g->id)) /* any file in that inode */
            continue;
        int fd = open_entry(t, e, &id);
        if (fd < 0)
            return true; /* next time */
        g->rank = e->rank;
        if (tailid_same(&id, &g->id) &&
            (g->print.n == 0 || tailprint_file(&g->print, fd, e->size) == TAILMATCH_REACHES))
            return tailgen_attach(t, g, fd, &id);
        close(fd);
        if (tailid_certain(&g->id)) /* else it may be another file in the same inode */
            tailgen_overwritten(g);
    }
    return false;
}

/* A closed one has grown: somebody still writes to it. */
static void grown(struct tail *t, struct entry *e, struct tailknown *k)
{
    struct tailid id;
    int fd = open_entry(t, e, &id);
    if (fd < 0)
        return;
    if (!tailid_same(&id, &e->id)) {
        close(fd);
        return;
    }
    if (k->mark.offset == 0) { /* it may be a copy in progress */
        tailknown_remove(t, k);
        if (!tailcand_add(t, fd, &id, &e->rank))
            t->scan_failed = true;
        return;
    }
    if (tailprint_file(&k->mark.print, fd, e->size) != TAILMATCH_REACHES) {
        memset(&k->mark.id, 0, sizeof k->mark.id);
        tailknown_file(t, fd, &id, e->size, TAILMARK_COPY); /* rewritten by somebody: no log of ours */
        close(fd);
        return;
    }
    struct tailgen *g = tailknown_reopen(t, k, &e->rank);
    if (!g) {
        close(fd);
        return;
    }
    if (!tailgen_attach(t, g, fd, &id))
        tailgen_drop(t, g);
}

/*
 * An inode says little where there are no handles. And there are those who copy into the same file again and again:
 * while somebody misses his bytes, all files are looked into.
 */
static bool still_same(struct tail *t, struct entry *e, const struct tail_mark *m, bool looking)
{
    struct tailid id;
    if (m->packed || m->print.n == 0)
        return tailid_certain(&m->id); /* there is nothing to compare */
    if (tailid_certain(&m->id) && !looking)
        return true;
    int fd = open_entry(t, e, &id);
    if (fd < 0)
        return true;
    enum tailmatch match = tailprint_file(&m->print, fd, e->size);
    close(fd);
    return match == TAILMATCH_REACHES || (match == TAILMATCH_SHORTER && !looking);
}

/* Without handles several of them may have had one inode. */
static bool known_already(struct tail *t, struct entry *e, bool looking)
{
    struct tailknown *k;
    while ((k = tailknown_find(t, &e->id))) {
        k->missing = 0;
        if (k->mark.kind == TAILMARK_COPY && looking) {
            tailknown_remove(t, k);
            return false;
        }
        if (!still_same(t, e, &k->mark, looking)) {
            memset(&k->mark.id, 0, sizeof k->mark.id); /* its content may still turn up elsewhere */
            continue;
        }
        if (k->mark.kind != TAILMARK_COPY && !k->mark.packed && e->size > k->mark.offset)
            grown(t, e, k);
        return true;
    }
    return false;
}

/* What was there before we came: not to be read, but to be known again. */
static void baseline(struct tail *t, struct entry *e, int fd, const struct tailid *id)
{
    bool copy = t->fresh >= 0 && e->size && t->fresh_size >= e->size && tailprint_alike(t->fresh, fd, e->size);
    tailknown_file(t, fd, id, e->size, copy ? TAILMARK_COPY : TAILMARK_SEEN);
    close(fd);
}

static void unknown(struct tail *t, struct entry *e)
{
    struct tailid id;
    int fd = open_entry(t, e, &id);
    if (fd < 0)
        return;
    if (!tailid_same(&id, &e->id)) {
        t->scan_again = true;
        close(fd);
    } else if (t->first_start && t->o.begin != TAIL_BEGIN_ALL) {
        baseline(t, e, fd, &id);
    } else if (!tailcand_add(t, fd, &id, &e->rank)) {
        t->scan_failed = true; /* later */
    }
}

static bool looking(const struct tail *t)
{
    for (size_t i = 0; i < t->n_gens; i++)
        if (t->gens[i]->lost)
            return true;
    return false;
}

static void sort_out(struct tail *t, struct listing *l)
{
    for (size_t i = 0; i < t->n_known; i++)
        t->known[i].missing++;
    bool wanted = looking(t);
    for (size_t i = 0; i < l->n; i++)
        l->p[i].settled = open_already(t, &l->p[i]) || found_again(t, &l->p[i]) || known_already(t, &l->p[i], wanted);
    for (size_t i = 0; i < l->n; i++)
        if (!l->p[i].settled)
            unknown(t, &l->p[i]);
    if (t->n_cands == 0)
        tailknown_forget(t);
}

void tailscan_run(struct tail *t)
{
    struct listing l = { 0 };
    int folders[2] = { -1, -1 };
    t->rescan = t->scan_failed = false;
    t->looks++;
    tailscan_places(t);
    for (int i = 0; i < 2; i++) {
        struct stat a, b;
        if (!t->places[i].folder)
            continue;
        folders[i] = open(t->places[i].folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folders[i] < 0 && errno != ENOENT && errno != ENOTDIR) {
            t->scan_failed |= errno == EMFILE || errno == ENFILE || errno == ENOMEM;
            tail_say_once(t, SAID_FOLDER, TAIL_UNREADABLE, "the folder can't be read");
        }
        if (i && folders[0] >= 0 && folders[1] >= 0 && fstat(folders[0], &a) == 0 && fstat(folders[1], &b) == 0 &&
            a.st_dev == b.st_dev && a.st_ino == b.st_ino && strcmp(t->places[0].name, t->places[1].name) == 0) {
            t->places[1].st = b;
            continue;
        }
        list(t, i, folders[i], &l);
    }
    if (!t->scan_failed) {
        identify(t, &l);
        sort_out(t, &l);
        t->scans++;
        t->scanned_at = t->clock;
    }
    free(l.p);
    for (int i = 0; i < 2; i++)
        if (folders[i] >= 0)
            close(folders[i]);
}
