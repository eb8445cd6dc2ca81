/* SPDX-License-Identifier: BSD-2-Clause */
#include "report_certs.h"

#include "base/mem.h"

#include <stdlib.h>

struct certs {
    struct cert *at;
    size_t count, capacity;
};

struct certs *certs_new(void)
{
    return mem_zalloc(1, sizeof(struct certs));
}

void certs_free(struct certs *t)
{
    if (t)
        free(t->at);
    free(t);
}

uint32_t report_certs_add(struct certs *t, const struct cert *facts)
{
    t->at = mem_grow(t->at, &t->capacity, t->count + 1, sizeof *t->at);
    struct cert *c = &t->at[t->count];
    *c = *facts;
    for (size_t i = 0; i < CERT_HASH; i++) {
        c->sha256[i] = (uint8_t)(t->count * 16 + i);
        c->spki_sha256[i] = (uint8_t)(t->count * 16 + 0x80 + i);
    }
    return (uint32_t)t->count++;
}

const struct cert *certs_get(const struct certs *t, uint32_t id)
{
    return &t->at[id];
}

uint32_t certs_count(const struct certs *t)
{
    return (uint32_t)t->count;
}

void cert_print_hash(struct buf *b, const uint8_t hash[CERT_HASH])
{
    static const char hex[] = "0123456789abcdef";
    char text[CERT_HASH * 2];
    for (size_t i = 0; i < CERT_HASH; i++) {
        text[2 * i] = hex[hash[i] >> 4];
        text[2 * i + 1] = hex[hash[i] & 15];
    }
    buf_put(b, text, sizeof text);
}

/* What the reading of DER would call; nothing is read here. */
uint32_t certs_add(struct certs *t, struct bytes der)
{
    (void)t;
    (void)der;
    return CERT_NONE;
}

uint64_t certs_over_cap(const struct certs *t)
{
    (void)t;
    return 0;
}

uint32_t certs_name(struct certs *t, struct bytes dn)
{
    (void)t;
    (void)dn;
    return CERT_NAME_NONE;
}

const char *certs_name_text(struct certs *t, struct bytes dn)
{
    (void)t;
    (void)dn;
    return "";
}
