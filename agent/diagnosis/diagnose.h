/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decision: a casefile in, findings out. One finding per peer and observer, with its verdict, the evidence
 * for and against it in words, and the next safe step. Pure: reads no clock (casefile.now), opens nothing, prints
 * nothing. Everything in the result is sorted and does not depend on the order in which the sources were read.
 */
#ifndef AGENT_DIAGNOSIS_DIAGNOSE_H
#define AGENT_DIAGNOSIS_DIAGNOSE_H

#include "agent/diagnosis/casefile.h"
#include "agent/diagnosis/verdict.h"

struct disk_set;
struct disk_sets;
struct forecast;

enum tunnel { TUNNEL_UNKNOWN, TUNNEL_DOWN, TUNNEL_UP };

/* All texts of a diagnosis are owned by it, each different one once. */
struct evidence {
    uint32_t source;   /* index into casefile.sources; SOURCE_NO: a conclusion from several */
    uint64_t line;     /* 1-based; 0: none */
    const char *text;  /* the raw line, cut at CAP_EVIDENCE_BYTES: hostile, escape it */
    const char *means; /* what it says, in our words; may hold pieces of the line: escape it, too */
    bool supports;     /* for the verdict, or against it */
};

struct outcome_count {
    const char *name; /* "verify_failed/10", "alert/45", "established", ... */
    uint64_t count;
};

struct finding {
    const char *host;        /* observer: who wrote the log; "" when the lines name none */
    enum role role;          /* of the observer */
    bool role_inferred;      /* from the form of its lines, not from ims.conf */
    const char *address;     /* of the peer, as the observer calls it */
    const char *uuid, *name; /* of the peer; NULL when not known */
    uint64_t attempts;
    struct outcome_count *outcomes; /* most frequent first, then by name */
    size_t outcome_count;
    civil first, last;   /* first and last attempt or sign of life */
    civil failing_since; /* first failed attempt after the last success; CIVIL_NONE when not failing */
    civil last_success;  /* CIVIL_NONE: none seen */
    enum verdict_id verdict;
    enum severity severity;
    enum confidence confidence;
    const char *summary;       /* one sentence that names this peer's facts */
    const char *ca_uuid;       /* UUID of the FMC whose InternalCA is concerned (CN of the issuer); NULL */
    struct evidence *evidence; /* strongest first; those against it last */
    size_t evidence_count;
    const char *next;     /* the next safe step, for this peer */
    const char *version;  /* of the peer; NULL when not known */
    const char *release;  /* the FMC's release in the vendor's table, and what follows from it; NULL */
    const char *missing;  /* what would confirm it; NULL when nothing is missing */
    bool captured;        /* no log mentions this peer: seen in a capture, host and address are its two ends */
    uint32_t connections; /* of captures, that this finding rests on as well, or alone when it was captured */
    bool self;            /* about the observer's own certificate files, no peer: address, uuid and name are empty */
    enum tunnel tunnel;   /* as a status output says, or the last lines of a log: the control channel decides */
    enum tunnel events;   /* the event channel, which a status output alone tells of */
    int64_t not_after;    /* Unix seconds: the first end of the certificates on disk that it hangs on; 0: not known */
    const struct disk_set *disk, *own; /* its certificate files; on an FMC the FMC's own, too (diskjudge.h); NULL */
    uint32_t joined; /* index of the finding in which the other end sees the same tunnel; FINDING_NONE */
};

#define FINDING_NONE UINT32_MAX

/* Lines that look like a fault and are none. */
struct noise {
    const char *means;
    uint64_t lines;
    uint32_t source; /* of the first one */
    uint64_t line;
    const char *text;
};

struct totals {
    struct log_counts n; /* of all sources */
    uint64_t attempts, unattributed;
    uint64_t by_severity[SEVERITY_CRITICAL + 1];
};

struct diagnosis {
    struct finding *findings; /* by observer host, then address */
    size_t finding_count;
    struct noise *noise;
    size_t noise_count;
    struct totals totals;
    bool at_risk;              /* a peer is up on an expired or mismatched set: verdict_prohibition goes on top */
    bool files_only;           /* as in the casefile */
    struct forecast *forecast; /* forecast.h; NULL: none was asked for */
    struct disk_sets *disk;    /* private: what findings point to */
    struct strings *words;     /* private */
    uint64_t peers_over_cap;   /* attempts of peers beyond CAP_PEERS, counted in totals only */
};

/* c's sources get their host, role, times and year; its streams are used up. The result borrows nothing but c. */
void diagnose(struct casefile *c, struct diagnosis *out);
void diagnosis_clear(struct diagnosis *d);

#endif
