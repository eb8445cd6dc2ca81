/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What incident.c and alarm.c share. An incident is of one peer; an alarm (alarm.c) is what the incidents of several
 * peers of one observer with one cause, and one CA, have in common, told once they are enough.
 */
#ifndef AGENT_DIAGNOSIS_INCIDENT_PARTS_H
#define AGENT_DIAGNOSIS_INCIDENT_PARTS_H

#include "agent/diagnosis/incident.h"

#define TELL_AGAIN 10 /* times as many as were told last */

struct incidents {
    struct incident_options o;
    struct watched **peers;
    size_t peer_count, peer_capacity;
    uint32_t *index; /* open addressing by observer and address; UINT32_MAX is free */
    size_t index_size;
    struct incident **all;
    size_t count, capacity;
    struct alarm **alarms;
    size_t alarm_count, alarm_capacity;
    struct incident_counts totals;
    bool changed; /* since the last flush */
};

/* What happens right now, and how it is known. */
struct moment {
    const struct attempt_end *c;
    const char *log;
    int64_t now_ms, now;
};

/* The open one, or a new one without an id, as long as it is told to nobody; NULL: there are too many. */
struct alarm *alarm_of(struct incidents *i, const char *observer, enum verdict_id cause, const char *ca);
/* An incident was opened, has one more attempt, was closed. */
void alarm_join(struct incidents *i, struct incident *one, const struct moment *now);
void alarm_count(struct incidents *i, struct incident *one, const struct moment *now);
void alarm_leave(struct incidents *i, struct incident *one, const struct moment *now);
void alarms_flush(struct incidents *i);
void alarms_free(struct incidents *i);

#endif
