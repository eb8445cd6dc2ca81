/* SPDX-License-Identifier: BSD-2-Clause */
/* What a person reads: each proof in words, one sentence for the peer, the next step. Decides nothing. */
#include "agent/diagnosis/statuswords.h"

#include "agent/diagnosis/tlsalert.h"
#include "agent/diagnosis/x509code.h"
#include "base/mem.h"

#include <stdlib.h>

#define CA_DAYS 3650

/* A line and where it was read; text NULL: a conclusion. */
struct quote {
    uint32_t source;
    uint64_t line;
    char *text;
};

void words_evidence(struct finding *f, struct evidence e)
{
    size_t capacity = f->evidence_count;
    if ((capacity & (capacity - 1)) == 0)
        f->evidence = mem_resize(f->evidence, capacity ? capacity * 2 : 1, sizeof *f->evidence);
    f->evidence[f->evidence_count++] = e;
}

static void evidence_add(const struct inquiry *q, struct finding *f, struct quote quote, char *means, bool supports)
{
    words_evidence(f, (struct evidence){
                          .source = quote.text ? quote.source : SOURCE_NO,
                          .line = quote.text ? quote.line : 0,
                          .text = quote.text ? inquiry_own(q, quote.text) : "",
                          .means = inquiry_own(q, means),
                          .supports = supports,
                      });
}

static const struct quote conclusion = { .text = NULL };

/* p: may be NULL. */
static struct quote quote_proof(const struct inquiry *q, const struct proof *p, const struct peer *peer)
{
    struct buf b = { 0 };
    if (!p || !p->weight)
        return conclusion;
    inquiry_print(q, &b, p, peer);
    return (struct quote){ p->source, p->line, buf_take(&b) };
}

static struct quote quote_text(uint32_t source, uint64_t line, const char *text)
{
    size_t n = strlen(text);
    return (struct quote){ source, line, mem_strndup(text, n > CAP_EVIDENCE_BYTES ? CAP_EVIDENCE_BYTES : n) };
}

static const char *side(const struct view *v)
{
    switch (v->role) {
    case ROLE_FMC: return "the FMC";
    case ROLE_FTD: return "the FTD";
    case ROLE_UNKNOWN: break;
    }
    return "this end";
}

static void put_uuid(struct buf *b, struct slice uuid)
{
    if (uuid.n) {
        buf_puts(b, " of FMC ");
        buf_slice(b, uuid);
    }
}

/* ---- one line in words ---- */

static void means_verify(struct buf *b, const struct view *v, const struct outcome_stat *s)
{
    struct x509_code code = x509_code_read(s->what.number, (struct slice){ "", 0 });
    buf_printf(b, "%s refused the certificate chain that the peer presented: %s, %s (%d)", side(v), code.text,
        code.name, s->what.number);
    if (s->what.depth == 0)
        buf_puts(b, ", at depth 0: the peer's own certificate");
    else if (s->what.depth > 0)
        buf_printf(b, ", at depth %d: the CA, not the peer's own certificate", s->what.depth);
    else
        buf_puts(b, "; at which depth was not said");
}

static void means_reason(struct buf *b, const struct outcome_stat *s)
{
    const char *name;
    if (s->what.type == OUTCOME_ALERT) {
        name = tls_alert_name(s->what.number);
        buf_printf(b, "TLS alert %d (%s) received: the peer refused this end's certificates or parameters",
            s->what.number, name ? name : "not assigned");
    } else if (s->what.type == OUTCOME_POST_HANDSHAKE_AUTH) {
        buf_puts(b, "TLS 1.3: the client could not be asked for its certificate after the handshake");
    } else {
        name = ssl_reason_text(s->what.number);
        buf_printf(b, "OpenSSL's reason: %s", name ? name : "not known here");
    }
}

static void means_dn(struct buf *b, const struct inquiry *q, const struct view *v, const struct witness *w, bool issuer)
{
    bool same = w->issuer && w->issuer == w->subject;
    buf_printf(b, "%s of the refused certificate", issuer ? "issuer" : "subject");
    if (slice_contains(inquiry_string(q, issuer ? w->issuer : w->subject), SLICE("InternalCA"))) {
        buf_puts(b, ": the InternalCA");
        put_uuid(b, v->ca_uuid);
    }
    if (same && !issuer)
        buf_puts(b, "; subject and issuer are the same, so it is the CA itself");
}

