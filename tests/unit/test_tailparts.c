/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a tail that stand alone: marks as text, lines from bytes, and what says "look now". */
#include "agent/sources/taillines.h"
#include "agent/sources/tailwatch.h"
#include "base/mem.h"
#include "tests/unit/sources_maker.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

/* ---- marks ---- */

static struct tail_mark a_mark(size_t n)
{
    struct tail_mark m = { .kind = TAILMARK_OPEN, .place = TAIL_IN_LONG, .log = 77, .order = 12, .offset = n };
    char text[2000];
    memset(text, 'a', sizeof text);
    text[0] = '\0';
    m.id = (struct tailid){ .fs = UINT64_MAX, .dev = 3, .ino = 4, .type = -1, .handle_n = 5, .handle = { 0, 255, 7 } };
    tailprint_set(&m.print, n, (struct slice){ text, n < 1024 ? n : 1024 }, (struct slice){ text, n });
    return m;
}

static void marks_are_text(void **state)
{
    static const size_t sizes[] = { 0, 1, 63, 64, 65, 127, 128, 1023, 1024, 1500 };
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct tail_mark m = a_mark(sizes[i]), again;
        struct buf b = { 0 };
        struct err e;
        tailmark_print(&b, &m);
        assert_true(b.n < CAP_TAIL_MARK_BYTES && b.p[b.n - 1] == '\n');
        assert_int_equal(tailmark_parse(buf_as_slice(&b), &again, &e), ERR_OK);
        struct buf c = { 0 };
        tailmark_print(&c, &again);
        assert_string_equal(b.p, c.p);
        for (size_t n = 0; n + 1 < b.n; n++) /* cut off */
            assert_int_not_equal(tailmark_parse((struct slice){ b.p, n }, &again, &e), ERR_OK);
        for (size_t n = 0; n + 1 < b.n; n++) /* damaged */
            for (int bit = 0; bit < 8; bit++) {
                b.p[n] ^= (char)(1 << bit);
                assert_int_not_equal(tailmark_parse(buf_as_slice(&b), &again, &e), ERR_OK);
                b.p[n] ^= (char)(1 << bit);
            }
        buf_clear(&b);
        buf_clear(&c);
    }
}

/* A right checksum does not make a wrong mark right. */
static void contradictions(void **state)
{
    (void)state;
    struct tail_mark bad[] = { a_mark(100), a_mark(100), a_mark(100), a_mark(100), a_mark(100), a_mark(100) }, m;
    bad[0].order = 0;
    bad[1].offset = 99;
    bad[2].kind = TAILMARK_SEEN;
    bad[3].offset = 1ULL << 63;
    bad[4].kind = (enum tailmark_kind)9;
    bad[5].print.n = 2000;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct buf b = { 0 };
        struct err e;
        tailmark_print(&b, &bad[i]);
        assert_int_equal(tailmark_parse(buf_as_slice(&b), &m, &e), ERR_DATA);
        buf_clear(&b);
    }
    struct err e;
    char *long_one = mem_zalloc(1, CAP_TAIL_MARK_BYTES + 1);
    assert_int_equal(tailmark_parse((struct slice){ long_one, CAP_TAIL_MARK_BYTES + 1 }, &m, &e), ERR_LIMIT);
    free(long_one);
    assert_int_equal(tailmark_parse(SLICE(""), &m, &e), ERR_DATA);
    assert_int_equal(tailmark_parse(SLICE("tail1 d6a1ce8f0a6a8c3e"), &m, &e), ERR_DATA);
}

static void ignore_bytes(void *arg, uint64_t order, uint64_t offset, struct slice bytes)
{
    (void)arg, (void)order, (void)offset, (void)bytes;
}

static void of_another_log(void **state)
{
    (void)state;
    struct tail_options o = { .path = made("x/log"), .sink.bytes = ignore_bytes };
    struct tail_mark marks[2] = { a_mark(100), a_mark(100) };
    struct err e;
    struct tail *t = tail_new(&o);
    assert_int_equal(tail_restore(t, marks, 1, &e), ERR_DATA);
    assert_non_null(strstr(e.text, "another log"));
    marks[0].log = marks[1].log = tailprint_hash(TAILPRINT_SEED, slice_of(o.path));
    assert_int_equal(tail_restore(t, marks, 2, &e), ERR_DATA);
    assert_non_null(strstr(e.text, "one generation"));
    assert_int_equal(tail_restore(t, marks, 1, &e), ERR_OK);
    tail_free(t);
}

/* ---- lines ---- */

