/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/place.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

/* A pack needs five levels (document, rules, rule, examples, gives); no mapping has more keys than that. */
#define DEEPEST 8
#define MOST_KEYS 64

enum style { STYLE_NONE, STYLE_PLAIN, STYLE_SINGLE };

struct node {
    struct place at, key_at;
    uint32_t next, child, last; /* siblings and children; PLACE_NONE ends */
    uint32_t count;             /* of children */
    size_t key, key_n;          /* in places.keys */
    bool mapping, scalar;
    enum style style;
};

struct places {
    struct slice yaml;
    struct node *nodes; /* [0] is PLACE_NONE */
    size_t count, capacity;
    struct buf keys;
};

struct walk {
    const char *name;
    struct places *p;
    struct err *e;
    uint32_t open[DEEPEST]; /* the mappings and lists we are in */
    size_t depth;
    bool have_key; /* in a mapping: the key was read, its value comes */
    size_t key, key_n;
    struct place key_at;
};

enum err_code place_refuse(struct err *e, const char *name, struct place at, const char *fmt, ...)
{
    char text[ERR_TEXT_MAX / 2];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return err_set(e, ERR_CONFIG, "%s:%u:%u: %s", name, at.line, at.column, text);
}

static struct place place_of(yaml_mark_t m)
{
    return (struct place){ (unsigned)m.line + 1, (unsigned)m.column + 1 };
}

/* Adds a node under the innermost open one. */
static uint32_t add_node(struct walk *w, struct place at)
{
    struct places *p = w->p;
    p->nodes = mem_grow(p->nodes, &p->capacity, p->count + 1, sizeof *p->nodes);
    uint32_t id = (uint32_t)p->count++;
    p->nodes[id] = (struct node){ .at = at };
    if (w->depth) {
        struct node *parent = &p->nodes[w->open[w->depth - 1]];
        if (parent->last)
            p->nodes[parent->last].next = id;
        else
            parent->child = id;
        parent->last = id;
        parent->count++;
        if (parent->mapping) {
            p->nodes[id].key = w->key;
            p->nodes[id].key_n = w->key_n;
            p->nodes[id].key_at = w->key_at;
            w->have_key = false;
        }
    }
    return id;
}

static bool wants_key(const struct walk *w)
{
    return w->depth && w->p->nodes[w->open[w->depth - 1]].mapping && !w->have_key;
}

static struct slice key_text(const struct places *p, const struct node *n)
{
    return (struct slice){ p->keys.p + n->key, n->key_n };
}

static enum err_code take_key(struct walk *w, struct slice text, struct place at)
{
    struct places *p = w->p;
    const struct node *parent = &p->nodes[w->open[w->depth - 1]];
    if (parent->count >= MOST_KEYS)
        return place_refuse(w->e, w->name, at, "more than %d keys in one mapping", MOST_KEYS);
    for (uint32_t c = parent->child; c; c = p->nodes[c].next)
        if (slice_eq(key_text(p, &p->nodes[c]), text))
            return place_refuse(w->e, w->name, at, "the key '%.*s' is already said in line %u", (int)text.n, text.p,
                p->nodes[c].key_at.line);
    w->key = p->keys.n;
    w->key_n = text.n;
    w->key_at = at;
    w->have_key = true;
    buf_slice(&p->keys, text);
    return ERR_OK;
}

static enum err_code on_scalar(struct walk *w, const yaml_event_t *ev)
{
    struct slice text = { (const char *)ev->data.scalar.value, ev->data.scalar.length };
    struct place at = place_of(ev->start_mark);
    if (memchr(text.p, '\0', text.n))
        return place_refuse(w->e, w->name, at, "a value can't hold NUL");
    if (wants_key(w))
        return take_key(w, text, at);
    uint32_t id = add_node(w, at); /* may move the nodes */
    struct node *n = &w->p->nodes[id];
    n->scalar = true;
    if (ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        n->style = STYLE_PLAIN;
    else if (ev->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE)
        n->style = STYLE_SINGLE;
    return ERR_OK;
}

static enum err_code on_open(struct walk *w, const yaml_event_t *ev)
{
    struct place at = place_of(ev->start_mark);
    if (w->depth == DEEPEST)
        return place_refuse(w->e, w->name, at, "nested more than %d deep", DEEPEST);
    if (wants_key(w))
        return place_refuse(w->e, w->name, at, "a key is a word, not a list or a mapping");
    uint32_t id = add_node(w, at);
    w->p->nodes[id].mapping = ev->type == YAML_MAPPING_START_EVENT;
    w->open[w->depth++] = id;
    w->have_key = false;
    return ERR_OK;
}

static const unsigned char *anchor_of(const yaml_event_t *ev)
{
    switch ((int)ev->type) {
    case YAML_ALIAS_EVENT: return ev->data.alias.anchor;
    case YAML_SCALAR_EVENT: return ev->data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT: return ev->data.sequence_start.anchor;
    case YAML_MAPPING_START_EVENT: return ev->data.mapping_start.anchor;
    default: return NULL;
    }
}

static enum err_code on_event(struct walk *w, const yaml_event_t *ev)
{
    if (anchor_of(ev))
        return place_refuse(w->e, w->name, place_of(ev->start_mark), "anchors and aliases (&, *) are not allowed here");
    switch ((int)ev->type) {
    case YAML_SCALAR_EVENT: return on_scalar(w, ev);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT: return on_open(w, ev);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: w->depth--; return ERR_OK;
    case YAML_DOCUMENT_START_EVENT:
        if (w->p->count > 1)
            return place_refuse(
                w->e, w->name, place_of(ev->start_mark), "only one document is wanted; here begins another");
        return ERR_OK;
    default: return ERR_OK;
    }
}

/* Bytes that are no text stop libyaml's reader: it has an offset then, but no mark. */
static struct place place_of_byte(struct slice yaml, size_t offset)
{
    struct place at = { 1, 1 };
    for (size_t i = 0; i < offset && i < yaml.n; i++) {
        at.column++;
        if (yaml.p[i] == '\n')
            at = (struct place){ at.line + 1, 1 };
    }
    return at;
}

static enum err_code refuse_syntax(struct walk *w, const yaml_parser_t *y)
{
    struct place at =
        y->error == YAML_READER_ERROR ? place_of_byte(w->p->yaml, y->problem_offset) : place_of(y->problem_mark);
    return place_refuse(w->e, w->name, at, "no valid YAML: %s%s%s", y->problem ? y->problem : "unreadable",
        y->context ? ", " : "", y->context ? y->context : "");
}

enum err_code places_read(const char *name, struct slice yaml, struct places **out, struct err *e)
{
    struct walk w = { .name = name, .e = e, .p = mem_zalloc(1, sizeof *w.p) };
    yaml_parser_t parser;
    enum err_code rc = ERR_OK;
    bool done = false;

