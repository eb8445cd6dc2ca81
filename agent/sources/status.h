/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Saved output of sftunnel_status.pl, sftunnel-status and sftunnel-status-brief: per peer, is the tunnel up? The
 * control channel (A) decides; "Registration: Completed." stays when a tunnel is down and says nothing.
 */
#ifndef AGENT_SOURCES_STATUS_H
#define AGENT_SOURCES_STATUS_H

#include "agent/sources/facts.h"

void status_read(struct facts *f, struct slice text);

#endif
