/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/hello.h"

#include "base/strings.h"

#include <string.h>

enum extension {
    EXTENSION_TICKET = 35,
    EXTENSION_PSK = 41,
    EXTENSION_EARLY_DATA = 42,
    EXTENSION_VERSIONS = 43,
    EXTENSION_POST_HANDSHAKE_AUTH = 49,
};

/* ServerHello.random of a HelloRetryRequest (RFC 8446, 4.1.3). */
static const uint8_t retry_random[32] = { 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e,
    0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c };

bool hello_is13(uint16_t version)
{
    return version == VERSION_TLS13 || version >> 8 == 0x7f;
}

static bool known(uint16_t version)
{
    return version >> 8 == 3 || version >> 8 == 0x7f;
}

/* In order of age: drafts of TLS 1.3 stand between 1.2 and 1.3. */
static unsigned age(uint16_t version)
{
    return version >> 8 == 0x7f ? 0x03031000U + version : (unsigned)version << 16;
}

static void session_id(struct cursor *c, struct hello *h)
{
    struct bytes id = cursor_take(c, cursor_u8(c));
    if (id.n > sizeof h->session_id) {
        c->failed = true;
        return;
    }
    h->session_id_length = (uint8_t)id.n;
    if (id.n)
        memcpy(h->session_id, id.p, id.n);
}

static void versions(struct cursor *e, struct hello *h, bool client)
{
    if (!client) {
        uint16_t v = cursor_u16(e);
        if (!e->failed && known(v))
            h->version = v;
        return;
    }
    struct cursor list = cursor_child(e, cursor_u8(e));
    while (cursor_left(&list) >= 2) {
        uint16_t v = cursor_u16(&list);
        if (known(v) && age(v) > age(h->version))
            h->version = v;
    }
}

static void extension(uint16_t type, struct cursor *e, struct hello *h, bool client)
{
    switch (type) {
    case EXTENSION_VERSIONS: versions(e, h, client); break;
    case EXTENSION_POST_HANDSHAKE_AUTH: h->post_handshake_auth |= client; break;
    case EXTENSION_EARLY_DATA: h->early_data |= client; break;
    case EXTENSION_PSK: h->psk = true; break;
    case EXTENSION_TICKET: h->ticket |= client && cursor_left(e); break;
    default: break;
    }
}

/* The list at the end, which SSL 3 does without. */
static void extensions(struct cursor *c, struct hello *h, bool client)
{
    if (c->failed || !cursor_left(c))
        return;
    struct cursor list = cursor_child(c, cursor_u16(c));
    while (cursor_left(&list)) {
        uint16_t type = cursor_u16(&list);
        struct cursor e = cursor_child(&list, cursor_u16(&list));
        if (list.failed) {
            c->failed = true;
            return;
        }
        extension(type, &e, h, client);
    }
}

bool hello_client(struct bytes body, struct hello *h)
{
    struct cursor c = cursor_of(body.p, body.n);
    *h = (struct hello){ .version = cursor_u16(&c) };
    if (!known(h->version))
        c.failed = true;
    struct bytes random = cursor_take(&c, sizeof retry_random);
    if (random.n)
        h->random = hash_bytes(random.p, random.n) | 1;
    session_id(&c, h);
    uint16_t ciphers = cursor_u16(&c);
    cursor_skip(&c, ciphers);
    uint8_t compressions = cursor_u8(&c);
    cursor_skip(&c, compressions);
    if (!ciphers || ciphers % 2 || !compressions)
        c.failed = true;
    extensions(&c, h, true);
    return cursor_done(&c);
}

bool hello_server(struct bytes body, struct hello *h)
{
    struct cursor c = cursor_of(body.p, body.n);
    *h = (struct hello){ .version = cursor_u16(&c) };
    if (!known(h->version))
        c.failed = true;
    bool draft = h->version >> 8 == 0x7f; /* until draft 21: neither session id nor compression */
    struct bytes random = cursor_take(&c, sizeof retry_random);
    h->retry = random.n && !memcmp(random.p, retry_random, sizeof retry_random);
    if (!draft)
        session_id(&c, h);
    h->cipher = cursor_u16(&c);
    if (!draft)
        cursor_skip(&c, 1);
    extensions(&c, h, false);
    return cursor_done(&c);
}

bool hello_ssl2(struct bytes head, size_t length, struct hello *h)
{
    struct cursor c = cursor_of(head.p, head.n);
    uint8_t type = cursor_u8(&c);
    *h = (struct hello){ .version = cursor_u16(&c) };
    size_t ciphers = cursor_u16(&c), id = cursor_u16(&c), challenge = cursor_u16(&c);
    return cursor_done(&c) && type == 1 && ciphers && ciphers % 3 == 0 &&
           HELLO_SSL2 + ciphers + id + challenge == length && (h->version == 2 || h->version >> 8 == 3);
}
