/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random things are done to a log, in a real folder, and a tail follows it; a model knows every byte that was written,
 * and where it still is. At the end each of them was told exactly once, but for those that nobody could have read, and
 * of these the tail has said so. What was told and not committed when it was killed must be told again, and may not be
 * told otherwise. Time is injected. ROUNDS and SEED as in the other random tests; a failure is made as short as it
 * gets.
 */
#include "agent/sources/taillines.h"
#include "base/mem.h"
#include "tests/unit/sources_maker.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#define KEEP 5   /* rotated files that are left */
#define GENS 64  /* contents in one round */
#define STEPS 60 /* things done in one round, at most */
#define PATH 512

/* A content: what was written to a file until it was truncated, or for ever. */
struct content {
    struct buf text;
    unsigned char *told, *excused; /* per byte */
    size_t capacity;
};

enum { UNLINKED = -1 };

struct inode {
    size_t content;
    size_t n;  /* a copy's: how much of it */
    bool copy; /* it has its own bytes, which do not grow */
    bool packed;
    bool held; /* a look has come upon it since the tail began */
    bool shut; /* the tail may have closed it */
    bool lost; /* nobody will ever read what is written to it now */
    int slot;  /* 0: the path itself */
    unsigned serial;
    unsigned since_growth; /* rotations */
};

struct step {
    char what;
    unsigned r;
};

struct world {
    char folder[64], path[PATH];
    bool dated, linked;
    struct content contents[GENS];
    struct inode inodes[GENS * 2];
    size_t n_contents, n_inodes;
    int slots[KEEP + 1]; /* inodes */
    int writer_fd;
    size_t writer;
    char rest[512]; /* of a line that was begun */
    size_t rest_n;
    unsigned seed, serial, lines;
    /* the one who follows */
    struct tail *tail;
    struct taillines *reader;
    struct tail_options options;
    uint64_t now;
    struct buf marks;           /* committed */
    struct content saved[GENS]; /* told, when that was */
    uint64_t next[GENS * 4];    /* per order: the next offset */
    unsigned gaps;
    enum { NOTHING, LOST, SEEN } must_say; /* bytes of a content that it was reading are lost to everybody */
    char failure[1024];
};

static unsigned dice(struct world *w, unsigned n)
{
    return (unsigned)rand_r(&w->seed) % n;
}

static void fail_with(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void fail_with(struct world *w, const char *fmt, ...)
{
    va_list args;
    if (*w->failure)
        return;
    va_start(args, fmt);
    vsnprintf(w->failure, sizeof w->failure, fmt, args);
    va_end(args);
}

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    abort();
}

/* ---- files ---- */

static const char *name_of(const struct world *w, const struct inode *i, int slot, char *out)
{
    const char *end = i->packed ? ".gz" : "";
    if (slot == 0)
        snprintf(out, PATH, "%s/real/messages", w->folder);
    else if (w->dated)
        snprintf(out, PATH, "%s/real/messages-%u%s", w->folder, 20260000 + i->serial, end);
    else
        snprintf(out, PATH, "%s/real/messages.%d%s", w->folder, slot, end);
    return out;
}

static size_t size_of(const struct world *w, const struct inode *i)
{
    return i->copy ? i->n : w->contents[i->content].text.n;
}

static bool stopped(const struct world *w)
{
    return !w->tail;
}

/* Where the bytes of a content end that are still in some file, from that one on. */
static size_t available_beside(const struct world *w, size_t content, int slot)
{
    size_t most = 0;
    for (int s = slot + 1; s <= KEEP; s++) {
        const struct inode *i = w->slots[s] < 0 ? NULL : &w->inodes[w->slots[s]];
        if (i && i->content == content && size_of(w, i) > most)
            most = size_of(w, i);
    }
    return most;
}

static size_t available(const struct world *w, size_t content)
{
    return available_beside(w, content, -1);
}

static void excuse(struct world *w, size_t content, size_t from)
{
    struct content *c = &w->contents[content];
    for (size_t k = from; k < c->text.n; k++)
        c->excused[k] |= !c->told[k];
}

