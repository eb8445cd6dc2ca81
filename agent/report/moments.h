/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told while a capture goes on: connections as their handshakes end, without the frame of a report. */
#ifndef AGENT_REPORT_MOMENTS_H
#define AGENT_REPORT_MOMENTS_H

#include "agent/report/report.h"

struct moments {
    FILE *out;
    const struct report_format *format; /* NULL: nothing is told */
    struct report_style style;
    uint32_t certificates; /* of the table, told already */
};

/* Can this format be written piece by piece? text and ndjson can. */
bool moments_can(const struct report_format *f);
/*
 * The connections of c, and for programs the certificates that are new since the last call: c->certs must be the same
 * table each time. Writes and flushes.
 */
enum err_code moments_tell(struct moments *m, const struct casefile *c, const struct diagnosis *d, struct err *e)
    __attribute__((warn_unused_result));

/* How a capture without an end goes; a line of NDJSON, and nothing in text. */
struct moments_progress {
    const char *path; /* the interface */
    uint64_t frames, handshakes, lost;
};
enum err_code moments_progress(struct moments *m, const struct moments_progress *p, struct err *e)
    __attribute__((warn_unused_result));

#endif
