/* SPDX-License-Identifier: BSD-2-Clause */
#include "report_cases.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define MANY_PEERS 10000
#define CA_UUID "06f5f3ca-c77b-11e2-81bf-884d9d11f3ef"
#define OTHER_CA "8d1a7f4a-e5b1-11ed-9f3a-0123456789ab"

const char *const report_case_names[] = { "empty", "two-ends", "mixed", "at-risk", "hostile", "many", "wires",
    "wires-hostile", "no-wires", "both", NULL };

static char *copy(const char *s)
{
    return s ? mem_strdup(s) : NULL;
}

static civil at(unsigned month, unsigned day, unsigned second)
{
    return civil_pack(2024, month, day, second);
}

static struct source *add_source(struct report_case *rc, const char *path, const char *host, enum role role)
{
    struct casefile *c = &rc->c;
    c->sources = mem_grow(c->sources, &c->source_capacity, c->source_count + 1, sizeof *c->sources);
    struct source *s = &c->sources[c->source_count++];
    *s = (struct source){
        .path = copy(path),
        .kind = SOURCE_LOG,
        .unit = UNIT_NONE,
        .host = copy(host),
        .role = role,
        .n = { .bytes = 1000, .lines = 10, .sftunneld = 10, .events = 10 },
        .first = CIVIL_NONE,
        .last = CIVIL_NONE,
    };
    rc->d.totals.n.bytes += 1000;
    rc->d.totals.n.lines += 10;
    rc->d.totals.n.sftunneld += 10;
    rc->d.totals.n.events += 10;
    return s;
}

static void set_span(struct source *s, civil first, civil last, enum year_basis basis)
{
    s->first = first;
    s->last = last;
    s->year = civil_year(last);
    s->basis = basis;
}

static void add_problem(struct report_case *rc, const char *path, const char *text, uint64_t count)
{
    struct casefile *c = &rc->c;
    c->problems = mem_grow(c->problems, &c->problem_capacity, c->problem_count + 1, sizeof *c->problems);
    c->problems[c->problem_count++] = (struct problem){ copy(path), copy(text), count };
}

static void add_noise(struct report_case *rc, const char *means, uint32_t source, uint64_t line, const char *text)
{
    rc->d.noise = mem_resize(rc->d.noise, rc->d.noise_count + 1, sizeof *rc->d.noise);
    rc->d.noise[rc->d.noise_count++] = (struct noise){ means, 2, source, line, copy(text) };
}

static struct finding *add_finding(struct report_case *rc, const char *host, const char *address, enum verdict_id id)
{
    struct diagnosis *d = &rc->d;
    size_t n = d->finding_count;
    if ((n & (n - 1)) == 0) /* full: one more each time is slow, above all with sanitizers */
        d->findings = mem_resize(d->findings, n ? 2 * n : 1, sizeof *d->findings);
    struct finding *f = &d->findings[d->finding_count++];
    *f = (struct finding){
        .host = copy(host),
        .address = copy(address),
        .verdict = id,
        .severity = verdict_info(id)->severity,
        .confidence = CONFIDENCE_HIGH,
        .attempts = 1,
        .first = CIVIL_NONE,
        .last = CIVIL_NONE,
        .failing_since = CIVIL_NONE,
        .last_success = CIVIL_NONE,
        .joined = FINDING_NONE,
        .next = copy(verdict_info(id)->next[0]),
    };
    d->totals.by_severity[f->severity]++;
    d->totals.attempts++;
    return f;
}

static void add_outcome(struct finding *f, const char *name, uint64_t count)
{
    f->outcomes = mem_resize(f->outcomes, f->outcome_count + 1, sizeof *f->outcomes);
    struct outcome_count *o = &f->outcomes[f->outcome_count++];
    *o = (struct outcome_count){ name, count };
}

static void add_evidence(struct finding *f, uint32_t source, uint64_t line, const char *text, const char *means)
{
    f->evidence = mem_resize(f->evidence, f->evidence_count + 1, sizeof *f->evidence);
    f->evidence[f->evidence_count++] = (struct evidence){ source, line, copy(text), copy(means), true };
}

