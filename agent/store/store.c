/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/store/store.h"

#include "agent/store/opening.h"
#include "agent/store/store_parts.h"
#include "base/caps.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

/* The text without the path, which the reader of the trouble knows. */
static void told(const struct store *s, const struct err *why, char *out, size_t size)
{
    size_t n = strlen(s->place.file);
    const char *text = why->text;
    if (strncmp(text, s->place.file, n) == 0 && strncmp(text + n, ": ", 2) == 0)
        text += n + 2;
    snprintf(out, size, "%.*s", (int)size - 1, text);
}

static enum err_code set_aside(struct store *s, int64_t now, struct store_opened *how, struct err *e)
{
    enum err_code rc = place_set_aside(&s->place, now, how->aside, sizeof how->aside, e);
    if (rc != ERR_OK)
        return rc;
    how->found = STORE_REBUILT;
    place_begun(&s->place, false);
    return ERR_OK;
}

/* What stands there and can't even be tried. */
static enum err_code clear_the_way(struct store *s, int64_t now, struct store_opened *how, struct err *e)
{
    enum place_file what;
    enum err_code rc = place_look(&s->place, &what, e);
    if (rc != ERR_OK)
        return rc;
    const char *trouble = NULL;
    if (what == PLACE_ODD)
        trouble = "it is no file";
    else if (what == PLACE_ORPHAN)
        trouble = "its journal is there, but the file is missing or empty";
    else if (what == PLACE_EMPTY && s->place.begun)
        trouble = "it is empty, and was not";
    else if (what == PLACE_FILE && s->place.was_damaged)
        trouble = "it was found to be damaged while it was in use";
    if (!trouble) {
        if (what == PLACE_NONE && s->place.begun) /* somebody took it away */
            place_begun(&s->place, false);
        return ERR_OK;
    }
    snprintf(how->trouble, sizeof how->trouble, "%s", trouble);
    return set_aside(s, now, how, e);
}

static enum err_code open_to_write(
    struct store *s, const struct store_options *o, struct store_opened *how, struct err *e)
{
    struct err why = { 0 };
    enum err_code rc = place_folder(&s->place, true, e);
    if (rc == ERR_OK)
        rc = place_lock(&s->place, e);
    if (rc == ERR_OK)
        rc = clear_the_way(s, o->now, how, e);
    if (rc == ERR_OK)
        rc = place_make_file(&s->place, e);
    if (rc != ERR_OK)
        return rc;
    enum opening found = opening_try(s, o->power_safe, &why);
    if (found == OPENING_DAMAGED) {
        told(s, &why, how->trouble, sizeof how->trouble);
        rc = set_aside(s, o->now, how, e);
        if (rc == ERR_OK)
            rc = place_make_file(&s->place, e);
        if (rc != ERR_OK)
            return rc;
        found = opening_try(s, o->power_safe, &why);
    } else if (found == OPENING_KEPT) {
        how->found = STORE_KEPT;
    }
    if (found == OPENING_NEW)
        place_sync(&s->place);
    else if (found != OPENING_KEPT)
        return err_set(e, why.code, "%s", why.text);
    if (!s->place.begun)
        place_begun(&s->place, true);
    return ERR_OK;
}

static enum err_code open_to_read(struct store *s, struct store_opened *how, struct err *e)
{
    enum place_file what;
    enum err_code rc = place_folder(&s->place, false, e);
    if (rc == ERR_OK)
        rc = place_look(&s->place, &what, e);
    if (rc != ERR_OK)
        return rc;
    if (what == PLACE_NONE || what == PLACE_EMPTY)
        return err_set(e, ERR_NOINPUT, "%s: nothing is kept in it yet", s->place.folder);
    if (what != PLACE_FILE)
        return err_set(e, ERR_DATA, "%s is damaged; watch sets it aside when it is started", s->place.file);
    enum opening found = opening_try(s, false, e);
    if (found == OPENING_DAMAGED)
        err_prefix(e, "this state can't be read; watch sets it aside when it is started");
    how->found = STORE_KEPT;
    return found == OPENING_KEPT ? ERR_OK : e->code;
}

