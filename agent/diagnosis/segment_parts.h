/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of a segment, shared by segment.c (facts in), segment_join.c (pieces together) and diagnose (what came
 * out). Nobody else includes this.
 */
#ifndef AGENT_DIAGNOSIS_SEGMENT_PARTS_H
#define AGENT_DIAGNOSIS_SEGMENT_PARTS_H

#include "agent/diagnosis/peer.h"
#include "agent/diagnosis/segment.h"
#include "agent/diagnosis/slots.h"

struct host {
    uint32_t name;      /* string number; 0: the lines name no host */
    bool year_known;    /* its stamps have a year */
    bool early;         /* what happens here may still depend on what is left of the segment */
    civil first, last;  /* of its lines that rules look at */
    uint64_t elapsed;   /* log seconds since `first`: forward steps of its clock, added up */
    uint64_t passed;    /* of these, those that passed without a line (segment_pass) since the last one */
    uint64_t heads;     /* slots in state SLOT_HEAD */
    uint64_t early_end; /* sequence at which the early part was over */
    struct slot_order order;
    int leap_year;                 /* provisional year of a Feb 29 that was seen; 0: none */
    uint64_t fmc_hints, ftd_hints; /* lines that only one side writes */
};

/* Something of the early part, in the order of the log: a fact that waits for its past, or what already has none. */
struct item {
    struct fact fact;        /* when closing is NULL */
    struct proof proof;      /* of the fact; weight 0: none */
    struct closing *closing; /* else this */
};

/* What a source contributed. */
struct span {
    uint32_t source;
    uint32_t host; /* of its first line; index, NO_INDEX: none yet */
    bool year_known;
    int basis; /* enum year_basis, once settled */
    civil first, last;
};

struct noise_count {
    uint64_t lines;
    struct proof first;
    uint32_t host; /* of first */
};

/* Caps that were reached, by what they cost. */
enum over_kind {
    OVER_HOSTS, /* lines or hosts that were counted under another host */
    OVER_OPEN,  /* attempts that were closed early */
    OVER_KINDS
};

struct over {
    uint64_t count;
    uint32_t source; /* where it happened first */
};

enum noise_kind { NOISE_STATUS, NOISE_RENEGOTIATE, NOISE_RVAL, NOISE_KINDS };

#define HALF_YEAR (6 * CIVIL_MONTH)
#define RECENT_HOSTS 64
#define CLOCK_WAS_SET (366U * 86400) /* seconds; a clock that steps by more tells nothing of the time that passed */
#define NO_INDEX UINT32_MAX

/* Told of each closing in place of the peers; slot: the attempt's; SLOT_NONE for signs and disconnects. */
typedef void segment_listener(void *arg, const struct closing *c, uint32_t slot);

struct segment {
    bool left_known;
    segment_listener *listener; /* NULL: what closes is counted for its peer */
    void *listener_arg;
    uint64_t step_most; /* seconds that one forward step of a clock counts at most */
    struct year_hint year;
    struct strings *strings;  /* addresses, names */
    struct strings *messages; /* whole messages that serve as proof */
    struct host *hosts;
    size_t host_count, host_capacity;
    uint32_t *host_index; /* [string number of the name] -> host + 1; 0: none */
    size_t host_index_size;
    uint32_t recent[RECENT_HOSTS]; /* hosts of lines before, by their name's last byte and length */
    uint32_t nameless;             /* host of lines without one, + 1; 0: none */
    struct slots *slots;
    struct witness_spares *spares;
    struct peer *peers;
    size_t peer_count, peer_capacity;
    uint32_t *peer_index; /* open addressing; NO_INDEX is free */
    size_t peer_index_size;
    struct item *items;
    size_t item_count, item_capacity;
    size_t head_bytes; /* held by items, against CAP_HEAD_BYTES */
    struct span *spans;
    size_t span_count, span_capacity;
    struct noise_count noise[NOISE_KINDS];
    uint32_t *borrowing; /* slots whose proof borrows from the current block */
    size_t borrowing_count, borrowing_capacity;
    struct over over[OVER_KINDS];
    uint64_t sequence;
    uint64_t attempts, unattributed, over_cap; /* over_cap: closings of peers beyond CAP_PEERS */
};

/* Where proofs about this peer are kept; whoever keeps lines that name a certificate adds its names. */
struct proof_room segment_room(const struct segment *s, uint32_t address);
/* What a fact means for its key; the segment's clock for its host is where the fact is. */
void segment_fact(struct segment *s, const struct fact *f, const struct proof *proof);
/* Reports a closing: kept as an item while its host is early, else applied. Its proof is copied. */
void segment_report(struct segment *s, const struct closing *c);
void segment_apply(struct segment *s, const struct closing *c);
/* Closes the attempt of slot n as it stands and removes the slot. */
void segment_close(struct segment *s, uint32_t n);
/* Ends what has been silent for too long, and the early state of the host when nothing depends on the left any more. */
void segment_settle_host(struct segment *s, uint32_t host);
uint32_t segment_host(struct segment *s, struct slice name);
struct peer *segment_peer(struct segment *s, uint32_t host, uint32_t address); /* NULL: beyond CAP_PEERS */
/* This peer will be asked for soon: it is fetched from memory while other lines are looked at. */
void segment_peer_soon(const struct segment *s, uint32_t host, uint32_t address);
void segment_expect_peers(struct segment *s, size_t count); /* room for so many, if there is none yet */
void segment_over(struct segment *s, enum over_kind kind);  /* in the source that is being read */
struct span *segment_source(struct segment *s, uint32_t source);
/* The year that puts t nearest to reference, within half a year: t with that year. */
civil civil_near(civil t, civil reference);
/* The seconds that have passed when a clock goes on from one to the other; 0: it was set. */
uint64_t segment_passed(civil from, civil to);

#endif
