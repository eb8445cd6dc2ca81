/* SPDX-License-Identifier: BSD-2-Clause */
/* Events over real UNIX sockets, whose readers are slow, die, and come back. And how an outlet is named. */
#include "outlet_tools.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* A socket that is bound to the path; a stream also listens. */
static int serve(const char *path, int type)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    strncpy(a.sun_path, path, sizeof a.sun_path - 1);
    unlink(path);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof a), 0);
    assert_true(type == SOCK_DGRAM || listen(fd, 8) == 0);
    return fd;
}

static int accept_one(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    assert_true(fd >= 0);
    return fd;
}

/* All that is there, appended. */
static void take(int fd, struct buf *b)
{
    char block[65536];
    for (ssize_t n; (n = read(fd, block, sizeof block)) > 0;)
        buf_put(b, block, (size_t)n);
}

/* Whole lines with these numbers. */
static void has_lines(const struct buf *b, uint64_t from, uint64_t to)
{
    const char *p = b->p;
    for (uint64_t n = from; n <= to; n++) {
        const char *line = tools_lines(n, 0);
        assert_memory_equal(p, line, strlen(line));
        p += strlen(line);
    }
    assert_ptr_equal(p, b->p + b->n);
}

/* Sends from `n` on until it is full; which one is LATER. */
static uint64_t fill(struct outlet *o, uint64_t n)
{
    while (tools_send(o, n) == OUTLET_SENT)
        assert_true(++n < 100000);
    assert_int_equal(tools_err.code, ERR_OK);
    return n;
}

static bool was_ready(void *arg)
{
    (void)arg;
    return tools_ready > 0;
}

static void a_reader_is_waited_for(void **state)
{
    (void)state;
    static const uint32_t waits[] = { 250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000 };
    struct outlet *o = tools_outlet("ndjson=unix:sock");
    struct buf got = { 0 };
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        assert_int_equal(tools_send(o, 1), OUTLET_LATER);
        assert_string_equal(tools_err.text, i ? "" : "sock: No such file or directory");
        assert_int_equal(outlet_wait_ms(o), waits[i]);
    }
    int listener = serve("sock", SOCK_STREAM);
    assert_int_equal(tools_send(o, 1), OUTLET_SENT);
    assert_int_equal(tools_send(o, 2), OUTLET_SENT);
    int fd = accept_one(listener);
    take(fd, &got);
    has_lines(&got, 1, 2);
    close(fd);
    close(listener);
    assert_int_equal(tools_send(o, 3), OUTLET_LATER);
    assert_string_equal(tools_err.text, "sock: Connection refused");
    assert_int_equal(outlet_wait_ms(o), 250); /* from the beginning */
    buf_clear(&got);
    outlet_free(o);
}

static void a_slow_reader_gets_all(void **state)
{
    (void)state;
    int listener = serve("sock", SOCK_STREAM);
    struct outlet *o = tools_outlet("ndjson=unix:sock");
    struct buf got = { 0 };
    uint64_t n = fill(o, 1);
    int fd = accept_one(listener);
    take(fd, &got);
    assert_true(tools_until(was_ready, NULL));
    tools_deliver(o, n);
    take(fd, &got);
    has_lines(&got, 1, n);
    close(fd);
    close(listener);
    buf_clear(&got);
    outlet_free(o);
}

/* What was sent in part is sent again whole, on the next connection. */
static void half_a_message_is_sent_again(void **state)
{
    (void)state;
    static char body[400000] = "{\"type\":\"source\",\"text\":\"";
    size_t head = strlen(body);
    memset(body + head, 'x', sizeof body - head - 3);
    memcpy(body + sizeof body - 3, "\"}", 3);
    int listener = serve("sock", SOCK_STREAM);
    struct outlet *o = tools_outlet("ndjson=unix:sock");
    struct buf got = { 0 };
    assert_int_equal(outlet_send(o, 1, slice_of(body), &tools_err), OUTLET_LATER);
    int fd = accept_one(listener);
    take(fd, &got);
    assert_in_range(got.n, 1, sizeof body - 1); /* a part of it */
    assert_true(tools_until(was_ready, NULL));
    close(fd);
    buf_reset(&got);
    tools_ready = 0;
    for (int i = 0; outlet_send(o, 1, slice_of(body), &tools_err) == OUTLET_LATER; i++) {
        assert_in_range(i, 0, 100);
        if (i == 0)
            fd = accept_one(listener);
        take(fd, &got);
        assert_true(tools_until(was_ready, NULL));
        tools_ready = 0;
    }
    take(fd, &got);
    assert_int_equal(got.n, sizeof body - 1 + strlen("\"seq\":1,") + 1);
    assert_memory_equal(got.p, "{\"seq\":1,\"type\":", 16);
    assert_string_equal(got.p + got.n - 3, "\"}\n");
    close(fd);
    close(listener);
    buf_clear(&got);
    outlet_free(o);
}

