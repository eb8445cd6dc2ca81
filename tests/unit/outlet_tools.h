/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of outlets need: a folder, a loop that is run until something is so, and files to look into. */
#ifndef TESTS_UNIT_OUTLET_TOOLS_H
#define TESTS_UNIT_OUTLET_TOOLS_H

#include "agent/commands/outlet.h"
#include "base/buf.h"

#define TOOLS_LONG_MS 20000 /* nothing takes so long */
#define TOOLS_BODY "{\"type\":\"source\",\"id\":\"x\",\"address\":null}"

extern struct uv_loop_s *tools_loop;
extern struct err tools_err; /* of the last tools_send() */

int tools_begin(void **state); /* a loop and an empty folder, in which we are */
int tools_end(void **state);   /* everything has been closed: fails else */

struct outlet *tools_outlet(const char *value);
/* Once. */
enum outlet_result tools_send(struct outlet *o, uint64_t number);
/* Until it is SENT; later ones wait for `ready` or the time that is asked for. */
void tools_deliver(struct outlet *o, uint64_t number);
/* Runs the loop until it is so; false: it never was. */
bool tools_until(bool (*so)(void *arg), void *arg);
/* As often as `ready` was called for the outlets of tools_outlet(). */
extern unsigned tools_ready;

/* Valid until the next call; "" when there is none. */
const char *tools_file(const char *path);
void tools_write(const char *path, const char *text);
/* "{"seq":N,..}\n" of TOOLS_BODY for each number, ended by 0. */
const char *tools_lines(uint64_t first, ...);

#endif
