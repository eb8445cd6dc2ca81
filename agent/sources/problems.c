/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/problems.h"

#include "agent/sources/names.h"

void problems_passed_over(struct casefile *c, const char *container, const char *path, const char *what)
{
    enum source_kind kind;
    if (names_kind(slice_of(path), &kind))
        casefile_problem(c, path, "%s was passed over", what);
    else
        casefile_problem(c, container, "%s inside was passed over", what);
}

void problems_nothing_inside(struct casefile *c, const char *container)
{
    casefile_problem(c, container, "nothing about sftunnel inside (looked for messages*, comms.log*, ims.conf, ...)");
}
