/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/incident_parts.h"
#include "base/caps.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static void discard(struct alarm *a)
{
    free(a->observer);
    free(a);
}

static void tell_alarm(struct incidents *i, const struct alarm *a, enum tell_change change, const struct moment *now)
{
    char summary[256];
    struct tell t = { .type = TELL_ALARM,
        .at_ms = now->now_ms,
        .observer = a->observer,
        .role = NULL,
        .verdict = a->cause,
        .severity = a->severity,
        .first = a->first,
        .last = a->last,
        .change = change,
        .attempts = a->attempts,
        .peers = a->peers,
        .ca_uuid = *a->ca ? a->ca : NULL };
    memcpy(t.id, a->id, sizeof t.id);
    if (change == TELL_CLOSED) {
        t.reason = "all over";
        snprintf(summary, sizeof summary, "no peer fails with %s any more", verdict_info(a->cause)->name);
    } else {
        snprintf(summary, sizeof summary, "%llu peers fail with %s%s%s", (unsigned long long)a->peers,
            verdict_info(a->cause)->name, *a->ca ? ", CA of FMC " : "", a->ca);
    }
    t.summary = summary;
    t.next = verdict_info(a->cause)->next[0];
    i->o.tell(i->o.arg, &t);
}

struct alarm *alarm_of(struct incidents *i, const char *observer, enum verdict_id cause, const char *ca)
{
    for (size_t k = 0; k < i->alarm_count; k++) {
        struct alarm *a = i->alarms[k];
        if (a->cause == cause && !a->closed && strcmp(a->ca, ca) == 0 && strcmp(a->observer, observer) == 0)
            return a;
    }
    if (i->alarm_count == CAP_WATCHED_ALARMS)
        return NULL;
    i->alarms = mem_grow(i->alarms, &i->alarm_capacity, i->alarm_count + 1, sizeof *i->alarms);
    struct alarm *a = mem_zalloc(1, sizeof *a);
    a->observer = mem_strdup(observer);
    a->cause = cause;
    a->first = a->last = CIVIL_NONE;
    snprintf(a->ca, sizeof a->ca, "%s", ca);
    return i->alarms[i->alarm_count++] = a;
}

static void opens(struct incidents *i, struct alarm *a, const struct incident *by, const struct moment *now)
{
    const struct slice words[] = { slice_of(i->o.epoch), SLICE("alarm"), slice_of(by->id) };
    tell_id(a->id, words, sizeof words / sizeof *words);
    a->opened = a->changed = now->now;
    a->told = a->peers;
    for (size_t k = 0; k < i->count; k++) {
        struct incident *one = i->all[k];
        if (one->alarm != a || one->closed)
            continue;
        memcpy(one->alarm_id, a->id, sizeof one->alarm_id);
        one->dirty = true;
    }
    tell_alarm(i, a, TELL_OPENED, now);
}

/* One more peer has it. */
void alarm_join(struct incidents *i, struct incident *one, const struct moment *now)
{
    struct alarm *a = one->alarm = alarm_of(i, one->peer->observer, one->cause, one->ca);
    if (!a)
        return;
    a->peers++;
    a->severity = one->severity > a->severity ? one->severity : a->severity;
    a->dirty = true;
    if (*a->id)
        memcpy(one->alarm_id, a->id, sizeof one->alarm_id);
    else if (a->peers >= i->o.group_from && i->o.group_from > 1)
        opens(i, a, one, now);
}

void alarm_count(struct incidents *i, struct incident *one, const struct moment *now)
{
    struct alarm *a = one->alarm;
    if (!a)
        return;
    a->attempts++;
    if (a->first == CIVIL_NONE)
        a->first = now->c->first;
    a->last = now->c->last;
    if (!*a->id)
        return;
    a->dirty = true;
    if (a->peers < a->told * TELL_AGAIN)
        return;
    a->told = a->peers;
    a->changed = now->now;
    tell_alarm(i, a, TELL_CHANGED, now);
}

void alarm_leave(struct incidents *i, struct incident *one, const struct moment *now)
{
    struct alarm *a = one->alarm;
    one->alarm = NULL;
    if (!a)
        return;
    a->dirty = true;
    if (--a->peers)
        return;
    a->closed = now->now;
    if (*a->id)
        tell_alarm(i, a, TELL_CLOSED, now);
}

/* ---- what is kept ---- */

void alarms_flush(struct incidents *i)
{
    size_t kept = 0;
    for (size_t k = 0; k < i->alarm_count; k++) {
        struct alarm *a = i->alarms[k];
        if (a->dirty && *a->id)
            i->o.keep_alarm(i->o.keep_arg, a);
        a->dirty = false;
        if (a->closed)
            discard(a);
        else
            i->alarms[kept++] = a;
    }
    i->alarm_count = kept;
}

void alarms_free(struct incidents *i)
{
    for (size_t k = 0; k < i->alarm_count; k++)
        discard(i->alarms[k]);
    free(i->alarms);
}

bool incidents_restore_alarm(struct incidents *i, const struct alarm *a)
{
    struct alarm *mine = alarm_of(i, a->observer, a->cause, a->ca);
    if (!mine || *mine->id)
        return false;
    char *observer = mine->observer;
    *mine = *a;
    mine->observer = observer;
    mine->peers = 0; /* counted again with the incidents */
    mine->dirty = false;
    return true;
}
