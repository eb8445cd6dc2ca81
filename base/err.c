/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
    if (!e)
        return code;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    e->code = code;
    e->os = 0;
    return code;
}

enum err_code err_os(struct err *e, enum err_code code, int os, const char *fmt, ...)
{
    if (!e)
        return code;
    char space[128];
    const char *reason = strerror_r(os, space, sizeof space); /* the GNU one: always a string */
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof e->text)
        snprintf(e->text + n, sizeof e->text - (size_t)n, ": %s", reason);
    e->code = code;
    e->os = os;
    return code;
}

void err_prefix(struct err *e, const char *fmt, ...)
{
    if (!e)
        return;
    char prefix[ERR_TEXT_MAX], whole[ERR_TEXT_MAX * 2 + 3];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(prefix, sizeof prefix, fmt, ap);
    va_end(ap);
    snprintf(whole, sizeof whole, "%s: %s", prefix, e->text);
    memcpy(e->text, whole, sizeof e->text - 1);
    e->text[sizeof e->text - 1] = '\0';
}

int err_exit(enum err_code code)
{
    switch (code) {
    case ERR_OK: return 0;
    case ERR_USAGE: return 64;
    case ERR_DATA: return 65;
    case ERR_NOINPUT: return 66;
    case ERR_BUG: return 70;
    case ERR_CANTCREATE: return 73;
    case ERR_IO: return 74;
    case ERR_PERMISSION: return 77;
    case ERR_CONFIG: return 78;
    case ERR_LIMIT: return 65;
    case ERR_INTERRUPTED: return 130;
    }
    return 70;
}

const char *err_name(enum err_code code)
{
    switch (code) {
    case ERR_OK: return "ok";
    case ERR_USAGE: return "usage";
    case ERR_DATA: return "data";
    case ERR_NOINPUT: return "noinput";
    case ERR_BUG: return "bug";
    case ERR_CANTCREATE: return "cantcreate";
    case ERR_IO: return "io";
    case ERR_PERMISSION: return "permission";
    case ERR_CONFIG: return "config";
    case ERR_LIMIT: return "limit";
    case ERR_INTERRUPTED: return "interrupted";
    }
    return "bug";
}
