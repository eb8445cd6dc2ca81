/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/attempts.h"

#include "agent/diagnosis/segment_parts.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define SLACK_SECONDS 5 /* a stamp is as old as its line took to get here */
/* The lines of an attempt come together: one that has failed is over after so long without one. */
#define SETTLE_MS 1000        /* when it is known with whom and why */
#define SETTLE_VAGUE_MS 10000 /* when not */
#define STRINGS_MOST 65536U   /* names and addresses, before those that nobody needs any more are forgotten */

/* The lines of one open attempt, by the slot that it has in the segment. */
struct kept {
    struct slice *records; /* each on the heap */
    uint64_t *numbers;
    size_t n, record_capacity, number_capacity;
    uint64_t order, offset; /* of the first one */
    uint64_t offset_last;
    int64_t last_ms; /* when the last one came */
    bool told;       /* what more comes of it changes nothing */
    /* Told: what its records lead to, and all that what follows depends on (attempt_step). */
    uint8_t phase;
    bool addressed, failed;
};

struct attempts {
    struct attempts_options o;
    struct segment *segment;
    struct kept *kept; /* [slot] */
    size_t kept_capacity;
    const struct matched *at; /* the line that is being added; NULL: none */
    struct slice bytes;
    int64_t last_ms; /* of the last line or tick; 0: none yet */
    int64_t now_ms;
    bool restoring, lived;
};

static void listen_to(struct attempts *l, struct segment *s);

static struct segment *new_segment(struct attempts *l)
{
    struct year_hint year = { .written = l->o.now, .basis = 0 };
    struct segment *s = segment_new(true, year);
    listen_to(l, s);
    return s;
}

struct attempts *attempts_new(const struct attempts_options *o)
{
    struct attempts *l = mem_zalloc(1, sizeof *l);
    l->o = *o;
    l->segment = new_segment(l);
    return l;
}

static void forget(struct attempts *l, struct kept *k, bool tell)
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

void attempts_free(struct attempts *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->kept_capacity; i++)
        forget(l, &l->kept[i], false);
    free(l->kept);
    segment_free(l->segment);
    free(l);
}

size_t attempts_open(const struct attempts *l)
{
    return slots_count(l->segment->slots);
}

/* ---- ids ---- */

static void id_of(const struct attempts *l, const char *kind, uint64_t order, uint64_t offset, char out[TELL_ID_BYTES])
{
    char place[48];
    snprintf(place, sizeof place, "%llu/%llu", (unsigned long long)order, (unsigned long long)offset);
    const struct slice words[] = { slice_of(l->o.epoch), slice_of(l->o.log), slice_of(kind), slice_of(place) };
    tell_id(out, words, sizeof words / sizeof *words);
}

/* ---- what closes ---- */

static struct slice string_of(const struct attempts *l, uint32_t number)
{
    return number ? strings_get(l->segment->strings, number) : (struct slice){ "", 0 };
}

/* All its lines, and the one that ends it and is being added. */
static void tell_attempt(struct attempts *l, struct attempt_end *out, uint32_t slot, uint64_t sequence)
{
    static struct kept none;
    struct kept *k = slot < l->kept_capacity ? &l->kept[slot] : &none;
    bool ends = l->at && sequence == l->segment->sequence; /* by the line itself, not because of it */
    bool known = k->n && l->at && k->records[k->n - 1].n == l->bytes.n && k->offset_last == l->at->offset;
    struct slice *records = mem_alloc((k->n + 1) * sizeof *records);
    for (size_t i = 0; i < k->n; i++)
        records[i] = k->records[i];
    if (ends && !known)
        records[k->n] = l->bytes;
    out->records = records;
    out->record_count = k->n + (ends && !known);
    if (k->n)
        id_of(l, "attempt", k->order, k->offset, out->id);
    else if (l->at)
        id_of(l, "attempt", l->at->order, l->at->offset, out->id);
    l->o.sink.closing(l->o.sink.arg, out);
    free(records);
}

/* A line that says that a tunnel is up, without an attempt that could have led to it. */
static void tell_sign(struct attempts *l, struct attempt_end *out)
{
    if (l->at)
        id_of(l, "sign", l->at->order, l->at->offset, out->id);
    out->records = &l->bytes;
    out->record_count = l->at != NULL;
    l->o.sink.closing(l->o.sink.arg, out);
}

