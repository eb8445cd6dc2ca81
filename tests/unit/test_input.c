/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/input.h"
#include "base/caps.h"
#include "base/mem.h"
#include "tests/unit/sources_double.h"
#include "tests/unit/sources_maker.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#define NOW 1735000000

static struct casefile c;
static struct err error;
static atomic_bool stop;

static enum err_code read_all(const char *const *paths, size_t count, unsigned workers)
{
    struct input_options o = { .workers = workers, .stop = &stop };
    casefile_clear(&c);
    c = (struct casefile){ .now = NOW };
    error = (struct err){ 0 };
    return input_read(paths, count, &o, &c, &error);
}

static enum err_code read_one(const char *path)
{
    return read_all(&path, 1, 2);
}

/* Never NULL: one with count 0 when there is none. */
static const struct problem *problem_with(const char *text)
{
    static char empty[1];
    static const struct problem none = { .path = empty, .text = empty };
    for (size_t i = 0; i < c.problem_count; i++)
        if (strstr(c.problems[i].text, text))
            return &c.problems[i];
    return &none;
}

/* Likewise, with an empty path. */
static const struct source *source_ending(const char *path)
{
    static char empty[1];
    static const struct source none = { .path = empty };
    for (size_t i = 0; i < c.source_count; i++)
        if (slice_ends(slice_of(c.sources[i].path), slice_of(path)))
            return &c.sources[i];
    return &none;
}

static bool stream_is(size_t i, struct slice want)
{
    return i < c.stream_count && !double_wrong_offset(c.streams[i]) && slice_eq(double_text(c.streams[i]), want);
}

static int setup(void **state)
{
    (void)state;
    atomic_store(&stop, false);
    make_place();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    casefile_clear(&c);
    c = (struct casefile){ 0 };
    make_gone();
    return 0;
}

/* ---- logs ---- */

static void one_log_in_any_dress(void **state)
{
    (void)state;
    static const enum format formats[] = { FORMAT_GZIP, FORMAT_XZ, FORMAT_ZSTD, FORMAT_BZIP2 };
    struct buf plain = { 0 };
    make_lines(&plain, "x", 30000);
    assert_int_equal(read_one(make_file("some.txt", buf_as_slice(&plain))), ERR_OK);
    assert_int_equal(c.source_count, 1);
    assert_int_equal(c.sources[0].n.lines, 30000);
    assert_int_equal(c.sources[0].n.bytes, plain.n);
    assert_int_equal(c.sources[0].unit, UNIT_NONE);
    assert_true(double_left_known(c.streams[0]));
    assert_int_equal(double_year(c.streams[0]).basis, YEAR_FILE);
    assert_true(stream_is(0, buf_as_slice(&plain)));
    for (size_t i = 0; i < 4; i++) {
        for (unsigned workers = 1; workers < 4; workers++) {
            struct buf packed = { 0 };
            make_packed(&packed, formats[i], buf_as_slice(&plain));
            const char *path = make_file("some.dat", buf_as_slice(&packed));
            assert_int_equal(read_all(&path, 1, workers), ERR_OK);
            assert_int_equal(c.problem_count, 0);
            assert_true(stream_is(0, buf_as_slice(&plain)));
            buf_clear(&packed);
        }
    }
    buf_clear(&plain);
}

/* The same file however many threads cut it, also where there is no newline to cut at. */
static void big_file_in_parts(void **state)
{
    (void)state;
    struct buf plain = { 0 };
    make_lines(&plain, "x", 150000);
    while (plain.n < (size_t)14 << 20)
        buf_put(&plain, plain.p, plain.n > (1 << 20) ? 1 << 20 : plain.n);
    const char *path = make_file("messages", buf_as_slice(&plain));
    for (unsigned workers = 1; workers <= 4; workers++) {
        assert_int_equal(read_all(&path, 1, workers), ERR_OK);
        assert_int_equal(c.stream_count, 1);
        assert_true(stream_is(0, buf_as_slice(&plain)));
        assert_int_equal(double_joined(c.streams[0]), (workers > 3 ? 3 : workers) - 1);
    }
    for (size_t i = plain.n / 4; i < plain.n; i++)
        plain.p[i] = 'x';
    path = make_file("messages", buf_as_slice(&plain));
    assert_int_equal(read_one(path), ERR_OK);
    assert_true(stream_is(0, buf_as_slice(&plain)));
    buf_clear(&plain);
}

