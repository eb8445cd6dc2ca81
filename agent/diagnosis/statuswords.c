/* SPDX-License-Identifier: BSD-2-Clause */
/* What status outputs say of a peer, in words: sftunnel's own, and the lesser ones beside it. Decides nothing. */
#include "agent/diagnosis/statuswords.h"

#include "agent/diagnosis/diskjudge.h"
#include "agent/diagnosis/releases.h"

#include "base/mem.h"

#include <stdlib.h>

static void put_since(struct buf *b, const char *before, civil t)
{
    char text[CIVIL_TEXT];
    if (t != CIVIL_NONE)
        buf_printf(b, "%s%s", before, civil_text(t, text));
}

static void put_reason(struct buf *b, const struct status_fact *s)
{
    if (s->reason[0]) {
        buf_puts(b, "; last disconnect: ");
        buf_terminal(b, slice_of(s->reason));
    }
}

void statuswords_summary(struct buf *b, const struct view *v, const char *sentence)
{
    bool down = v->status && !v->status->connected && !judge_status_is_old(v);
    if (v->stopped && !v->fault && v->verdict == VERDICT_NETWORK) {
        buf_puts(b, "sftunnel does not run on this appliance (pmtool: ");
        buf_terminal(b, slice_of(v->stopped->value));
        buf_puts(b, "): not a certificate fault");
        return;
    }
    if (v->verdict == VERDICT_INSUFFICIENT && down) {
        buf_puts(b, "the tunnel is down");
        put_since(b, " since ", v->status->lost);
        put_reason(b, v->status);
        buf_puts(b, "; ");
    } else if (v->verdict == VERDICT_INSUFFICIENT && v->registration) {
        buf_puts(b, "the registration is not completed; ");
    } else if (v->verdict == VERDICT_INSUFFICIENT && v->sockets) {
        buf_puts(b, "a TCP connection is open, whether a tunnel is up on it was not said; ");
    }
    buf_puts(b, sentence);
}

static void put_channels(struct buf *b, const struct status_fact *s)
{
    if (s->control == CHANNEL_UP && s->event == CHANNEL_UP)
        buf_puts(b, ", on both channels");
    else if (s->control == CHANNEL_UP)
        buf_puts(b, s->event == CHANNEL_DOWN ? ", on the control channel; the event channel is down"
                                             : ", on the control channel");
    else if (s->event == CHANNEL_UP)
        buf_puts(b, s->control == CHANNEL_DOWN ? "; only the event channel is up" : ", on the event channel");
}

static char *means(const struct view *v)
{
    const struct status_fact *s = v->status;
    struct buf b = { 0 };
    buf_printf(&b, "the status output says that the tunnel is %s", s->connected ? "up" : "down");
    put_since(&b, " since ", s->connected ? s->since : s->lost);
    put_channels(&b, s);
    put_since(&b, s->connected ? "; last heartbeat " : "; last tried ", s->seen == s->lost ? CIVIL_NONE : s->seen);
    if (!s->connected)
        put_reason(&b, s);
    if (judge_status_is_old(v))
        buf_puts(&b, ". It is older than what the log says then");
    return buf_take(&b);
}

static void add(
    const struct inquiry *q, struct finding *f, const struct status_fact *s, const char *words, bool supports)
{
    words_evidence(f, (struct evidence){ .source = s->source,
                          .line = s->line,
                          .text = inquiry_own(q, mem_strdup(s->text)),
                          .means = inquiry_own(q, mem_strdup(words)),
                          .supports = supports });
}

void statuswords_add(const struct inquiry *q, const struct view *v, struct finding *f)
{
    if (!v->status)
        return;
    bool healthy = v->verdict == VERDICT_HEALTHY || v->verdict == VERDICT_AT_RISK || v->verdict == VERDICT_CA_EXPIRING;
    char *words = means(v);
    add(q, f, v->status, words, v->status->connected == healthy);
    free(words);
}

/* Does renewing the CA help here? */
static bool about_ca(const struct view *v)
{
    bool expired =
        v->fault_verdict == VERDICT_CA_EXPIRED || (v->disk_fault && v->disk_fault->verdict == VERDICT_CA_EXPIRED);
    return v->verdict == VERDICT_CA_EXPIRED || v->verdict == VERDICT_CA_EXPIRING ||
           (v->verdict == VERDICT_AT_RISK && (expired || v->risk_since));
}

const char *statuswords_release(const struct inquiry *q, const struct view *v)
{
    struct slice version = v->role == ROLE_FTD ? v->version : (struct slice){ "", 0 };
    struct release r;
    struct buf b = { 0 };
    for (size_t i = 0; v->role == ROLE_FMC && v->unit != UNIT_NONE && i < q->c->appliance_count && !version.n; i++)
        if (q->c->appliances[i].unit == v->unit)
            version = slice_of(q->c->appliances[i].version);
    if (!version.n || !about_ca(v))
        return NULL;
    release_find(version, &r);
    release_advice(&b, version, &r);
    return inquiry_own(q, b.n ? buf_take(&b) : NULL);
}

void statuswords_heartbeat(const struct inquiry *q, const struct view *v, struct finding *f)
{
    if (!v->heartbeat)
        return;
    char when[CIVIL_TEXT];
    struct buf b = { 0 };
    civil at = civil_from_unix(v->heartbeat->heartbeat);
    bool up = v->verdict == VERDICT_HEALTHY || v->verdict == VERDICT_AT_RISK || v->verdict == VERDICT_CA_EXPIRING;
    bool later = v->peer && v->peer->failing_since && v->peer->failing_since_time != CIVIL_NONE &&
                 v->peer->failing_since_time < at;
    buf_printf(&b, "sftunnel-heartbeat of this peer was written at %s: a hint that the tunnel was alive then",
        civil_text(at, when));
    words_evidence(f, (struct evidence){ .source = v->heartbeat->source,
                          .text = "",
                          .means = inquiry_own(q, buf_take(&b)),
                          .supports = up || !later });
}

void statuswords_beside(const struct inquiry *q, const struct view *v, struct finding *f)
{
    bool up = v->verdict == VERDICT_HEALTHY || v->verdict == VERDICT_AT_RISK;
    if (v->stopped)
        words_evidence(f, (struct evidence){ .source = v->stopped->source,
                              .line = v->stopped->line,
                              .text = inquiry_own(q, mem_strdup(v->stopped->text)),
                              .means = "sftunnel does not run on this appliance: no tunnel comes up, whatever the "
                                       "certificates are",
                              .supports = !up });
    if (v->sockets)
        add(q, f, v->socket,
            v->sockets > 1 ? "netstat: TCP connections with this peer are open; that TLS succeeded on them is not said"
                           : "netstat: a TCP connection with this peer is open; that TLS succeeded on it is not said",
            v->verdict != VERDICT_NETWORK);
    else if (v->socket)
        add(q, f, v->socket, "netstat: a TCP connection is asked for and not answered", !up);
    if (v->registration)
        add(q, f, v->registration,
            "show managers: the registration is not completed, which has other causes than an expired certificate",
            !up);
}
