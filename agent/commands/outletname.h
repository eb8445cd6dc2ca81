/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What "FORMAT[=TARGET]" says, as flags and the configuration have it: by text alone, nothing is looked up in the
 * world.
 *
 *   FORMAT   ndjson, ecs or syslog
 *   TARGET   "-": standard output; "unix:PATH", "unixgram:PATH": a socket; else a file. What is left out is "-", and
 * for syslog the socket of the system's logger
 */
#ifndef AGENT_COMMANDS_OUTLETNAME_H
#define AGENT_COMMANDS_OUTLETNAME_H

#include "base/err.h"

enum outlet_format { OUTLET_NDJSON, OUTLET_ECS, OUTLET_SYSLOG, OUTLET_HOOK };

enum outletname_kind { OUTLETNAME_STANDARD, OUTLETNAME_FILE, OUTLETNAME_STREAM, OUTLETNAME_DATAGRAM };

struct outletname {
    enum outlet_format format; /* never OUTLET_HOOK */
    enum outletname_kind kind;
    const char *target; /* as it is written; into the value, or for ever */
    const char *path;   /* of a file or a socket, into target; "-" */
};

/* ERR_CONFIG: e says what is wanted instead, as the end of a sentence that begins with the setting's name. */
enum err_code outletname_parse(const char *value, struct outletname *out, struct err *e)
    __attribute__((warn_unused_result));
/* Likewise, for any path of a socket. */
enum err_code outletname_socket(const char *path, struct err *e) __attribute__((warn_unused_result));
const char *outletname_format(enum outlet_format format); /* "ndjson"; not of OUTLET_HOOK */

#endif
