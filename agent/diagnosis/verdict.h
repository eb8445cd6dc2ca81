/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verdicts: their ids, names, severities, and the words that explain them. A table, no decisions.
 */
#ifndef AGENT_DIAGNOSIS_VERDICT_H
#define AGENT_DIAGNOSIS_VERDICT_H

#include "base/slice.h"

/* Order is that of the ids. */
enum verdict_id {
    VERDICT_HEALTHY,             /* SFT-1000 */
    VERDICT_CA_EXPIRED,          /* SFT-1001 */
    VERDICT_CA_EXPIRING,         /* SFT-1002 */
    VERDICT_LEAF_EXPIRED,        /* SFT-1003 */
    VERDICT_NOT_YET_VALID,       /* SFT-1004 */
    VERDICT_CA_MISMATCH,         /* SFT-1005 */
    VERDICT_UNKNOWN_CA,          /* SFT-1006 */
    VERDICT_WEAK_CERTIFICATE,    /* SFT-1007 */
    VERDICT_KEY_MISMATCH,        /* SFT-1008 */
    VERDICT_POST_HANDSHAKE_AUTH, /* SFT-1009 */
    VERDICT_REVOKED,             /* SFT-1010 */
    VERDICT_REJECTED,            /* SFT-1011 */
    VERDICT_AT_RISK,             /* SFT-1101 */
    VERDICT_PUSH_INCOMPLETE,     /* SFT-1201 */
    VERDICT_BAD_FILES,           /* SFT-1202 */
    VERDICT_NETWORK,             /* SFT-1301 */
    VERDICT_PROTOCOL,            /* SFT-1302 */
    VERDICT_INTERCEPTED,         /* SFT-1303 */
    VERDICT_INSUFFICIENT,        /* SFT-1901 */
    VERDICT_COUNT
};

enum severity { SEVERITY_OK, SEVERITY_UNKNOWN, SEVERITY_WARNING, SEVERITY_CRITICAL };
enum confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };

struct verdict_info {
    const char *id;                /* "SFT-1001" */
    const char *name;              /* "ca_expired" */
    enum severity severity;        /* the usual one; a finding may say otherwise (expiring: warning or critical) */
    const char *title;             /* one line, for a heading */
    const char *meaning;           /* a paragraph */
    const char *const *causes;     /* typical causes in order of likelihood; NULL-terminated, like those below */
    const char *const *confirm;    /* what would confirm it: commands, files, lines */
    const char *const *refute;     /* what would refute it */
    const char *const *next;       /* safe next steps, in order; the first is the one-line advice of a report */
    const char *const *references; /* the vendor's documents */
};

const struct verdict_info *verdict_info(enum verdict_id id);
/* By "SFT-1001", "1001" or "ca_expired", in any case of letters. */
bool verdict_parse(struct slice text, enum verdict_id *id);
const char *severity_name(enum severity s);     /* "ok", "unknown", "warning", "critical" */
const char *confidence_name(enum confidence c); /* "low", "medium", "high" */

/* Back from these names; what is none is SEVERITY_UNKNOWN, CONFIDENCE_LOW. */
enum severity severity_parse(struct slice name);
enum confidence confidence_parse(struct slice name);

/* The vendor's prohibition, printed on top of every output as soon as a peer is at risk. */
extern const char verdict_prohibition[];

#endif
