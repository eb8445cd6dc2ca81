/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The literal bytes that every match of an anchored pattern begins with, read from the pattern's text. A sieve in
 * front of PCRE2: it may find less than there is, never more. What it does not understand ends the prefix.
 */
#ifndef RULES_PREFIX_H
#define RULES_PREFIX_H

#include "base/slice.h"

/* Writes at most `most` bytes to out and returns their number. pattern: one that PCRE2 accepts, without (?x) by option. */
size_t prefix_read(struct slice pattern, char *out, size_t most);

#endif
