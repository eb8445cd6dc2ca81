/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The canary: a line with a random id that is written through syslog now and then, and has to come back through a log
 * that is followed. If it does not, nobody sees what is written there. What is due when, and what it means; the world
 * (the socket, the random numbers, who is told) is commands/watchcanary.c.
 *
 * Only the id that is awaited counts, and only in time: not one that was made up, nor an old one again, nor one of a
 * former process. Time that passes while nobody looks (a stopped process, a state that can't be kept) does not count.
 */
#ifndef AGENT_DIAGNOSIS_CANARY_H
#define AGENT_DIAGNOSIS_CANARY_H

#include "base/buf.h"
#include "rules/scan.h"

#include <stdbool.h>
#include <stdint.h>

#define CANARY_ID_BYTES 32   /* hexadecimal digits */
#define CANARY_PAUSE_MS 4000 /* between two looks more than this does not count */

enum canary_state {
    CANARY_UNKNOWN, /* none has come to its end as yet */
    CANARY_BACK,    /* the last one came back */
    CANARY_LOST,    /* it did not, in time */
    CANARY_UNSENT,  /* it could not be written, for as long */
    CANARY_STATES
};

enum canary_phase { CANARY_RESTING, CANARY_TO_SEND, CANARY_AWAITED };

struct canary {
    uint32_t interval_ms, within_ms;
    enum canary_state state; /* of the last that came to its end */
    enum canary_phase phase;
    char id[CANARY_ID_BYTES + 1]; /* that is awaited */
    int64_t seen_ms;              /* the last look; monotonic */
    int64_t rest_ms, left_ms;     /* until the next one is due; until this one is late */
    int64_t sent_ms;              /* monotonic */
    uint32_t round_trip_ms;       /* of the last that came back */
};

/* The first one is due at once. */
void canary_init(struct canary *c, uint32_t interval_ms, uint32_t within_ms, int64_t now_ms);
/* Time has passed. true: a line is to be written now; if that fails, nothing is called, and it is asked for again. */
bool canary_tick(struct canary *c, int64_t now_ms);
/* It was written, with this id of CANARY_ID_BYTES digits. */
void canary_sent(struct canary *c, const char *id, int64_t now_ms);
/* A log had this id. true: it was awaited. */
bool canary_seen(struct canary *c, struct slice id, int64_t now_ms);

const char *canary_state_name(enum canary_state state); /* "unknown", "back", "lost", "unsent" */

/* ---- the line ---- */

/* What is written, behind the priority and the stamp that syslog wants. */
void canary_print(struct buf *b, uint32_t pid, const char *id);
/* What is looked for in every line: our name, cheap where it is not. */
void canary_scan(struct scan *s);
/*
 * The next id in *line, which is then what follows it; false: there is none. Whatever a syslog daemon makes of the line
 * around it.
 */
bool canary_find(const struct scan *s, struct slice *line, struct slice *id);

#endif
