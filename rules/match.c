/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/match.h"

#include "base/caps.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "rules/prefix.h"
#include "rules/set.h"
#include "rules/tree.h"

#include <stdio.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define MOST_CAPTURES 64

/* A pattern may not switch to UTF: matching trusts the text then, and log text can't be trusted. */
#define COMPILE_OPTIONS (PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C)

struct capture {
    uint16_t group, field;
};

struct pattern {
    pcre2_code *code;
    bool jit;
    uint16_t groups;
    uint8_t capture_count;
    struct capture capture[MOST_CAPTURES];
};

/* ---- compiling ---- */

static pcre2_compile_context *compile_context(void)
{
    pcre2_compile_context *c = pcre2_compile_context_create(NULL);
    if (!c)
        abort(); /* out of memory, as everywhere */
    pcre2_set_newline(c, PCRE2_NEWLINE_LF);
    return c;
}

static pcre2_code *compile(struct slice text, uint32_t options, struct pattern_fault *fault)
{
    pcre2_compile_context *context = compile_context();
    int number;
    PCRE2_SIZE offset;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)text.p, text.n, COMPILE_OPTIONS | options, &number, &offset, context);
    pcre2_compile_context_free(context);
    if (!code && fault) {
        fault->offset = offset < text.n ? offset : text.n;
        if (pcre2_get_error_message(number, (PCRE2_UCHAR *)fault->text, sizeof fault->text) < 0)
            snprintf(fault->text, sizeof fault->text, "PCRE2 error %d", number);
    }
    return code;
}

static void refuse_group(struct slice text, struct slice name, struct pattern_fault *fault)
{
    const char *fields[FIELD_COUNT + 1] = { NULL };
    for (unsigned i = 0; i < FIELD_COUNT; i++)
        fields[i] = event_field_name((enum event_field)i);
    char near[NEAREST_TEXT];
    const char *at = memmem(text.p, text.n, name.p, name.n);
    fault->offset = at ? (size_t)(at - text.p) : 0;
    snprintf(fault->text, sizeof fault->text, "there is no field '%s' that a group could capture%s", name.p,
        nearest_text(name, fields, "'", near));
}

