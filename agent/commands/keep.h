/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one step of `watch` changes, gathered, and committed to the store at once. When there is no room it is tried
 * again later, as a whole; until then nothing new is taken in, so nothing is lost.
 */
#ifndef AGENT_COMMANDS_KEEP_H
#define AGENT_COMMANDS_KEEP_H

#include "agent/diagnosis/incident.h"
#include "agent/store/store.h"

struct keep;

struct keep *keep_new(struct store *s); /* borrowed */
void keep_free(struct keep *k);         /* takes NULL; what was not committed is gone */

/* The texts are copied. marks: one a line; the last ones of a log count, and its last source row. */
void keep_marks(struct keep *k, const char *log, struct slice marks);
void keep_line(struct keep *k, uint64_t number, struct slice record); /* numbers only grow */
/* Of a line that is kept already, another record. */
void keep_line_again(struct keep *k, uint64_t number, struct slice record);
void keep_drop(struct keep *k, uint64_t number);
void keep_peer(void *keep, const struct watched *p);
void keep_incident(void *keep, const struct incident *i);
void keep_alarm(void *keep, const struct alarm *a);
void keep_source(struct keep *k, const struct store_source *row);
void keep_value(struct keep *k, const char *name, struct slice value); /* for store_value() */
void keep_event(struct keep *k, const struct tell *t);

bool keep_empty(const struct keep *k);
bool keep_urgent(const struct keep *k); /* an event is among it, or it has become much */
/* All of it, and then there is nothing left; or nothing, and all of it is still there. last: number of the last event,
 * left alone when there was none. */
enum err_code keep_commit(struct keep *k, uint64_t *last, struct err *e) __attribute__((warn_unused_result));

#endif
