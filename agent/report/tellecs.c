/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/report/tellecs.h"

#include "agent/report/tellread.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#define VERSION "8.11.0"

/* ---- building ---- */

/* "event.kind": an object for each name before a dot. value is taken over; NULL is left out. */
static void set(json_t *root, const char *path, json_t *value)
{
    char name[32];
    const char *dot;
    if (!value)
        return;
    for (; (dot = strchr(path, '.')) != NULL; path = dot + 1) {
        snprintf(name, sizeof name, "%.*s", (int)(dot - path), path);
        json_t *inner = json_object_get(root, name);
        if (!inner) {
            inner = json_object();
            json_object_set_new(root, name, inner);
        }
        root = inner;
    }
    json_object_set_new(root, path, value);
}

static void set_text(json_t *root, const char *path, const char *text)
{
    if (text)
        set(root, path, json_string(text));
}

static void set_list(json_t *root, const char *path, const char *first, const char *second)
{
    json_t *list = json_array();
    if (first)
        json_array_append_new(list, json_string(first));
    if (second)
        json_array_append_new(list, json_string(second));
    set(root, path, list);
}

/* ---- what an event is ---- */

static bool is(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

static const char *outcome_word(const char *type, const json_t *in)
{
    const char *id = tellread_verdict(in, "id"), *outcome = tellread_text(in, "outcome");
    if (is(type, "attempt"))
        return is(outcome, "established") ? "success" : is(outcome, "incomplete") ? "unknown" : "failure";
    if (is(tellread_text(in, "reason"), "established") || is(id, "SFT-1000"))
        return "success";
    return is(type, "source") || is(id, "SFT-1901") ? "unknown" : "failure";
}

static void set_categories(json_t *out, const char *type, const char *change)
{
    const char *phase = is(change, "opened") ? "start" : is(change, "closed") ? "end" : NULL;
    set_list(
        out, "event.category", is(type, "source") ? "host" : "network", is(type, "verdict") ? "configuration" : NULL);
    if (is(type, "attempt"))
        set_list(out, "event.type", "connection", "protocol");
    else
        set_list(out, "event.type", "info", phase);
}

static void set_action(json_t *out, const char *type, const json_t *in)
{
    const char *change = tellread_text(in, "change"), *what = tellread_text(in, "what");
    struct buf action = { 0 };
    buf_puts(&action, is(type, "attempt") ? "sftunnel-handshake" : type);
    if (is(type, "verdict"))
        change = "changed";
    if (is(type, "source"))
        change = what;
    if (change)
        buf_printf(&action, "-%s", change);
    set_text(out, "event.action", action.p);
    buf_clear(&action);
}

/* The numbers that the vendor of ECS gives to low, medium, high and critical. */
static void set_severity(json_t *out, enum severity s)
{
    static const int number[] = {
        [SEVERITY_OK] = 21, [SEVERITY_UNKNOWN] = 47, [SEVERITY_WARNING] = 73, [SEVERITY_CRITICAL] = 99
    };
    static const char *const level[] = { [SEVERITY_OK] = "info",
        [SEVERITY_UNKNOWN] = "notice",
        [SEVERITY_WARNING] = "warning",
        [SEVERITY_CRITICAL] = "critical" };
    set(out, "event.severity", json_integer(number[s]));
    set_text(out, "log.level", level[s]);
}

static void set_event(json_t *out, uint64_t number, const char *type, const json_t *in)
{
    const char *change = tellread_text(in, "change"), *reason = tellread_text(in, "reason");
    bool alert = (is(type, "incident") && is(change, "opened")) || is(type, "alarm");
    struct buf dataset = { 0 };
    buf_printf(&dataset, "sftunnel.%s", type);
    set_text(out, "event.kind", alert ? "alert" : "event");
    set_categories(out, type, change);
    set_action(out, type, in);
    set_text(out, "event.outcome", outcome_word(type, in));
    set_text(out, "event.reason", reason ? reason : tellread_text(in, is(type, "source") ? "what" : "outcome"));
    set_text(out, "event.id", tellread_text(in, "id"));
    set(out, "event.sequence", json_integer((json_int_t)number));
    set_text(out, "event.code", tellread_verdict(in, "id"));
    set_severity(out, tellread_severity(in));
    set_text(out, "event.module", "sftunnel");
    set_text(out, "event.dataset", dataset.p);
    set_text(out, "event.provider", "sftunnel-agent");
    set_text(out, "event.timezone", "+00:00");
    set_text(out, "event.start", tellread_text(in, "first"));
    set_text(out, "event.end", tellread_text(in, "last"));
    buf_clear(&dataset);
}

/* ---- who ---- */

static bool is_ip(const char *text)
{
    unsigned char space[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, text, space) == 1 || inet_pton(AF_INET6, text, space) == 1;
}

static void set_ends(json_t *out, const json_t *in)
{
    const char *observer = tellread_text(in, "observer"), *role = tellread_text(in, "role"),
               *address = tellread_text(in, "address"), *name = tellread_text(in, "name");
    set_text(out, "host.name", observer);
    set_text(out, "observer.hostname", observer);
    if (is(role, "fmc") || is(role, "ftd")) {
        set_text(out, "observer.vendor", "Cisco");
        set_text(out, "observer.product", is(role, "fmc") ? "FMC" : "FTD");
    }
    if (is(role, "ftd"))
        set_text(out, "observer.type", "firewall");
    if (address) {
        set_text(out, "destination.address", address);
        set_text(out, "network.transport", "tcp");
        set_text(out, "network.application", "sftunnel");
        set_list(out, is_ip(address) ? "related.ip" : "related.hosts", address, NULL);
        if (is_ip(address))
            set_text(out, "destination.ip", address);
    }
    set_text(out, "sftunnel.peer.uuid", tellread_text(in, "uuid"));
    set_text(out, "sftunnel.peer.name", name);
}

/* "verify_failed/10": a kind, and its number. */
static void set_error(json_t *out, const char *outcome)
{
    const char *slash = outcome ? strchr(outcome, '/') : NULL;
    if (!slash)
        return;
    set_text(out, "error.code", slash + 1);
    set(out, "error.type", json_stringn(outcome, (size_t)(slash - outcome)));
    set_text(out, "error.message", outcome);
}

static void set_tls(json_t *out, const char *type, const json_t *in)
{
    const char *ca = tellread_text(in, "ca_uuid"), *outcome = tellread_text(in, "outcome");
    if (is(type, "attempt") && outcome)
        set(out, "tls.established", json_boolean(is(outcome, "established")));
    if (ca) /* the name of its InternalCA, which has signed the certificates of both ends */
        set_list(out, "tls.server.x509.issuer.common_name", ca, NULL);
}

/* What has no name in ECS, also what was added after this was written. */
static void set_rest(json_t *out, json_t *in)
{
    static const char *const known[] = { "type", "id", "at", "observer", "address", "uuid", "name", "verdict", "first",
        "last", "reason", "summary", "path", "text", "what", "severity", NULL };
    const char *key;
    json_t *value;
    set_text(out, "sftunnel.verdict", tellread_verdict(in, "name"));
    set_text(out, "sftunnel.confidence", tellread_verdict(in, "confidence"));
    json_t *rest = json_object_get(out, "sftunnel");
    json_object_foreach(in, key, value)
    {
        size_t i = 0;
        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (!known[i] && !rest) {
            rest = json_object();
            json_object_set_new(out, "sftunnel", rest);
        }
        if (!known[i])
            json_object_set(rest, key, value);
    }
}

static json_t *convert(uint64_t number, const char *type, json_t *in)
{
    struct buf message = { 0 };
    json_t *out = json_object();
    tellread_message(&message, in);
    set_text(out, "@timestamp", tellread_text(in, "at"));
    set_text(out, "ecs.version", VERSION);
    set_text(out, "message", message.p);
    set_event(out, number, type, in);
    set_ends(out, in);
    set_error(out, tellread_text(in, "outcome"));
    set_tls(out, type, in);
    set_text(out, "rule.id", tellread_verdict(in, "id"));
    set_text(out, "rule.name", tellread_verdict(in, "name"));
    set_text(out, "log.file.path", tellread_text(in, "path"));
    set_rest(out, in);
    buf_clear(&message);
    return out;
}

enum err_code tell_ecs(struct buf *b, uint64_t number, struct slice body, struct err *e)
{
    json_t *in = tellread(body, e);
    if (!in)
        return ERR_DATA;
    json_t *out = convert(number, tellread_text(in, "type"), in);
    char *text = json_dumps(out, JSON_COMPACT | JSON_ENSURE_ASCII);
    if (text) {
        buf_puts(b, text);
        buf_putc(b, '\n');
    }
    free(text);
    json_decref(out);
    json_decref(in);
    return text ? ERR_OK : err_set(e, ERR_BUG, "an event can't be written with ECS names");
}
