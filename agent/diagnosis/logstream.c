/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/logstream.h"

#include "agent/diagnosis/lines.h"
#include "agent/diagnosis/memo.h"
#include "base/buf.h"
#include "base/caps.h"
#include "base/mem.h"
#include "rules/scan.h"

#include <stdlib.h>

struct logstream {
    struct logstream_options o;
    struct rules_matcher *matcher;
    struct scan scan;
    struct envelope_hint hint;
    struct memo *memo; /* NULL: somebody wants to see each event, or there was none yet */
    struct segment *segment;
    struct log_counts counts;
    struct buf carry; /* the beginning of a line whose end has not come yet */
    uint64_t carried; /* all of it so far, also what is past the cap */
    bool carrying, stopped, torn;
};

struct logstream *logstream_new(const struct logstream_options *o)
{
    struct logstream *ls = mem_zalloc(1, sizeof *ls);
    struct slice names[CAP_PROCESSES];
    ls->o = *o;
    ls->matcher = rules_matcher_new(o->rules);
    scan_init(&ls->scan, names, rules_processes(o->rules, names));
    ls->segment = o->behind ? segment_go_on(o->behind, o->year) : segment_new(o->left_known, o->year);
    return ls;
}

/* What the rules say of the line, and what that means; result and *fact as in struct memo_entry. */
static enum match_result judge(struct logstream *ls, const struct envelope *line, struct fact *fact)
{
    struct event ev;
    enum match_result result = rules_match(ls->matcher, line, &ev);
    if (result == MATCH_YES)
        segment_decode(ls->segment, &ev, fact);
    if (ls->o.on_line && (result != MATCH_NO || line_from_daemon(line)))
        ls->o.on_line(ls->o.data, result, line, result == MATCH_YES ? &ev : NULL);
    return result;
}

/* The same for a line with the whole envelope, from memory where possible. fact: where to put it. */
static enum match_result recall(
    struct logstream *ls, const struct envelope *line, struct fact *space, const struct fact **fact)
{
    *fact = space;
    if (ls->o.on_line || line->kind != ENVELOPE_FULL)
        return judge(ls, line, space);
    if (!ls->memo) {
        if (ls->counts.events == 0) /* it takes half a MiB: not for a single line */
            return judge(ls, line, space);
        ls->memo = memo_new();
    }
    struct slice key = { line->process.p, (size_t)(line->text.p + line->text.n - line->process.p) };
    struct memo_entry *e = memo_find(ls->memo, key);
    if (!e)
        return judge(ls, line, space);
    *fact = &e->fact;
    if (e->bytes)
        return (enum match_result)e->result;
    enum match_result result = judge(ls, line, &e->fact);
    e->result = (uint8_t)result;
    if (result != MATCH_UNKNOWN)
        memo_keep(e, key);
    return result;
}

static void envelope_line(struct logstream *ls, struct slice line, const struct envelope *envelope)
{
    struct fact space;
    const struct fact *fact;
    enum match_result result = recall(ls, envelope, &space, &fact);
    bool daemon = line_from_daemon(envelope);
    struct line_ref ref = { .source = ls->o.source, .number = ls->o.lines_before + ls->counts.lines, .text = line };
    ls->counts.sftunneld += daemon;
    switch (result) {
    case MATCH_YES: ls->counts.events++; break;
    case MATCH_NO: ls->counts.unmatched += daemon; break;
    case MATCH_UNKNOWN: ls->counts.undecided++; break;
    }
    if (result == MATCH_YES || daemon)
        segment_add(ls->segment, envelope, result == MATCH_YES ? fact : NULL, &ref);
}

/* A line whose envelope is known; it may be two that are glued together. */
static void parsed_line(struct logstream *ls, struct slice line, struct envelope *envelope)
{
    for (;;) {
        size_t text = (size_t)(envelope->text.p - line.p);
        size_t next = line_second(line, envelope->kind == ENVELOPE_NONE ? 0 : text);
        if (next)
            envelope_parse((struct slice){ line.p, next }, envelope);
        envelope_line(ls, next ? (struct slice){ line.p, next } : line, envelope);
        if (!next)
            return;
        line = slice_from(line, next);
        envelope_parse(line, envelope);
    }
}

/* Does a rule ask for lines of this process? */
static bool asked_for(const struct logstream *ls, struct slice process)
{
    for (size_t i = 0; i < ls->scan.count; i++)
        if (slice_eq(process, ls->scan.literal[i]))
            return true;
    return false;
}

/* A line that holds one of the literals (or any line of comms.log). */
static void candidate(struct logstream *ls, struct slice line)
{
    struct envelope envelope;
    if (!envelope_recall(&ls->hint, line, &envelope)) {
        envelope_parse(line, &envelope);
        if (asked_for(ls, envelope.process)) /* what is recalled is looked at unsearched: it must be what is searched */
            envelope_remember(&ls->hint, line, &envelope);
    }
    parsed_line(ls, line, &envelope);
}

/*
 * Lines of sftunneld come in runs: one that begins at `at` and has an envelope like those before needs no search.
 * Returns where the first other line begins.
 */
static size_t run_of_lines(struct logstream *ls, const char *block, size_t at, size_t n)
{
    while (at < n) {
        const char *end = memchr(block + at, '\n', n - at);
        struct slice line = { block + at, (size_t)(end - block) - at };
        struct envelope envelope;
        if (line.n > CAP_LINE_BYTES || !envelope_recall(&ls->hint, line, &envelope))
            break;
        ls->counts.lines++;
        parsed_line(ls, line, &envelope);
        at = (size_t)(end - block) + 1;
    }
    return at;
}

