/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificate files and the peers of the case: a set is evidence about the peer that logs, status outputs or captures
 * know already, and a finding of its own where they know none. The appliance's own set is a finding about itself.
 * Inside of diagnose().
 */
#ifndef AGENT_DIAGNOSIS_DISKJOIN_H
#define AGENT_DIAGNOSIS_DISKJOIN_H

#include "agent/diagnosis/diskjudge.h"
#include "agent/diagnosis/whois.h"

/* Before views are sorted: gives the views their sets, and adds those that only files speak of. */
void diskjoin_views(struct inquiry *q, struct whois *w);
/* After all else was judged. */
void diskjoin_judge(struct inquiry *q);
/* After words_finding(): evidence, and the sentence where the files made the verdict. */
void diskjoin_fill(const struct inquiry *q, const struct view *v, struct finding *f);

#endif
