/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/certfiles.h"

#include "agent/diagnosis/pem.h"
#include "agent/sources/tunnelconf.h"
#include "base/caps.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST_BYTES 16384 /* enough for nearly all of them */

static enum source_kind kind_of(enum disk_place place)
{
    return place == DISK_CONFIG ? SOURCE_TUNNEL_CONF : SOURCE_CERTIFICATE;
}

/* Adds it with its source; the fact's own path is made here. */
static void add(struct casefile *c, const struct certfile *f, struct disk_fact *fact, size_t bytes)
{
    struct buf path = { 0 };
    if (f->called)
        buf_puts(&path, f->called);
    else
        places_print(&path, &f->place);
    char *uuid = f->place.peer_uuid.n ? mem_strndup(f->place.peer_uuid.p, f->place.peer_uuid.n) : NULL;
    fact->unit = f->unit;
    fact->place = f->place.place;
    fact->path = path.p;
    fact->peer_uuid = uuid;
    fact->odd_name = f->place.odd_name;
    fact->owner_known = f->owner.known;
    fact->mode = f->owner.mode;
    fact->uid = f->owner.uid;
    fact->gid = f->owner.gid;
    fact->modified = f->modified;
    fact->source = SOURCE_NO;
    if (fact->state != DISK_ABSENT && c->disk_count < CAP_DISK_FACTS) {
        fact->source = casefile_source(c, f->path, kind_of(fact->place), f->unit);
        c->sources[fact->source].n.bytes = bytes;
        c->sources[fact->source].partial = fact->state != DISK_READ;
    }
    casefile_disk(c, fact);
    free(uuid);
    buf_clear(&path);
}

void certfiles_bad(struct casefile *c, const struct certfile *f, enum disk_state state, const char *why)
{
    struct disk_fact fact = { .state = state, .certificate = CERT_NONE, .why = why };
    add(c, f, &fact, 0);
}

void certfiles_bad_path(struct casefile *c, const char *path, enum disk_state state, const char *why)
{
    struct certfile f = { .path = path, .unit = UNIT_NONE };
    if (places_of(slice_of(path), &f.place) && f.place.place != DISK_LOOSE && f.place.place != DISK_STRAY)
        certfiles_bad(c, &f, state, why);
}

/* ---- what it holds ---- */

static bool wants_key(enum disk_place p)
{
    return p == DISK_OWN_KEY || p == DISK_PEER_KEY || p == DISK_PUSHED_KEY;
}

static bool as_wanted(enum disk_place place, const struct pem *p)
{
    if (place == DISK_LOOSE || place == DISK_STRAY)
        return p->certificates || p->key || p->crl;
    if (place == DISK_CRL)
        return p->crl;
    return wants_key(place) ? p->key : p->certificate != CERT_NONE;
}

static const char *missing(enum disk_place place)
{
    return place == DISK_CRL  ? "holds no revocation list"
           : wants_key(place) ? "holds no private key"
                              : "holds no certificate";
}

static void take_pem(struct casefile *c, const struct certfile *f, struct slice text, struct disk_fact *fact)
{
    struct pem p;
    struct certs *t = casefile_certs(c);
    pem_read(t, text, &p);
    bool damaged = p.certificate != CERT_NONE && certs_get(t, p.certificate)->unreadable;
    fact->certificate = p.certificate;
    fact->more = p.certificates ? p.certificates - 1 : 0;
    fact->key = p.key;
    fact->crl = p.crl;
    memcpy(fact->spki_sha256, p.spki_sha256, CERT_HASH);
    fact->crl_made = p.crl_made;
    fact->crl_next = p.crl && p.crl_next != CERT_TIME_NONE ? p.crl_next : 0;
    if (p.fault != PEM_FINE)
        fact->why = pem_fault_text(p.fault);
    if (!as_wanted(f->place.place, &p) || (damaged && !wants_key(f->place.place))) {
        fact->state = DISK_MALFORMED;
        if (p.fault == PEM_FINE)
            fact->why = missing(f->place.place);
    } else if (p.over) {
        fact->state = DISK_TOO_BIG;
        fact->why = "holds more certificates than are looked at (cap pem-blocks)";
    }
    if (damaged)
        fact->certificate = CERT_NONE;
}

static void take_conf(struct slice text, struct disk_fact *fact, char why[128])
{
    struct tunnelconf conf;
    tunnelconf_parse(text, &conf);
    if (conf.fault)
        snprintf(why, 128, "line %llu: %s", (unsigned long long)conf.fault_line, conf.fault);
    else if (!conf.proxyssl)
        snprintf(why, 128, "has no proxyssl block");
    else
        return;
    fact->why = why;
}

static void take_text(struct casefile *c, const struct certfile *f, struct slice text, const struct err *e)
{
    struct disk_fact fact = { .state = DISK_READ, .certificate = CERT_NONE };
    char why[128];
    size_t most = f->place.place == DISK_CONFIG ? CAP_CONF_BYTES : CAP_PEM_BYTES;
    bool over = text.n > most;
    if (over)
        text.n = most;
    if (slice_trim(text).n == 0 && e->code == ERR_OK)
        fact.state = DISK_EMPTY;
    else if (f->place.place == DISK_CONFIG)
        take_conf(text, &fact, why);
    else
        take_pem(c, f, text, &fact);
    if (e->code != ERR_OK) {
        fact.state = DISK_UNREADABLE;
        fact.why = e->text;
    } else if (over) {
        snprintf(why, sizeof why, "only the first %zu bytes are read (cap %s-bytes)", most,
            f->place.place == DISK_CONFIG ? "conf" : "pem");
        fact.state = DISK_TOO_BIG;
        fact.why = why;
    } else if (fact.state == DISK_EMPTY) {
        fact.why = "is empty";
    }
    add(c, f, &fact, text.n);
}

void certfiles_take(struct casefile *c, const struct certfile *f, struct stream *s)
{
    struct err e = { 0 };
    size_t most = f->place.place == DISK_CONFIG ? CAP_CONF_BYTES : CAP_PEM_BYTES;
    size_t size = FIRST_BYTES, n = 0, got = 0;
    char *text = mem_alloc(size);
    enum err_code code = stream_fill(s, text, size, &n, &e);
    if (code == ERR_OK && n == size) { /* no realloc: it leaves a copy behind */
        char *bigger = mem_alloc(most + 1);
        memcpy(bigger, text, n);
        pem_wipe(text, n);
        free(text);
        text = bigger;
        code = stream_fill(s, text + n, most + 1 - n, &got, &e);
        n += got;
    }
    if (code != ERR_INTERRUPTED)
        take_text(c, f, (struct slice){ text, n }, &e);
    pem_wipe(text, n);
    free(text);
}
