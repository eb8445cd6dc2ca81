/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/tls.h"

#include "base/caps.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define RECORD_SSL2 0x80 /* stands for the record that an SSL 2 ClientHello has not */
#define ALERT_BYTES 2
#define REORDERED_MOST 65536     /* bytes before a beginning without a SYN is believed, */
#define REORDERED_USED 8388608   /* while all connections together keep no more than this */
#define ALERT_ENCRYPTED_LEAST 18 /* the shortest that any cipher makes of one: two bytes and an MD5 */

static void init(struct tls *t, bool certain, bool any_start)
{
    struct tls fresh = { .used = t->used, .certain = certain, .any_start = any_start, .lost = !certain };
    uint32_t events = t->events;
    *t = fresh;
    t->events = events + 1;
    handshake_init(&t->handshake, t->used);
}

struct tls *tls_new(size_t *used, bool certain, bool any_start)
{
    struct tls *t = mem_zalloc(1, sizeof *t);
    *used += sizeof *t;
    t->used = used;
    init(t, certain, any_start);
    return t;
}

static void release(struct tls *t)
{
    handshake_clear(&t->handshake);
    *t->used -= t->owned;
    free(t->certificates.item);
    free(t->names.item);
    free(t->certificate_bytes);
    free(t->name_bytes);
}

void tls_free(struct tls *t)
{
    if (!t)
        return;
    release(t);
    *t->used -= sizeof *t;
    free(t);
}

void tls_again(struct tls *t, bool certain)
{
    release(t);
    init(t, certain, t->any_start);
}

enum reassembly_mode tls_wants(const struct tls *t)
{
    /* What seems to be its beginning may not be it: then all is read anew. */
    if (!t->certain && !t->gap && t->bytes <= REORDERED_MOST && *t->used <= REORDERED_USED)
        return REASSEMBLY_KEEP;
    switch (t->mode) {
    case TLS_START:
    case TLS_SEEK:
    case TLS_CLEAR: return REASSEMBLY_KEEP;
    case TLS_HIDDEN:
    case TLS_LOST: return REASSEMBLY_FOLLOW;
    case TLS_OFF: break;
    }
    return REASSEMBLY_SKIP;
}

/* ---- what a message says ---- */

/* The message's bytes, for good. */
static uint8_t *take_body(struct tls *t)
{
    struct handshake *h = &t->handshake;
    uint8_t *body = h->body;
    t->owned += h->body_capacity;
    h->body = NULL;
    h->body_length = h->body_capacity = 0;
    return body;
}

static void own_list(struct tls *t, const struct der_list *list)
{
    size_t n = list->count * sizeof *list->item;
    t->owned += n;
    *t->used += n;
}

static void on_certificates(struct tls *t, struct bytes body, struct tls_place at)
{
    if (t->seen != CERTIFICATES_NONE)
        return;
    t->seen = handshake_certificates(body, t->handshake.length, &t->certificates);
    t->malformed += t->seen == CERTIFICATES_MALFORMED;
    t->certificate = at;
    t->certificate_bytes = take_body(t);
    own_list(t, &t->certificates);
    t->events++;
}

static void on_request(struct tls *t, struct bytes body)
{
    if (t->request)
        return;
    t->request = true;
    if (t->handshake.broken || t->handshake.over)
        return;
    if (!handshake_names(body, t->hello.version, &t->names))
        t->malformed++;
    t->name_bytes = take_body(t);
    own_list(t, &t->names);
}

static void on_hello(struct tls *t, struct bytes body, bool client)
{
    struct hello h;
    bool good = client ? hello_client(body, &h) : hello_server(body, &h);
    bool cut = t->handshake.broken || t->handshake.over;
    if (!good && t->ccs) { /* it was none */
        t->hidden_handshakes++;
        return;
    }
    t->malformed += !good && !cut;
    if (!connection_version_name(h.version) && h.version >> 8 != 3)
        return;
    bool again = t->client_hello || (t->server_hello && !t->retry);
    t->client_hello |= client;
    t->server_hello |= !client;
    t->retry |= h.retry;
    if (!again)
        t->hello = h;
    t->hello.psk |= h.psk;
    t->events++;
}

