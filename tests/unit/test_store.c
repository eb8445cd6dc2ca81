/* SPDX-License-Identifier: BSD-2-Clause */
/* Every function of agent/store, steps and undoing, several who open it, what is refused, what is forgotten. */
#include "base/caps.h"
#include "tests/unit/store_maker.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static struct buf before, after;
static struct err e;

static void ok(enum err_code rc)
{
    if (rc != ERR_OK)
        fail_msg("%s: %s", err_name(rc), e.text);
}

static void says(const char *words)
{
    if (!strstr(e.text, words))
        fail_msg("\"%s\" is not in \"%s\"", words, e.text);
}

/* A fresh folder, not made yet. */
static const char *fresh(void)
{
    static unsigned n;
    char name[32];
    snprintf(name, sizeof name, "s%u", n++);
    return kept(name);
}

static void sqlite_does(const char *path, const char *what)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, what, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", what, sqlite3_errmsg(db));
    sqlite3_close(db);
}

/* ---- rows ---- */

static void all_come_back(void **state)
{
    (void)state;
    const char *folder = fresh();
    struct store_opened how;
    struct store *s = keep_open(folder, &how);
    assert_int_equal(how.found, STORE_NEW);
    assert_string_equal(how.trouble, "");
    keep_tell(s, &before);
    assert_string_equal(before.p, "");
    for (unsigned n = 0; n < 20; n++)
        ok(keep_step(s, n, &e));
    keep_tell(s, &before);
    store_close(s);
    s = keep_open(folder, &how);
    assert_int_equal(how.found, STORE_KEPT);
    keep_tell(s, &after);
    assert_string_equal(before.p, after.p);
    assert_non_null(strstr(after.p, "line 39 "));
    assert_non_null(strstr(after.p, "event 40 incident event 39 "));
    assert_null(strstr(after.p, "line 1 "));
    store_close(s);
}

static bool only_one(void *arg, const void *row)
{
    (void)row;
    return ++*(unsigned *)arg < 1;
}

static void peer_whole(struct store_peer *out)
{
    *out = (struct store_peer){ SLICE("fmc\0x"), SLICE("10.0.0.1"), SLICE("manager"), SLICE("u"), SLICE("\xff\xfe"),
        SLICE("SFT-1101"), SLICE("critical"), SLICE("certain"), SLICE("s"), SLICE("n"), SLICE("o"), 1, 2, -3, 4, 5,
        INT64_MIN, SLICE("\0\1\2") };
}

static bool same_peer(void *arg, const void *row)
{
    const struct store_peer *p = row;
    struct store_peer w;
    peer_whole(&w);
    *(bool *)arg = slice_eq(p->observer, w.observer) && slice_eq(p->address, w.address) && slice_eq(p->role, w.role) &&
                   slice_eq(p->uuid, w.uuid) && slice_eq(p->name, w.name) && slice_eq(p->verdict, w.verdict) &&
                   slice_eq(p->severity, w.severity) && slice_eq(p->confidence, w.confidence) &&
                   slice_eq(p->summary, w.summary) && slice_eq(p->next, w.next) && slice_eq(p->outcome, w.outcome) &&
                   slice_eq(p->memory, w.memory) && p->attempts == 1 && p->failures == 2 && p->first == -3 &&
                   p->last == 4 && p->last_success == 5 && p->failing_since == INT64_MIN;
    return true;
}

static bool same_incident(void *arg, const void *row)
{
    const struct store_incident *i = row;
    *(bool *)arg =
        slice_eq(i->id, SLICE("i1")) && slice_eq(i->observer, SLICE("a")) && slice_eq(i->address, SLICE("b")) &&
        slice_eq(i->cause, SLICE("c")) && slice_eq(i->verdict, SLICE("d")) && slice_eq(i->severity, SLICE("e")) &&
        slice_eq(i->alarm, SLICE("f")) && slice_eq(i->outcome, SLICE("g")) && i->opened == 1 && i->changed == 2 &&
        i->closed == 3 && i->first == 4 && i->last == 5 && i->attempts == 6 && slice_eq(i->memory, SLICE("m\0"));
    return true;
}

