/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/statereport.h"

#include "agent/report/formats.h"
#include "agent/report/jsonwrite.h"
#include "agent/report/nagios.h"
#include "base/civil.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static enum severity worse(enum severity a, enum severity b)
{
    return a > b ? a : b;
}

/* Of the usual places of a log one appliance has one: the other is missed only if nothing else is there. */
static bool never_there(const struct statereport *s, const struct statereport_source *source)
{
    bool others = false;
    for (size_t i = 0; i < s->source_count; i++)
        others |= s->sources[i].state && strcmp(s->sources[i].state, "missing") != 0;
    return others && source->read_at == 0 && source->state && strcmp(source->state, "missing") == 0;
}

enum severity statereport_source_severity(const struct statereport *s, const struct statereport_source *source)
{
    const char *state = source->state ? source->state : "";
    if (never_there(s, source))
        return SEVERITY_OK;
    if (strcmp(state, "missing") == 0 || strcmp(state, "silent") == 0)
        return SEVERITY_CRITICAL;
    if (source->gap_at && s->now - source->gap_at < STATEREPORT_GAP_SECONDS)
        return SEVERITY_CRITICAL;
    return strcmp(state, "live") == 0 ? SEVERITY_OK : SEVERITY_WARNING;
}

enum severity statereport_canary_severity(const struct statereport_canary *c)
{
    return c->state == CANARY_LOST || c->state == CANARY_UNSENT ? SEVERITY_CRITICAL : SEVERITY_OK;
}

enum severity statereport_capture_severity(const struct statereport_capture *c)
{
    return c->state && strcmp(c->state, "ended") == 0 ? SEVERITY_WARNING : SEVERITY_OK;
}

enum severity statereport_severity(const struct statereport *s)
{
    enum severity worst = SEVERITY_OK;
    if (s->pid == 0 || s->unknown)
        return SEVERITY_UNKNOWN;
    for (size_t i = 0; i < s->incident_count; i++)
        worst = worse(worst, worse(s->incidents[i].severity, SEVERITY_WARNING));
    for (size_t i = 0; i < s->alarm_count; i++)
        worst = worse(worst, worse(s->alarms[i].severity, SEVERITY_WARNING));
    for (size_t i = 0; i < s->source_count; i++)
        worst = worse(worst, statereport_source_severity(s, &s->sources[i]));
    if (s->canary)
        worst = worse(worst, statereport_canary_severity(s->canary));
    if (s->capture)
        worst = worse(worst, statereport_capture_severity(s->capture));
    for (size_t i = 0; i < s->peer_count; i++)
        if (s->peers[i].severity >= SEVERITY_WARNING)
            worst = worse(worst, SEVERITY_WARNING);
    return worst;
}

uint32_t *statereport_order(const struct statereport *s)
{
    uint32_t *order = mem_zalloc(s->peer_count, sizeof *order);
    size_t n = 0;
    for (int v = SEVERITY_CRITICAL; v >= SEVERITY_OK; v--)
        for (size_t i = 0; i < s->peer_count; i++)
            if ((int)s->peers[i].severity == v)
                order[n++] = (uint32_t)i;
    return order;
}

