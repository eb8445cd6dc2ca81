/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a file, whatever it is, to a database of ours with today's tables and with its statements prepared; or the
 * word that it is none, upon which the caller sets it aside. It renames nothing.
 */
#ifndef AGENT_STORE_OPENING_H
#define AGENT_STORE_OPENING_H

#include "agent/store/store_parts.h"

enum opening {
    OPENING_NEW,     /* it was empty */
    OPENING_KEPT,    /* as it was left, or migrated */
    OPENING_DAMAGED, /* *e says what is wrong with it; it is left alone */
    OPENING_FAILED,
};

/* On OPENING_DAMAGED and OPENING_FAILED s->sql is NULL. The file must be there, even if empty. */
enum opening opening_try(struct store *s, bool power_safe, struct err *e) __attribute__((warn_unused_result));

#endif
