/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS 1.3 whose handshake was completed, as far as can be seen: certificates, and the refusal of a client's, are
 * encrypted. What is left is who ended it, after what, and whether data went over it. That it was short says nothing.
 */
#include "agent/diagnosis/wirejudge.h"

/* A server that hangs up later than this has waited for something else than a certificate. */
#define BRIEF_NS (10 * 1000000000LL)
#define FLIGHTS_MOST 8 /* records of a client's Finished and certificates, also after the handshake; more is data */
#define TICKETS 2      /* that a server sends by itself after the handshake */
#define REPEATED 3     /* attempts of one pair that end alike */

/* Does the client's last flight end as one with a certificate does: several records, the last one a Finished? */
static bool shows_certificate(const struct sealed *s)
{
    if (s->client_records == 1)
        return !s->finished_last; /* all in one record */
    return s->client_records <= FLIGHTS_MOST && s->client_flight >= 2 && s->finished_last;
}

static bool data_went(const struct sealed *s)
{
    bool client = s->client_records > FLIGHTS_MOST || (s->client_records > s->client_flight && !shows_certificate(s));
    return client && (s->replies || s->server_later == SEALED_MANY);
}

/* The client has sent its Finished, and nothing else. */
static bool bare(const struct sealed *s)
{
    return s->client_records == 1 && s->finished_last;
}

enum hidden_end wirehidden_end(const struct wire *w)
{
    const struct sealed *s = &w->sealed;
    if (!s->known)
        return HIDDEN_UNKNOWN;
    /* who says farewell is answered by one; who refuses is not */
    if (shows_certificate(s) && s->alert[SIDE_SERVER] && !s->alert[SIDE_CLIENT] && s->prompt && !s->replies && w->ended)
        return HIDDEN_REFUSED;
    if (data_went(s))
        return HIDDEN_UP;
    if (!w->ended || !w->side[SIDE_SERVER].ended_first || w->last_ns - w->first_ns > BRIEF_NS ||
        s->client_records > FLIGHTS_MOST)
        return HIDDEN_QUIET;
    if (bare(s) && !w->post_handshake_auth && s->alert[SIDE_SERVER] && s->server_later <= TICKETS)
        return HIDDEN_NO_AUTH;
    return HIDDEN_HUNG_UP;
}

static struct wire_ruling rule(enum wire_reason reason, enum verdict_id verdict, enum confidence confidence)
{
    return (struct wire_ruling){
        .reason = reason, .verdict = verdict, .severity = verdict_info(verdict)->severity, .confidence = confidence
    };
}

void wirehidden_count(const struct wire *w, struct hidden_tally *t)
{
    enum hidden_end end = w->state == CONNECTION_COMPLETE ? wirehidden_end(w) : HIDDEN_UNKNOWN;
    t->up += end == HIDDEN_UP;
    t->hung_up += end == HIDDEN_REFUSED || end == HIDDEN_NO_AUTH || end == HIDDEN_HUNG_UP;
}

struct wire_ruling wirehidden_rule(const struct wire *w, const struct hidden_tally *t)
{
    bool repeated = t->hung_up >= REPEATED && !t->up;
    bool after = w->post_handshake_auth || bare(&w->sealed);
    switch (wirehidden_end(w)) {
    case HIDDEN_UP: return rule(REASON_HIDDEN, VERDICT_HEALTHY, CONFIDENCE_MEDIUM);
    case HIDDEN_REFUSED:
        return rule(REASON_HIDDEN_REFUSED, w->post_handshake_auth ? VERDICT_POST_HANDSHAKE_AUTH : VERDICT_REJECTED,
            repeated ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM);
    case HIDDEN_NO_AUTH:
        return rule(REASON_HIDDEN_NO_AUTH, VERDICT_POST_HANDSHAKE_AUTH, repeated ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM);
    case HIDDEN_HUNG_UP:
        if (repeated)
            return rule(REASON_HIDDEN_REPEATED, after ? VERDICT_POST_HANDSHAKE_AUTH : VERDICT_REJECTED, CONFIDENCE_LOW);
        return rule(REASON_HIDDEN_ENDED, VERDICT_INSUFFICIENT, CONFIDENCE_LOW);
    case HIDDEN_QUIET:
    case HIDDEN_UNKNOWN: break;
    }
    return rule(REASON_HIDDEN_QUIET, VERDICT_INSUFFICIENT, CONFIDENCE_LOW);
}
