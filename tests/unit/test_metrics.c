/* SPDX-License-Identifier: BSD-2-Clause */
/* Real HTTP over loopback and UNIX sockets: the loop and the clients take turns in one thread, so that nothing sleeps.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/commands/metrics.h"
#include "agent/commands/metricssocket.h"
#include "base/caps.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#define MANY 100
#define DEADLINE_MS 60000

static const char get[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";

static struct {
    uv_loop_t loop;
    struct metrics *metrics;
    char folder[64], path[96], listen[128];
    struct buf body; /* what is rendered */
    unsigned rendered;
} t;

static void render(void *arg, struct buf *out)
{
    assert_ptr_equal(arg, &t);
    assert_int_equal(out->n, 0);
    t.rendered++;
    buf_slice(out, buf_as_slice(&t.body));
}

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

static int set_up(void **state)
{
    (void)state;
    memset(&t, 0, sizeof t);
    assert_int_equal(uv_loop_init(&t.loop), 0);
    snprintf(t.folder, sizeof t.folder, "/tmp/sftunnel-metrics.XXXXXX");
    assert_non_null(mkdtemp(t.folder));
    snprintf(t.path, sizeof t.path, "%s/socket", t.folder);
    snprintf(t.listen, sizeof t.listen, "unix:%s", t.path);
    buf_puts(&t.body, "# HELP a b\n# TYPE a gauge\na 1\n");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    metrics_free(t.metrics);
    uv_run(&t.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&t.loop), 0);
    unlink(t.path);
    assert_int_equal(rmdir(t.folder), 0);
    buf_clear(&t.body);
    return 0;
}

static void begin(const char *listen)
{
    struct err e = { 0 };
    t.metrics = metrics_new(listen, render, &t, &t.loop, &e);
    if (!t.metrics)
        print_message("%s\n", e.text);
    assert_non_null(t.metrics);
}

/* ---- clients ---- */

