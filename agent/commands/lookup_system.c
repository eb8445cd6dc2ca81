/* SPDX-License-Identifier: BSD-2-Clause */
/* As the system has it. */
#include "agent/commands/lookup.h"

void lookup_begin(void)
{
}