static void two_ends(struct report_case *rc)
{
    set_span(add_source(rc, "samples/fmc_messages", "FMC-hostname", ROLE_FMC), at(9, 20, 11663), at(9, 20, 11663),
        YEAR_FILE);
    set_span(add_source(rc, "samples/ftd_messages", "FTD-hostname", ROLE_FTD), at(9, 20, 15047), at(9, 20, 15047),
        YEAR_FILE);
    struct finding *f = add_finding(rc, "FMC-hostname", "10.10.21.10", VERDICT_CA_EXPIRED);
    f->role = ROLE_FMC;
    f->role_inferred = true;
    f->confidence = CONFIDENCE_MEDIUM;
    f->first = f->last = f->failing_since = at(9, 20, 11663);
    add_outcome(f, "alert/45", 1);
    f->summary = copy("10.10.21.10 refused this FMC's certificate chain as expired.");
    f->ca_uuid = copy(CA_UUID);
    add_evidence(f, 0, 5,
        "Sep 20 03:14:23 FMC-hostname SF-IMS[1504]: [4171] sftunneld:sf_ssl [WARN] establishConnectionUtil: SSL "
        "handshake "
        "failed: error:14094415:SSL routines:ssl3_read_bytes:sslv3 alert certificate expired",
        "the peer sent TLS alert 45, certificate expired");
    f->missing = copy("The notAfter of /etc/sf/ca_root/cacert.pem on the FMC.");
    f = add_finding(rc, "FTD-hostname", "10.10.200.31", VERDICT_CA_EXPIRED);
    f->role = ROLE_FTD;
    f->uuid = copy(CA_UUID);
    f->name = copy("fmc-pri");
    f->first = f->last = f->failing_since = at(9, 20, 15047);
    f->last_success = at(9, 19, 40);
    add_outcome(f, "verify_failed/10", 1);
    f->summary = copy("The CA of 10.10.200.31 has expired.");
    f->ca_uuid = copy(CA_UUID);
    add_evidence(f, 1, 7,
        "Sep 20 04:10:47 FTD-hostname SF-IMS[50792]: [51982] sftunneld:sf_ssl [ERROR] err 10:certificate has expired",
        "this end refused the peer's chain at depth 1: the CA, not the peer's own certificate");
    add_evidence(f, SOURCE_NO, 0, "", "both ends say the same of one connection");
    rc->d.findings[0].joined = 1;
    rc->d.findings[1].joined = 0;
    rc->d.findings[1].missing = copy("The notAfter of /etc/sf/ca_root/cacert.pem on the FMC.");
    add_noise(rc, "the internal status 40, printed as strerror(40); no file is concerned", 0, 8,
        "Sep 20 03:14:23 FMC-hostname SF-IMS[1504]: [4171] sftunneld:sf_ssl [ERROR] establishSSLConnection: ret_accept "
        "status : Too many levels of symbolic links");
}

static void mixed(struct report_case *rc)
{
    static const enum verdict_id ids[] = { VERDICT_CA_EXPIRED, VERDICT_CA_MISMATCH, VERDICT_HEALTHY,
        VERDICT_INSUFFICIENT, VERDICT_NETWORK, VERDICT_NOT_YET_VALID, VERDICT_POST_HANDSHAKE_AUTH };
    struct source *s = add_source(rc, "fmc.tgz!dir-archives/var-log/messages.1.gz", "fmc-paris", ROLE_FMC);
    set_span(s, civil_pack(2023, 12, 31, 100), at(1, 2, 5), YEAR_ARCHIVE);
    s->n.unmatched = rc->d.totals.n.unmatched = 3;
    s->n.undecided = rc->d.totals.n.undecided = 1;
    s->n.events = rc->d.totals.n.events = 6;
    s->partial = true;
    add_problem(rc, "fmc.tgz!dir-archives/var-log/messages.2.gz", "is cut off after 12 MiB; what precedes was read", 1);
    add_problem(rc, "fmc.tgz", "device nodes were passed over", 3);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char address[32], name[32];
        snprintf(address, sizeof address, "2001:db8:0:1::10:%zu", i);
        snprintf(name, sizeof name, "ftd-branch-office-%zu", i);
        struct finding *f = add_finding(rc, "fmc-paris", address, ids[i]);
        f->role = ROLE_FMC;
        f->name = copy(name);
        f->attempts = i * 1234;
        f->first = at(1, 1, 10);
        f->last = at(1, 2, 5);
        f->summary = copy(verdict_info(ids[i])->title);
        add_outcome(f, "handshake_failed", i * 1234);
        for (uint64_t k = 1; k <= 6; k++)
            add_evidence(f, 0, k * 100, "Jan  2 00:00:05 fmc-paris SF-IMS[1]: [2] sftunneld:sf_ssl [ERROR] a line",
                "what it says");
        f->evidence[5].supports = false;
    }
    rc->d.totals.unattributed = 2;
    rc->c.interrupted = true;
}

