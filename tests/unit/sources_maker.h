/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes what the tests of agent/sources read: compressed bytes, archives with anything in them, files and folders in
 * one temporary place that is removed at the end. Aborts when that fails: it is no test itself.
 */
#ifndef TESTS_UNIT_SOURCES_MAKER_H
#define TESTS_UNIT_SOURCES_MAKER_H

#include "agent/sources/detect.h"
#include "base/buf.h"

struct made_member {
    const char *path;
    struct slice bytes;
    const char *symlink, *hardlink; /* where it points, or NULL */
    bool folder, device, fifo;
    long mtime;
};

/* Adds bytes in this compression to out. */
void make_packed(struct buf *out, enum format format, struct slice bytes);
/* FORMAT_TAR (pax) or FORMAT_ZIP; password: a zip whose data is encrypted, or NULL. */
void make_archive(
    struct buf *out, enum format format, const struct made_member *members, size_t count, const char *password);

/* "sf-1: line n of name", any number of lines with a newline each. */
void make_lines(struct buf *out, const char *name, unsigned lines);

/* An empty temporary folder; make_gone() removes it with everything in it. */
void make_place(void);
void make_gone(void);
/* The full path of name in it; good until the eighth call after this one. Folders on the way are made by make_file. */
const char *made(const char *name);
const char *make_file(const char *name, struct slice bytes);

#endif
