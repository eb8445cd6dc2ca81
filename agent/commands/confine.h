/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this process can't do any more, whatever the bytes are that it parses. Two walls of the kernel, each optional:
 *
 *   system calls (seccomp): no new socket, connection or listener; no program; no look into other processes and no
 *   signal to them; no mount, module, clock, key or tracing; no input pushed into a terminal; no special file, link
 *   or owner. Where no folder may be written to, none of the calls that change a file, either, nor openat2(), whose
 *   arguments it can't see, unless the other wall stands.
 *   files (Landlock): nothing is made, written, removed or executed but in the folders that are named; from ABI 4 on no
 *   TCP, from 6 on no signal and no abstract socket of others.
 *
 * What stays: reading whatever the user can read, using what is open already (also sockets and terminals), threads and
 * memory. It is a list of what is forbidden, not of what is allowed: a kernel's later additions are not on it.
 *
 * Nothing is undone, and it holds for children. A kernel that lacks a wall, or a container that refuses it, is no
 * error: the other one still stands, and confine_print() says so. It needs no privilege and takes away the way to any
 * (no_new_privs). In builds with sanitizers tracing stays allowed, because their leak check needs it; in a build for
 * coverage, which writes files at its end, nothing is confined.
 */
#ifndef AGENT_COMMANDS_CONFINE_H
#define AGENT_COMMANDS_CONFINE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* What is still needed; all zero is the least: what is read is parsed, what comes out goes to what is open. */
struct confine_allow {
    const char *const *write; /* folders in which files are made and replaced, or files, devices that are written to */
    size_t write_count;
    bool network;  /* sockets are opened later */
    bool handles;  /* files are told apart by their handles (name_to_handle_at) */
    bool programs; /* children run other programs, and get signals */
    bool walled;   /* set by confine(): the other wall keeps every kind of opening from changing a file */
};

struct confine_state {
    bool calls, files;      /* which wall stands */
    int calls_os, files_os; /* errno of why not; ENOSYS: not in this kernel or not in this build */
    int abi;                /* of Landlock; 0: none */
};

/* Before the first thread is started; out tells what came of it. */
void confine(const struct confine_allow *allow, struct confine_state *out);
/* The same with nothing allowed, but in a child that ends at once: what would come of it here? */
void confine_try(struct confine_state *out);
/* "system calls: seccomp; files: Landlock ABI 7" */
void confine_print(struct buf *b, const struct confine_state *s);

/* The two walls; 0 or errno. no_new_privs is set. */
int confine_calls(const struct confine_allow *allow);
int confine_files(const struct confine_allow *allow, int *abi);

#endif