static size_t new_content(struct world *w)
{
    must(w->n_contents < GENS, "contents");
    return w->n_contents++;
}

static int new_inode(struct world *w, size_t content)
{
    w->inodes[w->n_inodes] = (struct inode){ .content = content, .slot = UNLINKED, .serial = w->serial++ };
    return (int)w->n_inodes++;
}

static void reopen(struct world *w)
{
    char path[PATH];
    int old = w->writer_fd;
    if (w->slots[0] < 0) {
        w->slots[0] = new_inode(w, new_content(w));
        w->inodes[w->slots[0]].slot = 0;
    }
    w->writer = (size_t)w->slots[0];
    w->writer_fd = open(name_of(w, &w->inodes[w->writer], 0, path), O_WRONLY | O_APPEND | O_CREAT, 0644);
    must(w->writer_fd >= 0, path);
    if (old >= 0)
        close(old);
}

/* The name goes; what becomes of the bytes that were not told yet? */
static void unlinked(struct world *w, struct inode *i)
{
    w->slots[i->slot] = UNLINKED;
    i->slot = UNLINKED;
    if (i->copy || (!stopped(w) && i->held && !i->shut)) {
        if (i->copy)
            excuse(w, i->content, available(w, i->content));
        return;
    }
    excuse(w, i->content, available(w, i->content));
    i->lost = true;
}

static void delete_slot(struct world *w, int slot)
{
    char path[PATH];
    if (w->slots[slot] < 0)
        return;
    struct inode *i = &w->inodes[w->slots[slot]];
    must(unlink(name_of(w, i, slot, path)) == 0, path);
    unlinked(w, i);
}

/* Makes room for a new first one. */
static void shift(struct world *w)
{
    char from[PATH], to[PATH];
    delete_slot(w, KEEP);
    for (int s = KEEP; s > 1; s--) {
        int n = w->slots[s - 1];
        w->slots[s] = n;
        w->slots[s - 1] = UNLINKED;
        if (n < 0)
            continue;
        struct inode *i = &w->inodes[n];
        if (!w->dated)
            must(rename(name_of(w, i, s - 1, from), name_of(w, i, s, to)) == 0, from);
        i->slot = s;
    }
    for (size_t i = 0; i < w->n_inodes; i++)
        if (++w->inodes[i].since_growth >= CAP_TAIL_PINNED - 2)
            w->inodes[i].shut |= w->inodes[i].slot != 0;
}

static void append(struct world *w, const char *p, size_t n)
{
    struct inode *i = &w->inodes[w->writer];
    struct content *c = &w->contents[i->content];
    size_t old = c->capacity, from = c->text.n;
    must(write(w->writer_fd, p, n) == (ssize_t)n, "write");
    buf_put(&c->text, p, n);
    c->told = mem_grow(c->told, &c->capacity, c->text.n, 1);
    c->excused = mem_resize(c->excused, c->capacity, 1);
    memset(c->told + old, 0, c->capacity - old);
    memset(c->excused + old, 0, c->capacity - old);
    i->since_growth = 0;
    if (i->lost || (i->slot == UNLINKED && i->shut))
        excuse(w, i->content, from);
}

static size_t line(struct world *w, char *out)
{
    unsigned n = dice(w, 40) == 0 ? 300 : 16 + dice(w, 60);
    int at =
        snprintf(out, 512, "%08x%08x line %u ", (unsigned)rand_r(&w->seed), (unsigned)rand_r(&w->seed), w->lines++);
    for (unsigned i = 0; i < n; i++)
        out[at + (int)i] = (char)('a' + dice(w, 26)); /* halves of lines must not look alike either */
    out[at + (int)n] = '\n';
    return (size_t)at + n + 1;
}

static void finish_line(struct world *w)
{
    if (w->rest_n)
        append(w, w->rest, w->rest_n);
    w->rest_n = 0;
}

static void write_lines(struct world *w, unsigned n)
{
    char text[512];
    finish_line(w);
    while (n--)
        append(w, text, line(w, text));
}

