/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Patterns and the choice among them: the wrap around PCRE2. Patterns are matched at the beginning of a text and
 * over bytes, never as UTF-8, because log text may be neither. The functions of a matcher are in rules.h.
 */
#ifndef RULES_MATCH_H
#define RULES_MATCH_H

#include "rules/rules.h"

struct pattern;
struct dispatch;

struct pattern_fault {
    size_t offset; /* in the pattern, in bytes */
    char text[256];
};

/* NULL, with *fault filled, when PCRE2 refuses it or a named group is no event field. */
struct pattern *pattern_compile(struct slice text, struct pattern_fault *fault);
void pattern_free(struct pattern *p); /* takes NULL */
/* Bit mask of the event fields that its named groups capture. */
unsigned pattern_fields(const struct pattern *p);

/* Builds the tables by which rules_match() chooses; call it once all rules are in, before the first matcher. */
void match_prepare(struct rules *r);
void dispatch_free(struct dispatch *d); /* takes NULL */

/* As rules_match(), but only this rule, whatever stands before it. Used to prove counter-examples. */
enum match_result match_one(struct rules_matcher *m, size_t rule, const struct envelope *line, struct event *out);

#endif
