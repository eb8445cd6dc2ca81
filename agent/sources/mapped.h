/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A part of a regular file, seen through windows of mapped memory: half the cost of copying it into a buffer, which is
 * what bounds the reading of a log in which little is about sftunnel.
 *
 * A file may shrink while it is read; touching what is gone raises SIGBUS. The handler puts zeros in its place and the
 * window's reader is told, so that a log that is truncated under our eyes costs its rest and nothing else.
 */
#ifndef AGENT_SOURCES_MAPPED_H
#define AGENT_SOURCES_MAPPED_H

#include "agent/sources/file.h"

struct mapped_part {
    struct file *file;
    uint64_t from, to; /* to: UINT64_MAX: to the end */
    void (*feed)(void *data, const char *p, size_t n);
    void *data;
};

/*
 * Hands the bytes of the part to feed, in order; a block is gone when feed returns. *usable is false when this file
 * can't be mapped: nothing was fed then, and the caller reads it as a stream.
 */
enum err_code mapped_feed(const struct mapped_part *part, bool *usable, struct err *e)
    __attribute__((warn_unused_result));

#endif