static void no_newline_at_all(void **state)
{
    (void)state;
    struct buf plain = { 0 }, packed = { 0 };
    for (int i = 0; i < 64 << 20; i++)
        buf_putc(&plain, 'A');
    assert_int_equal(read_one(make_file("x", buf_as_slice(&plain))), ERR_OK);
    assert_int_equal(c.sources[0].n.bytes, plain.n);
    assert_int_equal(c.sources[0].n.lines, 1);
    make_packed(&packed, FORMAT_GZIP, buf_as_slice(&plain));
    assert_int_equal(read_one(make_file("x.gz", buf_as_slice(&packed))), ERR_OK);
    assert_int_equal(c.sources[0].n.bytes, plain.n);
    assert_int_equal(c.problem_count, 0);
    buf_clear(&plain);
    buf_clear(&packed);
}

static void generations_of_a_folder(void **state)
{
    (void)state;
    static const char *const oldest_first[] = { "messages-20230102", "messages.10.gz", "messages.2.gz", "messages.1",
        "messages" };
    struct buf want = { 0 };
    for (size_t i = 0; i < 5; i++) {
        struct buf plain = { 0 }, packed = { 0 };
        char name[64];
        make_lines(&plain, oldest_first[i], 100 + (unsigned)i);
        snprintf(name, sizeof name, "d/var/log/%s", oldest_first[i]);
        make_packed(&packed, FORMAT_GZIP, buf_as_slice(&plain));
        make_file(name, strstr(name, ".gz") ? buf_as_slice(&packed) : buf_as_slice(&plain));
        buf_slice(&want, buf_as_slice(&plain));
        buf_clear(&plain);
        buf_clear(&packed);
    }
    make_file("d/var/log/messages.bak", SLICE("not a generation, and nothing about tunnels\n"));
    make_file("d/var/log/action_queue.log", SLICE("x\n"));
    assert_int_equal(read_one(made("d")), ERR_OK);
    assert_int_equal(c.stream_count, 1);
    assert_int_equal(c.source_count, 5);
    assert_true(stream_is(0, buf_as_slice(&want)));
    assert_true(double_left_known(c.streams[0]));
    for (size_t i = 0; i < 5; i++)
        assert_true(slice_ends(slice_of(c.sources[i].path), slice_of(oldest_first[i])));
    assert_int_equal(c.problem_count, 0);
    /* the same as single paths, in any order */
    const char *const paths[] = { made("d/var/log/messages"), made("d/var/log/messages.10.gz"),
        made("d/var/log/messages.1"), made("d/var/log/messages-20230102"), made("d/var/log/messages.2.gz") };
    assert_int_equal(read_all(paths, 5, 2), ERR_OK);
    assert_int_equal(c.stream_count, 1);
    assert_true(stream_is(0, buf_as_slice(&want)));
    buf_clear(&want);
}

