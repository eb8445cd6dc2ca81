/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/units.h"

#include "agent/sources/names.h"
#include "base/caps.h"
#include "base/mem.h"
#include "base/strings.h"

#include <stdlib.h>

struct units {
    struct strings *roots;
    struct strings *fmc; /* folders with what only an FMC has, the component's own parent */
};

struct units *units_new(void)
{
    struct units *u = mem_zalloc(1, sizeof *u);
    u->roots = strings_new(CAP_ENTRIES);
    u->fmc = strings_new(CAP_HOSTS);
    return u;
}

void units_free(struct units *u)
{
    if (!u)
        return;
    strings_free(u->roots);
    strings_free(u->fmc);
    free(u);
}

/* The current folder has no name. */
static struct slice named(struct slice root)
{
    return root.n ? root : SLICE(".");
}

void units_add_root(struct units *u, struct slice path)
{
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    strings_add(u->roots, named(path));
}

void units_saw(struct units *u, struct slice path)
{
    size_t root = names_root(path);
    if (root == SIZE_MAX)
        return;
    struct slice r = named((struct slice){ path.p, root });
    strings_add(u->roots, r);
    if (names_fmc(path))
        strings_add(u->fmc, r);
}

/* The number of the nearest root, 0: none. */
static uint32_t root_of(const struct units *u, const char *path)
{
    size_t n = strlen(path);
    for (;;) {
        while (n && path[n - 1] != '/' && path[n - 1] != '!')
            n--;
        if (n == 0)
            return path[0] == '/' ? 0 : strings_find(u->roots, SLICE("."));
        n--;
        uint32_t id = strings_find(u->roots, named((struct slice){ path, n }));
        if (id)
            return id;
    }
}

static void facts_follow(struct casefile *c)
{
    for (size_t i = 0; i < c->appliance_count; i++)
        c->appliances[i].unit = c->sources[c->appliances[i].source].unit;
    for (size_t i = 0; i < c->peer_count; i++)
        c->peers[i].unit = c->sources[c->peers[i].source].unit;
    for (size_t i = 0; i < c->push_count; i++)
        c->pushes[i].unit = c->sources[c->pushes[i].source].unit;
    for (size_t i = 0; i < c->status_count; i++)
        c->statuses[i].unit = c->sources[c->statuses[i].source].unit;
    for (size_t i = 0; i < c->host_count; i++)
        c->hosts[i].unit = c->sources[c->hosts[i].source].unit;
    for (size_t i = 0; i < c->disk_count; i++)
        if (c->disks[i].source != SOURCE_NO)
            c->disks[i].unit = c->sources[c->disks[i].source].unit;
}

static void is_fmc(struct casefile *c, uint32_t unit)
{
    for (size_t i = 0; i < c->appliance_count; i++) {
        if (c->appliances[i].unit != unit)
            continue;
        if (c->appliances[i].role == ROLE_UNKNOWN)
            c->appliances[i].role = ROLE_FMC;
        return;
    }
    for (size_t i = 0; i < c->source_count; i++) {
        if (c->sources[i].unit == unit) {
            casefile_appliance(c, (uint32_t)i, ROLE_FMC, SLICE(""), SLICE(""), SLICE(""));
            return;
        }
    }
}

void units_settle(struct units *u, struct casefile *c)
{
    /* units are numbered as their first sources come */
    uint32_t *unit_of = mem_alloc((strings_count(u->roots) + 1) * sizeof *unit_of);
    for (uint32_t i = 0; i <= strings_count(u->roots); i++)
        unit_of[i] = UNIT_NONE;
    uint32_t next = 0;
    for (size_t i = 0; i < c->source_count; i++) {
        uint32_t root = root_of(u, c->sources[i].path);
        if (root && unit_of[root] == UNIT_NONE)
            unit_of[root] = next++;
        c->sources[i].unit = unit_of[root];
    }
    facts_follow(c);
    for (uint32_t i = 1; i <= strings_count(u->fmc); i++) {
        uint32_t root = strings_find(u->roots, strings_get(u->fmc, i));
        if (root && unit_of[root] != UNIT_NONE)
            is_fmc(c, unit_of[root]);
    }
    free(unit_of);
}
