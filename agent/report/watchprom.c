/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "agent/report/watchprom.h"

#include "agent/report/promtext.h"

#define NAME(rest) "sftunnel_watch_" rest

/* Without labels. */
static void one(struct promtext *t, const char *name, const char *type, const char *help, int64_t value)
{
    promtext_metric(t, name, type, help);
    promtext_sample(t, name, value);
}

static int64_t number(uint64_t n)
{
    return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

/* ---- itself ---- */

static void itself(struct promtext *t, const struct watchprom *w)
{
    promtext_metric(t, NAME("build_info"), "gauge", "1; the version is a label.");
    promtext_label(t, "version", PACKAGE_VERSION);
    promtext_sample(t, NAME("build_info"), 1);
    one(t, NAME("start_time_seconds"), "gauge", "When this process was started, Unix seconds.", w->started);
    promtext_metric(
        t, NAME("confined"), "gauge", "1: what parses log lines is held by seccomp and Landlock; 0: not both.");
    promtext_label(t, "how", w->confinement);
    promtext_sample(t, NAME("confined"), w->confined);
    one(t, NAME("reader_restarts_total"), "counter",
        "How often the process that reads the logs had to be started anew.", number(w->reader_restarts));
    if (w->checked)
        one(t, NAME("last_check_timestamp_seconds"), "gauge", "When the certificate files were looked at last.",
            w->checked);
}

static void store(struct promtext *t, const struct watchprom *w)
{
    promtext_metric(t, NAME("store_commit_seconds"), "summary", "How long the commits of the state took.");
    promtext_seconds(t, NAME("store_commit_seconds_sum"), w->commit_ns);
    promtext_sample(t, NAME("store_commit_seconds_count"), number(w->commits));
    one(t, NAME("store_failures_total"), "counter", "Steps that could not be committed, and were tried again.",
        number(w->store_failures));
}

/* ---- inputs ---- */

enum of_source { LINES, BYTES, GAPS, LAG, READ_AT, OF_SOURCE };

static int64_t of_source(const struct watchprom_source *s, enum of_source what)
{
    switch (what) {
    case LINES: return number(s->lines);
    case BYTES: return number(s->bytes);
    case GAPS: return number(s->gaps);
    case LAG: return number(s->lag_bytes);
    case READ_AT: return s->read_at;
    case OF_SOURCE: break;
    }
    return 0;
}

static void sources(struct promtext *t, const struct watchprom *w)
{
    static const struct {
        const char *name, *type, *help;
    } metrics[OF_SOURCE] = {
        [LINES] = { NAME("source_lines_total"), "counter", "Lines read." },
        [BYTES] = { NAME("source_bytes_total"), "counter", "Bytes read." },
        [GAPS] = { NAME("source_gaps_total"), "counter", "Places where something was lost before it could be read." },
        [LAG] = { NAME("source_lag_bytes"), "gauge", "Bytes that are there and not read yet." },
        [READ_AT] = { NAME("source_last_read_timestamp_seconds"), "gauge",
            "When something was read last, Unix seconds." },
    };
    for (enum of_source what = 0; what < OF_SOURCE; what++) {
        promtext_metric(t, metrics[what].name, metrics[what].type, metrics[what].help);
        for (size_t i = 0; i < w->source_count; i++) {
            if (what == READ_AT && !w->sources[i].read_at)
                continue;
            promtext_label(t, "source", w->sources[i].path);
            promtext_sample(t, metrics[what].name, of_source(&w->sources[i], what));
        }
    }
    promtext_metric(t, NAME("source_state"), "gauge", "1; the state of this input is a label.");
    for (size_t i = 0; i < w->source_count; i++) {
        promtext_label(t, "source", w->sources[i].path);
        promtext_label(t, "state", w->sources[i].state);
        promtext_sample(t, NAME("source_state"), 1);
    }
}

/* One that never was back has no time, so that nobody takes 1970 for one. */
static void canary(struct promtext *t, const struct watchprom_canary *c)
{
    if (!c)
        return;
    one(t, NAME("canary_back"), "gauge",
        "1: the last line that was written through syslog came back in time; 0: what is written is not seen.", c->back);
    if (!c->back_at)
        return;
    one(t, NAME("canary_last_back_timestamp_seconds"), "gauge", "When one came back last, Unix seconds.", c->back_at);
    promtext_metric(t, NAME("canary_round_trip_seconds"), "gauge", "How long that one took.");
    promtext_seconds(t, NAME("canary_round_trip_seconds"), c->round_trip_ns);
}

static void of_capture(
    struct promtext *t, const struct watchprom_capture *c, const char *const metric[3], uint64_t value)
{
    promtext_metric(t, metric[0], metric[1], metric[2]);
    promtext_label(t, "interface", c->interface);
    promtext_sample(t, metric[0], number(value));
}

static void capture(struct promtext *t, const struct watchprom_capture *c)
{
    static const char *const metrics[][3] = {
        { NAME("capture_running"), "gauge", "1: packets are captured; 0: that has ended, and is started again." },
        { NAME("capture_packets_total"), "counter", "Packets captured since this process was started." },
        { NAME("capture_handshakes_total"), "counter", "Connections whose handshake came to its end, well or not." },
        { NAME("capture_lost_packets_total"), "counter", "Packets that came faster than they were read." },
        { NAME("capture_restarts_total"), "counter", "How often the process that captures had to be started anew." },
    };
    if (!c)
        return;
    const uint64_t values[] = { c->running, c->frames, c->handshakes, c->lost, c->restarts };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        of_capture(t, c, metrics[i], values[i]);
}

/* ---- what was found ---- */

static void counts(struct promtext *t, const struct watchprom *w)
{
    promtext_metric(t, NAME("events_total"), "counter", "Events by type.");
    for (enum tell_type type = 0; type < TELL_TYPES; type++) {
        promtext_label(t, "type", tell_type_name(type));
        promtext_sample(t, NAME("events_total"), number(w->events[type]));
    }
    promtext_metric(t, NAME("attempts_total"), "counter", "Connection attempts by outcome.");
    for (size_t i = 0; i < w->attempt_count; i++) {
        promtext_label(t, "outcome", w->attempts[i].outcome);
        promtext_sample(t, NAME("attempts_total"), number(w->attempts[i].n));
    }
    promtext_metric(t, NAME("incidents_open"), "gauge", "Incidents (one peer, one cause) that are open.");
    for (size_t i = 0; i < w->incident_count; i++) {
        promtext_label(t, "verdict", verdict_info(w->incidents[i].verdict)->name);
        promtext_label(t, "severity", severity_name(w->incidents[i].severity));
        promtext_sample(t, NAME("incidents_open"), number(w->incidents[i].open));
    }
    one(t, NAME("alarms_open"), "gauge", "Alarms (several peers, one cause) that are open.", number(w->alarms_open));
}

/* peer is what people call it, as in prom.c; the address tells two of one name apart. */
static void put_peer(struct promtext *t, const struct watchprom_peer *p)
{
    const char *name = p->name && p->name[0] ? p->name : p->address && p->address[0] ? p->address : p->uuid;
    promtext_label(t, "observer", p->observer);
    promtext_label(t, "peer", name);
    promtext_label(t, "peer_uuid", p->uuid);
    promtext_label(t, "address", p->address);
}

static void peers(struct promtext *t, const struct watchprom *w)
{
    promtext_metric(t, NAME("peer_verdict"), "gauge", "1: the present verdict on this peer.");
    for (size_t i = 0; i < w->peer_count; i++) {
        put_peer(t, &w->peers[i]);
        promtext_label(t, "verdict", verdict_info(w->peers[i].verdict)->name);
        promtext_sample(t, NAME("peer_verdict"), 1);
    }
    promtext_metric(t, NAME("peer_severity"), "gauge", "0 ok, 1 unknown, 2 warning, 3 critical.");
    for (size_t i = 0; i < w->peer_count; i++) {
        put_peer(t, &w->peers[i]);
        promtext_sample(t, NAME("peer_severity"), w->peers[i].severity);
    }
    promtext_metric(t, NAME("peer_failing_since_timestamp_seconds"), "gauge",
        "Since when attempts with this peer fail, Unix seconds; 0: they don't.");
    for (size_t i = 0; i < w->peer_count; i++) {
        put_peer(t, &w->peers[i]);
        promtext_sample(t, NAME("peer_failing_since_timestamp_seconds"), w->peers[i].failing_since);
    }
}

/* ---- where events go ---- */

static void outlets(struct promtext *t, const struct watchprom *w)
{
    promtext_metric(t, NAME("outlet_delivered_event"), "gauge", "Number of the last event that this outlet got.");
    for (size_t i = 0; i < w->outlet_count; i++) {
        promtext_label(t, "outlet", w->outlets[i].name);
        promtext_sample(t, NAME("outlet_delivered_event"), number(w->outlets[i].delivered));
    }
    promtext_metric(t, NAME("outlet_waiting_events"), "gauge", "Events that this outlet has yet to get.");
    for (size_t i = 0; i < w->outlet_count; i++) {
        promtext_label(t, "outlet", w->outlets[i].name);
        promtext_sample(t, NAME("outlet_waiting_events"), number(w->outlets[i].waiting));
    }
    promtext_metric(
        t, NAME("outlet_failures_total"), "counter", "Deliveries that failed, and are or were tried again.");
    for (size_t i = 0; i < w->outlet_count; i++) {
        promtext_label(t, "outlet", w->outlets[i].name);
        promtext_sample(t, NAME("outlet_failures_total"), number(w->outlets[i].failures));
    }
}

void watchprom_print(struct buf *b, const struct watchprom *w)
{
    struct promtext t = { .b = *b };
    itself(&t, w);
    store(&t, w);
    sources(&t, w);
    canary(&t, w->canary);
    capture(&t, w->capture);
    counts(&t, w);
    peers(&t, w);
    outlets(&t, w);
    *b = t.b; /* transferred, as it was taken over */
    t.b = (struct buf){ 0 };
    promtext_clear(&t);
}
