/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rules.h"

#include "base/caps.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "rules/pack.h"
#include "rules/prove.h"
#include "rules/set.h"
#include "rules/shipped.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PROCESS "sftunneld"
#define ANY_PROCESS "any"

/* ---- the set ---- */

static struct rules *set_new(void)
{
    struct rules *r = mem_zalloc(1, sizeof *r);
    r->words = strings_new(UINT32_MAX - 1); /* bounded by the packs' own caps */
    return r;
}

void rules_free(struct rules *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++)
        pattern_free(r->rule[i].pattern);
    free(r->rule);
    dispatch_free(r->dispatch);
    strings_free(r->words);
    free(r);
}

size_t rules_count(const struct rules *r)
{
    return r->count;
}

struct rule_info rules_info(const struct rules *r, size_t index)
{
    return r->rule[index].info;
}

static const char *keep(struct rules *r, const char *word)
{
    return strings_get(r->words, strings_add(r->words, slice_of(word))).p;
}

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* The index of the rule with this id; r->count when there is none. */
static size_t by_id(const struct rules *r, const char *id)
{
    size_t i = 0;
    while (i < r->count && !same(r->rule[i].info.id, id))
        i++;
    return i;
}

/* ---- one pack: words to rules ---- */

struct loading {
    const char *name; /* of the pack's file */
    const struct pack *pack;
    const struct places *places;
    struct rules *own;
    struct err *e;
};

static struct place place_of(const struct loading *l, uint32_t rule, const char *key)
{
    uint32_t node = places_key(l->places, rule, key);
    return places_at(l->places, node ? node : rule);
}

static enum err_code refuse_word(
    struct loading *l, struct place at, const char *what, const char *word, const char *const *known)
{
    char near[NEAREST_TEXT];
    return place_refuse(
        l->e, l->name, at, "there is no %s '%.80s'%s", what, word, nearest_text(slice_of(word), known, "'", near));
}

static enum err_code read_event(struct loading *l, const struct pack_rule *from, uint32_t node, struct rule_info *info)
{
    const char *known[EVENT_KIND_COUNT + 1] = { NULL };
    if (event_kind_parse(slice_of(from->event), &info->kind))
        return ERR_OK;
    for (unsigned i = 0; i < EVENT_KIND_COUNT; i++)
        known[i] = event_kind_name((enum event_kind)i);
    return refuse_word(l, place_of(l, node, "event"), "event", from->event, known);
}

static enum err_code read_level(struct loading *l, const struct pack_rule *from, uint32_t node, struct rule_info *info)
{
    const char *known[LEVEL_CRITICAL + 1] = { NULL };
    info->level = from->level ? level_parse(slice_of(from->level)) : LEVEL_NONE;
    if (!from->level || info->level != LEVEL_NONE)
        return ERR_OK;
    for (int i = LEVEL_DEBUG; i <= LEVEL_CRITICAL; i++)
        known[i - LEVEL_DEBUG] = level_name((enum level)i);
    return refuse_word(l, place_of(l, node, "level"), "level", from->level, known);
}

/* A name as it can stand in "process:module [LEVEL]", or an id. */
static enum err_code check_name(struct loading *l, uint32_t node, const char *key, const char *name, size_t least)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
    if (name[n] == '\0' && n >= least)
        return ERR_OK;
    return place_refuse(l->e, l->name, place_of(l, node, key),
        "'%.80s' is no %s: at least %zu letters, digits, '_', '.' or '-'", name, key, least);
}

static enum err_code read_info(struct loading *l, const struct pack_rule *from, uint32_t node, struct rule_info *info)
{
    const char *process = from->process ? from->process : DEFAULT_PROCESS;
    enum err_code rc = read_event(l, from, node, info);
    if (rc == ERR_OK)
        rc = read_level(l, from, node, info);
    if (rc == ERR_OK)
        rc = check_name(l, node, "id", from->id, 1);
    if (rc == ERR_OK)
        rc = check_name(l, node, "process", process, 2); /* with its ':' the three bytes that rules/scan.h needs */
    if (rc == ERR_OK && from->module)
        rc = check_name(l, node, "module", from->module, 1);
    if (rc == ERR_OK && by_id(l->own, from->id) < l->own->count)
        rc =
            place_refuse(l->e, l->name, place_of(l, node, "id"), "the id '%s' is already taken in this pack", from->id);
    if (rc != ERR_OK)
        return rc;
    info->id = keep(l->own, from->id);
    info->pack = keep(l->own, l->pack->pack);
    info->path = keep(l->own, l->name);
    info->process = keep(l->own, same(process, ANY_PROCESS) ? "" : process);
    info->module = keep(l->own, from->module ? from->module : "");
    info->contains = keep(l->own, from->contains ? from->contains : "");
    info->match = keep(l->own, from->match);
    info->means = from->means ? keep(l->own, from->means) : event_kind_means(info->kind);
    return ERR_OK;
}

