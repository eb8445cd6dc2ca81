/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/textchain.h"

#include "agent/report/wireterms.h"
#include "base/mem.h"

#include <stdlib.h>

#define GAP 3         /* columns between the two sides */
#define INDENT 5      /* of what is said of a certificate, behind its depth */
#define HASH_SHOWN 16 /* digits */
#define DAY 86400
#define SOON (30 * DAY) /* when what expires is critical */
#define WIDEST 76       /* columns of one side when they stand beside each other: longer lines are tiring */

/* One line of a side, escaped and short enough. */
struct line {
    char *text;
    enum tone tone;
};

struct column {
    const struct casefile *c;
    const struct wire *w;
    enum side side;
    bool all; /* everything was asked for */
    size_t width;
    struct line *lines;
    size_t count, capacity;
};

/* ---- lines ---- */

static void add_line(struct column *k, enum tone tone, size_t indent, struct slice text)
{
    struct buf b = { 0 };
    buf_printf(&b, "%*s", (int)indent, "");
    buf_slice(&b, text);
    k->lines = mem_grow(k->lines, &k->capacity, k->count + 1, sizeof *k->lines);
    k->lines[k->count++] = (struct line){ buf_take(&b), tone };
}

/* As much of s as fits: whole words, or a piece of one that is longer than a line. */
static size_t fitting(struct slice s, size_t columns)
{
    size_t at = 0, word = 0;
    for (size_t used = 0; at < s.n; used++) {
        if (s.p[at] == ' ')
            word = at;
        if (used == columns)
            return word ? word : at;
        size_t n = utf8_length(slice_from(s, at));
        at += n ? n : 1;
    }
    return s.n;
}

/* A sentence on as many lines as it takes: the first one at `first`, the others at INDENT. */
static void add(struct column *k, enum tone tone, size_t first, const char *text)
{
    struct buf b = { 0 };
    buf_terminal(&b, slice_of(text));
    struct slice rest = buf_as_slice(&b);
    size_t indent = first;
    do {
        size_t n = fitting(rest, k->width - indent);
        add_line(k, tone, indent, (struct slice){ rest.p, n });
        rest = slice_from(rest, n);
        while (rest.n && rest.p[0] == ' ')
            rest = slice_from(rest, 1);
        indent = INDENT;
    } while (rest.n);
    buf_clear(&b);
}

/* ---- words ---- */

static const struct chain_fault *fault_of(const struct wire_side *s, size_t depth, enum chain_fault_kind kind)
{
    for (size_t i = 0; i < s->fault_count; i++)
        if (s->faults[i].depth == depth && s->faults[i].kind == kind)
            return &s->faults[i];
    return NULL;
}

static enum tone say_expired(
    struct buf *b, const struct column *k, const struct cert *cert, const struct chain_fault *f)
{
    if (k->w->first_ns == 0 || k->w->probe) {
        buf_puts(b, "expired ");
        wireterms_span(b, k->c->now - cert->not_after);
        buf_puts(b, " ago");
    } else if (f->then) {
        buf_puts(b, "expired ");
        wireterms_span(b, f->seconds);
        buf_puts(b, " before this packet");
    } else {
        wireterms_span(b, f->seconds);
        buf_puts(b, " left at this packet, expired ");
        wireterms_span(b, k->c->now - cert->not_after);
        buf_puts(b, " ago");
    }
    return TONE_CRITICAL;
}

/* "33 days left", "expired 3 days before this packet" */
static enum tone say_validity(struct buf *b, const struct column *k, const struct cert *cert, size_t depth)
{
    const struct wire_side *s = &k->w->side[k->side];
    const struct chain_fault *expired = fault_of(s, depth, CHAIN_EXPIRED),
                             *early = fault_of(s, depth, CHAIN_NOT_YET_VALID),
                             *soon = fault_of(s, depth, CHAIN_EXPIRING);
    if (cert->not_before == CERT_TIME_NONE || cert->not_after == CERT_TIME_NONE) {
        buf_puts(b, "a date is malformed");
        return TONE_WARNING;
    }
    if (expired)
        return say_expired(b, k, cert, expired);
    if (early) {
        buf_puts(b, "not valid until ");
        wireterms_span(b, early->seconds);
        buf_puts(b, k->w->first_ns && !k->w->probe ? " after this packet" : " from now");
        if (!early->now)
            buf_puts(b, "; valid now");
        return TONE_CRITICAL;
    }
    int64_t left = cert->not_after - k->c->now;
    if (left < 0) {
        buf_puts(b, "expired ");
        wireterms_span(b, left);
        buf_puts(b, " ago");
        return TONE_CRITICAL;
    }
    wireterms_span(b, left);
    buf_puts(b, " left");
    return !soon ? TONE_OK : left < SOON ? TONE_CRITICAL : TONE_WARNING;
}