static struct buf told;

static void on_line(void *arg, const struct tailline *l)
{
    (void)arg;
    buf_printf(
        &told, "%llu:%llu:%u:%zu ", (unsigned long long)l->order, (unsigned long long)l->offset, l->flags, l->text.n);
    if (l->text.n < 100)
        buf_slice(&told, l->text);
    buf_putc(&told, '\n');
}

/* In pieces of any size it is the same. */
static void lines_in_pieces(void **state)
{
    (void)state;
    unsigned seed = getenv("SEED") ? (unsigned)strtoul(getenv("SEED"), NULL, 10) : (unsigned)time(NULL);
    print_message("SEED=%u\n", seed);
    struct buf text = { 0 }, whole = { 0 };
    for (int i = 0; i < 60; i++) {
        static const unsigned lengths[] = { 0, 1, 20, 300, CAP_TAIL_LINE_BYTES - 1, CAP_TAIL_LINE_BYTES,
            CAP_TAIL_LINE_BYTES + 1, 30000 };
        for (unsigned n = lengths[(unsigned)rand_r(&seed) % 8]; n; n--)
            buf_putc(&text, (char)(rand_r(&seed) % 256));
        buf_putc(&text, '\n');
    }
    buf_puts(&text, "half");
    for (int round = 0; round < 40; round++) {
        struct taillines *l = taillines_new(on_line, NULL, NULL);
        struct tail_sink k = taillines_sink(l);
        k.begin(k.arg, 3, 50, TAIL_IN_LINE);
        for (size_t at = 0; at < text.n;) {
            size_t n = round ? 1 + (unsigned)rand_r(&seed) % 9000 : text.n;
            n = n < text.n - at ? n : text.n - at;
            k.bytes(k.arg, 3, 50 + at, (struct slice){ text.p + at, n });
            at += n;
        }
        enum tail_place place;
        assert_int_equal(k.held(k.arg, 3, &place), 4);
        assert_int_equal(place, TAIL_AT_LINE);
        k.end(k.arg, 3);
        assert_int_equal(k.held(k.arg, 3, &place), 0);
        if (round == 0)
            buf_slice(&whole, buf_as_slice(&told));
        assert_true(slice_eq(buf_as_slice(&told), buf_as_slice(&whole)));
        buf_reset(&told);
        taillines_free(l);
    }
    buf_clear(&text);
    buf_clear(&whole);
}

static void long_and_odd_lines(void **state)
{
    (void)state;
    char *big = mem_alloc(1000000);
    memset(big, 'x', 1000000);
    struct taillines *l = taillines_new(on_line, NULL, NULL);
    struct tail_sink k = taillines_sink(l);
    enum tail_place place;
    k.begin(k.arg, 1, 0, TAIL_AT_LINE);
    k.bytes(k.arg, 1, 0, (struct slice){ big, 1000000 });
    assert_int_equal(k.held(k.arg, 1, &place), 0);
    assert_int_equal(place, TAIL_IN_LONG);
    k.bytes(k.arg, 1, 1000000, (struct slice){ "xx\na\0b\r\n\n", 9 });
    assert_int_equal(taillines_count(l)->passed_over, 1000002 - CAP_TAIL_LINE_BYTES);
    assert_int_equal(taillines_count(l)->cut, 1);
    const char want[] = "1:0:1:8192 \n1:1000003:0:4 a\0b\r\n1:1000008:0:0 \n";
    assert_int_equal(told.n, sizeof want - 1);
    assert_memory_equal(told.p, want, told.n);
    buf_reset(&told);
    taillines_free(l);
    /* where a restart goes on in the middle of a long one, nothing more of it is told */
    l = taillines_new(on_line, NULL, NULL);
    k = taillines_sink(l);
    k.begin(k.arg, 1, 500, TAIL_IN_LONG);
    k.bytes(k.arg, 1, 500, SLICE("rest\nnext\n"));
    assert_string_equal(told.p, "1:505:0:4 next\n");
    buf_reset(&told);
    taillines_free(l);
    free(big);
}

/* ---- watches ---- */

static struct tail *follow(const char *path, struct taillines **l)
{
    *l = taillines_new(on_line, NULL, NULL);
    struct tail_options o = { .path = path, .begin = TAIL_BEGIN_FILE, .sink = taillines_sink(*l) };
    return tail_new(&o);
}

static void look(struct tail *t, struct tailwatch *w)
{
    do
        while (tail_reconcile(t, 1000))
            ;
    while (tailwatch_follow(w, t));
}

