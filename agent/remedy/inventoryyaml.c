/* SPDX-License-Identifier: BSD-2-Clause */
/* The inventory's own form: defaults, groups, devices. What a value means is device.c's business. */
#include "agent/remedy/inventory_parts.h"

#include "base/caps.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "rules/place.h"
#include "rules/structs.h"

#include <cyaml/cyaml.h>
#include <stdlib.h>

/* One mapping of defaults, groups or devices: all is text, and optional. */
struct raw_device {
    char *text[DEVICE_FIELD_COUNT];
    char **list[DEVICE_FIELD_COUNT];
    unsigned list_count[DEVICE_FIELD_COUNT];
};

struct raw {
    char *source;
    struct raw_device *defaults;
    struct raw_device *groups;
    unsigned group_count;
    struct raw_device *devices;
    unsigned device_count;
};

/* clang-format off */
static const cyaml_schema_value_t entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CAP_PATH_BYTES),
};

#define FIELD_0(id, key)                                                                                               \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_device, text[DEVICE_##id], 0,     \
        CAP_PATH_BYTES),
#define FIELD_1(id, key)                                                                                               \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_device, list[DEVICE_##id],    \
        list_count[DEVICE_##id], &entry, 0, CAP_CONFIG_ITEMS),

static const cyaml_schema_field_t device_fields[] = {
#define X(id, name, list) FIELD_##list(id, name)
    DEVICE_FIELDS(X)
#undef X
    CYAML_FIELD_END
};

static const cyaml_schema_value_t device_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_device, device_fields),
};

static const cyaml_schema_field_t fields[] = {
    CYAML_FIELD_STRING_PTR("source", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw, source, 0, CAP_PATH_BYTES),
    CYAML_FIELD_MAPPING_PTR("defaults", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw, defaults, device_fields),
    CYAML_FIELD_SEQUENCE_COUNT("groups", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw, groups, group_count,
        &device_schema, 0, CAP_DEVICES),
    CYAML_FIELD_SEQUENCE_COUNT("devices", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw, devices, device_count,
        &device_schema, 0, CAP_DEVICES),
    CYAML_FIELD_END
};

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw, fields),
};
/* clang-format on */

static const char *const keys[] = { "source", "defaults", "groups", "devices", NULL };

struct reading {
    struct inventory *inv;
    const struct places *places;
    const struct raw *raw;
    uint32_t defaults, groups, devices; /* nodes */
    struct err *e;
};

/* ---- the form, with places ---- */

/* A password that stands here is not shown, wherever it stands. */
static enum err_code check_device(const struct reading *r, uint32_t node, const char *what)
{
    struct slice key;
    struct place at;
    char near[NEAREST_TEXT];
    const char *name = r->inv->name;
    if (!places_mapping(r->places, node))
        return place_refuse(r->e, name, places_at(r->places, node), "%s is lines of KEY: VALUE", what);
    uint32_t password = places_key(r->places, node, "password");
    if (password)
        return place_refuse(r->e, name, places_key_at(r->places, password),
            "no password is taken here: auth: prompt, file:PATH, cmd:/PROGRAM ARG... (devices.csv may hold them)");
    if (places_unknown(r->places, node, device_field_names, &key, &at))
        return place_refuse(r->e, name, at, "%s has no \"%.*s\"%s", what, key.n > 64 ? 64 : (int)key.n, key.p,
            nearest_text(key, device_field_names, "", near));
    for (enum device_field f = 0; f < DEVICE_FIELD_COUNT; f++) {
        uint32_t value = places_key(r->places, node, device_field_names[f]);
        if (value && !device_field_is_list(f) && !places_scalar(r->places, value))
            return place_refuse(r->e, name, places_at(r->places, value), "%s takes one value", device_field_names[f]);
        if (value && device_field_is_list(f) && (places_scalar(r->places, value) || places_mapping(r->places, value)))
            return place_refuse(
                r->e, name, places_at(r->places, value), "%s takes a list: [ONE, OTHER]", device_field_names[f]);
    }
    return ERR_OK;
}

