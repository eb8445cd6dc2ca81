/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same two streams of bytes as one capture or another: cut anywhere, in any order, repeated and overlapping. What
 * is found in them must not depend on it.
 */
#ifndef TESTS_UNIT_SCRAMBLE_H
#define TESTS_UNIT_SCRAMBLE_H

#include "tests/unit/wire.h"

enum scramble {
    SCRAMBLE_ANY,      /* all of it; the SYNs come first */
    SCRAMBLE_LATE_SYN, /* these too may come at any time */
    SCRAMBLE_NO_SYN,
};

/* In order: what to hold the other against. The talk is begun and not ended, in both. */
void scramble_straight(struct talk *t, const struct bytes stream[2], enum scramble how);
void scramble_random(struct talk *t, const struct bytes stream[2], enum scramble how, uint64_t seed);

#endif
