/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/whois.h"

#include "base/mem.h"

#include <stdlib.h>

enum list { LIST_PEERS, LIST_PUSHES, LIST_STATUSES, LISTS };

struct entry {
    size_t fact; /* index in the casefile */
    size_t next; /* + 1; 0 ends the list */
};

/* Per name the facts that have it, in their order. */
struct index {
    struct entry *entries;
    size_t count, capacity;
    size_t *first, *last; /* [number of the name], + 1; 0: none */
    size_t names;
};

struct whois {
    const struct casefile *c;
    struct strings *names; /* in small letters */
    struct index index[LISTS];
    bool *push_used, *status_used;
};

static struct slice small_letters(struct slice s, char out[CAP_NAME_BYTES])
{
    size_t n = s.n > CAP_NAME_BYTES ? CAP_NAME_BYTES : s.n;
    for (size_t i = 0; i < n; i++)
        out[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : s.p[i];
    return (struct slice){ out, n };
}

static void index_grow(struct index *x, size_t names)
{
    if (names < x->names)
        return;
    size_t size = names + names / 2 + 64;
    x->first = mem_resize(x->first, size, sizeof *x->first);
    x->last = mem_resize(x->last, size, sizeof *x->last);
    memset(x->first + x->names, 0, (size - x->names) * sizeof *x->first);
    memset(x->last + x->names, 0, (size - x->names) * sizeof *x->last);
    x->names = size;
}

static void add(struct whois *w, enum list list, size_t fact, const char *name)
{
    char space[CAP_NAME_BYTES];
    struct index *x = &w->index[list];
    uint32_t id = strings_add(w->names, small_letters(slice_of(name), space));
    if (id == 0)
        return;
    index_grow(x, id);
    x->entries = mem_grow(x->entries, &x->capacity, x->count + 1, sizeof *x->entries);
    x->entries[x->count++] = (struct entry){ .fact = fact };
    if (x->last[id])
        x->entries[x->last[id] - 1].next = x->count;
    else
        x->first[id] = x->count;
    x->last[id] = x->count;
}

struct whois *whois_new(const struct casefile *c)
{
    struct whois *w = mem_zalloc(1, sizeof *w);
    w->c = c;
    w->names = strings_new(UINT32_MAX);
    w->push_used = mem_zalloc(c->push_count, sizeof *w->push_used);
    w->status_used = mem_zalloc(c->status_count, sizeof *w->status_used);
    for (size_t i = 0; i < c->peer_count; i++) {
        add(w, LIST_PEERS, i, c->peers[i].address);
        add(w, LIST_PEERS, i, c->peers[i].uuid);
        add(w, LIST_PEERS, i, c->peers[i].name);
    }
    for (size_t i = 0; i < c->push_count; i++) {
        add(w, LIST_PUSHES, i, c->pushes[i].address);
        add(w, LIST_PUSHES, i, c->pushes[i].uuid);
        add(w, LIST_PUSHES, i, c->pushes[i].name);
    }
    for (size_t i = 0; i < c->status_count; i++)
        add(w, LIST_STATUSES, i, c->statuses[i].peer);
    return w;
}

void whois_free(struct whois *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < LISTS; i++) {
        free(w->index[i].entries);
        free(w->index[i].first);
        free(w->index[i].last);
    }
    strings_free(w->names);
    free(w->push_used);
    free(w->status_used);
    free(w);
}

bool whois_push_used(const struct whois *w, size_t push)
{
    return w->push_used[push];
}

void whois_use_push(struct whois *w, size_t push)
{
    w->push_used[push] = true;
}

bool whois_status_used(const struct whois *w, size_t status)
{
    return w->status_used[status];
}

void whois_use_status(struct whois *w, size_t status)
{
    w->status_used[status] = true;
}

/* The first entry of the facts with this name; NULL: none. */
static const struct entry *find(const struct whois *w, enum list list, struct slice name)
{
    char space[CAP_NAME_BYTES];
    const struct index *x = &w->index[list];
    uint32_t id = strings_find(w->names, small_letters(name, space));
    return id && id < x->names && x->first[id] ? &x->entries[x->first[id] - 1] : NULL;
}

static const struct entry *next(const struct whois *w, enum list list, const struct entry *e)
{
    return e->next ? &w->index[list].entries[e->next - 1] : NULL;
}

/* What lies in one unit speaks of one appliance; a loose file may speak of any. */
static bool speaks_of(const struct view *v, uint32_t unit)
{
    return v->unit == unit || v->unit == UNIT_NONE || unit == UNIT_NONE;
}

static void learn_name(struct view *v, const char *uuid, const char *name, const char *address)
{
    if (!v->uuid.n)
        v->uuid = slice_of(uuid);
    if (!v->name.n)
        v->name = slice_of(name);
    if (slice_is_uuid(v->address) && address[0])
        v->address = slice_of(address);
}

static void learn_peers(const struct whois *w, struct view *v, struct slice name)
{
    for (const struct entry *e = find(w, LIST_PEERS, name); e; e = next(w, LIST_PEERS, e)) {
        const struct peer_fact *f = &w->c->peers[e->fact];
        if (!speaks_of(v, f->unit))
            continue;
        learn_name(v, f->uuid, f->name, f->address);
        if (!v->version.n)
            v->version = slice_of(f->version);
        if (f->heartbeat && (!v->heartbeat || f->heartbeat > v->heartbeat->heartbeat))
            v->heartbeat = f;
    }
}

static void learn_pushes(struct whois *w, struct view *v, struct slice name)
{
    for (const struct entry *e = find(w, LIST_PUSHES, name); e; e = next(w, LIST_PUSHES, e)) {
        const struct push_fact *f = &w->c->pushes[e->fact];
        if (v->role == ROLE_FTD || !speaks_of(v, f->unit))
            continue;
        learn_name(v, f->uuid, f->name, f->address);
        if (!v->push || f < v->push)
            v->push = f;
        whois_use_push(w, e->fact);
    }
}

/* Of two outputs the newer one counts, where both say when that was; else the one that says that it is up. */
static bool says_more(const struct status_fact *f, const struct status_fact *than)
{
    if (than->seen != CIVIL_NONE && f->seen != CIVIL_NONE && than->seen != f->seen)
        return f->seen > than->seen;
    return !than->connected;
}

void view_take_status(struct view *v, const struct status_fact *f)
{
    if (f->kind == STATUS_TUNNEL) {
        if (!v->status || says_more(f, v->status))
            v->status = f;
    } else if (f->kind == STATUS_REGISTRATION) {
        v->registration = f;
    } else {
        v->sockets += f->connected;
        if (!v->socket || says_more(f, v->socket))
            v->socket = f;
    }
}

static void learn_statuses(struct whois *w, struct view *v, struct slice name)
{
    for (const struct entry *e = find(w, LIST_STATUSES, name); e; e = next(w, LIST_STATUSES, e)) {
        const struct status_fact *f = &w->c->statuses[e->fact];
        if (!speaks_of(v, f->unit))
            continue;
        w->status_used[e->fact] = true;
        view_take_status(v, f);
    }
}

void whois_learn(struct whois *w, struct view *v)
{
    /* each name may bring the next one */
    learn_peers(w, v, v->address);
    learn_peers(w, v, v->uuid);
    learn_peers(w, v, v->name);
    learn_pushes(w, v, v->address);
    learn_pushes(w, v, v->uuid);
    learn_pushes(w, v, v->name);
    learn_statuses(w, v, v->address);
    learn_statuses(w, v, v->uuid);
    learn_statuses(w, v, v->name);
}
