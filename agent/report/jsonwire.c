/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/jsonwire.h"

#include "agent/diagnosis/tlsalert.h"
#include "agent/report/jsonparts.h"
#include "agent/report/jsonwrite.h"
#include "agent/report/wireterms.h"
#include "base/mem.h"

#include <stdlib.h>

#define DAY 86400

static const char *const side_names[] = { [SIDE_CLIENT] = "client", [SIDE_SERVER] = "server" };

/* ---- where certificates were seen ---- */

#define ON_DISK 2 /* no side */

struct place {
    uint32_t at; /* number of the connection, or of the file */
    uint16_t depth;
    uint8_t side;
};

struct sighting {
    struct place places[JSONWIRE_SEEN];
    uint64_t count; /* of connections and sides, and files */
};

struct sightings {
    struct sighting *of; /* by certificate */
    size_t count;
};

size_t sightings_certificates(const struct casefile *c)
{
    return c->certs ? certs_count(c->certs) : 0;
}

static void add(struct sightings *s, uint32_t certificate, struct place p)
{
    if (certificate >= s->count) /* CERT_NONE, too */
        return;
    struct sighting *one = &s->of[certificate];
    if (one->count < JSONWIRE_SEEN)
        one->places[one->count] = p;
    one->count++;
}

struct sightings *sightings_new(const struct casefile *c)
{
    struct sightings *s = mem_zalloc(1, sizeof *s);
    s->count = sightings_certificates(c);
    s->of = mem_zalloc(s->count, sizeof *s->of);
    for (size_t i = 0; i < c->wire_count; i++)
        for (unsigned k = SIDE_CLIENT; k <= SIDE_SERVER; k++) {
            const struct wire_side *side = &c->wires[i].side[k];
            for (uint16_t depth = 0; depth < side->chain_count; depth++)
                add(s, side->chain[depth], (struct place){ (uint32_t)i, depth, (uint8_t)k });
        }
    for (size_t i = 0; i < c->disk_count; i++)
        add(s, c->disks[i].certificate, (struct place){ (uint32_t)i, 0, ON_DISK });
    return s;
}

void sightings_free(struct sightings *s)
{
    if (s)
        free(s->of);
    free(s);
}

/* ---- connections ---- */

static struct json begin(struct buf *b, bool lines, const char *type, size_t index)
{
    struct json j = { .b = b };
    json_open(&j, '{');
    if (lines) {
        json_put_text(&j, "type", type);
        json_put_number(&j, "index", index);
    }
    return j;
}

static const char *path_of(const struct casefile *c, uint32_t source)
{
    return source < c->source_count ? c->sources[source].path : NULL;
}

static void put_hash(struct json *j, const uint8_t hash[CERT_HASH])
{
    struct buf b = { 0 };
    cert_print_hash(&b, hash);
    json_text(j, buf_as_slice(&b));
    buf_clear(&b);
}

static void put_frame(struct json *j, const char *key, uint64_t frame)
{
    json_key(j, key);
    if (frame)
        json_number(j, frame);
    else
        json_none(j);
}

/* 0: the capture does not say. */
static void put_time(struct json *j, const char *key, int64_t ns)
{
    struct buf b = { 0 };
    if (ns)
        wireterms_time(&b, ns);
    json_put_buf(j, key, &b);
    buf_clear(&b);
}

static void put_chain(struct json *j, const struct casefile *c, const struct wire *w, enum side which)
{
    static const char *const keys[][3] = {
        { "client_chain", "client_unreadable", "client_left_out" },
        { "server_chain", "server_unreadable", "server_left_out" },
    };
    const struct wire_side *s = &w->side[which];
    size_t known = sightings_certificates(c);
    uint64_t unreadable = 0, left_out = 0;
    json_key(j, keys[which][0]);
    json_open(j, '[');
    for (size_t i = 0; i < s->chain_count; i++) {
        if (s->chain[i] >= known) {
            left_out++;
            continue;
        }
        const struct cert *cert = certs_get(c->certs, s->chain[i]);
        unreadable += cert->unreadable;
        put_hash(j, cert->sha256);
    }
    json_close(j, ']');
    json_put_number(j, keys[which][1], unreadable);
    json_put_number(j, keys[which][2], left_out);
}

