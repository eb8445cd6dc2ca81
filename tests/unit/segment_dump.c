/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/segment_dump.h"

#include "agent/diagnosis/segment_parts.h"
#include "base/mem.h"

#include <stdlib.h>

static const struct segment *sorting;

static struct slice name(const struct segment *s, const struct peer *p, bool host)
{
    return strings_get(s->strings, host ? s->hosts[p->host].name : p->address);
}

static int by_name(const void *x, const void *y)
{
    const struct peer *a = *(struct peer *const *)x, *b = *(struct peer *const *)y;
    int d = slice_cmp(name(sorting, a, true), name(sorting, b, true));
    return d ? d : slice_cmp(name(sorting, a, false), name(sorting, b, false));
}

static void dump_proof(
    struct buf *b, const struct segment *s, const struct peer *peer, const struct proof *p, bool lines)
{
    buf_printf(b, "    %u ", p->kind);
    if (lines)
        buf_printf(b, "@%u:%llu ", p->source, (unsigned long long)p->line);
    struct proof_room room = segment_room(s, peer->address);
    proof_print(b, p, name(s, peer, true), &room);
    buf_putc(b, '\n');
}

static int stat_order(const void *x, const void *y)
{
    const struct outcome_stat *a = x, *b = y;
    if (a->what.type != b->what.type)
        return a->what.type - b->what.type;
    if (a->what.number != b->what.number)
        return a->what.number - b->what.number;
    return a->what.depth - b->what.depth;
}

static void dump_peer(struct buf *b, const struct segment *s, struct peer *p, bool lines)
{
    char t[5][CIVIL_TEXT];
    buf_slice(b, name(s, p, true));
    buf_putc(b, ' ');
    buf_slice(b, name(s, p, false));
    buf_printf(b, " %llu %s..%s success %llu %s failing %llu %s last %llu sign %llu/%llu %s gone %llu/%llu\n",
        (unsigned long long)p->attempts, civil_text(p->first, t[0]), civil_text(p->last, t[1]),
        (unsigned long long)p->last_success, civil_text(p->last_success_time, t[2]),
        (unsigned long long)p->failing_since, p->failing_since ? civil_text(p->failing_since_time, t[3]) : "-",
        (unsigned long long)p->last_attempt, (unsigned long long)p->signs, (unsigned long long)p->last_sign,
        civil_text(p->last_sign_time, t[4]), (unsigned long long)p->disconnects,
        (unsigned long long)p->last_disconnect);
    if (p->stat_count)
        qsort(p->stats, p->stat_count, sizeof *p->stats, stat_order);
    for (size_t i = 0; i < p->stat_count; i++) {
        const struct outcome_stat *o = &p->stats[i];
        const struct witness *w = o->witness;
        struct proof proof[CAP_EVIDENCE_PER_OUTCOME];
        size_t proofs = w ? witness_proofs(w, proof) : 0;
        char text[32];
        outcome_print(o->what, text);
        buf_printf(b, "  %s d%d: %llu ..%s #%llu proof #%llu\n", text, o->what.depth, (unsigned long long)o->count,
            civil_text(o->last, t[0]), (unsigned long long)o->last_sequence, (unsigned long long)(w ? w->sequence : 0));
        for (size_t k = 0; k < proofs; k++)
            dump_proof(b, s, p, &proof[k], lines);
    }
    for (size_t i = 0; i < p->sample_count; i++)
        buf_printf(b, "  #%llu %s %u/%d\n", (unsigned long long)p->samples[i].sequence,
            civil_text(p->samples[i].time, t[0]), p->samples[i].what.type, p->samples[i].what.number);
}

void segment_dump(struct buf *b, const struct segment *s, bool lines)
{
    struct peer **order = mem_zalloc(s->peer_count, sizeof(struct peer *));
    for (size_t i = 0; i < s->peer_count; i++)
        order[i] = &s->peers[i];
    sorting = s;
    if (s->peer_count)
        qsort(order, s->peer_count, sizeof *order, by_name);
    buf_printf(b, "%llu attempts, %llu unattributed, noise %llu %llu %llu\n", (unsigned long long)s->attempts,
        (unsigned long long)s->unattributed, (unsigned long long)s->noise[0].lines,
        (unsigned long long)s->noise[1].lines, (unsigned long long)s->noise[2].lines);
    for (size_t i = 0; i < s->peer_count; i++)
        dump_peer(b, s, order[i], lines);
    free(order);
}
