/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What names and paths say, where content can't tell: which files of a bundle matter, which generation of a rotated log
 * one is, and where an appliance's tree begins. Paths here are "archive.tgz!inner/path": both '/' and '!' part them.
 * Pure.
 */
#ifndef AGENT_SOURCES_NAMES_H
#define AGENT_SOURCES_NAMES_H

#include "agent/diagnosis/casefile.h"
#include "base/slice.h"

/* The last component. */
struct slice names_base(struct slice path);

/* The kind of file that a base name stands for in a bundle; false: none of them. */
bool names_kind(struct slice path, enum source_kind *kind);

/*
 * Not to be looked at, whatever it holds: the platform's own messages (opt-cisco-platform-logs), and the copies that an
 * appliance keeps of its peers' ims.conf (peers/<UUID>/ims.conf).
 */
bool names_left_out(struct slice path);

/* Is it inside the known scheme of a bundle, where names tell everything and other files only repeat lines? */
bool names_in_bundle(struct slice path);

/*
 * The length of the path of the appliance's root when this path shows one (below X/dir-archives, X/command-outputs,
 * X/file-contents, X/results-*, X/etc/sf/ims.conf, X/ims.conf, or a certificate of the scheme: places.h), else SIZE_MAX.
 */
size_t names_root(struct slice path);

/* Is there a component that only an FMC has (var-opt-CSCOpx...)? */
bool names_fmc(struct slice path);

/* One generation of a rotated log: messages, messages.2.gz, messages-20240920. */
struct generation {
    struct slice base; /* "messages": with the same folder, these are one stream */
    bool packed;       /* the name ends in .gz, .xz, .zst or .bz2 */
    int age;           /* 0: dated, 1: numbered, 2: the one being written */
    uint64_t rank;     /* within an age: the date's digits, or UINT64_MAX - number */
};

void names_generation(struct slice base_name, struct generation *g);
/* <0: a is older; 0: the same generation. */
int names_older(const struct generation *a, const struct generation *b);

#endif
