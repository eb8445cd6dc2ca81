/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of a rule pack, read through libcyaml into plain structs. Here only the form is checked: known keys,
 * nothing missing, sizes. What the words mean is rules.c's business, and whether the examples hold is prove.c's.
 */
#ifndef RULES_PACK_H
#define RULES_PACK_H

#include "rules/event.h"
#include "rules/place.h"

struct pack_gives {
    char *field[FIELD_COUNT]; /* NULL: not said */
};

struct pack_example {
    char *line;
    struct pack_gives gives;
};

struct pack_rule {
    char *id, *event, *match;                          /* never NULL */
    char *process, *module, *level, *contains, *means; /* NULL: not said */
    struct pack_example *examples;
    unsigned example_count;
    char **counterexamples;
    unsigned counterexample_count;
};

struct pack {
    char *pack;                  /* its name */
    char *version, *description; /* NULL: not said */
    struct pack_rule *rules;
    unsigned rule_count;
};

/* name: its file in messages. On success *out and *places are the caller's, on failure NULL. yaml must outlive *places.
 */
enum err_code pack_read(const char *name, struct slice yaml, struct pack **out, struct places **places, struct err *e)
    __attribute__((warn_unused_result));
void pack_free(struct pack *p); /* takes NULL */

#endif
