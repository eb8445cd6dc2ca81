/* SPDX-License-Identifier: BSD-2-Clause */
/* Problems that folders and archives have in common. */
#ifndef AGENT_SOURCES_PROBLEMS_H
#define AGENT_SOURCES_PROBLEMS_H

#include "agent/diagnosis/casefile.h"

/* `what` ("a symbolic link") stands at `path`, somewhere in `container`. Where a log should be, path is told. */
void problems_passed_over(struct casefile *c, const char *container, const char *path, const char *what);
void problems_nothing_inside(struct casefile *c, const char *container);
/* Logs with lines of which only the beginning was looked at. */
void problems_cut_lines(struct casefile *c);

#endif
