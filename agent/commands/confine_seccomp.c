/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls: a filter in the kernel (seccomp(2)). It is assembled here because it is short, and because making it
 * must not be felt: libseccomp takes three times as long as the kernel takes to install it. What is forbidden ends
 * with EPERM, so that a caller can say so.
 */
#include "config.h"

#include "agent/commands/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define PROGRAM_MOST 512
#define CALLS_MOST 160
#define LEAF_CALLS 4
#define SPEC_ALLOW 4       /* SECCOMP_FILTER_FLAG_SPEC_ALLOW */
#define X32_BIT 0x40000000 /* on x86-64: the same calls by other numbers */
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)

/* Numbers are per architecture: on one that is not listed there is no such wall. */
#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#define ARCH 0
#endif

/* From here on the numbers are the same everywhere; headers may be older than the kernel. */
enum {
    CALL_PIDFD_SEND_SIGNAL = 424,
    CALL_IO_URING_SETUP,
    CALL_IO_URING_ENTER,
    CALL_IO_URING_REGISTER,
    CALL_OPEN_TREE,
    CALL_MOVE_MOUNT,
    CALL_FSOPEN,
    CALL_FSCONFIG,
    CALL_FSMOUNT,
    CALL_FSPICK,
    CALL_OPENAT2 = 437,
    CALL_PIDFD_GETFD,
    CALL_PROCESS_MADVISE = 440,
    CALL_MOUNT_SETATTR = 442,
    CALL_QUOTACTL_FD,
    CALL_FCHMODAT2 = 452,
    CALL_SETXATTRAT = 463,
    CALL_REMOVEXATTRAT = 466,
};

/* Never needed by anything of ours. io_uring would do the others' work unseen. */
static const int always[] = {
    SYS_acct,
    SYS_add_key,
    SYS_adjtimex,
    SYS_bpf,
    SYS_chroot,
    SYS_clock_adjtime,
    SYS_clock_settime,
    SYS_delete_module,
    SYS_fchown,
    SYS_fchownat,
    SYS_finit_module,
    SYS_init_module,
    SYS_kcmp,
    SYS_kexec_load,
    SYS_keyctl,
    SYS_linkat,
    SYS_lremovexattr,
    SYS_lsetxattr,
    SYS_mknodat,
    SYS_mount,
    SYS_open_by_handle_at,
    SYS_perf_event_open,
    SYS_pivot_root,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_quotactl,
    SYS_reboot,
    SYS_removexattr,
    SYS_request_key,
    SYS_setdomainname,
    SYS_sethostname,
    SYS_setns,
    SYS_settimeofday,
    SYS_setxattr,
    SYS_swapoff,
    SYS_swapon,
    SYS_symlinkat,
    SYS_syslog,
    SYS_umount2,
    SYS_unshare,
    SYS_userfaultfd,
    CALL_IO_URING_SETUP,
    CALL_IO_URING_ENTER,
    CALL_IO_URING_REGISTER,
    CALL_OPEN_TREE,
    CALL_MOVE_MOUNT,
    CALL_FSOPEN,
    CALL_FSCONFIG,
    CALL_FSMOUNT,
    CALL_FSPICK,
    CALL_PIDFD_GETFD,
    CALL_PROCESS_MADVISE,
    CALL_MOUNT_SETATTR,
    CALL_QUOTACTL_FD,
    CALL_SETXATTRAT,
    CALL_REMOVEXATTRAT,
#ifdef __x86_64__
    SYS_chown,
    SYS_ioperm,
    SYS_iopl,
    SYS_lchown,
    SYS_link,
    SYS_mknod,
    SYS_symlink,
#endif
};

static const int network[] = {
    SYS_accept,
    SYS_accept4,
    SYS_bind,
    SYS_connect,
    SYS_listen,
    SYS_socket,
    SYS_socketpair,
};

static const int handles[] = { SYS_name_to_handle_at };

static const int programs[] = { SYS_execve, SYS_execveat, CALL_PIDFD_SEND_SIGNAL };

static const int tracing[] = { SYS_ptrace };

/* Where no file is to be written: the other wall may be missing. */
static const int changes[] = {
    SYS_fallocate,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fremovexattr,
    SYS_fsetxattr,
    SYS_ftruncate,
    SYS_mkdirat,
    SYS_renameat,
    SYS_renameat2,
    SYS_truncate,
    SYS_unlinkat,
    SYS_utimensat,
    CALL_FCHMODAT2,
#ifdef __x86_64__
    SYS_chmod,
    SYS_creat,
    SYS_futimesat,
    SYS_mkdir,
    SYS_rename,
    SYS_rmdir,
    SYS_unlink,
    SYS_utime,
    SYS_utimes,
#endif
};

