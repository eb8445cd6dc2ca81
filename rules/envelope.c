/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/envelope.h"

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Up to `most` digits from the front of *s; false when there is none. */
static bool number(struct slice *s, size_t most, unsigned *value)
{
    size_t i = 0;
    unsigned v = 0;
    for (; i < s->n && i < most && digit(s->p[i]); i++)
        v = v * 10 + (unsigned)(s->p[i] - '0');
    if (i == 0)
        return false;
    *s = slice_from(*s, i);
    *value = v;
    return true;
}

static bool take(struct slice *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = slice_from(*s, 1);
    return true;
}

static bool take_literal(struct slice *s, struct slice literal)
{
    if (!slice_starts(*s, literal))
        return false;
    *s = slice_from(*s, literal.n);
    return true;
}

static void skip_blanks(struct slice *s)
{
    while (s->n && s->p[0] == ' ')
        *s = slice_from(*s, 1);
}

/* Up to the next blank; the blank is passed, too. */
static struct slice word(struct slice *s)
{
    return slice_cut(*s, ' ', s);
}

/* "<134>" (RFC 3164 4.1.1) and RFC 5424's version behind it. */
static bool priority(struct slice *s)
{
    struct slice t = *s;
    unsigned value;
    if (!take(&t, '<') || !number(&t, 3, &value) || !take(&t, '>'))
        return false;
    bool version = t.n > 2 && t.p[0] == '1' && t.p[1] == ' ';
    *s = version ? slice_from(t, 2) : t;
    return version;
}

static unsigned month_of(const char *p)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (unsigned m = 0; m < 12; m++)
        if (p[0] == names[m * 3] && p[1] == names[m * 3 + 1] && p[2] == names[m * 3 + 2])
            return m + 1;
    return 0;
}

/* HH:MM:SS with exactly two digits each; 60 is a leap second. */
static bool clock_time(struct slice *s, unsigned *second)
{
    const char *p = s->p;
    if (s->n < 8 || p[2] != ':' || p[5] != ':' || !digit(p[0]) || !digit(p[1]) || !digit(p[3]) || !digit(p[4]) ||
        !digit(p[6]) || !digit(p[7]))
        return false;
    unsigned h = (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
    unsigned m = (unsigned)(p[3] - '0') * 10 + (unsigned)(p[4] - '0');
    unsigned sec = (unsigned)(p[6] - '0') * 10 + (unsigned)(p[7] - '0');
    if (h > 23 || m > 59 || sec > 60)
        return false;
    *second = h * 3600 + m * 60 + sec;
    *s = slice_from(*s, 8);
    return true;
}

/* "Sep 20 04:10:47", "Sep  2 ...", "Sep 20 2024 04:10:47". */
static bool stamp_rfc3164(struct slice *s, struct envelope *out)
{
    struct slice t = *s;
    unsigned month, day, second, year = 0;
    if (t.n < 14 || t.p[3] != ' ' || (month = month_of(t.p)) == 0)
        return false;
    t = slice_from(t, 4);
    skip_blanks(&t);
    if (!number(&t, 2, &day) || day < 1 || day > 31 || !take(&t, ' '))
        return false;
    if (t.n > 5 && t.p[4] == ' ' && digit(t.p[3])) {
        if (!number(&t, 4, &year) || !take(&t, ' '))
            return false;
    }
    if (!clock_time(&t, &second))
        return false;
    civil time = civil_pack((int)year, month, day, second);
    if (!civil_valid(time)) /* year 0 is a leap year: without a year Feb 29 must pass */
        return false;
    out->time = time;
    out->year_known = year != 0;
    *s = t;
    return true;
}

/* "Z", "+02:00", "-0500" or nothing: seconds to take off to get UTC. */
static int utc_offset(struct slice *s)
{
    if (take(s, 'Z') || s->n == 0 || (s->p[0] != '+' && s->p[0] != '-'))
        return 0;
    struct slice t = slice_from(*s, 1);
    unsigned hours, minutes = 0;
    if (!number(&t, 2, &hours))
        return 0;
    if (take(&t, ':') || (t.n && digit(t.p[0])))
        if (!number(&t, 2, &minutes))
            return 0;
    int offset = (int)(hours * 3600 + minutes * 60);
    offset = s->p[0] == '-' ? -offset : offset;
    *s = t;
    return hours <= 18 && minutes <= 59 ? offset : 0;
}

/* "2024-09-20T04:10:47.123+02:00" (RFC 3339), "2024-09-20 04:10:47[,123]". */
static bool stamp_iso(struct slice *s, struct envelope *out)
{
    struct slice t = *s;
    unsigned year, month, day, second;
    if (t.n < 19 || t.p[4] != '-' || t.p[7] != '-' || !number(&t, 4, &year) || !take(&t, '-') ||
        !number(&t, 2, &month) || !take(&t, '-') || !number(&t, 2, &day))
        return false;
    if ((!take(&t, 'T') && !take(&t, ' ')) || !clock_time(&t, &second))
        return false;
    if (take(&t, '.') || take(&t, ','))
        while (t.n && digit(t.p[0]))
            t = slice_from(t, 1);
    civil time = civil_pack((int)year, month, day, second);
    if (year < 1970 || !civil_valid(time))
        return false;
    int offset = utc_offset(&t);
    out->time = offset ? civil_from_unix(civil_unix(time) - offset) : time;
    out->year_known = true;
    *s = t;
    return true;
}

/* "last message repeated N times" (all there is behind the host), "message repeated N times: [ what ]". */
static bool repeated(struct slice *s, struct envelope *out, bool last)
{
    struct slice t = *s;
    unsigned n;
    if (last && !take_literal(&t, SLICE("last ")))
        return false;
    if (!take_literal(&t, SLICE("message repeated ")) || !number(&t, 9, &n) || !take_literal(&t, SLICE(" time")))
        return false;
    take(&t, 's');
    if (!last) {
        if (!take_literal(&t, SLICE(": [")))
            return false;
        skip_blanks(&t);
        if (t.n && t.p[t.n - 1] == ']')
            t.n--;
    }
    out->repeated = n;
    *s = t;
    return true;
}

/* What follows the name in RFC 5424: "50792 - - ". Without the version in front only what is surely that. */
static bool tag_rfc5424(struct slice *s, bool version, unsigned *pid)
{
    struct slice procid = word(s);
    bool known = number(&procid, 9, pid) && procid.n == 0;
    word(s); /* MSGID */
    bool empty = take(s, '-');
    if (!empty)
        take_literal(s, SLICE("[]")); /* structured data with content is left to the text */
    return version || (known && empty);
}

/* "SF-IMS[50792]: " and RFC 5424's "SF-IMS 50792 - - "; false when it is another program's line. */
static bool tag(struct slice *s, struct envelope *out, bool version)
{
    struct slice t = *s;
    unsigned pid = 0;
    if (!take_literal(&t, SLICE("SF-IMS")))
        return false;
    if (take(&t, '[')) {
        number(&t, 9, &pid); /* it may be empty */
        if (!take(&t, ']'))
            return false;
        take(&t, ':');
    } else if (take(&t, ' ')) {
        if (!tag_rfc5424(&t, version, &pid))
            return false;
    } else if (!take(&t, ':')) {
        return false;
    }
    skip_blanks(&t);
    out->pid = pid;
    *s = t;
    return true;
}

static bool name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || digit(c) || c == '_' || c == '-' || c == '.';
}

