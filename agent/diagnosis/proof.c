/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/peer.h"

#include "base/mem.h"

#include <stdlib.h>

#define STAMP_BYTES 16 /* "Sep 20 04:10:47 " */

static size_t digits(uint32_t n)
{
    size_t count = 1;
    for (; n >= 10; n /= 10)
        count++;
    return count;
}

/* Is the line what proof_print() would make of it? Then *message is the part that is kept as text. */
static bool common_form(const struct envelope *e, struct slice line, struct slice *message)
{
    if (e->kind != ENVELOPE_FULL || e->repeated || e->year_known || e->host.p != line.p + STAMP_BYTES)
        return false;
    *message = (struct slice){ e->process.p, (size_t)(e->text.p + e->text.n - e->process.p) };
    size_t bytes = STAMP_BYTES + e->host.n + 8 + digits(e->pid) + 4 + digits(e->tid) + 2 + message->n;
    bool plain_stamp = line.p[4] != '0' && line.p[13] != '6'; /* no "Sep 02", no leap second */
    return line.n == bytes && bytes <= CAP_EVIDENCE_BYTES && plain_stamp;
}

/* The number of the message, with the peer's address taken out if it names it; 0: no room. */
static uint32_t keep_message(struct slice message, const struct proof_room *room)
{
    const char *at = room->address.n ? memmem(message.p, message.n, room->address.p, room->address.n) : NULL;
    char text[CAP_EVIDENCE_BYTES];
    if (memchr(message.p, PROOF_PEER, message.n))
        return 0;
    if (!at)
        return strings_add(room->messages, message);
    size_t before = (size_t)(at - message.p), after = message.n - before - room->address.n;
    memcpy(text, message.p, before);
    text[before] = PROOF_PEER;
    memcpy(text + before + 1, at + room->address.n, after);
    return strings_add(room->messages, (struct slice){ text, before + 1 + after });
}

void proof_keep(struct proof *p, const struct proof_room *room)
{
    if (p->state != PROOF_BORROWED)
        return;
    struct slice line = { p->text, p->bytes }, message;
    struct envelope e;
    envelope_parse(line, &e);
    uint32_t id = common_form(&e, line, &message) ? keep_message(message, room) : 0;
    if (id) {
        p->state = PROOF_KEPT;
        p->message = id;
        p->clock = (uint32_t)(e.time & (CIVIL_YEAR - 1));
        p->pid = e.pid;
        p->tid = e.tid;
        return;
    }
    p->bytes = p->bytes > CAP_EVIDENCE_BYTES ? CAP_EVIDENCE_BYTES : p->bytes;
    p->text = mem_strndup(p->text, p->bytes);
    p->state = PROOF_COPIED;
}

struct proof proof_copy(const struct proof *p, const struct proof_room *room)
{
    struct proof copy = *p;
    if (copy.state == PROOF_COPIED)
        copy.state = PROOF_BORROWED;
    proof_keep(&copy, room);
    return copy;
}

void proof_replace(struct proof *to, const struct proof *from)
{
    char *room = to->state == PROOF_COPIED ? (char *)to->text : NULL;
    *to = *from;
    if (from->state == PROOF_KEPT) {
        free(room);
        return;
    }
    to->bytes = from->bytes > CAP_EVIDENCE_BYTES ? CAP_EVIDENCE_BYTES : from->bytes;
    room = mem_resize(room, to->bytes, 1);
    memcpy(room, from->text, to->bytes);
    to->text = room;
    to->state = PROOF_COPIED;
}

void proof_clear(struct proof *p)
{
    if (p->state == PROOF_COPIED)
        free((char *)p->text);
    *p = (struct proof){ .weight = 0 };
}

static void print_message(struct buf *b, struct slice message, struct slice address)
{
    struct slice after;
    buf_slice(b, slice_cut(message, PROOF_PEER, &after));
    if (after.p != message.p + message.n || (message.n && message.p[message.n - 1] == PROOF_PEER))
        buf_slice(b, address);
    buf_slice(b, after);
}

void proof_print(struct buf *b, const struct proof *p, struct slice host, const struct proof_room *room)
{
    static const char months[] = "???JanFebMarAprMayJunJulAugSepOctNovDec";
    if (p->state != PROOF_KEPT) {
        buf_put(b, p->text, p->bytes > CAP_EVIDENCE_BYTES ? CAP_EVIDENCE_BYTES : p->bytes);
        return;
    }
    unsigned month = civil_month(p->clock) % 13, second = civil_second(p->clock);
    buf_printf(b, "%.3s %2u %02u:%02u:%02u ", months + month * 3, civil_day(p->clock), second / 3600, second / 60 % 60,
        second % 60);
    buf_slice(b, host);
    buf_printf(b, " SF-IMS[%u]: [%u] ", p->pid, p->tid);
    print_message(b, strings_get(room->messages, p->message), room->address);
}