static void twins_count_once(void **state)
{
    (void)state;
    struct buf plain = { 0 }, packed = { 0 };
    make_lines(&plain, "x", 50);
    make_packed(&packed, FORMAT_GZIP, buf_as_slice(&plain));
    make_file("d/messages.1", buf_as_slice(&plain));
    make_file("d/messages.1.gz", buf_as_slice(&packed));
    assert_int_equal(read_one(made("d")), ERR_OK);
    assert_true(stream_is(0, buf_as_slice(&plain)));
    assert_int_equal(c.stream_count, 1);
    assert_true(problem_with("counted once")->count);
    assert_int_equal(c.sources[0].n.lines + c.sources[1].n.lines, 50);
    /* another text under the same number is a log of its own */
    make_file("d/messages.1", SLICE("other\n"));
    make_file("d/messages", SLICE("new\n"));
    assert_int_equal(read_one(made("d")), ERR_OK);
    assert_int_equal(c.stream_count, 2);
    assert_int_equal(c.problem_count, 0);
    assert_true(stream_is(0, SLICE("other\nnew\n")));
    assert_true(stream_is(1, buf_as_slice(&plain)));
    buf_clear(&plain);
    buf_clear(&packed);
}

/* In an archive, where what was seen of a generation first may have been joined when another one comes. */
static void twins_in_an_archive(void **state)
{
    (void)state;
    struct buf plain = { 0 }, packed = { 0 }, archive = { 0 }, want = { 0 };
    make_lines(&plain, "x", 50);
    make_packed(&packed, FORMAT_GZIP, buf_as_slice(&plain));
    const struct made_member m[] = { { .path = "messages.2", .bytes = buf_as_slice(&plain), .mtime = 300 },
        { .path = "messages.1", .bytes = SLICE("one\n"), .mtime = 400 },
        { .path = "messages.3.gz", .bytes = buf_as_slice(&packed), .mtime = 200 },
        { .path = "messages.2.gz", .bytes = buf_as_slice(&packed), .mtime = 100 },
        { .path = "messages.1.gz", .bytes = buf_as_slice(&packed), .mtime = 100 },
        { .path = "messages", .bytes = SLICE("now\n"), .mtime = 500 } };
    make_archive(&archive, FORMAT_TAR, m, sizeof m / sizeof *m, NULL);
    buf_slice(&want, buf_as_slice(&plain));
    buf_slice(&want, buf_as_slice(&plain));
    buf_puts(&want, "one\nnow\n");
    for (int round = 0; round < 50; round++) {
        assert_int_equal(read_one(make_file("t.tar", buf_as_slice(&archive))), ERR_OK);
        assert_int_equal(c.stream_count, 2);
        assert_true(stream_is(0, buf_as_slice(&want)));
        assert_true(stream_is(1, buf_as_slice(&plain))); /* messages.1.gz has another text than messages.1 */
        assert_int_equal(c.problem_count, 1);
        assert_true(slice_ends(slice_of(problem_with("counted once")->path), SLICE("messages.2.gz")));
    }
    buf_clear(&plain);
    buf_clear(&packed);
    buf_clear(&archive);
    buf_clear(&want);
}

static void same_file_twice(void **state)
{
    (void)state;
    const char *a = make_file("a.log", SLICE("x\n")), *b = made("b.log");
    assert_int_equal(link(a, b), 0);
    const char *const paths[] = { a, b, a };
    assert_int_equal(read_all(paths, 3, 2), ERR_OK);
    assert_int_equal(c.source_count, 1);
    assert_int_equal(c.problem_count, 2);
    assert_true(problem_with("read once")->count);
}

/* ---- archives ---- */

static struct buf plain_of[4], packed_of[4];

static void make_generations(void)
{
    static const char *const names[] = { "messages.3.gz", "messages.2.gz", "messages.1.gz", "messages" };
    for (size_t i = 0; i < 4; i++) {
        make_lines(&plain_of[i], names[i], 5000 + (unsigned)i);
        make_packed(&packed_of[i], FORMAT_GZIP, buf_as_slice(&plain_of[i]));
    }
}

static void free_generations(void)
{
    for (size_t i = 0; i < 4; i++) {
        buf_clear(&plain_of[i]);
        buf_clear(&packed_of[i]);
    }
}

#define UUID "cdb123c8-4347-11ef-aca1-f3aa241412a1"
#define LOG(name) "results-1/dir-archives/var-log/" name

