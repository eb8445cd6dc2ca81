/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names to addresses, without waiting: getaddrinfo() can't be given a time, so each name is looked up by a thread of
 * its own, which is left alone when nobody wants its answer any more. What the resolver itself waits for ends it
 * (resolv.conf(5): timeout, attempts). An address needs no thread and is known at once.
 */
#ifndef AGENT_SOURCES_PROBERESOLVE_H
#define AGENT_SOURCES_PROBERESOLVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define PROBERESOLVE_ADDRESSES 8 /* tried of one name */
#define PROBERESOLVE_TEXT 128

struct proberesolve;

struct proberesolve_result {
    struct sockaddr_storage address[PROBERESOLVE_ADDRESSES]; /* with the port, in the order of RFC 6724 */
    unsigned count;                                          /* 0: there is none, and text says why */
    char text[PROBERESOLVE_TEXT];
};

/* wake: an eventfd that is written to when the answer is there; it has to stay open for as long as the process lives.
 */
struct proberesolve *proberesolve_new(const char *host, uint16_t port, int wake);
/* Is the answer there? Then it is in *out. */
bool proberesolve_done(struct proberesolve *r, struct proberesolve_result *out);
/* Takes NULL. Also before the answer: the thread cleans up. */
void proberesolve_free(struct proberesolve *r);

#endif
