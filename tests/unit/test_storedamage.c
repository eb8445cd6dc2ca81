/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of a state that a disk, a person or another program has got at: it is said, set aside and made anew, or
 * it opens; a second start never meets the same trouble. And what a full disk, a failing sync and a folder that may not
 * be written to do to it. ROUNDS (damaged states) and SEED.
 */
#include "base/caps.h"
#include "tests/unit/store_maker.h"
#include "tests/unit/store_vfs.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#define LOCK "state.lock"
#define NOBODY 65534

static struct err e;
static unsigned seed, rounds;

static unsigned dice(unsigned n)
{
    return (unsigned)rand_r(&seed) % n;
}

static const char *fresh(void)
{
    static unsigned n;
    char name[32];
    snprintf(name, sizeof name, "d%u", n++);
    return kept(name);
}

static unsigned journal_pages; /* 0: as many as there are */

static enum err_code open_as(const char *folder, bool power_safe, struct store **s, struct store_opened *how)
{
    struct store_options o = {
        .folder = folder, .power_safe = power_safe, .journal_pages = journal_pages, .now = 1800000000
    };
    return store_open(&o, s, how, &e);
}

/* ---- emptied, taken away ---- */

static void emptied(void **state)
{
    (void)state;
    const char *folder = fresh();
    struct store_opened how;
    store_close(keep_open(folder, &how));
    for (unsigned n = 0; n < 2; n++) {
        keep_bytes(kept_file(folder, STORE_FILE), SLICE(""));
        store_close(keep_open(folder, &how));
        assert_int_equal(how.found, STORE_REBUILT);
        assert_string_equal(how.trouble, "it is empty, and was not");
        assert_int_equal(access(kept_file(folder, how.aside), F_OK), 0);
        store_close(keep_open(folder, &how));
        assert_int_equal(how.found, STORE_KEPT);
    }
}

static void taken_away(void **state)
{
    (void)state;
    const char *folder = fresh();
    struct store_opened how;
    store_close(keep_open(folder, &how));
    assert_int_equal(unlink(kept_file(folder, STORE_FILE)), 0);
    store_close(keep_open(folder, &how));
    assert_int_equal(how.found, STORE_NEW);
    /* killed between making the file and making its tables, for the first time and after that */
    keep_empty(folder);
    keep_bytes(kept_file(folder, STORE_FILE), SLICE(""));
    store_close(keep_open(folder, &how));
    assert_int_equal(how.found, STORE_NEW);
    keep_bytes(kept_file(folder, STORE_FILE), SLICE(""));
    keep_bytes(kept_file(folder, LOCK), SLICE("4711\n"));
    store_close(keep_open(folder, &how));
    assert_int_equal(how.found, STORE_NEW);
}

/* The word that the one before has left, with a rest behind it that he was killed before he could cut off. */
static void word_in_the_lock(void **state)
{
    (void)state;
    const char *folder = fresh();
    struct store_opened how;
    store_close(keep_open(folder, &how));
    keep_bytes(kept_file(folder, LOCK), SLICE("damaged\nbegun\n"));
    store_close(keep_open(folder, &how));
    assert_int_equal(how.found, STORE_REBUILT);
    keep_bytes(kept_file(folder, STORE_FILE), SLICE(""));
    keep_bytes(kept_file(folder, LOCK), SLICE("1\nbegun\ngun\n"));
    store_close(keep_open(folder, &how));
    assert_int_equal(how.found, STORE_REBUILT);
}

/* ---- what was set aside before ---- */

/* How many things in the folder have a name that begins so. */
static unsigned count_names(const char *folder, const char *begin)
{
    DIR *d = opendir(folder);
    unsigned n = 0;
    for (const struct dirent *f; d && (f = readdir(d));)
        n += strncmp(f->d_name, begin, strlen(begin)) == 0;
    closedir(d);
    return n;
}

