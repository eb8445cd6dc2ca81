/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/disk.h"

#include "agent/diagnosis/casefile.h"
#include "base/caps.h"
#include "base/mem.h"

#include <stdlib.h>

struct certs *casefile_certs(struct casefile *c)
{
    if (!c->certs)
        c->certs = certs_new();
    return c->certs;
}

static char *copy(const char *s)
{
    return s ? mem_strdup(s) : NULL;
}

void casefile_disk(struct casefile *c, const struct disk_fact *fact)
{
    if (c->disk_count >= CAP_DISK_FACTS) {
        casefile_problem(c, "(certificate files)",
            "more certificate files than %d: the rest is left out (cap disk-facts)", CAP_DISK_FACTS);
        return;
    }
    c->disks = mem_grow(c->disks, &c->disk_capacity, c->disk_count + 1, sizeof *c->disks);
    struct disk_fact *d = &c->disks[c->disk_count++];
    *d = *fact;
    d->path = copy(fact->path);
    d->peer_uuid = copy(fact->peer_uuid);
    d->why = copy(fact->why);
}

void disk_clear(struct disk_fact *fact)
{
    free((char *)(uintptr_t)fact->path);
    free((char *)(uintptr_t)fact->peer_uuid);
    free((char *)(uintptr_t)fact->why);
}

const char *disk_place_name(enum disk_place p)
{
    switch (p) {
    case DISK_CA: return "ca";
    case DISK_CRL: return "crl";
    case DISK_OWN_CERT: return "own_cert";
    case DISK_OWN_KEY: return "own_key";
    case DISK_PEER_CA: return "peer_ca";
    case DISK_PEER_CERT: return "peer_cert";
    case DISK_PEER_KEY: return "peer_key";
    case DISK_PUSHED_CA: return "pushed_ca";
    case DISK_PUSHED_CERT: return "pushed_cert";
    case DISK_PUSHED_KEY: return "pushed_key";
    case DISK_CONFIG: return "config";
    case DISK_LOOSE: return "loose";
    case DISK_STRAY: return "stray";
    case DISK_PLACES: break;
    }
    return "loose";
}

const char *disk_place_file(enum disk_place p)
{
    switch (p) {
    case DISK_CA:
    case DISK_PEER_CA:
    case DISK_PUSHED_CA: return "cacert.pem";
    case DISK_CRL: return "crl.pem";
    case DISK_OWN_CERT:
    case DISK_PEER_CERT:
    case DISK_PUSHED_CERT: return "sftunnel-cert.pem";
    case DISK_OWN_KEY:
    case DISK_PEER_KEY:
    case DISK_PUSHED_KEY: return "sftunnel-key.pem";
    case DISK_CONFIG: return "sftunnel.conf";
    case DISK_LOOSE:
    case DISK_STRAY:
    case DISK_PLACES: break;
    }
    return "";
}

const char *disk_state_name(enum disk_state s)
{
    switch (s) {
    case DISK_READ: return "read";
    case DISK_ABSENT: return "absent";
    case DISK_EMPTY: return "empty";
    case DISK_UNREADABLE: return "unreadable";
    case DISK_BAD_LINK: return "bad_link";
    case DISK_NOT_A_FILE: return "not_a_file";
    case DISK_MALFORMED: return "malformed";
    case DISK_TOO_BIG: return "too_big";
    case DISK_STATES: break;
    }
    return "unreadable";
}
