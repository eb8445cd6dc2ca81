/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/promtext.h"

void promtext_clear(struct promtext *t)
{
    strings_free(t->seen);
    buf_clear(&t->b);
    buf_clear(&t->labels);
    buf_clear(&t->scratch);
    *t = (struct promtext){ .seen = NULL };
}

void promtext_metric(struct promtext *t, const char *name, const char *type, const char *help)
{
    strings_free(t->seen);
    t->seen = strings_new(UINT32_MAX);
    buf_printf(&t->b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void promtext_label(struct promtext *t, const char *name, const char *value)
{
    if (!value || !value[0])
        return;
    buf_reset(&t->scratch);
    buf_terminal(&t->scratch, slice_of(value));
    buf_printf(&t->labels, "%s%s=\"", t->labels.n ? "," : "", name);
    for (size_t i = 0; i < t->scratch.n; i++) {
        char c = t->scratch.p[i];
        if (c == '\\' || c == '"')
            buf_putc(&t->labels, '\\');
        if (c == '\n')
            buf_puts(&t->labels, "\\n");
        else
            buf_putc(&t->labels, c);
    }
    buf_putc(&t->labels, '"');
}

/* The name and the labels that were put; false: this series was there before. */
static bool begin(struct promtext *t, const char *name)
{
    uint32_t before = strings_count(t->seen);
    bool first = !t->labels.n || strings_add(t->seen, buf_as_slice(&t->labels)) > before;
    if (first) {
        buf_puts(&t->b, name);
        if (t->labels.n)
            buf_printf(&t->b, "{%s}", t->labels.p);
    }
    buf_reset(&t->labels);
    return first;
}

void promtext_sample(struct promtext *t, const char *name, int64_t value)
{
    if (begin(t, name))
        buf_printf(&t->b, " %lld\n", (long long)value);
}

void promtext_seconds(struct promtext *t, const char *name, uint64_t nanoseconds)
{
    if (begin(t, name))
        buf_printf(&t->b, " %llu.%09llu\n", (unsigned long long)(nanoseconds / 1000000000),
            (unsigned long long)(nanoseconds % 1000000000));
}
