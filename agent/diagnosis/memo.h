/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What messages meant that were seen before. The same few messages make up most of a log, so that looking one up is
 * most of what has to be done for a line: no rule is tried, nothing is decoded. A cache of fixed size, in which a
 * message gets a place when it comes for the second time; two share one, and the one that was asked for again stays.
 * A hit is compared byte by byte and gives exactly what the rules gave; a miss costs a hash.
 */
#ifndef AGENT_DIAGNOSIS_MEMO_H
#define AGENT_DIAGNOSIS_MEMO_H

#include "agent/diagnosis/fact.h"
#include "rules/rules.h"

struct memo;

struct memo_entry {
    uint16_t bytes;   /* of key; 0: free */
    uint8_t result;   /* enum match_result: MATCH_YES or MATCH_NO */
    struct fact fact; /* as decoded, without time and place; when MATCH_YES */
    char key[176];    /* "process:module [LEVEL] text" */
};

struct memo *memo_new(void);
void memo_free(struct memo *m); /* takes NULL */

/*
 * The entry for a message: bytes is 0 when it is not known yet; then the caller fills result and fact and calls
 * memo_keep with the same key. NULL: not to be kept, as too long or new. Valid until the next memo_find.
 */
struct memo_entry *memo_find(struct memo *m, struct slice key);
void memo_keep(struct memo_entry *entry, struct slice key);

#endif
