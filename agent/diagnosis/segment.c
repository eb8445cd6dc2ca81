/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/segment_parts.h"

#include "base/mem.h"

#include <stdlib.h>

struct segment *segment_new(bool left_known, struct year_hint year)
{
    struct segment *s = mem_zalloc(1, sizeof *s);
    s->left_known = left_known;
    s->year = year;
    s->step_most = UINT64_MAX;
    s->strings = strings_new(CAP_STRINGS);
    s->messages = strings_new(CAP_MESSAGES);
    s->slots = slots_new();
    s->spares = mem_zalloc(1, sizeof *s->spares);
    s->peer_index_size = 8;
    s->peer_index = mem_alloc(s->peer_index_size * sizeof *s->peer_index);
    memset(s->peer_index, 0xff, s->peer_index_size * sizeof *s->peer_index);
    return s;
}

struct segment *segment_go_on(struct segment *s, struct year_hint year)
{
    s->year.written = year.written == INT64_MIN ? s->year.written : year.written;
    s->year.basis = year.written == INT64_MIN ? s->year.basis : year.basis;
    return s;
}

size_t segment_head_bytes(const struct segment *s)
{
    return s->head_bytes;
}

static void attempt_clear(struct attempt *a)
{
    proofs_clear(a->proof, a->proof_count);
    a->proof_count = 0;
}

static void items_clear(struct segment *s)
{
    for (size_t i = 0; i < s->item_count; i++) {
        struct closing *c = s->items[i].closing;
        proof_clear(&s->items[i].proof);
        if (c)
            proofs_clear(c->proof, c->proof_count);
        free(c);
    }
    free(s->items);
}

void segment_free(struct segment *s)
{
    if (!s)
        return;
    for (size_t h = 0; h < s->host_count; h++)
        for (uint32_t n = s->hosts[h].order.oldest; n != SLOT_NONE; n = slots_at(s->slots, n)->newer)
            attempt_clear(&slots_at(s->slots, n)->a);
    for (size_t i = 0; i < s->peer_count; i++)
        peer_clear(&s->peers[i]);
    for (size_t i = 0; i < NOISE_KINDS; i++)
        proof_clear(&s->noise[i].first);
    items_clear(s);
    free(s->peers);
    witness_spares_clear(s->spares);
    free(s->spares);
    free(s->peer_index);
    free(s->hosts);
    free(s->host_index);
    free(s->spans);
    free(s->borrowing);
    slots_free(s->slots);
    strings_free(s->strings);
    strings_free(s->messages);
    free(s);
}

/* ---- time ---- */

civil civil_near(civil t, civil reference)
{
    civil with_year = t % CIVIL_YEAR + (reference >> 26 << 26);
    if (with_year - reference > 11 * CIVIL_MONTH) /* a line of the old year, late */
        return with_year - CIVIL_YEAR;
    if (reference - with_year > HALF_YEAR)
        return with_year + CIVIL_YEAR;
    return with_year;
}

_Static_assert(CIVIL_YEAR == 1 << 26, "a shift takes the year apart");

/*
 * The year of a host's first line, as far as it can be known before its last one was read. Other hosts in the same log
 * tell nothing: their clocks are their own.
 */
static civil first_year(const struct segment *s, civil t)
{
    if (s->year.forced)
        return t % CIVIL_YEAR + s->year.forced * CIVIL_YEAR;
    if (s->year.written == INT64_MIN)
        return t % CIVIL_YEAR + 1972 * CIVIL_YEAR; /* a leap year: no day is impossible */
    civil end = civil_from_unix(s->year.written + 86400);
    civil guess = t % CIVIL_YEAR + civil_year(end) * CIVIL_YEAR;
    return guess > end ? guess - CIVIL_YEAR : guess;
}

static void span_add(struct span *span, uint32_t host, civil t, bool year_known)
{
    if (span->host == NO_INDEX)
        span->host = host;
    if (span->first == CIVIL_NONE)
        span->first = t;
    span->last = t;
    span->year_known = year_known;
}

uint64_t segment_passed(civil from, civil to)
{
    uint64_t seconds = (uint64_t)civil_between(from, to);
    return seconds > CLOCK_WAS_SET ? 0 : seconds;
}

/* What passed while no line came was counted then. */
static void step_forward(const struct segment *s, struct host *h, uint64_t seconds)
{
    seconds = seconds < s->step_most ? seconds : s->step_most;
    h->elapsed += seconds > h->passed ? seconds - h->passed : 0;
}

