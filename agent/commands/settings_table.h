/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The settings themselves: key in YAML, flag, type, bounds, default and help of each. The struct of their values is in
 * settings.h; what reads a file, a flag, prints, or documents goes through this table and through nothing else.
 *
 * X(ID, member of struct settings, key, type, check, least, most, default, letter, flag, argument, help)
 * The bounds are those of a number or a duration, else of the length of a text and of the entries of a list. A default
 * is text as it would be in the file; the entries of a list are separated by commas.
 */
#ifndef AGENT_COMMANDS_SETTINGS_TABLE_H
#define AGENT_COMMANDS_SETTINGS_TABLE_H

#include "base/caps.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTINGS_LOGS "/var/log/messages,/ngfw/var/log/messages"

/* clang-format off */
#define SETTINGS(X)                                                                                                     \
    X(LOGS, logs, "logs", LIST, path, 0, CAP_CONFIG_ITEMS, SETTINGS_LOGS, 0, "log", "PATH",                            \
        "a log to follow; repeatable (default: /var/log/messages, /ngfw/var/log/messages)")                            \
    X(COMMS, comms, "comms_logs", LIST, path, 0, CAP_CONFIG_ITEMS, "", 0, "comms-log", "PATH",                         \
        "a comms.log to follow, too; repeatable")                                                                      \
    X(FROM, from, "from", TEXT, from, 1, CAP_NAME_BYTES, "end", 0, "from", "WHERE",                                    \
        "where a log begins that is followed for the first time: end, beginning, all (generations, too)")              \
    X(PACKS, packs, "packs", LIST, path, 0, CAP_CONFIG_ITEMS, "", 0, "pack", "PATH",                                   \
        "a rule pack, or a folder of them, on top of the shipped one; repeatable")                                     \
    X(ROOT, root, "root", TEXT, path, 0, CAP_PATH_BYTES, "", 0, "root", "DIR",                                         \
        "whose certificates are checked: a root that was mounted, instead of this appliance's")                        \
    X(CHECK, check_s, "check_interval", DURATION_OR_OFF, none, 10, 604800, "3600", 0, "check-interval", "TIME",        \
        "how often the certificate files are checked without a change of them (3600; 0: not at all)")                  \
    X(WARNING, warning_days, "warning_days", NUMBER, none, 1, 3650, "90", 0, "warning-days", "DAYS",                   \
        "a certificate that ends within so many days is a warning (90)")                                               \
    X(CRITICAL, critical_days, "critical_days", NUMBER, none, 1, 3650, "30", 0, "critical-days", "DAYS",               \
        "and within so many is critical (30)")                                                                         \
    X(CAPTURE, capture, "capture", TEXT, interface, 0, 15, "", 0, "capture", "IF",                                     \
        "also watch the wire, on this interface, or on any: what each end presents")                                   \
    X(CAPTURE_PORT, capture_port, "capture_port", NUMBER, none, 1, 65535, "8305", 0, "capture-port", "N",              \
        "connections with this port (8305)")                                                                           \
    X(QUIET, quiet_s, "quiet_after", DURATION, none, 1, 31536000, "86400", 0, "quiet-after", "TIME",                   \
        "an incident without attempts for so long is closed (86400)")                                                  \
    X(GROUP, group_from, "group_from", NUMBER, none, 1, 10000, "3", 0, "group-from", "PEERS",                          \
        "from so many peers with one cause on it is one alarm (3)")                                                    \
    X(SILENT, silent_s, "silent_after", DURATION_OR_OFF, none, 1, 2592000, "0", 0, "silent-after", "TIME",             \
        "a log that gives nothing for so long is an alarm (0: told by its usual rate)")                                \
    X(CANARY, canary_s, "canary_interval", DURATION_OR_OFF, none, 2, 86400, "0", 0, "canary-interval", "TIME",         \
        "how often a line is written through syslog that must come back in a log (0: not at all)")                     \
    X(CANARY_WITHIN, canary_within_s, "canary_within", DURATION, none, 1, 3600, "30", 0, "canary-within", "TIME",      \
        "one that is not back after so long is an alarm (30)")                                                         \
    X(CANARY_SOCKET, canary_socket, "canary_socket", TEXT, socket, 1, CAP_PATH_BYTES, "/dev/log", 0, "canary-socket",  \
        "PATH", "the socket of the syslog daemon that it is written to (/dev/log)")                                    \
    X(OUTPUTS, outputs, "outputs", LIST, output, 0, CAP_CONFIG_ITEMS, "", 'o', "output", "FORMAT[=TARGET]",            \
        "where events go: ndjson, ecs or syslog, to -, a file, unix:PATH or unixgram:PATH; repeatable")                \
    X(HOOK, hook, "hook", LIST, word, 0, CAP_CONFIG_ITEMS, "", 0, "hook", "PROGRAM",                                   \
        "run this for each alarm, with its JSON on standard input")                                                    \
    X(HOOK_TIMEOUT, hook_timeout_s, "hook_timeout", DURATION, none, 1, 3600, "30", 0, "hook-timeout", "TIME",          \
        "the hook is ended after so long (30)")                                                                        \
    X(HOOK_RATE, hook_per_minute, "hook_per_minute", NUMBER, none, 1, 10000, "60", 0, "hook-per-minute", "N",          \
        "the hook is run that often at most (60)")                                                                     \
    X(METRICS, metrics, "metrics", TEXT, metrics, 0, CAP_PATH_BYTES, "", 0, "metrics", "ADDRESS:PORT|unix:PATH",       \
        "serve metrics for Prometheus, on a loopback address or a UNIX socket")                                        \
    X(METRICS_FILE, metrics_file, "metrics_file", TEXT, path, 0, CAP_PATH_BYTES, "", 0, "metrics-file", "FILE",        \
        "keep the metrics in this file, for Prometheus' textfile collector")                                           \
    X(STATE, state, "state", TEXT, path, 1, CAP_PATH_BYTES, "/var/lib/sftunnel-agent", 0, "state", "DIR",              \
        "where all is kept that must outlive a restart (/var/lib/sftunnel-agent)")                                     \
    X(POWER_SAFE, power_safe, "power_safe", SWITCH, none, 0, 1, "false", 0, "power-safe", NULL,                        \
        "have each commit on the disk before going on, for hosts that lose power")                                     \
    X(KEEP_DAYS, keep_days, "keep_days", NUMBER, none, 1, 3650, "90", 0, "keep-days", "DAYS",                          \
        "what was closed is kept for so long (90)")                                                                    \
    X(KEEP_EVENTS, keep_events, "keep_events", NUMBER, none, 1, 10000000, "100000", 0, "keep-events", "N",             \
        "and so many events of it at most (100000)")                                                                   \
    X(USER, user, "user", TEXT, user, 1, CAP_NAME_BYTES, "nobody", 0, "user", "NAME",                                  \
        "whom the process becomes that reads the logs (nobody)")                                                       \
    X(DAEMON, daemon, "daemon", SWITCH, none, 0, 1, "false", 0, "daemon", NULL,                                        \
        "go to the background once everything works, for hosts without systemd")                                       \
    X(PID_FILE, pid_file, "pid_file", TEXT, path, 0, CAP_PATH_BYTES, "", 0, "pid-file", "FILE",                        \
        "keep the process id in this file, which is locked")
