/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/bundle.h"

#include "base/caps.h"
#include "base/mem.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

struct bundle {
    struct archive *archive;
    struct archive_entry *entry; /* libarchive's */
    struct stream *inner;
    struct origin *origin;
    struct err inner_err; /* what reading the inner stream said: better words than libarchive's */
    uint64_t at;          /* position in a seekable inner stream */
    uint64_t size;
    char *block;
};

static la_ssize_t on_read(struct archive *a, void *data, const void **block)
{
    struct bundle *b = data;
    size_t got;
    *block = b->block;
    if (stream_read(b->inner, b->block, CAP_BLOCK_BYTES, &got, &b->inner_err) != ERR_OK) {
        archive_set_error(a, -1, "%s", b->inner_err.text);
        return -1;
    }
    b->at += got;
    return (la_ssize_t)got;
}

static la_int64_t on_seek(struct archive *a, void *data, la_int64_t offset, int whence)
{
    struct bundle *b = data;
    uint64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? b->at : b->size;
    (void)a;
    if (offset < 0 ? base < (uint64_t)-offset : base + (uint64_t)offset > b->size)
        return ARCHIVE_FATAL;
    uint64_t to = base + (uint64_t)offset;
    if (stream_seek(b->inner, to, &b->inner_err) != ERR_OK)
        return ARCHIVE_FATAL;
    b->at = to;
    return (la_int64_t)to;
}

static la_int64_t on_skip(struct archive *a, void *data, la_int64_t n)
{
    struct bundle *b = data;
    (void)a;
    if (n <= 0 || b->at > b->size || (uint64_t)n > b->size - b->at)
        return 0; /* reading on will say that it is truncated */
    if (stream_seek(b->inner, b->at + (uint64_t)n, &b->inner_err) != ERR_OK)
        return ARCHIVE_FATAL;
    b->at += (uint64_t)n;
    return n;
}

/* What went wrong, in the words of the layer that knows best. */
static enum err_code failed(struct bundle *b, struct err *e)
{
    if (b->inner_err.code != ERR_OK) {
        if (e)
            *e = b->inner_err;
        return b->inner_err.code;
    }
    const char *text = archive_error_string(b->archive);
    return err_set(e, ERR_DATA, "%s", text ? text : "is corrupt");
}

static struct bundle *start(struct stream *inner, struct origin *o)
{
    struct bundle *b = mem_zalloc(1, sizeof *b);
    b->inner = inner;
    b->origin = o;
    b->block = mem_alloc(CAP_BLOCK_BYTES);
    b->archive = archive_read_new();
    if (!b->archive)
        abort(); /* out of memory, as in base/mem.h */
    return b;
}

static enum err_code begin(struct bundle *b, struct err *e)
{
    archive_read_set_callback_data(b->archive, b);
    archive_read_set_read_callback(b->archive, on_read);
    if (stream_seekable(b->inner)) {
        b->size = b->origin->size;
        archive_read_set_seek_callback(b->archive, on_seek);
        archive_read_set_skip_callback(b->archive, on_skip);
    }
    return archive_read_open1(b->archive) == ARCHIVE_OK ? ERR_OK : failed(b, e);
}

enum err_code bundle_open(
    struct stream *inner, enum format format, struct origin *o, struct bundle **out, struct err *e)
{
    struct bundle *b = start(inner, o);
    int r = format == FORMAT_TAR     ? archive_read_support_format_tar(b->archive)
            : stream_seekable(inner) ? archive_read_support_format_zip(b->archive)
                                     : archive_read_support_format_zip_streamable(b->archive);
    enum err_code code = r == ARCHIVE_OK || r == ARCHIVE_WARN ? begin(b, e) : failed(b, e);
    *out = b;
    if (code != ERR_OK) {
        bundle_close(b);
        *out = NULL;
    }
    return code;
}