static bool same_alarm(void *arg, const void *row)
{
    const struct store_alarm *a = row;
    *(bool *)arg = slice_eq(a->id, SLICE("a1")) && slice_eq(a->observer, SLICE("a")) &&
                   slice_eq(a->cause, SLICE("c")) && slice_eq(a->verdict, SLICE("d")) &&
                   slice_eq(a->severity, SLICE("e")) && a->opened == 1 && a->changed == 2 && a->closed == 3 &&
                   a->peers == 4 && a->attempts == 5;
    return true;
}

static bool same_source(void *arg, const void *row)
{
    const struct store_source *s = row;
    *(bool *)arg = slice_eq(s->path, SLICE("p")) && slice_eq(s->state, SLICE("live")) &&
                   slice_eq(s->text, SLICE("t")) && s->bytes_read == 1 && s->lag_bytes == 2 && s->lines == 3 &&
                   s->gaps == 4 && s->read_at == 5;
    return true;
}

/* No column is another's: each field has a value of its own. */
static void each_field(void **state)
{
    (void)state;
    struct store *s = keep_open(fresh(), NULL);
    struct store_peer peer;
    bool same = false;
    peer_whole(&peer);
    ok(store_peer_set(s, &peer, &e));
    ok(store_peers(s, same_peer, &same, &e));
    assert_true(same);
    same = false;
    struct store_incident i = { SLICE("i1"), SLICE("a"), SLICE("b"), SLICE("c"), SLICE("d"), SLICE("e"), SLICE("f"),
        SLICE("g"), 1, 2, 3, 4, 5, 6, SLICE("m\0") };
    ok(store_incident_set(s, &i, &e));
    ok(store_incidents(s, false, same_incident, &same, &e));
    assert_true(same);
    same = false;
    struct store_alarm a = { SLICE("a1"), SLICE("a"), SLICE("c"), SLICE("d"), SLICE("e"), 1, 2, 3, 4, 5 };
    ok(store_alarm_set(s, &a, &e));
    ok(store_alarms(s, false, same_alarm, &same, &e));
    assert_true(same);
    same = false;
    struct store_source source = { SLICE("p"), SLICE("live"), SLICE("t"), 1, 2, 3, 4, 5 };
    ok(store_source_set(s, &source, &e));
    ok(store_sources(s, same_source, &same, &e));
    assert_true(same);
    store_close(s);
}

static void order_and_open_ones(void **state)
{
    (void)state;
    struct store *s = keep_open(fresh(), NULL);
    const struct slice two[] = { SLICE("z"), SLICE("a") };
    for (int i = 5; i > 0; i--) {
        char id[2] = { (char)('a' + i % 3), '\0' };
        struct store_incident incident = { .id = slice_of(id), .opened = i % 2, .closed = i == 2 };
        struct store_alarm alarm = { .id = slice_of(id), .opened = i % 2, .closed = i == 2 };
        ok(store_incident_set(s, &incident, &e));
        ok(store_alarm_set(s, &alarm, &e));
    }
    ok(store_marks_set(s, SLICE("b"), two, 2, &e));
    ok(store_marks_set(s, SLICE("a"), two, 2, &e));
    ok(store_marks_set(s, SLICE("a"), two + 1, 1, &e));
    keep_tell(s, &after);
    assert_string_equal(after.p, "mark a a\nmark b z\nmark b a\n"
                                 "incident c         0 0 1 0 0 0\nincident a         1 0 0 0 0 0\n"
                                 "incident b         1 0 0 0 0 0\n"
                                 "alarm c     0 0 1 0 0\nalarm a     1 0 0 0 0\nalarm b     1 0 0 0 0\n");
    unsigned seen = 0;
    ok(store_incidents(s, true, only_one, &seen, &e));
    assert_int_equal(seen, 1); /* false has ended it */
    ok(store_marks_set(s, SLICE("a"), NULL, 0, &e));
    ok(store_marks_set(s, SLICE("b"), NULL, 0, &e));
    keep_tell(s, &after);
    assert_null(strstr(after.p, "mark"));
    store_close(s);
}

