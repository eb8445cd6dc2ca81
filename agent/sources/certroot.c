/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The known paths below a root. Each file is looked at before it is opened, because opening a FIFO may wait and opening
 * a device may do something: by O_PATH, and then it must still be the same one, or, with thousands of peers the cheaper
 * way, by what its folder says that it is. RESOLVE_IN_ROOT keeps absolute links and ".." inside; where a kernel or a
 * sandbox has no openat2(), no link is followed at all.
 */
#include "agent/sources/certfiles.h"

#include "agent/sources/facts.h"
#include "agent/sources/ims.h"
#include "agent/sources/peersmap.h"
#include "agent/sources/tunnelconf.h"
#include "base/buf.h"
#include "base/caps.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct root {
    struct casefile *c;
    const char *path; /* as given */
    int fd;
    uint32_t unit;
    struct origin origin;
    char *set[CONF_TLS_VERSION]; /* by enum tunnelconf_key: where the appliance's own files lie */
};

static int open_in(const struct root *r, const char *path, int flags)
{
    const struct open_how how = { .flags = (uint64_t)(flags | O_CLOEXEC),
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
    long fd = syscall(SYS_openat2, r->fd, path, &how, sizeof how);
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
        return (int)fd;
    while (*path == '/')
        path++;
    return *path ? file_openat(r->fd, path, flags) : -1;
}

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode)    ? "is a folder, not a file"
           : S_ISFIFO(mode) ? "is a FIFO, not a file"
           : S_ISSOCK(mode) ? "is a socket, not a file"
           : S_ISLNK(mode)  ? "is a symbolic link, which is not followed here"
                            : "is a device, not a file";
}

/* ---- one file ---- */

struct spot {
    const char *path; /* below the root */
    const char *name; /* in its folder, where that was listed as a regular file; NULL */
    int folder;
    bool gone; /* its folder has no such name */
};

struct found {
    struct file *file; /* NULL: see state */
    struct owner owner;
    int64_t modified;
    enum disk_state state;
    struct err e; /* why not */
};

/* Not there, and yet its name is. */
static bool dangles(const struct root *r, const char *path)
{
    struct stat st;
    int fd = open_in(r, path, O_PATH | O_NOFOLLOW);
    bool link = fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode);
    if (fd >= 0)
        close(fd);
    return link;
}

static void not_opened(const struct root *r, const char *path, int os, struct found *f)
{
    bool absent = os == ENOENT || os == ENOTDIR;
    if (os == ELOOP) {
        f->state = DISK_BAD_LINK;
        err_os(&f->e, ERR_IO, os, "is a link that leads to itself, or to too many others");
    } else if (absent && dangles(r, path)) {
        f->state = DISK_BAD_LINK;
        err_set(&f->e, ERR_NOINPUT, "is a link to something that isn't there");
    } else {
        f->state = absent ? DISK_ABSENT : DISK_UNREADABLE;
        err_os(&f->e, ERR_IO, os, "can't be opened");
    }
}

