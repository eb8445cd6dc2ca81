/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs one program to its end and keeps what it prints. No shell: the program is named by its absolute path. It gets
 * nothing of ours but the user: no input, no descriptor, and an environment of PATH and LC_ALL only. It is bounded in
 * time and in output, and when it ends, or is ended, its whole process group is killed. It dies with us, too.
 *
 * The caller has one thread, and has not confined itself yet.
 */
#ifndef AGENT_SOURCES_RUNCOMMAND_H
#define AGENT_SOURCES_RUNCOMMAND_H

#include "base/buf.h"
#include "base/err.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct runcommand {
    const char *const *argv; /* ended by NULL */
    int64_t timeout_ms;
    size_t most;             /* bytes of its standard output that are kept; then it is ended */
    const atomic_bool *stop; /* the user wants us to end; may be NULL */
};

enum runcommand_how {
    RUN_EXITED, /* number: its exit status */
    RUN_DIED,   /* number: of the signal */
    RUN_TOO_LONG,
    RUN_TOO_MUCH,
    RUN_STOPPED, /* by the user */
};

#define RUN_SAID 256

struct runcommand_end {
    enum runcommand_how how;
    int number;
    char said[RUN_SAID]; /* the first line of its standard error; hostile */
};

/*
 * May we run this at all? It has to be a regular file under an absolute path, owned by root or by us, and neither it
 * nor its folder may be written to by others: who runs this as root must not run what somebody put there. ERR_NOINPUT:
 * there is none; ERR_PERMISSION: it is not to be run.
 */
enum err_code runcommand_allowed(const char *path, struct err *e) __attribute__((warn_unused_result));

/*
 * What it prints is appended to out, also when it was ended. Fails only when it can't be started (ERR_NOINPUT: there is
 * no such program).
 */
enum err_code runcommand(const struct runcommand *r, struct buf *out, struct runcommand_end *end, struct err *e)
    __attribute__((warn_unused_result));

/* "ended with exit status 2: Can't locate SF.pm", to follow its name; out is appended to. */
void runcommand_print(struct buf *out, const struct runcommand *r, const struct runcommand_end *end);

#endif
