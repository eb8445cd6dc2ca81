/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Beginnings of texts to numbers: a compressed tree of bytes that says, for a text, which of the added numbers have
 * a beginning in common with it. So one walk over the first bytes of a message finds the few rules worth trying.
 */
#ifndef RULES_TREE_H
#define RULES_TREE_H

#include "base/slice.h"

struct tree;

struct tree *tree_new(void);
void tree_free(struct tree *t); /* takes NULL */
/* beginning may be empty: the number then goes with every text. It is copied. Call before tree_build. */
void tree_add(struct tree *t, struct slice beginning, uint16_t number);
void tree_build(struct tree *t);

struct tree_numbers {
    const uint16_t *p; /* ascending, each once; lives as long as the tree */
    size_t n;
};

struct tree_numbers tree_find(const struct tree *t, struct slice text);

#endif
