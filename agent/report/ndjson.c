/* SPDX-License-Identifier: BSD-2-Clause */
/* One object per line, each with its "type"; the last one is the summary: without it the output is not complete. */
#include "agent/diagnosis/forecast.h"
#include "agent/report/formats.h"
#include "agent/report/jsonparts.h"
#include "agent/report/jsonwire.h"

static void line(FILE *out, struct buf *b)
{
    buf_putc(b, '\n');
    report_put(out, b);
}

enum err_code ndjson_render(
    FILE *out, const struct casefile *c, const struct diagnosis *d, const struct report_style *style, struct err *e)
{
    (void)style;
    struct buf b = { 0 };
    for (size_t i = 0; i < c->source_count; i++) {
        jsonparts_source(&b, c, i, true);
        line(out, &b);
    }
    for (size_t i = 0; i < c->problem_count; i++) {
        jsonparts_problem(&b, &c->problems[i], true);
        line(out, &b);
    }
    for (size_t i = 0; i < d->finding_count; i++) {
        jsonparts_peer(&b, c, d, i, true);
        line(out, &b);
    }
    for (size_t i = 0; d->forecast && i < d->forecast->count; i++) {
        jsonparts_fate(&b, c, d, i, true);
        line(out, &b);
    }
    for (size_t i = 0; i < d->noise_count; i++) {
        jsonparts_noise(&b, c, &d->noise[i], true);
        line(out, &b);
    }
    struct sightings *seen = sightings_new(c);
    for (size_t i = 0; i < sightings_certificates(c); i++) {
        jsonwire_certificate(&b, c, seen, i, true);
        line(out, &b);
    }
    sightings_free(seen);
    for (size_t i = 0; i < c->wire_count; i++) {
        jsonwire_connection(&b, c, d, i, true);
        line(out, &b);
    }
    jsonparts_head(&b, c, d, true);
    line(out, &b);
    buf_clear(&b);
    return report_written(out, e);
}
