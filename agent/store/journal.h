/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A commit only appends to the journal; what is in there is written back into the file later, which takes two syncs.
 * So that no step waits for them, that is done here, by a connection of its own: journal_write_back() may run in
 * another thread while the store is used, and is the only call of this room that may. When and where it runs is the
 * caller's affair. If nobody runs it, or it can't keep up, a commit past CAP_STORE_JOURNAL_PAGES does it itself.
 */
#ifndef AGENT_STORE_JOURNAL_H
#define AGENT_STORE_JOURNAL_H

#include "agent/store/store.h"

struct journal;

/* Of a store that is open to be written, from its thread; it must outlive the journal. On failure *out is NULL. */
enum err_code journal_open(const struct store *s, struct journal **out, struct err *e)
    __attribute__((warn_unused_result));
void journal_close(struct journal *j); /* takes NULL; from no thread while another one writes back */

/* true: so much was committed since the last true (or the opening) that it is time to write it back. */
bool journal_due(struct store *s);

/*
 * What was committed before this call, as far as nobody reads an older view. Readers and the writer don't wait for it.
 * A kill at any moment is no harm: the journal has it all until the file has. On failure (ERR_IO: no room) nothing is
 * lost either, the journal grows, and the same call succeeds later.
 */
enum err_code journal_write_back(struct journal *j, struct err *e) __attribute__((warn_unused_result));

#endif