static void on_message(struct tls *t, struct tls_place at)
{
    struct handshake *h = &t->handshake;
    struct bytes body = { h->body, h->body_length };
    t->over_cap += h->over;
    switch (h->type) {
    case HANDSHAKE_CLIENT_HELLO: on_hello(t, body, true); break;
    case HANDSHAKE_SERVER_HELLO: on_hello(t, body, false); break;
    case HANDSHAKE_RETRY: t->retry = true; break;
    case HANDSHAKE_CERTIFICATE: on_certificates(t, body, at); break;
    case HANDSHAKE_REQUEST: on_request(t, body); break;
    case HANDSHAKE_DONE: t->done = true; break;
    case HANDSHAKE_CLIENT_KEY: t->client_key = true; break;
    case HANDSHAKE_VERIFY: t->verify = true; break;
    default: break;
    }
}

/* The message that is being read won't go on; `at` without a frame: nor does anything else. */
static void abandon(struct tls *t, struct tls_place at)
{
    struct handshake *h = &t->handshake;
    if (h->inside && h->left) {
        h->broken = true;
        on_message(t, at.frame ? at : t->began);
    }
    handshake_clear(h);
}

static void feed(struct tls *t, struct bytes b, struct tls_place at)
{
    struct cursor piece = cursor_of(b.p, b.n);
    while (!t->dead && cursor_left(&piece)) {
        if (!handshake_pending(&t->handshake))
            t->began = at;
        switch (handshake_next(&t->handshake, &piece)) {
        case HANDSHAKE_MORE: return;
        case HANDSHAKE_MESSAGE: on_message(t, at); break;
        case HANDSHAKE_BAD:
            t->malformed++;
            t->over_cap += t->handshake.over;
            t->dead = true;
            handshake_clear(&t->handshake);
            break;
        }
    }
}

/* ---- alerts ---- */

static void add_alert(struct tls *t, struct wire_alert a, struct tls_place at)
{
    a.frame = at.frame;
    a.time_ns = at.time_ns;
    t->events++;
    if (t->alert_count < CONNECTION_ALERTS)
        t->alerts[t->alert_count++] = a;
    else
        t->alerts_more++;
}

/* Pairs of level and description: several in one record, or one in two. */
static void read_alerts(struct tls *t, struct bytes b, struct tls_place at)
{
    for (size_t i = 0; i < b.n && t->alert_clear; i++) {
        if (t->alert_level) {
            add_alert(t, (struct wire_alert){ .level = t->alert_level, .description = b.p[i] }, at);
            t->alert_level = 0;
        } else if (b.p[i] == 1 || b.p[i] == 2) {
            t->alert_level = b.p[i];
        } else {
            t->malformed++;
            t->alert_clear = false;
        }
    }
}

static void begin_alert(struct tls *t, struct tls_place at)
{
    size_t length = t->record.length;
    t->alert_clear = t->mode == TLS_HIDDEN ? length == ALERT_BYTES : length < ALERT_ENCRYPTED_LEAST;
    if (t->mode == TLS_HIDDEN || !t->alert_clear)
        t->alert_level = 0;
    if (t->alert_clear) {
        t->malformed += length == 0;
        return;
    }
    t->hidden = at;
    add_alert(t, (struct wire_alert){ .encrypted = true }, at);
}

/* ---- records ---- */

static void begin_ccs(struct tls *t, struct tls_place at)
{
    t->malformed += t->record.length != 1;
    t->ccs = true;
    t->malformed += handshake_pending(&t->handshake);
    abandon(t, at);
    t->mode = TLS_HIDDEN;
    t->events++;
}

static void begin_data(struct tls *t, struct tls_place at)
{
    struct tls_sealed sealed = { at.frame, at.time_ns, t->record.length };
    t->sealed[t->data_records % TLS_SEALED] = sealed;
    if (!t->data_records++) {
        t->sealed_first = sealed;
        if (!t->ccs || !t->hidden_handshakes)
            t->hidden = at;
        t->events++;
    }
    if (t->mode == TLS_CLEAR && !handshake_pending(&t->handshake))
        t->mode = TLS_HIDDEN;
}

