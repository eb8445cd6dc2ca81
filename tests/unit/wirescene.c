/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/wirescene.h"

#include "agent/diagnosis/logstream.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

static struct bytes made[SCENE_CERTS];
static struct rules *rules;

static const struct maker_dn ca_dn = { .title = "InternalCA", .cn = SCENE_UUID };
static const struct maker_dn other_dn = { .title = "InternalCA", .cn = SCENE_OTHER_UUID, .o = "Sourcefire, Inc." };
static const struct maker_dn proxy_dn = { .cn = "Inspection CA", .o = "Example" };

static const struct maker_dn *dn_of(enum scene_cert which)
{
    return which == CA_OTHER || which == FTD_OTHER    ? &other_dn
           : which == CA_PROXY || which == PROXY_LEAF ? &proxy_dn
                                                      : &ca_dn;
}

static void make_ca(enum scene_cert which, struct maker_key *key, int64_t from, int64_t to)
{
    struct maker_recipe r = { .subject = *dn_of(which), .key = key, .version = 1 };
    r.not_before = SCENE_NOW + from * SCENE_DAY;
    r.not_after = SCENE_NOW + to * SCENE_DAY;
    made[which] = maker_certificate(&r);
}

static struct maker_recipe leaf_of(enum scene_cert which, struct maker_key *key, struct maker_key *issuer)
{
    struct maker_recipe r = { .issuer = *dn_of(which), .key = key, .issuer_key = issuer, .serial = (long)which };
    r.subject = (struct maker_dn){ .title = "sftunnel", .cn = which >= FTD_LEAF ? "ftd" : "fmc" };
    r.not_before = SCENE_NOW - 900 * SCENE_DAY;
    r.not_after = SCENE_NOW + 2000 * SCENE_DAY;
    return r;
}

static void make(enum scene_cert which, struct maker_recipe r)
{
    made[which] = maker_certificate(&r);
}

static void make_leaves(struct maker_key *key[5])
{
    struct maker_key *ec = key[0];
    struct maker_recipe r;
    make(FMC_LEAF, leaf_of(FMC_LEAF, ec, key[1]));
    make(FMC_NEW, leaf_of(FMC_NEW, ec, key[2]));
    make(FTD_LEAF, leaf_of(FTD_LEAF, ec, key[1]));
    make(FTD_OTHER, leaf_of(FTD_OTHER, ec, key[3]));
    make(PROXY_LEAF, leaf_of(PROXY_LEAF, ec, key[3]));
    make(FMC_1024, leaf_of(FMC_1024, key[4], key[1]));
    r = leaf_of(FMC_EXPIRED, ec, key[1]);
    r.not_after = SCENE_NOW - 3600;
    make(FMC_EXPIRED, r);
    r = leaf_of(FTD_EXPIRED, ec, key[1]);
    r.not_after = SCENE_NOW - 3600;
    make(FTD_EXPIRED, r);
    r = leaf_of(FMC_FUTURE, ec, key[1]);
    r.not_before = SCENE_NOW + 5 * 3600;
    make(FMC_FUTURE, r);
    r = leaf_of(FMC_SHA1, ec, key[1]);
    r.digest = "SHA1";
    make(FMC_SHA1, r);
    r = leaf_of(FMC_SOON, ec, key[1]);
    r.not_after = SCENE_NOW + 60 * SCENE_DAY;
    make(FMC_SOON, r);
    r = leaf_of(FMC_NO_DATE, ec, key[1]);
    r.raw_not_after = "991332000000Z";
    make(FMC_NO_DATE, r);
}

void scene_open(void)
{
    struct maker_key *key[5] = { maker_key("EC", 0), maker_key("RSA", 2048), maker_key("RSA", 2048), maker_key("EC", 0),
        maker_key("RSA", 1024) };
    make_ca(CA, key[1], -900, 2750);
    make_ca(CA_EXPIRED, key[1], -3653, -3);
    make_ca(CA_FUTURE, key[1], 1, 3651);
    make_ca(CA_ENDING, key[1], -3630, 20);
    make_ca(CA_SOON, key[1], -3570, 80);
    make_ca(CA_NEW, key[2], -1, 3649);
    make_ca(CA_OTHER, key[3], -900, 2750);
    make_ca(CA_PROXY, key[3], -900, 2750);
    make_leaves(key);
    made[BROKEN] = (struct bytes){ (const uint8_t *)mem_strdup("no certificate"), 14 };
    for (size_t i = 0; i < 5; i++)
        maker_key_free(key[i]);
    struct err e;
    if (rules_load(true, NULL, 0, &rules, &e) != ERR_OK) {
        fprintf(stderr, "%s\n", e.text);
        abort();
    }
}

