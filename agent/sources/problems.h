/* SPDX-License-Identifier: BSD-2-Clause */
/* Notes problems of the casefile, of which a hostile archive may have any number: different ones up to a cap. */
#ifndef AGENT_SOURCES_PROBLEMS_H
#define AGENT_SOURCES_PROBLEMS_H

#include "agent/diagnosis/casefile.h"

void problems_add(struct casefile *c, const char *path, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
