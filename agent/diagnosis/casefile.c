/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/casefile.h"

#include "base/buf.h"
#include "base/caps.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

uint32_t casefile_source(struct casefile *c, const char *path, enum source_kind kind, uint32_t unit)
{
    c->sources = mem_grow(c->sources, &c->source_capacity, c->source_count + 1, sizeof *c->sources);
    c->sources[c->source_count] = (struct source){
        .path = mem_strdup(path), .kind = kind, .unit = unit, .first = CIVIL_NONE, .last = CIVIL_NONE
    };
    return (uint32_t)c->source_count++;
}

struct log_counts casefile_counts(const struct casefile *c)
{
    struct log_counts sum = { 0 };
    for (size_t i = 0; i < c->source_count; i++)
        log_counts_add(&sum, &c->sources[i].n);
    return sum;
}

static void add_problem(struct casefile *c, const char *path, const char *text, uint64_t count)
{
    if (c->problem_count >= CAP_PROBLEMS) {
        path = "(further places)";
        text = "more problems than are told apart (cap problems)";
    }
    for (size_t i = 0; i < c->problem_count; i++)
        if (strcmp(c->problems[i].path, path) == 0 && strcmp(c->problems[i].text, text) == 0) {
            c->problems[i].count += count;
            return;
        }
    c->problems = mem_grow(c->problems, &c->problem_capacity, c->problem_count + 1, sizeof *c->problems);
    c->problems[c->problem_count++] =
        (struct problem){ .path = mem_strdup(path), .text = mem_strdup(text), .count = count };
}

void casefile_problem(struct casefile *c, const char *path, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    add_problem(c, path, text, 1);
}

void casefile_problems(struct casefile *c, const char *path, uint64_t count, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    add_problem(c, path, text, count);
}

void casefile_appliance(
    struct casefile *c, uint32_t source, enum role role, struct slice uuid, struct slice model, struct slice version)
{
    c->appliances = mem_grow(c->appliances, &c->appliance_capacity, c->appliance_count + 1, sizeof *c->appliances);
    c->appliances[c->appliance_count++] = (struct appliance){
        .unit = c->sources[source].unit,
        .source = source,
        .role = role,
        .uuid = mem_strndup(uuid.p, uuid.n),
        .model = mem_strndup(model.p, model.n),
        .version = mem_strndup(version.p, version.n),
    };
    if (version.n)
        c->sources[source].version = c->appliances[c->appliance_count - 1].version;
}

static char *copy(const char *s)
{
    return mem_strdup(s ? s : "");
}

void casefile_peer(struct casefile *c, const struct peer_fact *fact)
{
    c->peers = mem_grow(c->peers, &c->peer_capacity, c->peer_count + 1, sizeof *c->peers);
    struct peer_fact *p = &c->peers[c->peer_count++];
    *p = *fact;
    p->uuid = copy(fact->uuid);
    p->name = copy(fact->name);
    p->address = copy(fact->address);
    p->version = copy(fact->version);
}

void casefile_push(struct casefile *c, const struct push_fact *fact)
{
    c->pushes = mem_grow(c->pushes, &c->push_capacity, c->push_count + 1, sizeof *c->pushes);
    struct push_fact *p = &c->pushes[c->push_count++];
    *p = *fact;
    p->uuid = copy(fact->uuid);
    p->name = copy(fact->name);
    p->address = copy(fact->address);
    p->file = copy(fact->file);
    p->text = copy(fact->text);
}

void casefile_status(struct casefile *c, const struct status_fact *fact)
{
    c->statuses = mem_grow(c->statuses, &c->status_capacity, c->status_count + 1, sizeof *c->statuses);
    struct status_fact *p = &c->statuses[c->status_count++];
    *p = *fact;
    p->peer = copy(fact->peer);
    p->reason = copy(fact->reason);
    p->text = copy(fact->text);
}

