/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/store/schema.h"

#include "agent/store/store.h"

#include <stddef.h>

/* A migration that was released is never changed: what it made is out there. */
const char *const schema_migrations[] = {
    /* 0 to 1 */
    "CREATE TABLE self (epoch TEXT NOT NULL) STRICT;"
    "INSERT INTO self VALUES (lower(hex(randomblob(8))));"
    "CREATE TABLE marks (log TEXT NOT NULL, place INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (log, place))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE lines (number INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;"
    "CREATE TABLE sources (path TEXT PRIMARY KEY, state TEXT NOT NULL, text TEXT NOT NULL, bytes_read INTEGER NOT NULL,"
    " lag_bytes INTEGER NOT NULL, lines INTEGER NOT NULL, gaps INTEGER NOT NULL, read_at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE peers (observer TEXT NOT NULL, address TEXT NOT NULL, role TEXT NOT NULL, uuid TEXT NOT NULL,"
    " name TEXT NOT NULL, verdict TEXT NOT NULL, severity TEXT NOT NULL, confidence TEXT NOT NULL,"
    " summary TEXT NOT NULL, next TEXT NOT NULL, outcome TEXT NOT NULL, attempts INTEGER NOT NULL,"
    " failures INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, last_success INTEGER NOT NULL,"
    " failing_since INTEGER NOT NULL, memory BLOB NOT NULL, PRIMARY KEY (observer, address)) STRICT;"
    "CREATE TABLE incidents (id TEXT PRIMARY KEY, observer TEXT NOT NULL, address TEXT NOT NULL, cause TEXT NOT NULL,"
    " verdict TEXT NOT NULL, severity TEXT NOT NULL, alarm TEXT NOT NULL, outcome TEXT NOT NULL,"
    " opened INTEGER NOT NULL, changed INTEGER NOT NULL, closed INTEGER NOT NULL, first INTEGER NOT NULL,"
    " last INTEGER NOT NULL, attempts INTEGER NOT NULL, memory BLOB NOT NULL) STRICT;"
    "CREATE INDEX incidents_open ON incidents (observer, address) WHERE closed = 0;"
    "CREATE TABLE alarms (id TEXT PRIMARY KEY, observer TEXT NOT NULL, cause TEXT NOT NULL, verdict TEXT NOT NULL,"
    " severity TEXT NOT NULL, opened INTEGER NOT NULL, changed INTEGER NOT NULL, closed INTEGER NOT NULL,"
    " peers INTEGER NOT NULL, attempts INTEGER NOT NULL) STRICT;"
    "CREATE TABLE events (number INTEGER PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL) STRICT;"
    "CREATE TABLE outlets (name TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE notes (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;",
};

_Static_assert(sizeof schema_migrations / sizeof *schema_migrations == STORE_SCHEMA, "one migration per version");

#define PEER_COLUMNS                                                                                                   \
    "observer, address, role, uuid, name, verdict, severity, confidence, summary, next, outcome, attempts, failures,"  \
    " first, last, last_success, failing_since, memory"
#define INCIDENT_COLUMNS                                                                                               \
    "id, observer, address, cause, verdict, severity, alarm, outcome, opened, changed, closed, first, last, attempts," \
    " memory"
#define ALARM_COLUMNS "id, observer, cause, verdict, severity, opened, changed, closed, peers, attempts"
#define SOURCE_COLUMNS "path, state, text, bytes_read, lag_bytes, lines, gaps, read_at"
/* The oldest that are over, as many as there are too many of all. */
#define TOO_MANY(table)                                                                                                \
    "DELETE FROM " table " WHERE id IN (SELECT id FROM " table                                                         \
    " WHERE closed <> 0 ORDER BY closed, id LIMIT max(0, (SELECT count(*) FROM " table ") - ?1))"
#define QUIET_PEER                                                                                                     \
    "NOT EXISTS (SELECT 1 FROM incidents i WHERE i.closed = 0 AND i.observer = p.observer AND i.address = p.address)"

