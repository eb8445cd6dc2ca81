/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of status outputs other than sftunnel's own, and its dates. */
#include "agent/sources/status.h"

/* The next word, blanks around it taken off. */
static struct slice cut_word(struct slice *s)
{
    *s = slice_trim(*s);
    size_t n = 0;
    while (n < s->n && s->p[n] != ' ' && s->p[n] != '\t')
        n++;
    struct slice word = { s->p, n };
    *s = slice_from(*s, n);
    return word;
}

/* ---- times ---- */

static unsigned month_of(struct slice s)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (unsigned i = 0; i < 12 && s.n == 3; i++)
        if (memcmp(s.p, names + 3 * (size_t)i, 3) == 0)
            return i + 1;
    return 0;
}

civil status_time(struct slice s)
{
    (void)cut_word(&s); /* the day of the week */
    unsigned month = month_of(cut_word(&s));
    uint32_t day, part[3], year;
    if (!month || !slice_u32(cut_word(&s), 31, &day))
        return CIVIL_NONE;
    struct slice clock = cut_word(&s);
    for (size_t i = 0; i < 3; i++)
        if (!slice_u32(slice_cut(clock, ':', &clock), i ? 59 : 23, &part[i]))
            return CIVIL_NONE;
    if (!slice_u32(cut_word(&s), 9999, &year) || year < 1970)
        return CIVIL_NONE;
    struct slice zone = cut_word(&s);
    if (zone.n && !slice_eq(zone, SLICE("UTC")) && !slice_eq(zone, SLICE("GMT")))
        return CIVIL_NONE;
    civil t = civil_pack((int)year, month, day, part[0] * 3600 + part[1] * 60 + part[2]);
    return civil_valid(t) ? t : CIVIL_NONE;
}

/* ---- show managers ---- */

void manager_end(struct facts *f, struct manager *m)
{
    bool registering = m->registration.n && !slice_contains_nocase(m->registration, SLICE("completed"));
    if (m->host.n || m->uuid.n)
        facts_peer(f, m->line, slice_is_uuid(m->uuid) ? m->uuid : SLICE(""), m->name, m->host);
    if (m->host.n && registering)
        facts_status(f, &(struct status){ .peer = m->host,
                            .text = m->text,
                            .reason = SLICE(""),
                            .line = m->line,
                            .kind = STATUS_REGISTRATION,
                            .since = CIVIL_NONE,
                            .lost = CIVIL_NONE,
                            .seen = CIVIL_NONE });
    *m = (struct manager){ .host = { "", 0 } };
}

static bool managed_line(struct facts *f, struct slice line, uint64_t number)
{
    const struct host_fact h = { .kind = HOST_MANAGED };
    bool local = slice_starts(line, SLICE("Managed locally"));
    while (line.n && line.p[line.n - 1] == '.')
        line.n--;
    if (local || slice_eq_nocase(line, SLICE("No managers configured")))
        facts_host(f, number, &h, local ? SLICE("locally") : SLICE("no"), line);
    return local;
}

bool manager_begins(struct slice line)
{
    struct slice value, key = slice_trim(slice_cut(line, ':', &value));
    return slice_eq_nocase(key, SLICE("Host")) || slice_eq_nocase(key, SLICE("Type"));
}

void manager_line(struct facts *f, struct manager *m, struct slice line, uint64_t number)
{
    struct slice value, key = slice_trim(slice_cut(line, ':', &value));
    const struct {
        struct slice key;
        struct slice *to;
    } keys[] = {
        { SLICE("Host"), &m->host },
        { SLICE("Display name"), &m->name },
        { SLICE("Identifier"), &m->uuid },
        { SLICE("Registration"), &m->registration },
    };
    value = slice_trim(value);
    if (managed_line(f, line, number))
        return;
    /* the next one begins */
    if (slice_eq_nocase(key, SLICE("Type")) || (m->host.n && slice_eq_nocase(key, SLICE("Host"))))
        manager_end(f, m);
    for (size_t i = 0; value.n && i < sizeof keys / sizeof *keys; i++) {
        if (!slice_eq_nocase(key, keys[i].key) || keys[i].to->n)
            continue;
        *keys[i].to = value;
        if (i == 3 || !m->line) {
            m->line = number;
            m->text = line;
        }
    }
}

/* ---- pmtool status ---- */

bool process_line(struct slice line, struct slice *state, bool *runs)
{
    struct slice rest;
    line = slice_trim(line);
    if (!slice_starts(line, SLICE("sftunnel (")) || !slice_after(line, SLICE(") - "), &rest))
        return false;
    *state = slice_trim(rest);
    *runs = slice_starts(*state, SLICE("Running"));
    return state->n != 0;
}

/* ---- netstat ---- */

#define PORT SLICE("8305")

/* "10.0.0.1:8305", "::ffff:10.0.0.1:8305", "2001:db8::1:8305": the port is behind the last colon. */
static struct slice address_of(struct slice end, struct slice *port)
{
    const char *colon = end.n ? memrchr(end.p, ':', end.n) : NULL;
    *port = SLICE("");
    if (!colon)
        return SLICE("");
    size_t n = (size_t)(colon - end.p);
    *port = slice_from(end, n + 1);
    struct slice address = { end.p, n };
    return slice_starts(address, SLICE("::ffff:")) ? slice_from(address, 7) : address;
}

bool socket_heading(struct slice line)
{
    return slice_eq(cut_word(&line), SLICE("Proto")) && slice_eq(cut_word(&line), SLICE("Recv-Q")) &&
           slice_eq(cut_word(&line), SLICE("Send-Q"));
}

bool socket_line(struct slice line, struct slice *peer, struct slice *state)
{
    struct slice rest = slice_trim(line), port[2];
    uint32_t queue;
    if (!slice_starts(cut_word(&rest), SLICE("tcp")) || !slice_u32(cut_word(&rest), UINT32_MAX, &queue) ||
        !slice_u32(cut_word(&rest), UINT32_MAX, &queue))
        return false;
    struct slice local = address_of(cut_word(&rest), &port[0]);
    *peer = address_of(cut_word(&rest), &port[1]);
    *state = cut_word(&rest);
    if (!slice_eq(port[0], PORT) && !slice_eq(port[1], PORT))
        return false;
    /* both ends on one machine: not a peer */
    if (slice_eq(port[1], SLICE("*")) || slice_eq(local, *peer))
        *peer = SLICE("");
    return state->n && local.n;
}
