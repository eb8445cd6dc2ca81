/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/tail_parts.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

void tail_say(struct tail *t, enum tail_event_kind kind, const struct tailgen *g, uint64_t bytes, const char *text)
{
    struct tail_event e = { .kind = kind, .bytes = bytes, .text = text };
    if (g) {
        e.order = g->order;
        e.offset = g->offset;
    }
    if (t->o.sink.event)
        t->o.sink.event(t->o.sink.arg, &e);
}

void tail_say_once(struct tail *t, unsigned bit, enum tail_event_kind kind, const char *text)
{
    if (!(t->said & bit))
        tail_say(t, kind, NULL, 0, text);
    t->said |= bit;
}

struct tail *tail_new(const struct tail_options *o)
{
    struct tail *t = mem_zalloc(1, sizeof *t);
    t->o = *o;
    t->path = mem_strdup(o->path);
    t->log = tailprint_hash(TAILPRINT_SEED, slice_of(t->path));
    t->clock = 1;
    t->starting = t->first_start = t->rescan = true;
    t->next_order = 1;
    t->fresh = -1;
    t->known = mem_zalloc(CAP_TAIL_KNOWN, sizeof *t->known);
    t->block = mem_alloc(CAP_BLOCK_BYTES);
    tailscan_places(t);
    return t;
}

void tail_free(struct tail *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n_gens; i++)
        tailgen_free(t->gens[i]);
    for (size_t i = 0; i < t->n_cands; i++)
        tailcand_free(t->cands[i]);
    for (int i = 0; i < 2; i++) {
        free(t->places[i].folder);
        free(t->places[i].name);
    }
    if (t->fresh >= 0)
        close(t->fresh);
    free(t->known);
    free(t->block);
    free(t->path);
    free(t);
}

/* ---- marks ---- */

static enum err_code check_marks(const struct tail *t, const struct tail_mark *marks, size_t n, struct err *e)
{
    size_t open = 0;
    for (size_t i = 0; i < n; i++) {
        if (marks[i].log != t->log)
            return err_set(e, ERR_DATA, "mark %zu belongs to another log", i + 1);
        open += marks[i].kind == TAILMARK_OPEN || marks[i].kind == TAILMARK_ENDED;
        for (size_t k = 0; k < i && marks[i].order; k++)
            if (marks[k].order == marks[i].order)
                return err_set(e, ERR_DATA, "marks %zu and %zu are of one generation", k + 1, i + 1);
    }
    if (open > CAP_TAIL_GENERATIONS || n - open > CAP_TAIL_KNOWN)
        return err_set(e, ERR_DATA, "%zu marks are more than there can be", n);
    return ERR_OK;
}

enum err_code tail_restore(struct tail *t, const struct tail_mark *marks, size_t n, struct err *e)
{
    enum err_code code = check_marks(t, marks, n, e);
    if (code != ERR_OK)
        return code;
    t->first_start = false;
    for (size_t i = 0; i < n; i++) {
        const struct tail_mark *m = &marks[i];
        if (m->order >= t->next_order)
            t->next_order = m->order + 1;
        if (m->kind != TAILMARK_OPEN && m->kind != TAILMARK_ENDED) {
            tailknown_add(t, m);
            continue;
        }
        struct tailgen *g = tailgen_new(t, t->n_gens, m->order);
        g->id = m->id;
        g->lost = g->restored = true;
        g->ended = m->kind == TAILMARK_ENDED;
        g->was_packed = m->packed;
        g->place = m->place;
        g->offset = g->seen = m->offset;
        g->print = m->print;
        g->lost_at = t->clock;
    }
    return ERR_OK;
}

size_t tail_marks(const struct tail *t, struct tail_mark *out)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_gens; i++)
        tailgen_mark(t, t->gens[i], &out[n++]);
    for (size_t i = 0; i < t->n_known; i++)
        out[n++] = t->known[i].mark;
    return n;
}

/* ---- what stands at the path ---- */

/* Said once, and again when it has become another one. */
static void fault(struct tail *t, int what, enum tail_event_kind kind, const char *text)
{
    if (t->path_fault != what)
        tail_say(t, kind, NULL, 0, text);
    t->path_fault = what;
}

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode)    ? "is a folder"
           : S_ISFIFO(mode) ? "is a FIFO"
           : S_ISSOCK(mode) ? "is a socket"
                            : "is a device";
}