static void put_date(struct buf *b, int64_t seconds)
{
    char text[CIVIL_TEXT];
    if (seconds == CERT_TIME_NONE) {
        buf_puts(b, "(unreadable date)");
        return;
    }
    civil_text(civil_from_unix(seconds), text);
    char *t = strchr(text, 'T');
    if (t)
        *t = '\0';
    buf_puts(b, text);
}

static void say_fault(struct column *k, const struct cert *cert, const struct chain_fault *f)
{
    struct buf b = { 0 };
    switch (f->kind) {
    case CHAIN_WRONG_SIGNATURE: buf_puts(&b, "the certificate below has its issuer's name, but did not sign it"); break;
    case CHAIN_WRONG_ISSUER: buf_puts(&b, "the certificate below is not its issuer"); break;
    case CHAIN_NOT_ACCEPTED: buf_puts(&b, "its issuer is not among the names that the other side accepts"); break;
    case CHAIN_WEAK_DIGEST: buf_printf(&b, "weak signature: %s", cert->signature); break;
    case CHAIN_WEAK_KEY: buf_printf(&b, "weak key: %s", cert->key); break;
    case CHAIN_EXPIRED:
    case CHAIN_NOT_YET_VALID:
    case CHAIN_EXPIRING:   /* said with its dates */
    case CHAIN_UNREADABLE: /* said in its place */
    case CHAIN_MISSING:    /* no certificate to say it of */
    case CHAIN_FAULTS: break;
    }
    if (b.n)
        add(k, TONE_CRITICAL, INDENT, b.p);
    buf_clear(&b);
}

static void say_details(struct column *k, const struct cert *cert)
{
    struct buf b = { 0 };
    buf_printf(&b, "subject %s", cert->subject);
    add(k, TONE_FAINT, INDENT, b.p);
    buf_reset(&b);
    buf_printf(&b, "issuer %s", cert->issuer);
    add(k, TONE_FAINT, INDENT, b.p);
    buf_reset(&b);
    buf_printf(&b, "serial %s, X.509 v%u, %s, %s", cert->serial, cert->version, cert->signature, cert->key);
    add(k, TONE_FAINT, INDENT, b.p);
    buf_clear(&b);
}

static void say_hash(struct column *k, const struct cert *cert)
{
    struct buf b = { 0 };
    buf_puts(&b, "sha256 ");
    size_t begin = b.n;
    cert_print_hash(&b, cert->sha256);
    if (!k->all)
        b.p[begin + HASH_SHOWN] = '\0';
    add(k, TONE_FAINT, INDENT, b.p);
    buf_clear(&b);
}

/* ---- a side ---- */

static void certificate(struct column *k, size_t depth)
{
    const struct wire_side *s = &k->w->side[k->side];
    uint32_t id = s->chain[depth];
    bool known = k->c->certs && id < certs_count(k->c->certs);
    const struct cert *cert = known ? certs_get(k->c->certs, id) : NULL;
    struct buf b = { 0 };
    buf_printf(&b, "%3zu  ", depth);
    if (!cert || cert->unreadable) {
        buf_puts(&b, cert ? "can't be read: no X.509 certificate" : "not kept: beyond the limits of certificates");
        add(k, cert ? TONE_CRITICAL : TONE_WARNING, 0, b.p);
        if (cert)
            say_hash(k, cert);
        buf_clear(&b);
        return;
    }
    wireterms_name(&b, cert->subject);
    buf_puts(&b, cert->self_signed && !cert->internal_ca ? ", self-signed" : "");
    add(k, TONE_PLAIN, 0, b.p);
    buf_reset(&b);
    put_date(&b, cert->not_before);
    buf_puts(&b, " to ");
    put_date(&b, cert->not_after);
    buf_puts(&b, ": ");
    enum tone tone = say_validity(&b, k, cert, depth);
    add(k, tone, INDENT, b.p);
    for (size_t i = 0; i < s->fault_count; i++)
        if (s->faults[i].depth == depth)
            say_fault(k, cert, &s->faults[i]);
    if (depth + 1 == s->chain_count && !cert->self_issued && !k->all) {
        buf_reset(&b);
        buf_puts(&b, "issued by ");
        wireterms_name(&b, cert->issuer);
        add(k, TONE_PLAIN, INDENT, b.p);
    }
    if (k->all)
        say_details(k, cert);
    say_hash(k, cert);
    buf_clear(&b);
}

