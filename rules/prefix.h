/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The literal beginnings of a pattern: every text that it matches at its start begins with one of them. Read from the
 * pattern's own words, through groups, alternatives and what is optional. A sieve in front of PCRE2: it may say less
 * than there is, never more. What it doesn't understand ends the beginning there.
 */
#ifndef RULES_PREFIX_H
#define RULES_PREFIX_H

#include "base/slice.h"

#define PREFIX_BYTES 48
#define PREFIX_MOST 24

struct prefix {
    char p[PREFIX_BYTES];
    uint8_t n;
    bool exact; /* prefix.c's own: what follows in the pattern may still be added */
};

struct prefixes {
    size_t count; /* at least 1; one of length 0 says that nothing is known */
    struct prefix each[PREFIX_MOST];
};

/* pattern: one that PCRE2 accepts without options that change the syntax. */
void prefix_read(struct slice pattern, struct prefixes *out);

#endif
