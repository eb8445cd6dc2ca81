/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/outletname.h"

#include "base/nearest.h"
#include "base/slice.h"

#include <stdbool.h>
#include <string.h>
#include <sys/un.h>

#define DEV_LOG "unixgram:/dev/log"
#define SHOWN 100 /* bytes of a value in a message */

static const char *const formats[] = {
    [OUTLET_NDJSON] = "ndjson", [OUTLET_ECS] = "ecs", [OUTLET_SYSLOG] = "syslog", NULL
};

const char *outletname_format(enum outlet_format format)
{
    return formats[format];
}

static bool format_parse(struct slice word, enum outlet_format *out)
{
    for (size_t i = 0; formats[i]; i++)
        if (slice_eq(word, slice_of(formats[i]))) {
            *out = (enum outlet_format)i;
            return true;
        }
    return false;
}

enum err_code outletname_socket(const char *path, struct err *e)
{
    const size_t most = sizeof((struct sockaddr_un *)NULL)->sun_path - 1;
    if (!path[0])
        return err_set(e, ERR_CONFIG, "names no socket");
    if (strlen(path) > most)
        return err_set(
            e, ERR_CONFIG, "names a socket with a path of %zu bytes; the system takes %zu", strlen(path), most);
    return ERR_OK;
}

static enum err_code target_parse(struct outletname *out, struct err *e)
{
    static const struct {
        const char *begin;
        enum outletname_kind kind;
    } sockets[] = { { "unix:", OUTLETNAME_STREAM }, { "unixgram:", OUTLETNAME_DATAGRAM } };
    out->path = out->target;
    out->kind = strcmp(out->target, "-") == 0 ? OUTLETNAME_STANDARD : OUTLETNAME_FILE;
    for (size_t i = 0; i < sizeof sockets / sizeof *sockets; i++) {
        if (strncmp(out->target, sockets[i].begin, strlen(sockets[i].begin)) != 0)
            continue;
        out->path = out->target + strlen(sockets[i].begin);
        out->kind = sockets[i].kind;
        return outletname_socket(out->path, e);
    }
    return ERR_OK;
}

enum err_code outletname_parse(const char *value, struct outletname *out, struct err *e)
{
    char near[NEAREST_TEXT];
    struct slice target, format = slice_cut(slice_of(value), '=', &target);
    *out = (struct outletname){ .target = target.p };
    if (!format_parse(format, &out->format))
        return err_set(e, ERR_CONFIG, "has the format ndjson, ecs or syslog, not \"%.*s\"%s",
            format.n > SHOWN ? SHOWN : (int)format.n, format.n ? format.p : "",
            nearest_text(format, formats, "", near));
    if (!strchr(value, '='))
        out->target = out->format == OUTLET_SYSLOG ? DEV_LOG : "-";
    else if (target.n == 0)
        return err_set(e, ERR_CONFIG, "has nothing behind the = of \"%.*s\"", SHOWN, value);
    return target_parse(out, e);
}
