/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/wiretell.h"

#include "agent/commands/watch.h"
#include "agent/commands/watchmetrics.h"
#include "agent/diagnosis/wired.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_MS 60000 /* between two looks at our own addresses */
#define OWN_MOST 256

struct wiretell {
    struct watch *w;
    struct wired *told;
    char host[256];
    char own[OWN_MOST][WIRED_ADDRESS];
    size_t own_count;
    int64_t looked; /* monotonic milliseconds; 0: never */
    uint64_t events;
};

/* ---- which end is the peer ---- */

static void add_own(struct wiretell *t, const struct sockaddr *a)
{
    const void *at = NULL;
    if (a && a->sa_family == AF_INET)
        at = &((const struct sockaddr_in *)(const void *)a)->sin_addr;
    if (a && a->sa_family == AF_INET6)
        at = &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
    if (at && t->own_count < OWN_MOST && inet_ntop(a->sa_family, at, t->own[t->own_count], WIRED_ADDRESS))
        t->own_count++;
}

/* Where they can't be told nothing is ours, as on a span port. */
static void find_own(struct wiretell *t)
{
    struct ifaddrs *all = NULL;
    int64_t now = watch_clock_ms();
    if (t->looked && now - t->looked < LOOK_MS)
        return;
    t->looked = now;
    t->own_count = 0;
    if (getifaddrs(&all) != 0)
        return;
    for (const struct ifaddrs *i = all; i; i = i->ifa_next)
        add_own(t, i->ifa_addr);
    freeifaddrs(all);
}

static bool is_own(const struct wiretell *t, const char *address)
{
    for (size_t i = 0; i < t->own_count; i++)
        if (strcmp(t->own[i], address) == 0)
            return true;
    return false;
}

/* Who is at the other end; of two others, the one who was called. */
static const char *peer_of(struct wiretell *t, const char *client, const char *server)
{
    find_own(t);
    return is_own(t, server) && !is_own(t, client) ? client : server;
}

/* ---- the event ---- */

struct search {
    const char *host, *address;
    const struct watched *found;
};

static void on_peer(void *arg, const struct watched *p)
{
    struct search *s = arg;
    if (strcmp(p->address, s->address) == 0 && (!s->found || strcmp(p->observer, s->host) == 0))
        s->found = p;
}

static void put_evidence(struct buf *b, const struct follow_row *row)
{
    buf_printf(b, "%s -> %s", row->client, row->server);
    if (row->tls)
        buf_printf(b, ", TLS %s", row->tls);
    if (row->alert_from && row->alert)
        buf_printf(b, ", alert of the %s: %s", row->alert_from, row->alert);
    buf_puts(b, row->complete ? ", the handshake was completed" : ", the handshake was not completed");
}

static void tell(struct wiretell *t, const struct follow_row *row, const struct wired_row *pair, const char *was,
    const struct incident_proof *proof)
{
    struct watch *w = t->w;
    char at[48];
    struct search s = { .host = t->host, .address = proof->address };
    incidents_each_peer(w->incidents, on_peer, &s);
    struct tell told = { .type = TELL_VERDICT,
        .at_ms = watch_now_ms(),
        .observer = t->host,
        .address = s.address,
        .uuid = s.found ? s.found->uuid : NULL,
        .name = s.found ? s.found->name : NULL,
        .verdict = row->verdict,
        .severity = row->severity,
        .confidence = row->confidence,
        .first = CIVIL_NONE,
        .last = CIVIL_NONE,
        .was = *was ? was : NULL,
        .summary = row->summary,
        .next = row->next,
        .lines = { { .text = proof->text } },
        .line_count = 1 };
    snprintf(at, sizeof at, "%lld/%llu", (long long)told.at_ms, (unsigned long long)t->events++);
    const struct slice words[] = { slice_of(store_epoch(w->store)), SLICE("wire"), slice_of(pair->client),
        slice_of(pair->server), slice_of(at) };
    tell_id(told.id, words, sizeof words / sizeof *words);
    watchmetrics_event(w->metrics, &told);
    keep_event(w->keep, &told);
}

static void keep_told(struct wiretell *t)
{
    struct buf b = { 0 };
    wired_print(&b, t->told);
    keep_value(t->w->keep, WIRETELL_TOLD, buf_as_slice(&b));
    buf_clear(&b);
}

void wiretell_connection(struct wiretell *t, const struct follow_row *row)
{
    char client[WIRED_ADDRESS], server[WIRED_ADDRESS], was[WIRED_WAS];
    struct wired_row pair = { client, server, row->verdict, row->severity };
    struct buf evidence = { 0 };
    if (!wired_address(row->client, client) || !wired_address(row->server, server))
        return;
    put_evidence(&evidence, row);
    struct incident_proof proof = { .observer = t->host,
        .address = peer_of(t, client, server),
        .verdict = row->verdict,
        .confidence = row->confidence,
        .text = evidence.p,
        .summary = row->summary,
        .next = row->next };
    if (wired_news(t->told, &pair, watch_clock_ms(), was)) {
        tell(t, row, &pair, was, &proof);
        keep_told(t);
    }
    incidents_prove(t->w->incidents, &proof, watch_now_ms()); /* also what is no news: the log may have been later */
    buf_clear(&evidence);
}

void wiretell_tick(struct wiretell *t)
{
    uint64_t n = wired_left_out(t->told);
    if (n)
        watch_log("warning", "capture: %llu verdicts were left out: more than %d have changed in a minute",
            (unsigned long long)n, WIRED_NEWS_MOST);
}

enum err_code wiretell_new(struct watch *w, struct wiretell **out, struct err *e)
{
    struct wiretell *t = *out = mem_zalloc(1, sizeof *t);
    struct buf b = { 0 };
    bool found;
    t->w = w;
    t->told = wired_new();
    if (gethostname(t->host, sizeof t->host - 1) != 0)
        t->host[0] = 0;
    enum err_code code = store_value(w->store, SLICE(WIRETELL_TOLD), &b, &found, e);
    if (code == ERR_OK)
        wired_restore(t->told, buf_as_slice(&b));
    buf_clear(&b);
    return code;
}

void wiretell_free(struct wiretell *t)
{
    if (t)
        wired_free(t->told);
    free(t);
}
