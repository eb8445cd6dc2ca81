/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/diskjoin.h"
#include "agent/diagnosis/diskwire.h"
#include "agent/diagnosis/forecast.h"
#include "agent/diagnosis/statuswords.h"
#include "agent/diagnosis/whois.h"
#include "agent/diagnosis/wirejoin.h"
#include "agent/diagnosis/wireyears.h"

#include "base/mem.h"

#include <stdlib.h>

struct slice inquiry_string(const struct inquiry *q, uint32_t id)
{
    return strings_get(q->whole->strings, id);
}

const char *inquiry_word(const struct inquiry *q, const char *text)
{
    return strings_get(q->words, strings_add(q->words, slice_of(text))).p;
}

const char *inquiry_own(const struct inquiry *q, char *text)
{
    const char *kept = text ? inquiry_word(q, text) : NULL;
    free(text);
    return kept;
}

void inquiry_print(const struct inquiry *q, struct buf *b, const struct proof *p, const struct peer *peer)
{
    struct proof_room room = segment_room(q->whole, peer->address);
    proof_print(b, p, inquiry_host(q, peer->host), &room);
}

/* ---- streams into one ---- */

static civil begin_of(const struct segment *s)
{
    civil first, last;
    segment_span(s, &first, &last);
    return first;
}

static uint32_t first_source(const struct segment *s)
{
    return s->span_count ? s->spans[0].source : SOURCE_NO;
}

static uint32_t unit_of(const struct casefile *c, const struct segment *s)
{
    uint32_t source = first_source(s);
    return source == SOURCE_NO ? UNIT_NONE : c->sources[source].unit;
}

static int by_begin(const void *x, const void *y)
{
    const struct segment *a = *(struct segment *const *)x, *b = *(struct segment *const *)y;
    civil i = begin_of(a), k = begin_of(b);
    if (i != k)
        return i < k ? -1 : 1;
    return first_source(a) < first_source(b) ? -1 : first_source(a) > first_source(b);
}

static struct slice only_host(const struct segment *s)
{
    return s->host_count == 1 ? strings_get(s->strings, s->hosts[0].name) : (struct slice){ "", 0 };
}

/* Does b go on where a ends: the same host's log, handed in as two files? */
static bool goes_on(const struct casefile *c, const struct segment *a, const struct segment *b)
{
    civil first, last, next, end;
    struct slice host = only_host(a);
    segment_span(a, &first, &last);
    segment_span(b, &next, &end);
    return host.n && slice_eq(host, only_host(b)) && unit_of(c, a) == unit_of(c, b) && last != CIVIL_NONE &&
           next != CIVIL_NONE && last <= next && next - last < HALF_YEAR;
}

/* Lines of comms.log name no host: another log of the same unit does. */
static void name_hosts(const struct casefile *c, struct segment **streams, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t source = first_source(streams[i]);
        if (!streams[i]->nameless || source == SOURCE_NO || c->sources[source].unit == UNIT_NONE)
            continue;
        for (size_t k = 0; k < count; k++) {
            uint32_t other = first_source(streams[k]);
            struct slice name = other == SOURCE_NO ? (struct slice){ "", 0 } : only_host(streams[k]);
            if (name.n && c->sources[other].unit == c->sources[source].unit) {
                streams[i]->hosts[streams[i]->nameless - 1].name = strings_add(streams[i]->strings, name);
                break;
            }
        }
    }
}

#define UNIT_MARK '\x02' /* between a host's name and the unit that it is told apart by */

/* Two appliances may have the same host name ("firepower" is the default one): in different units they are two. */
static void tell_hosts_apart(const struct casefile *c, struct segment **streams, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct segment *s = streams[i];
        if (unit_of(c, s) == UNIT_NONE)
            continue;
        for (size_t h = 0; h < s->host_count; h++) {
            struct buf name = { 0 };
            buf_slice(&name, strings_get(s->strings, s->hosts[h].name));
            buf_printf(&name, "%c%u", UNIT_MARK, unit_of(c, s));
            s->hosts[h].name = strings_add(s->strings, buf_as_slice(&name));
            buf_clear(&name);
        }
    }
}

struct slice inquiry_host(const struct inquiry *q, uint32_t host)
{
    struct slice unit;
    return slice_cut(inquiry_string(q, q->whole->hosts[host].name), UNIT_MARK, &unit);
}