/* Members in no order, with everything that a bundle has. */
static void make_bundle(struct buf *out, enum format format)
{
    const struct made_member m[] = {
        { .path = LOG("messages.1.gz"), .bytes = buf_as_slice(&packed_of[2]) },
        { .path = LOG("messages"), .bytes = buf_as_slice(&plain_of[3]), .mtime = 1700000000 },
        { .path = "results-1/dir-archives/opt-cisco-platform-logs/messages",
            .bytes = SLICE("SF-IMS[1]: [1] sftunneld:x no\n") },
        { .path = LOG("messages.3.gz"), .bytes = buf_as_slice(&packed_of[0]) },
        { .path = "results-1/dir-archives/etc/sf/ims.conf", .bytes = SLICE("APPLIANCE_UUID=" UUID "\nMODEL=FMC\n") },
        { .path = LOG("tail.txt"), .bytes = buf_as_slice(&plain_of[3]) },
        { .path = "results-1/dir-archives/var-sf-peers/PEERS_MAP.JSON", .bytes = SLICE("{\"" UUID "\": {}}") },
        { .path = LOG("comms.log"), .bytes = SLICE("2024-09-20 01:02:03 x\n") },
        { .path = "results-1/command-outputs/usr-local-sf-bin-sftunnel_status.pl.output",
            .bytes = SLICE("PEER:1.2.3.4\nRegistration: Completed.\n") },
        { .path = LOG("messages.2.gz"), .bytes = buf_as_slice(&packed_of[1]) },
    };
    make_archive(out, format, m, sizeof m / sizeof *m, NULL);
}

static void check_bundle(struct slice want)
{
    assert_int_equal(c.problem_count, 0);
    assert_int_equal(c.stream_count, 2);
    assert_true(stream_is(0, want));
    assert_int_equal(c.source_count, 8);
    assert_int_equal(source_ending("comms.log")->kind, SOURCE_COMMS);
    assert_int_equal(source_ending("comms.log")->n.events, 1); /* every_line */
    assert_int_equal(c.appliance_count, 1);
    assert_int_equal(c.appliances[0].role, ROLE_FMC);
    assert_int_equal(c.peer_count, 1);
    assert_int_equal(c.status_count, 1);
    for (size_t i = 0; i < c.source_count; i++)
        assert_int_equal(c.sources[i].unit, c.appliances[0].unit);
    assert_int_equal(double_year(c.streams[0]).basis, YEAR_ARCHIVE);
}

static void feed_stdin(const char *path)
{
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    dup2(fd, STDIN_FILENO);
    close(fd);
}

static void bundles(void **state)
{
    (void)state;
    static const enum format formats[] = { FORMAT_TAR, FORMAT_ZIP };
    struct buf want = { 0 };
    make_generations();
    for (size_t i = 0; i < 4; i++)
        buf_slice(&want, buf_as_slice(&plain_of[i]));
    for (size_t i = 0; i < 2; i++) {
        struct buf archive = { 0 }, packed = { 0 };
        make_bundle(&archive, formats[i]);
        make_packed(&packed, FORMAT_GZIP, buf_as_slice(&archive));
        const char *const plain_path = make_file("bundle.bin", buf_as_slice(&archive));
        const char *const packed_path = make_file("packed.bin", buf_as_slice(&packed));
        for (unsigned workers = 1; workers <= 3; workers++) {
            assert_int_equal(read_all(&plain_path, 1, workers), ERR_OK);
            check_bundle(buf_as_slice(&want));
            assert_int_equal(read_all(&packed_path, 1, workers), ERR_OK);
            check_bundle(buf_as_slice(&want));
            feed_stdin(packed_path);
            assert_int_equal(read_all((const char *const[]){ "-" }, 1, workers), ERR_OK);
            check_bundle(buf_as_slice(&want));
        }
        /* in an archive, in a folder */
        const struct made_member outer = { .path = "units/ftd.tgz", .bytes = buf_as_slice(&packed) };
        buf_reset(&archive);
        make_archive(&archive, FORMAT_TAR, &outer, 1, NULL);
        make_file("d/case.tar", buf_as_slice(&archive));
        assert_int_equal(read_one(made("d")), ERR_OK);
        check_bundle(buf_as_slice(&want));
        assert_true(source_ending("d/case.tar!units/ftd.tgz!" LOG("messages.2.gz"))->path[0]);
        buf_clear(&archive);
        buf_clear(&packed);
    }
    buf_clear(&want);
    free_generations();
}

