/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "agent/report/jsonparts.h"

#include "agent/diagnosis/forecast.h"
#include "agent/report/jsonwrite.h"

#define DAY 86400

static struct json begin(struct buf *b, bool lines, const char *type)
{
    struct json j = { .b = b };
    json_open(&j, '{');
    if (lines) {
        json_key(&j, "type");
        json_text(&j, slice_of(type));
    }
    return j;
}

static void put_time(struct json *j, const char *key, civil t)
{
    char out[CIVIL_TEXT];
    json_put_text(j, key, t == CIVIL_NONE ? NULL : civil_text(t, out));
}

static void put_role(struct json *j, enum role r)
{
    json_put_text(j, "role", r == ROLE_UNKNOWN ? NULL : role_name(r));
}

static void put_counts(struct json *j, const struct log_counts *n)
{
    json_put_number(j, "bytes", n->bytes);
    json_put_number(j, "lines", n->lines);
    json_put_number(j, "sftunneld_lines", n->sftunneld);
    json_put_number(j, "unmatched_sftunneld_lines", n->unmatched);
    json_put_number(j, "undecided_sftunneld_lines", n->undecided);
    json_put_number(j, "events", n->events);
}

static void put_totals(struct json *j, const struct diagnosis *d)
{
    const struct totals *t = &d->totals;
    json_open(j, '{');
    put_counts(j, &t->n);
    json_put_number(j, "attempts", t->attempts);
    json_put_number(j, "unattributed_attempts", t->unattributed);
    json_put_number(j, "peers", d->finding_count);
    json_put_number(j, "attempts_of_peers_over_cap", d->peers_over_cap);
    json_key(j, "by_severity");
    json_open(j, '{');
    for (int s = SEVERITY_OK; s <= SEVERITY_CRITICAL; s++)
        json_put_number(j, severity_name((enum severity)s), t->by_severity[s]);
    json_close(j, '}');
    json_close(j, '}');
}

void jsonparts_head(struct buf *b, const struct casefile *c, const struct diagnosis *d, bool lines)
{
    struct json j = begin(b, lines, "summary");
    json_put_text(&j, "schema", JSONPARTS_SCHEMA);
    json_key(&j, "generated_by");
    json_open(&j, '{');
    json_put_text(&j, "name", PACKAGE_NAME);
    json_put_text(&j, "version", PACKAGE_VERSION);
    json_close(&j, '}');
    json_put_bool(&j, "at_risk", d->at_risk);
    json_put_text(&j, "prohibition", d->at_risk ? verdict_prohibition : NULL);
    json_put_bool(&j, "interrupted", c->interrupted);
    if (lines) {
        json_key(&j, "totals");
        put_totals(&j, d);
    }
    json_close(&j, '}');
}

void jsonparts_totals(struct buf *b, const struct diagnosis *d)
{
    struct json j = { .b = b };
    put_totals(&j, d);
}

static void put_year(struct json *j, const struct source *s)
{
    json_key(j, "year");
    if (s->basis == YEAR_NONE) {
        json_none(j);
        return;
    }
    json_open(j, '{');
    json_put_number(j, "value", (uint64_t)(s->year > 0 ? s->year : 0));
    json_put_text(j, "basis", year_basis_name(s->basis));
    json_close(j, '}');
}

void jsonparts_source(struct buf *b, const struct casefile *c, size_t index, bool lines)
{
    const struct source *s = &c->sources[index];
    struct json j = begin(b, lines, "source");
    if (lines)
        json_put_number(&j, "index", index);
    json_put_text(&j, "path", s->path);
    json_put_text(&j, "kind", source_kind_name(s->kind));
    json_key(&j, "unit");
    if (s->unit == UNIT_NONE)
        json_none(&j);
    else
        json_number(&j, s->unit);
    json_put_text_or_null(&j, "host", s->host);
    put_role(&j, s->role);
    put_counts(&j, &s->n);
    put_time(&j, "first", s->first);
    put_time(&j, "last", s->last);
    put_year(&j, s);
    json_put_bool(&j, "partial", s->partial);
    if (s->version)
        json_put_text(&j, "version", s->version);
    if (s->managed)
        json_put_text(&j, "managed", s->managed);
    if (s->kind == SOURCE_CAPTURE) {
        json_put_number(&j, "frames", s->frames);
        json_put_number(&j, "dropped", s->dropped);
    }
    json_close(&j, '}');
}