static void keeps_the_latest(void **state)
{
    (void)state;
    static const char *const before[] = { "20200101T000000Z", "20200102T000000Z", "20200102T000000Z-2",
        "20200102T000000Z-10", "20200103T000000Z" };
    const char *folder = fresh();
    char name[64];
    struct store_opened how;
    store_close(keep_open(folder, &how));
    for (unsigned i = 0; i < sizeof before / sizeof *before; i++) {
        snprintf(name, sizeof name, STORE_FILE ".damaged-%s", before[i]);
        if (i % 2 == 0) { /* somebody had a folder there: the oldest, one in the middle, the latest */
            keep_folder(kept_file(folder, name));
            continue;
        }
        keep_bytes(kept_file(folder, name), SLICE("x"));
        strcat(name, "-wal");
        keep_bytes(kept_file(folder, name), SLICE("x"));
    }
    for (unsigned n = 0; n < 4; n++) {
        keep_bytes(kept_file(folder, STORE_FILE), SLICE("no database, and long enough to be looked at by all of it"));
        store_close(keep_open(folder, &how));
        assert_int_equal(how.found, STORE_REBUILT);
        assert_int_equal(access(kept_file(folder, how.aside), F_OK), 0);
        bool first = access(kept_file(folder, STORE_FILE ".damaged-20200102T000000Z"), F_OK) == 0;
        bool second = access(kept_file(folder, STORE_FILE ".damaged-20200102T000000Z-10"), F_OK) == 0;
        assert_true(first == (n < 1) && second == (n < 2));
        assert_true(second == (access(kept_file(folder, STORE_FILE ".damaged-20200102T000000Z-10-wal"), F_OK) == 0));
    }
    assert_int_equal(count_names(folder, STORE_FILE ".damaged-"), CAP_STORE_ASIDE + 3);
    for (unsigned i = 0; i < sizeof before / sizeof *before; i += 2) {
        snprintf(name, sizeof name, STORE_FILE ".damaged-%s", before[i]);
        assert_int_equal(access(kept_file(folder, name), F_OK), 0);
    }
}

/* ---- damaged in any way ---- */

enum part { PART_DB, PART_WAL, PART_SHM, PARTS };

static const char *const part_names[PARTS] = { STORE_FILE, STORE_FILE "-wal", STORE_FILE "-shm" };

struct image {
    struct buf parts[PARTS]; /* without bytes: it isn't there */
};

static bool one_row(void *arg, const void *row)
{
    (void)row;
    ++*(unsigned *)arg;
    return true;
}

/* Everything that a watcher does with its state. */
static enum err_code use(struct store *s, unsigned n)
{
    struct store_keep keep = { .closed_before = 3, .events = 5, .incidents = 5, .peers = 5 };
    uint64_t lost;
    unsigned rows = 0;
    enum err_code rc = store_marks(s, one_row, &rows, &e);
    if (rc == ERR_OK)
        rc = store_lines(s, one_row, &rows, &e);
    if (rc == ERR_OK)
        rc = store_sources(s, one_row, &rows, &e);
    if (rc == ERR_OK)
        rc = store_peers(s, one_row, &rows, &e);
    if (rc == ERR_OK)
        rc = store_incidents(s, false, one_row, &rows, &e);
    if (rc == ERR_OK)
        rc = store_alarms(s, false, one_row, &rows, &e);
    if (rc == ERR_OK)
        rc = store_events(s, 0, SIZE_MAX, one_row, &rows, &e);
    if (rc == ERR_OK)
        rc = keep_step(s, n, &e);
    return rc == ERR_OK ? store_forget(s, &keep, &lost, &e) : rc;
}

/* As it lies there while it is in use: some of it in the database, some in the journal. */
static void take_image(struct image *out)
{
    const char *folder = fresh();
    struct store_opened how;
    struct store *s = NULL;
    assert_int_equal(open_as(folder, false, &s, &how), ERR_OK);
    for (unsigned n = 0; n < 60; n++)
        assert_int_equal(keep_step(s, n, &e), ERR_OK);
    for (unsigned p = 0; p < PARTS; p++)
        keep_read(kept_file(folder, part_names[p]), &out->parts[p]);
    store_close(s);
    assert_true(out->parts[PART_DB].n >= 10 * 4096 && out->parts[PART_WAL].n > 4096);
}

