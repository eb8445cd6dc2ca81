/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/store/sql.h"

#include "agent/store/place.h"
#include "base/buf.h"
#include "base/caps.h"
#include "base/mem.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>

#define BUSY_MS 1000 /* somebody else's transaction, such as that of a curious sqlite3 shell, may last so long */

struct sql {
    sqlite3 *db;
    char *path;
    sqlite3_stmt **statements;
    size_t n;
    unsigned journal_pages, journal_most;
};

/* ---- errors ---- */

static enum sql_result result_of(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return SQL_DONE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return SQL_DAMAGED;
    default: return SQL_FAILED;
    }
}

static enum err_code code_of(int rc, int os)
{
    switch (rc & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ERR_DATA;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY: return ERR_PERMISSION;
    case SQLITE_CANTOPEN: return os == EACCES || os == EPERM ? ERR_PERMISSION : ERR_IO;
    case SQLITE_TOOBIG: return ERR_LIMIT;
    case SQLITE_ERROR:
    case SQLITE_INTERNAL:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
    case SQLITE_RANGE: return ERR_BUG;
    default: return ERR_IO;
    }
}

/* What SQLite says with these is either wrong for a person or of no help. */
static const char *words_of(int rc, const char *said)
{
    switch (rc & 0xff) {
    case SQLITE_READONLY: return "it or its folder can't be written to: " PLACE_NEXT;
    case SQLITE_FULL: return "no room is left on its file system";
    case SQLITE_CORRUPT: return "it is damaged";
    case SQLITE_NOTADB: return "it is no database";
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "another program holds it (a shell with an open transaction?)";
    default: return said;
    }
}

static enum sql_result failed(struct sql *d, int rc, struct err *e)
{
    int os = d->db && ((rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN) ? sqlite3_system_errno(d->db) : 0;
    const char *said = words_of(rc, sqlite3_errstr(rc));
    if ((rc & 0xff) == SQLITE_ERROR && d->db)
        said = sqlite3_errmsg(d->db);
    if (os != 0)
        err_os(e, code_of(rc, os), os, "%s: %s", d->path, said);
    else
        err_set(e, code_of(rc, os), "%s: %s", d->path, said);
    return result_of(rc);
}

/* ---- the file ---- */

/* A path as SQLite's URI, for what can only be said there. */
static char *uri_of(const char *path)
{
    struct buf b = { 0 };
    buf_puts(&b, "file:");
    for (const char *c = path; *c; c++) {
        if (*c == '%' || *c == '?' || *c == '#')
            buf_printf(&b, "%%%02X", (unsigned char)*c);
        else
            buf_putc(&b, *c);
    }
    buf_puts(&b, "?immutable=1");
    return buf_take(&b);
}

static int open_file(struct sql *d, const struct sql_options *o)
{
    int flags = SQLITE_OPEN_NOMUTEX | (o->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    if (!o->unchanging)
        return sqlite3_open_v2(d->path, &d->db, flags, NULL);
    char *uri = uri_of(d->path);
    int rc = sqlite3_open_v2(uri, &d->db, flags | SQLITE_OPEN_URI, NULL);
    free(uri);
    return rc;
}

enum sql_result sql_open(const struct sql_options *o, struct sql **out, struct err *e)
{
    *out = NULL;
    struct sql *d = mem_zalloc(1, sizeof *d);
    d->path = mem_strdup(o->path);
    int rc = open_file(d, o);
    if (rc != SQLITE_OK) {
        enum sql_result r = failed(d, rc, e);
        sql_close(d, true);
        return r;
    }
    sqlite3_extended_result_codes(d->db, 1);
    sqlite3_busy_timeout(d->db, BUSY_MS);
    /* The file may be anybody's: nothing in its schema is run, and no cell is believed. */
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    /* who only reads writes nothing back when it is the last to leave, either */
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, o->read_only, NULL);
    *out = d; /* transferred */
    return SQL_DONE;
}

void sql_close(struct sql *d, bool as_it_is)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->n; i++)
        sqlite3_finalize(d->statements[i]);
    if (d->db && as_it_is)
        sqlite3_db_config(d->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_close(d->db);
    free(d->statements);
    free(d->path);
    free(d);
}

/* Our texts are right: if SQLite says they are not, the file is one whose format or tables it does not know. */
static enum sql_result failed_text(struct sql *d, int rc, struct err *e)
{
    enum sql_result r = failed(d, rc, e);
    if ((rc & 0xff) != SQLITE_ERROR)
        return r;
    e->code = ERR_DATA;
    return SQL_DAMAGED;
}

enum sql_result sql_may_write(struct sql *d, struct err *e)
{
    return sqlite3_db_readonly(d->db, "main") == 1 ? failed(d, SQLITE_READONLY, e) : SQL_DONE;
}

enum sql_result sql_run(struct sql *d, const char *text, struct err *e)
{
    int rc = sqlite3_exec(d->db, text, NULL, NULL, NULL);
    return rc == SQLITE_OK ? SQL_DONE : failed_text(d, rc, e);
}

