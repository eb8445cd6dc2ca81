/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Passwords, passphrases and private keys, as a type of their own: nothing prints one. Each lies in pages of its own,
 * which are locked into memory where that is allowed, left out of core dumps, and wiped before they are given back.
 *
 * Equal secrets are one: two devices with the same password hold the same pointer, so "is that the same credential?" is
 * a comparison of pointers, and ten thousand devices with one password take one page. All that are alive are known, so
 * that secrets_redact() can take them out of a text that is about to be shown or written. For one thread.
 */
#ifndef AGENT_REMEDY_SECRET_H
#define AGENT_REMEDY_SECRET_H

#include "base/slice.h"

struct secret;

/* A copy; what it was copied from is the caller's to wipe. Any bytes, none of them too. */
struct secret *secret_new(struct slice bytes) __attribute__((returns_nonnull, warn_unused_result));
struct secret *secret_share(struct secret *s) __attribute__((returns_nonnull, warn_unused_result));
void secret_free(struct secret *s); /* takes NULL */
/* Its bytes, with a NUL behind them that n does not count; as long as it lives. */
struct slice secret_bytes(const struct secret *s);

/* Memory of the same kind that is filled by the caller and is no secret that is looked for: to read a file into. */
struct secret_room;
struct secret_room *secret_room_new(size_t bytes) __attribute__((returns_nonnull, warn_unused_result));
void secret_room_free(struct secret_room *r); /* takes NULL; wiped */
char *secret_room_bytes(struct secret_room *r);

/* So that no compiler leaves it out. */
void secret_wipe(void *p, size_t n);

#define SECRET_SHORT 4 /* a secret of fewer bytes can't be found in a text without saying where it is */

/*
 * Every living secret in the n bytes becomes as many asterisks. When one is shorter than SECRET_SHORT, all of the text
 * does. True when something has changed. A text is given as a whole: half a secret is not found.
 */
bool secrets_redact(char *p, size_t n);

/* For a process that will hold secrets, before it does: no core dump, and nobody of the same user may look into it. */
void secrets_guard_process(void);

#endif
