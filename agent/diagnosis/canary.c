/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/canary.h"

#include <string.h>

#define NAME "sftunnel-agent"
#define WORD " canary "

static void go_on(struct canary *c, int64_t now_ms)
{
    int64_t passed = now_ms - c->seen_ms;
    c->seen_ms = now_ms;
    if (passed <= 0)
        return;
    passed = passed < CANARY_PAUSE_MS ? passed : CANARY_PAUSE_MS;
    c->rest_ms -= passed;
    c->left_ms -= passed;
    if (c->left_ms > 0 || c->phase == CANARY_RESTING)
        return;
    c->state = c->phase == CANARY_AWAITED ? CANARY_LOST : CANARY_UNSENT;
    c->id[0] = 0;
    if (c->phase == CANARY_AWAITED)
        c->phase = CANARY_RESTING;
}

void canary_init(struct canary *c, uint32_t interval_ms, uint32_t within_ms, int64_t now_ms)
{
    *c = (struct canary){ .interval_ms = interval_ms, .within_ms = within_ms, .seen_ms = now_ms };
}

bool canary_tick(struct canary *c, int64_t now_ms)
{
    go_on(c, now_ms);
    if (c->phase == CANARY_RESTING && c->rest_ms <= 0) {
        c->phase = CANARY_TO_SEND;
        c->rest_ms = c->interval_ms;
        c->left_ms = c->within_ms;
    }
    return c->phase == CANARY_TO_SEND;
}

void canary_sent(struct canary *c, const char *id, int64_t now_ms)
{
    memcpy(c->id, id, CANARY_ID_BYTES);
    c->id[CANARY_ID_BYTES] = 0;
    c->phase = CANARY_AWAITED;
    c->sent_ms = now_ms;
    c->rest_ms = c->interval_ms;
    c->left_ms = c->within_ms;
}

bool canary_seen(struct canary *c, struct slice id, int64_t now_ms)
{
    go_on(c, now_ms);
    if (c->phase != CANARY_AWAITED || !slice_eq(id, slice_of(c->id)))
        return false;
    c->phase = CANARY_RESTING;
    c->state = CANARY_BACK;
    c->id[0] = 0;
    c->round_trip_ms = (uint32_t)(now_ms > c->sent_ms ? now_ms - c->sent_ms : 0);
    return true;
}

const char *canary_state_name(enum canary_state state)
{
    static const char *const names[CANARY_STATES] = {
        [CANARY_UNKNOWN] = "unknown", [CANARY_BACK] = "back", [CANARY_LOST] = "lost", [CANARY_UNSENT] = "unsent"
    };
    return names[state];
}

/* ---- the line ---- */

void canary_print(struct buf *b, uint32_t pid, const char *id)
{
    buf_printf(b, NAME "[%u]:" WORD "%s", (unsigned)pid, id);
}

static bool digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

void canary_scan(struct scan *s)
{
    const struct slice name = SLICE(NAME);
    scan_init(s, &name, 1);
}

bool canary_find(const struct scan *s, struct slice *line, struct slice *id)
{
    uint64_t none = 0;
    struct slice rest = slice_from(*line, scan_next(s, line->p, 0, line->n, &none));
    while (rest.n && slice_after(rest, SLICE(WORD), &rest)) {
        size_t n = 0;
        while (n < rest.n && digit(rest.p[n]))
            n++;
        if (n != CANARY_ID_BYTES)
            continue;
        *id = (struct slice){ rest.p, n };
        *line = slice_from(rest, n);
        return true;
    }
    return false;
}
