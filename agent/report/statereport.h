/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `watch` knows, as plain values, for people, programs and monitoring. Strings are borrowed and hostile; NULL or
 * "": not known. Times are Unix seconds, 0: never.
 *
 * The severity, which is also the nagios exit code: UNKNOWN when watch does not run, or nobody can tell whether it
 * does; else CRITICAL for an open critical incident or alarm, and for an input that is silent, had a gap within
 * STATEREPORT_GAP_SECONDS, or is missing (one that never was there only if no other is), and for a canary that is not
 * back; else WARNING for a capture that does not run, what is open otherwise, a peer whose last verdict is a fault, and
 * an input that is read behind; else OK.
 */
#ifndef AGENT_REPORT_STATEREPORT_H
#define AGENT_REPORT_STATEREPORT_H

#include "agent/diagnosis/canary.h"
#include "agent/report/report.h"
#include "base/buf.h"

#define STATEREPORT_SCHEMA "sftunnel-agent.state/1"
#define STATEREPORT_GAP_SECONDS 86400
#define STATEREPORT_ROWS 50 /* of a table, unless everything was asked for */

struct statereport_peer {
    const char *observer, *address, *role, *uuid, *name, *outcome, *summary, *next;
    enum verdict_id verdict;
    enum severity severity;
    const char *confidence;
    uint64_t attempts, failures;
    int64_t first, last, last_success, failing_since;
};

struct statereport_incident {
    const char *id, *observer, *address, *outcome, *alarm;
    enum verdict_id verdict;
    enum severity severity;
    uint64_t attempts;
    int64_t opened, last;
};

struct statereport_alarm {
    const char *id, *observer;
    enum verdict_id verdict;
    enum severity severity;
    uint64_t peers, attempts;
    int64_t opened, changed;
};

struct statereport_source {
    const char *path, *state; /* as in struct store_source */
    uint64_t bytes, lines, lag, gaps;
    int64_t read_at, gap_at;
};

struct statereport_canary {
    enum canary_state state;
    int64_t sent_at, back_at;
    uint64_t round_trip_ms;
    const char *through; /* the log in which it was */
};

struct statereport_capture {
    const char *interface, *state; /* as in struct watch_wire_view */
    int64_t since;
    uint64_t frames, handshakes, lost, restarts;
};

struct statereport_outlet {
    const char *name;
    uint64_t delivered, waiting;
};

struct statereport {
    const char *folder;
    int64_t now;
    long pid;            /* of the daemon; 0: it does not run, or: */
    const char *unknown; /* why that can't be told */
    int64_t started;     /* of the last one, if this one does not run */
    const char *version, *reader;
    const struct statereport_peer *peers;
    const struct statereport_incident *incidents; /* that are open */
    const struct statereport_alarm *alarms;       /* likewise */
    const struct statereport_source *sources;
    const struct statereport_canary *canary;   /* NULL: there is none */
    const struct statereport_capture *capture; /* likewise */
    const struct statereport_outlet *outlets;
    size_t peer_count, incident_count, alarm_count, source_count, outlet_count;
    uint64_t events; /* number of the last one */
};

enum severity statereport_severity(const struct statereport *s);
enum severity statereport_source_severity(const struct statereport *s, const struct statereport_source *source);
enum severity statereport_canary_severity(const struct statereport_canary *c);
enum severity statereport_capture_severity(const struct statereport_capture *c);
/* Indices of the peers, the worst first, then as they are. free() it. */
uint32_t *statereport_order(const struct statereport *s);

typedef enum err_code statereport_render(
    FILE *out, const struct statereport *s, const struct report_style *style, struct err *e);
statereport_render statereport_text, statereport_json, statereport_nagios;
/* By the name of a format; NULL: there is none for it. */
statereport_render *statereport_find(struct slice format);

#endif
