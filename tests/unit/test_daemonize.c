/* SPDX-License-Identifier: BSD-2-Clause */
/* The way to the background and the pid file, with real processes. */
#include "agent/commands/daemonize.h"
#include "agent/commands/pidfile.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[] = "/tmp/test-daemonize.XXXXXX", path[64];

static const char *content(const char *file)
{
    static char text[128];
    int fd = open(file, O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[n < 0 ? 0 : n] = '\0';
    return text;
}

static void put(const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

/* ---- the pid file ---- */

/* A process that has the pid file until the end of `hold`; whether it got it comes through `told`. */
static pid_t holder(int *hold)
{
    int told[2], end[2];
    char got = 0;
    assert_int_equal(pipe(told), 0);
    assert_int_equal(pipe(end), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct pidfile *p;
        struct err e;
        close(end[1]);
        char ok = pidfile_create(path, &p, &e) == ERR_OK;
        ok = write(told[1], &ok, 1) == 1 && read(end[0], &ok, 1) == 0; /* until the other end is closed */
        pidfile_remove(p);
        _exit(!ok);
    }
    close(told[1]);
    close(end[0]);
    assert_int_equal(read(told[0], &got, 1), 1);
    assert_int_equal(got, 1);
    close(told[0]);
    *hold = end[1];
    return pid;
}

static void one_at_a_time(void **state)
{
    (void)state;
    struct pidfile *p;
    struct stat st;
    struct err e;
    char wanted[128];
    int hold, status;
    mode_t old = umask(077);
    pid_t other = holder(&hold);
    umask(old);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    snprintf(wanted, sizeof wanted, "%ld\n", (long)other);
    assert_string_equal(content(path), wanted);

    assert_int_equal(pidfile_create(path, &p, &e), ERR_CANTCREATE);
    assert_null(p);
    snprintf(wanted, sizeof wanted, "%s: already running, as process %ld", path, (long)other);
    assert_string_equal(e.text, wanted);

    close(hold);
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(status, 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(pidfile_create(path, &p, &e), ERR_OK);
    pidfile_remove(p);
    assert_int_equal(access(path, F_OK), -1);
}

static void what_a_killed_one_has_left(void **state)
{
    (void)state;
    struct pidfile *p;
    struct err e;
    char wanted[32];
    int hold, status;
    pid_t other = holder(&hold);
    kill(other, SIGKILL);
    assert_int_equal(waitpid(other, &status, 0), other);
    close(hold);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(pidfile_create(path, &p, &e), ERR_OK);
    snprintf(wanted, sizeof wanted, "%ld\n", (long)getpid());
    assert_string_equal(content(path), wanted);
    pidfile_remove(p);
    assert_int_equal(access(path, F_OK), -1);
    /* a number of a process that lives, and is somebody else, is no reason not to start */
    put("1\n");
    assert_int_equal(pidfile_create(path, &p, &e), ERR_OK);
    pidfile_remove(p);
}

static void what_is_no_pid_file_stays(void **state)
{
    (void)state;
    struct pidfile *p;
    struct err e;
    static const char *const others[] = { "root:x:0:0:\n", "12 13\n", "123456789012345678901234567890123456789\n" };
    char link[80];
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        put(others[i]);
        assert_int_equal(pidfile_create(path, &p, &e), ERR_CANTCREATE);
        assert_non_null(strstr(e.text, "is no pid file"));
        assert_string_equal(content(path), others[i]);
    }
    put("");
    snprintf(link, sizeof link, "%s/link", folder);
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(pidfile_create(link, &p, &e), ERR_CANTCREATE);
    assert_non_null(strstr(e.text, "symbolic link"));
    unlink(link);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(pidfile_create(path, &p, &e), ERR_CANTCREATE);
    assert_non_null(strstr(e.text, "no regular file"));
    unlink(path);
    assert_int_equal(pidfile_create("/no/such/folder/x", &p, &e), ERR_CANTCREATE);
}

static void anothers_file_is_not_removed(void **state)
{
    (void)state;
    struct pidfile *p;
    struct err e;
    assert_int_equal(pidfile_create(path, &p, &e), ERR_OK);
    unlink(path);
    put("77\n");
    pidfile_remove(p);
    assert_string_equal(content(path), "77\n");
    unlink(path);
    pidfile_remove(NULL);
}

/* ---- the background ---- */

enum ending { READY, FAILED, SILENT, KILLED };

/* What a daemon finds around it, in a file that appears whole. */
static void describe(const char *file)
{
    char cwd[64] = "", temporary[80], line[160];
    struct stat in, out, err_stream, null;
    mode_t mask = umask(0);
    bool same = fstat(0, &in) == 0 && fstat(1, &out) == 0 && fstat(2, &err_stream) == 0 &&
                stat("/dev/null", &null) == 0 && in.st_rdev == null.st_rdev && out.st_rdev == null.st_rdev &&
                err_stream.st_rdev == null.st_rdev;
    snprintf(temporary, sizeof temporary, "%s.part", file);
    FILE *f = fopen(temporary, "w");
    if (!f || !getcwd(cwd, sizeof cwd))
        _exit(9);
    snprintf(line, sizeof line, "cwd %s mask %03o null %d leads %d terminal %d", cwd, (unsigned)mask, same,
        getsid(0) == getpid(), open("/dev/tty", O_RDWR) >= 0);
    fputs(line, f);
    fclose(f);
    if (rename(temporary, file) != 0)
        _exit(9);
}

/* The daemon's side of one start; never returns. */
static void be_daemon(struct daemonize *d, enum ending ending)
{
    struct err e = { .code = ERR_OK };
    if (ending == FAILED) {
        err_set(&e, ERR_CONFIG, "x.yaml:3:1: no");
        daemonize_failed(d, &e);
        _exit(0);
    }
    if (ending == KILLED)
        raise(SIGKILL);
    if (ending == SILENT)
        _exit(0);
    if (daemonize_ready(d, &e) == ERR_OK)
        describe(path);
    daemonize_failed(d, &e); /* too late to be heard, and harmless */
    _exit(0);
}

/* Starts a daemon from a process of its own; its exit code, and what it says in *text. */
static enum err_code start(enum ending ending, struct err *e)
{
    int words[2], status;
    assert_int_equal(pipe(words), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct daemonize d;
        struct err word = { .code = ERR_OK };
        close(words[0]);
        enum err_code rc = daemonize_begin(&d, &word);
        if (!d.starter)
            be_daemon(&d, ending);
        if (write(words[1], &word, sizeof word) != (ssize_t)sizeof word)
            _exit(99);
        _exit((int)rc);
    }
    close(words[1]);
    assert_int_equal(read(words[0], e, sizeof *e), sizeof *e);
    /* the end of the pipe is the end of the daemon, which has the other end, too */
    char rest;
    assert_int_equal(read(words[0], &rest, 1), 0);
    close(words[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return (enum err_code)WEXITSTATUS(status);
}

static void a_daemon_that_works(void **state)
{
    (void)state;
    struct err e;
    unlink(path);
    assert_int_equal(start(READY, &e), ERR_OK);
    assert_string_equal(content(path), "cwd / mask 027 null 1 leads 0 terminal 0");
    unlink(path);
}

static void a_daemon_that_does_not(void **state)
{
    (void)state;
    struct err e;
    assert_int_equal(start(FAILED, &e), ERR_CONFIG);
    assert_string_equal(e.text, "x.yaml:3:1: no");
    assert_int_equal(start(SILENT, &e), ERR_BUG);
    assert_non_null(strstr(e.text, "before it was ready"));
    assert_int_equal(start(KILLED, &e), ERR_BUG);
}

/* The starter is killed while the daemon starts: it must not stay, as nobody knows of it. */
static void a_starter_that_did_not_wait(void **state)
{
    (void)state;
    int go[2], told[2], status;
    char result = 0;
    assert_int_equal(pipe(go), 0);
    assert_int_equal(pipe(told), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct daemonize d;
        struct err e;
        close(go[1]);
        enum err_code rc = daemonize_begin(&d, &e);
        if (d.starter)
            _exit(98);
        if (rc == ERR_OK && write(told[1], "b", 1) == 1 && read(go[0], &result, 1) == 0)
            result = (char)daemonize_ready(&d, &e);
        _exit(write(told[1], &result, 1) != 1);
    }
    assert_int_equal(read(told[0], &result, 1), 1); /* it has begun */
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    close(go[0]);
    close(go[1]);
    assert_int_equal(read(told[0], &result, 1), 1);
    assert_int_equal(result, ERR_INTERRUPTED);
    close(told[0]);
    close(told[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(what_a_killed_one_has_left),
        cmocka_unit_test(what_is_no_pid_file_stays),
        cmocka_unit_test(anothers_file_is_not_removed),
        cmocka_unit_test(a_daemon_that_works),
        cmocka_unit_test(a_daemon_that_does_not),
        cmocka_unit_test(a_starter_that_did_not_wait),
    };
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/pid", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
