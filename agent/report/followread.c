/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/followread.h"

#include <jansson.h>
#include <string.h>

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static enum err_code connection(const json_t *root, const struct follow_sink *sink, struct err *e)
{
    const json_t *verdict = json_object_get(root, "verdict"),
                 *alert = json_array_get(json_object_get(root, "alerts"), 0);
    const char *id = text(verdict, "id"), *severity = text(verdict, "severity"),
               *confidence = text(verdict, "confidence");
    struct follow_row row = { .client = text(root, "client"),
        .server = text(root, "server"),
        .tls = text(root, "tls"),
        .summary = text(root, "summary"),
        .next = text(root, "next"),
        .alert_from = text(alert, "from"),
        .alert = text(alert, "name"),
        .complete = json_is_true(json_object_get(root, "complete")) };
    if (!id || !verdict_parse(slice_of(id), &row.verdict) || !severity || !confidence)
        return err_set(e, ERR_DATA, "a connection has no verdict that is known here");
    row.severity = severity_parse(slice_of(severity));
    row.confidence = confidence_parse(slice_of(confidence));
    if (!row.client || !row.server)
        return err_set(e, ERR_DATA, "a connection has no two ends");
    sink->on_connection(sink->arg, &row);
    return ERR_OK;
}

static bool take_count(const json_t *root, const char *key, uint64_t *out)
{
    const json_t *n = json_object_get(root, key);
    *out = (uint64_t)json_integer_value(n);
    return json_is_integer(n) && json_integer_value(n) >= 0;
}

static enum err_code progress(const json_t *root, const struct follow_sink *sink, struct err *e)
{
    uint64_t frames, handshakes, lost;
    if (!take_count(root, "frames", &frames) || !take_count(root, "handshakes", &handshakes) ||
        !take_count(root, "lost", &lost))
        return err_set(e, ERR_DATA, "progress without its numbers");
    sink->on_progress(sink->arg, frames, handshakes, lost);
    return ERR_OK;
}

enum err_code followread(struct slice line, const struct follow_sink *sink, struct err *e)
{
    json_error_t why;
    json_t *root = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, &why);
    const char *type = text(root, "type");
    enum err_code code = ERR_OK;
    if (!root)
        code = err_set(e, ERR_DATA, "column %d: %s", why.column, why.text);
    else if (!type)
        code = err_set(e, ERR_DATA, "a line without a type");
    else if (strcmp(type, "connection") == 0)
        code = connection(root, sink, e);
    else if (strcmp(type, "progress") == 0)
        code = progress(root, sink, e);
    json_decref(root);
    return code;
}
