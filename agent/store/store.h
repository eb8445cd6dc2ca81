/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `watch` keeps over restarts, in one SQLite database: how far each log was read, the lines of attempts that are
 * still open, the peers, incidents and alarms, and the events that are not delivered yet. Everything that follows from
 * one batch of lines is committed together with how far it was read: either all of it happened or nothing.
 *
 * Only SQLite is called in here, and only here. Text and numbers in, text and numbers out; what they mean is not this
 * room's business. One writer per folder (a lock, with the owner's pid in the message); readers at any time. One thread
 * at a time; a daemon opens it after its last fork, and a child that was forked later leaves it alone.
 */
#ifndef AGENT_STORE_STORE_H
#define AGENT_STORE_STORE_H

#include "agent/store/store_rows.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define STORE_FILE "state.db" /* in the state's folder */
#define STORE_EPOCH_BYTES 17  /* 16 hexadecimal digits and NUL */
#define STORE_SCHEMA 1        /* a newer one is not touched */
#define STORE_NUMBER_MOST (UINT64_C(1) << 53) /* of an event: more is none of ours, and JSON readers can't tell it */

struct store;

enum store_found {
    STORE_NEW,     /* there was none */
    STORE_KEPT,    /* as it was left */
    STORE_REBUILT, /* what was there is damaged or is no state of ours: set aside under another name, a new one made */
};

struct store_options {
    const char *folder;     /* made, with mode 0700, when it is missing (its parent must be there) */
    bool read_only;         /* for `status`: nothing is made, locked or repaired; open it, read, and close it again */
    bool power_safe;        /* each commit is synced; else the last ones may be read again after a power cut */
    unsigned journal_pages; /* in place of CAP_STORE_JOURNAL_PAGES (0: that); see journal.h */
    int64_t now;            /* Unix seconds, for the name of what is set aside */
};

struct store_opened {
    enum store_found found;
    char aside[256];   /* the name in the folder that the old one has now; "" */
    char trouble[256]; /* what was wrong with it; "" */
};

/*
 * ERR_IO, ERR_PERMISSION: no room, no right, or a folder that others may write to (said with folder and next step).
 * ERR_NOINPUT: the folder's parent is missing; read_only: there is nothing yet. ERR_LIMIT: another process has it.
 * ERR_DATA: a newer schema, which is never set aside; read_only: damaged. On failure *out is NULL.
 */
enum err_code store_open(const struct store_options *o, struct store **out, struct store_opened *how, struct err *e)
    __attribute__((warn_unused_result));
/*
 * The process that has this folder's state open to write, as the lock in it tells; 0: none. ERR_PERMISSION, ERR_IO:
 * that can't be seen. Not for a process that has it open itself: closing a file ends the locks on it.
 */
enum err_code store_owner(const char *folder, long *pid, struct err *e) __attribute__((warn_unused_result));
void store_close(struct store *s); /* takes NULL; an open transaction is undone */
/* Made at random with the state: ids that come from it never meet those of a state that was lost. */
const char *store_epoch(const struct store *s);

/*
 * ---- one step ----
 * Whatever fails in a step (no room: ERR_IO) undoes all of it; what follows in it fails, too, until store_undo(),
 * store_commit() (which says so again) or store_begin(). The same calls succeed once there is room. ERR_DATA: the file
 * is damaged, and is set aside by the next store_open(). ERR_LIMIT: a field is too large. Without a step each call is
 * one of its own. With read_only a step is one view: what is read in it belongs together.
 */
enum err_code store_begin(struct store *s, struct err *e) __attribute__((warn_unused_result));
enum err_code store_commit(struct store *s, struct err *e) __attribute__((warn_unused_result));
void store_undo(struct store *s);

/*
 * Rows of every kind come through this; what they point to is borrowed during the call; false ends it. It must not ask
 * for rows of the same kind again.
 */
typedef bool store_row_fn(void *arg, const void *row);

/* ---- logs ---- */
/* All marks of a log (by its path), in place of those before. */
enum err_code store_marks_set(struct store *s, struct slice log, const struct slice *marks, size_t n, struct err *e)
    __attribute__((warn_unused_result));
