/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One diagnosis, many renderers. A renderer turns it into bytes on a FILE; it decides nothing. Same input, same
 * bytes. Every string from outside is escaped for its format.
 */
#ifndef AGENT_REPORT_REPORT_H
#define AGENT_REPORT_REPORT_H

#include "agent/diagnosis/diagnose.h"
#include "base/err.h"

#include <stdio.h>

struct report_style {
    bool colour;
    bool unicode;  /* else ASCII only for our own signs */
    int width;     /* columns; 0: do not fit (piped) */
    int verbosity; /* 0 normal; -1 quiet: verdict lines only; 1: all evidence, all sources */
};

typedef enum err_code report_render(
    FILE *out, const struct casefile *c, const struct diagnosis *d, const struct report_style *style, struct err *e);

struct report_format {
    const char *name; /* "text", "json", "ndjson" */
    const char *help;
    report_render *render;
    unsigned mode; /* of a file that is made; 0: what the umask allows */
};

extern const struct report_format report_formats[]; /* ended by a NULL name */
const struct report_format *report_format_find(struct slice name);

/* Can report_to_file() write there? Proved by making the temporary file and removing it again. */
enum err_code report_check_file(const char *path, struct err *e) __attribute__((warn_unused_result));

/*
 * A file that appears whole or not at all: a temporary file in the same folder, fsync, rename. A device,
 * FIFO or "/dev/stdout" is written in place. A file that is replaced keeps its mode; a new one gets this mode, or 0:
 * what the umask allows.
 */
typedef enum err_code report_fill(FILE *out, void *arg, struct err *e);
enum err_code report_write_file(const char *path, unsigned mode, report_fill *f, void *arg, struct err *e)
    __attribute__((warn_unused_result));
/* Likewise a report, with its format's mode. */
enum err_code report_to_file(const struct report_format *f, const char *path, const struct casefile *c,
    const struct diagnosis *d, const struct report_style *style, struct err *e) __attribute__((warn_unused_result));

/* What report_to_file() needs to be able to change: the folder, or the device or pipe itself. free() it. */
char *report_place(const char *path);

/* The catalog of verdicts, or the `count` ones of ids, as one JSON document: for `explain --json`. */
void report_verdicts_json(FILE *out, const enum verdict_id *ids, size_t count);

#endif
