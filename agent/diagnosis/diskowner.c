/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When an owner or a mode is a fault. The documented ones are root:root and 0644, for keys as well; what else an
 * appliance may have is not known, so that only another owner than root, or that everybody may write, is one. A copied
 * tree has the copier's owner all over, and some file systems and archives one mode for everything: so it must be the
 * exception among the files of its appliance.
 */
#include "agent/diagnosis/diskjudge.h"

#define WRITABLE 02 /* by others than owner and group */

struct seen {
    bool root, kept; /* a file of root; one that not everybody may write to */
};

static void look(const struct disk_sets *s, const struct disk_set *set, struct seen *seen)
{
    for (size_t i = set->from; i < set->from + set->count; i++) {
        const struct disk_fact *f = s->order[i];
        seen->root |= f->owner_known && f->uid == 0;
        seen->kept |= f->owner_known && !(f->mode & WRITABLE);
    }
}

void diskowner_mark(struct disk_sets *s)
{
    size_t to;
    for (size_t from = 0; from < s->count; from = to) { /* a unit's sets lie together */
        struct seen seen = { false, false };
        for (to = from; to < s->count && s->all[to].unit == s->all[from].unit; to++)
            if (!s->all[to].loose)
                look(s, &s->all[to], &seen);
        for (size_t i = from; i < to; i++) {
            s->all[i].owners = seen.root && !s->all[i].loose;
            s->all[i].modes = seen.kept && !s->all[i].loose;
        }
    }
}

enum disk_reason diskowner_fault(const struct disk_set *set, const struct disk_fact *f)
{
    if (!f->owner_known)
        return DISK_REASONS;
    if (set->owners && f->uid != 0)
        return DISK_OWNER;
    return set->modes && (f->mode & WRITABLE) ? DISK_MODE : DISK_REASONS;
}