/* struct store_mark, by log, in the order in which they were set. */
enum err_code store_marks(struct store *s, store_row_fn *each, void *arg, struct err *e)
    __attribute__((warn_unused_result));

enum err_code store_line_put(struct store *s, const struct store_line *line, struct err *e)
    __attribute__((warn_unused_result));
enum err_code store_line_remove(struct store *s, uint64_t number, struct err *e) __attribute__((warn_unused_result));
enum err_code store_lines(struct store *s, store_row_fn *each, void *arg, struct err *e)
    __attribute__((warn_unused_result)); /* by number */

enum err_code store_source_set(struct store *s, const struct store_source *row, struct err *e)
    __attribute__((warn_unused_result)); /* by path */
enum err_code store_sources(struct store *s, store_row_fn *each, void *arg, struct err *e)
    __attribute__((warn_unused_result)); /* by path */

/* ---- what was found ---- */
enum err_code store_peer_set(struct store *s, const struct store_peer *row, struct err *e)
    __attribute__((warn_unused_result));
enum err_code store_peers(struct store *s, store_row_fn *each, void *arg, struct err *e)
    __attribute__((warn_unused_result)); /* by observer, then address */
enum err_code store_incident_set(struct store *s, const struct store_incident *row, struct err *e)
    __attribute__((warn_unused_result));
enum err_code store_incidents(struct store *s, bool open_only, store_row_fn *each, void *arg, struct err *e)
    __attribute__((warn_unused_result)); /* by opened, then id */
enum err_code store_alarm_set(struct store *s, const struct store_alarm *row, struct err *e)
    __attribute__((warn_unused_result));
enum err_code store_alarms(struct store *s, bool open_only, store_row_fn *each, void *arg, struct err *e)
    __attribute__((warn_unused_result)); /* by opened, then id */

/* ---- events, until they are delivered ---- */
enum err_code store_event_add(struct store *s, struct store_event *event, struct err *e)
    __attribute__((warn_unused_result)); /* fills number */
/* Events that are added from now on have greater numbers: this one was seen. STORE_NUMBER_MOST is passed over. */
void store_event_numbers_after(struct store *s, uint64_t number);
/* The number of the last one that was ever added; 0: none yet. */
enum err_code store_event_last(struct store *s, uint64_t *number, struct err *e) __attribute__((warn_unused_result));
enum err_code store_events(struct store *s, uint64_t after, size_t most, store_row_fn *each, void *arg, struct err *e)
    __attribute__((warn_unused_result)); /* by number */
/* The last event that an outlet (by name) has delivered; 0 where the outlet is new: it begins with what comes now. */
enum err_code store_delivered(struct store *s, struct slice outlet, uint64_t *number, bool *known, struct err *e)
    __attribute__((warn_unused_result));
enum err_code store_delivered_set(struct store *s, struct slice outlet, uint64_t number, struct err *e)
    __attribute__((warn_unused_result));
/* struct store_outlet, by name. */
enum err_code store_outlets(struct store *s, store_row_fn *each, void *arg, struct err *e)
    __attribute__((warn_unused_result));
/* Those that are not among these names are forgotten: nothing waits for an outlet that is no longer configured. */
enum err_code store_outlets_keep(struct store *s, const struct slice *names, size_t n, struct err *e)
    __attribute__((warn_unused_result));

/* ---- small things by name (counters that go on over restarts, the last check, ...) ---- */
enum err_code store_value_set(struct store *s, struct slice name, struct slice value, struct err *e)
    __attribute__((warn_unused_result));
/* Appends to *out (struct buf of base/buf.h) what is kept under that name; found tells whether there is something. */
struct buf;
enum err_code store_value(struct store *s, struct slice name, struct buf *out, bool *found, struct err *e)
    __attribute__((warn_unused_result));

/*
 * Forgets the oldest of what is over; never an open incident or its peer, an open alarm, the last event, or an event
 * that an outlet waits for unless there are more than CAP_STORE_EVENTS (then *lost tells how many went this time).
 */
enum err_code store_forget(struct store *s, const struct store_keep *keep, uint64_t *lost, struct err *e)
    __attribute__((warn_unused_result));

#endif