/* An example to show: what it is an example of, and the attempt itself. */
struct exhibit {
    const struct peer *peer; /* of which the lines are */
    const struct view *v;
    const struct outcome_stat *s;
    const struct witness *w;
};

static char *means(const struct inquiry *q, const struct exhibit *x, const struct proof *p)
{
    const struct view *v = x->v;
    const struct outcome_stat *s = x->s;
    struct buf b = { 0 };
    switch ((int)p->kind) {
    case EVENT_VERIFY_FAILED: means_verify(&b, v, s); break;
    case EVENT_SSL_ERROR:
    case EVENT_ALERT_RECEIVED:
    case EVENT_POST_HANDSHAKE_AUTH: means_reason(&b, s); break;
    case EVENT_CERTIFICATE_ISSUER: means_dn(&b, q, v, x->w, true); break;
    case EVENT_CERTIFICATE_SUBJECT: means_dn(&b, q, v, x->w, false); break;
    case EVENT_CERTIFICATE_DEPTH:
        buf_puts(&b, s->what.depth == 0 ? "depth 0 is the peer's own certificate"
                                        : "depth 1 and above is the CA that the peer's certificate hangs on");
        break;
    case EVENT_VERIFY_STATUS:
        if (x->w->verified_ok)
            buf_printf(&b, "%s has nothing against the peer's certificates: the peer found the fault", side(v));
        else
            buf_printf(&b, "final result of the verification by %s", side(v));
        break;
    case EVENT_ATTEMPT_FAILED:
        buf_puts(&b, "names the peer; the number at its end is an internal status, no file error");
        break;
    default: buf_puts(&b, event_kind_means((enum event_kind)p->kind)); break;
    }
    return buf_take(&b);
}

/* Strongest first; those of one weight as they stand in the log, which is the order that they were kept in. */
static size_t by_weight(struct proof sorted[CAP_EVIDENCE_PER_OUTCOME], const struct witness *w)
{
    struct proof proof[CAP_EVIDENCE_PER_OUTCOME];
    size_t count = witness_proofs(w, proof);
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0 && sorted[at - 1].weight < proof[i].weight; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = proof[i];
    }
    return count;
}

static void add_proofs(const struct inquiry *q, const struct exhibit *x, struct finding *f, const char *prefix)
{
    struct proof sorted[CAP_EVIDENCE_PER_OUTCOME];
    size_t count = by_weight(sorted, x->w);
    bool past = outcome_is_failure(x->s->what) && x->v->verdict == VERDICT_HEALTHY; /* another source says so */
    for (size_t i = 0; i < count; i++) {
        char *words = means(q, x, &sorted[i]);
        if (prefix) {
            struct buf b = { 0 };
            buf_printf(&b, "%s%s", prefix, words);
            free(words);
            words = buf_take(&b);
        }
        evidence_add(q, f, quote_proof(q, &sorted[i], x->peer), words, !past);
    }
}

/* ---- conclusions ---- */

/* A version 1 UUID holds the time at which it was made (RFC 4122 4.1.4), in 100 ns since 1582-10-15. */
static bool uuid_time(struct slice uuid, civil *made)
{
    uint64_t part[3] = { 0 };
    static const uint8_t digits[3][2] = { { 0, 8 }, { 9, 4 }, { 14, 4 } };
    if (!slice_is_uuid(uuid) || uuid.p[14] != '1')
        return false;
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < digits[i][1]; k++) {
            char c = uuid.p[digits[i][0] + k];
            part[i] = part[i] * 16 + (uint64_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        }
    uint64_t ticks = (part[2] & 0xfff) << 48 | part[1] << 32 | part[0];
    *made = civil_from_unix((int64_t)(ticks / 10000000) - 12219292800);
    return true;
}

static void add_uuid_age(const struct inquiry *q, const struct view *v, struct finding *f)
{
    civil made;
    if (v->fault_verdict != VERDICT_CA_EXPIRED || !v->fault || !v->ca_uuid.n || !uuid_time(v->ca_uuid, &made))
        return;
    civil end = civil_from_unix(civil_unix(made) + (int64_t)CA_DAYS * 86400);
    char from[CIVIL_TEXT], to[CIVIL_TEXT];
    struct buf b = { 0 };
    buf_printf(&b, "the FMC's UUID was made on %.10s; an InternalCA of that time that was never renewed ends by %.10s",
        civil_text(made, from), civil_text(end, to));
    bool fits = v->fault->last == CIVIL_NONE || end <= v->fault->last;
    if (!fits)
        buf_puts(&b, ", after these lines: check the clock of the verifying end and the year of the log");
    evidence_add(q, f, conclusion, buf_take(&b), fits);
}

