/* SPDX-License-Identifier: BSD-2-Clause */
/* One device of an inventory, value by value. */
#include "agent/remedy/inventory_parts.h"

#include "agent/diagnosis/casefile.h"
#include "base/caps.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <stdlib.h>

const char *const device_field_names[] = {
#define X(id, name, list) name,
    DEVICE_FIELDS(X)
#undef X
        NULL
};

bool device_field_is_list(enum device_field f)
{
    return f == DEVICE_GROUPS || f == DEVICE_TAGS;
}

static bool letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 1123, and underscores, which people use. */
static bool host_name(struct slice s)
{
    size_t label = 0;
    bool letters = false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.') {
            if (label == 0 || s.p[i - 1] == '-')
                return false;
            label = 0;
            continue;
        }
        if (!letter_or_digit(s.p[i]) && s.p[i] != '_' && (s.p[i] != '-' || label == 0))
            return false;
        letters |= s.p[i] < '0' || s.p[i] > '9';
        if (++label > 63)
            return false;
    }
    return letters && s.n <= 253 && s.p[s.n - 1] != '-'; /* without a letter it is a broken address */
}

static bool is_host(struct slice s)
{
    char text[CAP_NAME_BYTES + 1], space[16];
    if (s.n == 0 || s.n > CAP_NAME_BYTES || memchr(s.p, 0, s.n))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    return inet_pton(AF_INET, text, space) == 1 || inet_pton(AF_INET6, text, space) == 1 || host_name(s);
}

/* A name goes into tables, file names of runs and patterns: no separators of these, nothing that can't be seen. */
static bool is_word(struct slice s)
{
    if (s.n == 0 || s.n > CAP_NAME_BYTES || s.p[0] == '!' || s.p[0] == '~' || s.p[0] == '@')
        return false;
    for (size_t i = 0; i < s.n; i += utf8_length(slice_from(s, i)))
        if (utf8_length(slice_from(s, i)) == 0 || (unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f || s.p[i] == ',' ||
            s.p[i] == '/' || s.p[i] == '*' || s.p[i] == '?' || s.p[i] == '[')
            return false;
    return true;
}

static bool is_user(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!letter_or_digit(s.p[i]) && (i == 0 || !memchr("_.-@\\", s.p[i], 5)) && s.p[i] != '_')
            return false;
    return s.n && s.n <= CAP_NAME_BYTES;
}

static bool is_port(struct slice s, uint16_t *out)
{
    uint32_t n;
    if (!slice_u32(s, 65535, &n) || n == 0)
        return false;
    *out = (uint16_t)n;
    return true;
}

static bool is_jump(struct slice s)
{
    struct slice rest, user = slice_cut(s, '@', &rest);
    uint16_t port;
    if (memchr(s.p, '@', s.n)) {
        if (!is_user(user))
            return false;
        s = rest;
    }
    if (slice_starts(s, SLICE("["))) { /* [2001:db8::1]:22 */
        struct slice host = slice_cut(slice_from(s, 1), ']', &rest);
        return is_host(host) && (rest.n == 0 || (*rest.p == ':' && is_port(slice_from(rest, 1), &port)));
    }
    if (is_host(s)) /* an IPv6 address without a port, too */
        return true;
    struct slice host = slice_cut(s, ':', &rest);
    return is_host(host) && is_port(rest, &port);
}

/* As ssh-keygen -l prints it: 32 bytes in base64, without padding. */
static bool is_fingerprint(struct slice s)
{
    if (!slice_starts(s, SLICE("SHA256:")) || s.n != 7 + 43)
        return false;
    for (size_t i = 7; i < s.n; i++)
        if (!letter_or_digit(s.p[i]) && s.p[i] != '+' && s.p[i] != '/')
            return false;
    return true;
}

static void take(char **to, struct slice value)
{
    free(*to);
    *to = mem_strndup(value.p, value.n);
}

static enum err_code add_word(struct words *w, struct slice value, const char *what, struct err *e)
{
    if (!is_word(value))
        return err_set(e, ERR_DATA, "a %s is a word without , / * ? [ and control characters", what);
    if (w->n == CAP_CONFIG_ITEMS)
        return err_set(e, ERR_DATA, "more than %d %ss", CAP_CONFIG_ITEMS, what);
    w->items = mem_resize(w->items, w->n + 1, sizeof *w->items);
    w->items[w->n++] = mem_strndup(value.p, value.n);
    return ERR_OK;
}

static enum err_code set_role(struct device *d, struct slice value, struct err *e)
{
    static const enum role roles[] = { ROLE_FTD, ROLE_FMC };
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (slice_eq_nocase(value, slice_of(role_name(roles[i])))) {
            d->role = roles[i];
            return ERR_OK;
        }
    return err_set(e, ERR_DATA, "role is ftd or fmc");
}

static enum err_code set_uuid(struct device *d, struct slice value, struct err *e)
{
    if (!slice_is_uuid(value))
        return err_set(e, ERR_DATA, "uuid is 8-4-4-4-12 hexadecimal digits");
    take(&d->uuid, value);
    for (char *p = d->uuid; *p; p++)
        if (*p >= 'A' && *p <= 'F')
            *p = (char)(*p - 'A' + 'a');
    return ERR_OK;
}

static enum err_code set_auth(struct auth *to, struct slice value, struct err *e)
{
    struct auth a;
    enum err_code rc = auth_parse(value, &a, e);
    if (rc != ERR_OK)
        return rc;
    auth_clear(to);
    *to = a;
    return ERR_OK;
}

static enum err_code set_text(char **to, struct slice value, bool valid, const char *rule, struct err *e)
{
    if (!valid)
        return err_set(e, ERR_DATA, "%s", rule);
    take(to, value);
    return ERR_OK;
}

enum err_code device_set(struct device *d, enum device_field f, struct slice value, struct err *e)
{
    switch (f) {
    case DEVICE_NAME:
        return set_text(
            &d->name, value, is_word(value), "a name is a word without , / * ? [ and control characters", e);
    case DEVICE_ADDRESS:
        return set_text(&d->address, value, is_host(value), "an address is IPv4, IPv6 or a host name", e);
    case DEVICE_PORT:
        return is_port(value, &d->port) ? ERR_OK : err_set(e, ERR_DATA, "port is a number from 1 to 65535");
    case DEVICE_USER: return set_text(&d->user, value, is_user(value), "a login is letters, digits and . _ - @", e);
    case DEVICE_ROLE: return set_role(d, value, e);
    case DEVICE_UUID: return set_uuid(d, value, e);
    case DEVICE_JUMP: return set_text(&d->jump, value, is_jump(value), "jump is [USER@]HOST[:PORT]", e);
    case DEVICE_HOST_KEY:
        return set_text(&d->host_key, value, is_fingerprint(value),
            "host_key is SHA256: and 43 characters, as ssh-keygen -l -f shows it", e);
    case DEVICE_AUTH: return set_auth(&d->auth, value, e);
    case DEVICE_BECOME: return set_auth(&d->become, value, e);
    case DEVICE_GROUPS: return add_word(&d->groups, value, "group", e);
    case DEVICE_TAGS: return add_word(&d->tags, value, "tag", e);
    case DEVICE_FIELD_COUNT: break;
    }
    return err_set(e, ERR_BUG, "no such field");
}
