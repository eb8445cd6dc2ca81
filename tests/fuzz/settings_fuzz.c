/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a configuration. What is refused is refused with its place; what is accepted is printed, and what is
 * printed says the same when it is read again. Any bytes as the value of each flag, too: a wrong one changes nothing.
 */
#include "agent/commands/settings.h"
#include "agent/commands/settings_table.h"
#include "base/mem.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_again(const struct settings *s)
{
    struct settings again;
    struct buf one = { 0 }, two = { 0 };
    struct err e = { .text = "" };
    settings_print(&one, s, NULL, true);
    settings_init(&again);
    enum err_code rc = settings_read("again", buf_as_slice(&one), &again, NULL, &e);
    if (rc != ERR_OK)
        fprintf(stderr, "%s\n%s", e.text, one.p);
    FUZZ_ASSERT(rc == ERR_OK);
    settings_print(&two, &again, NULL, true);
    FUZZ_ASSERT(one.n == two.n && memcmp(one.p, two.p, one.n) == 0);
    buf_clear(&one);
    buf_clear(&two);
    settings_clear(&again);
}

static void flags(struct settings *s, const char *value)
{
    for (const struct setting *t = settings_table; t->key; t++) {
        struct buf before = { 0 }, after = { 0 };
        struct err e = { .text = "" };
        settings_print(&before, s, NULL, false);
        enum err_code rc = settings_flag(s, NULL, t->flag, value, &e);
        settings_print(&after, s, NULL, false);
        FUZZ_ASSERT(rc == ERR_OK || (rc == ERR_USAGE && strstr(e.text, t->flag) && strcmp(before.p, after.p) == 0));
        buf_clear(&before);
        buf_clear(&after);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings s;
    struct err e = { .text = "" };
    char *value = mem_strndup((const char *)data, size);
    settings_init(&s);
    if (settings_read("file", (struct slice){ (const char *)data, size }, &s, NULL, &e) == ERR_OK)
        read_again(&s);
    else
        FUZZ_ASSERT(e.code == ERR_CONFIG && strncmp(e.text, "file:", 5) == 0 && strlen(e.text) > 6);
    (void)!settings_finish(&s, NULL, &e);
    flags(&s, value);
    settings_clear(&s);
    free(value);
    return 0;
}