static struct tailgen *open_one(const struct tail *t, const struct stat *st)
{
    for (size_t i = t->n_gens; i-- > 0;)
        if (t->gens[i]->fd >= 0 && t->gens[i]->id.dev == st->st_dev && t->gens[i]->id.ino == st->st_ino)
            return t->gens[i];
    return NULL;
}

static void nobody_is_current(struct tail *t)
{
    if (t->current) {
        t->before = t->current;
        t->before->grew_at = t->clock; /* its writer may linger from now on, however quiet it was */
    }
    t->current = NULL;
}

static void open_fresh(struct tail *t)
{
    struct stat st;
    int fd = open(t->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        if (errno != ENOENT)
            fault(t, errno, TAIL_UNREADABLE, strerror(errno));
        return;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) { /* since we looked */
        close(fd);
        return;
    }
    t->path_fault = 0;
    t->fresh = fd;
    t->fresh_size = (uint64_t)st.st_size;
    tailid_of(fd, !t->o.no_handles, &st, &t->fresh_id);
    t->rescan = true;
}

/* What is open can't be replaced behind our back: its inode is in use. So device and inode are enough here. */
static void look_at_path(struct tail *t)
{
    struct stat st;
    if (t->fresh >= 0)
        close(t->fresh);
    t->fresh = -1;
    if (stat(t->path, &st) != 0) {
        nobody_is_current(t);
        if (errno != ENOENT && errno != ENOTDIR)
            fault(t, errno, TAIL_UNREADABLE, strerror(errno));
        else
            t->path_fault = 0;
        return;
    }
    if (!S_ISREG(st.st_mode)) {
        nobody_is_current(t);
        fault(t, -(int)(st.st_mode & S_IFMT), TAIL_REFUSED, kind_of(st.st_mode));
        return;
    }
    struct tailgen *g = open_one(t, &st);
    if (g && g == t->current)
        return;
    nobody_is_current(t);
    if (!g) {
        open_fresh(t);
        return;
    }
    t->path_fault = 0;
    t->current = g;
    g->rank = (struct generation){ .age = 2 };
}

static void become_current(struct tail *t, struct tailgen *g)
{
    t->current = g;
    g->rank = (struct generation){ .age = 2 };
}

static bool attach_fresh(struct tail *t, struct tailgen *g)
{
    int fd = t->fresh;
    t->fresh = -1;
    if (!tailgen_attach(t, g, fd, &t->fresh_id))
        return false;
    become_current(t, g);
    return true;
}

/* It is one that was known: by its identity first, else by its content. */
static bool known_fresh(struct tail *t)
{
    for (size_t i = t->n_gens; i-- > 0;) {
        struct tailgen *g = t->gens[i];
        if (!g->lost || !g->restored || g->was_packed || !tailid_same(&g->id, &t->fresh_id))
            continue;
        if (g->print.n == 0 || tailprint_file(&g->print, t->fresh, t->fresh_size) == TAILMATCH_REACHES)
            return attach_fresh(t, g);
        if (tailid_certain(&g->id))
            tailgen_overwritten(g);
    }
    struct tailknown *k = tailknown_find(t, &t->fresh_id);
    static const struct generation newest = { .age = 2 };
    if (k && k->mark.kind != TAILMARK_COPY && !k->mark.packed && k->mark.print.n &&
        tailprint_file(&k->mark.print, t->fresh, t->fresh_size) == TAILMATCH_REACHES) {
        struct tailgen *g = tailknown_reopen(t, k, &newest);
        if (g && attach_fresh(t, g))
            return true;
        if (g)
            tailgen_drop(t, g);
        return true; /* next time */
    }
    if (k) /* its content may still turn up elsewhere */
        memset(&k->mark.id, 0, sizeof k->mark.id);
    for (size_t i = t->n_gens; i-- > 0;) {
        struct tailgen *g = t->gens[i];
        if (g->lost && g->print.n >= TAILPRINT_MARKER &&
            tailprint_file(&g->print, t->fresh, t->fresh_size) == TAILMATCH_REACHES)
            return attach_fresh(t, g);
    }
    return false;
}

/* A copy was put into the place of the file, which is gone: as editors do. What was given out is not given out again.
 */
static uint64_t replaced(const struct tail *t)
{
    const struct tailgen *g = t->before;
    struct stat st;
    struct tailprint p;
    if (!g || g->fd < 0 || g->offset < TAILPRINT_MARKER || fstat(g->fd, &st) != 0 || st.st_nlink != 0)
        return 0;
    tailgen_print(g, g->offset, &p);
    return tailprint_file(&p, t->fresh, t->fresh_size) == TAILMATCH_REACHES ? g->offset : 0;
}

