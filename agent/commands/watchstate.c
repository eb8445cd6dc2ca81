/* SPDX-License-Identifier: BSD-2-Clause */
/* From the store back into memory. */
#include "config.h"

#include "agent/commands/watch.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- words back into numbers ---- */

static enum role role_of(struct slice s)
{
    return slice_eq(s, SLICE("fmc")) ? ROLE_FMC : slice_eq(s, SLICE("ftd")) ? ROLE_FTD : ROLE_UNKNOWN;
}

static void copy(char *out, size_t size, struct slice s)
{
    snprintf(out, size, "%.*s", (int)(s.n < size ? s.n : size - 1), s.n ? s.p : "");
}

static char *own(struct slice s)
{
    return s.n ? mem_strndup(s.p, s.n) : NULL;
}

static civil civil_of(int64_t seconds)
{
    return seconds ? civil_from_unix(seconds) : CIVIL_NONE;
}

/* ---- rows ---- */

static bool on_alarm(void *arg, const void *data)
{
    struct watch *w = arg;
    const struct store_alarm *row = data;
    struct alarm a = { .severity = severity_parse(row->severity),
        .opened = row->opened,
        .changed = row->changed,
        .first = civil_of(row->opened),
        .last = civil_of(row->changed),
        .told = row->peers,
        .attempts = row->attempts };
    struct slice ca, cause = slice_cut(row->cause, '/', &ca);
    char *observer = mem_strndup(row->observer.n ? row->observer.p : "", row->observer.n);
    a.observer = observer;
    copy(a.id, sizeof a.id, row->id);
    copy(a.ca, sizeof a.ca, ca);
    if (!verdict_parse(cause, &a.cause) || !incidents_restore_alarm(w->incidents, &a))
        watch_log("warning", "the kept alarm %s is passed over: it does not fit", a.id);
    free(observer);
    return true;
}

static bool on_peer(void *arg, const void *data)
{
    struct watch *w = arg;
    const struct store_peer *row = data;
    struct watched p = { .role = role_of(row->role),
        .verdict = VERDICT_INSUFFICIENT,
        .severity = severity_parse(row->severity),
        .confidence = confidence_parse(row->confidence),
        .attempts = row->attempts,
        .failures = row->failures,
        .first = row->first,
        .last = row->last,
        .last_success = row->last_success,
        .failing_since = row->failing_since };
    char *strings[] = { mem_strndup(row->observer.n ? row->observer.p : "", row->observer.n),
        mem_strndup(row->address.n ? row->address.p : "", row->address.n), own(row->uuid), own(row->name),
        own(row->summary), own(row->next) };
    p.observer = strings[0];
    p.address = strings[1];
    p.uuid = strings[2];
    p.name = strings[3];
    p.summary = strings[4];
    p.next = strings[5];
    copy(p.outcome, sizeof p.outcome, row->outcome);
    if (!verdict_parse(row->verdict, &p.verdict) || !incidents_restore_peer(w->incidents, &p))
        watch_log("warning", "a kept peer is passed over: it does not fit");
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        free(strings[i]);
    return true;
}

static bool on_incident(void *arg, const void *data)
{
    struct watch *w = arg;
    const struct store_incident *row = data;
    struct incident one = { .severity = severity_parse(row->severity),
        .opened = row->opened,
        .changed = row->changed,
        .first = civil_of(row->first),
        .last = civil_of(row->last),
        .attempts = row->attempts };
    struct slice ca, told = slice_cut(row->memory, ' ', &ca);
    uint32_t number = 0;
    copy(one.id, sizeof one.id, row->id);
    copy(one.alarm_id, sizeof one.alarm_id, row->alarm);
    copy(one.outcome, sizeof one.outcome, row->outcome);
    copy(one.ca, sizeof one.ca, ca);
    one.told = slice_u32(told, UINT32_MAX, &number) && number ? number : 1;
    if (!verdict_parse(row->cause, &one.cause) || !incidents_restore(w->incidents, &one, row->observer, row->address))
        watch_log("warning", "the kept incident %s is passed over: it does not fit", one.id);
    return true;
}

