/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `watch` keeps over restarts, in one SQLite database: how far each log was read, the lines of attempts that are
 * still open, the peers, incidents and alarms, and the events that are not delivered yet. Everything that follows from
 * one batch of lines is committed together with how far it was read: either all of it happened or nothing.
 *
 * Only SQLite is called in here, and only here. Text and numbers in, text and numbers out; what they mean is not this
 * room's business. One writer per folder (a lock, with the owner's pid in the message); readers at any time.
 */
#ifndef AGENT_STORE_STORE_H
#define AGENT_STORE_STORE_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define STORE_FILE "state.db" /* in the state's folder */
#define STORE_EPOCH_BYTES 17  /* 16 hexadecimal digits and NUL */
#define STORE_SCHEMA 1        /* a newer one is not touched */

struct store;

enum store_found {
    STORE_NEW,     /* there was none */
    STORE_KEPT,    /* as it was left */
    STORE_REBUILT, /* what was there is damaged or is no state of ours: set aside under another name, a new one made */
};

struct store_options {
    const char *folder; /* made, with mode 0700, when it is missing (its parent must be there) */
    bool read_only;     /* for `status`: nothing is made, locked or repaired */
    bool power_safe;    /* each commit is synced; else the last ones may be read again after a power cut */
    int64_t now;        /* Unix seconds, for the name of what is set aside */
};

struct store_opened {
    enum store_found found;
    char aside[256];   /* where the old one went; "" */
    char trouble[256]; /* what was wrong with it; "" */
};

/*
 * ERR_IO, ERR_PERMISSION: no room, no right (said with folder and next step). ERR_LIMIT: another process has it.
 * ERR_DATA: a newer schema; that is never set aside. On failure *out is NULL.
 */
enum err_code store_open(const struct store_options *o, struct store **out, struct store_opened *how, struct err *e)
    __attribute__((warn_unused_result));
void store_close(struct store *s); /* takes NULL; an open transaction is undone */
/* Made at random with the state: ids that come from it never meet those of a state that was lost. */
const char *store_epoch(const struct store *s);

/* ---- one step ---- */
enum err_code store_begin(struct store *s, struct err *e) __attribute__((warn_unused_result));
enum err_code store_commit(struct store *s, struct err *e) __attribute__((warn_unused_result));
void store_undo(struct store *s);

/* ---- logs ---- */
/* All marks of a log (by its path), in place of those before. */
enum err_code store_marks_set(struct store *s, struct slice log, const struct slice *marks, size_t n, struct err *e)
    __attribute__((warn_unused_result));

/* Rows of every kind come through this; strings are borrowed during the call; false ends it. */
typedef bool store_row_fn(void *arg, const void *row);

struct store_mark {
    struct slice log, text;
};
enum err_code store_marks(struct store *s, store_row_fn *each, void *arg, struct err *e)
    __attribute__((warn_unused_result)); /* by log, in the order in which they were set */

/* Lines of attempts that are open: any bytes, under a number that the caller gives and that only grows. */
struct store_line {
    uint64_t number;
    struct slice record;
};
enum err_code store_line_put(struct store *s, const struct store_line *line, struct err *e)
    __attribute__((warn_unused_result));
enum err_code store_line_remove(struct store *s, uint64_t number, struct err *e) __attribute__((warn_unused_result));
enum err_code store_lines(struct store *s, store_row_fn *each, void *arg, struct err *e)
    __attribute__((warn_unused_result)); /* by number */

/* What is known of an input, for `status`. */
struct store_source {
    struct slice path, state, text; /* state: "live", "catching up", "silent", "missing", ...; text: for people */
    uint64_t bytes_read, lag_bytes, lines, gaps;
    int64_t read_at; /* Unix seconds when something was read last; 0: never */
};
enum err_code store_source_set(struct store *s, const struct store_source *row, struct err *e)
    __attribute__((warn_unused_result)); /* by path */
