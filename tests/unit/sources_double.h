/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands in for logstream.c and segment.c: a segment is the text that it was read from, and joining puts texts
 * together. So a test sees that every byte came once, in the order of the log, wherever it was cut, packed or nested.
 */
#ifndef TESTS_UNIT_SOURCES_DOUBLE_H
#define TESTS_UNIT_SOURCES_DOUBLE_H

#include "agent/diagnosis/logstream.h"

/* Each byte that was fed, but of a text longer than 64 MiB only how many there were. */
struct slice double_text(const struct segment *s);
/* What joining was told of line numbers disagreed with the lines that the left side has. */
bool double_wrong_offset(const struct segment *s);
struct year_hint double_year(const struct segment *s);
bool double_left_known(const struct segment *s);
unsigned double_joined(const struct segment *s); /* how often something was joined to it */

#endif
