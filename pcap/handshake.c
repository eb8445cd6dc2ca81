/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/handshake.h"

#include "base/caps.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define COLLECTED_FIRST 2048 /* bytes, or the message's if it is shorter: a chain of two certificates */

void handshake_init(struct handshake *h, size_t *used)
{
    *h = (struct handshake){ .used = used };
}

static void drop(struct handshake *h)
{
    *h->used -= h->body_capacity;
    free(h->body);
    h->body = NULL;
    h->body_length = h->body_capacity = 0;
}

void handshake_clear(struct handshake *h)
{
    drop(h);
    handshake_init(h, h->used);
}

bool handshake_pending(const struct handshake *h)
{
    return h->inside ? h->left > 0 : h->have > 0;
}

/* The types of all versions and of the extensions in use (IANA, TLS HandshakeType). */
static bool known(uint8_t type)
{
    return type <= HANDSHAKE_RETRY || type == 8 || (type >= HANDSHAKE_CERTIFICATE && type <= HANDSHAKE_CLIENT_KEY) ||
           (type >= HANDSHAKE_FINISHED && type <= 25) || type == 67 || type == 203 || type == 254;
}

static bool collected(uint8_t type)
{
    return type == HANDSHAKE_CLIENT_HELLO || type == HANDSHAKE_SERVER_HELLO || type == HANDSHAKE_CERTIFICATE ||
           type == HANDSHAKE_REQUEST;
}

static void collect(struct handshake *h, struct bytes b)
{
    size_t room = CAP_HANDSHAKE_BYTES - h->body_length, n = b.n < room ? b.n : room;
    if (!collected(h->type) || h->broken || !n)
        return;
    if (h->body_length + n > h->body_capacity) {
        size_t capacity = h->body_capacity ? h->body_capacity * 2 : COLLECTED_FIRST;
        while (capacity < h->body_length + n)
            capacity *= 2;
        if (capacity > h->length)
            capacity = h->length; /* not below what is there: the message's own bytes */
        *h->used += capacity - h->body_capacity;
        h->body = mem_resize(h->body, capacity, 1);
        h->body_capacity = capacity;
    }
    memcpy(h->body + h->body_length, b.p, n);
    h->body_length += n;
}

enum handshake_step handshake_next(struct handshake *h, struct cursor *piece)
{
    if (h->inside && !h->left) { /* was handed over */
        drop(h);
        handshake_init(h, h->used);
    }
    while (!h->inside) {
        if (!cursor_left(piece))
            return HANDSHAKE_MORE;
        h->head[h->have++] = cursor_u8(piece);
        if (h->have < sizeof h->head)
            continue;
        h->inside = true;
        h->type = h->head[0];
        h->length = h->left = (uint32_t)h->head[1] << 16 | (uint32_t)h->head[2] << 8 | h->head[3];
        h->over = h->length > CAP_HANDSHAKE_BYTES;
        if (!known(h->type) || (h->over && !collected(h->type)))
            return HANDSHAKE_BAD;
    }
    struct bytes b = cursor_take(piece, cursor_left(piece) < h->left ? cursor_left(piece) : h->left);
    collect(h, b);
    h->left -= (uint32_t)b.n;
    return h->left ? HANDSHAKE_MORE : HANDSHAKE_MESSAGE;
}

bool handshake_gap(struct handshake *h, uint64_t n)
{
    if (!h->inside || n > h->left)
        return false;
    h->left -= (uint32_t)n;
    h->broken = h->broken || n;
    return true;
}

static bool strict_hello(struct cursor c)
{
    uint16_t version = cursor_u16(&c);
    cursor_skip(&c, 32);
    uint8_t id = cursor_u8(&c);
    return !c.failed && (version >> 8 == 0x7f || (version >> 8 == 3 && version <= 0x304 && id <= 32));
}

static bool strict_certificates(struct cursor c, size_t length)
{
    uint32_t list = cursor_u24(&c), first = cursor_u24(&c);
    return !c.failed && length == list + 3 && list >= 3 && first && first <= list - 3 && cursor_u8(&c) == 0x30;
}

bool handshake_strict(const uint8_t *p, size_t n, size_t record)
{
    struct cursor c = cursor_of(p, n);
    uint8_t type = cursor_u8(&c);
    size_t length = cursor_u24(&c);
    bool inside = !c.failed && length + sizeof((struct handshake *)0)->head <= record;
    switch (type) {
    case HANDSHAKE_CLIENT_HELLO:
    case HANDSHAKE_SERVER_HELLO: return inside && strict_hello(c);
    case HANDSHAKE_CERTIFICATE: return length <= CAP_HANDSHAKE_BYTES && strict_certificates(c, length);
    case HANDSHAKE_DONE: return inside && !length;
    case HANDSHAKE_TICKET:
    case HANDSHAKE_SERVER_KEY:
    case HANDSHAKE_REQUEST:
    case HANDSHAKE_VERIFY:
    case HANDSHAKE_CLIENT_KEY: return inside && length;
    default: return false;
    }
}

static void add(struct der_list *list, size_t *capacity, struct bytes item)
{
    list->item = mem_grow(list->item, capacity, list->count + 1, sizeof *list->item);
    list->item[list->count++] = item;
}

enum certificates_seen handshake_certificates(struct bytes body, size_t length, struct der_list *list)
{
    *list = (struct der_list){ 0 };
    struct cursor c = cursor_of(body.p, body.n);
    size_t capacity = 0, left = cursor_u24(&c);
    if (c.failed)
        return body.n < length ? CERTIFICATES_PARTIAL : CERTIFICATES_MALFORMED;
    if (left + 3 != length)
        return CERTIFICATES_MALFORMED;
    if (!left)
        return CERTIFICATES_EMPTY;
    while (left) {
        size_t n = cursor_u24(&c);
        if (c.failed)
            return body.n < length && left >= 3 ? CERTIFICATES_PARTIAL : CERTIFICATES_MALFORMED;
        if (left < 3 || n > left - 3 || !n)
            return CERTIFICATES_MALFORMED;
        struct bytes certificate = cursor_take(&c, n);
        if (c.failed || list->count == CAP_PRESENTED)
            return CERTIFICATES_PARTIAL;
        add(list, &capacity, certificate);
        left -= n + 3;
    }
    return CERTIFICATES_ALL;
}

bool handshake_names(struct bytes body, uint16_t version, struct der_list *list)
{
    *list = (struct der_list){ 0 };
    size_t capacity = 0;
    struct cursor c = cursor_of(body.p, body.n);
    cursor_skip(&c, cursor_u8(&c)); /* certificate_types */
    if (version >= 0x0303)
        cursor_skip(&c, cursor_u16(&c)); /* supported_signature_algorithms */
    struct cursor names = cursor_child(&c, cursor_u16(&c));
    while (cursor_left(&names) && list->count < CAP_PRESENTED) {
        struct bytes name = cursor_take(&names, cursor_u16(&names));
        if (names.failed)
            return false;
        add(list, &capacity, name);
    }
    return !c.failed && cursor_done(&c);
}
