/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/structs.h"

#include "rules/place.h"

#include <cyaml/cyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

enum err_code structs_read(
    const char *name, struct slice yaml, const struct cyaml_schema_value *schema, void **out, struct err *e)
{
    struct complaint c = { .at = { 0, 0 } };
    cyaml_config_t cfg = config(&c);
    cyaml_data_t *data = NULL;
    *out = NULL;
    cyaml_err_t rc = cyaml_load_data((const uint8_t *)yaml.p, yaml.n, &cfg, schema, &data, NULL);
    if (rc == CYAML_OK && data) {
        *out = data; /* transferred */
        return ERR_OK;
    }
    if (c.at.line == 0)
        c.at = (struct place){ 1, 1 };
    return place_refuse(e, name, c.at, "%s", c.reason[0] ? c.reason : cyaml_strerror(rc));
}

void structs_free(const struct cyaml_schema_value *schema, void *data)
{
    struct complaint c = { .at = { 0, 0 } };
    cyaml_config_t cfg = config(&c);
    if (data)
        cyaml_free(&cfg, schema, data, 0);
}
