/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the small files of a case claim: ims.conf, PEERS_MAP.JSON, FAILED_PUSH, the outputs of status commands. Facts as
 * they are said, each with the place where it is said; what they prove is a matter of judging. Strings are owned by the
 * casefile, hostile, and never NULL once they are there.
 */
#ifndef AGENT_DIAGNOSIS_CLAIMS_H
#define AGENT_DIAGNOSIS_CLAIMS_H

#include "base/civil.h"

#include <stdbool.h>
#include <stdint.h>

enum role { ROLE_UNKNOWN, ROLE_FMC, ROLE_FTD };

/* What a unit says of itself: ims.conf. Empty strings when not said. */
struct appliance {
    uint32_t unit, source;
    enum role role;
    char *uuid, *model, *version;
};

/* What a unit says of one of its peers. Any of the three may be empty, not all. */
struct peer_fact {
    uint32_t unit, source;
    uint64_t line; /* 1-based, 0 when the place has no lines */
    char *uuid, *name, *address, *version;
    int64_t heartbeat; /* Unix seconds at which sftunnel-heartbeat was written; 0: not said */
};

/* One line of FAILED_PUSH or of the generation log: a file that did not reach its peer. */
struct push_fact {
    uint32_t unit, source;
    uint64_t line;
    char *uuid, *name, *address, *file, *text; /* file: base name, "cacert.pem"; text: the line itself */
};

/* What an output proves of a peer. */
enum status_kind {
    STATUS_TUNNEL,       /* sftunnel's own word: up or down */
    STATUS_SOCKET,       /* netstat: a TCP connection on the port; TLS may still fail on it */
    STATUS_REGISTRATION, /* show managers: the registration is not completed */
};

enum status_channel { CHANNEL_UNSAID, CHANNEL_DOWN, CHANNEL_UP };

/* One peer in the output of a status command. Times are CIVIL_NONE when not said. */
struct status_fact {
    uint32_t unit, source;
    uint64_t line;
    enum status_kind kind;
    char *peer; /* address, name or UUID, as the output has it */
    bool connected;
    enum status_channel control, event;
    civil since, lost; /* when the tunnel was made; when it was lost last */
    civil seen;        /* the latest time in what was said: the output is not older */
    char *reason;      /* of the last disconnect; empty when not said */
    char *text;        /* the line that says so */
};

enum host_fact_kind {
    HOST_MANAGED, /* show managers: "locally", "no" */
    HOST_PROCESS, /* pmtool status: what it says of sftunnel, "Running 24404" */
};

/* What an output says of the appliance itself. */
struct host_fact {
    uint32_t unit, source;
    uint64_t line;
    enum host_fact_kind kind;
    bool good; /* HOST_PROCESS: it runs */
    char *value, *text;
};

#endif
