/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an end presented on the wire, held against what lies on disk, certificate by certificate: the same, of another
 * generation of the CA, or issued once more. Files may have been replaced after the packets, or before them without
 * sftunnel taking them into use. Inside of diagnose().
 */
#ifndef AGENT_DIAGNOSIS_DISKWIRE_H
#define AGENT_DIAGNOSIS_DISKWIRE_H

#include "agent/diagnosis/diskjudge.h"
#include "agent/diagnosis/wirejoin.h"

/* After the connections and the files were judged each by itself. */
void diskwire_judge(struct inquiry *q);
/* After diskjoin_fill(): evidence, and the sentence where this made the verdict. */
void diskwire_fill(const struct inquiry *q, const struct view *v, struct finding *f);

#endif
