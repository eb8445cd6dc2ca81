/* SPDX-License-Identifier: BSD-2-Clause */
/* What a connection showed, in one sentence. Nothing of it is from the packets but numbers and dates. */
#include "agent/diagnosis/diagnose_parts.h"
#include "agent/diagnosis/tlsalert.h"
#include "agent/diagnosis/wirejudge.h"
#include "base/buf.h"
#include "base/mem.h"

#define HOUR 3600
#define DAY 86400

static const char *side_name(enum side side)
{
    return side == SIDE_CLIENT ? "client" : "server";
}

void wirewords_duration(struct buf *b, int64_t seconds)
{
    static const struct {
        int64_t unit;
        const char *one, *many;
    } units[] = { { DAY, "day", "days" }, { HOUR, "hour", "hours" }, { 60, "minute", "minutes" },
        { 1, "second", "seconds" } };
    uint64_t n = seconds < 0 ? -(uint64_t)seconds : (uint64_t)seconds;
    size_t i = 0;
    while (i < 3 && n < 2 * (uint64_t)units[i].unit)
        i++;
    n /= (uint64_t)units[i].unit;
    buf_printf(b, "%llu %s", (unsigned long long)n, n == 1 ? units[i].one : units[i].many);
}

void wirewords_date(struct buf *b, int64_t unix_seconds)
{
    char text[CIVIL_TEXT];
    buf_printf(b, "%.10s", civil_text(civil_from_unix(unix_seconds), text));
}

static const struct cert *cert_at(const struct casefile *c, const struct wire_side *s, size_t depth)
{
    return depth < s->chain_count && s->chain[depth] != CERT_NONE ? certs_get(c->certs, s->chain[depth]) : NULL;
}

void wirewords_whose(struct buf *b, const struct cert *cert, const struct chain_fault *f)
{
    if (cert && cert->internal_ca)
        buf_puts(b, "its InternalCA");
    else if (f->depth == 0)
        buf_puts(b, "its own certificate");
    else if (f->depth == 1)
        buf_puts(b, "its CA");
    else
        buf_printf(b, "its certificate at depth %u", f->depth);
}

static void put_dated(struct buf *b, const struct cert *cert, const struct chain_fault *f)
{
    if (f->kind == CHAIN_NOT_YET_VALID) {
        buf_puts(b, " is valid only from ");
        wirewords_date(b, cert->not_before);
        buf_puts(b, " on, ");
        wirewords_duration(b, f->seconds);
        buf_puts(b, " after this packet");
    } else if (f->kind == CHAIN_EXPIRED && f->then) {
        buf_puts(b, " expired ");
        wirewords_duration(b, f->seconds);
        buf_puts(b, " before this packet (");
        wirewords_date(b, cert->not_after);
        buf_putc(b, ')');
    } else {
        buf_printf(b, "%s ", f->kind == CHAIN_EXPIRED ? " has expired since, on" : " expires on");
        wirewords_date(b, cert->not_after);
        buf_puts(b, ", ");
        wirewords_duration(b, f->seconds);
        buf_puts(b, " after this packet");
    }
}

/* "its InternalCA expired 3 days before this packet (2024-09-17)" */
void wirewords_fault(struct buf *b, const struct casefile *c, const struct wire_side *s, const struct chain_fault *f)
{
    const struct cert *cert = cert_at(c, s, f->depth);
    if (f->kind == CHAIN_MISSING) {
        buf_puts(b, "it shows no certificate");
        return;
    }
    wirewords_whose(b, cert, f);
    switch (f->kind) {
    case CHAIN_EXPIRED:
    case CHAIN_NOT_YET_VALID:
    case CHAIN_EXPIRING: put_dated(b, cert, f); break;
    case CHAIN_WRONG_SIGNATURE:
        buf_puts(b, " is not signed by the CA that it shows, which has the right name: another key");
        break;
    case CHAIN_WRONG_ISSUER: buf_puts(b, " was issued by another CA than the one that it shows"); break;
    case CHAIN_NOT_ACCEPTED: buf_puts(b, " hangs on a CA that is none of those that the server accepts"); break;
    case CHAIN_WEAK_DIGEST: buf_printf(b, " is signed with %s", cert->signature); break;
    case CHAIN_WEAK_KEY: buf_printf(b, " has a key of %s", cert->key); break;
    case CHAIN_UNREADABLE: buf_puts(b, " can't be read"); break;
    case CHAIN_MISSING:
    case CHAIN_FAULTS: break;
    }
}