static void write_half(struct world *w)
{
    char text[512];
    finish_line(w);
    size_t n = line(w, text), cut = 33 + dice(w, (unsigned)n - 35); /* less may be alike by chance */
    append(w, text, cut);
    memcpy(w->rest, text + cut, n - cut);
    w->rest_n = n - cut;
}

/* More than the reader takes of one line. */
static void write_long(struct world *w)
{
    char text[512];
    finish_line(w);
    size_t n = line(w, text) - 1, begin = w->contents[w->inodes[w->writer].content].text.n;
    append(w, text, n);
    memset(text, 'x', sizeof text);
    for (size_t have = n; have < CAP_TAIL_LINE_BYTES + 1000; have += sizeof text)
        append(w, text, sizeof text);
    append(w, "\n", 1);
    struct content *c = &w->contents[w->inodes[w->writer].content];
    memset(c->excused + begin + CAP_TAIL_LINE_BYTES, 1, c->text.n - begin - CAP_TAIL_LINE_BYTES);
}

static void rotate(struct world *w)
{
    char from[PATH], to[PATH];
    if (w->slots[0] < 0)
        return;
    shift(w);
    struct inode *i = &w->inodes[w->slots[0]];
    must(rename(name_of(w, i, 0, from), name_of(w, i, 1, to)) == 0, from);
    w->slots[1] = w->slots[0];
    i->slot = 1;
    w->slots[0] = UNLINKED;
}

static void create(struct world *w)
{
    char path[PATH];
    if (w->slots[0] >= 0)
        return;
    w->slots[0] = new_inode(w, new_content(w));
    w->inodes[w->slots[0]].slot = 0;
    int fd = open(name_of(w, &w->inodes[w->slots[0]], 0, path), O_WRONLY | O_CREAT | O_EXCL, 0644);
    must(fd >= 0, path);
    close(fd);
}

/* ---- the one who follows ---- */

static bool told_before(struct world *w, struct content *c, const struct tailline *l, size_t n)
{
    for (size_t k = l->offset; k < l->offset + n; k++) {
        if (!c->told[k])
            continue;
        fail_with(w, "told twice: order %llu offset %zu: %.*s", (unsigned long long)l->order, k,
            (int)(l->text.n < 60 ? l->text.n : 60), l->text.p);
        return true;
    }
    return false;
}

static void on_line(void *arg, const struct tailline *l)
{
    struct world *w = arg;
    size_t n = l->text.n + !(l->flags & TAILLINE_NO_END);
    for (size_t i = w->n_contents; i-- > 0;) {
        struct content *c = &w->contents[i];
        if (l->offset + n > c->text.n || memcmp(c->text.p + l->offset, l->text.p, l->text.n) != 0 ||
            (n != l->text.n && c->text.p[l->offset + n - 1] != '\n'))
            continue;
        if (l->order < sizeof w->next / sizeof *w->next) {
            if (l->offset < w->next[l->order])
                fail_with(w, "order %llu went back", (unsigned long long)l->order);
            w->next[l->order] = l->offset + n;
        }
        if (!told_before(w, c, l, n))
            memset(c->told + l->offset, 1, n);
        for (size_t k = 0; k < w->n_inodes; k++)
            if (w->inodes[k].content == i)
                w->inodes[k].shut = false;
        return;
    }
    fail_with(w, "never written: order %llu offset %llu flags %u: %.*s", (unsigned long long)l->order,
        (unsigned long long)l->offset, l->flags, (int)(l->text.n < 60 ? l->text.n : 60), l->text.p);
}

static void on_event(void *arg, const struct tail_event *e)
{
    struct world *w = arg;
    w->gaps += e->kind == TAIL_GAP || e->kind == TAIL_TRUNCATED;
    if (getenv("VERBOSE"))
        print_message("#   event %d order %llu offset %llu bytes %llu %s\n", e->kind, (unsigned long long)e->order,
            (unsigned long long)e->offset, (unsigned long long)e->bytes, e->text);
}

