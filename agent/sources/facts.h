/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The small files of a bundle, read whole, into facts of the casefile. One file per format; these are the words that
 * they share. Everything in them is somebody's claim: lengths are cut, odd lines are counted and said.
 */
#ifndef AGENT_SOURCES_FACTS_H
#define AGENT_SOURCES_FACTS_H

#include "agent/diagnosis/casefile.h"
#include "base/slice.h"

struct facts {
    struct casefile *c;
    uint32_t source;
    uint32_t count; /* facts of this file so far, at most CAP_FACTS */
};

/* Any may be empty, not all: then nothing is added. line: 1-based, 0 for none. */
void facts_peer(struct facts *f, uint64_t line, struct slice uuid, struct slice name, struct slice address);
/* What a peer is found by, and its version; or when its heartbeat was written, in Unix seconds. */
void facts_version(struct facts *f, uint64_t line, struct slice peer, struct slice version);
void facts_heartbeat(struct facts *f, struct slice uuid, int64_t written);

/* What a status output says of a peer; times CIVIL_NONE and slices empty when it doesn't. */
struct status {
    struct slice peer, text, reason;
    uint64_t line;
    enum status_kind kind;
    bool connected;
    enum status_channel control, event;
    civil since, lost, seen;
};

void facts_status(struct facts *f, const struct status *s);
void facts_host(struct facts *f, uint64_t line, const struct host_fact *h, struct slice value, struct slice text);

struct push {
    struct slice uuid, name, address, file;
};

void facts_push(struct facts *f, uint64_t line, const struct push *p, struct slice text);

/* Problem of this file. */
void facts_problem(struct facts *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
