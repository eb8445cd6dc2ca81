/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of a command, and where its reports go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/commands/command.h"
#include "agent/commands/output.h"
#include "base/buf.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char last_error[ERR_TEXT_MAX];
static int helps;

int command_fail(const struct err *e)
{
    snprintf(last_error, sizeof last_error, "%s", e->text);
    return err_exit(e->code);
}

void command_help(const struct command *c)
{
    (void)c;
    helps++;
}

static const struct command_option options[] = {
    { 'o', "output", "FORMAT[=FILE]", "" },
    { 0, "json", NULL, "" },
    { 'q', "quiet", NULL, "" },
    { 'v', "verbose", NULL, "" },
    { 0, NULL, NULL, NULL },
};
static const struct command test_command = { .name = "test", .usage = "", .help = "", .options = options };

/* Options as "o=value q v ...", a bar, the operands; or "!status". */
static void expect(const char *line, const char *expected)
{
    char text[256], *argv[32];
    int argc = 0, at = 0, status = -1, option;
    struct buf got = { 0 };
    const char *value;
    snprintf(text, sizeof text, "test %s", line);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    while ((option = command_option(&test_command, argc, argv, &at, &value, &status)) >= 0) {
        buf_printf(&got, "%s", options[option].name);
        if (options[option].arg)
            buf_printf(&got, "=%s", value);
        else
            assert_null(value);
        buf_putc(&got, ' ');
    }
    if (option == -2)
        buf_printf(&got, "!%d", status);
    else
        buf_putc(&got, '|');
    for (; option != -2 && at < argc; at++)
        buf_printf(&got, " %s", argv[at]);
    assert_string_equal(got.p, expected);
    buf_clear(&got);
}

static void options_and_operands_may_be_mixed(void **state)
{
    (void)state;
    expect("", "|");
    expect("a b", "| a b");
    expect("-q a", "quiet | a");
    expect("a -q b --json c", "quiet json | a b c");
    expect("a -o json b", "output=json | a b");
    expect("a b -ojson=x c -o text", "output=json=x output=text | a b c");
    expect("--output=json= a", "output=json= | a");
    expect("--output json a", "output=json | a");
    expect("-qv a -vojson", "quiet verbose verbose output=json | a");
    expect("- a -q -", "quiet | - a -");
    expect("a -q -- -v b", "quiet | a -v b");
    expect("-o -- a", "output=-- | a");
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    expect("-o", "!64");
    assert_string_equal(last_error, "test: option -o needs a value: FORMAT[=FILE] (see: sftunnel-agent help test)");
    expect("a --jsn", "!64");
    assert_non_null(strstr(last_error, "did you mean --json?"));
    expect("--json=1", "!64");
    assert_non_null(strstr(last_error, "takes no value"));
    expect("-x", "!64");
    assert_non_null(strstr(last_error, "unknown option -x"));
    expect("-q-", "!64");
    expect("-qx", "quiet !64");
    helps = 0;
    expect("a --help", "!0");
    expect("-h", "!0");
    assert_int_equal(helps, 2);
}

static void formats_are_parsed(void **state)
{
    (void)state;
    struct output_set o = { 0 };
    struct err e;
    assert_int_equal(output_add(&o, "json", &e), ERR_OK);
    assert_int_equal(output_add(&o, "ndjson=a=b", &e), ERR_OK);
    assert_int_equal(output_add(&o, "text=-", &e), ERR_OK);
    assert_int_equal(o.count, 3);
    assert_string_equal(o.targets[0].format->name, "json");
    assert_null(o.targets[0].path);
    assert_string_equal(o.targets[1].path, "a=b");
    assert_null(o.targets[2].path);
    assert_int_equal(output_add(&o, "jsn", &e), ERR_USAGE);
    assert_non_null(strstr(e.text, "did you mean json?"));
    assert_int_equal(output_add(&o, "html", &e), ERR_USAGE);
    assert_int_equal(output_add(&o, "", &e), ERR_USAGE);
    assert_int_equal(output_add(&o, "json=", &e), ERR_USAGE);
    assert_int_equal(output_color(&o, "sometimes", &e), ERR_USAGE);
    assert_int_equal(output_color(&o, "never", &e), ERR_OK);
    assert_int_equal(o.color, COLOR_NEVER);
    output_clear(&o);
}