static void begin_record(struct tls *t, struct tls_place at)
{
    t->records = true;
    if (t->mode == TLS_START || t->mode == TLS_SEEK || t->mode == TLS_LOST)
        t->mode = TLS_CLEAR;
    t->feeding = t->probing = false;
    switch (t->record.type) {
    case RECORD_CCS: begin_ccs(t, at); break;
    case RECORD_ALERT: begin_alert(t, at); break;
    case RECORD_DATA: begin_data(t, at); break;
    case RECORD_HANDSHAKE:
        t->feeding = t->mode == TLS_CLEAR && !t->lost;
        t->probing = !t->feeding && t->record.length;
        t->probed = 0;
        break;
    default: break;
    }
}

/* Is the handshake record whose first bytes were set aside one in the clear? */
static bool probe_clear(const struct tls *t)
{
    size_t length = t->record.length;
    if (t->dead || !handshake_strict(t->probe, t->probed, length))
        return false;
    if (!t->ccs)
        return true;
    bool retried = t->retry && t->probe[0] == HANDSHAKE_SERVER_HELLO;
    struct cursor c = cursor_of(t->probe, t->probed);
    cursor_skip(&c, 1);
    return (retried || t->probe[0] == HANDSHAKE_CLIENT_HELLO) && cursor_u24(&c) + 4 == length;
}

static void hidden_handshake(struct tls *t, struct tls_place at)
{
    /* what a client offers is not what is spoken: only the server's hello says that there are none of these */
    if (t->mode != TLS_HIDDEN || (t->server_hello && hello_is13(t->hello.version)))
        return;
    t->hidden_handshakes++;
    t->hidden = at;
    t->events++;
}

static void decide_probe(struct tls *t, struct tls_place at)
{
    t->probing = false;
    if (!probe_clear(t)) {
        hidden_handshake(t, at);
        return;
    }
    if (!t->ccs) {
        t->mode = TLS_CLEAR;
        t->lost = false;
    }
    handshake_clear(&t->handshake);
    t->feeding = true;
    feed(t, (struct bytes){ t->probe, t->probed }, at);
}

static struct bytes probe(struct tls *t, struct bytes b, struct tls_place at)
{
    size_t most = t->record.type == RECORD_SSL2 ? HELLO_SSL2 : TLS_PROBE;
    if (t->record.type != RECORD_SSL2 && t->record.length < most)
        most = t->record.length;
    size_t n = b.n < most - t->probed ? b.n : most - t->probed;
    memcpy(t->probe + t->probed, b.p, n);
    t->probed = (uint8_t)(t->probed + n);
    b.p += n;
    b.n -= n;
    if (t->probed < most)
        return b;
    if (t->record.type != RECORD_SSL2) {
        decide_probe(t, at);
        return b;
    }
    t->probing = false;
    struct hello h;
    if (!hello_ssl2((struct bytes){ t->probe, t->probed }, t->record.length, &h)) {
        t->mode = t->certain && !t->any_start ? TLS_OFF : TLS_SEEK;
        return b;
    }
    t->records = t->client_hello = true;
    t->hello = h;
    t->mode = TLS_CLEAR;
    return b;
}

static void read_body(struct tls *t, struct bytes b, struct tls_place at)
{
    if (t->probing)
        b = probe(t, b, at);
    if (!b.n)
        return;
    if (t->feeding)
        feed(t, b, at);
    else if (t->record.type == RECORD_ALERT && t->alert_clear)
        read_alerts(t, b, at);
}