static void flip(struct buf *b)
{
    for (unsigned n = 1U << dice(8); n > 0; n--)
        b->p[dice((unsigned)b->n)] ^= (char)(1U << dice(8));
}

/* The header decides what SQLite takes it for. */
static void flip_header(struct buf *b)
{
    for (unsigned n = 1 + dice(4); n > 0; n--)
        b->p[dice(100)] = (char)dice(256);
}

static void cut(struct buf *b)
{
    b->n = dice((unsigned)b->n);
}

static void cut_at_page(struct buf *b)
{
    b->n = 4096 * (size_t)dice((unsigned)(b->n / 4096) + 1);
}

static void swap_pages(struct buf *b)
{
    char page[4096], *p, *q;
    if (b->n < 2 * sizeof page)
        return;
    p = b->p + 4096 * (size_t)dice((unsigned)(b->n / 4096));
    q = b->p + 4096 * (size_t)dice((unsigned)(b->n / 4096));
    memcpy(page, p, sizeof page);
    memmove(p, q, sizeof page);
    memcpy(q, page, sizeof page);
}

static void zero_page(struct buf *b)
{
    size_t at = b->n / 512 ? 512 * (size_t)dice((unsigned)(b->n / 512)) : 0;
    memset(b->p + at, 0, b->n - at < 4096 ? b->n - at : 4096);
}

static void noise(struct buf *b)
{
    for (size_t i = 0; i < b->n; i++)
        b->p[i] = (char)dice(256);
}

static void nothing(struct buf *b)
{
    b->n = 0;
}

static void longer(struct buf *b)
{
    size_t n = b->n;
    char *more = buf_more(b, 1 + dice(9000));
    memset(more, (int)dice(256), b->n - n);
}

static void (*const ways[])(
    struct buf *b) = { flip, flip_header, cut, cut_at_page, swap_pages, zero_page, noise, nothing, longer };

static void damage(const struct image *good, const char *folder, char *what, size_t size)
{
    *what = '\0';
    bool there[PARTS] = { true, dice(3) > 0, dice(3) > 0 };
    struct image bad = { 0 };
    for (unsigned p = 0; p < PARTS; p++)
        buf_slice(&bad.parts[p], buf_as_slice(&good->parts[p]));
    for (unsigned n = 1 + dice(3); n > 0; n--) {
        enum part p = there[PART_WAL] && dice(3) == 0 ? PART_WAL : there[PART_SHM] && dice(4) == 0 ? PART_SHM : PART_DB;
        unsigned way = dice(sizeof ways / sizeof *ways);
        size_t told = strlen(what);
        snprintf(what + told, size - told, " %s:%u", part_names[p] + strlen("state."), way);
        if (bad.parts[p].n >= 100)
            ways[way](&bad.parts[p]);
    }
    keep_empty(folder);
    keep_bytes(kept_file(folder, LOCK), SLICE("4711\nbegun\n"));
    for (unsigned p = 0; p < PARTS; p++) {
        if (there[p])
            keep_bytes(kept_file(folder, part_names[p]), buf_as_slice(&bad.parts[p]));
        buf_clear(&bad.parts[p]);
    }
}

/* How many starts it takes until it works; each but the last finds damage and sets it aside. */
static unsigned starts(const char *folder, const char *what, unsigned *rebuilt)
{
    struct store_opened how;
    struct store *s;
    for (unsigned n = 1;; n++) {
        if (n > 3)
            fail_msg("it doesn't get well:%s: %s", what, e.text);
        enum err_code rc = open_as(folder, false, &s, &how);
        if (rc == ERR_DATA && strstr(e.text, "newer version")) /* a flip can say that, too: it is left alone */
            return 0;
        if (rc != ERR_OK)
            fail_msg("it can't be opened:%s: %s", what, e.text);
        assert_true((how.found == STORE_REBUILT) == (how.trouble[0] && how.aside[0]));
        assert_true(how.found != STORE_REBUILT || count_names(folder, how.aside) > 0);
        assert_true(how.found != STORE_NEW);
        *rebuilt += how.found == STORE_REBUILT;
        rc = use(s, 1000);
        if (rc != ERR_OK && (rc != ERR_DATA || how.found == STORE_REBUILT || !strstr(e.text, "set aside")))
            fail_msg("it can't be used, and that isn't said:%s: %s", what, e.text);
        store_close(s);
        if (rc == ERR_OK)
            return n;
    }
}