void casefile_host(struct casefile *c, const struct host_fact *fact)
{
    c->hosts = mem_grow(c->hosts, &c->host_capacity, c->host_count + 1, sizeof *c->hosts);
    struct host_fact *h = &c->hosts[c->host_count++];
    *h = *fact;
    h->value = copy(fact->value);
    h->text = copy(fact->text);
    if (h->kind == HOST_MANAGED)
        c->sources[h->source].managed = h->value;
}

void casefile_stream(struct casefile *c, struct segment *stream)
{
    c->streams = mem_grow(c->streams, &c->stream_capacity, c->stream_count + 1, sizeof *c->streams);
    c->streams[c->stream_count++] = stream; /* transferred */
}

static void clear_facts(struct casefile *c)
{
    for (size_t i = 0; i < c->peer_count; i++) {
        free(c->peers[i].uuid);
        free(c->peers[i].name);
        free(c->peers[i].address);
        free(c->peers[i].version);
    }
    for (size_t i = 0; i < c->push_count; i++) {
        struct push_fact *p = &c->pushes[i];
        char *const all[] = { p->uuid, p->name, p->address, p->file, p->text };
        for (size_t k = 0; k < sizeof all / sizeof *all; k++)
            free(all[k]);
    }
    for (size_t i = 0; i < c->status_count; i++) {
        free(c->statuses[i].peer);
        free(c->statuses[i].reason);
        free(c->statuses[i].text);
    }
    for (size_t i = 0; i < c->host_count; i++) {
        free(c->hosts[i].value);
        free(c->hosts[i].text);
    }
}

void casefile_clear(struct casefile *c)
{
    for (size_t i = 0; i < c->source_count; i++) {
        free(c->sources[i].path);
        free(c->sources[i].host);
    }
    for (size_t i = 0; i < c->problem_count; i++) {
        free(c->problems[i].path);
        free(c->problems[i].text);
    }
    for (size_t i = 0; i < c->appliance_count; i++) {
        free(c->appliances[i].uuid);
        free(c->appliances[i].model);
        free(c->appliances[i].version);
    }
    clear_facts(c);
    for (size_t i = 0; i < c->wire_count; i++)
        wire_clear(&c->wires[i]);
    free(c->wires);
    for (size_t i = 0; i < c->disk_count; i++)
        disk_clear(&c->disks[i]);
    free(c->disks);
    free(c->trusted);
    certs_free(c->certs);
    for (size_t i = 0; i < c->stream_count; i++)
        segment_free(c->streams[i]);
    free(c->sources);
    free(c->problems);
    free(c->appliances);
    free(c->peers);
    free(c->pushes);
    free(c->statuses);
    free(c->hosts);
    free(c->streams);
    *c = (struct casefile){ 0 };
}

const char *source_kind_name(enum source_kind kind)
{
    switch (kind) {
    case SOURCE_LOG: return "log";
    case SOURCE_COMMS: return "comms_log";
    case SOURCE_IMS_CONF: return "ims_conf";
    case SOURCE_PEERS_MAP: return "peers_map";
    case SOURCE_STATUS: return "status";
    case SOURCE_FAILED_PUSH: return "failed_push";
    case SOURCE_GENERATION_LOG: return "generation_log";
    case SOURCE_CAPTURE: return "capture";
    case SOURCE_CERTIFICATE: return "certificate";
    case SOURCE_TUNNEL_CONF: return "sftunnel_conf";
    case SOURCE_PROBE: return "probe";
    case SOURCE_SW_VERSION: return "sw_version";
    case SOURCE_HEARTBEAT: return "heartbeat";
    }
    return "log";
}

const char *role_name(enum role role)
{
    switch (role) {
    case ROLE_UNKNOWN: return "unknown";
    case ROLE_FMC: return "fmc";
    case ROLE_FTD: return "ftd";
    }
    return "unknown";
}

const char *year_basis_name(enum year_basis basis)
{
    switch (basis) {
    case YEAR_NONE: return "none";
    case YEAR_FORCED: return "forced";
    case YEAR_STAMP: return "stamp";
    case YEAR_ARCHIVE: return "archive";
    case YEAR_FILE: return "file";
    case YEAR_NOW: return "now";
    case YEAR_CAPTURE: return "capture";
    }
    return "none";
}
