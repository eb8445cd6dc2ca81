/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/store_maker.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char place[64];

void keep_place(void)
{
    snprintf(place, sizeof place, "%s/keepXXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(place))
        abort();
}

static int gone(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void keep_gone(void)
{
    nftw(place, gone, 16, FTW_DEPTH | FTW_PHYS);
}

void keep_folder(const char *path)
{
    assert_int_equal(mkdir(path, 0700), 0);
}

static int inside(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    return ftw->level > 0 ? remove(path) : 0;
}

void keep_empty(const char *folder)
{
    nftw(folder, inside, 16, FTW_DEPTH | FTW_PHYS);
}

static char *next_path(void)
{
    static char paths[8][512];
    static unsigned next;
    return paths[next++ % 8];
}

const char *kept(const char *name)
{
    static char paths[64][512];
    static unsigned next;
    char *path = paths[next++ % 64];
    snprintf(path, 512, "%s/%s", place, name);
    return path;
}

const char *kept_file(const char *folder, const char *name)
{
    char *path = next_path();
    snprintf(path, 512, "%s/%s", folder, name);
    return path;
}

void keep_bytes(const char *path, struct slice bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
    close(fd);
}

void keep_read(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY);
    struct stat st;
    buf_reset(out);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    char *p = buf_more(out, (size_t)st.st_size);
    assert_int_equal(read(fd, p, (size_t)st.st_size), st.st_size);
    close(fd);
}

struct store *keep_open(const char *folder, struct store_opened *how)
{
    struct store_options o = { .folder = folder, .now = 1800000000 };
    struct store_opened own;
    struct store *s = NULL;
    struct err e = { 0 };
    if (store_open(&o, &s, how ? how : &own, &e) != ERR_OK)
        fail_msg("%s", e.text);
    return s;
}

/* ---- a step ---- */

static struct slice numbered(const char *word, unsigned n, char out[64])
{
    snprintf(out, 64, "%s %u", word, n);
    return slice_of(out);
}

static enum err_code step_logs(struct store *s, unsigned n, struct err *e)
{
    char texts[3][64];
    struct slice marks[3];
    for (unsigned i = 0; i < 3; i++)
        marks[i] = numbered("mark", i == 0 ? n : i, texts[i]);
    char record[700];
    memset(record, 'a' + (int)(n % 26), sizeof record);
    struct store_line line = { n * 2 + 1, { record, 100 + n * 37 % 600 } }, other = { n * 2 + 2, SLICE("second") };
    enum err_code rc = store_marks_set(s, SLICE("/var/log/messages"), marks, 1 + n % 3, e);
    if (rc == ERR_OK)
        rc = store_line_put(s, &line, e);
    if (rc == ERR_OK)
        rc = store_line_put(s, &other, e);
    if (rc == ERR_OK && n >= 3)
        rc = store_line_remove(s, (n - 3) * 2 + 1, e);
    struct store_source source = { SLICE("/var/log/messages"), SLICE("live"), SLICE(""), n * 100, n % 7, n, n / 9, n };
    return rc != ERR_OK ? rc : store_source_set(s, &source, e);
}

static enum err_code step_found(struct store *s, unsigned n, struct err *e)
{
    char address[64], id[64];
    struct store_peer peer = { .observer = SLICE("fmc"),
        .address = numbered("10.0.0.", n % 5, address),
        .verdict = SLICE("SFT-1001"),
        .attempts = n,
        .last = n,
        .memory = numbered("what went before", n, id) };
    enum err_code rc = store_peer_set(s, &peer, e);
    struct store_incident incident = { .id = numbered("inc", n / 4, id),
        .address = peer.address,
        .cause = SLICE("ca_expired"),
        .opened = n / 4 + 1,
        .closed = n % 4 == 3 ? n : 0,
        .attempts = n };
    if (rc == ERR_OK)
        rc = store_incident_set(s, &incident, e);
    struct store_alarm alarm = { .id = numbered("alarm", n / 8, id), .opened = n / 8 + 1, .peers = n % 8 };
    return rc != ERR_OK ? rc : store_alarm_set(s, &alarm, e);
}

enum err_code keep_step(struct store *s, unsigned n, struct err *e)
{
    char id[64], value[64];
    struct store_event events[2] = { { .type = SLICE("attempt"), .body = SLICE("{\"type\":\"attempt\"}") },
        { .type = SLICE("incident"), .body = SLICE("{\"type\":\"incident\"}") } };
    enum err_code rc = store_begin(s, e);
    if (rc == ERR_OK)
        rc = step_logs(s, n, e);
    if (rc == ERR_OK)
        rc = step_found(s, n, e);
    for (unsigned i = 0; i < 2 && rc == ERR_OK; i++) {
        events[i].id = numbered("event", n * 2 + i, id);
        rc = store_event_add(s, &events[i], e);
    }
    if (rc == ERR_OK)
        rc = store_value_set(s, SLICE("steps"), numbered("step", n, value), e);
    return rc != ERR_OK ? rc : store_commit(s, e);
}

/* ---- all that is there ---- */

static void tell_slice(struct buf *out, struct slice s)
{
    buf_putc(out, ' ');
    buf_terminal(out, s);
}

static bool tell_mark(void *arg, const void *row)
{
    const struct store_mark *m = row;
    buf_puts(arg, "mark");
    tell_slice(arg, m->log);
    tell_slice(arg, m->text);
    buf_putc(arg, '\n');
    return true;
}

static bool tell_line(void *arg, const void *row)
{
    const struct store_line *l = row;
    buf_printf(arg, "line %llu", (unsigned long long)l->number);
    tell_slice(arg, l->record);
    buf_putc(arg, '\n');
    return true;
}

static bool tell_source(void *arg, const void *row)
{
    const struct store_source *s = row;
    buf_puts(arg, "source");
    tell_slice(arg, s->path);
    tell_slice(arg, s->state);
    tell_slice(arg, s->text);
    buf_printf(arg, " %llu %llu %llu %llu %lld\n", (unsigned long long)s->bytes_read, (unsigned long long)s->lag_bytes,
        (unsigned long long)s->lines, (unsigned long long)s->gaps, (long long)s->read_at);
    return true;
}

static bool tell_peer(void *arg, const void *row)
{
    const struct store_peer *p = row;
    const struct slice all[] = { p->observer, p->address, p->role, p->uuid, p->name, p->verdict, p->severity,
        p->confidence, p->summary, p->next, p->outcome, p->memory };
    buf_puts(arg, "peer");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        tell_slice(arg, all[i]);
    buf_printf(arg, " %llu %llu %lld %lld %lld %lld\n", (unsigned long long)p->attempts,
        (unsigned long long)p->failures, (long long)p->first, (long long)p->last, (long long)p->last_success,
        (long long)p->failing_since);
    return true;
}

static bool tell_incident(void *arg, const void *row)
{
    const struct store_incident *i = row;
    const struct slice all[] = { i->id, i->observer, i->address, i->cause, i->verdict, i->severity, i->alarm,
        i->outcome, i->memory };
    buf_puts(arg, "incident");
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        tell_slice(arg, all[k]);
    buf_printf(arg, " %lld %lld %lld %lld %lld %llu\n", (long long)i->opened, (long long)i->changed,
        (long long)i->closed, (long long)i->first, (long long)i->last, (unsigned long long)i->attempts);
    return true;
}

static bool tell_alarm(void *arg, const void *row)
{
    const struct store_alarm *a = row;
    const struct slice all[] = { a->id, a->observer, a->cause, a->verdict, a->severity };
    buf_puts(arg, "alarm");
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        tell_slice(arg, all[k]);
    buf_printf(arg, " %lld %lld %lld %llu %llu\n", (long long)a->opened, (long long)a->changed, (long long)a->closed,
        (unsigned long long)a->peers, (unsigned long long)a->attempts);
    return true;
}

static bool tell_event(void *arg, const void *row)
{
    const struct store_event *e = row;
    buf_printf(arg, "event %llu", (unsigned long long)e->number);
    tell_slice(arg, e->type);
    tell_slice(arg, e->id);
    tell_slice(arg, e->body);
    buf_putc(arg, '\n');
    return true;
}

void keep_tell(struct store *s, struct buf *out)
{
    struct err e = { 0 };
    bool found;
    buf_reset(out);
    buf_puts(out, "");
    if (store_marks(s, tell_mark, out, &e) != ERR_OK || store_lines(s, tell_line, out, &e) != ERR_OK ||
        store_sources(s, tell_source, out, &e) != ERR_OK || store_peers(s, tell_peer, out, &e) != ERR_OK ||
        store_incidents(s, false, tell_incident, out, &e) != ERR_OK ||
        store_alarms(s, false, tell_alarm, out, &e) != ERR_OK ||
        store_events(s, 0, SIZE_MAX, tell_event, out, &e) != ERR_OK ||
        store_value(s, SLICE("steps"), out, &found, &e) != ERR_OK)
        fail_msg("%s", e.text);
}
