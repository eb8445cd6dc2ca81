/* SPDX-License-Identifier: BSD-2-Clause */
/* Real children: what they print, how they end, and that nothing is left of them. */
#include "agent/sources/runcommand.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#define LONG_MS 60000
#define SOON_MS 300

static char folder[] = "/tmp/sftunnel-run.XXXXXX";

static struct buf out;
static struct runcommand_end end;
static struct err e;

static enum err_code run(const char *script, int64_t timeout_ms, size_t most, const atomic_bool *stop)
{
    const char *const argv[] = { "/bin/sh", "-c", script, NULL };
    const struct runcommand r = { .argv = argv, .timeout_ms = timeout_ms, .most = most, .stop = stop };
    buf_clear(&out);
    buf_puts(&out, "");
    e = (struct err){ ERR_OK };
    return runcommand(&r, &out, &end, &e);
}

static int64_t seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* Is nobody left with this number, which the child has printed? A zombie of somebody else's counts as gone. */
static bool gone(const char *number)
{
    char path[64], state[64] = "";
    for (int i = 0; i < 500; i++) {
        if (kill((pid_t)atoi(number), 0) != 0 && errno == ESRCH)
            return true;
        snprintf(path, sizeof path, "/proc/%d/stat", atoi(number));
        FILE *f = fopen(path, "re");
        if (!f || !fgets(state, sizeof state, f) || strstr(state, ") Z")) {
            if (f)
                fclose(f);
            return true;
        }
        fclose(f);
        const struct timespec tick = { .tv_nsec = 10000000 };
        nanosleep(&tick, NULL);
    }
    return false;
}

static void what_it_prints_is_kept(void **state)
{
    (void)state;
    assert_int_equal(run("echo one; echo two; echo no >&2", LONG_MS, 1000, NULL), ERR_OK);
    assert_string_equal(out.p, "one\ntwo\n");
    assert_int_equal(end.how, RUN_EXITED);
    assert_int_equal(end.number, 0);
    assert_string_equal(end.said, "no");
}

static void exit_status_and_signal(void **state)
{
    (void)state;
    assert_int_equal(run("echo before; exit 7", LONG_MS, 1000, NULL), ERR_OK);
    assert_int_equal(end.how, RUN_EXITED);
    assert_int_equal(end.number, 7);
    assert_string_equal(out.p, "before\n");
    assert_int_equal(run("kill -SEGV $$", LONG_MS, 1000, NULL), ERR_OK);
    assert_int_equal(end.how, RUN_DIED);
    assert_int_equal(end.number, SIGSEGV);
}

static void one_that_hangs_is_ended(void **state)
{
    (void)state;
    int64_t begun = seconds();
    assert_int_equal(
        run("trap '' TERM INT HUP; echo $$; sleep 1000 & echo $!; wait; sleep 1000", SOON_MS, 1000, NULL), ERR_OK);
    assert_int_equal(end.how, RUN_TOO_LONG);
    assert_true(seconds() - begun < 30);
    char *second = strchr(out.p, '\n');
    assert_non_null(second);
    assert_true(gone(out.p));
    assert_true(gone(second + 1));
}

static void one_that_floods_is_ended(void **state)
{
    (void)state;
    assert_int_equal(run("echo $$; while :; do echo 0123456789; done", LONG_MS, 100000, NULL), ERR_OK);
    assert_int_equal(end.how, RUN_TOO_MUCH);
    assert_int_equal(out.n, 100000);
    assert_true(gone(out.p));
    assert_int_equal(run("head -c 100000 /dev/zero", LONG_MS, 100000, NULL), ERR_OK);
    assert_int_equal(end.how, RUN_EXITED);
    assert_int_equal(out.n, 100000);
    assert_int_equal(run("head -c 10000000 /dev/zero >&2; echo end", LONG_MS, 100, NULL), ERR_OK);
    assert_string_equal(out.p, "end\n");
}

static void one_that_leaves_a_child_is_not_waited_for(void **state)
{
    (void)state;
    int64_t begun = seconds();
    assert_int_equal(run("sleep 1000 & echo $!", LONG_MS, 1000, NULL), ERR_OK);
    assert_int_equal(end.how, RUN_EXITED);
    assert_true(seconds() - begun < 30);
    assert_true(gone(out.p));
    assert_int_equal(run("exec >&- 2>&-; sleep 1000", SOON_MS, 1000, NULL), ERR_OK);
    assert_int_equal(end.how, RUN_TOO_LONG);
}

