/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "agent/report/jsonparts.h"

#include "base/mem.h"

#include <jansson.h>
#include <stdlib.h>

/* jansson reports out of memory by NULL; with our allocator it aborts as everywhere else. */
static json_t *object(bool lines, const char *type)
{
    json_set_alloc_funcs(mem_alloc, free);
    json_t *o = json_object();
    if (lines)
        json_object_set_new(o, "type", json_string(type));
    return o;
}

static void put(json_t *o, const char *key, json_t *value)
{
    json_object_set_new(o, key, value ? value : json_null());
}

/* Text from outside; NULL is null. */
static json_t *text(const char *s)
{
    if (!s)
        return json_null();
    struct buf b = { 0 };
    buf_utf8(&b, slice_of(s));
    json_t *value = json_stringn(b.p ? b.p : "", b.n);
    buf_clear(&b);
    return value;
}

static json_t *text_or_null(const char *s)
{
    return text(s && s[0] ? s : NULL);
}

static json_t *number(uint64_t n)
{
    return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}

static json_t *time_or_null(civil t)
{
    char out[CIVIL_TEXT];
    return t == CIVIL_NONE ? json_null() : json_string(civil_text(t, out));
}

static json_t *role(enum role r)
{
    return r == ROLE_UNKNOWN ? json_null() : json_string(role_name(r));
}

static int append(const char *bytes, size_t n, void *data)
{
    buf_put(data, bytes, n);
    return 0;
}