/* A number that orders by time first: within a stream the sequence is the order, between streams only time is. */
static uint64_t by_time(civil t, uint64_t sequence)
{
    if (sequence == 0)
        return 0;
    int64_t seconds = t == CIVIL_NONE ? 1 : civil_unix(t);
    return (uint64_t)(seconds > 0 ? seconds : 1) << 24 | (sequence & 0xffffff);
}

static void order_by_time(struct segment *s)
{
    for (size_t i = 0; i < s->peer_count; i++) {
        struct peer *p = &s->peers[i];
        p->last_attempt = by_time(p->last, p->last_attempt);
        p->last_success = by_time(p->last_success_time, p->last_success);
        p->failing_since = by_time(p->failing_since_time, p->failing_since);
        p->last_failure = by_time(p->last_failure_time, p->last_failure);
        p->last_sign = by_time(p->last_sign_time, p->last_sign);
        p->last_disconnect = by_time(p->last_disconnect_time, p->last_disconnect);
        for (size_t k = 0; k < p->sample_count; k++)
            p->samples[k].sequence = by_time(p->samples[k].time, p->samples[k].sequence);
        for (size_t k = 0; k < p->stat_count; k++) {
            struct outcome_stat *o = &p->stats[k];
            o->last_sequence = by_time(o->last, o->last_sequence);
            if (o->witness)
                o->witness->sequence = by_time(o->witness->time, o->witness->sequence);
            else if (o->last_sequence > p->last_success) /* the clock went back: history stays history */
                o->last_sequence = p->last_success;
        }
    }
    s->sequence = 0; /* nothing is to be added to these */
}

/* Do two streams speak of one host at the same time: an older copy beside the log, comms.log beside messages? */
static bool overlap(struct segment **streams, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t h = 0; h < streams[i]->host_count; h++)
            for (size_t k = 0; k < i; k++)
                for (size_t g = 0; g < streams[k]->host_count; g++)
                    if (slice_eq(strings_get(streams[i]->strings, streams[i]->hosts[h].name),
                            strings_get(streams[k]->strings, streams[k]->hosts[g].name)))
                        return true;
    return false;
}

static struct segment *merge_streams(struct casefile *c)
{
    size_t count = 0;
    if (c->stream_count)
        qsort(c->streams, c->stream_count, sizeof(struct segment *), by_begin);
    for (size_t i = 0; i < c->stream_count; i++) {
        if (count && goes_on(c, c->streams[count - 1], c->streams[i]))
            segment_join(c->streams[count - 1], c->streams[i], 0);
        else
            c->streams[count++] = c->streams[i];
    }
    for (size_t i = 0; i < count; i++)
        c->streams[i] = segment_settle(c->streams[i]);
    struct wireyears *years = wireyears_new(c);
    for (size_t i = 0; i < count; i++)
        wireyears_align(years, c->streams[i]);
    wireyears_free(years);
    name_hosts(c, c->streams, count);
    tell_hosts_apart(c, c->streams, count);
    bool in_parallel = overlap(c->streams, count);
    for (size_t i = 0; in_parallel && i < count; i++)
        order_by_time(c->streams[i]);
    if (count == 1) {
        c->stream_count = 0;
        return c->streams[0];
    }
    struct segment *whole = segment_new(true, (struct year_hint){ .written = INT64_MIN });
    for (size_t i = 0; i < count; i++)
        segment_join(whole, c->streams[i], 0);
    c->stream_count = 0;
    return whole;
}

/* ---- who is who ---- */

static const struct appliance *appliance_of(const struct casefile *c, uint32_t unit)
{
    for (size_t i = 0; unit != UNIT_NONE && i < c->appliance_count; i++)
        if (c->appliances[i].unit == unit)
            return &c->appliances[i];
    return NULL;
}

struct observer {
    uint32_t unit;
    const struct appliance *self;
    enum role role;
    bool inferred;
};

