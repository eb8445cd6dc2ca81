/* SPDX-License-Identifier: BSD-2-Clause */
/* Events and who has got them; and what is forgotten, for most of that is events. */
#include "agent/store/store_parts.h"

#include "base/buf.h"
#include "base/caps.h"

enum err_code store_event_add(struct store *s, struct store_event *event, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_EVENT_ADD);
    ask_text(&a, event->type);
    ask_text(&a, event->id);
    ask_text(&a, event->body);
    ask_number(&a, s->numbers_after);
    enum err_code rc = store_may_change(s, e);
    if (rc != ERR_OK) {
        (void)!ask_end(&a, NULL);
        return rc;
    }
    event->number = ask_next(&a) ? ask_take_number(&a) : 0;
    ask_run(&a);
    return store_asked(s, &a, e);
}

void store_event_numbers_after(struct store *s, uint64_t number)
{
    if (number > s->numbers_after && number < STORE_NUMBER_MOST)
        s->numbers_after = number;
}

enum err_code store_event_last(struct store *s, uint64_t *number, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_EVENT_LAST);
    *number = ask_next(&a) ? ask_take_number(&a) : 0;
    return store_asked(s, &a, e);
}

enum err_code store_events(struct store *s, uint64_t after, size_t most, store_row_fn *each, void *arg, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_EVENTS);
    ask_number(&a, after);
    ask_number(&a, most > INT64_MAX ? INT64_MAX : most);
    while (ask_next(&a)) {
        struct store_event row = { .number = ask_take_number(&a) };
        row.type = ask_take(&a);
        row.id = ask_take(&a);
        row.body = ask_take(&a);
        if (!each(arg, &row))
            break;
    }
    return store_asked(s, &a, e);
}

/* ---- outlets ---- */

enum err_code store_delivered(struct store *s, struct slice outlet, uint64_t *number, bool *known, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_OUTLET);
    ask_text(&a, outlet);
    *known = ask_next(&a);
    *number = *known ? ask_take_number(&a) : 0;
    return store_asked(s, &a, e);
}

enum err_code store_delivered_set(struct store *s, struct slice outlet, uint64_t number, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_OUTLET_SET);
    ask_text(&a, outlet);
    ask_number(&a, number);
    return store_change(s, &a, e);
}

enum err_code store_outlets(struct store *s, store_row_fn *each, void *arg, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_OUTLETS);
    while (ask_next(&a)) {
        struct store_outlet row = { .name = ask_take(&a) };
        row.number = ask_take_number(&a);
        if (!each(arg, &row))
            break;
    }
    return store_asked(s, &a, e);
}

static bool among(struct slice name, const struct slice *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (slice_eq(name, names[i]))
            return true;
    }
    return false;
}

struct kept_outlets {
    const struct slice *names;
    size_t n;
};

/* The first one that is not among them, in *name. */
static enum err_code find_stray(
    struct store *s, const struct kept_outlets *kept, struct buf *name, bool *found, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_OUTLETS);
    *found = false;
    while (!*found && ask_next(&a)) {
        struct slice got = ask_take(&a);
        *found = !among(got, kept->names, kept->n);
        if (*found) {
            buf_reset(name);
            buf_slice(name, got);
        }
    }
    return store_asked(s, &a, e);
}

static enum err_code remove_outlet(struct store *s, struct slice name, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_OUTLET_REMOVE);
    ask_text(&a, name);
    return store_change(s, &a, e);
}

enum err_code store_outlets_keep(struct store *s, const struct slice *names, size_t n, struct err *e)
{
    struct kept_outlets kept = { names, n };
    struct buf name = { 0 };
    bool own, found = true;
    enum err_code rc = store_own_step(s, &own, e);
    if (rc != ERR_OK)
        return rc;
    while (rc == ERR_OK && found) {
        rc = find_stray(s, &kept, &name, &found, e);
        if (rc == ERR_OK && found)
            rc = remove_outlet(s, buf_as_slice(&name), e);
    }
    buf_clear(&name);
    return store_own_end(s, own, rc, e);
}

/* ---- forgetting ---- */

struct event_range {
    uint64_t first, last; /* that are there; 0: none */
    uint64_t delivered;   /* by all outlets, up to this one */
};

static enum err_code look_at_events(struct store *s, struct event_range *r, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_EVENTS_RANGE);
    if (ask_next(&a)) {
        r->first = ask_take_number(&a);
        r->last = ask_take_number(&a);
    }
    enum err_code rc = store_asked(s, &a, e);
    if (rc != ERR_OK)
        return rc;
    a = ask_start(s->sql, Q_OUTLETS_LEAST);
    ask_number(&a, r->last);
    if (ask_next(&a))
        r->delivered = ask_take_number(&a);
    if (r->delivered > r->last)
        r->delivered = r->last;
    return store_asked(s, &a, e);
}

/* The last one stays in any case: the next one's number comes from it. */
static enum err_code forget_events(struct store *s, uint64_t keep, uint64_t *lost, struct err *e)
{
    struct event_range r = { 0 };
    enum err_code rc = look_at_events(s, &r, e);
    if (rc != ERR_OK || r.last == 0)
        return rc;
    uint64_t upto = r.delivered > keep ? r.delivered - keep : 0;
    if (r.last > CAP_STORE_EVENTS && upto < r.last - CAP_STORE_EVENTS)
        upto = r.last - CAP_STORE_EVENTS;
    if (upto > r.last - 1)
        upto = r.last - 1;
    uint64_t from = r.delivered + 1 > r.first ? r.delivered + 1 : r.first;
    *lost = upto >= from ? upto - from + 1 : 0;
    if (upto < r.first)
        return ERR_OK;
    struct ask a = ask_start(s->sql, Q_FORGET_EVENTS);
    ask_number(&a, upto);
    return store_change(s, &a, e);
}

static enum err_code forget_rows(struct store *s, const struct store_keep *keep, struct err *e)
{
    static const enum statement old[] = { Q_FORGET_INCIDENTS_OLD, Q_FORGET_ALARMS_OLD, Q_FORGET_PEERS_OLD };
    const struct {
        enum statement which;
        uint64_t most;
    } many[] = {
        { Q_FORGET_INCIDENTS_MANY, keep->incidents },
        { Q_FORGET_ALARMS_MANY, keep->incidents },
        { Q_FORGET_PEERS_MANY, keep->peers },
    };
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < sizeof old / sizeof *old && rc == ERR_OK; i++) {
        struct ask a = ask_start(s->sql, old[i]);
        ask_signed(&a, keep->closed_before);
        rc = store_change(s, &a, e);
    }
    for (size_t i = 0; i < sizeof many / sizeof *many && rc == ERR_OK; i++) {
        struct ask a = ask_start(s->sql, many[i].which);
        ask_number(&a, many[i].most > INT64_MAX ? INT64_MAX : many[i].most);
        rc = store_change(s, &a, e);
    }
    return rc;
}

enum err_code store_forget(struct store *s, const struct store_keep *keep, uint64_t *lost, struct err *e)
{
    bool own;
    *lost = 0;
    enum err_code rc = store_own_step(s, &own, e);
    if (rc != ERR_OK)
        return rc;
    rc = forget_rows(s, keep, e);
    if (rc == ERR_OK)
        rc = forget_events(s, keep->events, lost, e);
    rc = store_own_end(s, own, rc, e);
    if (rc != ERR_OK)
        *lost = 0;
    return rc;
}
