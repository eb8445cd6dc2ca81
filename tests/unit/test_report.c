/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config.h"

#include "report_cases.h"

#include "agent/report/layout.h"
#include "agent/report/report.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct report_style plain = { .width = 0 };
static const struct report_style narrow = { .width = 80 };

static char *render(const char *name, const char *format, const struct report_style *style)
{
    char *bytes = report_case_render(name, format, style);
    assert_non_null(bytes);
    return bytes;
}

static size_t count(const char *text, const char *needle)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, needle)); p += strlen(needle))
        n++;
    return n;
}

static void text_of_a_case(void **state)
{
    static const char expected[] =
        "sftunnel-agent " PACKAGE_VERSION "  1 source, 10 lines, 10 of sftunneld, all understood.\n"
        "Times are UTC. Years: 2024 forced by --base-year.\n"
        "\n"
        "! DO NOT reboot, upgrade or restart sftunnel on the FMC or on any FTD: tunnels\n"
        "  that are still up on an expired or mismatched certificate do not come back.\n"
        "  Hotfixes that need no reboot are excepted. Renew the certificates while the\n"
        "  tunnels are up, as the next steps say.\n"
        "\n"
        "PEER      SEEN FROM  ATTEMPTS  LAST (UTC)           VERDICT       CONFIDENCE\n"
        "10.0.0.1  fmc               1  2024-09-20 00:00:01  CRIT at_risk  high\n"
        "\n"
        "CRIT SFT-1101 at_risk  the tunnel is still up on an expired or mismatched\n"
        "  certificate\n"
        "\n"
        "  10.0.0.1, seen from fmc; confidence high\n"
        "    attempts 1 established; last success 2024-09-20 00:00:01\n"
        "\n"
        "  next       Look at the date of the CA on the FMC; if it has passed, regenerate\n"
        "             now, while the tunnel is up. Do not reboot, upgrade or restart\n"
        "             sftunnel on the FMC or the FTD.\n"
        "\n"
        "1 peer: 1 critical; 1 attempt.\n"
        "More: sftunnel-agent explain ID; -v shows every proof, -o json has everything\n"
        "for programs.\n";
    (void)state;
    char *text = render("at-risk", "text", &narrow);
    assert_string_equal(text, expected);
    free(text);
}

static void text_shows_proof_and_both_ends(void **state)
{
    (void)state;
    char *text = render("two-ends", "text", &plain);
    assert_non_null(strstr(text, "samples/ftd_messages:7  this end refused the peer's chain at depth 1"));
    assert_non_null(strstr(text, "| Sep 20 04:10:47 FTD-hostname SF-IMS[50792]: [51982] sftunneld:sf_ssl [ERROR] err "
                                 "10:certificate has expired\n")); /* not wrapped when piped */
    assert_non_null(strstr(text, "InternalCA of FMC 06f5f3ca-c77b-11e2-81bf-884d9d11f3ef; 2 peers\n"));
    assert_non_null(strstr(text, "the same tunnel: FMC-hostname sees 10.10.21.10 as CRIT ca_expired"));
    assert_non_null(strstr(text, "failing since 2024-09-20 04:10:47; last success 2024-09-19 00:00:40"));
    assert_non_null(strstr(text, "Years: 2024 inferred from the file's date (--base-year forces another)."));
    assert_non_null(strstr(text, "the internal status 40"));
    assert_int_equal(count(text, "\n  next "), 1);    /* said once for both */
    assert_int_equal(count(text, "\n  confirm "), 1); /* likewise */
    free(text);
}

static void text_fits_its_width(void **state)
{
    static const char *const names[] = { "two-ends", "mixed", "at-risk", "many" };
    (void)state;
    for (int width = 80; width <= 120; width += 40)
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            struct report_style style = { .width = width, .unicode = true };
            char *text = render(names[i], "text", &style);
            for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
                if (layout_columns(slice_of(line)) > (size_t)width)
                    fail_msg("%s at %d columns: %s", names[i], width, line);
            free(text);
        }
}

