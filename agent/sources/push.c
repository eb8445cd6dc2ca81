/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/push.h"

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Takes the last word off. */
static struct slice last_word(struct slice *s)
{
    *s = slice_trim(*s);
    size_t from = s->n;
    while (from && !blank(s->p[from - 1]))
        from--;
    struct slice word = slice_from(*s, from);
    s->n = from;
    return word;
}

static struct slice file_name(struct slice path)
{
    size_t from = path.n;
    while (from && path.p[from - 1] != '/')
        from--;
    return slice_from(path, from);
}

bool push_line(struct slice line, struct push *out)
{
    struct push p;
    struct slice rest = slice_trim(line);
    struct slice to = last_word(&rest), from = last_word(&rest);
    p.address = last_word(&rest);
    rest = slice_trim(rest);
    size_t n = 0;
    while (n < rest.n && !blank(rest.p[n]))
        n++;
    p.uuid = (struct slice){ rest.p, n };
    p.name = slice_trim(slice_from(rest, n));
    p.file = file_name(to);
    if (!slice_is_uuid(p.uuid) || p.address.n == 0 || from.n == 0 || from.p[0] != '/' || to.n == 0 || to.p[0] != '/' ||
        p.file.n == 0)
        return false;
    if (out)
        *out = p;
    return true;
}

void push_read(struct facts *f, struct slice text)
{
    uint64_t number = 0, odd = 0, first_odd = 0;
    while (text.n) {
        struct slice line = slice_trim(slice_cut(text, '\n', &text));
        struct push p;
        number++;
        if (line.n == 0 || line.p[0] == '#')
            continue;
        if (push_line(line, &p)) {
            facts_push(f, number, &p, line);
            facts_peer(f, number, p.uuid, p.name, p.address);
        } else if (odd++ == 0) {
            first_odd = number;
        }
    }
    if (odd)
        facts_problem(f,
            "%llu lines are not \"UUID NAME ADDRESS SOURCE DESTINATION\", the first is line %llu: left out",
            (unsigned long long)odd, (unsigned long long)first_odd);
}

static bool transcript_line(struct slice line, struct push *p)
{
    struct slice rest;
    if (!slice_after(line, SLICE("Failed to push to "), &rest))
        return false;
    *p = (struct push){ .uuid = SLICE(""), .name = rest, .address = SLICE(""), .file = SLICE("") };
    /* the last one: a name may hold anything */
    for (size_t i = 0; i + 4 <= rest.n; i++) {
        if (memcmp(rest.p + i, " = /", 4) == 0) {
            p->name = (struct slice){ rest.p, i };
            p->file = slice_from(rest, i + 3);
        }
    }
    p->file = file_name(p->file);
    p->name = slice_trim(p->name);
    return p->name.n != 0;
}

void push_read_transcript(struct facts *f, struct slice text)
{
    uint64_t number = 0;
    while (text.n) {
        struct slice line = slice_trim(slice_cut(text, '\n', &text));
        struct push p;
        number++;
        if (transcript_line(line, &p))
            facts_push(f, number, &p, line);
    }
}
