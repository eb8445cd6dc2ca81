/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/logs.h"

#include "agent/sources/names.h"
#include "agent/sources/problems.h"
#include "base/buf.h"
#include "base/caps.h"
#include "base/mem.h"
#include "base/strings.h"

#include <stdlib.h>

#define PART_BYTES ((uint64_t)4 << 20)  /* the least that is worth a thread */
#define CUT_SEARCH ((uint64_t)1 << 20)  /* how far a cut looks for the end of a line */
#define OPEN_FILES 128                  /* beyond these, files wait closed */

struct log {
    char *path;
    enum source_kind kind;
    struct file *file;
    struct generation generation; /* its slice borrows from path */
    uint32_t stream;              /* number of its key */
    uint32_t source;
    struct year_hint year;
    bool plain, waiting;
    struct piece *pieces;
    size_t piece_count;
};

struct logs {
    struct logs_context x;
    struct strings *keys; /* of the streams */
    struct log *all;
    size_t count, capacity;
};

struct logs *logs_new(const struct logs_context *context)
{
    struct logs *l = mem_zalloc(1, sizeof *l);
    l->x = *context;
    l->keys = strings_new(CAP_ENTRIES);
    return l;
}

void logs_free(struct logs *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->count; i++) {
        struct log *g = &l->all[i];
        for (size_t k = 0; k < g->piece_count; k++)
            piece_clear(&g->pieces[k]);
        free(g->pieces);
        file_unref(g->file);
        free(g->path);
    }
    free(l->all);
    strings_free(l->keys);
    free(l);
}

size_t logs_count(const struct logs *l)
{
    return l->count;
}

/* Folder, base name and kind; a name that is no generation of anything is a stream of its own all the same. */
static uint32_t stream_key(struct logs *l, const struct log *g)
{
    struct buf key = { 0 };
    struct slice path = slice_of(g->path);
    buf_slice(&key, (struct slice){ path.p, path.n - names_base(path).n });
    buf_slice(&key, g->generation.base);
    buf_putc(&key, '\n');
    buf_puts(&key, source_kind_name(g->kind));
    uint32_t id = strings_add(l->keys, buf_as_slice(&key));
    buf_clear(&key);
    return id;
}

static struct log *add(struct logs *l, const struct log_place *at)
{
    l->all = mem_grow(l->all, &l->capacity, l->count + 1, sizeof *l->all);
    struct log *g = &l->all[l->count++];
    *g = (struct log){
        .path = mem_strdup(at->path),
        .kind = at->kind,
        .file = file_ref(at->file),
        .year = { .forced = l->x.base_year, .written = at->written, .basis = (int)at->basis },
        .source = SOURCE_NO,
    };
    names_generation(names_base(slice_of(g->path)), &g->generation);
    g->stream = stream_key(l, g);
    return g;
}

static void make_pieces(struct logs *l, struct log *g, size_t count, bool left_known)
{
    g->pieces = mem_zalloc(count, sizeof *g->pieces);
    g->piece_count = count;
    for (size_t i = 0; i < count; i++) {
        struct piece *p = &g->pieces[i];
        p->task.run = piece_run;
        p->options = (struct logstream_options){
            .rules = l->x.rules,
            .source = g->source,
            .every_line = g->kind == SOURCE_COMMS,
            .left_known = left_known && i == 0,
            .year = g->year,
            .on_line = l->x.on_line,
            .data = l->x.line_data,
        };
        p->file = file_ref(g->file);
        p->pool = l->x.pool;
        p->belts = l->x.belts;
        p->plain = g->plain;
    }
}

/* ---- files ---- */

void logs_add_file(struct logs *l, const struct log_place *at, bool plain)
{
    struct log *g = add(l, at);
    g->plain = plain;
    g->waiting = true;
    if (l->count > OPEN_FILES)
        file_rest(at->file);
}

/* The first byte after a newline at or behind `at`; 0 when none is near: then the part is joined to the one before. */
static uint64_t line_after(struct file *f, uint64_t at)
{
    struct stream *s;
    uint64_t found = 0, seen = 0;
    size_t got;
    if (file_stream(f, at, UINT64_MAX, &s, NULL) != ERR_OK)
        return 0;
    char *block = mem_alloc(CAP_LINE_BYTES);
    while (!found && seen < CUT_SEARCH && stream_read(s, block, CAP_LINE_BYTES, &got, NULL) == ERR_OK && got) {
        const char *newline = memchr(block, '\n', got);
        if (newline)
            found = at + seen + (uint64_t)(newline - block) + 1;
        seen += got;
    }
    free(block);
    stream_close(s);
    return found;
}

static void cut(struct logs *l, struct log *g, bool left_known)
{
    uint64_t size = g->file->size, parts = size / PART_BYTES;
    if (parts > l->x.workers)
        parts = l->x.workers;
    if (!g->plain || size < 2 * PART_BYTES || parts < 2)
        parts = 1;
    uint64_t *begin = mem_zalloc(parts + 1, sizeof *begin);
    size_t count = 1;
    for (uint64_t i = 1; i < parts; i++) {
        uint64_t at = line_after(g->file, size / parts * i);
        if (at > begin[count - 1] && at < size)
            begin[count++] = at;
    }
    begin[count] = size ? size : UINT64_MAX; /* files of /proc say 0 */
    make_pieces(l, g, count, left_known);
    for (size_t i = 0; i < count; i++) {
        g->pieces[i].from = begin[i];
        g->pieces[i].to = begin[i + 1];
    }
    free(begin);
}

