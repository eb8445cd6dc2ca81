/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list of DER to verdicts. The input is connections: a byte of flags each, a byte for what was seen, an alert, and
 * then length-prefixed pieces (u16) that are certificates of the server, of the client, or accepted names. Whatever
 * they are, every connection gets a verdict with words, the same one in the opposite order of reading, and nothing is
 * left over.
 */
#include "tests/fuzz/fuzz.h"

#include "agent/diagnosis/diagnose.h"
#include "base/caps.h"
#include "base/cursor.h"
#include "base/mem.h"

#include <stdlib.h>

#define CONNECTIONS 4
#define PIECES 8

struct piece {
    struct connection c;
    struct bytes server[PIECES], client[PIECES], accepted[PIECES];
};

static void address(struct endpoint *e, uint8_t last, uint16_t port)
{
    *e = (struct endpoint){ .ip = { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = last }, .port = port };
}

static void flags(struct connection *c, struct cursor *in)
{
    uint8_t bits = cursor_u8(in), how = cursor_u8(in), alert = cursor_u8(in);
    c->state = (enum connection_state)(how % CONNECTION_STATES);
    c->version = bits & 1 ? 0x0304 : 0x0303;
    c->direction_known = bits & 2;
    c->resumed = bits & 4;
    c->early_end = c->ended = bits & 8;
    c->renegotiations = bits & 16 ? 1 : 0;
    c->client_hello = c->server_hello = c->state >= CONNECTION_HANDSHAKE;
    c->first_ns = (int64_t)(bits & 32 ? 1726804800 : 1400000000) * 1000000000;
    c->last_ns = c->first_ns + (bits & 64 ? 60000000000 : 1000000);
    c->side[0].seen = c->side[1].seen =
        (enum certificates_seen)(how / CONNECTION_STATES % (CERTIFICATES_MALFORMED + 1));
    if (bits & 128)
        c->alerts[c->alert_count++] =
            (struct wire_alert){ .from = (enum side)(alert & 1), .level = 2, .description = alert >> 1, .frame = 3 };
}

static void pieces(struct piece *p, struct cursor *in)
{
    struct connection *c = &p->c;
    for (size_t n = cursor_u8(in) % PIECES, i = 0; i < n; i++) {
        uint8_t kind = cursor_u8(in) % 3;
        struct bytes b = cursor_take(in, cursor_u16(in));
        if (kind == 0)
            p->server[c->side[1].certificate_count++] = b;
        else if (kind == 1)
            p->client[c->side[0].certificate_count++] = b;
        else
            p->accepted[c->accepted_count++] = b;
    }
    c->side[0].certificates = p->client;
    c->side[1].certificates = p->server;
    c->accepted = p->accepted;
}

static void read_case(struct casefile *c, struct piece *p, size_t count, bool reversed)
{
    casefile_source(c, "x.pcap", SOURCE_CAPTURE, UNIT_NONE);
    c->now = 1726900000;
    for (size_t i = 0; i < count; i++)
        casefile_wire(c, 0, &p[reversed ? count - 1 - i : i].c);
}

static void check_cert(const struct cert *c)
{
    struct buf b = { 0 };
    cert_print_pem(&b, c->der);
    cert_print_hash(&b, c->sha256);
    FUZZ_ASSERT(c->unreadable || (c->serial[0] && c->signature[0] && c->key[0]));
    FUZZ_ASSERT(strlen(c->subject) <= CAP_DN_BYTES + 3 && strlen(c->issuer) <= CAP_DN_BYTES + 3);
    buf_clear(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cursor_of(data, size);
    struct piece *p = mem_zalloc(CONNECTIONS, sizeof *p);
    size_t count = 0;
    for (; count < CONNECTIONS && cursor_left(&in) && !in.failed; count++) {
        p[count].c.stream = (uint32_t)count;
        address(&p[count].c.side[0].at, (uint8_t)(count & 1), (uint16_t)(40000 + count));
        address(&p[count].c.side[1].at, 9, 8305);
        flags(&p[count].c, &in);
        pieces(&p[count], &in);
    }
    struct casefile c[2] = { { 0 }, { 0 } };
    struct diagnosis d[2];
    for (int i = 0; i < 2; i++) {
        read_case(&c[i], p, count, i == 1);
        diagnose(&c[i], &d[i]);
    }
    for (size_t i = 0; i < count; i++) {
        const struct wire *a = &c[0].wires[i], *b = &c[1].wires[count - 1 - i];
        FUZZ_ASSERT(a->summary[0] && a->next[0]);
        FUZZ_ASSERT(a->verdict == b->verdict && a->confidence == b->confidence && a->severity == b->severity);
        FUZZ_ASSERT(strcmp(a->summary, b->summary) == 0 && a->finding == b->finding);
    }
    for (uint32_t i = 0; c[0].certs && i < certs_count(c[0].certs); i++)
        check_cert(certs_get(c[0].certs, i));
    for (int i = 0; i < 2; i++) {
        diagnosis_clear(&d[i]);
        casefile_clear(&c[i]);
    }
    free(p);
    return 0;
}
