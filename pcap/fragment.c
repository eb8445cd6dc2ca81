/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/fragment.h"

#include "base/caps.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { UNIT = 8, UNITS = CAP_FRAGMENT_BYTES / UNIT + 1, BUCKETS = 256 };

struct key {
    uint8_t from[16], to[16];
    uint32_t id;
    uint16_t protocol; /* of IPv4; IPv6 has one number space for all */
    uint16_t six;
};

struct datagram {
    struct datagram *next;            /* in its bucket */
    struct datagram *older, *younger; /* in order of their first fragment */
    struct key key;
    int64_t first_ns;
    uint8_t protocol;
    uint8_t *p;
    size_t capacity;
    uint32_t highest, end; /* of what came; of the datagram, 0 until it is known */
    uint32_t filled;
    uint64_t present[(UNITS + 63) / 64]; /* which units of 8 bytes are there */
};

struct fragments {
    struct datagram *buckets[BUCKETS];
    struct datagram *oldest, *youngest;
    size_t count, bytes;
    uint8_t *whole; /* what was given last */
    struct decoder_counts *counts;
};

struct fragments *fragments_new(struct decoder_counts *counts)
{
    struct fragments *f = mem_zalloc(1, sizeof *f);
    f->counts = counts;
    return f;
}

/* FNV-1a; a flood into one bucket costs no more than CAP_FRAGMENT_DATAGRAMS comparisons. */
static struct datagram **bucket(struct fragments *f, const struct key *k)
{
    struct cursor c = cursor_of(k, sizeof *k);
    uint32_t hash = 2166136261U;
    while (cursor_left(&c))
        hash = (hash ^ cursor_u8(&c)) * 16777619U;
    return &f->buckets[(hash ^ hash >> 16) % BUCKETS];
}

/* Out of the table; its bytes go with it unless they were taken. */
static void drop(struct fragments *f, struct datagram *d)
{
    struct datagram **at = bucket(f, &d->key);
    while (*at != d)
        at = &(*at)->next;
    *at = d->next;
    *(d->older ? &d->older->younger : &f->oldest) = d->younger;
    *(d->younger ? &d->younger->older : &f->youngest) = d->older;
    f->bytes -= d->capacity;
    f->count--;
    f->counts->datagrams_open = f->count;
    free(d->p);
    free(d);
}

static void give_up(struct fragments *f, struct datagram *d)
{
    f->counts->datagrams_given_up++;
    drop(f, d);
}

void fragments_free(struct fragments *f)
{
    if (!f)
        return;
    while (f->oldest)
        drop(f, f->oldest);
    free(f->whole);
    free(f);
}

static struct datagram *find(struct fragments *f, const struct fragment *part)
{
    struct key k = { .id = part->id, .protocol = part->six ? 0 : part->protocol, .six = part->six };
    memcpy(k.from, part->from, sizeof k.from);
    memcpy(k.to, part->to, sizeof k.to);
    struct datagram **head = bucket(f, &k);
    for (struct datagram *d = *head; d; d = d->next)
        if (!memcmp(&d->key, &k, sizeof k))
            return d;
    if (f->count >= CAP_FRAGMENT_DATAGRAMS)
        give_up(f, f->oldest);
    struct datagram *d = mem_zalloc(1, sizeof *d);
    *d = (struct datagram){ .next = *head, .older = f->youngest, .key = k, .first_ns = part->time_ns };
    *(d->older ? &d->older->younger : &f->oldest) = d;
    *head = f->youngest = d;
    f->count++;
    return d;
}

/* Those that are too old, as the packets' clock says; one that was put back makes nobody old. */
static void expire(struct fragments *f, int64_t now_ns)
{
    int64_t age;
    while (f->oldest && !__builtin_sub_overflow(now_ns, f->oldest->first_ns, &age) &&
           age > CAP_FRAGMENT_SECONDS * INT64_C(1000000000))
        give_up(f, f->oldest);
}

/* Memory for n bytes; others make way. */
static void reserve(struct fragments *f, struct datagram *d, size_t n)
{
    f->bytes -= d->capacity;
    d->p = mem_grow(d->p, &d->capacity, n, 1);
    f->bytes += d->capacity;
    while (f->bytes > CAP_FRAGMENT_TOTAL_BYTES && f->count > 1)
        give_up(f, f->oldest == d ? d->younger : f->oldest);
}

/* The bytes that were not there yet; false when others are contradicted. */
static bool fill(struct datagram *d, const struct fragment *part)
{
    bool agree = true;
    struct cursor c = cursor_of(part->data.p, part->data.n);
    for (size_t at = part->offset; cursor_left(&c);) {
        struct bytes b = cursor_take(&c, cursor_left(&c) < UNIT ? cursor_left(&c) : UNIT);
        uint64_t *word = &d->present[at / UNIT / 64], bit = UINT64_C(1) << (at / UNIT % 64);
        if (*word & bit) {
            agree = agree && !memcmp(d->p + at, b.p, b.n);
        } else {
            memcpy(d->p + at, b.p, b.n);
            *word |= bit;
            d->filled += (uint32_t)b.n;
        }
        at += b.n;
    }
    return agree;
}

enum fragment_step fragments_add(
    struct fragments *f, const struct fragment *part, struct bytes *data, uint8_t *protocol)
{
    f->counts->fragments++;
    expire(f, part->time_ns);
    if (!part->data.n || (part->more && part->data.n % UNIT) || part->data.n > CAP_FRAGMENT_BYTES - part->offset)
        return FRAGMENT_REFUSED;
    struct datagram *d = find(f, part);
    uint32_t end = part->offset + (uint32_t)part->data.n;
    f->counts->datagrams_open = f->count;
    if (d->end ? end > d->end || (!part->more && end != d->end) : !part->more && end < d->highest) {
        give_up(f, d);
        return FRAGMENT_REFUSED;
    }
    reserve(f, d, end);
    f->counts->fragment_conflicts += !fill(d, part);
    if (end > d->highest)
        d->highest = end;
    if (!part->more)
        d->end = end;
    if (part->offset == 0)
        d->protocol = part->protocol;
    if (!d->end || d->filled < d->end)
        return FRAGMENT_KEPT;
    free(f->whole);
    f->whole = d->p;
    *data = (struct bytes){ d->p, d->end };
    *protocol = d->protocol;
    d->p = NULL; /* transferred */
    drop(f, d);
    f->counts->datagrams_reassembled++;
    return FRAGMENT_WHOLE;
}
