/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/piece.h"

#include "agent/sources/detect.h"
#include "agent/sources/unwrap.h"
#include "base/caps.h"
#include "base/mem.h"

#include <stdlib.h>

#define PIPE_BLOCKS 8 /* between the thread that unpacks and the one that analyses: few enough to stay in the cache */

static void loose_clear(struct loose_line *l)
{
    buf_clear(&l->text);
    *l = (struct loose_line){ 0 };
}

/* Reads on in the blocks of a belt, without a copy. */
static void feed_belt(struct logstream *ls, struct belt *b, const struct origin *o, struct err *e)
{
    struct slice block;
    while (!logstream_stopped(ls) && belt_next(b, &block, e) == ERR_OK && block.n) {
        logstream_feed(ls, block.p, block.n);
        if (origin_stopped(o)) {
            err_set(e, ERR_INTERRUPTED, "interrupted");
            return;
        }
    }
}

static void feed_stream(struct logstream *ls, struct stream *s, struct err *e)
{
    char *block = mem_alloc(CAP_BLOCK_BYTES);
    size_t got;
    while (!logstream_stopped(ls) && stream_read(s, block, CAP_BLOCK_BYTES, &got, e) == ERR_OK && got)
        logstream_feed(ls, block, got);
    free(block);
}

struct helper {
    struct task task;
    struct belt *belt;
    struct logstream *ls;
    const struct origin *origin;
};

static void help(struct task *t)
{
    struct helper *h = (struct helper *)t;
    struct belt *b = h->belt;
    struct err ignored = { 0 }; /* the writer knows */
    feed_belt(h->ls, b, h->origin, &ignored);
    belt_close(b); /* h is gone from here on */
}

/* Unpacks here and analyses there. false: nobody has time. */
static bool feed_by_helper(struct piece *p, struct logstream *ls, struct stream *s)
{
    struct helper h = {
        .task = { .run = help },
        .belt = belt_new(p->belts, PIPE_BLOCKS, false),
        .ls = ls,
        .origin = &p->file->origin,
    };
    if (!pool_help(p->pool, &h.task)) {
        belt_close(h.belt);
        belt_end(h.belt, NULL);
        return false;
    }
    char *room;
    while ((room = belt_room(h.belt))) {
        size_t got;
        enum err_code code = stream_fill(s, room, CAP_BLOCK_BYTES, &got, &p->err);
        belt_put(h.belt, got);
        if (code != ERR_OK || got == 0)
            break;
    }
    belt_end_wait(h.belt, NULL);
    if (!room && p->err.code == ERR_OK && !logstream_stopped(ls))
        err_set(&p->err, ERR_INTERRUPTED, "interrupted"); /* the only other reason for a helper to go */
    return true;
}

static void read_stream(struct piece *p, struct logstream *ls, struct stream *s)
{
    unsigned layers = 0;
    if (p->plain)
        feed_stream(ls, s, &p->err);
    else if (unwrap(&s, &p->file->origin, &layers, &p->err) == ERR_OK && !(layers && feed_by_helper(p, ls, s)))
        feed_stream(ls, s, &p->err);
    stream_close(s);
}

static void read_belt(struct piece *p, struct logstream *ls)
{
    /* looking at the first block needs a stream only if it is compressed */
    struct slice first;
    struct belt *b = p->belt;
    p->belt = NULL;
    if (belt_peek(b, &first) && format_packed(detect_format(first))) {
        read_stream(p, ls, belt_stream(b));
        return;
    }
    feed_belt(ls, b, &p->file->origin, &p->err);
    belt_close(b);
}

static void read_file(struct piece *p, struct logstream *ls)
{
    struct stream *s;
    if (file_stream(p->file, p->from, p->to, &s, &p->err) == ERR_OK)
        read_stream(p, ls, s);
}

void piece_run(struct task *t)
{
    struct piece *p = (struct piece *)t;
    /* what comes over a belt comes once; whoever listens to each line must not hear one twice */
    p->options.may_stop = !p->belt && p->file->regular && !p->options.on_line;
    struct logstream *ls = logstream_new(&p->options);
    if (p->belt)
        read_belt(p, ls);
    else
        read_file(p, ls);
    p->again = logstream_stopped(ls);
    p->torn = logstream_torn(ls);
    p->segment = logstream_finish(ls, &p->counts);
    if (p->again) { /* what it holds is a part of it */
        segment_free(p->segment);
        p->segment = NULL;
        p->err.code = ERR_OK;
    }
    atomic_store_explicit(&p->done, true, memory_order_release);
}

struct segment *piece_run_behind(struct piece *p, struct segment *left, uint64_t lines)
{
    loose_clear(&p->first);
    loose_clear(&p->last);
    p->options.behind = left;
    p->options.left_known = true;
    p->options.lines_before = lines;
    p->options.may_stop = false;
    struct logstream *ls = logstream_new(&p->options);
    read_file(p, ls);
    return logstream_finish(ls, &p->counts);
}

void piece_forget(struct piece *p)
{
    if (p->again)
        return;
    if (p->options.may_stop) {
        segment_free(p->segment);
        p->segment = NULL;
        p->again = true;
    } else {
        p->segment = segment_without_left(p->segment);
        p->torn = true;
    }
}

void piece_clear(struct piece *p)
{
    if (p->belt) {
        belt_close(p->belt);
        p->belt = NULL;
    }
    segment_free(p->segment);
    p->segment = NULL;
    loose_clear(&p->first);
    loose_clear(&p->last);
    file_unref(p->file);
    p->file = NULL;
}
