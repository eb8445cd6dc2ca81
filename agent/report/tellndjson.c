/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/tellndjson.h"

#include "agent/report/jsonwrite.h"
#include "base/caps.h"

#define SECOND_MS 1000

static bool of(const struct tell *t, unsigned types)
{
    return types >> t->type & 1;
}

#define ATTEMPT (1U << TELL_ATTEMPT)
#define INCIDENT (1U << TELL_INCIDENT)
#define VERDICT (1U << TELL_VERDICT)
#define SOURCE (1U << TELL_SOURCE)
#define ALARM (1U << TELL_ALARM)

static void put_known(struct json *j, const char *key, const char *text)
{
    if (text)
        json_put_text(j, key, text);
}

static void put_counted(struct json *j, const char *key, uint64_t n)
{
    if (n)
        json_put_number(j, key, n);
}

/* "2024-09-20T03:14:23.042Z" */
static void put_at(struct json *j, int64_t at_ms)
{
    char second[CIVIL_TEXT];
    struct buf text = { 0 };
    int64_t ms = at_ms % SECOND_MS;
    if (ms < 0)
        ms += SECOND_MS;
    civil_text(civil_from_unix((at_ms - ms) / SECOND_MS), second);
    second[strlen(second) - 1] = '\0'; /* the Z */
    buf_printf(&text, "%s.%03uZ", second, (unsigned)ms);
    json_put_buf(j, "at", &text);
    buf_clear(&text);
}

static void put_second(struct json *j, const char *key, civil c, bool always)
{
    char text[CIVIL_TEXT];
    bool known = c != CIVIL_NONE && civil_valid(c);
    if (known || always)
        json_put_text(j, key, known ? civil_text(c, text) : NULL);
}

static void put_head(struct json *j, const struct tell *t)
{
    json_put_text(j, "type", tell_type_name(t->type));
    json_put_text(j, "id", t->id);
    put_at(j, t->at_ms);
    json_put_text(j, "observer", t->observer);
    put_known(j, "role", t->role);
    json_put_text(j, "address", t->address);
    put_known(j, "uuid", t->uuid);
    put_known(j, "name", t->name);
}

static void put_verdict(struct json *j, const struct tell *t)
{
    const struct verdict_info *info = verdict_info(t->verdict);
    json_key(j, "verdict");
    json_open(j, '{');
    json_put_text(j, "id", info->id);
    json_put_text(j, "name", info->name);
    json_put_text(j, "severity", severity_name(t->severity));
    if (of(t, INCIDENT | VERDICT))
        json_put_text(j, "confidence", confidence_name(t->confidence));
    json_close(j, '}');
}

static void put_change(struct json *j, const struct tell *t)
{
    json_put_text(j, "change", tell_change_name(t->change));
    if (t->change == TELL_CLOSED)
        put_known(j, "reason", t->reason);
    json_put_number(j, "attempts", t->attempts);
    if (of(t, ALARM))
        json_put_number(j, "peers", t->peers);
    if (of(t, INCIDENT))
        put_known(j, "alarm", t->alarm);
}

static void put_source(struct json *j, const struct tell *t)
{
    put_known(j, "path", t->path);
    put_known(j, "what", t->what);
    put_known(j, "text", t->text);
    put_counted(j, "bytes", t->bytes);
    json_put_text(j, "severity", severity_name(t->severity));
}

static void put_line(struct json *j, const struct tell_line *line)
{
    struct slice text = slice_of(line->text ? line->text : "");
    if (text.n > CAP_EVIDENCE_BYTES)
        text.n = CAP_EVIDENCE_BYTES;
    json_open(j, '{');
    put_known(j, "log", line->log);
    if (line->log)
        json_put_number(j, "offset", line->offset);
    json_key(j, "text");
    json_text(j, text);
    put_known(j, "means", line->means);
    json_close(j, '}');
}

static void put_lines(struct json *j, const struct tell *t)
{
    json_key(j, "lines");
    json_open(j, '[');
    for (size_t i = 0; i < t->line_count && i < TELL_LINES; i++)
        put_line(j, &t->lines[i]);
    json_close(j, ']');
}

void tell_ndjson(struct buf *b, const struct tell *t)
{
    struct json j = { .b = b };
    json_open(&j, '{');
    put_head(&j, t);
    if (!of(t, SOURCE))
        put_verdict(&j, t);
    if (of(t, ATTEMPT))
        json_put_text(&j, "outcome", t->outcome);
    if (of(t, INCIDENT))
        put_known(&j, "outcome", t->outcome);
    if (of(t, ATTEMPT | INCIDENT | ALARM)) {
        put_second(&j, "first", t->first, of(t, ATTEMPT));
        put_second(&j, "last", t->last, of(t, ATTEMPT));
    }
    if (t->catching_up)
        json_put_bool(&j, "catching_up", true);
    if (of(t, INCIDENT | ALARM))
        put_change(&j, t);
    if (of(t, INCIDENT | VERDICT | ALARM))
        put_known(&j, "ca_uuid", t->ca_uuid);
    if (of(t, VERDICT))
        put_known(&j, "was", t->was);
    if (of(t, INCIDENT | VERDICT | ALARM)) {
        put_known(&j, "summary", t->summary);
        put_known(&j, "next", t->next);
    }
    if (of(t, SOURCE))
        put_source(&j, t);
    if (of(t, INCIDENT | VERDICT) && t->line_count)
        put_lines(&j, t);
    json_close(&j, '}');
}

void tell_numbered(struct buf *b, uint64_t number, uint64_t left_out, struct slice body)
{
    buf_puts(b, "{\"seq\":");
    buf_number(b, number);
    if (left_out) {
        buf_puts(b, ",\"left_out\":");
        buf_number(b, left_out);
    }
    buf_putc(b, ',');
    buf_slice(b, slice_from(body, 1));
    buf_putc(b, '\n');
}