static void commit(struct world *w)
{
    struct tail_mark *marks = mem_zalloc(TAIL_MARKS_MOST, sizeof *marks);
    size_t n = tail_marks(w->tail, marks);
    buf_reset(&w->marks);
    for (size_t i = 0; i < n; i++)
        tailmark_print(&w->marks, &marks[i]);
    free(marks);
    for (size_t i = 0; i < w->n_contents; i++) {
        struct content *c = &w->contents[i], *s = &w->saved[i];
        s->told = mem_resize(s->told, c->capacity + 1, 1);
        if (c->capacity)
            memcpy(s->told, c->told, c->text.n);
        s->text.n = c->text.n;
    }
}

static void start(struct world *w)
{
    struct tail_mark *marks = mem_zalloc(TAIL_MARKS_MOST, sizeof *marks);
    struct slice rest = buf_as_slice(&w->marks);
    struct err e = { 0 };
    size_t n = 0;
    w->reader = taillines_new(on_line, on_event, w);
    w->options.path = w->path;
    w->options.sink = taillines_sink(w->reader);
    w->tail = tail_new(&w->options);
    while (rest.n)
        must(tailmark_parse(slice_cut(rest, '\n', &rest), &marks[n++], &e) == ERR_OK, e.text);
    if (w->marks.p)
        must(tail_restore(w->tail, marks, n, &e) == ERR_OK, e.text);
    free(marks);
    memset(w->next, 0, sizeof w->next);
}

/* What was told since the last commit is forgotten. */
static void stop(struct world *w)
{
    tail_free(w->tail);
    taillines_free(w->reader);
    w->tail = NULL;
    w->reader = NULL;
    if (w->must_say == LOST) /* the file may be gone when it comes back */
        w->must_say = NOTHING;
    for (size_t i = 0; i < w->n_contents; i++) {
        struct content *c = &w->contents[i], *s = &w->saved[i];
        for (size_t k = 0; k < c->text.n; k++)
            c->told[k] = k < s->text.n && s->told[k];
        excuse(w, i, available(w, i));
    }
    for (size_t i = 0; i < w->n_inodes; i++) {
        w->inodes[i].held = false; /* what was closed stays closed */
        w->inodes[i].lost |= w->inodes[i].slot == UNLINKED;
    }
}

static void look(struct world *w, uint64_t ms)
{
    if (stopped(w))
        return;
    w->now += ms;
    if (w->must_say == LOST)
        w->must_say = SEEN;
    for (int i = 0; tail_reconcile(w->tail, w->now); i++)
        if (i == 1000) {
            fail_with(w, "does not come to rest");
            return;
        }
    for (size_t i = 0; i < w->n_inodes; i++)
        w->inodes[i].held |= w->inodes[i].slot != UNLINKED;
}

/* Long enough for the tail to close what is not written to. */
static void wait_long(struct world *w)
{
    for (unsigned i = 0; i < 45; i++)
        look(w, TAIL_POLL_MS);
    for (size_t i = 0; i < w->n_inodes; i++)
        w->inodes[i].shut |= w->inodes[i].slot != 0;
}

/* ---- what is done to the log by more than one step ---- */

static void truncate_path(struct world *w)
{
    char path[PATH];
    struct inode *i = &w->inodes[w->slots[0]];
    size_t was = i->content, from = available_beside(w, was, 0);
    const struct content *c = &w->contents[was];
    if (w->must_say == NOTHING && !stopped(w) && i->held && c->text.n > from && c->told[0] && !c->told[c->text.n - 1])
        w->must_say = LOST;
    must(truncate(name_of(w, i, 0, path), 0) == 0, path);
    i->content = new_content(w);
    excuse(w, was, available(w, was));
}

static void copy_file(struct world *w, int fd, size_t content, size_t from, size_t to)
{
    must(pwrite(fd, w->contents[content].text.p + from, to - from, (off_t)from) == (ssize_t)(to - from), "copy");
}

