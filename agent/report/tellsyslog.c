/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/tellsyslog.h"

#include "agent/report/tellread.h"

#include <jansson.h>

#define DAEMON 3
#define HOSTNAME_MOST 255
#define MSGID_MOST 32

/* RFC 5424 6.2.1: critical, warning, notice, informational. */
static unsigned priority(enum severity s)
{
    static const unsigned level[] = {
        [SEVERITY_OK] = 6, [SEVERITY_UNKNOWN] = 5, [SEVERITY_WARNING] = 4, [SEVERITY_CRITICAL] = 2
    };
    return DAEMON * 8 + level[s];
}

/* A header field: PRINTUSASCII; "-" is NILVALUE. */
static void put_field(struct buf *b, const char *text, size_t most)
{
    size_t n = text ? strlen(text) : 0, i = 0;
    while (i < n && text[i] > ' ' && text[i] < 0x7f)
        i++;
    buf_putc(b, ' ');
    if (n == 0 || n > most || i < n)
        buf_putc(b, '-');
    else
        buf_puts(b, text);
}

/* At most so many bytes of it, whole characters, safe to show. */
static void put_safe(struct buf *b, const char *text, size_t most)
{
    struct slice s = slice_of(text);
    if (s.n > most) {
        s.n = most;
        while (s.n && ((unsigned char)text[s.n] & 0xc0) == 0x80)
            s.n--;
    }
    buf_terminal(b, s);
}

/* RFC 5424 6.3.3 */
static void put_parameter(struct buf *b, const char *name, const char *value)
{
    struct buf safe = { 0 };
    if (!value)
        return;
    put_safe(&safe, value, TELLSYSLOG_VALUE_BYTES);
    buf_printf(b, " %s=\"", name);
    for (size_t i = 0; i < safe.n; i++) {
        if (safe.p[i] == '"' || safe.p[i] == '\\' || safe.p[i] == ']')
            buf_putc(b, '\\');
        buf_putc(b, safe.p[i]);
    }
    buf_putc(b, '"');
    buf_clear(&safe);
}

static void put_message(struct buf *b, const json_t *in)
{
    struct buf text = { 0 };
    tellread_message(&text, in);
    buf_putc(b, ' ');
    put_safe(b, text.p, TELLSYSLOG_TEXT_BYTES);
    buf_clear(&text);
}

enum err_code tell_syslog(
    struct buf *b, uint64_t number, struct slice body, const struct tellsyslog_sender *sender, struct err *e)
{
    json_t *in = tellread(body, e);
    if (!in)
        return ERR_DATA;
    buf_printf(b, "<%u>1", priority(tellread_severity(in)));
    put_field(b, tellread_text(in, "at"), MSGID_MOST);
    put_field(b, sender->hostname, HOSTNAME_MOST);
    buf_printf(b, " sftunnel-agent %u", sender->pid);
    put_field(b, tellread_text(in, "type"), MSGID_MOST);
    buf_puts(b, " " TELLSYSLOG_NUMBER);
    buf_number(b, number);
    buf_putc(b, '"');
    put_parameter(b, "id", tellread_text(in, "id"));
    put_parameter(b, "observer", tellread_text(in, "observer"));
    put_parameter(b, "address", tellread_text(in, "address"));
    put_parameter(b, "verdict", tellread_verdict(in, "id"));
    put_parameter(b, "change", tellread_text(in, "change"));
    buf_putc(b, ']');
    put_message(b, in);
    json_decref(in);
    return ERR_OK;
}
