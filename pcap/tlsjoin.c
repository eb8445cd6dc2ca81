/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/tlsjoin.h"

#include "pcap/sealed.h"

#include <string.h>

#define EARLY_NS 1000000000
#define ALERT_FATAL 2

/* Stands for a direction of which nothing was seen. */
static const struct tls nothing;

static bool is_client(const struct tls *t)
{
    return t && (t->client_hello || t->client_key || t->verify);
}

static bool is_server(const struct tls *t)
{
    return t && (t->server_hello || t->done || t->request);
}

int tlsjoin_client(const struct tls *first, const struct tls *second)
{
    if (is_client(first) != is_client(second))
        return is_client(first) ? 0 : 1;
    if (is_server(first) != is_server(second))
        return is_server(first) ? 1 : 0;
    return -1;
}

/* Its Finished, or what must be it: in TLS 1.3, and where a gap has swallowed it. */
static bool finished(const struct tls *t, uint16_t version)
{
    if (hello_is13(version))
        return t->data_records;
    return (t->ccs && t->hidden_handshakes) || (t->data_records && t->gap);
}

static uint16_t version_of(const struct tls *server)
{
    return server->server_hello ? server->hello.version : 0;
}

/* An alert that ends the connection; encrypted: that can't be read, and may be a farewell. */
static bool alert(const struct tls *t, bool encrypted)
{
    for (uint32_t i = 0; i < t->alert_count; i++)
        if (encrypted ? t->alerts[i].encrypted : !t->alerts[i].encrypted && t->alerts[i].level == ALERT_FATAL)
            return true;
    return false;
}

static bool complete(const struct tls *client, const struct tls *server, uint16_t version)
{
    if (sealed_rejection(client, server))
        return false;
    bool both = finished(client, version) && finished(server, version);
    if (both || (client->records && server->records))
        return both;
    const struct tls *seen = client->records ? client : server; /* of one end alone: it went on after its Finished */
    return finished(seen, version) && seen->data_records;
}

bool tlsjoin_failed(const struct tls *client, const struct tls *server)
{
    client = client ? client : &nothing;
    server = server ? server : &nothing;
    return alert(client, false) || alert(server, false) || sealed_rejection(client, server);
}

bool tlsjoin_decided(const struct tls *client, const struct tls *server)
{
    client = client ? client : &nothing;
    server = server ? server : &nothing;
    return alert(client, true) || alert(server, true) || complete(client, server, version_of(server));
}

static void fill_side(const struct tls *t, uint16_t version, struct connection_side *side)
{
    side->tls = t->records;
    side->certificates = t->certificates.item;
    side->certificate_count = t->certificates.count;
    side->seen = t->seen;
    side->certificate_frame = t->certificate.frame;
    side->certificate_time_ns = t->certificate.time_ns;
    side->finished = finished(t, version);
    side->encrypted = t->hidden_handshakes || t->data_records || (t->ccs && !hello_is13(version));
}

/* Both sides' alerts in the order of their frames. */
static void fill_alerts(const struct tls *side[2], struct connection *c)
{
    uint32_t at[2] = { 0, 0 };
    c->alert_count = 0;
    c->alerts_more = side[0]->alerts_more + side[1]->alerts_more;
    while (at[0] < side[0]->alert_count || at[1] < side[1]->alert_count) {
        int from = at[0] >= side[0]->alert_count ||
                   (at[1] < side[1]->alert_count && side[1]->alerts[at[1]].frame < side[0]->alerts[at[0]].frame);
        struct wire_alert a = side[from]->alerts[at[from]++];
        a.from = from ? SIDE_SERVER : SIDE_CLIENT;
        if (c->alert_count < CONNECTION_ALERTS)
            c->alerts[c->alert_count++] = a;
        else
            c->alerts_more++;
    }
}

/* An alert that only its length shows. */
static void add_rejection(const struct tls_sealed *rejection, struct connection *c)
{
    struct wire_alert a = { SIDE_CLIENT, true, 0, 0, rejection->frame, rejection->time_ns };
    if (c->alert_count < CONNECTION_ALERTS)
        c->alerts[c->alert_count++] = a;
    else
        c->alerts_more++;
}

static bool resumed(const struct tls *client, const struct tls *server, uint16_t version)
{
    if (hello_is13(version))
        return server->hello.psk;
    if (server->server_hello)
        return server->ccs && !server->done && server->seen == CERTIFICATES_NONE && !server->gap;
    return client->client_hello && client->ccs && !client->client_key && !client->gap && !client->data_records &&
           (client->hello.session_id_length || client->hello.ticket) && client->hidden_handshakes;
}

static uint32_t renegotiations(const struct tls *t)
{
    return t->hidden_handshakes - (t->ccs && t->hidden_handshakes); /* the first is its Finished */
}

static enum connection_state state(const struct tls *client, const struct tls *server, const struct connection *c)
{
    if (!client->records && !server->records) {
        const struct connection_side *s = c->side;
        if (s[0].bytes || s[1].bytes)
            return CONNECTION_NOT_TLS;
        return (s[SIDE_SERVER].rst && !s[SIDE_SERVER].syn) ? CONNECTION_REFUSED : CONNECTION_SYN_ONLY;
    }
    bool clear = is_client(client) || is_server(server) || client->seen || server->seen || client->ccs || server->ccs;
    bool alert = (client->certain && client->alert_count) || (server->certain && server->alert_count);
    if (!clear && !alert)
        return CONNECTION_MID_STREAM;
    return complete(client, server, c->version) ? CONNECTION_COMPLETE : CONNECTION_HANDSHAKE;
}

static bool early_end(const struct tls *client, const struct tls *server, int64_t ended_ns)
{
    int64_t last = client->hidden.time_ns > server->hidden.time_ns ? client->hidden.time_ns : server->hidden.time_ns;
    bool any = client->hidden.frame || server->hidden.frame;
    return any && ended_ns >= last && ended_ns - last <= EARLY_NS;
}

void tlsjoin(const struct tls *client, const struct tls *server, struct tls_place end, struct connection *c)
{
    client = client ? client : &nothing;
    server = server ? server : &nothing;
    c->version = version_of(server);
    c->offered = client->client_hello ? client->hello.version : 0;
    c->client_random = client->client_hello ? client->hello.random : 0;
    c->cipher = server->server_hello ? server->hello.cipher : 0;
    c->client_hello = client->client_hello;
    c->server_hello = server->server_hello;
    c->hello_retry = server->retry;
    c->post_handshake_auth = client->hello.post_handshake_auth;
    c->certificate_requested = server->request;
    c->accepted = server->names.item;
    c->accepted_count = server->names.count;
    c->malformed = client->malformed + server->malformed;
    c->resumed = resumed(client, server, c->version);
    if (!hello_is13(c->version))
        c->renegotiations = renegotiations(client) + renegotiations(server);
    fill_side(client, c->version, &c->side[SIDE_CLIENT]);
    fill_side(server, c->version, &c->side[SIDE_SERVER]);
    fill_alerts((const struct tls *[2]){ client, server }, c);
    const struct tls_sealed *rejection = sealed_rejection(client, server);
    if (rejection) {
        c->side[SIDE_CLIENT].finished = false;
        add_rejection(rejection, c);
    }
    c->state = state(client, server, c);
    c->early_end = early_end(client, server, end.time_ns);
    sealed_join(client, server, end, c);
}
