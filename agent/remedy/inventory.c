/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/remedy/inventory_parts.h"

#include "base/caps.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SSH_PORT 22
#define SSH_USER "admin" /* whom the appliances have */

struct device *inventory_add(struct inventory *inv, unsigned line)
{
    inv->devices = mem_grow(inv->devices, &inv->capacity, inv->n + 1, sizeof *inv->devices);
    struct device *d = &inv->devices[inv->n++];
    *d = (struct device){ .line = line };
    return d;
}

static void words_clear(struct words *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->items[i]);
    free(w->items);
}

void inventory_clear(struct inventory *inv)
{
    for (size_t i = 0; i < inv->n; i++) {
        struct device *d = &inv->devices[i];
        free(d->name);
        free(d->address);
        free(d->user);
        free(d->uuid);
        free(d->jump);
        free(d->host_key);
        auth_clear(&d->auth);
        auth_clear(&d->become);
        words_clear(&d->groups);
        words_clear(&d->tags);
    }
    free(inv->devices);
    free(inv->name);
    *inv = (struct inventory){ 0 };
}

/* ---- what can't be seen of one device alone ---- */

static int by_name(const void *a, const void *b)
{
    const struct device *x = *(struct device *const *)a, *y = *(struct device *const *)b;
    int c = strcmp(x->name, y->name);
    return c ? c : x->line < y->line ? -1 : x->line > y->line;
}

/* Two devices behind one address and different ports or jump hosts are two. */
static int by_address(const void *a, const void *b)
{
    const struct device *x = *(struct device *const *)a, *y = *(struct device *const *)b;
    int c = strcasecmp(x->address, y->address);
    c = c ? c : (x->port > y->port) - (x->port < y->port);
    c = c ? c : strcmp(x->jump ? x->jump : "", y->jump ? y->jump : "");
    return c ? c : x->line < y->line ? -1 : x->line > y->line;
}

static bool same_address(const struct device *x, const struct device *y)
{
    return strcasecmp(x->address, y->address) == 0 && x->port == y->port &&
           strcmp(x->jump ? x->jump : "", y->jump ? y->jump : "") == 0;
}

static enum err_code refuse_twice(const struct inventory *inv, struct err *e)
{
    enum err_code rc = ERR_OK;
    struct device **all = mem_alloc((inv->n + 1) * sizeof *all);
    for (size_t i = 0; i < inv->n; i++)
        all[i] = &inv->devices[i];
    qsort(all, inv->n, sizeof *all, by_name);
    for (size_t i = 1; i < inv->n && rc == ERR_OK; i++)
        if (strcmp(all[i - 1]->name, all[i]->name) == 0)
            rc = err_set(e, ERR_DATA, "%s:%u: %s is there already, in line %u", inv->name, all[i]->line, all[i]->name,
                all[i - 1]->line);
    qsort(all, inv->n, sizeof *all, by_address);
    for (size_t i = 1; i < inv->n && rc == ERR_OK; i++)
        if (same_address(all[i - 1], all[i]))
            rc = err_set(e, ERR_DATA, "%s:%u: %s has the address of %s in line %u (%s)", inv->name, all[i]->line,
                all[i]->name, all[i - 1]->name, all[i - 1]->line, all[i]->address);
    free(all);
    return rc;
}

static enum err_code finish(struct inventory *inv, struct err *e)
{
    if (inv->n == 0)
        return err_set(e, ERR_DATA, "%s: no device is in it", inv->name);
    for (size_t i = 0; i < inv->n; i++) {
        struct device *d = &inv->devices[i];
        if (!d->port)
            d->port = SSH_PORT;
        if (!d->user)
            d->user = mem_strdup(SSH_USER);
        inv->passwords |= d->auth.kind == AUTH_PASSWORD;
    }
    return refuse_twice(inv, e);
}

/* ---- the form ---- */

/* A row of CSV has a comma before it has a colon with a blank or an end of line behind it. */
static bool looks_like_csv(struct slice text)
{
    struct slice line;
    do
        line = slice_trim(slice_cut(text, '\n', &text));
    while (text.n && line.n == 0);
    if (slice_starts(line, SLICE("#")))
        return slice_contains(line, SLICE(","));
    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] == ':' && (i + 1 == line.n || line.p[i + 1] == ' '))
            return false;
        if (line.p[i] == ',')
            return true;
    }
    return false;
}

static bool is_csv(const char *name, struct slice text)
{
    struct slice n = slice_of(name);
    if (slice_ends(n, SLICE(".csv")))
        return true;
    if (slice_ends(n, SLICE(".yaml")) || slice_ends(n, SLICE(".yml")))
        return false;
    return looks_like_csv(text);
}

enum err_code inventory_read(const char *name, struct slice text, struct inventory *out, struct err *e)
{
    *out = (struct inventory){ .name = mem_strdup(name) };
    enum err_code rc = is_csv(name, text) ? inventory_read_csv(out, text, e) : inventory_read_yaml(out, text, e);
    if (rc == ERR_OK)
        rc = finish(out, e);
    if (rc != ERR_OK)
        inventory_clear(out);
    return rc;
}

/* ---- files ---- */

/* Whoever can write it chooses which machines get a root login. */
static enum err_code check_file(const char *path, const struct stat *st, struct err *e)
{
    if (!S_ISREG(st->st_mode))
        return err_set(e, ERR_CONFIG, "%s: is no regular file", path);
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return err_set(
            e, ERR_CONFIG, "%s: belongs to user %u, neither to root nor to us (chown it)", path, (unsigned)st->st_uid);
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return err_set(
            e, ERR_CONFIG, "%s: others may write to it (mode %04o): chmod go-w", path, (unsigned)st->st_mode & 07777);
    if ((uint64_t)st->st_size > CAP_INVENTORY_BYTES)
        return err_set(e, ERR_LIMIT, "%s: larger than an inventory may be (cap inventory-bytes: %d bytes)", path,
            CAP_INVENTORY_BYTES);
    return ERR_OK;
}

/* All of it, into a room that is wiped: it may hold passwords. */
static enum err_code read_all(int fd, const char *path, size_t size, struct inventory *out, struct err *e)
{
    struct secret_room *room = secret_room_new(size + 1);
    char *to = secret_room_bytes(room);
    size_t had = 0;
    ssize_t n = 1;
    while (n > 0 && had <= size) {
        n = read(fd, to + had, size + 1 - had);
        had += n > 0 ? (size_t)n : 0;
        if (n < 0 && errno == EINTR)
            n = 1;
    }
    enum err_code rc;
    if (n < 0)
        rc = err_os(e, ERR_IO, errno, "%s: can't be read", path);
    else if (had > size)
        rc = err_set(e, ERR_IO, "%s: grew while it was read", path);
    else
        rc = inventory_read(path, (struct slice){ to, had }, out, e);
    secret_room_free(room);
    return rc;
}

enum err_code inventory_load(const char *path, struct inventory *out, bool *exposed, struct err *e)
{
    struct stat st;
    *out = (struct inventory){ 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return err_os(e, errno == EACCES || errno == EPERM ? ERR_PERMISSION : ERR_NOINPUT, errno,
            "%s: the inventory can't be opened", path);
    enum err_code rc = fstat(fd, &st) == 0 ? check_file(path, &st, e) : err_os(e, ERR_IO, errno, "%s", path);
    *exposed = rc == ERR_OK && (st.st_mode & 077) != 0;
    if (rc == ERR_OK)
        rc = read_all(fd, path, (size_t)st.st_size, out, e);
    close(fd);
    return rc;
}