static enum err_code check_list(const struct reading *r, uint32_t node, const char *what)
{
    enum err_code rc = ERR_OK;
    if (node && (places_scalar(r->places, node) || places_mapping(r->places, node)))
        return place_refuse(
            r->e, r->inv->name, places_at(r->places, node), "%ss are a list, each with - before it", what);
    for (uint32_t i = node ? places_item(r->places, node, 0) : 0; i && rc == ERR_OK; i = places_next(r->places, i)) {
        rc = check_device(r, i, what);
        if (rc == ERR_OK && !places_key(r->places, i, "name"))
            rc = place_refuse(r->e, r->inv->name, places_at(r->places, i), "this %s has no name", what);
    }
    return rc;
}

static enum err_code check_form(struct reading *r)
{
    struct slice key;
    struct place at;
    char near[NEAREST_TEXT];
    const char *name = r->inv->name;
    if (!places_mapping(r->places, PLACE_ROOT))
        return place_refuse(r->e, name, places_at(r->places, PLACE_ROOT), "no inventory: it begins with devices:");
    if (places_unknown(r->places, PLACE_ROOT, keys, &key, &at))
        return place_refuse(r->e, name, at, "an inventory has no \"%.*s\"%s", key.n > 64 ? 64 : (int)key.n, key.p,
            nearest_text(key, keys, "", near));
    r->defaults = places_key(r->places, PLACE_ROOT, "defaults");
    r->groups = places_key(r->places, PLACE_ROOT, "groups");
    r->devices = places_key(r->places, PLACE_ROOT, "devices");
    enum err_code rc = r->defaults ? check_device(r, r->defaults, "defaults") : ERR_OK;
    if (rc == ERR_OK)
        rc = check_list(r, r->groups, "group");
    return rc == ERR_OK ? check_list(r, r->devices, "device") : rc;
}

/* ---- inheritance ---- */

/* Takes one field of one mapping over; the place of what is refused is where it was written. */
static enum err_code take(
    const struct reading *r, struct device *d, enum device_field f, const struct raw_device *from, uint32_t node)
{
    struct err why = { .code = ERR_OK };
    uint32_t value = places_key(r->places, node, device_field_names[f]), at = value;
    enum err_code rc = ERR_OK;
    if (!device_field_is_list(f)) {
        rc = device_set(d, f, slice_of(from->text[f] ? from->text[f] : ""), &why);
    } else {
        at = places_item(r->places, value, 0);
        for (unsigned i = 0; i < from->list_count[f] && rc == ERR_OK; i++) {
            rc = device_set(d, f, slice_of(from->list[f][i] ? from->list[f][i] : ""), &why);
            at = rc == ERR_OK ? places_next(r->places, at) : at;
        }
    }
    return rc == ERR_OK ? rc : place_refuse(r->e, r->inv->name, places_at(r->places, at), "%s", why.text);
}

/* The number of the group called that, or that there is none. */
static unsigned group_named(const struct reading *r, const char *name)
{
    unsigned i = 0;
    while (i < r->raw->group_count && strcmp(r->raw->groups[i].text[DEVICE_NAME], name) != 0)
        i++;
    return i;
}

/* A device's groups need not be described; those that are give it what it does not say itself. */
static enum err_code inherit(const struct reading *r, struct device *d, enum device_field f)
{
    for (size_t g = 0; g < d->groups.n; g++) {
        unsigned n = group_named(r, d->groups.items[g]);
        uint32_t node = n < r->raw->group_count ? places_item(r->places, r->groups, n) : PLACE_NONE;
        if (node && places_key(r->places, node, device_field_names[f]))
            return take(r, d, f, &r->raw->groups[n], node);
    }
    if (r->defaults && places_key(r->places, r->defaults, device_field_names[f]))
        return take(r, d, f, r->raw->defaults, r->defaults);
    return ERR_OK;
}