static void text_says_what_it_leaves_out(void **state)
{
    struct report_style all = { .verbosity = 1 }, quiet = { .verbosity = -1 };
    (void)state;
    char *text = render("many", "text", &narrow);
    assert_int_equal(count(text, "\n10."), 50);
    assert_non_null(strstr(text, "and 9,950 more: 9,850 CRIT ca_expired, 100 OK healthy (-v shows all of them)"));
    assert_non_null(strstr(text, "and 4,997 more peers with this verdict (-v)"));
    assert_non_null(strstr(text, "10,000 peers: 9,900 critical, 100 ok; 10,000 attempts."));
    free(text);
    text = render("many", "text", &all);
    assert_int_equal(count(text, "\n10."), 10000);
    assert_int_equal(count(text, "\n    for "), 9900); /* every proof of every broken peer */
    assert_non_null(strstr(text, "\nSources\n"));
    free(text);
    text = render("many", "text", &quiet);
    assert_int_equal(count(text, "\n"), 10000);
    assert_memory_equal(text, "CRIT    SFT-1001 ca_expired           10.0.0.1  seen from fmc, 1 attempt, last ", 60);
    free(text);
    text = render("mixed", "text", &narrow);
    assert_non_null(strstr(text, "Interrupted"));
    assert_non_null(strstr(text, "6 understood, 3 known\nto no rule, 1 undecided"));
    assert_non_null(strstr(text, "device nodes were passed over (3 times)"));
    assert_non_null(strstr(text, "2 of the attempts do not name the peer's address."));
    assert_non_null(strstr(text, "and 2 more lines (-v)"));
    free(text);
    text = render("empty", "text", &plain);
    assert_non_null(strstr(text, "Nothing about sftunnel was found."));
    free(text);
}

static void colour_only_when_asked_for(void **state)
{
    struct report_style colour = { .width = 80, .colour = true, .unicode = true };
    (void)state;
    char *without = render("mixed", "text", &narrow), *with = render("mixed", "text", &colour);
    assert_null(strchr(without, '\x1b'));
    assert_non_null(strstr(with, "\x1b[1;31mCRIT SFT-1001 ca_expired\x1b[0m"));
    for (char *line = strtok(with, "\n"); line; line = strtok(NULL, "\n")) { /* none runs over the end of its line */
        const char *last = NULL;
        for (const char *p = line; (p = strchr(p, '\x1b')); p++)
            last = p;
        if (last)
            assert_memory_equal(last, "\x1b[0m", 4);
    }
    free(without);
    free(with);
}

static bool printable_ascii(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if ((*p < 0x20 && *p != '\n') || *p > 0x7f)
            return false;
    return true;
}

static void nothing_hostile_gets_through(void **state)
{
    static const char *const formats[] = { "text", "json", "ndjson" };
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        for (int verbosity = -1; verbosity <= 1; verbosity++) {
            struct report_style style = { .width = i ? 0 : 80, .verbosity = verbosity };
            char *text = render("hostile", formats[i], &style);
            assert_true(printable_ascii(text));
            free(text);
        }
    char *text = render("hostile", "text", &plain);
    assert_non_null(strstr(text, "\\x1b[31mred\\x1b]0;title\\x07 \\xe2\\x80\\xaebidi \\xff\\xc0\\xaf"));
    free(text);
    text = render("hostile", "ndjson", &plain);
    assert_int_equal(
        count(text, "\n"), 6); /* source, problem, two peers, noise, summary: no newline came from inside */
    assert_int_equal(count(text, "\n{\"type\":"), 5);
    free(text);
}

