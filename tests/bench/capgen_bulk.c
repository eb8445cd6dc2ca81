/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/capgen.h"

#include <stdlib.h>
#include <string.h>

#define TALKS 48  /* different handshakes, each with a firewall's certificate of its own */
#define FAILING 8 /* one of so many fails */
#define FIRST_IP 0x0a000001u
#define MANAGER 0x0ac80001u
#define TUNNELS 40
#define OTHERS 200   /* connections of other traffic at once */
#define RECORD 16384 /* bytes of application data in one record */

struct script {
    struct talk talk;
    unsigned certificates, alerts;
};

struct bulk_state {
    struct tap tap;
    struct script scripts[TALKS];
    uint64_t random, sessions, failed, certificates;
    bool all_well; /* no failing ones */
};

struct session {
    struct flow flow;
    const struct script *script;
    size_t at; /* flight that comes next */
    bool open;
};

static uint64_t draw(struct bulk_state *b)
{
    b->random ^= b->random << 13;
    b->random ^= b->random >> 7;
    b->random ^= b->random << 17;
    return b->random;
}

static void fill(struct bulk_state *b, unsigned char *p, size_t n)
{
    for (size_t i = 0; i + 8 <= n; i += 8) {
        uint64_t r = draw(b);
        memcpy(p + i, &r, 8);
    }
}

static void learn(struct bulk_state *b, const struct world *w)
{
    for (size_t i = 0; i < TALKS; i++) {
        struct dialogue d = { .version = TLS1_2_VERSION, .application_data = true };
        struct dialogue_contexts contexts;
        bool fails = i % FAILING == FAILING - 1;
        char uuid[64];
        snprintf(uuid, sizeof uuid, "00000000-0000-11ef-9d3c-%012zx", i);
        struct validity good = { w->now - 1000 * PKI_DAY, w->now + 2650 * PKI_DAY };
        struct identity leaf = pki_leaf(&w->ca, uuid, good, (long)i + 10);
        world_set(w, fails ? FAULT_CA_EXPIRED : FAULT_NONE, &d);
        if (!fails)
            d.peer[0].id = &leaf;
        dialogue_open(&contexts, &d);
        dialogue_talk(&contexts, &d, &b->scripts[i].talk);
        dialogue_close(&contexts);
        for (int end = 0; end < 2; end++)
            b->scripts[i].certificates += b->scripts[i].talk.certificate[end] ? 2 : 0;
        b->scripts[i].alerts = fails;
        pki_clear(&leaf);
    }
}

static void session_begin(struct bulk_state *b, struct session *s)
{
    uint64_t n = b->sessions++;
    s->script = &b->scripts[n % TALKS];
    if (b->all_well && s->script->alerts)
        s->script--;
    s->at = 0;
    s->open = true;
    flow_v4(&s->flow, FIRST_IP + (uint32_t)(n % 50000), MANAGER, (uint16_t)(20000 + n / 50000 * 7 + n % 20000));
    b->failed += s->script->alerts;
    b->certificates += s->script->certificates;
    flow_open(&b->tap, &s->flow);
}

/* The next flight; at the end the session is closed. */
static void session_step(struct bulk_state *b, struct session *s)
{
    const struct talk *t = &s->script->talk;
    const struct flight *f = &t->flights[s->at++];
    flow_data(&b->tap, &s->flow, f->from_server, f->p, f->n);
    if (s->at == t->count) {
        flow_close(&b->tap, &s->flow, false);
        s->open = false;
    }
}

static void write_short(struct bulk_state *b, uint64_t size, unsigned open)
{
    struct session *all = calloc(open, sizeof *all);
    bool any = true;
    while (all && (any || b->tap.bytes < size)) {
        any = false;
        for (unsigned i = 0; i < open; i++) {
            if (!all[i].open && b->tap.bytes < size)
                session_begin(b, &all[i]);
            else if (all[i].open)
                session_step(b, &all[i]);
            any |= all[i].open;
        }
    }
    free(all);
}

