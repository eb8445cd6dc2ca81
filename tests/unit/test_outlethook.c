/* SPDX-License-Identifier: BSD-2-Clause */
/* Events to real programs: what they are given, how they end, and that nothing is left of them. */
#include "outlet_tools.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>
#include <cmocka.h>

#define LONG_MS 60000
#define SOON_MS 200

static char folder[4096];
static char *arguments[4];

static int begin(void **state)
{
    return tools_begin(state) || !getcwd(folder, sizeof folder);
}

static int end(void **state)
{
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        free(arguments[i]);
        arguments[i] = NULL;
    }
    return tools_end(state);
}

static void on_ready(void *arg)
{
    (void)arg;
    tools_ready++;
    uv_stop(tools_loop);
}

/* A script "hook" in our folder, which it is also told as its first argument. */
static struct outlet *hook(const char *script, uint32_t timeout_ms, uint32_t per_minute)
{
    char path[5000], text[4096];
    snprintf(path, sizeof path, "%s/hook", folder);
    snprintf(text, sizeof text, "#!/bin/sh\n%s\n", script);
    tools_write(path, text);
    assert_int_equal(chmod(path, 0755), 0);
    arguments[0] = mem_strdup(path);
    arguments[1] = mem_strdup(folder);
    arguments[2] = mem_strdup("$(touch evil); `touch evil` 'x");
    const struct outlet_options o = {
        .format = OUTLET_HOOK, .argv = arguments, .timeout_ms = timeout_ms, .per_minute = per_minute, .loop = tools_loop
    };
    struct outlet *out = outlet_new(&o);
    outlet_on_ready(out, on_ready, NULL);
    return out;
}

/* What is told of the call, without our folder. */
static const char *told(void)
{
    static char text[ERR_TEXT_MAX];
    const char *at = strstr(tools_err.text, "/hook");
    snprintf(text, sizeof text, "%s", tools_err.code == ERR_OK ? "" : at ? at : tools_err.text);
    return text;
}

/* Is nobody left with the number that stands in this file? */
static bool is_gone(void *arg)
{
    char path[64], state[512] = "";
    int number = atoi(tools_file(arg));
    if (number <= 0)
        return false;
    snprintf(path, sizeof path, "/proc/%d/stat", number);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, state, sizeof state - 1) : -1;
    if (fd >= 0)
        close(fd);
    return n <= 0 || strstr(state, ") Z"); /* of a zombie somebody else takes care */
}

static bool is_written(void *arg)
{
    const char *text = tools_file(arg);
    return text[0] && text[strlen(text) - 1] == '\n';
}

static char pid_file[] = "pid", child_file[] = "child";

