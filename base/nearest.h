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

#define NEAREST_TEXT 160
/*
 * The same as words for the end of an error: "; did you mean X?", with X between `quotes` ("" or "'"); "" when none is
 * near. Returns out.
 */
const char *nearest_text(struct slice word, const char *const *known, const char *quotes, char out[NEAREST_TEXT]);

#endif
