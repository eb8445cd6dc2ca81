/* SPDX-License-Identifier: BSD-2-Clause */
/* "Did you mean": the nearest known word to one that is not known. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include "base/slice.h"

/*
 * The entry of the NULL-terminated `known` with the smallest Damerau-Levenshtein distance (optimal string alignment,
 * ASCII case folded) to word; the first of equals; NULL when none is within a third of the longer length (at least 1).
 */
const char *nearest(struct slice word, const char *const *known);

#endif
