/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/pool.h"

#include "base/mem.h"

#include <pthread.h>
#include <stdlib.h>

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t work, ready; /* for workers; for who waits for them */
    struct task *first, **last;
    unsigned waiting, running; /* tasks */
    size_t finished;
    unsigned threads;
    bool ending;
    pthread_t thread[];
};

static void *worker(void *data)
{
    struct pool *p = data;
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (!p->first && !p->ending)
            pthread_cond_wait(&p->work, &p->lock);
        if (!p->first)
            break;
        struct task *t = p->first;
        p->first = t->next;
        if (!p->first)
            p->last = &p->first;
        p->waiting--;
        p->running++;
        pthread_mutex_unlock(&p->lock);
        t->run(t);
        pthread_mutex_lock(&p->lock);
        p->running--;
        p->finished++;
        pthread_cond_broadcast(&p->ready);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

enum err_code pool_new(unsigned workers, struct pool **out, struct err *e)
{
    if (workers > POOL_MOST_WORKERS)
        workers = POOL_MOST_WORKERS;
    struct pool *p = mem_zalloc(1, sizeof *p + workers * sizeof p->thread[0]);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->ready, NULL);
    p->last = &p->first;
    int os = 0;
    while (p->threads < workers && (os = pthread_create(&p->thread[p->threads], NULL, worker, p)) == 0)
        p->threads++;
    *out = p;
    if (p->threads)
        return ERR_OK; /* with fewer than asked for it is only slower */
    pool_free(p);
    *out = NULL;
    return err_os(e, ERR_IO, os, "no thread can be started");
}

void pool_free(struct pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->ending = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->threads; i++)
        pthread_join(p->thread[i], NULL);
    pthread_cond_destroy(&p->ready);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* With the lock held. */
static void append(struct pool *p, struct task *t)
{
    t->next = NULL;
    *p->last = t;
    p->last = &t->next;
    p->waiting++;
    pthread_cond_signal(&p->work);
}

void pool_submit_list(struct pool *p, struct task *first)
{
    pthread_mutex_lock(&p->lock);
    while (first) {
        struct task *next = first->next;
        append(p, first);
        first = next;
    }
    pthread_mutex_unlock(&p->lock);
}

void pool_submit(struct pool *p, struct task *t)
{
    t->next = NULL;
    pool_submit_list(p, t);
}

bool pool_help(struct pool *p, struct task *t)
{
    pthread_mutex_lock(&p->lock);
    bool idle = p->running + p->waiting < p->threads;
    if (idle)
        append(p, t);
    pthread_mutex_unlock(&p->lock);
    return idle;
}

void pool_wait(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    while (p->running || p->waiting)
        pthread_cond_wait(&p->ready, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

bool pool_wait_more(struct pool *p, size_t *finished)
{
    pthread_mutex_lock(&p->lock);
    while ((p->running || p->waiting) && p->finished <= *finished)
        pthread_cond_wait(&p->ready, &p->lock);
    bool more = p->running || p->waiting;
    *finished = p->finished;
    pthread_mutex_unlock(&p->lock);
    return more;
}
