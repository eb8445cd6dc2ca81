/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PEERS_MAP.JSON: an object whose keys are the UUIDs of the peers. What the values hold is not documented: strings that
 * are called like a name or an address are taken, everything else is passed over. Wraps jansson for this room.
 */
#ifndef AGENT_SOURCES_PEERSMAP_H
#define AGENT_SOURCES_PEERSMAP_H

#include "agent/sources/facts.h"

void peersmap_read(struct facts *f, struct slice text);

#endif