static int dial_tcp(const char *host, unsigned port)
{
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
    bool six = strchr(host, ':') != NULL;
    assert_int_equal(inet_pton(six ? AF_INET6 : AF_INET, host, six ? (void *)&in6.sin6_addr : (void *)&in.sin_addr), 1);
    int fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    int code = six ? connect(fd, (struct sockaddr *)&in6, sizeof in6) : connect(fd, (struct sockaddr *)&in, sizeof in);
    assert_int_equal(code, 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static int dial_unix(void)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    snprintf(un.sun_path, sizeof un.sun_path, "%s", t.path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof un), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static int dial(void)
{
    struct buf b = { 0 };
    metrics_print_address(&b, t.metrics);
    int fd;
    if (strncmp(b.p, "unix:", 5) == 0) {
        fd = dial_unix();
    } else {
        const char *host = b.p[0] == '[' ? "::1" : "127.0.0.1";
        fd = dial_tcp(host, (unsigned)strtoul(strrchr(b.p, ':') + 1, NULL, 10));
    }
    buf_clear(&b);
    return fd;
}

/* One turn of the loop, and then of a client: all that is there to read. True when the other end has hung up. */
static bool turn(int fd, struct buf *got)
{
    char piece[65536];
    uv_run(&t.loop, UV_RUN_NOWAIT);
    struct pollfd p = { .fd = fd, .events = POLLIN };
    poll(&p, 1, 1);
    for (;;) {
        ssize_t n = recv(fd, piece, sizeof piece, 0);
        if (n < 0)
            return errno != EAGAIN;
        if (n == 0)
            return true;
        buf_put(got, piece, (size_t)n);
    }
}

static void read_all(int fd, struct buf *got)
{
    uint64_t end = now_ms() + DEADLINE_MS;
    while (!turn(fd, got))
        assert_true(now_ms() < end);
    buf_puts(got, "");
    close(fd);
}

/* As much as goes in; the other end may hang up before all is said. */
static void say(int fd, const char *bytes, size_t n)
{
    uint64_t end = now_ms() + DEADLINE_MS;
    while (n) {
        ssize_t w = send(fd, bytes, n, MSG_NOSIGNAL);
        if (w < 0 && errno != EAGAIN)
            return;
        if (w > 0) {
            bytes += w;
            n -= (size_t)w;
        }
        uv_run(&t.loop, UV_RUN_NOWAIT);
        assert_true(now_ms() < end);
    }
}

static void ask(const char *request, struct buf *got)
{
    int fd = dial();
    buf_reset(got);
    say(fd, request, strlen(request));
    read_all(fd, got);
}

static const char *body_of(const struct buf *got)
{
    const char *at = got->n ? strstr(got->p, "\r\n\r\n") : NULL;
    assert_non_null(at);
    return at + 4;
}

static bool begins(const struct buf *got, const char *with)
{
    return got->n >= strlen(with) && memcmp(got->p, with, strlen(with)) == 0;
}

static void good(const struct buf *got)
{
    assert_true(begins(got, "HTTP/1.1 200 "));
    assert_string_equal(body_of(got), t.body.p);
}

static void still_good(void)
{
    struct buf got = { 0 };
    ask(get, &got);
    good(&got);
    buf_clear(&got);
}

/* ---- addresses ---- */

static void only_loopback(void **state)
{
    static const struct {
        const char *listen, *why;
    } bad[] = {
        { "0.0.0.0:9745", "other hosts" },
        { "192.0.2.1:9745", "other hosts" },
        { "[::]:9745", "other hosts" },
        { "[::ffff:127.0.0.1]:9745", "other hosts" },
        { "[2001:db8::1]:9745", "other hosts" },
        { "localhost:9745", "is no address" },
        { "[::1%lo]:9745", "is no address" },
        { "127.1:9745", "is no address" },
        { ":9745", "is no address" },
        { "127.0.0.1", "is wanted" },
        { "127.0.0.1:", "is wanted" },
        { "127.0.0.1:65536", "65535" },
        { "127.0.0.1:99999999999999999999", "65535" },
        { "127.0.0.1:-1", "is wanted" },
        { "127.0.0.1:80 ", "is wanted" },
        { "::1:9745", "is wanted" },
        { "[::1]", "is wanted" },
        { "[::1:9745", "is wanted" },
        { "[]:1", "brackets" },
        { "[127.0.0.1]:1", "brackets" },
        { "", "is wanted" },
        { "unix:", "absolute path" },
        { "unix:metrics", "absolute path" },
    };
    static const char *const right[] = { "127.0.0.1:9745", "127.255.0.9:1", "[::1]:9745", "unix:/run/x" };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err e = { 0 };
        if (metricssocket_check(bad[i].listen, &e) != ERR_USAGE || !strstr(e.text, bad[i].why))
            fail_msg("%s: %s", bad[i].listen, e.text);
    }
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        struct err e = { 0 };
        if (metricssocket_check(right[i], &e) != ERR_OK)
            fail_msg("%s: %s", right[i], e.text);
    }
    char longer[200] = "unix:/";
    memset(longer + 6, 'x', 150);
    struct err e = { 0 };
    assert_int_equal(metricssocket_check(longer, &e), ERR_USAGE);
    assert_non_null(strstr(e.text, "107 bytes"));
}

static void port_is_taken(void **state)
{
    (void)state;
    struct buf b = { 0 };
    struct err e = { 0 };
    begin("127.0.0.1:0");
    metrics_print_address(&b, t.metrics);
    assert_null(metrics_new(b.p, render, &t, &t.loop, &e));
    assert_int_equal(e.os, EADDRINUSE);
    buf_clear(&b);
}

/* ---- answers ---- */

