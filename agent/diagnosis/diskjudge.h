/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wrong with the certificate files of a case: per appliance its own, and per peer the set of that peer. A set
 * is held against itself (dates, signature, key), against the CA of its appliance, and, where both ends are in the
 * case, against the other end's. Nothing is told by names or serial numbers. Pure; does not depend on the order of
 * reading.
 */
#ifndef AGENT_DIAGNOSIS_DISKJUDGE_H
#define AGENT_DIAGNOSIS_DISKJUDGE_H

#include "agent/diagnosis/casefile.h"
#include "agent/diagnosis/verdict.h"
#include "base/buf.h"
#include "base/strings.h"

/* In the order of what counts first among equally severe ones. */
enum disk_reason {
    DISK_CA_DIFFERS, /* the CA of the peer's folder has another key than the FMC's current one */
    DISK_NOT_SIGNED, /* the certificate is not signed by its CA, although that has the issuer's name */
    DISK_OTHER_CA,   /* nor does it have that name */
    DISK_CA_EXPIRED,
    DISK_KEY_DIFFERS, /* the key is not that of the certificate */
    DISK_BAD,         /* a file is empty, damaged, missing, no file, or can't be read */
    DISK_CERT_EXPIRED,
    DISK_NOT_YET,
    DISK_SET_DIFFERS, /* the certificate is not the one that the FMC issued last */
    DISK_WEAK,
    DISK_REVOKED,     /* the certificate is on the revocation list of its CA */
    DISK_CRL_OTHER,   /* the list is not signed by the CA */
    DISK_CRL_NOT_YET, /* it is of the future */
    DISK_CRL_EXPIRED,
    DISK_EXPIRING,
    DISK_OWNER, /* not root's, where others are */
    DISK_MODE,  /* everybody may write to it, and not to others */
    DISK_STRAY_NAME,
    DISK_REASONS
};

struct disk_fault {
    enum disk_reason reason;
    enum verdict_id verdict;
    enum severity severity;
    enum confidence confidence;
    const struct disk_fact *at, *other; /* other: what it was held against; NULL */
    int64_t asof;                       /* of its set */
};

#define DISK_FAULTS_MOST 16 /* of one set; the worst are kept */

struct disk_set {
    uint32_t unit;
    enum role role;                                /* of the appliance */
    bool owners, modes;                            /* those of its files can tell a fault, see diskowner.c */
    bool loose;                                    /* of files that were given as they are */
    struct slice peer;                             /* UUID of the peer; empty: the appliance's own */
    const struct disk_fact *ca, *cert, *key, *crl; /* what counts, as far as it is readable; NULL */
    const struct disk_fact *lister;                /* the CA that a loose revocation list is held against; NULL */
    struct slice uuid;                             /* of the appliance itself; empty when not known */
    int64_t asof; /* Unix seconds: when its files were collected, at least a day ago; 0: now, as far as is known */
    struct disk_fault faults[DISK_FAULTS_MOST]; /* worst first */
    size_t fault_count;
    size_t from, count; /* its facts in disk_sets.order */
};

struct disk_sets {
    const struct disk_fact **order;
    struct disk_set *all; /* by unit, then peer; those of loose files last */
    size_t count, capacity;
    struct strings *names; /* private: what a set is found by */
    uint32_t *named;       /* [number of the name]: set + 1 */
    size_t named_capacity;
};

void diskjudge_all(struct casefile *c, struct disk_sets *out);
void diskjudge_clear(struct disk_sets *s);

/* diskowner.c: fills .owners and .modes of all sets. */
void diskowner_mark(struct disk_sets *s);
/* DISK_OWNER, DISK_MODE, or DISK_REASONS when there is nothing to say. */
enum disk_reason diskowner_fault(const struct disk_set *set, const struct disk_fact *f);
/* The index of the unit's first set; of a later one's, or `count`, when it has none. */
size_t diskjudge_unit(const struct disk_sets *s, uint32_t unit);
/* The appliance's own set; NULL. */
const struct disk_set *diskjudge_own(const struct disk_sets *s, uint32_t unit);
/* The own set of the FMC with this UUID, wherever it is in the case; NULL. */
const struct disk_set *diskjudge_fmc(const struct disk_sets *s, struct slice uuid);
/* The appliance's set for this peer; NULL. */
const struct disk_set *diskjudge_peer(const struct disk_sets *s, uint32_t unit, struct slice peer);
/* notAfter of the set's CA; CERT_TIME_NONE when there is none. */
int64_t diskjudge_ca_end(const struct casefile *c, const struct disk_set *s);

/* diskwords.c */
/* "cacert.pem: notAfter 2024-09-17T…, title=InternalCA…, sha256 …" */
void diskwords_fact(struct buf *b, const struct casefile *c, const struct disk_fact *f);
/* One clause: "the InternalCA expired on 2024-09-17, 64 days ago". */
void diskwords_fault(struct buf *b, const struct casefile *c, const struct disk_fault *f);

#endif