static enum err_code take_device(const struct reading *r, const struct raw_device *own, uint32_t node)
{
    struct device *d = inventory_add(r->inv, places_at(r->places, node).line);
    enum err_code rc = ERR_OK;
    if (places_key(r->places, node, "groups"))
        rc = take(r, d, DEVICE_GROUPS, own, node);
    for (enum device_field f = 0; f < DEVICE_FIELD_COUNT && rc == ERR_OK; f++) {
        if (f == DEVICE_GROUPS)
            continue;
        if (places_key(r->places, node, device_field_names[f]))
            rc = take(r, d, f, own, node);
        else if (f != DEVICE_NAME && f != DEVICE_ADDRESS && f != DEVICE_UUID && f != DEVICE_HOST_KEY)
            rc = inherit(r, d, f);
    }
    if (rc == ERR_OK && !d->address)
        return place_refuse(r->e, r->inv->name, places_at(r->places, node), "%s has no address", d->name);
    return rc;
}

/* What belongs to one device can't come from a group or the defaults. */
static enum err_code check_shared(const struct reading *r, uint32_t node, bool group)
{
    static const enum device_field own[] = { DEVICE_NAME, DEVICE_ADDRESS, DEVICE_UUID, DEVICE_HOST_KEY, DEVICE_GROUPS };
    for (size_t i = group ? 1 : 0; i < sizeof own / sizeof *own; i++) {
        uint32_t value = places_key(r->places, node, device_field_names[own[i]]);
        if (value)
            return place_refuse(r->e, r->inv->name, places_key_at(r->places, value), "%s belongs to one device",
                device_field_names[own[i]]);
    }
    return ERR_OK;
}

static enum err_code check_groups(const struct reading *r)
{
    enum err_code rc = r->defaults ? check_shared(r, r->defaults, false) : ERR_OK;
    for (unsigned i = 0; i < r->raw->group_count && rc == ERR_OK; i++) {
        uint32_t node = places_item(r->places, r->groups, i);
        rc = check_shared(r, node, true);
        if (rc == ERR_OK && group_named(r, r->raw->groups[i].text[DEVICE_NAME]) != i)
            rc = place_refuse(r->e, r->inv->name, places_at(r->places, node), "this group was described already");
    }
    return rc;
}

static enum err_code take_source(const struct reading *r)
{
    struct place at = places_at(r->places, places_key(r->places, PLACE_ROOT, "source"));
    for (size_t i = 0; i < r->inv->n; i++) {
        const struct device *d = &r->inv->devices[i];
        if (strcmp(d->name, r->raw->source) != 0)
            continue;
        if (d->role == ROLE_FTD)
            return place_refuse(r->e, r->inv->name, at, "the source is an FMC, but %s is an FTD", d->name);
        r->inv->source = d;
        return ERR_OK;
    }
    return place_refuse(r->e, r->inv->name, at, "the source is the name of one of the devices");
}

static enum err_code take_all(const struct reading *r)
{
    enum err_code rc = check_groups(r);
    uint32_t node = r->devices ? places_item(r->places, r->devices, 0) : PLACE_NONE;
    for (unsigned i = 0; i < r->raw->device_count && rc == ERR_OK; i++, node = places_next(r->places, node))
        rc = take_device(r, &r->raw->devices[i], node);
    return rc == ERR_OK && r->raw->source ? take_source(r) : rc;
}

enum err_code inventory_read_yaml(struct inventory *inv, struct slice text, struct err *e)
{
    struct reading r = { .inv = inv, .e = e };
    struct places *places = NULL;
    void *raw = NULL;
    enum err_code rc = places_read(inv->name, text, &places, e);
    if (rc == ERR_OK && !places_empty(places)) {
        r.places = places;
        rc = check_form(&r);
        if (rc == ERR_OK)
            rc = structs_read(inv->name, text, &schema, &raw, e);
        r.raw = raw;
        if (rc == ERR_OK)
            rc = take_all(&r);
    }
    structs_free(&schema, raw);
    places_free(places);
    return rc;
}
