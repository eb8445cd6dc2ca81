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

void proof_keep(struct proof *p, struct strings *messages)
{
    if (p->state != PROOF_BORROWED)
        return;
    struct slice line = { p->text, p->bytes }, message;
    struct envelope e;
    envelope_parse(line, &e);
    uint32_t id = common_form(&e, line, &message) ? strings_add(messages, message) : 0;
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

struct proof proof_copy(const struct proof *p, struct strings *messages)
{
    struct proof copy = *p;
    if (copy.state == PROOF_COPIED)
        copy.state = PROOF_BORROWED;
    proof_keep(&copy, messages);
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

void proof_print(struct buf *b, const struct proof *p, struct slice host, const struct strings *messages)
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
    buf_slice(b, strings_get(messages, p->message));
}
