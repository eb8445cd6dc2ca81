/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a pack's examples and counter-examples against its own rules: each example must be taken by its own rule, not by
 * an earlier one, and give exactly the fields that it says; no counter-example may match its rule.
 */
#ifndef RULES_PROVE_H
#define RULES_PROVE_H

#include "rules/pack.h"
#include "rules/rules.h"

/* own: the rules of this pack only, in its order, prepared for matching. */
enum err_code prove_pack(const char *name, const struct rules *own, const struct pack *pack,
    const struct places *places, struct err *e) __attribute__((warn_unused_result));

#endif
