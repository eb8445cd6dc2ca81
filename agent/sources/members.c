/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/members.h"

#include "agent/sources/bundle.h"
#include "agent/sources/names.h"
#include "agent/sources/problems.h"
#include "base/buf.h"
#include "base/caps.h"

bool members_clean(struct slice path, struct buf *out, bool *absolute)
{
    *absolute = path.n && path.p[0] == '/';
    if (path.n > CAP_PATH_BYTES)
        return false;
    size_t before = out->n;
    while (path.n) {
        struct slice part = slice_cut(path, '/', &path);
        if (slice_eq(part, SLICE("..")))
            return false;
        if (part.n == 0 || slice_eq(part, SLICE(".")))
            continue;
        if (out->n > before)
            buf_putc(out, '/');
        buf_slice(out, part);
    }
    return true;
}

static void read_member(
    struct reading *r, const struct item *archive, struct bundle *b, const struct member *m, const char *path)
{
    struct item it = *archive;
    it.path = path;
    it.given = false;
    it.member = true;
    it.depth++;
    it.owner = m->owner;
    if (m->mtime != INT64_MIN) {
        it.written = m->mtime;
        it.basis = YEAR_ARCHIVE;
    }
    (void)item_read(r, &it, bundle_member(b)); /* a member is never put off */
}

static void member(struct reading *r, const struct item *archive, struct bundle *b, const struct member *m)
{
    struct buf path = { 0 };
    bool absolute;
    buf_printf(&path, "%s!", archive->path);
    if (!members_clean(slice_of(m->path), &path, &absolute)) {
        casefile_problem(r->c, archive->path, "a member whose path has \"..\" in it or is too long was left out");
        goto out;
    }
    units_saw(r->units, buf_as_slice(&path));
    if (absolute)
        casefile_problem(r->c, archive->path, "a member has an absolute path: taken as relative (nothing is written)");
    switch (m->type) {
    case MEMBER_FILE:
        if (m->encrypted)
            casefile_problem(r->c, path.p, "is encrypted: left out (unpack it with its password, give the folder)");
        else
            read_member(r, archive, b, m, path.p);
        break;
    case MEMBER_SYMLINK: problems_passed_over(r->c, archive->path, path.p, "a symbolic link"); break;
    case MEMBER_HARDLINK: problems_passed_over(r->c, archive->path, path.p, "a hard link"); break;
    case MEMBER_SPECIAL: problems_passed_over(r->c, archive->path, path.p, "a device, FIFO or socket"); break;
    case MEMBER_FOLDER:
    case MEMBER_END: break;
    }
out:
    buf_clear(&path);
}

void members_read(struct reading *r, const struct item *archive, enum format format, struct stream *s)
{
    struct bundle *b;
    struct err e = { 0 };
    if (bundle_open(s, format, &archive->file->origin, &b, &e) != ERR_OK) {
        casefile_problem(r->c, archive->path, "%s", e.text);
        return;
    }
    for (size_t count = 0;; count++) {
        struct member m;
        bool fatal;
        if (count == CAP_ENTRIES) {
            casefile_problem(
                r->c, archive->path, "has more than %d members: the rest is left out (cap entries)", CAP_ENTRIES);
            break;
        }
        enum err_code code = bundle_next(b, &m, &fatal, &e);
        if (code == ERR_OK && m.type == MEMBER_END)
            break;
        if (code == ERR_OK)
            member(r, archive, b, &m);
        else if (code != ERR_INTERRUPTED)
            casefile_problem(r->c, archive->path, "%s%s", e.text, fatal ? ": what follows is left out" : "");
        if (code != ERR_OK && fatal)
            break;
    }
    bundle_close(b);
}
