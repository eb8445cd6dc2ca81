/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * follower LOG STATE: tells each line of a log as "order offset flags text" and keeps its marks in a file, as a program
 * that follows logs would: what is not in the marks is told again. For follow.py.
 */
#include "agent/sources/taillines.h"
#include "agent/sources/tailwatch.h"
#include "base/mem.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
    (void)number;
    ended = 1;
}

static void on_line(void *arg, const struct tailline *l)
{
    (void)arg;
    printf("%llu %llu %u %.*s\n", (unsigned long long)l->order, (unsigned long long)l->offset, l->flags, (int)l->text.n,
        l->text.p);
}

static void on_event(void *arg, const struct tail_event *e)
{
    (void)arg;
    fprintf(stderr, "event %d order %llu offset %llu bytes %llu: %s\n", e->kind, (unsigned long long)e->order,
        (unsigned long long)e->offset, (unsigned long long)e->bytes, e->text);
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    exit(1);
}

static void load(struct tail *t, const char *path)
{
    struct tail_mark *marks = mem_zalloc(TAIL_MARKS_MOST, sizeof *marks);
    char line[CAP_TAIL_MARK_BYTES + 2];
    struct err e;
    size_t n = 0;
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f) && n < TAIL_MARKS_MOST)
        if (tailmark_parse(slice_of(line), &marks[n++], &e) != ERR_OK) {
            fprintf(stderr, "%s\n", e.text);
            exit(1);
        }
    if (f && tail_restore(t, marks, n, &e) != ERR_OK) {
        fprintf(stderr, "%s\n", e.text);
        exit(1);
    }
    if (f)
        fclose(f);
    free(marks);
}

/* Lines first, then how far they go. */
static void save(const struct tail *t, const char *path)
{
    static struct tail_mark marks[TAIL_MARKS_MOST];
    struct buf text = { 0 };
    char other[4096];
    size_t n = tail_marks(t, marks);
    must(fflush(stdout) == 0, "stdout");
    for (size_t i = 0; i < n; i++)
        tailmark_print(&text, &marks[i]);
    snprintf(other, sizeof other, "%s.new", path);
    FILE *f = fopen(other, "w");
    must(f && fwrite(text.n ? text.p : "", 1, text.n, f) == text.n && fclose(f) == 0, other);
    must(rename(other, path) == 0, path);
    buf_clear(&text);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 64;
    struct taillines *lines = taillines_new(on_line, on_event, NULL);
    struct tail_options o = { .path = argv[1], .begin = TAIL_BEGIN_FILE, .sink = taillines_sink(lines) };
    struct tail *t = tail_new(&o);
    struct tailwatch *w = tailwatch_new(NULL);
    struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
    uint64_t saved = 0;
    signal(SIGTERM, on_signal);
    load(t, argv[2]);
    while (!ended) {
        bool more = tail_reconcile(t, now_ms());
        more |= tailwatch_follow(w, t);
        must(fflush(stdout) == 0, "stdout");
        if (now_ms() - saved >= 50) {
            save(t, argv[2]);
            saved = now_ms();
        }
        tailwatch_fds(w, &fds[0].fd, &fds[1].fd);
        (void)poll(fds, 2, more ? 0 : TAIL_POLL_MS);
        tailwatch_drain(w);
    }
    save(t, argv[2]);
    tailwatch_free(w);
    tail_free(t);
    taillines_free(lines);
    return 0;
}
