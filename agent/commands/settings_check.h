/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one value must be, by text alone: nothing is looked up in the world. Each is a setting_check: e says what is
 * wanted instead, as the end of a sentence that begins with the setting's name. The code is the caller's business.
 */
#ifndef AGENT_COMMANDS_SETTINGS_CHECK_H
#define AGENT_COMMANDS_SETTINGS_CHECK_H

#include "agent/commands/settings_table.h"

#define settings_check_none NULL /* of settings_table.h: the bounds are all */

enum err_code settings_check_path(const char *text, bool from_flag, struct err *e);
enum err_code settings_check_from(const char *text, bool from_flag, struct err *e);
enum err_code settings_check_user(const char *text, bool from_flag, struct err *e);
enum err_code settings_check_word(const char *text, bool from_flag, struct err *e);
enum err_code settings_check_interface(const char *text, bool from_flag, struct err *e);
/* FORMAT[=TARGET]; which targets a format can have is the outlet's business. */
enum err_code settings_check_output(const char *text, bool from_flag, struct err *e);
/*
 * ADDRESS:PORT or unix:PATH. Whoever asks for metrics learns which peers there are, without a password: so the address
 * must be loopback (127.0.0.0/8, [::1], localhost).
 */
enum err_code settings_check_metrics(const char *text, bool from_flag, struct err *e);

/* The path of a UNIX socket, no longer than the system takes. */
enum err_code settings_check_socket(const char *path, bool from_flag, struct err *e);

/* What every text must be: valid UTF-8 that can be shown and written to a file as it is. */
bool settings_check_shown(const char *text);
/* Plain seconds, or with a unit: 90s, 15m, 2h, 7d. false: something else, or over 32 bits. */
bool settings_check_duration(const char *text, uint32_t *seconds);
/* As in print: 7d, 90s; for bounds in messages. */
#define SETTINGS_DURATION_TEXT 16
const char *settings_check_period(uint32_t seconds, char out[SETTINGS_DURATION_TEXT]);

#endif
