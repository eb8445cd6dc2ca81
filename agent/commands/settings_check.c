/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/settings_check.h"

#include "base/buf.h"
#include "base/nearest.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define SHOWN 100 /* bytes of a value in a message */

/* ---- text ---- */

bool settings_check_shown(const char *text)
{
    /* line ends of YAML 1.1 that a terminal does not mind, the byte order mark, and what is no character */
    static const char *const refused[] = { "\xe2\x80\xa8", "\xe2\x80\xa9", "\xef\xbb\xbf", "\xef\xbf\xbe",
        "\xef\xbf\xbf" };
    struct slice s = slice_of(text);
    struct buf b = { 0 };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (slice_contains(s, slice_of(refused[i])))
            return false;
    for (size_t i = 0, len = 1; i < s.n && len; i += len) {
        len = utf8_length(slice_from(s, i)); /* 0: the copy ends here, and differs */
        if (text[i] != '\\')                 /* which is doubled, and harmless */
            buf_terminal(&b, (struct slice){ text + i, len });
        else
            buf_putc(&b, '\\');
    }
    bool same = b.n == s.n && (s.n == 0 || memcmp(b.p, text, s.n) == 0);
    buf_clear(&b);
    return same;
}

static enum err_code refuse_relative(const char *text, struct err *e)
{
    return err_set(e, ERR_CONFIG, "takes a path that begins with /, not \"%.*s\"", SHOWN, text);
}

enum err_code settings_check_path(const char *text, bool from_flag, struct err *e)
{
    /* in a file nobody could say to which folder it is relative: the file's, or the daemon's? */
    return text[0] == '/' || from_flag ? ERR_OK : refuse_relative(text, e);
}

enum err_code settings_check_word(const char *text, bool from_flag, struct err *e)
{
    (void)text;
    (void)from_flag;
    (void)e;
    return ERR_OK;
}

enum err_code settings_check_from(const char *text, bool from_flag, struct err *e)
{
    static const char *const known[] = { "end", "beginning", "all", NULL };
    char near[NEAREST_TEXT];
    (void)from_flag;
    for (const char *const *k = known; *k; k++)
        if (strcmp(text, *k) == 0)
            return ERR_OK;
    return err_set(e, ERR_CONFIG, "is end, beginning or all, not \"%.*s\"%s", SHOWN, text,
        nearest_text(slice_of(text), known, "", near));
}

enum err_code settings_check_user(const char *text, bool from_flag, struct err *e)
{
    (void)from_flag;
    if (text[0] != '-' && !strpbrk(text, ":/ \t"))
        return ERR_OK;
    return err_set(e, ERR_CONFIG, "takes the name of a user, not \"%.*s\"", SHOWN, text);
}

enum err_code settings_check_interface(const char *text, bool from_flag, struct err *e)
{
    (void)from_flag;
    if (text[0] != '-' && !strpbrk(text, "/ \t"))
        return ERR_OK;
    return err_set(e, ERR_CONFIG, "takes the name of an interface, or any, not \"%.*s\"", SHOWN, text);
}

/* ---- sockets and outputs ---- */

enum err_code settings_check_socket(const char *path, bool from_flag, struct err *e)
{
    struct sockaddr_un a;
    if (!path[0] || (path[0] != '/' && !from_flag))
        return refuse_relative(path, e);
    if (strlen(path) >= sizeof a.sun_path)
        return err_set(e, ERR_CONFIG, "names a socket with a path of %zu bytes; the system takes %zu", strlen(path),
            sizeof a.sun_path - 1);
    return ERR_OK;
}

enum err_code settings_check_output(const char *text, bool from_flag, struct err *e)
{
    static const char *const known[] = { "ndjson", "ecs", "syslog", NULL };
    const char *const *k = known;
    char near[NEAREST_TEXT];
    struct slice target, format = slice_cut(slice_of(text), '=', &target);
    bool has_target = format.n < strlen(text);
    while (*k && !slice_eq(slice_of(*k), format))
        k++;
    if (!*k)
        return err_set(e, ERR_CONFIG, "has the format ndjson, ecs or syslog, not \"%.*s\"%s",
            format.n > SHOWN ? SHOWN : (int)format.n, format.p, nearest_text(format, known, "", near));
    if (!has_target || slice_eq(target, SLICE("-")))
        return ERR_OK;
    if (slice_starts(target, SLICE("unix:")))
        return settings_check_socket(target.p + 5, from_flag, e);
    if (slice_starts(target, SLICE("unixgram:")))
        return settings_check_socket(target.p + 9, from_flag, e);
    if (target.n == 0)
        return err_set(e, ERR_CONFIG, "has nothing behind the = of \"%.*s\"", SHOWN, text);
    return settings_check_path(target.p, from_flag, e);
}

static bool loopback(const char *address)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, address, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    if (address[0] == '[') {
        char inner[INET6_ADDRSTRLEN] = "";
        size_t n = strlen(address);
        if (address[n - 1] != ']' || n - 2 >= sizeof inner)
            return false;
        memcpy(inner, address + 1, n - 2);
        return inet_pton(AF_INET6, inner, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
    }
    return strcmp(address, "localhost") == 0;
}

enum err_code settings_check_metrics(const char *text, bool from_flag, struct err *e)
{
    char address[INET6_ADDRSTRLEN + 2] = "";
    uint32_t port;
    if (strncmp(text, "unix:", 5) == 0)
        return settings_check_socket(text + 5, from_flag, e);
    const char *colon = strrchr(text, ':');
    if (!colon || (text[0] != '[' && memchr(text, ':', (size_t)(colon - text))))
        return err_set(e, ERR_CONFIG,
            "takes ADDRESS:PORT, such as 127.0.0.1:9305 or [::1]:9305, or unix:PATH, not \"%.*s\"", SHOWN, text);
    if (!slice_u32(slice_of(colon + 1), 65535, &port) || port == 0)
        return err_set(e, ERR_CONFIG, "takes a port from 1 to 65535, not \"%.*s\"", SHOWN, colon + 1);
    if ((size_t)(colon - text) < sizeof address) {
        memcpy(address, text, (size_t)(colon - text));
        if (loopback(address))
            return ERR_OK;
    }
    return err_set(e, ERR_CONFIG,
        "serves on a loopback address only (127.0.0.0/8, [::1], localhost) or on unix:PATH, not on \"%.*s\": metrics "
        "name "
        "all peers, and nobody is asked for a password",
        (int)(colon - text > SHOWN ? SHOWN : colon - text), text);
}

/* ---- durations ---- */

static const struct {
    char letter;
    uint32_t seconds;
} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

bool settings_check_duration(const char *text, uint32_t *seconds)
{
    struct slice s = slice_of(text);
    uint32_t n, unit = 1;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (s.n && s.p[s.n - 1] == units[i].letter)
            unit = units[i].seconds;
    if (s.n && (s.p[s.n - 1] < '0' || s.p[s.n - 1] > '9'))
        s.n -= strchr("dhms", s.p[s.n - 1]) != NULL;
    if (!slice_u32(s, UINT32_MAX / unit, &n))
        return false;
    *seconds = n * unit;
    return true;
}

const char *settings_check_period(uint32_t seconds, char out[SETTINGS_DURATION_TEXT])
{
    size_t i = 0;
    while (seconds == 0 ? i + 1 < sizeof units / sizeof *units : seconds % units[i].seconds != 0)
        i++;
    snprintf(out, SETTINGS_DURATION_TEXT, "%u%c", seconds / units[i].seconds, units[i].letter);
    return out;
}
