/* SPDX-License-Identifier: BSD-2-Clause */
/* The state's journal is written back beside the loop, in a thread of libuv's. */
#include "agent/commands/watch.h"

#include "agent/store/journal.h"
#include "base/mem.h"

#include <stdlib.h>
#include <uv.h>

struct watch_journal {
    struct watch *w;
    struct journal *journal;
    uv_work_t work;
    bool busy, failed;
    enum err_code code; /* of the last time */
    struct err e;
};

static void in_thread(uv_work_t *work)
{
    struct watch_journal *j = work->data;
    j->code = journal_write_back(j->journal, &j->e);
}

static void in_loop(uv_work_t *work, int status)
{
    struct watch_journal *j = work->data;
    bool failed = status == 0 && j->code != ERR_OK;
    j->busy = false;
    if (failed && !j->failed)
        watch_log("warning", "what was kept stays in the state's journal for now: %s", j->e.text);
    if (!failed && j->failed)
        watch_log("info", "the state's journal is written back again");
    j->failed = failed;
}

enum err_code watch_journal_start(struct watch *w, struct err *e)
{
    w->journal = mem_zalloc(1, sizeof *w->journal);
    w->journal->w = w;
    w->journal->work.data = w->journal;
    return journal_open(w->store, &w->journal->journal, e);
}

void watch_journal_care(struct watch *w, bool now)
{
    struct watch_journal *j = w->journal;
    if (!j || j->busy || !(journal_due(w->store) || now))
        return;
    j->busy = uv_queue_work(w->loop, &j->work, in_thread, in_loop) == 0;
}

void watch_journal_free(struct watch *w)
{
    if (w->journal)
        journal_close(w->journal->journal);
    free(w->journal);
    w->journal = NULL;
}