static struct observer *observers(struct inquiry *q)
{
    struct segment *w = q->whole;
    struct observer *o = mem_zalloc(w->host_count, sizeof *o);
    for (size_t i = 0; i < w->host_count; i++)
        o[i].unit = UNIT_NONE;
    for (size_t i = 0; i < w->span_count; i++)
        if (w->spans[i].host != NO_INDEX && o[w->spans[i].host].unit == UNIT_NONE)
            o[w->spans[i].host].unit = q->c->sources[w->spans[i].source].unit;
    for (size_t i = 0; i < w->host_count; i++) {
        const struct host *h = &w->hosts[i];
        o[i].self = appliance_of(q->c, o[i].unit);
        o[i].role = o[i].self ? o[i].self->role : ROLE_UNKNOWN;
        if (o[i].role != ROLE_UNKNOWN)
            continue;
        o[i].role = h->fmc_hints ? ROLE_FMC : h->ftd_hints ? ROLE_FTD : ROLE_UNKNOWN;
        o[i].inferred = o[i].role != ROLE_UNKNOWN;
    }
    return o;
}

static void fill_sources(struct inquiry *q, const struct observer *o)
{
    for (size_t i = 0; i < q->whole->span_count; i++) {
        const struct span *span = &q->whole->spans[i];
        if (span->source >= q->c->source_count)
            continue;
        struct source *s = &q->c->sources[span->source];
        s->first = span->first;
        s->last = span->last;
        s->basis = span->last == CIVIL_NONE ? YEAR_NONE : (enum year_basis)span->basis;
        s->year = span->last == CIVIL_NONE ? 0 : civil_year(span->last);
        if (span->host == NO_INDEX)
            continue;
        struct slice name = inquiry_host(q, span->host);
        s->role = o[span->host].role;
        if (!s->host && name.n)
            s->host = mem_strndup(name.p, name.n);
    }
    for (size_t i = 0; i < q->c->source_count; i++) {
        struct source *s = &q->c->sources[i];
        const struct appliance *a = appliance_of(q->c, s->unit);
        if (s->role == ROLE_UNKNOWN && a)
            s->role = a->role;
    }
}

/* ---- views ---- */

struct view *inquiry_view(struct inquiry *q)
{
    q->views = mem_grow(q->views, &q->view_capacity, q->view_count + 1, sizeof *q->views);
    struct view *v = &q->views[q->view_count++];
    *v = (struct view){ .unit = UNIT_NONE, .partner = VIEW_NONE, .fault_verdict = VERDICT_INSUFFICIENT };
    return v;
}

/* Outcomes in an order that does not depend on the order of reading. */
static int by_outcome(const void *x, const void *y)
{
    const struct outcome a = ((const struct outcome_stat *)x)->what, b = ((const struct outcome_stat *)y)->what;
    if (a.type != b.type)
        return a.type - b.type;
    return a.number != b.number ? a.number - b.number : a.depth - b.depth;
}

static void views_from_logs(struct inquiry *q, const struct observer *o)
{
    if (q->whole->peer_count)
        q->views = mem_grow(q->views, &q->view_capacity, q->whole->peer_count, sizeof *q->views);
    for (size_t i = 0; i < q->whole->peer_count; i++) {
        struct peer *p = &q->whole->peers[i];
        const struct observer *who = &o[p->host];
        struct view *v = inquiry_view(q);
        v->peer = p;
        if (p->stat_count)
            qsort(p->stats, p->stat_count, sizeof *p->stats, by_outcome);
        v->host = inquiry_host(q, p->host);
        v->role = who->role;
        v->role_inferred = who->inferred;
        v->unit = who->unit;
        v->self_uuid = who->self ? slice_of(who->self->uuid) : (struct slice){ "", 0 };
        v->address = inquiry_string(q, p->address);
        if (slice_is_uuid(v->address))
            v->uuid = v->address;
    }
}

/* A view of a peer that FAILED_PUSH names but no log line does. */
static void view_from_push(struct inquiry *q, const struct push_fact *f)
{
    struct view *v = inquiry_view(q);
    const struct appliance *self = appliance_of(q->c, f->unit);
    v->role = ROLE_FMC;
    v->unit = f->unit;
    v->self_uuid = self ? slice_of(self->uuid) : (struct slice){ "", 0 };
    for (size_t s = 0; s < q->c->source_count && f->unit != UNIT_NONE; s++)
        if (q->c->sources[s].unit == f->unit && q->c->sources[s].host)
            v->host = slice_of(q->c->sources[s].host);
    v->address = slice_of(f->address);
    v->uuid = slice_of(f->uuid);
    v->name = slice_of(f->name);
}

