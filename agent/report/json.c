/* SPDX-License-Identifier: BSD-2-Clause */
/* One document (design.md section 9), an object per line and per moment: 10,000 peers take no more memory than one. */
#include "agent/diagnosis/forecast.h"
#include "agent/report/formats.h"
#include "agent/report/jsonparts.h"
#include "agent/report/jsonwire.h"

struct writer {
    FILE *out;
    struct buf b;
    bool first; /* of the array */
};

#define BLOCK 65536 /* bytes that are written at once; a FILE has 4096 */

static void flush(struct writer *w)
{
    if (w->b.n >= BLOCK)
        report_put(w->out, &w->b);
}

static void begin(struct writer *w, const char *key)
{
    buf_printf(&w->b, ",\n\"%s\":[", key);
    w->first = true;
}

static void item(struct writer *w)
{
    buf_puts(&w->b, w->first ? "\n " : ",\n ");
    w->first = false;
}

static void end(struct writer *w)
{
    buf_puts(&w->b, w->first ? "]" : "\n]");
    flush(w);
}

/* What captures lead to; logs don't. */
static void wire_arrays(struct writer *w, const struct casefile *c, const struct diagnosis *d)
{
    struct sightings *seen = sightings_new(c);
    begin(w, "certificates");
    for (size_t i = 0; i < sightings_certificates(c); i++, flush(w)) {
        item(w);
        jsonwire_certificate(&w->b, c, seen, i, false);
    }
    end(w);
    sightings_free(seen);
    begin(w, "connections");
    for (size_t i = 0; i < c->wire_count; i++, flush(w)) {
        item(w);
        jsonwire_connection(&w->b, c, d, i, false);
    }
    end(w);
}

enum err_code json_render(
    FILE *out, const struct casefile *c, const struct diagnosis *d, const struct report_style *style, struct err *e)
{
    (void)style;
    struct writer w = { .out = out };
    jsonparts_head(&w.b, c, d, false);
    w.b.n--; /* its brace: the document goes on */
    begin(&w, "sources");
    for (size_t i = 0; i < c->source_count; i++, flush(&w)) {
        item(&w);
        jsonparts_source(&w.b, c, i, false);
    }
    end(&w);
    begin(&w, "problems");
    for (size_t i = 0; i < c->problem_count; i++, flush(&w)) {
        item(&w);
        jsonparts_problem(&w.b, &c->problems[i], false);
    }
    end(&w);
    begin(&w, "peers");
    for (size_t i = 0; i < d->finding_count; i++, flush(&w)) {
        item(&w);
        jsonparts_peer(&w.b, c, d, i, false);
    }
    end(&w);
    if (d->forecast) {
        begin(&w, "forecast");
        for (size_t i = 0; i < d->forecast->count; i++, flush(&w)) {
            item(&w);
            jsonparts_fate(&w.b, c, d, i, false);
        }
        end(&w);
    }
    begin(&w, "noise");
    for (size_t i = 0; i < d->noise_count; i++, flush(&w)) {
        item(&w);
        jsonparts_noise(&w.b, c, &d->noise[i], false);
    }
    end(&w);
    wire_arrays(&w, c, d);
    buf_puts(&w.b, ",\n\"totals\":");
    jsonparts_totals(&w.b, d);
    buf_puts(&w.b, "}\n");
    report_put(out, &w.b);
    buf_clear(&w.b);
    return report_written(out, e);
}
