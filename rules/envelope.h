/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The syslog envelope of one line, as the appliances write it and as relays rewrite it:
 *
 *   [<PRI>]Mon D HH:MM:SS host SF-IMS[pid]: [tid] process:module [LEVEL] text
 *
 * also with an ISO 8601 / RFC 3339 stamp, RFC 5424's "1 " version, without the bracketed part, as "last message
 * repeated N times", and cut anywhere. Pure: no allocation, no clock; every slice borrows from the line.
 */
#ifndef RULES_ENVELOPE_H
#define RULES_ENVELOPE_H

#include "base/civil.h"
#include "base/slice.h"

enum level { LEVEL_NONE, LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR, LEVEL_CRITICAL };

enum envelope_kind {
    ENVELOPE_NONE,     /* not a syslog line: nothing is filled but text (the whole line) */
    ENVELOPE_SYSLOG,   /* stamp and host; text is the rest ("kernel: ...") */
    ENVELOPE_IMS,      /* and SF-IMS[pid]:, without the bracketed part */
    ENVELOPE_FULL,     /* and [tid] process:module [LEVEL] */
    ENVELOPE_REPEATED, /* "last message repeated N times": stamp, host, repeated */
};

struct envelope {
    enum envelope_kind kind;
    bool year_known;      /* the stamp had a year; else the year in `time` is 0 */
    civil time;           /* UTC (an ISO stamp's offset is taken off); CIVIL_NONE without a stamp */
    struct slice host;    /* may be empty */
    uint32_t pid, tid;    /* 0 when not said */
    struct slice process; /* "sftunneld" */
    struct slice module;  /* "sf_ssl"; may be empty */
    enum level level;
    uint32_t repeated; /* N of "last message repeated N times" and of "message repeated N times: [...]"; else 0 */
    struct slice text; /* what follows the envelope, without CR and trailing blanks */
};

/* line: without its newline. Never fails: what can't be read is ENVELOPE_NONE. */
void envelope_parse(struct slice line, struct envelope *out);

/*
 * What the lines before had in common with this one, so that it need not be read again: the stamp, and
 * "process:module [LEVEL] ". Zero-initialised is empty; belongs to one thread; changes nothing about the result.
 */
#define ENVELOPE_ORIGINS 16
struct envelope_hint {
    char stamp[16]; /* "Sep 20 04:10:47 " */
    civil time;     /* CIVIL_NONE or 0 with stamp[0] == 0: none yet */
    struct envelope_origin {
        char text[48];
        uint8_t bytes, process, module; /* lengths: of all, of the process, of the module */
        enum level level;
    } origin[ENVELOPE_ORIGINS];
    unsigned next;
};

/*
 * Fills *out, as envelope_parse would, when the line has a whole envelope and all of it resembles lines before; else
 * false and *out is undefined.
 */
bool envelope_recall(const struct envelope_hint *hint, struct slice line, struct envelope *out);
/* Remembers a line of which *e was parsed, if it is of the common form. */
void envelope_remember(struct envelope_hint *hint, struct slice line, const struct envelope *e);

/* "INFO", "" for LEVEL_NONE. */
const char *level_name(enum level level);
/* LEVEL_NONE for an unknown word. */
enum level level_parse(struct slice word);

#endif
