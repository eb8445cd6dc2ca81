/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables of the state, as migrations, and every statement on them. Only texts.
 */
#ifndef AGENT_STORE_SCHEMA_H
#define AGENT_STORE_SCHEMA_H

/* "SFTs", in the file's header: what has another one is not ours. */
#define SCHEMA_APPLICATION 0x53465473

enum statement {
    Q_BEGIN,
    Q_BEGIN_READING,
    Q_COMMIT,
    Q_MARK_SET,
    Q_MARKS_CUT,
    Q_MARKS,
    Q_LINE_PUT,
    Q_LINE_REMOVE,
    Q_LINES,
    Q_SOURCE_SET,
    Q_SOURCES,
    Q_PEER_SET,
    Q_PEERS,
    Q_INCIDENT_SET,
    Q_INCIDENTS,
    Q_INCIDENTS_OPEN,
    Q_ALARM_SET,
    Q_ALARMS,
    Q_ALARMS_OPEN,
    Q_EVENT_ADD,
    Q_EVENTS,
    Q_EVENTS_RANGE,
    Q_EVENT_LAST,
    Q_OUTLET,
    Q_OUTLET_SET,
    Q_OUTLETS,
    Q_OUTLET_REMOVE,
    Q_OUTLETS_LEAST,
    Q_NOTE_SET,
    Q_NOTE,
    Q_FORGET_INCIDENTS_OLD,
    Q_FORGET_INCIDENTS_MANY,
    Q_FORGET_ALARMS_OLD,
    Q_FORGET_ALARMS_MANY,
    Q_FORGET_PEERS_OLD,
    Q_FORGET_PEERS_MANY,
    Q_FORGET_EVENTS,
    Q_COUNT
};

extern const char *const schema_statements[Q_COUNT];

/* From version n to n + 1, n = 0, 1, ...; only ever appended to. Each runs inside of one transaction with its version.
 */
extern const char *const schema_migrations[];

#endif
