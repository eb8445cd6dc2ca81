/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The regular files below a folder. Links are not followed, and nothing but folders and regular files is taken: what
 * is passed over is counted as a problem of the casefile.
 */
#ifndef AGENT_SOURCES_TREE_H
#define AGENT_SOURCES_TREE_H

#include "agent/sources/file.h"
#include "agent/diagnosis/casefile.h"

struct tree_file {
    char *path; /* relative to the root */
    uint64_t size;
};

struct tree {
    struct tree_root *root;
    struct tree_file *files; /* in byte order of their paths */
    size_t count, capacity;
};

/* Unreadable folders below are problems; an unreadable root is an error. Ends early when stopped. */
enum err_code tree_read(const char *path, const struct origin *origin, struct casefile *c, struct tree *out,
    struct err *e) __attribute__((warn_unused_result));
void tree_clear(struct tree *t);

#endif
