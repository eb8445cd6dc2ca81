/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/wire.h"

#include "agent/diagnosis/casefile.h"
#include "base/caps.h"
#include "base/mem.h"

#include <stdlib.h>

/* How many of `wanted` places in chains, or in lists of names, there are. */
static size_t take_places(struct casefile *c, size_t wanted)
{
    size_t left = CAP_CHAINS - c->chain_places, got = wanted < left ? wanted : left;
    c->chain_places += got;
    return got;
}

static void copy_chain(struct casefile *c, struct wire_side *to, const struct connection_side *from)
{
    size_t count = take_places(c, from->certificate_count > CAP_CHAIN ? CAP_CHAIN : from->certificate_count);
    if (count < from->certificate_count)
        to->seen = CERTIFICATES_PARTIAL;
    if (!count)
        return;
    to->chain = mem_zalloc(count, sizeof *to->chain);
    to->chain_count = (uint16_t)count;
    for (size_t i = 0; i < count; i++)
        to->chain[i] = certs_add(c->certs, from->certificates[i]);
}

static void copy_side(struct casefile *c, struct wire_side *to, const struct connection_side *from)
{
    *to = (struct wire_side){
        .at = from->at,
        .seen = (uint8_t)from->seen,
        .syn = from->syn,
        .tls = from->tls,
        .encrypted = from->encrypted,
        .finished = from->finished,
        .fin = from->fin,
        .rst = from->rst,
        .ended_first = from->ended_first,
        .certificate_frame = from->certificate_frame,
        .bytes = from->bytes,
        .gap_bytes = from->gap_bytes,
        .gap_at = from->gap_at,
        .gaps = from->gaps,
        .conflicts = from->conflicts,
    };
    copy_chain(c, to, from);
}

static void copy_accepted(struct casefile *c, struct wire *w, const struct connection *from)
{
    size_t count =
        take_places(c, from->accepted_count > CAP_ACCEPTED_NAMES ? CAP_ACCEPTED_NAMES : from->accepted_count);
    w->accepted_more = count < from->accepted_count;
    if (!count)
        return;
    w->accepted = mem_zalloc(count, sizeof *w->accepted);
    w->accepted_names = mem_zalloc(count, sizeof *w->accepted_names);
    w->accepted_count = (uint16_t)count;
    for (size_t i = 0; i < count; i++) {
        w->accepted[i] = certs_name_text(c->certs, from->accepted[i]);
        w->accepted_names[i] = certs_name(c->certs, from->accepted[i]);
    }
}

static void copy_alerts(struct wire *w, const struct connection *from)
{
    w->alerts_more = from->alerts_more;
    if (!from->alert_count)
        return;
    w->alerts = mem_zalloc(from->alert_count, sizeof *w->alerts);
    w->alert_count = (uint16_t)from->alert_count;
    memcpy(w->alerts, from->alerts, from->alert_count * sizeof *w->alerts);
}

static bool of_probe(const struct casefile *c, uint32_t source)
{
    return source < c->source_count && c->sources[source].kind == SOURCE_PROBE;
}

static const char *source_path(const struct casefile *c, uint32_t source)
{
    return source < c->source_count ? c->sources[source].path : "";
}

/* Is there a place for it? A flood of SYNs must not take those of handshakes. */
static bool has_place(struct casefile *c, uint32_t source, const struct connection *from)
{
    bool attempt = from->state == CONNECTION_SYN_ONLY || from->state == CONNECTION_REFUSED;
    if (attempt && c->attempt_count >= CAP_ATTEMPTS) {
        casefile_problem(c, source_path(c, source),
            "connections without any data beyond those that are kept (cap attempts): a scan, or a flood of SYNs");
        return false;
    }
    if (c->wire_count >= CAP_CONNECTIONS) {
        casefile_problem(c, source_path(c, source), "more connections than are kept (cap connections)");
        return false;
    }
    c->attempt_count += attempt;
    return true;
}

