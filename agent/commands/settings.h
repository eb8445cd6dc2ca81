/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that can be set for `watch` and `status`, from three places: the defaults, the configuration file with its
 * drop-in folder (FILE, then the *.yaml of FILE.d in byte order), the flags. A later place wins; lists are replaced as
 * a whole. One table (settings_table) has the name, type, bounds, default and help of each, so that file, flags,
 * `config show --origin` and the documentation can't differ. An unknown key is refused with file, line, column and the
 * nearest known key.
 *
 * A duration is plain seconds or has a unit: 90s, 15m, 2h, 7d. Paths of a file begin with /; those of flags may be
 * relative unless we go to the background. A file that somebody else than root and us could change is refused.
 */
#ifndef AGENT_COMMANDS_SETTINGS_H
#define AGENT_COMMANDS_SETTINGS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define SETTINGS_FILE "/etc/sftunnel-agent/watch.yaml" /* read when it is there and -c names no other */

struct settings_list {
    char **items; /* NULL-terminated */
    size_t n;
};

struct settings {
    struct settings_list logs;    /* --log PATH, logs: [/var/log/messages, /ngfw/var/log/messages] */
    struct settings_list comms;   /* --comms-log PATH, comms_logs: [] */
    struct settings_list packs;   /* --pack PATH, packs: [] */
    struct settings_list outputs; /* -o FORMAT=TARGET, outputs: [] ; foreground without any: ndjson=- */
    struct settings_list hook;    /* --hook PROGRAM (only the program), hook: [PROGRAM, ARG...] */
    char *from;    /* --from end|beginning|all, from: end: where a log begins that is followed for the first time */
    char *state;   /* --state DIR, state: /var/lib/sftunnel-agent */
    char *root;    /* --root DIR, root: "" (this appliance): whose certificates are looked at */
    char *metrics; /* --metrics ADDRESS:PORT|unix:PATH, metrics: "" (off); only loopback addresses */
    char *metrics_file;                   /* --metrics-file FILE, metrics_file: "" (off) */
    char *user;                           /* --user NAME, user: nobody: who the reading process becomes */
    char *pid_file;                       /* --pid-file FILE, pid_file: "" */
    bool daemon;                          /* --daemon / --foreground, daemon: false */
    bool power_safe;                      /* --power-safe, power_safe: false: each commit is synced */
    uint32_t hook_timeout_s;              /* 30, 1 to 3600 */
    uint32_t hook_per_minute;             /* 60, 1 to 10000 */
    uint32_t check_s;                     /* --check-interval, check_interval: 3600; 0 off, else 10 to 604800 */
    uint32_t warning_days, critical_days; /* 90, 30 */
    char *capture;                        /* --capture, capture: "" (off): an interface, or any */
    uint32_t capture_port;                /* --capture-port, capture_port: 8305 */
    uint32_t silent_s; /* --silent-after, silent_after: 0: told by the input's usual rate; else seconds */
    uint32_t canary_s; /* --canary-interval, canary_interval: 0; 0 off, else 2 to 86400 */
    uint32_t canary_within_s; /* --canary-within, canary_within: 30, at most canary_s */
    char *canary_socket;      /* --canary-socket, canary_socket: /dev/log */
    uint32_t quiet_s;  /* --quiet-after, quiet_after: 86400: an incident without attempts for so long is closed */
    uint32_t
        group_from; /* --group-from, group_from: 3: peers with one cause from which on it is one alarm; 1 to 10000 */
    uint32_t keep_days;   /* 90 */
    uint32_t keep_events; /* 100000 */
};

void settings_init(struct settings *s); /* the defaults */
void settings_clear(struct settings *s);
/* The value of each setting, where it is from ("default", "FILE:LINE", "--flag"). */
struct settings_origins;
void settings_origins_free(struct settings_origins *o); /* takes NULL */

unsigned settings_origins_files(const struct settings_origins *o); /* how many files were read */

/*
 * Reads the file (NULL: SETTINGS_FILE, if it is there) and its drop-ins over the defaults. On failure s is cleared.
 * Values are checked here, too: the same rules hold for flags.
 */
enum err_code settings_load(const char *file, struct settings *s, struct settings_origins **origins, struct err *e)
    __attribute__((warn_unused_result));
/* One text over what is there; origins may be NULL. On failure some settings may have been taken over: clear them. */
enum err_code settings_read(const char *name, struct slice yaml, struct settings *s, struct settings_origins *o,
    struct err *e) __attribute__((warn_unused_result));
/* One flag, by its long name; value NULL for a switch. On failure nothing has changed. ERR_USAGE with the rule that it
 * breaks. */
enum err_code settings_flag(struct settings *s, struct settings_origins *origins, const char *name, const char *value,
    struct err *e) __attribute__((warn_unused_result));
/*
 * What can't be seen of one setting alone (warning before critical, two outputs on one file, an output on a log that is
 * followed...). origins, which may be NULL, are for the place in the message.
 */
enum err_code settings_finish(const struct settings *s, const struct settings_origins *origins, struct err *e)
    __attribute__((warn_unused_result));
/* As YAML that could be read again; with_origin: each with a comment that says where it is from. */
void settings_print(struct buf *b, const struct settings *s, const struct settings_origins *o, bool with_origin);

#endif
