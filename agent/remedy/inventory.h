/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The appliances that may be acted on: their addresses, names and credentials come from here and never from a log.
 *
 * Two forms are read. The vendor's devices.csv as it is (device_name, ipaddr, login, password), with further columns
 * that a header names; where it is used from a jump host its first row is the FMC whose CA was renewed. And YAML, with
 * groups that devices inherit from: what a device says itself counts, then its groups in their order, then `defaults`.
 * Passwords are taken from devices.csv only. Whatever is doubtful is refused with its line before anything is connected
 * to.
 */
#ifndef AGENT_REMEDY_INVENTORY_H
#define AGENT_REMEDY_INVENTORY_H

#include "agent/diagnosis/claims.h"
#include "agent/remedy/auth.h"

#include <stdbool.h>
#include <stdint.h>

struct words {
    char **items;
    size_t n;
};

struct device {
    char *name, *address; /* both always; the address is IPv4, IPv6 or a host name */
    uint16_t port;        /* of SSH */
    char *user;           /* "admin" where nothing is said */
    enum role role;
    char *uuid;         /* lower case; NULL: not said */
    char *jump;         /* [USER@]HOST[:PORT] that it is reached through; NULL: none */
    char *host_key;     /* "SHA256:...": its SSH host key, and no other; NULL: known_hosts decides */
    struct auth auth;   /* of the login */
    struct auth become; /* of sudo, where it differs; NONE: the login's */
    struct words groups, tags;
    unsigned line; /* in the inventory */
};

struct inventory {
    char *name; /* of the file */
    struct device *devices;
    size_t n, capacity;
    const struct device *source; /* the FMC whose certificates are meant; NULL: not said */
    bool passwords;              /* it holds some */
};

/* CSV or YAML by the name's end (.csv; .yaml, .yml); anything else is told by its first line. text is not changed. */
enum err_code inventory_read(const char *name, struct slice text, struct inventory *out, struct err *e)
    __attribute__((warn_unused_result));
/*
 * The same from a file. *exposed: others than its owner may read it (a mode wider than 0600), which matters when it
 * holds passwords; a file that others may write to is refused.
 */
enum err_code inventory_load(const char *path, struct inventory *out, bool *exposed, struct err *e)
    __attribute__((warn_unused_result));
void inventory_clear(struct inventory *inv);

/*
 * Which of them are meant, by patterns separated by commas, as Ansible's --limit has them: a name, an address, a glob
 * over names (ftd-par-*), a group, tag:NAME, ~REGEX (POSIX extended) over names, @FILE (a name per line), !PATTERN (not
 * those). Without one that is no !PATTERN all are meant before those are taken out. A pattern that fits no device is an
 * error: it is most often a mistake. chosen: [inv->n].
 */
enum err_code inventory_limit(const struct inventory *inv, const char *limit, bool *chosen, struct err *e)
    __attribute__((warn_unused_result));

#endif
