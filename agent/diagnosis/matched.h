/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line of a log that is followed, as those who read it hand it to those who judge it: where it stands, its
 * envelope, and what the rule that took it captured. As bytes it crosses a pipe, and lies in the store while its
 * attempt is open; they are taken apart again with every length checked, since they come from the process that parses
 * hostile lines.
 */
#ifndef AGENT_DIAGNOSIS_MATCHED_H
#define AGENT_DIAGNOSIS_MATCHED_H

#include "base/buf.h"
#include "base/err.h"
#include "rules/envelope.h"
#include "rules/event.h"

#define MATCHED_TEXT_HINT 16 /* bytes of the message that tell the sides apart */

struct matched {
    uint32_t log;         /* the how-manieth of those that are followed */
    uint64_t order;       /* generation */
    uint64_t offset;      /* where the line begins in it */
    bool catching_up;     /* it lay there when it was read */
    bool known;           /* a rule took it; else it only moves the clock, and has neither event nor text */
    bool told;            /* in the store: the last line of an attempt that was told before it was over */
    struct envelope line; /* of its text only the first MATCHED_TEXT_HINT bytes; no process, module, level */
    struct event event;   /* its rule is 0 */
    struct slice text;    /* the raw line, at most CAP_EVIDENCE_BYTES; empty where it proves nothing */
};

/* ev NULL: not known. raw: the whole line. */
void matched_make(struct matched *m, const struct envelope *line, const struct event *ev, struct slice raw);
void matched_print(struct buf *b, const struct matched *m);
/* Everything in *m borrows from bytes. ERR_DATA: it is no such record. */
enum err_code matched_parse(struct slice bytes, struct matched *m) __attribute__((warn_unused_result));

#endif
