/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vendor's table of FMC releases (Field Notice 74214, and the hotfixes of its technical note): is a release in the
 * notice's list, which hotfix is for it, and what is to be done where there is none. A release that is in no list is
 * not safe for that: the vendor says that all systems are affected, even with a fixed release (CSCwd08098), because no
 * release renews the CA by itself. Pure.
 */
#ifndef AGENT_DIAGNOSIS_RELEASES_H
#define AGENT_DIAGNOSIS_RELEASES_H

#include "base/buf.h"

enum release_state {
    RELEASE_UNREADABLE, /* no version */
    RELEASE_LISTED,     /* in the notice's list of affected releases */
    RELEASE_NOT_LISTED,
    RELEASE_HOTFIX, /* the number is that of a hotfix itself */
};

struct release {
    enum release_state state;
    const char *from, *to; /* of the row that it is in; NULL when not listed */
    const char *hotfix;    /* "FZ 7.2.9.99-4"; NULL: none is known */
    bool patch_unnamed;    /* affected, and newer than what the hotfix is named for */
};

/* version: "7.2.5-208", "7.0.6.1", "7.6.0 (build 113)" */
void release_find(struct slice version, struct release *out);
/* Appends what that means, in sentences; nothing for one that is unreadable. */
void release_advice(struct buf *b, struct slice version, const struct release *r);

#endif
