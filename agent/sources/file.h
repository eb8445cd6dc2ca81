/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file of the world, opened for reading: regular ones are read by position, so that several threads can share one;
 * standard input, FIFOs and character devices as they come. Counted references; the last one closes.
 * A regular file may be put to rest (closed) and is opened again by its name when somebody reads it: thousands of logs
 * in one folder need not be open at once. It must then still be the same file.
 */
#ifndef AGENT_SOURCES_FILE_H
#define AGENT_SOURCES_FILE_H

#include "agent/sources/stream.h"

#include <pthread.h>
#include <sys/types.h>

/* Whose it is: from the disk, or as an archive's header claims. */
struct owner {
    bool known;
    uint32_t mode, uid, gid;
};

struct file {
    struct origin origin;
    uint64_t size; /* of a regular file when it was opened */
    int64_t mtime; /* Unix seconds */
    bool regular;
    bool device; /* a character device, but no terminal */
    struct owner owner;
    dev_t dev;
    ino_t ino;
    /* private */
    atomic_uint refs;
    pthread_mutex_t lock;
    int fd; /* -1: at rest */
    unsigned readers;
    bool resting;           /* to be closed whenever nobody reads it */
    struct tree_root *root; /* NULL: path is as given on the command line */
    char *path;
};

/* The folder that a walk began at; counted likewise. */
struct tree_root {
    int fd;
    atomic_uint refs;
};

/* A path as given, links followed. Folders, block devices and sockets are refused. */
enum err_code file_open(const char *path, const struct origin *origin, struct file **out, struct err *e)
    __attribute__((warn_unused_result));
/* Below a root, by relative path: no component may be a link, only regular files. */
enum err_code file_open_below(struct tree_root *root, const char *path, const struct origin *origin, struct file **out,
    struct err *e) __attribute__((warn_unused_result));
/* A descriptor that is open for reading, taken over also on failure; only regular files. `path` is for people. */
enum err_code file_from(int fd, const char *path, const struct origin *origin, struct file **out, struct err *e)
    __attribute__((warn_unused_result));
struct file *file_stdin(const struct origin *origin);
struct file *file_ref(struct file *f);
void file_unref(struct file *f); /* takes NULL */
void file_rest(struct file *f);

/*
 * From `from` to before `to` (UINT64_MAX: to the end, whatever it is by then). Ending before `to` is an error: the file
 * shrank. For a file that is not regular both must be 0 and UINT64_MAX, and there can be one stream only.
 * The stream holds a reference. Seeking works in regular files.
 */
enum err_code file_stream(struct file *f, uint64_t from, uint64_t to, struct stream **out, struct err *e)
    __attribute__((warn_unused_result));

struct tree_root *tree_root_ref(struct tree_root *r);
void tree_root_unref(struct tree_root *r); /* takes NULL */

/* Opens the last component of a relative path below dir, following no link in any of them; -1 and errno. */
int file_openat(int dir, const char *path, int flags);

#endif
