/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/settings.h"

#include "agent/commands/settings_check.h"
#include "base/mem.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* ---- one text ---- */

/* The defaults, and this text over them; NULL on failure, with the reason in e. */
static struct settings *settings_of(const char *yaml, struct settings *s, struct err *e)
{
    settings_init(s);
    if (settings_read("t", slice_of(yaml), s, NULL, e) == ERR_OK)
        return s;
    settings_clear(s);
    return NULL;
}

static void defaults(void **state)
{
    (void)state;
    struct settings s;
    struct err e;
    assert_non_null(settings_of("# nothing but a comment\n", &s, &e));
    assert_int_equal(s.logs.n, 2);
    assert_string_equal(s.logs.items[0], "/var/log/messages");
    assert_string_equal(s.logs.items[1], "/ngfw/var/log/messages");
    assert_null(s.logs.items[2]);
    assert_int_equal(s.comms.n + s.packs.n + s.outputs.n + s.hook.n, 0);
    assert_string_equal(s.from, "end");
    assert_string_equal(s.state, "/var/lib/sftunnel-agent");
    assert_string_equal(s.user, "nobody");
    assert_string_equal(s.metrics, "");
    assert_false(s.daemon || s.power_safe);
    assert_int_equal(s.hook_timeout_s, 30);
    assert_int_equal(s.check_s, 3600);
    assert_int_equal(s.warning_days, 90);
    assert_int_equal(s.critical_days, 30);
    assert_int_equal(s.silent_s, 0);
    assert_string_equal(s.capture, "");
    assert_int_equal(s.capture_port, 8305);
    assert_int_equal(s.canary_s, 0);
    assert_int_equal(s.canary_within_s, 30);
    assert_string_equal(s.canary_socket, "/dev/log");
    assert_int_equal(s.quiet_s, 86400);
    assert_int_equal(s.group_from, 3);
    assert_int_equal(s.keep_events, 100000);
    assert_int_equal(settings_finish(&s, NULL, &e), ERR_OK);
    settings_clear(&s);
}

static void a_file_says(void **state)
{
    (void)state;
    struct settings s;
    struct err e;
    assert_non_null(settings_of("logs: [/a, '/b c']\n"
                                "outputs:\n"
                                "  - ndjson=/var/log/x.ndjson\n"
                                "  - ecs=unix:/run/x\n"
                                "  - syslog\n"
                                "hook: [/usr/bin/mail, -s, it's down, root]\n"
                                "daemon: yes\npower_safe: \"on\"\n"
                                "check_interval: 15m\nquiet_after: 7d\nsilent_after: 90s\n"
                                "canary_interval: 5m\ncanary_within: 5m\ncanary_socket: /run/log\n"
                                "capture: eth0.12\ncapture_port: 9305\n"
                                "hook_timeout: 45\nkeep_days: 7\nmetrics: '[::1]:9305'\nroot: ''\n",
        &s, &e));
    assert_int_equal(s.logs.n, 2);
    assert_string_equal(s.logs.items[1], "/b c");
    assert_int_equal(s.outputs.n, 3);
    assert_int_equal(s.hook.n, 4);
    assert_string_equal(s.hook.items[2], "it's down");
    assert_null(s.hook.items[4]);
    assert_true(s.daemon && s.power_safe);
    assert_int_equal(s.check_s, 900);
    assert_int_equal(s.quiet_s, 7 * 86400);
    assert_int_equal(s.silent_s, 90);
    assert_string_equal(s.capture, "eth0.12");
    assert_int_equal(s.capture_port, 9305);
    assert_int_equal(s.canary_s, 300);
    assert_int_equal(s.canary_within_s, 300);
    assert_string_equal(s.canary_socket, "/run/log");
    assert_int_equal(s.hook_timeout_s, 45);
    assert_int_equal(s.keep_days, 7);
    assert_string_equal(s.metrics, "[::1]:9305");
    assert_int_equal(settings_finish(&s, NULL, &e), ERR_OK);
    settings_clear(&s);
}