static void dump(struct buf *b, json_t *o)
{
    json_dump_callback(o, append, b, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(o);
}

static json_t *totals(const struct diagnosis *d)
{
    const struct totals *t = &d->totals;
    json_t *o = json_object(), *severities = json_object();
    put(o, "bytes", number(t->bytes));
    put(o, "lines", number(t->lines));
    put(o, "sftunneld_lines", number(t->sftunneld));
    put(o, "unmatched_sftunneld_lines", number(t->unmatched));
    put(o, "undecided_sftunneld_lines", number(t->undecided));
    put(o, "events", number(t->events));
    put(o, "attempts", number(t->attempts));
    put(o, "unattributed_attempts", number(t->unattributed));
    put(o, "peers", number(d->finding_count));
    put(o, "attempts_of_peers_over_cap", number(d->peers_over_cap));
    for (int s = SEVERITY_OK; s <= SEVERITY_CRITICAL; s++)
        put(severities, severity_name((enum severity)s), number(t->by_severity[s]));
    put(o, "by_severity", severities);
    return o;
}

void jsonparts_head(struct buf *b, const struct casefile *c, const struct diagnosis *d, bool lines)
{
    json_t *o = object(lines, "summary"), *by = json_object();
    put(o, "schema", json_string(JSONPARTS_SCHEMA));
    put(by, "name", json_string(PACKAGE_NAME));
    put(by, "version", json_string(PACKAGE_VERSION));
    put(o, "generated_by", by);
    put(o, "at_risk", json_boolean(d->at_risk));
    put(o, "prohibition", text(d->at_risk ? verdict_prohibition : NULL));
    put(o, "interrupted", json_boolean(c->interrupted));
    if (lines)
        put(o, "totals", totals(d));
    dump(b, o);
}

void jsonparts_totals(struct buf *b, const struct diagnosis *d)
{
    json_set_alloc_funcs(mem_alloc, free);
    dump(b, totals(d));
}

static json_t *year(const struct source *s)
{
    if (s->basis == YEAR_NONE)
        return json_null();
    json_t *o = json_object();
    put(o, "value", json_integer(s->year));
    put(o, "basis", json_string(year_basis_name(s->basis)));
    return o;
}

void jsonparts_source(struct buf *b, const struct casefile *c, size_t index, bool lines)
{
    const struct source *s = &c->sources[index];
    json_t *o = object(lines, "source");
    if (lines)
        put(o, "index", number(index));
    put(o, "path", text(s->path));
    put(o, "kind", json_string(source_kind_name(s->kind)));
    put(o, "unit", s->unit == UNIT_NONE ? json_null() : number(s->unit));
    put(o, "host", text_or_null(s->host));
    put(o, "role", role(s->role));
    put(o, "bytes", number(s->bytes));
    put(o, "lines", number(s->lines));
    put(o, "sftunneld_lines", number(s->sftunneld));
    put(o, "unmatched_sftunneld_lines", number(s->unmatched));
    put(o, "undecided_sftunneld_lines", number(s->undecided));
    put(o, "events", number(s->events));
    put(o, "first", time_or_null(s->first));
    put(o, "last", time_or_null(s->last));
    put(o, "year", year(s));
    put(o, "partial", json_boolean(s->partial));
    dump(b, o);
}

/* The place where something was read: indexes for the document, and the path for those who see one line only. */
static void put_place(json_t *o, const struct casefile *c, uint32_t source, uint64_t line, bool lines)
{
    bool known = source < c->source_count;
    put(o, "source", known ? number(source) : json_null());
    if (lines)
        put(o, "path", known ? text(c->sources[source].path) : json_null());
    put(o, "line", line ? number(line) : json_null());
}

static json_t *evidence(const struct casefile *c, const struct finding *f, bool lines)
{
    json_t *list = json_array();
    for (size_t i = 0; i < f->evidence_count; i++) {
        const struct evidence *e = &f->evidence[i];
        json_t *o = json_object();
        put_place(o, c, e->source, e->line, lines);
        put(o, "text", text_or_null(e->text));
        put(o, "means", text_or_null(e->means));
        put(o, "for", json_boolean(e->supports));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *attempts(const struct finding *f)
{
    json_t *o = json_object(), *outcomes = json_object();
    for (size_t i = 0; i < f->outcome_count; i++)
        put(outcomes, f->outcomes[i].name, number(f->outcomes[i].count));
    put(o, "total", number(f->attempts));
    put(o, "outcomes", outcomes);
    return o;
}

static json_t *verdict(const struct finding *f)
{
    const struct verdict_info *v = verdict_info(f->verdict);
    json_t *o = json_object();
    put(o, "id", json_string(v->id));
    put(o, "name", json_string(v->name));
    put(o, "severity", json_string(severity_name(f->severity)));
    put(o, "confidence", json_string(confidence_name(f->confidence)));
    return o;
}

static json_t *joined(const struct diagnosis *d, uint32_t index)
{
    if (index >= d->finding_count)
        return json_null();
    json_t *o = json_object();
    put(o, "peer", number(index));
    put(o, "host", text_or_null(d->findings[index].host));
    put(o, "address", text_or_null(d->findings[index].address));
    return o;
}

void jsonparts_peer(struct buf *b, const struct casefile *c, const struct diagnosis *d, size_t index, bool lines)
{
    const struct finding *f = &d->findings[index];
    json_t *o = object(lines, "peer"), *observer = json_object();
    if (lines)
        put(o, "index", number(index));
    put(observer, "host", text_or_null(f->host));
    put(observer, "role", role(f->role));
    put(observer, "role_inferred", json_boolean(f->role_inferred));
    put(o, "observer", observer);
    put(o, "address", text_or_null(f->address));
    put(o, "uuid", text_or_null(f->uuid));
    put(o, "name", text_or_null(f->name));
    put(o, "attempts", attempts(f));
    put(o, "first", time_or_null(f->first));
    put(o, "last", time_or_null(f->last));
    put(o, "failing_since", time_or_null(f->failing_since));
    put(o, "last_success", time_or_null(f->last_success));
    put(o, "verdict", verdict(f));
    put(o, "summary", text(f->summary));
    put(o, "ca_uuid", text_or_null(f->ca_uuid));
    put(o, "evidence", evidence(c, f, lines));
    put(o, "missing", text_or_null(f->missing));
    put(o, "next", text_or_null(f->next));
    put(o, "joined", joined(d, f->joined));
    dump(b, o);
}

void jsonparts_noise(struct buf *b, const struct casefile *c, const struct noise *n, bool lines)
{
    json_t *o = object(lines, "noise");
    put(o, "means", text(n->means));
    put(o, "lines", number(n->lines));
    json_t *first = json_object();
    put_place(first, c, n->source, n->line, lines);
    put(first, "text", text(n->text));
    put(o, "first", first);
    dump(b, o);
}

void jsonparts_problem(struct buf *b, const struct problem *p, bool lines)
{
    json_t *o = object(lines, "problem");
    put(o, "path", text(p->path));
    put(o, "text", text(p->text));
    put(o, "count", number(p->count));
    dump(b, o);
}

static json_t *list(const char *const *items)
{
    json_t *a = json_array();
    for (; *items; items++)
        json_array_append_new(a, text(*items));
    return a;
}

void jsonparts_verdict(struct buf *b, enum verdict_id id)
{
    const struct verdict_info *v = verdict_info(id);
    json_t *o = object(false, NULL);
    put(o, "id", json_string(v->id));
    put(o, "name", json_string(v->name));
    put(o, "severity", json_string(severity_name(v->severity)));
    put(o, "title", text(v->title));
    put(o, "meaning", text(v->meaning));
    put(o, "causes", list(v->causes));
    put(o, "confirm", list(v->confirm));
    put(o, "refute", list(v->refute));
    put(o, "next", list(v->next));
    put(o, "references", list(v->references));
    dump(b, o);
}
