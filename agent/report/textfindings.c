/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/textfindings.h"

#include "base/mem.h"

#include <stdlib.h>

#define INDENT_BLOCK 2
#define INDENT_PEER 4
#define INDENT_TEXT 13 /* of what stands behind a label: "against  " and a blank */

/* Findings of one verdict on one CA, the surest first. */
struct block {
    const uint32_t *at;
    size_t count;
    bool same_next, same_missing, same_release; /* said once, for all of them */
};

struct findings {
    struct layout *l;
    const struct casefile *c;
    const struct diagnosis *d;
    bool *shown;
};

static bool all(const struct findings *t)
{
    return t->l->style.verbosity > 0;
}

static const char *words(const char *s)
{
    return s ? s : "";
}

static int by_block(const void *pa, const void *pb, void *data)
{
    const struct diagnosis *d = data;
    uint32_t ia = *(const uint32_t *)pa, ib = *(const uint32_t *)pb;
    const struct finding *a = &d->findings[ia], *b = &d->findings[ib];
    if (a->severity != b->severity)
        return a->severity > b->severity ? -1 : 1;
    if (a->verdict != b->verdict)
        return a->verdict < b->verdict ? -1 : 1;
    int order = strcmp(words(a->ca_uuid), words(b->ca_uuid));
    if (order)
        return order;
    if (a->confidence != b->confidence)
        return a->confidence > b->confidence ? -1 : 1;
    bool ja = a->joined != FINDING_NONE, jb = b->joined != FINDING_NONE;
    if (ja != jb)
        return ja ? -1 : 1;
    return ia < ib ? -1 : ia > ib;
}

static bool same_block(const struct finding *a, const struct finding *b)
{
    return a->severity == b->severity && a->verdict == b->verdict && strcmp(words(a->ca_uuid), words(b->ca_uuid)) == 0;
}

static void label(struct findings *t, size_t indent, const char *name)
{
    layout_column(t->l, indent);
    if (name[0])
        layout_toned(t->l, TONE_STRONG, name);
    layout_column(t->l, INDENT_TEXT);
}

static void labelled(struct findings *t, size_t indent, const char *name, const char *text)
{
    label(t, indent, name);
    layout_sentence(t->l, INDENT_TEXT, text);
}

void textfindings_place(struct layout *l, const struct casefile *c, uint32_t source, uint64_t line)
{
    if (source >= c->source_count)
        return;
    bool capture = c->sources[source].kind == SOURCE_CAPTURE;
    char number[32] = "";
    if (line)
        snprintf(number, sizeof number, capture ? " frame %llu" : ":%llu", (unsigned long long)line);
    layout_path(l, c->sources[source].path, strlen(number));
    layout_puts(l, number);
}

/* "10.10.21.10 ftd-par-01, seen from FMC-hostname (fmc); confidence high" */
static void who(struct findings *t, const struct finding *f)
{
    struct buf b = { 0 };
    buf_puts(&b, layout_address(f));
    if (words(f->name)[0] && f->name != layout_address(f))
        buf_printf(&b, " %s", f->name);
    buf_printf(&b, ", seen from %s", words(f->host)[0] ? f->host : "-");
    if (f->role != ROLE_UNKNOWN)
        buf_printf(&b, " (%s%s)", role_name(f->role), f->role_inferred ? ", by the form of its lines" : "");
    buf_printf(&b, "; confidence %s", confidence_name(f->confidence));
    layout_column(t->l, INDENT_BLOCK);
    layout_toned_sentence(t->l, TONE_STRONG, INDENT_PEER, b.p);
    buf_clear(&b);
}

static void evidence(struct findings *t, const struct finding *f, bool supports)
{
    size_t shown = 0, left = 0;
    for (size_t i = 0; i < f->evidence_count; i++) {
        const struct evidence *e = &f->evidence[i];
        if (e->supports != supports)
            continue;
        if (!all(t) && shown == TEXTFINDINGS_EVIDENCE) {
            left++;
            continue;
        }
        label(t, INDENT_PEER, shown ? "" : supports ? "for" : "against");
        shown++;
        textfindings_place(t->l, t->c, e->source, e->line);
        if (f->summary && strcmp(words(e->means), f->summary) == 0) { /* read just now */
            layout_puts(t->l, "\n");
        } else {
            if (e->source < t->c->source_count)
                layout_puts(t->l, "  ");
            layout_sentence(t->l, INDENT_TEXT, words(e->means));
        }
        if (e->text && e->text[0])
            layout_quote(t->l, INDENT_TEXT, e->text);
    }
    if (left) {
        layout_column(t->l, INDENT_TEXT);
        layout_puts(t->l, "and ");
        layout_count(&t->l->b, left, "more line", "more lines");
        layout_puts(t->l, " (-v)\n");
    }
}

/* Since when, the last success, and what became of the attempts. */
static void history(struct findings *t, const struct finding *f)
{
    struct buf b = { 0 };
    layout_number(&b, f->attempts);
    for (size_t i = 0; i < f->outcome_count; i++) {
        buf_puts(&b, f->outcome_count == 1 ? " " : i ? ", " : ": ");
        if (f->outcome_count > 1) {
            layout_number(&b, f->outcomes[i].count);
            buf_puts(&b, " ");
        }
        buf_puts(&b, f->outcomes[i].name);
    }
    if (f->failing_since != CIVIL_NONE) {
        buf_puts(&b, "; failing since ");
        layout_time(&b, f->failing_since, true);
    }
    buf_puts(&b, f->last_success == CIVIL_NONE ? "; no success seen" : "; last success ");
    if (f->last_success != CIVIL_NONE)
        layout_time(&b, f->last_success, true);
    labelled(t, INDENT_PEER, "attempts", b.p);
    buf_clear(&b);
}