enum err_code store_sources(struct store *s, store_row_fn *each, void *arg, struct err *e)
    __attribute__((warn_unused_result)); /* by path */

/* ---- what was found ---- */
struct store_peer {
    struct slice observer, address; /* together the key */
    struct slice role, uuid, name, verdict, severity, confidence, summary, next, outcome;
    uint64_t attempts, failures;
    int64_t first, last, last_success, failing_since; /* Unix seconds; 0: never */
    struct slice memory;                              /* any bytes: what the diagnosis needs to go on */
};
enum err_code store_peer_set(struct store *s, const struct store_peer *row, struct err *e)
    __attribute__((warn_unused_result));
enum err_code store_peers(struct store *s, store_row_fn *each, void *arg, struct err *e)
    __attribute__((warn_unused_result)); /* by observer, then address */

struct store_incident {
    struct slice id; /* the key */
    struct slice observer, address, cause, verdict, severity, alarm, outcome;
    int64_t opened, changed, closed; /* Unix seconds; closed 0: open */
    int64_t first, last;             /* of its attempts */
    uint64_t attempts;
    struct slice memory; /* any bytes */
};
enum err_code store_incident_set(struct store *s, const struct store_incident *row, struct err *e)
    __attribute__((warn_unused_result));
enum err_code store_incidents(struct store *s, bool open_only, store_row_fn *each, void *arg, struct err *e)
    __attribute__((warn_unused_result)); /* by opened, then id */

struct store_alarm {
    struct slice id, observer, cause, verdict, severity; /* id is the key */
    int64_t opened, changed, closed;
    uint64_t peers, attempts;
};
enum err_code store_alarm_set(struct store *s, const struct store_alarm *row, struct err *e)
    __attribute__((warn_unused_result));
enum err_code store_alarms(struct store *s, bool open_only, store_row_fn *each, void *arg, struct err *e)
    __attribute__((warn_unused_result));

/* ---- events, until they are delivered ---- */
struct store_event {
    uint64_t number; /* given by store_event_add: 1, 2, 3, ... without a gap, never twice in one epoch */
    struct slice type, id, body;
};
enum err_code store_event_add(struct store *s, struct store_event *event, struct err *e)
    __attribute__((warn_unused_result)); /* fills number */
enum err_code store_events(struct store *s, uint64_t after, size_t most, store_row_fn *each, void *arg, struct err *e)
    __attribute__((warn_unused_result)); /* by number */
/* The last event that an outlet (by name) has delivered; 0 where the outlet is new: it begins with what comes now. */
enum err_code store_delivered(struct store *s, struct slice outlet, uint64_t *number, bool *known, struct err *e)
    __attribute__((warn_unused_result));
enum err_code store_delivered_set(struct store *s, struct slice outlet, uint64_t number, struct err *e)
    __attribute__((warn_unused_result));

/* ---- small things by name (counters that go on over restarts, the last check, ...) ---- */
enum err_code store_value_set(struct store *s, struct slice name, struct slice value, struct err *e)
    __attribute__((warn_unused_result));
/* Appends to *out (struct buf of base/buf.h) what is kept under that name; found tells whether there is something. */
struct buf;
enum err_code store_value(struct store *s, struct slice name, struct buf *out, bool *found, struct err *e)
    __attribute__((warn_unused_result));

struct store_keep {
    int64_t closed_before; /* Unix seconds: incidents and alarms that were closed before, peers that were last seen
                              before */
    uint64_t events;       /* so many delivered events at most */
    uint64_t incidents, peers;
};
/* Forgets the oldest of what is over; never an open incident, an open alarm, or an event that an outlet waits for
 * unless there are more than CAP_STORE_EVENTS (then *lost counts them). */
enum err_code store_forget(struct store *s, const struct store_keep *keep, uint64_t *lost, struct err *e)
    __attribute__((warn_unused_result));

#endif
