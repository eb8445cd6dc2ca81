/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of every kind but events: out and in, column by column in the order of schema.c. */
#include "agent/store/store_parts.h"

#include "base/buf.h"
#include "base/caps.h"

/* ---- logs ---- */

static enum err_code set_marks(struct store *s, struct slice log, const struct slice *marks, size_t n, struct err *e)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < n && rc == ERR_OK; i++) {
        struct ask a = ask_start(s->sql, Q_MARK_SET);
        ask_text(&a, log);
        ask_number(&a, i);
        ask_text(&a, marks[i]);
        rc = store_change(s, &a, e);
    }
    if (rc != ERR_OK)
        return rc;
    struct ask a = ask_start(s->sql, Q_MARKS_CUT);
    ask_text(&a, log);
    ask_number(&a, n);
    return store_change(s, &a, e);
}

enum err_code store_marks_set(struct store *s, struct slice log, const struct slice *marks, size_t n, struct err *e)
{
    bool own;
    enum err_code rc = store_own_step(s, &own, e);
    if (rc != ERR_OK)
        return rc;
    return store_own_end(s, own, set_marks(s, log, marks, n, e), e);
}

enum err_code store_marks(struct store *s, store_row_fn *each, void *arg, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_MARKS);
    while (ask_next(&a)) {
        struct store_mark row = { .log = ask_take(&a) };
        row.text = ask_take(&a);
        if (!each(arg, &row))
            break;
    }
    return store_asked(s, &a, e);
}

enum err_code store_line_put(struct store *s, const struct store_line *line, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_LINE_PUT);
    ask_number(&a, line->number);
    ask_bytes(&a, line->record);
    return store_change(s, &a, e);
}

enum err_code store_line_remove(struct store *s, uint64_t number, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_LINE_REMOVE);
    ask_number(&a, number);
    return store_change(s, &a, e);
}

enum err_code store_lines(struct store *s, store_row_fn *each, void *arg, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_LINES);
    while (ask_next(&a)) {
        struct store_line row = { .number = ask_take_number(&a) };
        row.record = ask_take(&a);
        if (!each(arg, &row))
            break;
    }
    return store_asked(s, &a, e);
}

enum err_code store_source_set(struct store *s, const struct store_source *row, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_SOURCE_SET);
    ask_text(&a, row->path);
    ask_text(&a, row->state);
    ask_text(&a, row->text);
    ask_number(&a, row->bytes_read);
    ask_number(&a, row->lag_bytes);
    ask_number(&a, row->lines);
    ask_number(&a, row->gaps);
    ask_signed(&a, row->read_at);
    return store_change(s, &a, e);
}

enum err_code store_sources(struct store *s, store_row_fn *each, void *arg, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_SOURCES);
    while (ask_next(&a)) {
        struct store_source row = { .path = ask_take(&a) };
        row.state = ask_take(&a);
        row.text = ask_take(&a);
        row.bytes_read = ask_take_number(&a);
        row.lag_bytes = ask_take_number(&a);
        row.lines = ask_take_number(&a);
        row.gaps = ask_take_number(&a);
        row.read_at = ask_take_signed(&a);
        if (!each(arg, &row))
            break;
    }
    return store_asked(s, &a, e);
}

/* ---- what was found ---- */

enum err_code store_peer_set(struct store *s, const struct store_peer *row, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_PEER_SET);
    ask_text(&a, row->observer);
    ask_text(&a, row->address);
    ask_text(&a, row->role);
    ask_text(&a, row->uuid);
    ask_text(&a, row->name);
    ask_text(&a, row->verdict);
    ask_text(&a, row->severity);
    ask_text(&a, row->confidence);
    ask_text(&a, row->summary);
    ask_text(&a, row->next);
    ask_text(&a, row->outcome);
    ask_number(&a, row->attempts);
    ask_number(&a, row->failures);
    ask_signed(&a, row->first);
    ask_signed(&a, row->last);
    ask_signed(&a, row->last_success);
    ask_signed(&a, row->failing_since);
    ask_bytes(&a, row->memory);
    return store_change(s, &a, e);
}