void wirewords_alert(struct buf *b, const struct wire_alert *a)
{
    const char *name = tls_alert_name(a->description);
    buf_printf(b, "alert %u (%s)", a->description, name ? name : "not assigned");
}

static void put_known(struct buf *b, const struct wire_ruling *r)
{
    if (!r->known)
        return;
    uint64_t frame = r->known->side[r->known_side].certificate_frame;
    buf_printf(b, ", as another connection of these two shows (frame %llu)",
        (unsigned long long)(frame ? frame : r->known->first_frame));
}

/* ---- groups of reasons ---- */

static void words_alert(struct buf *b, const struct casefile *c, const struct wire *w, const struct wire_ruling *r)
{
    const char *from = side_name(r->alert->from), *other = side_name(r->accused);
    const char *version = connection_version_name(w->version);
    if (r->reason == REASON_ALERT_VALID) {
        buf_printf(b,
            "the %s rejected the %s's chain as expired, although it is valid at the time of this packet: the "
            "clock of the %s, its own copy of the CA, or a revocation list",
            from, other, from);
        return;
    }
    bool chain = r->reason != REASON_ALERT || (r->verdict != VERDICT_PROTOCOL && w->side[r->accused].chain_count);
    buf_printf(b, "the %s rejected the %s", from, chain ? other : "handshake");
    buf_puts(b, chain ? "'s chain with " : " with ");
    wirewords_alert(b, r->alert);
    switch ((int)r->reason) {
    case REASON_ALERT_FAULT: buf_puts(b, ": "); break;
    case REASON_ALERT_OTHER: buf_puts(b, "; what is seen to be wrong: "); break;
    case REASON_ALERT_GENERATIONS:
        buf_puts(b, ": there are two InternalCAs of this name with different keys, so one end was regenerated and the "
                    "other one not");
        break;
    case REASON_ALERT_STRANGERS: buf_puts(b, ": the two ends show CAs of different names"); break;
    case REASON_ALERT_KNOWN:
        buf_puts(b, ": the CA has expired");
        put_known(b, r);
        break;
    default:
        if (!chain && w->version == 0x0304)
            buf_puts(b, "; certificates are not visible in TLS 1.3");
        else if (!chain && r->verdict == VERDICT_PROTOCOL && w->offered)
            buf_printf(b, "; the client offers up to %s",
                connection_version_name(w->offered) ? connection_version_name(w->offered) : "an unknown version");
        else if (version && r->verdict == VERDICT_PROTOCOL)
            buf_printf(b, "; TLS %s", version);
        break;
    }
    if (r->fault)
        wirewords_fault(b, c, &w->side[r->accused], r->fault);
}

static void words_fault(struct buf *b, const struct casefile *c, const struct wire *w, const struct wire_ruling *r)
{
    const char *before = "";
    switch ((int)r->reason) {
    case REASON_OPEN_FAULT:
        before = r->alert ? "the handshake ended with an encrypted alert; "
                          : "the handshake was not completed, no alert was seen; ";
        break;
    case REASON_LATE_FAULT:
        before = w->renegotiations
                     ? "the handshake was completed, and the tunnel ended at once after a renegotiation: rejected "
                       "inside the tunnel; "
                     : "the handshake was completed, and the tunnel ended at once with an encrypted alert; ";
        break;
    default: before = "the tunnel came up; "; break;
    }
    buf_printf(b, "%sthe %s: ", before, side_name(r->accused));
    wirewords_fault(b, c, &w->side[r->accused], r->fault);
    if (r->reason == REASON_UP_FAULT)
        buf_puts(b, ". Once it ends it will not come back");
    else if (r->reason == REASON_UP_SINCE)
        buf_puts(b, ". If this tunnel is still up it will not come back once it ends");
    else if (r->reason == REASON_UP_WEAK)
        buf_puts(b, ", which newer releases refuse (OpenSSL's security level 2)");
    else if (r->reason == REASON_UP_CLOCK)
        buf_puts(b, ", by the clock of the capture: compare the clocks");
}

static void words_version(struct buf *b, const struct wire *w)
{
    const char *version = connection_version_name(w->version);
    if (version && w->version >= 0x0301)
        buf_printf(b, " (TLS %s)", version);
    else if (version)
        buf_printf(b, " (%s)", version);
}

