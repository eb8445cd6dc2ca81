/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets have whole dates, log lines have no year. A log whose year is only guessed from its file's date, and whose
 * attempts happened in the very seconds of a capture's connections with the same addresses, but for the year, is of the
 * year of these. Inside of diagnose().
 */
#ifndef AGENT_DIAGNOSIS_WIREYEARS_H
#define AGENT_DIAGNOSIS_WIREYEARS_H

#include "agent/diagnosis/diagnose_parts.h"

struct wireyears;

struct wireyears *wireyears_new(const struct casefile *c); /* NULL when there is no capture */
void wireyears_free(struct wireyears *y);                  /* takes NULL */
/* s is settled; its times move by whole years if that is right. Takes NULL. */
void wireyears_align(const struct wireyears *y, struct segment *s);

#endif
