/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/peer.h"

#include "base/mem.h"

#include <stdlib.h>

/*
 * The lines of one attempt are of one process and thread and lie near one another, and mostly they are of the common
 * form: then a line takes three words instead of ten.
 */
struct brief {
    uint32_t line; /* after the witness's */
    uint32_t message;
    uint32_t clock : 26, kind : 6;
};

_Static_assert(EVENT_KIND_COUNT <= 64, "a kind has six bits");

struct lines {
    uint64_t line;     /* of the first one */
    uint32_t pid, tid; /* of all of them */
    struct brief brief[];
};

static size_t bytes_needed(bool brief, size_t count)
{
    return sizeof(struct witness) +
           (brief ? sizeof(struct lines) + count * sizeof(struct brief) : count * sizeof(struct proof));
}

static struct lines *lines_of(struct witness *w)
{
    return (struct lines *)(w + 1);
}

static struct proof *proofs_of(struct witness *w)
{
    return (struct proof *)(w + 1);
}

_Static_assert(sizeof(struct witness) % _Alignof(struct proof) == 0, "proofs follow a witness");
_Static_assert(sizeof(struct witness) % _Alignof(struct lines) == 0, "lines follow a witness");

static void clear(struct witness *w)
{
    if (!w->brief)
        proofs_clear(proofs_of(w), w->proof_count);
    w->proof_count = 0;
}

struct witness_spare {
    struct witness_spare *next;
};

void witness_free(struct witness *w, struct witness_spares *spares)
{
    if (!w)
        return;
    size_t count = w->proof_count;
    clear(w);
    if (!spares || !w->brief) {
        free(w);
        return;
    }
    struct witness_spare *spare = (struct witness_spare *)w;
    spare->next = spares->first[count];
    spares->first[count] = spare;
}

void witness_spares_clear(struct witness_spares *spares)
{
    for (size_t i = 0; i < sizeof spares->first / sizeof *spares->first; i++)
        for (struct witness_spare *spare; (spare = spares->first[i]);) {
            spares->first[i] = spare->next;
            free(spare);
        }
}

/* Room for one with so many lines. */
static struct witness *room_for(bool brief, size_t count, struct witness_spares *spares)
{
    struct witness_spare *spare = brief && spares ? spares->first[count] : NULL;
    if (!spare)
        return mem_alloc(bytes_needed(brief, count));
    spares->first[count] = spare->next;
    return (struct witness *)spare;
}

static bool fits(const struct proof *p, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (p[i].state != PROOF_KEPT || p[i].source != p[0].source || p[i].pid != p[0].pid || p[i].tid != p[0].tid ||
            p[i].line < p[0].line || p[i].line - p[0].line > UINT32_MAX)
            return false;
    return true;
}

static void put_lines(struct witness *w, const struct proof *p, size_t count)
{
    struct lines *l = lines_of(w);
    *l = count ? (struct lines){ .line = p[0].line, .pid = p[0].pid, .tid = p[0].tid } : (struct lines){ .line = 0 };
    w->source = count ? p[0].source : 0;
    for (size_t i = 0; i < count; i++)
        l->brief[i] = (struct brief){
            .line = (uint32_t)(p[i].line - p[0].line),
            .message = p[i].message,
            .clock = p[i].clock & ((1u << 26) - 1),
            .kind = (unsigned)p[i].kind & 63,
        };
}

struct witness *witness_take(struct witness *w, const struct closing *c, const struct proof_room *room)
{
    struct proof proof[CAP_EVIDENCE_PER_OUTCOME];
    for (size_t i = 0; i < c->proof_count; i++)
        proof[i] = proof_copy(&c->proof[i], room);
    bool brief = fits(proof, c->proof_count);
    if (!w || !brief || !w->brief || w->proof_count != c->proof_count) {
        witness_free(w, room->spares);
        w = room_for(brief, c->proof_count, room->spares);
    }
    *w = (struct witness){
        .sequence = c->sequence,
        .time = c->last,
        .issuer = c->issuer,
        .subject = c->subject,
        .verified_ok = c->verified_ok,
        .brief = brief,
        .proof_count = c->proof_count,
    };
    if (brief)
        put_lines(w, proof, c->proof_count);
    else if (c->proof_count)
        memcpy(proofs_of(w), proof, c->proof_count * sizeof *proof); /* transferred */
    return w;
}

void witness_translate(struct witness *w, const uint32_t *messages, uint64_t lines)
{
    if (w->brief)
        lines_of(w)->line += lines;
    for (size_t i = 0; i < w->proof_count; i++) {
        struct proof *p = &proofs_of(w)[i];
        if (w->brief) {
            struct brief *b = &lines_of(w)->brief[i];
            b->message = messages[b->message];
            continue;
        }
        p->line += lines;
        if (p->state == PROOF_KEPT)
            p->message = messages[p->message];
    }
}

size_t witness_proofs(const struct witness *w, struct proof out[CAP_EVIDENCE_PER_OUTCOME])
{
    const struct lines *l = (const struct lines *)(w + 1);
    const struct proof *whole = (const struct proof *)(w + 1);
    for (size_t i = 0; i < w->proof_count; i++) {
        if (!w->brief) {
            out[i] = whole[i];
            continue;
        }
        const struct brief *b = &l->brief[i];
        out[i] = (struct proof){
            .line = l->line + b->line,
            .message = b->message,
            .clock = b->clock,
            .source = w->source,
            .pid = l->pid,
            .tid = l->tid,
            .kind = b->kind,
            .weight = (uint8_t)(fact_weight((enum event_kind)b->kind) & 15),
            .state = PROOF_KEPT,
        };
    }
    return w->proof_count;
}