static bool on_outlet(void *arg, const void *data)
{
    const struct store_outlet *row = data;
    buf_slice(arg, row->name);
    buf_printf(arg, " %llu, ", (unsigned long long)row->number);
    return true;
}

static void small_things(void **state)
{
    (void)state;
    struct store *s = keep_open(fresh(), NULL);
    bool found = true;
    uint64_t number = 7;
    buf_reset(&after);
    ok(store_value(s, SLICE("x"), &after, &found, &e));
    assert_false(found);
    ok(store_value_set(s, SLICE("x"), SLICE("1\0002"), &e));
    ok(store_value_set(s, SLICE("empty"), (struct slice){ 0 }, &e));
    buf_puts(&after, "it is ");
    ok(store_value(s, SLICE("x"), &after, &found, &e));
    assert_true(found && slice_eq(buf_as_slice(&after), SLICE("it is 1\0002")));
    ok(store_value(s, SLICE("empty"), &after, &found, &e));
    assert_true(found && after.n == 9);
    ok(store_delivered(s, SLICE("file"), &number, &found, &e));
    assert_true(!found && number == 0);
    ok(store_delivered_set(s, SLICE("file"), 5, &e));
    ok(store_delivered_set(s, SLICE("syslog"), 6, &e));
    ok(store_delivered(s, SLICE("file"), &number, &found, &e));
    assert_true(found && number == 5);
    buf_reset(&after);
    ok(store_outlets(s, on_outlet, &after, &e));
    assert_string_equal(after.p, "file 5, syslog 6, ");
    const struct slice stay[] = { SLICE("syslog"), SLICE("new") };
    ok(store_outlets_keep(s, stay, 2, &e));
    ok(store_delivered(s, SLICE("file"), &number, &found, &e));
    assert_false(found);
    ok(store_delivered(s, SLICE("syslog"), &number, &found, &e));
    assert_true(found && number == 6);
    store_close(s);
}

/* ---- steps ---- */

static void undone(void **state)
{
    (void)state;
    const char *folder = fresh();
    struct store *s = keep_open(folder, NULL);
    ok(keep_step(s, 1, &e));
    keep_tell(s, &before);
    for (unsigned i = 0; i < 2; i++) { /* by itself, and by closing */
        struct store_event event = { .type = SLICE("t") };
        ok(store_begin(s, &e));
        ok(store_event_add(s, &event, &e));
        assert_int_equal(event.number, 3); /* the number of what was undone is free again */
        ok(store_marks_set(s, SLICE("/var/log/messages"), NULL, 0, &e));
        ok(store_line_remove(s, 3, &e));
        if (i == 0)
            store_undo(s);
        else
            store_close(s);
    }
    s = keep_open(folder, NULL);
    keep_tell(s, &after);
    assert_string_equal(before.p, after.p);
    assert_int_equal(store_commit(s, &e), ERR_BUG);
    ok(store_begin(s, &e));
    assert_int_equal(store_begin(s, &e), ERR_BUG);
    ok(store_commit(s, &e));
    store_close(s);
}