    *out = NULL;
    w.p->yaml = yaml;
    add_node(&w, (struct place){ 1, 1 }); /* PLACE_NONE */
    if (!yaml_parser_initialize(&parser))
        abort(); /* out of memory, as everywhere */
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml.p, yaml.n);
    while (rc == ERR_OK && !done) {
        yaml_event_t ev;
        if (!yaml_parser_parse(&parser, &ev)) {
            rc = refuse_syntax(&w, &parser);
            break;
        }
        rc = on_event(&w, &ev);
        done = ev.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&ev);
    }
    yaml_parser_delete(&parser);
    if (rc == ERR_OK)
        *out = w.p; /* transferred */
    else
        places_free(w.p);
    return rc;
}

void places_free(struct places *p)
{
    if (!p)
        return;
    free(p->nodes);
    buf_clear(&p->keys);
    free(p);
}

bool places_empty(const struct places *p)
{
    return p->count <= PLACE_ROOT;
}

uint32_t places_key(const struct places *p, uint32_t node, const char *key)
{
    if (!p->nodes[node].mapping)
        return PLACE_NONE;
    for (uint32_t c = p->nodes[node].child; c; c = p->nodes[c].next)
        if (slice_eq(key_text(p, &p->nodes[c]), slice_of(key)))
            return c;
    return PLACE_NONE;
}

uint32_t places_item(const struct places *p, uint32_t node, size_t i)
{
    if (p->nodes[node].mapping)
        return PLACE_NONE;
    uint32_t c = p->nodes[node].child;
    while (c && i--)
        c = p->nodes[c].next;
    return c;
}

uint32_t places_next(const struct places *p, uint32_t node)
{
    return p->nodes[node].next;
}

bool places_mapping(const struct places *p, uint32_t node)
{
    return p->nodes[node].mapping;
}

bool places_scalar(const struct places *p, uint32_t node)
{
    return p->nodes[node].scalar;
}

struct place places_key_at(const struct places *p, uint32_t node)
{
    return p->nodes[node].key_at;
}

struct place places_at(const struct places *p, uint32_t node)
{
    return p->nodes[node].at;
}

struct place places_inside(const struct places *p, uint32_t node, size_t offset)
{
    const struct node *n = &p->nodes[node];
    struct place at = n->at;
    struct slice s = p->yaml;
    if (n->style == STYLE_NONE)
        return at;
    for (unsigned line = 1; line < at.line && s.n; line++)
        slice_cut(s, '\n', &s);
    for (unsigned column = 1; column < at.column && s.n; column++)
        s = slice_from(s, utf8_length(s) ? utf8_length(s) : 1);
    if (n->style == STYLE_SINGLE) {
        s = slice_from(s, 1);
        at.column++;
    }
    while (offset && s.n) {
        size_t len = utf8_length(s) ? utf8_length(s) : 1;
        if (s.p[0] == '\n') /* folded over lines: the beginning will do */
            return n->at;
        if (n->style == STYLE_SINGLE && s.p[0] == '\'') { /* '' is one quote */
            s = slice_from(s, 1);
            at.column++;
        }
        s = slice_from(s, len);
        at.column++;
        offset = offset > len ? offset - len : 0;
    }
    return at;
}

bool places_unknown(
    const struct places *p, uint32_t node, const char *const *known, struct slice *key, struct place *at)
{
    if (!p->nodes[node].mapping)
        return false;
    for (uint32_t c = p->nodes[node].child; c; c = p->nodes[c].next) {
        const char *const *k = known;
        *key = key_text(p, &p->nodes[c]);
        *at = p->nodes[c].key_at;
        while (*k && !slice_eq(slice_of(*k), *key))
            k++;
        if (!*k)
            return true;
    }
    return false;
}
