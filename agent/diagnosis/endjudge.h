/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wrong with the peer of one attempt that has just ended, by the same decision as everything else: a case that
 * consists of this attempt's lines, given to diagnose().
 */
#ifndef AGENT_DIAGNOSIS_ENDJUDGE_H
#define AGENT_DIAGNOSIS_ENDJUDGE_H

#include "agent/diagnosis/diagnose.h"
#include "agent/diagnosis/attempts.h"

struct end_judgement {
    struct casefile c;
    struct diagnosis d;
    const struct finding *finding;      /* NULL: nothing can be said (no address, no line) */
    struct tell_line lines[TELL_LINES]; /* its evidence */
    size_t line_count;
};

/* log: path of the log; now: Unix seconds. Everything in *out is good until end_judgement_clear(). */
void end_judge(const struct attempt_end *closing, const char *log, int64_t now, struct end_judgement *out);
void end_judgement_clear(struct end_judgement *j);

#endif
