/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/moments.h"

#include "agent/report/formats.h"
#include "agent/report/jsonwire.h"
#include "agent/report/jsonwrite.h"
#include "agent/report/textwire.h"

bool moments_can(const struct report_format *f)
{
    return f->render == text_render || f->render == ndjson_render;
}

static void line(struct moments *m, struct buf *b)
{
    buf_putc(b, '\n');
    report_put(m->out, b);
}

static void tell_lines(struct moments *m, const struct casefile *c, const struct diagnosis *d)
{
    struct buf b = { 0 };
    struct sightings *seen = sightings_new(c);
    for (; m->certificates < sightings_certificates(c); m->certificates++) {
        jsonwire_certificate(&b, c, seen, m->certificates, true);
        line(m, &b);
    }
    sightings_free(seen);
    for (size_t i = 0; i < c->wire_count; i++) {
        jsonwire_connection(&b, c, d, i, true);
        line(m, &b);
    }
    buf_clear(&b);
}

static void tell_blocks(struct moments *m, const struct casefile *c, const struct diagnosis *d)
{
    struct layout l;
    layout_init(&l, m->out, &m->style);
    textwire_blocks(&l, c, d);
    layout_clear(&l);
}

enum err_code moments_tell(struct moments *m, const struct casefile *c, const struct diagnosis *d, struct err *e)
{
    if (m->format->render == ndjson_render)
        tell_lines(m, c, d);
    else
        tell_blocks(m, c, d);
    return report_written(m->out, e);
}

enum err_code moments_progress(struct moments *m, const struct moments_progress *p, struct err *e)
{
    struct buf b = { 0 };
    struct json j = { .b = &b };
    if (m->format->render != ndjson_render)
        return ERR_OK;
    json_open(&j, '{');
    json_put_text(&j, "type", "progress");
    json_put_text(&j, "path", p->path);
    json_put_number(&j, "frames", p->frames);
    json_put_number(&j, "handshakes", p->handshakes);
    json_put_number(&j, "lost", p->lost);
    json_close(&j, '}');
    line(m, &b);
    buf_clear(&b);
    return report_written(m->out, e);
}
