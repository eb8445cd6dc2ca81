/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings from files and flags, by the table of settings_table.h. */
#include "agent/commands/settings_parts.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "rules/place.h"
#include "rules/structs.h"

#include <cyaml/cyaml.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the schema: all is text, and optional; what it means is the table's business ---- */

struct raw {
    char *text[SETTING_COUNT];
    char **list[SETTING_COUNT];
    unsigned list_count[SETTING_COUNT];
};

/* clang-format off */
static const cyaml_schema_value_t entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CAP_PATH_BYTES),
};

#define FIELD_TEXT(id, key)                                                                                            \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw, text[SETTING_##id], 0,           \
        CAP_PATH_BYTES),
#define FIELD_SWITCH FIELD_TEXT
#define FIELD_NUMBER FIELD_TEXT
#define FIELD_DURATION FIELD_TEXT
#define FIELD_DURATION_OR_OFF FIELD_TEXT
#define FIELD_LIST(id, key)                                                                                            \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw, list[SETTING_##id],          \
        list_count[SETTING_##id], &entry, 0, CAP_CONFIG_ITEMS),

static const cyaml_schema_field_t fields[] = {
#define X(id, member, key, type, check, least, most, def, letter, flag, arg, help) FIELD_##type(id, key)
    SETTINGS(X)
#undef X
    CYAML_FIELD_END
};

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw, fields),
};
/* clang-format on */

static const char *const keys[] = {
#define X(id, member, key, type, check, least, most, def, letter, flag, arg, help) key,
    SETTINGS(X)
#undef X
        NULL
};

/* ---- one text ---- */

struct reading {
    const char *name; /* of the file, in messages */
    const struct places *places;
    const struct raw *raw;
    struct settings *s;
    struct settings_origins *o;
    struct err *e;
};

static enum err_code check_form(const struct reading *r)
{
    struct slice key;
    struct place at;
    char near[NEAREST_TEXT];
    if (!places_mapping(r->places, PLACE_ROOT))
        return place_refuse(
            r->e, r->name, places_at(r->places, PLACE_ROOT), "no configuration: it is lines of KEY: VALUE");
    if (places_unknown(r->places, PLACE_ROOT, keys, &key, &at))
        return place_refuse(r->e, r->name, at, "there is no setting '%.*s'%s", key.n > 80 ? 80 : (int)key.n, key.p,
            nearest_text(key, keys, "'", near));
    for (const struct setting *t = settings_table; t->key; t++) {
        uint32_t node = places_key(r->places, PLACE_ROOT, t->key);
        if (node == PLACE_NONE)
            continue;
        at = places_at(r->places, node);
        if (t->type != SETTING_LIST && !places_scalar(r->places, node))
            return place_refuse(r->e, r->name, at, "%s takes one value, not a list or a mapping", t->key);
        if (t->type == SETTING_LIST && (places_scalar(r->places, node) || places_mapping(r->places, node)))
            return place_refuse(r->e, r->name, at, "%s takes a list: [ONE, OTHER]", t->key);
        for (uint32_t i = t->type == SETTING_LIST ? places_item(r->places, node, 0) : 0; i;
             i = places_next(r->places, i))
            if (!places_scalar(r->places, i))
                return place_refuse(r->e, r->name, places_at(r->places, i),
                    "an entry of %s is one value, not a list or a mapping", t->key);
    }
    return ERR_OK;
}

static enum err_code take_value(const struct reading *r, const char *text, const struct setting *t, uint32_t node)
{
    struct err why = { .code = ERR_OK };
    if (settings_set(r->s, t, text ? text : "", false, &why) == ERR_OK)
        return ERR_OK;
    return place_refuse(r->e, r->name, places_at(r->places, node), "%s", why.text);
}

static enum err_code take_list(const struct reading *r, const struct setting *t, uint32_t node)
{
    size_t id = (size_t)(t - settings_table), i = 0;
    uint32_t item = places_item(r->places, node, 0);
    enum err_code rc = ERR_OK;
    settings_list_clear(settings_list_of(r->s, t));
    for (; i < r->raw->list_count[id] && rc == ERR_OK; i++, item = places_next(r->places, item))
        rc = take_value(r, r->raw->list[id][i], t, item);
    return rc;
}

static void set_origin(const struct reading *r, size_t id, struct place at)
{
    if (!r->o)
        return;
    free(r->o->of[id].file);
    r->o->of[id] = (struct setting_origin){ mem_strdup(r->name), at.line, at.column, false };
}