static void json_of_a_case(void **state)
{
    static const char expected[] =
        "{\"schema\":\"sftunnel-agent.analysis/"
        "1\",\"generated_by\":{\"name\":\"sftunnel-agent\",\"version\":\"" PACKAGE_VERSION
        "\"},\"at_risk\":true,\"prohibition\":\"DO NOT reboot, upgrade or restart sftunnel on the FMC or on any FTD: "
        "tunnels "
        "that are still up on an expired or mismatched certificate do not come back. Hotfixes that need no reboot are "
        "excepted. Renew the certificates while the tunnels are up, as the next steps say.\",\"interrupted\":false,\n"
        "\"sources\":[\n"
        " {\"path\":\"-\",\"kind\":\"log\",\"unit\":null,\"host\":\"fmc\",\"role\":\"fmc\",\"bytes\":1000,\"lines\":10,"
        "\"sftunneld_lines\":10,\"unmatched_sftunneld_lines\":0,\"undecided_sftunneld_lines\":0,\"events\":10,"
        "\"first\":\"2024-09-20T00:00:00Z\",\"last\":\"2024-09-20T00:00:01Z\",\"year\":{\"value\":2024,\"basis\":"
        "\"forced\"},"
        "\"partial\":false}\n"
        "],\n"
        "\"problems\":[],\n"
        "\"peers\":[\n"
        " {\"observer\":{\"host\":\"fmc\",\"role\":null,\"role_inferred\":false},\"address\":\"10.0.0.1\",\"uuid\":"
        "null,"
        "\"name\":null,\"attempts\":{\"total\":1,\"outcomes\":{\"established\":1}},\"first\":null,"
        "\"last\":\"2024-09-20T00:00:01Z\",\"failing_since\":null,\"last_success\":\"2024-09-20T00:00:01Z\","
        "\"verdict\":{\"id\":\"SFT-1101\",\"name\":\"at_risk\",\"severity\":\"critical\",\"confidence\":\"high\"},"
        "\"summary\":null,\"ca_uuid\":null,\"evidence\":[],\"missing\":null,\"next\":\"Look at the date of the CA on "
        "the FMC; if it has passed, regenerate now, while the "
        "tunnel is "
        "up. Do not reboot, upgrade or restart sftunnel on the FMC or the FTD.\",\"joined\":null}\n"
        "],\n"
        "\"noise\":[],\n"
        "\"certificates\":[],\n"
        "\"connections\":[],\n"
        "\"totals\":{\"bytes\":1000,\"lines\":10,\"sftunneld_lines\":10,\"unmatched_sftunneld_lines\":0,"
        "\"undecided_sftunneld_lines\":0,\"events\":10,\"attempts\":1,\"unattributed_attempts\":0,\"peers\":1,"
        "\"attempts_of_peers_over_cap\":0,\"by_severity\":{\"ok\":0,\"unknown\":0,\"warning\":0,\"critical\":1}}}\n";
    (void)state;
    char *text = render("at-risk", "json", &plain);
    assert_string_equal(text, expected);
    free(text);
}

static void ndjson_ends_with_the_summary(void **state)
{
    (void)state;
    for (size_t i = 0; report_case_names[i]; i++) {
        char *text = render(report_case_names[i], "ndjson", &plain);
        size_t n = strlen(text);
        assert_int_equal(text[n - 1], '\n');
        text[n - 1] = '\0';
        const char *last = strrchr(text, '\n');
        last = last ? last + 1 : text;
        assert_memory_equal(last, "{\"type\":\"summary\",\"schema\":\"sftunnel-agent.analysis/1\",", 53);
        free(text);
    }
    char *text = render("two-ends", "ndjson", &plain);
    assert_non_null(
        strstr(text, "{\"source\":1,\"path\":\"samples/ftd_messages\",\"line\":7,")); /* a line stands alone */
    free(text);
}

static void the_same_input_gives_the_same_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; report_case_names[i]; i++)
        for (const struct report_format *f = report_formats; f->name; f++) {
            char *a = render(report_case_names[i], f->name, &narrow),
                 *b = render(report_case_names[i], f->name, &narrow);
            assert_string_equal(a, b);
            free(a);
            free(b);
        }
}

/* ---- files ---- */