static void what_is_refused_is_said_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *place, *text;
    } cases[] = {
        { "logz: [/a]\n", "t:1:1: ", "did you mean 'logs'?" },
        { "from: end\nquiet_afer: 3\n", "t:2:1: ", "did you mean 'quiet_after'?" },
        { "state: /a\nstate: /b\n", "t:2:1: ", "already said in line 1" },
        { "- a\n", "t:1:1: ", "KEY: VALUE" },
        { "---\n", "t:", "KEY: VALUE" },
        { "logs: /a\n", "t:1:7: ", "logs takes a list" },
        { "logs: { a: b }\n", "t:1:7: ", "logs takes a list" },
        { "logs:\n  - /a\n  - [/b]\n", "t:3:5: ", "one value" },
        { "state: [/a]\n", "t:1:8: ", "one value" },
        { "logs:\n  - /a\n  - var/b\n", "t:3:5: ", "logs takes a path that begins with /, not \"var/b\"" },
        { "logs: [/a, '']\n", "t:1:12: ", "can't be empty" },
        { "state: ''\n", "t:1:8: ", "state can't be empty" },
        { "from: begining\n", "t:1:7: ", "did you mean beginning?" },
        { "check_interval: 5\n", "t:1:17: ", "takes 0 or 10s to 7d, not \"5\"" },
        { "capture: -w\n", "t:1:10: ", "the name of an interface" },
        { "capture: '/dev/eth0'\n", "t:1:10: ", "the name of an interface" },
        { "capture: abcdefghijklmnop\n", "t:1:10: ", "longer than 15 bytes" },
        { "capture_port: 0\n", "t:1:15: ", "a number from 1 to 65535" },
        { "canary_interval: 1\n", "t:1:18: ", "takes 0 or 2s to 1d, not \"1\"" },
        { "canary_within: 0\n", "t:1:16: ", "takes 1s to 1h, not \"0\"" },
        { "canary_socket: dev/log\n", "t:1:16: ", "begins with /" },
        { "canary_socket: ''\n", "t:1:16: ", "can't be empty" },
        { "hook_timeout: 0\n", "t:1:15: ", "takes 1s to 1h, not \"0\"" },
        { "quiet_after: 5 minutes\n", "t:1:14: ", "takes seconds, or 90s, 15m, 2h, 7d" },
        { "quiet_after: 99999999d\n", "t:1:14: ", "takes seconds" },
        { "group_from: 2.5\n", "t:1:13: ", "a number from 1 to 10000" },
        { "keep_days: -1\n", "t:1:12: ", "a number from 1 to 3650" },
        { "daemon: maybe\n", "t:1:9: ", "true or false" },
        { "daemon:\n", "t:1:8: ", "true or false" },
        { "user: -x\n", "t:1:7: ", "the name of a user" },
        { "outputs: [json=/x]\n", "t:1:11: ", "did you mean ndjson?" },
        { "outputs: ['ndjson=']\n", "t:1:11: ", "nothing behind the =" },
        { "outputs: [ndjson=x]\n", "t:1:11: ", "begins with /" },
        { "outputs: ['ecs=unix:x']\n", "t:1:11: ", "begins with /" },
        { "state: \"/a\\nb\"\n", "t:1:8: ", "control characters" },
        { "state: \"/a\\u202e\"\n", "t:1:8: ", "control characters" },
        { "state: &a /x\n", "t:1:8: ", "anchors" },
        { "state: /a\n---\nstate: /b\n", "t:2:1: ", "only one document" },
        { "state: \xff\n", "t:1:8: ", "no valid YAML" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct settings s;
        struct err e = { .text = "" };
        assert_null(settings_of(cases[i].yaml, &s, &e));
        assert_int_equal(e.code, ERR_CONFIG);
        if (strncmp(e.text, cases[i].place, strlen(cases[i].place)) != 0 || !strstr(e.text, cases[i].text))
            fail_msg("%s\n says: %s\n not: %s%s", cases[i].yaml, e.text, cases[i].place, cases[i].text);
    }
}

