/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `capture --follow -o ndjson` says, a line at a time, read again by the `watch` that runs it: it comes from a
 * process that has parsed packets of others, so damage is an error, never a crash.
 */
#ifndef AGENT_REPORT_FOLLOWREAD_H
#define AGENT_REPORT_FOLLOWREAD_H

#include "agent/diagnosis/verdict.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* One connection; borrowed during the call, NULL where nothing is said. */
struct follow_row {
    const char *client, *server; /* ADDRESS:PORT */
    const char *tls, *summary, *next;
    const char *alert_from, *alert; /* of the first one: "client", its name */
    bool complete;
    enum verdict_id verdict;
    enum severity severity;
    enum confidence confidence;
};

struct follow_sink {
    void *arg;
    void (*on_connection)(void *arg, const struct follow_row *row);
    void (*on_progress)(void *arg, uint64_t frames, uint64_t handshakes, uint64_t lost);
};

/* Other lines than these are passed over. */
enum err_code followread(struct slice line, const struct follow_sink *sink, struct err *e)
    __attribute__((warn_unused_result));

#endif