static void other_end(struct findings *t, const struct finding *f)
{
    if (f->joined >= t->d->finding_count)
        return;
    const struct finding *other = &t->d->findings[f->joined];
    struct buf b = { 0 };
    buf_printf(&b, "the same tunnel: %s sees %s as %s %s", words(other->host)[0] ? other->host : role_name(other->role),
        layout_address(other), layout_severity_word(other->severity), verdict_info(other->verdict)->name);
    labelled(t, INDENT_PEER, "joined", b.p);
    buf_clear(&b);
}

static void peer(struct findings *t, const struct block *block, uint32_t index)
{
    const struct finding *f = &t->d->findings[index];
    t->shown[index] = true;
    layout_puts(t->l, "\n");
    who(t, f);
    if (f->summary && f->summary[0]) {
        layout_column(t->l, INDENT_PEER);
        layout_sentence(t->l, INDENT_PEER, f->summary);
    }
    /* the summary has one outcome and its beginning: only what goes beyond it */
    if (all(t) || !words(f->summary)[0] || f->outcome_count > 1 || f->last_success != CIVIL_NONE)
        history(t, f);
    other_end(t, f);
    evidence(t, f, true);
    evidence(t, f, false);
    if (!block->same_release && f->release)
        labelled(t, INDENT_PEER, "release", f->release);
    if (!block->same_missing && f->missing)
        labelled(t, INDENT_PEER, "confirm", f->missing);
    if (!block->same_next && f->next)
        labelled(t, INDENT_PEER, "next", f->next);
    layout_flush(t->l);
}

static void heading(struct findings *t, const struct block *block)
{
    const struct finding *f = &t->d->findings[block->at[0]];
    const struct verdict_info *v = verdict_info(f->verdict);
    struct layout *l = t->l;
    layout_puts(l, "\n");
    layout_tone(l, layout_severity_tone(f->severity));
    buf_printf(&l->b, "%s %s %s", layout_severity_word(f->severity), v->id, v->name);
    layout_tone(l, TONE_PLAIN);
    layout_puts(l, "  ");
    layout_sentence(l, INDENT_BLOCK, v->title);
    if (block->count == 1 && !words(f->ca_uuid)[0])
        return;
    layout_column(l, INDENT_BLOCK);
    if (f->ca_uuid && f->ca_uuid[0]) {
        layout_puts(l, "InternalCA of FMC ");
        layout_value(l, f->ca_uuid);
        layout_puts(l, "; ");
    }
    layout_count(&l->b, block->count, "peer", "peers");
    layout_puts(l, "\n");
}

static bool same(const char *a, const char *b)
{
    return strcmp(words(a), words(b)) == 0;
}

static void print_block(struct findings *t, struct block *block)
{
    const struct finding *first = &t->d->findings[block->at[0]];
    block->same_next = block->same_missing = block->same_release = true;
    for (size_t i = 1; i < block->count; i++) {
        const struct finding *f = &t->d->findings[block->at[i]];
        block->same_next = block->same_next && same(f->next, first->next);
        block->same_missing = block->same_missing && same(f->missing, first->missing);
        block->same_release = block->same_release && same(f->release, first->release);
    }
    heading(t, block);
    size_t shown = 0;
    for (size_t i = 0; i < block->count && (all(t) || shown < TEXTFINDINGS_PEERS); i++) {
        uint32_t index = block->at[i];
        if (t->shown[index])
            continue;
        peer(t, block, index);
        shown++;
        /* the other end of the same tunnel belongs beside it */
        uint32_t other = t->d->findings[index].joined;
        if (other < t->d->finding_count && !t->shown[other] && same_block(first, &t->d->findings[other])) {
            peer(t, block, other);
            shown++;
        }
    }
    struct layout *l = t->l;
    if (shown < block->count) {
        layout_puts(l, "\n  and ");
        layout_count(&l->b, block->count - shown, "more peer", "more peers");
        layout_puts(l, " with this verdict (-v)\n");
    }
    const char *missing = block->same_missing ? words(first->missing) : "";
    const char *next = block->same_next ? words(first->next) : "";
    const char *release = block->same_release ? words(first->release) : "";
    if (missing[0] || next[0] || release[0])
        layout_puts(l, "\n");
    if (release[0])
        labelled(t, INDENT_BLOCK, "release", release);
    if (missing[0])
        labelled(t, INDENT_BLOCK, "confirm", missing);
    if (next[0])
        labelled(t, INDENT_BLOCK, "next", next);
}

void textfindings_print(struct layout *l, const struct casefile *c, const struct diagnosis *d)
{
    struct findings t = { .l = l, .c = c, .d = d };
    uint32_t *order = mem_zalloc(d->finding_count, sizeof *order);
    size_t n = 0, blocks = 0, left = 0;
    t.shown = mem_zalloc(d->finding_count, sizeof *t.shown);
    for (size_t i = 0; i < d->finding_count; i++)
        if (d->findings[i].verdict != VERDICT_HEALTHY)
            order[n++] = (uint32_t)i;
    qsort_r(order, n, sizeof *order, by_block, (void *)d);
    for (size_t i = 0; i < n;) {
        struct block block = { .at = order + i };
        while (i < n && same_block(&d->findings[block.at[0]], &d->findings[order[i]])) {
            block.count++;
            i++;
        }
        if (all(&t) || blocks < TEXTFINDINGS_BLOCKS)
            print_block(&t, &block);
        else
            left++;
        blocks++;
    }
    if (left) {
        layout_puts(l, "\nand ");
        layout_count(&l->b, left, "more verdict", "more verdicts");
        layout_puts(l, " of other CAs (-v)\n");
    }
    layout_flush(l);
    free(order);
    free(t.shown);
}