static enum err_code read_pattern(struct loading *l, const struct pack_rule *from, uint32_t node, struct rule *rule)
{
    struct pattern_fault fault;
    uint32_t match = places_key(l->places, node, "match");
    rule->pattern = pattern_compile(slice_of(from->match), &fault);
    if (!rule->pattern)
        return place_refuse(l->e, l->name, places_inside(l->places, match, fault.offset), "the pattern of '%s': %s",
            from->id, fault.text);
    unsigned missing = event_kind_needs(rule->info.kind) & ~pattern_fields(rule->pattern);
    for (unsigned f = 0; f < FIELD_COUNT; f++)
        if (missing >> f & 1) {
            const char *field = event_field_name((enum event_field)f);
            return place_refuse(l->e, l->name, places_at(l->places, match),
                "event '%s' needs the field '%s', but the pattern of '%s' has no group (?<%s>...)",
                event_kind_name(rule->info.kind), field, from->id, field);
        }
    return ERR_OK;
}

/* Are there at most CAP_PROCESSES different process names? */
static bool processes_fit(const struct rules *r)
{
    const char *names[CAP_PROCESSES];
    size_t count = 0;
    for (size_t i = 0; i < r->count; i++) {
        const char *process = r->rule[i].info.process;
        size_t k = 0;
        while (k < count && !same(names[k], process))
            k++;
        if (k < count || process[0] == '\0')
            continue;
        if (count == CAP_PROCESSES)
            return false;
        names[count++] = process;
    }
    return true;
}

static enum err_code refuse_processes(const char *name, struct err *e)
{
    return err_set(
        e, ERR_CONFIG, "%s: the rules ask for more than %d different processes (cap processes)", name, CAP_PROCESSES);
}

static enum err_code compile_pack(struct loading *l)
{
    enum err_code rc = ERR_OK;
    uint32_t node = places_item(l->places, places_key(l->places, PLACE_ROOT, "rules"), 0);
    for (unsigned i = 0; i < l->pack->rule_count && rc == ERR_OK; i++, node = places_next(l->places, node)) {
        struct rule rule = { .pattern = NULL };
        rc = read_info(l, &l->pack->rules[i], node, &rule.info);
        if (rc == ERR_OK)
            rc = read_pattern(l, &l->pack->rules[i], node, &rule);
        if (rc != ERR_OK) {
            pattern_free(rule.pattern);
            break;
        }
        l->own->rule = mem_grow(l->own->rule, &l->own->capacity, l->own->count + 1, sizeof *l->own->rule);
        l->own->rule[l->own->count++] = rule; /* transferred */
    }
    if (rc == ERR_OK && !processes_fit(l->own))
        rc = refuse_processes(l->name, l->e);
    return rc;
}

enum err_code rules_load_text(const char *name, struct slice yaml, struct rules **out, struct err *e)
{
    struct pack *pack = NULL;
    struct places *places = NULL;
    struct rules *own = NULL;
    enum err_code rc = pack_read(name, yaml, &pack, &places, e);
    *out = NULL;
    if (rc != ERR_OK)
        return rc;
    own = set_new();
    struct loading l = { .name = name, .pack = pack, .places = places, .own = own, .e = e };
    rc = compile_pack(&l);
    if (rc == ERR_OK) {
        match_prepare(own);
        rc = prove_pack(name, own, pack, places, e);
    }
    if (rc == ERR_OK)
        *out = own; /* transferred */
    else
        rules_free(own);
    pack_free(pack);
    places_free(places);
    return rc;
}

/* ---- several packs ---- */

static void adopt(struct rules *all, struct rule *from)
{
    struct rule rule = *from;
    size_t at = by_id(all, rule.info.id);
    struct rule_info *info = &rule.info;
    bool own_words = info->means != event_kind_means(info->kind);
    info->id = keep(all, info->id);
    info->pack = keep(all, info->pack);
    info->path = keep(all, info->path);
    info->process = keep(all, info->process);
    info->module = keep(all, info->module);
    info->contains = keep(all, info->contains);
    info->match = keep(all, info->match);
    info->means = own_words ? keep(all, info->means) : info->means;
    from->pattern = NULL; /* transferred */
    if (at < all->count) {
        pattern_free(all->rule[at].pattern);
        all->rule[at] = rule;
        return;
    }
    all->rule = mem_grow(all->rule, &all->capacity, all->count + 1, sizeof *all->rule);
    all->rule[all->count++] = rule;
}

