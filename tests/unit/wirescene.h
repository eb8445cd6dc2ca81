/* SPDX-License-Identifier: BSD-2-Clause */
/* A manager, its firewall, their certificates in every state, and connections between them: what tests of wires need.
 */
#ifndef TESTS_UNIT_WIRESCENE_H
#define TESTS_UNIT_WIRESCENE_H

#include "agent/diagnosis/diagnose.h"
#include "tests/unit/certmaker.h"

#define SCENE_UUID "8d1a7f4a-e5a5-11ed-a56c-0988856d1c7e"
#define SCENE_OTHER_UUID "06f5f3ca-c77b-11e2-81bf-884d9d11f3ef"
#define SCENE_NOW 1726804800 /* 2024-09-20T04:00:00Z: when the packets are */
#define SCENE_DAY 86400LL

enum scene_cert {
    CA,          /* InternalCA of the FMC, v1, serial 0, valid */
    CA_EXPIRED,  /* the same key and name, expired three days ago */
    CA_FUTURE,   /* likewise, valid from tomorrow on */
    CA_ENDING,   /* likewise, 20 days left */
    CA_SOON,     /* likewise, 80 days left */
    CA_NEW,      /* regenerated: same name, other key */
    CA_OTHER,    /* InternalCA of another FMC */
    CA_PROXY,    /* a CA that is no InternalCA */
    FMC_LEAF,    /* signed by CA's key */
    FMC_NEW,     /* signed by CA_NEW */
    FMC_EXPIRED, /* its own certificate has expired, an hour ago */
    FMC_FUTURE,  /* or is valid in five hours only */
    FMC_SHA1,
    FMC_1024,
    FMC_SOON,    /* 60 days left */
    FMC_NO_DATE, /* with a notAfter that can't be read */
    FTD_LEAF,    /* of CA's key */
    FTD_OTHER,   /* of CA_OTHER */
    FTD_EXPIRED,
    PROXY_LEAF,
    BROKEN, /* no certificate */
    SCENE_CERTS
};

void scene_open(void);
void scene_close(void);
struct bytes scene_cert(enum scene_cert which);
struct bytes scene_name(enum scene_cert which); /* the DN of a CA */

/* A connection of 10.2.0.9:49765 to 10.2.0.1:8305, TLS 1.2, whose first packet is `seconds` after SCENE_NOW. */
struct connection scene_connection(enum connection_state state, int64_t seconds);
/* Shows up to two certificates from this side; SCENE_CERTS for none. Lasts until scene_clear(). */
void scene_show(struct connection *c, enum side side, enum scene_cert leaf, enum scene_cert ca);
void scene_accept(struct connection *c, enum scene_cert ca);
void scene_alert(struct connection *c, enum side from, int description); /* -1: encrypted */
void scene_address(struct connection *c, enum side side, const char *ipv4, uint16_t port);
void scene_clear(struct connection *c);

/* A log of the case, of 2024, or of whatever year is known. */
void scene_log(struct casefile *c, const char *path, const char *text);
void scene_log_of(struct casefile *c, const char *path, const char *text, struct year_hint year);

#endif