static void views_from_pushes(struct inquiry *q, struct whois *w)
{
    for (size_t i = 0; i < q->c->push_count; i++) {
        if (whois_push_used(w, i))
            continue;
        view_from_push(q, &q->c->pushes[i]);
        whois_learn(w, &q->views[q->view_count - 1]); /* takes the other files of the same peer, too */
        whois_use_push(w, i);
        q->views[q->view_count - 1].push = &q->c->pushes[i];
    }
}

/* Per unit a view that knows what its host is called, + 1; 0: none does. */
struct known_hosts {
    size_t *view, units;
};

static struct known_hosts known_hosts(const struct inquiry *q)
{
    struct known_hosts k = { 0 };
    for (size_t i = 0; i < q->view_count; i++)
        if (q->views[i].unit != UNIT_NONE && q->views[i].unit >= k.units)
            k.units = (size_t)q->views[i].unit + 1;
    k.view = mem_zalloc(k.units, sizeof *k.view);
    for (size_t i = q->view_count; i > 0; i--)
        if (q->views[i - 1].unit != UNIT_NONE && q->views[i - 1].host.n)
            k.view[q->views[i - 1].unit] = i;
    return k;
}

/* A view of a peer that only a status output names: what its unit is called, others may know. */
static void view_from_status(struct inquiry *q, const struct status_fact *f, const struct known_hosts *hosts)
{
    struct view *v = inquiry_view(q);
    const struct appliance *self = appliance_of(q->c, f->unit);
    struct slice name = slice_of(f->peer);
    v->unit = f->unit;
    v->role = self ? self->role : ROLE_UNKNOWN;
    v->self_uuid = self ? slice_of(self->uuid) : (struct slice){ "", 0 };
    if (f->unit < hosts->units && hosts->view[f->unit]) {
        const struct view *other = &q->views[hosts->view[f->unit] - 1];
        v->host = other->host;
        v->role = v->role == ROLE_UNKNOWN ? other->role : v->role;
        v->role_inferred = other->role_inferred;
    }
    bool is_address =
        memchr(name.p, ':', name.n) || (memchr(name.p, '.', name.n) && name.p[0] >= '0' && name.p[0] <= '9');
    if (slice_is_uuid(name))
        v->uuid = name;
    else if (is_address)
        v->address = name;
    else
        v->name = name;
}

static void views_from_statuses(struct inquiry *q, struct whois *w)
{
    struct known_hosts hosts = known_hosts(q);
    for (size_t i = 0; i < q->c->status_count; i++) {
        if (whois_status_used(w, i))
            continue;
        view_from_status(q, &q->c->statuses[i], &hosts);
        whois_learn(w, &q->views[q->view_count - 1]); /* takes what others say of the same peer, too */
        if (!whois_status_used(w, i)) {
            whois_use_status(w, i);
            view_take_status(&q->views[q->view_count - 1], &q->c->statuses[i]);
        }
    }
    free(hosts.view);
}

static void view_from_process(struct inquiry *q, const struct host_fact *h)
{
    const struct appliance *self = appliance_of(q->c, h->unit);
    struct view *v = inquiry_view(q);
    v->unit = h->unit;
    v->role = self ? self->role : ROLE_UNKNOWN;
    v->self = true;
    v->stopped = h;
}

/* What pmtool says of sftunnel last counts, and for every tunnel of that appliance. */
static void learn_processes(struct inquiry *q)
{
    size_t units = 0, views = q->view_count;
    const struct host_fact *loose = NULL;
    for (size_t i = 0; i < q->c->host_count; i++)
        if (q->c->hosts[i].unit != UNIT_NONE && q->c->hosts[i].unit >= units)
            units = (size_t)q->c->hosts[i].unit + 1;
    const struct host_fact **last = mem_zalloc(units, sizeof *last);
    bool *seen = mem_zalloc(units, sizeof *seen);
    for (size_t i = 0; i < q->c->host_count; i++) {
        const struct host_fact *h = &q->c->hosts[i];
        if (h->kind == HOST_PROCESS)
            *(h->unit == UNIT_NONE ? &loose : &last[h->unit]) = h;
    }
    for (size_t i = 0; i < views; i++) {
        uint32_t unit = q->views[i].unit;
        if (unit >= units || !last[unit] || last[unit]->good)
            continue;
        q->views[i].stopped = last[unit];
        seen[unit] = true;
    }
    for (size_t i = 0; i < units; i++)
        if (last[i] && !last[i]->good && !seen[i])
            view_from_process(q, last[i]);
    if (loose && !loose->good)
        view_from_process(q, loose);
    free(last);
    free(seen);
}

