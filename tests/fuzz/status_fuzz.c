/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as the output of a status command. What is said has a name, a line that is there, and times in order; and
 * what was said before a peer is put behind stays said.
 */
#include "agent/sources/status.h"
#include "base/buf.h"
#include "base/caps.h"
#include "tests/fuzz/fuzz.h"

static void read_all(struct casefile *c, struct slice text)
{
    *c = (struct casefile){ 0 };
    struct facts f = { .c = c, .source = casefile_source(c, "x", SOURCE_STATUS, 1) };
    status_read(&f, text);
}

static void check(const struct casefile *c, uint64_t lines)
{
    FUZZ_ASSERT(c->status_count + c->host_count + c->peer_count <= CAP_FACTS);
    for (size_t i = 0; i < c->status_count; i++) {
        const struct status_fact *s = &c->statuses[i];
        FUZZ_ASSERT(s->line >= 1 && s->line <= lines && s->source == 0);
        FUZZ_ASSERT(s->seen == CIVIL_NONE || civil_valid(s->seen));
        FUZZ_ASSERT(s->lost == CIVIL_NONE || (civil_valid(s->lost) && s->lost <= s->seen));
        FUZZ_ASSERT(s->connected || s->since == CIVIL_NONE);
        FUZZ_ASSERT(!s->connected || s->kind != STATUS_TUNNEL || s->control == CHANNEL_UP || s->event == CHANNEL_UP);
        FUZZ_ASSERT(s->kind != STATUS_REGISTRATION || !s->connected);
    }
    for (size_t i = 0; i < c->host_count; i++)
        FUZZ_ASSERT(c->hosts[i].line >= 1 && c->hosts[i].line <= lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char more[] = "\nPEER:z\nChannelA Connected: Yes\n";
    struct slice text = { (const char *)data, size };
    struct casefile plain, with;
    uint64_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    (void)status_looks(text);
    read_all(&plain, text);
    check(&plain, lines);
    struct buf b = { 0 };
    buf_slice(&b, text);
    buf_puts(&b, more);
    read_all(&with, buf_as_slice(&b));
    check(&with, lines + 3);
    FUZZ_ASSERT(with.status_count == plain.status_count + 1 || plain.problem_count || with.problem_count);
    buf_clear(&b);
    casefile_clear(&plain);
    casefile_clear(&with);
    return 0;
}