void segment_limit_step(struct segment *s, uint64_t seconds)
{
    s->step_most = seconds;
}

/* Moves the host's clock to the line; returns the line's time with its year. */
static civil clock_step(struct segment *s, struct host *h, const struct envelope *line)
{
    civil t = line->time;
    if (t == CIVIL_NONE)
        return t;
    if (line->year_known)
        h->year_known = true;
    else if (h->last != CIVIL_NONE)
        t = civil_near(t, h->last);
    else
        t = first_year(s, t);
    if (h->first == CIVIL_NONE)
        h->first = t;
    else if (t > h->last)
        step_forward(s, h, segment_passed(h->last, t));
    h->last = t;
    h->passed = 0;
    if (!line->year_known && civil_month(t) == 2 && civil_day(t) == 29)
        h->leap_year = civil_year(t);
    return t;
}

void segment_span(const struct segment *s, civil *first, civil *last)
{
    *first = *last = CIVIL_NONE;
    for (size_t i = 0; i < s->span_count; i++) {
        const struct span *span = &s->spans[i];
        if (span->first != CIVIL_NONE && (*first == CIVIL_NONE || span->first < *first))
            *first = span->first;
        if (span->last != CIVIL_NONE && (*last == CIVIL_NONE || span->last > *last))
            *last = span->last;
    }
}

/* ---- closings ---- */

struct proof_room segment_room(const struct segment *s, uint32_t address)
{
    return (struct proof_room){
        .messages = s->messages,
        .names = s->strings,
        .address = strings_get(s->strings, address),
        .spares = s->spares,
    };
}

static struct proof_room room_of(const struct segment *s, const struct closing *c)
{
    struct proof_room room = segment_room(s, c->address);
    room.issuer = c->issuer;
    room.subject = c->subject;
    return room;
}

void segment_apply(struct segment *s, const struct closing *c)
{
    if (c->type == CLOSING_ATTEMPT) {
        s->attempts++;
        s->unattributed += c->address == 0;
    }
    struct peer *p = segment_peer(s, c->host, c->address);
    struct proof_room room = room_of(s, c);
    if (p)
        peer_apply(p, c, &room);
    else
        s->over_cap++;
}

static struct item *item_add(struct segment *s)
{
    s->items = mem_grow(s->items, &s->item_capacity, s->item_count + 1, sizeof *s->items);
    struct item *i = &s->items[s->item_count++];
    *i = (struct item){ .closing = NULL };
    s->head_bytes += sizeof *i;
    return i;
}

static void item_proof(struct segment *s, struct proof *p, const struct proof_room *room)
{
    *p = proof_copy(p, room);
    if (p->state == PROOF_COPIED)
        s->head_bytes += p->bytes;
}

/* slot: SLOT_NONE for what is no attempt. */
static void report(struct segment *s, const struct closing *c, uint32_t slot)
{
    if (s->listener)
        s->listener(s->listener_arg, c, slot);
    else
        segment_report(s, c);
}

void segment_report(struct segment *s, const struct closing *c)
{
    const struct host *h = &s->hosts[c->host];
    if (!h->early && c->sequence > h->early_end) { /* else it belongs in front of all that was applied */
        segment_apply(s, c);
        return;
    }
    struct item *i = item_add(s);
    i->closing = mem_alloc(sizeof *c);
    *i->closing = *c;
    s->head_bytes += sizeof *c;
    struct proof_room room = room_of(s, c);
    for (size_t k = 0; k < c->proof_count; k++)
        item_proof(s, &i->closing->proof[k], &room);
}

/* How many lines an outcome needs to be believed. */
static size_t worth(struct outcome o)
{
    switch ((enum outcome_type)o.type) {
    case OUTCOME_ESTABLISHED:
    case OUTCOME_INCOMPLETE: return 1;
    case OUTCOME_REFUSED:
    case OUTCOME_UNREACHABLE:
    case OUTCOME_TIMED_OUT: return 2;
    case OUTCOME_HANDSHAKE_FAILED:
    case OUTCOME_POST_HANDSHAKE_AUTH: return 3;
    case OUTCOME_VERIFY_FAILED:
    case OUTCOME_ALERT:
    case OUTCOME_TYPES: break;
    }
    return CAP_EVIDENCE_PER_OUTCOME;
}

