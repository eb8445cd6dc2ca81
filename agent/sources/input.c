/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/input.h"

#include "agent/sources/certfiles.h"
#include "agent/sources/item.h"
#include "agent/sources/problems.h"
#include "agent/sources/reading.h"
#include "agent/sources/tree.h"
#include "base/buf.h"
#include "base/caps.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MOST_WORKERS 8
#define PROGRESS_MS 100

/* An archive or a live stream, to be read in pass two. */
struct later {
    char *path;
    struct file *file;
    bool given;
};

struct job {
    struct reading r;
    const char *const *paths;
    size_t count;
    struct later *later;
    size_t later_count, later_capacity;
    size_t opened; /* given paths that could be read */
    struct err first;
    bool stdin_used;
    /* under r.lock */
    bool done;
    pthread_cond_t ended;
};

static void unreadable(struct job *j, const char *path, const struct err *e)
{
    casefile_problem(j->r.c, path, "%s", e->text);
    if (j->first.code != ERR_OK)
        return;
    j->first = *e;
    err_prefix(&j->first, "%s", path);
}

static void put_off(struct job *j, const char *path, struct file *f, bool given)
{
    j->later = mem_grow(j->later, &j->later_capacity, j->later_count + 1, sizeof *j->later);
    j->later[j->later_count++] = (struct later){ .path = mem_strdup(path), .file = file_ref(f), .given = given };
    if (j->later_count > 64)
        file_rest(f);
}

/* Grows whenever something is taken up. */
static size_t taken(const struct job *j)
{
    return logs_count(j->r.logs) + j->r.c->source_count + j->later_count;
}

static void count_total(struct job *j, const struct file *f)
{
    atomic_fetch_add(&j->r.total, f->size);
}

static struct item item_of(const struct job *j, const char *path, struct file *f, bool given)
{
    return (struct item){
        .path = path,
        .file = f,
        .given = given,
        .written = f->regular ? f->mtime : j->r.c->now,
        .basis = f->regular ? YEAR_FILE : YEAR_NOW,
        .owner = f->owner,
    };
}

/* ---- pass one: what is there ---- */

static void folder(struct job *j, const char *path)
{
    struct tree t;
    struct err e = { 0 };
    if (tree_read(path, &j->r.origin, j->r.c, &t, &e) != ERR_OK) {
        unreadable(j, path, &e);
        return;
    }
    j->opened++;
    units_add_root(j->r.units, slice_of(path));
    size_t n = strlen(path), before = taken(j);
    const char *slash = n && path[n - 1] == '/' ? "" : "/";
    for (size_t i = 0; i < t.count && !origin_stopped(&j->r.origin); i++) {
        struct buf full = { 0 };
        struct file *f;
        buf_printf(&full, "%s%s%s", path, slash, t.files[i].path);
        if (file_open_below(t.root, t.files[i].path, &j->r.origin, &f, &e) == ERR_OK) {
            struct item it = item_of(j, full.p, f, false);
            units_saw(j->r.units, buf_as_slice(&full));
            size_t before_this = taken(j);
            if (item_read_file(&j->r, &it) == ITEM_LATER)
                put_off(j, full.p, f, false);
            if (taken(j) != before_this)
                count_total(j, f);
            file_unref(f);
        } else {
            casefile_problem(j->r.c, full.p, "%s", e.text);
            certfiles_bad_path(j->r.c, full.p, DISK_UNREADABLE, e.text);
        }
        buf_clear(&full);
    }
    if (taken(j) == before)
        problems_nothing_inside(j->r.c, path);
    tree_clear(&t);
}

static void standard_input(struct job *j)
{
    struct err e = { 0 };
    if (j->stdin_used || fcntl(STDIN_FILENO, F_GETFD) < 0) {
        err_set(&e, ERR_NOINPUT, j->stdin_used ? "was given twice: read once" : "is closed");
        unreadable(j, "-", &e);
        return;
    }
    struct file *f = file_stdin(&j->r.origin);
    j->stdin_used = true;
    j->opened++;
    put_off(j, "-", f, true);
    file_unref(f);
}

static void given(struct job *j, const char *path)
{
    struct stat st;
    struct err e = { 0 };
    struct file *f;
    if (strcmp(path, "-") == 0) {
        standard_input(j);
        return;
    }
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        folder(j, path);
        return;
    }
    if (file_open(path, &j->r.origin, &f, &e) != ERR_OK) {
        unreadable(j, path, &e);
        return;
    }
    j->opened++;
    count_total(j, f);
    struct item it = item_of(j, path, f, true);
    if (!f->regular || item_read_file(&j->r, &it) == ITEM_LATER)
        put_off(j, path, f, true);
    file_unref(f);
}