/* Cut at many places: what can be read is read, what can't is said, nothing hangs. */
static void truncated_bundle(void **state)
{
    (void)state;
    struct buf archive = { 0 }, packed = { 0 };
    make_generations();
    make_bundle(&archive, FORMAT_TAR);
    make_packed(&packed, FORMAT_GZIP, buf_as_slice(&archive));
    for (size_t n = 20; n < packed.n; n += packed.n / 40) {
        assert_int_equal(read_one(make_file("cut.tgz", (struct slice){ packed.p, n })), ERR_OK);
        assert_true(c.problem_count > 0);
        assert_true(problem_with("truncated")->count);
    }
    /* the member that is cut is marked, those before it are whole */
    assert_int_equal(read_one(make_file("cut.tar", (struct slice){ archive.p, 100000 })), ERR_OK);
    const struct source *first = source_ending("messages.1.gz"), *second = source_ending("/messages");
    assert_true(!first->partial && first->n.lines == 5002);
    assert_true(second->partial && second->n.lines > 0);
    assert_true(problem_with("runcated")->count);
    buf_clear(&archive);
    buf_clear(&packed);
    free_generations();
}

static void hostile_members(void **state)
{
    (void)state;
    const struct made_member m[] = {
        { .path = "/var/log/messages", .bytes = SLICE("absolute\n") },
        { .path = "../../etc/messages", .bytes = SLICE("dots\n") },
        { .path = "a/messages", .symlink = "/etc/passwd" },
        { .path = "b/x", .symlink = "/etc/passwd" },
        { .path = "b/y", .symlink = "x" },
        { .path = "c/messages", .hardlink = "var/log/messages" },
        { .path = "d", .device = true },
        { .path = "e", .fifo = true },
        { .path = "f/messages", .bytes = SLICE("fine\n") },
    };
    struct buf archive = { 0 };
    make_archive(&archive, FORMAT_TAR, m, sizeof m / sizeof *m, NULL);
    assert_int_equal(read_one(make_file("h.tar", buf_as_slice(&archive))), ERR_OK);
    assert_int_equal(c.source_count, 2);
    assert_true(source_ending("h.tar!var/log/messages")->path[0]);
    assert_true(stream_is(1, SLICE("fine\n")));
    assert_true(problem_with("absolute")->count);
    assert_true(problem_with("\"..\"")->count);
    assert_int_equal(problem_with("a symbolic link inside")->count, 2);
    assert_non_null(strstr(problem_with("a symbolic link was")->path, "a/messages"));
    assert_true(problem_with("a hard link was")->count);
    assert_int_equal(problem_with("a device")->count, 2);
    buf_clear(&archive);
}

static void encrypted_zip(void **state)
{
    (void)state;
    const struct made_member m = { .path = "messages", .bytes = SLICE("secret\n") };
    struct buf archive = { 0 };
    make_archive(&archive, FORMAT_ZIP, &m, 1, "password");
    const char *path = make_file("e.zip", buf_as_slice(&archive));
    assert_int_equal(read_one(path), ERR_OK);
    assert_int_equal(c.source_count, 0);
    assert_non_null(strstr(problem_with("encrypted")->path, "e.zip!messages"));
    feed_stdin(path);
    assert_int_equal(read_one("-"), ERR_OK);
    assert_true(problem_with("encrypted")->count);
    buf_clear(&archive);
}

