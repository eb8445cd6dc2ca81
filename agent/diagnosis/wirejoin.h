/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections of captures become evidence of the peers that logs know, or peers of their own. Inside of diagnose().
 *
 * Two addresses of a capture are the two ends of a log's peer when the address of the peer is one of them and the
 * observer's own address, where the case knows it, is the other one; where it doesn't, they must have met within a few
 * minutes of what the log says. Times of packets are absolute, the years of logs are settled before.
 */
#ifndef AGENT_DIAGNOSIS_WIREJOIN_H
#define AGENT_DIAGNOSIS_WIREJOIN_H

#include "agent/diagnosis/whois.h"
#include "agent/diagnosis/wirejudge.h"

/* As in struct endpoint. */
struct wireip {
    uint8_t b[16];
};

/* An address of a log, of either family; false for a name, or a UUID. */
bool wirejoin_ip(struct slice text, struct wireip *ip);

/* The connections of one view. */
struct view_wires {
    uint32_t *index; /* of casefile.wires, by time */
    size_t count, capacity;
    size_t view;                  /* whose they are; once the order of the views is final */
    struct view_wires *other_end; /* those of the other end's view of the same tunnel; NULL */
    const struct wire *telling;   /* the one that says most of how things stand; never NULL once judged */
    const struct wire *alive;     /* of the tunnels that have not ended the one seen last; NULL */
    civil failing_since;          /* of the first failure after that; CIVIL_NONE */
    bool decides;                 /* the view's verdict is that of `telling` */
    bool refutes;                 /* they speak against the view's verdict */
};

/* The one that is number i of them. */
const struct wire *wirejoin_wire(const struct inquiry *q, const struct view_wires *x, size_t i);
civil wirejoin_civil(int64_t ns); /* the second that it lies in */

/* Gives each view its connections; what no view covers becomes a view of its own, appended to q->views. */
void wirejoin_views(struct inquiry *q, const struct wire_pairs *pairs, struct whois *names);
/* Views that are the two ends of the same connections are partners. */
void wirejoin_partners(struct inquiry *q);
/* What the connections change in the verdicts of the logs, and the verdicts of their own views. */
void wirejoin_judge(struct inquiry *q);
/* Counts, times, words and evidence of a view's connections; called when those of its log are there. */
void wirejoin_fill(const struct inquiry *q, const struct view *v, struct finding *f);
/* Tells each connection which finding it is evidence for, and frees what views hold. */
void wirejoin_finish(struct inquiry *q);

#endif