/* Copies the `most` strongest proofs, in the order of the log; returns their number. */
static uint8_t strongest(const struct attempt *a, size_t most, struct proof *out)
{
    uint8_t count = 0;
    for (size_t i = 0; i < a->proof_count; i++) {
        size_t stronger = 0; /* of equals the first one */
        for (size_t k = 0; k < a->proof_count; k++)
            stronger += a->proof[k].weight > a->proof[i].weight || (k < i && a->proof[k].weight == a->proof[i].weight);
        if (stronger < most)
            out[count++] = a->proof[i];
    }
    return count;
}

static void report_attempt(struct segment *s, uint32_t n, bool established)
{
    const struct attempt *a = &slots_at(s->slots, n)->a;
    struct closing c = {
        .type = CLOSING_ATTEMPT,
        .host = a->host,
        .address = a->address,
        .issuer = a->issuer,
        .subject = a->subject,
        .verified_ok = a->verified_ok,
        .outcome = attempt_outcome(a, established),
        .first = a->first,
        .last = a->last,
        .sequence = a->sequence,
    };
    c.proof_count = strongest(a, worth(c.outcome), c.proof);
    report(s, &c, n);
}

static void close_slot(struct segment *s, uint32_t n, bool established)
{
    struct slot *slot = slots_at(s->slots, n);
    struct host *h = &s->hosts[slot->a.host];
    if (slot->state == SLOT_OPEN)
        report_attempt(s, n, established);
    attempt_clear(&slot->a);
    slot->borrowing = false;
    slot->state = SLOT_IDLE; /* while early: so that this key's past is known to be over */
    if (!h->early)
        slots_remove(s->slots, &h->order, n);
}

void segment_close(struct segment *s, uint32_t n)
{
    close_slot(s, n, false);
}

/* Takes slot n away; what was open in it is judged as it stands. */
static void expire(struct segment *s, uint32_t n)
{
    struct slot *slot = slots_at(s->slots, n);
    struct host *h = &s->hosts[slot->a.host];
    if (slot->state == SLOT_OPEN)
        report_attempt(s, n, false);
    h->heads -= slot->state == SLOT_HEAD;
    attempt_clear(&slot->a);
    slot->borrowing = false;
    slots_remove(s->slots, &h->order, n);
}

static bool silent(const struct slot *slot, uint64_t elapsed)
{
    return elapsed > slot->a.elapsed + CAP_SILENCE_SECONDS;
}

void segment_settle_host(struct segment *s, uint32_t host)
{
    struct host *h = &s->hosts[host];
    while (h->order.oldest != SLOT_NONE && silent(slots_at(s->slots, h->order.oldest), h->elapsed))
        expire(s, h->order.oldest);
    if (h->early && h->heads == 0 && h->elapsed > CAP_SILENCE_SECONDS) {
        h->early = false;
        h->early_end = s->sequence;
    }
}

void segment_pass(struct segment *s, uint64_t seconds)
{
    for (size_t i = 0; i < s->host_count; i++) {
        struct host *h = &s->hosts[i];
        if (h->order.oldest == SLOT_NONE)
            continue;
        h->elapsed += seconds;
        h->passed += seconds;
        segment_settle_host(s, (uint32_t)i);
    }
}

/* ---- facts ---- */

/* Keeps the line as proof: one of each kind; when full the least telling one goes. */
static void slot_prove(struct segment *s, uint32_t n, const struct proof *proof)
{
    struct slot *slot = slots_at(s->slots, n);
    struct attempt *a = &slot->a;
    size_t at = a->proof_count, weakest = 0;
    if (!proof->weight)
        return;
    for (size_t i = 0; i < a->proof_count; i++) {
        if (a->proof[i].kind == proof->kind)
            return;
        if (a->proof[i].weight <= a->proof[weakest].weight)
            weakest = i;
    }
    if (at == CAP_EVIDENCE_PER_OUTCOME) {
        if (a->proof[weakest].weight >= proof->weight)
            return;
        proof_clear(&a->proof[weakest]);
        memmove(&a->proof[weakest], &a->proof[weakest + 1], (at - weakest - 1) * sizeof *a->proof);
        at--;
    } else {
        a->proof_count++;
    }
    a->proof[at] = *proof;
    if (proof->state == PROOF_BORROWED && !slot->borrowing) {
        slot->borrowing = true;
        s->borrowing = mem_grow(s->borrowing, &s->borrowing_capacity, s->borrowing_count + 1, sizeof *s->borrowing);
        s->borrowing[s->borrowing_count++] = n;
    }
}

