/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes from the process that reads the logs: records are taken whole or not at all, whatever is cut off behind
 * them; a matched line that is accepted is printed to the same bytes, and may be judged.
 */
#include "agent/commands/feed.h"
#include "agent/diagnosis/attempts.h"
#include "base/mem.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void on_end(void *arg, const struct attempt_end *e)
{
    (void)arg;
    FUZZ_ASSERT(e->record_count == 0 || e->records);
}

static void line(struct attempts *a, struct slice text, uint64_t number)
{
    struct matched m;
    struct buf again = { 0 };
    if (matched_parse(text, &m) != ERR_OK)
        return;
    matched_print(&again, &m);
    FUZZ_ASSERT(matched_parse(buf_as_slice(&again), &m) == ERR_OK);
    attempts_add(a, &m, buf_as_slice(&again), number, (int64_t)number * 100);
    attempts_tick(a, (int64_t)number * 100 + 50);
    buf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct attempts *a = attempts_new(&(struct attempts_options){
        .epoch = "0123456789abcdef", .log = "/log", .now = 1726800000, .sink = { .closing = on_end } });
    struct slice rest = { (const char *)data, size };
    uint64_t number = 0;
    line(a, rest, ++number);
    while (rest.n) {
        struct feed f, cut;
        size_t used, less;
        if (feed_parse(rest, &f, &used) != ERR_OK || !used)
            break;
        FUZZ_ASSERT(used <= rest.n);
        FUZZ_ASSERT(feed_parse((struct slice){ rest.p, used - 1 }, &cut, &less) == ERR_OK && less == 0);
        if (f.kind == FEED_LINE)
            line(a, f.text, ++number);
        rest = slice_from(rest, used);
    }
    attempts_free(a);
    return 0;
}
