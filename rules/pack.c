/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/pack.h"

#include "base/buf.h"
#include "base/caps.h"
#include "base/nearest.h"

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

/* ---- libcyaml's words ---- */

/* libcyaml says what it dislikes in its log only: the reason first, then from the inside out where it is. */
struct complaint {
    char reason[256];
    struct place at;
};

static void on_log(cyaml_log_t level, void *data, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void on_log(cyaml_log_t level, void *data, const char *format, va_list args)
{
    struct complaint *c = data;
    char text[512];
    if (level < CYAML_LOG_ERROR || vsnprintf(text, sizeof text, format, args) < 0)
        return;
    struct slice line = slice_trim(slice_of(text));
    const char *place = strstr(text, "(line: ");
    struct place at;
    if (place && sscanf(place, "(line: %u, column: %u)", &at.line, &at.column) == 2) {
        if (c->at.line == 0 && at.line)
            c->at = at;
    } else if (c->reason[0] == '\0') {
        if (slice_starts(line, SLICE("Load: ")))
            line = slice_from(line, 6);
        snprintf(c->reason, sizeof c->reason, "%.*s", (int)line.n, line.p);
    }
}

static cyaml_config_t config(struct complaint *c)
{
    return (cyaml_config_t){
        .log_fn = on_log,
        .log_ctx = c,
        .log_level = CYAML_LOG_ERROR,
        .mem_fn = cyaml_mem,
        .flags = CYAML_CFG_NO_ALIAS,
    };
}

static enum err_code read_structs(const char *name, struct slice yaml, struct pack **out, struct err *e)
{
    struct complaint c = { .at = { 0, 0 } };
    cyaml_config_t cfg = config(&c);
    cyaml_data_t *data = NULL;
    cyaml_err_t rc = cyaml_load_data((const uint8_t *)yaml.p, yaml.n, &cfg, &pack_value, &data, NULL);
    if (rc == CYAML_OK && data) {
        *out = data; /* transferred */
        return ERR_OK;
    }
    if (c.at.line == 0)
        c.at = (struct place){ 1, 1 };
    return place_refuse(e, name, c.at, "%s", c.reason[0] ? c.reason : cyaml_strerror(rc));
}

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
    enum err_code rc = places_read(name, yaml, places, e);
    if (rc == ERR_OK)
        rc = check_form(name, *places, e);
    if (rc == ERR_OK)
        rc = read_structs(name, yaml, out, e);
    if (rc != ERR_OK) {
        places_free(*places);
        *places = NULL;
    }
    return rc;
}

void pack_free(struct pack *p)
{
    struct complaint c = { .at = { 0, 0 } };
    cyaml_config_t cfg = config(&c);
    if (p)
        cyaml_free(&cfg, &pack_value, p, 0);
}