static char folder[] = "/tmp/sftunnel-agent-test.XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static size_t files_in_folder(void)
{
    size_t n = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d));)
        n += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(d);
    return n;
}

static enum err_code write_case(const char *name, const char *path, struct err *e)
{
    struct report_case rc;
    assert_true(report_case_build(name, &rc));
    enum err_code code = report_to_file(report_format_find(SLICE("json")), path, &rc.c, &rc.d, &plain, e);
    report_case_clear(&rc);
    return code;
}

static off_t size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_size : -1;
}

static void a_file_appears_whole(void **state)
{
    (void)state;
    char path[64], link[64];
    struct err e;
    struct stat st;
    snprintf(path, sizeof path, "%s/report.json", folder);
    snprintf(link, sizeof link, "%s/link.json", folder);
    mode_t mask = umask(027);
    assert_int_equal(write_case("at-risk", path, &e), ERR_OK);
    umask(mask);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(chmod(path, 0604), 0);
    off_t before = size_of(path);
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(write_case("two-ends", link, &e), ERR_OK); /* through the link, which stays one */
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_true(size_of(path) > before);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0604); /* its mode is kept */
    assert_int_equal(files_in_folder(), 2);
    unlink(link);
    unlink(path);
}

static void a_failure_leaves_what_was_there(void **state)
{
    (void)state;
    char path[64], nowhere[96];
    struct err e;
    struct rlimit old, small = { 4096, 4096 };
    snprintf(path, sizeof path, "%s/report.json", folder);
    snprintf(nowhere, sizeof nowhere, "%s/no/such/report.json", folder);
    assert_int_equal(write_case("at-risk", path, &e), ERR_OK);
    off_t before = size_of(path);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0); /* as good as a full disk */
    enum err_code code = write_case("many", path, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(code, ERR_IO);
    assert_non_null(strstr(e.text, path));
    assert_int_equal(size_of(path), before);
    assert_int_equal(files_in_folder(), 1); /* no temporary file */
    unlink(path);
    assert_int_equal(write_case("at-risk", nowhere, &e), ERR_CANTCREATE);
    assert_non_null(strstr(e.text, nowhere));
    assert_int_equal(report_check_file(nowhere, &e), ERR_CANTCREATE);
    assert_int_equal(report_check_file(folder, &e), ERR_CANTCREATE);
    assert_int_equal(report_check_file("", &e), ERR_CANTCREATE);
}

static void devices_are_written_in_place(void **state)
{
    (void)state;
    struct err e;
    assert_int_equal(report_check_file("/dev/null", &e), ERR_OK);
    assert_int_equal(write_case("two-ends", "/dev/null", &e), ERR_OK);
    struct stat st;
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    for (const struct report_format *f = report_formats; f->name; f++) { /* the reason survives many small writes */
        struct report_case rc;
        assert_true(report_case_build("many", &rc));
        assert_int_equal(report_to_file(f, "/dev/full", &rc.c, &rc.d, &plain, &e), ERR_IO);
        assert_non_null(strstr(e.text, "No space left on device"));
        report_case_clear(&rc);
    }
    assert_int_equal(write_case("two-ends", "/dev/full", &e), ERR_IO);
    assert_non_null(strstr(e.text, "/dev/full"));
    assert_non_null(strstr(e.text, "No space left on device"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_of_a_case),
        cmocka_unit_test(text_shows_proof_and_both_ends),
        cmocka_unit_test(text_fits_its_width),
        cmocka_unit_test(text_says_what_it_leaves_out),
        cmocka_unit_test(colour_only_when_asked_for),
        cmocka_unit_test(nothing_hostile_gets_through),
        cmocka_unit_test(json_of_a_case),
        cmocka_unit_test(ndjson_ends_with_the_summary),
        cmocka_unit_test(the_same_input_gives_the_same_bytes),
        cmocka_unit_test(a_file_appears_whole),
        cmocka_unit_test(a_failure_leaves_what_was_there),
        cmocka_unit_test(devices_are_written_in_place),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
