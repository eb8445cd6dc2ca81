/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds, in a block of log, the few lines that need a look: those that hold one of a handful of literals.
 * Everything else is passed over at the speed of memory, but its newlines are counted, so that every line
 * that is found has its number. Pure; the widest vector unit of this machine is chosen at the first use.
 */
#ifndef RULES_SCAN_H
#define RULES_SCAN_H

#include "base/caps.h"
#include "base/slice.h"

struct scan {
    struct slice literal[CAP_PROCESSES]; /* at least 3 bytes each, with the ':' that follows a process name */
    size_t count;
};

/* Takes over at most CAP_PROCESSES names; the strings are borrowed for as long as the scan is used. */
void scan_init(struct scan *s, const struct slice *names, size_t count);

/*
 * Looks in block[from..n) for the next literal. Returns its offset, or n when there is none.
 * Adds to *newlines the number of '\n' in block[from..returned offset).
 */
size_t scan_next(const struct scan *s, const char *block, size_t from, size_t n, uint64_t *newlines);

/* Number of '\n' in p[0..n). */
uint64_t scan_newlines(const char *p, size_t n);

/* "avx2", "sse2" or "portable": for --version --verbose. */
const char *scan_unit(void);

#endif