static void answers(const char *listen)
{
    struct buf got = { 0 };
    char length[64];
    begin(listen);
    ask(get, &got);
    good(&got);
    snprintf(length, sizeof length, "Content-Length: %zu\r\n", t.body.n);
    assert_non_null(strstr(got.p, length));
    assert_non_null(strstr(got.p, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    assert_int_equal(t.rendered, 1);
    ask("GET /metrics?x=1 HTTP/1.1\r\nHost: x\r\nAccept: text/plain\r\n\r\n", &got);
    good(&got);
    ask("GET /metrics HTTP/1.0\r\n\r\n", &got);
    assert_string_equal(body_of(&got), t.body.p);
    ask("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n", &got);
    assert_true(begins(&got, "HTTP/1.1 200 "));
    assert_non_null(strstr(got.p, length));
    assert_string_equal(body_of(&got), "");
    ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n", &got);
    assert_true(begins(&got, "HTTP/1.1 200 "));
    assert_non_null(strstr(body_of(&got), "/metrics"));
    unsigned before = t.rendered;
    ask("GET /metrics/ HTTP/1.1\r\nHost: x\r\n\r\n", &got);
    assert_true(begins(&got, "HTTP/1.1 404 "));
    ask("GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", &got);
    assert_true(begins(&got, "HTTP/1.1 404 "));
    ask("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", &got);
    assert_true(begins(&got, "HTTP/1.1 405 "));
    assert_non_null(strstr(got.p, "Allow: GET, HEAD\r\n"));
    ask("DELETE / HTTP/1.1\r\nHost: x\r\n\r\n", &got);
    assert_true(begins(&got, "HTTP/1.1 405 "));
    assert_int_equal(t.rendered, before);
    buf_clear(&got);
}

static void answers_tcp(void **state)
{
    (void)state;
    answers("127.0.0.1:0");
}

static void answers_tcp6(void **state)
{
    struct metricssocket s;
    struct err e;
    (void)state;
    if (metricssocket_open("[::1]:0", &s, &e) != ERR_OK) {
        print_message("# no IPv6 here: %s\n", e.text);
        assert_true(e.os == EADDRNOTAVAIL || e.os == EAFNOSUPPORT);
        return;
    }
    metricssocket_close(&s);
    answers("[::1]:0");
}

static void answers_unix(void **state)
{
    (void)state;
    answers(t.listen);
}

static void large(void **state)
{
    struct buf got = { 0 };
    (void)state;
    begin("127.0.0.1:0");
    for (unsigned i = 0; i < 200000; i++)
        buf_printf(&t.body, "a{peer=\"%u\"} %u\n", i, i);
    ask(get, &got);
    good(&got);
    buf_reset(&t.body);
    ask(get, &got);
    good(&got);
    buf_clear(&got);
}

static void two_at_once_is_one(void **state)
{
    struct buf got = { 0 };
    char twice[2 * sizeof get];
    (void)state;
    begin(t.listen);
    snprintf(twice, sizeof twice, "%s%s", get, get);
    ask(twice, &got);
    good(&got);
    assert_int_equal(t.rendered, 1);
    buf_clear(&got);
}

/* ---- those who don't behave ---- */

static void broken(void **state)
{
    static const char *const requests[] = { "\r\n\r\n\r\n", "GET\r\n\r\n", "GET /metrics\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", "GET /metrics HTTP/9.9\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nno colon\r\n\r\n", "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET /%00%ff%2e%2e/ HTTP/1.1\r\nHost: x\r\n\r\n" };
    struct buf got = { 0 };
    (void)state;
    begin("127.0.0.1:0");
    int fds[sizeof requests / sizeof *requests];
    const size_t n = sizeof fds / sizeof *fds;
    for (size_t i = 0; i < n; i++) {
        fds[i] = dial();
        say(fds[i], requests[i], strlen(requests[i]));
        shutdown(fds[i], SHUT_WR);
        still_good();
    }
    for (size_t i = 0; i < n; i++) { /* some are hung up on only when their time is over */
        buf_reset(&got);
        read_all(fds[i], &got);
        still_good();
    }
    for (unsigned i = 0; i < 20; i++) { /* half a request, and gone */
        int fd = dial();
        say(fd, get, i);
        close(fd);
    }
    still_good();
    buf_clear(&got);
}

static void huge(void **state)
{
    struct buf got = { 0 }, request = { 0 };
    (void)state;
    begin(t.listen);
    for (unsigned k = 0; k < 3; k++) { /* a long path, a long header, many headers */
        buf_reset(&request);
        buf_puts(&request, k ? "GET /metrics HTTP/1.1\r\nHost: x\r\n" : "GET /");
        if (k == 1)
            buf_puts(&request, "X: ");
        for (unsigned i = 0; i < 100000; i++)
            buf_puts(&request, k == 2 ? "A: b\r\n" : "aaaaaaaa");
        buf_puts(&request, k ? "\r\n\r\n" : " HTTP/1.1\r\n\r\n");
        ask(request.p, &got);
        assert_false(begins(&got, "HTTP/1.1 200 "));
        still_good();
    }
    assert_int_equal(t.rendered, 3);
    buf_clear(&got);
    buf_clear(&request);
}

/* One says a byte now and then, one nothing, one doesn't take its answer; others are served meanwhile. */
static void slow(void **state)
{
    struct buf got[3] = { { 0 }, { 0 }, { 0 } };
    bool over[3] = { false, false, false };
    size_t said = 0;
    (void)state;
    begin("127.0.0.1:0");
    while (t.body.n < 32 << 20)
        buf_printf(&t.body, "a{peer=\"%zu\"} 1\n", t.body.n);
    uint64_t start = now_ms(), next = 0;
    int fds[3] = { dial(), dial(), dial() };
    say(fds[2], get, strlen(get));
    while (t.rendered < 1)
        uv_run(&t.loop, UV_RUN_NOWAIT);
    buf_reset(&t.body);
    buf_puts(&t.body, "a 1\n");
    while (!over[0] || !over[1]) {
        if (!over[0] && said < 40 && now_ms() >= next) {
            (void)!send(fds[0], "G", 1, MSG_NOSIGNAL);
            said++;
            next = now_ms() + 300;
        }
        for (unsigned i = 0; i < 2; i++)
            over[i] = over[i] || turn(fds[i], &got[i]);
        if (said == 3)
            still_good();
        assert_true(now_ms() - start < DEADLINE_MS);
    }
    assert_true(now_ms() - start >= CAP_METRICS_SECONDS * 900);
    while (!over[2]) { /* it takes what had been sent, not all */
        over[2] = turn(fds[2], &got[2]);
        assert_true(now_ms() - start < DEADLINE_MS);
    }
    assert_true(got[2].n > 0 && got[2].n < 32 << 20);
    assert_true(said < 40);
    for (unsigned i = 0; i < 3; i++) {
        buf_clear(&got[i]);
        close(fds[i]);
    }
    still_good();
}

static void many(void **state)
{
    static struct buf got[MANY];
    int fds[MANY];
    unsigned over = 0;
    (void)state;
    begin("127.0.0.1:0");
    for (unsigned i = 0; i < MANY; i++) {
        fds[i] = dial();
        assert_int_equal(send(fds[i], get, strlen(get), MSG_NOSIGNAL), strlen(get));
    }
    uint64_t end = now_ms() + DEADLINE_MS;
    while (over < MANY) {
        for (unsigned i = 0; i < MANY; i++)
            if (fds[i] >= 0 && turn(fds[i], &got[i])) {
                buf_puts(&got[i], "");
                good(&got[i]);
                buf_clear(&got[i]);
                close(fds[i]);
                fds[i] = -1;
                over++;
            }
        assert_true(now_ms() < end);
    }
    assert_int_equal(t.rendered, MANY);
}

/* More who say nothing than may connect: whoever comes then waits for them to be hung up on, and is served. */
static void crowd(void **state)
{
    int fds[CAP_METRICS_CONNECTIONS + 8];
    const size_t n = sizeof fds / sizeof *fds;
    (void)state;
    begin(t.listen);
    for (size_t i = 0; i < n; i++) {
        fds[i] = dial();
        uv_run(&t.loop, UV_RUN_NOWAIT);
    }
    still_good();
    for (size_t i = 0; i < n; i++)
        close(fds[i]);
    still_good();
}

static void ends_with_connections(void **state)
{
    (void)state;
    begin(t.listen);
    int idle = dial(), half = dial();
    say(half, get, 10);
    metrics_free(t.metrics);
    t.metrics = NULL;
    struct buf got = { 0 };
    read_all(idle, &got);
    read_all(half, &got);
    assert_int_equal(got.n, 0);
    buf_clear(&got);
}

/* ---- the path of a socket ---- */

static void path_of_socket(void **state)
{
    struct metricssocket s, other;
    struct stat st;
    struct err e;
    (void)state;
    mode_t before = umask(0);
    assert_int_equal(metricssocket_open(t.listen, &s, &e), ERR_OK);
    assert_int_equal(stat(t.path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0660);
    umask(before);
    assert_int_equal(metricssocket_open(t.listen, &other, &e), ERR_CANTCREATE); /* somebody listens */
    assert_int_equal(e.os, EADDRINUSE);
    assert_int_equal(unlink(t.path), 0);
    assert_int_equal(metricssocket_open(t.listen, &other, &e), ERR_OK);
    metricssocket_close(&s); /* the path is no longer that one's */
    assert_int_equal(stat(t.path, &st), 0);
    close(other.fd); /* as after a crash */
    free(other.path);
    umask(0777);
    assert_int_equal(metricssocket_open(t.listen, &s, &e), ERR_OK);
    umask(before);
    assert_int_equal(stat(t.path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    metricssocket_close(&s);
    assert_int_equal(stat(t.path, &st), -1);
}

static void never_a_file(void **state)
{
    struct metricssocket s;
    struct stat st;
    struct err e;
    (void)state;
    FILE *f = fopen(t.path, "w");
    assert_non_null(f);
    assert_true(fputs("precious", f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(metricssocket_open(t.listen, &s, &e), ERR_CANTCREATE);
    assert_non_null(strstr(e.text, "is no socket"));
    assert_int_equal(stat(t.path, &st), 0);
    assert_int_equal(st.st_size, 8);
    assert_int_equal(unlink(t.path), 0);
    assert_int_equal(symlink("/dev/null", t.path), 0);
    assert_int_equal(metricssocket_open(t.listen, &s, &e), ERR_CANTCREATE);
    assert_int_equal(lstat(t.path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(metricssocket_open("unix:/nowhere/there/socket", &s, &e), ERR_CANTCREATE);
    assert_int_equal(e.os, ENOENT);
}

/* The other variant: it refuses, with what to do instead. */
static void not_built(void **state)
{
    struct err e = { 0 };
    (void)state;
    assert_null(metrics_new("127.0.0.1:0", render, &t, &t.loop, &e));
    assert_int_equal(e.code, ERR_USAGE);
    assert_non_null(strstr(e.text, "without libmicrohttpd"));
    assert_non_null(strstr(e.text, "--metrics-file"));
}

int main(void)
{
    static const struct CMUnitTest sockets[] = {
        cmocka_unit_test(only_loopback),
        cmocka_unit_test_setup_teardown(path_of_socket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(never_a_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(not_built, set_up, tear_down),
    };
    static const struct CMUnitTest all[] = {
        cmocka_unit_test(only_loopback),
        cmocka_unit_test_setup_teardown(port_is_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_tcp, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_tcp6, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_unix, set_up, tear_down),
        cmocka_unit_test_setup_teardown(large, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_at_once_is_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(broken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(huge, set_up, tear_down),
        cmocka_unit_test_setup_teardown(slow, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(crowd, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_with_connections, set_up, tear_down),
        cmocka_unit_test_setup_teardown(path_of_socket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(never_a_file, set_up, tear_down),
    };
    if (strcmp(BUILD_METRICS, "no") == 0)
        return cmocka_run_group_tests_name("metrics", sockets, NULL, NULL);
    return cmocka_run_group_tests_name("metrics", all, NULL, NULL);
}
