/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `watch` tells people and systems: one thing that has happened, as plain values. Made by the live diagnosis,
 * rendered by agent/report (NDJSON first, everything else from that), kept by agent/store until it was delivered.
 */
#ifndef AGENT_DIAGNOSIS_TELL_H
#define AGENT_DIAGNOSIS_TELL_H

#include "agent/diagnosis/verdict.h"
#include "base/civil.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TELL_ID_BYTES 33 /* 32 hexadecimal digits and NUL */
#define TELL_LINES 8     /* lines of proof that go with one event */

enum tell_type {
    TELL_ATTEMPT,  /* a connection attempt is over */
    TELL_INCIDENT, /* one peer, one cause: opened, changed, closed */
    TELL_VERDICT,  /* what is wrong with a peer (or with this appliance's own certificates) has become something else */
    TELL_SOURCE,   /* something about an input: lost bytes, not readable, silent, back again */
    TELL_ALARM, /* several peers with one cause (they share a CA): opened, changed, closed; a person is to be woken */
    TELL_TYPES
};

enum tell_change { TELL_OPENED, TELL_CHANGED, TELL_CLOSED, TELL_CHANGES };

struct tell_line {
    const char *text;  /* raw, hostile */
    const char *means; /* NULL: nothing to say of it */
    const char *log;   /* path */
    uint64_t offset;   /* in its generation, bytes */
};

/* Strings are borrowed; NULL: not known. Which members count is said per type. */
struct tell {
    enum tell_type type;
    char id[TELL_ID_BYTES]; /* of the attempt, incident or alarm (all its changes have one id); else of this event */
    int64_t at_ms;          /* Unix milliseconds, when it was found */
    const char *observer, *role, *address, *uuid,
        *name;                          /* role: "fmc", "ftd", "unknown"; the last three: of the peer */
    enum verdict_id verdict;            /* all but SOURCE */
    enum severity severity;             /* all */
    enum confidence confidence;         /* INCIDENT, VERDICT */
    const char *outcome;                /* ATTEMPT, INCIDENT: "verify_failed/10" */
    civil first, last;                  /* ATTEMPT, INCIDENT, ALARM: of its lines, UTC */
    bool catching_up;                   /* read from what lay there, not as it was written */
    enum tell_change change;            /* INCIDENT, ALARM */
    const char *reason;                 /* INCIDENT, ALARM closed: "established", "quiet", "other cause" */
    uint64_t attempts;                  /* INCIDENT, ALARM: so far */
    uint64_t peers;                     /* ALARM: that have it now */
    const char *alarm;                  /* INCIDENT: id of the alarm that it belongs to */
    const char *ca_uuid;                /* INCIDENT, VERDICT, ALARM: FMC whose InternalCA is concerned */
    const char *was;                    /* VERDICT: the verdict before, "SFT-1000" */
    const char *summary, *next;         /* INCIDENT, VERDICT, ALARM: a sentence; the next safe step */
    const char *path, *what, *text;     /* SOURCE: the input; "gap", "silent", ...; for people */
    uint64_t bytes;                     /* SOURCE: concerned; 0: none */
    struct tell_line lines[TELL_LINES]; /* proof: INCIDENT, VERDICT */
    size_t line_count;
};

const char *tell_type_name(enum tell_type type);       /* "attempt", "incident", "verdict", "source", "alarm" */
const char *tell_change_name(enum tell_change change); /* "opened", "changed", "closed" */

/* 32 hexadecimal digits from words, each with its length: equal words, equal id. */
void tell_id(char out[TELL_ID_BYTES], const struct slice *words, size_t n);

#endif
