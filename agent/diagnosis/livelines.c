/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/livelines.h"

#include "agent/diagnosis/lines.h"
#include "base/caps.h"
#include "base/mem.h"
#include "rules/scan.h"

#include <stdlib.h>

struct livelines {
    struct livelines_options o;
    struct rules_matcher *matcher;
    struct scan scan;
    struct log_counts counts;
};

struct livelines *livelines_new(const struct livelines_options *o)
{
    struct livelines *l = mem_zalloc(1, sizeof *l);
    struct slice names[CAP_PROCESSES];
    l->o = *o;
    l->matcher = rules_matcher_new(o->rules);
    scan_init(&l->scan, names, rules_processes(o->rules, names));
    return l;
}

void livelines_free(struct livelines *l)
{
    if (!l)
        return;
    rules_matcher_free(l->matcher);
    free(l);
}

const struct log_counts *livelines_counts(const struct livelines *l)
{
    return &l->counts;
}

static void judge(struct livelines *l, const struct envelope *envelope, struct slice line, size_t at)
{
    struct event ev;
    struct matched m = { .offset = at };
    enum match_result result = rules_match(l->matcher, envelope, &ev);
    bool daemon = line_from_daemon(envelope);
    l->counts.sftunneld += daemon;
    l->counts.events += result == MATCH_YES;
    l->counts.unmatched += result == MATCH_NO && daemon;
    l->counts.undecided += result == MATCH_UNKNOWN;
    if (result != MATCH_YES && !daemon)
        return;
    matched_make(&m, envelope, result == MATCH_YES ? &ev : NULL, line);
    l->o.on_line(l->o.arg, &m);
}

void livelines_add(struct livelines *l, struct slice line)
{
    uint64_t none = 0;
    struct envelope envelope;
    size_t at = 0;
    l->counts.lines++;
    l->counts.bytes += line.n + 1;
    l->counts.cut += line.n > CAP_LINE_BYTES;
    line.n = line.n > CAP_LINE_BYTES ? CAP_LINE_BYTES : line.n;
    if (!l->o.every_line && scan_next(&l->scan, line.p, 0, line.n, &none) == line.n)
        return;
    envelope_parse(line, &envelope);
    for (;;) {
        size_t text = (size_t)(envelope.text.p - line.p);
        size_t next = line_second(line, envelope.kind == ENVELOPE_NONE ? 0 : text);
        if (next)
            envelope_parse((struct slice){ line.p, next }, &envelope);
        judge(l, &envelope, next ? (struct slice){ line.p, next } : line, at);
        if (!next)
            return;
        at += next;
        line = slice_from(line, next);
        envelope_parse(line, &envelope);
    }
}