static void nested_too_deep(void **state)
{
    (void)state;
    struct buf inner = { 0 };
    make_lines(&inner, "deep", 3);
    for (int i = 0; i <= CAP_NESTING; i++) {
        struct buf outer = { 0 };
        struct made_member m = { .path = i ? "inner.tar" : "messages", .bytes = buf_as_slice(&inner) };
        make_archive(&outer, FORMAT_TAR, &m, 1, NULL);
        buf_clear(&inner);
        inner = outer;
    }
    assert_int_equal(read_one(make_file("n.tar", buf_as_slice(&inner))), ERR_OK);
    assert_int_equal(c.source_count, 0);
    assert_true(problem_with("cap nesting")->count);
    buf_clear(&inner);
}

/* An old GNU sparse header: a file of 8 GiB that is a hole with 512 bytes behind it. */
static void put_hole(struct buf *out, const char *name)
{
    char h[512] = { 0 };
    unsigned sum = 0;
    snprintf(h, 100, "%s", name);
    memcpy(h + 100,
        "0000644\0"
        "0000000\0"
        "0000000\0"
        "00000001000\0"
        "14673210577\0"
        "        S",
        57);
    memcpy(h + 257, "ustar  ", 8);
    memcpy(h + 386,
        "77777776777\0"
        "00000001000\0",
        24);
    memcpy(h + 483, "77777777777", 12);
    for (size_t i = 0; i < sizeof h; i++)
        sum += (unsigned char)h[i];
    snprintf(h + 148, 8, "%06o", sum);
    buf_put(out, h, sizeof h);
    memset(h, 'x', sizeof h);
    buf_put(out, h, sizeof h);
}

static void sparse_member(void **state)
{
    (void)state;
    const struct made_member m = { .path = "x/messages", .bytes = SLICE("y\n") };
    struct buf archive = { 0 };
    put_hole(&archive, "messages");
    make_archive(&archive, FORMAT_TAR, &m, 1, NULL);
    assert_true(archive.n < 16384);
    assert_int_equal(read_one(make_file("s.tar", buf_as_slice(&archive))), ERR_OK);
    assert_true(problem_with("cap inflate-ratio")->count);
    assert_true(source_ending("s.tar!messages")->partial);
    assert_in_range(source_ending("s.tar!messages")->n.bytes, 1, 65 << 20);
    assert_int_equal(source_ending("x/messages")->n.bytes, 2); /* the rest goes on */
    buf_clear(&archive);
}