static void copytruncate(struct world *w, unsigned r)
{
    char path[PATH];
    if (w->slots[0] < 0)
        return;
    shift(w);
    size_t content = w->inodes[w->slots[0]].content, n = w->contents[content].text.n, half = n / 2;
    int k = new_inode(w, content);
    struct inode *i = &w->inodes[k];
    i->copy = true;
    i->slot = 1;
    w->slots[1] = k;
    int fd = open(name_of(w, i, 1, path), O_WRONLY | O_CREAT | O_EXCL, 0644);
    must(fd >= 0, path);
    if (r & 1 && half) { /* somebody looks while it is being made */
        copy_file(w, fd, content, 0, half);
        i->n = half;
        look(w, r & 2 ? TAIL_POLL_MS : 20);
        if (r & 4)
            look(w, TAIL_POLL_MS);
    }
    if (n)
        copy_file(w, fd, content, i->n, n);
    i->n = n;
    close(fd);
    if (r & 8)
        look(w, 50);
    if (r & 16 && w->writer == (size_t)w->slots[0])
        write_lines(w, 1 + (r >> 8) % 3);
    if (r & 32)
        look(w, 50);
    truncate_path(w);
}

static void compress(struct world *w, unsigned r)
{
    static const enum format formats[] = { FORMAT_XZ, FORMAT_ZSTD, FORMAT_BZIP2 };
    char path[PATH];
    struct buf out = { 0 };
    int slot = 1 + (int)(r % KEEP);
    if (w->slots[slot] < 0 || w->inodes[w->slots[slot]].packed)
        return;
    struct inode *was = &w->inodes[w->slots[slot]];
    int k = new_inode(w, was->content);
    struct inode *i = &w->inodes[k];
    i->copy = i->packed = true;
    i->n = size_of(w, was);
    i->serial = was->serial;
    enum format format = (r >> 4) % 40 < 3 ? formats[(r >> 4) % 40] : FORMAT_GZIP; /* those take long */
    make_packed(&out, format, (struct slice){ i->n ? w->contents[i->content].text.p : "", i->n });
    int fd = open(name_of(w, i, slot, path), O_WRONLY | O_CREAT | O_EXCL, 0644);
    must(fd >= 0, path);
    size_t half = r & 256 ? out.n / 2 : 0;
    must(write(fd, out.p, half) == (ssize_t)half, path);
    if (half)
        look(w, 100);
    must(write(fd, out.p + half, out.n - half) == (ssize_t)(out.n - half), path);
    close(fd);
    if (r & 512)
        look(w, TAIL_POLL_MS);
    must(unlink(name_of(w, was, slot, path)) == 0, path);
    w->slots[slot] = k;
    i->slot = slot;
    was->slot = UNLINKED;
    if (!was->copy && (stopped(w) || !was->held || was->shut)) {
        excuse(w, was->content, available(w, was->content));
        was->lost = true;
    }
    buf_clear(&out);
}

static void do_step(struct world *w, struct step s)
{
    static const unsigned waits[] = { 0, 20, 100, TAIL_POLL_MS };
    w->seed = s.r;
    switch (s.what) {
    case 'w': write_lines(w, 1 + s.r % 5); break;
    case 'h': write_half(w); break;
    case 'l': write_long(w); break;
    case 'L': look(w, waits[s.r % 4]); break;
    case 'q': wait_long(w); break;
    case 'r':
        rotate(w);
        if (s.r % 3)
            create(w);
        break;
    case 'u': reopen(w); break;
    case 'c': copytruncate(w, s.r); break;
    case 't':
        if (w->slots[0] >= 0)
            truncate_path(w);
        break;
    case 'd': delete_slot(w, 0); break;
    case 'g': compress(w, s.r); break;
    case 'm':
        if (!stopped(w))
            commit(w);
        break;
    case 's':
        if (!stopped(w)) {
            commit(w);
            stop(w);
        }
        break;
    case 'k':
        if (!stopped(w) && w->marks.p)
            stop(w);
        w->must_say = NOTHING; /* whoever forgets what he read does not know either what he lost */
        break;
    case 'b':
        if (stopped(w))
            start(w);
        break;
    case 'j': w->now = s.r % 2 ? w->now + 315360000000ULL : 0; break;
    default: abort();
    }
}

