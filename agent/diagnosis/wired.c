/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/wired.h"

#include "base/caps.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define MINUTE_MS 60000

struct pair {
    char client[WIRED_ADDRESS], server[WIRED_ADDRESS];
    enum verdict_id verdict;
    enum severity severity;
};

struct wired {
    struct pair *pairs; /* those that changed last at the end */
    size_t n, capacity;
    int64_t minute; /* the news of this minute are counted */
    unsigned news;
    uint64_t left_out;
};

struct wired *wired_new(void)
{
    return mem_zalloc(1, sizeof(struct wired));
}

void wired_free(struct wired *w)
{
    if (w)
        free(w->pairs);
    free(w);
}

static struct pair *find(const struct wired *w, const char *client, const char *server)
{
    for (size_t i = w->n; i > 0; i--)
        if (strcmp(w->pairs[i - 1].client, client) == 0 && strcmp(w->pairs[i - 1].server, server) == 0)
            return &w->pairs[i - 1];
    return NULL;
}

static void take_out(struct wired *w, struct pair *p)
{
    size_t behind = w->n - (size_t)(p - w->pairs) - 1;
    memmove(p, p + 1, behind * sizeof *p);
    w->n--;
}

static void put(struct wired *w, const struct wired_row *row)
{
    struct pair *old = find(w, row->client, row->server);
    if (strlen(row->client) >= WIRED_ADDRESS || strlen(row->server) >= WIRED_ADDRESS)
        return;
    if (old)
        take_out(w, old);
    else if (w->n == CAP_WIRED_PAIRS)
        take_out(w, w->pairs);
    w->pairs = mem_grow(w->pairs, &w->capacity, w->n + 1, sizeof *w->pairs);
    struct pair *p = &w->pairs[w->n++];
    *p = (struct pair){ .verdict = row->verdict, .severity = row->severity };
    memcpy(p->client, row->client, strlen(row->client) + 1);
    memcpy(p->server, row->server, strlen(row->server) + 1);
}

static bool may_tell(struct wired *w, int64_t now_ms)
{
    if (now_ms / MINUTE_MS != w->minute)
        w->news = 0;
    w->minute = now_ms / MINUTE_MS;
    if (w->news < WIRED_NEWS_MOST) {
        w->news++;
        return true;
    }
    w->left_out++;
    return false;
}

bool wired_news(struct wired *w, const struct wired_row *row, int64_t now_ms, char was[WIRED_WAS])
{
    const struct pair *p = find(w, row->client, row->server);
    was[0] = 0;
    if (row->verdict == VERDICT_INSUFFICIENT || (p && p->verdict == row->verdict && p->severity == row->severity))
        return false;
    if (p)
        memcpy(was, verdict_info(p->verdict)->id, strlen(verdict_info(p->verdict)->id) + 1);
    bool worth = p || row->severity > SEVERITY_UNKNOWN;
    if (worth && !may_tell(w, now_ms))
        return false;
    if (worth) /* the first one of those with whom all is well has no row: there are many of them */
        put(w, row);
    return worth;
}

uint64_t wired_left_out(struct wired *w)
{
    uint64_t n = w->left_out;
    w->left_out = 0;
    return n;
}

void wired_print(struct buf *b, const struct wired *w)
{
    for (const struct pair *p = w->pairs; p < w->pairs + w->n; p++)
        buf_printf(b, "%s %s %s %s\n", p->client, p->server, verdict_info(p->verdict)->id, severity_name(p->severity));
}

static bool take_word(struct slice *rest, char out[WIRED_ADDRESS])
{
    struct slice word = slice_cut(*rest, ' ', rest);
    if (word.n == 0 || word.n >= WIRED_ADDRESS)
        return false;
    memcpy(out, word.p, word.n);
    out[word.n] = 0;
    return true;
}

void wired_restore(struct wired *w, struct slice text)
{
    while (text.n) {
        char client[WIRED_ADDRESS], server[WIRED_ADDRESS];
        struct wired_row row = { client, server, VERDICT_INSUFFICIENT, SEVERITY_UNKNOWN };
        struct slice line = slice_cut(text, '\n', &text);
        if (!take_word(&line, client) || !take_word(&line, server))
            continue;
        if (verdict_parse(slice_cut(line, ' ', &line), &row.verdict)) {
            row.severity = severity_parse(line);
            put(w, &row);
        }
    }
}

bool wired_address(const char *endpoint, char out[WIRED_ADDRESS])
{
    const char *colon = endpoint ? strrchr(endpoint, ':') : NULL;
    bool six = colon && endpoint[0] == '[' && colon > endpoint + 2 && colon[-1] == ']';
    size_t n = colon ? (size_t)(colon - endpoint) - (six ? 2 : 0) : 0;
    if (n == 0 || n >= WIRED_ADDRESS || (endpoint[0] == '[') != six ||
        memchr(endpoint, ' ', (size_t)(colon - endpoint)))
        return false;
    memcpy(out, endpoint + six, n);
    out[n] = 0;
    return true;
}
