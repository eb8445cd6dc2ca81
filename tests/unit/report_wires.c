/* SPDX-License-Identifier: BSD-2-Clause */
/* The cases with connections: a capture as an administrator would make one, a hostile one, and a flood. */
#include "report_cases.h"
#include "report_certs.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY 86400
#define NOW 1726999847 /* 2024-09-22T10:10:47Z */
#define PACKET_NS 1726805447123456000
#define SECOND_NS 1000000000
#define FLOOD 100000

#define CA "title=InternalCA, OU=Intrusion Management System, CN=" UUID ", O=Sourcefire, Inc."
#define UUID "06f5f3ca-c77b-11e2-81bf-884d9d11f3ef"
#define OTHER_UUID "8d1a7f4a-e5b1-11ed-9f3a-0123456789ab"
#define OTHER_CA "title=InternalCA, OU=Intrusion Management System, CN=" OTHER_UUID ", O=Cisco Systems, Inc"

enum { CA_EXPIRED, LEAF, CA_NEW, CLIENT_LEAF, WEAK, UNREADABLE };

static struct cert fixture(const char *subject, const char *issuer, int64_t from, int64_t to)
{
    return (struct cert){ .subject = subject,
        .issuer = issuer,
        .serial = (char *)"00",
        .not_before = from,
        .not_after = to,
        .version = 1,
        .signature = (char *)"sha256WithRSAEncryption",
        .key = (char *)"RSA 2048" };
}

static void add_certificates(struct casefile *c)
{
    int64_t packet = PACKET_NS / SECOND_NS;
    c->certs = certs_new();
    struct cert one = fixture(CA, CA, packet - 3653 * DAY, packet - 3 * DAY);
    one.self_issued = one.self_signed = one.internal_ca = true;
    one.ca_uuid = (char *)UUID;
    report_certs_add(c->certs, &one);
    one = fixture("CN=5c3b6b4e-0d6a-11ee-8d7a-b9c0d1e2f3a4, O=Cisco", CA, packet - 400 * DAY, packet + 3000 * DAY);
    one.version = 3;
    one.serial = (char *)"1000";
    report_certs_add(c->certs, &one);
    one = fixture(CA, CA, packet - 2 * DAY, packet + 3650 * DAY);
    one.self_issued = one.self_signed = one.internal_ca = true;
    report_certs_add(c->certs, &one);
    one = fixture("CN=ftd-paris, O=Cisco", OTHER_CA, packet - 400 * DAY, NOW + 33 * DAY + 5);
    report_certs_add(c->certs, &one);
    one = fixture("O=Some Lab", "O=Some Lab", packet + 2 * DAY, packet + 5 * DAY);
    one.signature = (char *)"sha1WithRSAEncryption";
    one.key = (char *)"RSA 1024";
    one.weak_key = one.weak_digest = one.self_issued = one.self_signed = true;
    report_certs_add(c->certs, &one);
    report_certs_add(c->certs, &(struct cert){ .unreadable = true, .subject = "", .issuer = "" });
}

static struct endpoint four(unsigned last, uint16_t port)
{
    return (struct endpoint){
        { [10] = 0xff, [11] = 0xff, [12] = 10, [13] = 48, [14] = (uint8_t)(last >> 8), [15] = (uint8_t)last }, port
    };
}

static struct endpoint six(uint8_t last, uint16_t port)
{
    return (struct endpoint){ { [0] = 0x20, [1] = 0x01, [2] = 0x0d, [3] = 0xb8, [15] = last }, port };
}

static struct wire *add_wire(struct casefile *c, enum verdict_id verdict, enum connection_state state)
{
    uint32_t number = (uint32_t)c->wire_count;
    c->wires = mem_grow(c->wires, &c->wire_capacity, c->wire_count + 1, sizeof *c->wires);
    struct wire *w = &c->wires[c->wire_count++];
    *w = (struct wire){
        .stream = number,
        .side = { { .at = four(79 << 8 | 23, (uint16_t)(49765 + number % 10000)) },
            { .at = four(79 << 8 | 232, 8305) } },
        .version = 0x0303,
        .offered = 0x0303,
        .cipher = 0x009d,
        .state = (uint8_t)state,
        .direction_known = true,
        .first_frame = number * 20 + 1,
        .last_frame = number * 20 + 18,
        .first_ns = PACKET_NS + (int64_t)number * 7 * SECOND_NS,
        .last_ns = PACKET_NS + (int64_t)number * 7 * SECOND_NS + SECOND_NS / 4,
        .verdict = verdict,
        .severity = verdict_info(verdict)->severity,
        .confidence = CONFIDENCE_HIGH,
        .summary = verdict_info(verdict)->title,
        .next = verdict_info(verdict)->next[0],
        .finding = FINDING_NONE,
    };
    return w;
}

