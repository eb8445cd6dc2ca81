/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The appliance's own commands that say how its tunnels stand, run by us: a fixed list under absolute paths. Running
 * and reading are two steps, because what they print is read when the process has given up its right to run anything.
 */
#ifndef AGENT_SOURCES_STATUSRUN_H
#define AGENT_SOURCES_STATUSRUN_H

#include "agent/diagnosis/casefile.h"
#include "base/buf.h"

#include <stdatomic.h>

#define STATUSRUN_SECONDS 30 /* for each of them; with thousands of peers it takes its time */
#define STATUSRUN_MOST 4

struct statusrun_options {
    const char *command; /* this one instead of the list; NULL */
    bool wanted;         /* it is a problem when there is none */
    int64_t timeout_ms;
    const atomic_bool *stop;
};

/* What came of one of them. */
struct statusrun_output {
    const char *command; /* its path */
    struct buf text;
    char *problem; /* NULL: none */
    bool partial;
    bool failed; /* by its exit status alone: no problem when it has said what was asked for */
};

struct statusrun {
    struct statusrun_output all[STATUSRUN_MOST];
    size_t count;
};

/* Fails never: what went wrong is kept for statusrun_take(). */
void statusrun(const struct statusrun_options *o, struct statusrun *out);
/* Its sources, facts and problems into c, as of this unit; those of which nothing was run have none. */
void statusrun_take(const struct statusrun *s, struct casefile *c, uint32_t unit);
void statusrun_clear(struct statusrun *s);

/* A saved output, "-" is standard input; what can't be read is a problem. */
void statusrun_file(struct casefile *c, const char *path, uint32_t unit, const atomic_bool *stop);

#endif
