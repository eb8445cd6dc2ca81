/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/probestep.h"

static enum probestep_action over(struct probestep *p, enum probestep_why why)
{
    p->state = PROBESTEP_OVER;
    p->why = why;
    p->deadline_ms = INT64_MAX;
    return PROBESTEP_REPORT;
}

static enum probestep_action enter_naming(struct probestep *p, const struct probestep_limits *limits, int64_t now_ms)
{
    p->state = PROBESTEP_NAMING;
    p->deadline_ms = now_ms + limits->timeout_ms;
    p->highest = limits->version ? limits->version : PROBESTEP_TLS13;
    return PROBESTEP_NAME;
}

/* What is left of the time is shared by the addresses that are left. */
static enum probestep_action enter_connecting(struct probestep *p, int64_t now_ms)
{
    int64_t left = p->until_ms > now_ms ? p->until_ms - now_ms : 0;
    p->state = PROBESTEP_CONNECTING;
    p->begun_ms = now_ms;
    p->deadline_ms = now_ms + (p->again ? left : left / (int64_t)(p->addresses - p->address));
    return PROBESTEP_CONNECT;
}

static enum probestep_action enter_shaking(struct probestep *p)
{
    p->state = PROBESTEP_SHAKING;
    p->deadline_ms = p->until_ms;
    return PROBESTEP_SHAKE;
}

static enum probestep_action enter_listening(struct probestep *p, int64_t connected_ms, int64_t now_ms)
{
    p->state = PROBESTEP_LISTENING;
    p->deadline_ms = now_ms + PROBESTEP_LISTEN_MS + 2 * connected_ms;
    if (p->deadline_ms > p->until_ms + PROBESTEP_LISTEN_MS)
        p->deadline_ms = p->until_ms + PROBESTEP_LISTEN_MS;
    return PROBESTEP_LISTEN;
}

static enum probestep_action next_address(struct probestep *p, enum probestep_why why, int64_t now_ms)
{
    if (p->again || p->address + 1 >= p->addresses)
        return over(p, why);
    p->address++;
    return enter_connecting(p, now_ms);
}

/* A handshake without certificates is tried again with what every sftunnel speaks. */
static enum probestep_action shake_over(struct probestep *p, const struct probestep_limits *limits,
    const struct probestep_view *view, enum probestep_why why, int64_t now_ms)
{
    if (view->certificates || view->not_tls || p->again || limits->version)
        return over(p, why);
    p->again = true;
    p->highest = PROBESTEP_TLS12;
    p->until_ms = now_ms + limits->timeout_ms;
    return enter_connecting(p, now_ms);
}

static enum probestep_action late(
    struct probestep *p, const struct probestep_limits *limits, const struct probestep_view *view, int64_t now_ms)
{
    switch (p->state) {
    case PROBESTEP_NAMING: return over(p, PROBESTEP_NAME_LATE);
    case PROBESTEP_CONNECTING: return next_address(p, PROBESTEP_CONNECT_LATE, now_ms);
    case PROBESTEP_SHAKING: return shake_over(p, limits, view, PROBESTEP_SHAKE_LATE, now_ms);
    case PROBESTEP_LISTENING: return over(p, PROBESTEP_DONE);
    case PROBESTEP_IDLE:
    case PROBESTEP_OVER:
    case PROBESTEP_STATES: break;
    }
    return PROBESTEP_WAIT;
}

/* The events that one state has been waiting for; anything else comes too late, or not at all. */
static enum probestep_action expected(struct probestep *p, const struct probestep_limits *limits,
    enum probestep_event event, const struct probestep_view *view, int64_t now_ms)
{
    switch (p->state) {
    case PROBESTEP_IDLE:
        if (event == PROBESTEP_BEGIN)
            return enter_naming(p, limits, now_ms);
        break;
    case PROBESTEP_NAMING:
        if (event == PROBESTEP_UNNAMED)
            return over(p, PROBESTEP_NO_NAME);
        if (event != PROBESTEP_NAMED)
            break;
        p->addresses = view->addresses;
        p->until_ms = now_ms + limits->timeout_ms;
        return enter_connecting(p, now_ms);
    case PROBESTEP_CONNECTING:
        if (event == PROBESTEP_CONNECTED) {
            p->begun_ms = now_ms - p->begun_ms; /* how long it took */
            return enter_shaking(p);
        }
        if (event == PROBESTEP_FAILED)
            return next_address(p, PROBESTEP_NO_CONNECT, now_ms);
        break;
    case PROBESTEP_SHAKING:
        if (event == PROBESTEP_SHAKEN)
            return enter_listening(p, p->begun_ms, now_ms);
        if (event == PROBESTEP_ENDED)
            return shake_over(p, limits, view, PROBESTEP_SHAKE_ENDED, now_ms);
        break;
    case PROBESTEP_LISTENING:
        if (event == PROBESTEP_ENDED)
            return over(p, PROBESTEP_DONE);
        break;
    case PROBESTEP_OVER:
    case PROBESTEP_STATES: break;
    }
    return PROBESTEP_WAIT;
}

enum probestep_action probestep(struct probestep *p, const struct probestep_limits *limits, enum probestep_event event,
    const struct probestep_view *view, int64_t now_ms)
{
    if (event == PROBESTEP_STOP)
        return p->state == PROBESTEP_OVER ? PROBESTEP_WAIT : over(p, PROBESTEP_STOPPED);
    if (event == PROBESTEP_TICK)
        return now_ms >= p->deadline_ms ? late(p, limits, view, now_ms) : PROBESTEP_WAIT;
    return expected(p, limits, event, view, now_ms);
}
