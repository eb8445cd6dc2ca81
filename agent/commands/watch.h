/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of `watch`: watch.c reads the options, watchrun.c is the loop that joins the reader, the diagnosis, the
 * store and the outlets, watchstate.c puts everything back to where it was, watchpump.c delivers the events.
 */
#ifndef AGENT_COMMANDS_WATCH_H
#define AGENT_COMMANDS_WATCH_H

#include "agent/commands/daemonize.h"
#include "agent/commands/feed.h"
#include "agent/commands/keep.h"
#include "agent/commands/notify.h"
#include "agent/commands/outlet.h"
#include "agent/commands/reader.h"
#include "agent/commands/settings.h"
#include "agent/diagnosis/incident.h"
#include "agent/store/store.h"

#define WATCH_TICK_MS 2000

/* One log that is followed. */
struct watch_log {
    const char *path;
    struct attempts *live;
    struct feed_counts counts, before; /* before: by the readers before this one */
    uint64_t gaps;
    int64_t read_at; /* Unix seconds; 0: never */
    int64_t arrived; /* monotonic milliseconds, when bytes came last */
    int64_t longest; /* milliseconds between two arrivals, as it usually is; forgotten slowly */
    bool silent;     /* and that was told */
    bool told_there;
};

struct watch_outlet {
    struct outlet *o;
    uint64_t position, kept; /* delivered; as the store knows it */
    bool later;              /* it can't take more now */
    int64_t due;             /* when it is tried again, if it does not say earlier that it is ready */
    uint64_t failures;
    struct watch *w;
};

/* Who has started us and wants to know how we are. */
struct watch_service {
    struct daemonize background;
    struct notify *notify;
    bool ready; /* and that was said */
};

struct watch {
    const struct settings *s;
    struct watch_service *service;
    const struct rules *rules;
    struct privileges rights;
    struct store *store;
    struct store_opened opened;
    struct keep *keep;
    struct watchmetrics *metrics;
    struct incidents *incidents;
    struct watch_log *logs;
    size_t log_count;
    struct watch_outlet *outlets;
    size_t outlet_count;
    struct reader reader;
    struct reader_log *reader_logs;
    struct buf in;
    uint64_t next_line;        /* number for the next line that is kept */
    uint64_t last_event;       /* number of the last one that is kept */
    struct watch_check *check; /* NULL: not wanted */
    struct watch_canary *canary; /* likewise */
    struct watch_wire *wire;     /* likewise */
    struct watch_journal *journal;
    struct watch_loop *l;      /* watchrun.c's: libuv's handles */
    struct uv_loop_s *loop;
    bool reading, stalled, ending, again, failed;
    unsigned restarts;           /* of the reader, without a step in between */
    int64_t forgot_at, asked_at; /* monotonic milliseconds: of watch_care() */
    uint64_t restarts_all;
    uint64_t steps;
    int64_t started;                /* Unix seconds */
    int64_t checked;                /* the certificate files, and that came to its end; 0: never */
    enum severity check_found;      /* the worst then; UNKNOWN: none, or not all of it could be read */
    char confined[160];             /* as the reader says */
    const struct watch_log *adding; /* whose line is being judged */
};

int64_t watch_clock_ms(void); /* monotonic */
int64_t watch_now_ms(void);   /* Unix */
/* A line for people on standard error (or syslog), "level" as in syslog: "info", "warning", "err". */
void watch_log(const char *level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Names of values in the store (store_value()), all text, for `status`. */
#define WATCH_PID "pid"
#define WATCH_STARTED "started" /* Unix seconds */
#define WATCH_VERSION "version"
#define WATCH_READER "reader" /* how it is confined */
#define WATCH_GAP "gap "      /* and a log's path: when something was lost, Unix seconds */

/* "live", "catching up", "silent", "missing" */
const char *watch_source_state(const struct watch_log *log);
void watch_note_start(struct watch *w);
void watch_note_gap(struct watch *w, const struct watch_log *log);

/* Fills logs, incidents, next_line from the store. */
enum err_code watch_restore(struct watch *w, struct err *e) __attribute__((warn_unused_result));
/* What the reader has to know before it begins. */
enum err_code watch_tell_reader(struct watch *w, struct err *e) __attribute__((warn_unused_result));

enum err_code watch_outlets_open(struct watch *w, struct err *e) __attribute__((warn_unused_result));
void watch_outlets_close(struct watch *w);
/* Sends what is kept and was not sent; true: everything is delivered. */
bool watch_pump(struct watch *w);
void watch_pump_again(struct watch *w); /* those that could not take more, after their time */
void watch_wake(struct watch *w, uint64_t after_ms); /* and calls that then */
void watch_pump_note(struct watch *w);  /* how far each outlet is, into the store */

/* The certificate files: a look at the start, by a timer, and when they change. */
enum err_code watch_check_start(struct watch *w, struct err *e) __attribute__((warn_unused_result));
void watch_check_end(struct watch *w);  /* its handles end in the loop */
void watch_check_free(struct watch *w); /* when they have */
/* The state's journal, written back in another thread when enough is in it, or `now`. */
enum err_code watch_journal_start(struct watch *w, struct err *e) __attribute__((warn_unused_result));
void watch_journal_care(struct watch *w, bool now);
void watch_journal_free(struct watch *w); /* when the loop has ended, before the store is closed */
/* Everything since the last time is kept, or nothing, and tried again. */
bool watch_commit(struct watch *w);

/* What time alone brings: inputs that fall silent, a state that grows, the service manager's question. */
void watch_care(struct watch *w);
void watch_arrived(struct watch_log *log); /* bytes have come */
void watch_ready(struct watch *w);         /* the first step was taken */
/* An event about an input; event NULL: nothing that the tail has said. */
void watch_tell_source(struct watch *w, const struct watch_log *log, const char *what, enum severity severity,
    const struct tail_event *event);
void watch_tell_state(struct watch *w); /* that it had to be set aside, if it had */
void watch_keep_source(struct watch *w, const struct watch_log *log);

/* Until it is told to end; again: it is to be run anew, with the configuration read again. */
enum err_code watch_run(const struct settings *s, const struct rules *rules, struct watch_service *service, bool *again,
    struct err *e) __attribute__((warn_unused_result));

#endif