static void loose_logs_by_content(void **state)
{
    (void)state;
    struct buf plain = { 0 }, packed = { 0 }, archive = { 0 };
    make_lines(&plain, "x", 5);
    make_packed(&packed, FORMAT_XZ, buf_as_slice(&plain));
    const struct made_member m[] = { { .path = "ftd.log", .bytes = buf_as_slice(&plain) },
        { .path = "fmc.bin", .bytes = buf_as_slice(&packed) }, { .path = "readme", .bytes = SLICE("nothing\n") } };
    make_archive(&archive, FORMAT_ZIP, m, 3, NULL);
    make_file("d/one.txt", buf_as_slice(&plain));
    make_file("d/two", buf_as_slice(&packed));
    make_file("d/readme", SLICE("nothing\n"));
    make_file("d/logs.zip", buf_as_slice(&archive));
    assert_int_equal(read_one(made("d")), ERR_OK);
    assert_int_equal(c.source_count, 4);
    assert_int_equal(c.stream_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_true(stream_is(i, buf_as_slice(&plain)));
    assert_int_equal(c.problem_count, 0);
    assert_int_equal(read_one(make_file("e/readme", SLICE("nothing\n"))), ERR_OK); /* given: a log like any other */
    assert_int_equal(c.source_count, 1);
    assert_int_equal(read_one(made("e")), ERR_OK);
    assert_int_equal(c.source_count, 0);
    assert_true(problem_with("nothing about sftunnel")->count);
    buf_clear(&plain);
    buf_clear(&packed);
    buf_clear(&archive);
}

/* ---- the world ---- */

static void odd_files_in_a_folder(void **state)
{
    (void)state;
    make_file("d/messages", SLICE("x\n"));
    make_file("d/locked/messages", SLICE("x\n"));
    make_file("d/messages.1", SLICE("y\n"));
    assert_int_equal(mkfifo(made("d/fifo"), 0600), 0);
    assert_int_equal(symlink(".", made("d/loop")), 0);
    assert_int_equal(symlink("/etc/passwd", made("d/messages.2")), 0);
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    snprintf(a.sun_path, sizeof a.sun_path, "%s", made("d/sfmb.sox"));
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(s, (struct sockaddr *)&a, sizeof a), 0);
    close(s);
    chmod(made("d/locked"), 0);
    chmod(made("d/messages.1"), 0);
    assert_int_equal(read_one(made("d")), ERR_OK);
    chmod(made("d/locked"), 0700);
    assert_int_equal(problem_with("a device, FIFO or socket inside")->count, 2);
    assert_int_equal(problem_with("a symbolic link inside")->count, 1);
    assert_non_null(strstr(problem_with("a symbolic link was")->path, "messages.2"));
    if (geteuid() != 0) { /* nobody locks root out */
        assert_int_equal(c.source_count, 1);
        assert_non_null(strstr(problem_with("ermission denied")->path, "d/locked"));
    }
}

static void nothing_readable(void **state)
{
    (void)state;
    assert_int_equal(read_one(made("missing")), ERR_NOINPUT);
    assert_non_null(strstr(error.text, "missing"));
    assert_non_null(strstr(error.text, "No such file"));
    const char *const paths[] = { made("missing"), make_file("empty", SLICE("")) };
    assert_int_equal(read_all(paths, 2, 2), ERR_OK);
    assert_int_equal(c.source_count, 1);
    assert_int_equal(c.sources[0].n.bytes, 0);
    assert_int_equal(c.problem_count, 1);
    assert_int_equal(read_one(make_file("x.pcap", SLICE("\xd4\xc3\xb2\xa1\2\0\4\0 and more"))), ERR_OK);
    assert_int_equal(c.sources[0].kind, SOURCE_CAPTURE);
    assert_true(c.sources[0].partial);
    assert_true(problem_with("what was read until then is reported")->count);
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    snprintf(a.sun_path, sizeof a.sun_path, "%s", made("s"));
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(s, (struct sockaddr *)&a, sizeof a), 0);
    close(s);
    assert_int_equal(read_one(made("s")), ERR_NOINPUT);
}

struct writer {
    const char *path;
    struct slice bytes;
    bool stop;
    pthread_t thread;
};

