/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificate files into facts of the case: those that the reading of folders and archives comes across, and those of
 * a root (this appliance's, or a mounted or copied one), where only the known paths are opened, never a walk. What is
 * no file, can't be read or is damaged is a fact as well. Copies of what may be a key are wiped.
 */
#ifndef AGENT_SOURCES_CERTFILES_H
#define AGENT_SOURCES_CERTFILES_H

#include "agent/diagnosis/casefile.h"
#include "agent/sources/file.h"
#include "agent/sources/places.h"
#include "agent/sources/stream.h"

/* A file at hand. */
struct certfile {
    const char *path;   /* as it was read */
    struct place place; /* borrowed from path */
    const char *called; /* as the appliance calls it, where that is not what the place says; NULL */
    struct owner owner;
    int64_t modified; /* Unix seconds; 0: not known */
    uint32_t unit;
};

/* Reads s to its end or the cap; s stays open. */
void certfiles_take(struct casefile *c, const struct certfile *f, struct stream *s);
/* It is there, and can't be read. */
void certfiles_bad(struct casefile *c, const struct certfile *f, enum disk_state state, const char *why);
/* A path in a folder: when it is one of the scheme, it is a fact that it is no file, or can't be opened. */
void certfiles_bad_path(struct casefile *c, const char *path, enum disk_state state, const char *why);

/*
 * The known files below this root, with ims.conf, PEERS_MAP.JSON and each peer's sw_version and heartbeat, as one unit.
 * Absolute links are taken as below the root. Fails only when the root itself can't be opened.
 */
enum err_code certfiles_root(struct casefile *c, const char *root, uint32_t unit, const atomic_bool *stop,
    struct err *e) __attribute__((warn_unused_result));

#endif
