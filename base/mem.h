/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocation that never returns NULL: out of memory aborts, products are checked. A size that comes from
 * outside is refused against a named cap (base/caps.h) before it gets here. Everything is freed by free().
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size) __attribute__((malloc, returns_nonnull, warn_unused_result));
void *mem_zalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull, warn_unused_result));
void *mem_resize(void *p, size_t count, size_t size) __attribute__((returns_nonnull, warn_unused_result));

/* Grows *capacity so that it holds at least `need` items of `size` bytes; returns the (moved) array. */
void *mem_grow(void *p, size_t *capacity, size_t need, size_t size)
    __attribute__((returns_nonnull, warn_unused_result));

char *mem_strdup(const char *s) __attribute__((malloc, returns_nonnull, warn_unused_result));
/* n bytes and a NUL. */
char *mem_strndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull, warn_unused_result));

#endif
