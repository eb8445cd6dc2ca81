/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule packs: YAML in, matchers out.
 *
 * A pack is loaded through libcyaml (pack.c), its patterns are compiled by PCRE2 (match.c), and its examples and
 * counter-examples are run before it is accepted. Loading reads files; matching is pure.
 * A set of rules is read-only once loaded and may be shared by threads; a matcher belongs to one thread.
 */
#ifndef RULES_RULES_H
#define RULES_RULES_H

#include "base/err.h"
#include "rules/envelope.h"
#include "rules/event.h"

struct rules;
struct rules_matcher;

struct rule_info {
    const char *id;
    const char *pack;     /* name of the pack that it came from */
    const char *path;     /* file of that pack; "built-in" for the shipped one */
    const char *process;  /* "sftunneld" unless the rule says otherwise; "" is any, also lines without an envelope */
    const char *module;   /* "" is any */
    const char *contains; /* words that the message must hold, looked for before the pattern is tried; "" is none */
    const char *match;
    const char *means; /* the rule's own words, or those of its event kind */
    enum event_kind kind;
    enum level level; /* LEVEL_NONE is any */
};

/*
 * The shipped pack (compiled in from rules/sftunnel.yaml), then each of `paths` in order: a file, or a folder whose
 * *.yaml are read in byte order of their names. A later rule with the id of an earlier one takes its place.
 * with_shipped = false leaves the shipped pack out. On failure *out is NULL and e names file, line and column.
 */
enum err_code rules_load(bool with_shipped, const char *const *paths, size_t count, struct rules **out, struct err *e)
    __attribute__((warn_unused_result));
/* A pack given as text; `name` stands for its file in messages. Used by the fuzz target and by tests. */
enum err_code rules_load_text(const char *name, struct slice yaml, struct rules **out, struct err *e)
    __attribute__((warn_unused_result));
void rules_free(struct rules *r); /* takes NULL */

size_t rules_count(const struct rules *r);
struct rule_info rules_info(const struct rules *r, size_t index); /* pointers live as long as r */

/*
 * The process names that rules ask for, at most CAP_PROCESSES, without duplicates, e.g. "sftunneld", "sfmgr".
 * A log line holds one of them followed by ':' or it needs no look (rules/scan.h).
 */
size_t rules_processes(const struct rules *r, struct slice out[]);

struct rules_matcher *rules_matcher_new(const struct rules *r);
void rules_matcher_free(struct rules_matcher *m); /* takes NULL */

enum match_result {
    MATCH_NO,      /* no rule knows this message */
    MATCH_YES,     /* *out is filled, its fields borrow from the envelope's text */
    MATCH_UNKNOWN, /* a limit was hit (CAP_MATCH_*): neither yes nor no, to be counted */
};

/* The first rule, in pack order, whose conditions and pattern fit. The pattern is matched at the text's beginning. */
enum match_result rules_match(struct rules_matcher *m, const struct envelope *line, struct event *out);

/* Is PCRE2's JIT in use? For --version --verbose. */
bool rules_jit(const struct rules *r);

#endif