/* Reasons without anything to fill in. */
static const char *plain(enum wire_reason reason)
{
    switch ((int)reason) {
    case REASON_NO_ANSWER: return "no answer to the SYN: not a certificate fault";
    case REASON_NO_DATA: return "the TCP connection was made, and no data was seen on it";
    case REASON_REFUSED: return "the connection was refused: nothing listens there, or a firewall resets it";
    case REASON_NOT_TLS: return "what is spoken on this connection is not TLS";
    case REASON_NO_HANDSHAKE: return "no handshake seen: established before the capture began";
    case REASON_OPEN_GENERATIONS:
        return "the handshake was not completed; the two ends show InternalCAs of one name with different keys: one "
               "end was "
               "regenerated and the other one not";
    case REASON_OPEN_STRANGERS: return "the handshake was not completed; the two ends show CAs of different names";
    case REASON_OPEN_SILENT: return "no answer to the ClientHello: something on the way drops it, or the server hangs";
    case REASON_OPEN_GAP: return "the handshake is not complete in the capture: bytes are missing";
    case REASON_OPEN_CUT: return "the capture ends within the handshake";
    case REASON_LATE_GENERATIONS:
        return "the handshake was completed, and the tunnel ended at once; the two ends show InternalCAs of one name "
               "with "
               "different keys: one end was regenerated and the other one not";
    case REASON_UP_GENERATIONS:
        return "the tunnel came up, but the two ends show InternalCAs of one name with different keys: one end was "
               "regenerated and the other one not. Once it ends it may not come back";
    case REASON_RESUMED:
        return "the tunnel came up by resuming a session: no certificates are sent then, and its full handshake was "
               "not seen";
    case REASON_HIDDEN_ENDED:
        return "the TLS 1.3 handshake was completed, and the server ended the connection before any data: it may have "
               "rejected the client, or have had another reason; certificates and alerts are not visible in TLS 1.3";
    case REASON_HIDDEN_REPEATED:
        return "the TLS 1.3 handshake was completed, and the server ended the connection before any data, as it does "
               "each time: it seems to reject the client; certificates and alerts are not visible in TLS 1.3";
    case REASON_HIDDEN_NO_AUTH:
        return "the TLS 1.3 handshake was completed, and the server ended the connection with what is as long as an "
               "alert, before any data: the client has shown no certificate, and does not offer post_handshake_auth, "
               "so that the server can't ask for one after the handshake";
    default: return NULL;
    }
}

static void words_other(struct buf *b, const struct wire *w, const struct wire_ruling *r)
{
    switch ((int)r->reason) {
    case REASON_NO_HANDSHAKE_CA:
        buf_puts(b, "no handshake seen: established before the capture began, on an InternalCA that has expired");
        put_known(b, r);
        if (!r->known)
            buf_puts(b, " if it is the one that this case shows");
        break;
    case REASON_FOREIGN:
        buf_printf(b, "the chain of the %s belongs to no InternalCA: something in between answers, or another machine",
            side_name(r->accused));
        if (r->alert) {
            buf_printf(b, "; the %s sent ", side_name(r->alert->from));
            wirewords_alert(b, r->alert);
        }
        break;
    case REASON_OPEN_ENDED:
        buf_printf(b, "the handshake was not completed and no alert was seen: the %s ended it",
            w->side[SIDE_SERVER].rst ||
                    (w->side[SIDE_SERVER].fin && !w->side[SIDE_CLIENT].rst && !w->side[SIDE_CLIENT].fin)
                ? "server"
            : w->side[SIDE_CLIENT].rst || w->side[SIDE_CLIENT].fin ? "client"
                                                                   : "connection's reuse");
        break;
    case REASON_UP:
        buf_puts(b, "the tunnel came up");
        words_version(b, w);
        buf_puts(b, w->side[0].chain_count && w->side[1].chain_count ? "; both chains are valid"
                                                                     : "; the chain that was seen is valid");
        break;
    case REASON_UP_UNSEEN:
        buf_puts(b, "the tunnel came up");
        words_version(b, w);
        buf_puts(b, w->side[0].gaps || w->side[1].gaps ? "; its certificates are missing in the capture"
                                                       : "; no certificates were exchanged");
        break;
    case REASON_RESUMED_FAULT:
        buf_printf(b, "a session was resumed%s, so that no certificates were sent; the CA of the %s has expired",
            r->verdict == VERDICT_AT_RISK ? "" : " and ended at once", side_name(r->accused));
        put_known(b, r);
        break;
    case REASON_RESUMED_KNOWN:
        buf_printf(b,
            "the tunnel came up by resuming the session of an earlier connection (frame %llu), whose CAs are valid",
            (unsigned long long)r->known->first_frame);
        break;
    case REASON_HIDDEN:
        buf_printf(b,
            "the tunnel came up (TLS 1.3%s), and data went both ways; certificates are not visible, nor how long they "
            "are valid; the client %s post_handshake_auth",
            w->resumed ? ", a session resumed" : "", w->post_handshake_auth ? "offers" : "does not offer");
        break;
    case REASON_HIDDEN_QUIET:
        buf_printf(b,
            "the TLS 1.3 handshake was completed%s; certificates are not visible; the client %s post_handshake_auth",
            w->sealed.known && w->ended ? ", and the connection ended without a sign of a rejection" : "",
            w->post_handshake_auth ? "offers" : "does not offer");
        break;
    case REASON_HIDDEN_REFUSED:
        buf_printf(b,
            "the server refused the client's certificate, or its lack of one: what the client sent %s was answered "
            "with nothing but a record as long as an alert, and the end; certificates are not visible in TLS 1.3",
            w->post_handshake_auth ? "after the TLS 1.3 handshake" : "at the end of the TLS 1.3 handshake");
        break;
    case REASON_OPEN_SEALED:
        buf_puts(b, "the client rejected the server in the TLS 1.3 handshake: it sent an encrypted alert in place of "
                    "its Finished; its number and the certificates are not visible");
        if (r->known)
            buf_puts(b, "; the CA has expired");
        put_known(b, r);
        break;
    default: break;
    }
}

