/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process that follows the logs and matches the rules: a child that gives up all rights but to read, and can only
 * write into its pipe (feed.h). It keeps nothing; told how far each log was read, it goes on there.
 */
#ifndef AGENT_COMMANDS_READER_H
#define AGENT_COMMANDS_READER_H

#include "agent/commands/privileges.h"
#include "agent/sources/tail.h"
#include "rules/rules.h"

#include <sys/types.h>

struct reader_log {
    const char *path;
    bool every_line; /* comms.log */
};

struct reader_options {
    const struct reader_log *logs;
    size_t n;
    enum tail_begin begin;
    const struct rules *rules;
    const struct privileges *privileges;
    bool canaries; /* are looked for, too */
};

struct reader {
    pid_t pid;
    int from, to; /* non-blocking: what it says; blocking: FEED_MARKS per known log, then FEED_GO */
};

/* Forked off; the parent has no other thread. */
enum err_code reader_start(const struct reader_options *o, struct reader *out, struct err *e)
    __attribute__((warn_unused_result));

#endif
