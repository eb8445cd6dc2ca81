/* SPDX-License-Identifier: BSD-2-Clause */
/* `rules list` shows the rules in force; `rules test` proves them on logs and shows what they don't know yet. */
#include "agent/commands/command.h"
#include "agent/commands/confine.h"
#include "agent/commands/progress.h"
#include "agent/report/layout.h"
#include "base/caps.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/strings.h"
#include "rules/alike.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern const struct command rules_command;

enum option { OPTION_PACK, OPTION_NO_SHIPPED_PACK, OPTION_FAIL_UNMATCHED, OPTION_ALL };

static const struct command_option options[] = {
    [OPTION_PACK] = { 0, "pack", "FILE", "a rule pack, or a folder of them, on top of the shipped one; repeatable" },
    [OPTION_NO_SHIPPED_PACK] = { 0, "no-shipped-pack", NULL, "only the rules of --pack" },
    [OPTION_FAIL_UNMATCHED] = { 0, "fail-unmatched", NULL,
        "test: exit 1 when a line of sftunneld is known to no rule" },
    [OPTION_ALL] = { 'a', "all", NULL, "test: rules that took no line, and all unmatched messages, too" },
    { 0, NULL, NULL, NULL },
};

/* Unmatched messages that are shown unless all are asked for. */
#define SHOWN_MOST 20

struct settings {
    bool shipped, fail_unmatched, all;
    const char **packs;
    size_t pack_count, pack_capacity;
};

/* ---- list ---- */

struct widths {
    size_t id, event, where, pack;
};

/* "sftunneld:sf_ssl [INFO]"; "any" where a rule asks for nothing */
static void where(struct buf *b, const struct rule_info *info)
{
    buf_reset(b);
    buf_puts(b, info->process[0] ? info->process : "any");
    if (info->module[0])
        buf_printf(b, ":%s", info->module);
    if (info->level != LEVEL_NONE)
        buf_printf(b, " [%s]", level_name(info->level));
}

static void widen(size_t *width, const char *s)
{
    struct buf b = { 0 };
    buf_terminal(&b, slice_of(s));
    if (b.n > *width)
        *width = b.n;
    buf_clear(&b);
}

static struct widths measure(const struct rules *r)
{
    struct widths w = { 0 };
    struct buf b = { 0 };
    bool several = false;
    for (size_t i = 0; i < rules_count(r); i++) {
        struct rule_info info = rules_info(r, i);
        where(&b, &info);
        widen(&w.id, info.id);
        widen(&w.event, event_kind_name(info.kind));
        widen(&w.where, b.p);
        widen(&w.pack, info.pack);
        several |= strcmp(info.path, rules_info(r, 0).path) != 0;
    }
    if (!several)
        w.pack = 0;
    buf_clear(&b);
    return w;
}

static void cell(const char *s, size_t width)
{
    struct buf b = { 0 };
    buf_terminal(&b, slice_of(s));
    printf("%-*s  ", (int)width, b.p ? b.p : "");
    buf_clear(&b);
}

static void list(const struct rules *r)
{
    struct widths w = measure(r);
    struct buf b = { 0 };
    for (size_t i = 0; i < rules_count(r); i++) {
        struct rule_info info = rules_info(r, i);
        where(&b, &info);
        if (w.pack)
            cell(info.pack, w.pack);
        cell(info.id, w.id);
        cell(event_kind_name(info.kind), w.event);
        cell(b.p, w.where);
        buf_reset(&b);
        buf_terminal(&b, slice_of(info.match));
        puts(b.p);
    }
    buf_clear(&b);
}

/* ---- test ---- */

/* Messages that no rule knows and that are alike. */
struct kind {
    uint64_t count;
    struct buf sample; /* the first of them */
};

/* What the threads that read find out; behind the lock. */
struct tally {
    pthread_mutex_t lock;
    uint64_t *by_rule;
    struct strings *words; /* messages with what varies taken out; number - 1 is the index of the kind */
    struct kind *kinds;
    size_t kind_capacity;
    uint64_t beyond; /* unmatched lines of more kinds than are kept apart */
    struct buf scratch;
};

static void tally_init(struct tally *t, const struct rules *r)
{
    *t = (struct tally){ .words = strings_new(CAP_UNMATCHED_KINDS) };
    pthread_mutex_init(&t->lock, NULL);
    t->by_rule = mem_zalloc(rules_count(r), sizeof *t->by_rule);
}

static void tally_clear(struct tally *t)
{
    for (size_t i = 0; i < strings_count(t->words); i++)
        buf_clear(&t->kinds[i].sample);
    free(t->kinds);
    free(t->by_rule);
    strings_free(t->words);
    buf_clear(&t->scratch);
    pthread_mutex_destroy(&t->lock);
}

/* "sf_ssl [ERROR] text" */
static void message(struct buf *b, const struct envelope *line)
{
    struct slice text = line->text;
    text.n = text.n > CAP_EVIDENCE_BYTES ? CAP_EVIDENCE_BYTES : text.n;
    if (line->module.n) {
        buf_slice(b, line->module);
        buf_putc(b, ' ');
    }
    if (line->level != LEVEL_NONE)
        buf_printf(b, "[%s] ", level_name(line->level));
    buf_slice(b, text);
}

