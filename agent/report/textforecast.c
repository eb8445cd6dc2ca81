/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/textforecast.h"

#include "agent/diagnosis/forecast.h"
#include "agent/report/texttable.h"

#define DAY 86400
#define INDENT 2
#define COLUMN_DAYS 14
#define COLUMN_TUNNEL 22
#define COLUMN_PEER 30
#define PEER_COLUMNS 36
#define COLUMN_WHY (COLUMN_PEER + PEER_COLUMNS + 2)
#define WHY_COLUMNS 40 /* at least, else it stands in a line of its own */

static bool narrow(const struct layout *l)
{
    return l->style.width && l->style.width < COLUMN_WHY + WHY_COLUMNS;
}

static void head(struct layout *l)
{
    layout_puts(l, "\n");
    layout_toned(l, TONE_STRONG, "Forecast: a tunnel that has to be made anew fails");
    layout_puts(l, "\n");
    layout_tone(l, TONE_STRONG);
    layout_column(l, INDENT);
    layout_puts(l, "FROM");
    layout_column(l, COLUMN_DAYS);
    layout_puts(l, "DAYS");
    layout_column(l, COLUMN_TUNNEL);
    layout_puts(l, "TUNNEL");
    layout_column(l, COLUMN_PEER);
    layout_puts(l, "PEER");
    if (!narrow(l)) {
        layout_column(l, COLUMN_WHY);
        layout_puts(l, "BECAUSE");
    }
    layout_tone(l, TONE_PLAIN);
    layout_puts(l, "\n");
}

static const char *from(const struct fate *f, char when[CIVIL_TEXT])
{
    if (f->when)
        return civil_text(civil_from_unix(f->when), when);
    return f->kind == FATE_ALREADY ? "already" : "not known";
}

static void row(struct layout *l, const struct casefile *c, const struct diagnosis *d, const struct fate *f)
{
    const struct finding *p = &d->findings[f->finding];
    char when[CIVIL_TEXT];
    struct buf peer = { 0 };
    layout_column(l, INDENT);
    layout_tone(l, f->kind == FATE_ALREADY ? TONE_CRITICAL : TONE_PLAIN);
    buf_printf(&l->b, "%.10s", from(f, when));
    layout_tone(l, TONE_PLAIN);
    layout_column(l, COLUMN_DAYS);
    if (f->when) {
        int64_t left = f->when - c->now;
        buf_printf(&l->b, "%lld", (long long)(left / DAY - (left % DAY < 0)));
    } else {
        layout_puts(l, "-");
    }
    layout_column(l, COLUMN_TUNNEL);
    layout_puts(l, p->tunnel == TUNNEL_UP ? "up" : p->tunnel == TUNNEL_DOWN ? "down" : "-");
    layout_column(l, COLUMN_PEER);
    buf_puts(&peer, layout_address(p));
    if (p->name && p->name[0] && p->name != layout_address(p))
        buf_printf(&peer, " %s", p->name);
    layout_cell(l, peer.p, PEER_COLUMNS);
    size_t column = narrow(l) ? COLUMN_DAYS : COLUMN_WHY;
    if (narrow(l)) {
        while (l->b.n && l->b.p[l->b.n - 1] == ' ')
            l->b.n--;
        layout_puts(l, "\n");
    }
    layout_column(l, column);
    if (l->style.width) {
        layout_sentence(l, column, f->why);
    } else { /* a row is a line, for those who read it by a program all the same */
        layout_value(l, f->why);
        layout_puts(l, "\n");
    }
    buf_clear(&peer);
}

void textforecast_print(struct layout *l, const struct casefile *c, const struct diagnosis *d)
{
    const struct forecast *f = d->forecast;
    if (!f || !f->count)
        return;
    size_t rows = l->style.verbosity < 1 && f->count > TEXTTABLE_ROWS + 1 ? TEXTTABLE_ROWS : f->count;
    head(l);
    for (size_t i = 0; i < rows; i++) {
        row(l, c, d, &f->all[i]);
        layout_flush(l);
    }
    if (rows < f->count) {
        layout_puts(l, "  and ");
        layout_number(&l->b, f->count - rows);
        layout_puts(l, " more (-v)\n");
    }
}
