/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as one input, from detection to the casefile, twice: as a file, which is read in pieces and sought in, and
 * as standard input, which comes as it comes. Both say the same, except where a zip's own table differs from its
 * members.
 */
#include "agent/sources/detect.h"
#include "agent/sources/input.h"
#include "rules/rules.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct rules *rules;

static void load_rules(void)
{
    struct err e;
    if (!rules && rules_load(true, NULL, 0, &rules, &e) != ERR_OK) {
        fprintf(stderr, "bundle_fuzz: %s\n", e.text);
        abort();
    }
}

static void read_path(const char *path, struct casefile *c)
{
    struct err e;
    struct input_options o = { .rules = rules, .workers = 2 };
    *c = (struct casefile){ .now = 1735000000 };
    FUZZ_ASSERT(input_read(&path, 1, &o, c, &e) == ERR_OK);
}

static void check(const struct casefile *c)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const struct source *s = &c->sources[i];
        FUZZ_ASSERT(s->path && s->path[0]);
        /* a line may hold several that were glued together, and rules may look at other daemons, too */
        FUZZ_ASSERT(s->n.lines <= s->n.bytes && s->n.unmatched <= s->n.sftunneld && s->n.sftunneld <= s->n.bytes);
    }
    for (size_t i = 0; i < c->appliance_count; i++)
        FUZZ_ASSERT(c->appliances[i].source < c->source_count);
    for (size_t i = 0; i < c->peer_count; i++)
        FUZZ_ASSERT(c->peers[i].source < c->source_count);
    for (size_t i = 0; i < c->problem_count; i++)
        FUZZ_ASSERT(c->problems[i].path && c->problems[i].text[0] && c->problems[i].count);
}

/* A cap on unpacked bytes depends on how much had come by then. */
static bool capped(const struct casefile *c)
{
    for (size_t i = 0; i < c->problem_count; i++)
        if (strstr(c->problems[i].text, "(cap "))
            return true;
    return false;
}

static void same(const struct casefile *a, const struct casefile *b)
{
    FUZZ_ASSERT(a->source_count == b->source_count && a->stream_count == b->stream_count);
    FUZZ_ASSERT(a->appliance_count == b->appliance_count && a->peer_count == b->peer_count);
    FUZZ_ASSERT(a->push_count == b->push_count && a->status_count == b->status_count);
    for (size_t i = 0; i < a->source_count; i++) {
        const struct source *x = &a->sources[i], *y = &b->sources[i];
        FUZZ_ASSERT(
            x->kind == y->kind && x->n.bytes == y->n.bytes && x->n.lines == y->n.lines && x->n.events == y->n.events);
        FUZZ_ASSERT(x->partial == y->partial);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct casefile file, stream;
    load_rules();
    int fd = memfd_create("bundle_fuzz", MFD_CLOEXEC);
    FUZZ_ASSERT(fd >= 0);
    FUZZ_ASSERT(size == 0 || pwrite(fd, data, size, 0) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    read_path(path, &file);
    check(&file);
    FUZZ_ASSERT(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
    read_path("-", &stream);
    check(&stream);
    bool zip = detect_format((struct slice){ (const char *)data, size }) == FORMAT_ZIP;
    if (!zip && !capped(&file) && !capped(&stream))
        same(&file, &stream);
    casefile_clear(&file);
    casefile_clear(&stream);
    close(fd);
    return 0;
}