static void take_peer(struct ask *a, struct store_peer *row)
{
    row->observer = ask_take(a);
    row->address = ask_take(a);
    row->role = ask_take(a);
    row->uuid = ask_take(a);
    row->name = ask_take(a);
    row->verdict = ask_take(a);
    row->severity = ask_take(a);
    row->confidence = ask_take(a);
    row->summary = ask_take(a);
    row->next = ask_take(a);
    row->outcome = ask_take(a);
    row->attempts = ask_take_number(a);
    row->failures = ask_take_number(a);
    row->first = ask_take_signed(a);
    row->last = ask_take_signed(a);
    row->last_success = ask_take_signed(a);
    row->failing_since = ask_take_signed(a);
    row->memory = ask_take(a);
}

enum err_code store_peers(struct store *s, store_row_fn *each, void *arg, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_PEERS);
    while (ask_next(&a)) {
        struct store_peer row;
        take_peer(&a, &row);
        if (!each(arg, &row))
            break;
    }
    return store_asked(s, &a, e);
}

enum err_code store_incident_set(struct store *s, const struct store_incident *row, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_INCIDENT_SET);
    ask_text(&a, row->id);
    ask_text(&a, row->observer);
    ask_text(&a, row->address);
    ask_text(&a, row->cause);
    ask_text(&a, row->verdict);
    ask_text(&a, row->severity);
    ask_text(&a, row->alarm);
    ask_text(&a, row->outcome);
    ask_signed(&a, row->opened);
    ask_signed(&a, row->changed);
    ask_signed(&a, row->closed);
    ask_signed(&a, row->first);
    ask_signed(&a, row->last);
    ask_number(&a, row->attempts);
    ask_bytes(&a, row->memory);
    return store_change(s, &a, e);
}

static void take_incident(struct ask *a, struct store_incident *row)
{
    row->id = ask_take(a);
    row->observer = ask_take(a);
    row->address = ask_take(a);
    row->cause = ask_take(a);
    row->verdict = ask_take(a);
    row->severity = ask_take(a);
    row->alarm = ask_take(a);
    row->outcome = ask_take(a);
    row->opened = ask_take_signed(a);
    row->changed = ask_take_signed(a);
    row->closed = ask_take_signed(a);
    row->first = ask_take_signed(a);
    row->last = ask_take_signed(a);
    row->attempts = ask_take_number(a);
    row->memory = ask_take(a);
}

enum err_code store_incidents(struct store *s, bool open_only, store_row_fn *each, void *arg, struct err *e)
{
    struct ask a = ask_start(s->sql, open_only ? Q_INCIDENTS_OPEN : Q_INCIDENTS);
    while (ask_next(&a)) {
        struct store_incident row;
        take_incident(&a, &row);
        if (!each(arg, &row))
            break;
    }
    return store_asked(s, &a, e);
}

enum err_code store_alarm_set(struct store *s, const struct store_alarm *row, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_ALARM_SET);
    ask_text(&a, row->id);
    ask_text(&a, row->observer);
    ask_text(&a, row->cause);
    ask_text(&a, row->verdict);
    ask_text(&a, row->severity);
    ask_signed(&a, row->opened);
    ask_signed(&a, row->changed);
    ask_signed(&a, row->closed);
    ask_number(&a, row->peers);
    ask_number(&a, row->attempts);
    return store_change(s, &a, e);
}

enum err_code store_alarms(struct store *s, bool open_only, store_row_fn *each, void *arg, struct err *e)
{
    struct ask a = ask_start(s->sql, open_only ? Q_ALARMS_OPEN : Q_ALARMS);
    while (ask_next(&a)) {
        struct store_alarm row = { .id = ask_take(&a) };
        row.observer = ask_take(&a);
        row.cause = ask_take(&a);
        row.verdict = ask_take(&a);
        row.severity = ask_take(&a);
        row.opened = ask_take_signed(&a);
        row.changed = ask_take_signed(&a);
        row.closed = ask_take_signed(&a);
        row.peers = ask_take_number(&a);
        row.attempts = ask_take_number(&a);
        if (!each(arg, &row))
            break;
    }
    return store_asked(s, &a, e);
}

/* ---- small things by name ---- */

enum err_code store_value_set(struct store *s, struct slice name, struct slice value, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_NOTE_SET);
    ask_text(&a, name);
    ask_bytes(&a, value);
    return store_change(s, &a, e);
}

enum err_code store_value(struct store *s, struct slice name, struct buf *out, bool *found, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_NOTE);
    ask_text(&a, name);
    *found = ask_next(&a);
    if (*found)
        buf_slice(out, ask_take(&a));
    return store_asked(s, &a, e);
}