/* A process that reads a stream into a file and says so by its existence. */
static pid_t start_reader(const char *into)
{
    int listener = serve("sock", SOCK_STREAM);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char block[65536];
        fcntl(listener, F_SETFL, 0);
        int out = open(into, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), in = accept(listener, NULL, NULL);
        for (ssize_t n; (n = read(in, block, sizeof block)) > 0;)
            if (write(out, block, (size_t)n) != n)
                break;
        _exit(0);
    }
    close(listener);
    return child;
}

struct expected {
    const char *path, *text;
};

static bool is_there(void *arg)
{
    const struct expected *x = arg;
    return strcmp(tools_file(x->path), x->text) == 0;
}

static void a_reader_is_killed_in_between(void **state)
{
    (void)state;
    struct outlet *o = tools_outlet("ndjson=unix:sock");
    char text[512];
    struct expected x = { "one", text };
    pid_t child = start_reader("one");
    tools_deliver(o, 1);
    strcpy(text, tools_lines(1, 0));
    assert_true(tools_until(is_there, &x));
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(tools_send(o, 2), OUTLET_LATER);
    child = start_reader("two");
    tools_deliver(o, 2);
    tools_deliver(o, 3);
    strcpy(text, tools_lines(2, 3, 0));
    x.path = "two";
    assert_true(tools_until(is_there, &x));
    outlet_free(o);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* ---- datagrams ---- */

static ssize_t receive(int fd, char *out, size_t size)
{
    ssize_t n = recv(fd, out, size - 1, 0);
    out[n > 0 ? n : 0] = '\0';
    return n;
}

static void one_event_per_datagram(void **state)
{
    (void)state;
    char got[4096];
    struct outlet *o = tools_outlet("ndjson=unixgram:sock");
    assert_int_equal(tools_send(o, 1), OUTLET_LATER);
    assert_string_equal(tools_err.text, "sock: No such file or directory");
    int fd = serve("sock", SOCK_DGRAM);
    tools_deliver(o, 1);
    tools_deliver(o, 2);
    assert_true(receive(fd, got, sizeof got) > 0);
    assert_string_equal(got, "{\"seq\":1,\"type\":\"source\",\"id\":\"x\",\"address\":null}");
    assert_true(receive(fd, got, sizeof got) > 0);
    assert_true(receive(fd, got, sizeof got) < 0);
    uint64_t n = fill(o, 3); /* its queue is full */
    assert_true(outlet_wait_ms(o) > 0);
    assert_true(receive(fd, got, sizeof got) > 0);
    tools_deliver(o, n);
    close(fd);
    fd = serve("sock", SOCK_DGRAM); /* another receiver under the same name */
    tools_deliver(o, n + 1);
    assert_true(receive(fd, got, sizeof got) > 0);
    close(fd);
    outlet_free(o);
}

static void what_is_too_big_is_left_out(void **state)
{
    (void)state;
    static char body[4 << 20] = "{\"type\":\"source\",\"text\":\"";
    char got[4096];
    size_t head = strlen(body);
    memset(body + head, 'x', sizeof body - head - 3);
    memcpy(body + sizeof body - 3, "\"}", 3);
    int fd = serve("sock", SOCK_DGRAM);
    struct outlet *o = tools_outlet("ndjson=unixgram:sock");
    assert_int_equal(outlet_send(o, 1, slice_of(body), &tools_err), OUTLET_SENT);
    assert_int_equal(tools_err.code, ERR_LIMIT);
    assert_int_equal(outlet_send(o, 2, slice_of(body), &tools_err), OUTLET_SENT);
    assert_int_equal(tools_err.code, ERR_OK);
    assert_int_equal(outlet_left_out(o), 2);
    tools_deliver(o, 3);
    assert_true(receive(fd, got, sizeof got) > 0);
    close(fd);
    outlet_free(o);
}

#define BODY                                                                                                           \
    "{\"type\":\"source\",\"id\":\"x\",\"at\":\"2024-09-20T03:10:48.042Z\",\"text\":\"t\",\"severity\":\"warning\"}"

static void other_formats(void **state)
{
    (void)state;
    char got[4096], host[256] = "", text[512];
    int fd = serve("sock", SOCK_DGRAM);
    gethostname(host, sizeof host - 1);
    struct outlet *o = tools_outlet("syslog=unixgram:sock");
    assert_int_equal(outlet_send(o, 7, SLICE(BODY), &tools_err), OUTLET_SENT);
    assert_true(receive(fd, got, sizeof got) > 0);
    snprintf(text, sizeof text,
        "<28>1 2024-09-20T03:10:48.042Z %s sftunnel-agent %d source [sftunnel@32473 seq=\"7\" id=\"x\"] t", host,
        getpid());
    assert_string_equal(got, text);
    assert_int_equal(outlet_send(o, 8, SLICE("{\"type\":"), &tools_err), OUTLET_SENT); /* damaged */
    assert_int_equal(tools_err.code, ERR_DATA);
    assert_int_equal(outlet_left_out(o), 1);
    outlet_free(o);
    static const char *const files[] = { "syslog=f.syslog", "ecs=f.ecs" };
    for (int i = 0; i < 2; i++) { /* the last one is found again in every format */
        uint64_t number = 0;
        bool known = false;
        o = tools_outlet(files[i]);
        for (uint64_t n = 8; n <= 12; n++)
            assert_int_equal(outlet_send(o, n, SLICE(BODY), &tools_err), OUTLET_SENT);
        outlet_free(o);
        const char *path = strchr(files[i], '=') + 1;
        assert_int_equal(truncate(path, (off_t)strlen(tools_file(path)) - 1), 0);
        o = tools_outlet(files[i]);
        assert_int_equal(outlet_last(o, &number, &known, &tools_err), ERR_OK);
        assert_int_equal(number, 11);
        assert_int_equal(outlet_send(o, 12, SLICE(BODY), &tools_err), OUTLET_SENT);
        assert_int_equal(outlet_last(o, &number, &known, &tools_err), ERR_OK);
        assert_int_equal(number, 12);
        outlet_free(o);
    }
    close(fd);
}

/* ---- options ---- */

static void names(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        { "ndjson", "ndjson=-" },
        { "ecs", "ecs=-" },
        { "syslog", "syslog=unixgram:/dev/log" },
        { "ndjson=a=b", "ndjson=a=b" },
        { "ecs=unix:/run/x", "ecs=unix:/run/x" },
    };
    static const char *const bad[][2] = {
        { "ndjsn=x", "an output: has the format ndjson, ecs or syslog, not \"ndjsn\"; did you mean ndjson?" },
        { "hook=/bin/true", "an output: has the format ndjson, ecs or syslog, not \"hook\"" },
        { "", "an output: has the format ndjson, ecs or syslog, not \"\"" },
        { "ndjson=", "an output: has nothing behind the = of \"ndjson=\"" },
        { "ecs=unix:", "an output: names no socket" },
    };
    char longer[200] = "ndjson=unixgram:/";
    struct outlet_options options;
    struct err e;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct outlet *o = tools_outlet(good[i][0]);
        assert_string_equal(outlet_name(o), good[i][1]);
        outlet_free(o);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(outlet_parse(bad[i][0], &options, &e), ERR_CONFIG);
        assert_string_equal(e.text, bad[i][1]);
    }
    memset(longer + strlen(longer), 'x', 120);
    assert_int_equal(outlet_parse(longer, &options, &e), ERR_CONFIG);
    outlet_free(NULL);
}

