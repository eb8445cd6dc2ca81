/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lies on an appliance's disk: the InternalCA and its revocation list, the appliance's own pair, and the set for
 * each peer, as far as it was read: from the appliance itself, from a copied or mounted root, from a bundle, or as
 * loose files. Facts only; what is wrong is said by judging. Private keys are here as the hash of their public half.
 */
#ifndef AGENT_DIAGNOSIS_DISK_H
#define AGENT_DIAGNOSIS_DISK_H

#include "agent/diagnosis/cert.h"

struct casefile;

/* Which file of the scheme it is. */
enum disk_place {
    DISK_CA,        /* ca_root/cacert.pem: the InternalCA of this FMC */
    DISK_CRL,       /* ca_root/crl.pem */
    DISK_OWN_CERT,  /* keys/sftunnel-cert.pem: of the FMC itself */
    DISK_OWN_KEY,   /* keys/sftunnel-key.pem */
    DISK_PEER_CA,   /* peers/<UUID>/cacert.pem: on an FTD, the InternalCA of that FMC */
    DISK_PEER_CERT, /* peers/<UUID>/sftunnel-cert.pem: an FTD's own for that FMC; on an FMC what it issued for that FTD
                     */
    DISK_PEER_KEY,  /* peers/<UUID>/sftunnel-key.pem */
    DISK_PUSHED_CA, /* peers/<UUID>/certs_pushed/: what the FMC pushed, or would have */
    DISK_PUSHED_CERT,
    DISK_PUSHED_KEY,
    DISK_CONFIG, /* sftunnel.conf */
    DISK_LOOSE,  /* a PEM or DER file that was given as it is */
    DISK_STRAY,  /* beside them, with a name that is none of theirs: "sftunnel-key.pem\x01", "….backup…" */
    DISK_PLACES
};

enum disk_state {
    DISK_READ, /* understood: see certificate, spki_sha256 */
    DISK_ABSENT,
    DISK_EMPTY,
    DISK_UNREADABLE, /* permission, I/O; why says it */
    DISK_BAD_LINK,   /* a link that leads to itself, or to nothing */
    DISK_NOT_A_FILE, /* a folder, FIFO, device or socket where a file is expected */
    DISK_MALFORMED,  /* neither PEM nor DER of what it should be */
    DISK_TOO_BIG,    /* over a cap */
    DISK_STATES
};

struct disk_fact {
    uint32_t unit, source; /* source: of this file; SOURCE_NO when absent */
    enum disk_place place;
    enum disk_state state;
    const char *path;      /* as the appliance calls it: "/var/sf/peers/<UUID>/cacert.pem"; hostile */
    const char *peer_uuid; /* the folder's name below peers; NULL */
    const char *why;       /* for people, to follow the path: what is wrong with the file; NULL */
    uint32_t certificate;  /* number in casefile.certs: the first one in the file; CERT_NONE */
    uint32_t more;         /* further certificates in it */
    bool key;              /* spki_sha256 is that of a private key's public half */
    uint32_t crl;          /* number of a revocation list in casefile.certs; 0: none */
    uint8_t spki_sha256[CERT_HASH];
    int64_t crl_made; /* Unix seconds of thisUpdate; CERT_TIME_NONE */
    int64_t crl_next; /* Unix seconds of nextUpdate; 0 when it has none, or none that can be read */
    bool odd_name;    /* a stray one that can only be a mistake: characters that can't be seen, or blanks at its ends */
    bool owner_known; /* mode, uid, gid: from the disk or an archive's header */
    uint32_t mode, uid, gid;
    int64_t modified; /* Unix seconds; 0: not known */
};

/* Adds it; strings are copied. Beyond CAP_DISK_FACTS they are counted, and a problem says so. */
void casefile_disk(struct casefile *c, const struct disk_fact *fact);
/* The table of the case's certificates, made when there is none yet. */
struct certs *casefile_certs(struct casefile *c);
void disk_clear(struct disk_fact *fact);

const char *disk_place_name(enum disk_place p); /* "ca", "own_cert", "peer_key", … */
const char *disk_place_file(enum disk_place p); /* "cacert.pem", "sftunnel-key.pem", … */
const char *disk_state_name(enum disk_state s);

#endif