/* What output_check() says to these -o values, with `input` as the only input. */
static enum err_code check(const char *first, const char *second, const char *input)
{
    struct output_set o = { 0 };
    struct err e;
    assert_int_equal(output_add(&o, first, &e), ERR_OK);
    if (second)
        assert_int_equal(output_add(&o, second, &e), ERR_OK);
    enum err_code code = output_check(&o, &input, 1, &e);
    output_clear(&o);
    return code;
}

static void impossible_places_are_refused_at_once(void **state)
{
    (void)state;
    char folder[] = "/tmp/sftunnel-agent-test.XXXXXX", path[64], file[128], link[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/log", folder);
    snprintf(link, sizeof link, "%s/link", folder);
    snprintf(file, sizeof file, "json=%s", path);
    assert_int_equal(check("json", NULL, "-"), ERR_OK);
    assert_int_equal(check("json", "text", "-"), ERR_USAGE);
    assert_int_equal(check(file, file, "-"), ERR_USAGE);
    assert_int_equal(check(file, "text", "-"), ERR_OK);
    assert_int_equal(access(path, F_OK), -1); /* proved, and nothing left behind */
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(check(file, "text", "-"), ERR_CANTCREATE);
    assert_int_equal(mkdir(folder, 0700), 0);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(check(file, NULL, path), ERR_USAGE); /* it is the input */
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(check(file, NULL, link), ERR_USAGE); /* under another name as well */
    snprintf(file, sizeof file, "json=%s", folder);
    assert_int_equal(check(file, NULL, path), ERR_CANTCREATE);
    unlink(link);
    unlink(path);
    rmdir(folder);
}

static void colour_follows_the_agreed_order(void **state)
{
    (void)state;
    FILE *pipe_end = tmpfile();
    assert_non_null(pipe_end);
    unsetenv("NO_COLOR");
    unsetenv("CLICOLOR");
    unsetenv("CLICOLOR_FORCE");
    assert_false(output_colour(COLOR_AUTO, pipe_end)); /* no terminal */
    assert_true(output_colour(COLOR_ALWAYS, pipe_end));
    setenv("CLICOLOR_FORCE", "1", 1);
    assert_true(output_colour(COLOR_AUTO, pipe_end));
    setenv("CLICOLOR_FORCE", "0", 1);
    assert_false(output_colour(COLOR_AUTO, pipe_end));
    setenv("CLICOLOR_FORCE", "1", 1);
    setenv("CLICOLOR", "0", 1);
    assert_true(output_colour(COLOR_AUTO, pipe_end)); /* force is above CLICOLOR=0 */
    setenv("NO_COLOR", "", 1);
    assert_true(output_colour(COLOR_AUTO, pipe_end)); /* empty does not count */
    setenv("NO_COLOR", "0", 1);
    assert_false(output_colour(COLOR_AUTO, pipe_end));  /* any other value does, and is above force */
    assert_true(output_colour(COLOR_ALWAYS, pipe_end)); /* the flag is above all */
    assert_false(output_colour(COLOR_NEVER, pipe_end));
    unsetenv("NO_COLOR");
    unsetenv("CLICOLOR");
    unsetenv("CLICOLOR_FORCE");
    unsetenv("COLUMNS");
    assert_int_equal(output_width(pipe_end), 0);
    setenv("COLUMNS", "132", 1);
    assert_int_equal(output_width(pipe_end), 132);
    setenv("COLUMNS", "-5", 1);
    assert_int_equal(output_width(pipe_end), 0);
    setenv("COLUMNS", "99999999999", 1);
    assert_int_equal(output_width(pipe_end), 0);
    unsetenv("COLUMNS");
    fclose(pipe_end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_operands_may_be_mixed),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(formats_are_parsed),
        cmocka_unit_test(impossible_places_are_refused_at_once),
        cmocka_unit_test(colour_follows_the_agreed_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
