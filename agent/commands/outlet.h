/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where `watch` sends its events: each outlet is one `-o FORMAT=TARGET` or one hook, has a name ("FORMAT=TARGET", with
 * what was left out) and gets every event once, in order, by its number. The NDJSON text of an event is what it is; the
 * other formats are made from it (agent/report/tell*.h).
 *
 *   ndjson, ecs   "-" (the default): standard output; "unix:PATH": UNIX stream socket; "unixgram:PATH": UNIX datagram
 *                 socket, one event per datagram; else a file, which is appended to, and made anew when it was renamed
 *                 or removed (log rotation)
 *   syslog        RFC 5424 to "unixgram:/dev/log" (the default), another UNIX socket, standard output or a file
 *   hook          a program, called once per event: no shell, the NDJSON text on its standard input
 *
 * A file is exact over a crash: its last whole line says which event it has, half a line is cut off first. Everything
 * else gets an event again when we die between sending and noting it; its id says so. What a reader of a socket had not
 * read yet when it died is lost. An outlet that can't be written to holds events back (they stay in the store) and
 * tries again; nothing waits for it, every call returns at once.
 *
 * SIGPIPE is ignored from the first outlet_new() on. Callbacks run in the loop, never inside a call.
 */
#ifndef AGENT_COMMANDS_OUTLET_H
#define AGENT_COMMANDS_OUTLET_H

#include "agent/commands/outletname.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct outlet;
struct uv_loop_s; /* libuv's uv_loop_t */

struct outlet_options {
    enum outlet_format format;
    const char *target;  /* not of OUTLET_HOOK */
    bool alarms_only;    /* no attempts; of incidents with an alarm only the alarm: for people */
    char *const *argv;   /* OUTLET_HOOK: program (absolute path) and arguments, NULL-terminated */
    uint32_t timeout_ms; /* OUTLET_HOOK: then TERM, and KILL two seconds later */
    uint32_t per_minute; /* OUTLET_HOOK: calls; what is over is counted and left out, which the next call is told */
    struct uv_loop_s *loop;
};

/* The options of what outletname_parse() takes; what it points to is value's. */
enum err_code outlet_parse(const char *value, struct outlet_options *out, struct err *e)
    __attribute__((warn_unused_result));
/* Copies what the options point to. Opens nothing yet. */
struct outlet *outlet_new(const struct outlet_options *o);
void outlet_free(struct outlet *o); /* takes NULL; kills a hook that runs. Closing handles end in the loop. */
const char *outlet_name(const struct outlet *o);
/*
 * The number of the event that it got last, as far as the target itself can tell (files): read before the first
 * outlet_send(). false: it can't, ask the store. A number above the store's last one is from what the store has lost.
 * On failure (a file that can't be opened now) *known is false.
 */
enum err_code outlet_last(struct outlet *o, uint64_t *number, bool *known, struct err *e)
    __attribute__((warn_unused_result));

enum outlet_result {
    OUTLET_SENT,  /* delivered (or left out on purpose): the next one, please */
    OUTLET_LATER, /* not now: send the same again when outlet_wait_ms() has passed or `ready` was called */
};
/*
 * body: the NDJSON text, without a newline. A hook that was started is LATER until it has ended: then the same event
 * again is SENT. e: what went wrong, also with SENT (a hook that failed), when that is new; else e->code is ERR_OK.
 */
enum outlet_result outlet_send(struct outlet *o, uint64_t number, struct slice body, struct err *e);
uint32_t outlet_wait_ms(const struct outlet *o); /* after LATER */
void outlet_on_ready(struct outlet *o, void (*ready)(void *arg), void *arg);
/* SIGHUP: files are opened again by their name. */
void outlet_reopen(struct outlet *o);
/*
 * Nobody will ever read it again (standard output, its reader gone): it takes every event and drops it. Said once by
 * outlet_send(); in the foreground that may be the end.
 */
bool outlet_stopped(const struct outlet *o);
/* Events that it did not deliver: too big for a datagram, over the limit, hooks that failed, after the stop. */
uint64_t outlet_left_out(const struct outlet *o);

#endif
