/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/jsonwrite.h"

static void value(struct json *j)
{
    if (j->more)
        buf_putc(j->b, ',');
    j->more = true;
}

void json_open(struct json *j, char bracket)
{
    value(j);
    buf_putc(j->b, bracket);
    j->more = false;
}

void json_close(struct json *j, char bracket)
{
    buf_putc(j->b, bracket);
    j->more = true;
}

void json_key(struct json *j, const char *key)
{
    size_t n = strlen(key);
    value(j);
    char *p = buf_more(j->b, n + 3);
    p[0] = '"';
    memcpy(p + 1, key, n);
    memcpy(p + 1 + n, "\":", 2);
    j->more = false;
}

void json_none(struct json *j)
{
    value(j);
    buf_put(j->b, "null", 4);
}

void json_bool(struct json *j, bool value_)
{
    value(j);
    buf_puts(j->b, value_ ? "true" : "false");
}

void json_number(struct json *j, uint64_t n)
{
    value(j);
    buf_number(j->b, n);
}

void json_signed(struct json *j, int64_t n)
{
    if (n >= 0) {
        json_number(j, (uint64_t)n);
        return;
    }
    value(j);
    buf_putc(j->b, '-');
    j->more = false;
    json_number(j, -(uint64_t)n);
}

static void put_unit(struct buf *b, uint32_t unit)
{
    static const char hex[] = "0123456789ABCDEF";
    char text[6] = { '\\', 'u', hex[unit >> 12 & 15], hex[unit >> 8 & 15], hex[unit >> 4 & 15], hex[unit & 15] };
    buf_put(b, text, sizeof text);
}

static void put_code_point(struct buf *b, uint32_t c)
{
    if (c >= 0x10000) { /* a surrogate pair (RFC 8259 7) */
        put_unit(b, 0xd800 + ((c - 0x10000) >> 10));
        c = 0xdc00 + ((c - 0x10000) & 0x3ff);
    }
    put_unit(b, c);
}

static uint32_t code_point(const unsigned char *p, size_t length)
{
    static const unsigned char lead[5] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    uint32_t c = p[0] & lead[length];
    for (size_t i = 1; i < length; i++)
        c = c << 6 | (p[i] & 0x3f);
    return c;
}

/* What can't stand in a string as it is; returns the number of bytes that it took. */
static size_t put_special(struct buf *b, struct slice s)
{
    static const char plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
    size_t length = utf8_length(s);
    const char *known = s.p[0] ? strchr(plain, s.p[0]) : NULL;
    if (known) {
        buf_putc(b, '\\');
        buf_putc(b, letter[known - plain]);
    } else if (length == 0) {
        put_unit(b, 0xfffd);
    } else if (s.p[0] == '\0') {
        put_unit(b, 0x2400);
    } else {
        put_code_point(b, code_point((const unsigned char *)s.p, length));
    }
    return length ? length : 1;
}

static bool ordinary(char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; /* plain char is signed or not: above 0x7e is neither way */
}

void json_text(struct json *j, struct slice s)
{
    value(j);
    buf_putc(j->b, '"');
    while (s.n) {
        size_t n = 0;
        while (n < s.n && ordinary(s.p[n]))
            n++;
        buf_put(j->b, s.p, n);
        s = slice_from(s, n);
        if (s.n)
            s = slice_from(s, put_special(j->b, s));
    }
    buf_putc(j->b, '"');
}

void json_put_number(struct json *j, const char *key, uint64_t n)
{
    json_key(j, key);
    json_number(j, n);
}

void json_put_bool(struct json *j, const char *key, bool value_)
{
    json_key(j, key);
    json_bool(j, value_);
}

void json_put_text(struct json *j, const char *key, const char *text)
{
    json_key(j, key);
    if (text)
        json_text(j, slice_of(text));
    else
        json_none(j);
}

void json_put_text_or_null(struct json *j, const char *key, const char *text)
{
    json_put_text(j, key, text && text[0] ? text : NULL);
}

void json_put_buf(struct json *j, const char *key, struct buf *text)
{
    json_key(j, key);
    if (text->n)
        json_text(j, buf_as_slice(text));
    else
        json_none(j);
    buf_reset(text);
}