static void metrics_only_where_nobody_else_comes(void **state)
{
    (void)state;
    static const struct {
        const char *value, *refused; /* NULL: taken */
    } cases[] = {
        { "127.0.0.1:9305", NULL },
        { "127.255.3.4:1", NULL },
        { "[::1]:65535", NULL },
        { "localhost:9305", NULL },
        { "unix:/run/x", NULL },
        { "0.0.0.0:9305", "loopback address only" },
        { "128.0.0.1:9305", "loopback address only" },
        { "[::]:9305", "loopback address only" },
        { "[fe80::1]:9305", "loopback address only" },
        { "[::ffff:127.0.0.1]:9305", "loopback address only" },
        { "localhost.example.com:9305", "loopback address only" },
        { "[:9305", "loopback address only" },
        { "[]:9305", "loopback address only" },
        { ":9305", "loopback address only" },
        { "127.1:9305", "loopback address only" },
        { "::1:9305", "[::1]:9305" },
        { "127.0.0.1", "ADDRESS:PORT" },
        { "127.0.0.1:0", "a port from 1 to 65535" },
        { "127.0.0.1:65536", "a port from 1 to 65535" },
        { "127.0.0.1:x", "a port from 1 to 65535" },
        { "unix:", "a path" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = { .text = "" };
        enum err_code rc = settings_check_metrics(cases[i].value, false, &e);
        if ((rc == ERR_OK) != !cases[i].refused || (rc && !strstr(e.text, cases[i].refused)))
            fail_msg("%s: %s", cases[i].value, rc ? e.text : "taken");
    }
    char longest[200] = "unix:/", at_limit[120] = "unix:/";
    struct err e;
    memset(longest + 6, 'x', sizeof longest - 7);
    memset(at_limit + 6, 'x', 106);
    assert_int_equal(settings_check_metrics(longest, false, &e), ERR_CONFIG);
    assert_non_null(strstr(e.text, "107"));
    assert_int_equal(settings_check_metrics(at_limit, false, &e), ERR_OK);
}

static void durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds; /* -1: refused */
    } cases[] = { { "0", 0 }, { "90", 90 }, { "90s", 90 }, { "15m", 900 }, { "2h", 7200 }, { "7d", 604800 },
        { "4294967295", 4294967295 }, { "4294967296", -1 }, { "49710d", 4294944000 }, { "49711d", -1 }, { "", -1 },
        { "s", -1 }, { "5ms", -1 }, { "-5", -1 }, { "5 s", -1 }, { "5S", -1 }, { "1d2h", -1 }, { "1.5h", -1 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t n = 77;
        bool taken = settings_check_duration(cases[i].text, &n);
        if (taken != (cases[i].seconds >= 0) || (taken && n != cases[i].seconds))
            fail_msg("%s: %d %u", cases[i].text, taken, n);
    }
    char out[SETTINGS_DURATION_TEXT];
    assert_string_equal(settings_check_period(604800, out), "7d");
    assert_string_equal(settings_check_period(90, out), "90s");
    assert_string_equal(settings_check_period(5400, out), "90m");
    assert_string_equal(settings_check_period(0, out), "0s");
    assert_string_equal(settings_check_period(UINT32_MAX, out), "4294967295s");
}

/* ---- files ---- */

struct place_for_files {
    char folder[64], file[96];
};

static int make_folder(void **state)
{
    struct place_for_files *p = mem_zalloc(1, sizeof *p);
    *state = p;
    strcpy(p->folder, "/tmp/test-settings.XXXXXX");
    snprintf(p->file, sizeof p->file, "%s/w.yaml", mkdtemp(p->folder) ? p->folder : "");
    return 0;
}

