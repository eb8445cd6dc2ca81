/* SPDX-License-Identifier: BSD-2-Clause */
/* Each thing that is done to a log, with real files and injected time. Random sequences of them: test_tailmodel.c. */
#include "agent/sources/taillines.h"
#include "base/mem.h"
#include "tests/unit/sources_maker.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* One who follows, and what was told: lines with "order:offset flags text". */
static struct {
    struct tail *tail;
    struct taillines *lines;
    struct tail_options options;
    struct tail_mark marks[TAIL_MARKS_MOST];
    size_t n_marks;
    uint64_t now;
    struct buf told, said; /* texts with a newline each; events likewise */
    unsigned n_told, events[TAIL_GONE + 1];
    uint64_t bytes; /* of the last event */
    uint64_t last_order, last_offset;
    unsigned last_flags;
} me;

static void on_line(void *arg, const struct tailline *l)
{
    (void)arg;
    buf_slice(&me.told, l->text);
    buf_putc(&me.told, '\n');
    me.n_told++;
    me.last_order = l->order;
    me.last_offset = l->offset;
    me.last_flags = l->flags;
}

static void on_event(void *arg, const struct tail_event *e)
{
    (void)arg;
    me.events[e->kind]++;
    me.bytes = e->bytes;
    buf_printf(&me.said, "%d %s\n", e->kind, e->text);
}

/* The path, for as long as the test goes on. */
static const char *begin(const char *path, enum tail_begin how)
{
    static char kept[512];
    memset(&me, 0, sizeof me);
    snprintf(kept, sizeof kept, "%s", path);
    me.options.path = kept;
    me.options.begin = how;
    return kept;
}

static void begin_again(bool restored)
{
    struct err e;
    me.lines = taillines_new(on_line, on_event, NULL);
    me.options.sink = taillines_sink(me.lines);
    me.tail = tail_new(&me.options);
    if (restored)
        assert_int_equal(tail_restore(me.tail, me.marks, me.n_marks, &e), ERR_OK);
}

static void look_after(uint64_t ms)
{
    me.now += ms;
    for (int i = 0; tail_reconcile(me.tail, me.now); i++)
        assert_true(i < 1000);
}

static void look(void)
{
    look_after(TAIL_POLL_MS);
}

/* Until nothing waits for anything, about 15 s. */
static void settle(void)
{
    for (int i = 0; i < 60; i++)
        look();
}

static void stop(void)
{
    me.n_marks = tail_marks(me.tail, me.marks);
    tail_free(me.tail);
    taillines_free(me.lines);
}

static void end(void)
{
    stop();
    buf_clear(&me.told);
    buf_clear(&me.said);
}

static void told(const char *text)
{
    buf_putc(&me.told, '\0');
    assert_string_equal(me.told.p, text);
    buf_reset(&me.told);
}

static int by_text(const void *a, const void *b)
{
    return slice_cmp(*(const struct slice *)a, *(const struct slice *)b);
}

static size_t sorted(struct slice text, struct slice *out, size_t most)
{
    size_t n = 0;
    while (text.n && n < most)
        out[n++] = slice_cut(text, '\n', &text);
    qsort(out, n, sizeof *out, by_text);
    return n;
}

/* In whatever order the generations came. */
static void told_all(const struct buf *want)
{
    struct slice a[512], b[512];
    size_t n = sorted(buf_as_slice(want), a, 512), m = sorted(buf_as_slice(&me.told), b, 512);
    for (size_t i = 0; i < n && i < m; i++)
        if (!slice_eq(a[i], b[i]))
            fail_msg("'%.*s' was written, '%.*s' told", (int)a[i].n, a[i].p, (int)b[i].n, b[i].p);
    assert_int_equal(n, m);
    buf_reset(&me.told);
}