static void put_alerts(struct json *j, const struct wire *w)
{
    json_key(j, "alerts");
    json_open(j, '[');
    for (size_t i = 0; i < w->alert_count; i++) {
        const struct wire_alert *a = &w->alerts[i];
        json_open(j, '{');
        json_put_text(j, "from", side_names[a->from]);
        json_key(j, "level");
        if (a->encrypted)
            json_none(j);
        else
            json_number(j, a->level);
        json_key(j, "description");
        if (a->encrypted)
            json_none(j);
        else
            json_number(j, a->description);
        json_put_text(j, "name", a->encrypted ? NULL : tls_alert_name(a->description));
        json_put_bool(j, "encrypted", a->encrypted);
        json_put_number(j, "frame", a->frame);
        put_time(j, "time", a->time_ns);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_put_number(j, "alerts_more", w->alerts_more);
}

static bool has_span(enum chain_fault_kind kind)
{
    return kind == CHAIN_EXPIRED || kind == CHAIN_NOT_YET_VALID || kind == CHAIN_EXPIRING;
}

static void put_faults(struct json *j, const struct wire *w)
{
    json_key(j, "faults");
    json_open(j, '[');
    for (unsigned k = SIDE_CLIENT; k <= SIDE_SERVER; k++)
        for (size_t i = 0; i < w->side[k].fault_count; i++) {
            const struct chain_fault *f = &w->side[k].faults[i];
            json_open(j, '{');
            json_put_text(j, "side", side_names[k]);
            json_put_text(j, "kind", chain_fault_name(f->kind));
            json_put_number(j, "depth", f->depth);
            json_put_bool(j, "then", f->then);
            json_put_bool(j, "now", f->now);
            json_key(j, "days");
            if (has_span(f->kind))
                json_signed(j, f->seconds / DAY - (f->seconds % DAY < 0));
            else
                json_none(j);
            json_key(j, "seconds");
            if (has_span(f->kind))
                json_signed(j, f->seconds);
            else
                json_none(j);
            json_close(j, '}');
        }
    json_close(j, ']');
}

static void put_verdict(struct json *j, const struct wire *w)
{
    const struct verdict_info *v = verdict_info(w->verdict);
    json_key(j, "verdict");
    json_open(j, '{');
    json_put_text(j, "id", v->id);
    json_put_text(j, "name", v->name);
    json_put_text(j, "severity", severity_name(w->severity));
    json_put_text(j, "confidence", confidence_name(w->confidence));
    json_close(j, '}');
}

static void put_ends(struct json *j, const struct wire *w)
{
    struct buf b = { 0 };
    endpoint_print(&b, &w->side[SIDE_CLIENT].at);
    json_put_buf(j, "client", &b);
    endpoint_print(&b, &w->side[SIDE_SERVER].at);
    json_put_buf(j, "server", &b);
    json_put_bool(j, "direction_known", w->direction_known);
    if (w->version)
        wireterms_version(&b, w->version);
    json_put_buf(j, "tls", &b);
    if (w->offered)
        wireterms_version(&b, w->offered);
    json_put_buf(j, "offered", &b);
    if (w->cipher)
        wireterms_cipher(&b, w->cipher);
    json_put_buf(j, "cipher", &b);
    buf_clear(&b);
}

/* How far it came, and how sure that is. */
static void put_course(struct json *j, const struct wire *w)
{
    const struct wire_side *client = &w->side[SIDE_CLIENT], *server = &w->side[SIDE_SERVER];
    json_put_text(j, "state", connection_state_name((enum connection_state)w->state));
    json_put_bool(j, "resumed", w->resumed);
    json_put_bool(j, "complete", w->state == CONNECTION_COMPLETE);
    json_put_bool(j, "hello_retry", w->hello_retry);
    json_put_bool(j, "certificate_requested", w->certificate_requested);
    json_put_bool(j, "post_handshake_auth", w->post_handshake_auth);
    json_put_number(j, "renegotiations", w->renegotiations);
    json_put_bool(j, "ended", w->ended);
    json_put_bool(j, "early_end", w->early_end);
    json_put_text(j, "ended_first", client->ended_first ? "client" : server->ended_first ? "server" : NULL);
    json_put_number(j, "gaps", (uint64_t)client->gaps + server->gaps);
    json_put_number(j, "gap_bytes", client->gap_bytes + server->gap_bytes);
    json_put_number(j, "conflicts", (uint64_t)client->conflicts + server->conflicts);
    json_put_number(j, "malformed", w->malformed);
    json_put_number(j, "copies", w->copies);
}

static void put_certificates(struct json *j, const struct casefile *c, const struct wire *w)
{
    const struct wire_side *client = &w->side[SIDE_CLIENT], *server = &w->side[SIDE_SERVER];
    put_chain(j, c, w, SIDE_CLIENT);
    put_chain(j, c, w, SIDE_SERVER);
    json_put_text(j, "client_certificates", certificates_seen_name((enum certificates_seen)client->seen));
    json_put_text(j, "server_certificates", certificates_seen_name((enum certificates_seen)server->seen));
    put_frame(j, "client_certificate_frame", client->certificate_frame);
    put_frame(j, "server_certificate_frame", server->certificate_frame);
    json_key(j, "accepted");
    json_open(j, '[');
    for (size_t i = 0; i < w->accepted_count; i++)
        json_text(j, slice_of(w->accepted[i]));
    json_close(j, ']');
    json_put_bool(j, "accepted_more", w->accepted_more);
}

void jsonwire_connection(struct buf *b, const struct casefile *c, const struct diagnosis *d, size_t index, bool lines)
{
    const struct wire *w = &c->wires[index];
    struct json j = begin(b, lines, "connection", index);
    struct buf filter = { 0 };
    json_put_number(&j, "source", w->source);
    if (lines)
        json_put_text(&j, "path", path_of(c, w->source));
    json_put_number(&j, "stream", w->stream);
    put_ends(&j, w);
    put_course(&j, w);
    put_certificates(&j, c, w);
    put_alerts(&j, w);
    put_faults(&j, w);
    put_time(&j, "first", w->first_ns);
    put_time(&j, "last", w->last_ns);
    put_frame(&j, "first_frame", w->first_frame);
    put_frame(&j, "last_frame", w->last_frame);
    put_verdict(&j, w);
    json_put_text_or_null(&j, "summary", w->summary);
    json_put_text_or_null(&j, "next", w->next);
    json_key(&j, "finding");
    if (w->finding < d->finding_count)
        json_number(&j, w->finding);
    else
        json_none(&j);
    wireterms_filter(&filter, w, false);
    json_put_buf(&j, "display_filter", &filter);
    buf_clear(&filter);
    json_close(&j, '}');
}

/* ---- certificates ---- */

static void put_unix(struct json *j, const char *key, int64_t seconds)
{
    char text[CIVIL_TEXT];
    json_put_text(j, key, seconds == CERT_TIME_NONE ? NULL : civil_text(civil_from_unix(seconds), text));
}

static void put_seen(struct json *j, const struct casefile *c, const struct sighting *s)
{
    struct buf b = { 0 };
    json_key(j, "seen");
    json_open(j, '[');
    for (size_t i = 0; i < s->count && i < JSONWIRE_SEEN; i++) {
        const struct place *p = &s->places[i];
        const struct wire *w = p->side == ON_DISK ? NULL : &c->wires[p->at];
        const char *path = path_of(c, w ? w->source : c->disks[p->at].source);
        buf_puts(&b, path ? path : "-");
        if (w)
            buf_printf(&b, " stream %u, %s, depth %u", w->stream, side_names[p->side], p->depth);
        json_text(j, buf_as_slice(&b));
        buf_reset(&b);
    }
    json_close(j, ']');
    json_put_number(j, "seen_count", s->count);
    buf_clear(&b);
}

void jsonwire_certificate(struct buf *b, const struct casefile *c, const struct sightings *s, size_t index, bool lines)
{
    const struct cert *cert = certs_get(c->certs, (uint32_t)index);
    struct json j = begin(b, lines, "certificate", index);
    bool readable = !cert->unreadable;
    json_put_bool(&j, "unreadable", cert->unreadable);
    json_key(&j, "sha256");
    put_hash(&j, cert->sha256);
    json_key(&j, "spki_sha256");
    if (readable)
        put_hash(&j, cert->spki_sha256);
    else
        json_none(&j);
    json_put_text(&j, "subject", readable ? cert->subject : NULL);
    json_put_text(&j, "issuer", readable ? cert->issuer : NULL);
    json_put_text(&j, "serial", readable ? cert->serial : NULL);
    put_unix(&j, "not_before", readable ? cert->not_before : CERT_TIME_NONE);
    put_unix(&j, "not_after", readable ? cert->not_after : CERT_TIME_NONE);
    json_key(&j, "version");
    if (readable)
        json_number(&j, cert->version);
    else
        json_none(&j);
    json_put_text(&j, "signature", readable ? cert->signature : NULL);
    json_put_text(&j, "key", readable ? cert->key : NULL);
    json_put_bool(&j, "weak_digest", cert->weak_digest);
    json_put_bool(&j, "weak_key", cert->weak_key);
    json_put_bool(&j, "self_signed", cert->self_signed);
    json_put_bool(&j, "internal_ca", cert->internal_ca);
    json_put_text_or_null(&j, "ca_uuid", cert->ca_uuid);
    put_seen(&j, c, &s->of[index]);
    json_close(&j, '}');
}