static int remove_folder(void **state)
{
    struct place_for_files *p = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", p->folder);
    int rc = system(command); /* a name of our own making */
    free(p);
    return rc;
}

static void put(const struct place_for_files *p, const char *name, const char *text, mode_t mode)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", p->folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    assert_int_equal(chmod(path, mode), 0);
}

static void add_drop_ins(const struct place_for_files *p)
{
    char folder[128];
    snprintf(folder, sizeof folder, "%s.d", p->file);
    assert_int_equal(mkdir(folder, 0755), 0);
    put(p, "w.yaml.d/10-b.yaml", "# comment\nwarning_days: 80\nlogs: [/drop]\n", 0644);
    put(p, "w.yaml.d/9-c.yaml", "warning_days: 70\n", 0644);
    put(p, "w.yaml.d/Z.yaml", "group_from: 9\n", 0644);
    put(p, "w.yaml.d/a.yaml.off", "no YAML at all: [", 0644);
    put(p, "w.yaml.d/.hidden.yaml", "no YAML at all: [", 0644);
}

static const char *origin(struct buf *b, const struct settings *s, const struct settings_origins *o, const char *key)
{
    buf_reset(b);
    settings_print(b, s, o, true);
    char *line = strstr(b->p, key), *at = line ? strstr(line, "# ") : NULL;
    if (at)
        at[strcspn(at, "\n")] = '\0';
    return at ? at + 2 : "";
}

static void later_places_win(void **state)
{
    struct place_for_files *p = *state;
    struct settings s;
    struct settings_origins *o;
    struct err e;
    struct buf b = { 0 };
    char wanted[128];
    put(p, "w.yaml", "logs: [/one, /two]\nwarning_days: 60\n\ncritical_days: 20\n", 0644);
    add_drop_ins(p);
    assert_int_equal(settings_load(p->file, &s, &o, &e), ERR_OK);
    assert_int_equal(settings_origins_files(o), 4);
    assert_int_equal(s.warning_days, 70); /* "9" is behind "1" in byte order */
    assert_int_equal(s.critical_days, 20);
    assert_int_equal(s.group_from, 9);
    assert_int_equal(s.logs.n, 1);
    assert_string_equal(s.logs.items[0], "/drop");
    snprintf(wanted, sizeof wanted, "%s:4", p->file);
    assert_string_equal(origin(&b, &s, o, "critical_days"), wanted);
    snprintf(wanted, sizeof wanted, "%s.d/10-b.yaml:3", p->file);
    assert_string_equal(origin(&b, &s, o, "logs:"), wanted);
    assert_string_equal(origin(&b, &s, o, "keep_days"), "default");

    assert_int_equal(settings_flag(&s, o, "log", "rel", &e), ERR_OK);
    assert_int_equal(settings_flag(&s, o, "log", "/b", &e), ERR_OK);
    assert_int_equal(s.logs.n, 2);
    assert_string_equal(s.logs.items[0], "rel");
    assert_string_equal(origin(&b, &s, o, "logs:"), "--log");
    assert_int_equal(settings_flag(&s, o, "hook", "/x", &e), ERR_OK);
    assert_int_equal(settings_flag(&s, o, "hook", "/y", &e), ERR_OK);
    assert_int_equal(s.hook.n, 1);
    assert_int_equal(settings_flag(&s, o, "daemon", NULL, &e), ERR_OK);
    assert_true(s.daemon);
    assert_int_equal(settings_finish(&s, o, &e), ERR_USAGE);
    assert_string_equal(e.text, "--log is \"rel\": in the background a path begins with /");
    assert_int_equal(settings_flag(&s, o, "foreground", NULL, &e), ERR_OK);
    assert_false(s.daemon);
    assert_int_equal(settings_finish(&s, o, &e), ERR_OK);
    buf_clear(&b);
    settings_clear(&s);
    settings_origins_free(o);
}

