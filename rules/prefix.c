/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/prefix.h"

#define DEEPEST 6 /* groups in groups that are looked into */

static bool alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool next_is(struct slice s, char c)
{
    return s.n && s.p[0] == c;
}

/* After a '[': behind the matching ']'. A ']' that comes first is a member, and so is what [:class:] holds. */
static struct slice pass_class(struct slice s)
{
    if (next_is(s, '^'))
        s = slice_from(s, 1);
    if (next_is(s, ']'))
        s = slice_from(s, 1);
    while (s.n && s.p[0] != ']') {
        size_t step = s.p[0] == '\\' ? 2 : 1;
        if (s.p[0] == '[' && s.n > 1 && (s.p[1] == ':' || s.p[1] == '.' || s.p[1] == '=')) {
            const char end[2] = { s.p[1], ']' };
            const char *at = memmem(s.p + 2, s.n - 2, end, 2);
            if (at)
                step = (size_t)(at - s.p) + 2;
        }
        s = slice_from(s, step);
    }
    return slice_from(s, 1);
}

/* "(?i)" and "(?x:": after a '(' , do letters follow that change the meaning of what is to come? */
static bool sets_options(struct slice s)
{
    bool extended = false;
    size_t i = 1;
    while (i < s.n && (alnum(s.p[i]) || s.p[i] == '^' || s.p[i] == '-'))
        extended |= s.p[i++] == 'x';
    if (i == s.n || i == 1)
        return false;
    bool digits = s.p[1] >= '0' && s.p[1] <= '9'; /* (?1) is a call */
    return (s.p[i] == ')' && !digits) || (s.p[i] == ':' && extended);
}

/* Is there anything in the pattern by which counting brackets goes astray, or whose effect reaches further on? */
static bool odd(struct slice s)
{
    while (s.n) {
        char c = s.p[0];
        s = slice_from(s, 1);
        if (c == '[') {
            s = pass_class(s);
        } else if (c == '\\') {
            if (s.n && (s.p[0] == 'Q' || s.p[0] == 'E' || s.p[0] == 'c'))
                return true;
            s = slice_from(s, 1);
        } else if (c == '(') {
            if (next_is(s, '*')) /* a verb */
                return true;
            if (s.n > 1 && s.p[0] == '?' && (s.p[1] == '#' || s.p[1] == 'C' || sets_options(s)))
                return true; /* a comment, a call-out with a string, options */
        }
    }
    return false;
}

/* ---- sets of beginnings ---- */

static void close_all(struct prefixes *set)
{
    for (size_t i = 0; i < set->count; i++)
        set->each[i].exact = false;
}

static void set_empty(struct prefixes *set, bool exact)
{
    set->count = 1;
    set->each[0].n = 0;
    set->each[0].exact = exact;
}

/* Adds a, followed by b where there is one; false when there are too many. */
static bool add(struct prefixes *set, const struct prefix *a, const struct prefix *b)
{
    struct prefix sum = *a;
    if (b) {
        size_t room = (size_t)(PREFIX_BYTES - sum.n), n = b->n < room ? b->n : room;
        memcpy(sum.p + sum.n, b->p, n);
        sum.n = (uint8_t)(sum.n + n);
        sum.exact = b->exact && n == b->n;
    }
    if (set->count == PREFIX_MOST)
        return false;
    set->each[set->count++] = sum;
    return true;
}

/* Everything that can still grow in *set goes on with each of `more`, or also without when it is optional. */
static void multiply(struct prefixes *set, const struct prefixes *more, bool optional)
{
    struct prefixes product;
    bool fits = true;
    product.count = 0;
    for (size_t i = 0; i < set->count && fits; i++) {
        const struct prefix *a = &set->each[i];
        if (!a->exact) {
            fits = add(&product, a, NULL);
            continue;
        }
        for (size_t k = 0; k < more->count && fits; k++)
            fits = add(&product, a, &more->each[k]);
        if (optional && fits)
            fits = add(&product, a, NULL);
    }
    if (fits)
        *set = product;
    else
        close_all(set);
}

/* ---- the pattern ---- */

static void alternatives(struct slice *s, unsigned depth, struct prefixes *out);

/* Behind an opening bracket: is what stands in it matched as it is? *s is then at its first alternative. */
static bool plain_group(struct slice *s)
{
    struct slice t = *s, rest;
    if (!next_is(t, '?'))
        return true;
    t = slice_from(t, 1);
    if (next_is(t, ':')) {
        *s = slice_from(t, 1);
        return true;
    }
    if (next_is(t, 'P'))
        t = slice_from(t, 1);
    char end = next_is(t, '<') ? '>' : next_is(t, '\'') ? '\'' : '\0';
    if (!end || t.n < 2 || t.p[1] == '=' || t.p[1] == '!')
        return false;
    slice_cut(slice_from(t, 1), end, &rest);
    *s = rest;
    return true;
}

