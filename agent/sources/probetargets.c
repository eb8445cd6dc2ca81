/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/probetargets.h"

#include "base/buf.h"
#include "base/caps.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME_BYTES 253 /* RFC 1035, 2.3.4, as text */

static size_t colons(struct slice s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == ':';
    return n;
}

/* Splits it; false when it can't be. *port is empty when there is none. */
static bool split(struct slice text, struct slice *host, struct slice *port)
{
    *port = (struct slice){ "", 0 };
    *host = text;
    if (text.n && text.p[0] == '[') {
        struct slice rest;
        *host = slice_cut(slice_from(text, 1), ']', &rest);
        if (host->n + 1 >= text.n || colons(*host) < 2 || (rest.n && rest.p[0] != ':'))
            return false;
        *port = slice_from(rest, 1);
        return rest.n == 0 || port->n > 0;
    }
    if (colons(text) != 1) /* none, or an IPv6 address */
        return true;
    *host = slice_cut(text, ':', port);
    return port->n > 0;
}

static bool plausible(struct slice host)
{
    if (host.n == 0 || host.n > NAME_BYTES || host.p[0] == '-')
        return false;
    for (size_t i = 0; i < host.n; i++) {
        unsigned char c = (unsigned char)host.p[i];
        if (c <= ' ' || c == 0x7f || strchr("/\\\"'@[]?#", c))
            return false;
    }
    return true;
}

static enum err_code refuse(struct slice text, struct err *e)
{
    int shown = text.n > 80 ? 80 : (int)text.n;
    return err_set(e, ERR_USAGE, "\"%.*s\" is no HOST[:PORT]; as in fw1.example.com, 10.0.0.1:8305, [2001:db8::1]:8305",
        shown, text.p);
}

enum err_code probetargets_add(struct probetargets *t, struct slice text, struct err *e)
{
    struct slice host, port;
    uint32_t number = PROBETARGETS_PORT;
    if (!split(text, &host, &port) || !plausible(host) || (port.n && (!slice_u32(port, 65535, &number) || number == 0)))
        return refuse(text, e);
    struct buf b = { 0 };
    buf_puts(&b, colons(host) ? "[" : "");
    buf_slice(&b, host);
    buf_printf(&b, "%s:%u", colons(host) ? "]" : "", number);
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->all[i].text, b.p) == 0) {
            buf_clear(&b);
            return ERR_OK;
        }
    if (t->count >= CAP_TARGETS) {
        buf_clear(&b);
        return err_set(e, ERR_LIMIT, "more hosts than are probed at once (cap targets)");
    }
    t->all = mem_grow(t->all, &t->capacity, t->count + 1, sizeof *t->all);
    t->all[t->count++] =
        (struct probetarget){ .host = mem_strndup(host.p, host.n), .text = buf_take(&b), .port = (uint16_t)number };
    return ERR_OK;
}

static enum err_code add_line(struct probetargets *t, const char *path, unsigned line, struct slice text, struct err *e)
{
    struct slice rest, target = slice_trim(slice_cut(text, '#', &rest));
    if (!target.n)
        return ERR_OK;
    enum err_code code = probetargets_add(t, target, e);
    if (code != ERR_OK)
        err_prefix(e, "%s:%u", path, line);
    return code;
}

enum err_code probetargets_file(struct probetargets *t, const char *path, struct err *e)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *in = standard ? stdin : fopen(path, "re");
    char text[1024];
    unsigned line = 0;
    enum err_code code = ERR_OK;
    if (!in)
        return err_os(e, errno == EACCES ? ERR_PERMISSION : ERR_NOINPUT, errno, "%s", path);
    while (code == ERR_OK && fgets(text, sizeof text, in)) {
        struct slice s = slice_of(text);
        line++;
        if (s.n == sizeof text - 1 && s.p[s.n - 1] != '\n')
            code = err_set(e, ERR_DATA, "%s:%u: the line is too long", path, line);
        else
            code = add_line(t, path, line, s, e);
    }
    if (code == ERR_OK && ferror(in))
        code = err_os(e, ERR_IO, errno, "%s", path);
    if (!standard)
        (void)fclose(in);
    return code;
}

void probetargets_clear(struct probetargets *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->all[i].host);
        free(t->all[i].text);
    }
    free(t->all);
    *t = (struct probetargets){ 0 };
}
