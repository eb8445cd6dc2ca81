/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/attempt.h"

#include <stdio.h>

/* Places in the order of an attempt; both ends' orders fit into one. */
enum phase {
    PHASE_NONE,
    PHASE_START,
    PHASE_DEVICE,
    PHASE_INITIATE,
    PHASE_CONNECTING,
    PHASE_WAIT,
    PHASE_CONNECTED,
    PHASE_TCP_OVER, /* failed or given up */
    PHASE_CALLBACK,
    PHASE_CERTIFICATE,
    PHASE_VERIFY,
    PHASE_RENEGOTIATE,
    PHASE_HANDSHAKE,
    PHASE_STATUS, /* the FTD's last word; on the FMC more follows */
    PHASE_REASON,
    PHASE_ADDRESSED, /* the FMC names the address when all is over */
    PHASE_BOTH,
    PHASE_NOISE,
    PHASE_OVER,
};
_Static_assert(PHASE_OVER < ATTEMPT_PHASES, "attempt.h knows how many there are");

static const uint8_t phases[EVENT_KIND_COUNT] = {
    [EVENT_CONNECT_START] = PHASE_START,
    [EVENT_CONNECT_DEVICE] = PHASE_DEVICE,
    [EVENT_CONNECT_INITIATE] = PHASE_INITIATE,
    [EVENT_CONNECTING] = PHASE_CONNECTING,
    [EVENT_ACCEPTED] = PHASE_CONNECTING,
    [EVENT_CONNECT_WAIT] = PHASE_WAIT,
    [EVENT_TCP_CONNECTED] = PHASE_CONNECTED,
    [EVENT_TCP_FAILED] = PHASE_TCP_OVER,
    [EVENT_CONNECT_GIVEN_UP] = PHASE_TCP_OVER,
    [EVENT_VERIFY_CALLBACK] = PHASE_CALLBACK,
    [EVENT_CERTIFICATE_DEPTH] = PHASE_CERTIFICATE,
    [EVENT_CERTIFICATE_ISSUER] = PHASE_CERTIFICATE,
    [EVENT_CERTIFICATE_SUBJECT] = PHASE_CERTIFICATE,
    [EVENT_VERIFY_FAILED] = PHASE_VERIFY,
    [EVENT_RENEGOTIATE_FAILED] = PHASE_RENEGOTIATE,
    [EVENT_HANDSHAKE_FAILED] = PHASE_HANDSHAKE,
    [EVENT_VERIFY_STATUS] = PHASE_STATUS,
    [EVENT_SSL_ERROR] = PHASE_REASON,
    [EVENT_ALERT_RECEIVED] = PHASE_REASON,
    [EVENT_POST_HANDSHAKE_AUTH] = PHASE_REASON,
    [EVENT_AUTH_FAILED] = PHASE_REASON,
    [EVENT_RELOAD_FAILED] = PHASE_REASON,
    [EVENT_CONNECT_FAILED] = PHASE_ADDRESSED,
    [EVENT_BOTH_FAILED] = PHASE_BOTH,
    [EVENT_STATUS_NOISE] = PHASE_NOISE,
    [EVENT_ATTEMPT_FAILED] = PHASE_OVER,
};

bool attempt_failed(const struct attempt *a)
{
    return a->verify >= 0 || a->alert >= 0 || a->post_handshake_auth || a->tcp != TCP_FINE || a->handshake_failed ||
           a->given_up || a->auth_failed || a->reason;
}

static bool other_address(const struct attempt *a, const struct fact *f)
{
    return a->address && f->address && a->address != f->address;
}

/* The lines in front of the TCP connection: each is said once per attempt, in this order. */
static enum attempt_step beginning(const struct attempt *open, const struct fact *f)
{
    if (!open)
        return STEP_NEW;
    if (f->kind == EVENT_CONNECT_START || f->kind == EVENT_ACCEPTED)
        return STEP_NEW;
    if (attempt_failed(open) || other_address(open, f))
        return STEP_NEW;
    if (f->kind == EVENT_CONNECT_WAIT) /* may be said again while TCP takes its time */
        return open->phase > PHASE_WAIT ? STEP_NEW : STEP_ATTACH;
    return open->phase >= phases[f->kind] ? STEP_NEW : STEP_ATTACH;
}

/* TLS lines, without an address. */
static enum attempt_step handshake(const struct attempt *open, const struct fact *f)
{
    if (!open || other_address(open, f))
        return STEP_NEW;
    uint8_t phase = phases[f->kind];
    /* Facts of the verification open a handshake: after its result they are the next one's. */
    if (phase <= PHASE_RENEGOTIATE && open->phase >= PHASE_STATUS)
        return STEP_NEW;
    if (f->kind == EVENT_VERIFY_CALLBACK && open->phase > PHASE_CALLBACK)
        return STEP_NEW;
    if (open->phase >= PHASE_ADDRESSED || open->phase == PHASE_TCP_OVER)
        return STEP_NEW;
    return STEP_ATTACH;
}