static void add_push(const struct inquiry *q, const struct view *v, struct finding *f)
{
    if (!v->push)
        return;
    struct buf b = { 0 };
    buf_printf(&b, "the regeneration could not push %s to this peer", v->push->file[0] ? v->push->file : "its files");
    struct quote quote = quote_text(v->push->source, v->push->line, v->push->text);
    evidence_add(q, f, quote, buf_take(&b), v->verdict != VERDICT_HEALTHY);
}

static void add_risk(const struct inquiry *q, const struct view *v, struct finding *f)
{
    struct buf b = { 0 };
    if (!v->risk_since)
        return;
    bool named = v->risk_peer->address != 0;
    buf_puts(&b, named ? "another peer of the same FMC refuses its CA as expired"
                       : "a peer of the same FMC, whose address was not said, refuses its CA as expired");
    buf_puts(&b, v->peer ? ", and this tunnel was made before that: it hangs on the same CA"
                         : ", and no line says that this tunnel was made since: it hangs on the same CA");
    evidence_add(q, f, conclusion, buf_take(&b), true);
    add_proofs(q, &(struct exhibit){ v->risk_peer, v, v->risk_fault, v->risk_fault->witness }, f,
        named ? "the other peer: " : "that peer: ");
}

/* The strongest line of the attempt that is shown for an outcome. */
static struct quote quote_stat(const struct inquiry *q, const struct peer *p, const struct outcome_stat *s)
{
    struct proof sorted[CAP_EVIDENCE_PER_OUTCOME];
    return by_weight(sorted, s->witness) ? quote_proof(q, &sorted[0], p) : conclusion;
}

/* A sign of life after the fault began. */
static void add_alive(const struct inquiry *q, const struct view *v, struct finding *f)
{
    char when[CIVIL_TEXT];
    struct buf b = { 0 };
    if (!v->peer->last_sign || v->peer->last_sign <= view_witness(v)->sequence)
        return;
    buf_printf(&b, "a line of %s says that a tunnel with this peer is up", civil_text(v->peer->last_sign_time, when));
    evidence_add(q, f, quote_proof(q, &v->peer->sign, v->peer), buf_take(&b), v->verdict == VERDICT_AT_RISK);
}

/* What speaks against the verdict. */
static void add_against(const struct inquiry *q, const struct view *v, struct finding *f)
{
    char when[CIVIL_TEXT];
    struct buf b = { 0 };
    bool fault = v->fault && v->verdict != VERDICT_HEALTHY;
    bool down = (v->status && !v->status->connected) || v->stopped;
    if (!v->fault && v->success && down && v->verdict != VERDICT_HEALTHY) {
        buf_printf(&b, "the log's last word is a tunnel that was established at %s",
            civil_text(v->peer->last_success_time, when));
        evidence_add(q, f, quote_stat(q, v->peer, v->success), buf_take(&b), false);
    }
    if (fault && v->success) {
        buf_printf(&b, "the last success was at %s, before the first of these failures",
            civil_text(v->peer->last_success_time, when));
        evidence_add(q, f, quote_stat(q, v->peer, v->success), buf_take(&b), false);
    }
    if (v->refuted)
        evidence_add(q, f, conclusion,
            mem_strdup("tunnels of other peers with the same FMC came up after this failure: its CA was "
                       "accepted there. Compare the clocks and the CA files of both ends"),
            false);
    for (size_t i = 0; fault && i < v->peer->stat_count; i++) {
        const struct outcome_stat *s = &v->peer->stats[i];
        char name[32];
        if (s == v->fault || !outcome_is_failure(s->what) || s->last_sequence <= v->fault->last_sequence)
            continue;
        outcome_print(s->what, name);
        buf_printf(&b, "after that %s was also seen, last at %s", name, civil_text(s->last, when));
        evidence_add(q, f, quote_stat(q, v->peer, s), buf_take(&b), false);
    }
}

/* An alert is only a number: what the other end had in mind it alone can tell. */
static void add_alert_doubt(const struct inquiry *q, const struct view *v, struct finding *f)
{
    bool told = v->fault && v->fault->what.type == OUTCOME_ALERT && v->fault->what.number == 45;
    if (told && v->verdict == VERDICT_CA_EXPIRED && v->partner == VIEW_NONE)
        evidence_add(q, f, conclusion,
            mem_strdup("from here it can't be seen whether the peer meant the CA, this end's own certificate or a "
                       "revocation list, or whether the peer's clock is wrong: the peer's log tells"),
            false);
}