enum err_code store_open(const struct store_options *o, struct store **out, struct store_opened *how, struct err *e)
{
    struct err own = { 0 };
    *out = NULL;
    *how = (struct store_opened){ .found = STORE_NEW };
    if (!e)
        e = &own;
    if (strlen(o->folder) >= CAP_PATH_BYTES - 64)
        return err_set(e, ERR_LIMIT, "the path of the state's folder is too long (path-bytes)");
    struct store *s = mem_zalloc(1, sizeof *s);
    s->read_only = o->read_only;
    s->journal_most = o->journal_pages ? o->journal_pages : CAP_STORE_JOURNAL_PAGES;
    place_init(&s->place, o->folder);
    enum err_code rc = o->read_only ? open_to_read(s, how, e) : open_to_write(s, o, how, e);
    if (rc == ERR_OK)
        *out = s; /* transferred */
    else
        store_close(s);
    return rc;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    sql_close(s->sql, s->read_only || s->damaged);
    place_clear(&s->place);
    free(s);
}

const char *store_epoch(const struct store *s)
{
    return s->epoch;
}

/* ---- steps ---- */

enum err_code store_may_change(struct store *s, struct err *e)
{
    if (s->read_only)
        return err_set(e, ERR_BUG, "%s was opened to be read only", s->place.file);
    if (s->step == STEP_UNDONE)
        return err_set(e, s->why.code, "this step was undone: %s", s->why.text);
    return ERR_OK;
}

enum err_code store_asked(struct store *s, struct ask *a, struct err *e)
{
    struct err why = { 0 };
    enum sql_result r = ask_end(a, &why);
    if (r == SQL_DONE)
        return ERR_OK;
    if (r == SQL_DAMAGED) {
        err_prefix(&why, "the state is set aside when this is started again");
        s->damaged = true;
        place_damaged(&s->place);
    }
    sql_rollback(s->sql);
    if (s->step == STEP_OPEN) {
        s->step = STEP_UNDONE;
        s->why = why;
    }
    return err_set(e, why.code, "%s", why.text);
}

enum err_code store_change(struct store *s, struct ask *a, struct err *e)
{
    enum err_code rc = store_may_change(s, e);
    if (rc == ERR_OK) {
        ask_run(a);
        return store_asked(s, a, e);
    }
    (void)!ask_end(a, NULL);
    return rc;
}

enum err_code store_begin(struct store *s, struct err *e)
{
    struct ask a = ask_start(s->sql, s->read_only ? Q_BEGIN_READING : Q_BEGIN);
    if (s->step == STEP_OPEN)
        return err_set(e, ERR_BUG, "%s: a step is open already", s->place.file);
    s->step = STEP_NONE;
    ask_run(&a);
    enum err_code rc = store_asked(s, &a, e);
    if (rc == ERR_OK)
        s->step = STEP_OPEN;
    return rc;
}

enum err_code store_commit(struct store *s, struct err *e)
{
    struct ask a = ask_start(s->sql, Q_COMMIT);
    enum err_code rc;
    if (s->step == STEP_NONE)
        return err_set(e, ERR_BUG, "%s: no step is open", s->place.file);
    if (s->step == STEP_UNDONE) {
        rc = store_may_change(s, e);
    } else {
        ask_run(&a);
        rc = store_asked(s, &a, e);
    }
    s->step = STEP_NONE;
    return rc;
}

void store_undo(struct store *s)
{
    sql_rollback(s->sql);
    s->step = STEP_NONE;
}

enum err_code store_own_step(struct store *s, bool *own, struct err *e)
{
    *own = s->step == STEP_NONE && !s->read_only;
    return *own ? store_begin(s, e) : store_may_change(s, e);
}

enum err_code store_own_end(struct store *s, bool own, enum err_code so_far, struct err *e)
{
    if (!own)
        return so_far;
    if (so_far == ERR_OK)
        return store_commit(s, e);
    store_undo(s);
    return so_far;
}