/* The tail of a failed attempt, with the peer's address. */
static enum attempt_step ending(const struct attempt *open, const struct fact *f)
{
    bool last = f->kind == EVENT_ATTEMPT_FAILED;
    if (!open || other_address(open, f))
        return last ? STEP_NEW_END : STEP_NEW;
    if (f->kind == EVENT_CONNECT_FAILED && open->phase >= PHASE_BOTH)
        return STEP_NEW;
    return last ? STEP_END : STEP_ATTACH;
}

static enum attempt_step tcp_over(const struct attempt *open, const struct fact *f)
{
    if (f->kind == EVENT_CONNECT_GIVEN_UP) /* only ever the echo of something */
        return open && !other_address(open, f) ? STEP_ATTACH : STEP_NOTHING;
    if (!open || other_address(open, f) || open->phase > PHASE_TCP_OVER)
        return STEP_NEW;
    return STEP_ATTACH;
}

static enum attempt_step tunnel_up(const struct attempt *open, const struct fact *f)
{
    if (!open || other_address(open, f))
        return STEP_SIGN;
    bool over = attempt_failed(open) && (open->phase >= PHASE_STATUS || open->phase == PHASE_TCP_OVER);
    return over ? STEP_SIGN : STEP_UP;
}

static enum attempt_step judge(const struct attempt *open, const struct fact *f)
{
    switch ((int)f->kind) {
    case EVENT_CONNECT_START:
    case EVENT_CONNECT_DEVICE:
    case EVENT_CONNECT_INITIATE:
    case EVENT_CONNECTING:
    case EVENT_ACCEPTED:
    case EVENT_CONNECT_WAIT:
    case EVENT_TCP_CONNECTED: return beginning(open, f);
    case EVENT_TCP_FAILED:
    case EVENT_CONNECT_GIVEN_UP: return tcp_over(open, f);
    case EVENT_VERIFY_CALLBACK:
    case EVENT_CERTIFICATE_DEPTH:
    case EVENT_CERTIFICATE_ISSUER:
    case EVENT_CERTIFICATE_SUBJECT:
    case EVENT_VERIFY_FAILED:
    case EVENT_RENEGOTIATE_FAILED:
    case EVENT_HANDSHAKE_FAILED:
    case EVENT_VERIFY_STATUS:
    case EVENT_SSL_ERROR:
    case EVENT_ALERT_RECEIVED:
    case EVENT_POST_HANDSHAKE_AUTH:
    case EVENT_AUTH_FAILED: return handshake(open, f);
    case EVENT_CONNECT_FAILED:
    case EVENT_ATTEMPT_FAILED: return ending(open, f);
    case EVENT_BOTH_FAILED:
    case EVENT_STATUS_NOISE:
    case EVENT_RELOAD_FAILED: return open ? STEP_ATTACH : STEP_NOTHING;
    case EVENT_RECONNECT:
        return open && attempt_failed(open) && !open->address && f->address ? STEP_ATTACH : STEP_NOTHING;
    case EVENT_ESTABLISHED: return f->address ? tunnel_up(open, f) : STEP_NOTHING;
    default: return STEP_NOTHING;
    }
}

enum attempt_step attempt_step(const struct attempt *open, const struct fact *f)
{
    enum attempt_step step = judge(open, f);
    if (f->repeated) /* "message repeated N times": the same attempt, said again */
        return step == STEP_ATTACH || step == STEP_SIGN ? step : STEP_NOTHING;
    return step;
}

void attempt_init(struct attempt *a, const struct fact *f)
{
    a->host = f->host;
    a->pid = f->pid;
    a->tid = f->tid;
    a->address = a->issuer = a->subject = 0;
    a->phase = PHASE_NONE;
    a->tcp = TCP_FINE;
    a->tcp_connected = a->handshake_failed = a->given_up = a->post_handshake_auth = a->auth_failed = a->verified_ok =
        false;
    a->verify = a->depth = a->pending_depth = a->alert = -1;
    a->reason = 0;
    a->first = a->last = f->time;
    a->proof_count = 0;
}

/* The first result of the verification counts, with the depth that was said in front of it. */
static void add_verification(struct attempt *a, const struct fact *f)
{
    if (f->verified_ok)
        a->verified_ok = true;
    if (f->verify < 0 || a->verify >= 0)
        return;
    a->verify = f->verify;
    a->depth = a->pending_depth;
}

