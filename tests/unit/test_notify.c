/* SPDX-License-Identifier: BSD-2-Clause */
/* What a service manager hears, on real datagram sockets: by path and by abstract name. */
#include "agent/commands/notify.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[] = "/tmp/test-notify.XXXXXX";

/* A socket that listens; name is what NOTIFY_SOCKET says. */
static int manager(const char *name)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    size_t n = strlen(name);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    memcpy(a.sun_path, name, n);
    if (name[0] == '@')
        a.sun_path[0] = '\0';
    assert_true(fd >= 0);
    assert_int_equal(
        bind(fd, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (name[0] == '/'))), 0);
    return fd;
}

/* The next datagram; what is sent is there at once. */
static const char *heard(int fd)
{
    static char text[512];
    ssize_t n = recv(fd, text, sizeof text - 1, 0);
    text[n < 0 ? 0 : n] = '\0';
    return text;
}

static void all_words(int fd, const struct notify *n)
{
    struct timespec before, after;
    long long usec = -1;
    assert_true(notify_active(n));
    assert_true(notify_ready(n, "follows 2 logs"));
    assert_string_equal(heard(fd), "READY=1\nSTATUS=follows 2 logs");
    assert_true(notify_ready(n, NULL));
    assert_string_equal(heard(fd), "READY=1");
    clock_gettime(CLOCK_MONOTONIC, &before);
    assert_true(notify_reloading(n));
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_int_equal(sscanf(heard(fd), "RELOADING=1\nMONOTONIC_USEC=%lld", &usec), 1);
    assert_true(usec >= before.tv_sec * 1000000LL + before.tv_nsec / 1000);
    assert_true(usec <= after.tv_sec * 1000000LL + after.tv_nsec / 1000);
    assert_true(notify_status(n, "a\nREADY=1\x1b"));
    assert_string_equal(heard(fd), "STATUS=a\\x0aREADY=1\\x1b");
    assert_true(notify_watchdog(n));
    assert_string_equal(heard(fd), "WATCHDOG=1");
    assert_true(notify_stopping(n, NULL));
    assert_string_equal(heard(fd), "STOPPING=1");
    assert_string_equal(heard(fd), "");
}

static void by_path_and_by_abstract_name(void **state)
{
    (void)state;
    char names[2][128];
    struct err e;
    snprintf(names[0], sizeof names[0], "%s/socket", folder);
    snprintf(names[1], sizeof names[1], "@test-notify-%ld", (long)getpid());
    for (size_t i = 0; i < 2; i++) {
        struct notify *n;
        int fd = manager(names[i]);
        setenv("NOTIFY_SOCKET", names[i], 1);
        assert_int_equal(notify_open(i, &n, &e), ERR_OK);
        assert_int_equal(getenv("NOTIFY_SOCKET") == NULL, i);
        all_words(fd, n);
        close(fd);
        assert_false(notify_ready(n, NULL)); /* he is gone: nothing but that */
        notify_close(n);
    }
    unlink(names[0]);
}

static void nobody_listens(void **state)
{
    (void)state;
    struct notify *n;
    struct err e;
    unsetenv("NOTIFY_SOCKET");
    setenv("WATCHDOG_USEC", "1000000", 1);
    unsetenv("WATCHDOG_PID");
    assert_int_equal(notify_open(false, &n, &e), ERR_OK);
    assert_false(notify_active(n) || notify_ready(n, "x") || notify_watchdog(n));
    assert_int_equal(notify_watchdog_ms(n), 0);
    notify_close(n);
    notify_close(NULL);
}

static void an_address_that_is_none(void **state)
{
    (void)state;
    char longest[200];
    memset(longest, 'x', sizeof longest - 1);
    longest[0] = '/';
    longest[sizeof longest - 1] = '\0';
    const char *const wrong[] = { "relative", "@", "/", "vsock:2:1234", longest };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct notify *n;
        struct err e;
        setenv("NOTIFY_SOCKET", wrong[i], 1);
        assert_int_equal(notify_open(true, &n, &e), ERR_CONFIG);
        assert_non_null(strstr(e.text, "NOTIFY_SOCKET"));
        assert_false(notify_active(n) || notify_ready(n, NULL));
        assert_null(getenv("NOTIFY_SOCKET"));
        notify_close(n);
    }
}

static void the_watchdog_of_this_process(void **state)
{
    (void)state;
    char mine[32], other[32];
    snprintf(mine, sizeof mine, "%ld", (long)getpid());
    snprintf(other, sizeof other, "%ld", (long)getppid());
    const struct {
        const char *usec, *pid;
        uint32_t ms;
    } cases[] = { { "30000000", NULL, 15000 }, { "30000000", mine, 15000 }, { "30000000", other, 0 }, { "1", mine, 1 },
        { "0", mine, 0 }, { "", mine, 0 }, { "-5", mine, 0 }, { "12x", mine, 0 }, { NULL, mine, 0 },
        { "18446744073709551615", mine, 86400000 }, { "99999999999999999999", mine, 0 } };
    char name[64];
    struct err e;
    snprintf(name, sizeof name, "@test-notify-dog-%ld", (long)getpid());
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct notify *n;
        setenv("NOTIFY_SOCKET", name, 1);
        unsetenv("WATCHDOG_USEC");
        unsetenv("WATCHDOG_PID");
        if (cases[i].usec)
            setenv("WATCHDOG_USEC", cases[i].usec, 1);
        if (cases[i].pid)
            setenv("WATCHDOG_PID", cases[i].pid, 1);
        assert_int_equal(notify_open(true, &n, &e), ERR_OK);
        assert_int_equal(notify_watchdog_ms(n), cases[i].ms);
        assert_null(getenv("WATCHDOG_USEC"));
        assert_null(getenv("WATCHDOG_PID"));
        notify_close(n);
    }
}

/* A manager that does not read must not stop us: what comes again anyway is dropped. */
static void a_full_queue_does_not_block(void **state)
{
    (void)state;
    char name[64];
    struct err e;
    struct notify *n;
    snprintf(name, sizeof name, "@test-notify-full-%ld", (long)getpid());
    int fd = manager(name), delivered = 0;
    setenv("NOTIFY_SOCKET", name, 1);
    assert_int_equal(notify_open(true, &n, &e), ERR_OK);
    while (delivered < 100000 && notify_watchdog(n))
        delivered++;
    assert_in_range(delivered, 1, 99999);
    assert_string_equal(heard(fd), "WATCHDOG=1");
    assert_true(notify_watchdog(n));
    notify_close(n);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_path_and_by_abstract_name),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(an_address_that_is_none),
        cmocka_unit_test(the_watchdog_of_this_process),
        cmocka_unit_test(a_full_queue_does_not_block),
    };
    if (!mkdtemp(folder))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
