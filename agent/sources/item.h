/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One thing that may be worth reading: a given file, one below a folder, a member of an archive, standard input.
 * Decides what it is, and has it read: logs go to the pool, small files become facts here, archives are gone through.
 */
#ifndef AGENT_SOURCES_ITEM_H
#define AGENT_SOURCES_ITEM_H

#include "agent/sources/reading.h"

struct item {
    const char *path;
    struct file *file;     /* what was given or found on disk; for a member, the file that it comes from */
    bool given;            /* named by the user: judged by its content alone, and a log when it is nothing else */
    bool member;           /* of an archive */
    unsigned depth;        /* archives around it */
    int64_t written;       /* Unix seconds */
    enum year_basis basis; /* of `written` */
    struct owner owner;
};

enum item_result {
    ITEM_DONE,
    ITEM_LATER, /* an archive or a live stream in pass one: to be read when all files are known */
};

/*
 * Reads it from s, which is taken over. Until r->began a file's own logs are only noted and archives are put off.
 */
enum item_result item_read(struct reading *r, const struct item *it, struct stream *s);

/* Opens it->file and reads that. */
enum item_result item_read_file(struct reading *r, const struct item *it);

#endif
