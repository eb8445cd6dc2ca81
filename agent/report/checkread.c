/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/checkread.h"

#include <jansson.h>

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static bool read_row(const json_t *peer, struct check_row *row)
{
    const json_t *observer = json_object_get(peer, "observer"), *verdict = json_object_get(peer, "verdict");
    const char *id = text(verdict, "id");
    *row = (struct check_row){ .observer = text(observer, "host"),
        .role = text(observer, "role"),
        .address = text(peer, "address"),
        .uuid = text(peer, "uuid"),
        .name = text(peer, "name"),
        .self = json_is_true(json_object_get(peer, "self")),
        .severity = severity_parse(slice_of(text(verdict, "severity"))),
        .confidence = confidence_parse(slice_of(text(verdict, "confidence"))),
        .summary = text(peer, "summary"),
        .next = text(peer, "next"),
        .ca_uuid = text(peer, "ca_uuid"),
        .not_after = text(peer, "not_after") };
    return id && verdict_parse(slice_of(id), &row->verdict);
}

enum err_code checkread(struct slice json, check_row_fn *each, void *arg, struct err *e)
{
    json_error_t why;
    json_t *root = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, &why);
    const json_t *peers = json_object_get(root, "peers"), *peer;
    enum err_code code = ERR_OK;
    size_t i;
    if (!root)
        code = err_set(e, ERR_DATA, "line %d, column %d: %s", why.line, why.column, why.text);
    else if (!json_is_array(peers))
        code = err_set(e, ERR_DATA, "there is no list of peers");
    json_array_foreach(peers, i, peer)
    {
        struct check_row row;
        if (code == ERR_OK && !read_row(peer, &row))
            code = err_set(e, ERR_DATA, "peer %zu has no verdict that is known here", i + 1);
        if (code == ERR_OK)
            each(arg, &row);
    }
    json_decref(root);
    return code;
}
