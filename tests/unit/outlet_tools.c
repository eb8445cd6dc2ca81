/* SPDX-License-Identifier: BSD-2-Clause */
#include "outlet_tools.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>
#include <cmocka.h>

uv_loop_t *tools_loop;
struct err tools_err;
unsigned tools_ready;

static uv_loop_t loop;
static char folder[64], home[4096];
static struct buf text;

int tools_begin(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/sftunnel-out.XXXXXX");
    tools_loop = &loop;
    tools_ready = 0;
    return !(getcwd(home, sizeof home) && mkdtemp(folder) && chdir(folder) == 0 && uv_loop_init(&loop) == 0);
}

static int remove_it(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

int tools_end(void **state)
{
    (void)state;
    uv_run(&loop, UV_RUN_DEFAULT); /* what was closed ends; what was not hangs here and is seen */
    int closed = uv_loop_close(&loop);
    buf_clear(&text);
    return chdir(home) != 0 || nftw(folder, remove_it, 16, FTW_DEPTH | FTW_PHYS) != 0 || closed != 0;
}

static void on_ready(void *arg)
{
    (void)arg;
    tools_ready++;
    uv_stop(&loop);
}

struct outlet *tools_outlet(const char *value)
{
    struct outlet_options o;
    struct err e;
    assert_int_equal(outlet_parse(value, &o, &e), ERR_OK);
    o.loop = &loop;
    struct outlet *out = outlet_new(&o);
    outlet_on_ready(out, on_ready, NULL);
    return out;
}

enum outlet_result tools_send(struct outlet *o, uint64_t number)
{
    return outlet_send(o, number, SLICE(TOOLS_BODY), &tools_err);
}

/* ---- waiting ---- */

static void on_time(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
    uv_stop(timer->loop);
}

/* Runs the loop for at most so long; a callback may stop it earlier. */
static void run_for(uint64_t ms)
{
    bool over = false;
    uv_timer_t timer = { .data = &over };
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, on_time, ms, 0);
    uv_run(&loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
}

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

void tools_deliver(struct outlet *o, uint64_t number)
{
    uint64_t end = now_ms() + TOOLS_LONG_MS;
    while (tools_send(o, number) == OUTLET_LATER) {
        assert_true(now_ms() < end);
        assert_true(outlet_wait_ms(o) > 0);
        run_for(outlet_wait_ms(o));
    }
}

bool tools_until(bool (*so)(void *arg), void *arg)
{
    uint64_t end = now_ms() + TOOLS_LONG_MS;
    while (!so(arg)) {
        if (now_ms() >= end)
            return false;
        run_for(5);
    }
    return true;
}

/* ---- files ---- */

const char *tools_file(const char *path)
{
    char block[65536];
    buf_reset(&text);
    buf_puts(&text, "");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    for (ssize_t n; fd >= 0 && (n = read(fd, block, sizeof block)) > 0;)
        buf_put(&text, block, (size_t)n);
    if (fd >= 0)
        close(fd);
    return text.p;
}

void tools_write(const char *path, const char *what)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, what, strlen(what)), strlen(what));
    close(fd);
}

const char *tools_lines(uint64_t first, ...)
{
    static struct buf lines;
    va_list ap;
    buf_reset(&lines);
    va_start(ap, first);
    for (uint64_t n = first; n; n = va_arg(ap, int))
        buf_printf(&lines, "{\"seq\":%llu,%s\n", (unsigned long long)n, &TOOLS_BODY[1]);
    va_end(ap);
    return lines.p;
}