static void unmatched(struct tally *t, const struct envelope *line)
{
    struct buf raw = { 0 };
    message(&raw, line);
    buf_reset(&t->scratch);
    alike_print(&t->scratch, buf_as_slice(&raw));
    uint32_t before = strings_count(t->words), id = strings_add(t->words, buf_as_slice(&t->scratch));
    if (id > before) {
        t->kinds = mem_grow(t->kinds, &t->kind_capacity, id, sizeof *t->kinds);
        t->kinds[id - 1] = (struct kind){ .sample = raw };
        raw = (struct buf){ 0 }; /* transferred */
    }
    if (id)
        t->kinds[id - 1].count++;
    else
        t->beyond++;
    buf_clear(&raw);
}

static void on_line(void *data, enum match_result result, const struct envelope *line, const struct event *ev)
{
    struct tally *t = data;
    pthread_mutex_lock(&t->lock);
    switch (result) {
    case MATCH_YES: t->by_rule[ev->rule]++; break;
    case MATCH_NO: unmatched(t, line); break;
    case MATCH_UNKNOWN: break; /* counted by the source */
    }
    pthread_mutex_unlock(&t->lock);
}

/* In the order of what is printed, which no thread's speed may change: by count, then by rule or by text. */
struct ranked {
    uint64_t count;
    struct slice text;
    size_t index;
};

static int by_count(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    int d = slice_cmp(x->text, y->text);
    return d ? d : x->index < y->index ? -1 : x->index > y->index;
}

static void print_rules(const struct rules *r, const struct tally *t, bool all)
{
    size_t n = rules_count(r), silent = 0, width = 0;
    struct ranked *rank = mem_zalloc(n, sizeof *rank);
    for (size_t i = 0; i < n; i++) {
        rank[i] = (struct ranked){ .count = t->by_rule[i], .index = i };
        silent += t->by_rule[i] == 0;
        widen(&width, rules_info(r, i).id);
    }
    qsort(rank, n, sizeof *rank, by_count);
    if (silent < n || all)
        printf("\n%12s  %-*s  %s\n", "lines", (int)width, "rule", "event");
    for (size_t i = 0; i < n && (rank[i].count || all); i++) {
        struct rule_info info = rules_info(r, rank[i].index);
        printf("%12llu  ", (unsigned long long)rank[i].count);
        cell(info.id, width);
        puts(event_kind_name(info.kind));
    }
    if (silent && !all)
        printf("%12s  %zu rules took no line\n", "", silent);
    free(rank);
}

static void print_unmatched(const struct tally *t, bool all)
{
    size_t n = strings_count(t->words);
    if (n == 0)
        return;
    struct ranked *rank = mem_zalloc(n, sizeof *rank);
    for (size_t i = 0; i < n; i++)
        rank[i] = (struct ranked){ t->kinds[i].count, strings_get(t->words, (uint32_t)i + 1), i };
    qsort(rank, n, sizeof *rank, by_count);
    size_t shown = all || n < SHOWN_MOST ? n : SHOWN_MOST;
    printf("\nknown to no rule, most frequent first\n%12s  %s\n", "lines", "module [LEVEL] message");
    for (size_t i = 0; i < shown; i++) {
        /* a message that came once as it was; one that came often with what varies taken out */
        struct slice text = rank[i].count == 1 ? buf_as_slice(&t->kinds[rank[i].index].sample) : rank[i].text;
        struct buf b = { 0 };
        buf_terminal(&b, text);
        printf("%12llu  %s\n", (unsigned long long)rank[i].count, b.p ? b.p : "");
        buf_clear(&b);
    }
    if (shown < n)
        printf("%12s  and %zu more kinds of messages (all of them: --all)\n", "", n - shown);
    if (t->beyond)
        printf("%12llu  of yet other kinds (cap unmatched-kinds: %d)\n", (unsigned long long)t->beyond,
            CAP_UNMATCHED_KINDS);
    free(rank);
}

static void print_problems(const struct casefile *c)
{
    for (size_t i = 0; i < c->problem_count; i++) {
        struct buf b = { 0 };
        buf_terminal(&b, slice_of(c->problems[i].path));
        buf_puts(&b, ": ");
        buf_terminal(&b, slice_of(c->problems[i].text));
        fprintf(stderr, "sftunnel-agent: %s\n", b.p);
        buf_clear(&b);
    }
}

static void print_result(const struct rules *r, const struct casefile *c, const struct tally *t, bool all)
{
    struct log_counts n = casefile_counts(c);
    struct buf b = { 0 };
    layout_count(&b, n.lines, "line", "lines");
    buf_puts(&b, ", ");
    layout_number(&b, n.sftunneld);
    buf_puts(&b, " of sftunneld; ");
    layout_number(&b, n.events);
    buf_puts(&b, " matched, ");
    layout_number(&b, n.unmatched);
    buf_puts(&b, " unmatched");
    if (n.undecided) {
        buf_puts(&b, ", ");
        layout_number(&b, n.undecided);
        buf_puts(&b, " undecided: a limit was hit (caps match-*)");
    }
    puts(b.p);
    buf_clear(&b);
    print_rules(r, t, all);
    print_unmatched(t, all);
    if (c->interrupted)
        fprintf(stderr, "sftunnel-agent: interrupted: the counts are of what was read until then\n");
}

