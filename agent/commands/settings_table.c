/* SPDX-License-Identifier: BSD-2-Clause */
/* The table, and one value of it: checked, and put where it belongs. */
#include "agent/commands/settings_check.h"
#include "agent/commands/settings_parts.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN 100 /* bytes of a value in a message */

const struct setting settings_table[] = {
#define X(id, member, key, type, check, least, most, def, letter, flag, arg, help)                                     \
    [SETTING_##id] = { key, flag, arg, help, def, SETTING_##type, settings_check_##check, least, most,                 \
        offsetof(struct settings, member) },
    SETTINGS(X)
#undef X
        [SETTING_COUNT] = { .key = NULL },
};

struct settings_list *settings_list_of(struct settings *s, const struct setting *t)
{
    return (struct settings_list *)(void *)((char *)s + t->offset);
}

char **settings_text_of(struct settings *s, const struct setting *t)
{
    return (char **)(void *)((char *)s + t->offset);
}

bool *settings_switch_of(struct settings *s, const struct setting *t)
{
    return (bool *)((char *)s + t->offset);
}

uint32_t *settings_number_of(struct settings *s, const struct setting *t)
{
    return (uint32_t *)(void *)((char *)s + t->offset);
}

/* ---- one value ---- */

static enum err_code set_switch(bool *out, const char *text, struct err *e)
{
    static const char *const words[] = { "false", "true", "no", "yes", "off", "on" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0) {
            *out = i % 2;
            return ERR_OK;
        }
    return err_set(e, ERR_CONFIG, "is true or false, not \"%.*s\"", SHOWN, text);
}

static enum err_code set_number(uint32_t *out, const struct setting *t, const char *text, struct err *e)
{
    uint32_t n;
    if (slice_u32(slice_of(text), t->most, &n) && n >= t->least) {
        *out = n;
        return ERR_OK;
    }
    return err_set(e, ERR_CONFIG, "takes a number from %u to %u, not \"%.*s\"", t->least, t->most, SHOWN, text);
}

static enum err_code set_duration(uint32_t *out, const struct setting *t, const char *text, struct err *e)
{
    char least[SETTINGS_DURATION_TEXT], most[SETTINGS_DURATION_TEXT];
    bool off = t->type == SETTING_DURATION_OR_OFF;
    uint32_t n;
    if (!settings_check_duration(text, &n))
        return err_set(e, ERR_CONFIG, "takes seconds, or 90s, 15m, 2h, 7d, not \"%.*s\"", SHOWN, text);
    if ((n < t->least || n > t->most) && !(off && n == 0))
        return err_set(e, ERR_CONFIG, "takes %s%s to %s, not \"%.*s\"", off ? "0 or " : "",
            settings_check_period(t->least, least), settings_check_period(t->most, most), SHOWN, text);
    *out = n;
    return ERR_OK;
}

static enum err_code check_text(const struct setting *t, const char *text, bool from_flag, struct err *e)
{
    if (strlen(text) > CAP_PATH_BYTES)
        return err_set(e, ERR_CONFIG, "is longer than %d bytes (cap path-bytes)", CAP_PATH_BYTES);
    if (!settings_check_shown(text))
        return err_set(e, ERR_CONFIG, "has control characters or bytes that are no UTF-8");
    if (!text[0] && (t->type == SETTING_LIST || t->least))
        return err_set(e, ERR_CONFIG, "can't be empty");
    return text[0] && t->check ? t->check(text, from_flag, e) : ERR_OK;
}

static enum err_code set_text(char **out, const struct setting *t, const char *text, bool from_flag, struct err *e)
{
    enum err_code rc = check_text(t, text, from_flag, e);
    if (rc == ERR_OK && strlen(text) > t->most)
        rc = err_set(e, ERR_CONFIG, "is longer than %u bytes", t->most);
    if (rc != ERR_OK)
        return rc;
    free(*out);
    *out = mem_strdup(text);
    return ERR_OK;
}

static enum err_code add_entry(
    struct settings_list *l, const struct setting *t, const char *text, bool from_flag, struct err *e)
{
    enum err_code rc = check_text(t, text, from_flag, e);
    if (rc == ERR_OK && l->n >= t->most)
        rc = err_set(e, ERR_CONFIG, "has more than %u entries (cap config-items)", t->most);
    if (rc != ERR_OK)
        return rc;
    l->items = mem_resize(l->items, l->n + 2, sizeof *l->items);
    l->items[l->n++] = mem_strdup(text);
    l->items[l->n] = NULL;
    return ERR_OK;
}

enum err_code settings_set(struct settings *s, const struct setting *t, const char *text, bool from_flag, struct err *e)
{
    enum err_code rc = ERR_OK;
    switch (t->type) {
    case SETTING_LIST: rc = add_entry(settings_list_of(s, t), t, text, from_flag, e); break;
    case SETTING_TEXT: rc = set_text(settings_text_of(s, t), t, text, from_flag, e); break;
    case SETTING_SWITCH: rc = set_switch(settings_switch_of(s, t), text, e); break;
    case SETTING_NUMBER: rc = set_number(settings_number_of(s, t), t, text, e); break;
    case SETTING_DURATION:
    case SETTING_DURATION_OR_OFF: rc = set_duration(settings_number_of(s, t), t, text, e); break;
    }
    if (rc != ERR_OK) {
        char sentence[ERR_TEXT_MAX];
        memcpy(sentence, e->text, sizeof sentence);
        err_set(e, rc, "%s%s %s", from_flag ? "--" : "", from_flag ? t->flag : t->key, sentence);
    }
    return rc;
}

/* ---- all of them ---- */

void settings_list_clear(struct settings_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->items[i]);
    free(l->items);
    *l = (struct settings_list){ NULL, 0 };
}

void settings_clear(struct settings *s)
{
    for (const struct setting *t = settings_table; t->key; t++) {
        if (t->type == SETTING_LIST)
            settings_list_clear(settings_list_of(s, t));
        if (t->type == SETTING_TEXT)
            free(*settings_text_of(s, t));
    }
    *s = (struct settings){ .logs = { NULL, 0 } };
}

static void set_default(struct settings *s, const struct setting *t, const char *text)
{
    struct err e;
    if (settings_set(s, t, text, false, &e) != ERR_OK)
        abort(); /* the table contradicts itself: no test would pass */
}

void settings_init(struct settings *s)
{
    *s = (struct settings){ .logs = { NULL, 0 } };
    for (const struct setting *t = settings_table; t->key; t++) {
        struct slice rest = slice_of(t->def);
        if (t->type != SETTING_LIST) {
            set_default(s, t, t->def);
            continue;
        }
        while (rest.n) {
            struct slice one = slice_cut(rest, ',', &rest);
            char *text = mem_strndup(one.p, one.n);
            set_default(s, t, text);
            free(text);
        }
    }
}