static void settle_path(struct tail *t)
{
    if (t->fresh < 0 || (t->starting && t->scan_failed) || known_fresh(t) || t->fresh < 0)
        return;
    if (t->n_gens == CAP_TAIL_GENERATIONS) {
        tail_say_once(t, SAID_GENERATIONS, TAIL_LIMIT, "too many generations at once (cap tail-generations)");
        return;
    }
    uint64_t offset = t->first_start && t->o.begin == TAIL_BEGIN_END ? t->fresh_size : replaced(t);
    struct tailgen *g = tailgen_new(t, t->n_gens, t->next_order++);
    g->offset = offset;
    if (!attach_fresh(t, g)) {
        tailgen_drop(t, g);
        return;
    }
    if (offset)
        g->place = g->recent[g->recent_n - 1] == '\n' ? TAIL_AT_LINE : TAIL_IN_LINE;
}

/* ---- the step ---- */

static bool has_lost(const struct tail *t)
{
    for (size_t i = 0; i < t->n_gens; i++)
        if (t->gens[i]->lost)
            return true;
    return false;
}

/* Neither it nor a copy of it is there. A copy that comes later is still known (tailcand.c). */
static void give_up(struct tail *t)
{
    for (size_t i = t->n_gens; i-- > 0;) {
        struct tailgen *g = t->gens[i];
        uint64_t waited = t->clock - g->lost_at;
        bool pending = tailcands_pending(t, true) || t->rescan || t->scan_failed || t->scan_again;
        if (!g->lost || waited < (pending ? TAIL_LINGER_MS : TAIL_QUIET_MS))
            continue;
        bool nothing = g->offset == 0 && g->print.n == 0 && t->adopted > g->adopted_before;
        if (g->ended)
            tail_say(t, TAIL_GONE, g, 0, "is gone since this was stopped; what was there before was all read");
        else if (!nothing)
            tail_say(t, TAIL_GAP, g, g->seen > g->offset ? g->seen - g->offset : 0,
                g->truncated ? "was truncated, and there is no copy" : "is gone, and there is no copy");
        tailgen_close(t, g);
    }
}

static void say_mode(struct tail *t)
{
    bool live = !t->starting;
    for (size_t i = 0; i < t->n_gens; i++)
        live &= t->gens[i]->lost || t->gens[i]->at_end;
    if (t->said_live && live == t->live)
        return;
    t->said_live = true;
    t->live = live;
    tail_say(t, live ? TAIL_LIVE : TAIL_CATCHING_UP, NULL, 0,
        live ? "all that is there was read" : "there is more to be read");
}

bool tail_reconcile(struct tail *t, uint64_t now_ms)
{
    uint64_t step = now_ms > t->now ? now_ms - t->now : 0;
    if (t->said_live) /* not the first time */
        t->clock += step < TAIL_POLL_MS ? step : TAIL_POLL_MS;
    t->now = now_ms;
    tailgens_check(t);
    look_at_path(t);
    if (tailscan_due(t))
        tailscan_run(t);
    settle_path(t);
    if (t->scans)
        t->first_start = false;
    bool more = tailcands_step(t);
    give_up(t);
    if (t->scans && !t->scan_failed && !tailcands_pending(t, false) && !has_lost(t))
        t->starting = false;
    more |= tailgens_read(t);
    tailgens_peek(t);
    say_mode(t);
    tailgens_retire(t);
    return more;
}

uint64_t tail_lag(const struct tail *t)
{
    uint64_t lag = 0;
    for (size_t i = 0; i < t->n_gens; i++) {
        const struct tailgen *g = t->gens[i];
        if (g->fd >= 0 && g->seen > g->offset)
            lag += g->seen - g->offset;
    }
    return lag;
}

size_t tail_files(const struct tail *t, int *fds, size_t most)
{
    size_t n = 0;
    for (size_t i = t->n_gens; i-- > 0 && n < most;)
        if (t->gens[i]->fd >= 0)
            fds[n++] = t->gens[i]->fd;
    return n;
}

size_t tail_folders(const struct tail *t, const char **paths, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < 2 && n < most; i++)
        if (t->places[i].folder)
            paths[n++] = t->places[i].folder;
    return n;
}

uint64_t tail_looks(const struct tail *t)
{
    return t->looks;
}
