/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of events in a file: whose they are, and which event they have. Pure. */
#ifndef AGENT_COMMANDS_OUTLETLINE_H
#define AGENT_COMMANDS_OUTLETLINE_H

#include "agent/commands/outlet.h"

/* Could this, perhaps cut off anywhere, be a line that we have written in this format? Nothing is not. */
bool outletline_is_ours(enum outlet_format format, struct slice line);
/* The number in the last whole line that has one; what follows the last newline is passed over. */
bool outletline_last(enum outlet_format format, struct slice text, uint64_t *number);

#endif