void segment_release(struct segment *s)
{
    for (size_t i = 0; i < s->borrowing_count; i++) {
        struct slot *slot = slots_at(s->slots, s->borrowing[i]);
        struct proof_room room = segment_room(s, slot->a.address);
        room.issuer = slot->a.issuer;
        room.subject = slot->a.subject;
        for (size_t k = 0; slot->borrowing && k < slot->a.proof_count; k++)
            proof_keep(&slot->a.proof[k], &room);
        slot->borrowing = false;
    }
    s->borrowing_count = 0;
}

static uint32_t slot_new(struct segment *s, const struct fact *f)
{
    struct host *h = &s->hosts[f->host];
    while (slots_count(s->slots) >= CAP_OPEN_ATTEMPTS && h->order.oldest != SLOT_NONE) {
        segment_over(s, OVER_OPEN);
        expire(s, h->order.oldest);
    }
    uint32_t n = slots_add(s->slots, f->host, f->pid, f->tid);
    struct slot *slot = slots_at(s->slots, n);
    slot->state = SLOT_IDLE;
    slot->borrowing = false;
    attempt_init(&slot->a, f);
    slot->a.elapsed = f->elapsed;
    slots_append(s->slots, &h->order, n);
    return n;
}

static void report_sign(struct segment *s, const struct fact *f, const struct proof *proof, bool disconnect)
{
    if (!f->address)
        return;
    struct closing c = {
        .type = disconnect ? CLOSING_DISCONNECT : CLOSING_SIGN,
        .host = f->host,
        .address = f->address,
        .first = f->time,
        .last = f->time,
        .sequence = f->sequence,
        .proof_count = proof->weight != 0,
        .proof = { *proof },
    };
    report(s, &c, SLOT_NONE);
}

/* Opens an attempt in slot n (SLOT_NONE: a new one) with f. */
static uint32_t slot_open(struct segment *s, uint32_t n, const struct fact *f, const struct proof *proof)
{
    if (n == SLOT_NONE)
        n = slot_new(s, f);
    struct slot *slot = slots_at(s->slots, n);
    attempt_init(&slot->a, f);
    slot->state = SLOT_OPEN;
    attempt_add(&slot->a, f);
    slot_prove(s, n, proof);
    slots_renew(s->slots, &s->hosts[f->host].order, n);
    return n;
}

/* The key's past is known: the plain case. */
static void settled_fact(struct segment *s, uint32_t n, const struct fact *f, const struct proof *proof)
{
    struct slot *slot = n == SLOT_NONE ? NULL : slots_at(s->slots, n);
    struct attempt *open = slot && slot->state == SLOT_OPEN ? &slot->a : NULL;
    enum attempt_step step = attempt_step(open, f);
    switch (step) {
    case STEP_NOTHING: return;
    case STEP_ATTACH:
    case STEP_END:
    case STEP_UP:
        if (!open) /* repeated signs */
            return;
        attempt_add(open, f);
        slot_prove(s, n, proof);
        slots_renew(s->slots, &s->hosts[f->host].order, n);
        if (step != STEP_ATTACH)
            close_slot(s, n, step == STEP_UP);
        else if (f->address)
            segment_peer_soon(s, f->host, f->address);
        return;
    case STEP_NEW:
    case STEP_NEW_END:
        if (open) {
            close_slot(s, n, false);
            if (!s->hosts[f->host].early)
                n = SLOT_NONE;
        }
        n = slot_open(s, n, f, proof);
        if (step == STEP_NEW_END)
            close_slot(s, n, false);
        else if (f->address)
            segment_peer_soon(s, f->host, f->address);
        return;
    case STEP_SIGN:
        if (open && !f->repeated)
            close_slot(s, n, false);
        report_sign(s, f, proof, false);
        return;
    }
}

static void item_fact(struct segment *s, const struct fact *f, const struct proof *proof)
{
    struct item *i = item_add(s);
    i->fact = *f;
    i->proof = *proof;
    if (!proof->weight)
        return;
    struct proof_room room = segment_room(s, 0); /* whose it is the left side may tell */
    room.issuer = room.subject = f->dn;
    item_proof(s, &i->proof, &room);
}

/*
 * The key's past, left of the segment, matters: the fact is kept for the join. Alongside it is followed what may be
 * open, to find the first place from which on the past makes no difference. Returns false when that place lies before
 * f: then f is an ordinary fact.
 */