static void too_large(void **state)
{
    (void)state;
    struct store *s = keep_open(fresh(), NULL);
    char *large = calloc(1, CAP_STORE_FIELD_BYTES + 1);
    struct store_line most = { 1, { large, CAP_STORE_FIELD_BYTES } },
                      more = { 2, { large, CAP_STORE_FIELD_BYTES + 1 } }, number = { UINT64_MAX, SLICE("x") };
    struct store_event event = { .body = more.record };
    ok(store_line_put(s, &most, &e));
    keep_tell(s, &before);
    assert_int_equal(store_line_put(s, &more, &e), ERR_LIMIT);
    says("store-field-bytes");
    assert_int_equal(store_line_put(s, &number, &e), ERR_LIMIT);
    ok(store_begin(s, &e));
    ok(store_line_remove(s, 1, &e));
    assert_int_equal(store_event_add(s, &event, &e), ERR_LIMIT);
    /* the step is undone, and nothing is done in it any more */
    assert_int_equal(store_line_remove(s, 1, &e), ERR_LIMIT);
    says("this step was undone");
    event.body = SLICE("");
    assert_int_equal(store_event_add(s, &event, &e), ERR_LIMIT);
    assert_int_equal(store_commit(s, &e), ERR_LIMIT);
    keep_tell(s, &after);
    assert_string_equal(before.p, after.p);
    ok(store_event_add(s, &event, &e));
    assert_int_equal(event.number, 1);
    store_close(s);
    free(large);
}

static void numbers_without_a_gap(void **state)
{
    (void)state;
    const char *folder = fresh();
    uint64_t next = 1, lost;
    char epoch[STORE_EPOCH_BYTES] = "";
    unsigned seed = 4711;
    struct store *s = keep_open(folder, NULL);
    snprintf(epoch, sizeof epoch, "%s", store_epoch(s));
    assert_int_equal(strspn(epoch, "0123456789abcdef"), 16);
    for (unsigned i = 0; i < 300; i++) {
        struct store_event event = { .id = SLICE("x") };
        struct store_keep nothing = { .closed_before = INT64_MAX };
        bool stays = rand_r(&seed) % 3 > 0;
        ok(store_begin(s, &e));
        for (unsigned k = 0; k < 3; k++) {
            ok(store_event_add(s, &event, &e));
            assert_int_equal(event.number, next + k);
        }
        if (stays)
            ok(store_commit(s, &e));
        else
            store_undo(s);
        next += stays ? 3 : 0;
        if (rand_r(&seed) % 10 == 0)
            ok(store_forget(s, &nothing, &lost, &e));
        if (rand_r(&seed) % 10 == 0) {
            store_close(s);
            s = keep_open(folder, NULL);
            assert_string_equal(store_epoch(s), epoch);
        }
    }
    store_close(s);
    s = keep_open(fresh(), NULL);
    assert_string_not_equal(store_epoch(s), epoch);
    store_close(s);
}

static void numbers_after_another(void **state)
{
    (void)state;
    const char *folder = fresh();
    struct store_event event = { .id = SLICE("x") };
    struct store *s = keep_open(folder, NULL);
    ok(store_event_add(s, &event, &e));
    store_event_numbers_after(s, 100);
    store_event_numbers_after(s, 7);
    store_event_numbers_after(s, STORE_NUMBER_MOST);
    ok(store_begin(s, &e));
    ok(store_event_add(s, &event, &e));
    assert_int_equal(event.number, 101);
    store_undo(s);
    ok(store_event_add(s, &event, &e));
    assert_int_equal(event.number, 101);
    ok(store_event_add(s, &event, &e));
    assert_int_equal(event.number, 102);
    store_close(s);
    s = keep_open(folder, NULL);
    ok(store_event_add(s, &event, &e));
    assert_int_equal(event.number, 103);
    store_close(s);
}

/* ---- who opens it ---- */

static enum err_code try_open(const char *folder, bool read_only, struct store **s)
{
    struct store_options o = { .folder = folder, .read_only = read_only };
    struct store_opened how;
    enum err_code rc = store_open(&o, s, &how, &e);
    assert_true((rc == ERR_OK) == (*s != NULL));
    return rc;
}