static void put_at(const char *path, const char *text, int flags)
{
    int fd = open(path, O_WRONLY | O_CREAT | flags, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void add(const char *path, const char *text)
{
    put_at(path, text, O_APPEND);
}

static void pack(const char *from, const char *to, enum format format)
{
    char text[65536];
    struct buf out = { 0 };
    int fd = open(from, O_RDONLY);
    ssize_t n = read(fd, text, sizeof text);
    assert_true(fd >= 0 && n >= 0);
    close(fd);
    make_packed(&out, format, (struct slice){ text, (size_t)n });
    fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_int_equal(write(fd, out.p, out.n), (ssize_t)out.n);
    close(fd);
    buf_clear(&out);
}

static void copy(const char *from, const char *to)
{
    char text[65536];
    int a = open(from, O_RDONLY), b = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ssize_t n = read(a, text, sizeof text);
    assert_int_equal(write(b, text, (size_t)n), n);
    close(a);
    close(b);
}

#define LONG "a line with enough words in it that it is told apart from any other: "

/* ---- */

static void appended(void **state)
{
    (void)state;
    const char *log = make_file("a/log", SLICE("old\n"));
    log = begin(log, TAIL_BEGIN_END);
    begin_again(false);
    look();
    told("");
    assert_int_equal(me.events[TAIL_LIVE], 1);
    add(log, "one\r\ntw");
    look();
    told("one\r\n");
    assert_int_equal(me.last_offset, 4);
    add(log, "o\n");
    look();
    look();
    told("two\n");
    assert_int_equal(me.last_offset, 9);
    end();
}

/* By the short form, which leaves everything that is not a continuation to the other one. */
static void read_on(void **state)
{
    (void)state;
    const char *log = begin(make_file("on/log", SLICE(LONG "0\n")), TAIL_BEGIN_FILE), *old = made("on/log.1");
    begin_again(false);
    assert_false(tail_read_on(me.tail)); /* nothing was looked at yet */
    look();
    told(LONG "0\n");
    assert_false(tail_read_on(me.tail));
    add(log, LONG "1\n");
    assert_true(tail_read_on(me.tail));
    told(LONG "1\n");
    assert_false(tail_read_on(me.tail));
    add(log, LONG "2\n");
    assert_int_equal(rename(log, old), 0);
    add(old, LONG "3\n");
    add(log, LONG "4\n");
    assert_true(tail_read_on(me.tail)); /* the writer lingers */
    told(LONG "2\n" LONG "3\n");
    assert_false(tail_read_on(me.tail));
    look();
    told(LONG "4\n");
    add(log, LONG "5\n");
    put_at(log,
        LONG "a new beginning that is longer than all that was there before, so that only its words tell\n" LONG
             "7\n" LONG "8\n",
        O_TRUNC);
    assert_false(tail_read_on(me.tail));
    told("");
    settle();
    told(LONG "a new beginning that is longer than all that was there before, so that only its words tell\n" LONG
              "7\n" LONG "8\n");
    assert_int_equal(me.events[TAIL_GAP], 1); /* line 5 */
    end();
}

/* T1: the writer goes on in the old file, far longer than the next rotation takes. */
static void renamed_while_writer_lingers(void **state)
{
    (void)state;
    struct buf want = { 0 };
    const char *log = made("linger/log"), *old = made("linger/log.1"), *older = made("linger/log.2");
    make_file("linger/log", SLICE(""));
    log = begin(log, TAIL_BEGIN_FILE);
    begin_again(false);
    look();
    for (unsigned i = 0; i < 100; i++) {
        char text[64];
        int fd = open(log, O_WRONLY | O_APPEND);
        unlink(older);
        rename(old, older);
        assert_int_equal(rename(log, old), 0);
        put_at(log, "", O_EXCL);
        if (i % 3)
            look_after(i % 5 * 40);
        snprintf(text, sizeof text, "written after rename %u\n", i);
        assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
        buf_puts(&want, text);
        look_after(10);
        close(fd);
    }
    settle();
    told_all(&want);
    assert_int_equal(me.events[TAIL_GAP] + me.events[TAIL_TRUNCATED], 0);
    int fds[16];
    assert_int_equal(tail_files(me.tail, fds, 16), 1); /* the others were let go */
    buf_clear(&want);
    end();
}

/* T2, with somebody looking at every moment. */
static void copied_and_truncated(void **state)
{
    (void)state;
    struct buf want = { 0 };
    const char *log = make_file("copy/log", SLICE("")), *old = made("copy/log.1");
    log = begin(log, TAIL_BEGIN_FILE);
    begin_again(false);
    for (unsigned i = 0; i < 60; i++) {
        char text[256];
        snprintf(text, sizeof text, LONG "%u\n" LONG "%u again\n", i, i);
        add(log, text);
        buf_puts(&want, text);
        if (i % 2)
            look();
        unlink(old);
        if (i % 3 == 0) {
            put_at(old, "", O_EXCL);
            look_after(50);
        }
        copy(log, old);
        if (i % 5 == 0)
            look_after(400);
        assert_int_equal(truncate(log, 0), 0);
        if (i % 4)
            look();
        else
            look_after(20);
    }
    settle();
    told_all(&want);
    assert_int_equal(me.events[TAIL_GAP], 0);
    assert_true(me.events[TAIL_TRUNCATED] >= 30);
    buf_clear(&want);
    end();
}

/* A script that copies into the same file each time. */
static void same_copy_again(void **state)
{
    (void)state;
    struct buf want = { 0 };
    const char *log = make_file("again/log", SLICE("")), *old = made("again/log.1");
    log = begin(log, TAIL_BEGIN_FILE);
    begin_again(false);
    for (unsigned i = 0; i < 30; i++) {
        char text[256];
        snprintf(text, sizeof text, LONG "%u\n", i);
        add(log, text);
        buf_puts(&want, text);
        look_after(20);
        if (i % 2) { /* only the copy will have this one */
            snprintf(text, sizeof text, LONG "%u and more\n", i);
            add(log, text);
            buf_puts(&want, text);
        }
        copy(log, old);
        assert_int_equal(truncate(log, 0), 0);
        look();
        for (unsigned k = 0; k < i % 3 * 30; k++)
            look();
    }
    settle();
    told_all(&want);
    buf_clear(&want);
    end();
}

static void truncated_without_a_copy(void **state)
{
    (void)state;
    const char *log = make_file("trunc/log", SLICE("first line of this log\n"));
    log = begin(log, TAIL_BEGIN_FILE);
    begin_again(false);
    look();
    put_at(log, "x\n", O_TRUNC);
    settle();
    told("first line of this log\nx\n");
    assert_int_equal(me.events[TAIL_GAP], 1);
    /* what is known to be lost is counted: it was seen, but could not be read, because an older one is waited for */
    put_at(log, LONG "1\n", O_TRUNC);
    look_after(10);
    put_at(log, "z\n", O_TRUNC);
    look_after(10);
    assert_int_equal(me.events[TAIL_GAP], 1);
    settle();
    assert_int_equal(me.events[TAIL_GAP], 3);
    told("z\n");
    /* rewritten with as many bytes */
    put_at(log, "y\n", O_TRUNC);
    settle();
    told("y\n");
    end();
}

/* Cut off at its end: what is left was told. */
static void cut_off(void **state)
{
    (void)state;
    const char *log = make_file("cut/log", SLICE(LONG "1\n" LONG "2\n"));
    log = begin(log, TAIL_BEGIN_FILE);
    begin_again(false);
    look();
    told(LONG "1\n" LONG "2\n");
    assert_int_equal(truncate(log, (off_t)strlen(LONG "1\n")), 0);
    add(log, "three\n");
    settle();
    look();
    buf_reset(&me.told);
    assert_int_equal(truncate(log, (off_t)strlen(LONG "1\n")), 0);
    settle();
    told("");
    add(log, "four\n");
    settle();
    told("four\n");
    end();
}

/* A writer without O_APPEND leaves a hole in front of what it writes next. */
static void hole(void **state)
{
    (void)state;
    const char *log = make_file("hole/log", SLICE(""));
    int fd = open(log, O_WRONLY);
    char block[40900]; /* not whole pages: some NUL bytes stand before the line */
    memset(block, 'x', sizeof block);
    block[sizeof block - 1] = '\n';
    log = begin(log, TAIL_BEGIN_FILE);
    begin_again(false);
    assert_int_equal(write(fd, block, sizeof block), sizeof block);
    look();
    assert_int_equal(truncate(log, 0), 0);
    assert_int_equal(write(fd, "behind the hole\n", 16), 16);
    buf_reset(&me.told);
    settle();
    buf_putc(&me.told, '\0');
    assert_int_equal(me.events[TAIL_HOLE], 1);
    assert_true(me.n_told == 2 && me.told.n > 1000);
    assert_string_equal(me.told.p + me.told.n - 17, "behind the hole\n");
    buf_reset(&me.told);
    stop();
    begin_again(true);
    add(log, "and on\n");
    settle();
    told("and on\n");
    close(fd);
    end();
}

/* T3: several rotations while it was stopped, two of them compressed; oldest first. */
static void rotated_while_stopped(void **state)
{
    static const enum format formats[] = { FORMAT_GZIP, FORMAT_XZ, FORMAT_ZSTD, FORMAT_BZIP2 };
    static const char *const ends[] = { ".gz", ".xz", ".zst", ".bz2" };
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        char name[32], text[64];
        snprintf(name, sizeof name, "stopped%zu/log", i);
        const char *log = make_file(name, SLICE(LONG "1\n"));
        log = begin(log, TAIL_BEGIN_FILE);
        me.options.no_handles = i >= 4;
        begin_again(false);
        look();
        told(LONG "1\n");
        stop();
        add(log, LONG "2\n" LONG "3\n");
        snprintf(text, sizeof text, "%s.3%s", name, ends[i % 4]);
        pack(log, made(text), formats[i % 4]);
        snprintf(text, sizeof text, "%s.2%s", name, ends[i % 4]);
        put_at(log, LONG "4\n", O_TRUNC);
        pack(log, made(text), formats[i % 4]);
        unlink(log);
        snprintf(text, sizeof text, "%s.1", name);
        put_at(made(text), LONG "5\n", O_EXCL);
        put_at(log, LONG "6\n", O_EXCL);
        /* stopped before all of it is found, too: what was found first is not the oldest */
        for (int looks = 0; looks < 7; looks++) {
            begin_again(true);
            for (int k = 0; k < looks; k++)
                look_after(100);
            stop();
        }
        begin_again(true);
        settle();
        told(LONG "2\n" LONG "3\n" LONG "4\n" LONG "5\n" LONG "6\n");
        assert_int_equal(me.events[TAIL_GAP], 0);
        stop();
        begin_again(true);
        settle();
        told("");
        end();
    }
}

static void compressed_later(void **state)
{
    (void)state;
    const char *log = make_file("later/log", SLICE(LONG "1\n")), *one = made("later/log-20261124");
    log = begin(log, TAIL_BEGIN_FILE);
    begin_again(false);
    look();
    assert_int_equal(rename(log, one), 0);
    put_at(log, "", O_EXCL);
    settle();                                              /* closed by now */
    pack(one, made("later/log-20261124.gz"), FORMAT_GZIP); /* gzip -k */
    settle();
    unlink(one);
    settle();
    add(log, LONG "2\n");
    /* and one that is compressed while it is still open, with a line that only the copy has */
    look();
    assert_int_equal(rename(log, one), 0);
    put_at(log, "", O_EXCL);
    look();
    stop();
    add(one, LONG "3\n");
    pack(one, made("later/log-20261125.gz"), FORMAT_GZIP);
    unlink(one);
    begin_again(true);
    settle();
    told(LONG "1\n" LONG "2\n" LONG "3\n");
    assert_int_equal(me.events[TAIL_GAP], 0);
    end();
}

static void gone_while_stopped(void **state)
{
    (void)state;
    const char *log = make_file("gone/log", SLICE(LONG "1\n"));
    log = begin(log, TAIL_BEGIN_FILE);
    begin_again(false);
    look();
    stop();
    unlink(log);
    put_at(log, "new\n", O_EXCL);
    begin_again(true);
    settle();
    told(LONG "1\nnew\n");
    assert_int_equal(me.events[TAIL_GAP], 1);
    end();
}

/* Rotated and read to its end, and deleted while we were stopped: nothing that was there is lost. */
static void gone_after_its_end(void **state)
{
    (void)state;
    const char *log = make_file("goneend/log", SLICE(LONG "1\n"));
    char old[600];
    log = begin(log, TAIL_BEGIN_FILE);
    snprintf(old, sizeof old, "%s.1", log);
    begin_again(false);
    look();
    assert_int_equal(rename(log, old), 0);
    put_at(log, "new\n", O_EXCL);
    look_after(10);
    look_after(10);
    told(LONG "1\nnew\n");
    stop();
    unlink(old);
    begin_again(true);
    look_after(10);
    stop(); /* also when that is not yet said */
    begin_again(true);
    put_at(log, "more\n", O_APPEND);
    settle();
    told("more\n");
    assert_int_equal(me.events[TAIL_GONE], 1);
    assert_int_equal(me.events[TAIL_GAP], 0);
    stop();
    begin_again(true);
    settle();
    assert_int_equal(me.events[TAIL_GONE], 1); /* once */
    end();
    /* but not all of it was read */
    log = begin(make_file("gonehalf/log", SLICE(LONG "1\n")), TAIL_BEGIN_FILE);
    snprintf(old, sizeof old, "%s.1", log);
    begin_again(false);
    look();
    assert_int_equal(rename(log, old), 0);
    put_at(old, "half", O_APPEND);
    put_at(log, "new\n", O_EXCL);
    look_after(10);
    look_after(10);
    stop();
    unlink(old);
    begin_again(true);
    settle();
    assert_int_equal(me.events[TAIL_GONE], 0);
    assert_int_equal(me.events[TAIL_GAP], 1);
    end();
}

/* T8: a new file in the old inode, empty or not, is a new file. */
static void inodes_are_used_again(void **state)
{
    (void)state;
    for (int handles = 0; handles < 2; handles++) {
        const char *log = made(handles ? "reuse/log" : "reuse2/log");
        make_file(handles ? "reuse/log" : "reuse2/log", SLICE(LONG "0\n"));
        log = begin(log, TAIL_BEGIN_FILE);
        me.options.no_handles = !handles;
        begin_again(false);
        look();
        buf_reset(&me.told);
        for (unsigned i = 0; i < 100; i++) {
            char text[256];
            stop();
            unlink(log);
            snprintf(text, sizeof text, "%u" LONG LONG "\n", i);
            put_at(log, i % 2 ? text : "", O_EXCL);
            begin_again(true);
            look();
            if (i % 2 == 0)
                add(log, text);
            look();
            look();
            look();
            told(text);
        }
        end();
    }
}

/* Without handles an inode says nothing of a file of which nothing was read: its next owner may be compressed. */
static void empty_inode_is_used_again(void **state)
{
    (void)state;
    const char *log = make_file("reuse3/log", SLICE("")), *packed = made("reuse3/log.1.gz");
    log = begin(log, TAIL_BEGIN_FILE);
    me.options.no_handles = true;
    begin_again(false);
    look();
    stop();
    /* where the file system gives the inode out again at once this is that very case; elsewhere it is stated */
    struct stat st;
    add(log, LONG "1\n");
    pack(log, packed, FORMAT_GZIP);
    unlink(log);
    assert_int_equal(stat(packed, &st), 0);
    me.marks[0].id.ino = st.st_ino;
    begin_again(true);
    settle();
    told(LONG "1\n");
    end();
}

static void paths_that_come_and_go(void **state)
{
    (void)state;
    const char *log = made("come/deep/log");
    log = begin(log, TAIL_BEGIN_END);
    begin_again(false);
    look();
    look();
    make_file("come/deep/log", SLICE("from the beginning\n"));
    look();
    told("from the beginning\n");
    /* the folder is replaced */
    assert_int_equal(rename(made("come/deep"), made("come/away")), 0);
    add(made("come/away/log"), "lingers\n");
    look();
    told("lingers\n");
    make_file("come/deep/log", SLICE("another folder\n"));
    look();
    told("another folder\n");
    /* deleted, while its writer goes on */
    int fd = open(log, O_WRONLY | O_APPEND);
    unlink(log);
    look();
    assert_int_equal(write(fd, "deleted\n", 8), 8);
    look();
    put_at(log, "made anew\n", O_EXCL);
    look();
    told("deleted\nmade anew\n");
    close(fd);
    assert_int_equal(me.events[TAIL_GAP], 0);
    end();
}

static void links(void **state)
{
    (void)state;
    const char *link = made("links/log"), *first = make_file("links/far/log-20261124", SLICE(LONG "1\n"));
    assert_int_equal(symlink(first, link), 0);
    link = begin(link, TAIL_BEGIN_FILE);
    begin_again(false);
    look();
    stop();
    /* two more while it is stopped, the link leads to the second */
    make_file("links/far/log-20261125", SLICE(LONG "2\n"));
    unlink(link);
    assert_int_equal(symlink(make_file("links/far/log-20261126", SLICE(LONG "3\n")), link), 0);
    begin_again(true);
    settle();
    told(LONG "1\n" LONG "2\n" LONG "3\n");
    assert_int_equal(me.events[TAIL_GAP], 0);
    end();
}

/* An editor writes a new file and renames it over the old one. */
static void replaced_by_a_copy(void **state)
{
    (void)state;
    const char *log = make_file("edit/log", SLICE(LONG "1\n"));
    log = begin(log, TAIL_BEGIN_FILE);
    begin_again(false);
    look();
    copy(log, made("edit/tmp"));
    add(made("edit/tmp"), "two\n");
    assert_int_equal(rename(made("edit/tmp"), log), 0);
    settle();
    told(LONG "1\ntwo\n");
    end();
}

static void no_files(void **state)
{
    (void)state;
    const char *log = make_file("odd/log", SLICE("1\n")), *aside = made("odd/aside");
    log = begin(log, TAIL_BEGIN_FILE);
    begin_again(false);
    look();
    rename(log, aside);
    assert_int_equal(mkfifo(log, 0644), 0);
    look();
    look();
    assert_int_equal(me.events[TAIL_REFUSED], 1);
    unlink(log);
    assert_int_equal(mkdir(log, 0755), 0);
    look();
    look();
    assert_int_equal(me.events[TAIL_REFUSED], 2);
    rmdir(log);
    assert_int_equal(symlink("/dev/null", log), 0);
    look();
    look();
    assert_int_equal(me.events[TAIL_REFUSED], 3);
    assert_non_null(strstr(me.said.p, "is a FIFO\n"));
    assert_non_null(strstr(me.said.p, "is a folder\n"));
    assert_non_null(strstr(me.said.p, "is a device\n"));
    unlink(log);
    add(aside, "2\n");
    rename(aside, log);
    look();
    told("1\n2\n");
    end();
}

static void no_descriptors(void **state)
{
    (void)state;
    const char *log = make_file("few/log", SLICE("1\n"));
    struct rlimit was, few;
    log = begin(log, TAIL_BEGIN_FILE);
    begin_again(false);
    look();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
    few = was;
    few.rlim_cur = 3;
    assert_int_equal(rename(log, made("few/log.1")), 0);
    put_at(log, "2\n", O_EXCL);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    look();
    look();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
    assert_true(me.events[TAIL_UNREADABLE] >= 1 && me.events[TAIL_UNREADABLE] <= 2);
    /* rotated away before it could be opened */
    rename(made("few/log.1"), made("few/log.2"));
    rename(log, made("few/log.1"));
    put_at(log, "3\n", O_EXCL);
    settle();
    assert_int_equal(me.n_told, 3);
    assert_int_equal(me.events[TAIL_GAP], 0);
    end();
}

static void where_it_begins(void **state)
{
    (void)state;
    for (int how = TAIL_BEGIN_END; how <= TAIL_BEGIN_ALL; how++) {
        char name[32], old[32], packed[32];
        snprintf(name, sizeof name, "begin%d/log", how);
        snprintf(old, sizeof old, "begin%d/log.1", how);
        snprintf(packed, sizeof packed, "begin%d/log.2.gz", how);
        const char *log = begin(make_file(name, SLICE(LONG "3\nhal")), (enum tail_begin)how);
        make_file(old, SLICE(LONG "1\n"));
        pack(made(old), made(packed), FORMAT_GZIP);
        make_file(old, SLICE(LONG "2\n"));
        begin_again(false);
        settle();
        add(log, "f\n");
        settle();
        told(how == TAIL_BEGIN_END    ? "f\n"
             : how == TAIL_BEGIN_FILE ? LONG "3\nhalf\n"
                                      : LONG "1\n" LONG "2\n" LONG "3\nhalf\n");
        assert_int_equal(me.last_flags, how == TAIL_BEGIN_END ? TAILLINE_NO_BEGIN : 0);
        /* what was there before is known again when it is compressed, also after a restart */
        stop();
        unlink(made(packed));
        pack(made(old), made(packed), FORMAT_GZIP);
        unlink(made(old));
        begin_again(true);
        settle();
        told("");
        end();
    }
}

static void too_many_siblings(void **state)
{
    (void)state;
    begin(make_file("many/log", SLICE("")), TAIL_BEGIN_FILE);
    for (int i = 1; i <= CAP_TAIL_SIBLINGS + 50; i++) {
        char name[32], text[128];
        snprintf(name, sizeof name, "many/log.%d", i);
        snprintf(text, sizeof text, "%d" LONG "\n", i);
        make_file(name, slice_of(text));
    }
    begin_again(false);
    settle();
    assert_int_equal(me.events[TAIL_LIMIT], 1);
    stop();
    me.options.begin = TAIL_BEGIN_ALL;
    begin_again(false);
    settle();
    settle();
    assert_int_equal(me.n_told, CAP_TAIL_SIBLINGS);
    end();
}

/* A restart from an older mark tells the same lines at the same offsets. */
static void told_again(void **state)
{
    (void)state;
    const char *log = make_file("old/log", SLICE("1\n2\nhal"));
    log = begin(log, TAIL_BEGIN_FILE);
    begin_again(false);
    look();
    me.n_marks = tail_marks(me.tail, me.marks);
    assert_int_equal(me.marks[0].offset, 4);
    add(log, "f\n4\n");
    look();
    told("1\n2\nhalf\n4\n");
    uint64_t offset = me.last_offset, order = me.last_order;
    tail_free(me.tail);
    taillines_free(me.lines);
    begin_again(true);
    settle();
    told("half\n4\n");
    assert_int_equal(me.last_offset, offset);
    assert_int_equal(me.last_order, order);
    end();
}

static void half_at_the_end(void **state)
{
    (void)state;
    const char *log = make_file("half/log", SLICE("half a li"));
    log = begin(log, TAIL_BEGIN_FILE);
    begin_again(false);
    look();
    rename(log, made("half/log.1"));
    settle();
    told("half a li\n");
    assert_int_equal(me.last_flags, TAILLINE_NO_END);
    add(made("half/log.1"), "ne\n");
    settle();
    told("ne\n");
    assert_int_equal(me.last_flags, TAILLINE_NO_BEGIN);
    assert_int_equal(me.last_offset, 9);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appended),
        cmocka_unit_test(read_on),
        cmocka_unit_test(renamed_while_writer_lingers),
        cmocka_unit_test(copied_and_truncated),
        cmocka_unit_test(same_copy_again),
        cmocka_unit_test(truncated_without_a_copy),
        cmocka_unit_test(cut_off),
        cmocka_unit_test(hole),
        cmocka_unit_test(rotated_while_stopped),
        cmocka_unit_test(compressed_later),
        cmocka_unit_test(gone_while_stopped),
        cmocka_unit_test(gone_after_its_end),
        cmocka_unit_test(inodes_are_used_again),
        cmocka_unit_test(empty_inode_is_used_again),
        cmocka_unit_test(paths_that_come_and_go),
        cmocka_unit_test(links),
        cmocka_unit_test(replaced_by_a_copy),
        cmocka_unit_test(no_files),
        cmocka_unit_test(no_descriptors),
        cmocka_unit_test(where_it_begins),
        cmocka_unit_test(too_many_siblings),
        cmocka_unit_test(told_again),
        cmocka_unit_test(half_at_the_end),
    };
    make_place();
    int failed = cmocka_run_group_tests_name("tail", tests, NULL, NULL);
    make_gone();
    return failed;
}