static int by_observer(const void *x, const void *y)
{
    const struct view *a = x, *b = y;
    int d = slice_cmp(a->host, b->host);
    if (d == 0)
        d = slice_cmp(a->address, b->address);
    if (d == 0 && a->unit != b->unit)
        d = a->unit < b->unit ? -1 : 1;
    return d ? d : slice_cmp(a->uuid, b->uuid);
}

static void sort_views(struct inquiry *q)
{
    if (q->view_count)
        qsort(q->views, q->view_count, sizeof *q->views, by_observer);
}

/* A sign of life that names the peer by its UUID becomes one of the peer with the address. */
static void fold_peer(const struct inquiry *q, struct peer *into, struct peer *from)
{
    struct buf b = { 0 };
    inquiry_print(q, &b, &from->sign, from);
    struct proof text = from->sign;
    text.state = PROOF_BORROWED;
    text.text = b.p;
    text.bytes = (uint16_t)b.n;
    if (from->sign.weight)
        proof_replace(&from->sign, &text);
    peer_append(into, from);
    buf_clear(&b);
}

/* Lines that name a peer by a UUID of which no address is known say nothing about the peers that have one. */
static void drop_nameless(struct inquiry *q)
{
    size_t kept = 0;
    for (size_t i = 0; i < q->view_count; i++)
        if (!q->views[i].peer || !slice_is_uuid(q->views[i].address) || q->views[i].peer->attempts)
            q->views[kept++] = q->views[i];
    q->view_count = kept;
}

static bool has_failed(const struct peer *p)
{
    for (size_t i = 0; i < p->stat_count; i++)
        if (outcome_is_failure(p->stats[i].what))
            return true;
    return false;
}

/* Attempts without an address that only began say nothing, unless they are all there is of their host. */
static void drop_only_begun(struct inquiry *q)
{
    size_t kept = 0, *views_of = mem_zalloc(q->whole->host_count, sizeof *views_of);
    for (size_t i = 0; i < q->view_count; i++)
        if (q->views[i].peer)
            views_of[q->views[i].peer->host]++;
    for (size_t i = 0; i < q->view_count; i++) {
        const struct view *v = &q->views[i];
        if (!view_unnamed(v) || has_failed(v->peer) || views_of[v->peer->host] == 1)
            q->views[kept++] = *v;
    }
    q->view_count = kept;
    free(views_of);
}

/* A peer that some lines call by its UUID and others by its address is one: neighbours, once they are sorted. */
static void fold_views(struct inquiry *q)
{
    size_t kept = 0;
    for (size_t i = 1; i < q->view_count; i++) {
        struct view *a = &q->views[kept], *b = &q->views[i];
        if (a->peer && b->peer && a->peer->host == b->peer->host && slice_eq(a->address, b->address)) {
            fold_peer(q, a->peer, b->peer);
            if (!a->uuid.n)
                a->uuid = b->uuid;
            if (!a->disk)
                a->disk = b->disk;
        } else {
            q->views[++kept] = *b;
        }
    }
    q->view_count = q->view_count ? kept + 1 : 0;
}

/* Ends are joined: what was kept for that makes room for the findings. */
static void drop_samples(const struct segment *whole)
{
    for (size_t i = 0; i < whole->peer_count; i++) {
        struct peer *p = &whole->peers[i];
        free(p->samples);
        p->samples = NULL;
        p->sample_count = p->sample_capacity = 0;
    }
}

/* ---- findings ---- */

