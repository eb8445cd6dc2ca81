/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork() and execve(), and not posix_spawn(): what is inherited has to be closed on old kernels and C libraries, too.
 * The child's end is looked for by waitid() with WNOWAIT, so that its number is not given to another process before
 * its group has been killed.
 */
#include "agent/sources/runcommand.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 20    /* how often the child's end, and the user's wish, are looked for */
#define DEATH_MS 2000 /* how long a killed one is waited for: what the kernel holds can't be killed */
#define BLOCK_BYTES 65536
#define WRITABLE_BY_OTHERS 022
#define CLOSED_MOST 4096 /* descriptors that are closed one by one on kernels without close_range() */

static const char *const environment[] = { "PATH=/usr/local/sf/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL };

/* ---- may it be run? ---- */

enum err_code runcommand_allowed(const char *path, struct err *e)
{
    struct stat st;
    if (path[0] != '/')
        return err_set(e, ERR_USAGE, "is no absolute path");
    if (stat(path, &st) != 0)
        return err_os(e, errno == ENOENT || errno == ENOTDIR ? ERR_NOINPUT : ERR_PERMISSION, errno, "can't be run");
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_PERMISSION, "is no program");
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return err_set(e, ERR_PERMISSION, "is not run: it belongs to user %u", (unsigned)st.st_uid);
    if (st.st_mode & WRITABLE_BY_OTHERS)
        return err_set(e, ERR_PERMISSION, "is not run: others may write to it (mode %04o)", st.st_mode & 07777U);
    char *copy = mem_strdup(path);
    bool open = stat(dirname(copy), &st) == 0 && (st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX);
    free(copy);
    if (open)
        return err_set(e, ERR_PERMISSION, "is not run: others may write to its folder");
    return ERR_OK;
}

/* ---- the child ---- */

struct pipes {
    int out[2], err[2], failed[2]; /* failed: errno of an execve() that did not come about; it closes when it did */
};

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_all(struct pipes *p)
{
    for (int i = 0; i < 2; i++) {
        close_one(&p->out[i]);
        close_one(&p->err[i]);
        close_one(&p->failed[i]);
    }
}

/* From here on nothing but what is safe between fork() and execve(). */
static void close_from(int first, int but)
{
#ifdef SYS_close_range
    if ((but <= first || syscall(SYS_close_range, (unsigned)first, (unsigned)but - 1, 0U) == 0) &&
        syscall(SYS_close_range, (unsigned)but + 1, ~0U, 0U) == 0)
        return;
#endif
    for (int fd = first; fd < CLOSED_MOST; fd++)
        if (fd != but)
            close(fd);
}

