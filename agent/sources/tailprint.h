/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is remembered of a content up to some byte n, so that it is known again wherever it turns up: its first 64
 * bytes, hashes of its beginning (at most 1,024 bytes, at five lengths, so that a shorter copy can be compared too),
 * and the marker: the 64 bytes before n. Contents of less than 64 bytes are told apart by all they have.
 * No secret and no proof: hashes are FNV-1a, 64 bits. Whoever may write into a log's folder is not an adversary here.
 */
#ifndef AGENT_SOURCES_TAILPRINT_H
#define AGENT_SOURCES_TAILPRINT_H

#include "base/slice.h"

#define TAILPRINT_HEAD 64     /* bytes kept of the beginning */
#define TAILPRINT_MARKER 64   /* bytes kept of the end */
#define TAILPRINT_PREFIX 1024 /* bytes of the beginning that are hashed at most */
#define TAILPRINT_HASHES 4    /* of the first 128, 256, 512 and 1,024 bytes */

struct tailprint {
    uint64_t n;
    uint64_t whole; /* hash of the first min(n, 1024) bytes */
    uint64_t hash[TAILPRINT_HASHES];
    unsigned char head[TAILPRINT_HEAD];
    unsigned char marker[TAILPRINT_MARKER];
};

/* Does a content begin with the one that is remembered? */
enum tailmatch {
    TAILMATCH_OTHER,   /* no, or there is nothing to compare */
    TAILMATCH_SHORTER, /* it is its beginning, but not all of it */
    TAILMATCH_REACHES, /* it has all of it and may go on */
};

uint64_t tailprint_hash(uint64_t h, struct slice bytes); /* goes on from h; TAILPRINT_SEED first */
#define TAILPRINT_SEED 14695981039346656037ULL

/* n bytes of content: first has the first min(n, 1024) of them, last at least the last min(n, 64). */
void tailprint_set(struct tailprint *p, uint64_t n, struct slice first, struct slice last);

/* The beginning alone: first has min(size, 1024) bytes of a content of that size. REACHES: the marker is still open. */
enum tailmatch tailprint_begins(const struct tailprint *p, struct slice first, uint64_t size);
/* The 64 bytes before n of another content; last has at least min(n, 64). */
bool tailprint_marker(const struct tailprint *p, struct slice last);
/* A plain file, with its size. An unreadable one is OTHER. */
enum tailmatch tailprint_file(const struct tailprint *p, int fd, uint64_t size);
/* Of the first n bytes of a plain file; false: they can't be had. */
bool tailprint_of_file(struct tailprint *p, int fd, uint64_t n);
/* Do the first n bytes of two plain files agree at both of their ends? */
bool tailprint_alike(int a, int b, uint64_t n);

/* pread() that goes on after a signal and a short read; what was read, 0 also on errors. */
size_t tailprint_read(int fd, void *p, size_t n, uint64_t at);

#endif