static void damaged(void **state)
{
    (void)state;
    struct image good = { 0 };
    const char *folder = kept("damaged");
    unsigned count[4] = { 0 }, rebuilt = 0;
    char what[160];
    keep_folder(folder);
    journal_pages = 20;
    take_image(&good);
    for (unsigned i = 0; i < rounds; i++) {
        damage(&good, folder, what, sizeof what);
        unsigned before = rebuilt, n = starts(folder, what, &rebuilt), again = 0;
        count[n]++;
        if (n && (starts(folder, what, &again) != 1 || again))
            fail_msg("the start after that finds damage again:%s", what);
        assert_true(rebuilt - before <= 1);
    }
    printf("# %u damaged states: %u set aside, %u of them while in use, %u said to be newer, the others open\n", rounds,
        rebuilt, count[2], count[0]);
    assert_true(rounds < 100 || (rebuilt > rounds / 4 && rebuilt < rounds));
    for (unsigned p = 0; p < PARTS; p++)
        buf_clear(&good.parts[p]);
}

/* ---- no room ---- */

static void refused(enum err_code rc, const char *words)
{
    if (rc != ERR_IO || !strstr(e.text, words) || !strstr(e.text, STORE_FILE))
        fail_msg("%s: \"%s\" is not in \"%s\"", err_name(rc), words, e.text);
}

/* A new state, with room for `n` writes (or syncs) only. */
static bool begins_without(int *left, int n, const char *words)
{
    const char *folder = kept("begun");
    struct store_opened how;
    struct store *s;
    vfs_refused = 0;
    *left = n;
    enum err_code rc = open_as(folder, true, &s, &how);
    *left = -1;
    if (rc != ERR_OK)
        refused(rc, words);
    store_close(s);
    s = keep_open(folder, &how);
    assert_true(how.found == STORE_NEW || how.found == STORE_KEPT);
    assert_int_equal(use(s, 1), ERR_OK);
    store_close(s);
    keep_empty(folder);
    return vfs_refused > 0;
}

/* A step in a state that is in use, and all its closing. */
static bool goes_on_without(int *left, int n, const char *words)
{
    static struct buf before, after;
    const char *folder = kept("begun");
    struct store_opened how;
    struct store *s;
    assert_int_equal(open_as(folder, true, &s, &how), ERR_OK);
    for (unsigned k = 0; k < 12; k++)
        assert_int_equal(keep_step(s, k, &e), ERR_OK);
    keep_tell(s, &before);
    vfs_refused = 0;
    *left = n;
    enum err_code rc = use(s, 12);
    if (rc != ERR_OK) {
        refused(rc, words);
        assert_int_equal(use(s, 12), rc); /* and again */
        *left = -1;
        store_undo(s);
        keep_tell(s, &after);
        /* what was done before that is whole */
        assert_true(strcmp(before.p, after.p) == 0 || strstr(after.p, "step 12"));
        assert_int_equal(use(s, 12), ERR_OK);
        *left = 0;
    }
    keep_tell(s, &before);
    store_close(s);
    *left = -1;
    s = keep_open(folder, &how);
    assert_int_equal(how.found, STORE_KEPT);
    keep_tell(s, &after);
    assert_string_equal(before.p, after.p);
    store_close(s);
    buf_clear(&before);
    buf_clear(&after);
    keep_empty(folder);
    return vfs_refused > 0;
}

static void at_each_moment(int *left, const char *words, unsigned least)
{
    unsigned begun = 0, step = 0;
    while (begins_without(left, (int)begun, words))
        begun++;
    while (goes_on_without(left, (int)step, words))
        step++;
    printf("# %u moments of a beginning, %u of a step\n", begun, step);
    assert_true(begun >= least && step >= least);
}