static void set_chain(struct wire *w, enum side side, size_t count, const uint32_t *chain)
{
    struct wire_side *s = &w->side[side];
    s->chain = mem_zalloc(count, sizeof *s->chain);
    memcpy(s->chain, chain, count * sizeof *s->chain);
    s->chain_count = (uint16_t)count;
    s->seen = CERTIFICATES_ALL;
    s->certificate_frame = w->first_frame + 5 + side;
}

static struct chain_fault *add_fault(struct wire *w, enum side side, enum chain_fault_kind kind, uint16_t depth)
{
    struct wire_side *s = &w->side[side];
    s->faults = mem_resize(s->faults, s->fault_count + 1u, sizeof *s->faults);
    struct chain_fault *f = &s->faults[s->fault_count++];
    *f = (struct chain_fault){ .kind = kind, .depth = depth, .then = true, .now = true };
    return f;
}

static void add_alert(struct wire *w, enum side from, int description)
{
    w->alerts = mem_resize(w->alerts, w->alert_count + 1u, sizeof *w->alerts);
    w->alerts[w->alert_count++] = (struct wire_alert){
        .from = from,
        .encrypted = description < 0,
        .level = description < 0 ? 0 : 2,
        .description = description < 0 ? 0 : (uint8_t)description,
        .frame = w->first_frame + 9,
        .time_ns = w->first_ns + SECOND_NS / 5,
    };
}

static void set_accepted(struct wire *w, size_t count, const char *name)
{
    w->accepted = mem_zalloc(count, sizeof *w->accepted);
    w->accepted_names = mem_zalloc(count, sizeof *w->accepted_names);
    for (size_t i = 0; i < count; i++)
        w->accepted[i] = name;
    w->accepted_count = (uint16_t)count;
    w->certificate_requested = true;
}

static void add_capture(struct casefile *c, const char *path, uint64_t frames)
{
    c->sources = mem_grow(c->sources, &c->source_capacity, c->source_count + 1, sizeof *c->sources);
    c->sources[c->source_count++] = (struct source){
        .path = mem_strdup(path),
        .kind = SOURCE_CAPTURE,
        .unit = UNIT_NONE,
        .n = { .bytes = 40000 },
        .frames = frames,
        .first = civil_from_unix(PACKET_NS / SECOND_NS),
        .last = civil_from_unix(PACKET_NS / SECOND_NS + 100),
    };
}

static void expired_ca(struct casefile *c)
{
    static const uint32_t chain[] = { LEAF, CA_EXPIRED };
    struct wire *w = add_wire(c, VERDICT_CA_EXPIRED, CONNECTION_HANDSHAKE);
    set_chain(w, SIDE_SERVER, 2, chain);
    add_fault(w, SIDE_SERVER, CHAIN_EXPIRED, 1)->seconds = -3 * DAY;
    add_alert(w, SIDE_CLIENT, 45);
    set_accepted(w, 1, CA);
    w->offered = 0x0304;
    w->side[SIDE_CLIENT].rst = true;
    w->summary = "the client rejected the server's chain: its CA expired 3 days before this packet";
}

static void healthy(struct casefile *c)
{
    static const uint32_t server[] = { LEAF, CA_NEW }, client[] = { CLIENT_LEAF, CA_NEW };
    struct wire *w = add_wire(c, VERDICT_HEALTHY, CONNECTION_COMPLETE);
    set_chain(w, SIDE_SERVER, 2, server);
    set_chain(w, SIDE_CLIENT, 2, client);
    w->next = NULL;
    w->summary = "both chains were accepted";
    w = add_wire(c, VERDICT_HEALTHY, CONNECTION_COMPLETE);
    w->resumed = true;
    w->next = NULL;
}

static void new_protocol(struct casefile *c)
{
    struct wire *w = add_wire(c, VERDICT_INSUFFICIENT, CONNECTION_COMPLETE);
    w->side[SIDE_CLIENT].at = six(1, 40000);
    w->side[SIDE_SERVER].at = six(2, 8305);
    w->version = w->offered = 0x0304;
    w->cipher = 0x1302;
    w->post_handshake_auth = w->early_end = w->hello_retry = true;
    w->side[SIDE_CLIENT].fin = w->side[SIDE_SERVER].fin = true;
    add_alert(w, SIDE_SERVER, -1);
}

static void without_handshake(struct casefile *c)
{
    struct wire *w = add_wire(c, VERDICT_NETWORK, CONNECTION_REFUSED);
    w->version = w->offered = w->cipher = 0;
    w->side[SIDE_SERVER].rst = true;
    for (int i = 0; i < 2; i++) {
        w = add_wire(c, VERDICT_INSUFFICIENT, CONNECTION_MID_STREAM);
        w->direction_known = false;
        w->version = w->offered = w->cipher = 0;
        w->side[SIDE_SERVER].at.port = 8305;
    }
}