static void default_signals(void)
{
    sigset_t none;
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void be_child(const struct pipes *p, const char *const *argv, pid_t parent)
{
    const struct rlimit no_core = { 0, 0 };
    int in = open("/dev/null", O_RDONLY);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    default_signals();
    setrlimit(RLIMIT_CORE, &no_core);
    umask(022);
    if (getppid() == parent && in >= 0 && chdir("/") == 0 && dup2(in, STDIN_FILENO) >= 0 &&
        dup2(p->out[1], STDOUT_FILENO) >= 0 && dup2(p->err[1], STDERR_FILENO) >= 0) {
        close_from(STDERR_FILENO + 1, p->failed[1]);
        execve(argv[0], (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
    }
    int os = errno;
    (void)!write(p->failed[1], &os, sizeof os);
    _exit(127);
}

/* ---- the parent ---- */

struct running {
    const struct runcommand *r;
    struct pipes p;
    pid_t child;
    struct buf *out;
    size_t kept, said;
    int64_t until_ms;
    struct runcommand_end *end;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static enum err_code start(struct running *x, struct err *e)
{
    struct pipes *p = &x->p;
    pid_t parent = getpid();
    if (pipe2(p->out, O_CLOEXEC) != 0 || pipe2(p->err, O_CLOEXEC) != 0 || pipe2(p->failed, O_CLOEXEC) != 0)
        return err_os(e, ERR_IO, errno, "no pipe can be made");
    x->child = fork();
    if (x->child == 0)
        be_child(p, x->r->argv, parent);
    if (x->child < 0)
        return err_os(e, ERR_IO, errno, "no process can be started");
    setpgid(x->child, x->child); /* whoever comes first */
    close_one(&p->out[1]);
    close_one(&p->err[1]);
    close_one(&p->failed[1]);
    int os = 0;
    ssize_t n;
    do
        n = read(p->failed[0], &os, sizeof os);
    while (n < 0 && errno == EINTR);
    close_one(&p->failed[0]);
    if (n == (ssize_t)sizeof os) {
        (void)waitpid(x->child, NULL, 0);
        x->child = -1;
        return err_os(e, os == ENOENT || os == ENOTDIR ? ERR_NOINPUT : ERR_PERMISSION, os, "can't be run");
    }
    fcntl(p->out[0], F_SETFL, O_NONBLOCK);
    fcntl(p->err[0], F_SETFL, O_NONBLOCK);
    return ERR_OK;
}

/* What is there now. false: it was too much. */
static bool take_out(struct running *x)
{
    char block[BLOCK_BYTES];
    while (x->p.out[0] >= 0) {
        ssize_t n = read(x->p.out[0], block, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return true;
        if (n <= 0) {
            close_one(&x->p.out[0]);
            return true;
        }
        size_t room = x->r->most - x->kept, take = (size_t)n < room ? (size_t)n : room;
        buf_put(x->out, block, take);
        x->kept += take;
        if ((size_t)n > room)
            return false;
    }
    return true;
}

static void take_err(struct running *x)
{
    char block[BLOCK_BYTES];
    while (x->p.err[0] >= 0) {
        ssize_t n = read(x->p.err[0], block, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            close_one(&x->p.err[0]);
            return;
        }
        for (ssize_t i = 0; i < n && x->said < RUN_SAID - 1; i++)
            x->end->said[x->said++] = block[i];
    }
}

static bool has_ended(const struct running *x)
{
    siginfo_t info = { .si_pid = 0 };
    return waitid(P_PID, (id_t)x->child, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

/* Until it ends, or has to be ended; false then. */
static bool follow(struct running *x)
{
    for (;;) {
        struct pollfd fds[] = { { .fd = x->p.out[0], .events = POLLIN }, { .fd = x->p.err[0], .events = POLLIN } };
        bool ended = has_ended(x); /* before the last bytes are taken */
        bool over = !take_out(x);
        take_err(x);
        if (over)
            x->end->how = RUN_TOO_MUCH;
        else if (ended)
            return true;
        else if (x->r->stop && *x->r->stop)
            x->end->how = RUN_STOPPED;
        else if (now_ms() >= x->until_ms)
            x->end->how = RUN_TOO_LONG;
        else {
            (void)poll(fds, 2, TICK_MS);
            continue;
        }
        return false;
    }
}

static void bury(struct running *x, bool ended)
{
    int status = 0;
    int64_t until = now_ms() + DEATH_MS;
    kill(-x->child, SIGKILL); /* what it has left behind, too */
    while (waitpid(x->child, &status, WNOHANG) == 0 && now_ms() < until)
        (void)poll(NULL, 0, TICK_MS);
    if (!ended)
        return;
    x->end->how = WIFSIGNALED(status) ? RUN_DIED : RUN_EXITED;
    x->end->number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

enum err_code runcommand(const struct runcommand *r, struct buf *out, struct runcommand_end *end, struct err *e)
{
    struct running x = {
        .r = r,
        .p = { { -1, -1 }, { -1, -1 }, { -1, -1 } },
        .child = -1,
        .out = out,
        .until_ms = now_ms() + r->timeout_ms,
        .end = end,
    };
    *end = (struct runcommand_end){ .how = RUN_EXITED };
    enum err_code code = start(&x, e);
    if (code == ERR_OK)
        bury(&x, follow(&x));
    close_all(&x.p);
    end->said[strcspn(end->said, "\r\n")] = '\0';
    return code;
}

void runcommand_print(struct buf *out, const struct runcommand *r, const struct runcommand_end *end)
{
    switch (end->how) {
    case RUN_EXITED: buf_printf(out, "ended with exit status %d", end->number); break;
    case RUN_DIED: buf_printf(out, "died of signal %d (%s)", end->number, strsignal(end->number)); break;
    case RUN_TOO_LONG:
        buf_printf(out, "took longer than %lld s and was ended", (long long)(r->timeout_ms / 1000));
        break;
    case RUN_TOO_MUCH: buf_printf(out, "printed more than %zu bytes and was ended (cap command-bytes)", r->most); break;
    case RUN_STOPPED: buf_puts(out, "was ended"); break;
    }
    if (end->said[0])
        buf_printf(out, ": %s", end->said);
}
