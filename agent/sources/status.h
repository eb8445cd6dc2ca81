/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Saved output of the commands that show how tunnels stand, several in one file, too: sftunnel_status.pl,
 * sftunnel-status and sftunnel-status-brief (is the tunnel up? The control channel, A, decides; "Registration:
 * Completed." stays when a tunnel is down and says nothing), show managers (who manages this firewall, and is the
 * registration completed?), pmtool status (does sftunnel run?), netstat (TCP connections on the port, which prove less:
 * TLS may still fail on them). Everything is told by the form of its lines; what is not known is passed over.
 */
#ifndef AGENT_SOURCES_STATUS_H
#define AGENT_SOURCES_STATUS_H

#include "agent/sources/facts.h"

void status_read(struct facts *f, struct slice text);

/* Does a file that begins so have any of these lines? */
bool status_looks(struct slice head);

/* statuslines.c */
/* The manager of "show managers" that is being read: "Key : value", over several lines. */
struct manager {
    struct slice host, name, uuid, registration, text;
    uint64_t line; /* of the registration */
};

bool manager_begins(struct slice line);
void manager_line(struct facts *f, struct manager *m, struct slice line, uint64_t number);
void manager_end(struct facts *f, struct manager *m);
/* "sftunnel (system) - Running 24404" */
bool process_line(struct slice line, struct slice *state, bool *runs);
/* "tcp 0 0 10.0.0.1:8305 10.0.0.2:48759 ESTABLISHED", either end on sftunnel's port; LISTEN has no peer. */
bool socket_line(struct slice line, struct slice *peer, struct slice *state);
/* "Proto Recv-Q Send-Q  Local Address ...": sftunnel's may come far below it. */
bool socket_heading(struct slice line);
/* "Tue Oct 11 21:46:00 2016", also with " UTC" behind it; CIVIL_NONE: none, or in another zone. */
civil status_time(struct slice s);

#endif
