/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks of bytes from one thread to another, in order. All belts of one reading share their blocks, and those that
 * are asked to also a budget: however many are filled ahead of their readers, memory stays bounded.
 * A belt has one writer and one reader; it goes away when both are done with it.
 */
#ifndef AGENT_SOURCES_BELT_H
#define AGENT_SOURCES_BELT_H

#include "agent/sources/stream.h"

struct belts;
struct belt;

/* budget: bytes that may lie on all budgeted belts together. */
struct belts *belts_new(size_t budget);
void belts_free(struct belts *all); /* takes NULL; all belts must be gone */

/*
 * At most `most` blocks lie on it; budgeted: they count against the common budget, too. The reader of one that is not
 * is woken when half of them lie there, or at the end: waking a core takes as long as reading a block.
 */
struct belt *belt_new(struct belts *all, size_t most, bool budgeted);

/*
 * Writer: room for CAP_BLOCK_BYTES, waited for; NULL when the reader has gone. Every room is followed by belt_put (n
 * may be 0: given back) before the next.
 */
char *belt_room(struct belt *b);
void belt_put(struct belt *b, size_t n);
/* Writer: nothing more comes; e, if it has a code, is what the reader is told at the end. b is no longer ours. */
void belt_end(struct belt *b, const struct err *e);
/* The same, and waits until the reader is done with all of it. */
void belt_end_wait(struct belt *b, const struct err *e);

/* Reader: the next block, empty at the end; borrowed until the next call. */
enum err_code belt_next(struct belt *b, struct slice *block, struct err *e) __attribute__((warn_unused_result));
/* Reader, before the first belt_next(): waits for the first block and looks at it; false: there is none. */
bool belt_peek(struct belt *b, struct slice *block);
/* Reader: done, whether all was read or not. b is no longer ours. */
void belt_close(struct belt *b);
/* Reader: the same as a stream, which closes the belt. */
struct stream *belt_stream(struct belt *b);

#endif
