/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/peer.h"

#include "base/mem.h"

#include <stdlib.h>

#define STAMP_BYTES 16 /* "Sep 20 04:10:47 " */

static bool literal(struct slice *s, struct slice text)
{
    if (!slice_starts(*s, text))
        return false;
    *s = slice_from(*s, text.n);
    return true;
}

/* A number as printf writes it: no leading zero. */
static bool number(struct slice *s, uint32_t *value)
{
    uint32_t v = 0;
    size_t n = 0;
    for (; n < s->n && n < 9 && s->p[n] >= '0' && s->p[n] <= '9'; n++)
        v = v * 10 + (uint32_t)(s->p[n] - '0');
    if (n == 0 || (n > 1 && s->p[0] == '0'))
        return false;
    *s = slice_from(*s, n);
    *value = v;
    return true;
}

static bool two_digits(const char *p, unsigned most, unsigned *value)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
        return false;
    *value = (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
    return *value <= most;
}

static const char months[] = "???JanFebMarAprMayJunJulAugSepOctNovDec";

/* "Sep  2 04:10:47 ", and nothing that would be printed in another way. */
static bool stamp(const char *p, uint32_t *clock)
{
    unsigned month = 1, day, hour, minute, second;
    while (month < 13 && memcmp(months + 3 * month, p, 3) != 0)
        month++;
    char date[2] = { p[4] == ' ' ? '0' : p[4], p[5] };
    bool fine = month < 13 && p[3] == ' ' && p[4] != '0' && two_digits(date, 31, &day) && p[6] == ' ' &&
                two_digits(p + 7, 23, &hour) && p[9] == ':' && two_digits(p + 10, 59, &minute) && p[12] == ':' &&
                two_digits(p + 13, 59, &second) && p[15] == ' ';
    if (fine)
        *clock = (uint32_t)civil_pack(0, month, day, hour * 3600 + minute * 60 + second);
    return fine;
}

/* Is the line what proof_print() would make of it? Then *p has its numbers, and *message what is kept as text. */
static bool common_form(struct proof *p, struct slice line, struct slice *message)
{
    uint32_t clock, pid, tid;
    if (line.n > CAP_EVIDENCE_BYTES || line.n < STAMP_BYTES || !stamp(line.p, &clock))
        return false;
    struct slice rest, s = slice_from(line, STAMP_BYTES);
    struct slice host = slice_cut(s, ' ', &rest);
    if (host.n == 0 || !literal(&rest, SLICE("SF-IMS[")) || !number(&rest, &pid) || !literal(&rest, SLICE("]: [")) ||
        !number(&rest, &tid) || !literal(&rest, SLICE("] ")) || rest.n == 0)
        return false;
    p->clock = clock;
    p->pid = pid;
    p->tid = tid;
    *message = rest;
    return true;
}

/* memmem() takes longer to begin than such a message is long. */
static const char *find(struct slice text, struct slice word)
{
    if (word.n == 0 || text.n < word.n)
        return NULL;
    const char *end = text.p + text.n - word.n + 1;
    for (const char *p = text.p; p < end && (p = memchr(p, word.p[0], (size_t)(end - p))); p++)
        if (memcmp(p, word.p, word.n) == 0)
            return p;
    return NULL;
}

struct named { /* what a message that begins with PROOF_NAME says */
    uint32_t text, name;
};

#define NAMED_BYTES (1 + sizeof(struct named))

static bool is_named(struct slice message, struct named *out)
{
    if (message.n != NAMED_BYTES || message.p[0] != PROOF_NAME)
        return false;
    memcpy(out, message.p + 1, sizeof *out);
    return true;
}

static uint32_t keep_named(const struct proof_room *room, struct named named)
{
    char text[NAMED_BYTES] = { PROOF_NAME };
    memcpy(text + 1, &named, sizeof named);
    return named.text ? strings_add(room->messages, (struct slice){ text, sizeof text }) : 0;
}

uint32_t proof_adopt(
    const struct proof_room *room, struct slice message, const uint32_t *names, const uint32_t *messages)
{
    struct named named;
    if (!is_named(message, &named))
        return strings_add(room->messages, message);
    return keep_named(room, (struct named){ messages[named.text], names[named.name] });
}

/* text, of so many bytes, with the byte `mark` where it first says `word`; returns whether it does. */
static bool put_mark(char *text, size_t *bytes, struct slice word, char mark)
{
    const char *at = find((struct slice){ text, *bytes }, word);
    if (!at)
        return false;
    size_t before = (size_t)(at - text);
    text[before] = mark;
    memmove(text + before + 1, at + word.n, *bytes - before - word.n);
    *bytes -= word.n - 1;
    return true;
}

/* The name that a line of this kind may say. */
static uint32_t name_in(enum event_kind kind, const struct proof_room *room)
{
    return kind == EVENT_CERTIFICATE_ISSUER ? room->issuer : kind == EVENT_CERTIFICATE_SUBJECT ? room->subject : 0;
}

/* The number of the message, with the certificate's name and the peer's address taken out if it has them; 0: no room.
 */
static uint32_t keep_message(struct slice message, enum event_kind kind, const struct proof_room *room)
{
    char text[CAP_EVIDENCE_BYTES];
    size_t n = message.n;
    uint32_t name = name_in(kind, room);
    if (memchr(message.p, PROOF_PEER, n) || memchr(message.p, PROOF_NAME, n))
        return 0;
    memcpy(text, message.p, n);
    bool named = put_mark(text, &n, strings_get(room->names, name), PROOF_NAME);
    put_mark(text, &n, room->address, PROOF_PEER);
    uint32_t id = strings_add(room->messages, (struct slice){ text, n });
    return named ? keep_named(room, (struct named){ id, name }) : id;
}

void proof_keep(struct proof *p, const struct proof_room *room)
{
    if (p->state != PROOF_BORROWED)
        return;
    struct proof kept = *p;
    struct slice line = { p->text, p->bytes }, message;
    kept.message = common_form(&kept, line, &message) ? keep_message(message, (enum event_kind)p->kind, room) : 0;
    if (kept.message) {
        kept.state = PROOF_KEPT;
        *p = kept;
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

void proofs_clear(struct proof *p, size_t count)
{
    for (size_t i = 0; i < count; i++)
        proof_clear(&p[i]);
}

static void print_message(struct buf *b, struct slice message, const struct proof_room *room)
{
    struct named named = { 0 };
    if (is_named(message, &named))
        message = strings_get(room->messages, named.text);
    size_t from = 0;
    for (size_t i = 0; i < message.n; i++) {
        bool peer = message.p[i] == PROOF_PEER;
        if (!peer && message.p[i] != PROOF_NAME)
            continue;
        buf_put(b, message.p + from, i - from);
        buf_slice(b, peer ? room->address : strings_get(room->names, named.name));
        from = i + 1;
    }
    buf_slice(b, slice_from(message, from));
}

void proof_print(struct buf *b, const struct proof *p, struct slice host, const struct proof_room *room)
{
    if (p->state != PROOF_KEPT) {
        buf_put(b, p->text, p->bytes > CAP_EVIDENCE_BYTES ? CAP_EVIDENCE_BYTES : p->bytes);
        return;
    }
    unsigned month = civil_month(p->clock) % 13, second = civil_second(p->clock);
    buf_printf(b, "%.3s %2u %02u:%02u:%02u ", months + month * 3, civil_day(p->clock), second / 3600, second / 60 % 60,
        second % 60);
    buf_slice(b, host);
    buf_printf(b, " SF-IMS[%u]: [%u] ", p->pid, p->tid);
    print_message(b, strings_get(room->messages, p->message), room);
}