/* Which group is which field, from PCRE2's table of names: per entry two bytes of number, then the name. */
static bool read_captures(struct pattern *p, struct slice text, struct pattern_fault *fault)
{
    uint32_t groups = 0, count = 0, size = 0;
    PCRE2_SPTR table = NULL;
    pcre2_pattern_info(p->code, PCRE2_INFO_CAPTURECOUNT, &groups);
    pcre2_pattern_info(p->code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(p->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(p->code, PCRE2_INFO_NAMETABLE, &table);
    p->groups = (uint16_t)groups;
    if (count > MOST_CAPTURES) {
        fault->offset = 0;
        snprintf(fault->text, sizeof fault->text, "more than %d named groups", MOST_CAPTURES);
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        PCRE2_SPTR entry = table + (size_t)i * size;
        struct slice name = slice_of((const char *)entry + 2);
        enum event_field field;
        if (!event_field_parse(name, &field)) {
            refuse_group(text, name, fault);
            return false;
        }
        p->capture[p->capture_count++] = (struct capture){
            .group = (uint16_t)(entry[0] << 8 | entry[1]),
            .field = (uint16_t)field,
        };
    }
    return true;
}

struct pattern *pattern_compile(struct slice text, struct pattern_fault *fault)
{
    struct pattern *p = mem_zalloc(1, sizeof *p);
    size_t jit_size = 0;
    p->code = compile(text, PCRE2_ANCHORED, fault);
    if (!p->code || !read_captures(p, text, fault)) {
        pattern_free(p);
        return NULL;
    }
    /* it reports success also when (*NO_JIT) kept it from doing anything: what counts is the code that there is */
    p->jit = pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE) == 0 &&
             pcre2_pattern_info(p->code, PCRE2_INFO_JITSIZE, &jit_size) == 0 && jit_size > 0;
    return p;
}

void pattern_free(struct pattern *p)
{
    if (!p)
        return;
    pcre2_code_free(p->code);
    free(p);
}

unsigned pattern_fields(const struct pattern *p)
{
    unsigned fields = 0;
    for (size_t i = 0; i < p->capture_count; i++)
        fields |= 1u << p->capture[i].field;
    return fields;
}

/* ---- choosing ---- */

#define PROCESS_ANY 0 /* of lines whose process no rule names, and of rules for any process */

/* What is looked at before PCRE2 is, side by side. */
struct quick {
    const struct pattern *pattern;
    struct slice module;   /* empty: any */
    struct slice contains; /* likewise */
    size_t rare;           /* the byte of it that is looked for first */
    uint8_t level;         /* LEVEL_NONE: any */
    uint8_t process;       /* index of the process name; PROCESS_ANY: any */
    uint8_t kind;
};

struct dispatch {
    struct quick *quick; /* by number of the rule */
    struct tree *tree;   /* beginnings of messages to numbers of rules */
    size_t process_count;
    struct slice process[CAP_PROCESSES + 1]; /* from 1 on */
    uint16_t most_groups;
    bool jit;
};

_Static_assert(2 * PREFIX_MOST * CAP_RULES + 512 < UINT16_MAX, "the tree's nodes have 16-bit numbers");

/* Which byte of some words is seldom in others: capitals and digits rather than letters, letters rather than blanks. */
static size_t rarest(struct slice words)
{
    size_t best = 0;
    int score = -1;
    for (size_t i = 0; i < words.n; i++) {
        char c = words.p[i];
        int s = c >= 'A' && c <= 'Z' ? 3 : c >= '0' && c <= '9' ? 2 : c != ' ';
        if (s > score) {
            score = s;
            best = i;
        }
    }
    return best;
}

static uint8_t process_index(const struct dispatch *d, struct slice name)
{
    for (size_t i = 1; i <= d->process_count; i++)
        if (slice_eq(d->process[i], name))
            return (uint8_t)i;
    return PROCESS_ANY;
}

static void describe(struct dispatch *d, const struct rule *rule, struct quick *q)
{
    struct slice process = slice_of(rule->info.process);
    *q = (struct quick){
        .pattern = rule->pattern,
        .module = slice_of(rule->info.module),
        .contains = slice_of(rule->info.contains),
        .rare = rarest(slice_of(rule->info.contains)),
        .level = (uint8_t)rule->info.level,
        .kind = (uint8_t)rule->info.kind,
    };
    if (process.n) {
        q->process = process_index(d, process);
        if (q->process == PROCESS_ANY) { /* rules.c has counted: there are no more than CAP_PROCESSES */
            d->process[++d->process_count] = process;
            q->process = (uint8_t)d->process_count;
        }
    }
    if (rule->pattern->groups > d->most_groups)
        d->most_groups = rule->pattern->groups;
    d->jit |= rule->pattern->jit;
}

static void add_byte(struct tree *tree, unsigned byte, uint16_t rule)
{
    char c = (char)byte;
    tree_add(tree, (struct slice){ &c, 1 }, rule);
}

/*
 * Where the pattern's own words tell nothing, PCRE2 may know the bytes that a match can begin with. It works them out
 * only for patterns that are not anchored, so it is asked about the same one without its '^'. As the text is always
 * matched at its beginning, the two mean the same.
 */
static void add_first_bytes(struct tree *tree, struct slice text, uint16_t rule)
{
    struct slice loose = slice_starts(text, SLICE("^")) ? slice_from(text, 1) : text;
    pcre2_code *code = compile(loose, 0, NULL);
    uint32_t type = 0, unit = 0;
    const uint8_t *bitmap = NULL;
    if (code) {
        pcre2_pattern_info(code, PCRE2_INFO_FIRSTCODETYPE, &type);
        pcre2_pattern_info(code, PCRE2_INFO_FIRSTCODEUNIT, &unit);
        pcre2_pattern_info(code, PCRE2_INFO_FIRSTBITMAP, &bitmap);
    }
    unit &= 0xff;
    if (type == 1) {
        add_byte(tree, unit, rule);
        if ((unit >= 'A' && unit <= 'Z') || (unit >= 'a' && unit <= 'z'))
            add_byte(tree, unit ^ 0x20, rule); /* it doesn't say whether case matters */
    } else if (bitmap) {
        for (unsigned i = 0; i < 256; i++)
            if (bitmap[i / 8] >> (i % 8) & 1)
                add_byte(tree, i, rule);
    } else {
        tree_add(tree, (struct slice){ "", 0 }, rule);
    }
    pcre2_code_free(code);
}

static void add_beginnings(struct tree *tree, struct slice text, uint16_t rule)
{
    struct prefixes known;
    bool some = true;
    prefix_read(text, &known);
    for (size_t i = 0; i < known.count; i++)
        some &= known.each[i].n > 0;
    if (!some) {
        add_first_bytes(tree, text, rule);
        return;
    }
    for (size_t i = 0; i < known.count; i++)
        tree_add(tree, (struct slice){ known.each[i].p, known.each[i].n }, rule);
}

void match_prepare(struct rules *r)
{
    struct dispatch *d = mem_zalloc(1, sizeof *d);
    d->quick = mem_zalloc(r->count, sizeof *d->quick);
    d->tree = tree_new();
    for (size_t i = 0; i < r->count; i++) {
        describe(d, &r->rule[i], &d->quick[i]);
        add_beginnings(d->tree, slice_of(r->rule[i].info.match), (uint16_t)i);
    }
    tree_build(d->tree);
    dispatch_free(r->dispatch);
    r->dispatch = d;
}

void dispatch_free(struct dispatch *d)
{
    if (!d)
        return;
    free(d->quick);
    tree_free(d->tree);
    free(d);
}

size_t rules_processes(const struct rules *r, struct slice out[])
{
    const struct dispatch *d = r->dispatch;
    for (size_t i = 0; i < d->process_count; i++)
        out[i] = d->process[i + 1];
    return d->process_count;
}

bool rules_jit(const struct rules *r)
{
    return r->dispatch->jit;
}

/* ---- matching ---- */

struct rules_matcher {
    const struct dispatch *dispatch;
    pcre2_match_context *context;
    pcre2_match_data *data;
    pcre2_jit_stack *stack;
    const PCRE2_SIZE *ovector;
};

struct rules_matcher *rules_matcher_new(const struct rules *r)
{
    struct rules_matcher *m = mem_zalloc(1, sizeof *m);
    m->dispatch = r->dispatch;
    m->context = pcre2_match_context_create(NULL);
    m->data = pcre2_match_data_create((uint32_t)r->dispatch->most_groups + 1, NULL);
    if (!m->context || !m->data)
        abort(); /* out of memory, as everywhere */
    m->ovector = pcre2_get_ovector_pointer(m->data);
    pcre2_set_match_limit(m->context, CAP_MATCH_STEPS);
    pcre2_set_depth_limit(m->context, CAP_MATCH_DEPTH);
    pcre2_set_heap_limit(m->context, CAP_MATCH_HEAP_KIB);
    if (r->dispatch->jit) {
        m->stack = pcre2_jit_stack_create(16 * 1024, (size_t)CAP_MATCH_HEAP_KIB * 1024, NULL);
        pcre2_jit_stack_assign(m->context, NULL, m->stack);
    }
    return m;
}

void rules_matcher_free(struct rules_matcher *m)
{
    if (!m)
        return;
    pcre2_match_data_free(m->data);
    pcre2_match_context_free(m->context);
    pcre2_jit_stack_free(m->stack);
    free(m);
}

static void take_fields(
    const struct rules_matcher *m, const struct pattern *p, int groups, const char *text, struct event *out)
{
    for (size_t i = 0; i < p->capture_count; i++) {
        struct capture c = p->capture[i];
        PCRE2_SIZE from = m->ovector[2 * c.group], to = m->ovector[2 * c.group + 1];
        if (c.group >= groups || from == PCRE2_UNSET || to < from)
            continue;
        out->field[c.field] = (struct slice){ text + from, to - from };
        out->has = (uint16_t)(out->has | 1u << c.field);
    }
}

static enum match_result try_pattern(struct rules_matcher *m, size_t rule, struct slice text, struct event *out)
{
    const struct quick *q = &m->dispatch->quick[rule];
    const struct pattern *p = q->pattern;
    PCRE2_SPTR subject = (PCRE2_SPTR)(text.p ? text.p : "");
    int rc = p->jit ? pcre2_jit_match(p->code, subject, text.n, 0, 0, m->data, m->context)
                    : pcre2_match(p->code, subject, text.n, 0, 0, m->data, m->context);
    if (rc == PCRE2_ERROR_NOMATCH)
        return MATCH_NO;
    if (rc <= 0) /* a limit, or something else that is no answer */
        return MATCH_UNKNOWN;
    out->kind = (enum event_kind)q->kind;
    out->rule = (uint16_t)rule;
    out->has = 0;
    take_fields(m, p, rc, text.p, out);
    return MATCH_YES;
}

/* The words of `contains`: memmem() takes longer to begin than such a message is long. */
static bool holds(struct slice text, const struct quick *q)
{
    if (text.n < q->contains.n)
        return false;
    const char *p = text.p + q->rare, *end = text.p + text.n - q->contains.n + q->rare + 1;
    for (; p < end && (p = memchr(p, q->contains.p[q->rare], (size_t)(end - p))); p++)
        if (memcmp(p - q->rare, q->contains.p, q->contains.n) == 0)
            return true;
    return false;
}

static bool conditions_fit(const struct quick *q, const struct envelope *line, unsigned process)
{
    if (q->process != PROCESS_ANY && q->process != process)
        return false;
    if (q->module.n && !(line->kind == ENVELOPE_FULL && slice_eq(q->module, line->module)))
        return false;
    if (q->level != LEVEL_NONE && !(line->kind == ENVELOPE_FULL && line->level == q->level))
        return false;
    return q->contains.n == 0 || holds(line->text, q);
}

static unsigned process_of(const struct dispatch *d, const struct envelope *line)
{
    return line->kind == ENVELOPE_FULL ? process_index(d, line->process) : PROCESS_ANY;
}

enum match_result rules_match(struct rules_matcher *m, const struct envelope *line, struct event *out)
{
    const struct dispatch *d = m->dispatch;
    if (line->kind == ENVELOPE_REPEATED)
        return MATCH_NO;
    unsigned process = process_of(d, line);
    struct tree_numbers candidates = tree_find(d->tree, line->text);
    for (size_t i = 0; i < candidates.n; i++) {
        size_t rule = candidates.p[i];
        if (!conditions_fit(&d->quick[rule], line, process))
            continue;
        enum match_result result = try_pattern(m, rule, line->text, out);
        if (result != MATCH_NO) /* also when undecided: whether a later rule would be the first is not known */
            return result;
    }
    return MATCH_NO;
}

enum match_result match_one(struct rules_matcher *m, size_t rule, const struct envelope *line, struct event *out)
{
    if (line->kind == ENVELOPE_REPEATED ||
        !conditions_fit(&m->dispatch->quick[rule], line, process_of(m->dispatch, line)))
        return MATCH_NO;
    return try_pattern(m, rule, line->text, out);
}