/* Takes over the rules of `own`, which is freed. */
static enum err_code merge(struct rules *all, struct rules *own, const char *name, struct err *e)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < own->count && rc == ERR_OK; i++) {
        if (all->count >= CAP_RULES && by_id(all, own->rule[i].info.id) == all->count)
            rc = err_set(e, ERR_CONFIG, "%s: more than %d rules in all packs together (cap rules)", name, CAP_RULES);
        else
            adopt(all, &own->rule[i]);
    }
    if (rc == ERR_OK && !processes_fit(all))
        rc = refuse_processes(name, e);
    rules_free(own);
    return rc;
}

static enum err_code add_text(struct rules *all, const char *name, struct slice yaml, struct err *e)
{
    struct rules *own;
    enum err_code rc = rules_load_text(name, yaml, &own, e);
    return rc == ERR_OK ? merge(all, own, name, e) : rc;
}

/* Reads at most one byte more than a pack may have, so that too much is seen. */
static enum err_code read_all(int fd, const char *path, char *text, size_t *n, struct err *e)
{
    *n = 0;
    while (*n <= CAP_PACK_BYTES) {
        ssize_t got = read(fd, text + *n, CAP_PACK_BYTES + 1 - *n);
        if (got == 0)
            break;
        if (got > 0)
            *n += (size_t)got;
        else if (errno != EINTR)
            return err_os(e, ERR_NOINPUT, errno, "%s: can't read the rule pack", path);
    }
    return ERR_OK;
}

static enum err_code add_file(struct rules *all, const char *path, int fd, struct err *e)
{
    char *text = mem_alloc(CAP_PACK_BYTES + 1);
    size_t n;
    enum err_code rc = read_all(fd, path, text, &n, e);
    if (rc == ERR_OK)
        rc = add_text(all, path, (struct slice){ text, n }, e);
    free(text);
    return rc;
}

static int is_pack(const struct dirent *d)
{
    struct slice name = slice_of(d->d_name);
    return name.p[0] != '.' && slice_ends(name, SLICE(".yaml"));
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum err_code add_path(struct rules *all, const char *path, bool folder_allowed, struct err *e);

static enum err_code add_folder(struct rules *all, const char *path, struct err *e)
{
    struct dirent **names = NULL;
    enum err_code rc = ERR_OK;
    int count = scandir(path, &names, is_pack, by_bytes);
    if (count < 0)
        return err_os(e, ERR_NOINPUT, errno, "%s: can't read the folder of rule packs", path);
    if (count == 0)
        rc = err_set(e, ERR_CONFIG, "%s: this folder holds no rule pack: no file of it is called *.yaml", path);
    if (count > CAP_PACK_FILES)
        rc = err_set(e, ERR_CONFIG, "%s: more than %d rule packs in one folder (cap pack-files)", path, CAP_PACK_FILES);
    for (int i = 0; i < count; i++) {
        if (rc == ERR_OK) {
            struct buf file = { 0 };
            buf_printf(&file, "%s/%s", path, names[i]->d_name);
            rc = add_path(all, file.p, false, e);
            buf_clear(&file);
        }
        free(names[i]);
    }
    free(names);
    return rc;
}

static enum err_code add_path(struct rules *all, const char *path, bool folder_allowed, struct err *e)
{
    struct stat st;
    enum err_code rc;
    /* a FIFO may be given by name; in a folder it would only make us wait */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (folder_allowed ? 0 : O_NONBLOCK));
    if (fd < 0)
        return err_os(e, ERR_NOINPUT, errno, "%s: can't open the rule pack", path);
    if (fstat(fd, &st) != 0)
        rc = err_os(e, ERR_NOINPUT, errno, "%s: can't read the rule pack", path);
    else if (S_ISDIR(st.st_mode) && folder_allowed)
        rc = add_folder(all, path, e);
    else if (!S_ISREG(st.st_mode) && !folder_allowed)
        rc = err_set(e, ERR_CONFIG, "%s: only plain files are read from a folder of rule packs", path);
    else
        rc = add_file(all, path, fd, e);
    close(fd);
    return rc;
}

enum err_code rules_load(bool with_shipped, const char *const *paths, size_t count, struct rules **out, struct err *e)
{
    enum err_code rc = ERR_OK;
    struct rules *all = NULL;
    *out = NULL;
    if (with_shipped)
        rc = rules_load_text("built-in", (struct slice){ (const char *)shipped_yaml, shipped_yaml_size }, &all, e);
    if (!all)
        all = set_new();
    for (size_t i = 0; i < count && rc == ERR_OK; i++)
        rc = add_path(all, paths[i], true, e);
    if (rc == ERR_OK && (count || !with_shipped))
        match_prepare(all);
    if (rc == ERR_OK)
        *out = all; /* transferred */
    else
        rules_free(all);
    return rc;
}