/* The five bytes in the reader are no record's header. */
static void bad_record(struct tls *t, struct tls_place at)
{
    const uint8_t *head = t->record.head;
    size_t length = (size_t)(head[0] & 0x7f) << 8 | head[1];
    abandon(t, at);
    if (t->records) {
        t->malformed++;
        t->mode = TLS_OFF;
    } else if (head[0] & 0x80 && head[2] == 1 && length > HELLO_SSL2) {
        t->probed = 3;
        memcpy(t->probe, head + 2, 3);
        record_enter(&t->record, RECORD_SSL2, (uint16_t)(length - 3));
        t->record.length = (uint16_t)length;
        t->probing = true;
    } else {
        t->mode = t->certain && !t->any_start ? TLS_OFF : TLS_SEEK;
    }
}

static void walk(struct tls *t, struct bytes b, struct tls_place at)
{
    struct cursor piece = cursor_of(b.p, b.n);
    while (t->mode != TLS_OFF && t->mode != TLS_SEEK) {
        struct bytes body;
        switch (record_next(&t->record, &piece, &body)) {
        case RECORD_MORE: return;
        case RECORD_BEGINS: begin_record(t, at); break;
        case RECORD_BODY: read_body(t, body, at); break;
        case RECORD_BAD: bad_record(t, at); break;
        }
    }
}

/* Does a record begin here, beyond doubt? In SEEK only what begins a connection or goes on within one counts. */
static bool begins_record(struct bytes b)
{
    if (b.n < RECORD_HEADER || !record_plausible(b.p))
        return false;
    size_t length = (size_t)b.p[3] << 8 | b.p[4], after = RECORD_HEADER + length;
    const uint8_t *body = b.p + RECORD_HEADER;
    size_t n = b.n - RECORD_HEADER < length ? b.n - RECORD_HEADER : length;
    switch (b.p[0]) {
    case RECORD_CCS:
        if (length != 1 || n != 1 || body[0] != 1)
            return false;
        break;
    case RECORD_ALERT:
        if (length < ALERT_ENCRYPTED_LEAST && (length != ALERT_BYTES || n != ALERT_BYTES || !body[0] || body[0] > 2))
            return false;
        break;
    case RECORD_HEARTBEAT: return false;
    default:
        if (!length)
            return false;
        break;
    }
    return b.n < after + RECORD_HEADER ? b.n <= after || (b.p[after] >= RECORD_CCS && b.p[after] <= RECORD_HEARTBEAT)
                                       : record_plausible(b.p + after);
}

void tls_bytes(struct tls *t, struct bytes b, bool starts, struct tls_place at)
{
    t->bytes += b.n;
    if (t->mode == TLS_SEEK || t->mode == TLS_LOST) {
        if (!starts || !begins_record(b)) {
            t->sought += b.n;
            if (t->sought > CAP_SEEK_BYTES)
                t->mode = TLS_OFF;
            return;
        }
        t->record = (struct record_reader){ 0 };
        t->lost = true;
        t->mode = TLS_LOST;
    }
    walk(t, b, at);
}

/* The message that misses bytes may be over with them. */
static void gap_in_handshake(struct tls *t, uint64_t n, struct tls_place at)
{
    bool pending = handshake_pending(&t->handshake);
    if (!handshake_gap(&t->handshake, n)) {
        abandon(t, at);
        t->lost = true;
        t->feeding = false;
    } else if (pending && !handshake_pending(&t->handshake)) {
        on_message(t, at);
    }
}

void tls_gap(struct tls *t, uint64_t n, struct tls_place at)
{
    t->gap = true;
    if (t->mode == TLS_OFF || t->mode == TLS_SEEK)
        return;
    if (t->mode != TLS_START && t->mode != TLS_LOST && record_gap(&t->record, n)) {
        t->alert_level = 0;
        if (t->probing && t->ccs)
            hidden_handshake(t, at);
        t->alert_clear = t->probing = false;
        if (t->feeding)
            gap_in_handshake(t, n, at);
        return;
    }
    abandon(t, at);
    t->alert_level = 0;
    t->feeding = t->probing = false;
    t->lost = true;
    t->mode = t->mode == TLS_HIDDEN ? TLS_OFF : TLS_LOST;
    t->certain = false;
}

void tls_finish(struct tls *t)
{
    abandon(t, (struct tls_place){ 0 });
}
