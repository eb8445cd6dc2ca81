/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/peersmap.h"

#include "base/caps.h"

#include <jansson.h>

static struct slice string_of(const json_t *v)
{
    return json_is_string(v) ? (struct slice){ json_string_value(v), json_string_length(v) } : SLICE("");
}

static bool among(const char *key, const char *const *names)
{
    for (; *names; names++)
        if (slice_eq_nocase(slice_of(key), slice_of(*names)))
            return true;
    return false;
}

static void one_peer(struct facts *f, struct slice uuid, json_t *value)
{
    static const char *const name_keys[] = { "name", "hostname", "host_name", "display_name", "peer_name", NULL };
    static const char *const address_keys[] = { "ip", "address", "host", "ipv4", "ipv6", "ip_address", "peer_ip",
        NULL };
    struct slice name = SLICE(""), address = SLICE("");
    const char *key;
    json_t *field;
    json_object_foreach(value, key, field)
    { /* none when it is no object */
        struct slice s = string_of(field);
        if (name.n == 0 && among(key, name_keys))
            name = s;
        if (address.n == 0 && among(key, address_keys))
            address = s;
    }
    facts_peer(f, 0, uuid, name, address);
}

void peersmap_read(struct facts *f, struct slice text)
{
    json_error_t error;
    const char *key;
    json_t *value;
    if (text.n > CAP_JSON_BYTES) {
        facts_problem(f, "has more than %d bytes: left out (cap json-bytes)", CAP_JSON_BYTES);
        return;
    }
    json_t *root = json_loadb(text.p, text.n, JSON_ALLOW_NUL, &error);
    if (!json_is_object(root)) {
        if (root)
            facts_problem(f, "is no JSON object: left out");
        else
            facts_problem(f, "line %d, column %d: %s: left out", error.line, error.column, error.text);
        json_decref(root);
        return;
    }
    json_object_foreach(root, key, value) if (slice_is_uuid(slice_of(key))) one_peer(f, slice_of(key), value);
    json_decref(root);
}