static void at_risk(struct report_case *rc)
{
    set_span(add_source(rc, "-", "fmc", ROLE_FMC), at(9, 20, 0), at(9, 20, 1), YEAR_FORCED);
    struct finding *f = add_finding(rc, "fmc", "10.0.0.1", VERDICT_AT_RISK);
    f->last = f->last_success = at(9, 20, 1);
    add_outcome(f, "established", 1);
    rc->d.at_risk = true;
}

#define HOSTILE                                                                                                        \
    "\x1b[31mred\x1b]0;title\a \xe2\x80\xae"                                                                           \
    "bidi \xff\xc0\xaf \xc2\x9b"                                                                                       \
    "31m \"quote\" \\x41 <b>&amp; \r\n\ttab \x7f end"

static void hostile(struct report_case *rc)
{
    struct source *s = add_source(rc, HOSTILE, HOSTILE, ROLE_UNKNOWN);
    set_span(s, at(2, 29, 0), at(12, 31, 86400), YEAR_NOW);
    s->kind = SOURCE_COMMS;
    s->n.lines = UINT64_MAX;
    add_problem(rc, HOSTILE, HOSTILE, UINT64_MAX);
    struct finding *f = add_finding(rc, HOSTILE, HOSTILE, VERDICT_UNKNOWN_CA);
    f->name = copy(HOSTILE);
    f->uuid = copy(HOSTILE);
    f->ca_uuid = copy(HOSTILE);
    f->summary = copy(HOSTILE);
    f->missing = copy(HOSTILE);
    f->joined = 0; /* itself: must not make a loop */
    add_outcome(f, "alert/48", UINT64_MAX);
    add_evidence(f, 0, UINT64_MAX, HOSTILE, HOSTILE);
    add_evidence(f, 77, 1, HOSTILE, HOSTILE); /* no such source */
    f = add_finding(rc, "", "", VERDICT_INSUFFICIENT);
    free((void *)f->next);
    f->next = NULL;
    f->joined = 12345; /* no such finding */
    add_noise(rc, "noise", SOURCE_NO, 0, HOSTILE);
}

static void many(struct report_case *rc)
{
    set_span(add_source(rc, "messages", "fmc", ROLE_FMC), at(1, 1, 0), at(2, 1, 0), YEAR_FILE);
    for (unsigned i = 0; i < MANY_PEERS; i++) {
        char address[32];
        snprintf(address, sizeof address, "10.%u.%u.%u", i / 65536, i / 256 % 256, i % 256);
        struct finding *f = add_finding(rc, "fmc", address, i % 100 ? VERDICT_CA_EXPIRED : VERDICT_HEALTHY);
        f->role = ROLE_FMC;
        f->last = at(2, 1, i);
        f->ca_uuid = copy(i % 2 ? CA_UUID : OTHER_CA);
        add_outcome(f, i % 100 ? "alert/45" : "established", 1);
        add_evidence(f, 0, i + 1, "Feb  1 00:00:00 fmc SF-IMS[1]: [2] sftunneld:sf_ssl [WARN] a line", "what it says");
    }
}