static bool on_line(void *arg, const void *data)
{
    struct watch *w = arg;
    const struct store_line *row = data;
    struct slice log, record = row->record;
    size_t i = 0;
    log = slice_cut(record, '\n', &record);
    while (i < w->log_count && !slice_eq(log, slice_of(w->logs[i].path)))
        i++;
    if (i == w->log_count || attempts_restore(w->logs[i].live, row->number, record) != ERR_OK)
        keep_drop(w->keep, row->number); /* of a log that is not followed any more */
    w->next_line = row->number >= w->next_line ? row->number + 1 : w->next_line;
    return true;
}

/* Its counters go on. */
static bool on_source(void *arg, const void *data)
{
    struct watch *w = arg;
    const struct store_source *row = data;
    for (size_t i = 0; i < w->log_count; i++) {
        struct watch_log *log = &w->logs[i];
        if (!slice_eq(row->path, slice_of(log->path)))
            continue;
        log->before.bytes = row->bytes_read;
        log->before.lines = row->lines;
        log->gaps = row->gaps;
        log->read_at = row->read_at;
    }
    return true;
}

enum err_code watch_restore(struct watch *w, struct err *e)
{
    enum err_code code = store_alarms(w->store, true, on_alarm, w, e);
    if (code == ERR_OK)
        code = store_peers(w->store, on_peer, w, e);
    if (code == ERR_OK)
        code = store_incidents(w->store, true, on_incident, w, e);
    if (code == ERR_OK)
        code = store_lines(w->store, on_line, w, e);
    if (code == ERR_OK)
        code = store_sources(w->store, on_source, w, e);
    if (code == ERR_OK)
        code = store_event_last(w->store, &w->last_event, e);
    return code;
}

/* ---- what `status` wants to know ---- */

static void note_number(struct watch *w, const char *name, int64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)n);
    keep_value(w->keep, name, slice_of(text));
}

void watch_note_start(struct watch *w)
{
    w->started = watch_now_ms() / 1000;
    note_number(w, WATCH_PID, getpid());
    note_number(w, WATCH_STARTED, w->started);
    keep_value(w->keep, WATCH_VERSION, slice_of(PACKAGE_VERSION));
    keep_value(w->keep, WATCH_READER, slice_of(""));
}

void watch_note_gap(struct watch *w, const struct watch_log *log)
{
    struct buf name = { 0 };
    buf_printf(&name, WATCH_GAP "%s", log->path);
    note_number(w, name.p, watch_now_ms() / 1000);
    buf_clear(&name);
}

/* ---- what the reader has to know ---- */

struct marks {
    struct watch *w;
    struct buf *of; /* per log */
    bool *known;
};

static bool on_mark(void *arg, const void *data)
{
    struct marks *m = arg;
    const struct store_mark *row = data;
    for (size_t i = 0; i < m->w->log_count; i++) {
        if (!slice_eq(row->log, slice_of(m->w->logs[i].path)))
            continue;
        m->known[i] = true;
        buf_slice(&m->of[i], row->text);
        buf_putc(&m->of[i], '\n');
    }
    return true;
}

static enum err_code send_all(int fd, struct slice bytes, struct err *e)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_os(e, ERR_IO, errno, "the reading process does not listen");
        bytes = slice_from(bytes, (size_t)n);
    }
    return ERR_OK;
}

enum err_code watch_tell_reader(struct watch *w, struct err *e)
{
    struct marks m = { w, mem_zalloc(w->log_count, sizeof *m.of), mem_zalloc(w->log_count, sizeof *m.known) };
    struct buf out = { 0 };
    enum err_code code = store_marks(w->store, on_mark, &m, e);
    for (size_t i = 0; i < w->log_count; i++) {
        if (m.known[i])
            feed_print(&out, &(struct feed){ .kind = FEED_MARKS, .log = (uint32_t)i, .text = buf_as_slice(&m.of[i]) });
        buf_clear(&m.of[i]);
    }
    feed_print(&out, &(struct feed){ .kind = FEED_GO });
    if (code == ERR_OK)
        code = send_all(w->reader.to, buf_as_slice(&out), e);
    buf_clear(&out);
    free(m.of);
    free(m.known);
    return code;
}
