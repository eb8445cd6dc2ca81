/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/store/opening.h"

#include "base/caps.h"

#include <stdio.h>
#include <string.h>

#define PAGE_BYTES 4096 /* SQLite's default; what it really is counts for nothing but how long a check takes */

static enum sql_result not_ours(struct store *s, struct err *e, int64_t application)
{
    err_set(e, ERR_DATA, "%s: it is a database of another program (application id 0x%08llx)", s->place.file,
        (unsigned long long)application & 0xffffffffU);
    return SQL_DAMAGED;
}

/* Its version; 0 where nothing is in it. */
static enum sql_result identify(struct store *s, int64_t *version, struct err *e)
{
    int64_t application = 0, things = 0;
    enum sql_result r = sql_integer(s->sql, "PRAGMA application_id", &application, e);
    if (r == SQL_DONE)
        r = sql_integer(s->sql, "PRAGMA user_version", version, e);
    if (r == SQL_DONE)
        r = sql_integer(s->sql, "SELECT count(*) FROM sqlite_schema", &things, e);
    if (r != SQL_DONE)
        return r;
    bool blank = application == 0 && *version == 0 && things == 0;
    if (!blank && application != SCHEMA_APPLICATION)
        return not_ours(s, e, application);
    if (*version < 0 || (!blank && *version == 0)) {
        err_set(e, ERR_DATA, "%s: it is damaged: it has no version", s->place.file);
        return SQL_DAMAGED;
    }
    return SQL_DONE;
}

/* Small states are checked at each start, in some milliseconds: damage that is found here costs no outage later. */
static enum sql_result check(struct store *s, struct err *e)
{
    int64_t pages = 0, unused = 0;
    char word[128];
    enum sql_result r = sql_integer(s->sql, "PRAGMA page_count", &pages, e);
    if (r == SQL_DONE)
        r = sql_integer(s->sql, "PRAGMA freelist_count", &unused, e);
    if (r != SQL_DONE || pages - unused > CAP_STORE_CHECK_BYTES / PAGE_BYTES)
        return r;
    r = sql_text(s->sql, "PRAGMA quick_check(1)", word, sizeof word, e);
    if (r != SQL_DONE || strcmp(word, "ok") == 0)
        return r;
    word[strcspn(word, "\n")] = '\0';
    err_set(e, ERR_DATA, "%s: it is damaged: %s", s->place.file, word);
    return SQL_DAMAGED;
}

static enum sql_result migrate(struct store *s, int64_t version, struct err *e)
{
    enum sql_result r = SQL_DONE;
    char end[96];
    for (; version < STORE_SCHEMA && r == SQL_DONE; version++) {
        snprintf(end, sizeof end, "PRAGMA application_id = %d; PRAGMA user_version = %lld; COMMIT", SCHEMA_APPLICATION,
            (long long)version + 1);
        r = sql_run(s->sql, "BEGIN IMMEDIATE", e);
        if (r == SQL_DONE)
            r = sql_run(s->sql, schema_migrations[version], e);
        if (r == SQL_DONE)
            r = sql_run(s->sql, end, e);
        sql_rollback(s->sql);
    }
    return r;
}

/* While tables are made each step is synced, whatever is wished for later. */
static enum sql_result take_over(struct store *s, int64_t version, bool power_safe, struct err *e)
{
    char mode[16];
    enum sql_result r = sql_text(s->sql, "PRAGMA journal_mode = WAL", mode, sizeof mode, e);
    if (r == SQL_DONE && strcmp(mode, "wal") != 0) {
        err_set(e, ERR_IO, "%s: its file system can't do what is needed (shared memory): name a folder of a local one",
            s->place.file);
        return SQL_FAILED;
    }
    if (r == SQL_DONE)
        r = sql_run(
            s->sql, "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 12582912; PRAGMA temp_store = MEMORY", e);
    if (r == SQL_DONE) {
        sql_journal(s->sql, s->journal_most);
        r = migrate(s, version, e);
    }
    if (r == SQL_DONE && !power_safe)
        r = sql_run(s->sql, "PRAGMA synchronous = NORMAL", e);
    return r;
}

static enum sql_result newer(const struct store *s, int64_t version, struct err *e)
{
    err_set(e, ERR_DATA,
        "%s has the schema of a newer version (%lld; this one knows %d) and is left as it is: run the newer one, or "
        "name "
        "another folder for the state",
        s->place.file, (long long)version, STORE_SCHEMA);
    return SQL_FAILED;
}

static enum sql_result not_yet(const struct store *s, int64_t version, struct err *e)
{
    if (version == 0)
        err_set(e, ERR_NOINPUT, "%s: nothing is kept in it yet", s->place.file);
    else
        err_set(e, ERR_DATA,
            "%s has the schema of an older version (%lld): start watch once, which brings it up to date", s->place.file,
            (long long)version);
    return SQL_FAILED;
}

static enum sql_result make_ready(struct store *s, bool power_safe, int64_t *version, struct err *e)
{
    enum sql_result r = identify(s, version, e);
    if (r == SQL_DONE && !s->read_only)
        r = sql_may_write(s->sql, e);
    if (r == SQL_DONE && *version > STORE_SCHEMA)
        r = newer(s, *version, e);
    if (r == SQL_DONE && s->read_only && *version < STORE_SCHEMA)
        r = not_yet(s, *version, e);
    if (r == SQL_DONE && !s->read_only && *version > 0)
        r = check(s, e);
    if (r == SQL_DONE && !s->read_only)
        r = take_over(s, *version, power_safe, e);
    if (r == SQL_DONE)
        r = sql_text(s->sql, "SELECT epoch FROM self WHERE length(epoch) = 16", s->epoch, sizeof s->epoch, e);
    if (r == SQL_DONE)
        r = sql_prepare(s->sql, schema_statements, Q_COUNT, e);
    return r;
}

enum opening opening_try(struct store *s, bool power_safe, struct err *e)
{
    struct sql_options o = { .path = s->place.file, .read_only = s->read_only };
    int64_t version = 0;
    /* without a journal nobody writes, and the file is all of it */
    o.unchanging = s->read_only && !place_has_journal(&s->place);
    enum sql_result r = sql_open(&o, &s->sql, e);
    if (r == SQL_DONE)
        r = make_ready(s, power_safe, &version, e);
    if (r == SQL_DONE)
        return version == 0 ? OPENING_NEW : OPENING_KEPT;
    sql_close(s->sql, true);
    s->sql = NULL;
    /* Its header forbids it, too: a version that no SQLite has made yet. */
    if (r == SQL_FAILED && e->code == ERR_PERMISSION && !s->read_only && place_is_writable(&s->place)) {
        err_set(e, ERR_DATA, "%s: it is damaged: its format is not known", s->place.file);
        r = SQL_DAMAGED;
    }
    return r == SQL_DAMAGED ? OPENING_DAMAGED : OPENING_FAILED;
}