/* Why there is no certificate, or not all of them. */
static const char *absence(const struct wire *w, const struct wire_side *s)
{
    switch ((enum certificates_seen)s->seen) {
    case CERTIFICATES_EMPTY: return "an empty list: this end has no certificate to show";
    case CERTIFICATES_PARTIAL: return "only the beginning of its certificates was seen";
    case CERTIFICATES_MALFORMED: return "its certificates come with lengths that can't be";
    case CERTIFICATES_ALL: return NULL;
    case CERTIFICATES_NONE: break;
    }
    if (w->resumed)
        return "none: the session was resumed";
    if (w->version == 0x0304)
        return "not visible: TLS 1.3 encrypts certificates";
    if (w->state == CONNECTION_MID_STREAM)
        return "not seen: they were sent before the capture began";
    return s->gaps ? "none seen: bytes are missing" : "none seen";
}

static void build(struct column *k)
{
    const struct wire_side *s = &k->w->side[k->side];
    struct buf b = { 0 };
    buf_puts(&b, k->side == SIDE_CLIENT ? "client " : "server ");
    endpoint_print(&b, &s->at);
    if (s->certificate_frame)
        buf_printf(&b, ", frame %llu", (unsigned long long)s->certificate_frame);
    add(k, TONE_STRONG, 0, b.p);
    const char *why = absence(k->w, s);
    if (why)
        add(k, TONE_PLAIN, INDENT, why);
    if (fault_of(s, 0, CHAIN_MISSING))
        add(k, TONE_CRITICAL, INDENT, "a certificate was asked for, and none was presented");
    size_t shown = k->all || s->chain_count <= TEXTCHAIN_MOST + 1 ? s->chain_count : TEXTCHAIN_MOST;
    for (size_t depth = 0; depth < shown; depth++)
        certificate(k, depth);
    if (shown < s->chain_count) {
        buf_reset(&b);
        buf_puts(&b, "and ");
        layout_count(&b, s->chain_count - shown, "more certificate (-v)", "more certificates (-v)");
        add(k, TONE_PLAIN, INDENT, b.p);
    }
    buf_clear(&b);
}

static void print_line(struct layout *l, const struct column *k, size_t at)
{
    if (at < k->count)
        layout_toned(l, k->lines[at].tone, k->lines[at].text);
}

static void print_beside(struct layout *l, const struct column *left, const struct column *right)
{
    for (size_t i = 0; i < left->count || i < right->count; i++) {
        layout_column(l, TEXTCHAIN_INDENT);
        print_line(l, left, i);
        if (i < right->count) {
            layout_column(l, TEXTCHAIN_INDENT + left->width + GAP);
            print_line(l, right, i);
        }
        layout_puts(l, "\n");
    }
}

static void print_one(struct layout *l, const struct column *k)
{
    for (size_t i = 0; i < k->count; i++) {
        layout_column(l, TEXTCHAIN_INDENT);
        print_line(l, k, i);
        layout_puts(l, "\n");
    }
}

void textchain_print(struct layout *l, const struct casefile *c, const struct wire *w)
{
    bool beside = l->style.width >= TEXTCHAIN_BESIDE, all = l->style.verbosity > 0;
    size_t width = beside ? ((size_t)l->style.width - TEXTCHAIN_INDENT - GAP) / 2 : l->prose - TEXTCHAIN_INDENT;
    width = beside && width > WIDEST ? WIDEST : width;
    struct column side[2];
    for (unsigned i = SIDE_CLIENT; i <= SIDE_SERVER; i++) {
        side[i] = (struct column){ .c = c, .w = w, .side = (enum side)i, .all = all, .width = width };
        build(&side[i]);
    }
    if (beside) {
        print_beside(l, &side[SIDE_CLIENT], &side[SIDE_SERVER]);
    } else {
        print_one(l, &side[SIDE_CLIENT]);
        print_one(l, &side[SIDE_SERVER]);
    }
    for (unsigned i = SIDE_CLIENT; i <= SIDE_SERVER; i++) {
        for (size_t k = 0; k < side[i].count; k++)
            free(side[i].lines[k].text);
        free(side[i].lines);
    }
}
