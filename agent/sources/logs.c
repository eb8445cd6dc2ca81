/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/logs_parts.h"

#include "base/buf.h"
#include "base/caps.h"
#include "base/mem.h"
#include "base/strings.h"

#include <stdlib.h>

#define PART_BYTES ((uint64_t)4 << 20) /* the least that is worth a thread */
#define CUT_SEARCH ((uint64_t)1 << 20) /* how far a cut looks for the end of a line */
#define EAGER 256                      /* logs up to which every new one is a reason to join what is ready */
#define OPEN_FILES 128                 /* beyond these, files wait closed */

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
        segment_free(g->segment);
        edge_clear(&g->first);
        edge_clear(&g->last);
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
        .head = NO_HEAD,
    };
    names_generation(names_base(slice_of(g->path)), &g->generation);
    g->stream = stream_key(l, g);
    return g;
}

struct logstream_options logs_options(const struct logs *l, const struct log *g)
{
    return (struct logstream_options){
        .rules = l->x.rules,
        .source = g->source,
        .every_line = g->kind == SOURCE_COMMS,
        .year = g->year,
        .on_line = l->x.on_line,
        .data = l->x.line_data,
    };
}

static void make_pieces(struct logs *l, struct log *g, size_t count, bool left_known)
{
    g->pieces = mem_zalloc(count, sizeof *g->pieces);
    g->piece_count = count;
    for (size_t i = 0; i < count; i++) {
        struct piece *p = &g->pieces[i];
        p->task.run = piece_run;
        p->options = logs_options(l, g);
        p->options.left_known = left_known && i == 0;
        p->options.first = i == 0 && !left_known ? &p->first : NULL;
        p->options.last = i == count - 1 ? &p->last : NULL;
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
    return x < y ? -1 : x > y;
}

struct log **logs_sorted(struct logs *l)
{
    struct log **order = mem_zalloc(l->count + 1, sizeof *order);
    for (size_t i = 0; i < l->count; i++)
        order[i] = &l->all[i];
    qsort(order, l->count, sizeof *order, by_first_seen);
    return order;
}

void logs_start_files(struct logs *l)
{
    struct log **order = logs_sorted(l);
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
    if (l->count < EAGER || l->count >= l->joined_at * 2)
        logs_join_ready(l, LOGS_SOME);
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

/* In the order in which they were found, whichever was ready first. */
static void say_problems(struct logs *l)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct log *g = &l->all[i];
        for (size_t k = 0; k < g->piece_count; k++) {
            const struct err *e = &g->pieces[k].err;
            bool hole = k + 1 < g->piece_count && e->code != ERR_INTERRUPTED;
            if (e->code != ERR_OK && e->code != ERR_INTERRUPTED)
                casefile_problem(
                    l->x.c, g->path, "%s%s", e->text, hole ? "; line numbers behind that are too low" : "");
        }
        if (g->torn && g->head != NO_HEAD)
            casefile_problem(l->x.c, g->path,
                "too much within %d seconds: attempts that were open in the generation before it are taken to have "
                "ended "
                "there (caps head-bytes, heads-bytes)",
                CAP_SILENCE_SECONDS);
        if (g->twin_of)
            casefile_problem(l->x.c, g->path, "holds the same generation as %s: counted once", g->twin_of);
    }
}

void logs_finish(struct logs *l)
{
    size_t finished = 0;
    while (pool_wait_more(l->x.pool, &finished))
        if (l->count <= EAGER)
            logs_join_ready(l, LOGS_ALL);
    logs_join_ready(l, LOGS_READ);
    logs_join_rest(l);
    say_problems(l);
    struct log **order = logs_sorted(l);
    for (size_t i = 0; i < l->count; i++) {
        if (order[i]->segment)
            casefile_stream(l->x.c, order[i]->segment);
        order[i]->segment = NULL; /* transferred */
    }
    free(order);
}
