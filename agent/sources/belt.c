/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/belt.h"

#include "base/caps.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdlib.h>

struct block {
    struct block *next;
    size_t n;
    char bytes[CAP_BLOCK_BYTES];
};

/*
 * One lock and one condition for all: blocks are big, so there are a few thousand moves per second at most. Blocks are
 * kept for the next user, because fresh memory costs a page fault per 4 KiB.
 */
struct belts {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct block *spare;
    size_t used, budget; /* blocks on budgeted belts */
};

struct belt {
    struct belts *all;
    struct block *first, **last;  /* waiting for the reader */
    struct block *written, *read; /* in the hands of the writer, of the reader */
    size_t count, most;
    size_t piled, wake; /* waiting for the reader, and how many of them wake it */
    bool budgeted, ended, closed, waited;
    struct err err;
};

struct belts *belts_new(size_t budget)
{
    struct belts *all = mem_zalloc(1, sizeof *all);
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->changed, NULL);
    all->budget = budget / CAP_BLOCK_BYTES;
    return all;
}

void belts_free(struct belts *all)
{
    if (!all)
        return;
    while (all->spare) {
        struct block *next = all->spare->next;
        free(all->spare);
        all->spare = next;
    }
    pthread_cond_destroy(&all->changed);
    pthread_mutex_destroy(&all->lock);
    free(all);
}

struct belt *belt_new(struct belts *all, size_t most, bool budgeted)
{
    struct belt *b = mem_zalloc(1, sizeof *b);
    b->all = all;
    b->last = &b->first;
    b->most = most;
    b->budgeted = budgeted;
    b->wake = budgeted || most < 2 ? 1 : most / 2; /* a writer that waits has piled up at least most - 1 */
    return b;
}

/* With the lock held, these three. */
static struct block *take_spare(struct belts *all)
{
    struct block *k = all->spare;
    if (k)
        all->spare = k->next;
    return k;
}

static void give_back(struct belt *b, struct block *k)
{
    if (!k)
        return;
    k->next = b->all->spare;
    b->all->spare = k;
    if (b->budgeted)
        b->all->used--;
    b->count--;
    pthread_cond_broadcast(&b->all->changed);
}

static void drop_all(struct belt *b)
{
    give_back(b, b->read);
    b->read = NULL;
    while (b->first) {
        struct block *next = b->first->next;
        give_back(b, b->first);
        b->first = next;
    }
    b->last = &b->first;
    b->piled = 0;
}

char *belt_room(struct belt *b)
{
    struct belts *all = b->all;
    pthread_mutex_lock(&all->lock);
    while (!b->closed && (b->count >= b->most || (b->budgeted && all->used >= all->budget)))
        pthread_cond_wait(&all->changed, &all->lock);
    if (b->closed) {
        pthread_mutex_unlock(&all->lock);
        return NULL;
    }
    b->count++;
    if (b->budgeted)
        all->used++;
    struct block *k = take_spare(all);
    pthread_mutex_unlock(&all->lock);
    if (!k)
        k = mem_alloc(sizeof *k);
    b->written = k;
    return k->bytes;
}

void belt_put(struct belt *b, size_t n)
{
    struct block *k = b->written;
    b->written = NULL;
    k->n = n;
    k->next = NULL;
    pthread_mutex_lock(&b->all->lock);
    if (b->closed || n == 0) {
        give_back(b, k);
    } else {
        *b->last = k;
        b->last = &k->next;
        if (++b->piled >= b->wake)
            pthread_cond_broadcast(&b->all->changed);
    }
    pthread_mutex_unlock(&b->all->lock);
}

static void end(struct belt *b, const struct err *e, bool wait)
{
    struct belts *all = b->all;
    pthread_mutex_lock(&all->lock);
    if (e)
        b->err = *e;
    b->ended = true;
    b->waited = wait;
    pthread_cond_broadcast(&all->changed);
    while (wait && !b->closed)
        pthread_cond_wait(&all->changed, &all->lock);
    bool last = b->closed;
    pthread_mutex_unlock(&all->lock);
    if (last)
        free(b);
}

void belt_end(struct belt *b, const struct err *e)
{
    end(b, e, false);
}

void belt_end_wait(struct belt *b, const struct err *e)
{
    end(b, e, true);
}

enum err_code belt_next(struct belt *b, struct slice *block, struct err *e)
{
    struct belts *all = b->all;
    enum err_code code = ERR_OK;
    *block = (struct slice){ "", 0 };
    pthread_mutex_lock(&all->lock);
    give_back(b, b->read);
    b->read = NULL;
    while (!b->first && !b->ended)
        pthread_cond_wait(&all->changed, &all->lock);
    if (b->first) {
        b->read = b->first;
        b->first = b->first->next;
        b->piled--;
        if (!b->first)
            b->last = &b->first;
        *block = (struct slice){ b->read->bytes, b->read->n };
    } else if (b->err.code != ERR_OK) {
        code = b->err.code;
        if (e)
            *e = b->err;
    }
    pthread_mutex_unlock(&all->lock);
    return code;
}

bool belt_peek(struct belt *b, struct slice *block)
{
    pthread_mutex_lock(&b->all->lock);
    while (!b->first && !b->ended)
        pthread_cond_wait(&b->all->changed, &b->all->lock);
    bool there = b->first != NULL;
    if (there)
        *block = (struct slice){ b->first->bytes, b->first->n };
    pthread_mutex_unlock(&b->all->lock);
    return there;
}

void belt_close(struct belt *b)
{
    struct belts *all = b->all;
    pthread_mutex_lock(&all->lock);
    drop_all(b);
    b->closed = true;
    bool last = b->ended && !b->waited;
    pthread_cond_broadcast(&all->changed);
    pthread_mutex_unlock(&all->lock);
    if (last)
        free(b);
}

/* ---- as a stream ---- */

struct belt_reader {
    struct stream base;
    struct belt *belt;
    struct slice rest;
};

static enum err_code reader_read(struct stream *s, char *p, size_t n, size_t *got, struct err *e)
{
    struct belt_reader *r = (struct belt_reader *)s;
    if (r->rest.n == 0) {
        enum err_code code = belt_next(r->belt, &r->rest, e);
        if (code != ERR_OK)
            return code;
    }
    *got = n < r->rest.n ? n : r->rest.n;
    if (*got)
        memcpy(p, r->rest.p, *got);
    r->rest = slice_from(r->rest, *got);
    return ERR_OK;
}

static void reader_close(struct stream *s)
{
    struct belt_reader *r = (struct belt_reader *)s;
    belt_close(r->belt);
    free(r);
}

static const struct stream_ops reader_ops = { .read = reader_read, .close = reader_close };

struct stream *belt_stream(struct belt *b)
{
    struct belt_reader *r = mem_zalloc(1, sizeof *r);
    r->base.ops = &reader_ops;
    r->belt = b;
    return &r->base;
}
