/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/sealed.h"

#define PROMPT_NS 1000000000
#define ALERT_BYTES 3     /* level, description, and the record's real type */
#define FINISHED_HEADER 5 /* the message's four bytes, and that type */
#define SHA384_SUITE 0x1302
#define CCM_8_SUITE 0x1305

/* One direction's last records, in order, without the alert at the end. */
struct tail {
    struct tls_sealed last[TLS_SEALED];
    uint32_t kept;
    uint64_t all;
    struct tls_sealed alert; /* frame 0: none */
};

static uint16_t tag_bytes(uint16_t suite)
{
    return suite == CCM_8_SUITE ? 8 : 16;
}

static uint16_t alert_length(uint16_t suite)
{
    return (uint16_t)(ALERT_BYTES + tag_bytes(suite));
}

static uint16_t finished_length(uint16_t suite)
{
    return (uint16_t)(FINISHED_HEADER + (suite == SHA384_SUITE ? 48 : 32) + tag_bytes(suite));
}

static struct tail tail_of(const struct tls *t, uint16_t suite)
{
    struct tail out = { .all = t->data_records };
    uint64_t from = t->data_records > TLS_SEALED ? t->data_records - TLS_SEALED : 0;
    for (uint64_t n = from; n < t->data_records; n++)
        out.last[out.kept++] = t->sealed[n % TLS_SEALED];
    if (out.kept && out.last[out.kept - 1].length == alert_length(suite)) {
        out.alert = out.last[--out.kept];
        out.all--;
    }
    return out;
}

/* How many of it came after this frame. */
static uint8_t after(const struct tail *t, uint64_t frame)
{
    uint8_t n = 0;
    for (uint32_t i = 0; i < t->kept && n < SEALED_MANY; i++)
        if (t->last[i].frame > frame)
            n++;
    return n;
}

/* The records of `client` since the last of `server` before its last. */
static uint8_t last_flight(const struct tail *client, const struct tail *server)
{
    uint64_t before = 0;
    for (uint32_t i = 0; i < server->kept; i++)
        if (server->last[i].frame < client->last[client->kept - 1].frame)
            before = server->last[i].frame;
    return after(client, before);
}

static void set_first(const struct tail *tail, struct tls_place end, struct connection *c)
{
    uint64_t first = end.frame;
    for (int i = 0; i < 2 && c->ended; i++) {
        if (!tail[i].alert.frame || (first && tail[i].alert.frame >= first))
            continue;
        first = tail[i].alert.frame;
        c->side[i].ended_first = true;
        c->side[!i].ended_first = false;
    }
}

void sealed_join(const struct tls *client, const struct tls *server, struct tls_place end, struct connection *c)
{
    struct sealed *s = &c->sealed;
    *s = (struct sealed){ 0 };
    if (!server->server_hello || !hello_is13(server->hello.version))
        return;
    s->known = client->client_hello && !client->hello.early_data && !client->gap && !server->gap;
    const struct tail tail[2] = { tail_of(client, server->hello.cipher), tail_of(server, server->hello.cipher) };
    for (int i = 0; i < 2; i++)
        s->alert[i] = tail[i].alert.frame;
    s->client_records = tail[SIDE_CLIENT].all > UINT32_MAX ? UINT32_MAX : (uint32_t)tail[SIDE_CLIENT].all;
    set_first(tail, end, c);
    if (!tail[SIDE_CLIENT].kept)
        return;
    const struct tls_sealed *last = &tail[SIDE_CLIENT].last[tail[SIDE_CLIENT].kept - 1];
    const struct tls_sealed *alert = &tail[SIDE_SERVER].alert;
    s->finished_last = last->length == finished_length(server->hello.cipher);
    s->client_flight = last_flight(&tail[SIDE_CLIENT], &tail[SIDE_SERVER]);
    s->replies = after(&tail[SIDE_SERVER], last->frame);
    s->server_later = after(&tail[SIDE_SERVER], client->sealed_first.frame);
    s->prompt = alert->frame > last->frame && alert->time_ns - last->time_ns <= PROMPT_NS;
}

const struct tls_sealed *sealed_rejection(const struct tls *client, const struct tls *server)
{
    bool is13 = server->server_hello && hello_is13(server->hello.version);
    if (!is13 || client->data_records != 1 || client->gap || client->hello.early_data || !client->client_hello)
        return NULL;
    return client->sealed_first.length == alert_length(server->hello.cipher) ? &client->sealed_first : NULL;
}
