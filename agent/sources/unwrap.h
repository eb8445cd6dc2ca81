/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes compression off a stream, as many layers as there are. */
#ifndef AGENT_SOURCES_UNWRAP_H
#define AGENT_SOURCES_UNWRAP_H

#include "agent/sources/stream.h"

/*
 * *s becomes a peekable stream of what is inside (stream_peek()), and *layers is how many were taken off. Only too many
 * layers are an error here (cap nesting); *s stays good and must be closed. What is corrupt is said by reading.
 */
enum err_code unwrap(struct stream **s, struct origin *o, unsigned *layers, struct err *e)
    __attribute__((warn_unused_result));

#endif
