/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of a tail share: tailgens.c holds the generations that are open, tailknown.c remembers those that are
 * not, tailscan.c looks through the folders, tailcand.c finds out what an unknown file is, tail.c joins them.
 */
#ifndef AGENT_SOURCES_TAIL_PARTS_H
#define AGENT_SOURCES_TAIL_PARTS_H

#include "agent/sources/names.h"
#include "agent/sources/stream.h"
#include "agent/sources/tail.h"

#define RECENT_BYTES (CAP_TAIL_LINE_BYTES + TAILPRINT_MARKER)

/* What comes out of a compressed file. */
struct tailpacked {
    struct stream *s; /* NULL: none */
    struct origin *origin;
};

struct tailgen {
    uint64_t order;
    struct tailid id;
    int fd;                   /* plain; -1: none */
    struct tailpacked packed; /* or unpacked from somewhere */
    bool lost;                /* neither: its file, or a copy of it, is looked for */
    bool restored;            /* lost because we were not there: its own file may still be found */
    bool truncated;           /* lost because its file has another content now */
    bool torn;                /* reading met another content */
    bool at_end, begun, failed, changed, ended; /* ended: lost, and by its mark read to its end before */
    bool was_packed;  /* its offset counts unpacked bytes */
    bool end_is_near; /* packed: no more can come */
    enum tail_place place;
    uint64_t offset, seen; /* how far it was given out; the most bytes that the file was seen to have */
    struct timespec ctim;
    uint64_t grew_at, lost_at, adopted_before;
    struct generation rank;
    struct tailprint print; /* lost: what to look for */
    size_t first_n, recent_n;
    char first[TAILPRINT_PREFIX]; /* the beginning: as far as it was given out, or a glimpse of one that waits */
    char *recent;                 /* the last bytes given out */
};

/* A file that nobody has told us about. */
struct tailcand {
    int fd;
    struct tailid id;
    struct generation rank;
    uint64_t size, changed_at;
    struct timespec mtim;
    struct tailpacked packed;
    bool is_packed;
    bool stuck;      /* unpacking failed; not tried again until it changes */
    uint64_t pos;    /* how far it was unpacked */
    uint64_t passed; /* of the generations whose beginning it has, the order of the last that it is not */
    size_t first_n, last_n;
    char first[TAILPRINT_PREFIX], last[TAILPRINT_MARKER];
};

struct tailknown {
    struct tail_mark mark;
    unsigned missing; /* scans in a row that did not see it */
};

/* A folder with generations, and the name that they go by. */
struct tailplace {
    char *folder, *name;
    struct stat st; /* of the folder when it was last looked through */
};

struct tail {
    struct tail_options o;
    char *path;
    uint64_t log;
    uint64_t clock, now; /* time that counts, and what the caller said last */
    bool starting;       /* until all that was there at the beginning is settled */
    bool first_start;    /* nothing is known */
    bool live, said_live;
    bool rescan, scan_again, scan_failed;
    uint64_t scanned_at, scans, looks;
    uint64_t next_order, adopted;
    struct tailplace places[2]; /* where the path is, and where it leads to */
    struct tailgen *gens[CAP_TAIL_GENERATIONS], *current, *before;
    size_t n_gens;
    struct tailknown *known;
    size_t n_known;
    struct tailcand *cands[CAP_TAIL_CANDIDATES];
    size_t n_cands;
    int fresh; /* what was opened at the path and is not settled; -1: none */
    struct tailid fresh_id;
    uint64_t fresh_size;
    int path_fault; /* what was last said of the path */
    unsigned said;  /* bits of other things that were said */
    char *block;
};

void tail_say(struct tail *t, enum tail_event_kind kind, const struct tailgen *g, uint64_t bytes, const char *text);
void tail_say_once(struct tail *t, unsigned bit, enum tail_event_kind kind, const char *text);
enum { SAID_SIBLINGS = 1, SAID_GENERATIONS = 2, SAID_FOLDER = 4, SAID_SIBLING = 8 };

/* tailgens.c. A new one is put before the one at `at`. Descriptors and streams are taken over. */
struct tailgen *tailgen_new(struct tail *t, size_t at, uint64_t order);
void tailgen_free(struct tailgen *g);
void tailgen_drop(struct tail *t, struct tailgen *g);
void tailgen_print(const struct tailgen *g, uint64_t n, struct tailprint *p);
/* Reads on at g->offset, which its print reaches in there; false: it does not after all. */
bool tailgen_attach(struct tail *t, struct tailgen *g, int fd, const struct tailid *id);
/* Likewise in what c unpacks: that has given out everything before g->offset, which ends in `last`. */
void tailgen_attach_packed(struct tail *t, struct tailgen *g, struct tailcand *c, struct slice last);
/* A lost one's own file has another content now. */
void tailgen_overwritten(struct tailgen *g);
/* Are their bytes still what they were? Splits one in two when they are not. */
void tailgens_check(struct tail *t);
void tailgens_peek(struct tail *t);
bool tailgens_read(struct tail *t); /* true: there is more */
void tailgens_retire(struct tail *t);
/* Gives its end out and remembers it as DONE; g is gone. */
void tailgen_close(struct tail *t, struct tailgen *g);
void tailgen_mark(const struct tail *t, const struct tailgen *g, struct tail_mark *m);
void tailgen_give(struct tail *t, struct tailgen *g, struct slice bytes);

/* tailknown.c */
struct tailknown *tailknown_find(struct tail *t, const struct tailid *id);
void tailknown_add(struct tail *t, const struct tail_mark *m);
void tailknown_remove(struct tail *t, struct tailknown *k);
/* The first n bytes of a file, as SEEN or COPY. */
void tailknown_file(struct tail *t, int fd, const struct tailid *id, uint64_t n, enum tailmark_kind kind);
void tailknown_forget(struct tail *t); /* those whose files are gone */
/* One that is known becomes a generation, as yet lost; k is gone. NULL: too many. */
struct tailgen *tailknown_reopen(struct tail *t, struct tailknown *k, const struct generation *rank);

/* tailscan.c */
bool tailscan_due(struct tail *t);
void tailscan_run(struct tail *t);
void tailscan_places(struct tail *t); /* where the path leads to now */
/* Where a generation of that age belongs. */
size_t tailscan_position(const struct tail *t, const struct generation *rank);

/* tailcand.c */
bool tailcand_add(struct tail *t, int fd, const struct tailid *id, const struct generation *rank);
void tailcand_free(struct tailcand *c);
bool tailcands_step(struct tail *t); /* true: there is more */
/* May one have bytes that somebody waits for? One that is compressed and ends too early counts if `stuck`. */
bool tailcands_pending(const struct tail *t, bool stuck);

/* tailpacked.c */
bool tailpacked_open(struct tailpacked *p, int fd, struct err *e);
void tailpacked_close(struct tailpacked *p);

#endif