static void one_writer(void **state)
{
    (void)state;
    const char *folder = fresh();
    char pid[32];
    int ready[2];
    struct store *s = keep_open(folder, NULL), *other = NULL;
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    assert_int_equal(try_open(folder, false, &other), ERR_LIMIT);
    says(pid);
    /* a failed try has not let go of the lock */
    pid_t child = fork();
    if (child == 0) {
        char *argv[] = { (char *)"test_store", (char *)folder, NULL };
        execv("/proc/self/exe", argv);
        _exit(99);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), ERR_LIMIT);
    store_close(s);
    /* and the other way round */
    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        char hold[16];
        snprintf(hold, sizeof hold, "%d", ready[1]);
        char *argv[] = { (char *)"test_store", (char *)folder, hold, NULL };
        execv("/proc/self/exe", argv);
        _exit(99);
    }
    close(ready[1]);
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    snprintf(pid, sizeof pid, "process %ld", (long)child);
    assert_int_equal(try_open(folder, false, &s), ERR_LIMIT);
    says(pid);
    long owner = 0;
    ok(store_owner(folder, &owner, &e));
    assert_int_equal(owner, child);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    ok(store_owner(folder, &owner, &e));
    assert_int_equal(owner, 0);
    ok(store_owner("/nonexistent", &owner, &e));
    assert_int_equal(owner, 0);
    close(ready[0]);
    ok(try_open(folder, false, &s));
    store_close(s);
}

/* What the children of one_writer do: the status is what store_open said; with a descriptor they stay. */
static int as_another(int argc, char **argv)
{
    struct store_options o = { .folder = argv[1] };
    struct store_opened how;
    struct store *s;
    enum err_code rc = store_open(&o, &s, &how, &e);
    if (rc == ERR_OK && argc > 2 && write(atoi(argv[2]), "x", 1) == 1) {
        for (;;)
            pause();
    }
    store_close(s);
    return (int)rc;
}

static void reader_beside_writer(void **state)
{
    (void)state;
    const char *folder = fresh();
    struct store *reader = NULL;
    assert_int_equal(try_open(folder, true, &reader), ERR_NOINPUT);
    struct store *s = keep_open(folder, NULL);
    ok(keep_step(s, 1, &e));
    keep_tell(s, &before);
    ok(try_open(folder, true, &reader));
    assert_string_equal(store_epoch(reader), store_epoch(s));
    ok(store_begin(reader, &e));
    keep_tell(reader, &after);
    assert_string_equal(before.p, after.p);
    ok(keep_step(s, 2, &e)); /* nobody waits for the reader */
    keep_tell(reader, &after);
    assert_string_equal(before.p, after.p); /* who sees what he saw */
    ok(store_commit(reader, &e));
    keep_tell(s, &before);
    keep_tell(reader, &after);
    assert_string_equal(before.p, after.p);
    assert_int_equal(store_value_set(reader, SLICE("x"), SLICE("y"), &e), ERR_BUG);
    struct store_event event = { .id = SLICE("x") };
    assert_int_equal(store_event_add(reader, &event, &e), ERR_BUG);
    assert_int_equal(store_marks_set(reader, SLICE("x"), NULL, 0, &e), ERR_BUG);
    store_close(reader);
    store_close(s);
}

/* ---- what stands there ---- */

static void newer_schema(void **state)
{
    (void)state;
    const char *folder = fresh(), *file = kept_file(folder, STORE_FILE);
    struct store *s = keep_open(folder, NULL);
    ok(keep_step(s, 1, &e));
    store_close(s);
    sqlite_does(file, "PRAGMA user_version = 7; CREATE TABLE later (x)");
    keep_read(file, &before);
    for (int read_only = 0; read_only < 2; read_only++) {
        assert_int_equal(try_open(folder, read_only, &s), ERR_DATA);
        says(file);
        says("(7; this one knows 1)");
        says("another folder");
        keep_read(file, &after);
        assert_true(slice_eq(buf_as_slice(&before), buf_as_slice(&after)));
    }
    sqlite_does(file, "PRAGMA user_version = 1");
    ok(try_open(folder, false, &s));
    keep_tell(s, &before);
    assert_non_null(strstr(before.p, "step 1"));
    store_close(s);
}

