/* SPDX-License-Identifier: BSD-2-Clause */
/* `--limit`: which devices of an inventory are meant. */
#include "agent/remedy/inventory.h"

#include "base/caps.h"
#include "base/mem.h"

#include <errno.h>
#include <fnmatch.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

struct choosing {
    const struct inventory *inv;
    bool *chosen;
    struct err *e;
};

static bool in_words(const struct words *w, const char *word)
{
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->items[i], word) == 0)
            return true;
    return false;
}

static bool fits(const struct device *d, const char *pattern)
{
    if (strncmp(pattern, "tag:", 4) == 0)
        return in_words(&d->tags, pattern + 4);
    return strcmp(d->name, pattern) == 0 || strcasecmp(d->address, pattern) == 0 || in_words(&d->groups, pattern) ||
           fnmatch(pattern, d->name, 0) == 0;
}

static enum err_code none_fits(const struct choosing *c, const char *pattern)
{
    return err_set(c->e, ERR_USAGE, "--limit: no device of %s is meant by \"%.128s\"", c->inv->name, pattern);
}

static enum err_code by_word(const struct choosing *c, const char *pattern, bool value)
{
    size_t found = 0;
    for (size_t i = 0; i < c->inv->n; i++)
        if (fits(&c->inv->devices[i], pattern)) {
            c->chosen[i] = value;
            found++;
        }
    return found ? ERR_OK : none_fits(c, pattern);
}

static enum err_code by_regex(const struct choosing *c, const char *pattern, bool value)
{
    regex_t re;
    char why[128];
    size_t found = 0;
    int rc = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB);
    if (rc != 0) {
        (void)regerror(rc, &re, why, sizeof why);
        return err_set(c->e, ERR_USAGE, "--limit: ~%.128s: %s", pattern, why);
    }
    for (size_t i = 0; i < c->inv->n; i++)
        if (regexec(&re, c->inv->devices[i].name, 0, NULL, 0) == 0) {
            c->chosen[i] = value;
            found++;
        }
    regfree(&re);
    return found ? ERR_OK : none_fits(c, pattern);
}

/* A name per line; blank lines and comments are passed over. */
static enum err_code by_file(const struct choosing *c, const char *path, bool value)
{
    char *line = NULL;
    size_t capacity = 0, number = 0;
    ssize_t n;
    enum err_code rc = ERR_OK;
    FILE *f = fopen(path, "re");
    if (!f)
        return err_os(c->e, ERR_NOINPUT, errno, "--limit: @%s", path);
    while (rc == ERR_OK && (n = getline(&line, &capacity, f)) > 0) {
        struct slice text = slice_trim((struct slice){ line, (size_t)n });
        if (++number > CAP_DEVICES)
            rc = err_set(c->e, ERR_LIMIT, "--limit: %s: more than %d lines (cap devices)", path, CAP_DEVICES);
        else if (text.n && *text.p != '#') {
            char *name = mem_strndup(text.p, text.n);
            rc = by_word(c, name, value);
            free(name);
        }
        if (rc != ERR_OK)
            err_prefix(c->e, "%s:%zu", path, number);
    }
    if (rc == ERR_OK && ferror(f))
        rc = err_os(c->e, ERR_IO, errno, "--limit: @%s", path);
    free(line);
    (void)fclose(f);
    return rc;
}

static enum err_code one(const struct choosing *c, const char *pattern, bool value)
{
    if (*pattern == '~')
        return by_regex(c, pattern + 1, value);
    if (*pattern == '@')
        return by_file(c, pattern + 1, value);
    return by_word(c, pattern, value);
}

/* Those that take devices out come last, wherever they stand. */
static enum err_code all_of(const struct choosing *c, struct slice limit, bool out)
{
    enum err_code rc = ERR_OK;
    while (limit.n && rc == ERR_OK) {
        struct slice pattern = slice_trim(slice_cut(limit, ',', &limit));
        bool takes_out = slice_starts(pattern, SLICE("!"));
        if (pattern.n == 0 || takes_out != out)
            continue;
        char *text = mem_strndup(pattern.p + takes_out, pattern.n - takes_out);
        rc = one(c, text, !out);
        free(text);
    }
    return rc;
}

static bool chooses(struct slice limit)
{
    while (limit.n) {
        struct slice pattern = slice_trim(slice_cut(limit, ',', &limit));
        if (pattern.n && *pattern.p != '!')
            return true;
    }
    return false;
}

enum err_code inventory_limit(const struct inventory *inv, const char *limit, bool *chosen, struct err *e)
{
    struct choosing c = { inv, chosen, e };
    struct slice text = slice_of(limit ? limit : "");
    bool all = !chooses(text);
    for (size_t i = 0; i < inv->n; i++)
        chosen[i] = all;
    enum err_code rc = all_of(&c, text, false);
    if (rc == ERR_OK)
        rc = all_of(&c, text, true);
    for (size_t i = 0; i < inv->n && rc == ERR_OK; i++)
        if (chosen[i])
            return ERR_OK;
    return rc == ERR_OK ? err_set(e, ERR_USAGE, "--limit: nothing of %s is left", inv->name) : rc;
}