static enum err_code take_all(const struct reading *r)
{
    enum err_code rc = ERR_OK;
    for (const struct setting *t = settings_table; t->key && rc == ERR_OK; t++) {
        size_t id = (size_t)(t - settings_table);
        uint32_t node = places_key(r->places, PLACE_ROOT, t->key);
        if (node == PLACE_NONE)
            continue;
        rc = t->type == SETTING_LIST ? take_list(r, t, node) : take_value(r, r->raw->text[id], t, node);
        if (rc == ERR_OK)
            set_origin(r, id, places_key_at(r->places, node));
    }
    return rc;
}

enum err_code settings_read(
    const char *name, struct slice yaml, struct settings *s, struct settings_origins *o, struct err *e)
{
    struct reading r = { .name = name, .s = s, .o = o, .e = e };
    struct places *places = NULL;
    void *raw = NULL;
    if (yaml.n > CAP_CONFIG_BYTES)
        return err_set(e, ERR_CONFIG, "%s: larger than a configuration may be (cap config-bytes: %d bytes)", name,
            CAP_CONFIG_BYTES);
    enum err_code rc = places_read(name, yaml, &places, e);
    if (rc != ERR_OK || places_empty(places))
        goto out;
    r.places = places;
    rc = check_form(&r);
    if (rc == ERR_OK)
        rc = structs_read(name, yaml, &schema, &raw, e);
    r.raw = raw;
    if (rc == ERR_OK)
        rc = take_all(&r);
out:
    structs_free(&schema, raw);
    places_free(places);
    return rc;
}

/* ---- files ---- */

/*
 * The configuration names programs that are run and files that are written with our rights: whoever can change it has
 * them, too. So it must belong to root or to us, and nobody else may write to it.
 */
static enum err_code check_owner(const char *path, const struct stat *st, struct err *e)
{
    const char *who = NULL;
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return err_set(e, ERR_CONFIG,
            "%s: belongs to user %u, neither to root nor to us: it names programs that are run "
            "with our rights (chown root)",
            path, (unsigned)st->st_uid);
    if (st->st_mode & S_IWOTH)
        who = "everybody";
    else if ((st->st_mode & S_IWGRP) && st->st_gid != 0 && st->st_gid != getegid())
        who = "a group";
    if (!who)
        return ERR_OK;
    return err_set(e, ERR_CONFIG,
        "%s: %s may write to it (mode %04o): it names programs that are run with our rights "
        "(chmod go-w)",
        path, who, (unsigned)st->st_mode & 07777);
}

static enum err_code read_whole(int fd, const char *path, struct buf *text, struct err *e)
{
    ssize_t n = 1;
    while (n > 0 && text->n <= CAP_CONFIG_BYTES) {
        char *to = buf_more(text, 4096);
        do
            n = read(fd, to, 4096);
        while (n < 0 && errno == EINTR);
        text->n -= n < 0 ? 4096 : 4096 - (size_t)n;
    }
    return n < 0 ? err_os(e, ERR_IO, errno, "%s: can't be read", path) : ERR_OK;
}

