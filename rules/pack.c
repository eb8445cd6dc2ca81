/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/pack.h"

#include "base/buf.h"
#include "base/caps.h"
#include "base/nearest.h"
#include "rules/structs.h"

#include <cyaml/cyaml.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- the schema ---- */

/* clang-format off */
static const cyaml_schema_value_t text_value = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CAP_LINE_BYTES),
};

static const cyaml_schema_field_t gives_fields[] = {
#define X(id, name, text)                                                                                              \
    CYAML_FIELD_STRING_PTR(name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct pack_gives, field[id], 0,            \
        CAP_LINE_BYTES),
    EVENT_FIELDS(X)
#undef X
    CYAML_FIELD_END
};

static const cyaml_schema_field_t example_fields[] = {
    CYAML_FIELD_STRING_PTR("line", CYAML_FLAG_POINTER, struct pack_example, line, 1, CAP_LINE_BYTES),
    CYAML_FIELD_MAPPING("gives", CYAML_FLAG_OPTIONAL, struct pack_example, gives, gives_fields),
    CYAML_FIELD_END
};

static const cyaml_schema_value_t example_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct pack_example, example_fields),
};

static const cyaml_schema_field_t rule_fields[] = {
    CYAML_FIELD_STRING_PTR("id", CYAML_FLAG_POINTER, struct pack_rule, id, 1, CAP_NAME_BYTES),
    CYAML_FIELD_STRING_PTR("event", CYAML_FLAG_POINTER, struct pack_rule, event, 1, CAP_NAME_BYTES),
    CYAML_FIELD_STRING_PTR("process", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct pack_rule, process, 1,
        CAP_NAME_BYTES),
    CYAML_FIELD_STRING_PTR("module", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct pack_rule, module, 1,
        CAP_NAME_BYTES),
    CYAML_FIELD_STRING_PTR("level", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct pack_rule, level, 1,
        CAP_NAME_BYTES),
    CYAML_FIELD_STRING_PTR("contains", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct pack_rule, contains, 1,
        CAP_NAME_BYTES),
    CYAML_FIELD_STRING_PTR("match", CYAML_FLAG_POINTER, struct pack_rule, match, 1, CAP_PATTERN_BYTES),
    CYAML_FIELD_STRING_PTR("means", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct pack_rule, means, 1,
        CAP_LINE_BYTES),
    CYAML_FIELD_SEQUENCE_COUNT("examples", CYAML_FLAG_POINTER, struct pack_rule, examples, example_count,
        &example_value, 1, CAP_EXAMPLES),
    CYAML_FIELD_SEQUENCE_COUNT("counterexamples", CYAML_FLAG_POINTER, struct pack_rule, counterexamples,
        counterexample_count, &text_value, 1, CAP_EXAMPLES),
    CYAML_FIELD_END
};

static const cyaml_schema_value_t rule_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct pack_rule, rule_fields),
};

static const cyaml_schema_field_t pack_fields[] = {
    CYAML_FIELD_STRING_PTR("pack", CYAML_FLAG_POINTER, struct pack, pack, 1, CAP_NAME_BYTES),
    CYAML_FIELD_STRING_PTR("version", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct pack, version, 0,
        CAP_NAME_BYTES),
    CYAML_FIELD_STRING_PTR("description", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct pack, description, 0,
        CAP_LINE_BYTES),
    CYAML_FIELD_SEQUENCE_COUNT("rules", CYAML_FLAG_POINTER, struct pack, rules, rule_count, &rule_value, 1, CAP_RULES),
    CYAML_FIELD_END
};

static const cyaml_schema_value_t pack_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct pack, pack_fields),
};

/* clang-format on */

/* ---- keys, with better words than libcyaml's ---- */

struct form {
    const char *what;
    const char *const *known;
    const char *const *needed; /* ended by NULL, as known is */
};

