/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tar and zip archives, and xz, zstd and bzip2, through libarchive: as streams, in the order of the bytes, nothing on
 * disk. Names, types and sizes in an archive are claims of whoever made it. Wraps libarchive; nobody else includes it.
 */
#ifndef AGENT_SOURCES_BUNDLE_H
#define AGENT_SOURCES_BUNDLE_H

#include "agent/sources/detect.h"
#include "agent/sources/file.h"
#include "agent/sources/stream.h"

enum member_type { MEMBER_FILE, MEMBER_FOLDER, MEMBER_SYMLINK, MEMBER_HARDLINK, MEMBER_SPECIAL, MEMBER_END };

struct member {
    enum member_type type;
    const char *path; /* borrowed until the next one; never NULL */
    int64_t mtime;    /* INT64_MIN: not said */
    struct owner owner;
    bool encrypted;
};

struct bundle;

/* inner is taken over; format is FORMAT_TAR or FORMAT_ZIP. Where inner can seek, a zip's own table is used. */
enum err_code bundle_open(struct stream *inner, enum format format, struct origin *o, struct bundle **out,
    struct err *e) __attribute__((warn_unused_result));
/*
 * The next member; MEMBER_END at the end. An error with *fatal = false concerns one member only, and the next call goes
 * on; after a fatal one there is no going on.
 */
enum err_code bundle_next(struct bundle *b, struct member *m, bool *fatal, struct err *e)
    __attribute__((warn_unused_result));
/* The bytes of the member that is at hand, good until the next bundle_next(); b must outlive it. */
struct stream *bundle_member(struct bundle *b);
void bundle_close(struct bundle *b); /* takes NULL */

/* A layer that takes FORMAT_XZ, _ZSTD, _BZIP2 or _GZIP off; inner is taken over. */
struct stream *bundle_unpack(struct stream *inner, enum format format, struct origin *o);

/* "libarchive 3.6.2": for --version --verbose. */
const char *bundle_library(void);

#endif