/*
 * The place where something was read: indexes for the document, and the path for those who see one line only. What
 * stands for the line in a capture is the frame.
 */
static void put_place(struct json *j, const struct casefile *c, uint32_t source, uint64_t line, bool lines)
{
    bool known = source < c->source_count;
    json_key(j, "source");
    if (known)
        json_number(j, source);
    else
        json_none(j);
    if (lines)
        json_put_text(j, "path", known ? c->sources[source].path : NULL);
    bool capture = known && c->sources[source].kind == SOURCE_CAPTURE;
    json_key(j, "line");
    if (line && !capture)
        json_number(j, line);
    else
        json_none(j);
    if (line && capture)
        json_put_number(j, "frame", line);
}

static void put_evidence(struct json *j, const struct casefile *c, const struct finding *f, bool lines)
{
    json_key(j, "evidence");
    json_open(j, '[');
    for (size_t i = 0; i < f->evidence_count; i++) {
        const struct evidence *e = &f->evidence[i];
        json_open(j, '{');
        put_place(j, c, e->source, e->line, lines);
        json_put_text_or_null(j, "text", e->text);
        json_put_text_or_null(j, "means", e->means);
        json_put_bool(j, "for", e->supports);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void put_attempts(struct json *j, const struct finding *f)
{
    json_key(j, "attempts");
    json_open(j, '{');
    json_put_number(j, "total", f->attempts);
    json_key(j, "outcomes");
    json_open(j, '{');
    for (size_t i = 0; i < f->outcome_count; i++)
        json_put_number(j, f->outcomes[i].name, f->outcomes[i].count);
    json_close(j, '}');
    json_close(j, '}');
}

static void put_verdict(struct json *j, const struct finding *f)
{
    const struct verdict_info *v = verdict_info(f->verdict);
    json_key(j, "verdict");
    json_open(j, '{');
    json_put_text(j, "id", v->id);
    json_put_text(j, "name", v->name);
    json_put_text(j, "severity", severity_name(f->severity));
    json_put_text(j, "confidence", confidence_name(f->confidence));
    json_close(j, '}');
}

static void put_joined(struct json *j, const struct diagnosis *d, uint32_t index)
{
    json_key(j, "joined");
    if (index >= d->finding_count) {
        json_none(j);
        return;
    }
    json_open(j, '{');
    json_put_number(j, "peer", index);
    json_put_text_or_null(j, "host", d->findings[index].host);
    json_put_text_or_null(j, "address", d->findings[index].address);
    json_close(j, '}');
}

static void put_tunnel(struct json *j, const struct finding *f)
{
    json_put_text(j, "tunnel", f->tunnel == TUNNEL_UP ? "up" : f->tunnel == TUNNEL_DOWN ? "down" : NULL);
}

void jsonparts_peer(struct buf *b, const struct casefile *c, const struct diagnosis *d, size_t index, bool lines)
{
    const struct finding *f = &d->findings[index];
    struct json j = begin(b, lines, "peer");
    if (lines)
        json_put_number(&j, "index", index);
    json_key(&j, "observer");
    json_open(&j, '{');
    json_put_text_or_null(&j, "host", f->host);
    put_role(&j, f->role);
    json_put_bool(&j, "role_inferred", f->role_inferred);
    json_close(&j, '}');
    json_put_text_or_null(&j, "address", f->address);
    json_put_text_or_null(&j, "uuid", f->uuid);
    json_put_text_or_null(&j, "name", f->name);
    if (f->version)
        json_put_text(&j, "version", f->version);
    if (f->self)
        json_put_bool(&j, "self", true);
    if (d->files_only) {
        put_tunnel(&j, f);
        put_time(&j, "not_after", f->not_after ? civil_from_unix(f->not_after) : CIVIL_NONE);
    }
    put_attempts(&j, f);
    put_time(&j, "first", f->first);
    put_time(&j, "last", f->last);
    put_time(&j, "failing_since", f->failing_since);
    put_time(&j, "last_success", f->last_success);
    put_verdict(&j, f);
    json_put_text(&j, "summary", f->summary);
    json_put_text_or_null(&j, "ca_uuid", f->ca_uuid);
    put_evidence(&j, c, f, lines);
    if (f->release)
        json_put_text(&j, "release", f->release);
    json_put_text_or_null(&j, "missing", f->missing);
    json_put_text_or_null(&j, "next", f->next);
    put_joined(&j, d, f->joined);
    json_close(&j, '}');
}

void jsonparts_fate(struct buf *b, const struct casefile *c, const struct diagnosis *d, size_t index, bool lines)
{
    const struct fate *f = &d->forecast->all[index];
    const struct finding *p = &d->findings[f->finding];
    struct json j = begin(b, lines, "forecast");
    json_put_number(&j, "peer", f->finding);
    json_put_text_or_null(&j, "address", p->address);
    json_put_text_or_null(&j, "uuid", p->uuid);
    json_put_text_or_null(&j, "name", p->name);
    put_tunnel(&j, p);
    json_put_text(&j, "fails", forecast_kind_name(f->kind));
    put_time(&j, "when", f->when ? civil_from_unix(f->when) : CIVIL_NONE);
    json_key(&j, "days");
    if (f->when)
        json_signed(&j, (f->when - c->now) / DAY - ((f->when - c->now) % DAY < 0));
    else
        json_none(&j);
    json_key(&j, "verdict");
    json_open(&j, '{');
    json_put_text(&j, "id", verdict_info(f->verdict)->id);
    json_put_text(&j, "name", verdict_info(f->verdict)->name);
    json_close(&j, '}');
    json_put_text(&j, "why", f->why);
    json_close(&j, '}');
}

void jsonparts_noise(struct buf *b, const struct casefile *c, const struct noise *n, bool lines)
{
    struct json j = begin(b, lines, "noise");
    json_put_text(&j, "means", n->means);
    json_put_number(&j, "lines", n->lines);
    json_key(&j, "first");
    json_open(&j, '{');
    put_place(&j, c, n->source, n->line, lines);
    json_put_text(&j, "text", n->text);
    json_close(&j, '}');
    json_close(&j, '}');
}

void jsonparts_problem(struct buf *b, const struct problem *p, bool lines)
{
    struct json j = begin(b, lines, "problem");
    json_put_text(&j, "path", p->path);
    json_put_text(&j, "text", p->text);
    json_put_number(&j, "count", p->count);
    json_close(&j, '}');
}

static void put_list(struct json *j, const char *key, const char *const *items)
{
    json_key(j, key);
    json_open(j, '[');
    for (; *items; items++)
        json_text(j, slice_of(*items));
    json_close(j, ']');
}

void jsonparts_verdict(struct buf *b, enum verdict_id id)
{
    const struct verdict_info *v = verdict_info(id);
    struct json j = begin(b, false, NULL);
    json_put_text(&j, "id", v->id);
    json_put_text(&j, "name", v->name);
    json_put_text(&j, "severity", severity_name(v->severity));
    json_put_text(&j, "title", v->title);
    json_put_text(&j, "meaning", v->meaning);
    put_list(&j, "causes", v->causes);
    put_list(&j, "confirm", v->confirm);
    put_list(&j, "refute", v->refute);
    put_list(&j, "next", v->next);
    put_list(&j, "references", v->references);
    json_close(&j, '}');
}