statereport_render *statereport_find(struct slice format)
{
    static const struct {
        const char *name;
        statereport_render *render;
    } formats[] = {
        { "text", statereport_text },
        { "json", statereport_json },
        { "nagios", statereport_nagios },
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (slice_eq(format, slice_of(formats[i].name)))
            return formats[i].render;
    return NULL;
}

/* ---- JSON ---- */

static void put_time(struct json *j, const char *key, int64_t seconds)
{
    char text[CIVIL_TEXT];
    json_put_text(j, key, seconds ? civil_text(civil_from_unix(seconds), text) : NULL);
}

static void put_verdict(struct json *j, enum verdict_id verdict, enum severity severity, const char *confidence)
{
    const struct verdict_info *v = verdict_info(verdict);
    json_key(j, "verdict");
    json_open(j, '{');
    json_put_text(j, "id", v->id);
    json_put_text(j, "name", v->name);
    json_put_text(j, "severity", severity_name(severity));
    if (confidence)
        json_put_text_or_null(j, "confidence", confidence);
    json_close(j, '}');
}

static void put_peer(struct json *j, const struct statereport_peer *p)
{
    json_open(j, '{');
    json_put_text_or_null(j, "observer", p->observer);
    json_put_text_or_null(j, "role", p->role);
    json_put_text_or_null(j, "address", p->address);
    json_put_text_or_null(j, "uuid", p->uuid);
    json_put_text_or_null(j, "name", p->name);
    put_verdict(j, p->verdict, p->severity, p->confidence ? p->confidence : "");
    json_put_text_or_null(j, "outcome", p->outcome);
    json_put_number(j, "attempts", p->attempts);
    json_put_number(j, "failures", p->failures);
    put_time(j, "first", p->first);
    put_time(j, "last", p->last);
    put_time(j, "last_success", p->last_success);
    put_time(j, "failing_since", p->failing_since);
    json_put_text_or_null(j, "summary", p->summary);
    json_put_text_or_null(j, "next", p->next);
    json_close(j, '}');
}

static void put_incident(struct json *j, const struct statereport_incident *i)
{
    json_open(j, '{');
    json_put_text(j, "id", i->id);
    json_put_text_or_null(j, "observer", i->observer);
    json_put_text_or_null(j, "address", i->address);
    put_verdict(j, i->verdict, i->severity, NULL);
    json_put_text_or_null(j, "outcome", i->outcome);
    json_put_text_or_null(j, "alarm", i->alarm);
    json_put_number(j, "attempts", i->attempts);
    put_time(j, "opened", i->opened);
    put_time(j, "last", i->last);
    json_close(j, '}');
}

static void put_alarm(struct json *j, const struct statereport_alarm *a)
{
    json_open(j, '{');
    json_put_text(j, "id", a->id);
    json_put_text_or_null(j, "observer", a->observer);
    put_verdict(j, a->verdict, a->severity, NULL);
    json_put_number(j, "peers", a->peers);
    json_put_number(j, "attempts", a->attempts);
    put_time(j, "opened", a->opened);
    put_time(j, "changed", a->changed);
    json_close(j, '}');
}

static void put_source(struct json *j, const struct statereport *s, const struct statereport_source *source)
{
    json_open(j, '{');
    json_put_text(j, "path", source->path);
    json_put_text_or_null(j, "state", source->state);
    json_put_text(j, "severity", severity_name(statereport_source_severity(s, source)));
    json_put_number(j, "bytes", source->bytes);
    json_put_number(j, "lines", source->lines);
    json_put_number(j, "lag_bytes", source->lag);
    put_time(j, "read_at", source->read_at);
    json_put_number(j, "gaps", source->gaps);
    put_time(j, "gap_at", source->gap_at);
    json_close(j, '}');
}

static void put_canary(struct json *j, const struct statereport_canary *c)
{
    json_key(j, "canary");
    if (!c) {
        json_none(j);
        return;
    }
    json_open(j, '{');
    json_put_text(j, "state", canary_state_name(c->state));
    json_put_text(j, "severity", severity_name(statereport_canary_severity(c)));
    put_time(j, "sent_at", c->sent_at);
    put_time(j, "back_at", c->back_at);
    json_key(j, "round_trip_ms");
    if (c->back_at)
        json_number(j, c->round_trip_ms);
    else
        json_none(j);
    json_put_text_or_null(j, "through", c->through);
    json_close(j, '}');
}

static void put_capture(struct json *j, const struct statereport_capture *c)
{
    json_key(j, "capture");
    if (!c) {
        json_none(j);
        return;
    }
    json_open(j, '{');
    json_put_text(j, "interface", c->interface);
    json_put_text_or_null(j, "state", c->state);
    json_put_text(j, "severity", severity_name(statereport_capture_severity(c)));
    put_time(j, "since", c->since);
    json_put_number(j, "frames", c->frames);
    json_put_number(j, "handshakes", c->handshakes);
    json_put_number(j, "lost", c->lost);
    json_put_number(j, "restarts", c->restarts);
    json_close(j, '}');
}

static void put_daemon(struct json *j, const struct statereport *s)
{
    json_key(j, "daemon");
    json_open(j, '{');
    json_key(j, "running");
    if (s->unknown)
        json_none(j);
    else
        json_bool(j, s->pid != 0);
    json_key(j, "pid");
    if (s->pid)
        json_number(j, (uint64_t)s->pid);
    else
        json_none(j);
    put_time(j, "started", s->started);
    json_put_text_or_null(j, "version", s->version);
    json_put_text_or_null(j, "confined", s->reader);
    json_close(j, '}');
}

static void put_outlets(struct json *j, const struct statereport *s)
{
    json_key(j, "outlets");
    json_open(j, '[');
    for (size_t i = 0; i < s->outlet_count; i++) {
        json_open(j, '{');
        json_put_text(j, "name", s->outlets[i].name);
        json_put_number(j, "delivered", s->outlets[i].delivered);
        json_put_number(j, "waiting", s->outlets[i].waiting);
        json_close(j, '}');
    }
    json_close(j, ']');
}

enum err_code statereport_json(FILE *out, const struct statereport *s, const struct report_style *style, struct err *e)
{
    struct buf b = { 0 };
    struct json j = { .b = &b };
    (void)style;
    json_open(&j, '{');
    json_put_text(&j, "schema", STATEREPORT_SCHEMA);
    put_time(&j, "now", s->now);
    json_put_text(&j, "state", s->folder);
    json_put_text(&j, "severity", severity_name(statereport_severity(s)));
    put_daemon(&j, s);
    json_put_number(&j, "events", s->events);
    json_key(&j, "peers");
    json_open(&j, '[');
    for (size_t i = 0; i < s->peer_count; i++)
        put_peer(&j, &s->peers[i]);
    json_close(&j, ']');
    json_key(&j, "incidents");
    json_open(&j, '[');
    for (size_t i = 0; i < s->incident_count; i++)
        put_incident(&j, &s->incidents[i]);
    json_close(&j, ']');
    json_key(&j, "alarms");
    json_open(&j, '[');
    for (size_t i = 0; i < s->alarm_count; i++)
        put_alarm(&j, &s->alarms[i]);
    json_close(&j, ']');
    json_key(&j, "sources");
    json_open(&j, '[');
    for (size_t i = 0; i < s->source_count; i++)
        put_source(&j, s, &s->sources[i]);
    json_close(&j, ']');
    put_canary(&j, s->canary);
    put_capture(&j, s->capture);
    put_outlets(&j, s);
    json_close(&j, '}');
    buf_putc(&b, '\n');
    report_put(out, &b);
    buf_clear(&b);
    return report_written(out, e);
}

/* ---- nagios ---- */

static uint64_t peers_of(const struct statereport *s, enum severity severity)
{
    uint64_t n = 0;
    for (size_t i = 0; i < s->peer_count; i++)
        n += s->peers[i].severity == severity;
    return n;
}

static void put_fault(struct buf *b, const struct statereport_incident *i)
{
    nagios_text(b, i->address && i->address[0] ? i->address : "-");
    buf_printf(b, " %s", verdict_info(i->verdict)->name);
    if (i->observer && i->observer[0]) {
        buf_puts(b, ", seen from ");
        nagios_text(b, i->observer);
    }
}

static void put_bad_source(struct buf *b, const struct statereport *s, const struct statereport_source *source)
{
    nagios_text(b, source->path);
    bool gap = source->gap_at && s->now - source->gap_at < STATEREPORT_GAP_SECONDS;
    buf_puts(b, ": ");
    nagios_text(b, source->state);
    if (gap)
        buf_puts(b, ", something was lost in the last day");
}

static bool blind(const struct statereport *s)
{
    return s->canary && statereport_canary_severity(s->canary) == SEVERITY_CRITICAL;
}

static void put_summary(struct buf *b, const struct statereport *s)
{
    const struct statereport_incident *worst = NULL;
    const char *separator = "; ";
    if (s->unknown) {
        buf_puts(b, "whether watch runs can't be told: ");
        nagios_text(b, s->unknown);
    } else if (s->pid == 0) {
        buf_puts(b, "watch does not run on ");
        nagios_text(b, s->folder);
    } else {
        buf_printf(b, "%zu open incidents, %zu alarms, %zu peers", s->incident_count, s->alarm_count, s->peer_count);
    }
    for (size_t i = 0; i < s->incident_count; i++)
        worst = !worst || s->incidents[i].severity > worst->severity ? &s->incidents[i] : worst;
    if (worst) {
        buf_puts(b, separator);
        put_fault(b, worst);
    }
    if (blind(s))
        buf_printf(b, "%scanary %s", separator, canary_state_name(s->canary->state));
    if (s->capture && statereport_capture_severity(s->capture) != SEVERITY_OK)
        buf_printf(b, "%sthe capture does not run", separator);
    for (size_t i = 0; i < s->source_count; i++)
        if (statereport_source_severity(s, &s->sources[i]) == SEVERITY_CRITICAL) {
            buf_puts(b, separator);
            put_bad_source(b, s, &s->sources[i]);
            return;
        }
}

static void put_values(struct buf *b, const struct statereport *s)
{
    uint64_t lag = 0, gaps = 0, waiting = 0;
    for (size_t i = 0; i < s->source_count; i++) {
        lag += s->sources[i].lag;
        gaps += s->sources[i].gaps;
    }
    for (size_t i = 0; i < s->outlet_count; i++)
        waiting = s->outlets[i].waiting > waiting ? s->outlets[i].waiting : waiting;
    buf_printf(
        b, " | 'incidents'=%zu;;;0 'alarms'=%zu;;;0 'peers'=%zu;;;0", s->incident_count, s->alarm_count, s->peer_count);
    for (int v = SEVERITY_CRITICAL; v >= SEVERITY_OK; v--)
        buf_printf(b, " '%s'=%llu;;;0;%zu", severity_name((enum severity)v),
            (unsigned long long)peers_of(s, (enum severity)v), s->peer_count);
    buf_printf(b, " 'lag'=%lluB;;;0 'gaps'=%lluc;;;0 'waiting'=%llu;;;0\n", (unsigned long long)lag,
        (unsigned long long)gaps, (unsigned long long)waiting);
}

static void put_details(struct buf *b, const struct statereport *s, bool everything)
{
    size_t most = everything ? SIZE_MAX : NAGIOS_LINES, lines = 0;
    for (size_t i = 0; i < s->incident_count; i++, lines++) {
        if (lines >= most)
            continue;
        buf_printf(b, "%s %s ", nagios_word(s->incidents[i].severity), verdict_info(s->incidents[i].verdict)->id);
        put_fault(b, &s->incidents[i]);
        buf_putc(b, '\n');
    }
    for (size_t i = 0; i < s->source_count; i++) {
        enum severity severity = statereport_source_severity(s, &s->sources[i]);
        if (severity == SEVERITY_OK && !everything)
            continue;
        if (lines++ >= most)
            continue;
        buf_printf(b, "%s ", nagios_word(severity));
        put_bad_source(b, s, &s->sources[i]);
        buf_putc(b, '\n');
    }
    if (lines > most)
        buf_printf(b, "and %zu more\n", lines - most);
}

enum err_code statereport_nagios(
    FILE *out, const struct statereport *s, const struct report_style *style, struct err *e)
{
    struct buf b = { 0 };
    buf_printf(&b, "SFTUNNEL %s - ", nagios_word(statereport_severity(s)));
    put_summary(&b, s);
    put_values(&b, s);
    put_details(&b, s, style->verbosity > 0);
    report_put(out, &b);
    buf_clear(&b);
    return report_written(out, e);
}