static const char *const pack_keys[] = { "pack", "version", "description", "rules", NULL };
static const char *const pack_needs[] = { "pack", "rules", NULL };
static const char *const rule_keys[] = { "id", "event", "process", "module", "level", "contains", "match", "means",
    "examples", "counterexamples", NULL };
static const char *const rule_needs[] = { "id", "event", "match", "examples", "counterexamples", NULL };
static const char *const example_keys[] = { "line", "gives", NULL };
static const char *const example_needs[] = { "line", NULL };
static const char *const gives_keys[] = {
#define X(id, name, text) name,
    EVENT_FIELDS(X)
#undef X
        NULL
};
static const char *const nothing[] = { NULL };

static const struct form pack_form = { "a pack", pack_keys, pack_needs };
static const struct form rule_form = { "a rule", rule_keys, rule_needs };
static const struct form example_form = { "an example", example_keys, example_needs };
static const struct form gives_form = { "'gives'", gives_keys, nothing };

static enum err_code check_keys(
    const char *name, const struct places *p, uint32_t node, const struct form *form, struct err *e)
{
    struct slice key;
    struct place at;
    if (places_unknown(p, node, form->known, &key, &at)) {
        char near[NEAREST_TEXT];
        return place_refuse(e, name, at, "%s has no key '%.*s'%s", form->what, key.n > 80 ? 80 : (int)key.n, key.p,
            nearest_text(key, form->known, "'", near));
    }
    for (const char *const *needed = form->needed; *needed; needed++)
        if (places_mapping(p, node) && places_key(p, node, *needed) == PLACE_NONE)
            return place_refuse(e, name, places_at(p, node), "%s needs the key '%s'", form->what, *needed);
    return ERR_OK;
}

static enum err_code check_rule(const char *name, const struct places *p, uint32_t rule, struct err *e)
{
    enum err_code rc = check_keys(name, p, rule, &rule_form, e);
    uint32_t examples = places_key(p, rule, "examples");
    for (uint32_t x = places_item(p, examples, 0); x && rc == ERR_OK; x = places_next(p, x)) {
        rc = check_keys(name, p, x, &example_form, e);
        if (rc == ERR_OK)
            rc = check_keys(name, p, places_key(p, x, "gives"), &gives_form, e);
    }
    return rc;
}

static enum err_code check_form(const char *name, const struct places *p, struct err *e)
{
    if (places_empty(p))
        return place_refuse(e, name, (struct place){ 1, 1 }, "empty: a rule pack begins with 'pack: NAME'");
    if (!places_mapping(p, PLACE_ROOT))
        return place_refuse(e, name, places_at(p, PLACE_ROOT), "no rule pack: it begins with 'pack: NAME'");
    enum err_code rc = check_keys(name, p, PLACE_ROOT, &pack_form, e);
    uint32_t rules = places_key(p, PLACE_ROOT, "rules");
    for (uint32_t rule = places_item(p, rules, 0); rule && rc == ERR_OK; rule = places_next(p, rule))
        rc = check_rule(name, p, rule, e);
    return rc;
}

enum err_code pack_read(const char *name, struct slice yaml, struct pack **out, struct places **places, struct err *e)
{
    *out = NULL;
    *places = NULL;
    if (yaml.n > CAP_PACK_BYTES)
        return err_set(
            e, ERR_CONFIG, "%s: larger than a rule pack may be (cap pack-bytes: %d bytes)", name, CAP_PACK_BYTES);
    void *structs = NULL;
    enum err_code rc = places_read(name, yaml, places, e);
    if (rc == ERR_OK)
        rc = check_form(name, *places, e);
    if (rc == ERR_OK)
        rc = structs_read(name, yaml, &pack_value, &structs, e);
    if (rc != ERR_OK) {
        places_free(*places);
        *places = NULL;
    }
    *out = structs;
    return rc;
}

void pack_free(struct pack *p)
{
    structs_free(&pack_value, p);
}
