/* SPDX-License-Identifier: BSD-2-Clause */
/* What the reading of a log counts; of several logs, their sum. */
#ifndef AGENT_DIAGNOSIS_COUNTS_H
#define AGENT_DIAGNOSIS_COUNTS_H

#include <stdint.h>

struct log_counts {
    uint64_t bytes;     /* as analysed: unpacked */
    uint64_t lines;     /* of a log */
    uint64_t sftunneld; /* lines that rules look at */
    uint64_t unmatched; /* of these, known to no rule */
    uint64_t undecided; /* of these, a match limit was hit */
    uint64_t events;    /* of these, matched */
    uint64_t cut;       /* lines longer than CAP_LINE_BYTES, of any process */
};

static inline void log_counts_add(struct log_counts *sum, const struct log_counts *more)
{
    sum->bytes += more->bytes;
    sum->lines += more->lines;
    sum->sftunneld += more->sftunneld;
    sum->unmatched += more->unmatched;
    sum->undecided += more->undecided;
    sum->events += more->events;
    sum->cut += more->cut;
}

#endif
