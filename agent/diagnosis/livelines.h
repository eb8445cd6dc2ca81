/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole lines of a log in, one after the other as they are written; what rules make of those that concern sftunneld
 * comes out. The same search, envelope and rules as where whole files are read (logstream.h), for a line at a time.
 */
#ifndef AGENT_DIAGNOSIS_LIVELINES_H
#define AGENT_DIAGNOSIS_LIVELINES_H

#include "agent/diagnosis/counts.h"
#include "agent/diagnosis/matched.h"
#include "rules/rules.h"

struct livelines;

struct livelines_options {
    const struct rules *rules; /* borrowed */
    bool every_line;           /* comms.log: look at every line */
    /* For each line that matched, and each other one of sftunneld's; *m and all it points to are borrowed. Its place is
     * not filled, but for how many bytes into the line it begins (two lines may be glued together). */
    void (*on_line)(void *arg, struct matched *m);
    void *arg;
};

struct livelines *livelines_new(const struct livelines_options *o);
void livelines_free(struct livelines *l); /* takes NULL */
void livelines_add(struct livelines *l, struct slice line);
const struct log_counts *livelines_counts(const struct livelines *l);

#endif
