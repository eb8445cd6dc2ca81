/* SPDX-License-Identifier: BSD-2-Clause */
/* What a person at a terminal sees while a long reading goes on, and how the reading is ended by Ctrl-C. */
#ifndef AGENT_COMMANDS_PROGRESS_H
#define AGENT_COMMANDS_PROGRESS_H

#include "agent/sources/input.h"

/* Set by the first SIGINT or SIGTERM; a second one ends the program at once. */
extern atomic_bool progress_stop;
void progress_catch_signals(void);

/* For input_options.on_progress: draws on stderr if that is a terminal and a second has passed. */
void progress_draw(void *data, const struct input_progress *p);
/* The same for a number of things, one after the other. */
void progress_count(void *data, size_t done, size_t total);
/* Takes the bar away again. */
void progress_end(void);

#endif