static void on_closing(void *arg, const struct closing *c, uint32_t slot)
{
    static const enum end_kind kinds[] = {
        [CLOSING_ATTEMPT] = END_ATTEMPT, [CLOSING_SIGN] = END_SIGN, [CLOSING_DISCONNECT] = END_DISCONNECT
    };
    struct attempts *l = arg;
    struct attempt_end out = {
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
    if (slot != SLOT_NONE && slot < l->kept_capacity && l->kept[slot].told) {
        forget(l, &l->kept[slot], true);
        if (c->outcome.type != OUTCOME_ESTABLISHED)
            return;
        out.kind = END_SIGN;
        slot = SLOT_NONE;
    }
    if (slot == SLOT_NONE)
        tell_sign(l, &out);
    else {
        tell_attempt(l, &out, slot, c->sequence);
        if (slot < l->kept_capacity)
            forget(l, &l->kept[slot], true);
    }
}

/* ---- what was told before it was over ---- */

/* Does the attempt differ from what was noted, in what counts? It is noted then. */
static bool note_state(struct kept *k, const struct attempt *a)
{
    bool addressed = a->address != 0, failed = attempt_failed(a);
    bool news = a->phase != k->phase || addressed != k->addressed || failed != k->failed;
    k->phase = a->phase;
    k->addressed = addressed;
    k->failed = failed;
    return news;
}

/* The line as it is kept from now on: as one of an attempt that was told, and no proof of anything. On the heap. */
static struct slice told_record(struct matched m)
{
    struct buf b = { 0 };
    m.told = true;
    m.text = (struct slice){ "", 0 };
    matched_print(&b, &m);
    return (struct slice){ b.p, b.n };
}

/* Which of its lines are needed to have an attempt with the same phase, address and failure again. */
static void needed_lines(struct attempts *l, struct kept *k, bool *needed)
{
    struct attempt a;
    struct fact none = { .time = CIVIL_NONE };
    size_t last = 0;
    attempt_init(&a, &none);
    for (size_t i = 0; i < k->n; i++) {
        struct matched m;
        struct fact f = none;
        if (matched_parse(k->records[i], &m) != ERR_OK || !m.known)
            continue;
        segment_decode(l->segment, &m.event, &f);
        struct kept had = *k;
        attempt_add(&a, &f);
        (void)note_state(k, &a);
        needed[i] = i == 0 || k->addressed != had.addressed || k->failed != had.failed;
        last = k->phase != had.phase ? i : last;
    }
    needed[last] = true;
}

/* Its lines say so wherever they are kept: without that, a restart would tell it again. */
static void mark_told(struct attempts *l, struct kept *k)
{
    bool needed[CAP_LIVE_LINES] = { false };
    size_t n = 0;
    needed_lines(l, k, needed);
    k->told = true;
    for (size_t i = 0; i < k->n; i++) {
        struct slice record = k->records[i];
        struct matched m;
        if (needed[i] && matched_parse(record, &m) == ERR_OK) {
            k->numbers[n] = k->numbers[i];
            k->records[n] = told_record(m);
            if (l->o.sink.again)
                l->o.sink.again(l->o.sink.arg, k->numbers[n], k->records[n]);
            n++;
        } else if (l->o.sink.drop) {
            l->o.sink.drop(l->o.sink.arg, k->numbers[i]);
        }
        free((char *)record.p);
    }
    k->n = n;
}

static void listen_to(struct attempts *l, struct segment *s)
{
    s->listener = on_closing;
    s->listener_arg = l;
}

/* An open attempt that is as good as over: told now, and whatever still comes of it is passed over. */
static void tell_open(struct attempts *l, uint32_t slot)
{
    const struct attempt *a = &slots_at(l->segment->slots, slot)->a;
    struct attempt_end out = {
        .kind = END_ATTEMPT,
        .observer = string_of(l, l->segment->hosts[a->host].name),
        .address = string_of(l, a->address),
        .issuer = string_of(l, a->issuer),
        .subject = string_of(l, a->subject),
        .outcome = attempt_outcome(a, false),
        .first = a->first,
        .last = a->last,
        .catching_up = l->at ? l->at->catching_up : false,
    };
    tell_attempt(l, &out, slot, 0);
    mark_told(l, &l->kept[slot]);
}

/* The connecting end's last word, after which nothing can come that says more. */
static bool last_word(const struct attempt *a, const struct matched *m)
{
    if (!a->address)
        return false;
    if (m->event.kind == EVENT_CONNECT_GIVEN_UP)
        return a->tcp != TCP_FINE;
    return m->event.kind == EVENT_VERIFY_STATUS && a->verify >= 0 && a->tcp_connected;
}

/* ---- lines ---- */

/* record: taken over. */
static void append(struct kept *k, uint64_t number, struct slice record)
{
    k->records = mem_grow(k->records, &k->record_capacity, k->n + 1, sizeof *k->records);
    k->numbers = mem_grow(k->numbers, &k->number_capacity, k->n + 1, sizeof *k->numbers);
    k->records[k->n] = record;
    k->numbers[k->n++] = number;
}

static void keep(struct attempts *l, uint32_t slot, struct slice bytes, uint64_t number, const struct matched *m)
{
    if (slot >= l->kept_capacity) {
        size_t had = l->kept_capacity;
        l->kept = mem_grow(l->kept, &l->kept_capacity, slot + 1, sizeof *l->kept);
        memset(l->kept + had, 0, (l->kept_capacity - had) * sizeof *l->kept);
    }
    struct kept *k = &l->kept[slot];
    bool news = (k->told || m->told) && note_state(k, &slots_at(l->segment->slots, slot)->a);
    if (k->n == CAP_LIVE_LINES) /* said again and again: the first ones tell all there is */
        return;
    if (k->told && !l->restoring) {
        if (!news)
            return;
        append(k, number, told_record(*m));
    } else {
        if (!k->told)
            k->last_ms = l->now_ms;
        k->told |= m->told;
        append(k, number, (struct slice){ mem_strndup(bytes.p, bytes.n), bytes.n });
    }
    if (k->n == 1) {
        k->order = m->order;
        k->offset = m->offset;
    }
    k->offset_last = m->offset;
    if (!l->restoring && l->o.sink.keep)
        l->o.sink.keep(l->o.sink.arg, number, k->records[k->n - 1]);
}

/* The slot of the attempt that the line has become a part of; SLOT_NONE: of none that is open. */
static uint32_t joined(const struct attempts *l, const struct matched *m, uint64_t sequence)
{
    uint32_t host = segment_host(l->segment, m->line.host);
    uint32_t n = slots_find(l->segment->slots, host, m->line.pid, m->line.tid);
    if (n == SLOT_NONE)
        return n;
    const struct slot *slot = slots_at(l->segment->slots, n);
    return slot->state == SLOT_OPEN && slot->a.sequence > sequence ? n : SLOT_NONE;
}

static void add(struct attempts *l, const struct matched *m, struct slice bytes, uint64_t number)
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
    if (slot != SLOT_NONE) {
        keep(l, slot, bytes, number, m);
        if (!l->restoring && !l->kept[slot].told && last_word(&slots_at(l->segment->slots, slot)->a, m))
            tell_open(l, slot);
    }
    segment_release(l->segment);
    l->at = NULL;
}