/* Everything that can be wrong with two chains. */
static void broken(struct casefile *c)
{
    static const uint32_t server[] = { LEAF, CA_NEW, UNREADABLE, WEAK }, client[] = { CLIENT_LEAF };
    struct wire *w = add_wire(c, VERDICT_CA_MISMATCH, CONNECTION_HANDSHAKE);
    set_chain(w, SIDE_SERVER, 4, server);
    set_chain(w, SIDE_CLIENT, 1, client);
    w->side[SIDE_CLIENT].seen = CERTIFICATES_PARTIAL;
    add_fault(w, SIDE_SERVER, CHAIN_WRONG_SIGNATURE, 0);
    add_fault(w, SIDE_SERVER, CHAIN_WRONG_ISSUER, 1);
    add_fault(w, SIDE_SERVER, CHAIN_UNREADABLE, 2);
    add_fault(w, SIDE_SERVER, CHAIN_NOT_YET_VALID, 3)->seconds = 2 * DAY;
    add_fault(w, SIDE_SERVER, CHAIN_WEAK_DIGEST, 3);
    add_fault(w, SIDE_SERVER, CHAIN_WEAK_KEY, 3);
    add_fault(w, SIDE_CLIENT, CHAIN_EXPIRING, 0)->seconds = 35 * DAY;
    add_fault(w, SIDE_CLIENT, CHAIN_NOT_ACCEPTED, 0);
    add_alert(w, SIDE_CLIENT, 51);
    add_alert(w, SIDE_SERVER, 222);
    set_accepted(w, 7, OTHER_CA);
    w->accepted_more = true;
    w->alerts_more = 3;
    w->malformed = 1;
    w->renegotiations = 2;
    w->side[SIDE_SERVER].gaps = 2;
    w->side[SIDE_SERVER].gap_bytes = 1460;
    w->side[SIDE_SERVER].gap_at = 1024;
    w->side[SIDE_CLIENT].conflicts = 3;
    w->cipher = 0xc0ff;
    w = add_wire(c, VERDICT_REJECTED, CONNECTION_HANDSHAKE);
    w->side[SIDE_CLIENT].seen = CERTIFICATES_EMPTY;
    w->side[SIDE_SERVER].seen = CERTIFICATES_MALFORMED;
    add_fault(w, SIDE_CLIENT, CHAIN_MISSING, 0);
    w->certificate_requested = true;
    w->version = 0x0505;
}

void report_wires(struct report_case *rc)
{
    struct casefile *c = &rc->c;
    c->now = NOW;
    add_capture(c, "tunnel.pcap", 320);
    c->sources[0].dropped = 4;
    c->sources[0].partial = true;
    add_certificates(c);
    for (int i = 0; i < 12; i++)
        expired_ca(c);
    healthy(c);
    new_protocol(c);
    without_handshake(c);
    broken(c);
}

void report_wires_hostile(struct report_case *rc, const char *hostile)
{
    static const uint32_t chain[] = { 0, 77, CERT_NONE };
    struct casefile *c = &rc->c;
    add_capture(c, hostile, UINT64_MAX);
    c->certs = certs_new();
    struct cert one = fixture(hostile, hostile, CERT_TIME_NONE, INT32_MAX);
    one.serial = one.signature = one.key = one.ca_uuid = (char *)hostile;
    one.internal_ca = true;
    report_certs_add(c->certs, &one);
    struct wire *w = add_wire(c, VERDICT_INTERCEPTED, CONNECTION_HANDSHAKE);
    set_chain(w, SIDE_CLIENT, 3, chain);
    set_chain(w, SIDE_SERVER, 3, chain);
    for (int k = 0; k < CHAIN_FAULTS; k++)
        add_fault(w, SIDE_SERVER, (enum chain_fault_kind)k, 0)->seconds = INT64_MIN;
    set_accepted(w, 9, hostile);
    add_alert(w, SIDE_CLIENT, 255);
    w->summary = w->next = hostile;
    w->source = 77; /* no such source */
    w->finding = 12345;
    w->first_ns = INT64_MIN;
    w->last_ns = INT64_MAX;
    w = add_wire(c, VERDICT_HEALTHY, CONNECTION_COMPLETE);
    w->summary = hostile;
    w = add_wire(c, VERDICT_INSUFFICIENT, CONNECTION_SYN_ONLY);
    w->summary = w->next = NULL;
    w->first_ns = w->last_ns = 0;
    w->first_frame = w->last_frame = 0;
    w->certificate_requested = true;
}

/* Half of them one peer that tries again and again, half of them each from another address. */
void report_wires_flood(struct report_case *rc)
{
    struct casefile *c = &rc->c;
    c->now = NOW;
    add_capture(c, "flood.pcapng", FLOOD * 20);
    add_certificates(c);
    for (unsigned i = 0; i < FLOOD; i++) {
        if (i % 2)
            expired_ca(c);
        else
            add_wire(c, i % 100 ? VERDICT_NETWORK : VERDICT_HEALTHY, CONNECTION_SYN_ONLY)->side[SIDE_CLIENT].at =
                (struct endpoint){ { [10] = 0xff,
                                       [11] = 0xff,
                                       [12] = 10,
                                       [13] = (uint8_t)(i >> 16),
                                       [14] = (uint8_t)(i >> 8),
                                       [15] = (uint8_t)i },
                    40000 };
    }
}