static void add(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0644);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void woken_by_what_matters(void **state)
{
    (void)state;
    const char *log = make_file("w/log", SLICE("")), *other = make_file("w/other", SLICE(""));
    struct taillines *l;
    struct tail *t = follow(log, &l);
    struct tailwatch *w = tailwatch_new(NULL);
    look(t, w);
    tailwatch_drain(w);
    look(t, w);
    assert_false(tailwatch_drain(w)); /* looking itself wakes nobody */
    add(other, "a busy neighbour\n");
    assert_false(tailwatch_drain(w));
    add(log, "1\n");
    assert_true(tailwatch_drain(w));
    look(t, w);
    assert_string_equal(told.p, "1:0:0:1 1\n");
    int fd = open(log, O_WRONLY | O_APPEND);
    rename(log, made("w/log.1"));
    assert_true(tailwatch_drain(w));
    look(t, w);
    tailwatch_drain(w);
    assert_int_equal(write(fd, "2\n", 2), 2); /* the one who lingers */
    assert_true(tailwatch_drain(w));
    add(log, "3\n");
    assert_true(tailwatch_drain(w));
    look(t, w);
    add(log, "4\n");
    assert_true(tailwatch_drain(w));
    look(t, w);
    assert_string_equal(told.p, "1:0:0:1 1\n1:2:0:1 2\n2:0:0:1 3\n2:2:0:1 4\n");
    assert_null(tailwatch_trouble(w));
    close(fd);
    buf_reset(&told);
    tail_free(t);
    taillines_free(l);
    tailwatch_free(w);
}

/* T7: two writers in turn, whose events do not melt into one: the queue runs over, and nothing is lost. */
static void queue_runs_over(void **state)
{
    (void)state;
    const char *log = make_file("over/log", SLICE("")), *old = made("over/log.1");
    struct taillines *l;
    struct tail *t = follow(log, &l);
    struct tailwatch *w = tailwatch_new(NULL);
    look(t, w);
    int a = open(log, O_WRONLY | O_APPEND);
    rename(log, old);
    add(log, "");
    look(t, w);
    int b = open(log, O_WRONLY | O_APPEND);
    for (int i = 0; i < 20000; i++) {
        assert_int_equal(write(a, "a\n", 2), 2);
        assert_int_equal(write(b, "b\n", 2), 2);
    }
    rename(old, made("over/log.2"));
    rename(log, old);
    add(log, "c\n");
    assert_true(tailwatch_drain(w));
    look(t, w);
    assert_int_equal(taillines_count(l)->lines, 40001);
    close(a);
    close(b);
    buf_reset(&told);
    tail_free(t);
    taillines_free(l);
    tailwatch_free(w);
}

static int refuse_init(int flags)
{
    (void)flags;
    errno = EMFILE;
    return -1;
}

static int refuse_add(int fd, const char *path, uint32_t mask)
{
    (void)fd, (void)path, (void)mask;
    errno = ENOSPC;
    return -1;
}

static void no_watches(void **state)
{
    static const struct tailwatch_calls calls[] = { { refuse_init, inotify_add_watch }, { inotify_init1, refuse_add } };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const char *log = make_file(i ? "none/log" : "none2/log", SLICE("1\n"));
        struct taillines *l;
        struct tail *t = follow(log, &l);
        struct tailwatch *w = tailwatch_new(&calls[i]);
        int folders, files;
        tailwatch_fds(w, &folders, &files);
        assert_true((folders < 0) == (i == 0));
        look(t, w);
        const char *trouble = tailwatch_trouble(w);
        assert_non_null(trouble);
        assert_non_null(strstr(trouble, i ? "No space left" : "Too many open files"));
        add(log, "2\n");
        assert_false(tailwatch_drain(w));
        look(t, w);
        assert_null(tailwatch_trouble(w)); /* said once */
        assert_string_equal(told.p, "1:0:0:1 1\n1:2:0:1 2\n");
        buf_reset(&told);
        tail_free(t);
        taillines_free(l);
        tailwatch_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_are_text),
        cmocka_unit_test(contradictions),
        cmocka_unit_test(of_another_log),
        cmocka_unit_test(lines_in_pieces),
        cmocka_unit_test(long_and_odd_lines),
        cmocka_unit_test(woken_by_what_matters),
        cmocka_unit_test(queue_runs_over),
        cmocka_unit_test(no_watches),
    };
    make_place();
    int failed = cmocka_run_group_tests_name("tailparts", tests, NULL, NULL);
    make_gone();
    buf_clear(&told);
    return failed;
}
