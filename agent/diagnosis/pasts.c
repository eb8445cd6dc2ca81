/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/attempt.h"

#define ALL ((UINT64_C(1) << (2 * ATTEMPT_PHASES)) - 1)
#define LONG_AGO (INT64_MIN / 2)
#define NOT_KNOWN UINT32_MAX /* an address that no fact says */

void pasts_init(struct pasts *p)
{
    *p = (struct pasts){ .nameless = ALL, .other = ALL, .renewed = LONG_AGO, .closed = true };
}

struct following {
    const struct fact *f;
    struct pasts before, after;
    uint64_t newly_named; /* with the address that f says */
    bool all_new;         /* f has begun an attempt, whatever was open */
    bool passed_over;     /* one may be open that f does not belong to: its silence goes on */
};

static void may_be(struct following *w, const struct attempt *a)
{
    uint64_t bit = UINT64_C(1) << (a->phase + (attempt_failed(a) ? ATTEMPT_PHASES : 0));
    if (!a->address)
        w->after.nameless |= bit;
    else if (a->address == w->f->address)
        w->newly_named |= bit;
    else if (a->address == w->before.address)
        w->after.named |= bit;
    else
        w->after.other |= bit;
}

/* f happens when *open is what was open (NULL: nothing), which is used up. */
static void follow(struct following *w, struct attempt *open)
{
    struct attempt fresh;
    enum attempt_step step = attempt_step(open, w->f);
    w->all_new &= step == STEP_NEW;
    if (step == STEP_NEW) {
        attempt_init(&fresh, w->f);
        open = &fresh;
    }
    if (open && (step == STEP_NEW || step == STEP_ATTACH))
        attempt_add(open, w->f);
    bool belongs = step == STEP_ATTACH || step == STEP_NEW;
    bool passed_over = step == STEP_NOTHING || (step == STEP_SIGN && w->f->repeated);
    if (open && (belongs || passed_over))
        may_be(w, open);
    else
        w->after.closed = true;
    w->passed_over |= open && passed_over;
}

static void follow_all(struct following *w, uint64_t states, uint32_t address)
{
    for (; states; states &= states - 1) {
        unsigned bit = (unsigned)__builtin_ctzll(states);
        struct attempt a;
        attempt_init(&a, w->f);
        a.phase = (uint8_t)(bit % ATTEMPT_PHASES);
        a.handshake_failed = bit >= ATTEMPT_PHASES;
        a.address = address;
        follow(w, &a);
    }
}

enum pasts_end pasts_add(struct pasts *p, const struct fact *f)
{
    struct following w = {
        .f = f, .before = *p, .after = { .renewed = p->renewed, .address = p->address }, .all_new = true
    };
    if (p->closed || (int64_t)f->elapsed > p->renewed + CAP_SILENCE_SECONDS)
        follow(&w, NULL);
    follow_all(&w, p->nameless, 0);
    follow_all(&w, p->named, p->address);
    follow_all(&w, p->other, NOT_KNOWN);
    if (f->address)
        follow_all(&w, p->other, f->address);
    if (w.newly_named) { /* one address can be told from the others: the latest */
        w.after.other |= f->address == p->address ? 0 : w.after.named;
        w.after.named = w.newly_named;
        w.after.address = f->address;
    }
    if (!w.passed_over)
        w.after.renewed = (int64_t)f->elapsed;
    *p = w.after;
    if (w.all_new)
        return PASTS_OVER_BEFORE;
    return p->nameless || p->named || p->other ? PASTS_DIFFER : PASTS_OVER_AFTER;
}