static void the_user_may_end_it(void **state)
{
    (void)state;
    atomic_bool stop = true;
    assert_int_equal(run("echo $$; sleep 1000", LONG_MS, 1000, &stop), ERR_OK);
    assert_int_equal(end.how, RUN_STOPPED);
}

/* Of the signals those that libc does not keep for itself: 1 to 28. */
static void nothing_of_ours_is_handed_on(void **state)
{
    (void)state;
    int fd = open("/dev/zero", O_RDONLY); /* without O_CLOEXEC */
    assert_true(fd >= 0);
    setenv("SECRET", "x", 1);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(run("env | sort | grep -v ^_=; cat; pwd; ls /proc/$$/fd | grep -vE '^[0-2]$' | grep -v 10; "
                         "grep SigIgn /proc/$$/status | grep -o '[0-9a-f]\\{7\\}$'",
                         LONG_MS, 10000, NULL),
        ERR_OK);
    signal(SIGPIPE, SIG_DFL);
    close(fd);
    assert_string_equal(out.p, "LC_ALL=C\nPATH=/usr/local/sf/bin:/usr/sbin:/usr/bin:/sbin:/bin\nPWD=/\n/\n0000000\n");
}

static void what_can_not_be_started(void **state)
{
    (void)state;
    const char *const nowhere[] = { "/nowhere/at/all", NULL }, *const no_program[] = { "/etc/passwd", NULL };
    struct runcommand r = { .argv = nowhere, .timeout_ms = LONG_MS, .most = 10 };
    assert_int_equal(runcommand(&r, &out, &end, &e), ERR_NOINPUT);
    assert_non_null(strstr(e.text, "No such file"));
    r.argv = no_program;
    assert_int_equal(runcommand(&r, &out, &end, &e), ERR_PERMISSION);
}

static void what_is_not_to_be_run(void **state)
{
    (void)state;
    struct buf path = { 0 };
    buf_printf(&path, "%s/program", folder);
    FILE *f = fopen(path.p, "we");
    assert_non_null(f);
    fclose(f);
    chmod(path.p, 0755);
    assert_int_equal(runcommand_allowed(path.p, &e), ERR_OK);
    chmod(path.p, 0775);
    assert_int_equal(runcommand_allowed(path.p, &e), ERR_PERMISSION);
    chmod(path.p, 0755);
    chmod(folder, 0777);
    assert_int_equal(runcommand_allowed(path.p, &e), ERR_PERMISSION);
    chmod(folder, 0700);
    if (geteuid() == 0) {
        assert_int_equal(chown(path.p, 12345, 0), 0);
        assert_int_equal(runcommand_allowed(path.p, &e), ERR_PERMISSION);
    }
    unlink(path.p);
    assert_int_equal(runcommand_allowed(path.p, &e), ERR_NOINPUT);
    assert_int_equal(runcommand_allowed(folder, &e), ERR_PERMISSION);
    assert_int_equal(runcommand_allowed("bin/sh", &e), ERR_USAGE);
    buf_clear(&path);
}

static void said_in_words(void **state)
{
    (void)state;
    static const struct {
        struct runcommand_end end;
        const char *text;
    } cases[] = {
        { { .how = RUN_EXITED, .number = 2, .said = "no" }, "ended with exit status 2: no" },
        { { .how = RUN_DIED, .number = 9 }, "died of signal 9 (Killed)" },
        { { .how = RUN_TOO_LONG }, "took longer than 30 s and was ended" },
        { { .how = RUN_TOO_MUCH }, "printed more than 5 bytes and was ended (cap command-bytes)" },
        { { .how = RUN_STOPPED }, "was ended" },
    };
    const struct runcommand r = { .timeout_ms = 30000, .most = 5 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_clear(&out);
        runcommand_print(&out, &r, &cases[i].end);
        assert_string_equal(out.p, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_prints_is_kept),
        cmocka_unit_test(exit_status_and_signal),
        cmocka_unit_test(one_that_hangs_is_ended),
        cmocka_unit_test(one_that_floods_is_ended),
        cmocka_unit_test(one_that_leaves_a_child_is_not_waited_for),
        cmocka_unit_test(the_user_may_end_it),
        cmocka_unit_test(nothing_of_ours_is_handed_on),
        cmocka_unit_test(what_can_not_be_started),
        cmocka_unit_test(what_is_not_to_be_run),
        cmocka_unit_test(said_in_words),
    };
    if (!mkdtemp(folder))
        return 1;
    int failed = cmocka_run_group_tests_name("runcommand", tests, NULL, NULL);
    buf_clear(&out);
    rmdir(folder);
    return failed;
}