static void what_it_is_given(void **state)
{
    (void)state;
    char expected[5000];
    int process, parent, group, session;
    struct outlet *o = hook("cd $1 && cat >input && cat /proc/$$/environ >environ && cat /proc/$$/stat >stat && "
                            "printf %s \"$2\" >argument",
        LONG_MS, 0);
    snprintf(expected, sizeof expected, "hook=%s/hook", folder);
    assert_string_equal(outlet_name(o), expected);
    assert_int_equal(tools_send(o, 1), OUTLET_LATER); /* until it has ended */
    assert_int_equal(tools_send(o, 1), OUTLET_LATER);
    tools_deliver(o, 1);
    assert_string_equal(told(), "");
    assert_string_equal(tools_file("input"), tools_lines(1, 0));
    assert_string_equal(tools_file("argument"), "$(touch evil); `touch evil` 'x");
    assert_int_equal(access("evil", F_OK), -1);
    assert_string_equal(tools_file("environ"), "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
    assert_string_equal(tools_file("environ") + 35, "LC_ALL=C.UTF-8");
    assert_string_equal(tools_file("environ") + 50, "");
    assert_int_equal(sscanf(tools_file("stat"), "%d %*s %*c %d %d %d", &process, &parent, &group, &session), 4);
    assert_int_equal(parent, getpid());
    assert_int_equal(group, process);
    assert_int_equal(session, process);
    tools_deliver(o, 2);
    assert_string_equal(tools_file("input"), tools_lines(2, 0));
    assert_int_equal(outlet_left_out(o), 0);
    outlet_free(o);
}

static void a_failure_is_told_once(void **state)
{
    (void)state;
    struct outlet *o = hook("echo no >&2; echo more >&2; echo out; [ -e $1/die ] && kill -USR1 $$; exit 3", LONG_MS, 0);
    tools_deliver(o, 1);
    assert_string_equal(told(), "/hook: ended with exit status 3: no");
    tools_deliver(o, 2);
    assert_string_equal(told(), "");
    tools_write("die", "");
    tools_deliver(o, 3);
    assert_string_equal(told(), "/hook: died of signal 10 (User defined signal 1): no");
    tools_deliver(o, 4);
    assert_string_equal(told(), "");
    assert_int_equal(outlet_left_out(o), 4);
    outlet_free(o);
}

static void hostile_words_are_escaped(void **state)
{
    (void)state;
    struct outlet *o = hook("printf '\\033[31m\\n' >&2; exit 1", LONG_MS, 0);
    tools_deliver(o, 1);
    assert_string_equal(told(), "/hook: ended with exit status 1: \\x1b[31m");
    outlet_free(o);
}

/* It neither ends by itself nor when it is asked to, and has a child. */
static void one_that_hangs_is_killed(void **state)
{
    (void)state;
    struct outlet *o =
        hook("trap '' TERM; echo $$ >$1/pid; sleep 1000 & echo $! >$1/child; while :; do wait; done", SOON_MS, 0);
    assert_int_equal(tools_send(o, 1), OUTLET_LATER);
    assert_true(outlet_wait_ms(o) >= SOON_MS + 2000);
    tools_deliver(o, 1);
    assert_string_equal(told(), "/hook: took longer than 200 ms and was ended");
    assert_true(is_gone(pid_file));
    assert_true(tools_until(is_gone, child_file));
    outlet_free(o);
}

static void one_that_is_asked_to_end_may_end(void **state)
{
    (void)state;
    struct outlet *o = hook("trap 'echo bye >&2; exit 0' TERM; while :; do :; done", SOON_MS, 0);
    tools_deliver(o, 1);
    assert_string_equal(told(), "/hook: took longer than 200 ms and was ended: bye");
    outlet_free(o);
}

static void a_flood_is_ended(void **state)
{
    (void)state;
    struct outlet *o = hook("echo first >&2; yes", LONG_MS, 0);
    tools_deliver(o, 1);
    assert_string_equal(told(), "/hook: printed more than 65536 bytes: first");
    outlet_free(o);
    free(arguments[0]);
    free(arguments[1]);
    free(arguments[2]);
    o = hook("head -c 60000 /dev/zero; exit 0", LONG_MS, 0); /* so much is allowed */
    tools_deliver(o, 2);
    assert_string_equal(told(), "");
    outlet_free(o);
}

static void what_it_leaves_behind_is_killed(void **state)
{
    (void)state;
    struct outlet *o = hook("sleep 1000 & echo $! >$1/child; exit 0", LONG_MS, 0);
    tools_deliver(o, 1);
    assert_string_equal(told(), "");
    assert_true(tools_until(is_gone, child_file));
    outlet_free(o);
}

/* It need not read; what it was sent is more than a pipe holds. */
static void it_need_not_read(void **state)
{
    (void)state;
    static char body[200000] = "{\"type\":\"source\",\"text\":\"";
    size_t head = strlen(body);
    memset(body + head, 'x', sizeof body - head - 3);
    memcpy(body + sizeof body - 3, "\"}", 3);
    struct outlet *o = hook("[ -e $1/read ] && cat >$1/input; exit 0", LONG_MS, 0);
    for (uint64_t n = 1; n <= 2; n++) {
        while (outlet_send(o, n, slice_of(body), &tools_err) == OUTLET_LATER)
            uv_run(tools_loop, UV_RUN_ONCE);
        assert_string_equal(told(), "");
        tools_write("read", "");
    }
    assert_int_equal(strlen(tools_file("input")), sizeof body - 1 + strlen("\"seq\":2,") + 1);
    outlet_free(o);
}

static void calls_are_limited(void **state)
{
    (void)state;
    struct outlet *o = hook("cat >>$1/input", LONG_MS, 2);
    tools_deliver(o, 1);
    tools_deliver(o, 2);
    assert_int_equal(tools_send(o, 3), OUTLET_SENT); /* at once: nobody is called */
    assert_int_equal(tools_send(o, 4), OUTLET_SENT);
    assert_int_equal(outlet_left_out(o), 2);
    tools_loop->time += 60000; /* a minute later */
    assert_int_equal(tools_send(o, 5), OUTLET_LATER);
    tools_deliver(o, 5);
    tools_deliver(o, 6);
    assert_string_equal(tools_file("input"),
        "{\"seq\":1,\"type\":\"source\",\"id\":\"x\",\"address\":null}\n"
        "{\"seq\":2,\"type\":\"source\",\"id\":\"x\",\"address\":null}\n"
        "{\"seq\":5,\"left_out\":2,\"type\":\"source\",\"id\":\"x\",\"address\":null}\n"
        "{\"seq\":6,\"type\":\"source\",\"id\":\"x\",\"address\":null}\n");
    outlet_free(o);
}

static void what_may_not_be_run(void **state)
{
    (void)state;
    struct outlet *o = hook("exit 0", LONG_MS, 0);
    assert_int_equal(chmod("hook", 0777), 0);
    assert_int_equal(tools_send(o, 1), OUTLET_SENT);
    assert_string_equal(told(), "/hook: is not run: others may write to it (mode 0777)");
    assert_int_equal(tools_send(o, 2), OUTLET_SENT);
    assert_string_equal(told(), "");
    assert_int_equal(chmod("hook", 0644), 0);
    assert_int_equal(tools_send(o, 3), OUTLET_SENT);
    assert_string_equal(told(), "/hook: Permission denied");
    assert_int_equal(unlink("hook"), 0);
    assert_int_equal(tools_send(o, 4), OUTLET_SENT);
    assert_string_equal(told(), "/hook: can't be run: No such file or directory");
    assert_int_equal(outlet_left_out(o), 4);
    outlet_free(o);
}

static void the_end_of_us_is_its_end(void **state)
{
    (void)state;
    struct outlet *o = hook("echo $$ >$1/pid; sleep 1000", LONG_MS, 0);
    assert_int_equal(tools_send(o, 1), OUTLET_LATER);
    assert_true(tools_until(is_written, pid_file));
    outlet_free(o);
    assert_true(tools_until(is_gone, pid_file)); /* and the loop ends: tools_end() */
}

/* ---- rights ---- */

#define NOBODY 65534
#define CANT_BE_TRIED 77

/* Somebody else than root, who has all that root could do, and hands it on: as a service manager may start us. */
static bool become_mighty(void)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct had[2];
    if (geteuid() != 0 || syscall(SYS_capget, &head, had) != 0 || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 ||
        setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0)
        return false;
    for (unsigned i = 0; i < 2; i++)
        had[i].effective = had[i].inheritable = had[i].permitted;
    if (syscall(SYS_capset, &head, had) != 0)
        return false;
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0) == 0 &&
           prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETUID, 0, 0) == 0;
}