static enum member_type type_of(struct archive_entry *entry)
{
    if (archive_entry_hardlink(entry) || archive_entry_hardlink_utf8(entry))
        return MEMBER_HARDLINK;
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG: return MEMBER_FILE;
    case AE_IFDIR: return MEMBER_FOLDER;
    case AE_IFLNK: return MEMBER_SYMLINK;
    default: return MEMBER_SPECIAL;
    }
}

enum err_code bundle_next(struct bundle *b, struct member *m, bool *fatal, struct err *e)
{
    *m = (struct member){ .type = MEMBER_END, .path = "", .mtime = INT64_MIN };
    *fatal = true;
    int r;
    do {
        if (origin_stopped(b->origin))
            return err_set(e, ERR_INTERRUPTED, "interrupted");
        r = archive_read_next_header(b->archive, &b->entry);
    } while (r == ARCHIVE_RETRY);
    if (r == ARCHIVE_EOF && b->inner_err.code == ERR_OK)
        return ERR_OK;
    if (r != ARCHIVE_OK && r != ARCHIVE_WARN) {
        *fatal = r != ARCHIVE_FAILED;
        return failed(b, e);
    }
    m->type = type_of(b->entry);
    m->path = archive_entry_pathname(b->entry);
    if (!m->path) /* not expressible in the C locale: zip and pax names are UTF-8 */
        m->path = archive_entry_pathname_utf8(b->entry);
    if (!m->path)
        m->path = "(a name that can't be read)";
    if (archive_entry_mtime_is_set(b->entry) && archive_entry_mtime(b->entry) > 0)
        m->mtime = archive_entry_mtime(b->entry);
    if (archive_format(b->archive) & ARCHIVE_FORMAT_TAR)
        m->owner = (struct owner){ true, archive_entry_perm(b->entry), (uint32_t)archive_entry_uid(b->entry),
            (uint32_t)archive_entry_gid(b->entry) };
    m->encrypted = archive_entry_is_data_encrypted(b->entry) || archive_entry_is_metadata_encrypted(b->entry);
    return ERR_OK;
}

void bundle_close(struct bundle *b)
{
    if (!b)
        return;
    archive_read_free(b->archive);
    stream_close(b->inner);
    if (b->block)
        explicit_bzero(b->block, CAP_BLOCK_BYTES); /* a key may have passed through */
    free(b->block);
    free(b);
}

const char *bundle_library(void)
{
    return archive_version_string();
}

/* ---- the bytes of one member ---- */

struct member_stream {
    struct stream base;
    struct bundle *bundle;
    bool owner; /* of the bundle: a single compressed thing */
    bool opened;
    const char *block; /* libarchive's, what is left of it */
    size_t left;
    int64_t next;  /* where the block begins in the member; holes of sparse members stand before it */
    int64_t given; /* bytes of the member that were handed out */
    uint64_t total;
    struct err err;
};

static enum err_code fail(struct member_stream *s, struct err *e)
{
    if (e)
        *e = s->err;
    return s->err.code;
}

/* The raw format has one member, which is what comes out of the filter. */
static enum err_code open_raw(struct member_stream *s, bool *empty)
{
    struct member m;
    bool fatal;
    s->opened = true;
    enum err_code code = s->err.code;
    if (code == ERR_OK)
        code = begin(s->bundle, &s->err);
    /* a filter that fails at once looks like an empty archive, but for this */
    if (code == ERR_OK && archive_errno(s->bundle->archive) != 0)
        code = failed(s->bundle, &s->err);
    if (code == ERR_OK)
        code = bundle_next(s->bundle, &m, &fatal, &s->err);
    *empty = code == ERR_OK && m.type == MEMBER_END;
    return code;
}

/*
 * The next block of the member. archive_read_data() would fill the whole buffer, and throw away what it has when the
 * data turns out to be damaged on the way.
 */