void scene_close(void)
{
    for (size_t i = 0; i < SCENE_CERTS; i++)
        maker_free(made[i]);
    rules_free(rules);
}

struct bytes scene_cert(enum scene_cert which)
{
    return made[which];
}

struct bytes scene_name(enum scene_cert which)
{
    return maker_name(dn_of(which));
}

void scene_address(struct connection *c, enum side side, const char *ipv4, uint16_t port)
{
    struct endpoint *e = &c->side[side].at;
    *e = (struct endpoint){ .ip = { [10] = 0xff, [11] = 0xff }, .port = port };
    if (inet_pton(AF_INET, ipv4, e->ip + 12) != 1)
        abort();
}

struct connection scene_connection(enum connection_state state, int64_t seconds)
{
    struct connection c = { .state = state, .direction_known = true, .version = 0x0303, .offered = 0x0303 };
    scene_address(&c, SIDE_CLIENT, "10.2.0.9", 49765);
    scene_address(&c, SIDE_SERVER, "10.2.0.1", 8305);
    c.first_ns = (SCENE_NOW + seconds) * 1000000000LL;
    c.last_ns = c.first_ns + 500000000;
    c.first_frame = 1;
    c.last_frame = 20;
    c.side[SIDE_CLIENT].syn = true;
    c.side[SIDE_CLIENT].packets = 5;
    c.side[SIDE_SERVER].syn = state >= CONNECTION_NOT_TLS;
    if (state >= CONNECTION_MID_STREAM)
        for (int side = 0; side < 2; side++) {
            c.side[side].tls = true;
            c.side[side].bytes = 4000;
            c.side[side].encrypted = c.side[side].finished = state != CONNECTION_HANDSHAKE;
        }
    c.client_hello = c.server_hello = state >= CONNECTION_HANDSHAKE;
    if (state == CONNECTION_MID_STREAM || state < CONNECTION_MID_STREAM)
        c.version = c.offered = 0;
    return c;
}

void scene_show(struct connection *c, enum side side, enum scene_cert leaf, enum scene_cert ca)
{
    struct connection_side *s = &c->side[side];
    const enum scene_cert which[2] = { leaf, ca };
    free(s->certificates);
    s->certificates = mem_zalloc(2, sizeof *s->certificates);
    s->certificate_count = 0;
    for (size_t i = 0; i < 2; i++)
        if (which[i] != SCENE_CERTS)
            s->certificates[s->certificate_count++] = made[which[i]];
    s->seen = s->certificate_count ? CERTIFICATES_ALL : CERTIFICATES_EMPTY;
    s->certificate_frame = side == SIDE_SERVER ? 6 : 8;
}

void scene_accept(struct connection *c, enum scene_cert ca)
{
    c->accepted = mem_resize(c->accepted, c->accepted_count + 1, sizeof *c->accepted);
    c->accepted[c->accepted_count++] = scene_name(ca);
    c->certificate_requested = true;
}

void scene_alert(struct connection *c, enum side from, int description)
{
    c->alerts[c->alert_count++] = (struct wire_alert){
        .from = from,
        .encrypted = description < 0,
        .level = description < 0 ? 0 : 2,
        .description = description < 0 ? 0 : (uint8_t)description,
        .frame = 12,
        .time_ns = c->last_ns,
    };
    c->ended = true;
    c->side[from].fin = true;
}

void scene_clear(struct connection *c)
{
    for (size_t i = 0; i < c->accepted_count; i++)
        maker_free(c->accepted[i]);
    free(c->accepted);
    free(c->side[0].certificates);
    free(c->side[1].certificates);
    *c = (struct connection){ 0 };
}

void scene_log(struct casefile *c, const char *path, const char *text)
{
    scene_log_of(c, path, text, (struct year_hint){ .forced = 2024, .written = INT64_MIN, .basis = YEAR_FORCED });
}

void scene_log_of(struct casefile *c, const char *path, const char *text, struct year_hint year)
{
    uint32_t source = casefile_source(c, path, SOURCE_LOG, UNIT_NONE);
    struct logstream *ls = logstream_new(&(struct logstream_options){
        .rules = rules,
        .source = source,
        .left_known = true,
        .year = year,
    });
    logstream_feed(ls, text, strlen(text));
    casefile_stream(c, logstream_finish(ls, &c->sources[source].n));
}