static void our_rights_stay_ours(void **state)
{
    (void)state;
    static const char *const none[] = { "CapPrm", "CapEff", "CapAmb" };
    struct outlet *o = hook("cat /proc/$$/status >$1/status", LONG_MS, 0);
    tools_deliver(o, 1);
    assert_string_equal(told(), "");
    const char *status = tools_file("status");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        char line[64];
        snprintf(line, sizeof line, "\n%s:\t0000000000000000\n", none[i]);
        if (!strstr(status, line))
            fail_msg("%s is not empty: %s", none[i], status);
    }
    assert_int_equal(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0), 1);
    assert_int_equal(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_SETUID, 0, 0), 1);
    outlet_free(o);
}

/* In a process of its own, which is another user's. */
static void no_right_is_inherited(void **state)
{
    (void)state;
    int status = -1;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        char *argv[] = { (char[]){ "test_outlethook" }, (char[]){ "rights" }, NULL };
        dup2(STDERR_FILENO, STDOUT_FILENO); /* the TAP is ours */
        execv("/proc/self/exe", argv);
        _exit(99);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANT_BE_TRIED)
        printf("# not tried: nobody here can hand capabilities on (that takes root)\n");
    else
        assert_int_equal(status, 0);
}

static int rights(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(our_rights_stay_ours, begin, end) };
    return become_mighty() ? cmocka_run_group_tests_name("rights", tests, NULL, NULL) : CANT_BE_TRIED;
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return rights();
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
        T(what_it_is_given),
        T(a_failure_is_told_once),
        T(hostile_words_are_escaped),
        T(one_that_hangs_is_killed),
        T(one_that_is_asked_to_end_may_end),
        T(a_flood_is_ended),
        T(what_it_leaves_behind_is_killed),
        T(it_need_not_read),
        T(calls_are_limited),
        T(what_may_not_be_run),
        T(the_end_of_us_is_its_end),
        T(no_right_is_inherited),
    };
    return cmocka_run_group_tests_name("outlethook", tests, NULL, NULL);
}