char *wirewords_summary(const struct casefile *c, const struct wire *w, const struct wire_ruling *r)
{
    struct buf b = { 0 };
    const char *text = plain(r->reason);
    if (text)
        buf_puts(&b, text);
    else if (r->reason >= REASON_PROBE_UNSEEN)
        probejudge_words(&b, c, w, r);
    else if (r->alert && r->reason != REASON_FOREIGN && r->reason >= REASON_ALERT_FAULT && r->reason <= REASON_ALERT)
        words_alert(&b, c, w, r);
    else if (r->fault)
        words_fault(&b, c, w, r);
    else
        words_other(&b, w, r);
    return buf_take(&b);
}

const char *wirewords_next(const struct wire_ruling *r)
{
    if (r->reason == REASON_ALERT_VALID)
        return "Compare the clocks and the cacert.pem of both ends first: the chain on the wire is valid. Do not "
               "regenerate "
               "for this.";
    if (r->verdict == VERDICT_CA_EXPIRING && r->fault && r->fault->depth == 0)
        return "Have this certificate issued again while the tunnel is up; its CA lasts longer. Do not regenerate the "
               "CA for "
               "this.";
    if (r->verdict == VERDICT_REJECTED && r->alert && r->alert->description == 42)
        return "Compare the clocks of both ends first: OpenSSL sends this alert for a certificate that is not yet "
               "valid. Do "
               "not regenerate before the reason is known.";
    if (r->reason == REASON_HIDDEN_ENDED || r->reason == REASON_HIDDEN_REPEATED)
        return "The log of either end at this time settles it (`analyze`), or its certificates on disk (`check`): do "
               "not regenerate for this alone.";
    if (r->reason == REASON_HIDDEN_REFUSED || r->reason == REASON_OPEN_SEALED)
        return "The log of the end that refused says why (verify error and depth): give it to `analyze` together with "
               "this capture. Do not regenerate before the reason is known.";
    if (r->verdict == VERDICT_REJECTED && r->fault && r->fault->kind == CHAIN_MISSING)
        return "Look for sftunnel-cert.pem and sftunnel-key.pem on the client: it has no certificate to show. Push the "
               "whole "
               "set to it; do not regenerate.";
    if (r->reason == REASON_UP_GENERATIONS ||
        (r->verdict == VERDICT_AT_RISK && r->fault && r->fault->kind == CHAIN_WRONG_SIGNATURE))
        return words_at_risk(VERDICT_CA_MISMATCH);
    return verdict_info(r->verdict)->next[0];
}