static int test_status(const struct settings *s, const struct casefile *c, struct err *e)
{
    struct log_counts n = casefile_counts(c);
    if (c->interrupted)
        return err_exit(ERR_INTERRUPTED);
    if (n.lines == 0) {
        err_set(e, ERR_DATA, "rules test: there is no line of a log in the input");
        return command_fail(e);
    }
    return s->fail_unmatched && n.unmatched + n.undecided ? 1 : 0;
}

static int test(const struct settings *s, const struct rules *r, const char *const *paths, size_t count)
{
    struct casefile c = { .now = (int64_t)time(NULL) };
    struct tally t;
    struct confine_state state; /* --version --verbose tells it to those who want to know */
    struct err e = { 0 };
    if (count == 0) { /* loading has run all examples: that was the test */
        printf("%zu rules, all examples hold\n", rules_count(r));
        return 0;
    }
    tally_init(&t, r);
    struct input_options o = {
        .rules = r,
        .workers = 1, /* which kinds come first, and so are kept apart, is then the input's order */
        .stop = &progress_stop,
        .on_progress = progress_draw,
        .on_line = on_line,
        .line_data = &t,
    };
    progress_catch_signals();
    confine(&(struct confine_allow){ .write_count = 0 }, &state);
    enum err_code code = input_read(paths, count, &o, &c, &e);
    progress_end();
    int status;
    if (code == ERR_OK) {
        print_problems(&c);
        print_result(r, &c, &t, s->all);
        status = test_status(s, &c, &e);
    } else {
        status = command_fail(&e);
    }
    tally_clear(&t);
    casefile_clear(&c);
    return status;
}

/* ---- the command ---- */

static void set_option(struct settings *s, enum option option, const char *value)
{
    switch (option) {
    case OPTION_PACK:
        s->packs = mem_grow(s->packs, &s->pack_capacity, s->pack_count + 1, sizeof *s->packs);
        s->packs[s->pack_count++] = value;
        break;
    case OPTION_NO_SHIPPED_PACK: s->shipped = false; break;
    case OPTION_FAIL_UNMATCHED: s->fail_unmatched = true; break;
    case OPTION_ALL: s->all = true; break;
    }
}

static enum err_code check_words(const struct settings *s, int count, char **words, struct err *e)
{
    static const char *const known[] = { "list", "test", NULL };
    if (count == 0)
        return err_set(e, ERR_USAGE, "rules: list or test? (see: sftunnel-agent help rules)");
    if (strcmp(words[0], "list") != 0 && strcmp(words[0], "test") != 0) {
        char near[NEAREST_TEXT];
        return err_set(e, ERR_USAGE, "rules: \"%.64s\" is neither list nor test%s", words[0],
            nearest_text(slice_of(words[0]), known, "", near));
    }
    if (strcmp(words[0], "list") == 0 && count > 1)
        return err_set(e, ERR_USAGE, "rules list: takes no file: a pack is given with --pack, logs go to rules test");
    if (!s->shipped && s->pack_count == 0)
        return err_set(e, ERR_USAGE, "rules: --no-shipped-pack leaves no rule; add --pack FILE");
    return ERR_OK;
}

static int run(int argc, char **argv)
{
    struct settings s = { .shipped = true };
    struct rules *rules = NULL;
    struct err e = { 0 };
    const char *value = NULL;
    int at = 0, option, status = 0;
    while ((option = command_option(&rules_command, argc, argv, &at, &value, &status)) >= 0)
        set_option(&s, (enum option)option, value);
    if (option == -2)
        goto out;
    enum err_code code = check_words(&s, argc - at, argv + at, &e);
    if (code == ERR_OK)
        code = rules_load(s.shipped, s.packs, s.pack_count, &rules, &e);
    if (code != ERR_OK)
        status = command_fail(&e);
    else if (strcmp(argv[at], "list") == 0)
        list(rules);
    else
        status = test(&s, rules, (const char *const *)argv + at + 1, (size_t)(argc - at - 1));
out:
    rules_free(rules);
    free(s.packs);
    return status;
}

const struct command rules_command = {
    .name = "rules",
    .usage = "list|test [OPTION...] [LOG...]",
    .help = "show the rules by which lines are read, and prove them on logs",
    .detail =
        "  sftunnel-agent rules list\n"
        "  sftunnel-agent rules test --pack my.yaml               its examples hold, or what is wrong and where\n"
        "  sftunnel-agent rules test --pack my.yaml /var/log/messages\n"
        "  sftunnel-agent rules test --fail-unmatched --all fmc-troubleshoot.tar.gz\n"
        "\n"
        "test reads whatever analyze reads. It counts the lines that each rule took and shows the lines of sftunneld\n"
        "that no rule knows, most frequent first. A pack that is refused ends with exit code 78.\n",
    .options = options,
    .run = run,
};
