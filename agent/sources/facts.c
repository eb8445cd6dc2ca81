/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/facts.h"

#include "base/caps.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static char *copy(struct slice s, size_t most)
{
    return mem_strndup(s.n ? s.p : "", s.n < most ? s.n : most);
}

static bool take(struct facts *f)
{
    if (f->count < CAP_FACTS) {
        f->count++;
        return true;
    }
    facts_problem(f, "says more than %d things: the rest is left out (cap facts)", CAP_FACTS);
    return false;
}

void facts_problem(struct facts *f, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    struct source *s = &f->c->sources[f->source];
    s->partial = true;
    casefile_problem(f->c, s->path, "%s", text);
}

void facts_peer(struct facts *f, uint64_t line, struct slice uuid, struct slice name, struct slice address)
{
    if ((uuid.n == 0 && name.n == 0 && address.n == 0) || !take(f))
        return;
    struct peer_fact fact = {
        .unit = f->c->sources[f->source].unit,
        .source = f->source,
        .line = line,
        .uuid = copy(uuid, CAP_NAME_BYTES),
        .name = copy(name, CAP_NAME_BYTES),
        .address = copy(address, CAP_NAME_BYTES),
    };
    casefile_peer(f->c, &fact);
    free(fact.uuid);
    free(fact.name);
    free(fact.address);
}

/* peer: a UUID, an address or a name. */
static void more_of(struct facts *f, uint64_t line, struct slice peer, struct peer_fact fact)
{
    bool address = memchr(peer.p, '.', peer.n) || memchr(peer.p, ':', peer.n);
    if (!peer.n || !take(f))
        return;
    char *name = copy(peer, CAP_NAME_BYTES);
    fact.unit = f->c->sources[f->source].unit;
    fact.source = f->source;
    fact.line = line;
    if (slice_is_uuid(peer))
        fact.uuid = name;
    else if (address)
        fact.address = name;
    else
        fact.name = name;
    casefile_peer(f->c, &fact);
    free(name);
}

void facts_version(struct facts *f, uint64_t line, struct slice peer, struct slice version)
{
    char *text = copy(version, CAP_NAME_BYTES);
    more_of(f, line, peer, (struct peer_fact){ .version = text });
    free(text);
}

void facts_heartbeat(struct facts *f, struct slice uuid, int64_t written)
{
    more_of(f, 0, uuid, (struct peer_fact){ .heartbeat = written });
}

void facts_status(struct facts *f, const struct status *s)
{
    if (!take(f))
        return;
    struct status_fact fact = {
        .unit = f->c->sources[f->source].unit,
        .source = f->source,
        .line = s->line,
        .kind = s->kind,
        .peer = copy(s->peer, CAP_NAME_BYTES),
        .connected = s->connected,
        .control = s->control,
        .event = s->event,
        .since = s->since,
        .lost = s->lost,
        .seen = s->seen,
        .reason = copy(s->reason, CAP_NAME_BYTES),
        .text = copy(s->text, CAP_EVIDENCE_BYTES),
    };
    casefile_status(f->c, &fact);
    free(fact.peer);
    free(fact.reason);
    free(fact.text);
}

void facts_host(struct facts *f, uint64_t line, const struct host_fact *h, struct slice value, struct slice text)
{
    if (!take(f))
        return;
    struct host_fact fact = {
        .unit = f->c->sources[f->source].unit,
        .source = f->source,
        .line = line,
        .kind = h->kind,
        .good = h->good,
        .value = copy(value, CAP_NAME_BYTES),
        .text = copy(text, CAP_EVIDENCE_BYTES),
    };
    casefile_host(f->c, &fact);
    free(fact.value);
    free(fact.text);
}

void facts_push(struct facts *f, uint64_t line, const struct push *p, struct slice text)
{
    if (!take(f))
        return;
    struct push_fact fact = {
        .unit = f->c->sources[f->source].unit,
        .source = f->source,
        .line = line,
        .uuid = copy(p->uuid, CAP_NAME_BYTES),
        .name = copy(p->name, CAP_NAME_BYTES),
        .address = copy(p->address, CAP_NAME_BYTES),
        .file = copy(p->file, CAP_NAME_BYTES),
        .text = copy(text, CAP_EVIDENCE_BYTES),
    };
    casefile_push(f->c, &fact);
    char *const all[] = { fact.uuid, fact.name, fact.address, fact.file, fact.text };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}