static void add_partner(const struct inquiry *q, const struct view *v, struct finding *f)
{
    const struct view *other = v->partner == VIEW_NONE ? NULL : &q->views[v->partner];
    if (!other)
        return;
    if (other->fault && v->fault)
        add_proofs(q, &(struct exhibit){ other->peer, other, other->fault, view_witness(other) }, f, "the other end: ");
    else if (v->fault && other->success)
        evidence_add(q, f, quote_stat(q, other->peer, other->success),
            mem_strdup("the other end has a tunnel with this one in its log"), false);
}

static void add_healthy(const struct inquiry *q, const struct view *v, struct finding *f)
{
    if (v->verdict != VERDICT_HEALTHY && v->verdict != VERDICT_AT_RISK)
        return;
    if (v->success && !v->fault)
        add_proofs(q, &(struct exhibit){ v->peer, v, v->success, v->success->witness }, f, NULL);
    else if (v->peer && v->peer->sign.weight && v->verdict == VERDICT_HEALTHY)
        evidence_add(q, f, quote_proof(q, &v->peer->sign, v->peer),
            mem_strdup("a tunnel with this peer is up; its handshake is not in the log"), true);
}

/* ---- sentences ---- */

static void put_fault(struct buf *b, const struct view *v)
{
    const struct outcome_stat *s = v->fault;
    char name[32], since[CIVIL_TEXT];
    outcome_print(s->what, name);
    buf_printf(
        b, " %s, %llu of %llu attempts", name, (unsigned long long)s->count, (unsigned long long)v->peer->attempts);
    if (v->peer->failing_since)
        buf_printf(b, "; failing since %s", civil_text(v->peer->failing_since_time, since));
}

static const char *sentence(const struct view *v)
{
    switch (v->fault && v->verdict == VERDICT_AT_RISK ? v->fault_verdict : v->verdict) {
    case VERDICT_HEALTHY: return "the tunnel is up";
    case VERDICT_CA_EXPIRED: return "the InternalCA has expired";
    case VERDICT_CA_EXPIRING: return "the InternalCA expires soon";
    case VERDICT_LEAF_EXPIRED: return "the peer's own certificate has expired";
    case VERDICT_NOT_YET_VALID: return "a certificate is not yet valid: the clocks differ";
    case VERDICT_CA_MISMATCH: return "the two ends hold certificates of different generations of the CA";
    case VERDICT_UNKNOWN_CA: return "a certificate of a CA that the other end does not know";
    case VERDICT_WEAK_CERTIFICATE: return "a certificate with a key or digest that is refused as too weak";
    case VERDICT_KEY_MISMATCH: return "key and certificate do not belong together";
    case VERDICT_POST_HANDSHAKE_AUTH: return "TLS 1.3 client authentication after the handshake failed";
    case VERDICT_REVOKED: return "a certificate or its revocation list was refused";
    case VERDICT_REJECTED:
        return v->fault && v->fault->what.number == OUTCOME_NUMBER_AUTH
                   ? "the peer was not accepted, for another reason than its certificate: compare the registration keys"
                   : "the peer or this end refused the handshake";
    case VERDICT_AT_RISK: return "the tunnel is still up, on an expired CA";
    case VERDICT_PUSH_INCOMPLETE: return "the regenerated files did not reach this peer";
    case VERDICT_BAD_FILES: return "damaged or stray certificate files";
    case VERDICT_NETWORK: return "no TCP connection: not a certificate fault";
    case VERDICT_PROTOCOL: return "TLS version, cipher or renegotiation refused";
    case VERDICT_INTERCEPTED: return "a certificate chain of no known InternalCA";
    case VERDICT_INSUFFICIENT:
    case VERDICT_COUNT: break;
    }
    return "not enough was seen to tell the cause";
}

