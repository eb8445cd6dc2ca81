/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/event.h"

static const char *const kind_names[] = {
#define X(id, name, needs, means) [id] = name,
    EVENT_KINDS(X)
#undef X
};

static const char *const kind_means[] = {
#define X(id, name, needs, means) [id] = means,
    EVENT_KINDS(X)
#undef X
};

static const unsigned kind_needs[] = {
#define X(id, name, needs, means) [id] = needs,
    EVENT_KINDS(X)
#undef X
};

static const char *const field_names[] = {
#define X(id, name, text) [id] = name,
    EVENT_FIELDS(X)
#undef X
};

_Static_assert(sizeof kind_names / sizeof *kind_names == EVENT_KIND_COUNT, "a name for each kind");
_Static_assert(sizeof field_names / sizeof *field_names == FIELD_COUNT, "a name for each field");
_Static_assert(FIELD_COUNT <= 16, "struct event's mask has 16 bits");

const char *event_kind_name(enum event_kind kind)
{
    return kind_names[kind];
}

const char *event_kind_means(enum event_kind kind)
{
    return kind_means[kind];
}

unsigned event_kind_needs(enum event_kind kind)
{
    return kind_needs[kind];
}

bool event_kind_parse(struct slice name, enum event_kind *kind)
{
    for (unsigned i = 0; i < EVENT_KIND_COUNT; i++)
        if (slice_eq(name, slice_of(kind_names[i]))) {
            *kind = (enum event_kind)i;
            return true;
        }
    return false;
}

const char *event_field_name(enum event_field field)
{
    return field_names[field];
}

bool event_field_parse(struct slice name, enum event_field *field)
{
    for (unsigned i = 0; i < FIELD_COUNT; i++)
        if (slice_eq(name, slice_of(field_names[i]))) {
            *field = (enum event_field)i;
            return true;
        }
    return false;
}
