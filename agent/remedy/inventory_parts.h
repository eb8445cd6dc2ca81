/* SPDX-License-Identifier: BSD-2-Clause */
/* What the readers of both forms share. */
#ifndef AGENT_REMEDY_INVENTORY_PARTS_H
#define AGENT_REMEDY_INVENTORY_PARTS_H

#include "agent/remedy/inventory.h"

/* What can be said of a device. The YAML keys are these names; X(ID, name, is a list). */
#define DEVICE_FIELDS(X)                                                                                               \
    X(NAME, "name", 0)                                                                                                 \
    X(ADDRESS, "address", 0)                                                                                           \
    X(PORT, "port", 0)                                                                                                 \
    X(USER, "user", 0)                                                                                                 \
    X(ROLE, "role", 0)                                                                                                 \
    X(UUID, "uuid", 0)                                                                                                 \
    X(JUMP, "jump", 0)                                                                                                 \
    X(HOST_KEY, "host_key", 0)                                                                                         \
    X(AUTH, "auth", 0)                                                                                                 \
    X(BECOME, "become", 0)                                                                                             \
    X(GROUPS, "groups", 1)                                                                                             \
    X(TAGS, "tags", 1)

enum device_field {
#define X(id, name, list) DEVICE_##id,
    DEVICE_FIELDS(X)
#undef X
        DEVICE_FIELD_COUNT
};

extern const char *const device_field_names[]; /* ended by NULL */
bool device_field_is_list(enum device_field f);

/* Takes one value over; of a list, one entry more. ERR_DATA with a sentence that names no place. */
enum err_code device_set(struct device *d, enum device_field f, struct slice value, struct err *e)
    __attribute__((warn_unused_result));

struct device *inventory_add(struct inventory *inv, unsigned line); /* valid until the next one */
enum err_code inventory_read_csv(struct inventory *inv, struct slice text, struct err *e)
    __attribute__((warn_unused_result));
enum err_code inventory_read_yaml(struct inventory *inv, struct slice text, struct err *e)
    __attribute__((warn_unused_result));

#endif