static int by_count(const void *x, const void *y)
{
    const struct outcome_count *a = x, *b = y;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* The histogram: depths and reasons that are told apart inside are one outcome outside. */
static void count_outcomes(const struct inquiry *q, const struct peer *p, struct finding *f)
{
    f->outcomes = mem_zalloc(p->stat_count, sizeof *f->outcomes);
    for (size_t i = 0; i < p->stat_count; i++) {
        char name[32];
        size_t k = 0;
        outcome_print(p->stats[i].what, name);
        while (k < f->outcome_count && strcmp(f->outcomes[k].name, name) != 0)
            k++;
        if (k == f->outcome_count)
            f->outcomes[f->outcome_count++].name = inquiry_word(q, name);
        f->outcomes[k].count += p->stats[i].count;
    }
    if (f->outcome_count)
        qsort(f->outcomes, f->outcome_count, sizeof *f->outcomes, by_count);
}

static const char *text_or_null(const struct inquiry *q, struct slice s)
{
    return s.n ? inquiry_own(q, mem_strndup(s.p, s.n)) : NULL;
}

/* Evidence against goes last; the order is kept otherwise. */
static void evidence_order(struct finding *f)
{
    struct evidence *sorted = mem_zalloc(f->evidence_count, sizeof *sorted);
    size_t n = 0;
    for (int supports = 1; supports >= 0; supports--)
        for (size_t i = 0; i < f->evidence_count; i++)
            if (f->evidence[i].supports == (supports == 1))
                sorted[n++] = f->evidence[i];
    free(f->evidence);
    f->evidence = sorted;
}

static enum tunnel tunnel_of(const struct view *v)
{
    if (v->status || judge_is_up(v))
        return judge_is_up(v) ? TUNNEL_UP : TUNNEL_DOWN;
    bool ended = v->peer && v->peer->last_disconnect > v->peer->last_sign;
    return v->fault || ended ? TUNNEL_DOWN : TUNNEL_UNKNOWN;
}

/* Old words count as little here as there; where the tunnel is down, so is this. */
static enum tunnel events_of(const struct view *v, enum tunnel control)
{
    if (!v->status || v->status->event == CHANNEL_UNSAID || control == TUNNEL_UNKNOWN || judge_status_is_old(v))
        return TUNNEL_UNKNOWN;
    return control == TUNNEL_UP && v->status->event == CHANNEL_UP ? TUNNEL_UP : TUNNEL_DOWN;
}

static void finding_fill(const struct inquiry *q, const struct view *v, struct finding *f)
{
    f->host = inquiry_own(q, mem_strndup(v->host.p, v->host.n));
    f->address = inquiry_own(q, mem_strndup(v->address.p, v->address.n));
    f->role = v->role;
    f->role_inferred = v->role_inferred;
    /* a firewall's peer is the FMC whose CA it speaks of; without an address only the firewall's own lines prove that
     */
    bool is_ca = !v->self && (v->role == ROLE_FTD || (v->role == ROLE_UNKNOWN && !view_unnamed(v) && !v->captured));
    f->uuid = text_or_null(q, v->uuid.n || !is_ca ? v->uuid : v->ca_uuid);
    f->name = text_or_null(q, v->name);
    f->ca_uuid = text_or_null(q, v->ca_uuid);
    f->version = text_or_null(q, v->version);
    f->first = f->last = f->failing_since = f->last_success = CIVIL_NONE;
    if (v->peer) {
        f->attempts = v->peer->attempts;
        f->first = v->peer->first;
        f->last = v->peer->last;
        f->failing_since = v->peer->failing_since ? v->peer->failing_since_time : CIVIL_NONE;
        f->last_success = v->peer->last_success_time;
        count_outcomes(q, v->peer, f);
    }
    f->verdict = v->verdict;
    f->severity = v->severity;
    f->confidence = v->confidence;
    f->tunnel = tunnel_of(v);
    f->events = events_of(v, f->tunnel);
    f->joined = v->partner == VIEW_NONE ? FINDING_NONE : (uint32_t)v->partner;
    words_finding(q, v, f);
    wirejoin_fill(q, v, f);
    diskjoin_fill(q, v, f);
    diskwire_fill(q, v, f);
    statuswords_heartbeat(q, v, f); /* what proves least comes last */
    f->release = statuswords_release(q, v);
    evidence_order(f);
}

static const char *noise_text(const struct inquiry *q, const struct noise_count *n)
{
    struct buf b = { 0 };
    struct proof_room room = segment_room(q->whole, 0);
    proof_print(&b, &n->first, inquiry_host(q, n->host), &room);
    return inquiry_own(q, buf_take(&b));
}

static void fill_noise(const struct inquiry *q, struct diagnosis *out)
{
    out->noise = mem_zalloc(NOISE_KINDS, sizeof *out->noise);
    for (size_t i = 0; i < NOISE_KINDS; i++) {
        const struct noise_count *n = &q->whole->noise[i];
        if (n->lines)
            out->noise[out->noise_count++] = (struct noise){
                .means = words_noise((enum noise_kind)i),
                .lines = n->lines,
                .source = n->first.source,
                .line = n->first.line,
                .text = noise_text(q, n),
            };
    }
}

static void fill_totals(const struct inquiry *q, struct diagnosis *out)
{
    out->totals.n = casefile_counts(q->c);
    out->totals.attempts = q->whole->attempts;
    out->totals.unattributed = q->whole->unattributed;
    out->peers_over_cap = q->whole->over_cap + q->wires_over_cap;
    for (size_t i = 0; i < out->finding_count; i++) {
        if (out->findings[i].captured)
            out->totals.attempts += out->findings[i].attempts;
        out->totals.by_severity[out->findings[i].severity]++;
        out->at_risk |= out->findings[i].verdict == VERDICT_AT_RISK;
    }
}

/*
 * A connection that fails, or a probe that sees a fault, and a tunnel that a status output calls up: it won't come
 * back. A probe is no connection of the peer's, so for it the log's word counts as well.
 */
static void judge_still_up(struct view *v)
{
    const struct wire *w = v->wires ? v->wires->telling : NULL;
    if (!w || !judge_risks(v->verdict) || !(v->wires->decides || v->held_decides))
        return;
    bool made = !v->status && !v->fault && v->success && v->peer->last_success >= v->peer->last_disconnect;
    if (w->probe ? !made && !judge_is_up(v) : !v->status || !v->status->connected || judge_status_is_old(v))
        return;
    v->fault_verdict = v->verdict;
    v->verdict = VERDICT_AT_RISK;
    v->severity = verdict_info(v->verdict)->severity;
}

void diagnose(struct casefile *c, struct diagnosis *out)
{
    struct disk_sets *disk = mem_zalloc(1, sizeof *disk);
    struct inquiry q = { .c = c, .words = strings_new(UINT32_MAX), .disk = disk };
    *out = (struct diagnosis){ .words = q.words, .disk = disk, .files_only = c->files_only };
    struct wire_pairs pairs;
    wirejudge_all(c, out->words, &pairs);
    q.whole = merge_streams(c);
    struct observer *o = observers(&q);
    fill_sources(&q, o);
    diskjudge_all(c, disk);
    views_from_logs(&q, o);
    struct whois *w = whois_new(c);
    for (size_t i = 0; i < q.view_count; i++)
        whois_learn(w, &q.views[i]);
    drop_nameless(&q);
    drop_only_begun(&q);
    views_from_pushes(&q, w);
    views_from_statuses(&q, w);
    diskjoin_views(&q, w);
    learn_processes(&q);
    sort_views(&q);
    fold_views(&q);
    wirejoin_views(&q, &pairs, w);
    sort_views(&q);
    whois_free(w);
    q.view_capacity = q.view_count; /* many were dropped or folded */
    q.views = mem_resize(q.views, q.view_capacity, sizeof *q.views);
    for (size_t i = 0; i < q.view_count; i++)
        judge_facts(&q, &q.views[i]);
    bothends_join(&q);
    wirejoin_partners(&q);
    judge_risk(&q);
    for (size_t i = 0; i < q.view_count; i++)
        judge_view(&q, &q.views[i]);
    wirejoin_judge(&q);
    diskjoin_judge(&q);
    diskwire_judge(&q);
    for (size_t i = 0; i < q.view_count; i++)
        judge_still_up(&q.views[i]);
    drop_samples(q.whole);
    out->findings = mem_zalloc(q.view_count, sizeof *out->findings);
    out->finding_count = q.view_count;
    for (size_t i = 0; i < q.view_count; i++)
        finding_fill(&q, &q.views[i], &out->findings[i]);
    limits_say(&q);
    fill_noise(&q, out);
    fill_totals(&q, out);
    wirejoin_finish(&q);
    wirejudge_clear(&pairs);
    free(o);
    free(q.views);
    segment_free(q.whole);
}

void diagnosis_clear(struct diagnosis *d)
{
    for (size_t i = 0; i < d->finding_count; i++) {
        free(d->findings[i].evidence);
        free(d->findings[i].outcomes);
    }
    if (d->disk)
        diskjudge_clear(d->disk);
    free(d->disk);
    forecast_free(d->forecast);
    free(d->findings);
    free(d->noise);
    strings_free(d->words);
    *d = (struct diagnosis){ 0 };
}
