/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Crash images: all that SQLite does to its files in a day of a little watcher is written down, and then the files are
 * made again as a kill at any moment leaves them, and as a power cut does: of what was not synced any part is missing,
 * also half a write. Each image must open as a state that some commit has left. ROUNDS (images) and SEED.
 */
#include "agent/store/journal.h"
#include "tests/unit/store_maker.h"
#include "tests/unit/store_vfs.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#define STEPS 40
#define SECTOR 512
#define IMAGE_MOST 4194304

/* What a commit has left, and how far the log had come when it began and when it had returned. */
struct commit {
    size_t begun, returned;
    char *text;
};

static struct commit commits[STEPS * 2];
static size_t commits_n;
static char epoch[STORE_EPOCH_BYTES];
static unsigned seed, rounds;

struct image {
    bool there;
    size_t n;
    char *bytes;
};

static unsigned dice(unsigned n)
{
    return (unsigned)rand_r(&seed) % n;
}

/* ---- the day ---- */

static void committed(struct store *s, size_t begun)
{
    struct buf text = { 0 };
    size_t returned = vfs_moment();
    keep_tell(s, &text);
    commits[commits_n++] = (struct commit){ begun, returned, buf_take(&text) };
}

/* After how many pages a commit writes back itself; beside whose commits another thread does. */
static unsigned journal_pages;
static bool beside;

struct writing_back {
    struct journal *journal;
    pthread_t thread;
    atomic_bool stop;
    unsigned failed;
    struct err e;
};

static void *write_back(void *arg)
{
    struct writing_back *b = arg;
    while (!b->stop) {
        b->failed += journal_write_back(b->journal, &b->e) != ERR_OK;
        sched_yield();
    }
    return NULL;
}

static void write_back_begin(struct writing_back *b, const struct store *s)
{
    *b = (struct writing_back){ 0 };
    if (!beside)
        return;
    assert_int_equal(journal_open(s, &b->journal, &b->e), ERR_OK);
    assert_int_equal(pthread_create(&b->thread, NULL, write_back, b), 0);
}

static void write_back_end(struct writing_back *b)
{
    if (!beside)
        return;
    b->stop = true;
    pthread_join(b->thread, NULL);
    journal_close(b->journal);
    assert_int_equal(b->failed, 0);
}

static struct store *open_as(const char *folder, bool power_safe, struct store_opened *how, struct err *e)
{
    struct store_options o = {
        .folder = folder, .power_safe = power_safe, .journal_pages = journal_pages, .now = 1800000000
    };
    struct store *s = NULL;
    (void)!store_open(&o, &s, how, e);
    return s;
}

static void live(bool power_safe)
{
    const char *folder = kept("live");
    struct store_opened how;
    struct err e = { 0 };
    while (commits_n > 0)
        free(commits[--commits_n].text);
    keep_empty(folder);
    struct writing_back back;
    vfs_record(true);
    struct store *s = open_as(folder, power_safe, &how, &e);
    assert_non_null(s);
    assert_int_equal(how.found, STORE_NEW);
    snprintf(epoch, sizeof epoch, "%s", store_epoch(s));
    committed(s, 0);
    write_back_begin(&back, s);
    for (unsigned n = 0; n < STEPS; n++) {
        size_t begun = vfs_moment();
        assert_int_equal(keep_step(s, n, &e), ERR_OK);
        committed(s, begun);
        if (n % 9 == 8) {
            struct store_keep keep = { .closed_before = n, .events = 5, .incidents = 5, .peers = 5 };
            uint64_t lost;
            begun = vfs_moment();
            assert_int_equal(store_forget(s, &keep, &lost, &e), ERR_OK);
            committed(s, begun);
        }
        if (n % 15 == 14) {
            write_back_end(&back);
            store_close(s);
            s = open_as(folder, power_safe, &how, &e);
            assert_non_null(s);
            write_back_begin(&back, s);
        }
    }
    write_back_end(&back);
    store_close(s);
    vfs_record(false);
}

/* ---- images ---- */

static void put(struct image *f, const struct vfs_op *op, size_t from, size_t n)
{
    size_t at = (size_t)op->offset + from;
    assert_true(at + n <= IMAGE_MOST);
    if (at > f->n)
        memset(f->bytes + f->n, 0, at - f->n);
    memcpy(f->bytes + at, op->bytes + from, n);
    f->n = at + n > f->n ? at + n : f->n;
    f->there = true;
}

static void cut(struct image *f, size_t n)
{
    if (n > f->n)
        memset(f->bytes + f->n, 0, n - f->n);
    f->n = n;
    f->there = true;
}

