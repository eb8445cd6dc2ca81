/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages that differ only in what varies from line to line, made equal: UUIDs, addresses, hex and decimal numbers
 * become a word each. For counting what no rule knows. Pure.
 */
#ifndef RULES_ALIKE_H
#define RULES_ALIKE_H

#include "base/buf.h"

/* Appends text with <uuid>, <ip>, <hex> and <n> for what varies. Bytes are kept as they are: escape the result. */
void alike_print(struct buf *b, struct slice text);

#endif