static char *summary(const struct view *v)
{
    struct buf b = { 0 };
    char when[CIVIL_TEXT];
    statuswords_summary(&b, v, sentence(v));
    if (v->ca_uuid.n && v->fault) {
        buf_puts(&b, " (InternalCA");
        put_uuid(&b, v->ca_uuid);
        buf_puts(&b, ")");
    }
    if (v->verdict == VERDICT_AT_RISK && v->fault)
        buf_puts(&b, ", but a tunnel with this peer is still up");
    if (v->fault) {
        buf_putc(&b, ':');
        put_fault(&b, v);
    } else if (v->peer && v->success) {
        buf_printf(&b, ": last made at %s", civil_text(v->peer->last_success_time, when));
    } else if (v->peer && v->peer->signs) {
        buf_printf(&b, ": last sign of life at %s", civil_text(v->peer->last_sign_time, when));
    }
    if (view_unnamed(v))
        buf_puts(&b, "; the peer's address was not said");
    return buf_take(&b);
}

const char *words_at_risk(enum verdict_id fault)
{
    if (fault == VERDICT_CA_EXPIRED || fault == VERDICT_LEAF_EXPIRED)
        return verdict_info(VERDICT_AT_RISK)->next[0];
    return "Compare the CAs of both ends by key, then push the FMC's current set to this peer while the tunnel is up. "
           "Do not regenerate again. Do not reboot, upgrade or restart sftunnel on the FMC or the FTD.";
}

static bool is_mismatch(const struct view *v)
{
    return v->verdict == VERDICT_AT_RISK && v->fault && v->fault_verdict != VERDICT_CA_EXPIRED &&
           v->fault_verdict != VERDICT_LEAF_EXPIRED;
}

static char *next_step(const struct view *v)
{
    struct buf b = { 0 };
    if (is_mismatch(v))
        return mem_strdup(words_at_risk(v->fault_verdict));
    if (view_unnamed(v))
        buf_puts(&b, v->role == ROLE_FMC ? "The peer's address is missing: give the lines that follow these, "
                                           "\"Failed to connect using SSL to\" names it. "
                     : v->role == ROLE_FTD
                         ? "The peer's address is missing: give the lines in front of these, "
                           "\"Initiating IPv4 connection to\" names it. "
                         : "The peer's address is missing: give the whole log, in which lines in front "
                           "of these or behind them name it. ");
    if (v->verdict == VERDICT_REJECTED && v->fault && v->fault->what.type == OUTCOME_ALERT &&
        v->fault->what.number == 42)
        buf_puts(&b, "Compare the clocks of both ends first: OpenSSL sends this alert for a certificate that is not "
                     "yet valid. ");
    buf_puts(&b, verdict_info(v->verdict)->next[0]);
    return buf_take(&b);
}

void words_finding(const struct inquiry *q, const struct view *v, struct finding *f)
{
    const struct verdict_info *info = verdict_info(v->verdict);
    f->summary = inquiry_own(q, summary(v));
    f->next = inquiry_own(q, next_step(v));
    if (v->verdict != VERDICT_HEALTHY && info->confirm[0])
        f->missing = is_mismatch(v) ? verdict_info(v->fault_verdict)->confirm[0] : info->confirm[0];
    /* what makes the verdict comes first */
    if (v->verdict == VERDICT_PUSH_INCOMPLETE)
        add_push(q, v, f);
    if (v->verdict == VERDICT_AT_RISK)
        statuswords_add(q, v, f);
    if (v->verdict == VERDICT_AT_RISK && v->fault)
        add_alive(q, v, f);
    if (v->fault)
        add_proofs(q, &(struct exhibit){ v->peer, v, v->fault, view_witness(v) }, f, NULL);
    add_healthy(q, v, f);
    add_risk(q, v, f);
    if (v->verdict != VERDICT_PUSH_INCOMPLETE)
        add_push(q, v, f);
    add_uuid_age(q, v, f);
    add_partner(q, v, f);
    if (v->verdict != VERDICT_AT_RISK)
        statuswords_add(q, v, f);
    if (v->verdict != VERDICT_AT_RISK && v->verdict != VERDICT_HEALTHY && v->fault)
        add_alive(q, v, f);
    statuswords_beside(q, v, f);
    add_against(q, v, f);
    add_alert_doubt(q, v, f);
}

const char *words_noise(enum noise_kind kind)
{
    switch (kind) {
    case NOISE_STATUS:
        return "\"Too many levels of symbolic links\" is strerror(40), printed for an internal status: no file or link "
               "is "
               "concerned";
    case NOISE_RENEGOTIATE:
        return "\"SSL_renegotiate error ... error:00000001\" only says that the second handshake inside the connection "
               "failed; the code is empty";
    case NOISE_RVAL: return "\"rval[40]\" is the same internal status as a number";
    case NOISE_KINDS: break;
    }
    return "";
}
