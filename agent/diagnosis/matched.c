/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/matched.h"

#include "agent/diagnosis/fact.h"
#include "base/caps.h"
#include "base/cursor.h"

enum { MATCHED_FORM = 1 };

enum { FLAG_CATCHING_UP = 1, FLAG_KNOWN = 2, FLAG_YEAR = 4, FLAG_TOLD = 8 };

static struct slice cut(struct slice s, size_t most)
{
    s.n = s.n < most ? s.n : most;
    return s;
}

void matched_make(struct matched *m, const struct envelope *line, const struct event *ev, struct slice raw)
{
    m->line = *line;
    m->line.host = cut(line->host, CAP_NAME_BYTES);
    m->line.text = cut(line->text, MATCHED_TEXT_HINT);
    m->line.process = m->line.module = (struct slice){ "", 0 };
    m->line.level = LEVEL_NONE;
    m->known = ev != NULL;
    m->text = (struct slice){ "", 0 };
    if (!ev)
        return;
    m->event = *ev;
    m->event.rule = 0;
    if (fact_weight(ev->kind) > 0)
        m->text = cut(raw, CAP_EVIDENCE_BYTES);
}

/* At most 65535 bytes: every piece of a line is capped before. */
static void put_slice(struct buf *b, struct slice s)
{
    s = cut(s, UINT16_MAX);
    buf_putc(b, (char)(s.n >> 8));
    buf_putc(b, (char)s.n);
    buf_put(b, s.p, s.n);
}

void matched_print(struct buf *b, const struct matched *m)
{
    buf_putc(b, MATCHED_FORM);
    buf_putc(b, (char)((m->catching_up ? FLAG_CATCHING_UP : 0) | (m->known ? FLAG_KNOWN : 0) |
                       (m->line.year_known ? FLAG_YEAR : 0) | (m->told ? FLAG_TOLD : 0)));
    buf_putc(b, (char)m->line.kind);
    buf_u32(b, m->log);
    buf_u64(b, m->order);
    buf_u64(b, m->offset);
    buf_u64(b, (uint64_t)m->line.time);
    buf_u32(b, m->line.pid);
    buf_u32(b, m->line.tid);
    buf_u32(b, m->line.repeated);
    put_slice(b, m->line.host);
    put_slice(b, m->line.text);
    if (!m->known)
        return;
    buf_putc(b, (char)m->event.kind);
    buf_u32(b, m->event.has);
    for (enum event_field f = 0; f < FIELD_COUNT; f++)
        if (m->event.has & 1u << f)
            put_slice(b, m->event.field[f]);
    put_slice(b, m->text);
}

static struct slice take_slice(struct cursor *c)
{
    struct bytes b = cursor_take(c, cursor_u16(c));
    return (struct slice){ b.n ? (const char *)b.p : "", b.n };
}

static void take_event(struct cursor *c, struct matched *m)
{
    m->event.kind = (enum event_kind)cursor_u8(c);
    m->event.has = (uint16_t)cursor_u32(c);
    for (enum event_field f = 0; f < FIELD_COUNT; f++)
        if (m->event.has & 1u << f)
            m->event.field[f] = take_slice(c);
    m->text = take_slice(c);
}

enum err_code matched_parse(struct slice bytes, struct matched *m)
{
    struct cursor c = cursor_of(bytes.p, bytes.n);
    memset(m, 0, sizeof *m);
    m->text = m->line.process = m->line.module = (struct slice){ "", 0 };
    uint8_t form = cursor_u8(&c), flags = cursor_u8(&c);
    m->catching_up = flags & FLAG_CATCHING_UP;
    m->known = flags & FLAG_KNOWN;
    m->told = flags & FLAG_TOLD;
    m->line.year_known = flags & FLAG_YEAR;
    m->line.kind = (enum envelope_kind)cursor_u8(&c);
    m->log = cursor_u32(&c);
    m->order = cursor_u64(&c);
    m->offset = cursor_u64(&c);
    m->line.time = (civil)cursor_u64(&c);
    m->line.pid = cursor_u32(&c);
    m->line.tid = cursor_u32(&c);
    m->line.repeated = cursor_u32(&c);
    m->line.host = take_slice(&c);
    m->line.text = take_slice(&c);
    if (m->known)
        take_event(&c, m);
    bool valid = cursor_done(&c) && form == MATCHED_FORM && m->line.kind <= ENVELOPE_REPEATED &&
                 (m->line.time == CIVIL_NONE || civil_valid(m->line.time));
    if (m->known) {
        unsigned needs = valid && m->event.kind < EVENT_KIND_COUNT ? event_kind_needs(m->event.kind) : UINT32_MAX;
        valid =
            valid && needs != UINT32_MAX && (needs & ~(unsigned)m->event.has) == 0 && m->event.has < 1u << FIELD_COUNT;
    }
    return valid ? ERR_OK : ERR_DATA;
}