static void apply(struct image files[VFS_FILES], const struct vfs_op *op)
{
    struct image *f = &files[op->file];
    switch (op->what) {
    case VFS_WRITE: put(f, op, 0, op->n); break;
    case VFS_TRUNCATE: cut(f, (size_t)op->offset); break;
    case VFS_SYNC: break;
    case VFS_DELETE:
    case VFS_DELETE_SYNCED:
        f->there = false;
        f->n = 0;
        break;
    }
}

/* Where what was done to this file before `end` has last become durable. */
static size_t durable(enum vfs_file file, size_t end)
{
    for (size_t i = end; i-- > 0;) {
        if (vfs_log[i].file == file && (vfs_log[i].what == VFS_SYNC || vfs_log[i].what == VFS_DELETE_SYNCED))
            return i + 1;
    }
    return 0;
}

static bool last_of_its_file(size_t i, size_t end)
{
    for (size_t k = i + 1; k < end; k++) {
        if (vfs_log[k].file == vfs_log[i].file)
            return false;
    }
    return true;
}

/* An op of which the disk does not know yet: all, nothing, or some sectors of it have come there. */
static void apply_perhaps(struct image files[VFS_FILES], size_t i, size_t end, unsigned keep)
{
    const struct vfs_op *op = &vfs_log[i];
    /* what is written to a new file of the same name can't go to the old one */
    bool whole = op->what == VFS_DELETE && !last_of_its_file(i, end);
    /* once a new state is open the store has synced the folder, of which this log knows nothing */
    whole = whole || (op->what == VFS_DELETE && i < commits[0].returned && commits[0].returned <= end);
    if (whole || dice(100) < keep) {
        apply(files, op);
    } else if (op->what == VFS_WRITE && dice(3) == 0) {
        for (size_t at = 0; at < op->n; at += SECTOR) {
            if (dice(2))
                put(&files[op->file], op, at, op->n - at < SECTOR ? op->n - at : SECTOR);
        }
    }
}

static void power_cut(struct image files[VFS_FILES], size_t end)
{
    static const unsigned chances[] = { 0, 30, 70, 97 };
    unsigned keep = chances[dice(4)];
    size_t known[VFS_FILES];
    for (unsigned f = 0; f < VFS_FILES; f++)
        known[f] = durable(f, end);
    for (size_t i = 0; i < end; i++) {
        if (i < known[vfs_log[i].file])
            apply(files, &vfs_log[i]);
        else
            apply_perhaps(files, i, end, keep);
    }
}

static void write_out(const char *folder, const struct image files[VFS_FILES])
{
    static const char *const names[VFS_FILES] = { STORE_FILE, STORE_FILE "-wal", STORE_FILE "-journal" };
    keep_empty(folder);
    /* the store makes the file before it lets SQLite open it */
    keep_bytes(kept_file(folder, STORE_FILE), SLICE(""));
    for (unsigned f = 0; f < VFS_FILES; f++) {
        if (files[f].there)
            keep_bytes(kept_file(folder, names[f]), (struct slice){ files[f].bytes, files[f].n });
    }
}

/* ---- what must be found in them ---- */

/* The commits that may be the last one. */
static void allowed(size_t end, size_t *from, size_t *to)
{
    *from = *to = 0;
    for (size_t c = 0; c < commits_n; c++) {
        if (commits[c].returned <= end)
            *from = c;
        if (commits[c].begun < end)
            *to = c;
    }
}

static void goes_on(struct store *s, const struct buf *was)
{
    struct err e = { 0 };
    struct buf now = { 0 };
    if (keep_step(s, 1000, &e) != ERR_OK)
        fail_msg("it can't be written to: %s", e.text);
    keep_tell(s, &now);
    assert_string_not_equal(now.p, was->p);
    assert_non_null(strstr(now.p, "step 1000"));
    buf_clear(&now);
}

static void judge(const char *folder, size_t end, bool cut_off, bool power_safe)
{
    struct store_opened how;
    struct err e = { 0 };
    struct buf text = { 0 };
    size_t from, to, c;
    allowed(end, &from, &to);
    if (cut_off && !power_safe)
        from = 0;
    struct store *s = open_as(folder, power_safe, &how, &e);
    if (!s || how.found == STORE_REBUILT)
        fail_msg("SEED=%u: image at %zu of %zu: %s%s", seed, end, vfs_log_n, e.text, how.trouble);
    if (end < commits[0].returned) {
        store_close(s); /* the first opening had not come to its end */
        return;
    }
    keep_tell(s, &text);
    for (c = from; c <= to; c++) {
        if (strcmp(commits[c].text, text.p) == 0)
            break;
    }
    if (c > to)
        fail_msg("image at %zu of %zu: none of commits %zu to %zu: %s", end, vfs_log_n, from, to, text.p);
    assert_int_equal(how.found, STORE_KEPT);
    assert_string_equal(store_epoch(s), epoch);
    if (dice(8) == 0)
        goes_on(s, &text);
    store_close(s);
    buf_clear(&text);
}

