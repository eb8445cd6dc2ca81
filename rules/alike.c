/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/alike.h"

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool hex(char c)
{
    return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool word_byte(char c)
{
    return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool ends_here(struct slice s, size_t n)
{
    return n == s.n || !word_byte(s.p[n]);
}

/* Each of these: how many bytes from the beginning of s are one; 0 for none. */

static size_t uuid(struct slice s)
{
    bool here = s.n >= UUID_BYTES && slice_is_uuid((struct slice){ s.p, UUID_BYTES });
    return here && ends_here(s, UUID_BYTES) ? UUID_BYTES : 0;
}

static size_t ipv4(struct slice s)
{
    size_t i = 0, groups = 0;
    for (; groups < 4; groups++) {
        size_t from = i;
        if (groups && (i == s.n || s.p[i++] != '.'))
            return 0;
        from = i;
        while (i < s.n && i - from < 3 && digit(s.p[i]))
            i++;
        if (i == from)
            return 0;
    }
    return ends_here(s, i) ? i : 0;
}

/* Hex groups and at least two colons; a clock time is one, too, which is as well. */
static size_t ipv6(struct slice s)
{
    size_t i = 0, colons = 0, digits = 0;
    for (; i < s.n && (hex(s.p[i]) || s.p[i] == ':'); i++) {
        colons += s.p[i] == ':';
        digits = s.p[i] == ':' ? 0 : digits + 1;
        if (digits > 4)
            return 0;
    }
    while (i && colons && s.p[i - 1] == ':' && !(i > 1 && s.p[i - 2] == ':')) { /* "::1:" was the end of a phrase */
        i--;
        colons--;
    }
    return colons >= 2 && i > 2 && ends_here(s, i) ? i : 0;
}

/* "0x" and digits, or at least eight digits of which one is a letter, or an OpenSSL code. */
static size_t hex_number(struct slice s)
{
    bool prefixed = s.n > 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X');
    size_t i = prefixed ? 2 : 0, from = i;
    bool letter = false, figure = false;
    for (; i < s.n && hex(s.p[i]); i++) {
        letter |= !digit(s.p[i]);
        figure |= digit(s.p[i]);
    }
    if (i == from || !ends_here(s, i))
        return 0;
    return prefixed || (i >= 8 && letter && figure) ? i : 0;
}

static size_t number(struct slice s)
{
    size_t i = 0;
    while (i < s.n && digit(s.p[i]))
        i++;
    return i;
}

static const struct {
    size_t (*length)(struct slice s);
    const char *word;
    bool inside; /* of a word, too: "br1", "FTD7a" */
} kinds[] = {
    { uuid, "<uuid>", false },
    { ipv4, "<ip>", false },
    { ipv6, "<ip>", false },
    { hex_number, "<hex>", false },
    { number, "<n>", true },
};

void alike_print(struct buf *b, struct slice text)
{
    bool in_word = false;
    while (text.n) {
        size_t taken = 0;
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !taken; i++) {
            if (in_word && !kinds[i].inside)
                continue;
            taken = kinds[i].length(text);
            if (taken)
                buf_puts(b, kinds[i].word);
        }
        if (!taken) {
            taken = 1;
            buf_putc(b, text.p[0]);
        }
        in_word = word_byte(text.p[taken - 1]);
        text = slice_from(text, taken);
    }
}
