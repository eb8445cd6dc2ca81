/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wrong with the peer of one attempt that has just ended, by the same decision as everything else: a case that
 * consists of this attempt's lines, given to diagnose().
 */
#ifndef AGENT_DIAGNOSIS_LIVEJUDGE_H
#define AGENT_DIAGNOSIS_LIVEJUDGE_H

#include "agent/diagnosis/diagnose.h"
#include "agent/diagnosis/live.h"

struct live_judgement {
    struct casefile c;
    struct diagnosis d;
    const struct finding *finding;      /* NULL: nothing can be said (no address, no line) */
    struct tell_line lines[TELL_LINES]; /* its evidence */
    size_t line_count;
};

/* log: path of the log; now: Unix seconds. Everything in *out is good until live_judgement_clear(). */
void live_judge(const struct live_closing *closing, const char *log, int64_t now, struct live_judgement *out);
void live_judgement_clear(struct live_judgement *j);

#endif
