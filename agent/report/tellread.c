/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/tellread.h"

#include <jansson.h>

struct json_t *tellread(struct slice body, struct err *e)
{
    json_error_t why;
    json_t *root = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, &why);
    if (root && tellread_text(root, "type") && tellread_text(root, "at"))
        return root;
    (void)err_set(e, ERR_DATA, "an event is damaged: %s", root ? "it has no type or no time" : why.text);
    json_decref(root);
    return NULL;
}

const char *tellread_text(const struct json_t *root, const char *key)
{
    return json_string_value(json_object_get(root, key));
}

const char *tellread_verdict(const struct json_t *root, const char *key)
{
    return tellread_text(json_object_get(root, "verdict"), key);
}

enum severity tellread_severity(const struct json_t *root)
{
    const char *word = tellread_verdict(root, "severity");
    if (!word)
        word = tellread_text(root, "severity");
    return severity_parse(slice_of(word));
}

static void put(struct buf *b, const char *before, const char *text, const char *after)
{
    if (!text)
        return;
    buf_puts(b, before);
    buf_puts(b, text);
    buf_puts(b, after);
}

static void attempt_message(struct buf *b, const json_t *root)
{
    const char *outcome = tellread_text(root, "outcome");
    put(b, "attempt with ", tellread_text(root, "address"), ": ");
    buf_puts(b, outcome ? outcome : "of unknown outcome");
}

static void source_message(struct buf *b, const json_t *root)
{
    const char *text = tellread_text(root, "text");
    put(b, "", tellread_text(root, "path"), ": ");
    put(b, "", text ? text : tellread_text(root, "what"), "");
}

void tellread_message(struct buf *b, const struct json_t *root)
{
    const char *type = tellread_text(root, "type"), *summary = tellread_text(root, "summary");
    if (strcmp(type, "attempt") == 0) {
        attempt_message(b, root);
        return;
    }
    if (strcmp(type, "source") == 0) {
        source_message(b, root);
        return;
    }
    bool verdict = strcmp(type, "verdict") == 0;
    buf_puts(b, type);
    put(b, " ", verdict ? tellread_verdict(root, "id") : tellread_text(root, "change"), "");
    put(b, " (", tellread_text(root, "reason"), ")");
    put(b, " (before: ", tellread_text(root, "was"), ")");
    put(b, ": ", tellread_text(root, "address"), "");
    put(b, ": ", summary ? summary : tellread_verdict(root, "name"), "");
}