static enum err_code next_block(struct member_stream *s, bool *end)
{
    const void *block = NULL;
    int r;
    do
        r = archive_read_data_block(s->bundle->archive, &block, &s->left, &s->next);
    while (r == ARCHIVE_RETRY);
    *end = r == ARCHIVE_EOF;
    if (r == ARCHIVE_OK && s->next < s->given)
        return err_set(&s->err, ERR_DATA, "its parts are not in order");
    s->block = block;
    if (r != ARCHIVE_OK) {
        s->left = 0;
        s->next = s->given; /* a hole at the end is not made up */
    }
    return r == ARCHIVE_OK || *end ? ERR_OK : failed(s->bundle, &s->err);
}

/* Up to n bytes of the block, or of the zeros before it. */
static size_t take(struct member_stream *s, char *p, size_t n)
{
    uint64_t hole = s->next > s->given ? (uint64_t)(s->next - s->given) : 0;
    if (hole) {
        n = n > hole ? (size_t)hole : n;
        memset(p, 0, n);
    } else {
        n = n > s->left ? s->left : n;
        memcpy(p, s->block, n);
        s->block += n;
        s->left -= n;
        s->next += (int64_t)n;
    }
    s->given += (int64_t)n;
    return n;
}

static enum err_code member_read(struct stream *base, char *p, size_t n, size_t *got, struct err *e)
{
    struct member_stream *s = (struct member_stream *)base;
    struct bundle *b = s->bundle;
    bool empty = false;
    if (!s->opened && open_raw(s, &empty) != ERR_OK)
        return fail(s, e);
    if (empty)
        return ERR_OK;
    if (s->err.code != ERR_OK)
        return fail(s, e);
    if (origin_stopped(b->origin)) {
        err_set(&s->err, ERR_INTERRUPTED, "interrupted");
        return fail(s, e);
    }
    bool end = false;
    while (s->left == 0 && s->next <= s->given && !end)
        if (next_block(s, &end) != ERR_OK)
            return fail(s, e);
    if (end)
        return ERR_OK;
    *got = take(s, p, n);
    if (origin_out(b->origin, *got, &s->total, &s->err) != ERR_OK)
        *got = 0;
    return s->err.code == ERR_OK ? ERR_OK : fail(s, e);
}

static void member_close(struct stream *base)
{
    struct member_stream *s = (struct member_stream *)base;
    if (s->owner)
        bundle_close(s->bundle);
    free(s);
}

static const struct stream_ops member_ops = { .read = member_read, .close = member_close };

struct stream *bundle_member(struct bundle *b)
{
    struct member_stream *s = mem_zalloc(1, sizeof *s);
    s->base.ops = &member_ops;
    s->bundle = b;
    s->opened = true;
    return &s->base;
}

/* Exactly this one filter: without it libarchive goes on by itself as long as something looks compressed. ARCHIVE_WARN
 * stands for an external program, which is never run from here. */
static int filter(struct archive *a, enum format format)
{
    switch (format) {
    case FORMAT_GZIP: return archive_read_append_filter(a, ARCHIVE_FILTER_GZIP);
    case FORMAT_XZ: return archive_read_append_filter(a, ARCHIVE_FILTER_XZ);
    case FORMAT_ZSTD: return archive_read_append_filter(a, ARCHIVE_FILTER_ZSTD);
    case FORMAT_BZIP2: return archive_read_append_filter(a, ARCHIVE_FILTER_BZIP2);
    case FORMAT_PLAIN:
    case FORMAT_TAR:
    case FORMAT_ZIP: break;
    }
    return ARCHIVE_FATAL;
}

struct stream *bundle_unpack(struct stream *inner, enum format format, struct origin *o)
{
    struct member_stream *s = mem_zalloc(1, sizeof *s);
    s->base.ops = &member_ops;
    s->bundle = start(inner, o);
    s->owner = true;
    if (filter(s->bundle->archive, format) != ARCHIVE_OK || archive_read_support_format_raw(s->bundle->archive) ||
        archive_read_support_format_empty(s->bundle->archive))
        err_set(&s->err, ERR_DATA, "is compressed in a way that this libarchive can't read");
    return &s->base;
}