static void modes_and_folders(void **state)
{
    (void)state;
    const char *folder = fresh();
    struct stat st;
    struct store *s = keep_open(folder, NULL);
    ok(keep_step(s, 1, &e));
    assert_true(stat(folder, &st) == 0 && (st.st_mode & 0777) == 0700);
    static const char *const files[] = { STORE_FILE, STORE_FILE "-wal", STORE_FILE "-shm", "state.lock" };
    for (unsigned i = 0; i < 4; i++)
        assert_true(stat(kept_file(folder, files[i]), &st) == 0 && (st.st_mode & 0777) == 0600);
    store_close(s);
    assert_int_equal(chmod(kept_file(folder, STORE_FILE), 0666), 0);
    ok(try_open(folder, false, &s));
    assert_true(stat(kept_file(folder, STORE_FILE), &st) == 0 && (st.st_mode & 0777) == 0600);
    store_close(s);
    assert_int_equal(chmod(folder, 0770), 0);
    assert_int_equal(try_open(folder, false, &s), ERR_PERMISSION);
    says(folder);
    says("chmod go-w");
    assert_int_equal(try_open(folder, true, &s), ERR_PERMISSION);
    assert_int_equal(try_open(kept("no/such/parent"), false, &s), ERR_NOINPUT);
    keep_bytes(kept("file"), SLICE("x"));
    assert_int_equal(try_open(kept("file"), false, &s), ERR_DATA);
}

/* ---- forgetting ---- */

static void over(struct store *s, unsigned n, bool open, struct slice address)
{
    char id[16];
    snprintf(id, sizeof id, "%02u", n);
    struct store_incident incident = { .id = slice_of(id), .address = address, .opened = 1, .closed = open ? 0 : n };
    struct store_alarm alarm = { .id = slice_of(id), .opened = 1, .closed = open ? 0 : n };
    struct store_peer peer = { .address = address.n ? address : slice_of(id), .last = n };
    ok(store_incident_set(s, &incident, &e));
    ok(store_alarm_set(s, &alarm, &e));
    ok(store_peer_set(s, &peer, &e));
}

static bool tell_id(void *arg, const void *row)
{
    const struct store_incident *i = row;
    buf_slice(arg, i->id);
    buf_putc(arg, ' ');
    return true;
}

static bool tell_alarm_id(void *arg, const void *row)
{
    const struct store_alarm *a = row;
    buf_slice(arg, a->id);
    buf_putc(arg, ' ');
    return true;
}

static bool tell_address(void *arg, const void *row)
{
    const struct store_peer *p = row;
    buf_slice(arg, p->address);
    buf_putc(arg, ' ');
    return true;
}

static const char *left(struct store *s)
{
    buf_reset(&after);
    ok(store_incidents(s, false, tell_id, &after, &e));
    buf_puts(&after, "| ");
    ok(store_alarms(s, false, tell_alarm_id, &after, &e));
    buf_puts(&after, "| ");
    ok(store_peers(s, tell_address, &after, &e));
    return after.p;
}

static void forgets_what_is_over(void **state)
{
    (void)state;
    struct store *s = keep_open(fresh(), NULL);
    uint64_t lost = 9;
    over(s, 1, true, SLICE("old"));
    for (unsigned n = 2; n < 10; n++)
        over(s, n, false, SLICE(""));
    struct store_keep keep = { .closed_before = 4, .incidents = 100, .peers = 100 };
    ok(store_forget(s, &keep, &lost, &e));
    assert_int_equal(lost, 0);
    assert_string_equal(left(s), "01 04 05 06 07 08 09 | 01 04 05 06 07 08 09 | 04 05 06 07 08 09 old ");
    keep = (struct store_keep){ .closed_before = INT64_MIN, .incidents = 3, .peers = 4 };
    ok(store_forget(s, &keep, &lost, &e));
    assert_string_equal(left(s), "01 08 09 | 01 08 09 | 07 08 09 old ");
    keep = (struct store_keep){ .closed_before = INT64_MAX };
    ok(store_forget(s, &keep, &lost, &e));
    assert_string_equal(left(s), "01 | 01 | old "); /* what is open stays whatever is asked for */
    store_close(s);
}

