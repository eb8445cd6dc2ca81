/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `check --json` found, read again by the `watch` that ran it: the document comes from a process that has parsed
 * files of others, so damage is an error, never a crash.
 */
#ifndef AGENT_REPORT_CHECKREAD_H
#define AGENT_REPORT_CHECKREAD_H

#include "agent/diagnosis/verdict.h"
#include "base/err.h"

#include <stdbool.h>

/* One finding; borrowed during the call, NULL where nothing is said. */
struct check_row {
    const char *observer, *role, *address, *uuid, *name;
    bool self; /* about this appliance's own certificates */
    enum verdict_id verdict;
    enum severity severity;
    enum confidence confidence;
    const char *summary, *next, *ca_uuid, *not_after;
};

typedef void check_row_fn(void *arg, const struct check_row *row);

enum err_code checkread(struct slice json, check_row_fn *each, void *arg, struct err *e)
    __attribute__((warn_unused_result));

#endif
