/* SPDX-License-Identifier: BSD-2-Clause */
/* What is news of a pair of addresses on the wire, and the lines of a capture that is followed. */
#include "agent/diagnosis/wired.h"
#include "agent/report/followread.h"
#include "base/caps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static char was[WIRED_WAS];

static bool news(struct wired *w, const char *client, enum verdict_id verdict, enum severity severity, int64_t now)
{
    return wired_news(w, &(struct wired_row){ client, "10.1.1.1", verdict, severity }, now, was);
}

static void what_changes(void **state)
{
    struct wired *w = wired_new(), *again = wired_new();
    struct buf one = { 0 }, two = { 0 };
    (void)state;
    assert_false(news(w, "10.1.1.2", VERDICT_HEALTHY, SEVERITY_OK, 0));
    assert_true(news(w, "10.1.1.2", VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, 0));
    assert_string_equal(was, "");
    assert_false(news(w, "10.1.1.2", VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, 0));
    assert_false(news(w, "10.1.1.2", VERDICT_INSUFFICIENT, SEVERITY_UNKNOWN, 0));
    assert_true(news(w, "10.1.1.3", VERDICT_CA_EXPIRING, SEVERITY_WARNING, 0));
    assert_true(news(w, "10.1.1.3", VERDICT_CA_EXPIRING, SEVERITY_CRITICAL, 0));
    assert_string_equal(was, "SFT-1002");
    wired_print(&one, w);
    wired_restore(again, slice_of("nonsense\n\na b\n10.1.1.9 10.1.1.1 SFT-9999 ok\n"));
    wired_restore(again, buf_as_slice(&one));
    wired_print(&two, again);
    assert_string_equal(one.p, two.p);
    assert_string_equal(one.p, "10.1.1.2 10.1.1.1 SFT-1001 critical\n10.1.1.3 10.1.1.1 SFT-1002 critical\n");
    assert_false(news(again, "10.1.1.2", VERDICT_CA_EXPIRED, SEVERITY_CRITICAL, 0));
    assert_true(news(again, "10.1.1.2", VERDICT_HEALTHY, SEVERITY_OK, 0));
    assert_string_equal(was, "SFT-1001");
    buf_clear(&one);
    buf_clear(&two);
    wired_free(w);
    wired_free(again);
}

static void bounded(void **state)
{
    struct wired *w = wired_new();
    struct buf b = { 0 };
    unsigned told = 0, lines = 0;
    char client[32];
    (void)state;
    for (unsigned i = 0; i < WIRED_NEWS_MOST + 50; i++) {
        snprintf(client, sizeof client, "10.2.0.%u", i);
        told += news(w, client, VERDICT_REJECTED, SEVERITY_CRITICAL, 120000 + i);
    }
    assert_int_equal(told, WIRED_NEWS_MOST);
    assert_int_equal(wired_left_out(w), 50);
    assert_int_equal(wired_left_out(w), 0);
    assert_true(news(w, client, VERDICT_REJECTED, SEVERITY_CRITICAL, 180000)); /* the next minute, again */
    for (unsigned i = 0; i < CAP_WIRED_PAIRS + 10; i++) {
        snprintf(client, sizeof client, "10.3.%u.%u", i / 256, i % 256);
        assert_true(news(w, client, VERDICT_REJECTED, SEVERITY_CRITICAL, (int64_t)(10 + i) * 60000));
    }
    wired_print(&b, w);
    for (const char *p = b.p; *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, CAP_WIRED_PAIRS);
    assert_int_equal(strncmp(b.p, "10.3.0.10 ", 10), 0);
    buf_clear(&b);
    wired_free(w);
}

static void addresses(void **state)
{
    static const struct {
        const char *endpoint, *address;
    } cases[] = {
        { "10.1.1.1:8305", "10.1.1.1" },
        { "[fe80::1]:8305", "fe80::1" },
        { "[]:1", NULL },
        { "10.1.1.1", NULL },
        { ":8305", NULL },
        { "", NULL },
        { "10.1.1.1 10.1.1.2:1", NULL },
        { "0000000000000000000000000000000000000000000000000000000000000000:1", NULL },
    };
    char out[WIRED_ADDRESS];
    (void)state;
    assert_false(wired_address(NULL, out));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(wired_address(cases[i].endpoint, out), cases[i].address != NULL);
        if (cases[i].address)
            assert_string_equal(out, cases[i].address);
    }
}

