/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/prove.h"

#include "rules/set.h"

#include <stdio.h>

struct proof {
    const char *name;
    const struct rules *own;
    const struct places *places;
    struct rules_matcher *matcher;
    struct err *e;
};

/* Words cut to what an error can hold. */
static int shown(struct slice s)
{
    return s.n > 120 ? 120 : (int)s.n;
}

/* Why does a rule not take a line? The envelope is the first suspect. */
static enum err_code refuse_unmatched(
    struct proof *p, struct place at, const struct rule_info *rule, const struct envelope *line)
{
    const char *id = rule->id;
    if (rule->process[0] && line->kind != ENVELOPE_FULL)
        return place_refuse(p->e, p->name, at,
            "the example of '%s' has no '[tid] process:module [LEVEL]' before its message, so only a rule with "
            "'process: any' could match it",
            id);
    if (rule->process[0] && !slice_eq(slice_of(rule->process), line->process))
        return place_refuse(p->e, p->name, at, "the example of '%s' is from the process '%.*s', the rule asks for '%s'",
            id, shown(line->process), line->process.p, rule->process);
    if (rule->module[0] && !slice_eq(slice_of(rule->module), line->module))
        return place_refuse(p->e, p->name, at, "the example of '%s' is from the module '%.*s', the rule asks for '%s'",
            id, shown(line->module), line->module.p, rule->module);
    if (rule->level != LEVEL_NONE && rule->level != line->level)
        return place_refuse(p->e, p->name, at, "the example of '%s' has the level '%s', the rule asks for '%s'", id,
            level_name(line->level), level_name(rule->level));
    return place_refuse(
        p->e, p->name, at, "the example doesn't match the pattern of '%s': %.*s", id, shown(line->text), line->text.p);
}

static enum err_code compare_fields(
    struct proof *p, uint32_t node, const char *id, const struct pack_gives *gives, const struct event *ev)
{
    uint32_t said = places_key(p->places, node, "gives");
    for (unsigned f = 0; f < FIELD_COUNT; f++) {
        const char *field = event_field_name((enum event_field)f);
        const char *want = gives->field[f];
        bool has = ev->has >> f & 1;
        struct place at = places_at(p->places, said ? said : node);
        if (want && said && places_key(p->places, said, field))
            at = places_at(p->places, places_key(p->places, said, field));
        if (want && !has)
            return place_refuse(p->e, p->name, at, "the example of '%s' gives no field '%s'", id, field);
        if (!want && has)
            return place_refuse(p->e, p->name, at,
                "the example of '%s' also gives %s: '%.*s', which 'gives' doesn't say", id, field, shown(ev->field[f]),
                ev->field[f].p);
        if (want && !slice_eq(slice_of(want), ev->field[f]))
            return place_refuse(p->e, p->name, at, "the example of '%s' gives %s: '%.*s', not '%.*s'", id, field,
                shown(ev->field[f]), ev->field[f].p, shown(slice_of(want)), want);
    }
    return ERR_OK;
}

static enum err_code prove_example(struct proof *p, size_t rule, const struct pack_example *x, uint32_t node)
{
    const struct rule_info *info = &p->own->rule[rule].info;
    struct place at = places_at(p->places, places_key(p->places, node, "line"));
    struct envelope line;
    struct event ev;
    envelope_parse(slice_of(x->line), &line);
    switch (rules_match(p->matcher, &line, &ev)) {
    case MATCH_UNKNOWN:
        return place_refuse(p->e, p->name, at, "matching the example of '%s' takes too long (caps match-*)", info->id);
    case MATCH_NO: return refuse_unmatched(p, at, info, &line);
    case MATCH_YES: break;
    }
    if (ev.rule != rule) {
        const char *other = p->own->rule[ev.rule].info.id;
        if (ev.rule < rule)
            return place_refuse(
                p->e, p->name, at, "the example of '%s' is taken by '%s', which stands before it", info->id, other);
        return refuse_unmatched(p, at, info, &line);
    }
    unsigned missing = event_kind_needs(info->kind) & ~(unsigned)ev.has;
    for (unsigned f = 0; f < FIELD_COUNT; f++)
        if (missing >> f & 1)
            return place_refuse(p->e, p->name, at, "the example of '%s' gives no '%s', which event '%s' needs",
                info->id, event_field_name((enum event_field)f), event_kind_name(info->kind));
    return compare_fields(p, node, info->id, &x->gives, &ev);
}

static enum err_code prove_counterexample(struct proof *p, size_t rule, const char *text, uint32_t node)
{
    const char *id = p->own->rule[rule].info.id;
    struct place at = places_at(p->places, node);
    struct envelope line;
    struct event ev;
    envelope_parse(slice_of(text), &line);
    switch (match_one(p->matcher, rule, &line, &ev)) {
    case MATCH_UNKNOWN:
        return place_refuse(
            p->e, p->name, at, "matching the counter-example of '%s' takes too long (caps match-*)", id);
    case MATCH_YES: return place_refuse(p->e, p->name, at, "the counter-example of '%s' matches it", id);
    case MATCH_NO: break;
    }
    return ERR_OK;
}

static enum err_code prove_rule(struct proof *p, size_t i, const struct pack_rule *rule, uint32_t node)
{
    enum err_code rc = ERR_OK;
    uint32_t x = places_item(p->places, places_key(p->places, node, "examples"), 0);
    for (unsigned k = 0; k < rule->example_count && rc == ERR_OK; k++, x = places_next(p->places, x))
        rc = prove_example(p, i, &rule->examples[k], x);
    x = places_item(p->places, places_key(p->places, node, "counterexamples"), 0);
    for (unsigned k = 0; k < rule->counterexample_count && rc == ERR_OK; k++, x = places_next(p->places, x))
        rc = prove_counterexample(p, i, rule->counterexamples[k], x);
    return rc;
}

enum err_code prove_pack(
    const char *name, const struct rules *own, const struct pack *pack, const struct places *places, struct err *e)
{
    struct proof p = { .name = name, .own = own, .places = places, .e = e, .matcher = rules_matcher_new(own) };
    uint32_t node = places_item(places, places_key(places, PLACE_ROOT, "rules"), 0);
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < own->count && rc == ERR_OK; i++, node = places_next(places, node))
        rc = prove_rule(&p, i, &pack->rules[i], node);
    rules_matcher_free(p.matcher);
    return rc;
}
