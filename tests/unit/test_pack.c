/* SPDX-License-Identifier: BSD-2-Clause */
/* What the loader refuses, where, and in which words; and that no pack, however hostile, does any harm. */
#include "base/buf.h"
#include "base/caps.h"
#include "rules/rules.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#define ENV "Sep 20 04:10:47 h SF-IMS[1]: [2] sftunneld:sf_ssl [INFO] "
#define TAIL                                                                                                           \
    "    examples:\n      - line: '" ENV                                                                               \
    "err 1:x'\n        gives: { code: '1', text: x }\n    counterexamples:\n      - '" ENV "x'\n"
#define MATCH "    match: '^err (?<code>\\d+):(?<text>.*)$'\n"
#define HEAD "pack: p\nrules:\n  - id: a\n"
#define RULE HEAD "    event: verify_failed\n" MATCH TAIL

static const struct {
    const char *yaml;
    const char *place; /* NULL: accepted */
    const char *words;
} rows[] = {
    { RULE, NULL, NULL },
    { "version: 1.2\ndescription: d\n" RULE, NULL, NULL },
    { "{pack: p, rules: [{id: a, event: info, match: x, examples: [{line: '" ENV "x'}], counterexamples: [y]}]}", NULL,
        NULL },
    { "# only a comment\n", "t:1:1", "empty" },
    { "", "t:1:1", "empty" },
    { "just words", "t:1:1", "no rule pack" },
    { "- a\n- b\n", "t:1:1", "no rule pack" },
    { "pack: p\n", "t:1:1", "a pack needs the key 'rules'" },
    { "pack: p\nrules: []\n", "t:2:", "Insufficient entries" },
    { "pack: p\nrules: none\n", "t:2:", "SEQUENCE" },
    { "pack: p\nrules:\n  a: b\n", "t:", "SEQUENCE" },
    { "pack: p\nrules:\n  - one\n", "t:3:", "MAPPING" },
    { "pack: [p]\nrules: []\n", "t:1:", "STRING" },
    /* keys */
    { "packs: p\nrules: []\n", "t:1:1:", "a pack has no key 'packs'; did you mean 'pack'?" },
    { HEAD "    evnt: info\n" MATCH TAIL, "t:4:5:", "a rule has no key 'evnt'; did you mean 'event'?" },
    { HEAD "    Event: info\n" MATCH TAIL, "t:4:5:", "did you mean 'event'?" },
    { HEAD "    event: info\n    zzzzzz: 1\n" MATCH TAIL, "t:5:5:", "a rule has no key 'zzzzzz'" },
    { HEAD MATCH TAIL, "t:3:5:", "a rule needs the key 'event'" },
    { HEAD "    event: info\n" TAIL, "t:3:5:", "a rule needs the key 'match'" },
    { HEAD "    event: info\n    match: x\n    examples:\n      - line: '" ENV "x'\n",
        "t:3:5:", "needs the key 'counterexamples'" },
    { HEAD "    event: info\n    match: x\n    examples:\n      - lin: x\n    counterexamples: [y]\n",
        "t:7:9:", "an example has no key 'lin'; did you mean 'line'?" },
    { HEAD "    event: info\n    match: x\n    examples:\n      - gives: {}\n    counterexamples: [y]\n",
        "t:7:9:", "an example needs the key 'line'" },
    { HEAD "    event: info\n    match: x\n    examples:\n      - line: x\n        gives: { adress: x }\n    "
           "counterexamples: [y]\n",
        "t:8:18:", "'gives' has no key 'adress'; did you mean 'address'?" },
    { HEAD "    event: info\n    id: b\n" MATCH TAIL, "t:5:5:", "the key 'id' is already said in line 3" },
    { "pack: p\n? [a, b]\n: c\n", "t:2:3:", "a key is a word" },
    { "pack: p\n<<: {a: b}\n", "t:2:1:", "no key '<<'" },
    /* words */
    { HEAD "    event: verify_faild\n" MATCH TAIL,
        "t:4:12:", "there is no event 'verify_faild'; did you mean 'verify_failed'?" },
    { HEAD "    event: xyzzy\n" MATCH TAIL, "t:4:12:", "there is no event 'xyzzy'" },
    { HEAD "    event: info\n    level: EROR\n" MATCH TAIL,
        "t:5:12:", "there is no level 'EROR'; did you mean 'ERROR'?" },
    { "pack: p\nrules:\n  - id: 'a b'\n    event: info\n" MATCH TAIL, "t:3:9:", "'a b' is no id" },
    { HEAD "    event: info\n    process: 'sftunneld:'\n" MATCH TAIL, "t:5:14:", "is no process" },
    { HEAD "    event: info\n    process: s\n" MATCH TAIL, "t:5:14:", "is no process" },
    { HEAD "    event: info\n    module: 'a b'\n" MATCH TAIL, "t:5:13:", "is no module" },
    { RULE "  - id: a\n    event: verify_failed\n" MATCH TAIL, "t:11:9:", "the id 'a' is already taken in this pack" },
    /* patterns: the column is that of the fault inside the pattern */
    { HEAD "    event: info\n    match: 'ab(c'\n" TAIL, "t:5:17:", "missing closing parenthesis" },
    { HEAD "    event: info\n    match: 'it''s (c'\n" TAIL, "t:5:21:", "missing closing parenthesis" },
    { HEAD "    event: info\n    match: ab[c\n" TAIL, "t:5:16:", "missing terminating ]" },
    { HEAD "    event: info\n    match: \"ab(c\"\n" TAIL, "t:5:12:", "missing closing parenthesis" },
    { HEAD "    event: info\n    match: |\n      ab(c\n" TAIL, "t:5:12:", "missing closing parenthesis" },
    { HEAD "    event: info\n    match: '\xc3\xa9\xc3\xa9(c'\n" TAIL, "t:5:17:", "missing closing parenthesis" },
    { HEAD "    event: info\n    match: 'a(?<adress>x)'\n" TAIL,
        "t:5:17:", "no field 'adress' that a group could capture; did you mean 'address'?" },
    { HEAD "    event: info\n    match: '(*UTF)a'\n" TAIL, "t:5:", "UTF" },
    { HEAD "    event: info\n    match: 'a\\C'\n" TAIL, "t:5:", "\\C" },
    { HEAD "    event: verify_failed\n    match: '^err (?<code>\\d+)'\n" TAIL,
        "t:5:12:", "needs the field 'text', but the pattern of 'a' has no group (?<text>...)" },
    /* examples */
    { HEAD "    event: info\n    match: '^er:'\n" TAIL,
        "t:7:15:", "the example doesn't match the pattern of 'a': err 1:x" },
    { HEAD "    event: info\n    match: 'rr'\n" TAIL, "t:7:15:", "doesn't match" },
    { HEAD "    event: info\n    module: m\n    match: 'err'\n" TAIL,
        "t:8:15:", "from the module 'sf_ssl', the rule asks for 'm'" },
    { HEAD "    event: info\n    process: sfmgr\n    match: 'err'\n" TAIL,
        "t:8:15:", "from the process 'sftunneld', the rule asks for 'sfmgr'" },
    { HEAD "    event: info\n    level: WARN\n    match: 'err'\n" TAIL,
        "t:8:15:", "has the level 'INFO', the rule asks for 'WARN'" },
    { HEAD "    event: info\n    match: 'err'\n    examples:\n      - line: 'err'\n    counterexamples: [x]\n",
        "t:7:15:", "process: any" },
    { HEAD "    event: info\n    match: 'err'\n" TAIL, "t:8:24:", "the example of 'a' gives no field 'code'" },
    { HEAD "    event: info\n    match: 'err (?<code>\\d+):(?<text>.*)(?<status>$)'\n" TAIL,
        "t:8:16:", "also gives status: ''" },
    { HEAD "    event: info\n    match: 'err (?<code>\\d+)(?<text>.*)$'\n" TAIL,
        "t:8:35:", "gives text: ':x', not 'x'" },
    { HEAD
        "    event: verify_failed\n    match: 'err(?: (?<code>\\d+))?(?<text>.*)$'\n    examples:\n      - line: '" ENV
        "errx'\n        gives: { text: x }\n    counterexamples: [y]\n",
        "t:7:15:", "gives no 'code', which event 'verify_failed' needs" },
    { RULE "  - id: b\n    event: info\n    match: 'err'\n    examples:\n      - line: '" ENV
           "err 2:x'\n    counterexamples: [y]\n",
        "t:15:15:", "the example of 'b' is taken by 'a', which stands before it" },
    { HEAD "    event: verify_failed\n" MATCH "    examples:\n      - line: '" ENV
           "err 1:x'\n        gives: { code: '1', text: x }\n    counterexamples:\n      - x\n      - '" ENV
           "err 2:y'\n",
        "t:11:9:", "the counter-example of 'a' matches it" },
    { HEAD "    event: info\n    match: '(?:x+)+(?:x+)+(?:x+)+(?:x+)+[yz]'\n    examples:\n      - line: '" ENV
           "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'\n    counterexamples: [y]\n",
        "t:7:15:", "takes too long" },
    /* YAML */
    { "pack: p\nrules: &a\n  - *a\n", "t:2:8:", "anchors and aliases" },
    { "pack: &p p\n", "t:1:7:", "anchors and aliases" },
    { "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n", "t:1:4:", "anchors and aliases" },
    { RULE "---\npack: q\n", "t:11:1:", "here begins another" },
    { "pack: \"a\\0b\"\n", "t:1:7:", "NUL" },
    { "pack: [[[[[[[[[[[[[[x]]]]]]]]]]]]]]\n", "t:1:14:", "nested more than 8 deep" },
    { "pack: 'p\n", "t:", "no valid YAML" },
    { "pack: p\n\tx: y\n", "t:", "no valid YAML" },
    { "pack: p\nrules: a\xff"
      "b\n",
        "t:2:9:", "no valid YAML" },
    { "pack: p\n%\n", "t:2:2:", "no valid YAML" },
};