/* The first row of a text that is used once; the statement is the caller's to finalize, also on failure. */
static enum sql_result first_row(struct sql *d, const char *text, sqlite3_stmt **q, struct err *e)
{
    int rc = sqlite3_prepare_v2(d->db, text, -1, q, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(*q);
    if (rc == SQLITE_DONE)
        return failed(d, SQLITE_CORRUPT, e);
    return rc == SQLITE_ROW ? SQL_DONE : failed_text(d, rc, e);
}

enum sql_result sql_integer(struct sql *d, const char *text, int64_t *value, struct err *e)
{
    sqlite3_stmt *q = NULL;
    enum sql_result r = first_row(d, text, &q, e);
    *value = r == SQL_DONE ? sqlite3_column_int64(q, 0) : 0;
    sqlite3_finalize(q);
    return r;
}

enum sql_result sql_text(struct sql *d, const char *text, char *out, size_t size, struct err *e)
{
    sqlite3_stmt *q = NULL;
    enum sql_result r = first_row(d, text, &q, e);
    const unsigned char *got = r == SQL_DONE ? sqlite3_column_text(q, 0) : NULL;
    sqlite3_snprintf((int)size, out, "%s", got ? (const char *)got : "");
    sqlite3_finalize(q);
    return r;
}

/* ---- the journal ---- */

static int on_commit(void *arg, sqlite3 *db, const char *name, int pages)
{
    struct sql *d = arg;
    d->journal_pages = (unsigned)pages;
    if (d->journal_pages >= d->journal_most)
        (void)sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return SQLITE_OK; /* the commit is done, whatever came of that */
}

void sql_journal(struct sql *d, unsigned most)
{
    d->journal_most = most;
    (void)sqlite3_wal_hook(d->db, on_commit, d);
}

unsigned sql_journal_pages(const struct sql *d)
{
    return d->journal_pages;
}

enum sql_result sql_write_back(struct sql *d, struct err *e)
{
    int rc = sqlite3_wal_checkpoint_v2(d->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    /* busy: another connection is doing the same */
    return rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY ? SQL_DONE : failed(d, rc, e);
}

void sql_rollback(struct sql *d)
{
    if (!sqlite3_get_autocommit(d->db))
        (void)sqlite3_exec(d->db, "ROLLBACK", NULL, NULL, NULL);
}

enum sql_result sql_prepare(struct sql *d, const char *const *texts, size_t n, struct err *e)
{
    d->statements = mem_zalloc(n, sizeof(sqlite3_stmt *));
    for (d->n = 0; d->n < n; d->n++) {
        int rc = sqlite3_prepare_v3(d->db, texts[d->n], -1, SQLITE_PREPARE_PERSISTENT, &d->statements[d->n], NULL);
        if (rc == SQLITE_ERROR) {
            err_set(
                e, ERR_DATA, "%s: its tables are not those that they should be: %s", d->path, sqlite3_errmsg(d->db));
            return SQL_DAMAGED;
        }
        if (rc != SQLITE_OK)
            return failed(d, rc, e);
    }
    return SQL_DONE;
}

/* ---- asking ---- */

static sqlite3_stmt *statement(const struct ask *a)
{
    return a->d->statements[a->which];
}

struct ask ask_start(struct sql *d, size_t which)
{
    return (struct ask){ .d = d, .which = which, .at = 1, .rc = SQLITE_OK };
}

static void bound(struct ask *a, int rc)
{
    a->at++;
    if (a->rc == SQLITE_OK)
        a->rc = rc;
}

static bool fits(struct ask *a, struct slice s)
{
    if (s.n > CAP_STORE_FIELD_BYTES)
        a->too_big = "store-field-bytes";
    return s.n <= CAP_STORE_FIELD_BYTES;
}

void ask_text(struct ask *a, struct slice s)
{
    if (fits(a, s))
        bound(a, sqlite3_bind_text(statement(a), a->at, s.p ? s.p : "", (int)s.n, SQLITE_STATIC));
}

void ask_bytes(struct ask *a, struct slice s)
{
    if (fits(a, s))
        bound(a, sqlite3_bind_blob(statement(a), a->at, s.p ? s.p : "", (int)s.n, SQLITE_STATIC));
}

void ask_number(struct ask *a, uint64_t n)
{
    if (n > INT64_MAX)
        a->too_big = "a number of 63 bits";
    else
        ask_signed(a, (int64_t)n);
}

void ask_signed(struct ask *a, int64_t n)
{
    bound(a, sqlite3_bind_int64(statement(a), a->at, n));
}

bool ask_next(struct ask *a)
{
    if (a->too_big || (a->rc != SQLITE_OK && a->rc != SQLITE_ROW))
        return false;
    a->rc = sqlite3_step(statement(a));
    a->at = 0;
    return a->rc == SQLITE_ROW;
}

struct slice ask_take(struct ask *a)
{
    int at = a->at++;
    const void *p = sqlite3_column_blob(statement(a), at);
    int n = sqlite3_column_bytes(statement(a), at);
    return p ? (struct slice){ p, (size_t)n } : SLICE("");
}

int64_t ask_take_signed(struct ask *a)
{
    return sqlite3_column_int64(statement(a), a->at++);
}

uint64_t ask_take_number(struct ask *a)
{
    int64_t n = ask_take_signed(a);
    return n < 0 ? 0 : (uint64_t)n;
}

void ask_run(struct ask *a)
{
    while (ask_next(a))
        continue;
}

enum sql_result ask_end(struct ask *a, struct err *e)
{
    sqlite3_stmt *q = statement(a);
    enum sql_result r = SQL_DONE;
    if (a->too_big) {
        err_set(e, ERR_LIMIT, "%s: something is larger than may be kept (%s)", a->d->path, a->too_big);
        r = SQL_FAILED;
    } else if (result_of(a->rc) != SQL_DONE) {
        r = failed(a->d, a->rc, e);
    }
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    return r;
}
