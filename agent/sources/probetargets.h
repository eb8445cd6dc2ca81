/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom to probe: HOST, HOST:PORT, ADDRESS, [ADDRESS]:PORT; from the command line, or one a line from a file. */
#ifndef AGENT_SOURCES_PROBETARGETS_H
#define AGENT_SOURCES_PROBETARGETS_H

#include "base/err.h"
#include "base/slice.h"

#define PROBETARGETS_PORT 8305

struct probetarget {
    char *host; /* a name, or an address without brackets */
    char *text; /* "host:8305", "[2001:db8::1]:8305" */
    uint16_t port;
};

struct probetargets {
    struct probetarget *all;
    size_t count, capacity;
};

/* One that is there already is not added again. */
enum err_code probetargets_add(struct probetargets *t, struct slice text, struct err *e)
    __attribute__((warn_unused_result));
/* Empty lines and what follows a # are passed over; "-" is standard input. */
enum err_code probetargets_file(struct probetargets *t, const char *path, struct err *e)
    __attribute__((warn_unused_result));
void probetargets_clear(struct probetargets *t);

#endif
