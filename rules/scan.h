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
    struct slice literal[CAP_PROCESSES]; /* SCAN_FINGERPRINT bytes at least */
    size_t count;
    /* Bit i of low[k][x] & high[k][y]: literal i may have the byte y<<4|x as its k-th. */
    unsigned char low[3][16], high[3][16];
    bool pair; /* all of them begin with the same two bytes: these */
    char first, second;
};

#define SCAN_FINGERPRINT 3

/*
 * Takes at most CAP_PROCESSES literals, borrowed for as long as the scan is used; shorter ones than
 * SCAN_FINGERPRINT are not looked for.
 */
void scan_init(struct scan *s, const struct slice *names, size_t count);

/*
 * Looks in block[from..n) for the next literal. Returns its offset, or n when there is none.
 * Adds to *newlines the number of '\n' in block[from..returned offset).
 */
size_t scan_next(const struct scan *s, const char *block, size_t from, size_t n, uint64_t *newlines);

/* Number of '\n' in p[0..n). */
uint64_t scan_newlines(const char *p, size_t n);

/* "avx2" or "portable": for --version --verbose. */
const char *scan_unit(void);

/* The variants behind scan_next: one file each, chosen by the build and, at the first use, by the machine. */
bool scan_wide_usable(void);
size_t scan_wide(const struct scan *s, const char *block, size_t from, size_t n, uint64_t *newlines);
size_t scan_portable(const struct scan *s, const char *block, size_t from, size_t n, uint64_t *newlines);
uint64_t scan_wide_newlines(const char *p, size_t n);
uint64_t scan_portable_newlines(const char *p, size_t n);

#endif
