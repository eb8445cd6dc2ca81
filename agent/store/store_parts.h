/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of this room share: the open store, and how a statement of its is begun and ended, so that what goes
 * wrong is dealt with in one place (the step is undone, damage is remembered for the next start).
 */
#ifndef AGENT_STORE_STORE_PARTS_H
#define AGENT_STORE_STORE_PARTS_H

#include "agent/store/place.h"
#include "agent/store/schema.h"
#include "agent/store/sql.h"
#include "agent/store/store.h"

enum step {
    STEP_NONE,   /* each change is a step of its own */
    STEP_OPEN,   /* begun by the caller, or here by store_own_step() */
    STEP_UNDONE, /* it has failed: nothing is changed until the caller has heard of it (undo, commit, begin) */
};

struct store {
    struct sql *sql;
    struct place place;
    enum step step;
    struct err why; /* of STEP_UNDONE */
    bool read_only, damaged;
    uint64_t numbers_after; /* of events */
    unsigned journal_most; /* pages, from which on commits write back */
    unsigned written_back; /* pages of the journal, or soon to be */
    char epoch[STORE_EPOCH_BYTES];
};

/* Whether something may be changed now. */
enum err_code store_may_change(struct store *s, struct err *e) __attribute__((warn_unused_result));

/* Ends the ask. What has failed undoes the step. */
enum err_code store_asked(struct store *s, struct ask *a, struct err *e) __attribute__((warn_unused_result));
/* Runs what changes something, whose parameters are bound, and ends it. */
enum err_code store_change(struct store *s, struct ask *a, struct err *e) __attribute__((warn_unused_result));

/* Where one call takes several statements: begins a step if there is none (*own), and ends that one. */
enum err_code store_own_step(struct store *s, bool *own, struct err *e) __attribute__((warn_unused_result));
enum err_code store_own_end(struct store *s, bool own, enum err_code so_far, struct err *e)
    __attribute__((warn_unused_result));

#endif