static bool range(void *arg, const void *row)
{
    const struct store_event *event = row;
    uint64_t *r = arg;
    r[0] = r[0] ? r[0] : event->number;
    assert_true(r[1] == 0 || event->number == r[1] + 1);
    r[1] = event->number;
    return true;
}

static void is_left(struct store *s, uint64_t first, uint64_t last)
{
    uint64_t r[2] = { 0 };
    ok(store_events(s, 0, SIZE_MAX, range, r, &e));
    assert_int_equal(r[0], first);
    assert_int_equal(r[1], last);
}

static void add_events(struct store *s, unsigned n)
{
    struct store_event event = { .type = SLICE("attempt"), .body = SLICE("{}") };
    ok(store_begin(s, &e));
    while (n-- > 0)
        ok(store_event_add(s, &event, &e));
    ok(store_commit(s, &e));
}

static void forgets_events(void **state)
{
    (void)state;
    struct store *s = keep_open(fresh(), NULL);
    uint64_t lost = 9, r[2] = { 0 };
    struct store_keep keep = { .events = 10 };
    ok(store_forget(s, &keep, &lost, &e));
    add_events(s, 100);
    ok(store_delivered_set(s, SLICE("fast"), 100, &e));
    ok(store_delivered_set(s, SLICE("slow"), 40, &e));
    ok(store_forget(s, &keep, &lost, &e));
    assert_int_equal(lost, 0);
    is_left(s, 31, 100);
    ok(store_events(s, 50, 7, range, r, &e));
    assert_true(r[0] == 51 && r[1] == 57);
    ok(store_outlets_keep(s, &SLICE("fast"), 1, &e));
    ok(store_forget(s, &keep, &lost, &e));
    is_left(s, 91, 100);
    keep.events = 0;
    ok(store_forget(s, &keep, &lost, &e));
    is_left(s, 100, 100);
    /* one who takes nothing */
    ok(store_delivered_set(s, SLICE("dead"), 90, &e));
    add_events(s, CAP_STORE_EVENTS);
    ok(store_forget(s, &keep, &lost, &e));
    assert_int_equal(lost, 1); /* 91 to 99 were gone before */
    is_left(s, 101, 100 + CAP_STORE_EVENTS);
    add_events(s, 5);
    ok(store_begin(s, &e));
    ok(store_forget(s, &keep, &lost, &e));
    assert_int_equal(lost, 5);
    store_undo(s);
    is_left(s, 101, 105 + CAP_STORE_EVENTS);
    ok(store_forget(s, &keep, &lost, &e));
    assert_int_equal(lost, 5);
    ok(store_forget(s, &keep, &lost, &e));
    assert_int_equal(lost, 0); /* counted once */
    is_left(s, 106, 105 + CAP_STORE_EVENTS);
    store_close(s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_come_back),
        cmocka_unit_test(each_field),
        cmocka_unit_test(order_and_open_ones),
        cmocka_unit_test(small_things),
        cmocka_unit_test(undone),
        cmocka_unit_test(too_large),
        cmocka_unit_test(numbers_without_a_gap),
        cmocka_unit_test(numbers_after_another),
        cmocka_unit_test(one_writer),
        cmocka_unit_test(reader_beside_writer),
        cmocka_unit_test(newer_schema),
        cmocka_unit_test(modes_and_folders),
        cmocka_unit_test(forgets_what_is_over),
        cmocka_unit_test(forgets_events),
    };
    if (argc > 1)
        return as_another(argc, argv);
    keep_place();
    int failed = cmocka_run_group_tests_name("store", tests, NULL, NULL);
    keep_gone();
    buf_clear(&before);
    buf_clear(&after);
    return failed;
}
