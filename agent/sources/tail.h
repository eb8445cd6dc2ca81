/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Follows one log by its path and gives out every byte that is written to it, once, and in order within a generation,
 * whatever is done to the file: renamed while its writer lingers, copied and truncated, compressed, deleted and made
 * anew, also while nobody looked. CONTRIBUTING, "How a log is followed", says how.
 *
 * One idempotent step, tail_reconcile(), compares what is there with what is known. It is called on every wake,
 * whatever woke it, and at least every TAIL_POLL_MS; it never sleeps, has no thread and asks no clock. What it can't
 * know it does not guess: bytes that are lost, or may be, are told by an event.
 */
#ifndef AGENT_SOURCES_TAIL_H
#define AGENT_SOURCES_TAIL_H

#include "agent/sources/tailmark.h"

#define TAIL_POLL_MS 250       /* how often to call it while nothing wakes it; no call counts for more time than this */
#define TAIL_QUIET_MS 300      /* an unknown file that has not changed for this long is no copy in progress */
#define TAIL_LINGER_MS 10000   /* a generation that has not grown for this long is closed */
#define TAIL_HALF_PACKED 10000 /* a compressed file that ends too early is waited for this long */
#define TAIL_MARKS_MOST (CAP_TAIL_GENERATIONS + CAP_TAIL_KNOWN)

enum tail_begin {
    TAIL_BEGIN_END,  /* with what is written from now on */
    TAIL_BEGIN_FILE, /* with the beginning of the file that is being written */
    TAIL_BEGIN_ALL,  /* with the oldest generation that is there */
};

enum tail_event_kind {
    TAIL_CATCHING_UP, /* there is more to be read than comes in: what comes is old */
    TAIL_LIVE,        /* everything that is there was read */
    TAIL_TRUNCATED,   /* copied and truncated: what was written between the two is lost, at least `bytes` */
    TAIL_GAP,         /* the rest of a generation is lost, at least `bytes`: neither it nor a copy was found */
    TAIL_HOLE,        /* `bytes` NUL bytes at `offset` passed over: the writer went on at its old position */
    TAIL_REFUSED,     /* what stands at the path is no file */
    TAIL_UNREADABLE,  /* a file or folder can't be opened or read; tried again */
    TAIL_LIMIT,       /* a cap was reached; the text names it */
    TAIL_GONE, /* one that had been read to its end is gone since we were stopped: only if a writer lingered on it
                  meanwhile something is lost, and that can't be known */
};

struct tail_event {
    enum tail_event_kind kind;
    uint64_t order;  /* of the generation; 0: none in particular */
    uint64_t offset; /* how far it was read */
    uint64_t bytes;
    const char *text; /* for people, without the path; borrowed during the call */
};

/*
 * What a tail gives out. Generations are numbered as they are found, from 1, also over restarts. begin() comes before
 * the first bytes() and again when a generation that had ended goes on. Bytes are borrowed during the call. No callback
 * may call the tail that it comes from.
 */
struct tail_sink {
    void *arg;
    void (*begin)(void *arg, uint64_t order, uint64_t offset, enum tail_place place);
    void (*bytes)(void *arg, uint64_t order, uint64_t offset, struct slice bytes);
    void (*end)(void *arg, uint64_t order);
    /*
     * How many of the bytes of a generation, at most CAP_TAIL_LINE_BYTES, are kept back (half a line) and are to be
     * given out again after a restart; *place is where in a line they begin. NULL: none.
     */
    size_t (*held)(void *arg, uint64_t order, enum tail_place *place);
    void (*event)(void *arg, const struct tail_event *e);
};

struct tail_options {
    const char *path;
    enum tail_begin begin;
    bool no_handles; /* do as if the file system had no file handles */
    struct tail_sink sink;
};

struct tail;

struct tail *tail_new(const struct tail_options *o); /* opens nothing yet */
void tail_free(struct tail *t);                      /* takes NULL; ends no generation: they go on from the marks */

/*
 * Before the first tail_reconcile(), what tail_marks() gave: also when that was nothing, which is not the same as a
 * first start. Refused as a whole (ERR_DATA) when one is of another log or they contradict one another.
 */
enum err_code tail_restore(struct tail *t, const struct tail_mark *marks, size_t n, struct err *e)
    __attribute__((warn_unused_result));
/*
 * At most TAIL_MARKS_MOST; what was given out up to now, but for what the sink holds, is not given out again. Their
 * order is that of reading, and has to be kept.
 */
size_t tail_marks(const struct tail *t, struct tail_mark *out);

/* true: there is more to do, call again at once. now_ms is monotonic; it may stop, and steps are harmless. */
bool tail_reconcile(struct tail *t, uint64_t now_ms) __attribute__((warn_unused_result));

/*
 * The short form for while lines come: gives out what the file at the path has now behind what was given out, by one
 * read that sees that it is the continuation. false: nothing was there, or something is not as it usually is; that is
 * for tail_reconcile(), which has to look at least every TAIL_POLL_MS all the same.
 */
bool tail_read_on(struct tail *t) __attribute__((warn_unused_result));

/* Bytes that are there, in what is open, and were not given out; of compressed ones nothing is known. */
uint64_t tail_lag(const struct tail *t);
/* What to watch: descriptors of the files that may grow, and the folders. Borrowed until the next tail_reconcile(). */
size_t tail_files(const struct tail *t, int *fds, size_t most);
size_t tail_folders(const struct tail *t, const char **paths, size_t most);
/* How often the folders were read: while that and the descriptors are the same, so are the files behind them. */
uint64_t tail_looks(const struct tail *t);

#endif
