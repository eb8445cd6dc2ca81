/* SPDX-License-Identifier: BSD-2-Clause */
/* Events in real files and on a real standard output: rotated, cut off, full, and without a reader. */
#include "outlet_tools.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define FILE_ "events.ndjson"

/* What the file's last event is, as a new outlet sees it; 0: it does not know. */
static uint64_t last(void)
{
    struct outlet *o = tools_outlet("ndjson=" FILE_);
    uint64_t number = 99;
    bool known = true;
    struct err e;
    assert_int_equal(outlet_last(o, &number, &known, &e), ERR_OK);
    assert_true(known == (number != 0));
    outlet_free(o);
    return number;
}

static void it_is_appended_to(void **state)
{
    (void)state;
    struct outlet *o = tools_outlet("ndjson=" FILE_);
    struct stat st;
    assert_string_equal(outlet_name(o), "ndjson=" FILE_);
    assert_int_equal(tools_send(o, 1), OUTLET_SENT);
    assert_int_equal(tools_send(o, 2), OUTLET_SENT);
    assert_string_equal(tools_file(FILE_), tools_lines(1, 2, 0));
    assert_int_equal(stat(FILE_, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(last(), 2);
    outlet_free(o);
}

static void half_a_line_is_cut_off(void **state)
{
    (void)state;
    const char *whole = tools_lines(1, 2, 0);
    const size_t first = strlen(whole) / 2;
    char some[256];
    for (size_t n = 0; n <= 2 * first; n++) {
        snprintf(some, sizeof some, "%.*s", (int)n, tools_lines(1, 2, 0));
        tools_write(FILE_, some);
        assert_int_equal(last(), n / first);
        assert_string_equal(tools_file(FILE_), n == 2 * first ? tools_lines(1, 2, 0)
                                               : n >= first   ? tools_lines(1, 0)
                                                              : "");
        struct outlet *o = tools_outlet("ndjson=" FILE_); /* also without having been asked */
        tools_write(FILE_, some);
        assert_int_equal(tools_send(o, 3), OUTLET_SENT);
        assert_string_equal(tools_file(FILE_), n == 2 * first ? tools_lines(1, 2, 3, 0)
                                               : n >= first   ? tools_lines(1, 3, 0)
                                                              : tools_lines(3, 0));
        outlet_free(o);
    }
}

/* What is not ours is not cut off. */
static void a_foreign_end_is_kept(void **state)
{
    (void)state;
    tools_write(FILE_, "root:x:0:0");
    assert_int_equal(last(), 0);
    assert_string_equal(tools_file(FILE_), "root:x:0:0\n");
    tools_write(FILE_, "{\"seq\":5,\"x\":1}\n{\"seq\":18446744073709551616}\n{\"seq\":-1}\nnoise\n");
    assert_int_equal(last(), 5);
}

static void it_may_be_rotated_away(void **state)
{
    (void)state;
    struct outlet *o = tools_outlet("ndjson=" FILE_);
    assert_int_equal(tools_send(o, 1), OUTLET_SENT);
    assert_int_equal(rename(FILE_, FILE_ ".1"), 0);
    assert_int_equal(last(), 1); /* which makes it anew, and asks the old one */
    assert_int_equal(tools_send(o, 2), OUTLET_SENT);
    assert_int_equal(unlink(FILE_), 0);
    assert_int_equal(tools_send(o, 3), OUTLET_SENT);
    assert_string_equal(tools_file(FILE_ ".1"), tools_lines(1, 0));
    assert_string_equal(tools_file(FILE_), tools_lines(3, 0));
    assert_int_equal(truncate(FILE_, 0), 0); /* copytruncate */
    assert_int_equal(tools_send(o, 4), OUTLET_SENT);
    assert_string_equal(tools_file(FILE_), tools_lines(4, 0));
    outlet_free(o);
}

static void the_newest_generation_is_asked(void **state)
{
    (void)state;
    const struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
    const struct timespec older[2] = { { .tv_sec = 900 }, { .tv_sec = 900 } };
    tools_write(FILE_ ".1", tools_lines(7, 8, 0));
    tools_write(FILE_ "-20240920", tools_lines(5, 6, 0));
    tools_write(FILE_ ".2.gz", tools_lines(98, 0));
    tools_write(FILE_ "x", tools_lines(99, 0));
    assert_int_equal(utimensat(AT_FDCWD, FILE_ ".1", old, 0), 0);
    assert_int_equal(utimensat(AT_FDCWD, FILE_ "-20240920", older, 0), 0);
    assert_int_equal(last(), 8);
    tools_write(FILE_ "-20240920", tools_lines(9, 0));
    assert_int_equal(last(), 9);
    tools_write(FILE_, tools_lines(4, 0)); /* what it says itself counts */
    assert_int_equal(last(), 4);
}

static void a_folder_that_is_missing(void **state)
{
    (void)state;
    struct outlet *o = tools_outlet("ndjson=not/yet/" FILE_);
    uint64_t number;
    bool known = true;
    assert_int_equal(outlet_last(o, &number, &known, &tools_err), ERR_CANTCREATE);
    assert_false(known);
    assert_int_equal(tools_send(o, 1), OUTLET_LATER);
    assert_string_equal(tools_err.text, "not/yet/" FILE_ ": No such file or directory");
    assert_int_equal(tools_send(o, 1), OUTLET_LATER);
    assert_int_equal(tools_err.code, ERR_OK); /* it was said */
    assert_int_equal(mkdir("not", 0700) + mkdir("not/yet", 0700), 0);
    assert_int_equal(tools_send(o, 1), OUTLET_SENT);
    assert_string_equal(tools_file("not/yet/" FILE_), tools_lines(1, 0));
    assert_int_equal(rename("not", "now"), 0);
    outlet_reopen(o);
    assert_int_equal(tools_send(o, 2), OUTLET_LATER);
    assert_string_not_equal(tools_err.text, "");
    outlet_free(o);
}

/* ---- no room ---- */

/* From here on at most `whole` lines and a half; true: all was as it should be. Exits of a child. */
static int fill(const char *file, void (*make_room)(void))
{
    char value[128];
    uint64_t n = 1;
    snprintf(value, sizeof value, "ndjson=%s", file);
    struct outlet *o = tools_outlet(value);
    while (n < 100000 && tools_send(o, n) == OUTLET_SENT)
        n++;
    const char *text = tools_file(file);
    size_t bytes = strlen(text);
    if (n == 100000 || n < 3 || text[bytes - 1] != '\n' || tools_err.code != ERR_IO || outlet_wait_ms(o) == 0)
        return 1;
    if (tools_send(o, n) != OUTLET_LATER || tools_err.code != ERR_OK || strlen(tools_file(file)) != bytes)
        return 2; /* said twice, or grown */
    make_room();
    if (tools_send(o, n) != OUTLET_SENT || tools_send(o, n + 1) != OUTLET_SENT)
        return 3;
    uint64_t expected = 0, got;
    for (const char *p = tools_file(file); *p; p = strchr(p, '\n') + 1)
        if (sscanf(p, "{\"seq\":%lu,\"type\"", &got) != 1 || got != ++expected)
            return 4;
    outlet_free(o);
    return expected == n + 1 ? 0 : 5;
}

static int in_child(int (*what)(void))
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(what());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void raise_limit(void)
{
    struct rlimit l;
    getrlimit(RLIMIT_FSIZE, &l);
    l.rlim_cur = l.rlim_max;
    setrlimit(RLIMIT_FSIZE, &l);
}

static int with_a_limit(void)
{
    struct rlimit l;
    getrlimit(RLIMIT_FSIZE, &l);
    l.rlim_cur = 1000;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &l);
    return fill(FILE_, raise_limit);
}

static void a_line_that_does_not_fit_is_taken_back(void **state)
{
    (void)state;
    assert_int_equal(in_child(with_a_limit), 0);
}

#define NO_MOUNT 77

static void remove_ballast(void)
{
    unlink("full/ballast");
}

static int with_a_full_disk(void)
{
    mkdir("full", 0700);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", "full", "tmpfs", 0, "size=64k") != 0)
        return NO_MOUNT;
    static char ballast[50000];
    memset(ballast, 'x', sizeof ballast - 1);
    tools_write("full/ballast", ballast);
    return fill("full/" FILE_, remove_ballast);
}

static void a_full_disk_loses_nothing(void **state)
{
    (void)state;
    int status = in_child(with_a_full_disk);
    if (status == NO_MOUNT) {
        print_message("# not tried: no file system can be mounted here\n"); /* cmocka's skip() is "not ok" */
        return;
    }
    assert_int_equal(status, 0);
}

/* ---- standard output ---- */

static int saved;

/* Standard output is a pipe while the outlet looks; its reading end is given back. */
static int pipe_as_stdout(struct outlet *o, uint64_t number, enum outlet_result expected)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fcntl(ends[1], F_SETPIPE_SZ, 4096);
    fflush(stdout);
    saved = dup(STDOUT_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    enum outlet_result got = tools_send(o, number);
    int flags = fcntl(STDOUT_FILENO, F_GETFL);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    assert_int_equal(got, expected);
    assert_false(flags & O_NONBLOCK); /* others have it, too */
    return ends[0];
}

static bool was_ready(void *arg)
{
    return tools_ready > *(unsigned *)arg;
}

static void a_pipe_that_is_full_is_waited_for(void **state)
{
    (void)state;
    struct outlet *o = tools_outlet("ndjson");
    char got[16384];
    size_t bytes = 0;
    ssize_t some;
    uint64_t n = 2;
    int fd = pipe_as_stdout(o, 1, OUTLET_SENT);
    for (enum outlet_result r = OUTLET_SENT; r == OUTLET_SENT; n += r == OUTLET_SENT)
        r = tools_send(o, n);
    assert_int_equal(tools_err.code, ERR_OK); /* that is no error */
    assert_true(outlet_wait_ms(o) > 0);
    unsigned before = tools_ready;
    assert_true((some = read(fd, got, sizeof got)) > 0);
    bytes = (size_t)some;
    assert_true(tools_until(was_ready, &before));
    assert_int_equal(tools_send(o, n), OUTLET_SENT);
    assert_true((some = read(fd, got + bytes, sizeof got - bytes - 1)) > 0);
    got[bytes + (size_t)some] = '\0';
    uint64_t expected = 0, number;
    for (const char *p = got; *p; p = strchr(p, '\n') + 1) { /* half a line went on where it was */
        assert_int_equal(sscanf(p, "{\"seq\":%lu,\"type\":\"source\"", &number), 1);
        assert_int_equal(number, ++expected);
    }
    assert_int_equal(expected, n);
    close(fd);
    outlet_free(o);
}

static void a_reader_that_has_gone_is_said_once(void **state)
{
    (void)state;
    struct outlet *o = tools_outlet("ndjson=-");
    close(pipe_as_stdout(o, 1, OUTLET_SENT));
    assert_false(outlet_stopped(o));
    assert_int_equal(tools_send(o, 2), OUTLET_SENT);
    assert_string_equal(tools_err.text, "standard output: nothing more is written to it: Broken pipe");
    assert_true(outlet_stopped(o));
    assert_int_equal(tools_send(o, 3), OUTLET_SENT);
    assert_int_equal(tools_err.code, ERR_OK);
    assert_int_equal(outlet_left_out(o), 2);
    outlet_free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, tools_begin, tools_end)
        T(it_is_appended_to),
        T(half_a_line_is_cut_off),
        T(a_foreign_end_is_kept),
        T(it_may_be_rotated_away),
        T(the_newest_generation_is_asked),
        T(a_folder_that_is_missing),
        T(a_line_that_does_not_fit_is_taken_back),
        T(a_full_disk_loses_nothing),
        T(a_pipe_that_is_full_is_waited_for),
        T(a_reader_that_has_gone_is_said_once),
    };
    umask(022);
    return cmocka_run_group_tests_name("outletfile", tests, NULL, NULL);
}
