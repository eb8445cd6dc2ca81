/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/endjudge.h"

/* The offset of the line that the evidence names by its number in the attempt. */
static void place(const struct attempt_end *closing, const struct evidence *e, struct tell_line *out)
{
    struct matched m;
    if (e->line == 0 || e->line > closing->record_count || matched_parse(closing->records[e->line - 1], &m) != ERR_OK)
        return;
    out->offset = m.offset;
}

static void take_evidence(struct end_judgement *j, const struct attempt_end *closing, const char *log)
{
    for (size_t i = 0; i < j->finding->evidence_count && j->line_count < TELL_LINES; i++) {
        const struct evidence *e = &j->finding->evidence[i];
        if (!e->supports || e->source == SOURCE_NO || !e->text || !*e->text)
            continue;
        struct tell_line *line = &j->lines[j->line_count++];
        *line = (struct tell_line){ .text = e->text, .means = e->means, .log = log };
        place(closing, e, line);
    }
}

void end_judge(const struct attempt_end *closing, const char *log, int64_t now, struct end_judgement *out)
{
    struct year_hint year = { .written = now, .basis = YEAR_NOW };
    memset(out, 0, sizeof *out);
    out->c.now = now;
    uint32_t source = casefile_source(&out->c, log, SOURCE_LOG, UNIT_NONE);
    struct segment *s = segment_new(true, year);
    for (size_t i = 0; i < closing->record_count; i++) {
        struct matched m;
        struct fact fact;
        if (matched_parse(closing->records[i], &m) != ERR_OK)
            continue;
        struct line_ref ref = { source, i + 1, m.text };
        segment_limit_step(s, 0); /* they are one attempt, whatever the clock did */
        if (m.known)
            segment_decode(s, &m.event, &fact);
        segment_add(s, &m.line, m.known ? &fact : NULL, &ref);
        segment_release(s);
    }
    casefile_stream(&out->c, s);
    diagnose(&out->c, &out->d);
    for (size_t i = 0; i < out->d.finding_count && !out->finding; i++)
        if (slice_eq(slice_of(out->d.findings[i].address), closing->address))
            out->finding = &out->d.findings[i];
    if (out->finding)
        take_evidence(out, closing, log);
}

void end_judgement_clear(struct end_judgement *j)
{
    diagnosis_clear(&j->d);
    casefile_clear(&j->c);
    j->finding = NULL;
    j->line_count = 0;
}
