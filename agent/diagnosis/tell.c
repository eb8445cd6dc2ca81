/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/tell.h"

const char *tell_type_name(enum tell_type type)
{
    static const char *const names[TELL_TYPES] = { [TELL_ATTEMPT] = "attempt",
        [TELL_INCIDENT] = "incident",
        [TELL_VERDICT] = "verdict",
        [TELL_SOURCE] = "source",
        [TELL_ALARM] = "alarm" };
    return names[type];
}

const char *tell_change_name(enum tell_change change)
{
    static const char *const names[TELL_CHANGES] = {
        [TELL_OPENED] = "opened", [TELL_CHANGED] = "changed", [TELL_CLOSED] = "closed"
    };
    return names[change];
}