/* A regular file by its folder's list. A link, or what is none by now, is left to the longer way. */
static bool find_listed(const struct root *r, const struct spot *at, struct found *f)
{
    struct err e;
    int fd = at->name ? openat(at->folder, at->name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (fd < 0 || file_from(fd, at->path, &r->origin, &f->file, &e) != ERR_OK)
        return false;
    f->owner = f->file->owner;
    f->modified = f->file->mtime;
    return true;
}

static void find(const struct root *r, const struct spot *at, struct found *f)
{
    struct stat st;
    struct err e;
    *f = (struct found){ .state = at->gone ? DISK_ABSENT : DISK_READ };
    if (at->gone || find_listed(r, at, f))
        return;
    int fd = open_in(r, at->path, O_PATH);
    if (fd < 0 || fstat(fd, &st) != 0) {
        not_opened(r, at->path, errno, f);
        if (fd >= 0)
            close(fd);
        return;
    }
    close(fd);
    f->owner = (struct owner){ true, st.st_mode & 07777, st.st_uid, st.st_gid };
    f->modified = st.st_mtime;
    if (!S_ISREG(st.st_mode)) {
        f->state = DISK_NOT_A_FILE;
        err_set(&f->e, ERR_NOINPUT, "%s", kind_of(st.st_mode));
        return;
    }
    fd = open_in(r, at->path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        not_opened(r, at->path, errno, f);
        return;
    }
    if (file_from(fd, at->path, &r->origin, &f->file, &e) != ERR_OK || f->file->ino != st.st_ino ||
        f->file->dev != st.st_dev) {
        f->state = DISK_UNREADABLE;
        err_set(&f->e, ERR_IO, "was replaced while it was looked at");
        file_unref(f->file);
        f->file = NULL;
    }
}

/* To its end as it is now, which saves the read that finds it; to where it is, when its size is none. */
static enum err_code open_stream(const struct found *f, struct stream **s, struct err *e)
{
    return file_stream(f->file, 0, f->file->size ? f->file->size : UINT64_MAX, s, e);
}

static char *full_path(const struct root *r, const char *path)
{
    struct buf b = { 0 };
    size_t n = strlen(r->path);
    while (n && r->path[n - 1] == '/')
        n--;
    buf_put(&b, r->path, n);
    buf_printf(&b, "%s%s", *path == '/' ? "" : "/", path);
    return buf_take(&b);
}

/* true: it is there, whatever it is. `absent`: it should be, so that its absence is a fact, too. */
static bool take(const struct root *r, const struct spot *at, enum disk_place place, bool absent)
{
    struct found found;
    struct stream *s;
    struct err e;
    find(r, at, &found);
    bool there = found.state != DISK_ABSENT;
    if (!there && !absent)
        return false;
    struct certfile f = {
        .path = full_path(r, at->path), .owner = found.owner, .modified = found.modified, .unit = r->unit
    };
    (void)places_of(slice_of(f.path), &f.place);
    f.place.place = place;
    if (*at->path == '/') /* sftunnel.conf may put it anywhere */
        f.called = at->path;
    if (!found.file) {
        certfiles_bad(r->c, &f, found.state, found.e.text);
    } else if (open_stream(&found, &s, &e) == ERR_OK) {
        certfiles_take(r->c, &f, s);
        stream_close(s);
    } else {
        certfiles_bad(r->c, &f, DISK_UNREADABLE, e.text);
    }
    file_unref(found.file);
    free((char *)(uintptr_t)f.path);
    return there;
}

/* The whole of a small file; false: none, or it can't be read, which is a problem. */
static bool small_file(const struct root *r, const struct spot *at, size_t most, struct buf *out)
{
    struct found f;
    struct stream *s;
    struct err e = { 0 };
    size_t got = 0;
    find(r, at, &f);
    bool good = f.file && open_stream(&f, &s, &e) == ERR_OK;
    if (good) {
        char *text = mem_alloc(most + 1);
        good = stream_fill(s, text, most + 1, &got, &e) == ERR_OK;
        buf_put(out, text, got < most ? got : most);
        free(text);
        stream_close(s);
    }
    file_unref(f.file);
    char *full = full_path(r, at->path);
    if (!good && f.state != DISK_ABSENT)
        casefile_problem(r->c, full, "%s", f.e.text[0] ? f.e.text : e.text);
    else if (got > most)
        casefile_problem(r->c, full, "only the first %zu bytes are read", most);
    free(full);
    return good;
}

/* ---- what the appliance says of itself ---- */

static const char *const above[] = { "", "ngfw/" };

static bool facts_of(const struct root *r, const char *path, enum source_kind kind)
{
    struct buf text = { 0 };
    for (size_t i = 0; i < 2; i++) {
        struct buf at = { 0 };
        buf_printf(&at, "%s%s", above[i], path);
        bool good = small_file(r, &(struct spot){ .path = at.p }, CAP_JSON_BYTES, &text);
        if (good) {
            char *full = full_path(r, at.p);
            struct facts f = { .c = r->c, .source = casefile_source(r->c, full, kind, r->unit) };
            r->c->sources[f.source].n.bytes = text.n;
            if (kind == SOURCE_IMS_CONF)
                ims_read(&f, buf_as_slice(&text));
            else
                peersmap_read(&f, buf_as_slice(&text));
            free(full);
        }
        buf_clear(&at);
        buf_clear(&text);
        if (good)
            return true;
    }
    return false;
}

/* Where sftunnel.conf says that the files are, else where they are by default. */
static void read_conf(struct root *r)
{
    static const char *const usual[] = { "/etc/sf/keys/sftunnel-cert.pem", "/etc/sf/keys/sftunnel-key.pem",
        "/etc/sf/ca_root/cacert.pem", "/etc/sf/ca_root/crl.pem" };
    struct buf text = { 0 };
    struct tunnelconf conf = { 0 };
    for (size_t i = 0; i < 2 && !conf.proxyssl; i++) {
        struct buf at = { 0 };
        buf_printf(&at, "%setc/sf/sftunnel.conf", above[i]);
        buf_reset(&text);
        const struct spot spot = { .path = at.p };
        if (take(r, &spot, DISK_CONFIG, false) && small_file(r, &spot, CAP_CONF_BYTES, &text))
            tunnelconf_parse(buf_as_slice(&text), &conf);
        buf_clear(&at);
    }
    for (size_t i = 0; i < CONF_TLS_VERSION; i++) {
        struct slice v = conf.value[i];
        bool good = v.n && v.n <= CAP_PATH_BYTES && v.p[0] == '/' && !memchr(v.p, '\0', v.n);
        r->set[i] = good ? mem_strndup(v.p, v.n) : mem_strdup(usual[i]);
    }
    buf_clear(&text);
}

static bool says_fmc(const struct root *r)
{
    for (size_t i = 0; i < r->c->appliance_count; i++)
        if (r->c->appliances[i].unit == r->unit && r->c->appliances[i].role == ROLE_FMC)
            return true;
    return false;
}

static void own_files(const struct root *r)
{
    static const enum disk_place places[] = { DISK_OWN_CERT, DISK_OWN_KEY, DISK_CA, DISK_CRL };
    /* a firewall has none of these: what is missing is missed where one of them is, or on an FMC */
    bool fmc = says_fmc(r);
    for (size_t i = 0; i < CONF_CRL && !fmc; i++) {
        int fd = open_in(r, r->set[i], O_PATH);
        fmc = fd >= 0;
        if (fd >= 0)
            close(fd);
    }
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        (void)take(r, &(struct spot){ .path = r->set[i] }, places[i], fmc && places[i] != DISK_CRL);
}

/* ---- peers ---- */

struct entry {
    char *name;
    unsigned char type; /* DT_REG, ... as the folder has it; DT_UNKNOWN */
};

struct folder {
    const char *path; /* below the root; borrowed */
    DIR *dir;         /* NULL: it can't be opened, or isn't there */
    bool whole;       /* there is nothing else in it */
    struct entry *all;
    size_t count, capacity;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static void folder_clear(struct folder *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->all[i].name);
    free(n->all);
    if (n->dir)
        closedir(n->dir);
}

/* The entries of a folder, sorted; none when it can't be opened, which is a problem unless it isn't there. */
static void list(const struct root *r, const char *path, struct folder *n)
{
    struct dirent *k;
    struct err e;
    int fd = open_in(r, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK), os = errno;
    *n = (struct folder){ .path = path, .dir = fd >= 0 ? fdopendir(fd) : NULL };
    if (!n->dir && fd >= 0) {
        os = errno;
        close(fd);
    }
    bool absent = !n->dir && (os == ENOENT || os == ENOTDIR);
    char *full = full_path(r, path);
    if (!n->dir && !absent) {
        err_os(&e, ERR_IO, os, "can't be opened");
        casefile_problem(r->c, full, "%s", e.text);
    }
    while (n->dir && n->count < CAP_FOLDER_ENTRIES && (k = readdir(n->dir))) {
        if (k->d_name[0] == '.' && (!k->d_name[1] || (k->d_name[1] == '.' && !k->d_name[2])))
            continue;
        n->all = mem_grow(n->all, &n->capacity, n->count + 1, sizeof *n->all);
        n->all[n->count++] = (struct entry){ mem_strdup(k->d_name), k->d_type };
    }
    if (n->count == CAP_FOLDER_ENTRIES)
        casefile_problem(
            r->c, full, "holds more than %d entries: the rest is left out (cap folder-entries)", CAP_FOLDER_ENTRIES);
    n->whole = absent || (n->dir && n->count < CAP_FOLDER_ENTRIES);
    if (n->count)
        qsort(n->all, n->count, sizeof *n->all, by_name);
    free(full);
}

static const struct entry *entry_of(const struct folder *n, const char *name)
{
    const struct entry like = { .name = (char *)(uintptr_t)name };
    return n->count ? bsearch(&like, n->all, n->count, sizeof like, by_name) : NULL;
}

/* In this folder; `path` is made, and the caller clears it. */
static struct spot spot_in(const struct folder *n, const char *name, struct buf *path)
{
    const struct entry *k = entry_of(n, name);
    bool regular = k && k->type == DT_REG;
    buf_printf(path, "%s/%s", n->path, name);
    return (struct spot){
        .path = path->p, .name = regular ? name : NULL, .folder = regular ? dirfd(n->dir) : -1, .gone = !k && n->whole
    };
}

/* The three of a set, and what lies beside them under nearly the same names. */
static void take_set(const struct root *r, const struct folder *n, enum disk_place first)
{
    static const char *const files[] = { "cacert.pem", "sftunnel-cert.pem", "sftunnel-key.pem" };
    bool odd;
    bool any = entry_of(n, files[0]) || entry_of(n, files[1]) || entry_of(n, files[2]);
    for (size_t i = 0; i < n->count + 3; i++) {
        const char *name = i < 3 ? files[i] : n->all[i - 3].name;
        if (i >= 3 && !places_stray(slice_of(name), &odd))
            continue;
        struct buf path = { 0 };
        const struct spot at = spot_in(n, name, &path);
        if (i < 3)
            (void)take(r, &at, (enum disk_place)(first + i), any && i > 0);
        else
            (void)take(r, &at, DISK_STRAY, false);
        buf_clear(&path);
    }
}

static struct facts facts_in(const struct root *r, const char *path, enum source_kind kind)
{
    char *full = full_path(r, path);
    struct facts f = { .c = r->c, .source = casefile_source(r->c, full, kind, r->unit) };
    free(full);
    return f;
}

/* The release that it had when it last said so, and when its heartbeat was written. */
static void about_peer(const struct root *r, const struct folder *n, const char *uuid)
{
    struct buf path = { 0 }, text = { 0 };
    struct found beat;
    struct spot at = spot_in(n, "sw_version", &path);
    if (small_file(r, &at, CAP_NAME_BYTES, &text)) {
        struct facts f = facts_in(r, path.p, SOURCE_SW_VERSION);
        struct slice rest;
        r->c->sources[f.source].n.bytes = text.n;
        facts_version(&f, 1, slice_of(uuid), slice_trim(slice_cut(buf_as_slice(&text), '\n', &rest)));
    }
    buf_reset(&path);
    at = spot_in(n, "sftunnel-heartbeat", &path);
    find(r, &at, &beat);
    if (beat.file) {
        struct facts f = facts_in(r, path.p, SOURCE_HEARTBEAT);
        facts_heartbeat(&f, slice_of(uuid), beat.modified);
    }
    file_unref(beat.file);
    buf_clear(&path);
    buf_clear(&text);
}

static void one_peer(const struct root *r, const char *path, const char *uuid)
{
    struct folder n, pushed;
    list(r, path, &n);
    take_set(r, &n, DISK_PEER_CA);
    about_peer(r, &n, uuid);
    if (entry_of(&n, "certs_pushed") || !n.whole) {
        struct buf below = { 0 };
        buf_printf(&below, "%s/certs_pushed", path);
        list(r, below.p, &pushed);
        take_set(r, &pushed, DISK_PUSHED_CA);
        folder_clear(&pushed);
        buf_clear(&below);
    }
    folder_clear(&n);
}

static void peers(const struct root *r, const char *path)
{
    struct folder n;
    list(r, path, &n);
    for (size_t i = 0; i < n.count && !origin_stopped(&r->origin); i++) {
        struct buf below = { 0 };
        if (!slice_is_uuid(slice_of(n.all[i].name)))
            continue;
        buf_printf(&below, "%s/%s", path, n.all[i].name);
        one_peer(r, below.p, n.all[i].name);
        buf_clear(&below);
    }
    folder_clear(&n);
}

/* On an FTD /var/sf leads to /ngfw/var/sf: one folder, read once. */
static void all_peers(const struct root *r)
{
    struct stat st[2];
    bool there[2];
    static const char *const folders[] = { "var/sf/peers", "ngfw/var/sf/peers" };
    for (size_t i = 0; i < 2; i++) {
        int fd = open_in(r, folders[i], O_PATH | O_DIRECTORY);
        there[i] = fd >= 0 && fstat(fd, &st[i]) == 0;
        if (fd >= 0)
            close(fd);
    }
    if (there[0])
        peers(r, folders[0]);
    if (there[1] && !(there[0] && st[0].st_dev == st[1].st_dev && st[0].st_ino == st[1].st_ino))
        peers(r, folders[1]);
}

enum err_code certfiles_root(
    struct casefile *c, const char *root, uint32_t unit, const atomic_bool *stop, struct err *e)
{
    struct root r = { .c = c, .path = root, .unit = unit, .origin = { .stop = stop } };
    r.fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r.fd < 0)
        return err_os(e, errno == EACCES ? ERR_PERMISSION : ERR_NOINPUT, errno, "can't be opened");
    (void)facts_of(&r, "etc/sf/ims.conf", SOURCE_IMS_CONF);
    (void)facts_of(&r, "var/sf/peers/PEERS_MAP.JSON", SOURCE_PEERS_MAP);
    read_conf(&r);
    own_files(&r);
    all_peers(&r);
    for (size_t i = 0; i < CONF_TLS_VERSION; i++)
        free(r.set[i]);
    close(r.fd);
    return ERR_OK;
}
