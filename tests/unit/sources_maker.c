/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/sources_maker.h"

#include "base/mem.h"

#include <archive.h>
#include <archive_entry.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char place[64];

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "sources_maker: %s failed\n", what);
    abort();
}

static la_ssize_t on_write(struct archive *a, void *out, const void *bytes, size_t n)
{
    (void)a;
    buf_put(out, bytes, n);
    return (la_ssize_t)n;
}

static void open_archive(struct archive *a, struct buf *out)
{
    archive_write_set_bytes_per_block(a, 0);
    must(archive_write_open(a, out, NULL, on_write, NULL) == ARCHIVE_OK, "archive_write_open");
}

void make_packed(struct buf *out, enum format format, struct slice bytes)
{
    struct archive *a = archive_write_new();
    must(archive_write_set_format_raw(a) == ARCHIVE_OK, "raw");
    int r = format == FORMAT_GZIP   ? archive_write_add_filter_gzip(a)
            : format == FORMAT_XZ   ? archive_write_add_filter_xz(a)
            : format == FORMAT_ZSTD ? archive_write_add_filter_zstd(a)
                                    : archive_write_add_filter_bzip2(a);
    must(r == ARCHIVE_OK, "filter");
    open_archive(a, out);
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_filetype(e, AE_IFREG);
    must(archive_write_header(a, e) == ARCHIVE_OK, "header");
    must(archive_write_data(a, bytes.p, bytes.n) == (la_ssize_t)bytes.n, "data");
    archive_entry_free(e);
    must(archive_write_close(a) == ARCHIVE_OK, "close");
    archive_write_free(a);
}

static struct archive_entry *entry_of(const struct made_member *m)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, m->path);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_mtime(e, m->mtime ? m->mtime : 1726802047, 0);
    archive_entry_set_filetype(e, m->folder    ? AE_IFDIR
                                  : m->device  ? AE_IFCHR
                                  : m->fifo    ? AE_IFIFO
                                  : m->symlink ? AE_IFLNK
                                               : AE_IFREG);
    archive_entry_set_size(e, (la_int64_t)m->bytes.n);
    if (m->symlink)
        archive_entry_set_symlink(e, m->symlink);
    if (m->hardlink)
        archive_entry_set_hardlink(e, m->hardlink);
    return e;
}

void make_archive(
    struct buf *out, enum format format, const struct made_member *members, size_t count, const char *password)
{
    struct archive *a = archive_write_new();
    must((format == FORMAT_TAR ? archive_write_set_format_pax(a) : archive_write_set_format_zip(a)) == ARCHIVE_OK,
        "format");
    if (password) {
        must(archive_write_set_options(a, "zip:encryption=traditional") == ARCHIVE_OK, "encryption");
        must(archive_write_set_passphrase(a, password) == ARCHIVE_OK, "passphrase");
    }
    open_archive(a, out);
    for (size_t i = 0; i < count; i++) {
        struct archive_entry *e = entry_of(&members[i]);
        must(archive_write_header(a, e) >= ARCHIVE_WARN, "member");
        if (members[i].bytes.n)
            must(archive_write_data(a, members[i].bytes.p, members[i].bytes.n) >= 0, "member's data");
        archive_entry_free(e);
    }
    must(archive_write_close(a) == ARCHIVE_OK, "close");
    archive_write_free(a);
}

void make_lines(struct buf *out, const char *name, unsigned lines)
{
    for (unsigned i = 1; i <= lines; i++)
        buf_printf(out, "Sep 20 04:10:%02u h SF-IMS[1]: [2] sftunneld:sf_ssl [INFO] line %u of %s\n", i % 60, i, name);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)at;
    return kind == FTW_DP ? rmdir(path) : unlink(path);
}

void make_gone(void)
{
    if (place[0])
        nftw(place, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    place[0] = '\0';
}

void make_place(void)
{
    make_gone();
    const char *tmp = getenv("TMPDIR");
    snprintf(place, sizeof place, "%.40s/sources.XXXXXX", tmp ? tmp : "/tmp");
    must(mkdtemp(place) != NULL, "mkdtemp");
}

const char *made(const char *name)
{
    static char path[8][512];
    static unsigned next;
    char *p = path[next++ % 8];
    snprintf(p, sizeof *path, "%s/%s", place, name);
    return p;
}

const char *make_file(const char *name, struct slice bytes)
{
    const char *path = made(name);
    char folder[512];
    for (const char *slash = strchr(path + strlen(place) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        (void)mkdir(folder, 0755);
    }
    FILE *f = fopen(path, "wb");
    must(f != NULL, path);
    must(fwrite(bytes.n ? bytes.p : "", 1, bytes.n, f) == bytes.n, "fwrite");
    must(fclose(f) == 0, "fclose");
    return path;
}