/* "[51982] sftunneld:sf_ssl [ERROR] " */
static bool bracketed(struct slice *s, struct envelope *out)
{
    struct slice t = *s;
    unsigned tid;
    if (!take(&t, '[') || !number(&t, 9, &tid) || !take(&t, ']'))
        return false;
    skip_blanks(&t);
    size_t n = 0;
    while (n < t.n && name_byte(t.p[n]))
        n++;
    if (n == 0 || n == t.n)
        return false;
    struct slice process = { t.p, n }, module = { t.p + n, 0 };
    t = slice_from(t, n);
    if (take(&t, ':')) {
        n = 0;
        while (n < t.n && name_byte(t.p[n]))
            n++;
        module = (struct slice){ t.p, n };
        t = slice_from(t, n);
    }
    skip_blanks(&t);
    struct slice after = t;
    if (take(&after, '[')) {
        struct slice name = slice_cut(after, ']', &after);
        enum level level = level_parse(name);
        if (level != LEVEL_NONE) {
            out->level = level;
            skip_blanks(&after);
            t = after;
        }
    }
    out->process = process;
    out->module = module;
    out->tid = tid;
    *s = t;
    return true;
}

static struct slice trim_end(struct slice s)
{
    while (s.n && (s.p[s.n - 1] == '\r' || s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\0'))
        s.n--;
    return s;
}

/* comms.log ("2024-09-20 04:10:47 ...") names no host: there the word behind the stamp is text. */
static void host(struct slice *s, struct envelope *out, struct slice line)
{
    skip_blanks(s);
    if (slice_starts(*s, SLICE("SF-IMS[")) || slice_starts(*s, SLICE("last message repeated ")))
        return;
    struct slice t = *s;
    struct slice name = word(&t);
    skip_blanks(&t);
    bool own_format = out->year_known && line.n > 10 && line.p[10] == ' ' && !slice_starts(t, SLICE("SF-IMS"));
    if (own_format)
        return;
    out->host = name;
    *s = t;
}

void envelope_parse(struct slice line, struct envelope *out)
{
    struct slice s = trim_end(line);
    *out = (struct envelope){ .kind = ENVELOPE_NONE, .time = CIVIL_NONE, .text = s };
    bool version = priority(&s);
    if (!stamp_rfc3164(&s, out) && !stamp_iso(&s, out))
        return;
    out->kind = ENVELOPE_SYSLOG;
    if (take(&s, ':')) /* Cisco's "Sep 20 2024 04:10:47: %FTD-..." */
        version = false;
    host(&s, out, line);
    out->text = s;
    if (repeated(&s, out, true)) {
        out->kind = ENVELOPE_REPEATED;
        return;
    }
    if (!tag(&s, out, version))
        return;
    out->kind = ENVELOPE_IMS;
    repeated(&s, out, false);
    out->text = s;
    if (!bracketed(&s, out))
        return;
    out->kind = ENVELOPE_FULL;
    out->text = s;
}

/* ---- the same with a memory ---- */

/* Digits up to the closing bracket; both are passed. */
static inline bool bracketed_number(const char **p, const char *end, unsigned *value)
{
    const char *q = *p;
    unsigned v = 0;
    for (; q < end && digit(*q) && q - *p < 9; q++)
        v = v * 10 + (unsigned)(*q - '0');
    if (q == *p || q >= end || *q != ']')
        return false;
    *p = q + 1;
    *value = v;
    return true;
}

static const struct envelope_origin *known_origin(const struct envelope_hint *hint, const char *p, size_t n)
{
    for (size_t i = 0; i < ENVELOPE_ORIGINS; i++) {
        const struct envelope_origin *o = &hint->origin[i];
        if (!o->bytes || o->bytes > n || memcmp(o->text + o->bytes - 8, p + o->bytes - 8, 8) != 0)
            continue; /* they differ at their end, if anywhere */
        if (memcmp(o->text, p, o->bytes) == 0)
            return o;
    }
    return NULL;
}

/* Fills out when the whole line has the common form and all of it was seen before. */
static bool by_memory(const struct envelope_hint *hint, struct slice line, struct envelope *out)
{
    const char *p = line.p + sizeof hint->stamp, *end = line.p + line.n;
    if (line.n < sizeof hint->stamp + 16 || memcmp(line.p, hint->stamp, sizeof hint->stamp) != 0)
        return false;
    const char *blank = memchr(p, ' ', (size_t)(end - p));
    if (!blank || blank == p || end - blank < 16 || memcmp(blank, " SF-IMS[", 8) != 0)
        return false;
    out->host = (struct slice){ p, (size_t)(blank - p) };
    if (slice_starts(out->host, SLICE("SF-IMS["))) /* that is a tag without a host, and not a good one */
        return false;
    p = blank + 8;
    if (!bracketed_number(&p, end, &out->pid) || end - p < 4 || memcmp(p, ": [", 3) != 0)
        return false;
    p += 3;
    if (!bracketed_number(&p, end, &out->tid) || p == end || *p++ != ' ')
        return false;
    const struct envelope_origin *o = known_origin(hint, p, (size_t)(end - p));
    if (!o)
        return false;
    out->kind = ENVELOPE_FULL;
    out->year_known = false;
    out->time = hint->time;
    out->process = (struct slice){ p, o->process };
    out->module = (struct slice){ p + o->process + 1, o->module };
    out->level = o->level;
    out->repeated = 0;
    out->text = (struct slice){ p + o->bytes, (size_t)(end - p) - o->bytes };
    return true;
}

void envelope_remember(struct envelope_hint *hint, struct slice line, const struct envelope *e)
{
    if (e->kind != ENVELOPE_FULL || e->repeated || e->year_known || e->host.p != line.p + sizeof hint->stamp)
        return;
    memcpy(hint->stamp, line.p, sizeof hint->stamp);
    hint->time = e->time;
    size_t bytes = (size_t)(e->text.p - e->process.p);
    struct envelope_origin *o = &hint->origin[hint->next % ENVELOPE_ORIGINS];
    bool plain = bytes >= 8 && e->level != LEVEL_NONE && e->module.n && e->text.n && e->text.p[-1] == ' ' &&
                 e->text.p[-2] == ']';
    if (!plain || bytes > sizeof o->text || known_origin(hint, e->process.p, bytes))
        return;
    hint->next++;
    memcpy(o->text, e->process.p, bytes);
    o->bytes = (uint8_t)bytes;
    o->process = (uint8_t)e->process.n;
    o->module = (uint8_t)e->module.n;
    o->level = e->level;
}

bool envelope_recall(const struct envelope_hint *hint, struct slice line, struct envelope *out)
{
    return by_memory(hint, trim_end(line), out) && out->text.n && out->text.p[0] != ' ';
}

static const struct {
    enum level level;
    struct slice word;
} levels[] = {
    { LEVEL_INFO, { "INFO", 4 } },
    { LEVEL_WARN, { "WARN", 4 } },
    { LEVEL_ERROR, { "ERROR", 5 } },
    { LEVEL_CRITICAL, { "CRITICAL", 8 } },
    { LEVEL_DEBUG, { "DEBUG", 5 } },
    { LEVEL_WARN, { "WARNING", 7 } },
    { LEVEL_ERROR, { "ERR", 3 } },
};

enum level level_parse(struct slice name)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (slice_eq(name, levels[i].word))
            return levels[i].level;
    return LEVEL_NONE;
}

const char *level_name(enum level level)
{
    for (size_t i = 0; level != LEVEL_NONE && i < sizeof levels / sizeof *levels; i++)
        if (levels[i].level == level)
            return levels[i].word.p;
    return "";
}
