/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The attempts that are open, by (host, pid, tid), and per host in order of their last line. Slot numbers stay valid
 * until the slot is removed; pointers only until the next slots_add.
 */
#ifndef AGENT_DIAGNOSIS_SLOTS_H
#define AGENT_DIAGNOSIS_SLOTS_H

#include "agent/diagnosis/attempt.h"

#define SLOT_NONE UINT32_MAX

enum slot_state {
    SLOT_OPEN, /* an attempt is open */
    SLOT_IDLE, /* none is; the key's past no longer matters */
    SLOT_HEAD, /* the key's past, left of the segment, matters: all its facts are being kept; a has pasts */
};

struct slot {
    struct attempt a;
    uint8_t state;  /* enum slot_state */
    bool borrowing; /* a's proof points into the block that is being read */
    uint32_t older, newer;
};

struct slot_order {
    uint32_t oldest, newest;
};

struct slots;

struct slots *slots_new(void);
void slots_free(struct slots *t);
uint32_t slots_find(const struct slots *t, uint32_t host, uint32_t pid, uint32_t tid);
/* A new slot, not yet in any order; its content but the key in `a` is undefined. */
uint32_t slots_add(struct slots *t, uint32_t host, uint32_t pid, uint32_t tid);
void slots_remove(struct slots *t, struct slot_order *o, uint32_t n);

/* Slots lie in chunks so that they never move while the table grows. */
#define SLOTS_CHUNK 4
struct slots_chunks { /* the first member of struct slots */
    struct slot **chunk;
};
static inline struct slot *slots_at(struct slots *t, uint32_t n)
{
    return &((struct slots_chunks *)t)->chunk[n / SLOTS_CHUNK][n % SLOTS_CHUNK];
}
size_t slots_count(const struct slots *t);

#define SLOT_ORDER_EMPTY ((struct slot_order){ SLOT_NONE, SLOT_NONE })
/* Makes n the newest of its host. */
void slots_append(struct slots *t, struct slot_order *o, uint32_t n);
void slots_renew(struct slots *t, struct slot_order *o, uint32_t n);

#endif