static void what_is_wrong_is_said_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rules *r = NULL;
        struct err e = { .text = "" };
        enum err_code rc = rules_load_text("t", slice_of(rows[i].yaml), &r, &e);
        bool fine = rows[i].place
                        ? rc == ERR_CONFIG && !r && strncmp(e.text, rows[i].place, strlen(rows[i].place)) == 0 &&
                              strstr(e.text, rows[i].words)
                        : rc == ERR_OK && r;
        if (!fine)
            fail_msg("row %zu\n%s\nwanted %s %s\ngot %s", i, rows[i].yaml, rows[i].place ? rows[i].place : "success",
                rows[i].words ? rows[i].words : "", e.text);
        rules_free(r);
    }
}

static enum err_code load(const struct buf *b, struct err *e)
{
    struct rules *r = NULL;
    enum err_code rc = rules_load_text("t", buf_as_slice(b), &r, e);
    rules_free(r);
    return rc;
}

static void put_rules(struct buf *b, int count, const char *process)
{
    buf_puts(b, "pack: p\nrules:\n");
    for (int i = 0; i < count; i++) {
        buf_printf(b, "  - {id: r%d, event: info, match: 'x%dx', ", i, i);
        if (process)
            buf_printf(b, "process: %s%d, examples: [{line: 'Sep 20 04:10:47 h SF-IMS[1]: [2] %s%d:m x%dx'}]", process,
                i, process, i, i);
        else
            buf_printf(b, "examples: [{line: '" ENV "x%dx'}]", i);
        buf_puts(b, ", counterexamples: [y]}\n");
    }
}

