/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the modules of this room share behind rules.h: the loaded rules, in order. rules.c puts them together,
 * match.c matches them, prove.c runs their examples. Not for other rooms.
 */
#ifndef RULES_SET_H
#define RULES_SET_H

#include "base/strings.h"
#include "rules/match.h"
#include "rules/rules.h"

struct rule {
    struct rule_info info;   /* its strings are in rules.words */
    struct pattern *pattern; /* owned */
};

struct rules {
    struct rule *rule;
    size_t count, capacity;
    struct strings *words;
    struct dispatch *dispatch; /* NULL until match_prepare() */
};

#endif
