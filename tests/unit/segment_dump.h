/* SPDX-License-Identifier: BSD-2-Clause */
/* All that a settled segment knows, as text: two segments are the same when these are. */
#ifndef TESTS_UNIT_SEGMENT_DUMP_H
#define TESTS_UNIT_SEGMENT_DUMP_H

#include "agent/diagnosis/segment.h"
#include "base/buf.h"

/* lines: with the line numbers of the proof. */
void segment_dump(struct buf *b, const struct segment *settled, bool lines);

#endif