/* clang-format on */

enum setting_id {
#define X(id, member, key, type, check, least, most, def, letter, flag, arg, help) SETTING_##id,
    SETTINGS(X)
#undef X
        SETTING_COUNT
};

enum setting_type {
    SETTING_LIST,            /* struct settings_list */
    SETTING_TEXT,            /* char * */
    SETTING_SWITCH,          /* bool */
    SETTING_NUMBER,          /* uint32_t */
    SETTING_DURATION,        /* uint32_t, seconds */
    SETTING_DURATION_OR_OFF, /* likewise, or 0 */
};

/* The rule of one text or entry that is not empty. from_flag: relative paths are allowed. Sets only what is wrong. */
typedef enum err_code setting_check(const char *text, bool from_flag, struct err *e);

struct setting {
    const char *key, *flag, *arg, *help, *def;
    enum setting_type type;
    setting_check *check; /* NULL: the bounds are all */
    uint32_t least, most;
    size_t offset; /* in struct settings */
};

/* By enum setting_id; ended by a NULL key. */
extern const struct setting settings_table[];

/* The flags, as entries of a command's table of options. */
#define SETTINGS_OPTION(id, member, key, type, check, least, most, def, letter, flag, arg, help)                       \
    { letter, flag, arg, help },
#define SETTINGS_OPTIONS                                                                                               \
    SETTINGS(SETTINGS_OPTION){ 0, "foreground", NULL, "stay in the foreground, whatever the configuration says" },

#endif