/* ---- lines ---- */

struct taken {
    unsigned rows, progress;
    uint64_t frames, handshakes, lost;
    enum verdict_id verdict;
    enum severity severity;
    bool complete;
    char text[128];
};

static void on_connection(void *arg, const struct follow_row *row)
{
    struct taken *t = arg;
    t->rows++;
    t->verdict = row->verdict;
    t->severity = row->severity;
    t->complete = row->complete;
    snprintf(t->text, sizeof t->text, "%s %s %s %s %s", row->client, row->server, row->tls ? row->tls : "-",
        row->alert_from ? row->alert_from : "-", row->alert ? row->alert : "-");
}

static void on_progress(void *arg, uint64_t frames, uint64_t handshakes, uint64_t lost)
{
    struct taken *t = arg;
    t->progress++;
    t->frames = frames;
    t->handshakes = handshakes;
    t->lost = lost;
}

static enum err_code take(const char *line, struct taken *t)
{
    struct err e;
    *t = (struct taken){ .rows = 0 };
    return followread(slice_of(line), &(struct follow_sink){ t, on_connection, on_progress }, &e);
}

#define VERDICT "\"verdict\":{\"id\":\"SFT-1001\",\"severity\":\"critical\",\"confidence\":\"high\"}"

static void lines(void **state)
{
    static const char *const refused[] = { "", "{", "[]", "null", "{\"type\":\"connection\"}",
        "{\"type\":\"connection\",\"client\":\"a:1\",\"server\":\"b:2\"}",
        "{\"type\":\"connection\",\"client\":\"a:1\"," VERDICT "}",
        "{\"type\":\"connection\",\"client\":\"a:1\",\"server\":5," VERDICT "}",
        "{\"type\":\"connection\",\"client\":\"a:1\",\"server\":\"b:2\",\"verdict\":{\"id\":\"SFT-9999\"}}",
        "{\"type\":\"progress\",\"frames\":1,\"handshakes\":2}",
        "{\"type\":\"progress\",\"frames\":-1,\"handshakes\":2,\"lost\":0}",
        "{\"type\":\"progress\",\"frames\":1,\"frames\":1,\"handshakes\":2,\"lost\":0}" };
    struct taken t;
    (void)state;
    assert_int_equal(take("{\"type\":\"connection\",\"client\":\"a:1\",\"server\":\"b:2\",\"tls\":\"1.2\",\"complete\":"
                          "true,\"alerts\":[{\"from\":\"client\",\"name\":\"x\"},{}]," VERDICT "}",
                         &t),
        ERR_OK);
    assert_int_equal(t.rows, 1);
    assert_int_equal(t.verdict, VERDICT_CA_EXPIRED);
    assert_int_equal(t.severity, SEVERITY_CRITICAL);
    assert_true(t.complete);
    assert_string_equal(t.text, "a:1 b:2 1.2 client x");
    assert_int_equal(
        take("{\"type\":\"connection\",\"client\":\"a:1\",\"server\":\"b:2\",\"alerts\":5," VERDICT "}", &t), ERR_OK);
    assert_string_equal(t.text, "a:1 b:2 - - -");
    assert_int_equal(take("{\"type\":\"progress\",\"frames\":1,\"handshakes\":2,\"lost\":3}", &t), ERR_OK);
    assert_true(t.progress == 1 && t.frames == 1 && t.handshakes == 2 && t.lost == 3);
    assert_int_equal(take("{\"type\":\"certificate\"}", &t), ERR_OK);
    assert_int_equal(t.rows + t.progress, 0);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (take(refused[i], &t) != ERR_DATA)
            fail_msg("taken: %s", refused[i]);
        assert_int_equal(t.rows + t.progress, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_changes),
        cmocka_unit_test(bounded),
        cmocka_unit_test(addresses),
        cmocka_unit_test(lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
