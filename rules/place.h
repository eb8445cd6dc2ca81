/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where in a YAML text a thing stands: a walk over libyaml's events that keeps the places of all keys and values, so
 * that whatever is found wrong later can be pointed at. It also refuses what neither a rule pack nor a configuration
 * has a use for: aliases and anchors (YAML bombs), several documents, deep nesting, keys said twice, NUL in a value.
 */
#ifndef RULES_PLACE_H
#define RULES_PLACE_H

#include "base/err.h"
#include "base/slice.h"

struct places;

struct place {
    unsigned line, column; /* from 1; columns count characters */
};

#define PLACE_ROOT 1u /* the node of the whole document */
#define PLACE_NONE 0u

/* name stands for the file in messages; yaml must outlive *out. On failure *out is NULL. */
enum err_code places_read(const char *name, struct slice yaml, struct places **out, struct err *e)
    __attribute__((warn_unused_result));
void places_free(struct places *p); /* takes NULL */

/* Nothing but comments: there is no PLACE_ROOT then, and none of the following may be asked. */
bool places_empty(const struct places *p);
/* The value of a key, the i-th entry of a list; PLACE_NONE when there is none. PLACE_NONE has nothing in it. */
uint32_t places_key(const struct places *p, uint32_t node, const char *key);
uint32_t places_item(const struct places *p, uint32_t node, size_t i);
/* The entry after this one; PLACE_NONE after the last. */
uint32_t places_next(const struct places *p, uint32_t node);
bool places_mapping(const struct places *p, uint32_t node);
bool places_scalar(const struct places *p, uint32_t node);
/* Where the key of a value of a mapping stands. */
struct place places_key_at(const struct places *p, uint32_t node);
/* Where a value begins; 1:1 for PLACE_NONE. */
struct place places_at(const struct places *p, uint32_t node);
/* Where the byte at `offset` of a scalar's value stands, as far as that can be told; else where the value begins. */
struct place places_inside(const struct places *p, uint32_t node, size_t offset);
/* The first key of a mapping that is not among the NULL-terminated `known`; false when there is none. */
bool places_unknown(
    const struct places *p, uint32_t node, const char *const *known, struct slice *key, struct place *at);

/* Fills e with "name:line:column: ..." and ERR_CONFIG, which it returns. */
enum err_code place_refuse(struct err *e, const char *name, struct place at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
