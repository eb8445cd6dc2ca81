/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The metrics of `watch` from plain values, in the text format of promtext.h. All names begin with sftunnel_watch_, so
 * that they can stand in one exposition, or in one folder of text files, with those of `check` (prom.h), whose labels
 * observer, peer and peer_uuid mean the same. A series stays: what is over is 0, or keeps the time when it was.
 *
 * Strings are borrowed and hostile; NULL: not known, the label is left out. Counters are to go on over restarts.
 */
#ifndef AGENT_REPORT_WATCHPROM_H
#define AGENT_REPORT_WATCHPROM_H

#include "agent/diagnosis/tell.h"
#include "base/buf.h"

struct watchprom_source {
    const char *path, *state; /* "live", "catching up", "silent", "missing", ... */
    uint64_t lines, bytes, lag_bytes, gaps;
    int64_t read_at; /* Unix seconds when something was read last; 0: never */
};

struct watchprom_canary {
    bool back;       /* the last one, in time */
    int64_t back_at; /* Unix seconds; 0: none was ever */
    uint64_t round_trip_ns;
};

struct watchprom_capture {
    const char *interface;
    bool running;
    uint64_t frames, handshakes, lost, restarts;
};

struct watchprom_attempts {
    const char *outcome; /* "verify_failed/10" */
    uint64_t n;
};

struct watchprom_incidents {
    enum verdict_id verdict;
    enum severity severity;
    uint64_t open;
};

struct watchprom_peer {
    const char *observer, *address, *uuid, *name; /* observer and address tell peers apart */
    enum verdict_id verdict;
    enum severity severity;
    int64_t failing_since; /* Unix seconds; 0: it does not fail */
};

struct watchprom_outlet {
    const char *name;
    uint64_t delivered; /* number of the last event that it got */
    uint64_t waiting;   /* events that it has yet to get */
    uint64_t failures;
};

struct watchprom {
    int64_t started;         /* Unix seconds */
    int64_t checked;         /* when the certificate files were looked at last; 0: never, or switched off */
    enum severity check_found; /* then, the worst */
    bool confined;           /* the reader: both walls stand */
    const char *confinement; /* as confine_print() has it */
    const struct watchprom_source *sources;
    size_t source_count;
    const struct watchprom_canary *canary;   /* NULL: there is none */
    const struct watchprom_capture *capture; /* likewise */
    uint64_t events[TELL_TYPES];
    const struct watchprom_attempts *attempts;
    size_t attempt_count;
    const struct watchprom_incidents *incidents;
    size_t incident_count;
    uint64_t alarms_open;
    const struct watchprom_peer *peers;
    size_t peer_count;
    const struct watchprom_outlet *outlets;
    size_t outlet_count;
    uint64_t commits, commit_ns; /* of the store: how many, and how long they took together */
    uint64_t store_failures;
    uint64_t reader_restarts;
};

/* Appends. */
void watchprom_print(struct buf *b, const struct watchprom *w);

#endif