static void other_packet(struct bulk_state *b, struct flow *f, unsigned char *filler)
{
    uint64_t r = draw(b);
    size_t n = r % 8 < 5 ? 1460 : r % 1400;
    int from = (r >> 20) % 10 < 8;
    memcpy(filler, "\x17\x03\x03\x40\x00", 5);
    filler[8] = (unsigned char)r;
    if ((r >> 32) % 16 == 0)
        flow_datagram(&b->tap, f, from, n);
    else
        flow_segment(&b->tap, f, from, FLOW_ACK, filler, (r >> 40) % 4 == 0 ? 0 : n);
}

/* One percent of the bytes are handshakes. */
static void write_mixed(struct bulk_state *b, uint64_t size)
{
    static unsigned char filler[2048];
    struct flow *others = calloc(OTHERS, sizeof *others);
    struct session ours = { 0 };
    uint64_t handshakes = 0;
    fill(b, filler, sizeof filler);
    for (unsigned i = 0; others && i < OTHERS; i++) {
        flow_v4(&others[i], 0xc0a80001u + i, 0x5db8d822u + i % 17, (uint16_t)(30000 + i));
        others[i].port[1] = i % 3 ? 443 : 80;
        flow_open(&b->tap, &others[i]);
    }
    while (others && b->tap.bytes < size) {
        uint64_t before = b->tap.bytes;
        if (!ours.open)
            session_begin(b, &ours);
        else
            session_step(b, &ours);
        handshakes += b->tap.bytes - before;
        while (b->tap.bytes < handshakes * 100)
            other_packet(b, &others[draw(b) % OTHERS], filler);
    }
    while (ours.open)
        session_step(b, &ours);
    free(others);
}

static void write_long(struct bulk_state *b, uint64_t size)
{
    static unsigned char record[5 + RECORD];
    struct session *all = calloc(TUNNELS, sizeof *all);
    fill(b, record, sizeof record);
    memcpy(record, "\x17\x03\x03\x40\x00", 5);
    b->all_well = true;
    for (unsigned i = 0; all && i < TUNNELS; i++) {
        session_begin(b, &all[i]);
        while (all[i].at + 1 < all[i].script->talk.count) /* all but the goodbye */
            session_step(b, &all[i]);
    }
    while (all && b->tap.bytes < size) {
        uint64_t r = draw(b);
        memcpy(record + 64, &r, sizeof r);
        size_t n = r % 3 ? RECORD : 64 + r % 1024;
        record[3] = (unsigned char)(n >> 8);
        record[4] = (unsigned char)n;
        flow_data(&b->tap, &all[(r >> 32) % TUNNELS].flow, (r >> 16) % 8 == 0, record, 5 + n);
    }
    free(all);
}

void bulk_write(const struct world *w, const struct bulk_options *o, FILE *out, FILE *truth)
{
    struct bulk_state *b = calloc(1, sizeof *b);
    if (!b)
        pki_die("out of memory");
    b->random = 0x9e3779b97f4a7c15u;
    b->tap = (struct tap){ .out = out, .ns = w->now * 1000000000, .step_ns = 20000 };
    tap_begin(&b->tap);
    learn(b, w);
    switch (o->kind) {
    case BULK_SHORT: write_short(b, o->size, o->open); break;
    case BULK_MIXED: write_mixed(b, o->size); break;
    case BULK_LONG: write_long(b, o->size); break;
    }
    fprintf(truth, "{\"frames\":%llu,\"sessions\":%llu,\"failed\":%llu,\"certificates\":%llu}\n",
        (unsigned long long)b->tap.frames, (unsigned long long)b->sessions, (unsigned long long)b->failed,
        (unsigned long long)b->certificates);
    for (size_t i = 0; i < TALKS; i++)
        talk_clear(&b->scripts[i].talk);
    free(b);
}
