/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where user and host names are looked up (getpwnam(), getaddrinfo()). A shared C library goes by /etc/nsswitch.conf.
 * A static one would load what that file names, shared libraries of another C library into this program: so the static
 * build takes what it has inside, /etc/passwd, /etc/hosts and DNS, whatever the file says.
 */
#ifndef AGENT_COMMANDS_LOOKUP_H
#define AGENT_COMMANDS_LOOKUP_H

void lookup_begin(void); /* before the first look-up and the first thread */

#endif
