/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files behind settings.h share. */
#ifndef AGENT_COMMANDS_SETTINGS_PARTS_H
#define AGENT_COMMANDS_SETTINGS_PARTS_H

#include "agent/commands/settings.h"
#include "agent/commands/settings_table.h"

struct setting_origin {
    char *file; /* NULL: the default, or a flag */
    unsigned line, column;
    bool flag;
};

struct settings_origins {
    struct setting_origin of[SETTING_COUNT];
    unsigned files; /* read */
};

/* The setting's value within s, as what its type says. */
struct settings_list *settings_list_of(struct settings *s, const struct setting *t);
char **settings_text_of(struct settings *s, const struct setting *t);
bool *settings_switch_of(struct settings *s, const struct setting *t);
uint32_t *settings_number_of(struct settings *s, const struct setting *t);

/*
 * One value, or one more entry of a list, checked. Wrong: ERR_CONFIG, e begins with the setting's key (or its flag),
 * and s is as it was.
 */
enum err_code settings_set(struct settings *s, const struct setting *t, const char *text, bool from_flag, struct err *e)
    __attribute__((warn_unused_result));
void settings_list_clear(struct settings_list *l);

/* "default", "FILE:LINE", "--flag". */
void settings_origin_print(struct buf *b, const struct settings_origins *o, enum setting_id id);

#endif
