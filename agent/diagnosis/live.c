/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/live.h"

#include "agent/diagnosis/segment_parts.h"
#include "base/mem.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#define SLACK_SECONDS 5     /* a stamp is as old as its line took to get here */
#define STRINGS_MOST 65536U /* names and addresses, before those that nobody needs any more are forgotten */

/* The lines of one open attempt, by the slot that it has in the segment. */
struct kept {
    struct slice *records; /* each on the heap */
    uint64_t *numbers;
    size_t n, record_capacity, number_capacity;
    uint64_t order, offset; /* of the first one */
};

struct live {
    struct live_options o;
    struct segment *segment;
    struct kept *kept; /* [slot] */
    size_t kept_capacity;
    const struct matched *at; /* the line that is being added; NULL: none */
    struct slice bytes;
    int64_t last_ms; /* of the last line or tick; 0: none yet */
    bool restoring, lived;
};

static void listen_to(struct live *l, struct segment *s);

static struct segment *new_segment(struct live *l)
{
    struct year_hint year = { .written = l->o.now, .basis = 0 };
    struct segment *s = segment_new(true, year);
    listen_to(l, s);
    return s;
}

struct live *live_new(const struct live_options *o)
{
    struct live *l = mem_zalloc(1, sizeof *l);
    l->o = *o;
    l->segment = new_segment(l);
    return l;
}

static void forget(struct live *l, struct kept *k, bool tell)
{
    for (size_t i = 0; i < k->n; i++) {
        if (tell && l->o.sink.drop)
            l->o.sink.drop(l->o.sink.arg, k->numbers[i]);
        free((char *)k->records[i].p);
    }
    free(k->records);
    free(k->numbers);
    *k = (struct kept){ 0 };
}

void live_free(struct live *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->kept_capacity; i++)
        forget(l, &l->kept[i], false);
    free(l->kept);
    segment_free(l->segment);
    free(l);
}

size_t live_open(const struct live *l)
{
    return slots_count(l->segment->slots);
}

/* ---- ids ---- */