/* Is something left out that its own caps allow? */
static bool lacks_places(const struct wire *w, const struct connection *from)
{
    bool lacks = w->accepted_count < from->accepted_count && w->accepted_count < CAP_ACCEPTED_NAMES;
    for (int side = 0; side < 2; side++) {
        size_t kept = w->side[side].chain_count;
        lacks |= kept < from->side[side].certificate_count && kept < CAP_CHAIN;
    }
    return lacks;
}

void casefile_wire(struct casefile *c, uint32_t source, const struct connection *from)
{
    if (!has_place(c, source, from))
        return;
    if (!c->certs)
        c->certs = certs_new();
    uint64_t over_cap = certs_over_cap(c->certs);
    c->wires = mem_grow(c->wires, &c->wire_capacity, c->wire_count + 1, sizeof *c->wires);
    struct wire *w = &c->wires[c->wire_count++];
    *w = (struct wire){
        .source = source,
        .stream = from->stream,
        .version = from->version,
        .offered = from->offered,
        .cipher = from->cipher,
        .state = (uint8_t)from->state,
        .direction_known = from->direction_known,
        .client_hello = from->client_hello,
        .server_hello = from->server_hello,
        .hello_retry = from->hello_retry,
        .resumed = from->resumed,
        .post_handshake_auth = from->post_handshake_auth,
        .certificate_requested = from->certificate_requested,
        .early_end = from->early_end,
        .sealed = from->sealed,
        .client_random = from->client_random,
        .ended = from->ended,
        .renegotiations = from->renegotiations,
        .malformed = from->malformed > UINT32_MAX ? UINT32_MAX : (uint32_t)from->malformed,
        .first_frame = from->first_frame,
        .last_frame = from->last_frame,
        .first_ns = from->first_ns,
        .last_ns = from->last_ns,
        .probe = of_probe(c, source),
        .note = from->note ? mem_strdup(from->note) : NULL,
        .verdict = VERDICT_INSUFFICIENT,
        .severity = SEVERITY_UNKNOWN,
        .summary = "",
        .next = "",
        .finding = WIRE_NO_FINDING,
    };
    for (int side = 0; side < 2; side++)
        copy_side(c, &w->side[side], &from->side[side]);
    copy_accepted(c, w, from);
    copy_alerts(w, from);
    if (c->chain_places == CAP_CHAINS && lacks_places(w, from))
        casefile_problem(c, source_path(c, source), "more certificates in all chains than are kept (cap chains)");
    if (certs_over_cap(c->certs) > over_cap)
        casefile_problem(c, source_path(c, source),
            "more or longer certificates than are kept (caps certificates, certificate-bytes, certificates-bytes)");
}

void casefile_trust(struct casefile *c, struct bytes der)
{
    if (!c->certs)
        c->certs = certs_new();
    uint32_t id = certs_add(c->certs, der);
    if (id == CERT_NONE)
        return;
    c->trusted = mem_grow(c->trusted, &c->trusted_capacity, c->trusted_count + 1, sizeof *c->trusted);
    c->trusted[c->trusted_count++] = id;
}

void wire_clear(struct wire *w)
{
    for (int side = 0; side < 2; side++) {
        free(w->side[side].chain);
        free(w->side[side].faults);
    }
    free(w->accepted);
    free(w->accepted_names);
    free(w->alerts);
    free(w->note);
    *w = (struct wire){ 0 };
}

const char *chain_fault_name(enum chain_fault_kind kind)
{
    switch (kind) {
    case CHAIN_EXPIRED: return "expired";
    case CHAIN_NOT_YET_VALID: return "not_yet_valid";
    case CHAIN_WRONG_SIGNATURE: return "wrong_signature";
    case CHAIN_WRONG_ISSUER: return "wrong_issuer";
    case CHAIN_NOT_ACCEPTED: return "not_accepted";
    case CHAIN_WEAK_DIGEST: return "weak_digest";
    case CHAIN_WEAK_KEY: return "weak_key";
    case CHAIN_EXPIRING: return "expiring";
    case CHAIN_UNREADABLE: return "unreadable";
    case CHAIN_MISSING: return "missing";
    case CHAIN_FAULTS: break;
    }
    return "?";
}