static void *write_fifo(void *data)
{
    struct writer *w = data;
    int fd = open(w->path, O_WRONLY);
    size_t at = 0;
    while (at < w->bytes.n) {
        size_t n = w->bytes.n - at < 1000 ? w->bytes.n - at : 1000;
        ssize_t k = write(fd, w->bytes.p + at, n);
        if (k <= 0)
            break;
        at += (size_t)k;
    }
    if (w->stop) {
        /* more would come: only the wish to stop ends it */
        atomic_store(&stop, true);
        struct timespec t = { .tv_nsec = 600000000 };
        nanosleep(&t, NULL);
    }
    close(fd);
    return NULL;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fifo(void **state)
{
    (void)state;
    struct buf plain = { 0 }, packed = { 0 };
    make_lines(&plain, "fifo", 9000);
    make_packed(&packed, FORMAT_GZIP, buf_as_slice(&plain));
    assert_int_equal(mkfifo(made("fifo"), 0600), 0);
    struct writer w = { .path = made("fifo"), .bytes = buf_as_slice(&packed) };
    pthread_create(&w.thread, NULL, write_fifo, &w);
    assert_int_equal(read_one(made("fifo")), ERR_OK);
    pthread_join(w.thread, NULL);
    assert_true(stream_is(0, buf_as_slice(&plain)));
    assert_int_equal(double_year(c.streams[0]).basis, YEAR_NOW);
    assert_int_equal(double_year(c.streams[0]).written, NOW);
    /* and again, with an interruption while it waits for more */
    w = (struct writer){ .path = made("fifo"), .bytes = buf_as_slice(&plain), .stop = true };
    pthread_create(&w.thread, NULL, write_fifo, &w);
    double before = seconds();
    assert_int_equal(read_one(made("fifo")), ERR_OK);
    assert_true(seconds() - before < 0.5);
    pthread_join(w.thread, NULL);
    assert_true(c.interrupted);
    assert_true(c.sources[0].partial);
    buf_clear(&plain);
    buf_clear(&packed);
}

static void stop_at_once(void *data, const struct input_progress *p)
{
    (void)data;
    (void)p;
    atomic_store(&stop, true);
}

/* However much of a file in parts was read by then: what is said of it is its beginning, without a hole. */
static void interrupted_parts(void **state)
{
    (void)state;
    struct buf plain = { 0 };
    make_lines(&plain, "x", 1200000);
    const char *path = make_file("messages", buf_as_slice(&plain));
    for (unsigned workers = 1; workers <= 4; workers++) {
        atomic_store(&stop, workers == 4); /* at once, or when the first progress is said */
        struct input_options o = { .workers = workers, .stop = &stop, .on_progress = stop_at_once };
        casefile_clear(&c);
        c = (struct casefile){ .now = NOW };
        assert_int_equal(input_read(&path, 1, &o, &c, &error), ERR_OK);
        assert_int_equal(c.problem_count, 0);
        assert_true(c.interrupted || c.sources[0].n.bytes == plain.n);
        for (size_t i = 0; i < c.stream_count; i++) {
            struct slice text = double_text(c.streams[i]);
            assert_false(double_wrong_offset(c.streams[i]));
            assert_int_equal(text.n, c.sources[0].n.bytes < 64u << 20 ? c.sources[0].n.bytes : text.n);
            assert_true(slice_starts(buf_as_slice(&plain), text));
            assert_true(c.sources[0].partial || c.sources[0].n.bytes == plain.n);
        }
    }
    buf_clear(&plain);
}

static void on_progress(void *data, const struct input_progress *p)
{
    unsigned *calls = data;
    (*calls)++;
    assert_true(p->done <= p->total || p->total == 0);
    assert_non_null(p->path);
}

static void forced_year_and_progress(void **state)
{
    (void)state;
    unsigned calls = 0;
    const char *path = make_file("messages", SLICE("x\n"));
    struct input_options o = { .base_year = 2019, .workers = 2, .on_progress = on_progress, .data = &calls };
    assert_int_equal(input_read(&path, 1, &o, &c, &error), ERR_OK);
    assert_int_equal(double_year(c.streams[0]).forced, 2019);
    assert_true(calls > 0);
    assert_true(c.now > NOW); /* a casefile without a now gets one */
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(one_log_in_any_dress),
        T(big_file_in_parts),
        T(no_newline_at_all),
        T(generations_of_a_folder),
        T(twins_count_once),
        T(twins_in_an_archive),
        T(same_file_twice),
        T(bundles),
        T(truncated_bundle),
        T(hostile_members),
        T(encrypted_zip),
        T(nested_too_deep),
        T(sparse_member),
        T(loose_logs_by_content),
        T(odd_files_in_a_folder),
        T(nothing_readable),
        T(fifo),
        T(interrupted_parts),
        T(forced_year_and_progress),
    };
    return cmocka_run_group_tests_name("input", tests, NULL, NULL);
}
