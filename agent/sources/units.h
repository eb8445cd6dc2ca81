/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which sources belong to one appliance: the nearest root above them. Roots are what was given (a folder, an archive)
 * and what paths show (names_root()). They are known only when everything was read, so units are settled at the end.
 */
#ifndef AGENT_SOURCES_UNITS_H
#define AGENT_SOURCES_UNITS_H

#include "agent/diagnosis/casefile.h"

struct units;

struct units *units_new(void);
void units_free(struct units *u); /* takes NULL */

void units_add_root(struct units *u, struct slice path);
/* Any path that was seen, whether it is read or not. */
void units_saw(struct units *u, struct slice path);

/* Sets the units of c's sources and facts, and the role of a unit that has what only an FMC has. */
void units_settle(struct units *u, struct casefile *c);

#endif