void live_id(char out[TELL_ID_BYTES], const struct slice *words, size_t n)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct buf text = { 0 };
    for (size_t i = 0; i < n; i++) {
        buf_number(&text, words[i].n);
        buf_putc(&text, ':');
        buf_slice(&text, words[i]);
    }
    if (EVP_Digest(text.p, text.n, digest, NULL, EVP_sha256(), NULL) != 1)
        memset(digest, 0, sizeof digest);
    buf_clear(&text);
    for (size_t i = 0; i < 16; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static void id_of(const struct live *l, const char *kind, uint64_t order, uint64_t offset, char out[TELL_ID_BYTES])
{
    char place[48];
    snprintf(place, sizeof place, "%llu/%llu", (unsigned long long)order, (unsigned long long)offset);
    const struct slice words[] = { slice_of(l->o.epoch), slice_of(l->o.log), slice_of(kind), slice_of(place) };
    live_id(out, words, sizeof words / sizeof *words);
}

/* ---- what closes ---- */

static struct slice string_of(const struct live *l, uint32_t number)
{
    return number ? strings_get(l->segment->strings, number) : (struct slice){ "", 0 };
}

/* All its lines, and the one that ends it and is being added. */
static void tell_attempt(struct live *l, struct live_closing *out, uint32_t slot, uint64_t sequence)
{
    static struct kept none;
    struct kept *k = slot < l->kept_capacity ? &l->kept[slot] : &none;
    bool ends = l->at && sequence == l->segment->sequence; /* by the line itself, not because of it */
    struct slice *records = mem_alloc((k->n + 1) * sizeof *records);
    for (size_t i = 0; i < k->n; i++)
        records[i] = k->records[i];
    if (ends)
        records[k->n] = l->bytes;
    out->records = records;
    out->record_count = k->n + ends;
    if (k->n)
        id_of(l, "attempt", k->order, k->offset, out->id);
    else if (l->at)
        id_of(l, "attempt", l->at->order, l->at->offset, out->id);
    l->o.sink.closing(l->o.sink.arg, out);
    free(records);
    forget(l, k, true);
}

static void on_closing(void *arg, const struct closing *c, uint32_t slot)
{
    static const enum live_kind kinds[] = {
        [CLOSING_ATTEMPT] = LIVE_ATTEMPT, [CLOSING_SIGN] = LIVE_SIGN, [CLOSING_DISCONNECT] = LIVE_DISCONNECT
    };
    struct live *l = arg;
    struct live_closing out = {
        .kind = kinds[c->type],
        .observer = string_of(l, l->segment->hosts[c->host].name),
        .address = string_of(l, c->address),
        .issuer = string_of(l, c->issuer),
        .subject = string_of(l, c->subject),
        .outcome = c->outcome,
        .first = c->first,
        .last = c->last,
        .catching_up = l->at ? l->at->catching_up : false,
    };
    if (l->restoring)
        return;
    if (slot != SLOT_NONE) {
        tell_attempt(l, &out, slot, c->sequence);
        return;
    }
    if (l->at)
        id_of(l, "sign", l->at->order, l->at->offset, out.id);
    out.records = &l->bytes;
    out.record_count = l->at != NULL;
    l->o.sink.closing(l->o.sink.arg, &out);
}

static void listen_to(struct live *l, struct segment *s)
{
    s->listener = on_closing;
    s->listener_arg = l;
}

/* ---- lines ---- */

static void keep(struct live *l, uint32_t slot, struct slice bytes, uint64_t number, const struct matched *m)
{
    if (slot >= l->kept_capacity) {
        size_t had = l->kept_capacity;
        l->kept = mem_grow(l->kept, &l->kept_capacity, slot + 1, sizeof *l->kept);
        memset(l->kept + had, 0, (l->kept_capacity - had) * sizeof *l->kept);
    }
    struct kept *k = &l->kept[slot];
    if (k->n == CAP_LIVE_LINES) /* said again and again: the first ones tell all there is */
        return;
    if (k->n == 0) {
        k->order = m->order;
        k->offset = m->offset;
    }
    k->records = mem_grow(k->records, &k->record_capacity, k->n + 1, sizeof *k->records);
    k->numbers = mem_grow(k->numbers, &k->number_capacity, k->n + 1, sizeof *k->numbers);
    char *copy = mem_alloc(bytes.n);
    memcpy(copy, bytes.p, bytes.n);
    k->records[k->n] = (struct slice){ copy, bytes.n };
    k->numbers[k->n++] = number;
    if (!l->restoring && l->o.sink.keep)
        l->o.sink.keep(l->o.sink.arg, number, bytes);
}

/* The slot of the attempt that the line has become a part of; SLOT_NONE: of none that is open. */
static uint32_t joined(const struct live *l, const struct matched *m, uint64_t sequence)
{
    uint32_t host = segment_host(l->segment, m->line.host);
    uint32_t n = slots_find(l->segment->slots, host, m->line.pid, m->line.tid);
    if (n == SLOT_NONE)
        return n;
    const struct slot *slot = slots_at(l->segment->slots, n);
    return slot->state == SLOT_OPEN && slot->a.sequence > sequence ? n : SLOT_NONE;
}

static void add(struct live *l, const struct matched *m, struct slice bytes, uint64_t number)
{
    struct fact fact;
    struct line_ref ref = { 0, number, { "", 0 } };
    uint64_t before = l->segment->sequence;
    l->at = m;
    l->bytes = bytes;
    if (m->known)
        segment_decode(l->segment, &m->event, &fact);
    segment_add(l->segment, &m->line, m->known ? &fact : NULL, &ref);
    uint32_t slot = m->known ? joined(l, m, before) : SLOT_NONE;
    if (slot != SLOT_NONE)
        keep(l, slot, bytes, number, m);
    segment_release(l->segment);
    l->at = NULL;
}

enum err_code live_restore(struct live *l, uint64_t number, struct slice record)
{
    struct matched m;
    if (matched_parse(record, &m) != ERR_OK)
        return ERR_DATA;
    l->restoring = true;
    segment_limit_step(l->segment, 0); /* all of it was open at the same time */
    add(l, &m, record, number);
    l->restoring = false;
    return ERR_OK;
}

/* A line of one of the attempts that are open, to be put in order. */
struct again {
    uint64_t number;
    struct slice record;
};

static int by_number(const void *a, const void *b)
{
    const struct again *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* What is open is carried over into a segment that knows no other names. */
static void renew(struct live *l)
{
    struct again *all = NULL;
    size_t n = 0, capacity = 0;
    for (size_t i = 0; i < l->kept_capacity; i++) {
        struct kept *k = &l->kept[i];
        for (size_t j = 0; j < k->n; j++) {
            all = mem_grow(all, &capacity, n + 1, sizeof *all);
            all[n++] = (struct again){ k->numbers[j], k->records[j] };
        }
        free(k->records);
        free(k->numbers);
        *k = (struct kept){ 0 };
    }
    if (n)
        qsort(all, n, sizeof *all, by_number);
    segment_free(l->segment);
    l->segment = new_segment(l);
    for (size_t i = 0; i < n; i++) {
        if (live_restore(l, all[i].number, all[i].record) != ERR_OK && l->o.sink.drop)
            l->o.sink.drop(l->o.sink.arg, all[i].number);
        free((char *)all[i].record.p);
    }
    free(all);
}

void live_add(struct live *l, const struct matched *m, struct slice bytes, uint64_t number, int64_t now_ms)
{
    if (strings_count(l->segment->strings) > STRINGS_MOST && live_open(l) < STRINGS_MOST / 4)
        renew(l);
    bool lives = !m->catching_up && l->lived;
    uint64_t passed = now_ms > l->last_ms ? (uint64_t)(now_ms - l->last_ms) / 1000 : 0;
    segment_limit_step(l->segment, lives ? passed + SLACK_SECONDS : UINT64_MAX);
    add(l, m, bytes, number);
    l->lived = !m->catching_up;
    l->last_ms = now_ms;
}

void live_tick(struct live *l, int64_t now_ms)
{
    uint64_t passed = now_ms > l->last_ms && l->last_ms ? (uint64_t)(now_ms - l->last_ms) / 1000 : 0;
    if (l->last_ms == 0)
        l->last_ms = now_ms;
    if (passed == 0)
        return;
    segment_pass(l->segment, passed);
    l->last_ms += (int64_t)passed * 1000;
}