static void no_room_at_each_write(void **state)
{
    (void)state;
    keep_folder(kept("begun"));
    journal_pages = 3;
    at_each_moment(&vfs_room, "no room is left", 10);
}

static void no_sync_at_each_sync(void **state)
{
    (void)state;
    journal_pages = 3;
    at_each_moment(&vfs_syncs, "disk I/O error", 2);
}

/* ---- it may not be written to ---- */

/* But for the lock, which has the pid of who has tried. */
static void all_of_it(const char *folder, struct buf *out)
{
    static struct buf bytes;
    struct dirent **names;
    int n = scandir(folder, &names, NULL, alphasort);
    buf_reset(out);
    for (int i = 0; i < n; i++) {
        if (names[i]->d_name[0] != '.' && strcmp(names[i]->d_name, LOCK) != 0) {
            keep_read(kept_file(folder, names[i]->d_name), &bytes);
            buf_printf(out, "%s %zu:", names[i]->d_name, bytes.n);
            buf_slice(out, buf_as_slice(&bytes));
        }
        free(names[i]);
    }
    free(names);
    buf_clear(&bytes);
}

/* In a process that is not root: 0 when it is refused as it should be. */
static int try_as_nobody(const char *folder, const char *file, const char *next)
{
    struct store_opened how;
    struct store *s;
    if (geteuid() == 0 && setuid(NOBODY) != 0)
        return 1;
    enum err_code rc = open_as(folder, false, &s, &how);
    if (rc == ERR_PERMISSION && strstr(e.text, file) && strstr(e.text, next) && how.found == STORE_NEW)
        return 0;
    fprintf(stderr, "%s: %s\n", err_name(rc), e.text);
    return 2;
}

static void refuses_folder(const char *folder, const char *file, const char *next)
{
    struct buf before = { 0 }, after = { 0 };
    int status = -1;
    all_of_it(folder, &before);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(try_as_nobody(folder, file, next));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    all_of_it(folder, &after);
    assert_true(slice_eq(buf_as_slice(&before), buf_as_slice(&after)));
    buf_clear(&before);
    buf_clear(&after);
}

static void may_not_be_written_to(void **state)
{
    (void)state;
    const char *folder = fresh(), *names[] = { STORE_FILE, LOCK, "" };
    struct store *s = keep_open(folder, NULL);
    assert_int_equal(keep_step(s, 1, &e), ERR_OK);
    store_close(s);
    assert_int_equal(chmod(kept("."), 0711), 0);
    for (unsigned i = 0; i < 3 && geteuid() == 0; i++)
        assert_int_equal(chown(kept_file(folder, names[i]), NOBODY, NOBODY), 0);
    assert_int_equal(chmod(folder, 0500), 0);
    refuses_folder(folder, folder, "chmod u+w"); /* the journal has no place */
    assert_int_equal(chmod(kept_file(folder, STORE_FILE), 0400), 0);
    refuses_folder(folder, STORE_FILE, "chmod u+w");
    assert_int_equal(chmod(kept_file(folder, LOCK), 0400), 0);
    refuses_folder(folder, LOCK, "chmod u+w");
    assert_int_equal(unlink(kept_file(folder, LOCK)), geteuid() == 0 ? 0 : -1);
    refuses_folder(folder, LOCK, "chmod u+w");
    assert_int_equal(chmod(folder, 0700), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emptied),
        cmocka_unit_test(taken_away),
        cmocka_unit_test(word_in_the_lock),
        cmocka_unit_test(keeps_the_latest),
        cmocka_unit_test(damaged),
        cmocka_unit_test(no_room_at_each_write),
        cmocka_unit_test(no_sync_at_each_sync),
        cmocka_unit_test(may_not_be_written_to),
    };
    const char *given = getenv("SEED"), *many = getenv("ROUNDS");
    seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    rounds = many ? (unsigned)strtoul(many, NULL, 10) : 300;
    printf("# SEED=%u\n", seed);
    keep_place();
    vfs_register();
    int failed = cmocka_run_group_tests_name("storedamage", tests, NULL, NULL);
    keep_gone();
    return failed;
}