static void what_is_too_much_is_refused(void **state)
{
    (void)state;
    struct buf b = { 0 };
    struct err e = { .text = "" };

    put_rules(&b, CAP_RULES, NULL);
    assert_int_equal(load(&b, &e), ERR_OK);
    buf_reset(&b);
    put_rules(&b, CAP_RULES + 1, NULL);
    assert_int_equal(load(&b, &e), ERR_CONFIG);
    assert_non_null(strstr(e.text, "1024 max"));

    buf_reset(&b);
    put_rules(&b, CAP_PROCESSES, "proc");
    assert_int_equal(load(&b, &e), ERR_OK);
    buf_reset(&b);
    put_rules(&b, CAP_PROCESSES + 1, "proc");
    assert_int_equal(load(&b, &e), ERR_CONFIG);
    assert_non_null(strstr(e.text, "cap processes"));

    buf_reset(&b);
    buf_puts(&b, HEAD "    event: info\n    match: '");
    for (int i = 0; i <= CAP_PATTERN_BYTES; i++)
        buf_putc(&b, 'x');
    buf_puts(&b, "'\n" TAIL);
    assert_int_equal(load(&b, &e), ERR_CONFIG);
    assert_true(strncmp(e.text, "t:5:", 4) == 0);

    buf_reset(&b);
    while (b.n <= CAP_PACK_BYTES)
        buf_puts(&b, "# a comment\n");
    assert_int_equal(load(&b, &e), ERR_CONFIG);
    assert_non_null(strstr(e.text, "pack-bytes"));

    buf_reset(&b);
    for (int i = 0; i < 100; i++)
        buf_printf(&b, "k%d: v\n", i);
    assert_int_equal(load(&b, &e), ERR_CONFIG);
    assert_non_null(strstr(e.text, "t:65:1: more than 64 keys"));
    buf_clear(&b);
}

/* Every beginning of a good pack, and every single byte of it replaced: refused or accepted, never worse. */
static void broken_packs_do_no_harm(void **state)
{
    (void)state;
    static const char bytes[] = "'\"{}[]&*|>-?:#%\t\n \\(\xff";
    struct slice good = SLICE(RULE);
    struct rules *r;
    struct err e;
    for (size_t n = 0; n < good.n; n++) {
        char *cut = malloc(n ? n : 1);
        memcpy(cut, good.p, n);
        if (rules_load_text("t", (struct slice){ cut, n }, &r, &e) == ERR_OK)
            rules_free(r);
        else
            assert_true(e.code == ERR_CONFIG && strncmp(e.text, "t:", 2) == 0);
        free(cut);
    }
    for (size_t i = 0; i < good.n; i++) {
        char *copy = malloc(good.n);
        memcpy(copy, good.p, good.n);
        copy[i] = bytes[i % (sizeof bytes - 1)];
        if (rules_load_text("t", (struct slice){ copy, good.n }, &r, &e) == ERR_OK)
            rules_free(r);
        else
            assert_true(e.code == ERR_CONFIG && strncmp(e.text, "t:", 2) == 0);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_said_with_its_place),
        cmocka_unit_test(what_is_too_much_is_refused),
        cmocka_unit_test(broken_packs_do_no_harm),
    };
    return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
