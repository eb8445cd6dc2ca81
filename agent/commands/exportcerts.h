/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --export-certs DIR: every certificate that was seen as DIR/SHA256.pem. The name is that of the content, so one that
 * is there already stays as it is. Nothing is overwritten, no link is followed.
 */
#ifndef AGENT_COMMANDS_EXPORTCERTS_H
#define AGENT_COMMANDS_EXPORTCERTS_H

#include "agent/commands/privileges.h"
#include "agent/diagnosis/cert.h"

struct exportcerts {
    const char *path; /* NULL: not wanted */
    int fd;
    size_t written, kept;
};

/*
 * Makes the folder if need be (0700) and holds it. With `as` the folder must be one that this user can write to later;
 * a new one is given to it. NULL: nothing changes.
 */
enum err_code exportcerts_open(struct exportcerts *x, const char *path, const struct privileges *as, struct err *e)
    __attribute__((warn_unused_result));
enum err_code exportcerts_write(struct exportcerts *x, const struct certs *certs, struct err *e)
    __attribute__((warn_unused_result));
void exportcerts_close(struct exportcerts *x);

#endif