/* name: its last component, below dir; path: for people. */
static enum err_code read_file(int dir, const char *name, const char *path, const struct reading *r)
{
    struct buf text = { 0 };
    struct stat st;
    enum err_code rc;
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return err_os(r->e, errno == EACCES || errno == EPERM ? ERR_PERMISSION : ERR_NOINPUT, errno,
            "%s: the configuration can't be opened", path);
    if (fstat(fd, &st) != 0)
        rc = err_os(r->e, ERR_IO, errno, "%s", path);
    else if (!S_ISREG(st.st_mode))
        rc = err_set(r->e, ERR_CONFIG, "%s: is no regular file", path);
    else
        rc = check_owner(path, &st, r->e);
    if (rc == ERR_OK)
        rc = read_whole(fd, path, &text, r->e);
    if (rc == ERR_OK)
        rc = settings_read(path, buf_as_slice(&text), r->s, r->o, r->e);
    if (rc == ERR_OK && r->o)
        r->o->files++;
    buf_clear(&text);
    close(fd);
    return rc;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The *.yaml of a folder, in byte order. */
static enum err_code list_folder(DIR *d, const char *folder, struct settings_list *names, struct err *e)
{
    const struct dirent *entry_of;
    errno = 0;
    while ((entry_of = readdir(d))) {
        if (entry_of->d_name[0] == '.' || !slice_ends(slice_of(entry_of->d_name), SLICE(".yaml")))
            continue;
        if (names->n == CAP_CONFIG_FILES)
            return err_set(e, ERR_CONFIG, "%s: more than %d files (cap config-files)", folder, CAP_CONFIG_FILES);
        names->items = mem_resize(names->items, names->n + 1, sizeof *names->items);
        names->items[names->n++] = mem_strdup(entry_of->d_name);
    }
    if (errno)
        return err_os(e, ERR_IO, errno, "%s: can't be listed", folder);
    if (names->n)
        qsort(names->items, names->n, sizeof *names->items, by_bytes);
    return ERR_OK;
}

static enum err_code read_folder(const char *folder, const struct reading *r)
{
    struct settings_list names = { NULL, 0 };
    struct stat st;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return ERR_OK;
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (!d) {
        enum err_code rc =
            err_os(r->e, errno == EACCES ? ERR_PERMISSION : ERR_IO, errno, "%s: can't be opened", folder);
        if (fd >= 0)
            close(fd);
        return rc;
    }
    enum err_code rc = fstat(fd, &st) == 0 ? check_owner(folder, &st, r->e) : err_os(r->e, ERR_IO, errno, "%s", folder);
    if (rc == ERR_OK)
        rc = list_folder(d, folder, &names, r->e);
    for (size_t i = 0; i < names.n && rc == ERR_OK; i++) {
        struct buf path = { 0 };
        buf_printf(&path, "%s/%s", folder, names.items[i]);
        rc = read_file(fd, names.items[i], path.p, r);
        buf_clear(&path);
    }
    settings_list_clear(&names);
    closedir(d);
    return rc;
}

enum err_code settings_load(const char *file, struct settings *s, struct settings_origins **origins, struct err *e)
{
    struct settings_origins *o = mem_zalloc(1, sizeof *o);
    struct reading r = { .s = s, .o = o, .e = e };
    const char *name = file ? file : SETTINGS_FILE;
    struct buf folder = { 0 };
    enum err_code rc = ERR_OK;
    *origins = NULL;
    settings_init(s);
    if (file || access(name, F_OK) == 0 || errno != ENOENT)
        rc = read_file(AT_FDCWD, name, name, &r);
    buf_printf(&folder, "%s.d", name);
    if (rc == ERR_OK)
        rc = read_folder(folder.p, &r);
    buf_clear(&folder);
    if (rc == ERR_OK) {
        *origins = o; /* transferred */
        return ERR_OK;
    }
    settings_clear(s);
    settings_origins_free(o);
    return rc;
}

/* ---- flags ---- */

static enum err_code flag_value(
    struct settings *s, struct settings_origins *o, const struct setting *t, const char *value, struct err *e)
{
    size_t id = (size_t)(t - settings_table);
    struct settings_list old = { NULL, 0 };
    /* the first one takes the place of the file's list, the others join it; a hook is one program */
    bool anew = t->type == SETTING_LIST && (!o || !o->of[id].flag || id == SETTING_HOOK);
    if (anew) {
        old = *settings_list_of(s, t);
        *settings_list_of(s, t) = (struct settings_list){ NULL, 0 };
    }
    enum err_code rc = settings_set(s, t, value, true, e);
    if (rc != ERR_OK) {
        if (anew)
            *settings_list_of(s, t) = old;
        e->code = ERR_USAGE;
        return ERR_USAGE;
    }
    settings_list_clear(&old);
    if (o) {
        free(o->of[id].file);
        o->of[id] = (struct setting_origin){ .flag = true };
    }
    return ERR_OK;
}

enum err_code settings_flag(
    struct settings *s, struct settings_origins *origins, const char *name, const char *value, struct err *e)
{
    if (strcmp(name, "foreground") == 0)
        return flag_value(s, origins, &settings_table[SETTING_DAEMON], "false", e);
    for (const struct setting *t = settings_table; t->key; t++)
        if (strcmp(name, t->flag) == 0)
            return flag_value(s, origins, t, value ? value : t->type == SETTING_SWITCH ? "true" : "", e);
    return err_set(e, ERR_USAGE, "there is no setting --%.64s", name);
}

/* ---- origins ---- */

void settings_origins_free(struct settings_origins *o)
{
    if (!o)
        return;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        free(o->of[i].file);
    free(o);
}

unsigned settings_origins_files(const struct settings_origins *o)
{
    return o->files;
}

void settings_origin_print(struct buf *b, const struct settings_origins *o, enum setting_id id)
{
    const struct setting_origin *from = o ? &o->of[id] : NULL;
    if (from && from->flag) {
        buf_printf(b, "--%s", settings_table[id].flag);
    } else if (from && from->file) {
        buf_terminal(b, slice_of(from->file));
        buf_printf(b, ":%u", from->line);
    } else {
        buf_puts(b, "default");
    }
}