/* ---- pass two: archives and live streams, while the pool reads the files ---- */

static void read_later(struct job *j)
{
    for (size_t i = 0; i < j->later_count; i++) {
        struct later *k = &j->later[i];
        struct item it = item_of(j, k->path, k->file, k->given);
        if (!origin_stopped(&j->r.origin))
            (void)item_read_file(&j->r, &it);
        file_unref(k->file);
        free(k->path);
    }
    free(j->later);
    j->later = NULL;
}

static void *run(void *data)
{
    struct job *j = data;
    for (size_t i = 0; i < j->count && !origin_stopped(&j->r.origin); i++)
        given(j, j->paths[i]);
    logs_start_files(j->r.logs);
    j->r.began = true;
    read_later(j);
    logs_finish(j->r.logs);
    problems_cut_lines(j->r.c);
    units_settle(j->r.units, j->r.c);
    j->r.c->interrupted = origin_stopped(&j->r.origin);
    pthread_mutex_lock(&j->r.lock);
    j->done = true;
    pthread_cond_signal(&j->ended);
    pthread_mutex_unlock(&j->r.lock);
    return NULL;
}

/* ---- the calling thread ---- */

static void progress(struct job *j, const char *path)
{
    const struct input_options *o = j->r.o;
    uint64_t done = atomic_load(&j->r.done), total = j->stdin_used ? 0 : atomic_load(&j->r.total);
    struct input_progress p = { .done = total && done > total ? total : done, .total = total, .path = path };
    if (o->on_progress)
        o->on_progress(o->data, &p);
}

static void wait_for_end(struct job *j)
{
    char path[READING_SHOWN];
    bool done;
    do {
        struct timespec until;
        pthread_mutex_lock(&j->r.lock);
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += PROGRESS_MS * 1000000L;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_nsec -= 1000000000L;
            until.tv_sec++;
        }
        while (!j->done && pthread_cond_timedwait(&j->ended, &j->r.lock, &until) == 0)
            ;
        done = j->done;
        memcpy(path, j->r.shown, sizeof path);
        pthread_mutex_unlock(&j->r.lock);
        progress(j, path);
    } while (!done);
}

static unsigned workers(const struct input_options *o)
{
    if (o->workers)
        return o->workers;
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > MOST_WORKERS ? MOST_WORKERS : (unsigned)n;
}

static void job_init(struct job *j, const struct input_options *o, struct casefile *c)
{
    pthread_condattr_t attr;
    j->r.c = c;
    j->r.o = o;
    j->r.origin.stop = o->stop;
    j->r.origin.done = &j->r.done;
    j->r.units = units_new();
    j->r.belts = belts_new(CAP_PENDING_BYTES);
    pthread_mutex_init(&j->r.lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&j->ended, &attr);
    pthread_condattr_destroy(&attr);
}

static void job_clear(struct job *j)
{
    logs_free(j->r.logs);
    units_free(j->r.units);
    belts_free(j->r.belts);
    reading_forget(&j->r);
    pthread_cond_destroy(&j->ended);
    pthread_mutex_destroy(&j->r.lock);
}

enum err_code input_read(
    const char *const *paths, size_t count, const struct input_options *o, struct casefile *c, struct err *e)
{
    struct job j = { .paths = paths, .count = count };
    struct pool *pool = NULL;
    pthread_t thread;
    unsigned n = workers(o);
    if (!c->now)
        c->now = (int64_t)time(NULL);
    job_init(&j, o, c);
    enum err_code code = pool_new(n, &pool, e);
    if (code == ERR_OK) {
        struct logs_context x = { .c = c,
            .rules = o->rules,
            .pool = pool,
            .belts = j.r.belts,
            .workers = n,
            .base_year = o->base_year,
            .on_line = o->on_line,
            .line_data = o->line_data };
        j.r.logs = logs_new(&x);
        int os = pthread_create(&thread, NULL, run, &j);
        if (os)
            code = err_os(e, ERR_IO, os, "no thread can be started");
    }
    if (code == ERR_OK) {
        wait_for_end(&j);
        pthread_join(thread, NULL);
        if (j.opened == 0 && !c->interrupted) {
            code = j.first.code == ERR_OK ? ERR_NOINPUT : j.first.code;
            if (e)
                *e = j.first;
        }
    }
    pool_free(pool);
    job_clear(&j);
    return code;
}