static bool head_fact(struct segment *s, uint32_t n, const struct fact *f, const struct proof *proof)
{
    struct host *h = &s->hosts[f->host];
    struct slot *slot = slots_at(s->slots, n);
    enum pasts_end end = pasts_add(&slot->a.pasts, f);
    if (end != PASTS_DIFFER) {
        slot->state = SLOT_IDLE;
        h->heads--;
    }
    if (end == PASTS_OVER_BEFORE)
        return false;
    item_fact(s, f, proof);
    slot->a.elapsed = f->elapsed;
    slots_renew(s->slots, &h->order, n);
    return true;
}

void segment_fact(struct segment *s, const struct fact *f, const struct proof *proof)
{
    if (f->kind == EVENT_DISCONNECTED || f->kind == EVENT_ALIVE) {
        report_sign(s, f, proof, f->kind == EVENT_DISCONNECTED);
        return;
    }
    if (f->kind == EVENT_INFO || f->kind == EVENT_RPC_FAILED)
        return;
    uint32_t n = slots_find(s->slots, f->host, f->pid, f->tid);
    struct host *h = &s->hosts[f->host];
    if (n != SLOT_NONE && silent(slots_at(s->slots, n), f->elapsed)) { /* joined slots may stand out of order */
        expire(s, n);
        n = SLOT_NONE;
    }
    if (h->early && n == SLOT_NONE && f->elapsed <= CAP_SILENCE_SECONDS) {
        n = slot_new(s, f);
        slots_at(s->slots, n)->state = SLOT_HEAD;
        pasts_init(&slots_at(s->slots, n)->a.pasts);
        h->heads++;
    }
    if (n != SLOT_NONE && slots_at(s->slots, n)->state == SLOT_HEAD && head_fact(s, n, f, proof))
        return;
    settled_fact(s, n, f, proof);
}

static void count_noise(struct segment *s, const struct proof *proof, uint32_t host)
{
    enum noise_kind kind;
    if (proof->kind == EVENT_STATUS_NOISE)
        kind = NOISE_STATUS;
    else if (proof->kind == EVENT_RENEGOTIATE_FAILED)
        kind = NOISE_RENEGOTIATE;
    else if (proof->kind == EVENT_ATTEMPT_FAILED)
        kind = NOISE_RVAL;
    else
        return;
    struct noise_count *c = &s->noise[kind];
    if (c->lines++ == 0) {
        struct proof_room room = segment_room(s, 0);
        c->first = proof_copy(proof, &room);
        c->host = host;
    }
}

/* Lines that only the FMC, or only the connecting end, writes. */
static void count_hints(struct host *h, const struct envelope *line, const struct fact *f)
{
    if (f->kind >= EVENT_CONNECTING && f->kind <= EVENT_TCP_CONNECTED)
        h->ftd_hints++;
    else if (slice_starts(line->text, SLICE("establish")))
        h->fmc_hints++;
}

void segment_decode(struct segment *s, const struct event *ev, struct fact *out)
{
    fact_decode(out, ev, s->strings);
}

/* The host of a line: mostly one of a few. */
static uint32_t host_of(struct segment *s, struct slice name)
{
    unsigned char last = name.n ? (unsigned char)name.p[name.n - 1] : 0;
    uint32_t *recent = &s->recent[(last ^ name.n << 3) % RECENT_HOSTS];
    if (*recent < s->host_count && slice_eq(strings_get(s->strings, s->hosts[*recent].name), name))
        return *recent;
    return *recent = segment_host(s, name);
}

void segment_add(struct segment *s, const struct envelope *line, const struct fact *fact, const struct line_ref *ref)
{
    if (line->kind == ENVELOPE_REPEATED)
        return;
    uint32_t host = host_of(s, line->host);
    struct host *h = &s->hosts[host];
    civil time = clock_step(s, h, line);
    if (time != CIVIL_NONE)
        span_add(segment_source(s, ref->source), host, time, h->year_known);
    segment_settle_host(s, host);
    if (!fact)
        return;
    struct fact f = *fact;
    f.repeated = line->repeated != 0;
    f.pid = line->pid;
    f.tid = line->tid;
    f.host = host;
    f.time = time;
    f.elapsed = h->elapsed;
    f.sequence = ++s->sequence;
    struct proof proof = {
        .line = ref->number,
        .text = ref->text.p,
        .source = ref->source,
        .kind = f.kind,
        .weight = (uint8_t)(ref->text.n ? fact_weight((enum event_kind)f.kind) & 15 : 0),
        .state = PROOF_BORROWED,
        .bytes = (uint16_t)(ref->text.n > UINT16_MAX ? UINT16_MAX : ref->text.n),
    };
    count_noise(s, &proof, host);
    count_hints(h, line, &f);
    segment_fact(s, &f, &proof);
}
