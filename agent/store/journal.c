/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/store/journal.h"

#include "agent/store/store_parts.h"
#include "base/mem.h"

#include <stdlib.h>

#define DUE_PAGES 1000 /* two syncs for so many pages are cheap, and reading that much again after a kill is, too */

struct journal {
    struct sql *sql;
};

enum err_code journal_open(const struct store *s, struct journal **out, struct err *e)
{
    struct sql_options o = { .path = s->place.file };
    struct sql *sql;
    *out = NULL;
    enum sql_result r = sql_open(&o, &sql, e);
    if (r != SQL_DONE)
        return e->code;
    /* the file is synced before the journal may begin anew, whatever the store does with its commits */
    int64_t tables;
    r = sql_run(sql, "PRAGMA synchronous = FULL", e);
    if (r == SQL_DONE) /* only who has read it once knows that it has a journal */
        r = sql_integer(sql, "SELECT count(*) FROM sqlite_schema", &tables, e);
    if (r != SQL_DONE) {
        sql_close(sql, true);
        return e->code;
    }
    *out = mem_zalloc(1, sizeof **out);
    (*out)->sql = sql; /* transferred */
    return ERR_OK;
}

void journal_close(struct journal *j)
{
    if (!j)
        return;
    sql_close(j->sql, true); /* the store's own closing writes the rest */
    free(j);
}

bool journal_due(struct store *s)
{
    unsigned pages = sql_journal_pages(s->sql);
    if (pages < s->written_back) /* it has begun anew */
        s->written_back = 0;
    if (pages - s->written_back < DUE_PAGES)
        return false;
    s->written_back = pages;
    return true;
}

enum err_code journal_write_back(struct journal *j, struct err *e)
{
    return sql_write_back(j->sql, e) == SQL_DONE ? ERR_OK : e->code;
}