static int by_first_seen(const void *a, const void *b)
{
    const struct log *x = *(const struct log *const *)a, *y = *(const struct log *const *)b;
    if (x->stream != y->stream)
        return x->stream < y->stream ? -1 : 1; /* strings are numbered as they come */
    int older = names_older(&x->generation, &y->generation);
    if (older)
        return older;
    if (x->year.written != y->year.written)
        return x->year.written < y->year.written ? -1 : 1;
    return x < y ? -1 : x > y;
}

/* Stream by stream, oldest generation first. */
static struct log **sorted(struct logs *l)
{
    struct log **order = mem_zalloc(l->count + 1, sizeof *order);
    for (size_t i = 0; i < l->count; i++)
        order[i] = &l->all[i];
    qsort(order, l->count, sizeof *order, by_first_seen);
    return order;
}

void logs_start_files(struct logs *l)
{
    struct log **order = sorted(l);
    struct task *first = NULL, **last = &first;
    for (size_t i = 0; i < l->count; i++) {
        struct log *g = order[i];
        if (!g->waiting)
            continue;
        g->waiting = false;
        g->source = casefile_source(l->x.c, g->path, g->kind, UNIT_NONE);
        cut(l, g, i == 0 || order[i - 1]->stream != g->stream);
        for (size_t k = 0; k < g->piece_count; k++) {
            *last = &g->pieces[k].task;
            last = &g->pieces[k].task.next;
        }
    }
    *last = NULL;
    free(order);
    pool_submit_list(l->x.pool, first);
}

/* ---- belts ---- */

struct belt *logs_add_belt(struct logs *l, const struct log_place *at, size_t most_blocks)
{
    struct log *g = add(l, at);
    g->source = casefile_source(l->x.c, g->path, g->kind, UNIT_NONE);
    make_pieces(l, g, 1, false);
    return g->pieces->belt = belt_new(l->x.belts, most_blocks, true);
}

void logs_start_belt(struct logs *l)
{
    pool_submit(l->x.pool, &l->all[l->count - 1].pieces->task);
}

/* ---- the end ---- */

/* The parts of one file as one segment; the numbers go to its source. */
static struct segment *whole(struct logs *l, struct log *g)
{
    struct source *s = &l->x.c->sources[g->source];
    struct segment *left = NULL;
    for (size_t i = 0; i < g->piece_count; i++) {
        struct piece *p = &g->pieces[i];
        uint64_t lines = s->lines;
        s->bytes += p->counts.bytes;
        s->lines += p->counts.lines;
        s->sftunneld += p->counts.sftunneld;
        s->unmatched += p->counts.unmatched;
        s->undecided += p->counts.undecided;
        s->events += p->counts.events;
        if (p->err.code != ERR_OK) {
            s->partial = true;
            if (p->err.code != ERR_INTERRUPTED)
                problems_add(l->x.c, g->path, "%s", p->err.text);
        }
        if (left)
            segment_join(left, p->segment, lines);
        else
            left = p->segment;
        p->segment = NULL; /* transferred */
        piece_clear(p);
    }
    return left;
}

/* messages.1 and messages.1.gz with the same text: unpacked by hand and left there. */
static bool twins(const struct logs *l, const struct log *a, const struct log *b)
{
    const struct source *x = &l->x.c->sources[a->source], *y = &l->x.c->sources[b->source];
    return a->stream == b->stream && names_older(&a->generation, &b->generation) == 0 && x->bytes == y->bytes &&
           x->lines == y->lines && x->events == y->events;
}

static void leave_out(struct logs *l, const struct log *kept, struct log *twin, struct segment *s)
{
    struct source *x = &l->x.c->sources[twin->source];
    problems_add(l->x.c, twin->path, "holds the same generation as %s: counted once", kept->path);
    x->bytes = x->lines = x->sftunneld = x->unmatched = x->undecided = x->events = 0;
    segment_free(s);
}

void logs_finish(struct logs *l)
{
    pool_wait(l->x.pool);
    struct log **order = sorted(l);
    struct segment *stream = NULL;
    for (size_t i = 0; i < l->count; i++) {
        struct log *g = order[i], *before = i ? order[i - 1] : NULL;
        if (g->piece_count == 0)
            continue;
        struct segment *s = whole(l, g);
        if (before && before->piece_count && twins(l, before, g)) {
            leave_out(l, before, g, s);
            continue;
        }
        if (stream && before && before->stream == g->stream) {
            segment_join(stream, s, 0);
            continue;
        }
        if (stream)
            casefile_stream(l->x.c, stream);
        stream = s;
    }
    if (stream)
        casefile_stream(l->x.c, stream);
    free(order);
}
