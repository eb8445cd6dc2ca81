/* SPDX-License-Identifier: BSD-2-Clause */
/* Caps that were reached while the logs were correlated: nothing is counted otherwise than said in silence. */
#include "agent/diagnosis/diagnose_parts.h"

static const char *path_of(const struct inquiry *q, uint32_t source)
{
    return source < q->c->source_count ? q->c->sources[source].path : "(all logs)";
}

static const char *words(enum over_kind kind)
{
    switch (kind) {
    case OVER_HOSTS: return "more hosts than are told apart: further ones are counted under another (cap hosts)";
    case OVER_OPEN: return "more attempts at once than are followed: the oldest was closed early (cap open-attempts)";
    case OVER_KINDS: break;
    }
    return "";
}

/* The place where the peer is shown first. */
static uint32_t source_of(const struct peer *p)
{
    for (size_t i = 0; i < p->stat_count; i++) {
        struct proof proofs[CAP_EVIDENCE_PER_OUTCOME];
        const struct witness *w = p->stats[i].witness;
        if (w && witness_proofs(w, proofs))
            return proofs[0].source;
    }
    return SOURCE_NO;
}

static void say_outcomes(const struct inquiry *q, const struct peer *p)
{
    struct buf b = { 0 };
    buf_slice(&b, inquiry_string(q, p->address));
    casefile_problems(q->c, path_of(q, source_of(p)), p->over,
        "an attempt of peer %s, seen from %.*s, has another outcome than it is counted under: more than %d different "
        "ones (cap outcomes-per-peer)",
        b.n ? b.p : "(address not said)", (int)inquiry_host(q, p->host).n, inquiry_host(q, p->host).p,
        CAP_OUTCOMES_PER_PEER);
    buf_clear(&b);
}

void limits_say(const struct inquiry *q)
{
    const struct segment *s = q->whole;
    for (size_t i = 0; i < OVER_KINDS; i++)
        if (s->over[i].count)
            casefile_problems(q->c, path_of(q, s->over[i].source), s->over[i].count, "%s", words((enum over_kind)i));
    if (strings_count(s->strings) >= CAP_STRINGS)
        casefile_problem(q->c, "(all logs)",
            "more different addresses and names than are kept: further ones count as not said (cap strings)");
    for (size_t i = 0; i < s->peer_count; i++)
        if (s->peers[i].over)
            say_outcomes(q, &s->peers[i]);
    if (q->joins_over_cap)
        casefile_problems(q->c, "(all captures)", q->joins_over_cap,
            "connections of two addresses were not held against all logs that name one of them: they may stand as a "
            "peer of their own (cap joins)");
}
