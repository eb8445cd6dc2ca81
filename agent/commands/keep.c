/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/keep.h"

#include "agent/diagnosis/casefile.h"
#include "agent/report/tellndjson.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define MANY 1024 /* ops that are gathered without an event */

enum op_kind { OP_MARKS, OP_LINE, OP_DROP, OP_PEER, OP_INCIDENT, OP_ALARM, OP_SOURCE, OP_EVENT, OP_VALUE, OP_NOTHING };

/* One row. What its slices point to lies behind it in memory. */
struct op {
    enum op_kind kind;
    bool again; /* LINE: keep_line_again() */
    union {
        struct store_mark marks;
        struct store_line line;
        struct store_peer peer;
        struct store_incident incident;
        struct store_alarm alarm;
        struct store_source source;
        struct store_event event;
        struct {
            struct slice name, text;
        } value;
    };
};

struct keep {
    struct store *store;
    struct op **ops;
    size_t n, capacity;
    bool event;    /* one of them is */
    size_t *lines; /* those of ops that put a line, by its number */
    size_t line_count, line_capacity;
};

struct keep *keep_new(struct store *s)
{
    struct keep *k = mem_zalloc(1, sizeof *k);
    k->store = s;
    return k;
}

static void clear(struct keep *k)
{
    for (size_t i = 0; i < k->n; i++)
        free(k->ops[i]);
    k->n = k->line_count = 0;
    k->event = false;
}

void keep_free(struct keep *k)
{
    if (!k)
        return;
    clear(k);
    free(k->ops);
    free(k->lines);
    free(k);
}

bool keep_empty(const struct keep *k)
{
    return k->n == 0;
}

bool keep_urgent(const struct keep *k)
{
    return k->event || k->n >= MANY;
}

/* The op, with its slices, `n` of them, copied behind it and pointed to there. */
static void add(struct keep *k, const struct op *what, const size_t *slices, size_t n)
{
    size_t size = sizeof *what;
    for (size_t i = 0; i < n; i++)
        size += ((const struct slice *)((const char *)what + slices[i]))->n;
    struct op *op = mem_alloc(size);
    char *at = (char *)(op + 1);
    *op = *what;
    for (size_t i = 0; i < n; i++) {
        struct slice *s = (struct slice *)((char *)op + slices[i]);
        if (s->n)
            memcpy(at, s->p, s->n);
        s->p = at;
        at += s->n;
    }
    k->ops = mem_grow(k->ops, &k->capacity, k->n + 1, sizeof(struct op *));
    k->ops[k->n++] = op;
}

#define OFFSETS(...) (const size_t[]){ __VA_ARGS__ }, sizeof((const size_t[]){ __VA_ARGS__ }) / sizeof(size_t)
#define AT(member) offsetof(struct op, member)

void keep_marks(struct keep *k, const char *log, struct slice marks)
{
    for (size_t i = 0; i < k->n; i++)
        if (k->ops[i]->kind == OP_MARKS && slice_eq(k->ops[i]->marks.log, slice_of(log)))
            k->ops[i]->kind = OP_NOTHING;
    struct op op = { .kind = OP_MARKS, .marks = { slice_of(log), marks } };
    add(k, &op, OFFSETS(AT(marks.log), AT(marks.text)));
}