static void images(bool power_safe, bool cut_off, unsigned count)
{
    const char *folder = kept("image");
    struct image files[VFS_FILES] = { 0 };
    for (unsigned f = 0; f < VFS_FILES; f++)
        files[f].bytes = malloc(IMAGE_MOST);
    /* every moment when there are enough of them, else some, always with the first and the last */
    for (unsigned i = 0; i <= count; i++) {
        size_t end = count >= vfs_log_n ? i % (vfs_log_n + 1) : (size_t)i * vfs_log_n / count;
        if (count < vfs_log_n && end > 0 && end < vfs_log_n)
            end -= dice((unsigned)(vfs_log_n / count)) % end;
        for (unsigned f = 0; f < VFS_FILES; f++)
            files[f] = (struct image){ .bytes = files[f].bytes };
        if (cut_off)
            power_cut(files, end);
        else
            for (size_t k = 0; k < end; k++)
                apply(files, &vfs_log[k]);
        write_out(folder, files);
        judge(folder, end, cut_off, power_safe);
    }
    for (unsigned f = 0; f < VFS_FILES; f++)
        free(files[f].bytes);
}

static void each_kind(bool power_safe, bool another_thread)
{
    beside = another_thread;
    journal_pages = another_thread ? 0 : 60;
    live(power_safe);
    size_t syncs = 0, restarts = 0;
    for (size_t i = 0; i < vfs_log_n; i++) {
        syncs += vfs_log[i].what == VFS_SYNC;
        restarts += vfs_log[i].what == VFS_WRITE && vfs_log[i].file == VFS_DB;
    }
    /* else there would be nothing to cut */
    assert_true(vfs_log_n > 500 && syncs > (power_safe ? STEPS : 5) && restarts > 20);
    images(power_safe, false, rounds);
    images(power_safe, true, rounds);
    printf("# %s%s: %zu operations, %zu syncs, %u images of kills and as many of power cuts\n",
        power_safe ? "each commit synced" : "commits not synced", beside ? ", written back beside them" : "", vfs_log_n,
        syncs, rounds + 1);
}

static void killed_and_cut_off(void **state)
{
    (void)state;
    each_kind(false, false);
}

static void killed_while_another_thread_writes_back(void **state)
{
    (void)state;
    each_kind(false, true);
    each_kind(true, true);
}

static void killed_and_cut_off_when_synced(void **state)
{
    (void)state;
    each_kind(true, false);
}

/* This very test notices a store that does not sync, and one that is not whole. */
static void would_notice(void **state)
{
    (void)state;
    const char *folder = kept("image");
    struct image files[VFS_FILES] = { 0 };
    struct store_opened how;
    struct err e = { 0 };
    struct buf text = { 0 };
    for (unsigned f = 0; f < VFS_FILES; f++)
        files[f].bytes = malloc(IMAGE_MOST);
    for (size_t k = 0; k < vfs_log_n; k++) {
        if (vfs_log[k].file == VFS_DB)
            apply(files, &vfs_log[k]);
        if (vfs_log[k].what == VFS_DELETE && vfs_log[k].file == VFS_WAL)
            break; /* at the first closing: the database without what came later */
    }
    write_out(folder, files);
    struct store *s = open_as(folder, false, &how, &e);
    assert_non_null(s);
    keep_tell(s, &text);
    assert_string_not_equal(text.p, commits[commits_n - 1].text);
    store_close(s);
    buf_clear(&text);
    for (unsigned f = 0; f < VFS_FILES; f++)
        free(files[f].bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_and_cut_off),
        cmocka_unit_test(killed_while_another_thread_writes_back),
        cmocka_unit_test(killed_and_cut_off_when_synced),
        cmocka_unit_test(would_notice),
    };
    const char *given = getenv("SEED"), *many = getenv("ROUNDS");
    seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    rounds = many ? (unsigned)strtoul(many, NULL, 10) : 150;
    rounds = rounds ? rounds : 1;
    printf("# SEED=%u\n", seed);
    keep_place();
    keep_folder(kept("image"));
    vfs_register();
    int failed = cmocka_run_group_tests_name("storecrash", tests, NULL, NULL);
    keep_gone();
    vfs_clear();
    while (commits_n > 0)
        free(commits[--commits_n].text);
    return failed;
}
