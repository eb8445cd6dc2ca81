/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was told of whom by the wire: of each pair of addresses, while a capture goes on without an end, the verdict of
 * its last connection. What is the same again is no news; nor is a connection of which nothing can be said, or the
 * first one of a pair with which all is well. Bounded: CAP_WIRED_PAIRS, and WIRED_NEWS_MOST pieces of news a minute.
 */
#ifndef AGENT_DIAGNOSIS_WIRED_H
#define AGENT_DIAGNOSIS_WIRED_H

#include "agent/diagnosis/verdict.h"
#include "base/buf.h"

#define WIRED_NEWS_MOST 120
#define WIRED_WAS 16 /* bytes of an id, with NUL */

struct wired;

struct wired_row {
    const char *client, *server; /* addresses without ports */
    enum verdict_id verdict;
    enum severity severity;
};

struct wired *wired_new(void) __attribute__((returns_nonnull, warn_unused_result));
void wired_free(struct wired *w); /* takes NULL */
/*
 * true: it is to be told; was: the id of the verdict before, or "". What is beyond the limit is left out, counted, and
 * news again the next time. now_ms: monotonic.
 */
bool wired_news(struct wired *w, const struct wired_row *row, int64_t now_ms, char was[WIRED_WAS]);
/* How many were left out since the last call. */
uint64_t wired_left_out(struct wired *w);

/* Lines "CLIENT SERVER VERDICT SEVERITY", those that changed last at the end; lines that are none are passed over. */
void wired_print(struct buf *b, const struct wired *w);
void wired_restore(struct wired *w, struct slice text);

/* "10.1.1.1" of "10.1.1.1:8305", "fe80::1" of "[fe80::1]:8305"; false: it is none, or longer than an address is. */
#define WIRED_ADDRESS 64
bool wired_address(const char *endpoint, char out[WIRED_ADDRESS]);

#endif