static void a_wrong_flag_changes_nothing(void **state)
{
    (void)state;
    struct settings s;
    struct err e;
    struct buf before = { 0 }, after = { 0 };
    assert_non_null(settings_of("logs: [/a, /b]\n", &s, &e));
    settings_print(&before, &s, NULL, false);
    static const char *const wrong[][2] = { { "log", "" }, { "log", "/a\x1b[1m" }, { "check-interval", "1" },
        { "metrics", "10.0.0.1:80" }, { "from", "" }, { "output", "xml" }, { "no-such", "1" } };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(settings_flag(&s, NULL, wrong[i][0], wrong[i][1], &e), ERR_USAGE);
        assert_int_equal(e.code, ERR_USAGE);
        assert_non_null(strstr(e.text, wrong[i][0]));
    }
    settings_print(&after, &s, NULL, false);
    assert_string_equal(before.p, after.p);
    buf_clear(&before);
    buf_clear(&after);
    settings_clear(&s);
}

static void refused(const char *file, enum err_code code, const char *text)
{
    struct settings s;
    struct settings_origins *o;
    struct err e = { .text = "" };
    assert_int_equal(settings_load(file, &s, &o, &e), code);
    assert_null(o);
    assert_null(s.logs.items);
    if (!strstr(e.text, text) || !strstr(e.text, file))
        fail_msg("%s, not: %s", e.text, text);
}

static void files_that_others_can_change_are_refused(void **state)
{
    struct place_for_files *p = *state;
    char folder[128];
    snprintf(folder, sizeof folder, "%s.d", p->file);
    refused(p->file, ERR_NOINPUT, "No such file");
    put(p, "w.yaml", "keep_days: 1\n", 0646);
    refused(p->file, ERR_CONFIG, "everybody may write to it (mode 0646)");
    assert_int_equal(chmod(p->file, 0600), 0);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(chmod(folder, 0777), 0);
    refused(p->file, ERR_CONFIG, "everybody may write to it");
    assert_int_equal(chmod(folder, 0755), 0);
    put(p, "w.yaml.d/x.yaml", "keep_days: 1\n", 0602);
    refused(p->file, ERR_CONFIG, "w.yaml.d/x.yaml: everybody may write to it");
    put(p, "w.yaml.d/x.yaml", "\nkeep_days: 0\n", 0600);
    refused(p->file, ERR_CONFIG, "w.yaml.d/x.yaml:2:12: keep_days takes a number");
    if (geteuid() != 0) /* the rest is about files of other people */
        return;
    assert_int_equal(chown(p->file, 12345, 0), 0);
    refused(p->file, ERR_CONFIG, "belongs to user 12345");
    assert_int_equal(chown(p->file, 0, 12345), 0);
    assert_int_equal(chmod(p->file, 0660), 0);
    refused(p->file, ERR_CONFIG, "a group may write to it");
    unlink(p->file);
    assert_int_equal(mkfifo(p->file, 0600), 0);
    refused(p->file, ERR_CONFIG, "no regular file");
}

static void a_file_too_large(void **state)
{
    struct place_for_files *p = *state;
    char *text = mem_alloc(CAP_CONFIG_BYTES + 2);
    memset(text, '#', CAP_CONFIG_BYTES + 1);
    text[CAP_CONFIG_BYTES + 1] = '\0';
    put(p, "w.yaml", text, 0600);
    refused(p->file, ERR_CONFIG, "cap config-bytes");
    free(text);
}

/* ---- together ---- */

