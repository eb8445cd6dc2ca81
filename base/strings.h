/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table of strings: each different one is kept once and has a small number from 1 on, in order of first
 * appearance; 0 is "none". Lookups do not allocate. The hash is keyed per process, so that hostile names
 * can't be chosen to collide; nothing that is printed depends on it.
 */
#ifndef BASE_STRINGS_H
#define BASE_STRINGS_H

#include "base/slice.h"

struct strings;

struct strings *strings_new(size_t most); /* at most `most` strings, else strings_add gives 0 */
void strings_free(struct strings *t);     /* takes NULL */
/* The number of s, added when new; 0 for the empty slice and when the table is full. */
uint32_t strings_add(struct strings *t, struct slice s);
/* The number of s, 0 when it is not there. */
uint32_t strings_find(const struct strings *t, struct slice s);
/* NUL-terminated, valid until strings_free; the empty slice for 0. */
struct slice strings_get(const struct strings *t, uint32_t id);
uint32_t strings_count(const struct strings *t);
/* From here on only strings_get and strings_count: what finds a string is given back. */
void strings_freeze(struct strings *t);

/* The process-wide keyed hash: not for storage, not for output. */
uint64_t hash_bytes(const void *p, size_t n);
uint64_t hash_u64(uint64_t v);

#endif
