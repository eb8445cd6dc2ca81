/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything that was read for one case: the sources, what they say of the appliances and their peers, and the
 * log streams as correlated segments. Filled by the readers of agent/sources, judged by diagnose(). Pure data: no
 * file is opened here. All strings that are added are copied; numbers of sources and units are indexes.
 *
 * A unit is one appliance's root: a bundle, an unpacked folder, a nested archive. What lies in one unit speaks of
 * one appliance. UNIT_NONE: a loose file, of which only its own content says where it is from.
 */
#ifndef AGENT_DIAGNOSIS_CASEFILE_H
#define AGENT_DIAGNOSIS_CASEFILE_H

#include "agent/diagnosis/claims.h"
#include "agent/diagnosis/counts.h"
#include "agent/diagnosis/disk.h"
#include "agent/diagnosis/segment.h"
#include "agent/diagnosis/wire.h"
#include "base/civil.h"
#include "base/slice.h"

enum source_kind {
    SOURCE_LOG,            /* messages, or any log with sftunneld lines */
    SOURCE_COMMS,          /* comms.log: lines without the SF-IMS envelope, each one is looked at */
    SOURCE_IMS_CONF,       /* KEY=value of an appliance */
    SOURCE_PEERS_MAP,      /* PEERS_MAP.JSON */
    SOURCE_STATUS,         /* sftunnel_status.pl and its relatives, show managers, pmtool status, netstat */
    SOURCE_FAILED_PUSH,    /* what generate_certs.pl could not push */
    SOURCE_GENERATION_LOG, /* sfca_generation.log, or a saved transcript of generate_certs.pl */
    SOURCE_CAPTURE,        /* packets: pcap or pcapng, or an interface */
    SOURCE_CERTIFICATE,    /* PEM or DER: certificates, a private key, a revocation list */
    SOURCE_TUNNEL_CONF,    /* sftunnel.conf */
    SOURCE_PROBE,          /* a handshake of our own: "probe HOST:PORT" */
    SOURCE_SW_VERSION,     /* peers/<UUID>/sw_version */
    SOURCE_HEARTBEAT,      /* peers/<UUID>/sftunnel-heartbeat: its date alone counts */
};

enum year_basis {
    YEAR_NONE,    /* not a log, or no stamp in it */
    YEAR_FORCED,  /* --base-year */
    YEAR_STAMP,   /* the lines have it */
    YEAR_ARCHIVE, /* date of the archive's member */
    YEAR_FILE,    /* modification time of the file */
    YEAR_NOW,     /* nothing better: not after now */
    YEAR_CAPTURE, /* packets of the same connections */
};

struct source {
    char *path; /* "fmc.tgz!dir-archives/var-log/messages.1.gz"; "-" for standard input */
    enum source_kind kind;
    uint32_t unit;
    char *host; /* NULL until known: diagnose() fills it for logs */
    enum role role;
    struct log_counts n;      /* of other files than logs: only bytes */
    civil first, last;        /* CIVIL_NONE when nothing has a time; with the final year once diagnosed */
    const char *version;      /* of the appliance, where this source says it; NULL; owned by the casefile */
    const char *managed;      /* likewise: by whom, "locally", "no" (nobody) */
    int year;                 /* of `last` */
    enum year_basis basis;    /* where the year is from */
    uint64_t frames, dropped; /* of a capture: those in it, those that it says were lost on their way into it */
    int64_t written;          /* Unix seconds of its date in an archive; 0: none, or not in one */
    bool partial;             /* not all of it could be read: a problem says why */
};

#define UNIT_NONE UINT32_MAX
#define SOURCE_NO UINT32_MAX

/* Something that could not be read or was left out; shown in every report. */
struct problem {
    char *path;
    char *text;     /* what and, where one helps, the next step */
    uint64_t count; /* of equal ones, e.g. 3 device nodes passed over */
};

struct casefile {
    struct source *sources;
    size_t source_count, source_capacity;
    struct problem *problems;
    size_t problem_count, problem_capacity;
    struct appliance *appliances;
    size_t appliance_count, appliance_capacity;
    struct peer_fact *peers;
    size_t peer_count, peer_capacity;
    struct push_fact *pushes;
    size_t push_count, push_capacity;
    struct status_fact *statuses;
    size_t status_count, status_capacity;
    struct host_fact *hosts;
    size_t host_count, host_capacity;
    struct segment **streams; /* whole streams, generations already joined oldest first */
    size_t stream_count, stream_capacity;
    struct certs *certs; /* every certificate that was seen anywhere; NULL: none */
    struct wire *wires;  /* connections of captures, by source and stream */
    size_t wire_count, wire_capacity, attempt_count /* without data */, chain_places, trusted_count, trusted_capacity;
    struct disk_fact *disks; /* certificate files */
    size_t disk_count, disk_capacity;
    int64_t warning_seconds, critical_seconds; /* before notAfter; 0: CHAIN_WARNING_SECONDS, CHAIN_CRITICAL_SECONDS */
    uint16_t port;                             /* of sftunnel, in captures; 0: the usual one */
    uint32_t *trusted;            /* CAs that a probed server has to hang on, numbers in certs; NULL: none were given */
    int64_t now;                  /* Unix seconds when the analysis began: an upper bound for years */
    bool interrupted, files_only; /* the user stopped the reading; neither logs nor packets were asked for */
};

void casefile_clear(struct casefile *c);
/* The sum over all sources. */
struct log_counts casefile_counts(const struct casefile *c);

/* Adds a source with this path and kind (everything else zero, times none); returns its index. */
uint32_t casefile_source(struct casefile *c, const char *path, enum source_kind kind, uint32_t unit);
/* Notes a problem; equal ones (path and text) are counted, not repeated, and beyond CAP_PROBLEMS they are one. */
void casefile_problem(struct casefile *c, const char *path, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same for what happened `count` times there. */
void casefile_problems(struct casefile *c, const char *path, uint64_t count, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void casefile_appliance(
    struct casefile *c, uint32_t source, enum role role, struct slice uuid, struct slice model, struct slice version);
void casefile_peer(struct casefile *c, const struct peer_fact *fact);     /* strings are copied; NULL is empty */
void casefile_push(struct casefile *c, const struct push_fact *fact);     /* likewise */
void casefile_status(struct casefile *c, const struct status_fact *fact); /* likewise */
void casefile_host(struct casefile *c, const struct host_fact *fact);     /* likewise */
/* Takes the segment over: one log stream whose generations are already joined, oldest first. */
void casefile_stream(struct casefile *c, struct segment *stream);

const char *source_kind_name(enum source_kind kind);
const char *role_name(enum role role);              /* "fmc", "ftd", "unknown" */
const char *year_basis_name(enum year_basis basis); /* "forced", "stamp", "archive", "file", "now", "capture", "none" */

#endif
