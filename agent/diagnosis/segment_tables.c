/* SPDX-License-Identifier: BSD-2-Clause */
/* The hosts, sources and peers of a segment, found by what they are called. */
#include "agent/diagnosis/segment_parts.h"

#include "base/mem.h"

/* Where the number of the host with this name stands, + 1; 0 there: not seen yet. */
static uint32_t *host_entry(struct segment *s, uint32_t name)
{
    if (name == 0)
        return &s->nameless;
    if (name >= s->host_index_size) {
        size_t size = s->host_index_size;
        s->host_index = mem_grow(s->host_index, &s->host_index_size, name + 1, sizeof *s->host_index);
        memset(s->host_index + size, 0, (s->host_index_size - size) * sizeof *s->host_index);
    }
    return &s->host_index[name];
}

uint32_t segment_host(struct segment *s, struct slice name)
{
    name.n = name.n > CAP_NAME_BYTES ? CAP_NAME_BYTES : name.n;
    uint32_t id = strings_add(s->strings, name);
    uint32_t *known = host_entry(s, id);
    if (*known)
        return *known - 1;
    if (s->host_count == CAP_HOSTS) {
        segment_over(s, OVER_HOSTS);
        return 0;
    }
    *known = (uint32_t)s->host_count + 1;
    s->hosts = mem_grow(s->hosts, &s->host_capacity, s->host_count + 1, sizeof *s->hosts);
    s->hosts[s->host_count] = (struct host){
        .name = id,
        .early = !s->left_known,
        .first = CIVIL_NONE,
        .last = CIVIL_NONE,
        .order = SLOT_ORDER_EMPTY,
    };
    return (uint32_t)s->host_count++;
}

void segment_over(struct segment *s, enum over_kind kind)
{
    if (s->over[kind].count++ == 0)
        s->over[kind].source = s->span_count ? s->spans[s->span_count - 1].source : NO_INDEX;
}

struct span *segment_source(struct segment *s, uint32_t source)
{
    for (size_t i = s->span_count; i > 0; i--)
        if (s->spans[i - 1].source == source)
            return &s->spans[i - 1];
    s->spans = mem_grow(s->spans, &s->span_capacity, s->span_count + 1, sizeof *s->spans);
    s->spans[s->span_count] =
        (struct span){ .source = source, .host = NO_INDEX, .first = CIVIL_NONE, .last = CIVIL_NONE };
    return &s->spans[s->span_count++];
}

#define CACHE_LINE 64

/* An entry: the peer's number, and above it a part of the hash, so that only the right peer is looked at. */
#define PEER_BITS 16
_Static_assert(CAP_PEERS <= 1 << PEER_BITS, "a peer's number has so many bits");

static uint32_t peer_number(uint32_t entry)
{
    return entry & ((1u << PEER_BITS) - 1);
}

static uint64_t peer_hash(uint32_t host, uint32_t address)
{
    return hash_u64((uint64_t)host << 32 | address);
}

static uint32_t peer_tag(uint64_t hash)
{
    return (uint32_t)(hash >> 33) & ~((1u << PEER_BITS) - 1); /* its first bit is 0: never NO_INDEX */
}

static size_t peer_slot(const struct segment *s, uint32_t host, uint32_t address, uint64_t hash)
{
    size_t mask = s->peer_index_size - 1, at = hash & mask;
    for (uint32_t entry; (entry = s->peer_index[at]) != NO_INDEX; at = (at + 1) & mask) {
        const struct peer *p = &s->peers[peer_number(entry)];
        if ((entry ^ peer_tag(hash)) < 1u << PEER_BITS && p->host == host && p->address == address)
            break;
    }
    return at;
}

static void peer_index_enlarge(struct segment *s)
{
    s->peer_index_size *= 2;
    s->peer_index = mem_resize(s->peer_index, s->peer_index_size, sizeof *s->peer_index);
    memset(s->peer_index, 0xff, s->peer_index_size * sizeof *s->peer_index);
    for (uint32_t i = 0; i < s->peer_count; i++) {
        uint64_t hash = peer_hash(s->peers[i].host, s->peers[i].address);
        s->peer_index[peer_slot(s, s->peers[i].host, s->peers[i].address, hash)] = peer_tag(hash) | i;
    }
}

void segment_peer_soon(const struct segment *s, uint32_t host, uint32_t address)
{
    uint32_t entry = s->peer_index[peer_hash(host, address) & (s->peer_index_size - 1)];
    if (entry == NO_INDEX)
        return;
    const char *p = (const char *)&s->peers[peer_number(entry)]; /* or one that shares its place: then it was in vain */
    for (size_t i = 0; i < sizeof(struct peer); i += CACHE_LINE)
        __builtin_prefetch(p + i);
}

void segment_expect_peers(struct segment *s, size_t count)
{
    if (!s->peers && count)
        s->peers = mem_grow(s->peers, &s->peer_capacity, count, sizeof *s->peers);
}

struct peer *segment_peer(struct segment *s, uint32_t host, uint32_t address)
{
    uint64_t hash = peer_hash(host, address);
    size_t at = peer_slot(s, host, address, hash);
    if (s->peer_index[at] != NO_INDEX)
        return &s->peers[peer_number(s->peer_index[at])];
    if (s->peer_count == CAP_PEERS)
        return NULL;
    s->peers = mem_grow(s->peers, &s->peer_capacity, s->peer_count + 1, sizeof *s->peers);
    struct peer *p = &s->peers[s->peer_count];
    *p = (struct peer){ .host = host,
        .address = address,
        .first = CIVIL_NONE,
        .last = CIVIL_NONE,
        .last_success_time = CIVIL_NONE,
        .failing_since_time = CIVIL_NONE,
        .last_failure_time = CIVIL_NONE,
        .last_sign_time = CIVIL_NONE,
        .last_disconnect_time = CIVIL_NONE };
    s->peer_index[at] = peer_tag(hash) | (uint32_t)s->peer_count++;
    if (s->peer_count * 2 > s->peer_index_size)
        peer_index_enlarge(s);
    return p; /* the array did not move: only the index was made anew */
}