static bool complete(const struct world *w)
{
    for (size_t i = 0; i < w->n_contents; i++)
        for (size_t k = 0; k < w->contents[i].text.n; k++)
            if (!w->contents[i].told[k] && !w->contents[i].excused[k])
                return false;
    return true;
}

static void check_end(struct world *w)
{
    for (size_t i = 0; i < w->n_contents; i++) {
        struct content *c = &w->contents[i];
        for (size_t k = 0; k < c->text.n; k++) {
            if (c->told[k] || c->excused[k])
                continue;
            fail_with(
                w, "lost: content %zu of %zu, offset %zu of %zu: %.50s", i, w->n_contents, k, c->text.n, c->text.p + k);
            return;
        }
    }
}

static void clear(struct world *w)
{
    char command[160];
    tail_free(w->tail);
    taillines_free(w->reader);
    close(w->writer_fd);
    for (size_t i = 0; i < GENS; i++) {
        buf_clear(&w->contents[i].text);
        free(w->contents[i].told);
        free(w->contents[i].excused);
        free(w->saved[i].told);
    }
    buf_clear(&w->marks);
    for (int s = 0; s <= KEEP; s++) {
        char path[PATH];
        if (w->slots[s] >= 0)
            unlink(name_of(w, &w->inodes[w->slots[s]], s, path));
    }
    if (w->linked)
        unlink(w->path);
    snprintf(command, sizeof command, "%s/real", w->folder);
    must(rmdir(command) == 0, command);
}

static void run(struct world *w, const char *folder, unsigned seed, const struct step *steps, size_t n)
{
    memset(w, 0, sizeof *w);
    snprintf(w->folder, sizeof w->folder, "%s", folder);
    snprintf(w->path, sizeof w->path, "%s/real", folder);
    must(mkdir(w->path, 0755) == 0, w->path);
    w->writer_fd = -1;
    w->dated = seed % 4 == 3;
    w->linked = seed % 8 == 5;
    w->options.no_handles = seed % 16 == 1;
    w->options.begin = TAIL_BEGIN_FILE;
    for (int s = 0; s <= KEEP; s++)
        w->slots[s] = UNLINKED;
    snprintf(w->path, sizeof w->path, "%s/real/messages", folder);
    if (w->linked) {
        char target[PATH];
        memcpy(target, w->path, sizeof target);
        snprintf(w->path, sizeof w->path, "%s/link", folder);
        must(symlink(target, w->path) == 0, w->path);
    }
    reopen(w);
    start(w);
    look(w, 0);
    commit(w);
    for (size_t i = 0; i < n && !*w->failure; i++) {
        if (getenv("VERBOSE"))
            print_message("# %c %u\n", steps[i].what, steps[i].r);
        do_step(w, steps[i]);
    }
    if (stopped(w))
        start(w);
    finish_line(w);
    for (int i = 0; i < 200 && !*w->failure && (i < 60 || !complete(w)); i++)
        look(w, TAIL_POLL_MS);
    check_end(w);
    if (w->must_say == SEEN && !w->gaps)
        fail_with(w, "bytes are lost, and nothing was said");
}

/* true: it holds. */
static bool holds(const char *folder, unsigned seed, const struct step *steps, size_t n, char *failure)
{
    struct world *w = mem_zalloc(1, sizeof *w);
    run(w, folder, seed, steps, n);
    bool ok = !*w->failure;
    if (!ok && failure)
        memcpy(failure, w->failure, sizeof w->failure);
    clear(w);
    free(w);
    return ok;
}

/* Leaves steps out as long as it still fails. */
static size_t shrink(const char *folder, unsigned seed, struct step *steps, size_t n)
{
    for (size_t width = n / 2; width; width /= 2)
        for (size_t at = 0; at + width <= n;) {
            struct step fewer[STEPS];
            memcpy(fewer, steps, at * sizeof *steps);
            memcpy(fewer + at, steps + at + width, (n - at - width) * sizeof *steps);
            if (holds(folder, seed, fewer, n - width, NULL)) {
                at += width;
                continue;
            }
            n -= width;
            memcpy(steps, fewer, n * sizeof *steps);
        }
    return n;
}

