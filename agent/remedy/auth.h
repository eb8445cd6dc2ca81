/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the credential of a device comes from: a reference, never the credential itself, unless the vendor's
 * devices.csv holds it. References have a column or key of their own, so a password that begins with "cmd:" stays a
 * password.
 */
#ifndef AGENT_REMEDY_AUTH_H
#define AGENT_REMEDY_AUTH_H

#include "base/buf.h"
#include "base/err.h"
#include "agent/remedy/secret.h"

enum auth_kind {
    AUTH_NONE,       /* nothing is said: the agent when there is one, else the terminal is asked */
    AUTH_AGENT,      /* agent: ssh-agent, by SSH_AUTH_SOCK */
    AUTH_KEY,        /* key:PATH, a private key file */
    AUTH_PROMPT,     /* prompt: the terminal, once for all devices of the same user and group */
    AUTH_COMMAND,    /* cmd:PROGRAM ARG...: run without a shell, the first line of its output; {name} is the device's */
    AUTH_FILE,       /* file:PATH: its first line */
    AUTH_FD,         /* fd:N: an open descriptor's first line */
    AUTH_CREDENTIAL, /* cred:NAME: in the folder that systemd names in CREDENTIALS_DIRECTORY */
    AUTH_ENVIRONMENT, /* env:NAME; others of the same user can read it */
    AUTH_PASSWORD,    /* it stood in devices.csv */
};

struct auth {
    enum auth_kind kind;
    char *what;              /* PATH, NAME, N or the command line; else NULL; owned */
    struct secret *password; /* PASSWORD; else NULL */
};

/* Fills *out, which the caller clears. ERR_DATA: the sentence says what it could have been. */
enum err_code auth_parse(struct slice text, struct auth *out, struct err *e) __attribute__((warn_unused_result));
/* As it is parsed; a password is called one and not shown. */
void auth_print(struct buf *b, const struct auth *a);
struct auth auth_copy(const struct auth *a);
void auth_clear(struct auth *a);

/*
 * What can be said against it before it is used, without using it: a file that is not there or that others may read, no
 * agent, a variable that is not set. A sentence that is added to b; nothing when all is well.
 */
void auth_doubt(struct buf *b, const struct auth *a);

#endif
