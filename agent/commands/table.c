/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands, in the order in which help shows them: a new one is a file and two lines here. */
#include "agent/commands/command.h"

#include <stddef.h>

extern const struct command analyze_command;
extern const struct command capture_command;
extern const struct command check_command;
extern const struct command config_command;
extern const struct command explain_command;
extern const struct command help_command;
extern const struct command inventory_command;
extern const struct command probe_command;
extern const struct command rules_command;
extern const struct command status_command;
extern const struct command watch_command;

const struct command *const commands[] = {
    &analyze_command,
    &capture_command,
    &check_command,
    &probe_command,
    &watch_command,
    &status_command,
    &explain_command,
    &rules_command,
    &config_command,
    &inventory_command,
    &help_command,
    NULL,
};