enum err_code attempts_restore(struct attempts *l, uint64_t number, struct slice record)
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
static void renew(struct attempts *l)
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
        if (attempts_restore(l, all[i].number, all[i].record) != ERR_OK && l->o.sink.drop)
            l->o.sink.drop(l->o.sink.arg, all[i].number);
        free((char *)all[i].record.p);
    }
    free(all);
}

void attempts_add(struct attempts *l, const struct matched *m, struct slice bytes, uint64_t number, int64_t now_ms)
{
    if (strings_count(l->segment->strings) > STRINGS_MOST && attempts_open(l) < STRINGS_MOST / 4)
        renew(l);
    bool lives = !m->catching_up && l->lived;
    uint64_t passed = now_ms > l->last_ms ? (uint64_t)(now_ms - l->last_ms) / 1000 : 0;
    l->now_ms = now_ms;
    segment_limit_step(l->segment, lives ? passed + SLACK_SECONDS : UINT64_MAX);
    add(l, m, bytes, number);
    l->lived = !m->catching_up;
    l->last_ms = now_ms;
}

static bool definite(const struct attempt *a)
{
    return a->address && (a->verify >= 0 || a->alert >= 0 || a->post_handshake_auth || a->tcp != TCP_FINE);
}

static void settle(struct attempts *l, int64_t now_ms)
{
    for (uint32_t i = 0; i < l->kept_capacity; i++) {
        struct kept *k = &l->kept[i];
        if (k->last_ms == 0) /* put back after a restart: its next lines may just be coming */
            k->last_ms = now_ms;
        if (k->n == 0 || k->told || now_ms - k->last_ms < SETTLE_MS)
            continue;
        const struct attempt *a = &slots_at(l->segment->slots, i)->a;
        if (attempt_failed(a) && (definite(a) || now_ms - k->last_ms >= SETTLE_VAGUE_MS))
            tell_open(l, i);
    }
}

void attempts_tick(struct attempts *l, int64_t now_ms)
{
    uint64_t passed = now_ms > l->last_ms && l->last_ms ? (uint64_t)(now_ms - l->last_ms) / 1000 : 0;
    if (l->last_ms == 0)
        l->last_ms = now_ms;
    settle(l, now_ms);
    if (passed == 0)
        return;
    segment_pass(l->segment, passed);
    l->last_ms += (int64_t)passed * 1000;
}
