/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/ring.h"
#include "base/mem.h"
#include "pcap/capfile.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[] = "/tmp/sftunnel-ring.XXXXXX";
static char path_space[4][256];

static const char *at(const char *name)
{
    static unsigned turn;
    char *p = path_space[turn++ % 4];
    snprintf(p, sizeof path_space[0], "%s/%s", folder, name);
    return p;
}

static int make(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/sftunnel-ring.XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int drop(void **state)
{
    (void)state;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));)
        if (e->d_name[0] != '.')
            unlinkat(dirfd(d), e->d_name, 0);
    if (d)
        closedir(d);
    return rmdir(folder);
}

static uint8_t bytes[4096];

static struct packet packet_of(uint32_t n, uint64_t frame)
{
    return (struct packet){
        .data = bytes, .captured = n, .length = n, .link = 1, .frame = frame, .time_ns = (int64_t)frame
    };
}

/* How many whole packets a file holds; times must go on from *last. */
static uint64_t packets_in(const char *path, int64_t *last, size_t *size)
{
    static char space[1 << 20];
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t n = read(fd, space, sizeof space);
    close(fd);
    assert_true(n >= 0);
    *size = (size_t)n;
    struct capfile *f = capfile_new();
    struct packet p;
    struct err e = { 0 };
    capfile_feed(f, space, (size_t)n);
    while (capfile_next(f, &p, &e) == CAPFILE_PACKET) {
        assert_true(p.time_ns > *last);
        *last = p.time_ns;
    }
    assert_int_equal(capfile_end(f, &e), ERR_OK);
    uint64_t frames = capfile_frames(f);
    capfile_free(f);
    return frames;
}

static void one_file(void **state)
{
    (void)state;
    struct ring *r;
    struct err e;
    struct stat st;
    int64_t last = 0;
    size_t size;
    struct ring_options o = { .path = at("x.pcap"), .files = 1, .link = 1, .snapshot = 65535 };
    assert_int_equal(ring_open(&o, &r, &e), ERR_OK);
    for (uint64_t i = 1; i <= 500; i++) {
        struct packet p = packet_of((uint32_t)i, i);
        assert_int_equal(ring_packet(r, &p, &e), ERR_OK);
    }
    assert_int_equal(ring_close(r, &e), ERR_OK);
    assert_int_equal(packets_in(o.path, &last, &size), 500);
    assert_int_equal(stat(o.path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void a_limit_for_one_file(void **state)
{
    (void)state;
    struct ring *r;
    struct err e;
    int64_t last = 0;
    size_t size;
    struct ring_options o = { .path = at("x.pcap"), .files = 1, .bytes = 10000, .link = 1, .snapshot = 65535 };
    assert_int_equal(ring_open(&o, &r, &e), ERR_OK);
    for (uint64_t i = 1; i <= 500; i++) {
        struct packet p = packet_of(84, i);
        assert_int_equal(ring_packet(r, &p, &e), ERR_OK);
    }
    assert_int_equal(ring_flush(r, &e), ERR_OK);
    assert_int_equal(ring_counts(r)->packets, 99);
    assert_int_equal(ring_counts(r)->over, 401);
    assert_int_equal(ring_close(r, &e), ERR_OK);
    assert_int_equal(packets_in(o.path, &last, &size), 99);
    assert_true(size <= 10000);
}

static void the_oldest_is_written_over(void **state)
{
    (void)state;
    struct ring *r;
    struct err e;
    size_t size, all = 0;
    struct ring_options o = { .path = at("x"), .files = 3, .bytes = 10000, .link = 1, .snapshot = 65535 };
    assert_int_equal(ring_open(&o, &r, &e), ERR_OK);
    for (uint64_t i = 1; i <= 1000; i++) {
        struct packet p = packet_of(84, i);
        assert_int_equal(ring_packet(r, &p, &e), ERR_OK);
        for (int k = 1; k <= 3; k++) {
            struct stat st;
            char name[8];
            snprintf(name, sizeof name, "x.%d", k);
            assert_int_equal(stat(at(name), &st), 0);
            assert_true(st.st_size <= 10000);
        }
    }
    assert_int_equal(ring_close(r, &e), ERR_OK);
    /* 99 packets a file: the eleventh file, x.2, holds the last ten; before it x.1, before that x.3 */
    int64_t last = 0;
    assert_int_equal(packets_in(at("x.3"), &last, &size), 99);
    all += size;
    assert_int_equal(packets_in(at("x.1"), &last, &size), 99);
    all += size;
    assert_int_equal(packets_in(at("x.2"), &last, &size), 10);
    assert_int_equal(last, 1000);
    assert_true(all + size <= 30000);
}

/* A limit on the size of files stands in for a full disk. */
static void no_room(void **state)
{
    (void)state;
    struct ring *r;
    struct err e;
    struct rlimit before, small;
    int64_t last = 0;
    size_t size;
    struct ring_options o = { .path = at("x.pcap"), .files = 1, .link = 1, .snapshot = 65535 };
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(ring_open(&o, &r, &e), ERR_OK);
    struct packet p = packet_of(84, 1);
    assert_int_equal(ring_packet(r, &p, &e), ERR_OK);
    assert_int_equal(ring_flush(r, &e), ERR_OK);
    small = before;
    small.rlim_cur = 200;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    p = packet_of(84, 2);
    assert_int_equal(ring_packet(r, &p, &e), ERR_OK);
    assert_int_equal(ring_flush(r, &e), ERR_IO);
    assert_non_null(strstr(e.text, "goes on without"));
    assert_int_equal(ring_packet(r, &p, &e), ERR_OK);
    assert_int_equal(ring_flush(r, &e), ERR_OK); /* said once */
    assert_int_equal(ring_counts(r)->lost, 2);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    p = packet_of(84, 3);
    assert_int_equal(ring_packet(r, &p, &e), ERR_OK);
    assert_int_equal(ring_close(r, &e), ERR_OK);
    assert_int_equal(packets_in(o.path, &last, &size), 2);
    assert_int_equal(last, 3);
}

static void what_is_refused(void **state)
{
    (void)state;
    struct ring *r;
    struct err e;
    struct ring_options o = { .path = at("link"), .files = 1, .link = 1, .snapshot = 65535 };
    assert_int_equal(symlink("elsewhere", o.path), 0);
    assert_int_equal(ring_open(&o, &r, &e), ERR_CANTCREATE);
    assert_non_null(strstr(e.text, "symbolic link"));
    assert_int_equal(access(at("elsewhere"), F_OK), -1);
    o.path = "/dev/null";
    assert_int_equal(ring_open(&o, &r, &e), ERR_CANTCREATE);
    o.path = "/no/such/folder/x";
    o.files = 4;
    assert_int_equal(ring_open(&o, &r, &e), ERR_CANTCREATE);
    assert_non_null(strstr(e.text, "/no/such/folder/x.1"));
    assert_null(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_file, make, drop),
        cmocka_unit_test_setup_teardown(a_limit_for_one_file, make, drop),
        cmocka_unit_test_setup_teardown(the_oldest_is_written_over, make, drop),
        cmocka_unit_test_setup_teardown(no_room, make, drop),
        cmocka_unit_test_setup_teardown(what_is_refused, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
