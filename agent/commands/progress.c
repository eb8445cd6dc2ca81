/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/progress.h"

#include "agent/commands/output.h"
#include "base/buf.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define QUIET_MS 1000
#define BAR_COLUMNS 24

atomic_bool progress_stop;
static int64_t begun_ms;
static bool drawn;

static void on_signal(int number)
{
    if (atomic_exchange(&progress_stop, true)) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

void progress_catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal }; /* no SA_RESTART: a blocking read must end */
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void put_bar(struct buf *b, uint64_t done, uint64_t total)
{
    done = done > total ? total : done;
    unsigned filled = (unsigned)((double)done / (double)total * BAR_COLUMNS);
    buf_puts(b, "[");
    for (unsigned i = 0; i < BAR_COLUMNS; i++)
        buf_putc(b, i < filled ? '#' : '.');
    buf_printf(b, "] %3u%%  ", (unsigned)((double)done / (double)total * 100));
}

/* Is there somebody to look at it, and something to wait for? */
static bool worth_drawing(void)
{
    if (!begun_ms)
        begun_ms = now_ms();
    return isatty(STDERR_FILENO) && now_ms() - begun_ms >= QUIET_MS;
}

static void put_line(struct buf *b)
{
    fprintf(stderr, "\r%s\033[K", b->p);
    fflush(stderr);
    drawn = true;
    buf_clear(b);
}

void progress_draw(void *data, const struct input_progress *p)
{
    (void)data;
    if (!worth_drawing())
        return;
    struct buf b = { 0 };
    if (p->total)
        put_bar(&b, p->done, p->total);
    buf_printf(&b, "%.1f MiB", (double)p->done / 1048576);
    int room = output_width(stderr) - (int)b.n - 3;
    if (p->path && room > 8) {
        struct slice path = slice_of(p->path);
        bool cut = path.n > (size_t)room;
        buf_puts(&b, cut ? "  ..." : "  ");
        buf_terminal(&b, cut ? slice_from(path, path.n - (size_t)room + 5) : path);
    }
    put_line(&b);
}

void progress_count(void *data, size_t done, size_t total)
{
    (void)data;
    if (!total || !worth_drawing())
        return;
    struct buf b = { 0 };
    put_bar(&b, done, total);
    buf_printf(&b, "%zu of %zu", done, total);
    put_line(&b);
}

void progress_end(void)
{
    if (drawn)
        fputs("\r\033[K", stderr);
    drawn = false;
}