/*
 * What it is asked for can't be seen here. It is wanted, because it alone keeps links inside a root, and harmless where
 * Landlock stands.
 */
static const int blind[] = { CALL_OPENAT2 };

/* ---- the program ---- */

struct program {
    struct sock_filter code[PROGRAM_MOST];
    unsigned short n;
    int calls[CALLS_MOST]; /* to be refused whatever their arguments are */
    size_t call_count;
};

static void put(struct program *p, struct sock_filter i)
{
    p->code[p->n++] = i;
}

static void put_return(struct program *p, uint32_t what)
{
    put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what));
}

static void load(struct program *p, size_t offset)
{
    put(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void list(struct program *p, const int *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        p->calls[p->call_count++] = calls[i];
}

/* Only the first 32 bits of an argument count: these calls take int (both architectures are little-endian). */
struct condition {
    int call;
    unsigned argument;
    uint32_t mask, value;
    bool refuse; /* when it is so; else when it is not */
};

static void put_condition(struct program *p, const struct condition *c)
{
    put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)c->call, 0, 5));
    load(p, offsetof(struct seccomp_data, args) + c->argument * sizeof(uint64_t));
    put(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, c->mask));
    put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, c->value, !c->refuse, c->refuse));
    put_return(p, REFUSE);
    load(p, offsetof(struct seccomp_data, nr));
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* A search in halves: on newer kernels installing takes as long as going through it for every call that there is. */
static void put_search(struct program *p, const int *calls, size_t count)
{
    if (count <= LEAF_CALLS) {
        for (size_t i = 0; i < count; i++)
            put(p,
                (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i], (uint8_t)(count - i), 0));
        put_return(p, SECCOMP_RET_ALLOW);
        put_return(p, REFUSE);
        return;
    }
    size_t half = count / 2;
    unsigned short at = p->n++;
    put_search(p, calls, half);
    p->code[at] =
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (uint32_t)calls[half], (uint8_t)(p->n - at - 1), 0);
    put_search(p, calls + half, count - half);
}

static void choose(struct program *p, const struct confine_allow *allow)
{
    list(p, always, COUNT(always));
    if (strcmp(BUILD_SANITIZERS, "no") == 0) /* the leak check traces */
        list(p, tracing, COUNT(tracing));
    if (!allow->network)
        list(p, network, COUNT(network));
    if (!allow->handles)
        list(p, handles, COUNT(handles));
    if (!allow->programs)
        list(p, programs, COUNT(programs));
    if (allow->write_count == 0)
        list(p, changes, COUNT(changes));
    if (allow->write_count == 0 && !allow->walled)
        list(p, blind, COUNT(blind));
    qsort(p->calls, p->call_count, sizeof *p->calls, by_number);
}

static void assemble(struct program *p, const struct confine_allow *allow)
{
    const uint32_t writing = O_ACCMODE | O_CREAT | O_TRUNC, self = (uint32_t)getpid();
    const struct condition opens[] = {
        { SYS_openat, 2, writing, O_RDONLY, false },
#ifdef __x86_64__
        { SYS_open, 1, writing, O_RDONLY, false },
#endif
    };
    const struct condition signals[] = {
        { SYS_kill, 0, UINT32_MAX, self, false },
        { SYS_tgkill, 0, UINT32_MAX, self, false },
        { SYS_rt_sigqueueinfo, 0, UINT32_MAX, self, false },
        { SYS_rt_tgsigqueueinfo, 0, UINT32_MAX, self, false },
    };
    /* keystrokes into the terminal that we share with the user's shell */
    const struct condition keys[] = {
        { SYS_ioctl, 1, UINT32_MAX, TIOCSTI, true },
        { SYS_ioctl, 1, UINT32_MAX, TIOCLINUX, true },
    };
    choose(p, allow);
    load(p, offsetof(struct seccomp_data, arch));
    put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0));
    put_return(p, REFUSE);
    load(p, offsetof(struct seccomp_data, nr));
    put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, X32_BIT, 0, 1));
    put_return(p, REFUSE);
    for (size_t i = 0; i < COUNT(keys); i++)
        put_condition(p, &keys[i]);
    for (size_t i = 0; i < COUNT(signals) && !allow->programs; i++)
        put_condition(p, &signals[i]);
    for (size_t i = 0; i < COUNT(opens) && allow->write_count == 0; i++)
        put_condition(p, &opens[i]);
    put_search(p, p->calls, p->call_count);
}

int confine_calls(const struct confine_allow *allow)
{
    struct program p = { .n = 0 };
    if (ARCH == 0)
        return ENOSYS;
    assemble(&p, allow);
    struct sock_fprog program = { .len = p.n, .filter = p.code };
    /* else a filtered process runs slower on kernels before 5.16, against what only code of its own could do */
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SPEC_ALLOW, &program) == 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
        return 0;
    return errno;
}
