/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What generate_certs.pl could not push: its FAILED_PUSH list ("UUID NAME ADDRESS SOURCE DESTINATION", names may hold
 * blanks) and its transcript or log ("Failed to push to NAME = /var/sf/peers/UUID/file").
 */
#ifndef AGENT_SOURCES_PUSH_H
#define AGENT_SOURCES_PUSH_H

#include "agent/sources/facts.h"

/* One line of FAILED_PUSH; out may be NULL. Borrows from the line. */
bool push_line(struct slice line, struct push *out);

void push_read(struct facts *f, struct slice text);

/*
 * The UUID in a transcript's path is not that of the device: it is the folder's name on the device, which is the UUID
 * of the FMC (two devices have the same in the vendor's example). So these facts know their peer by name only.
 */
void push_read_transcript(struct facts *f, struct slice text);

#endif