void attempt_add(struct attempt *a, const struct fact *f)
{
    if (phases[f->kind] > a->phase)
        a->phase = phases[f->kind];
    if (!a->address)
        a->address = f->address;
    if (f->time != CIVIL_NONE) {
        a->last = f->time;
        if (a->first == CIVIL_NONE)
            a->first = f->time;
    }
    a->elapsed = f->elapsed;
    a->sequence = f->sequence;
    switch ((int)f->kind) {
    case EVENT_TCP_CONNECTED:
    case EVENT_ACCEPTED: a->tcp_connected = true; break;
    case EVENT_TCP_FAILED: a->tcp = a->tcp ? a->tcp : f->tcp; break;
    case EVENT_CONNECT_GIVEN_UP: a->given_up = true; break;
    case EVENT_CERTIFICATE_DEPTH: a->pending_depth = f->depth; break;
    case EVENT_CERTIFICATE_ISSUER: a->issuer = a->verify >= 0 ? a->issuer : f->dn; break;
    case EVENT_CERTIFICATE_SUBJECT: a->subject = a->verify >= 0 ? a->subject : f->dn; break;
    case EVENT_VERIFY_FAILED:
    case EVENT_VERIFY_STATUS: add_verification(a, f); break;
    case EVENT_POST_HANDSHAKE_AUTH: a->post_handshake_auth = true; break;
    case EVENT_AUTH_FAILED: a->auth_failed = true; break;
    case EVENT_SSL_ERROR:
    case EVENT_ALERT_RECEIVED:
        a->alert = a->alert >= 0 ? a->alert : f->alert;
        a->reason = a->reason ? a->reason : f->reason;
        a->handshake_failed = true;
        break;
    case EVENT_RENEGOTIATE_FAILED:
    case EVENT_HANDSHAKE_FAILED:
    case EVENT_CONNECT_FAILED:
    case EVENT_BOTH_FAILED:
    case EVENT_ATTEMPT_FAILED: a->handshake_failed = true; break;
    default: break;
    }
}

struct outcome attempt_outcome(const struct attempt *a, bool established)
{
    struct outcome o = { .type = OUTCOME_INCOMPLETE, .depth = -1 };
    if (established) {
        o.type = OUTCOME_ESTABLISHED;
    } else if (a->verify >= 0) {
        o.type = OUTCOME_VERIFY_FAILED;
        o.number = a->verify;
        o.depth = a->depth;
    } else if (a->alert >= 0) {
        o.type = OUTCOME_ALERT;
        o.number = a->alert;
    } else if (a->post_handshake_auth) {
        o.type = OUTCOME_POST_HANDSHAKE_AUTH;
    } else if (a->tcp != TCP_FINE) {
        static const uint8_t of[] = { [TCP_REFUSED] = OUTCOME_REFUSED,
            [TCP_UNREACHABLE] = OUTCOME_UNREACHABLE,
            [TCP_TIMED_OUT] = OUTCOME_TIMED_OUT };
        o.type = of[a->tcp];
    } else if (a->handshake_failed || a->auth_failed || a->reason) {
        o.type = OUTCOME_HANDSHAKE_FAILED;
        o.number = a->auth_failed ? OUTCOME_NUMBER_AUTH : a->reason;
    } else if (a->given_up) {
        o.type = a->tcp_connected ? OUTCOME_HANDSHAKE_FAILED : OUTCOME_UNREACHABLE;
    }
    return o;
}

bool outcome_is_failure(struct outcome o)
{
    return o.type != OUTCOME_ESTABLISHED && o.type != OUTCOME_INCOMPLETE;
}

void outcome_print(struct outcome o, char out[32])
{
    static const char *const names[OUTCOME_TYPES] = {
        [OUTCOME_ESTABLISHED] = "established",
        [OUTCOME_VERIFY_FAILED] = "verify_failed",
        [OUTCOME_ALERT] = "alert",
        [OUTCOME_POST_HANDSHAKE_AUTH] = "post_handshake_auth",
        [OUTCOME_REFUSED] = "refused",
        [OUTCOME_UNREACHABLE] = "unreachable",
        [OUTCOME_TIMED_OUT] = "timed_out",
        [OUTCOME_HANDSHAKE_FAILED] = "handshake_failed",
        [OUTCOME_INCOMPLETE] = "incomplete",
    };
    if (o.type == OUTCOME_VERIFY_FAILED || o.type == OUTCOME_ALERT)
        snprintf(out, 32, "%s/%d", names[o.type], o.number);
    else
        snprintf(out, 32, "%s", names[o.type]);
}