static void only_alarms(void **state)
{
    (void)state;
    struct outlet_options options = { .format = OUTLET_NDJSON, .target = "f", .alarms_only = true, .loop = tools_loop };
    static const char *const bodies[] = {
        "{\"type\":\"attempt\",\"id\":\"a\"}",
        "{\"type\":\"incident\",\"id\":\"b\",\"alarm\":\"c\"}",
        "{\"type\":\"incident\",\"id\":\"d\",\"name\":\"\\\"alarm\\\":\\\"x\"}", /* who is called so */
        "{\"type\":\"alarm\",\"id\":\"c\"}",
        "{\"type\":\"source\",\"id\":\"e\"}",
        "{\"type\":\"verdict\",\"id\":\"f\"}",
    };
    struct outlet *o = outlet_new(&options);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        assert_int_equal(outlet_send(o, i + 1, slice_of(bodies[i]), &tools_err), OUTLET_SENT);
    assert_string_equal(tools_file("f"),
        "{\"seq\":3,\"type\":\"incident\",\"id\":\"d\",\"name\":\"\\\"alarm\\\":\\\"x\"}\n"
        "{\"seq\":4,\"type\":\"alarm\",\"id\":\"c\"}\n{\"seq\":5,\"type\":\"source\",\"id\":\"e\"}\n"
        "{\"seq\":6,\"type\":\"verdict\",\"id\":\"f\"}\n");
    assert_int_equal(outlet_left_out(o), 0); /* nobody wanted them */
    outlet_free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, tools_begin, tools_end)
        T(a_reader_is_waited_for),
        T(a_slow_reader_gets_all),
        T(half_a_message_is_sent_again),
        T(a_reader_is_killed_in_between),
        T(one_event_per_datagram),
        T(what_is_too_big_is_left_out),
        T(other_formats),
        T(names),
        T(only_alarms),
    };
    return cmocka_run_group_tests_name("outletsocket", tests, NULL, NULL);
}
