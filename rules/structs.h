/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcyaml with its complaints as ours: YAML becomes the structs of a schema, or an error with its place. The schema is
 * the caller's, who includes cyaml/cyaml.h for it. Aliases are refused.
 */
#ifndef RULES_STRUCTS_H
#define RULES_STRUCTS_H

#include "base/err.h"
#include "base/slice.h"

struct cyaml_schema_value;

/* name: the file in messages. On success *out is the caller's, to be given to structs_free(); on failure NULL. */
enum err_code structs_read(const char *name, struct slice yaml, const struct cyaml_schema_value *schema, void **out,
    struct err *e) __attribute__((warn_unused_result));
void structs_free(const struct cyaml_schema_value *schema, void *data); /* takes NULL */

#endif
