/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of diagnose(): collecting (diagnose.c), judging one peer (judge.c), joining both ends (bothends.c) and the
 * words for it all (words.c). Nobody else includes this.
 */
#ifndef AGENT_DIAGNOSIS_DIAGNOSE_PARTS_H
#define AGENT_DIAGNOSIS_DIAGNOSE_PARTS_H

#include "agent/diagnosis/diagnose.h"
#include "agent/diagnosis/segment_parts.h"
#include "base/buf.h"

#define VIEW_NONE SIZE_MAX

/* What an end presented on the wire, against the set that it has on disk (diskwire.h). */
enum held_kind {
    HELD_NOT,    /* nothing to compare */
    HELD_SAME,   /* the very certificate */
    HELD_AGAIN,  /* another one of the same CA */
    HELD_STALE,  /* of an older generation of the CA, when the newer one lay there already */
    HELD_BEFORE, /* likewise, but before the newer one was made */
    HELD_NEWER,  /* of a newer generation: the files are old */
};

struct held {
    enum held_kind kind;
    enum role role; /* of the end */
    bool before;    /* the files were collected before that newer CA was made */
    bool own;       /* the files are that end's own ones, not only of the same CA */
    const struct disk_fact *at;
};

/* One peer of one observer with all that is known of it while it is being judged. */
struct view {
    struct peer *peer; /* NULL: no log line, only FAILED_PUSH or a status output names it */
    struct slice host; /* observer */
    enum role role;
    bool role_inferred;
    uint32_t unit;
    struct slice self_uuid; /* of the observer; empty when not known */
    struct slice address;
    struct slice uuid, name;            /* of the peer; empty when not known */
    struct slice version;               /* of the peer; empty when not known */
    const struct peer_fact *heartbeat;  /* when its heartbeat file was written last; NULL */
    struct slice ca_uuid;               /* CN of the InternalCA that was refused; empty when not said */
    const struct outcome_stat *fault;   /* the failure that counts; NULL: none since the last success */
    const struct outcome_stat *success; /* NULL: no established attempt */
    const struct push_fact *push;       /* FAILED_PUSH names the peer; NULL */
    const struct status_fact *status;   /* a status output names it; NULL */
    const struct status_fact *socket;   /* netstat has a connection with it; NULL */
    const struct status_fact *registration; /* show managers: not completed; NULL */
    const struct host_fact *stopped;        /* pmtool: sftunnel does not run on the observer; NULL */
    uint32_t sockets;                       /* open TCP connections with it */
    bool refuted;                       /* others got through to the same observer after the fault */
    uint64_t risk_since; /* sequence of another peer's fault that shows that the CA of both has expired; 0 */
    const struct outcome_stat *risk_fault;
    const struct peer *risk_peer;
    struct view_wires *wires;    /* connections of captures; NULL: none (wirejoin.h) */
    bool captured;               /* seen in a capture only: the observer is the end that opened the connection */
    const struct disk_set *disk; /* the certificate files of this peer; NULL (diskjoin.h) */
    const struct disk_set *own;  /* on an FMC its own ones; NULL */
    const struct disk_fault *disk_fault;  /* what they say that made the verdict, or confirms it; NULL */
    const struct disk_fact *disk_against; /* a valid CA that contradicts; NULL */
    struct held held[2];                  /* by enum side */
    const struct held *held_decides;      /* the one that made the verdict; NULL */
    bool disk_decides;                    /* disk_fault made the verdict, the logs did not */
    bool self;                            /* about the appliance itself, no peer */
    size_t partner;                       /* the other end's view of the same tunnel; VIEW_NONE */
    enum verdict_id fault_verdict;        /* what the fault alone would be called (kept under SFT-1101 and 1201) */
    enum verdict_id verdict;
    enum severity severity;
    enum confidence confidence;
};

struct inquiry {
    struct casefile *c;
    struct segment *whole;
    struct strings *words; /* of the diagnosis */
    struct view *views;
    size_t view_count, view_capacity;
    uint64_t wires_over_cap; /* connections of addresses beyond CAP_PEERS */
    uint64_t joins_over_cap; /* pairs of addresses that were not held against all logs, for CAP_JOINS */
    struct disk_sets *disk;
};

/* The attempts whose address was never said: of one peer or of several, the log does not tell. */
static inline bool view_unnamed(const struct view *v)
{
    return v->peer && v->peer->address == 0;
}

/* The attempt that shows v's fault. */
static inline const struct witness *view_witness(const struct view *v)
{
    return v->fault->witness;
}

/* What a status output says of v's peer, as far as it says more than what v has. */
void view_take_status(struct view *v, const struct status_fact *f);

/* Adds a view, empty but for its indexes. */
struct view *inquiry_view(struct inquiry *q);
/* Hands a text over to the diagnosis, which keeps each different one once; takes NULL. */
const char *inquiry_own(const struct inquiry *q, char *text);
const char *inquiry_word(const struct inquiry *q, const char *text); /* likewise; text stays the caller's */
/* The line of a proof about a peer. */
void inquiry_print(const struct inquiry *q, struct buf *b, const struct proof *p, const struct peer *peer);
struct slice inquiry_host(const struct inquiry *q, uint32_t host); /* its name */
struct slice inquiry_string(const struct inquiry *q, uint32_t id);

/* judge.c */
/* The failure that counts, and the last success. */
void judge_facts(struct inquiry *q, struct view *v);
/* What an outcome is called when nothing else is known. */
enum verdict_id judge_outcome(struct outcome o, bool from_ca_subject);
/* Views whose own lines show no fault but whose CA was seen to have expired by others of the same FMC. */
void judge_risk(struct inquiry *q);
/* The verdict; needs the partner's facts and the risk. */
void judge_view(struct inquiry *q, struct view *v);
/* A fault for which a tunnel that is up won't come back: SFT-1101 while one is. Clocks and networks mend by themselves.
 */
bool judge_risks(enum verdict_id id);
bool judge_is_up(const struct view *v); /* seen up after its fault began */
/* Did the log go on, with something else, after this status output was made? */
bool judge_status_is_old(const struct view *v);

/* bothends.c: finds partners by UUID, address and time. */
void bothends_join(struct inquiry *q);
/* Can these be the two ends of one attempt: a fault and its echo? */
bool bothends_fit(struct outcome a, struct outcome b);

/* limits.c: what was counted otherwise than it should be, because a cap was reached, becomes a problem of the case. */
void limits_say(const struct inquiry *q);

/* words.c: fills the finding's texts and evidence. */
void words_finding(const struct inquiry *q, const struct view *v, struct finding *f);
/* Appends one; its texts are the diagnosis's already. */
void words_evidence(struct finding *f, struct evidence e);
/* The next step under SFT-1101, by what the fault alone would be called: no mismatch is mended by yet another CA. */
const char *words_at_risk(enum verdict_id fault);
const char *words_noise(enum noise_kind kind);

#endif
