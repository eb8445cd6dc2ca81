/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of agent/store share: an empty folder in memory, steps of a little watcher, and all that a state holds
 * as one text, so that two states are compared by one comparison. What fails in here fails the test.
 */
#ifndef TESTS_UNIT_STORE_MAKER_H
#define TESTS_UNIT_STORE_MAKER_H

#include "agent/store/store.h"
#include "base/buf.h"

/* Below /dev/shm where there is one; keep_gone() removes it with all that is in it. */
void keep_place(void);
void keep_gone(void);
/* The state's folder of this name in it; it isn't made. Good until the 64th call after this one. */
const char *kept(const char *name);
/* A file in such a folder. Good until the eighth call after this one. */
const char *kept_file(const char *folder, const char *name);
void keep_bytes(const char *path, struct slice bytes);
void keep_read(const char *path, struct buf *out);
void keep_folder(const char *path); /* makes it, for us alone */
/* Everything in a folder; the folder stays. */
void keep_empty(const char *folder);

/* To write; fails the test if it can't. how: NULL if it doesn't matter. */
struct store *keep_open(const char *folder, struct store_opened *how);

/* One step of a watcher, different for each n: marks, lines that come and go, a peer, an incident, two events. Stops at
 * the first call that fails and leaves the step open. */
enum err_code keep_step(struct store *s, unsigned n, struct err *e);

/* All rows of all tables in one text, without the epoch. */
void keep_tell(struct store *s, struct buf *out);

#endif