static void wires_hostile(struct report_case *rc)
{
    report_wires_hostile(rc, HOSTILE);
}

/* A capture in which there is nothing. */
static void no_wires(struct report_case *rc)
{
    struct source *s = add_source(rc, "empty.pcap", NULL, ROLE_UNKNOWN);
    s->kind = SOURCE_CAPTURE;
    s->n = (struct log_counts){ .bytes = 24 };
    rc->d.totals.n = s->n;
    s->frames = 3;
}

/* A log and a capture, with evidence from both. */
static void both(struct report_case *rc)
{
    report_wires(rc);
    set_span(add_source(rc, "ftd_messages", "FTD-hostname", ROLE_FTD), at(9, 20, 15047), at(9, 20, 15047), YEAR_FILE);
    struct finding *f = add_finding(rc, "FTD-hostname", "10.48.79.232", VERDICT_CA_EXPIRED);
    add_outcome(f, "verify_failed/10", 1);
    add_evidence(f, 0, 230, "", "the client sent TLS alert 45, certificate expired");
    add_evidence(f, 1, 7,
        "Sep 20 04:10:47 FTD-hostname SF-IMS[50792]: [51982] sftunneld:sf_ssl [ERROR] err 10:certificate has expired",
        "this end refused the peer's chain at depth 1");
    for (size_t i = 0; i < 12; i++)
        rc->c.wires[i].finding = 0;
}

bool report_case_build(const char *name, struct report_case *out)
{
    static void (*const builders[])(struct report_case *) = { NULL, two_ends, mixed, at_risk, hostile, many,
        report_wires, wires_hostile, no_wires, both };
    *out = (struct report_case){ 0 };
    if (strcmp(name, "flood") == 0) {
        report_wires_flood(out);
        return true;
    }
    for (size_t i = 0; report_case_names[i]; i++)
        if (strcmp(report_case_names[i], name) == 0) {
            if (builders[i])
                builders[i](out);
            return true;
        }
    return false;
}

static void finding_clear(struct finding *f)
{
    for (size_t i = 0; i < f->evidence_count; i++) {
        free((void *)f->evidence[i].text);
        free((void *)f->evidence[i].means);
    }
    free(f->evidence);
    free(f->outcomes);
    free((void *)f->host);
    free((void *)f->address);
    free((void *)f->uuid);
    free((void *)f->name);
    free((void *)f->summary);
    free((void *)f->ca_uuid);
    free((void *)f->next);
    free((void *)f->missing);
}

void report_case_clear(struct report_case *rc)
{
    for (size_t i = 0; i < rc->d.finding_count; i++)
        finding_clear(&rc->d.findings[i]);
    free(rc->d.findings);
    for (size_t i = 0; i < rc->d.noise_count; i++)
        free((void *)rc->d.noise[i].text);
    free(rc->d.noise);
    for (size_t i = 0; i < rc->c.source_count; i++) {
        free(rc->c.sources[i].path);
        free(rc->c.sources[i].host);
    }
    free(rc->c.sources);
    for (size_t i = 0; i < rc->c.problem_count; i++) {
        free(rc->c.problems[i].path);
        free(rc->c.problems[i].text);
    }
    free(rc->c.problems);
    for (size_t i = 0; i < rc->c.wire_count; i++)
        wire_clear(&rc->c.wires[i]);
    free(rc->c.wires);
    certs_free(rc->c.certs);
    *rc = (struct report_case){ 0 };
}

char *report_case_render(const char *name, const char *format, const struct report_style *style)
{
    struct report_case rc;
    struct err e = { 0 };
    char *bytes = NULL;
    size_t n = 0;
    const struct report_format *f = report_format_find(slice_of(format));
    if (!f || !report_case_build(name, &rc))
        return NULL;
    FILE *out = open_memstream(&bytes, &n);
    bool ok = out && f->render(out, &rc.c, &rc.d, style, &e) == ERR_OK;
    ok = out && fclose(out) == 0 && ok && strlen(bytes) == n;
    report_case_clear(&rc);
    if (ok)
        return bytes;
    free(bytes);
    return NULL;
}