static void what_does_not_fit_together(void **state)
{
    struct place_for_files *p = *state;
    static const struct {
        const char *yaml, *text;
    } cases[] = {
        { "logs: []\n", ":1:1: logs is empty" },
        { "\nwarning_days: 20\n", ":2:1: warning_days is 20, and critical_days 30" },
        { "warning_days: 20\ncritical_days: 21\n", ":2:1: critical_days is 21" },
        { "canary_interval: 20\n", ":1:1: canary_interval can't be: canary_within is 30" },
        { "canary_interval: 20\ncanary_within: 21\n", ":2:1: canary_within can't be: canary_within is 21" },
        { "daemon: true\nhook: [mail]\n", ":2:1: hook begins with a program" },
        { "logs: [/a, /b, /a]\n", "has \"/a\" twice" },
        { "logs: [/a]\ncomms_logs: [/a]\n", ":2:1: comms_logs has \"/a\", which is logs, too" },
        { "logs: [/a]\noutputs: [ndjson=/a]\n", ":2:1: outputs has \"/a\", which is logs, too" },
        { "outputs: [ndjson=/a, ecs=/a]\n", "outputs has \"/a\", which is another's target, too" },
        { "outputs: [ndjson, ecs=-]\n", "standard output, which is another's target" },
        { "outputs: [ndjson=/a]\nmetrics_file: /a\n", "metrics_file has \"/a\", which is outputs, too" },
        { "outputs: ['ndjson=unix:/a']\nmetrics: unix:/a\n", "metrics has \"/a\", which is outputs, too" },
        { "daemon: true\noutputs: [ndjson]\n", ":2:1: outputs can't be standard output in the background" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct settings s;
        struct settings_origins *o;
        struct err e = { .text = "" };
        put(p, "w.yaml", cases[i].yaml, 0600);
        assert_int_equal(settings_load(p->file, &s, &o, &e), ERR_OK);
        assert_int_equal(settings_finish(&s, o, &e), ERR_CONFIG);
        if (!strstr(e.text, cases[i].text))
            fail_msg("%s\n says: %s\n not: %s", cases[i].yaml, e.text, cases[i].text);
        settings_clear(&s);
        settings_origins_free(o);
    }
    struct settings s;
    struct err e;
    assert_non_null(settings_of("logs: []\ncomms_logs: [/c]\noutputs: [syslog, ndjson=/a, 'ecs=unixgram:/b']\n", &s, &e));
    assert_int_equal(settings_finish(&s, NULL, &e), ERR_OK);
    settings_clear(&s);
}

static void what_is_printed_can_be_read_again(void **state)
{
    (void)state;
    struct settings s, again;
    struct err e;
    struct buf one = { 0 }, two = { 0 };
    assert_non_null(settings_of(
        "logs: ['/it''s', '/a: b # c', \"/caf\\u00e9 \\\\x1b\", /no]\nuser: 'no'\nhook: ['-', '~', '{', 'x: y']\n"
        "state: /0\nroot: ''\nsilent_after: 1h\npower_safe: true\n",
        &s, &e));
    settings_print(&one, &s, NULL, true);
    assert_non_null(strstr(one.p, "user: 'no' # default\n"));
    assert_non_null(strstr(one.p, "silent_after: 3600 # default\n"));
    assert_non_null(strstr(one.p, "logs: # default\n  - '/it''s'\n"));
    assert_non_null(settings_of(one.p, &again, &e));
    settings_print(&two, &again, NULL, true);
    assert_string_equal(one.p, two.p);
    assert_string_equal(again.logs.items[2], "/caf\xc3\xa9 \\x1b");
    buf_clear(&one);
    buf_clear(&two);
    settings_clear(&s);
    settings_clear(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(a_file_says),
        cmocka_unit_test(what_is_refused_is_said_with_its_place),
        cmocka_unit_test(metrics_only_where_nobody_else_comes),
        cmocka_unit_test(durations),
        cmocka_unit_test_setup_teardown(later_places_win, make_folder, remove_folder),
        cmocka_unit_test(a_wrong_flag_changes_nothing),
        cmocka_unit_test_setup_teardown(files_that_others_can_change_are_refused, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_file_too_large, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_does_not_fit_together, make_folder, remove_folder),
        cmocka_unit_test(what_is_printed_can_be_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