const char *const schema_statements[Q_COUNT] = {
    [Q_BEGIN] = "BEGIN IMMEDIATE",
    [Q_BEGIN_READING] = "BEGIN",
    [Q_COMMIT] = "COMMIT",
    /* what is as it was costs no page: most marks of a log stand still */
    [Q_MARK_SET] = "INSERT INTO marks (log, place, text) VALUES (?1, ?2, ?3) ON CONFLICT (log, place) DO UPDATE SET"
                   " text = excluded.text WHERE text <> excluded.text",
    [Q_MARKS_CUT] = "DELETE FROM marks WHERE log = ?1 AND place >= ?2",
    [Q_MARKS] = "SELECT log, text FROM marks ORDER BY log, place",
    [Q_LINE_PUT] = "REPLACE INTO lines (number, record) VALUES (?1, ?2)",
    [Q_LINE_REMOVE] = "DELETE FROM lines WHERE number = ?1",
    [Q_LINES] = "SELECT number, record FROM lines ORDER BY number",
    [Q_SOURCE_SET] = "REPLACE INTO sources (" SOURCE_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [Q_SOURCES] = "SELECT " SOURCE_COLUMNS " FROM sources ORDER BY path",
    [Q_PEER_SET] = "REPLACE INTO peers (" PEER_COLUMNS ") VALUES"
                   " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    [Q_PEERS] = "SELECT " PEER_COLUMNS " FROM peers ORDER BY observer, address",
    [Q_INCIDENT_SET] = "REPLACE INTO incidents (" INCIDENT_COLUMNS ") VALUES"
                       " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    [Q_INCIDENTS] = "SELECT " INCIDENT_COLUMNS " FROM incidents ORDER BY opened, id",
    [Q_INCIDENTS_OPEN] = "SELECT " INCIDENT_COLUMNS " FROM incidents WHERE closed = 0 ORDER BY opened, id",
    [Q_ALARM_SET] = "REPLACE INTO alarms (" ALARM_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [Q_ALARMS] = "SELECT " ALARM_COLUMNS " FROM alarms ORDER BY opened, id",
    [Q_ALARMS_OPEN] = "SELECT " ALARM_COLUMNS " FROM alarms WHERE closed = 0 ORDER BY opened, id",
    /* the number is the greatest that is there and one more: store_forget never takes the last event */
    [Q_EVENT_ADD] = "INSERT INTO events (number, type, id, body) VALUES"
                    " (max((SELECT ifnull(max(number), 0) FROM events), ?4) + 1, ?1, ?2, ?3) RETURNING number",
    [Q_EVENTS] = "SELECT number, type, id, body FROM events WHERE number > ?1 ORDER BY number LIMIT ?2",
    [Q_EVENTS_RANGE] =
        "SELECT coalesce((SELECT min(number) FROM events), 0), coalesce((SELECT max(number) FROM events), 0)",
    [Q_EVENT_LAST] = "SELECT ifnull(max(number), 0) FROM events",
    [Q_OUTLET] = "SELECT number FROM outlets WHERE name = ?1",
    [Q_OUTLET_SET] = "REPLACE INTO outlets (name, number) VALUES (?1, ?2)",
    [Q_OUTLETS] = "SELECT name, number FROM outlets ORDER BY name",
    [Q_OUTLET_REMOVE] = "DELETE FROM outlets WHERE name = ?1",
    [Q_OUTLETS_LEAST] = "SELECT coalesce(min(number), ?1) FROM outlets",
    [Q_NOTE_SET] = "REPLACE INTO notes (name, value) VALUES (?1, ?2)",
    [Q_NOTE] = "SELECT value FROM notes WHERE name = ?1",
    [Q_FORGET_INCIDENTS_OLD] = "DELETE FROM incidents WHERE closed <> 0 AND closed < ?1",
    [Q_FORGET_INCIDENTS_MANY] = TOO_MANY("incidents"),
    [Q_FORGET_ALARMS_OLD] = "DELETE FROM alarms WHERE closed <> 0 AND closed < ?1",
    [Q_FORGET_ALARMS_MANY] = TOO_MANY("alarms"),
    [Q_FORGET_PEERS_OLD] = "DELETE FROM peers AS p WHERE last <> 0 AND last < ?1 AND " QUIET_PEER,
    [Q_FORGET_PEERS_MANY] = "DELETE FROM peers WHERE rowid IN (SELECT p.rowid FROM peers p WHERE " QUIET_PEER
                            " ORDER BY last, observer, address LIMIT max(0, (SELECT count(*) FROM peers) - ?1))",
    [Q_FORGET_EVENTS] = "DELETE FROM events WHERE number <= ?1",
};