static size_t random_steps(unsigned seed, struct step *steps)
{
    static const char often[] = "wwwwwwwwhhlLLLLLLLLLLqrrrruuuucccctdugggmmsskbbbbj";
    unsigned state = seed * 2654435761U + 1;
    size_t n = 3 + (unsigned)rand_r(&state) % (STEPS - 3), made = 0;
    for (size_t i = 0; i < n; i++) {
        steps[i].what = often[(unsigned)rand_r(&state) % (sizeof often - 1)];
        steps[i].r = (unsigned)rand_r(&state);
        made += strchr("ructd", steps[i].what) != NULL;
        if (made > GENS / 2 - 4)
            return i;
    }
    return n;
}

static char folder[64];

static void random_round(unsigned seed)
{
    struct step steps[STEPS];
    char failure[1024];
    size_t n = random_steps(seed, steps);
    if (holds(folder, seed, steps, n, failure))
        return;
    n = shrink(folder, seed, steps, n);
    holds(folder, seed, steps, n, failure);
    for (size_t i = 0; i < n; i++)
        print_error("    { '%c', %u },\n", steps[i].what, steps[i].r);
    fail_msg("SEED=%u: %s", seed, failure);
}

/* What once was not so. */
static void found_before(void **state)
{
    static const struct {
        unsigned seed;
        struct step steps[12];
    } cases[] = {
        /* truncated a second time while its first bytes had to wait, and the copy has fewer than were seen */
        { 4, { { 'c', 1797118390 }, { 'w', 433264349 }, { 'c', 95572542 } } },
        /* a copy is compressed while both it and its packed form are unknown */
        { 60817,
            { { 'c', 1965545398 }, { 'g', 1491925825 }, { 'w', 1669675039 }, { 'c', 1939931895 }, { 'c', 1177103061 },
                { 'L', 981975966 }, { 'r', 286483785 }, { 'g', 1078127747 }, { 'L', 1234967921 } } },
        /* lost while half a line waited for its end, and found again in a compressed copy */
        { 1, { { 'w', 3 }, { 'h', 0 }, { 'L', 3 }, { 'c', 0 }, { 'g', 0 }, { 'L', 3 }, { 'q', 0 } } },
        /* truncated and written to again, as much and with the same end */
        { 7091314, { { 'l', 1012782538 }, { 'c', 396033048 }, { 'l', 1138847751 } } },
        /* without handles the copy has the inode of one that is gone */
        { 7107249,
            { { 'd', 923598495 }, { 'u', 166275455 }, { 's', 1033317418 }, { 'h', 1182398025 }, { 'b', 759051876 },
                { 'L', 1231975810 }, { 'j', 2125408109 }, { 'c', 2132992809 }, { 's', 78564018 } } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char failure[1024];
        size_t n = 0;
        while (n < 12 && cases[i].steps[n].what)
            n++;
        if (!holds(folder, cases[i].seed, cases[i].steps, n, failure))
            fail_msg("case %zu: %s", i, failure);
    }
}

static void every_byte_once(void **state)
{
    (void)state;
    unsigned rounds = getenv("ROUNDS") ? (unsigned)strtoul(getenv("ROUNDS"), NULL, 10) : 2000;
    unsigned first = getenv("SEED") ? (unsigned)strtoul(getenv("SEED"), NULL, 10) : (unsigned)time(NULL) * 10007;
    print_message("SEED=%u\n", first);
    for (unsigned i = 0; i < rounds; i++)
        random_round(first + i);
}

static int set_up(void **state)
{
    (void)state;
    const char *where = getenv("TAIL_FOLDER");
    snprintf(folder, sizeof folder, "%s/tailmodel-XXXXXX",
        where                           ? where
        : access("/dev/shm", W_OK) == 0 ? "/dev/shm"
                                        : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(found_before), cmocka_unit_test(every_byte_once) };
    return cmocka_run_group_tests_name("tailmodel", tests, set_up, tear_down);
}