/* One whole line that is not inside a block. */
static void single_line(struct logstream *ls, struct slice line)
{
    uint64_t none = 0;
    if (ls->o.every_line || scan_next(&ls->scan, line.p, 0, line.n, &none) < line.n)
        candidate(ls, line);
}

static void carry_add(struct logstream *ls, const char *p, size_t n)
{
    size_t room = CAP_LINE_BYTES - ls->carry.n;
    ls->carried += n;
    buf_put(&ls->carry, p, n < room ? n : room);
    ls->carrying = true;
}

/* Does it begin as lines of a log do, with a stamp? */
static bool has_stamp(struct slice line)
{
    struct envelope e;
    envelope_parse(line, &e);
    return e.kind != ENVELOPE_NONE;
}

/* Where the line that is carried belongs, if it may be half of one; NULL: it is one. */
static struct loose_line *loose(const struct logstream *ls, bool open)
{
    if (ls->o.first && ls->counts.lines == 1 && !has_stamp(buf_as_slice(&ls->carry)))
        return ls->o.first;
    return open ? ls->o.last : NULL;
}

static void carry_end(struct logstream *ls, bool open)
{
    ls->counts.lines++;
    ls->counts.cut += ls->carried > CAP_LINE_BYTES;
    ls->carried = 0;
    struct loose_line *out = loose(ls, open);
    if (out) {
        out->there = true;
        out->open = open;
        buf_slice(&out->text, buf_as_slice(&ls->carry));
    } else {
        single_line(ls, buf_as_slice(&ls->carry));
        segment_release(ls->segment);
    }
    buf_reset(&ls->carry);
    ls->carrying = false;
}

/*
 * How many of these whole lines are longer than is looked at? Only what could hold one is searched, from its end: such
 * a look costs as much as a common line is long.
 */
static uint64_t long_lines(const char *lines, size_t n)
{
    uint64_t count = 0;
    while (n > CAP_LINE_BYTES) {
        const char *end = memrchr(lines, '\n', CAP_LINE_BYTES + 1);
        if (!end) {
            count++;
            end = memchr(lines, '\n', n);
        }
        n -= (size_t)(end - lines) + 1;
        lines = end + 1;
    }
    return count;
}

/* block: whole lines only, each with its newline. */
static void whole_lines(struct logstream *ls, const char *block, size_t n)
{
    size_t at = 0; /* always at the beginning of a line */
    while (at < n) {
        size_t hit = ls->o.every_line ? at : scan_next(&ls->scan, block, at, n, &ls->counts.lines);
        if (hit == n) {
            ls->counts.cut += long_lines(block + at, n - at);
            break;
        }
        const char *before = hit > at ? memrchr(block + at, '\n', hit - at) : NULL;
        size_t begin = before ? (size_t)(before - block) + 1 : at;
        size_t end = (size_t)((const char *)memchr(block + hit, '\n', n - hit) - block);
        size_t length = end - begin > CAP_LINE_BYTES ? CAP_LINE_BYTES : end - begin;
        ls->counts.cut += long_lines(block + at, end + 1 - at);
        ls->counts.lines++;
        candidate(ls, (struct slice){ block + begin, length });
        at = run_of_lines(ls, block, end + 1, n);
    }
}

bool logstream_stopped(const struct logstream *ls)
{
    return ls->stopped;
}

bool logstream_torn(const struct logstream *ls)
{
    return ls->torn;
}

/* Too much waits for what is left of the segment. */
static void leave_left(struct logstream *ls)
{
    if (ls->o.may_stop) {
        ls->stopped = true;
        return;
    }
    ls->torn = true;
    ls->segment = segment_without_left(ls->segment);
    memo_free(ls->memo); /* its facts are in the numbers of the other segment */
    ls->memo = NULL;
}

void logstream_feed(struct logstream *ls, const char *bytes, size_t n)
{
    if (ls->stopped)
        return;
    if (ls->o.first && ls->counts.bytes == 0 && n)
        ls->carrying = true; /* the first line is looked at alone */
    ls->counts.bytes += n;
    if (ls->carrying && n) {
        const char *end = memchr(bytes, '\n', n);
        size_t take = end ? (size_t)(end - bytes) : n;
        carry_add(ls, bytes, take);
        if (!end)
            return;
        carry_end(ls, false);
        bytes += take + 1;
        n -= take + 1;
    }
    const char *last = n ? memrchr(bytes, '\n', n) : NULL;
    size_t whole = last ? (size_t)(last - bytes) + 1 : 0;
    if (whole) {
        whole_lines(ls, bytes, whole);
        segment_release(ls->segment);
        if (segment_head_bytes(ls->segment) > CAP_HEAD_BYTES)
            leave_left(ls);
    }
    if (n > whole)
        carry_add(ls, bytes + whole, n - whole);
}

struct segment *logstream_finish(struct logstream *ls, struct log_counts *counts)
{
    struct segment *segment = ls->segment;
    if (ls->carrying)
        carry_end(ls, true);
    *counts = ls->counts;
    rules_matcher_free(ls->matcher);
    memo_free(ls->memo);
    buf_clear(&ls->carry);
    free(ls);
    return segment;
}
