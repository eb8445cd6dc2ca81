/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From attempts to what a person has to know: one incident per peer and cause, with counts, not one alarm per line; and
 * one alarm for all peers that fail for the same cause, because they share a CA.
 *
 *   opened   the first failed attempt of a peer for that cause (the verdict that its outcome means)
 *   changed  ten times as many attempts as were told last
 *   closed   the peer got through ("established"), or nothing was seen of the cause for quiet_s ("quiet")
 *
 * An alarm is opened when group_from peers of one observer have an open incident with one cause and one CA, told again
 * at ten times as many peers, and closed with the last of its incidents. Peers are bounded (CAP_WATCHED_PEERS).
 *
 * Pure: what is to be told and kept goes to a sink; what was kept is given back after a restart. Ids are made from the
 * attempt that opens the thing, so that they are the same when that attempt is read again.
 */
#ifndef AGENT_DIAGNOSIS_INCIDENT_H
#define AGENT_DIAGNOSIS_INCIDENT_H

#include "agent/diagnosis/attempts.h"

#define INCIDENT_CAUSES                                                                                                \
    6               /* incidents of one peer that are open at once; a further cause takes the place of the oldest */
#define CA_BYTES 40 /* UUID of an FMC as text, with NUL */

struct watched {
    char *observer, *address; /* never NULL; together the key */
    char *uuid, *name;        /* NULL: not known */
    char *summary, *next;     /* of its verdict; NULL */
    enum role role;           /* of the observer */
    enum verdict_id verdict;  /* INSUFFICIENT until something is known */
    enum severity severity;
    enum confidence confidence;
    char outcome[32]; /* of the last attempt; "" */
    uint64_t attempts, failures;
    int64_t first, last, last_success, failing_since; /* Unix seconds; 0: never */
    bool dirty;                                       /* not kept yet as it is */
    /* private */
    struct incident *open[INCIDENT_CAUSES];
    size_t open_count;
};

struct incident {
    char id[TELL_ID_BYTES], alarm_id[TELL_ID_BYTES]; /* alarm_id "": none */
    struct watched *peer;
    enum verdict_id cause;
    enum severity severity;
    char outcome[32], ca[CA_BYTES];
    int64_t opened, changed, closed; /* Unix seconds; closed 0: open */
    civil first, last;
    uint64_t attempts, told;
    bool dirty;
    struct alarm *alarm; /* private */
};

struct alarm {
    char id[TELL_ID_BYTES]; /* "": not enough peers as yet */
    char *observer;
    enum verdict_id cause;
    enum severity severity;
    char ca[CA_BYTES];
    int64_t opened, changed, closed;
    civil first, last;
    uint64_t peers, told, attempts;
    bool dirty;
};

struct incident_options {
    const char *epoch;
    uint32_t group_from, quiet_s;
    void *arg, *keep_arg;
    void (*tell)(void *arg, const struct tell *t);
    /* What is kept of it has to be written; called for each that changed, by incidents_flush(). */
    void (*keep_peer)(void *arg, const struct watched *p);
    void (*keep_incident)(void *arg, const struct incident *i);
    void (*keep_alarm)(void *arg, const struct alarm *a);
};

struct incidents;

struct incidents *incidents_new(const struct incident_options *o);
void incidents_free(struct incidents *i); /* takes NULL */

/* log: path, for the proof. now_ms: Unix milliseconds. */
void incidents_add(struct incidents *i, const struct attempt_end *c, const char *log, int64_t now_ms);

/* What another source shows, at this moment: the wire. */
struct incident_proof {
    const char *observer, *address; /* whose log tells of it, if there is one; the peer */
    enum verdict_id verdict;
    enum confidence confidence;
    const char *text, *summary, *next; /* what was seen, and what that means */
};
/*
 * An open incident of this peer and cause that was less certain becomes as certain as that, which is told once, with
 * the proof. Anything else changes nothing: neither attempts nor incidents come of it. now_ms: Unix milliseconds.
 */
void incidents_prove(struct incidents *i, const struct incident_proof *p, int64_t now_ms);
/* What time alone changes; every few seconds. */
void incidents_tick(struct incidents *i, int64_t now_ms);
void incidents_flush(struct incidents *i);

/* As kept, strings are copied; alarms first, then peers, then incidents. false: it contradicts what is there. */
bool incidents_restore_alarm(struct incidents *i, const struct alarm *a);
bool incidents_restore_peer(struct incidents *i, const struct watched *p);
bool incidents_restore(struct incidents *i, const struct incident *one, struct slice observer, struct slice address);

struct incident_counts {
    uint64_t peers, open, alarms, forgotten; /* forgotten: peers beyond the cap */
    uint64_t by_outcome[OUTCOME_TYPES];      /* attempts since the start */
    uint64_t by_verdict[VERDICT_COUNT];      /* open incidents */
};
void incidents_count(const struct incidents *i, struct incident_counts *out);
void incidents_each_peer(const struct incidents *i, void (*each)(void *arg, const struct watched *p), void *arg);

#endif
