/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/problems.h"

#include "agent/sources/names.h"
#include "base/caps.h"

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

void problems_cut_lines(struct casefile *c)
{
    for (size_t i = 0; i < c->source_count; i++)
        if (c->sources[i].n.cut)
            casefile_problems(c, c->sources[i].path, c->sources[i].n.cut,
                "a line is longer than %d bytes: the rest of it was passed over (cap line-bytes)", CAP_LINE_BYTES);
}
