/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holds one appliance of the laboratory: namespaces of its own, its folder as the root, and a first process that runs
 * /etc/lab/start and reaps what is left behind. It ends, and with it everything inside and every mount, when its
 * standard input does.
 *
 *     holder ROOT HOSTNAME MOUNTS own|shared
 *
 * MOUNTS is a file with lines "FROM TO" (TO below the root); each is bound there, read-only. With "own" there is a
 * network namespace, too. On its standard output it says "pid N", as seen from outside, then "ready", or why it can't
 * be.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_MOST 4096

static void die(const char *what, const char *which)
{
    printf("%s %s: %s\n", what, which, strerror(errno));
    fflush(stdout);
    _exit(1);
}

static void must(int result, const char *what, const char *which)
{
    if (result != 0)
        die(what, which);
}

static const char *below(const char *root, const char *path)
{
    static char text[PATH_MOST];
    snprintf(text, sizeof text, "%s%s", root, path);
    return text;
}

/* What a mount that we did not make is locked to has to be said again. */
static unsigned long locked_flags(const char *path)
{
    const struct {
        unsigned long have, say;
    } flags[] = { { ST_NOSUID, MS_NOSUID }, { ST_NODEV, MS_NODEV }, { ST_NOEXEC, MS_NOEXEC },
        { ST_NOATIME, MS_NOATIME }, { ST_NODIRATIME, MS_NODIRATIME }, { ST_RELATIME, MS_RELATIME } };
    struct statvfs s;
    unsigned long all = 0;
    must(statvfs(path, &s), "statvfs", path);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (s.f_flag & flags[i].have)
            all |= flags[i].say;
    return all;
}

static void bind_read_only(const char *from, const char *to)
{
    must(mount(from, to, NULL, MS_BIND, NULL), "bind", from);
    must(mount(NULL, to, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | locked_flags(to), NULL), "read-only", to);
}

static void bind_all(const char *root, const char *list)
{
    char line[2 * PATH_MOST], from[PATH_MOST], to[PATH_MOST];
    FILE *f = fopen(list, "re");
    if (!f)
        die("open", list);
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "%4095s %4095s", from, to) == 2)
            bind_read_only(from, below(root, to));
    fclose(f);
}

static void make_dev(const char *root)
{
    static const char *const nodes[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom",
        "/dev/tty" };
    must(mount("tmpfs", below(root, "/dev"), "tmpfs", MS_NOSUID, "mode=755,size=64k"), "mount", "/dev");
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        int fd = open(below(root, nodes[i]), O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
        if (fd < 0)
            die("create", nodes[i]);
        close(fd);
        must(mount(nodes[i], below(root, nodes[i]), NULL, MS_BIND, NULL), "bind", nodes[i]);
    }
    must(mkdir(below(root, "/dev/pts"), 0755), "mkdir", "/dev/pts");
    must(mkdir(below(root, "/dev/shm"), 01777), "mkdir", "/dev/shm");
    must(mount("devpts", below(root, "/dev/pts"), "devpts", 0, "newinstance,ptmxmode=0666,mode=620"), "mount",
        "/dev/pts");
    must(mount("tmpfs", below(root, "/dev/shm"), "tmpfs", MS_NOSUID, "mode=1777,size=4m"), "mount", "/dev/shm");
    must(symlink("pts/ptmx", below(root, "/dev/ptmx")), "symlink", "ptmx");
    must(symlink("/proc/self/fd", below(root, "/dev/fd")), "symlink", "fd");
    must(symlink("/proc/self/fd/0", below(root, "/dev/stdin")), "symlink", "stdin");
    must(symlink("/proc/self/fd/1", below(root, "/dev/stdout")), "symlink", "stdout");
    must(symlink("/proc/self/fd/2", below(root, "/dev/stderr")), "symlink", "stderr");
}

static void enter_root(const char *root, const char *mounts)
{
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make private", "/");
    must(mount(root, root, NULL, MS_BIND, NULL), "bind", root);
    bind_all(root, mounts);
    make_dev(root);
    /* Where a program may be set-user-id whatever the folder of the test is mounted with. */
    must(mount("tmpfs", below(root, "/usr/local/libexec"), "tmpfs", 0, "mode=755,size=4m"), "mount", "libexec");
    must(mount("proc", below(root, "/proc"), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "mount", "/proc");
    must(chdir(root), "chdir", root);
    must(mount(".", "/", NULL, MS_MOVE, NULL), "move", root);
    must(chroot("."), "chroot", root);
    must(chdir("/"), "chdir", "/");
}

static int run_start(void)
{
    static const char *const env[] = { "PATH=/usr/local/bin:/usr/local/sf/bin:/usr/bin:/usr/sbin:/bin:/sbin",
        "HOME=/root", "LC_ALL=C", NULL };
    int status = 0;
    pid_t pid = fork();
    if (pid < 0)
        return -1;
    if (pid == 0) {
        setsid();
        execle("/bin/sh", "sh", "/etc/lab/start", NULL, env);
        _exit(127);
    }
    for (pid_t who; (who = wait(&status)) != pid;)
        if (who < 0 && errno != EINTR)
            return -1;
    return status;
}

static void first_process(char **argv, int ready)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    enter_root(argv[1], argv[3]);
    must(sethostname(argv[2], strlen(argv[2])), "hostname", argv[2]);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int log = open("/var/log/lab-start.log", O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
    int said = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    dup2(null, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    int status = run_start();
    if (status != 0) {
        dprintf(said, "/etc/lab/start ended with %d, see /var/log/lab-start.log\n", status);
        _exit(1);
    }
    if (write(ready, "r", 1) != 1)
        _exit(1);
    close(ready);
    close(said);
    for (;;)
        if (wait(NULL) < 0 && errno == ECHILD)
            poll(NULL, 0, 100); /* nobody is left; somebody may be sent in */
}

int main(int argc, char **argv)
{
    int pipes[2], flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWIPC;
    char c;
    if (argc != 5) {
        fprintf(stderr, "usage: holder ROOT HOSTNAME MOUNTS own|shared\n");
        return 64;
    }
    umask(022);
    must(unshare(flags | (strcmp(argv[4], "own") == 0 ? CLONE_NEWNET : 0)), "unshare", "");
    must(pipe2(pipes, O_CLOEXEC), "pipe", "");
    pid_t pid = fork();
    if (pid < 0)
        die("fork", "");
    if (pid == 0) {
        close(pipes[0]);
        first_process(argv, pipes[1]);
    }
    close(pipes[1]);
    printf("pid %d\n", (int)pid);
    fflush(stdout);
    if (read(pipes[0], &c, 1) == 1) {
        printf("ready\n");
        fflush(stdout);
        while (read(STDIN_FILENO, &c, 1) > 0 || errno == EINTR)
            errno = 0;
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return 0;
}
