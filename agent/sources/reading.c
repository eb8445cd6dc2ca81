/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/reading.h"

#include "base/mem.h"
#include "base/strings.h"

#include <stdio.h>
#include <stdlib.h>

/* Open addressing; at most half full. */
struct seen {
    size_t count, size;
    struct {
        dev_t dev;
        ino_t ino;
        bool used;
    } slot[];
};

void reading_show(struct reading *r, const char *path)
{
    pthread_mutex_lock(&r->lock);
    snprintf(r->shown, sizeof r->shown, "%s", path);
    pthread_mutex_unlock(&r->lock);
}

/* true: it was there already. */
static bool put(struct seen *s, dev_t dev, ino_t ino)
{
    size_t i = hash_u64((uint64_t)dev ^ hash_u64((uint64_t)ino)) & (s->size - 1);
    while (s->slot[i].used && (s->slot[i].dev != dev || s->slot[i].ino != ino))
        i = (i + 1) & (s->size - 1);
    if (s->slot[i].used)
        return true;
    s->slot[i].used = true;
    s->slot[i].dev = dev;
    s->slot[i].ino = ino;
    s->count++;
    return false;
}

static struct seen *bigger(struct seen *old)
{
    size_t size = old ? old->size * 2 : 64;
    struct seen *s = mem_zalloc(1, sizeof *s + size * sizeof s->slot[0]);
    s->size = size;
    for (size_t i = 0; old && i < old->size; i++)
        if (old->slot[i].used)
            (void)put(s, old->slot[i].dev, old->slot[i].ino);
    free(old);
    return s;
}

bool reading_twice(struct reading *r, const struct file *f, const char *path)
{
    if (!f->regular)
        return false;
    if (!r->seen || r->seen->count * 2 >= r->seen->size)
        r->seen = bigger(r->seen);
    if (!put(r->seen, f->dev, f->ino))
        return false;
    casefile_problem(r->c, path, "is the same file as another one that was given: read once");
    return true;
}

void reading_forget(struct reading *r)
{
    free(r->seen);
    r->seen = NULL;
}
