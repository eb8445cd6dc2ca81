/* SPDX-License-Identifier: BSD-2-Clause */
/* Goes through an archive: each member that may be worth reading becomes an item. */
#ifndef AGENT_SOURCES_MEMBERS_H
#define AGENT_SOURCES_MEMBERS_H

#include "agent/sources/detect.h"
#include "agent/sources/item.h"

/* s is taken over. */
void members_read(struct reading *r, const struct item *archive, enum format format, struct stream *s);

/* The path as it is shown and judged: no "./", "//" and '/' in front. false: it has a ".." component or is too long. */
struct buf;
bool members_clean(struct slice path, struct buf *out, bool *absolute);

#endif