/* Is the atom in front of *s optional, or said how often? Takes the quantifier off. */
enum times { ONCE, OPTIONAL, AT_LEAST_ONCE, ANY_TIMES };

static enum times quantifier(struct slice *s)
{
    enum times times = next_is(*s, '?') ? OPTIONAL : next_is(*s, '+') ? AT_LEAST_ONCE : ANY_TIMES;
    if (s->n == 0 || !memchr("?+*{", s->p[0], 4))
        return ONCE;
    *s = slice_from(*s, 1);
    if (times != ANY_TIMES && s->n && (s->p[0] == '+' || s->p[0] == '?')) /* possessive, lazy */
        *s = slice_from(*s, 1);
    return times;
}

static void follow(struct prefixes *set, const struct prefixes *atom, struct slice *s)
{
    enum times times = quantifier(s);
    if (times == ANY_TIMES) {
        close_all(set);
        return;
    }
    multiply(set, atom, times == OPTIONAL);
    if (times == AT_LEAST_ONCE)
        close_all(set);
}

static void group(struct slice *s, unsigned depth, struct prefixes *set)
{
    struct prefixes inside;
    bool plain = plain_group(s);
    alternatives(s, depth + 1, &inside);
    if (next_is(*s, ')'))
        *s = slice_from(*s, 1);
    if (plain && depth < DEEPEST)
        follow(set, &inside, s);
    else
        close_all(set);
}

static void literal(struct slice *s, char c, struct prefixes *set)
{
    if (s->n && memchr("?+*{", s->p[0], 4)) {
        struct prefixes byte;
        set_empty(&byte, true);
        byte.each[0].p[0] = c;
        byte.each[0].n = 1;
        follow(set, &byte, s);
        return;
    }
    for (size_t i = 0; i < set->count; i++) {
        struct prefix *one = &set->each[i];
        if (one->exact && one->n < PREFIX_BYTES)
            one->p[one->n++] = c;
        else
            one->exact = false;
    }
}

/* One atom with its quantifier. */
static void atom(struct slice *s, unsigned depth, struct prefixes *set)
{
    char c = s->p[0];
    *s = slice_from(*s, 1);
    if (c == '(') {
        group(s, depth, set);
        return;
    }
    if (c == '\\') {
        bool itself = s->n && !alnum(s->p[0]) && (unsigned char)s->p[0] < 0x80;
        c = s->n ? s->p[0] : '\0';
        *s = slice_from(*s, 1);
        if (!itself) {
            close_all(set);
            return;
        }
    } else if (memchr("^$.[?*+{", c, 8)) {
        if (c == '[')
            *s = pass_class(*s);
        close_all(set);
        return;
    }
    literal(s, c, set);
}

static void sequence(struct slice *s, unsigned depth, struct prefixes *set)
{
    set_empty(set, true);
    while (s->n && s->p[0] != '|' && s->p[0] != ')')
        atom(s, depth, set);
}

/* Nothing is kept of groups too deep, so that the stack's use is small: they are only passed. */
static void pass_group(struct slice *s)
{
    unsigned open = 1;
    while (s->n) {
        char c = s->p[0];
        if (c == ')' && --open == 0)
            return;
        *s = slice_from(*s, c == '\\' ? 2 : 1);
        if (c == '[')
            *s = pass_class(*s);
        else if (c == '(')
            open++;
    }
}

static void alternatives(struct slice *s, unsigned depth, struct prefixes *out)
{
    struct prefixes one;
    if (depth > DEEPEST) {
        pass_group(s);
        set_empty(out, false);
        return;
    }
    sequence(s, depth, out);
    while (next_is(*s, '|')) {
        *s = slice_from(*s, 1);
        sequence(s, depth, &one);
        bool fits = true;
        for (size_t i = 0; i < one.count && fits; i++)
            fits = add(out, &one.each[i], NULL);
        if (!fits)
            set_empty(out, false);
    }
}

void prefix_read(struct slice pattern, struct prefixes *out)
{
    set_empty(out, false);
    if (odd(pattern))
        return;
    /* the text is matched at its beginning anyway; in a later alternative a '^' ends the beginning, which is as true */
    if (next_is(pattern, '^'))
        pattern = slice_from(pattern, 1);
    alternatives(&pattern, 0, out);
    if (pattern.n || out->count == 0) /* a bracket too many: not understood */
        set_empty(out, false);
    close_all(out);
}
