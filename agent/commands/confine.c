/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "agent/commands/confine.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ABI_TRUNCATE 3 /* Landlock: from here on no file is cut short by opening it */

static bool for_coverage(void)
{
    return strcmp(BUILD_COVERAGE, "no") != 0;
}

void confine(const struct confine_allow *allow, struct confine_state *out)
{
    *out = (struct confine_state){ .calls_os = ENOSYS, .files_os = ENOSYS };
    if (for_coverage())
        return;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        out->calls_os = out->files_os = errno;
        return;
    }
    out->files_os = confine_files(allow, &out->abi); /* first: the other wall may keep its calls out */
    out->files = out->files_os == 0;
    struct confine_allow rest = *allow;
    rest.walled = out->files && out->abi >= ABI_TRUNCATE;
    out->calls_os = confine_calls(&rest);
    out->calls = out->calls_os == 0;
}

void confine_try(struct confine_state *out)
{
    int ends[2];
    *out = (struct confine_state){ .calls_os = ENOSYS, .files_os = ENOSYS };
    if (pipe(ends) != 0) {
        out->calls_os = out->files_os = errno;
        return;
    }
    pid_t child = fork();
    if (child == 0) {
        struct confine_state s;
        confine(&(struct confine_allow){ .write = NULL }, &s);
        _exit(write(ends[1], &s, sizeof s) == (ssize_t)sizeof s ? 0 : 1);
    }
    if (child < 0)
        out->calls_os = out->files_os = errno;
    close(ends[1]);
    struct confine_state s;
    if (child > 0 && read(ends[0], &s, sizeof s) == (ssize_t)sizeof s)
        *out = s;
    close(ends[0]);
    if (child > 0)
        (void)waitpid(child, NULL, 0);
}

static void put_why(struct buf *b, int os)
{
    buf_printf(b, "not confined (%s)", os == ENOSYS ? "not in this kernel, or left out of this build" : strerror(os));
}

void confine_print(struct buf *b, const struct confine_state *s)
{
    buf_puts(b, "system calls: ");
    if (s->calls)
        buf_puts(b, "seccomp");
    else
        put_why(b, s->calls_os);
    buf_puts(b, "; files: ");
    if (s->files)
        buf_printf(b, "Landlock ABI %d", s->abi);
    else
        put_why(b, s->files_os);
}
