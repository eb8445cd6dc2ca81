/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rights that were needed to open something and are not needed to read it: given up for good. As root the process
 * becomes another user; whoever it is, all capabilities and the way to new ones (no_new_privs) go.
 */
#ifndef AGENT_COMMANDS_PRIVILEGES_H
#define AGENT_COMMANDS_PRIVILEGES_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PRIVILEGES_USER "nobody"

struct privileges {
    char name[64];
    uid_t uid;
    gid_t gid;
    bool change;   /* we are root, and this is somebody else */
    bool read_all; /* the right to read every file stays (CAP_DAC_READ_SEARCH), if there is one */
};

/* Looked up while there is still a way to ask. user NULL: PRIVILEGES_USER for root, and whoever we are for others. */
enum err_code privileges_find(const char *user, struct privileges *out, struct err *e)
    __attribute__((warn_unused_result));
enum err_code privileges_drop(const struct privileges *p, struct err *e) __attribute__((warn_unused_result));

/*
 * Ambient capabilities are those that a program which is started from here gets, too. Lowered, they are told as bits,
 * to be raised again; meanwhile this thread has all its others. For a program that is somebody else's.
 */
uint64_t privileges_lower_ambient(void);
void privileges_raise_ambient(uint64_t had);

#endif
