/* SPDX-License-Identifier: BSD-2-Clause */
/* From the store to the outlets. */
#include "agent/commands/watch.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define AT_ONCE 128 /* events fetched for an outlet */

static void on_ready(void *arg)
{
    struct watch_outlet *o = arg;
    o->later = false;
    (void)watch_pump(o->w);
}

/*
 * Where an outlet goes on: what a file says of itself counts. If it has more than our state, that has lost the last of
 * what it told (a power cut), or all of it; then the same numbers are not given to other events once more.
 */
static enum err_code find_position(struct watch *w, struct watch_outlet *o, struct err *e)
{
    bool known = false, kept = false;
    uint64_t number = 0;
    enum err_code code = outlet_last(o->o, &number, &known, e);
    if (code == ERR_OK)
        code = store_delivered(w->store, slice_of(outlet_name(o->o)), &o->kept, &kept, e);
    if (code != ERR_OK)
        return code;
    if (known && number > w->last_event && number < STORE_NUMBER_MOST) {
        store_event_numbers_after(w->store, number);
        w->last_event = number;
    }
    bool ours = kept && known && number <= w->last_event;
    o->position = ours ? number : kept ? o->kept : w->last_event;
    if (!kept) {
        o->kept = o->position;
        code = store_delivered_set(w->store, slice_of(outlet_name(o->o)), o->position, e);
    }
    return code;
}

static enum err_code open_one(struct watch *w, struct outlet_options *options, struct err *e)
{
    options->loop = w->loop;
    struct watch_outlet *o = &w->outlets[w->outlet_count++];
    o->w = w;
    o->o = outlet_new(options);
    outlet_on_ready(o->o, on_ready, o);
    return find_position(w, o, e);
}

/* What is no longer configured would hold every event back, for whoever will never come for it. */
static enum err_code forget_others(struct watch *w, struct err *e)
{
    struct slice *names = mem_zalloc(w->outlet_count + 1, sizeof *names);
    for (size_t i = 0; i < w->outlet_count; i++)
        names[i] = slice_of(outlet_name(w->outlets[i].o));
    enum err_code code = store_outlets_keep(w->store, names, w->outlet_count, e);
    free(names);
    return code;
}

enum err_code watch_outlets_open(struct watch *w, struct err *e)
{
    enum err_code code = ERR_OK;
    w->outlets = mem_zalloc(w->s->outputs.n + 1, sizeof *w->outlets);
    for (size_t i = 0; i < w->s->outputs.n && code == ERR_OK; i++) {
        struct outlet_options o;
        code = outlet_parse(w->s->outputs.items[i], &o, e);
        if (code == ERR_OK)
            code = open_one(w, &o, e);
    }
    if (code == ERR_OK && w->s->hook.n) {
        struct outlet_options o = { .format = OUTLET_HOOK,
            .target = w->s->hook.items[0],
            .alarms_only = true,
            .argv = w->s->hook.items,
            .timeout_ms = w->s->hook_timeout_s * 1000,
            .per_minute = w->s->hook_per_minute };
        code = open_one(w, &o, e);
    }
    return code == ERR_OK ? forget_others(w, e) : code;
}

void watch_outlets_close(struct watch *w)
{
    for (size_t i = 0; i < w->outlet_count; i++)
        outlet_free(w->outlets[i].o);
    free(w->outlets);
    w->outlets = NULL;
    w->outlet_count = 0;
}

struct sending {
    struct watch_outlet *o;
    size_t sent;
};

static bool on_event(void *arg, const void *data)
{
    struct sending *s = arg;
    const struct store_event *event = data;
    struct err e = { 0 };
    enum outlet_result result = outlet_send(s->o->o, event->number, event->body, &e);
    if (e.text[0]) {
        s->o->failures++;
        watch_log("warning", "%s: %s", outlet_name(s->o->o), e.text);
    }
    if (result == OUTLET_LATER) {
        s->o->later = true;
        s->o->due = watch_clock_ms() + outlet_wait_ms(s->o->o);
        return false;
    }
    s->o->position = event->number;
    s->sent++;
    return true;
}

static void pump_one(struct watch *w, struct watch_outlet *o)
{
    struct err e;
    while (!o->later && o->position < w->last_event) {
        struct sending s = { o, 0 };
        if (store_events(w->store, o->position, AT_ONCE, on_event, &s, &e) != ERR_OK) {
            watch_log("err", "%s", e.text);
            return;
        }
        if (s.sent == 0 && !o->later) /* they were forgotten meanwhile */
            o->position = w->last_event;
    }
}

/* Who can't take more for some milliseconds does not wait for the next tick. */
static void wake_for(struct watch *w)
{
    int64_t now = watch_clock_ms(), least = WATCH_TICK_MS;
    for (size_t i = 0; i < w->outlet_count; i++)
        if (w->outlets[i].later && w->outlets[i].due - now < least)
            least = w->outlets[i].due - now;
    if (least < WATCH_TICK_MS)
        watch_wake(w, least > 0 ? (uint64_t)least : 0);
}

bool watch_pump(struct watch *w)
{
    bool all = true;
    for (size_t i = 0; i < w->outlet_count; i++) {
        pump_one(w, &w->outlets[i]);
        all &= w->outlets[i].position >= w->last_event;
    }
    if (!all)
        wake_for(w);
    return all;
}

void watch_pump_again(struct watch *w)
{
    bool some = false;
    for (size_t i = 0; i < w->outlet_count; i++) {
        struct watch_outlet *o = &w->outlets[i];
        bool due = o->later && watch_clock_ms() >= o->due;
        o->later &= !due;
        some |= due;
    }
    if (some)
        (void)watch_pump(w);
    else
        wake_for(w);
}

void watch_pump_note(struct watch *w)
{
    struct err e;
    for (size_t i = 0; i < w->outlet_count; i++) {
        struct watch_outlet *o = &w->outlets[i];
        if (o->position == o->kept)
            continue;
        if (store_delivered_set(w->store, slice_of(outlet_name(o->o)), o->position, &e) == ERR_OK)
            o->kept = o->position;
    }
}
