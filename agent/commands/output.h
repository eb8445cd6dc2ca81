/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a command's report goes: `-o FORMAT[=FILE]`, `--json`, `--color WHEN`, `-q`, `-v`. Parsed while the options
 * are read, proved writable before the work begins, rendered at its end: files first, standard output last, so that a
 * pager that is left early costs no file.
 *
 *     struct output_set out = { 0 };
 *     ... output_add(&out, "json=report.json", &e), output_color(&out, "never", &e), out.verbosity = 1 ...
 *     output_check(&out, inputs, count, &e);      -- once, after the options
 *     output_render(&out, casefile, diagnosis, &e);
 *     output_clear(&out);
 */
#ifndef AGENT_COMMANDS_OUTPUT_H
#define AGENT_COMMANDS_OUTPUT_H

#include "agent/commands/confine.h"
#include "agent/report/report.h"

enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct output_target {
    const struct report_format *format;
    const char *path; /* borrowed from argv; NULL: standard output */
    int fd;           /* of path, once it is held; else -1 */
};

struct output_set {
    struct output_target *targets;
    size_t count, capacity;
    enum color_when color;
    int verbosity; /* as in struct report_style: -1, 0, 1 */
};

void output_clear(struct output_set *o);

/* "json", "json=report.json", "text=-". An unknown format is ERR_USAGE and names the nearest one. value is borrowed. */
enum err_code output_add(struct output_set *o, const char *value, struct err *e) __attribute__((warn_unused_result));
/* "auto", "always" or "never". */
enum err_code output_color(struct output_set *o, const char *value, struct err *e) __attribute__((warn_unused_result));

/*
 * Text on standard output when nothing was asked for. Refuses two reports for one place, a file that is also one of
 * the inputs, and a file that can't be made: better now than after an hour of reading.
 */
enum err_code output_check(struct output_set *o, const char *const *inputs, size_t input_count, struct err *e)
    __attribute__((warn_unused_result));

/*
 * Opens the reports' files now, for a process that is about to lose its right to: they are then written in place.
 */
enum err_code output_hold(struct output_set *o, struct err *e) __attribute__((warn_unused_result));

/*
 * Renders all of them. A failing one does not keep the others from being written; e holds the first failure. What
 * went to standard output may still be in its buffer: command_finish() looks after it.
 */
enum err_code output_render(const struct output_set *o, const struct casefile *c, const struct diagnosis *d,
    struct err *e) __attribute__((warn_unused_result));

/* How standard output is to look: --color, -q, -v, and what it is connected to. */
void output_style(const struct output_set *o, struct report_style *style);
/*
 * What the process needs from now on is to read, and to write the reports: everything else is taken from it
 * (confine.h). After output_check(), before a thread is started. out tells what came of it.
 */
void output_confine(const struct output_set *o, const char *const *more, size_t more_count, struct confine_state *out);
/* Likewise for one that opens connections. */
void output_confine_online(const struct output_set *o, struct confine_state *out);

/* Is there a report for people on standard output? Then a command may say a word more on stderr. */
bool output_is_for_people(const struct output_set *o);

/* For what a command prints itself: colour for this stream? (--color, NO_COLOR, CLICOLOR_FORCE, CLICOLOR, a terminal)
 */
bool output_colour(enum color_when when, FILE *stream);
/* Columns of the stream's terminal, COLUMNS before that; 0 when it is none. */
int output_width(FILE *stream);
/* Does the locale print UTF-8? */
bool output_unicode(void);

#endif
