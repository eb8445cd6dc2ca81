/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/prefix.h"

static bool alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* After a '[': behind the matching ']'. A ']' that comes first is a member, and so is what [:class:] holds. */
static struct slice pass_class(struct slice s)
{
    if (s.n && s.p[0] == '^')
        s = slice_from(s, 1);
    if (s.n && s.p[0] == ']')
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

/* After a '(': is this one of the rare forms whose inside can't be read by counting brackets? */
static bool odd_group(struct slice s)
{
    if (s.n == 0)
        return false;
    if (s.p[0] == '*') /* a verb */
        return true;
    if (s.p[0] != '?' || s.n == 1)
        return false;
    if (s.p[1] == '#' || s.p[1] == 'C') /* a comment, a call-out with a string */
        return true;
    for (size_t i = 1; i < s.n && (alnum(s.p[i]) || s.p[i] == '^' || s.p[i] == '-'); i++)
        if (s.p[i] == 'x') /* comments and blanks from here on; a group's name comes after '<' */
            return true;
    return false;
}

/* Does all of the pattern hang on its beginning: no alternative beside it, nothing that hides one? */
static bool single_branch(struct slice s)
{
    unsigned depth = 0;
    while (s.n) {
        char c = s.p[0];
        struct slice rest = slice_from(s, 1);
        switch (c) {
        case '\\':
            if (rest.n && (rest.p[0] == 'Q' || rest.p[0] == 'E'))
                return false;
            rest = slice_from(rest, 1);
            break;
        case '[': rest = pass_class(rest); break;
        case '(':
            if (odd_group(rest))
                return false;
            depth++;
            break;
        case ')':
            if (depth)
                depth--;
            break;
        case '|':
            if (depth == 0)
                return false;
            break;
        default: break;
        }
        s = rest;
    }
    return true;
}

/* One literal byte at the beginning of *s, taken off it; false where something else stands. */
static bool literal(struct slice *s, char *byte)
{
    if (s->n == 0)
        return false;
    size_t used = 1;
    char c = s->p[0];
    if (c == '\\') {
        if (s->n < 2 || alnum(s->p[1]) || (unsigned char)s->p[1] >= 0x80)
            return false;
        c = s->p[1];
        used = 2;
    } else if (memchr("^$.[|()?*+{", c, 11)) {
        return false;
    }
    *byte = c;
    *s = slice_from(*s, used);
    return true;
}

size_t prefix_read(struct slice pattern, char *out, size_t most)
{
    size_t n = 0;
    char c;
    if (!single_branch(pattern))
        return 0;
    if (slice_starts(pattern, SLICE("^")))
        pattern = slice_from(pattern, 1);
    while (n < most && literal(&pattern, &c)) {
        char next = pattern.n ? pattern.p[0] : '\0';
        if (next == '?' || next == '*' || next == '{') /* it may be missing */
            break;
        out[n++] = c;
        if (next == '+')
            break;
    }
    return n;
}
