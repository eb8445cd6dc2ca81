/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is kept by agent/store, row by row: plain values. Texts may hold any bytes and are borrowed during the call that
 * takes or gives them; each field is of at most CAP_STORE_FIELD_BYTES. Times are Unix seconds, 0: never.
 */
#ifndef AGENT_STORE_STORE_ROWS_H
#define AGENT_STORE_STORE_ROWS_H

#include "base/slice.h"

#include <stdint.h>

struct store_mark {
    struct slice log, text;
};

/* A line of an attempt that is open: any bytes, under a number that the caller gives and that only grows. */
struct store_line {
    uint64_t number;
    struct slice record;
};

/* What is known of an input, for `status`. */
struct store_source {
    struct slice path, state, text; /* state: "live", "catching up", "silent", "missing", ...; text: for people */
    uint64_t bytes_read, lag_bytes, lines, gaps;
    int64_t read_at; /* when something was read last */
};

struct store_peer {
    struct slice observer, address; /* together the key */
    struct slice role, uuid, name, verdict, severity, confidence, summary, next, outcome;
    uint64_t attempts, failures;
    int64_t first, last, last_success, failing_since;
    struct slice memory; /* any bytes: what the diagnosis needs to go on */
};

struct store_incident {
    struct slice id; /* the key */
    struct slice observer, address, cause, verdict, severity, alarm, outcome;
    int64_t opened, changed, closed; /* closed 0: open */
    int64_t first, last;             /* of its attempts */
    uint64_t attempts;
    struct slice memory; /* any bytes */
};

struct store_alarm {
    struct slice id, observer, cause, verdict, severity; /* id is the key */
    int64_t opened, changed, closed;
    uint64_t peers, attempts;
};

struct store_event {
    uint64_t number; /* given by store_event_add: 1, 2, 3, ..., with a gap only by store_event_numbers_after() */
    struct slice type, id, body;
};

/* Who gets events, and the last one that it has got. */
struct store_outlet {
    struct slice name;
    uint64_t number;
};

/* What is kept of that which is over. */
struct store_keep {
    int64_t closed_before; /* older ones go: incidents and alarms closed, peers last seen before that */
    uint64_t events;       /* so many delivered events at most */
    uint64_t incidents;    /* so many incidents at most, and as many alarms */
    uint64_t peers;
};

#endif