/* Where the line of that number stands in lines, or would. */
static size_t line_place(const struct keep *k, uint64_t number)
{
    size_t low = 0, high = k->line_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (k->ops[k->lines[middle]]->line.number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool line_is(const struct keep *k, size_t place, uint64_t number)
{
    return place < k->line_count && k->ops[k->lines[place]]->line.number == number;
}

/* again: it may lie in the store from before. */
static void put_line(struct keep *k, uint64_t number, struct slice record, bool again)
{
    struct op op = { .kind = OP_LINE, .again = again, .line = { number, record } };
    size_t place = line_place(k, number);
    if (line_is(k, place, number)) {
        struct op *before = k->ops[k->lines[place]];
        op.again = before->again;
        before->kind = OP_NOTHING;
    } else {
        k->lines = mem_grow(k->lines, &k->line_capacity, k->line_count + 1, sizeof *k->lines);
        memmove(&k->lines[place + 1], &k->lines[place], (k->line_count++ - place) * sizeof *k->lines);
    }
    k->lines[place] = k->n;
    add(k, &op, OFFSETS(AT(line.record)));
}

void keep_line(struct keep *k, uint64_t number, struct slice record)
{
    put_line(k, number, record, false);
}

void keep_line_again(struct keep *k, uint64_t number, struct slice record)
{
    put_line(k, number, record, true);
}

/* Most attempts begin and end within one step: their lines need never be written. */
void keep_drop(struct keep *k, uint64_t number)
{
    size_t place = line_place(k, number);
    if (line_is(k, place, number)) {
        struct op *put = k->ops[k->lines[place]];
        put->kind = OP_NOTHING;
        if (!put->again)
            return;
    }
    struct op op = { .kind = OP_DROP, .line = { number, { "", 0 } } };
    add(k, &op, OFFSETS(AT(line.record)));
}

static struct slice text(const char *s)
{
    return s ? slice_of(s) : (struct slice){ "", 0 };
}

void keep_peer(void *keep, const struct watched *p)
{
    struct op op = { .kind = OP_PEER,
        .peer = { .observer = text(p->observer),
            .address = text(p->address),
            .role = text(role_name(p->role)),
            .uuid = text(p->uuid),
            .name = text(p->name),
            .verdict = text(verdict_info(p->verdict)->id),
            .severity = text(severity_name(p->severity)),
            .confidence = text(confidence_name(p->confidence)),
            .summary = text(p->summary),
            .next = text(p->next),
            .outcome = text(p->outcome),
            .attempts = p->attempts,
            .failures = p->failures,
            .first = p->first,
            .last = p->last,
            .last_success = p->last_success,
            .failing_since = p->failing_since,
            .memory = { "", 0 } } };
    add(keep, &op,
        OFFSETS(AT(peer.observer), AT(peer.address), AT(peer.role), AT(peer.uuid), AT(peer.name), AT(peer.verdict),
            AT(peer.severity), AT(peer.confidence), AT(peer.summary), AT(peer.next), AT(peer.outcome),
            AT(peer.memory)));
}

static int64_t unix_or_none(civil c)
{
    return c == CIVIL_NONE ? 0 : civil_unix(c);
}

void keep_incident(void *keep, const struct incident *i)
{
    char memory[80];
    snprintf(memory, sizeof memory, "%llu %s", (unsigned long long)i->told, i->ca);
    struct op op = { .kind = OP_INCIDENT,
        .incident = { .id = text(i->id),
            .observer = text(i->peer->observer),
            .address = text(i->peer->address),
            .cause = text(verdict_info(i->cause)->id),
            .verdict = text(verdict_info(i->cause)->id),
            .severity = text(severity_name(i->severity)),
            .alarm = text(i->alarm_id),
            .outcome = text(i->outcome),
            .opened = i->opened,
            .changed = i->changed,
            .closed = i->closed,
            .first = unix_or_none(i->first),
            .last = unix_or_none(i->last),
            .attempts = i->attempts,
            .memory = text(memory) } };
    add(keep, &op,
        OFFSETS(AT(incident.id), AT(incident.observer), AT(incident.address), AT(incident.cause), AT(incident.verdict),
            AT(incident.severity), AT(incident.alarm), AT(incident.outcome), AT(incident.memory)));
}

void keep_alarm(void *keep, const struct alarm *a)
{
    char cause[64];
    snprintf(cause, sizeof cause, "%s/%s", verdict_info(a->cause)->id, a->ca);
    struct op op = { .kind = OP_ALARM,
        .alarm = { .id = text(a->id),
            .observer = text(a->observer),
            .cause = text(cause),
            .verdict = text(verdict_info(a->cause)->id),
            .severity = text(severity_name(a->severity)),
            .opened = a->opened,
            .changed = a->changed,
            .closed = a->closed,
            .peers = a->peers,
            .attempts = a->attempts } };
    add(keep, &op, OFFSETS(AT(alarm.id), AT(alarm.observer), AT(alarm.cause), AT(alarm.verdict), AT(alarm.severity)));
}

void keep_source(struct keep *k, const struct store_source *row)
{
    for (size_t i = 0; i < k->n; i++)
        if (k->ops[i]->kind == OP_SOURCE && slice_eq(k->ops[i]->source.path, row->path))
            k->ops[i]->kind = OP_NOTHING;
    struct op op = { .kind = OP_SOURCE, .source = *row };
    add(k, &op, OFFSETS(AT(source.path), AT(source.state), AT(source.text)));
}

void keep_event(struct keep *k, const struct tell *t)
{
    struct buf body = { 0 };
    tell_ndjson(&body, t);
    struct op op = { .kind = OP_EVENT,
        .event = { .type = text(tell_type_name(t->type)), .id = text(t->id), .body = buf_as_slice(&body) } };
    add(k, &op, OFFSETS(AT(event.type), AT(event.id), AT(event.body)));
    k->event = true;
    buf_clear(&body);
}

void keep_value(struct keep *k, const char *name, struct slice value)
{
    struct op op = { .kind = OP_VALUE, .value = { slice_of(name), value } };
    add(k, &op, OFFSETS(AT(value.name), AT(value.text)));
}

static enum err_code put_marks(struct keep *k, const struct store_mark *m, struct err *e)
{
    struct slice *lines = NULL, rest = m->text;
    size_t n = 0, capacity = 0;
    while (rest.n) {
        lines = mem_grow(lines, &capacity, n + 1, sizeof *lines);
        lines[n++] = slice_cut(rest, '\n', &rest);
    }
    enum err_code code = store_marks_set(k->store, m->log, lines, n, e);
    free(lines);
    return code;
}

static enum err_code put(struct keep *k, struct op *op, struct err *e)
{
    switch (op->kind) {
    case OP_MARKS: return put_marks(k, &op->marks, e);
    case OP_LINE: return store_line_put(k->store, &op->line, e);
    case OP_DROP: return store_line_remove(k->store, op->line.number, e);
    case OP_PEER: return store_peer_set(k->store, &op->peer, e);
    case OP_INCIDENT: return store_incident_set(k->store, &op->incident, e);
    case OP_ALARM: return store_alarm_set(k->store, &op->alarm, e);
    case OP_SOURCE: return store_source_set(k->store, &op->source, e);
    case OP_EVENT: return store_event_add(k->store, &op->event, e);
    case OP_VALUE: return store_value_set(k->store, op->value.name, op->value.text, e);
    case OP_NOTHING: break;
    }
    return ERR_OK;
}

enum err_code keep_commit(struct keep *k, uint64_t *last, struct err *e)
{
    enum err_code code = store_begin(k->store, e);
    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < k->n && code == ERR_OK; i++)
        code = put(k, k->ops[i], e);
    if (code == ERR_OK)
        code = store_commit(k->store, e);
    if (code != ERR_OK) {
        store_undo(k->store);
        return code;
    }
    for (size_t i = 0; i < k->n; i++)
        if (k->ops[i]->kind == OP_EVENT)
            *last = k->ops[i]->event.number;
    clear(k);
    return ERR_OK;
}
